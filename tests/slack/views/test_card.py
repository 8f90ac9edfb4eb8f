"""The card of a post in every state: what it says, what can be pressed, in which order."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from bot.domain.posts import Status
from bot.domain.shown.post_screens import PostCard
from bot.slack.ids import Act
from bot.slack.views.posts.about import about_send
from bot.slack.views.posts.card import draw_post_card
from tests.slack.limits import check_message, walk
from tests.slack.rendering import render_blocks, render_message
from tests.slack.views import by_hand_samples
from tests.slack.views.samples import (
    ASKING,
    CARDS,
    FIRST_WORDS,
    IMAGE,
    MASTODON,
    NO_ALT,
    PAUSE,
    PLACE,
    REFUSED,
    SENT,
    SLOT,
    TOO_LONG,
    WAITING,
)

ALL = {**CARDS, **by_hand_samples.CARDS}


@pytest.mark.parametrize("name", ALL)
def test_words(name: str, snapshot: SnapshotAssertion) -> None:
    message = draw_post_card(ALL[name], PLACE)
    check_message(message)
    assert render_message(message) == snapshot


@pytest.mark.parametrize("name", ALL)
def test_blocks(name: str, snapshot: SnapshotAssertion) -> None:
    message = draw_post_card(ALL[name], PLACE)
    drawn = {"text": message.text, "blocks": message.blocks}
    assert drawn == snapshot(extension_class=JSONSnapshotExtension)


def test_every_status_has_a_card() -> None:
    for status in Status:
        check_message(draw_post_card(replace(WAITING, status=status), PLACE))


@pytest.mark.parametrize("name", CARDS)
def test_the_status_comes_first(name: str) -> None:
    """In the first block, which desktop notifications show, and in `text`, which phones show."""
    message = draw_post_card(CARDS[name], PLACE)
    first = FIRST_WORDS[name.partition(",")[0].partition(" ")[0]]
    assert render_blocks(message.blocks[:1]).replace("*", "").startswith(first)
    word = first.split()[0].rstrip(":")
    assert word in message.text.split("<!date")[0]


@pytest.mark.parametrize("name", CARDS)
def test_nothing_is_said_by_colour_or_picture_alone(name: str) -> None:
    message = draw_post_card(CARDS[name], PLACE)
    for kind, each, path in walk(message.blocks):
        assert kind != "emoji", path
        if "style" in each and kind == "button":
            assert each["text"]["text"].isascii(), path
    assert not [letter for letter in render_message(message) if ord(letter) > 0x2100]


def pressed(card: PostCard) -> list[str]:
    message = draw_post_card(card, PLACE)
    found = [each["text"]["text"] for kind, each, _ in walk(message.blocks) if kind == "button"]
    return found + [each["text"]["text"] for kind, each, _ in walk(message.blocks) if kind == "option"]


def test_approve_is_offered_only_where_approving_can_work() -> None:
    assert "Approve" in pressed(WAITING)
    assert "Approve" not in pressed(CARDS["blocked"])
    assert "Approve anyway, because…" in pressed(CARDS["blocked"])
    assert "Approve anyway, because…" not in pressed(replace(WAITING, objections=(NO_ALT, TOO_LONG)))
    assert "Approve" not in pressed(CARDS["paused"])


def test_where_nobody_may_approve_the_card_asks_nobody_and_offers_no_approval() -> None:
    """Seen: a green Approve that was refused, and "Waiting for @Tom", who may not."""
    for name in ("locked", "locked, by an edit"):
        assert {"Approve", "Approve anyway, because…", "Post now"}.isdisjoint(pressed(CARDS[name]))
        drawn = draw_post_card(CARDS[name], PLACE)
        assert "Waiting for <@" not in render_message(drawn)
        assert "Decide" not in drawn.text


def test_leaving_an_account_out_warns_who_would_be_the_last() -> None:
    gate = replace(PAUSE, scope="Bluesky", account="dock-bluesky")
    for none_to_spare in (True, False):
        card = replace(WAITING, gate=gate, none_to_spare=none_to_spare)
        asked = str(draw_post_card(card, PLACE).blocks)
        assert ("nobody is left who may approve the rest" in asked) is none_to_spare


def test_only_what_was_approved_needs_a_new_approval() -> None:
    """Seen: "will need a new approval" of a post that nobody had approved."""
    assert "a new approval" not in render_message(draw_post_card(CARDS["paused"], PLACE))
    assert "a new approval" in render_message(draw_post_card(CARDS["paused, was approved"], PLACE))


def test_while_paused_only_what_stops_or_mends_is_offered() -> None:
    assert set(pressed(CARDS["paused"])) == {
        "Edit",
        "Hold",
        "Kill",
        "Pick a new time",
        "Preview each network",
        "History",
    }


SENDS = ("Approve", "Post now", "Try ", "It is not: send again")


@pytest.mark.parametrize("name", CARDS)
def test_while_paused_no_card_offers_to_send(name: str) -> None:
    """Seen: [Post now] on a missed post during a pause; pressed, it was refused."""
    offered = [text for text in pressed(CARDS[name]) if text.startswith(SENDS)]
    paused = replace(CARDS[name], gate=PAUSE)
    assert [text for text in pressed(paused) if text.startswith(SENDS)] == []
    if offered:
        assert "Publishing is paused" in render_message(draw_post_card(paused, PLACE))


def test_a_person_is_asked_only_after_byhand_has_looked() -> None:
    assert "It is there" not in pressed(CARDS["unknown, looking"])
    assert "It is there" in pressed(CARDS["unknown, asking"])


def test_the_buttons_other_programs_rely_on() -> None:
    everything = {text for card in CARDS.values() for text in pressed(card)}
    assert {"Approve", "Edit", "Kill", "Hold", "Undo", "Bring back", "Post now"} <= everything


def test_undo_stands_beside_what_it_undoes() -> None:
    """It stood beside Kill, and did not say whether that, or a move, was taken back."""
    for card in (CARDS["approved"], CARDS["waiting, imported, one of two approvals"]):
        blocks = draw_post_card(card, PLACE).blocks
        beside = [block for block in blocks if block.get("accessory", {}).get("action_id") == Act.UNDO]
        assert [block["text"]["text"].partition(" by ")[0] for block in beside] == ["Approved"]
        assert sum("Undo" in str(block) for block in blocks) == 1


def test_a_card_says_when_it_went_out_and_not_when_the_answer_came() -> None:
    """ "Published at 00:00" on the card, 23:59 in the pause's list and on the network."""
    begun, ended = SLOT - timedelta(milliseconds=20), SLOT
    sent = replace(SENT, begun_at=begun, ended_at=ended)
    shown = render_message(draw_post_card(replace(CARDS["published"], deliveries=(sent,)), PLACE))
    assert "Published 08:59 CET: Mastodon + Bluesky." in shown
    assert about_send(CARDS["published"], sent).at == begun


