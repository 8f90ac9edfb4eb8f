"""Objections: what preflight has against a post. On screens: "Please check".

A *note* informs, a *warn* must be seen, a *block* stops approval until it is fixed or an approver says "Approve anyway,
because …". Lengths, similarity and images are measured outside and handed in as values.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, StrEnum

from bot.domain.emoji import find_known_names, find_unknown_names
from bot.domain.posts import Body

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
            f"It holds {shown[:20]}, a spreadsheet's error.",
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


_STRUCK = re.compile(r"(?<![\w~])~(?=\S)[^~\n]{1,200}(?<=\S)~(?![\w~])")


def find_struck(text: str) -> str | None:
    """A sentence about "~20~", which is struck out only for whoever knows Slack."""
    found = _STRUCK.search(text)
    return (
        f"“{found.group()[:80]}” goes out with its signs: networks show no strikethrough." if found else None
    )


def find_emoji_name(text: str) -> str | None:
    """A sentence about ":tada:". What is typed or imported holds no such name any more; older posts may."""
    for name, shown in find_known_names(text).items():
        return f"“{name}” goes out as letters: networks do not know names of emoji. Write {shown}."
    for name in find_unknown_names(text):
        return f"“{name}” goes out as letters: networks do not know names of emoji."
    return None


class Level(Enum):
    """How loud an objection is."""

    NOTE = "informs"
    WARN = "must be seen"
    BLOCK = "stops approval"


class ObjectionType(StrEnum):
    """What is wrong with a post."""

    SIMILAR = "similar"  # words like another post's
    EMPTY = "empty"
    DAMAGED = "damaged"  # signs of a program stand where words should
    MISFIT = "misfit"  # more than a network takes
    SHOWN = "shown"  # a network shows it otherwise than it was made
    ACCOUNT = "account"  # it is not in the settings
    SIGN_IN = "sign-in"  # the account cannot be opened
    ALT_TEXT = "alt"  # an image has none
    MAYBE_OUT = "maybe out"  # a backup was put back: it may have been published since
    STRUCK = "struck"  # marks that mean something to those who type them only
    LETTERS = "letters"  # an emoji's name, which would go out as it stands


@dataclass(frozen=True)
class Objection:
    """One thing to check. `waivable`: an approver may approve anyway, with a reason on record."""

    kind: ObjectionType
    level: Level
    sentence: str
    waivable: bool = True


@dataclass(frozen=True)
class Similar:
    """Another post of the account with the same or nearly the same words."""

    number: int
    account: str  # its title


@dataclass(frozen=True)
class Measured:
    """What was measured outside: what does not fit somewhere, and look-alikes."""

    misfits: tuple[str, ...] = ()  # "Too long for Bluesky: 312 of 300 characters."
    gone: tuple[str, ...] = ()  # accounts the settings no longer name
    similar: tuple[Similar, ...] = ()
    signed_out: tuple[str, ...] = ()  # sentences about accounts whose sign-in does not work
    backup_of: str | None = None  # when the backup is of that this post comes out of
    notes: tuple[str, ...] = ()  # what readers will see otherwise than it was made


def list_objections(body: Body, measured: Measured) -> tuple[Objection, ...]:
    """All objections, blocks first."""
    found = [*_blocks(body, measured)]
    found += [
        Objection(
            ObjectionType.SIMILAR, Level.WARN, f"Nearly the same words as post {one.number} on {one.account}"
        )
        for one in measured.similar
    ]
    found += [Objection(ObjectionType.SIGN_IN, Level.WARN, sentence) for sentence in measured.signed_out]
    found += [Objection(ObjectionType.SHOWN, Level.WARN, note.rstrip(".")) for note in measured.notes]
    texts = dict.fromkeys(body.text_for(account) for account in body.accounts or ("",))
    words = (*texts, *(image.alt for image in body.images))
    found += _say(ObjectionType.LETTERS, Level.WARN, map(find_emoji_name, words))
    found += _say(ObjectionType.STRUCK, Level.NOTE, map(find_struck, texts))
    return tuple(found)


def _say(kind: ObjectionType, level: Level, sentences: Iterable[str | None]) -> list[Objection]:
    return [
        Objection(kind, level, sentence.rstrip(".")) for sentence in dict.fromkeys(filter(None, sentences))
    ]


def _blocks(body: Body, measured: Measured) -> list[Objection]:
    found: list[Objection] = []
    if not body.images and any(not is_visible(body.text_for(account)) for account in body.accounts or ("",)):
        found.append(Objection(ObjectionType.EMPTY, Level.BLOCK, NOTHING_IN, waivable=False))
    said = {objection.sentence for objection in found}
    found += [
        Objection(ObjectionType.MISFIT, Level.BLOCK, sentence.rstrip("."), waivable=False)
        for sentence in measured.misfits
        if sentence.rstrip(".") not in said
    ]
    found += [
        Objection(
            ObjectionType.ACCOUNT,
            Level.BLOCK,
            f"The account {name} is not in the settings any more",
            waivable=False,
        )
        for name in measured.gone
    ]
    words = dict.fromkeys(
        (
            *(body.text_for(account) for account in body.accounts or ("",)),
            *(image.alt for image in body.images),
        )
    )
    found += [
        Objection(ObjectionType.DAMAGED, Level.BLOCK, " ".join(wrong).rstrip("."), waivable=False)
        for wrong in map(find_damage, words)
        if wrong is not None
    ]
    without = sum(1 for image in body.images if not is_visible(image.alt))
    if without:
        what = "The image has no alt text" if len(body.images) == 1 else f"{without} images have no alt text"
        found.append(Objection(ObjectionType.ALT_TEXT, Level.BLOCK, what))
    if measured.backup_of:
        what = f"A backup of {measured.backup_of} was put back, so this may be published already"
        found.append(Objection(ObjectionType.MAYBE_OUT, Level.BLOCK, what))
    return found


def asks_to_look(found: tuple[Objection, ...]) -> bool:
    """Whether somebody has to look at the accounts first."""
    return any(objection.kind is ObjectionType.MAYBE_OUT for objection in found)


def list_blocking(found: tuple[Objection, ...]) -> tuple[Objection, ...]:
    return tuple(objection for objection in found if objection.level is Level.BLOCK)
