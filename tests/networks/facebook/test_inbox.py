"""What customers write to a Page, and how it is answered: Facebook's own traps."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.domain.conversations import Kind
from bot.domain.outcomes import CannotTell, Found, Refused, Sent, Unknown
from bot.networks.facebook.client import FacebookClient
from bot.networks.facebook.messages import NOBODY, read_comment
from bot.networks.http import Http
from bot.networks.meta.control import Profile
from bot.networks.meta.payloads import read_payload
from bot.networks.protocol import AccountSettings, Attempt, Content, PrepareFailed
from bot.networks.receiving import CHAT, NOTICES, OWN, Inbound, Page, Trouble
from bot.networks.testing.pictures import make_picture
from bot.networks.testing.publishing import is_open
from bot.sandbox.networks.facebook.server import FacebookServer
from bot.sandbox.networks.server import Fault


class Clock:
    """The server's, which can be put forward."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def server(clock: Clock) -> Iterator[FacebookServer]:
    started = FacebookServer(clock)
    started.add_past("dockbakery")
    started.start()
    yield started
    started.stop()
    assert started.in_addresses == []
    assert started.state.overwritten == [], "a customer's words are never replaced"


def connect(server: FacebookServer, token: str = "") -> FacebookClient:
    account = AccountSettings("dock-facebook", "facebook", server.url)
    http = Http(server.url, from_settings=True, whole_call=5)
    return FacebookClient(account, http, token or server.tokens["dockbakery"])


@pytest.fixture
def client(server: FacebookServer) -> FacebookClient:
    return connect(server)


def poll(client: FacebookClient, stream: str = NOTICES, cursor: str | None = None) -> Page:
    page = client.poll(stream, cursor, direct=True)
    assert isinstance(page, Page), page
    return page


def hear(server: FacebookServer, client: FacebookClient, words: str = "Vegan?", **more: Any) -> Inbound:
    stream = CHAT if more.get("private") else NOTICES
    remote_id = server.customer_writes("Lena K.", words, **more)
    (message,) = [one for one in poll(client, stream).messages if one.remote_id == remote_id]
    return message


def begin(client: FacebookClient, message: Inbound, content: Content) -> Attempt:
    now = datetime.now(UTC)
    prepared = client.prepare_reply(message.reference, content, {}, now)
    return Attempt("key", client.render_reply(message.reference, content, prepared, "key", now), now)


def answer(client: FacebookClient, message: Inbound, words: str = "It is!") -> Any:
    attempt = begin(client, message, Content(words))
    return client.publish(attempt.payload, "key", is_open)


# --- answers -----------------------------------------------------------------------------------------


def test_a_comment_is_answered_by_its_list_of_comments_alone(
    server: FacebookServer, client: FacebookClient
) -> None:
    message = hear(server, client)
    before = len(server.requests)
    sent = answer(client, message)
    assert isinstance(sent, Sent)
    assert sent.remote_id != message.remote_id
    asked = [(one.method, one.path.removeprefix("/v27.0/")) for one in server.requests[before:]]
    assert asked == [
        ("GET", message.remote_id),
        ("POST", f"{message.remote_id}/comments"),
        ("GET", sent.remote_id),
    ]
    assert (client.can_correct(message.reference), server.conversation(message.remote_id)[1]["text"]) == (
        False,
        "Vegan?",
    )


def test_the_answer_to_an_answer_is_found(server: FacebookServer, client: FacebookClient) -> None:
    first = hear(server, client)
    second = hear(server, client, "I wonder, too", reply_to=first.remote_id)
    attempt = begin(client, second, Content("It is!"))
    server.faults.order(Fault.LOST_ANSWER)
    assert isinstance(client.publish(attempt.payload, "key", is_open), Unknown)
    (line,) = server.ledger
    assert line.reply_to == second.remote_id
    assert client.find(attempt) == Found(line.remote_id, f"https://www.facebook.com/{line.remote_id}")


def test_other_words_than_were_sent_are_told(server: FacebookServer, client: FacebookClient) -> None:
    message = hear(server, client)
    server.talk.swaps_words = True
    sent = answer(client, message)
    assert isinstance(sent, Sent)
    assert sent.changed == "its words are different"


def test_an_answer_that_has_the_customers_id_is_unknown(
    server: FacebookServer, client: FacebookClient
) -> None:
    message = hear(server, client)
    server.talk.names_the_customer = True
    outcome = answer(client, message)
    assert isinstance(outcome, Unknown)
    assert "their words may be replaced" in outcome.evidence


@pytest.mark.parametrize("drops", [True, False])
def test_what_is_not_told_is_not_judged(server: FacebookServer, client: FacebookClient, drops: bool) -> None:
    message = hear(server, client)
    server.state.drops_parent = drops
    sent = answer(client, message)
    assert isinstance(sent, Sent)
    assert sent.changed is None


