"""What people write on Threads, and how it is answered: Threads' own traps."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.domain.conversations import Kind
from bot.domain.outcomes import CannotTell, Found, Later, NotSent, Outcome, Refused, Sent, Unknown
from bot.networks.http import Http
from bot.networks.marks import AT_LEAST
from bot.networks.meta import feed
from bot.networks.meta.control import Profile
from bot.networks.protocol import AccountSettings, Attempt, Content, PrepareFailed
from bot.networks.receiving import NOTICES, OWN, TARGET_GONE, Gone, Inbound, Page, Trouble
from bot.networks.testing.pictures import make_picture
from bot.networks.testing.public_images import PretendPublicImages
from bot.networks.testing.publishing import is_open
from bot.networks.threads import inbox, messages
from bot.networks.threads.client import ThreadsClient
from bot.sandbox.networks.server import Fault, Seen
from bot.sandbox.networks.threads.server import ThreadsServer
from bot.sandbox.networks.threads.state import Post

US = Profile("26000000000000001", "@dockbakery", "https://www.threads.com/@dockbakery", "dockbakery")


class Here:
    """A pretend Threads with one account, which has a post."""

    def __init__(self, images: PretendPublicImages) -> None:
        self.at = datetime.now(UTC)
        self.images = images
        self.server = ThreadsServer(lambda: self.at)
        self.server.start()
        self.client = self.connect()
        self.root = self.post("Fresh rye")

    def connect(self) -> ThreadsClient:
        account = AccountSettings("dock-threads", "threads", self.server.url, images=self.images)
        http = Http(self.server.url, from_settings=True)
        return ThreadsClient(account, http, self.server.tokens["dockbakery"], lambda _seconds: None)

    def post(self, words: str, ago: timedelta = timedelta()) -> Post:
        return self.server.state.add_post(self.server.account("dockbakery"), words, at=self.at - ago)

    def writes(self, words: str = "Vegan?", to: Post | str | None = None, name: str = "lena") -> str:
        target = to.id if isinstance(to, Post) else to
        return self.server.customer_writes(name, words, reply_to=target or self.root.id)

    def poll(self, stream: str = NOTICES, cursor: str | None = None) -> Page:
        page = self.client.poll(stream, cursor, direct=True)
        assert isinstance(page, Page), page
        return page

    def hear(self, words: str = "Vegan?", to: Post | str | None = None, name: str = "lena") -> Inbound:
        return self.find(self.writes(words, to, name))

    def hear_mention(self, words: str = "Try @dockbakery") -> Inbound:
        return self.find(self.server.customer_writes("bo", words))

    def find(self, remote_id: str) -> Inbound:
        (message,) = [one for one in self.poll().messages if one.remote_id == remote_id]
        return message

    def begin(self, message: Inbound, content: Content) -> Attempt:
        prepared = self.client.prepare_reply(message.reference, content, {}, self.at)
        payload = self.client.render_reply(message.reference, content, prepared, "key", self.at)
        return Attempt("key", payload, self.at)

    def answer(self, message: Inbound, words: str = "It is!") -> Outcome:
        return self.client.publish(self.begin(message, Content(words)).payload, "key", is_open)

    def why_not(self, message: Inbound) -> Outcome:
        with pytest.raises(PrepareFailed) as failed:
            self.begin(message, Content("It is!"))
        return failed.value.outcome

    def asked_since(self, before: int) -> list[tuple[str, str]]:
        return [(one.method, one.path.removeprefix("/v1.0/")) for one in self.server.requests[before:]]


@pytest.fixture
def here() -> Iterator[Here]:
    with PretendPublicImages().serve() as images:
        here = Here(images)
        yield here
        here.server.stop()
        assert here.server.in_addresses == []
        for body in here.server.containers.bodies:
            assert not body.keys() & {"auto_publish_text", "reply_control", "enable_reply_approvals"}


# --- answers -----------------------------------------------------------------------------------------


def test_an_answer_goes_the_same_two_steps(here: Here) -> None:
    message = here.hear()
    before = len(here.server.requests)
    sent = here.answer(message)
    assert isinstance(sent, Sent)
    (container,) = here.server.state.containers
    us = here.server.account("dockbakery").id
    assert here.asked_since(before) == [
        ("GET", message.remote_id),
        ("GET", f"{us}/threads_publishing_limit"),
        ("POST", f"{us}/threads"),
        ("GET", container),
        ("POST", f"{us}/threads_publish"),
        ("GET", sent.remote_id),
    ]
    assert here.server.containers.bodies == [
        {"media_type": "TEXT", "text": "It is!", "reply_to_id": message.remote_id}
    ]
    assert here.server.state.posts[sent.remote_id].parent is here.server.state.posts[message.remote_id]
    assert sent.url == f"https://www.threads.com/@dockbakery/post/{sent.remote_id}"


def test_other_words_than_were_sent_are_told(here: Here) -> None:
    message = here.hear()
    here.server.state.keeps_text = str.upper
    sent = here.answer(message)
    assert isinstance(sent, Sent)
    assert sent.changed == "its words are different"


def test_an_answer_may_have_images(here: Here) -> None:
    message, content = here.hear(), Content("", (make_picture("A loaf"), make_picture("Two", shade=90)))
    assert here.client.measure_reply(message.reference, content).problem is None
    sent = here.client.publish(here.begin(message, content).payload, "key", is_open)
    assert isinstance(sent, Sent)
    assert [image.alt for image in here.server.state.posts[sent.remote_id].images] == ["A loaf", "Two"]


def test_the_container_of_one_answer_is_no_other_ones(here: Here) -> None:
    """Nor a post's: exactly what somebody pressed Send on (promise P6)."""
    first, second = here.hear(), here.hear("And cheap?")
    content = Content("It is!")
    prepared = here.client.prepare_reply(first.reference, content, {}, here.at)
    for payload in (
        here.client.render_reply(second.reference, content, prepared, "key", here.at),
        here.client.render_reply(first.reference, Content("It is not!"), prepared, "key", here.at),
    ):
        assert isinstance(here.client.publish(payload, "key", is_open), NotSent)
    again = here.client.prepare_reply(second.reference, content, prepared, here.at)
    assert again["container"] != prepared["container"]
    assert here.server.ledger == ()


