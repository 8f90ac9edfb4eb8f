"""What is Bluesky's own about customers' words: walking backwards, records nobody checked, private messages apart."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.conversations import Kind
from bot.domain.outcomes import CannotTell, Found, Refused, Sent
from bot.networks.bluesky import inbox
from bot.networks.bluesky import record as bluesky_record
from bot.networks.bluesky.client import NETWORK
from bot.networks.protocol import AccountClient, AccountSettings, Attempt, Content, PrepareFailed
from bot.networks.receiving import (
    CHAT,
    NOTICES,
    OWN,
    Answering,
    Inbound,
    Page,
    Receiving,
    as_answering,
    is_another_version,
)
from bot.sandbox.networks.bluesky.server import BlueskyServer
from bot.sandbox.networks.server import Fault

HANDLE = "dockbakery.test"


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def push(self, **by: float) -> None:
        self.now += timedelta(**by)


class MemoryVault(dict[str, str]):
    def load(self, name: str) -> str | None:
        return self.get(name)

    def save(self, name: str, value: str) -> None:
        self[name] = value


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def server(clock: Clock) -> Iterator[BlueskyServer]:
    started = BlueskyServer(clock)
    started.start()
    yield started
    started.stop()


def connect(server: BlueskyServer) -> AccountClient:
    secrets = {"PASSWORD": server.passwords[HANDLE]}
    return NETWORK.open(
        AccountSettings("dock-bluesky", "bluesky", server.url, HANDLE, secrets=secrets), MemoryVault()
    )


def half_of(connection: AccountClient) -> Answering:
    half = as_answering(connection)
    assert half is not None
    return half


def poll(half: Receiving, cursor: str | None, stream: str = NOTICES) -> Page:
    page = half.poll(stream, cursor, direct=True)
    assert isinstance(page, Page), page
    return page


def start(half: Receiving, stream: str = NOTICES) -> str:
    cursor = poll(half, None, stream).cursor
    assert cursor is not None
    return cursor


def ids(page: Page) -> list[str]:
    return [message.remote_id for message in page.messages]


def send(connection: AccountClient, half: Answering, to: Inbound, words: str, now: datetime) -> Attempt:
    handle = connection.new_handle(now)
    prepared = half.prepare_reply(to.reference, Content(words), {}, now)
    attempt = Attempt(handle, half.render_reply(to.reference, Content(words), prepared, handle, now), now)
    assert isinstance(connection.publish(attempt.payload, handle, lambda: True), Sent)
    return attempt


def asked(server: BlueskyServer, name: str) -> int:
    return sum(seen.path.endswith(name) for seen in server.requests)


def test_a_record_that_was_replaced_is_another_version(server: BlueskyServer, clock: Clock) -> None:
    """Bluesky says nothing of edits; a program may put another record in the place of one all the same."""
    half = half_of(connect(server))
    cursor = start(half)
    remote_id = server.customer_writes("Lena K.", "It is broken.")
    (came,) = poll(half, cursor).messages
    server.customer_edits(remote_id, "It was only dented.")
    found = half.look(NOTICES, [remote_id])
    assert isinstance(found, dict)
    now = found[remote_id]
    assert isinstance(now, Inbound)
    assert (now.text, now.edited_at) == ("It was only dented.", None)
    assert is_another_version(came.reference, now.reference)
    again = half.look(NOTICES, [remote_id])
    assert isinstance(again, dict)
    assert again[remote_id] == now
    assert not is_another_version(now.reference, now.reference)


# --- notifications ---------------------------------------------------------------------------------------


def test_a_long_way_back_is_handed_over_from_its_end(
    server: BlueskyServer, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "AT_ONCE", 10)
    monkeypatch.setattr(inbox, "HANDED_OVER", 2)
    half = half_of(connect(server))
    cursor = start(half)
    written = []
    for n in range(75):
        clock.push(seconds=20)
        written.append(server.customer_writes("Lena K.", f"Message {n}"))
    first = poll(half, cursor)
    assert (ids(first), first.more) == (written[:20] if len(written) % 10 == 0 else written[:15], True)
    walked = asked(server, "listNotifications")
    second = poll(half, first.cursor)
    assert asked(server, "listNotifications") - walked == 2, "the way is known"
    other = half_of(connect(server))
    assert ids(poll(other, first.cursor)) == ids(second), "a restart walks it again"
    found, page = ids(first) + ids(second), second
    while page.more:
        page = poll(half, page.cursor)
        found += ids(page)
    assert found == written


def test_a_page_of_the_way_that_fails_is_walked_again(
    server: BlueskyServer, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "AT_ONCE", 10)
    monkeypatch.setattr(inbox, "HANDED_OVER", 1)
    half = half_of(connect(server))
    cursor: str | None = start(half)
    written = []
    for n in range(40):
        clock.push(seconds=20)
        written.append(server.customer_writes("Lena K.", f"Message {n}"))
    found: list[str] = []
    for turn in range(20):
        if turn % 2:
            server.faults.order(Fault.READ_ERROR)
        page = half.poll(NOTICES, cursor, direct=True)
        if isinstance(page, Page):
            found += ids(page)
            cursor = page.cursor or cursor
    assert list(dict.fromkeys(found)) == written


def test_what_appears_late_behind_the_newest_is_seen(server: BlueskyServer, clock: Clock) -> None:
    half = half_of(connect(server))
    server.customer_writes("Lena K.", "First")
    clock.push(seconds=30)
    cursor = start(half)
    newest = server.customer_writes("Lena K.", "Second")
    page = poll(half, cursor)
    assert ids(page) == [newest]
    clock.push(seconds=-20)
    late = server.customer_writes("Bo", "A slow server's")
    ours = server.state.accounts[HANDLE]
    ours.notices.sort(key=lambda notice: notice.at)
    assert ids(poll(half, page.cursor)) == [late]


def test_what_appears_late_on_an_older_page_is_seen(
    server: BlueskyServer, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "AT_ONCE", 10)
    half = half_of(connect(server))
    cursor: str | None = start(half)
    server.faults.order(Fault.APPEARS_LATE)
    late = server.customer_writes("Bo", "A slow server's")
    for n in range(40):
        clock.push(seconds=10)
        server.customer_writes("Lena K.", f"Message {n}")
        cursor = poll(half, cursor).cursor or cursor
    server.show_late()
    assert ids(poll(half, cursor)) == [late]


def test_a_deleted_newest_leaves_no_hole_and_no_flood(server: BlueskyServer, clock: Clock) -> None:
    half = half_of(connect(server))
    for n in range(5):
        clock.push(minutes=10)
        server.customer_writes("Lena K.", f"Message {n}")
    cursor = start(half)
    server.customer_deletes(server.latest("Lena K."))
    assert ids(poll(half, cursor)) == []
    clock.push(minutes=1)
    new = server.customer_writes("Lena K.", "Again")
    assert ids(poll(half, cursor)) == [new]


def test_a_quote_is_a_mention_with_a_thread_of_its_own(server: BlueskyServer) -> None:
    connection = connect(server)
    half = half_of(connection)
    root = server.state.post(server.state.accounts[HANDLE], "Fresh rye")
    uri = server.customer_writes("Quinn", "Look at these", quotes=root.uri)
    (message,) = poll(half, None).messages
    assert (message.remote_id, message.kind, message.thread) == (uri, Kind.MENTION, uri)


def test_other_reasons_and_our_own_are_left_out(server: BlueskyServer) -> None:
    from bot.sandbox.networks.bluesky.state import Notice

    ours = server.state.accounts[HANDLE]
    like = server.state.find(server.customer_writes("Lena K.", "Hi"))
    own = server.state.post(ours, f"@{HANDLE} testing")
    assert like is not None
    ours.notices[:] = [Notice("like", like, like.at), Notice("mention", own, own.at)]
    assert poll(half_of(connect(server)), None).messages == ()


def test_pictures_have_their_addresses(server: BlueskyServer) -> None:
    half = half_of(connect(server))
    server.customer_writes("Lena K.", "Broken!", images=[("https://pictures.example/1.jpg", "A crumb")])
    (seen,) = poll(half, None).messages
    assert [one.url for one in seen.attachments] == ["https://pictures.example/1.jpg"]


# --- our own answers -------------------------------------------------------------------------------------


def test_all_our_answers_come_by_whatever_clock_they_were_written(
    server: BlueskyServer, clock: Clock
) -> None:
    half = half_of(connect(server))
    cursor = start(half, OWN)
    theirs = server.state.find(server.customer_writes("Lena K.", "Hi"))
    ours = server.state.accounts[HANDLE]
    written = [server.state.post(ours, f"Answer {n}", reply_to=theirs).uri for n in range(150)]
    server.state.post(ours, "A post of its own")
    found: list[str] = []
    for _ in range(10):
        page = poll(half, cursor, OWN)
        found += ids(page)
        cursor = page.cursor or cursor
        if not page.more:
            break
    assert list(dict.fromkeys(found)) == written


def test_a_record_key_from_the_future_hides_nothing(server: BlueskyServer, clock: Clock) -> None:
    half = half_of(connect(server))
    theirs = server.state.find(server.customer_writes("Lena K.", "Hi"))
    ours = server.state.accounts[HANDLE]
    value = server.state.post(ours, "From a phone ahead of time", reply_to=theirs).value
    ahead = server.state.put(ours, bluesky_record.make_first_key(clock.now + timedelta(days=2)), value)
    page = poll(half, None, OWN)
    assert ahead.uri in ids(page)
    clock.push(minutes=30)
    later = server.state.post(ours, "On time", reply_to=theirs)
    assert later.uri in ids(poll(half, page.cursor, OWN))


# --- private messages ------------------------------------------------------------------------------------


def test_an_app_password_that_does_not_open_private_messages_costs_nothing_else(
    server: BlueskyServer,
) -> None:
    server.chat.allowed = False
    connection = connect(server)
    half = half_of(connection)
    assert CHAT in half.streams, "nobody asked yet"
    assert poll(half, None, CHAT) == Page((), None)
    assert half.streams == (NOTICES, OWN)
    assert server.refreshes == 0, "a new session would not help"
    server.customer_writes("Lena K.", "Hi")
    assert len(poll(half, None).messages) == 1
    health = connection.check()
    assert health.ok
    assert "direct messages" in health.sentence
    server.chat.allowed = True
    assert connection.check().sentence == f"Signed in as @{HANDLE}"
    assert CHAT in half.streams


def test_the_first_sync_of_private_messages_brings_what_nobody_answered(
    server: BlueskyServer, clock: Clock
) -> None:
    half = half_of(connect(server))
    answered = server.customer_writes("Bo", "Open today?", private=True)
    server.we_answer_in_app(answered, "Yes")
    clock.push(minutes=1)
    waiting = [server.customer_writes("Lena K.", words, private=True) for words in ("Hello?", "Anybody?")]
    page = poll(half, None, CHAT)
    assert ids(page) == waiting
    assert poll(half, page.cursor, CHAT).messages == ()
    clock.push(minutes=1)
    new = server.customer_writes("Bo", "Thanks", private=True)
    (message,) = poll(half, page.cursor, CHAT).messages
    assert (message.remote_id, message.author.name, message.author.followers) == (new, "Bo", 12)


def test_private_messages_are_asked_for_only_when_wanted(server: BlueskyServer) -> None:
    half = half_of(connect(server))
    server.customer_writes("Lena K.", "My address", private=True)
    assert half.poll(CHAT, None, direct=False) == Page((), None)
    assert asked(server, "getLog") == asked(server, "getMessages") == 0


def test_a_private_answer_is_recognised_only_from_its_own_time(server: BlueskyServer, clock: Clock) -> None:
    connection = connect(server)
    half = half_of(connection)
    server.customer_writes("Lena K.", "Open?", private=True)
    (message,) = poll(half, None, CHAT).messages
    attempt = send(connection, half, message, "Yes!", clock.now)
    assert isinstance(connection.find(attempt), Found)
    clock.push(minutes=1)
    again = Attempt("other", attempt.payload, clock.now)
    assert isinstance(connection.find(again), CannotTell), "an earlier one with the same words is another"


def test_a_private_answer_cannot_be_taken_back(server: BlueskyServer, clock: Clock) -> None:
    connection = connect(server)
    half = half_of(connection)
    remote_id = server.customer_writes("Lena K.", "Open?", private=True)
    (message,) = poll(half, None, CHAT).messages
    send(connection, half, message, "Yes!", clock.now)
    assert isinstance(connection.delete(server.ledger[-1].remote_id), Refused)
    server.customer_deletes(remote_id)
    found = half.look(CHAT, [remote_id])
    assert isinstance(found, dict)
    assert isinstance(found[remote_id], Inbound), "it is gone from the customer's own sight alone"


def test_links_in_a_private_answer_are_links(server: BlueskyServer, clock: Clock) -> None:
    connection = connect(server)
    half = half_of(connection)
    server.customer_writes("Lena K.", "Where?", private=True)
    (message,) = poll(half, None, CHAT).messages
    body = json.loads(
        half.render_reply(message.reference, Content("Größe: https://dock.example"), {}, "h", clock.now)
    )
    (facet,) = body["message"]["facets"]
    assert facet["index"] == {"byteStart": 9, "byteEnd": 29}


# --- public answers --------------------------------------------------------------------------------------


def test_an_answer_names_root_and_parent(server: BlueskyServer, clock: Clock) -> None:
    connection = connect(server)
    half = half_of(connection)
    root = server.state.post(server.state.accounts[HANDLE], "Fresh rye")
    comment = server.customer_writes("Lena K.", "Hi", reply_to=root.uri)
    nested = server.customer_writes("Bo", "Hi Lena", reply_to=comment)
    message = poll(half, None).messages[-1]
    send(connection, half, message, "Hi Bo", clock.now)
    record = server.state.find(server.ledger[-1].remote_id)
    assert record is not None
    assert (record.root, record.parent) == (root.uri, nested)


def test_a_closed_thread_is_not_answered(
    server: BlueskyServer, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    half = half_of(connect(server))
    server.customer_writes("Lena K.", "Hi")
    (message,) = poll(half, None).messages
    shown = server.state.post_view
    monkeypatch.setattr(
        server.state, "post_view", lambda record: {**shown(record), "viewer": {"replyDisabled": True}}
    )
    with pytest.raises(PrepareFailed) as failed:
        half.prepare_reply(message.reference, Content("Hi"), {}, clock.now)
    assert isinstance(failed.value.outcome, Refused)


# --- cursors of earlier versions ---------------------------------------------------------------------------


def test_cursors_of_earlier_versions_go_on_working(server: BlueskyServer, clock: Clock) -> None:
    half = half_of(connect(server))
    comment = server.customer_writes("Lena K.", "Known")
    theirs, ours = server.state.find(comment), server.state.accounts[HANDLE]
    answer = server.state.post(ours, "Known", reply_to=theirs)
    server.customer_writes("Lena K.", "Known", private=True)
    digest = hashlib.sha256(comment.encode()).hexdigest()[:12]
    kept = {
        NOTICES: json.dumps({"at": clock.now.isoformat(), "seen": [digest]}),
        OWN: f"={answer.rkey}",
        CHAT: server.chat._log[-1][0],
    }
    clock.push(seconds=20)
    new = {
        NOTICES: server.customer_writes("Bo", "New"),
        OWN: server.state.post(ours, "New", reply_to=theirs).uri,
        CHAT: server.customer_writes("Bo", "New", private=True),
    }
    for stream, cursor in kept.items():
        page = poll(half, cursor, stream)
        assert ids(page) == [new[stream]], stream
        assert poll(half, page.cursor, stream).messages == ()
    assert ids(poll(half, answer.rkey, OWN)) == [answer.uri, new[OWN]], "ten minutes back, as before"


def test_asking_for_nothing_new_is_one_question(server: BlueskyServer, clock: Clock) -> None:
    half = half_of(connect(server))
    theirs = server.state.find(server.customer_writes("Lena K.", "Hi"))
    for n in range(150):
        clock.push(minutes=2)
        server.customer_writes("Lena K.", f"Message {n}")
        server.customer_writes("Lena K.", f"Message {n}", private=True)
        server.state.post(server.state.accounts[HANDLE], f"Answer {n}", reply_to=theirs)
    for stream in (NOTICES, OWN, CHAT):
        cursor: str | None = start(half, stream)
        for _ in range(10):
            cursor = poll(half, cursor, stream).cursor or cursor
        asked = len(server.requests)
        assert poll(half, cursor, stream).cursor is None, stream
        assert len(server.requests) == asked + 1, stream


def test_an_answer_from_a_clock_that_is_slow_comes_too(server: BlueskyServer, clock: Clock) -> None:
    """Record keys are made of the writer's clock; however slow, it comes while few others do."""
    half = half_of(connect(server))
    theirs, ours = server.state.find(server.customer_writes("Lena K.", "Hi")), server.state.accounts[HANDLE]
    for n in range(20):
        clock.push(hours=1)
        server.state.post(ours, f"Answer {n}", reply_to=theirs)
    cursor = start(half, OWN)
    key = bluesky_record.make_first_key(clock.now - timedelta(hours=3, minutes=1))
    late = server.state.put(ours, key, server.state.post(ours, "Late", reply_to=theirs).value)
    assert late.uri in ids(poll(half, cursor, OWN))


