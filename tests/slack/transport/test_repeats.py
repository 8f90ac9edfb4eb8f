"""What is repeated after which failure, and for how long."""

from __future__ import annotations

import ast
import re
import time
from typing import Any

import pytest
from slack_sdk import WebClient

from bot.sandbox.slack.faults import Kind
from bot.slack import answers
from bot.slack.answers import Answers, NotOpened
from bot.slack.transport.calls import Answered, Heard, NotSent, SaidNo, TooMany, Unknown
from bot.slack.transport.repeats import POLICIES, find_pause, hear_again
from bot.store.tables.slack import people
from tests.program import parse_program, read_program
from tests.slack.team import Team


@pytest.mark.parametrize(
    ("method", "heard", "since", "pause"),
    [
        ("chat.postEphemeral", Answered({}), 0, None),
        ("chat.postEphemeral", SaidNo("user_not_in_channel"), 0, None),
        ("chat.postEphemeral", TooMany(30), 0, 30),
        ("chat.postEphemeral", TooMany(30), 100, None),
        ("chat.postEphemeral", NotSent("refused"), 0, 0.5),
        ("chat.postEphemeral", Unknown("cut"), 0, None),
        ("views.publish", Unknown("cut"), 0, 0.5),
        ("views.open", TooMany(1), 0, 1),
        ("views.open", TooMany(3), 0, None),
        ("views.open", Unknown("cut"), 0, None),
        ("news", TooMany(3600), 9000, 3600),
        ("news", SaidNo("cannot_dm_bot"), 0, None),
        ("news", SaidNo("token_revoked"), 0, 0.5),
        ("news", Unknown("cut"), 0, None),
        ("pins", SaidNo("too_many_pins"), 0, 30),
        ("users.info", Unknown("cut"), 0, 0.5),
        ("users.info", TooMany(2), 0, None),
    ],
)
def test_the_table(method: str, heard: Heard, since: float, pause: float | None) -> None:
    assert find_pause(method, heard, 1, since) == pause


def test_a_home_whose_answer_was_lost_is_drawn_again(team: Team) -> None:
    team.server.faults.order("views.publish", Kind.SERVER_ERROR)
    team.people.open_home("U0MAYA")
    team.until(lambda: "U0MAYA" in team.server.workspace.homes)


def test_a_private_answer_that_came_too_soon_is_told_later(team: Team) -> None:
    card = team.card(team.backend.in_review())
    team.server.faults.order("chat.postEphemeral", Kind.TOO_MANY, times=2, seconds=1.0)
    team.press("U0GUEST", card, "Approve")
    team.private("U0GUEST", "full members")


@pytest.mark.parametrize(("fault", "seconds"), [(Kind.TOO_MANY, 1.0), (Kind.TOO_MANY, 1.5)])
def test_a_dialog_slack_was_too_busy_for_is_opened_while_its_trigger_lives(
    team: Team, fault: Kind, seconds: float
) -> None:
    """Seen: "Slack did not open the dialog in time … please press again"."""
    card = team.card(team.backend.in_review())
    team.knows("U0MAYA")
    team.server.faults.order("views.open", fault, seconds=seconds)
    team.press("U0MAYA", card, "Edit")
    assert team.server.modal("U0MAYA")


def test_a_dialog_slack_has_no_time_for_is_said_at_once(team: Team) -> None:
    card = team.card(team.backend.in_review())
    team.knows("U0MAYA")
    team.server.faults.order("views.open", Kind.TOO_MANY, seconds=3.0)
    team.press("U0MAYA", card, "Edit")
    team.private("U0MAYA", "did not open the dialog")
    assert len(team.server.calls("views.open")) == 1


def test_what_is_left_of_three_seconds_counts_from_the_click(monkeypatch: pytest.MonkeyPatch) -> None:
    """The database and the question who pressed may have taken two of them."""
    client, asked = WebClient("xoxb-none"), list[str]()
    monkeypatch.setattr(client, "views_open", lambda **_: asked.append("asked"))
    monkeypatch.setattr(answers, "hear", lambda call: (call(), TooMany(1.0))[1])
    monkeypatch.setattr(time, "monotonic", lambda: 100.0 + 1.6 * len(asked))
    one = Answers(client, lambda: "now")
    one.note_arrival()
    with pytest.raises(NotOpened):
        one.open("T", {})
    one.close()
    assert len(asked) == 1


OTHER_NAMES = {
    "files_upload_v2": "upload", "conversations_open": "news", "pins_add": "pins", "pins_remove": "pins",
}  # fmt: skip
RECONCILERS = {"chat_postMessage", "chat_update", "conversations_history", "conversations_replies"}
CONNECTIONS = {"auth_test"}


def called() -> set[str]:
    """The methods of the Web API that the program names, but for the command line's own look."""
    known = {name for name in dir(WebClient) if "_" in name.strip("_") and not name.startswith("_")}
    return {
        node.attr
        for file, tree in parse_program().items()
        if file.startswith("slack/")
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in known and node.attr != "api_call"
    }


def test_every_call_is_in_the_table() -> None:
    named = called() - RECONCILERS - CONNECTIONS
    assert {OTHER_NAMES.get(name, name.replace("_", ".")) for name in named} <= set(POLICIES)


def test_a_bare_call_is_made_only_where_the_table_is_asked() -> None:
    """Else one kind of failure is forgotten, as 429 was where dialogs were opened."""
    for file, text in read_program().items():
        if file.startswith("slack/") and "import" in text and re.search(r"(?<![\w.])hear\(", text):
            asks = ("find_pause(", "Repeats(", "hear_again(", "def hear(")
            assert any(word in text for word in asks) or file in LOOKS_FIRST, file


LOOKS_FIRST = {  # the reconciler, which waits as long as Slack says, and what it asks for it
    "slack/outbox/reconciler.py", "slack/outbox/metadata.py", "slack/outbox/channels.py",
}  # fmt: skip


def test_the_click_is_when_the_dialogs_time_begins(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not the moment at which Slack is asked for the dialog."""
    card = team.card(team.backend.in_review())
    team.knows("U0MAYA")
    began = list[float | None]()

    def watched(method: str, *words: Any, **options: Any) -> Heard:
        if method == "views.open":
            began.append(options["began"])
        return hear_again(method, *words, **options)

    monkeypatch.setattr(answers, "hear_again", watched)
    before = time.monotonic()
    team.press("U0MAYA", card, "Edit")
    assert team.server.modal("U0MAYA")
    [at] = began
    assert at is not None
    assert before < at < time.monotonic()


@pytest.mark.parametrize("kind", [Kind.TOO_MANY, Kind.SERVER_ERROR, Kind.CUT])
def test_who_pressed_is_asked_about_once_more_while_the_click_waits(team: Team, kind: Kind) -> None:
    """Seen: an approval refused, because Slack had not said who that was."""
    seen = team.backend.in_review()
    card = team.card(seen)
    team.knows("U0TOM")
    team.services.store.write(lambda db: db.execute(people.delete()))
    directory = team.slack_app._directory
    directory._known.clear()
    directory._recalled.clear()
    team.server.faults.order("users.info", kind, seconds=1.0)
    team.press("U0TOM", card, "Approve")
    team.card(seen, "Approved")
