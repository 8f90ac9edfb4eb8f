"""The reconciler makes Slack match the database, whatever becomes of its calls."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from threading import Event
from typing import Any, cast

import pytest
from slack_sdk import WebClient
from slack_sdk.web import SlackResponse
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from bot.domain.kinds import CardType, LineType
from bot.domain.urgency import Urgency
from bot.sandbox.slack.faults import Kind
from bot.slack.outbox import channels
from bot.slack.outbox.metadata import make_metadata
from bot.slack.transport.calls import SaidNo
from bot.slack.transport.limits import POST, Limits, Rate
from bot.store.engine.leases import drop_lease
from bot.store.slack import card_lines, card_messages, cards, twice
from tests.slack.bench import SOCIAL, Bench, PushedClock, Sketches


def posts_of(bench: Bench) -> list[str]:
    return [call.status for call in bench.server.calls("chat.postMessage")]


def test_a_card_is_posted_with_its_mark_and_redrawn_in_place(bench: Bench) -> None:
    bench.reconciler()
    card_id = bench.new_card()
    message = bench.server.wait_for(SOCIAL, "card of p1")
    assert message.metadata == {"event_type": "byhand_card", "event_payload": {"card_id": card_id}}
    bench.touch("p1", "approved", urgency=Urgency.AT_ONCE)
    bench.until(lambda: bench.texts() == ["approved"])
    bench.until(lambda: bench.card(card_id).shown == bench.card(card_id).wanted)
    sent = bench.server.calls("chat.postMessage")[0].args
    assert (sent["unfurl_links"], sent["unfurl_media"], sent["parse"]) == (False, False, "none")
    assert bench.server.calls("chat.update")[0].args["parse"] == "none"


def test_a_channel_given_by_its_name_is_found(bench: Bench) -> None:
    """The settings may say "#social"; chat.update and history take ids only."""
    bench.reconciler()
    card_id = bench.services.store.write(
        lambda db: cards.add(db, CardType.POST, "p1", "#social", bench.services.clock.now())
    )
    bench.server.wait_for(SOCIAL, "card of p1")
    assert bench.card(card_id).channel == SOCIAL
    bench.touch("p1", "approved", urgency=Urgency.AT_ONCE)
    bench.until(lambda: bench.texts() == ["approved"])


def test_a_channel_name_nobody_knows_is_said(bench: Bench) -> None:
    bench.reconciler()
    bench.services.store.write(
        lambda db: cards.add(db, CardType.POST, "p1", "#nowhere", bench.services.clock.now())
    )
    bench.until(lambda: "#nowhere" in " ".join(bench.health.sentences()))


def test_a_channel_name_nobody_knows_holds_no_other_card_up(bench: Bench) -> None:
    """Seen: a misspelt name in the settings, and nothing came anywhere, the message of a pause included; and Slack was
    asked for its channels every second."""
    bench.services.store.write(
        lambda db: cards.add(db, CardType.POST, "p0", "#nowhere", bench.services.clock.now())
    )
    bench.new_card()
    bench.reconciler()
    bench.server.wait_for(SOCIAL, "card of p1")
    bench.touch("p1", "approved", urgency=Urgency.AT_ONCE)
    bench.until(lambda: bench.texts() == ["approved"])
    assert len(bench.server.calls("conversations.list")) == 1
    bench.services.clock.push(2.0)  # type: ignore[attr-defined]  # the bench's is one
    bench.until(lambda: len(bench.server.calls("conversations.list")) == 2)


def test_a_name_slack_refuses_to_look_up_holds_no_other_card_up(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A permission is missing: every call was held for half a minute, again and again."""
    asked = list[str]()

    def refuse(*_: object) -> SaidNo:
        asked.append("again")
        return SaidNo("missing_scope")

    monkeypatch.setattr(channels, "ask_again", refuse)
    bench.services.store.write(
        lambda db: cards.add(db, CardType.POST, "p0", "#social", bench.services.clock.now())
    )
    limits = Limits(bench.services.clock.elapsed, bench.rates)
    bench.reconciler(limits=limits)
    for number in range(1, 5):
        bench.until(lambda number=number: len(asked) == number)  # type: ignore[misc]
        bench.until(lambda: "missing_scope" in " ".join(bench.health.sentences()))
        assert limits.wait(POST, SOCIAL) == 0.0
        bench.services.clock.push(20.0)  # type: ignore[attr-defined]
    bench.new_card()
    bench.server.wait_for(SOCIAL, "card of p1")


