"""The pin of a pause's banner: set once, taken away, tried again, told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.urgency import Urgency
from bot.sandbox.slack.faults import Kind
from bot.slack.outbox.pins import Pins
from bot.slack.transport import repeats
from bot.slack.views.blocks import Message
from tests.slack.bench import SOCIAL, Bench


def pinned(bench: Bench) -> list[str]:
    return list(bench.server.workspace.pins.get(SOCIAL, ()))


def show(bench: Bench, pin: bool | None) -> str:
    """A card whose message is to be pinned, up in Slack."""
    text = f"pinned {pin}"
    bench.sketches.whole = Message(text, _BLOCKS, pin)
    return text


_BLOCKS = [{"type": "section", "text": {"type": "plain_text", "text": "x"}}]


def test_a_banner_is_pinned_once_it_is_up_and_unpinned_when_over(bench: Bench) -> None:
    bench.reconciler()
    show(bench, True)
    bench.new_card()
    bench.until(lambda: len(pinned(bench)) == 1)
    bench.touch("p1", "again", urgency=Urgency.AT_ONCE)
    bench.until(lambda: len(bench.server.calls("chat.update")) == 1)
    assert len(bench.server.calls("pins.add")) == 1, "it is known"
    show(bench, False)
    bench.touch("p1", "over", urgency=Urgency.AT_ONCE)
    bench.until(lambda: pinned(bench) == [])


def test_a_pin_that_is_refused_keeps_nothing_from_being_drawn(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(repeats.POLICIES, "pins", replace(repeats.POLICIES["pins"], pauses=(0.0,)))
    bench.server.faults.order("pins.add", Kind.SERVER_ERROR, times=2)
    bench.reconciler()
    show(bench, True)
    bench.new_card("p1")
    bench.new_card("p2")
    bench.until(lambda: len(bench.texts()) == 2)
    assert pinned(bench) == []
    bench.touch("p1", "again", urgency=Urgency.AT_ONCE)
    bench.until(lambda: len(pinned(bench)) == 1)


def test_pinned_already_is_as_good_as_a_yes(bench: Bench) -> None:
    ts = str(bench.client.chat_postMessage(channel=SOCIAL, text="hello")["ts"])
    bench.client.pins_add(channel=SOCIAL, timestamp=ts)
    pins = Pins(bench.client, bench.health, bench.services.clock.elapsed, lambda _sentence: None)
    for _ in range(2):
        pins.keep(SOCIAL, ts, True)
    assert len(bench.server.calls("pins.add")) == 2, "the second time it is known"
    pins.keep(SOCIAL, ts, False)
    pins.keep(SOCIAL, ts, False)
    Pins(bench.client, bench.health, bench.services.clock.elapsed, lambda _sentence: None).keep(
        SOCIAL, ts, False
    )
    assert pinned(bench) == []
    assert bench.health.sentences() == ()


def test_a_missing_permission_is_said(bench: Bench) -> None:
    bench.server.workspace.leave(SOCIAL, "U0BOT")
    Pins(bench.client, bench.health, bench.services.clock.elapsed, lambda _sentence: None).keep(
        SOCIAL, "1.1", True
    )
    assert "Byhand cannot pin the message of a pause: " in bench.health.sentences()[0]


def test_a_refused_pin_is_tried_again_after_a_while_and_told_once(bench: Bench) -> None:
    bench.server.workspace.leave(SOCIAL, "U0BOT")
    passed, told = [0.0], list[str]()
    pins = Pins(bench.client, bench.health, lambda: passed[-1], told.append)
    for _ in range(20):
        pins.keep(SOCIAL, "1.1", True)
    assert len(bench.server.calls("pins.add")) == 1
    for seconds in range(0, 3600, 5):
        passed.append(float(seconds))
        pins.keep(SOCIAL, "1.1", True)
    assert len(bench.server.calls("pins.add")) == 4
    assert len(told) == 1
    assert "Please do it by hand" in told[0]


def test_a_refusal_nobody_could_be_told_of_is_told_with_the_next_try(bench: Bench) -> None:
    """Seen: said once, to nobody, because Slack was busy, or after a failure of another kind."""
    bench.server.workspace.leave(SOCIAL, "U0BOT")
    bench.server.faults.order("pins.add", Kind.SERVER_ERROR)
    passed, told, reached = [0.0], list[str](), [False, True]

    def tell(sentence: str) -> bool:
        told.append(sentence)
        return reached[len(told) - 1]

    pins = Pins(bench.client, bench.health, lambda: passed[-1], tell)
    for seconds in range(0, 12_000, 30):
        passed.append(float(seconds))
        pins.keep(SOCIAL, "1.1", True)
    assert len(told) == 2
