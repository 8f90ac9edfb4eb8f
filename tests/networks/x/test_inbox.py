"""Reading X: each post and author that it tells of is billed, edits are new posts, and its rule about answers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.domain.conversations import Kind
from bot.domain.outcomes import Refused, Sent
from bot.networks.marks import Mark
from bot.networks.protocol import Content, PrepareFailed
from bot.networks.receiving import NOTICES, OWN, Gone, Inbound, Page, Trouble, as_answering
from bot.networks.testing.publishing import is_open
from bot.networks.x import messages
from bot.networks.x.client import NOT_TO_SEND, XClient
from bot.networks.x.control import Profile
from bot.networks.x.errors import REPLY_RULE
from bot.sandbox.networks.people import handle_for
from bot.sandbox.networks.server import Fault
from bot.sandbox.networks.x.server import XServer
from tests.networks.x.scripted import Scripted
from tests.networks.x.test_x import connect, publish


@pytest.fixture
def server() -> Iterator[XServer]:
    started = XServer(lambda: datetime.now(UTC))
    started.start()
    yield started
    started.stop()
    assert started.in_addresses == []


@pytest.fixture
def client(server: XServer) -> XClient:
    return connect(server.url, server.tokens["dockbakery"])


def poll(client: XClient, cursor: str | None = None, stream: str = NOTICES) -> Page:
    page = client.poll(stream, cursor, direct=True)
    assert isinstance(page, Page), page
    return page


def hear(client: XClient, remote_id: str) -> Inbound:
    return next(one for one in poll(client).messages if one.remote_id == remote_id)


def questions(server: XServer, since: int = 0) -> list[str]:
    return [line.path.partition("?")[0].removeprefix("/2/") for line in server.requests[since:]]


def test_nothing_new_is_one_question(client: XClient, server: XServer) -> None:
    server.customer_writes("Lena K.", "Hello?")
    cursor = str(poll(client).cursor)
    asked = len(server.requests)
    again = poll(client, cursor)
    assert (again.messages, again.cursor) == ((), None)
    assert questions(server, asked) == ["users/2244994945/mentions"]


def test_whose_a_thread_is_is_asked_once(client: XClient, server: XServer) -> None:
    theirs = server.customer_writes("Ona", "What a market!", handle="ona")
    server.state.posts[theirs].tags = ()
    second = server.customer_writes("Lena K.", "The rye too", reply_to=theirs)
    server.state.posts[second].tags = ()
    third = server.customer_writes("Bo", "And the rolls", reply_to=second)
    server.state.posts[third].tags = ("dockbakery",)
    page = poll(client)
    assert [(one.kind, one.thread, one.root_is_ours) for one in page.messages] == [
        (Kind.MENTION, theirs, False),
    ]
    poll(client)
    assert questions(server).count("tweets") == 1


def test_a_comment_two_levels_below_our_post_is_a_comment(client: XClient, server: XServer) -> None:
    root = publish(client, Content("Fresh rye")).remote_id
    first = server.customer_writes("Lena K.", "Vegan?", reply_to=root)
    below = server.customer_writes("Bo", "I wonder, too", reply_to=first)
    server.state.posts[first].tags = ()
    (found,) = poll(client).messages
    assert (found.remote_id, found.kind, found.thread, found.parent_id) == (below, Kind.COMMENT, root, first)


def test_a_changed_post_stays_the_same_message(client: XClient, server: XServer) -> None:
    """And the newest of its posts is answered."""
    remote_id = server.customer_writes("Lena K.", "Opne today?")
    cursor = str(poll(client).cursor)
    server.customer_edits(remote_id, "Open today?")
    (again,) = poll(client, cursor).messages
    assert (again.remote_id, again.text) == (remote_id, "Open today?")
    newest = server.state.posts[remote_id].versions[-1][0]
    assert again.reference[messages.POST] == newest != remote_id


def test_long_words_come_whole(client: XClient, server: XServer) -> None:
    words = "bread & butter " * 60 + "https://dock.net/rye"
    assert hear(client, server.customer_writes("Lena K.", words)).text == words


def test_names_in_front_are_addresses(client: XClient, server: XServer) -> None:
    root = publish(client, Content("Fresh rye")).remote_id
    comment = server.customer_writes("Lena K.", "@dockbakery Vegan?", reply_to=root)
    assert hear(client, comment).text == "Vegan?"
    mention = server.customer_writes("Bo", "@dockbakery is the best")
    assert hear(client, mention).text == "@dockbakery is the best"


@pytest.mark.parametrize(
    ("lang", "told"), [("de", "de"), ("und", None), ("qme", None), ("zxx", None), (7, None)]
)
def test_a_language_that_is_none(lang: object, told: str | None) -> None:
    us = Profile("1", "@us", "https://x.com/us")
    post = {"id": "7", "author_id": "8", "text": "Hi", "lang": lang}
    found = messages.read(post, messages.Included(), us, root_is_ours=False)
    assert found.language == told


def test_gone_is_told_with_a_200(client: XClient, server: XServer) -> None:
    kept, gone = (server.customer_writes("Lena K.", words) for words in ("Kept", "Gone"))
    server.customer_deletes(gone)
    found = client.look(NOTICES, [gone])
    assert found == {gone: Gone()}
    both = client.look(NOTICES, [gone, kept, "999"])
    assert isinstance(both, dict)
    assert {name: type(one) for name, one in both.items()} == {gone: Gone, kept: Inbound, "999": Gone}


def test_what_x_may_not_show_is_not_gone() -> None:
    """Of a protected account, say: nobody knows."""
    hidden = {"resource_id": "7", "type": "https://api.twitter.com/2/problems/not-authorized-for-resource"}
    server = Scripted(200, {"data": [], "errors": [{**hidden, "title": "Authorization Error"}]})
    found = connect(server.url).look(NOTICES, ["7"])
    server.end()
    assert found == {}


def test_whom_we_muted_is_asked_only_for_what_the_mentions_did_not_bring(
    client: XClient, server: XServer
) -> None:
    root = publish(client, Content("Fresh rye")).remote_id
    server.customer_writes("Lena K.", "Vegan?", reply_to=root)
    poll(client)
    asked = len(server.requests)
    assert isinstance(client.thread(root), tuple)
    assert questions(server, asked) == [f"tweets/{root}", "tweets/search/recent"]
    server.faults.order(Fault.FEED_SKIPS)
    server.customer_writes("Bo", "Hello?", reply_to=root)
    thread = client.thread(root)
    assert isinstance(thread, tuple)
    assert len(thread) == 2
    assert questions(server)[-2:] == ["users/2244994945/muting", "users/2244994945/blocking"]


# --- the rule about answers -----------------------------------------------------------------------------


def test_who_named_us_is_answered(client: XClient, server: XServer) -> None:
    message = hear(client, server.customer_writes("Lena K.", "Open today?"))
    outcome = answer(client, message)
    assert isinstance(outcome, Sent)
    assert server.ledger[-1].reply_to == message.remote_id


def test_who_did_not_name_us_is_answered_on_x(client: XClient, server: XServer) -> None:
    """Somebody took our name out of their comment: only the thread shows it. Nothing is asked that would be billed."""
    root = publish(client, Content("Fresh rye")).remote_id
    server.faults.order(Fault.FEED_SKIPS)
    comment = server.customer_writes("Lena K.", "Vegan?", reply_to=root)
    nested = server.customer_writes("Bo", "No idea", reply_to=comment)
    server.state.posts[nested].tags = ()
    thread = client.thread(root)
    assert isinstance(thread, tuple)
    first, message = thread
    assert first.reference[messages.SUMMONS], "it answers our own post"
    assert message.url == f"https://x.com/{handle_for('Bo', '_')}/status/{nested}"
    half = as_answering(client)
    assert half is not None
    assert half.measure_reply(message.reference, Content("It is!")).problem == NOT_TO_SEND
    asked = len(server.requests)
    with pytest.raises(PrepareFailed) as failed:
        half.prepare_reply(message.reference, Content("It is!"), {}, datetime.now(UTC))
    assert failed.value.outcome == Refused(NOT_TO_SEND, REPLY_RULE)
    assert len(server.requests) == asked


@pytest.mark.parametrize("typed", [True, False])
def test_a_no_by_that_rule_is_final_in_both_forms(client: XClient, server: XServer, typed: bool) -> None:
    message = hear(client, server.customer_writes("Lena K.", "Open today?"))
    server.state.posts[message.remote_id].tags = ()
    server.rule_is_typed = typed
    outcome = answer(client, message)
    assert isinstance(outcome, Refused)
    assert outcome.code == REPLY_RULE
    assert "Open it on X" in outcome.reason
    assert server.ledger == ()


def test_an_answer_without_its_names_in_front_is_what_was_written(client: XClient, server: XServer) -> None:
    """X puts them there by itself, and counts them as nothing."""
    message = hear(client, server.customer_writes("Lena K.", "Open today?"))
    outcome = answer(client, message, "é" * 280)
    assert isinstance(outcome, Sent)
    assert outcome.changed is None
    (ours,) = poll(client, None, OWN).messages
    assert (ours.text, ours.parent_id, ours.own) == ("é" * 280, message.remote_id, True)


def answer(client: XClient, message: Inbound, text: str = "Until six!") -> Any:
    now, content = datetime.now(UTC), Content(text)
    prepared = client.prepare_reply(message.reference, content, {}, now)
    return client.publish(client.render_reply(message.reference, content, prepared, "", now), "", is_open)


# --- no answer ------------------------------------------------------------------------------------------


def test_without_credits_nothing_is_asked(client: XClient, server: XServer) -> None:
    remote_id = server.customer_writes("Lena K.", "Hello?")
    client.check()
    server.no_credits = "depleted"
    found = client.poll(NOTICES, None, direct=True)
    assert isinstance(found, Trouble)
    assert found.needs_login
    assert "Buy credits at console.x.com." in found.sentence
    asked = len(server.requests)
    for again in (
        client.poll(OWN, None, direct=True),
        client.thread("1"),
        client.look(NOTICES, [remote_id]),
    ):
        assert isinstance(again, Trouble)
    assert len(server.requests) == asked
    server.no_credits = ""
    assert client.check().ok
    assert [one.remote_id for one in poll(client).messages] == [remote_id]


@pytest.mark.parametrize(
    "post",
    [
        {},
        {"id": "7"},
        {"id": "7", "author_id": ""},
        {"id": "../7", "author_id": "8", "text": "Hi"},
        {"id": "7", "author_id": "8", "referenced_tweets": [{"type": "retweeted", "id": "6"}]},
    ],
)
def test_what_is_no_message_is_left_out(post: dict[str, Any]) -> None:
    server = Scripted(200, {"data": [post], "meta": {"result_count": 1}})
    page = connect(server.url).poll(NOTICES, None, direct=True)
    server.end()
    assert isinstance(page, Page)
    assert page.messages == ()


@pytest.mark.parametrize(
    "more",
    [
        {"attachments": 7, "entities": [], "in_reply_to_user_id": {}},
        {"attachments": {"media_keys": [7, None, "3_1"]}, "edit_history_tweet_ids": [None, {}]},
        {"note_tweet": 7, "created_at": "now", "conversation_id": None},
        {"note_tweet": {"text": None}, "referenced_tweets": "none"},
    ],
)
def test_a_message_with_nonsense_beside_it_comes(more: dict[str, Any]) -> None:
    post = {"id": "7", "author_id": "8", "text": "Hi", **more}
    server = Scripted(200, {"data": [post], "includes": {"users": [7, {"id": "8"}], "media": {}}})
    page = connect(server.url).poll(NOTICES, None, direct=True)
    server.end()
    assert isinstance(page, Page)
    (message,) = page.messages
    assert (message.text, message.author.name) == ("Hi", "somebody")


def test_a_list_without_an_end_is_given_up() -> None:
    server = Scripted(
        200, {"data": [{"id": "7", "author_id": "8", "text": "Hi"}], "meta": {"next_token": "again"}}
    )
    page = connect(server.url).poll(NOTICES, Mark("5").write(), direct=True)
    server.end()
    assert isinstance(page, Page)
    assert len(server.asked) == 3, "whose it is, and twice the page that leads to itself"


# --- what is billed -------------------------------------------------------------------------------------


class Time:
    def __init__(self) -> None:
        self.at = datetime(2026, 11, 20, 9, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def push(self, minutes: float) -> None:
        self.at += timedelta(minutes=minutes)


@pytest.fixture
def clocked() -> Iterator[tuple[XServer, Time]]:
    time = Time()
    started = XServer(time.now)
    started.start()
    yield started, time
    started.stop()


Clocked = tuple[XServer, Time]


def open_client(server: XServer) -> XClient:
    return connect(server.url, server.tokens["dockbakery"])


def walk_on(client: XClient, cursor: str, stream: str = NOTICES) -> tuple[list[str], str]:
    page = poll(client, cursor, stream)
    return [one.remote_id for one in page.messages], page.cursor or cursor


@pytest.mark.parametrize("stream", [NOTICES, OWN])
def test_where_nothing_happens_nothing_is_shown_again(clocked: Clocked, stream: str) -> None:
    """Forty posts are there, of which ten are from just now."""
    server, time = clocked
    us, lena = server.account("dockbakery"), server.state.customer("Lena K.", "lena_k")
    for number in range(40):
        at = time.now() - timedelta(minutes=2880 if number < 30 else 1)
        post = server.state.add_post(us if stream == OWN else lena, f"Hello {number}", at=at)
        post.tags = () if stream == OWN else ("dockbakery",)
    client = open_client(server)
    cursor = str(poll(client, None, stream).cursor)
    time.push(1)
    _, cursor = walk_on(client, cursor, stream)
    time.push(10)
    _, cursor = walk_on(client, cursor, stream)
    server.reads.shown.clear()
    for _ in range(20):
        time.push(5)
        assert walk_on(client, cursor, stream)[0] == []
    assert server.reads.shown == []


def test_after_a_restart_only_what_came_around_the_newest_is_shown_again(clocked: Clocked) -> None:
    server, time = clocked
    client = open_client(server)
    cursor = str(poll(client).cursor)
    for number in range(40):
        server.customer_writes("Lena K.", f"Hello {number}")
        time.push(1)
    _, cursor = walk_on(client, cursor)
    time.push(60)
    server.reads.shown.clear()
    assert walk_on(open_client(server), cursor)[0] == []
    assert len(server.reads.shown) == 11


def test_what_appears_within_ten_minutes_of_its_date_comes(clocked: Clocked) -> None:
    """Also where nothing else has come since, and the newest is older."""
    server, time = clocked
    client = open_client(server)
    cursor = str(poll(client).cursor)
    server.customer_writes("Mia", "First")
    _, cursor = walk_on(client, cursor)
    time.push(30)
    assert walk_on(client, cursor)[0] == []
    server.faults.order(Fault.APPEARS_LATE)
    late = server.customer_writes("Lena K.", "Hello?")
    newer = server.customer_writes("Mia", "Second")
    time.push(5)
    found, cursor = walk_on(client, cursor)
    assert found == [newer]
    time.push(4.5)
    server.show_late()
    assert walk_on(client, cursor)[0] == [late]


def test_what_was_shown_and_could_not_be_kept_is_asked_for_again(clocked: Clocked) -> None:
    """It has appeared late, behind one that is kept."""
    server, time = clocked
    client = open_client(server)
    cursor = str(poll(client).cursor)
    server.faults.order(Fault.APPEARS_LATE)
    late = server.customer_writes("Lena K.", "Hello?")
    time.push(1)
    server.customer_writes("Mia", "First")
    _, cursor = walk_on(client, cursor)
    server.show_late()
    for _ in range(4):  # the database is away
        time.push(8)
        assert walk_on(client, cursor)[0] == [late]


def test_the_page_that_each_sweep_reads_is_the_smallest(client: XClient, server: XServer) -> None:
    for number in range(30):
        server.customer_writes("Lena K.", f"Hello {number}")
    assert len(poll(client).messages) == 5
    assert len(server.reads.shown) == 5


@pytest.mark.parametrize("what", ["the post", "its thread", "whom we muted"])
def test_one_thing_that_x_does_not_show_keeps_nobody_from_looking_at_others(
    client: XClient, server: XServer, what: str
) -> None:
    """Else nothing that was deleted would go, as long as a token may not read whom the account has muted."""
    root = publish(client, Content("Fresh rye")).remote_id
    client.check()
    server.faults.order(Fault.FEED_SKIPS)
    server.customer_writes("Lena K.", "Vegan?", reply_to=root)
    fails_at = ["the post", "its thread", "whom we muted"].index(what)
    asked = len(server.requests)
    server.on_request = lambda _: (
        server.faults.order(Fault.READ_ERROR) if len(server.requests) == asked + fails_at else None
    )
    if not fails_at:
        server.faults.order(Fault.READ_ERROR)
    found = client.thread(root)
    assert isinstance(found, Trouble)
    assert found.alone


def test_a_look_that_fails_is_alone_only_where_x_is_well(client: XClient, server: XServer) -> None:
    remote_id = server.customer_writes("Lena K.", "Hello?")
    client.check()
    server.faults.order(Fault.READ_ERROR)
    found = client.look(NOTICES, [remote_id])
    assert isinstance(found, Trouble)
    assert found.alone
    server.faults.order(Fault.READ_ERROR, 2)
    found = client.look(NOTICES, [remote_id])
    assert isinstance(found, Trouble)
    assert not found.alone
