"""What is wrong with words: nothing of them is seen, a program put signs into them, only Slack knows their marks."""

from __future__ import annotations

import html
import re

from bot.domain.emoji import find_known_names, find_unknown_names

_INVISIBLE = (  # white space, and what Unicode calls default ignorable; a lone Braille blank shows nothing either
    r"\s\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    r"\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    r"\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_ALL_INVISIBLE = re.compile(f"[{_INVISIBLE}]*")
_ENDS = r"[\s\u200b\u2060\ufeff]+"  # what pasting adds; joiners and selectors belong to the sign beside them
_BEFORE, _AFTER = re.compile(_ENDS), re.compile(rf"(?<![\s\u200b\u2060\ufeff]){_ENDS}\Z")


def is_visible(text: str) -> bool:
    """Whether a reader sees anything of it."""
    return _ALL_INVISIBLE.fullmatch(text) is None


def strip_unseen(text: str) -> str:
    """As `str.strip`, and without what pasting adds at the ends; empty if nothing of it is seen."""
    if not is_visible(text):
        return ""
    begin = _BEFORE.match(text)
    return _AFTER.sub("", text[begin.end() if begin else 0 :])


_ERRORS = re.compile(  # what spreadsheets write where a formula fails, in English and as they translate it
    r"#(?:NAME\?|REF!|VALUE!|DIV/0!|N/A|NULL!|NUM!|SPILL!|CALC!|FIELD!|BLOCKED!|CONNECT!|UNKNOWN!|BUSY!|ERROR!|PYTHON!"
    r"|GETTING_DATA|WERT!|BEZUG!|NV|ZAHL!|ÜBERLAUF!|VALEUR!|NOM\?|NOMBRE!|NUL!|VALOR!|¡(?:VALOR|REF|DIV/0|NUM|NULO)!"
    r"|¿NOMBRE\?|NOME\?|NÚM!|N/D!?|VALORE!|RIF!|WAARDE!|NAAM\?|VERW!|GETAL!|DEEL/0!|N/B|LEEG!|VÄRDEFEL!|NAMN\?"
    r"|REFERENS!|DIVISION/0!|OGILTIGT!|SAKNAS!|ARG!|NAZWA\?|ADR!|LICZBA!|DZIEL/0!|EXTERNAL!|NAVN\?|VÆRDI!|VERDI!|I/T"
    r"|NIMI\?|ARVO!|VIITTAUS!|LUKU!|JAKO/0!|PUUTTUU!?|NÁZEV\?|HODNOTA!|ODKAZ!|ČÍSLO!|NÉV\?|ÉRTÉK!|SZÁM!|DEĞER!"
    r"|BAŞV!|SAYI!|ИМЯ\?|ЗНАЧ!|ССЫЛКА!|ЧИСЛО!|ДЕЛ/0!|ПУСТО!|Н/Д)"
    r"|Err:\d{3}|#{3,}"  # LibreOffice's; and a number its column was too narrow for
)
NOTHING_IN = "There is no text or image"
_LOST = re.compile("[\ufffd\ufffe\uffff]")
# UTF-8 that a program read as Latin letters; only pairs of signs that no language has: "CafÃ©", "donâ€™t", "ðŸŽ‰"
_MISREAD = re.compile("Ã[¡¢£¤¥¦§¨©ª¬®¯°±²³´µ¶¸¹º¼½¾¿Ÿœ‰]|Â[©®°£§¡¿·]|â€|ðŸ|ï»¿")


def find_damage(text: str) -> tuple[str, str] | None:
    """(what is wrong, how to mend it) where a program has put its own signs in the place of somebody's words."""
    shown = strip_unseen(text)
    if _ERRORS.fullmatch(shown):
        return (
            f"{shown[:20]} is a spreadsheet error, not a text.",
            "Fix the formula, or type the words themselves.",
        )
    if misread := _MISREAD.search(text):
        place = " ".join(text[max(0, misread.start() - 20) : misread.end()].split())
        return (
            f'A letter was misread ("{place}").',
            "Type it again; a file has to be opened and saved as UTF-8.",
        )
    return find_lost_letter(text)


def find_lost_letter(text: str) -> tuple[str, str] | None:
    if lost := _LOST.search(text):
        place = " ".join(text[max(0, lost.start() - 20) : lost.end()].split()).replace(lost.group(), "\ufffd")
        return f'A letter was lost ("{place}").', "Type it again; a file has to be saved as UTF-8."
    return None


SHOWN_WHOLE = 3000  # characters: what a block, and a field, of Slack holds


def find_too_long_to_show(text: str) -> str | None:
    """A sentence about a text that nobody could read whole before approving it, whatever a network takes."""
    if len(text) <= SHOWN_WHOLE:
        return None
    return (
        f"Slack cannot show it whole, so it cannot be approved: {len(text):,} of {SHOWN_WHOLE:,} characters"
    )


def _between(mark: str) -> re.Pattern[str]:
    """Words that somebody set between two of these, as in Slack: "~20~"; a mark inside a word is none."""
    sign = re.escape(mark)
    seen = rf"[^\s{sign}]"
    return re.compile(rf"(?<![\w{sign}]){sign}(?={seen})[^{sign}\n]{{1,200}}(?<={seen}){sign}(?![\w{sign}])")


_MARKS = {"strikethrough": _between("~"), "bold": _between("*"), "italics": _between("_")}
_ADDRESS = re.compile(r"\bhttps?://\S+")


def find_marks(text: str) -> str | None:
    """A sentence about "~20~" or "*Friday*", which only whoever knows Slack reads as struck out or bold."""
    words = _ADDRESS.sub(" ", text)
    for what, marked in _MARKS.items():
        if found := marked.search(words):
            return f"“{found.group()[:80]}” will be published exactly like that: networks do not show {what}."
    return None


_ENTITY = re.compile(r"&(?:[A-Za-z][A-Za-z0-9]{1,30}|#[0-9]{1,6}|#[xX][0-9A-Fa-f]{1,5});")


def find_entity(text: str) -> str | None:
    """A sentence about "&eacute;", which a web page shows as "é", and a network as it stands."""
    for name in _ENTITY.findall(text):
        if (shown := html.unescape(name)) != name:
            return f"“{name}” will be published exactly like that: networks do not read HTML. Write {shown}."
    return None


def find_emoji_name(text: str) -> str | None:
    """A sentence about ":tada:". What is typed or imported holds no such name any more; older posts may."""
    for name, shown in find_known_names(text).items():
        return f"“{name}” will be published exactly like that: networks do not know Slack's emoji names. Write {shown}."
    for name in find_unknown_names(text):
        return f"“{name}” will be published exactly like that: networks do not know Slack's emoji names."
    return None