@pytest.mark.parametrize(
    "fault", [Fault.READ_ERROR, Fault.READ_CUT, Fault.READ_NONSENSE, Fault.READ_THROTTLED]
)
def test_a_failed_look_back_takes_nothing_back(
    server: FacebookServer, client: FacebookClient, fault: Fault
) -> None:
    attempt = begin(client, hear(server, client), Content("It is!"))
    server.faults.order(fault)
    assert isinstance(client.publish(attempt.payload, "key", is_open), Sent)


def test_an_answer_that_is_not_shown_stays_unknown(server: FacebookServer, client: FacebookClient) -> None:
    attempt = begin(client, hear(server, client), Content("It is!"))
    server.faults.order(Fault.CUT_BEFORE)
    assert isinstance(client.publish(attempt.payload, "key", is_open), Unknown)
    look = client.find(Attempt("key", attempt.payload, attempt.started_at - timedelta(hours=2)))
    assert isinstance(look, CannotTell)
    assert "look before it is sent again" in look.why


def test_an_answer_from_before_is_not_taken_for_this_one(
    server: FacebookServer, client: FacebookClient, clock: Clock
) -> None:
    message = hear(server, client)
    clock.ahead = timedelta(hours=-1)
    server.we_answer_in_app(message.remote_id, "It is!")
    clock.ahead = timedelta()
    assert isinstance(client.find(begin(client, message, Content("It is!"))), CannotTell)


def test_an_answer_may_have_one_image(server: FacebookServer, client: FacebookClient) -> None:
    message = hear(server, client)
    one, two = make_picture("A loaf"), make_picture("Two", shade=90)
    assert client.measure_reply(message.reference, Content("", (one,))).problem is None
    assert "at most 1 image" in str(client.measure_reply(message.reference, Content("", (one, two))).problem)
    attempt = begin(client, message, Content("", (one,)))
    server.faults.order(Fault.LOST_ANSWER)
    assert isinstance(client.publish(attempt.payload, "key", is_open), Unknown)
    assert isinstance(client.find(attempt), Found)
    refused = begin(client, message, Content("x" * 8001, (one,)))
    assert isinstance(client.publish(refused.payload, "key", is_open), Refused)
    sent = read_payload(refused.payload)
    assert sent is not None
    assert server.state.photos[sent.body["attachment_id"]].deleted, (
        "what a refused answer leaves behind is deleted"
    )


@pytest.mark.parametrize(("private", "most"), [(False, 8000), (True, 2000)])
@pytest.mark.parametrize("unit", ["x", "🥐"])
def test_answers_at_the_limit(
    server: FacebookServer, client: FacebookClient, private: bool, most: int, unit: str
) -> None:
    message = hear(server, client, private=private)
    count = most // (2 if unit == "🥐" else 1)
    for length, fits in ((count - 1, True), (count, True), (count + 1, False)):
        words = unit * length
        assert (client.measure_reply(message.reference, Content(words)).problem is None) is fits
        assert isinstance(answer(client, message, words), Sent if fits else Refused)


def test_a_comment_that_takes_no_answers(server: FacebookServer, client: FacebookClient) -> None:
    message = hear(server, client)
    whole = server.state.comment_json
    server.state.comment_json = lambda comment: {**whole(comment), "can_comment": False}  # type: ignore[method-assign]
    with pytest.raises(PrepareFailed) as failed:
        begin(client, message, Content("It is!"))
    assert failed.value.outcome == Refused("Facebook does not let the Page answer there.")


def test_a_private_answer_says_what_it_is(server: FacebookServer, client: FacebookClient) -> None:
    message = hear(server, client, "1 Quay Road", private=True)
    assert message.kind is Kind.DIRECT
    stored = json.loads(begin(client, message, Content("Thanks")).payload)
    page = server.page("dockbakery").id
    assert stored == {
        "to": [page, "messages"],
        "body": {
            "recipient": {"id": message.author.remote_id},
            "messaging_type": "RESPONSE",
            "message": {"text": "Thanks"},
        },
    }
    assert client.measure_reply(message.reference, Content("", (make_picture("x"),))).problem


def test_after_a_day_facebook_takes_no_private_answer(
    server: FacebookServer, client: FacebookClient, clock: Clock
) -> None:
    message = hear(server, client, private=True)
    clock.ahead = timedelta(hours=24, seconds=1)
    outcome = answer(client, message)
    assert isinstance(outcome, Refused)
    assert outcome.reason == (
        "(#10) This message is sent outside of allowed window. They can be answered again as soon as they have written "
        "again."
    )
    assert server.ledger == ()


def test_half_a_surrogate_pair_is_no_letter() -> None:
    us = Profile("1", "Dock Bakery", "https://www.facebook.com/1")
    assert read_comment({"id": "2", "message": "\ud83dx"}, us, "3").text == "\ufffdx"


# --- what comes in -----------------------------------------------------------------------------------


@pytest.mark.parametrize("stream", [NOTICES, OWN, CHAT])
def test_an_empty_list_is_no_news_with_a_persons_token(server: FacebookServer, stream: str) -> None:
    """Facebook answers it with 200 and nothing in it."""
    server.customer_writes("Lena K.", "Hello?")
    found = connect(server, server.page("dockbakery").user_token).poll(stream, None, direct=True)
    assert isinstance(found, Trouble)
    assert found.needs_login
    assert "copy its access_token" in found.sentence