def test_more_than_a_page_of_unanswered_private_messages_come_in(server: BlueskyServer, clock: Clock) -> None:
    half = half_of(connect(server))
    written = [server.customer_writes("Lena K.", f"Message {n}", private=True) for n in range(130)]
    assert ids(poll(half, None, CHAT)) == written


@pytest.mark.parametrize(
    "viewer",
    [
        {"muted": True},
        {"mutedByList": {"name": "spam"}},
        {"blocking": "at://x"},
        {"blockedBy": True},
        {"blockingByList": {"name": "spam"}},
    ],
)
def test_whom_we_left_out_is_left_out_wherever_no_feed_tells(
    server: BlueskyServer, monkeypatch: pytest.MonkeyPatch, viewer: dict[str, object]
) -> None:
    half = half_of(connect(server))
    root = server.state.post(server.state.accounts[HANDLE], "Fresh rye")
    server.customer_writes("Bo", "Watches", reply_to=root.uri)
    server.customer_writes("Bo", "Watches", private=True)
    first = poll(half, None, CHAT)
    assert len(first.messages) == 1
    shown = server.state.profile
    monkeypatch.setattr(server.state, "profile", lambda one: shown(one) | {"viewer": viewer})
    server.customer_writes("Bo", "Still there?", private=True)
    assert half.thread(root.uri) == ()
    assert poll(half, None, CHAT).messages == ()
    assert poll(half, first.cursor, CHAT).messages == ()


def test_a_muted_private_conversation_is_left_out(
    server: BlueskyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    half = half_of(connect(server))
    server.customer_writes("Bo", "Hi", private=True)
    first = poll(half, None, CHAT)
    shown = server.chat._shown
    monkeypatch.setattr(server.chat, "_shown", lambda convo: shown(convo) | {"muted": True})
    server.customer_writes("Bo", "Still there?", private=True)
    assert poll(half, None, CHAT).messages == ()
    assert poll(half, first.cursor, CHAT).messages == ()


def test_a_muted_thread_is_left_out(server: BlueskyServer, monkeypatch: pytest.MonkeyPatch) -> None:
    half = half_of(connect(server))
    root = server.state.post(server.state.accounts[HANDLE], "Fresh rye")
    server.customer_writes("Bo", "Hi", reply_to=root.uri)
    shown = server.state.post_view
    monkeypatch.setattr(
        server.state, "post_view", lambda one: {**shown(one), "viewer": {"threadMuted": True}}
    )
    assert half.thread(root.uri) == ()