def test_a_mention_is_answered_too(here: Here) -> None:
    message = here.hear_mention()
    assert (message.kind, message.root_is_ours) == (Kind.MENTION, False)
    sent = here.answer(message)
    assert isinstance(sent, Sent)
    (ours,) = here.poll(OWN).messages
    assert (ours.remote_id, ours.thread, ours.parent_id) == (
        sent.remote_id,
        message.thread,
        message.remote_id,
    )


def test_answers_have_a_limit_of_their_own(here: Here) -> None:
    account = here.server.account("dockbakery")
    account.posts_a_day, account.replies_a_day = 1, 1
    message = here.hear()
    assert isinstance(here.answer(message), Sent), "posts do not count"
    said = here.why_not(here.hear("And cheap?"))
    assert said == Later("Threads takes 1 replies in 24 hours through its API, and that many are out.")


def test_an_answer_without_the_right_is_refused(here: Here) -> None:
    message = here.hear()
    here.server.account("dockbakery").scopes.discard("threads_manage_replies")
    refused = here.why_not(message)
    assert isinstance(refused, Refused)
    assert "`byhand check` says which" in refused.reason


# --- was it sent? ------------------------------------------------------------------------------------


def test_the_same_words_to_somebody_else_are_not_this_answer(here: Here) -> None:
    first, second = here.hear(), here.hear("And cheap?")
    assert isinstance(here.answer(first), Sent)
    attempt = here.begin(second, Content("It is!"))
    here.server.faults.order(Fault.LOST_ANSWER)
    assert isinstance(here.client.publish(attempt.payload, "key", is_open), Unknown)
    look = here.client.find(attempt)
    assert isinstance(look, Found)
    assert look.remote_id == here.server.ledger[-1].remote_id
    here.server.state.posts[look.remote_id].deleted = True
    assert isinstance(here.client.find(attempt), CannotTell)


