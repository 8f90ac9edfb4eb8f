"""What lies under a finger when a card is redrawn: never the opposite of what was meant.

Approve was pressed twice within a second, and the second press hit Undo, which had taken the same place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from itertools import product
from typing import Any

import pytest

from bot.domain.posts import Status
from bot.domain.shown.post_screens import PostCard
from bot.slack.ids import Act
from bot.slack.views.blocks import Block
from bot.slack.views.inbox.card import draw_conversation_card
from bot.slack.views.inbox.draft import draw_draft
from bot.slack.views.pause.banner import draw_banner
from bot.slack.views.posts.card import draw_post_card
from tests.slack.limits import walk
from tests.slack.views import pause_samples
from tests.slack.views.conversation_samples import CONVERSATIONS, DRAFTS
from tests.slack.views.samples import ASKING, CARDS, NO_ALT, PAUSE, PLACE, TOO_LONG, WAITING

Place = tuple[str, float, float, bool]  # act, from, to, whether one press does it

DIALOGS = {  # they open a dialog, and do nothing by themselves
    Act.APPROVE_ANYWAY, Act.EDIT, Act.HOLD, Act.PICK_TIME, Act.PREVIEW, Act.HISTORY, Act.MORE, Act.REPLY, Act.DONE,
    Act.HAND_OVER, Act.ERASE, Act.SHOW_ALL, Act.DESCRIBE, Act.CORRECT, Act.CONVERSATION_MORE, Act.RESUME, Act.CHANGE,
    Act.ALL_DRAFTS, Act.READ_THROUGH, Act.WANT_CHANGE,
}  # fmt: skip
STARTS = {
    Act.APPROVE, Act.GO, Act.APPROVE_ANYWAY, Act.POST_NOW, Act.BRING_BACK, Act.TRY_AGAIN, Act.SEND, Act.SEND_ANYWAY,
    Act.REPLY_AGAIN, Act.RESUME,
}  # fmt: skip
STOPS = {Act.UNDO, Act.KILL, Act.HOLD, Act.STOP_REST, Act.PUBLISH_WITHOUT, Act.KEEP, Act.STOP_REPLIES}
WAITS_WHOLE = replace(WAITING, gate=replace(PAUSE, scope="Bluesky", account="dock-bluesky"))
POSTS = [
    WAITS_WHOLE,
    *CARDS.values(),
    *(replace(WAITING, status=status) for status in Status),
    replace(WAITING, objections=(TOO_LONG,)),
    replace(WAITING, objections=(NO_ALT,)),
]


def find_places(blocks: list[Block]) -> Iterator[Place]:
    """Where Slack draws the buttons of the last row, nearly: it flows from the left, and words are about so wide. What
    asks about one account has rows of its own, further up."""
    rows = [block["elements"] for block in blocks if block["type"] == "actions"]
    left = 0.0
    for each in rows[-1] if rows else ():
        act = each["action_id"].partition(":")[0]
        wide = 24 + 7.2 * len(each["text"]["text"]) if each["type"] == "button" else 36
        yield act, left, left + wide, act not in DIALOGS and "confirm" not in each
        left += wide + 8


@cache
def places_of_posts() -> frozenset[Place]:
    """On every card a card may become."""
    return frozenset(place for card in POSTS for place in find_places(draw_post_card(card, PLACE).blocks))


@cache
def places_of_conversations() -> frozenset[Place]:
    cards = CONVERSATIONS.values()
    return frozenset(
        place for card in cards for place in find_places(draw_conversation_card(card, PLACE).blocks)
    )


def clashes(before: list[Block], after: Iterable[Place]) -> list[str]:
    found = []
    for (meant, a, b, _), (hit, c, d, at_once) in product(find_places(before), after):
        opposite = (meant in STARTS and hit in STOPS) or (meant in STOPS and hit in STARTS)
        if opposite and at_once and a < d and c < b:
            found.append(f"{meant} becomes {hit}")
    return found


@pytest.mark.parametrize("name", CARDS)
def test_nothing_opposite_takes_the_place_of_a_button_of_a_post(name: str) -> None:
    """Whoever's decision redraws it: the card may become any other."""
    assert not clashes(draw_post_card(CARDS[name], PLACE).blocks, places_of_posts())


@pytest.mark.parametrize("name", CONVERSATIONS)
def test_nothing_opposite_takes_the_place_of_a_button_of_a_conversation(name: str) -> None:
    assert not clashes(draw_conversation_card(CONVERSATIONS[name], PLACE).blocks, places_of_conversations())


def buttons(card: PostCard) -> dict[str, Any]:
    drawn = draw_post_card(card, PLACE).blocks
    return {each["action_id"]: each for kind, each, _ in walk(drawn) if kind == "button"}


def test_undo_comes_last_and_asks() -> None:
    for card in POSTS:
        row = [act for act, *_ in find_places(draw_post_card(card, PLACE).blocks) if act != Act.MORE]
        if Act.UNDO in row:
            assert row[-1] == Act.UNDO
            assert buttons(card)[Act.UNDO]["confirm"]


def test_what_takes_a_kill_back_asks() -> None:
    """Two people press Kill: the second one's press may reach the card that the first one's has redrawn."""
    assert buttons(CARDS["killed"])[Act.BRING_BACK]["confirm"]


def test_leaving_an_account_out_asks() -> None:
    asked = buttons(WAITS_WHOLE)[Act.PUBLISH_WITHOUT]
    assert "Bluesky" in asked["confirm"]["text"]["text"]


def test_it_is_there_names_its_account_where_another_question_moves_up() -> None:
    two = replace(
        CARDS["unknown, asking"],
        deliveries=(replace(ASKING, id="m", title="Mastodon"), replace(ASKING, id="b")),
    )
    drawn = draw_post_card(two, PLACE).blocks
    asked = [each for _, each, _ in walk(drawn) if each.get("action_id") == Act.IT_IS_THERE]
    assert ["Mastodon" in each["confirm"]["text"]["text"] for each in asked] == [True, False]
    alone = replace(two, deliveries=(ASKING,))
    assert "confirm" not in buttons(alone)[Act.IT_IS_THERE]


def test_send_pressed_twice_never_sends_in_spite_of_what_happened_since() -> None:
    """What stands where Send was opens a dialog; what sends asks, and the safe choice is the primary one."""
    send = list(find_places(draw_draft(DRAFTS["public"], PLACE).blocks))[:1]
    assert [act for act, *_ in send] == [Act.SEND]
    for draft in DRAFTS.values():
        if not draft.meanwhile:
            continue
        drawn = draw_draft(draft, PLACE).blocks
        under = [hit for (_, a, b, _), (hit, c, d, _) in product(send, find_places(drawn)) if a < d and c < b]
        assert under == [Act.CHANGE]
        row = {each["action_id"]: each for kind, each, _ in walk(drawn) if kind == "button"}
        assert [act for act, each in row.items() if each.get("style") == "primary"] == [Act.KEEP]
        assert "confirm" in row[Act.SEND_ANYWAY]


def test_done_pressed_twice_does_not_say_that_the_next_one_is_done() -> None:
    """What was stopped by hand moved down the list, and the next one's button came to lie under the finger."""
    view = next(
        view for view in pause_samples.BANNERS.values() if len(view.elsewhere) > 1 and not view.ended_at
    )
    first, *rest = (replace(one, by=None, at=None) for one in view.elsewhere)
    done = replace(first, by="U0TOM")
    drawn = str(draw_banner(replace(view, elsewhere=(done, *rest)), PLACE).blocks)
    assert drawn.index(first.what) < drawn.index(rest[0].what)