def test_channels_slack_was_too_busy_to_name_are_asked_for_when_it_says(bench: Bench) -> None:
    bench.server.faults.order("conversations.list", Kind.TOO_MANY, seconds=30.0)
    bench.services.store.write(
        lambda db: cards.add(db, CardType.POST, "p1", "#social", bench.services.clock.now())
    )
    bench.new_card("p2")
    bench.reconciler()
    bench.server.wait_for(SOCIAL, "card of p2")
    assert bench.health.sentences() == ()
    bench.services.clock.push(30.0)  # type: ignore[attr-defined]
    bench.server.wait_for(SOCIAL, "card of p1")


def test_a_lost_answer_does_not_post_twice(bench: Bench) -> None:
    """Slack took the message, the answer was cut: the reconciler must find it and not post again (P4 for cards)."""
    bench.server.faults.order("chat.postMessage", Kind.LOST_ANSWER)
    bench.reconciler()
    card_id = bench.new_card()
    bench.until(lambda: bench.card(card_id).ts is not None)
    bench.until(lambda: bench.card(card_id).shown == 1)
    assert bench.texts() == ["card of p1"]
    assert posts_of(bench) == ["no answer"]


def test_a_message_that_never_arrived_is_posted_again(bench: Bench) -> None:
    bench.patience = replace(bench.patience, post_again_after=1.0)
    bench.server.faults.order("chat.postMessage", Kind.SERVER_ERROR)
    bench.reconciler()
    bench.new_card()
    bench.until(lambda: bench.texts() == ["card of p1"])
    bench.until(lambda: posts_of(bench) == ["500", "200"])
    assert len(bench.server.calls("conversations.history")) >= 2, "absence counts only after a while"


def test_a_crash_between_asked_and_posted(bench: Bench) -> None:
    """The process died after writing "asked": nobody posted, so the next reconciler looks first, then posts once."""
    card_id = bench.new_card()
    now = bench.services.clock.now()
    card = bench.card(card_id)
    bench.services.store.write(lambda db: card_messages.mark_asked(db, card, now))
    bench.reconciler()
    bench.until(lambda: bench.texts() == ["card of p1"])
    bench.until(lambda: len(posts_of(bench)) == 1)
    methods = [call.method for call in bench.server.log]
    assert methods.index("conversations.history") < methods.index("chat.postMessage")


def test_a_crash_after_posting(bench: Bench) -> None:
    """The message is up, the process died before writing its ts: it is found, drawn again, never doubled."""
    card_id = bench.new_card()
    now = bench.services.clock.now()
    card = bench.card(card_id)
    bench.services.store.write(lambda db: card_messages.mark_asked(db, card, now))
    mark = {"event_type": "byhand_card", "event_payload": {"card_id": card_id}}
    for _ in range(2):  # even if some earlier mishap put it there twice
        bench.client.chat_postMessage(channel=SOCIAL, text="stale", metadata=mark)
    bench.reconciler()
    bench.until(lambda: bench.texts() == ["card of p1"])
    assert len(bench.server.calls("chat.postMessage")) == 2
    deleted = bench.server.calls("chat.delete")[0].args["ts"]
    assert float(deleted) > float(bench.card(card_id).ts or 0)


def test_too_many_updates_hold_updates_only(bench: Bench) -> None:
    bench.reconciler()
    bench.new_card("p1")
    bench.server.wait_for(SOCIAL, "card of p1")
    bench.server.faults.order("chat.update", Kind.TOO_MANY, seconds=1)
    bench.touch("p1", "second drawing", urgency=Urgency.AT_ONCE)
    bench.until(lambda: bench.server.calls("chat.update"))
    bench.new_card("p2")
    bench.until(lambda: "card of p2" in bench.texts())
    assert "second drawing" not in bench.texts(), "posting went on while updates were held"
    bench.until(lambda: "second drawing" in bench.texts())
    bench.until(lambda: len(bench.server.calls("chat.update")) == 2)
    first, second = bench.server.calls("chat.update")
    assert (second.at - first.at).total_seconds() >= 0.9