def test_an_answer_that_is_not_out_stays_unknown(here: Here) -> None:
    attempt = here.begin(here.hear(), Content("It is!"))
    here.server.faults.order(Fault.CUT_BEFORE)
    assert isinstance(here.client.publish(attempt.payload, "key", is_open), Unknown)
    look = here.client.find(Attempt("key", attempt.payload, attempt.started_at - timedelta(hours=2)))
    assert isinstance(look, CannotTell)
    assert "look before it is sent again" in look.why


# --- what is gone ------------------------------------------------------------------------------------


@pytest.mark.parametrize("mention", [False, True])
def test_somebody_elses_post_that_is_not_shown_by_its_id_is_there(here: Here, mention: bool) -> None:
    """Threads says "not there" of what it does not show: the list that held it is asked."""
    message = here.hear_mention() if mention else here.hear()
    here.server.talk.shows_others = False
    found = here.client.look(NOTICES, [message.remote_id])
    assert isinstance(found, dict)
    assert isinstance(found[message.remote_id], Inbound)
    assert isinstance(here.answer(message), Sent)
    here.server.customer_deletes(message.remote_id)
    assert here.client.look(NOTICES, [message.remote_id]) == {message.remote_id: Gone()}
    assert here.why_not(message) == TARGET_GONE


@pytest.mark.parametrize("mention", [False, True])
def test_after_a_restart_all_lists_are_asked(here: Here, mention: bool) -> None:
    message = here.hear_mention() if mention else here.hear()
    gone = here.hear("Never mind")
    here.server.customer_deletes(gone.remote_id)
    here.server.talk.shows_others = False
    here.client = here.connect()
    found = here.client.look(NOTICES, [message.remote_id, gone.remote_id])
    assert isinstance(found, dict)
    assert isinstance(found[message.remote_id], Inbound)
    assert found[gone.remote_id] == Gone()


def test_a_list_that_cannot_be_read_tells_of_nothing_gone(here: Here) -> None:
    message = here.hear()
    here.server.talk.shows_others = False
    here.server.account("dockbakery").scopes.discard("threads_read_replies")
    assert isinstance(here.client.look(NOTICES, [message.remote_id]), Trouble)
    assert isinstance(here.why_not(message), NotSent)


def test_with_the_post_its_replies_are_gone(here: Here) -> None:
    message = here.hear()
    here.server.talk.shows_others = False
    here.root.deleted = True
    assert here.client.look(NOTICES, [message.remote_id]) == {message.remote_id: Gone()}
    assert here.client.thread(here.root.id) == Gone()


# --- what comes in -----------------------------------------------------------------------------------


def test_a_reply_that_mentions_us_comes_once(here: Here) -> None:
    remote_id = here.writes("What says @dockbakery?")
    (message,) = here.poll().messages
    assert (message.remote_id, message.kind, message.thread) == (remote_id, Kind.COMMENT, here.root.id)


def test_a_mention_below_somebody_elses_post_is_of_that_thread(here: Here) -> None:
    theirs = here.server.customer_writes("mia", "Where to?", to="pier")
    assert here.poll().messages == (), "it is not about us"
    message = here.hear("Try @dockbakery", theirs)
    assert (message.kind, message.thread, message.parent_id) == (Kind.MENTION, theirs, theirs)


def test_somebody_whom_threads_does_not_name_is_a_customer(here: Here) -> None:
    here.server.talk.names_nobody = True
    first, second = here.hear(), here.hear("And cheap?")
    assert (first.own, first.author.name, first.author.handle) == (False, messages.NOBODY, "")
    assert first.author.remote_id != second.author.remote_id, "nobody knows whether they are one"


@pytest.mark.parametrize(
    ("status", "comes"),
    [
        ("NOT_HUSHED", True), ("UNHUSHED", True), ("COVERED", True), ("HIDDEN", False), ("BLOCKED", False),
        ("RESTRICTED", False),
    ],
)  # fmt: skip
def test_what_one_of_us_hid_does_not_come_in(here: Here, status: str, comes: bool) -> None:
    """What Threads covers by itself does: nobody is dropped."""
    whole = here.server.state.post_json
    here.server.state.post_json = lambda post, account: {**whole(post, account), "hide_status": status}  # type: ignore[method-assign]
    here.writes()
    assert bool(here.poll().messages) is comes
    thread = here.client.thread(here.root.id)
    assert isinstance(thread, tuple)
    assert bool(thread) is comes


