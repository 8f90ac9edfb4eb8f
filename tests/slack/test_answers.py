"""What is done besides, and nobody waits for: where it fails, the log says so."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import pytest
from slack_sdk import WebClient

from bot.slack.answers import Answers
from bot.slack.payloads import Where
from bot.slack.views.blocks import Message, said


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Answers:
    answers = Answers(WebClient("xoxb-none"), lambda: "As of now")

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


@pytest.mark.parametrize("dated", [True, False])
def test_each_private_message_says_of_when_it_is(dated: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody can change one later. Seen: "NOT paused" above a pause, and "On its way" above what had arrived."""
    shown: list[dict[str, Any]] = []
    client = WebClient("xoxb-none")
    monkeypatch.setattr(client, "chat_postEphemeral", lambda **content: shown.append(content))
    answers = Answers(client, lambda: "As of now")
    monkeypatch.setattr(answers, "_again", lambda _method, call: call())
    there, message = Where("U0TOM", "C0SOCIAL"), Message("x", [said("x")], dated=dated)
    answers.show(there, message)
    answers.replace(there, "", message)
    if not dated:
        answers.tell(there, "It is so.")
    answers.close()
    shown.append(json.loads(answers.respond(message).body))
    assert len(shown) == (3 if dated else 4)
    assert [("As of now" in str(each["blocks"])) for each in shown] == [not dated] * len(shown)
