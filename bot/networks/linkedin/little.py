"""LinkedIn's "little text", in which a post's words travel.

Signs that could begin a mention or a hashtag have to be escaped: at one that is not, LinkedIn cuts the post, and
answers as if all was well. Its documents also have a form for hashtags, but two that differ; so a # is escaped like the
rest.
"""

from __future__ import annotations

RESERVED = frozenset("\\|{}@[]()<>#*_~")
_ESCAPE = str.maketrans({sign: f"\\{sign}" for sign in RESERVED})


def escape(words: str) -> str:
    """Words as they have to be sent, so that people read exactly them."""
    return words.translate(_ESCAPE)


def read(little: str) -> str:
    """What people read of a post: up to the first reserved sign that is not escaped."""
    said: list[str] = []
    signs = iter(little)
    for sign in signs:
        if sign == "\\":
            said.append(next(signs, ""))
        elif sign in RESERVED:
            break
        else:
            said.append(sign)
    return "".join(said)
