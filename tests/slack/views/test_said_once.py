"""On customers' cards nothing stands twice, and every word says something."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.conversations import Happened, Meanwhile, Stage
from bot.slack.views.inbox.card import draw_conversation_card
from bot.slack.views.inbox.cards_of_many import draw_new_card, draw_pile_card
from bot.slack.views.inbox.dialogs import draw_collision_dialog
from bot.slack.views.inbox.draft import draw_draft
from bot.slack.views.inbox.lists import draw_inbox, home_needs_blocks
from tests.slack.rendering import render_blocks, render_message
from tests.slack.views import conversation_samples as those
from tests.slack.views.samples import PLACE, TOM, ago
from tests.slack.views.test_inbox import pressed


def test_who_answered_and_when_stands_once_on_a_card_that_was_answered() -> None:
    """Seen: "by @Tom today at 08:12" and, below it, "Our latest answer by @Tom today at 08:12"."""
    drawn = render_message(draw_conversation_card(replace(those.ANSWERED, since=(those.OUR_ANSWER,)), PLACE))
    assert drawn.count("by @U0TOM") == 1
    other = replace(those.OUR_ANSWER, by=None)
    drawn = render_message(draw_conversation_card(replace(those.ANSWERED, since=(other,)), PLACE))
    assert "Our latest answer* by somebody" in drawn


def test_how_many_follow_them_stands_once() -> None:
    """Seen: "Look here first: 48,000 followers" above "48,000 followers · profile"."""
    known = replace(those.OPEN, customer=replace(those.LENA, followers=48_000), reasons=("48,000 followers",))
    assert render_message(draw_conversation_card(known, PLACE)).count("48,000 followers") == 1
    closed = replace(known, stage=Stage.DONE)
    assert render_message(draw_conversation_card(closed, PLACE)).count("48,000 followers") == 1


def test_a_private_message_comes_first_because_nobody_else_can_help() -> None:
    """Seen: "Look here first: direct message", which told nobody why."""
    drawn = render_message(draw_conversation_card(those.PRIVATE, PLACE))
    assert "Look here first: **“broken”, it is a private message" in drawn


@pytest.mark.parametrize("what", [Happened.WROTE, Happened.EDITED, Happened.DELETED])
def test_mine_as_well_is_said_only_beside_another_answer(what: Happened) -> None:
    """Seen: "Send mine as well" where only the customer had written."""
    theirs = Meanwhile(what, None, ago(1), "Hello?")
    alone = replace(those.DRAFT, meanwhile=(theirs,))
    assert pressed(draw_draft(alone, PLACE)) == ["Change it…", "Do not send", "Send anyway"]
    dialog = draw_collision_dialog(alone, PLACE)
    assert dialog["submit"]["text"] == "Do not send"
    assert "unless you press Send anyway" in str(dialog)
    both = replace(alone, meanwhile=(Meanwhile(Happened.ANSWERED, TOM, ago(2), "Done."), theirs))
    assert pressed(draw_draft(both, PLACE)) == ["Change it…", "Do not send mine", "Send mine as well"]


def test_a_row_of_a_pile_counts_all_it_stands_for() -> None:
    rows = (those.ROW, replace(those.ROW, alike=12))
    home = replace(those.HOME_INBOX, mine=(), nobodys=rows, nobody_has=15)
    drawn = render_blocks(home_needs_blocks(home, PLACE))
    assert "“Lena K.” and 11 others on Mastodon, the same words" in drawn
    assert "and 2 more\n[Show all 15]" in drawn, "15, of which 1 and 12 stand there"
    new = render_message(draw_new_card(replace(those.NEW, count=13, rows=rows), PLACE))
    assert "more: `/social inbox`" not in new
    page = replace(those.PAGE, rows=rows, all=14)
    assert "and 1 more" in render_message(draw_inbox(page, PLACE))


def test_a_pile_says_whom_its_number_counts() -> None:
    """Seen: "3 more people", and nobody knew whether 3 or 6 had written."""
    drawn = render_message(draw_pile_card(replace(those.PILES["the same words"], people=3), PLACE))
    assert "3 people wrote much the same" in drawn
    assert "whoever wrote first has a card of their own as well" in drawn
    under = render_message(draw_pile_card(those.PILES["under a post"], PLACE))
    assert (
        "whoever wrote before this card was put up has a card of their own, and is not counted here" in under
    )
