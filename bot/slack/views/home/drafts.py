"""Drafts, each with what can be done with it: some on Home, all of them in a dialog."""

from __future__ import annotations

from bot.domain.shown.new_post import DraftsPage
from bot.domain.shown.post_screens import UpcomingRow
from bot.slack import ids
from bot.slack.values.drafts import format_page
from bot.slack.views.blocks import Ask, Block, Part, actions, button, lines, said
from bot.slack.views.posts.dialogs import draw_dialog
from bot.slack.views.posts.rows import row
from bot.slack.views.quotes import About, ask_about
from bot.slack.views.text import NOWHERE, Place, count


def draft_blocks(draft: UpcomingRow, place: Place, *, writes: bool = True) -> list[Block]:
    """A line, and its buttons for whoever may write."""
    line = lines(row(draft, place, linked=False))
    return [line, actions(*_draft_buttons(draft, place))] if writes else [line]


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
        button(ids.Act.HOME_EDIT, "Open", draft.post_id, f"Open {which}"),
        button(ids.Act.DUPLICATE, "Duplicate", draft.post_id, f"Duplicate {which}"),
        button(
            ids.Act.DELETE_DRAFT,
            "Delete…",
            str(draft.seen),
            f"Delete {which}",
            ask=ask_about(ask, about, place),
        ),
    ]
