"""Emoji by the names Slack gives them.

Slack names them as GitHub does, with few exceptions: flags by country, and skin tones as a name of their own. What
a name means that is on neither list, nobody outside the workspace can know.
"""

from __future__ import annotations

import re

import emoji

_SHORT = re.compile(r"(?<![A-Za-z0-9]):([a-z0-9_+'-]{1,80}):(?::skin-tone-([2-6]):)?(?![A-Za-z0-9])")
_FLAG = re.compile(r"flag-([a-z])([a-z])")
_WHO = {"female": "woman", "male": "man"}
_SPELLED = {
    "simple_smile": "slightly_smiling_face",
    "smiling_face_with_3_hearts": "smiling_face_with_three_hearts",
}


def find_by_code(code: str) -> str | None:
    """ "1f44d-1f3fd" → 👍🏽; None if it is no code of characters."""
    if not re.fullmatch(r"[0-9a-f]{2,6}(-[0-9a-f]{2,6}){0,11}", code, re.ASCII | re.IGNORECASE):
        return None
    points = [int(each, 16) for each in code.split("-")]
    fit = all(each <= 0x10FFFF and not 0xD800 <= each <= 0xDFFF for each in points)
    shown = "".join(map(chr, points)) if fit else ""
    return shown if emoji.is_emoji(shown) or emoji.is_emoji(shown.replace("\ufe0f", "")) else None


def find_by_name(name: str, skin_tone: int | None = None) -> str | None:
    """ "+1" → 👍; `skin_tone` from 2, the lightest, to 6. None if the name means nothing outside the workspace."""
    bare, _, tone = name.partition("::skin-tone-")
    shown = _flag(bare) or _named(bare)
    if shown is None:
        return None
    wanted = int(tone) if tone.isdecimal() else skin_tone
    return _toned(shown, wanted) if wanted and 2 <= wanted <= 6 else shown


def replace_names(text: str) -> str:
    """`:smile:` → 😄, wherever the name is known; all else as it is."""
    return _SHORT.sub(lambda found: find_by_name(found[1], int(found[2] or 0)) or found[0], text)


def _flag(name: str) -> str | None:
    found = _FLAG.fullmatch(name)
    if not found:
        return None
    shown = "".join(chr(0x1F1E6 + ord(letter) - ord("a")) for letter in found.groups())
    return shown if emoji.is_emoji(shown) else None


def _named(name: str) -> str | None:
    if not re.fullmatch(r"[a-z0-9_+'-]{1,80}", name, re.ASCII):
        return None
    for spelled in (_SPELLED.get(name, name), _gendered(name)):
        shown = emoji.emojize(f":{spelled}:", language="alias")
        if emoji.is_emoji(shown):
            return shown
    return None


def _gendered(name: str) -> str:
    """ "female-doctor", "woman-shrugging" → "woman_doctor", "woman_shrugging"."""
    who, _, what = name.partition("-")
    return f"{_WHO.get(who, who)}_{what.replace('-', '_')}"


def _toned(shown: str, tone: int) -> str:
    """With that skin, where there is such an emoji; where several people are in it, as it was."""
    toned = shown.rstrip("\ufe0f") + chr(0x1F3FB + tone - 2)
    return toned if emoji.is_emoji(toned) else shown