def test_without_the_right_mentions_do_not_come_and_replies_do(here: Here) -> None:
    here.server.account("dockbakery").scopes.discard("threads_manage_mentions")
    here.server.customer_writes("bo", "Try @dockbakery")
    assert here.hear().text == "Vegan?"
    assert here.client.check().lacks[0].startswith("The token lacks threads_manage_mentions: mentions do not")


def test_without_the_right_to_read_replies_it_is_said(here: Here) -> None:
    here.writes()
    here.server.account("dockbakery").scopes.discard("threads_read_replies")
    found = here.client.poll(NOTICES, None, direct=True)
    assert isinstance(found, Trouble)
    assert "`byhand check` says which" in found.sentence


def test_our_posts_come_with_our_answers(here: Here) -> None:
    """One of them may be there twice."""
    cursor = str(here.poll(OWN).cursor)
    here.at += timedelta(seconds=1)
    post = here.post("Plum cake")
    page = here.poll(OWN, cursor)
    assert [(one.remote_id, one.text, one.own) for one in page.posts] == [(post.id, "Plum cake", True)]
    assert page.messages == ()


# --- what it costs -----------------------------------------------------------------------------------


def visit(here: Here, cursors: dict[str, str]) -> list[str]:
    """What one visit to both streams asks for."""
    before = len(here.server.requests)
    for stream, cursor in cursors.items():
        found = here.poll(stream, cursor)
        assert found.messages == ()
    return [path.rpartition("/")[2] for _, path in here.asked_since(before)]


def begin_visits(here: Here) -> dict[str, str]:
    cursors = {stream: str(here.poll(stream).cursor) for stream in (NOTICES, OWN)}
    visit(here, cursors)
    return cursors


def test_an_idle_account_costs_three_questions(here: Here) -> None:
    for n in range(5):
        here.post(f"Post {n}", ago=timedelta(days=n))
    assert visit(here, begin_visits(here)) == ["threads", "mentions", "replies"]


