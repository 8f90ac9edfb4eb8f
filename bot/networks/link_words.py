"""A link as plain words, where nothing can be behind them: what was written, and the address it leads to."""

from __future__ import annotations

import re
from contextlib import suppress
from urllib.parse import unquote

_SCHEME = re.compile(r"(?:https?://)?(?:www\.)?", re.IGNORECASE)
_CUT = re.compile(r"\[(?:\.\.\.|…)\]|…|\.\.\.")  # where programs leave out a part of a long address
_SHOWN = 4  # signs of the address that a shortened one shows at least


def name_link(label: str, address: str) -> str:
    """ "our hours (https://bakery.example)"; what names the address already stays alone, shortened it is made whole."""
    words = label.strip()
    if not words:
        return address
    if is_named_by(words, address):
        return words
    return address if _is_shortened(words, address) else f"{words} ({address})"


def is_named_by(label: str, address: str) -> bool:
    """Whether words say all of the address, but perhaps its scheme and a last slash."""
    return _bare(label) == _bare(address)


def _is_shortened(label: str, address: str) -> bool:
    """ "bakery.example/orders/12345/mo..." of an address that goes on, or one that has only other letters for it."""
    whole, shown = _readable(address), _readable(label)
    if whole == shown:
        return True
    begin, *rest = _CUT.split(shown)
    if len(rest) != 1 or len(begin) < _SHOWN or any(sign.isspace() for sign in shown):
        return False
    return whole.startswith(begin) and whole[len(begin) :].endswith(rest[0])


def _bare(address: str) -> str:
    """Without what an address may have or not; only its host's case says nothing."""
    rest = re.sub(r"^https?://", "", address.strip(), flags=re.IGNORECASE)
    host, slash, path = rest.partition("/")
    return (host.casefold() + slash + path).rstrip("/")


def _readable(address: str) -> str:
    """As people read it: letters for codes, whatever the case."""
    rest = unquote(_SCHEME.sub("", address.strip(), count=1)).casefold().rstrip("/")
    host, slash, path = rest.partition("/")
    with suppress(UnicodeError):
        host = host.encode("ascii").decode("idna") if "xn--" in host else host
    return host + slash + path


def name_typed(label: str, url: str) -> str:
    """What somebody typed that Slack has made a link of: a page, a mail address, a phone number."""
    scheme, _, rest = url.partition(":")
    match scheme.casefold():
        case "mailto":
            return name_link(label, rest.partition("?")[0])
        case "tel":
            return label.strip() if _is_number(label, rest) else name_link(label, rest)
        case _:
            return name_link(label, url)


def _is_number(label: str, number: str) -> bool:
    """ "030 1234567" of +49301234567."""
    typed = re.sub(r"\D", "", label, flags=re.ASCII)
    return len(typed) > 1 and re.sub(r"\D", "", number, flags=re.ASCII).endswith(typed.lstrip("0"))
