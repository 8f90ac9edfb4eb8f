"""Threads that go on elsewhere: full ones, deleted ones, and lines that are drawn again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection as Database

from bot.domain.kinds import CardType, LineType
from bot.domain.urgency import Urgency
from bot.store.engine.store import Store
from bot.store.slack import card_lines, card_messages, cards, slack_events
from bot.store.slack.cards import Card, Line

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def up(db: Database, kind: CardType = CardType.CONVERSATION, subject: str = "c1") -> Card:
    """A card that is in Slack."""
    return posted(db, cards.add(db, kind, subject, "C1", NOW), "1.1")


def posted(db: Database, card_id: str, ts: str) -> Card:
    card = cards.load(db, card_id)
    assert card is not None
    card_messages.mark_posted(db, card, ts, card.wanted)
    found = cards.load(db, card_id)
    assert found is not None
    return found


def say(db: Database, *kinds: LineType) -> None:
    for kind in kinds:
        cards.say_on(db, CardType.CONVERSATION, "c1", kind, {}, NOW)


def all_said(db: Database) -> Sequence[tuple[str, LineType]]:
    """Say what waits, line for line: (thread, kind)."""
    said: list[tuple[str, LineType]] = []
    while waiting := cards.list_unsaid(db, NOW):
        for line in waiting:
            card_messages.mark_posted(db, line, f"9.{len(said)}")
            said.append((line.thread_ts, line.kind))
    return said


def test_a_new_card_makes_the_older_one_a_link(store: Store) -> None:
    def story(db: Database) -> None:
        old = up(db)
        new = cards.add(db, CardType.CONVERSATION, "c1", "C1", NOW)
        again = cards.load(db, old.id)
        assert again is not None
        assert (again.current, again.wanted > again.shown) == (False, True)
        fresh = cards.load(db, new)
        assert fresh is not None
        assert fresh.urgency == Urgency.CUSTOMER, "not before a decision about a post"

    store.write(story)


def test_a_full_thread_goes_on_in_a_new_card(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cards, "FULL", 3)

    def story(db: Database) -> None:
        old = up(db)
        say(db, *[LineType.MESSAGE] * cards.FULL)
        say(db, LineType.TAKEN, LineType.CLOSED)
        assert [kind for _, kind in all_said(db)] == [LineType.MESSAGE] * cards.FULL + [LineType.CONTINUED]
        (new,) = [each for each in cards.list_dirty(db, NOW) if each.current]
        assert new.id != old.id
        posted(db, new.id, "5.5")
        assert all_said(db) == [("5.5", LineType.TAKEN), ("5.5", LineType.CLOSED)]
        assert cards.find_place(db, old.kind, old.subject) == ("C1", "5.5")

    store.write(story)


def test_a_deleted_conversation_is_built_anew_and_keeps_both_threads(store: Store) -> None:
    def story(db: Database) -> None:
        old = up(db)
        say(db, LineType.MESSAGE)
        all_said(db)
        say(db, LineType.LATE, LineType.TAKEN)
        card_lines.mark_lost(db, old, NOW)
        card_lines.mark_lost(db, old, NOW)
        (new,) = [each for each in cards.list_dirty(db, NOW) if each.current]
        posted(db, new.id, "5.5")
        assert all_said(db) == [("5.5", LineType.REBUILT), ("5.5", LineType.LATE), ("5.5", LineType.TAKEN)]
        still = cards.find_shown_at(db, "C1", old.ts or "")
        assert still is not None
        assert still.subject == "c1", "people go on talking below what was deleted"

    store.write(story)


def test_an_old_card_that_is_deleted_gives_its_lines_to_the_current_one(store: Store) -> None:
    def story(db: Database) -> None:
        old = up(db)
        say(db, LineType.LATE)
        new = cards.add(db, CardType.CONVERSATION, "c1", "C1", NOW)
        say(db, LineType.TAKEN)
        card_lines.mark_lost(db, old, NOW)
        posted(db, new, "5.5")
        assert all_said(db) == [("5.5", LineType.TAKEN), ("5.5", LineType.LATE)]
        assert not card_lines.has_unsaid(db, old)

    store.write(story)


def test_a_line_slack_has_no_room_for_goes_on_with_those_behind_it(store: Store) -> None:
    def story(db: Database) -> None:
        up(db)
        say(db, LineType.TAKEN, LineType.CLOSED)
        (first,) = cards.list_unsaid(db, NOW)
        card_lines.move_on(db, first, NOW)
        (new,) = [each for each in cards.list_dirty(db, NOW) if each.current]
        posted(db, new.id, "5.5")
        assert all_said(db) == [("5.5", LineType.TAKEN), ("5.5", LineType.CLOSED)]

    store.write(story)


def test_erasure_draws_everything_again(store: Store) -> None:
    def story(db: Database) -> None:
        old = up(db)
        say(db, LineType.MESSAGE)
        all_said(db)
        say(db, LineType.LATE)
        asked = cards.list_unsaid(db, NOW)[0]
        card_messages.mark_asked(db, asked, NOW)
        cards.add(db, CardType.CONVERSATION, "c1", "C1", NOW)
        cards.redraw_all(db, CardType.CONVERSATION, "c1")
        assert {each.id for each in cards.list_dirty(db, NOW)} >= {old.id}
        assert [each.kind for each in card_lines.list_faded(db, NOW)] == [LineType.MESSAGE]
        card_messages.mark_posted(db, asked, "9.9")
        faded = card_lines.list_faded(db, NOW)
        assert [each.kind for each in faded] == [LineType.MESSAGE, LineType.LATE], (
            "it was drawn before the words went"
        )
        assert all(isinstance(each, Line) and each.urgency == Urgency.NOT_URGENT for each in faded)
        for line in faded:
            card_lines.mark_drawn_again(db, line)
        assert card_lines.list_faded(db, NOW) == []

    store.write(story)


def test_versions_of_a_message_come_in_any_order(store: Store) -> None:
    edited = NOW + timedelta(minutes=1)

    def story(db: Database) -> None:
        assert slack_events.keep_if_newest(db, "C1", "1.0", edited)
        assert not slack_events.keep_if_newest(db, "C1", "1.0", NOW), (
            "the message itself, told after its edit"
        )
        assert slack_events.keep_if_newest(db, "C1", "1.0", edited), "told again"
        assert slack_events.keep_if_newest(db, "C1", "1.0", edited + timedelta(minutes=1))
        assert slack_events.keep_if_newest(db, "C1", "2.0", NOW), "another message"

    store.write(story)


def test_a_line_that_may_be_up_is_looked_for_before_its_thread_is_left(store: Store) -> None:
    """Its answer is missing and then the card is deleted: it would be said in both threads."""

    def story(db: Database) -> None:
        card = up(db)
        say(db, LineType.MESSAGE, LineType.LATE)
        (line,) = cards.list_unsaid(db, NOW)
        card_messages.mark_asked(db, line, NOW)
        card_lines.mark_lost(db, card, NOW)
        again = cards.load(db, card.id)
        assert again is not None
        assert again.current
        assert cards.list_dirty(db, NOW) == []
        assert [one.id for one in cards.list_dirty(db, NOW + timedelta(seconds=10))] == [card.id], (
            "and so comes back"
        )
        card_messages.mark_posted(db, line, "1.2")  # it was found
        card_lines.mark_lost(db, again, NOW)
        posted(db, cards.list_dirty(db, NOW)[0].id, "2.1")
        assert all_said(db) == [("2.1", LineType.REBUILT), ("2.1", LineType.LATE)]

    store.write(story)
