"""What is done besides, and nobody waits for: where it fails, the log says so."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import pytest
from slack_sdk import WebClient

from bot.domain.refusals import (
    MaybePaused,
    NoDrill,
    NotPausedAtAll,
    OnlyMembersPause,
    Refusal,
    RepliesNotStopped,
)
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


def test_a_private_message_has_nothing_below_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slack stamps it. Seen: "As of today at 13:28" under every one, the help too."""
    shown: list[dict[str, Any]] = []
    client = WebClient("xoxb-none")
    monkeypatch.setattr(client, "chat_postEphemeral", lambda **content: shown.append(content))
    answers = Answers(client, lambda: "14:02")
    monkeypatch.setattr(answers, "_again", lambda _method, call: call())
    there, message = Where("U0TOM", "C0SOCIAL"), Message("x", [said("x")])
    answers.show(there, message)
    answers.replace(there, "", message)
    answers.close()
    shown.append(json.loads(answers.respond(message).body))
    assert [each["blocks"] for each in shown] == [message.blocks] * 3


@pytest.mark.parametrize(
    ("refusal", "said"),
    [
        (NotPausedAtAll(), "NOT paused (14:02): Byhand cannot reach its database."),
        (MaybePaused(), "NOT paused (14:02), as far as Byhand knows:"),
        (OnlyMembersPause(approvers="Maya"), "NOT paused (14:02). Only full members"),
        (RepliesNotStopped(), "Replies are NOT stopped (14:02):"),
        (NoDrill(), "There is no drill now."),
    ],
)
def test_a_refusal_that_may_soon_be_untrue_says_of_when_it_is(refusal: Refusal, said: str) -> None:
    """Seen: "NOT paused" above a pause. In a dialog it is read at once, and says nothing of it."""
    answers = Answers(WebClient("xoxb-none"), lambda: "14:02")
    body = {"command": "/social", "user_id": "U0TOM", "channel_id": "C0SOCIAL", "trigger_id": "T"}
    told = answers.on_error(refusal, body)
    answers.close()
    assert told is not None
    assert json.loads(told.body)["text"].startswith(said)