def test_a_deleted_card_is_built_anew_and_says_so(bench: Bench) -> None:
    bench.reconciler()
    card_id = bench.new_card()
    first = bench.server.wait_for(SOCIAL, "card of p1")
    bench.until(lambda: bench.card(card_id).ts == first.ts)
    bench.server.people.delete("U0TOM", SOCIAL, first.ts)
    bench.touch("p1", "still here")
    bench.until(lambda: "line rebuilt" in bench.texts())
    assert "still here" in bench.texts()
    line = bench.server.wait_for(SOCIAL, "line rebuilt")
    assert line.thread_ts == bench.card(card_id).ts != first.ts


def test_lines_keep_their_order_and_wait_for_their_card(bench: Bench) -> None:
    bench.new_card()
    for kind in (LineType.ENDED, LineType.REMINDER, LineType.MISSED):
        bench.say("p1", kind)
    bench.server.faults.order("chat.postMessage", Kind.LOST_ANSWER)
    bench.reconciler()
    bench.until(lambda: len(bench.texts()) == 4, timeout=10)
    assert bench.texts() == ["card of p1", "line ended", "line reminder", "line missed"]
    card, *lines = bench.server.workspace.messages(SOCIAL)
    assert {line.thread_ts for line in lines} == {card.ts}


def test_a_line_whose_answer_was_lost_is_said_once(bench: Bench) -> None:
    bench.reconciler()
    bench.new_card()
    bench.server.wait_for(SOCIAL, "card of p1")
    bench.server.faults.order("chat.postMessage", Kind.LOST_ANSWER)
    bench.say("p1", LineType.ENDED)
    bench.say("p1", LineType.REMINDER)
    bench.until(lambda: "line reminder" in bench.texts())
    assert bench.texts() == ["card of p1", "line ended", "line reminder"]


def test_decisions_come_first_in_a_burst(bench: Bench) -> None:
    """Thirty cards are to be redrawn; the one somebody just clicked must not stand behind them."""
    bench.patience = replace(bench.patience, idle=0.02)
    for n in range(30):
        card_id = bench.new_card(f"p{n}", channel=SOCIAL)
        ts = str(bench.client.chat_postMessage(channel=SOCIAL, text=f"old {n}")["ts"])
        card = bench.card(card_id)
        bench.services.store.write(partial(card_messages.mark_posted, item=card, ts=ts, shown=1))
    for n in range(30):
        bench.touch(f"p{n}", f"new {n}")
    desk = bench.reconciler()
    bench.until(lambda: len(bench.server.calls("chat.update")) == 5)
    assert not bench.server.wait_until(lambda: len(bench.server.calls("chat.update")) > 5, timeout=0.5), (
        "reserve"
    )
    bench.touch("p29", "clicked", urgency=Urgency.AT_ONCE)
    desk.wake()
    bench.until(lambda: "clicked" in bench.texts(), timeout=1.0)
    assert len(bench.server.calls("chat.update")) < 12


def test_slack_down_and_back(bench: Bench) -> None:
    bench.server.faults.take_down()
    bench.reconciler()
    bench.new_card()
    bench.until(bench.health.sentences)
    bench.server.faults.bring_up()
    bench.until(lambda: bench.texts() == ["card of p1"], timeout=10)
    bench.until(lambda: not bench.health.sentences())


def test_a_closed_channel_is_told_to_an_approver_once(bench: Bench) -> None:
    bench.server.workspace.leave(SOCIAL, "U0BOT")
    bench.reconciler()
    bench.new_card("p1")
    bench.new_card("p2", channel="C0CUSTOMERS")
    bench.until(lambda: bench.texts("C0CUSTOMERS") == ["card of p2"])
    bench.until(lambda: len(bench.texts("D0TOM")) == 1)
    assert "not a member" in bench.health.sentences()[0]
    bench.until(lambda: len([1 for call in bench.server.calls("chat.postMessage") if not call.ok]) >= 2)
    assert len(bench.texts("D0TOM")) == 1, "once an hour"
    bench.server.workspace.join(SOCIAL, "U0BOT")
    bench.until(lambda: bench.texts() == ["card of p1"])
    bench.until(lambda: not bench.health.sentences())
    assert len(bench.texts("D0TOM")) == 1