def test_somebody_whom_facebook_does_not_name_is_a_customer(
    server: FacebookServer, client: FacebookClient
) -> None:
    server.state.names_nobody = True
    first, second = hear(server, client), hear(server, client, "And cheap?")
    assert (first.own, first.author.name, first.author.handle) == (False, NOBODY, "")
    assert first.author.remote_id != second.author.remote_id, "nobody knows whether they are one"


def test_an_idle_page_costs_two_questions(server: FacebookServer, client: FacebookClient) -> None:
    for n in range(5):
        server.state.add_post(server.page("dockbakery"), f"Post {n}")
        server.customer_writes("Lena K.", "Hello?")
    cursors = {stream: str(poll(client, stream).cursor) for stream in (NOTICES, OWN, CHAT)}
    for stream, cursor in cursors.items():
        poll(client, stream, cursor)
    before = len(server.requests)
    for stream, cursor in cursors.items():
        assert poll(client, stream, cursor).messages == ()
    assert [one.path.rpartition("/")[2] for one in server.requests[before:]] == [
        "published_posts",
        "conversations",
    ]


def test_a_list_of_posts_serves_each_stream_once(server: FacebookServer, client: FacebookClient) -> None:
    """What is asked again wants to know what is new."""
    cursor = str(poll(client, OWN).cursor)
    for n in range(3):
        post = server.state.add_post(server.page("dockbakery"), f"Post {n}")
        page = poll(client, OWN, cursor)
        assert [one.remote_id for one in page.posts] == [post.id]
        cursor = str(page.cursor)


def test_a_list_that_failed_serves_nobody(server: FacebookServer, client: FacebookClient) -> None:
    client.check()
    server.faults.order(Fault.READ_ERROR)
    assert isinstance(client.poll(NOTICES, None, direct=True), Trouble)
    remote_id = server.customer_writes("Lena K.", "Hello?")
    server.we_answer_in_app(remote_id, "Hello!")
    assert [one.text for one in poll(client, OWN).messages] == ["Hello!"]


def test_a_post_that_goes_while_it_is_read_has_no_comments(
    server: FacebookServer, client: FacebookClient
) -> None:
    message = hear(server, client)
    server.talk._find = lambda *_: None  # type: ignore[method-assign]
    assert poll(client).messages == ()
    assert message.thread in server.state.posts


def test_without_the_right_private_messages_are_not_asked_for(
    server: FacebookServer, client: FacebookClient
) -> None:
    scope = "pages_messaging"
    server.page("dockbakery").scopes.discard(scope)
    assert client.poll(CHAT, None, direct=True) == Page((), None)
    assert CHAT not in client.streams
    assert (
        client.check().lacks[0].startswith("The token lacks pages_messaging: private messages do not come in")
    )
    server.page("dockbakery").scopes.add(scope)
    client.check()
    assert CHAT in client.streams


def test_without_the_right_to_read_comments_it_is_said(
    server: FacebookServer, client: FacebookClient
) -> None:
    server.customer_writes("Lena K.", "Hello?")
    server.page("dockbakery").scopes.discard("pages_read_user_content")
    found = client.poll(NOTICES, None, direct=True)
    assert isinstance(found, Trouble)
    assert "`byhand check` says which" in found.sentence


def test_our_posts_come_with_our_answers(server: FacebookServer, client: FacebookClient) -> None:
    """One of them may be there twice."""
    cursor = str(poll(client, OWN).cursor)
    post = server.state.add_post(server.page("dockbakery"), "Rye")
    page = poll(client, OWN, cursor)
    assert [(one.remote_id, one.text, one.own) for one in page.posts] == [(post.id, "Rye", True)]
    assert page.messages == ()
    assert poll(client, OWN, str(page.cursor)).posts == ()


@pytest.mark.parametrize(
    "odd",
    [
        {"id": None}, {"id": ["x"]}, {"message": 7}, {"created_time": "yesterday"}, {"from": "Lena"},
        {"from": {"id": 7.5}},
        {"parent": "x"}, {"attachment": []}, {"attachment": {"media": 7, "type": 9, "url": "javascript:alert(1)"}},
        {"is_hidden": "yes"}, {"permalink_url": "javascript:alert(1)"}, {"message": "\0x"},
    ],
)  # fmt: skip
def test_a_hostile_comment_breaks_nothing(
    server: FacebookServer, client: FacebookClient, odd: dict[str, Any]
) -> None:
    whole = server.state.comment_json
    server.state.comment_json = lambda comment: {**whole(comment), **odd}  # type: ignore[method-assign]
    remote_id = server.customer_writes("Lena K.", "Hello?")
    post = server.state.comments[remote_id].post.id
    for found in (
        client.poll(NOTICES, None, direct=True),
        client.thread(post),
        client.look(NOTICES, [remote_id]),
    ):
        assert found is not None
    page = poll(client)
    assert all(one.url is None or one.url.startswith("https://") for one in page.messages)
    assert all("javascript" not in part.url for one in page.messages for part in one.attachments)
