"""The traffic log: newest first, bounded, and red where Slack gave up."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.sandbox.traffic import FROM_SLACK, KEPT, TO_NETWORK, TO_SLACK, Traffic

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)


def test_only_an_acknowledgement_of_three_seconds_is_slow() -> None:
    traffic = Traffic(lambda: NOW)
    for way, ms in ((FROM_SLACK, 2999), (FROM_SLACK, 3000), (TO_SLACK, 9000)):
        traffic.record(way, "x", ms, "200")
    assert [line.slow for line in traffic.latest()] == [False, True, False]


def test_a_late_answer_corrects_its_line() -> None:
    traffic = Traffic(lambda: NOW)
    number = traffic.record(FROM_SLACK, "block_actions approve", 3000, "no answer")
    traffic.record(TO_SLACK, "chat.update", 5, "200")
    traffic.amend(number, 3500.4, "200, too late")
    assert traffic.latest()[1].as_json() == {
        "n": number,
        "at": "2026-11-24T08:00:00+00:00",
        "way": "slack→bot",
        "what": "block_actions approve",
        "ms": 3500,
        "status": "200, too late",
        "slow": True,
        "times": 1,
    }


def test_old_lines_go() -> None:
    traffic = Traffic(lambda: NOW)
    for _ in range(KEPT + 1):
        traffic.record(TO_SLACK, "x", 1, "200")
    lines = traffic.latest(KEPT * 2)
    assert (len(lines), lines[0].n, lines[-1].n) == (KEPT, KEPT + 1, 2)


def test_a_failure_that_comes_again_is_one_line_with_a_count() -> None:
    """After a take-down the list was nothing but 404 and 400, in turn."""
    traffic = Traffic(lambda: NOW)
    traffic.record(TO_SLACK, "chat.update", 1, "200")
    for _ in range(200):
        traffic.record(TO_NETWORK, "GET /context", 1, "404")
        traffic.record(TO_NETWORK, "GET getPostThread", 1, "400")
    traffic.record(TO_SLACK, "chat.update", 1, "200")
    told = [(line.what, line.status, line.times) for line in traffic.folded()]
    assert told == [
        ("chat.update", "200", 1),
        ("GET getPostThread", "400", 200),
        ("GET /context", "404", 200),
        ("chat.update", "200", 1),
    ]