def test_two_desks_draw_once(bench: Bench) -> None:
    """The lease: a second process does nothing while the first one lives, and goes on where that one ends."""
    first = bench.reconciler("desk-1")
    bench.new_card("p0")
    bench.server.wait_for(SOCIAL, "card of p0")
    bench.reconciler("desk-2", Sketches("drawn by the second: "))
    for n in range(1, 6):
        bench.new_card(f"p{n}")
    bench.until(lambda: len(bench.texts()) == 6)
    assert all(text.startswith("card of") for text in bench.texts())
    first.stop()
    bench.new_card("p6")
    bench.server.wait_for(SOCIAL, "drawn by the second: card of p6")


class Halting:
    """A client whose process is halted right before the first byte of a post, once."""

    def __init__(self, client: WebClient) -> None:
        self._client = client
        self.halted, self.woken = Event(), Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def chat_postMessage(self, **message: Any) -> SlackResponse:  # noqa: N802  Slack's name
        if not self.halted.is_set():
            self.halted.set()
            assert self.woken.wait(20)
        return self._client.chat_postMessage(**message)


@pytest.mark.parametrize("fault", [None, Kind.TOO_MANY, Kind.SERVER_ERROR])
def test_a_process_halted_between_asked_and_posted_leaves_one_card(bench: Bench, fault: Kind | None) -> None:
    """Its lease ran out; the next process looked, found nothing and posted. When it wakes, the younger one goes,
    also where Slack does not take that at once."""
    if fault is not None:
        bench.server.faults.order("chat.delete", fault)
    halting = Halting(bench.client)
    bench.client = cast(WebClient, halting)
    first = bench.reconciler("desk-1")
    card_id = bench.new_card()
    assert halting.halted.wait(20)
    first._stopping.set()  # nothing more after this call
    bench.services.store.write(lambda db: drop_lease(db, "desk", "desk-1"))
    bench.reconciler("desk-2")
    bench.until(lambda: bench.card(card_id).ts is not None)
    there = bench.card(card_id).ts
    halting.woken.set()
    bench.until(lambda: bench.server.calls("chat.delete"))
    bench.until(lambda: len(bench.texts()) == 1)
    assert bench.card(card_id).ts == there, "the one whose buttons people have seen stays"
    assert [each.ts for each in bench.server.workspace.messages(SOCIAL) if not each.deleted] == [there]


@pytest.mark.parametrize("fault", [Kind.TOO_MANY, Kind.SERVER_ERROR])
def test_what_is_there_twice_is_deleted_after_a_restart(bench: Bench, fault: Kind) -> None:
    """Seen: the process ended before it asked again, and the second live card stayed for good."""
    bench.server.faults.order("chat.delete", fault, times=100)
    first = bench.reconciler("desk-1")
    card_id = bench.new_card()
    bench.until(lambda: bench.card(card_id).ts is not None)
    card = bench.card(card_id)
    twin = bench.client.chat_postMessage(channel=SOCIAL, text="card of p1", metadata=make_metadata(card))
    assert not first._lost_answers.keep(card, [str(twin["ts"])])
    bench.until(lambda: bench.server.calls("chat.delete"))
    first.stop()
    bench.server.faults.withdraw()
    assert len(bench.texts()) == 2
    bench.reconciler("desk-2")
    bench.until(lambda: len(bench.texts()) == 1)
    assert [each.ts for each in bench.server.workspace.messages(SOCIAL) if not each.deleted] == [card.ts]
    bench.until(lambda: not bench.services.store.read(twice.list_owed))


def test_of_two_that_were_found_the_one_that_is_known_stays(bench: Bench) -> None:
    """Another process has written down the younger already: its buttons are what people press."""
    bench.reconciler().stop()
    card_id = bench.new_card()
    bench.services.store.write(lambda db: card_messages.mark_posted(db, bench.card(card_id), "2.2"))
    card = bench.card(card_id)
    now = bench.services.clock.now()
    assert bench.services.store.write(lambda db: twice.keep_one(db, card, ["1.1", "2.2"], now)) == ["1.1"]
    assert bench.card(card_id).ts == "2.2"
    assert bench.services.store.read(twice.list_owed) == [(SOCIAL, "1.1")]


