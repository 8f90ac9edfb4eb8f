"""What there is against a post, blocks first. Lengths, similarity and images are measured outside, and handed in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from bot.domain.posts import Body
from bot.domain.preflight.objections import LEVELS, Level, Objection, ObjectionType
from bot.domain.preflight.words import (
    NOTHING_IN,
    find_damage,
    find_emoji_name,
    find_entity,
    find_marks,
    find_too_long_to_show,
    is_visible,
)
from bot.domain.quoting.first_words import name_post_by_words


@dataclass(frozen=True)
class Similar:
    """Another post of the account with the same or nearly the same words."""

    number: int
    account: str  # its title
    text: str  # as it is there
    moment: str  # of its slot: "Tue 1 Dec at 09:00 CET"


@dataclass(frozen=True)
class Measured:
    """What was measured outside: what does not fit somewhere, and look-alikes."""

    misfits: tuple[str, ...] = ()  # "Too long for Bluesky: 312 of 300 characters."
    gone: tuple[str, ...] = ()  # accounts the settings no longer name
    similar: tuple[Similar, ...] = ()
    unheard: tuple[str, ...] = ()  # sentences about accounts whose sign-in could not be asked about
    backup_of: str | None = None  # when the backup is of that this post comes out of
    notes: tuple[str, ...] = ()  # what readers will see otherwise than it was made
    too_many: tuple[str, ...] = ()  # sentences about accounts that take no more posts by then
    timing: tuple[tuple[ObjectionType, str], ...] = ()  # sentences of `timing.py`
    signed_out: tuple[
        str, ...
    ] = ()  # sentences about accounts where nothing goes out until somebody signs them in
    costs: tuple[str, ...] = ()  # what it costs on accounts, a sentence each
    over: tuple[str, ...] = ()  # the same of accounts whose monthly limit it would go over


def list_objections(
    body: Body, measured: Measured, levels: Mapping[ObjectionType, Level | None] = LEVELS
) -> tuple[Objection, ...]:
    """All objections, blocks first."""
    found = [(one, levels.get(one.kind, one.level)) for one in _list_all(body, measured)]
    judged = [replace(one, level=level) for one, level in found if level is not None]
    return tuple(sorted(judged, key=lambda one: one.level is not Level.BLOCK))


def _list_all(body: Body, measured: Measured) -> list[Objection]:
    """At their usual levels."""
    found = [*_blocks(body, measured)]
    found += _say(ObjectionType.SIMILAR, Level.WARN, map(_tell_similar, measured.similar))
    found += _say(ObjectionType.SIGN_IN, Level.WARN, measured.unheard)
    found += [Objection(ObjectionType.SHOWN, Level.WARN, note.rstrip(".")) for note in measured.notes]
    texts = dict.fromkeys(body.text_for(account) for account in body.accounts or ("",))
    words = (*texts, *(image.alt for image in body.images))
    found += _say(ObjectionType.LETTERS, Level.WARN, map(find_emoji_name, words))
    found += _say(ObjectionType.LETTERS, Level.WARN, map(find_entity, words))
    found += [
        Objection(kind, LEVELS[kind] or Level.WARN, sentence)
        for kind, sentence in dict.fromkeys(measured.timing)
    ]
    found += _say(ObjectionType.STRUCK, Level.NOTE, map(find_marks, texts))
    return found + _say(ObjectionType.COST, Level.NOTE, measured.costs)


def _tell_similar(other: Similar) -> str:
    """With its moment: its first words are those of the post itself."""
    name = name_post_by_words(other.text, other.number)
    return f"Nearly the same words as {name} of {other.moment}, on {other.account}"


def _say(kind: ObjectionType, level: Level, sentences: Iterable[str | None]) -> list[Objection]:
    return [
        Objection(kind, level, sentence.rstrip(".")) for sentence in dict.fromkeys(filter(None, sentences))
    ]


def _blocks(body: Body, measured: Measured) -> list[Objection]:
    found: list[Objection] = []
    if not body.images and any(not is_visible(body.text_for(account)) for account in body.accounts or ("",)):
        found.append(Objection(ObjectionType.EMPTY, Level.BLOCK, NOTHING_IN, waivable=False))
    found += _misfits(body, measured, {objection.sentence for objection in found})
    found += [
        Objection(
            ObjectionType.ACCOUNT,
            Level.BLOCK,
            f"The account {name} is not in the settings any more",
            waivable=False,
        )
        for name in measured.gone
    ]
    found += _say(ObjectionType.SIGN_IN, Level.BLOCK, measured.signed_out)
    found += _say(ObjectionType.ALLOWANCE, Level.BLOCK, measured.too_many)
    found += [
        Objection(ObjectionType.LIMIT, Level.BLOCK, sentence, waivable=False) for sentence in measured.over
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


def _misfits(body: Body, measured: Measured, said: set[str]) -> list[Objection]:
    """What Slack cannot show, and what a network does not take; what was `said` is not said again."""
    texts = dict.fromkeys(body.text_for(account) for account in body.accounts or ("",))
    sentences = dict.fromkeys(filter(None, map(find_too_long_to_show, texts)))
    sentences |= dict.fromkeys(sentence.rstrip(".") for sentence in measured.misfits)
    return [
        Objection(ObjectionType.MISFIT, Level.BLOCK, sentence, waivable=False)
        for sentence in sentences
        if sentence not in said
    ]
