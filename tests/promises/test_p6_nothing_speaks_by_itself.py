"""P6, and the shape that keeps P4: one place publishes, and every attempt names the person's approval or click it rests
on.

Read from the program's own text: a second call added anywhere turns this red before it can be discussed away.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from functools import cache, partial

import pytest
from sqlalchemy.exc import IntegrityError

from bot.domain.deliveries import Attempt
from bot.services.inbox import replies
from bot.store import deliveries
from bot.store.inbox import sends
from bot.store.posts import approvals
from bot.store.tables import inbox
from tests.backend import MAYA, Backend
from tests.inbox_backend import InboxBackend
from tests.program import parse_program

MAY_MUTATE = {
    "networks/bluesky/client.py",
    "networks/bluesky/session.py",
    "networks/bluesky/sign_in.py",  # ends a session: nobody sees that
    "networks/bluesky/uploads.py",  # pictures alone: nobody sees one before a post names it
    "networks/linkedin/api.py",  # for those below
    "networks/mastodon/client.py",
    "networks/mastodon/sign_in.py",  # registers Byhand, and gives a token back
    "networks/mastodon/uploads.py",  # the same, and their alt texts
    "networks/meta/graph.py",  # for those below
    "networks/signin/oauth.py",  # asks for a token
    "networks/x/api.py",  # for those below
    "networks/x/sign_in.py",  # gives a token back
}
MAY_WRITE_TO_META = {
    "networks/facebook/uploads.py",  # pictures alone, and their end
    "networks/meta/client.py",
    "networks/meta/containers.py",  # which nobody sees before one is published
    "networks/meta/tokens.py",  # a question that has to travel as a POST
}
MAY_WRITE_TO_LINKEDIN_AND_X = {
    "networks/linkedin/client.py",
    "networks/linkedin/uploads.py",  # pictures alone
    "networks/x/client.py",
    "networks/x/uploads.py",  # pictures alone, and their alt texts
}


@cache
def functions() -> list[tuple[str, ast.FunctionDef, list[ast.AST]]]:
    """(file, function, everything in it), of the whole program."""
    return [
        (file, function, list(ast.walk(function)))
        for file, tree in parse_program().items()
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
    ]


def calls(name: str) -> Iterator[tuple[str, str]]:
    """(file, function) of every call of a method of this name."""
    for file, function, nodes in functions():
        for node in nodes:
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == name:
                yield file, function.name


def test_one_place_publishes() -> None:
    """The contract is a suite of tests that others import; the program's own call is one. An account's connection only
    passes it on to whichever client it is signed in with, and its view for one profile to the connection."""
    found = [
        (file, function) for file, function in calls("publish") if file != "networks/testing/publishing.py"
    ]
    passed_on = [("services/accounts/connection.py", "publish")] * 2
    assert found == [*passed_on, ("workers/worker.py", "_call")]


def test_one_place_calls_what_publishes() -> None:
    assert [found for found in calls("_call") if found[0] == "workers/worker.py"] == [
        ("workers/worker.py", "_begin_and_call")
    ]


def test_only_adapters_change_anything_outside() -> None:
    """POST, PUT, PATCH and DELETE to a network stand in adapters alone; the sandbox is the other side."""
    found = set()
    for file, tree in parse_program().items():
        if file.startswith(("sandbox/", "slack/")) or file == "networks/testing/publishing.py":
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                words = {arg.value for arg in node.args if isinstance(arg, ast.Constant)}
                if words & {"POST", "PUT", "PATCH", "DELETE"}:
                    found.add(file)
    assert found
    assert found <= MAY_MUTATE


@pytest.mark.parametrize(
    ("way", "may"),
    [("graph", MAY_WRITE_TO_META), ("_api", MAY_WRITE_TO_LINKEDIN_AND_X)],
    ids=["Meta", "LinkedIn and X"],
)
def test_only_adapters_write_through_a_networks_way(way: str, may: set[str]) -> None:
    found = {
        file
        for file, _, nodes in functions()
        for node in nodes
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"post", "put", "upload", "delete"}
        and ast.unparse(node.func.value).endswith(way)
    }
    assert found == may


def test_only_one_file_speaks_http() -> None:
    found = {
        file
        for file, tree in parse_program().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Import) and any(name.name.split(".")[0] == "httpx" for name in node.names)
    }
    assert {file for file in found if not file.startswith("sandbox/")} == {"networks/http.py"}


def test_nothing_is_retried_by_a_client() -> None:
    """slack_sdk's default handlers post twice when an answer is lost."""
    for file, tree in parse_program().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "WebClient":
                given = {word.arg: word.value for word in node.keywords}
                handlers = given.get("retry_handlers")
                assert isinstance(handlers, ast.List), file
                assert handlers.elts == [], file


def test_an_attempt_without_a_persons_yes_is_refused_by_the_schema(backend: Backend) -> None:
    seen = backend.approved()
    attempt = Attempt(
        id="a1", delivery_id=backend.delivery_id(seen), post_id=seen.post_id, fence=1, epochs="{}",
        payload=b"x", started_at=backend.clock.now(), send_by=backend.clock.now(),
        version_id=backend.post(seen).version.id,
    )  # fmt: skip
    with pytest.raises(IntegrityError):
        backend.store.write(lambda db: deliveries.add_attempt(db, attempt))
    with pytest.raises(IntegrityError):
        backend.store.write(lambda db: deliveries.add_attempt(db, replace(attempt, approval_id="nobody's")))


