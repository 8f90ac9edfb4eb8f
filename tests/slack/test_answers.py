"""What is done besides, and nobody waits for: where it fails, the log says so."""

from __future__ import annotations

from functools import partial

import pytest
from slack_sdk import WebClient

from bot.slack.answers import Answers
from bot.slack.payloads import Where
from bot.slack.views.blocks import Message


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Answers:
    answers = Answers(WebClient("xoxb-none"))

    def fail(method: str, call: object) -> None:
        raise LookupError(method)

    monkeypatch.setattr(answers, "_again", fail)
    return answers


@pytest.mark.parametrize("way", ["later", "tell", "push", "update", "replace"])
def test_what_fails_besides_is_in_the_log(
    way: str, broken: Answers, caplog: pytest.LogCaptureFixture
) -> None:
    """Seen: the pool kept what was raised, and nobody asked it."""
    there = Where("U0TOM", "C0SOCIAL")
    match way:
        case "later":
            broken.later(partial(broken._tell, there, "It is so."))
        case "tell":
            broken.tell(there, "It is so.")
        case "push":
            broken.push("trigger", {})
        case "update":
            broken.update("V1", {})
        case "replace":
            broken.replace(there, "", Message("x", []))
    broken.close()
    assert [one.levelname for one in caplog.records] == ["ERROR"]
    assert "LookupError" in caplog.text