@pytest.mark.parametrize("kind", ["card", "line"])
def test_a_process_halted_before_the_call_does_not_make_it(
    bench: Bench, clock: PushedClock, kind: str
) -> None:
    """Longer than others wait before they look: it asks anew, from the database."""
    desk = bench.reconciler()
    bench.new_card("p0")
    bench.server.wait_for(SOCIAL, "card of p0")
    bench.until(lambda: posts_of(bench))
    about, really = (cards.Card if kind == "card" else cards.Line), card_messages.mark_asked
    asked_at: list[datetime] = []

    def halted(db: Connection, item: cards.Card | cards.Line, now: datetime) -> bool:
        asked = really(db, item, now)
        if isinstance(item, about):
            asked_at.append(now)
            if len(asked_at) == 1:
                clock.push(timedelta(minutes=5))
        return asked

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(card_messages, "mark_asked", halted)
        before = len(posts_of(bench))
        if kind == "card":
            bench.new_card("p1")
            bench.server.wait_for(SOCIAL, "card of p1")
        else:
            bench.say("p0", LineType.REMINDER)
            bench.server.wait_for(SOCIAL, "line reminder")
        bench.until(lambda: len(posts_of(bench)) == before + 1)
        assert len(asked_at) == 2, "the first time it came too late to the call"
        desk.stop()


def test_a_decision_is_posted_before_lines_that_waited_longer(bench: Bench) -> None:
    for n in range(3):
        card = bench.card(bench.new_card(f"p{n}"))
        ts = str(bench.client.chat_postMessage(channel=SOCIAL, text=f"card {n}")["ts"])
        bench.services.store.write(partial(card_messages.mark_posted, item=card, ts=ts, shown=1))
        bench.say(f"p{n}", LineType.REMINDER)
    bench.new_card("urgent")
    bench.reconciler()
    bench.until(lambda: bench.texts().count("line reminder") == 3)
    assert bench.texts()[3] == "card of urgent"


