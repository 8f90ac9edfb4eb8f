"""What people write on Instagram, and how it is answered: Instagram's own traps."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.domain.conversations import Kind
from bot.domain.outcomes import CannotTell, Found, NotSent, Refused, Sent, Unknown
from bot.networks.http import Http
from bot.networks.instagram import lookup
from bot.networks.instagram.client import InstagramClient
from bot.networks.instagram.messages import NOBODY, TAG, is_own, read_comment, read_tagged
from bot.networks.meta.control import Profile
from bot.networks.protocol import AccountSettings, Attempt, Content, PrepareFailed
from bot.networks.receiving import NOTICES, OWN, TARGET_GONE, Gone, Inbound, Page, Trouble
from bot.networks.testing.pictures import make_picture
from bot.networks.testing.publishing import is_open
from bot.sandbox.networks.instagram.server import InstagramServer
from bot.sandbox.networks.server import Fault

US = Profile("17840000000000001", "@dockbakery", "https://www.instagram.com/dockbakery", "dockbakery")


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def server() -> Iterator[InstagramServer]:
    started = InstagramServer(now)
    started.add_past("dockbakery")
    started.start()
    yield started
    started.stop()
    assert started.in_addresses == []


def connect(server: InstagramServer, token: str = "") -> InstagramClient:
    account = AccountSettings("dock-instagram", "instagram", server.url)
    http = Http(server.url, from_settings=True, whole_call=5)
    return InstagramClient(account, http, token or server.tokens["dockbakery"])


@pytest.fixture
def client(server: InstagramServer) -> InstagramClient:
    return connect(server)


def poll(client: InstagramClient, stream: str = NOTICES, cursor: str | None = None) -> Page:
    page = client.poll(stream, cursor, direct=True)
    assert isinstance(page, Page), page
    return page


def hear(server: InstagramServer, client: InstagramClient, words: str = "Vegan?", **more: Any) -> Inbound:
    remote_id = server.customer_writes("Lena K.", words, **more)
    (message,) = [one for one in poll(client).messages if one.remote_id.removeprefix(TAG) == remote_id]
    return message


def tag(server: InstagramServer, client: InstagramClient, words: str = "Best bread") -> Inbound:
    return hear(server, client, words, images=[("https://pictures.example/1.jpg", "")])


def begin(client: InstagramClient, message: Inbound, words: str = "It is!") -> Attempt:
    content = Content(words)
    prepared = client.prepare_reply(message.reference, content, {}, now())
    return Attempt("key", client.render_reply(message.reference, content, prepared, "key", now()), now())


def answer(client: InstagramClient, message: Inbound, words: str = "It is!") -> Any:
    return client.publish(begin(client, message, words).payload, "key", is_open)


def list_asked(server: InstagramServer, before: int) -> list[tuple[str, str]]:
    return [(one.method, one.path.removeprefix("/v27.0/")) for one in server.requests[before:]]


# --- answers -----------------------------------------------------------------------------------------


def test_a_comment_is_answered_inside_it_and_read_back(
    server: InstagramServer, client: InstagramClient
) -> None:
    message = hear(server, client)
    before = len(server.requests)
    sent = answer(client, message)
    assert isinstance(sent, Sent)
    assert list_asked(server, before) == [
        ("GET", message.remote_id),
        ("POST", f"{message.remote_id}/replies"),
        ("GET", sent.remote_id),
    ]
    assert (sent.changed, client.can_correct(message.reference)) == (None, False)


def test_the_answer_to_an_answer_is_found(server: InstagramServer, client: InstagramClient) -> None:
    first = hear(server, client)
    second = hear(server, client, "I wonder, too", reply_to=first.remote_id)
    assert second.parent_id == first.remote_id
    attempt = begin(client, second)
    server.faults.order(Fault.LOST_ANSWER)
    assert isinstance(client.publish(attempt.payload, "key", is_open), Unknown)
    (line,) = server.ledger
    assert line.reply_to == second.remote_id
    assert client.find(attempt) == Found(line.remote_id)


def test_an_error_that_came_with_the_answer_in_place_is_unknown(
    server: InstagramServer, client: InstagramClient
) -> None:
    """Byhand asks for nothing in the same call; if it says so all the same, it is looked for."""
    attempt = begin(client, hear(server, client))
    payload = json.loads(attempt.payload)
    payload["to"][1] = "replies?fields=id"
    assert isinstance(client.publish(json.dumps(payload).encode(), "key", is_open), NotSent)
    server.talk.names_nothing = True
    assert isinstance(client.publish(attempt.payload, "key", is_open), Unknown)
    assert isinstance(client.find(attempt), Found)


def test_other_words_than_were_sent_are_told(server: InstagramServer, client: InstagramClient) -> None:
    server.talk.swaps_words = True
    sent = answer(client, hear(server, client))
    assert isinstance(sent, Sent)
    assert sent.changed == "its words are different"


def test_an_answer_that_has_the_customers_id_is_unknown(
    server: InstagramServer, client: InstagramClient
) -> None:
    server.talk.names_the_customer = True
    assert isinstance(answer(client, hear(server, client)), Unknown)


def test_a_failed_look_back_takes_nothing_back(server: InstagramServer, client: InstagramClient) -> None:
    attempt = begin(client, hear(server, client))
    server.faults.order(Fault.READ_ERROR)
    assert isinstance(client.publish(attempt.payload, "key", is_open), Sent)


def test_an_answer_that_is_not_shown_stays_unknown(server: InstagramServer, client: InstagramClient) -> None:
    attempt = begin(client, hear(server, client))
    server.faults.order(Fault.CUT_BEFORE)
    assert isinstance(client.publish(attempt.payload, "key", is_open), Unknown)
    assert client.find(attempt) == CannotTell(lookup.NO_PROOF_OF_ANSWER)


def test_an_answer_from_before_is_not_taken_for_this_one(
    server: InstagramServer, client: InstagramClient
) -> None:
    message = hear(server, client)
    theirs = server.state.comments[message.remote_id]
    ago = now() - timedelta(minutes=5)
    server.state.add_comment(theirs.media, server.account("dockbakery"), "It is!", below=theirs, at=ago)
    assert client.find(begin(client, message)) == CannotTell(lookup.NO_PROOF_OF_ANSWER)


def test_a_customers_same_words_are_not_our_answer(server: InstagramServer, client: InstagramClient) -> None:
    message = hear(server, client)
    attempt = begin(client, message)
    server.customer_writes("Bo", "It is!", reply_to=message.remote_id)
    assert client.find(attempt) == CannotTell(lookup.NO_PROOF_OF_ANSWER)


def test_a_hidden_comment_is_not_answered(server: InstagramServer, client: InstagramClient) -> None:
    message = hear(server, client)
    server.state.comments[message.remote_id].hidden = True
    with pytest.raises(PrepareFailed) as failed:
        begin(client, message)
    assert failed.value.outcome == Refused(
        "Instagram takes no answer to a hidden comment. Unhide it there first."
    )


@pytest.mark.parametrize("unit", ["x", "é", "🥐"])
def test_answers_at_the_limit(server: InstagramServer, client: InstagramClient, unit: str) -> None:
    message, most = hear(server, client), 2200 // (2 if unit == "🥐" else 1)
    for count, fits in ((most - 1, True), (most, True), (most + 1, False)):
        content = Content(unit * count)
        assert (client.measure_reply(message.reference, content).problem is None) is fits
        assert isinstance(answer(client, message, content.text), Sent if fits else Refused)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (Content("Look", (make_picture("A loaf"),)), "takes no images; this post has 1 image."),
        (Content(" \u200b"), "is no text"),
    ],
)
def test_what_no_answer_can_be(client: InstagramClient, content: Content, sentence: str) -> None:
    problem = client.measure_reply({"comment": "1"}, content).problem
    assert problem is not None
    assert sentence in problem


# --- photos with us in them ------------------------------------------------------------------------


def test_a_photo_in_which_we_are_tagged_comes_and_is_answered_below_it(
    server: InstagramServer, client: InstagramClient
) -> None:
    message = tag(server, client)
    assert (message.kind, message.thread, message.root_is_ours, message.own) == (
        Kind.MENTION,
        message.remote_id,
        False,
        False,
    )
    assert (message.author.handle, message.text) == ("@lena_k", "Best bread")
    assert [one.url for one in message.attachments] == ["https://pictures.example/1.jpg"]
    sent = answer(client, message, "Thank you!")
    assert isinstance(sent, Sent)
    (line,) = server.ledger
    assert (line.reply_to, line.text) == (message.remote_id.removeprefix(TAG), "Thank you!")


def test_a_lost_answer_below_somebody_elses_photo_is_asked_about(
    server: InstagramServer, client: InstagramClient
) -> None:
    attempt = begin(client, tag(server, client))
    server.faults.order(Fault.LOST_ANSWER)
    assert isinstance(client.publish(attempt.payload, "key", is_open), Unknown)
    assert client.find(attempt) == CannotTell(lookup.NO_LIST)


def test_a_photo_that_is_gone_is_not_answered(server: InstagramServer, client: InstagramClient) -> None:
    message = tag(server, client)
    server.state.media[message.remote_id.removeprefix(TAG)].deleted = True
    with pytest.raises(PrepareFailed) as failed:
        begin(client, message)
    assert failed.value.outcome == TARGET_GONE


def test_somebody_elses_photo_is_never_called_gone(server: InstagramServer, client: InstagramClient) -> None:
    """It cannot be asked for by its id."""
    message, comment = tag(server, client), server.customer_writes("Bo", "Hello")
    assert list(client.look(NOTICES, [message.remote_id, comment])) == [comment]  # type: ignore[arg-type]
    assert client.thread(message.remote_id) == ()


def test_new_tags_come_in_order_with_the_comments(server: InstagramServer, client: InstagramClient) -> None:
    cursor, begun = poll(client).cursor, now() - timedelta(minutes=5)
    written = []
    for n in range(130):
        images, at = [("https://pictures.example/1.jpg", "")] if n % 2 else [], begun + timedelta(seconds=n)
        remote_id = server.customer_writes("Lena K.", f"Message {n}", images=images, at=at)
        written.append(f"{TAG}{remote_id}" if n % 2 else remote_id)
    page = poll(client, NOTICES, cursor)
    assert [one.remote_id for one in page.messages] == written
    last = tag(server, connect(server))
    assert [one.remote_id for one in poll(client, NOTICES, page.cursor).messages] == [last.remote_id]


# --- reading ---------------------------------------------------------------------------------------


def test_many_answers_inside_one_comment_all_come(server: InstagramServer, client: InstagramClient) -> None:
    """Those beyond the first fifty stand in a list of their own."""
    cursor, first = poll(client).cursor, server.customer_writes("Lena K.", "Vegan?")
    inside = [server.customer_writes("Bo", f"{n}", reply_to=first) for n in range(120)]
    found = [one.remote_id for one in poll(client, NOTICES, cursor).messages]
    assert sorted(found) == sorted([first, *inside])


def test_an_answer_to_an_old_comment_comes(server: InstagramServer, client: InstagramClient) -> None:
    old = now() - timedelta(days=20)
    first = server.customer_writes("Lena K.", "Vegan?", at=old)
    for n in range(130):
        server.customer_writes("Bo", f"{n}", at=old + timedelta(hours=n))
    cursor = poll(client).cursor
    late = server.customer_writes("Mia", "I wonder, too", reply_to=first)
    assert [one.remote_id for one in poll(client, NOTICES, cursor).messages] == [late]


def test_who_wrote_it_need_not_be_told(server: InstagramServer, client: InstagramClient) -> None:
    """One field too many fails the whole call; usernames are told all the same."""
    server.talk.tells_who = False
    message = hear(server, client)
    assert (message.author.remote_id, message.author.name, message.own) == ("@lena_k", "lena_k", False)
    mine = server.we_answer_in_app(message.remote_id, "It is!")
    found = client.look(NOTICES, [message.remote_id, mine])
    assert isinstance(found, dict)
    assert [(one, said.own) for one, said in found.items() if isinstance(said, Inbound)] == [
        (message.remote_id, False),
        (mine, True),
    ]
    before = len(server.requests)
    poll(client)
    asked = [path for _, path in list_asked(server, before) if path.endswith("/comments")]
    assert len(asked) == 1, "it is not asked for again"


@pytest.mark.parametrize(
    ("raw", "own"),
    [
        ({"from": {"id": US.id, "username": "olddock"}, "username": "olddock"}, True),
        ({"from": {"id": "9"}, "username": "dockbakery"}, False),
        ({"username": "DockBakery"}, True),
        ({"username": "lena"}, False),
        ({}, False),
    ],
)
def test_whether_it_is_ours_is_told_by_the_id_first(raw: dict[str, Any], own: bool) -> None:
    """A username may have been changed since."""
    assert is_own(raw, US) is own


def test_an_idle_account_costs_two_questions(server: InstagramServer, client: InstagramClient) -> None:
    """The newest posts, for comments and our own answers; and the photos we are tagged in."""
    server.customer_writes("Lena K.", "Vegan?")
    cursors = {stream: poll(client, stream).cursor for stream in (OWN, NOTICES)}
    for _ in range(2):
        before = len(server.requests)
        for stream, cursor in cursors.items():
            assert poll(client, stream, cursor).messages == ()
    me = US.id
    assert list_asked(server, before) == [("GET", f"{me}/media"), ("GET", f"{me}/tags")]


def test_a_hidden_comment_does_not_come(server: InstagramServer, client: InstagramClient) -> None:
    hidden = server.customer_writes("Bo", "Buy my watches")
    server.state.comments[hidden].hidden = True
    shown = server.customer_writes("Lena K.", "Vegan?")
    assert [one.remote_id for one in poll(client).messages] == [shown]
    thread = client.thread(server.state.comments[shown].media.id)
    assert isinstance(thread, tuple)
    assert [one.remote_id for one in thread] == [shown]


def test_a_persons_token_brings_no_empty_list(server: InstagramServer) -> None:
    client = connect(server, server.account("dockbakery").user_token)
    for stream in client.streams:
        found = client.poll(stream, None, direct=True)
        assert isinstance(found, Trouble)
        assert found.needs_login


def test_without_the_right_to_read_comments_it_is_said(
    server: InstagramServer, client: InstagramClient
) -> None:
    server.customer_writes("Lena K.", "Vegan?")
    server.account("dockbakery").scopes.discard("instagram_manage_comments")
    found = client.poll(NOTICES, None, direct=True)
    assert isinstance(found, Trouble)
    assert "Instagram does not let us read what customers write" in found.sentence


def test_a_post_that_goes_while_it_is_read_has_no_comments(
    server: InstagramServer, client: InstagramClient
) -> None:
    written = server.customer_writes("Lena K.", "Vegan?")
    client._inbox._ask_posts(OWN, US)
    server.state.delete_media(server.state.comments[written].media)
    assert poll(client).messages == ()
    assert isinstance(client.thread(server.state.comments[written].media.id), Gone)


def test_our_posts_come_with_our_answers(server: InstagramServer, client: InstagramClient) -> None:
    """One may be there twice."""
    cursor = poll(client, OWN).cursor
    for _ in range(2):
        server.state.add_media(server.account("dockbakery"), "Fresh rye")
    posts = poll(client, OWN, cursor).posts
    assert [(one.own, one.text, one.thread == one.remote_id) for one in posts] == [
        (True, "Fresh rye", True)
    ] * 2


@pytest.mark.parametrize(
    "raw",
    [
        {"id": "7"},
        {"id": 2**70, "text": 7, "username": [], "timestamp": 7, "hidden": "yes", "parent_id": {}},
        {"id": "7", "from": "me", "username": "\u202e", "caption": {}, "media_url": "javascript:1"},
        {"id": "7", "from": {"id": ["x"], "username": "a" * 500}, "permalink": 7},
    ],
)
def test_a_hostile_comment_breaks_nothing(raw: dict[str, Any]) -> None:
    for message in (read_comment(raw, US, "1"), read_tagged(raw, US)):
        assert 0 < len(message.author.name) <= 200
        assert message.author.remote_id
        assert message.attachments == ()
    assert read_comment({"id": "7"}, US, "1").author.name == NOBODY