def test_each_send_that_failed_names_its_delivery() -> None:
    message = draw_post_card(CARDS["failed on both"], PLACE)
    values = [each["value"] for _, each, _ in walk(message.blocks) if each.get("action_id") == "try_again"]
    assert values == ["d1", REFUSED.id]
    asked = draw_post_card(CARDS["unknown, asking"], PLACE)
    values = [each["value"] for _, each, _ in walk(asked.blocks) if each.get("action_id") == "it_is_there"]
    assert values == [ASKING.id]


def test_the_same_words_are_shown_once_and_different_ones_under_their_networks() -> None:
    same = render_message(draw_post_card(WAITING, PLACE))
    assert same.count("> We baked 400 loaves") == 1
    different = render_message(draw_post_card(CARDS["waiting, different texts, images"], PLACE))
    assert "**Mastodon**\n> We baked" in different
    assert "**Bluesky**\n> 400 loaves" in different


def test_length_is_shown_only_where_it_matters() -> None:
    assert "/500" not in render_message(draw_post_card(WAITING, PLACE))
    near = replace(WAITING, accounts=(replace(MASTODON, length=450),))
    assert "Mastodon 450/500 characters" in render_message(draw_post_card(near, PLACE))
    just_not = replace(WAITING, accounts=(replace(MASTODON, length=449),))
    assert "Mastodon 449/500" not in render_message(draw_post_card(just_not, PLACE))


def test_a_text_too_long_for_the_card_says_so() -> None:
    long = replace(WAITING, accounts=(replace(MASTODON, text="Loaf. " * 2000),))
    assert "(cut here; Preview shows all)" in render_message(draw_post_card(long, PLACE))


def test_an_image_that_is_not_in_slack_is_told_by_its_alt_text() -> None:
    card = replace(WAITING, images=(replace(IMAGE, slack_file=None),))
    assert "Image (not shown here): Bakers in front" in render_message(draw_post_card(card, PLACE))
