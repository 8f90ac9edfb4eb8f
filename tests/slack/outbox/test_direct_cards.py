"""Cards for one person: into their conversation with Byhand, once, whatever becomes of Slack's answers."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bot.domain.kinds import CardType
from bot.sandbox.slack.faults import Kind
from bot.sandbox.slack.refusal import Refused
from bot.sandbox.slack.slack import Rights
from bot.slack.manifest import load_manifest
from bot.store.slack import cards, direct_cards
from bot.store.tables.slack import cards as table
from tests.slack.bench import SOCIAL, Bench

MAYA, DIRECT = "U0MAYA", "D0MAYA"


def write(bench: Bench, person: str = MAYA, subject: str = "pause1:U0MAYA") -> str:
    now = bench.services.clock.now()
    return bench.services.store.write(lambda db: direct_cards.add(db, CardType.STOP, subject, person, now))


def test_it_goes_into_their_conversation_and_is_drawn_again_there(bench: Bench) -> None:
    bench.reconciler()
    card_id = write(bench)
    bench.server.wait_for(DIRECT, "card of pause1:U0MAYA")
    assert bench.card(card_id).channel == DIRECT
    bench.sketches.values["pause1:U0MAYA"] = "over"
    bench.services.store.write(lambda db: cards.touch(db, CardType.STOP, "pause1:U0MAYA"))
    bench.until(lambda: bench.texts(DIRECT) == ["over"])


def test_a_lost_answer_sends_it_once(bench: Bench) -> None:
    bench.server.faults.order("chat.postMessage", Kind.LOST_ANSWER)
    card_id = write(bench)
    bench.reconciler()
    bench.until(lambda: bench.card(card_id).ts is not None)
    assert len(bench.texts(DIRECT)) == 1
    assert len(bench.server.calls("chat.postMessage")) == 1


def test_a_process_that_ended_between_the_two_lines_sends_it_once(bench: Bench) -> None:
    """It had asked Slack where, and written that down; and had posted it, but not written that down."""
    card_id = write(bench)
    first = bench.reconciler()
    bench.until(lambda: bench.card(card_id).ts is not None)
    first.stop()
    bench.services.store.write(
        lambda db: db.exec_driver_sql("UPDATE cards SET ts = NULL, asked_at = created_at, shown = 0")
    )
    bench.reconciler("desk-2")
    bench.until(lambda: bench.card(card_id).ts is not None)
    assert len(bench.texts(DIRECT)) == 1


def test_where_byhand_may_not_look_it_is_sent_again(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """An app that was installed before it asked for that: twice is better than never, and nothing else is held up."""

    def require(_: Rights, *any_of: str) -> None:
        if "im:history" in any_of:
            raise Refused("missing_scope")

    monkeypatch.setattr(Rights, "require", require)
    bench.server.faults.order("chat.postMessage", Kind.CUT)
    card_id = write(bench)
    bench.reconciler()
    bench.until(lambda: bench.card(card_id).ts is not None)
    assert len(bench.texts(DIRECT)) == 1
    assert "missing_scope" not in " ".join(bench.health.sentences())


def test_slack_is_asked_again_after_as_long_as_it_says(bench: Bench) -> None:
    bench.server.faults.order("conversations.open", Kind.TOO_MANY, seconds=300.0)
    card_id = write(bench)
    bench.new_card()
    bench.reconciler()
    bench.server.wait_for(SOCIAL, "card of p1")
    when = select(table.c.retry_at).where(table.c.id == card_id)
    bench.until(lambda: bench.services.store.read(lambda db: db.execute(when).scalar()) is not None)
    due = bench.services.store.read(lambda db: db.execute(when).scalar_one())
    assert (due - bench.services.clock.now()).total_seconds() > 200


def test_somebody_who_is_gone_holds_no_other_card_up(bench: Bench) -> None:
    card_id = write(bench, "U0NOBODY", "pause1:U0NOBODY")
    bench.new_card()
    bench.reconciler()
    bench.server.wait_for(SOCIAL, "card of p1")
    assert bench.card(card_id).ts is None
    assert bench.health.sentences() == ()


def test_the_app_asks_to_read_its_own_direct_messages() -> None:
    assert "im:history" in load_manifest().scopes
