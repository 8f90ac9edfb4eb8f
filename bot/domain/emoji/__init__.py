"""Emoji by the names Slack gives them.

The names are Slack's own, from the list its maker's data comes from (`names.json`; `__main__.py` makes it anew). What a
name means that is not on it, nobody outside the workspace can know.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import regex

_ADDRESS = r"https?://\S+"
_NAME = r":[A-Za-z0-9_+'’-]{1,100}:"
_RUN = re.compile(rf"({_ADDRESS})|(?<![A-Za-z0-9:])((?:{_NAME})+)(?!:)([A-Za-z0-9]?)")
_TONE = re.compile(r"skin-tone-([2-6])")
_WORD = 3  # letters of a name from which other letters may follow it: ":tada:Now", but not "3:a:b"
_LIKELY = re.compile(r"[a-z0-9_+'’-]*[a-z][a-z0-9_+'’-]*[a-z][a-z0-9_+'’-]*")
# A workspace names its own emoji in any script (":ありがとう:"); such a name stands apart, or it is words with colons.
_OF_ANY_SCRIPT = re.compile(r"(?<![\w:]):(?=[^\s:]*[^\x00-\x7f])(?![\d_]+:)[\w+'’-]{2,100}:(?![\w:])")
_OF_EMOJI = regex.compile(
    r"(?:\p{Extended_Pictographic}[\p{Emoji_Modifier}\ufe0f\u200d\u20e3\u2640\u2642\U000e0020-\U000e007f]*)+"
    r"|\p{Regional_Indicator}{2}|[0-9#*]\ufe0f?\u20e3"
)
_ALSO = {"simple_smile": "slightly_smiling_face"}  # Slack's name for it in older messages


@dataclass(frozen=True)
class _Known:
    names: Mapping[str, str]  # "tada" → 🎉
    tones: Mapping[str, Sequence[str]]  # 👋 → the same in five skin tones, the lightest first


@cache
def _load() -> _Known:
    listed = json.loads(files(__name__).joinpath("names.json").read_text(encoding="utf-8"))
    return _Known(listed["names"], listed["tones"])


def find_by_code(code: str) -> str | None:
    """ "1f44d-1f3fd" → 👍🏽; None if it is no code of characters."""
    if not re.fullmatch(r"[0-9a-f]{2,6}(-[0-9a-f]{2,6}){0,11}", code, re.ASCII | re.IGNORECASE):
        return None
    points = [int(each, 16) for each in code.split("-")]
    fit = all(each <= 0x10FFFF and not 0xD800 <= each <= 0xDFFF for each in points)
    shown = "".join(map(chr, points)) if fit else ""
    return shown if _OF_EMOJI.fullmatch(shown) else None


def find_by_name(name: str, skin_tone: int | None = None) -> str | None:
    """ "+1" → 👍; `skin_tone` from 2, the lightest, to 6. None if the name means nothing outside the workspace."""
    bare, _, tone = name.casefold().partition("::skin-tone-")
    known = _load()
    shown = known.names.get(_ALSO.get(bare, bare).replace("’", "'"))
    if shown is None:
        return None
    wanted = int(tone) if tone.isdecimal() else skin_tone
    tones = known.tones.get(shown, ())
    return tones[wanted - 2] if wanted and 2 <= wanted <= 6 and tones else shown


def replace_names(text: str) -> str:
    """`:smile:` → 😄, wherever the name is known; all else as it is, and addresses too."""
    return _RUN.sub(lambda found: "".join(shown or name for name, shown in _read(found)), text)


def find_known_names(text: str) -> Mapping[str, str]:
    """Each name that `replace_names` replaces, with its colons and skin tone: ":smile:" → 😄."""
    return {name: shown for found in _RUN.finditer(text) for name, shown in _read(found) if shown}


def find_unknown_names(text: str) -> tuple[str, ...]:
    """Those of the names in a text that look like an emoji's, and are none of Slack's own."""
    names = (
        name for found in _RUN.finditer(text) if not found[1] for name, shown in _read(found) if not shown
    )
    likely = [name for name in names if _LIKELY.fullmatch(name.strip(":"))]
    return tuple(dict.fromkeys([*likely, *_OF_ANY_SCRIPT.findall(text)]))


def _read(found: re.Match[str]) -> Iterator[tuple[str, str | None]]:
    """What stands there piece by piece, and what each that is known means."""
    address, run, behind = found.groups()
    if address:
        yield address, None
        return
    yield from _read_run(run, behind)
    yield behind, None


def _read_run(run: str, behind: str) -> Iterator[tuple[str, str | None]]:
    """The names that stand side by side, each with the skin tone that follows it."""
    names = re.findall(_NAME, run)
    while names:
        name = names.pop(0)
        tone = _TONE.fullmatch(names[0].strip(":")) if names else None
        if behind and not names and sum(map(str.isalpha, name)) < _WORD:
            yield name, None
            continue
        shown = find_by_name(name.strip(":"), int(tone[1]) if tone else None)
        if shown is not None and tone is not None:
            name += names.pop(0)
        yield name, shown