def test_another_versions_yes_is_no_authority(backend: Backend) -> None:
    """The foreign key names approval and version together."""
    one, other = backend.approved("One"), backend.approved("Other")
    given = backend.store.read(lambda db: approvals.list_of_version(db, backend.post(other).version.id))
    attempt = Attempt(
        id="a1", delivery_id=backend.delivery_id(one), post_id=one.post_id, fence=1, epochs="{}",
        payload=b"x", started_at=backend.clock.now(), send_by=backend.clock.now(),
        version_id=backend.post(one).version.id, approval_id=given[0].id,
    )  # fmt: skip
    with pytest.raises(IntegrityError):
        backend.store.write(lambda db: deliveries.add_attempt(db, attempt))


def test_no_second_live_attempt(backend: Backend) -> None:
    seen = backend.approved()
    backend.to_slot(seen)
    last = backend.store.read(lambda db: deliveries.find_last_attempt(db, backend.delivery_id(seen)))
    assert last is not None
    attempt = Attempt(
        id="a2", delivery_id=last.delivery_id, post_id=last.post_id, version_id=last.version_id,
        approval_id=last.approval_id, fence=9, epochs=last.epochs, payload=b"x",
        started_at=backend.clock.now(), send_by=backend.clock.now(),
    )  # fmt: skip
    with pytest.raises(IntegrityError):
        backend.store.write(lambda db: deliveries.add_attempt(db, attempt))


# --- answers to customers ------------------------------------------------------------------------------


def test_one_place_writes_a_send() -> None:
    """And it is reached by two verbs alone, each on a person's click."""
    found = {
        (file, function.name)
        for file, function, nodes in functions()
        for node in nodes
        if isinstance(node, ast.Call) and _named(node.func) in ("sends.add", "insert.sends", "sends.insert")
    }
    assert found == {("services/inbox/replies.py", "_order")}
    assert _callers_of("_order") == {"_judge"}
    assert _callers_of("_judge") == {"send_draft", "send_reply"}


def _named(called: ast.expr) -> str:
    """ "sends.add" of `sends.add(…)`."""
    if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name):
        return f"{called.value.id}.{called.attr}"
    return ""


def _callers_of(name: str) -> set[str]:
    return {
        function.name
        for file, function, nodes in functions()
        if file == "services/inbox/replies.py"
        for node in nodes
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name
    }


def test_only_a_send_of_this_very_reply_makes_an_attempt(inbox_backend: InboxBackend) -> None:
    """Neither an approval, nor a click, nor the Send of another reply is authority to speak to a customer."""
    inbox_backend.writes()
    other = inbox_backend.sent("Sorry!")
    inbox_backend.run()
    reply = inbox_backend.sent()
    seen = inbox_backend.approved()
    approval = inbox_backend.store.read(
        lambda db: approvals.list_of_version(db, inbox_backend.post(seen).version.id)
    )[0].id
    inbox_backend.store.write(
        lambda db: deliveries.add_click(
            db, "click", action_key="click", by=MAYA.id, at=inbox_backend.clock.now()
        )
    )
    others_send = inbox_backend.store.read(lambda db: sends.find_of_delivery(db, other))
    assert others_send is not None
    attempt = Attempt(
        id="a1", delivery_id=reply, fence=1, epochs="{}", payload=b"x",
        started_at=inbox_backend.clock.now(), send_by=inbox_backend.clock.now(),
    )  # fmt: skip
    for named in (
        attempt,
        replace(attempt, click_id="click"),
        replace(attempt, approval_id=approval, version_id=inbox_backend.post(seen).version.id),
        replace(attempt, send_id=others_send.id),
        replace(attempt, send_id="made up"),
    ):
        with pytest.raises(IntegrityError):
            inbox_backend.store.write(partial(deliveries.add_attempt, attempt=named))


def test_a_send_names_a_person_and_what_they_saw(inbox_backend: InboxBackend) -> None:
    inbox_backend.writes()
    draft = inbox_backend.drafted()
    assert inbox_backend.send(draft) is None
    (sent,) = inbox_backend.store.read(
        lambda db: sends.list_of_conversation(db, inbox_backend.conversation.id)
    )
    assert (sent.send.by_user, sent.send.digest, sent.send.draft_id) == (
        MAYA.id,
        draft.digest,
        draft.draft_id,
    )
    for column in ("by_user", "digest", "message_id", "delivery_id"):
        assert not inbox.sends.c[column].nullable, column


def test_talking_in_the_thread_and_waiting_sends_nothing(inbox_backend: InboxBackend) -> None:
    """Drafts are offered, kept and replaced; time passes; nobody pressed Send."""
    inbox_backend.writes()
    inbox_backend.drafted(source=("C1", "1.1"))
    inbox_backend.drafted("Other words", source=("C1", "1.1"))
    inbox_backend.services.do(replies.keep_internal, MAYA, inbox_backend.drafted().draft_id)
    for _ in range(6):
        inbox_backend.push(hours=5)
    assert inbox_backend.network.ledger == ()
    assert inbox_backend.facts("send pressed") == []