def test_a_desk_that_is_rung_all_the_time_still_draws(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hundreds of decisions a second ring without a pause; each ring is only a reason to look again."""
    desk = bench.reconciler()
    monkeypatch.setattr(desk._bell, "clear", lambda: None)
    desk.wake()
    for n in range(3):
        bench.new_card(f"p{n}")
    bench.until(lambda: len(bench.texts()) == 3)


def test_the_desk_outlives_a_broken_database(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    failures = iter([OperationalError("SELECT", {}, Exception("disk I/O error"))] * 2)
    really = cards.list_dirty

    def dirty(db: Connection, now: datetime) -> list[cards.Card]:
        for failure in failures:
            raise failure
        return really(db, now)

    monkeypatch.setattr(cards, "list_dirty", dirty)
    bench.reconciler()
    bench.new_card()
    bench.server.wait_for(SOCIAL, "card of p1")


def say_in_conversation(db: Connection, *, kind: LineType, now: datetime) -> None:
    cards.say_on(db, CardType.CONVERSATION, "c1", kind, {}, now)


def conversation(bench: Bench, *kinds: LineType) -> cards.Card:
    """A conversation's card that is up, with lines that wait."""
    now = bench.services.clock.now()
    card_id = bench.services.store.write(lambda db: cards.add(db, CardType.CONVERSATION, "c1", SOCIAL, now))
    bench.until(lambda: bench.card(card_id).ts)
    for kind in kinds:
        bench.services.store.write(partial(say_in_conversation, kind=kind, now=now))
    return bench.card(card_id)


def test_a_line_is_drawn_again_after_erasure(bench: Bench) -> None:
    desk = bench.reconciler()
    conversation(bench, LineType.MESSAGE)
    line = bench.server.wait_for(SOCIAL, "line message")
    bench.sketches.lines[LineType.MESSAGE] = "The words were erased."
    bench.services.store.write(lambda db: cards.redraw_all(db, CardType.CONVERSATION, "c1"))
    desk.wake()
    bench.until(lambda: bench.server.workspace.message(SOCIAL, line.ts).text == "The words were erased.")
    bench.until(
        lambda: (
            not bench.services.store.read(lambda db: card_lines.list_faded(db, bench.services.clock.now()))
        )
    )
    assert len(bench.texts()) == 2


def test_a_line_that_was_deleted_is_not_drawn_again(bench: Bench) -> None:
    desk = bench.reconciler()
    conversation(bench, LineType.MESSAGE)
    line = bench.server.wait_for(SOCIAL, "line message")
    bench.server.people.delete("U0TOM", SOCIAL, line.ts)
    bench.services.store.write(lambda db: cards.redraw_all(db, CardType.CONVERSATION, "c1"))
    desk.wake()
    bench.until(
        lambda: (
            not bench.services.store.read(lambda db: card_lines.list_faded(db, bench.services.clock.now()))
        )
    )
    assert bench.texts() == ["card of c1"]


@pytest.mark.parametrize("kind", [CardType.GO_REQUEST, CardType.REQUEST])
def test_a_message_that_rings_for_several_posts_comes_as_words(bench: Bench, kind: CardType) -> None:
    """Slack refuses its blocks: without it nobody would be mentioned for any of them."""
    bench.sketches.broken = True
    bench.services.store.write(lambda db: cards.add(db, kind, "r1", SOCIAL, bench.services.clock.now()))
    bench.reconciler()
    assert not bench.server.wait_for(SOCIAL, "card of r1").blocks


def test_what_slack_cannot_show_is_said_in_words(bench: Bench) -> None:
    """A fault of ours in the blocks of a customer's message must not keep the message from people."""
    bench.sketches.broken = True
    bench.reconciler()
    conversation(bench, LineType.MESSAGE)
    bench.until(lambda: bench.texts() == ["card of c1", "line message"])
    assert all(not each.blocks for each in bench.server.workspace.messages(SOCIAL))


def test_a_thread_without_room_goes_on_below_a_new_card(bench: Bench) -> None:
    bench.reconciler()
    card = conversation(bench)
    bench.server.limits.replies = 0
    conversation_now = bench.services.clock.now()
    for kind in (LineType.TAKEN, LineType.CLOSED):
        bench.services.store.write(partial(say_in_conversation, kind=kind, now=conversation_now))
    bench.until(lambda: bench.texts() == ["card of c1", "card of c1"])
    bench.server.limits.replies = 1000
    bench.until(lambda: bench.texts()[2:] == ["line taken", "line closed"])
    assert {each.thread_ts for each in bench.server.workspace.messages(SOCIAL)[2:]} != {card.ts}


def test_a_flood_in_one_channel_keeps_nothing_from_another(bench: Bench) -> None:
    """Three hundred customers wait for their cards; a decision about a post must not wait for theirs."""
    now = bench.services.clock.now()

    def flood(db: Connection) -> None:
        for number in range(300):
            cards.add(db, CardType.CONVERSATION, f"c{number}", "C0CUSTOMERS", now)
        cards.add(db, CardType.CONVERSATION, "secret", SOCIAL, now)

    bench.services.store.write(flood)
    bench.reconciler()
    bench.until(lambda: bench.texts() == ["card of secret"])
    assert len(bench.texts("C0CUSTOMERS")) < 300


class HeldOnce(Limits):
    """Whoever asks first is held for a moment; it is over when the next one asks."""

    asked = 0

    def wait(self, method: str, channel: str, *, urgent: bool = True) -> float:
        self.asked += method == POST
        return 0.02 if self.asked == 1 else super().wait(method, channel, urgent=urgent)


def test_nobody_overtakes_a_card_that_was_held(bench: Bench) -> None:
    """A flood is shown in the order in which it came, also where Slack's limit holds it."""
    bench.rates = bench.rates | {POST: Rate(1000.0, burst=100, by_channel=True)}
    posts = [f"p{number}" for number in range(6)]
    for post in posts:
        bench.new_card(post)
    bench.reconciler(limits=HeldOnce(bench.services.clock.elapsed, bench.rates))
    bench.until(lambda: bench.texts() == [f"card of {post}" for post in posts])