def test_a_young_post_is_read_each_time_and_an_older_one_now_and_then(
    here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = here.post("Old", ago=timedelta(days=2))
    here.writes(to=old)
    here.writes()
    cursors = begin_visits(here)
    young = ["threads", "conversation", "mentions", "replies"]
    assert visit(here, cursors) == young
    monkeypatch.setattr(inbox, "REST", 0.0)
    assert visit(here, cursors) == ["threads", "conversation", "conversation", "mentions", "replies"]


def test_an_older_post_whose_replies_are_all_old_is_left_alone_in_between(here: Here) -> None:
    """Reading back ends at the overlap, before the list does: that was not noted, and it was read each time."""
    old = here.post("Old", ago=timedelta(days=2))
    here.server.customer_writes("lena", "Vegan?", reply_to=old.id, at=here.at - timedelta(days=1))
    cursors = begin_visits(here)
    for n in range(AT_LEAST + 1):  # so that the overlap ends long after the old reply
        here.writes(f"Thanks {n}")
    cursors = {stream: str(here.poll(stream, cursor).cursor or cursor) for stream, cursor in cursors.items()}
    here.at += timedelta(minutes=11)
    here.client._inbox._read_at.clear()  # type: ignore[attr-defined]
    assert visit(here, cursors).count("conversation") == 2
    assert visit(here, cursors) == ["threads", "conversation", "mentions", "replies"]


def test_a_late_reply_to_an_older_post_comes_in_all_the_same(
    here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = here.post("Old", ago=timedelta(days=2))
    here.writes("First", old)
    cursor = begin_visits(here)[NOTICES]
    here.at += timedelta(seconds=1)
    late = here.writes("Second", old)
    here.at += timedelta(minutes=4)
    here.writes("Meanwhile")
    page = here.poll(NOTICES, cursor)
    assert [one.text for one in page.messages] == ["Meanwhile"]
    monkeypatch.setattr(inbox, "REST", 0.0)
    assert [one.remote_id for one in here.poll(NOTICES, str(page.cursor)).messages] == [late]


def begin_after_an_outage(here: Here, waited: timedelta = timedelta(hours=1)) -> tuple[Post, str, str]:
    """An older post, the cursor from before, and a reply below it that is older than the overlap by now."""
    old = here.post("Old", ago=timedelta(days=2))
    here.writes("First", old)
    cursor = begin_visits(here)[NOTICES]
    here.at += timedelta(seconds=1)
    late = here.writes("Second", old)
    here.at += waited
    for n in range(AT_LEAST + 1):
        here.writes(f"Meanwhile {n}")
    here.client._inbox._read_at.clear()  # type: ignore[attr-defined]  # that long ago
    return old, cursor, late


def read_on(here: Here, cursor: str) -> list[str]:
    """What comes in until nothing is left, each page stored."""
    found: list[str] = []
    while (page := here.poll(NOTICES, cursor)).messages:
        found += [one.remote_id for one in page.messages]
        cursor = str(page.cursor)
    return found


def test_what_was_read_before_a_question_failed_is_read_again(here: Here) -> None:
    old, cursor, late = begin_after_an_outage(here)

    def fail_after_it(seen: Seen) -> None:
        if seen.path.endswith(f"{old.id}/conversation"):
            here.server.faults.order(Fault.READ_ERROR)

    here.server.on_request = fail_after_it
    assert isinstance(here.client.poll(NOTICES, cursor, direct=True), Trouble)
    here.server.on_request = None
    here.server.faults.lift()
    assert late in read_on(here, cursor)


def test_what_was_read_and_not_stored_is_read_again(here: Here) -> None:
    _, cursor, late = begin_after_an_outage(here)
    here.poll(NOTICES, cursor)  # the database was away
    assert late in read_on(here, cursor)


def test_what_is_left_of_a_flood_below_an_older_post_is_read_at_once(
    here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "HANDED_OVER", 1)
    old, cursor, late = begin_after_an_outage(here)
    last = here.writes("Last", old)
    found = read_on(here, cursor)
    assert {late, last} <= set(found)
    assert len(found) == len(set(found)) == AT_LEAST + 3


def test_older_posts_are_read_well_within_the_overlap() -> None:
    from bot.networks.marks import OVERLAP

    assert timedelta(seconds=inbox.REST) <= OVERLAP / 2


# --- hostile answers ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "odd",
    [
        {"id": None}, {"id": ["x"]}, {"text": 7}, {"timestamp": "yesterday"}, {"username": 7}, {"username": "\u202e"},
        {"root_post": "x"}, {"replied_to": {"id": 7.5}}, {"hide_status": ["HIDDEN"]}, {"is_reply_owned_by_me": "yes"},
        {"media_url": "javascript:alert(1)"}, {"media_type": []}, {"permalink": "javascript:alert(1)"}, {"text": "\0x"},
    ],
)  # fmt: skip
def test_a_hostile_reply_breaks_nothing(here: Here, odd: dict[str, Any]) -> None:
    whole = here.server.state.post_json
    here.writes()
    here.server.state.post_json = lambda post, account: {**whole(post, account), **odd}  # type: ignore[method-assign]
    for message in here.poll().messages:
        assert "\0" not in message.text
        assert message.url is None or message.url.startswith("https://")
        assert message.attachments == ()
        json.dumps(message.reference)
    assert isinstance(here.client.thread(here.root.id), tuple)


def test_half_a_surrogate_pair_is_no_letter() -> None:
    assert messages.read_reply({"id": "2", "text": "\ud83dx"}, US, "3").text == "\ufffdx"


@pytest.mark.parametrize("username", ["dockbakery", "DockBakery"])
def test_our_own_are_known_by_name_too(username: str) -> None:
    assert messages.is_own({"username": username}, US)
    assert not messages.is_own({"username": "lena", "is_reply_owned_by_me": False}, US)
    assert messages.is_own({"is_reply_owned_by_me": True}, US)
