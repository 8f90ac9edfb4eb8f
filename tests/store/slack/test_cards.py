"""Cards and lines, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection

from bot.domain.kinds import CardType, LineType
from bot.domain.urgency import Urgency
from bot.store.engine.store import Store
from bot.store.slack import card_lines, card_messages, cards

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
SOON = NOW + timedelta(seconds=30)


def posted(db: Connection, post: str, ts: str) -> cards.Card:
    card_id = cards.add(db, CardType.POST, post, "C1", NOW)
    card = cards.load(db, card_id)
    assert card is not None
    card_messages.mark_posted(db, card, ts, 1)
    found = cards.load(db, card_id)
    assert found is not None
    return found


def test_a_new_card_makes_the_older_one_a_link(store: Store) -> None:
    def story(db: Connection) -> None:
        old = posted(db, "p1", "1.0")
        assert cards.list_dirty(db, NOW) == []
        new_id = cards.add(db, CardType.POST, "p1", "C1", NOW)
        dirty = cards.list_dirty(db, NOW)
        assert [(card.id, card.current) for card in dirty] == [(new_id, True), (old.id, False)]
        assert cards.find_place(db, old.kind, old.subject) is None, "not up yet"
        card_messages.mark_posted(db, dirty[0], "2.0", 1)
        assert cards.find_place(db, old.kind, old.subject) == ("C1", "2.0")

    store.write(story)


def test_urgency_is_the_most_urgent_until_drawn(store: Store) -> None:
    def story(db: Connection) -> None:
        card = posted(db, "p1", "1.0")
        cards.touch_post(db, "p1", urgency=Urgency.AT_ONCE)
        cards.touch_post(db, "p1")
        (dirty,) = cards.list_dirty(db, NOW)
        assert (dirty.urgency, dirty.wanted) == (0, 3)
        card_messages.mark_drawn(db, card, 2)
        (dirty,) = cards.list_dirty(db, NOW)
        assert dirty.urgency == 0, "drawn too early: what came meanwhile is as urgent as before"
        card_messages.mark_drawn(db, card, 3)
        assert cards.list_dirty(db, NOW) == []
        cards.touch_post(db, "p1")
        assert cards.list_dirty(db, NOW)[0].urgency == Urgency.NOT_URGENT

    store.write(story)


def test_news_and_other_channels_wait_for_no_flood_of_customers(store: Store) -> None:
    """Seen: "this post is there twice" stood behind three hundred customers' messages, a second each."""

    def story(db: Connection) -> None:
        for number in range(150):
            place = "C2" if number < 145 else "C3"
            card_id = cards.add(db, CardType.CONVERSATION, f"c{number}", place, NOW)
            card_messages.mark_posted(db, _load(db, card_id), f"{number}.0", 1)
            cards.say_on(db, CardType.CONVERSATION, f"c{number}", LineType.MESSAGE, {}, NOW)
        posted(db, "p1", "200.0")
        cards.say(db, "p1", LineType.INCIDENT, {}, SOON)
        cards.say_on(db, CardType.CONVERSATION, "c3", LineType.INCIDENT, {}, SOON)
        found = cards.list_unsaid(db, SOON)
        assert (found[0].kind, found[0].subject) == (LineType.INCIDENT, "p1")
        assert [line.kind for line in found[1:]] == [LineType.MESSAGE] * 105
        assert len([line for line in found if line.channel == "C3"]) == 5

    store.write(story)


def _load(db: Connection, card_id: str) -> cards.Card:
    card = cards.load(db, card_id)
    assert card is not None
    return card


def test_lines_wait_for_their_card_and_for_each_other(store: Store) -> None:
    def story(db: Connection) -> None:
        cards.say(db, "p1", LineType.FAILED, {}, NOW)
        card_id = cards.add(db, CardType.POST, "p1", "C1", NOW)
        for kind in (LineType.REMINDER, LineType.MISSED):
            cards.say(db, "p1", kind, {"n": [1, None]}, NOW)
        assert cards.list_unsaid(db, NOW) == []
        card = cards.load(db, card_id)
        assert card is not None
        card_messages.mark_posted(db, card, "1.0", 1)
        (line,) = cards.list_unsaid(db, NOW)
        assert (line.kind, line.thread_ts, line.values) == (LineType.REMINDER, "1.0", {"n": [1, None]})
        card_messages.put_off(db, line, SOON)
        assert cards.list_unsaid(db, NOW) == [], "the second waits with the first"
        card_messages.give_up(db, line)
        assert [each.kind for each in cards.list_unsaid(db, NOW)] == [LineType.MISSED]

    store.write(story)


def test_a_card_that_was_put_off_comes_back(store: Store) -> None:
    def story(db: Connection) -> None:
        cards.add(db, CardType.POST, "p1", "C1", NOW)
        (card,) = cards.list_dirty(db, NOW)
        card_messages.mark_asked(db, card, NOW)
        card_messages.put_off(db, card, SOON)
        assert cards.list_dirty(db, NOW) == []
        assert cards.list_dirty(db, SOON)[0].asked_at == NOW
        card_messages.mark_not_posted(db, card, None)
        assert cards.list_dirty(db, SOON)[0].asked_at == NOW, "it was another asking"
        card_messages.mark_not_posted(db, replace(card, asked_at=NOW), None)
        assert cards.list_dirty(db, NOW)[0].asked_at is None

    store.write(story)


@pytest.mark.parametrize("current", [True, False])
def test_lost_messages(store: Store, current: bool) -> None:
    """A current card is built anew; an old one, a mere link, is let go."""

    def story(db: Connection) -> None:
        old = posted(db, "p1", "1.0")
        card = old if current else posted(db, "p1", "2.0")
        lost = cards.load(db, card.id if current else old.id)
        assert lost is not None
        card_lines.mark_lost(db, lost, NOW)
        card_lines.mark_lost(db, lost, NOW)
        again = cards.load(db, lost.id)
        assert again is not None
        if current:
            assert (again.ts, again.shown) == (None, 0)
            assert [each.id for each in cards.list_dirty(db, NOW)] == [lost.id]
            card_messages.mark_posted(db, again, "3.0", again.wanted)
            assert [each.kind for each in cards.list_unsaid(db, NOW)] == [LineType.REBUILT], "said once"
        else:
            assert cards.list_dirty(db, NOW) == []

    store.write(story)


def test_what_a_newer_version_wrote_is_read(store: Store) -> None:
    """After going back a version: its kinds of cards and lines are unknown here, and nothing stands still for it."""

    def story(db: Connection) -> None:
        card = posted(db, "p1", "1.0")
        cards.say(db, "p1", LineType.REMINDER, {}, NOW)
        db.exec_driver_sql("UPDATE cards SET kind = 'stage', wanted = wanted + 1")
        db.exec_driver_sql("UPDATE lines SET kind = 'sung'")
        assert [(one.id, one.kind) for one in cards.list_dirty(db, NOW)] == [
            (card.id, CardType.OF_NEWER_VERSION)
        ]
        assert [one.kind for one in cards.list_unsaid(db, NOW)] == [LineType.OF_NEWER_VERSION]

    store.write(story)
