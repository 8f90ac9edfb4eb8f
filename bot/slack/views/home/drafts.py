"""Drafts, each with what can be done with it: some on Home, all of them in a dialog."""

from __future__ import annotations

from bot.domain.quoting.first_words import name_post_by_words
from bot.domain.shown.new_post import DraftsPage
from bot.domain.shown.post_screens import UpcomingRow
from bot.slack import ids
from bot.slack.values.drafts import format_page
from bot.slack.views.blocks import Ask, Block, Part, actions, button, lines, person, said, words
from bot.slack.views.posts.dialogs import draw_dialog
from bot.slack.views.posts.rows import row
from bot.slack.views.quotes import About, ask_about
from bot.slack.views.text import MOST_NAMES, NOWHERE, Place, count, cut

NEEDS = 400  # characters of what one still needs


def draft_blocks(draft: UpcomingRow, place: Place, *, writes: bool = True) -> list[Block]:
    """What it is, whose, and what it still needs; and its buttons for whoever may write."""
    told = lines(row(draft, place, linked=False), *_whose(draft), _what_it_needs(draft))
    return [told, actions(*_draft_buttons(draft, place))] if writes else [told]


def _whose(draft: UpcomingRow) -> list[list[Part]]:
    """ "Written by @Maya, changed by @Ines"."""
    if draft.whose is None:
        return []
    told: list[Part] = []
    for did, who in draft.whose.describe():
        told.append(words(f"{', ' if told else ''}{did}{' ' if who else ''}"))
        for number, one in enumerate(who[:MOST_NAMES]):
            told += [words(", ")] if number else []
            told.append(person(one))
    first = told[0]["text"]
    return [[words(first[:1].upper() + first[1:]), *told[1:]]]


def _what_it_needs(draft: UpcomingRow) -> list[Part]:
    if not draft.fix:
        return [words("Ready to be scheduled")]
    return [words("Before it can be approved: ", bold=True), words(cut(" · ".join(draft.fix), NEEDS))]


def all_drafts_button(number: int) -> Part:
    """Where the others are."""
    text = f"Show all {number} drafts"
    return button(ids.Act.ALL_DRAFTS, text, format_page(None), text)


def draw_all_drafts(page: DraftsPage, place: Place = NOWHERE) -> Block:
    """All of them, a page at a time."""
    drawn = [said(f"*{count(page.all_drafts, 'draft')}*, the newest first")] if page.all_drafts else []
    drawn = drawn or [said("There are no drafts.")]
    for draft in page.drafts:
        drawn += draft_blocks(draft, place)
    turn = []
    if page.below is not None:
        turn.append(_turn("Back to the newest", None, 0))
    if page.more_below is not None:
        turn.append(_turn("Show more", page.more_below, 1))
    drawn += [actions(*turn)] if turn else []
    made = draw_dialog(ids.Dialog.ALL_DRAFTS, "Drafts", None, drawn)
    return {**made, "private_metadata": format_page(page.below)}


def _turn(text: str, below: int | None, number: int) -> Part:
    made = button(ids.Act.ALL_DRAFTS, text, format_page(below), f"{text} (drafts)")
    return {**made, "action_id": f"{ids.Act.ALL_DRAFTS.value}:{number}"}


def _draft_buttons(draft: UpcomingRow, place: Place) -> list[Part]:
    which = f"draft {draft.number}"
    name = name_post_by_words(draft.text, draft.number)
    about = About(
        draft.text, tuple(filter(None, draft.titles.split(" + "))), draft.slot, on="proposed for", name=which
    )
    ask = Ask(
        "Delete this draft?",
        "It was never published, and cannot be brought back.",
        "Delete it",
        "Keep it",
        danger=True,
    )
    return [
        button(ids.Act.HOME_EDIT, "Open", draft.post_id, f"Open {name}"),
        button(ids.Act.DUPLICATE, "Duplicate", draft.post_id, f"Duplicate {name}"),
        button(
            ids.Act.DELETE_DRAFT,
            "Delete…",
            str(draft.seen),
            f"Delete {name}",
            ask=ask_about(ask, about, place),
        ),
    ]
