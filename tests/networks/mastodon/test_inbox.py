"""What is Mastodon's own about customers' words: names in front, roots of threads, visibility, hostile servers."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.domain.conversations import Kind
from bot.domain.kinds import AttachmentType
from bot.domain.outcomes import CannotTell, Found, Sent
from bot.domain.ranking import find_words
from bot.networks.http import Answer, Http
from bot.networks.mastodon import client, inbox, messages, replies
from bot.networks.mastodon.client import MastodonClient
from bot.networks.mastodon.errors import Owner
from bot.networks.protocol import AccountSettings, Attempt, Content
from bot.networks.receiving import NOTICES, OWN, Attachment, Page, Trouble
from bot.sandbox.networks.mastodon.server import MastodonServer
from bot.sandbox.networks.server import Fault

US = Owner("1", "dockbakery", "https://dock.example/@dockbakery")
AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
def server() -> Iterator[MastodonServer]:
    started = MastodonServer(lambda: datetime.now(UTC))
    started.start()
    yield started
    started.stop()


def connect(server: MastodonServer, **settings: Any) -> MastodonClient:
    account = AccountSettings("dock-mastodon", "mastodon", server.url, **settings)
    return MastodonClient(
        account, Http(server.url, from_settings=True, whole_call=5), server.tokens["dockbakery"], {}
    )


def sent(connection: MastodonClient, payload: bytes) -> tuple[str, Attempt]:
    attempt = Attempt(connection.new_handle(AT), payload, datetime.now(UTC))
    outcome = connection.publish(payload, attempt.handle, lambda: True)
    assert isinstance(outcome, Sent), outcome
    return outcome.remote_id, attempt


def post(connection: MastodonClient) -> str:
    return sent(connection, connection.render(Content("Fresh rye"), {}, "", AT))[0]


def poll(connection: MastodonClient, stream: str = NOTICES, cursor: str | None = "0") -> Page:
    page = connection.poll(stream, cursor, direct=True)
    assert isinstance(page, Page), page
    return page


def status(**more: Any) -> dict[str, Any]:
    account = {"id": "7", "acct": "lena@far.example", "display_name": "Lena", "followers_count": 3}
    return {
        "id": "42",
        "account": account,
        "content": "<p>Hello</p>",
        "visibility": "public",
        "created_at": "2026-11-20T09:00:00.000Z",
        **more,
    }


def read(**more: Any) -> Any:
    return messages.read(status(**more), US, "dock.example", ("42", False))


def questions(server: MastodonServer) -> int:
    return sum(seen.path.startswith("/api/v1/statuses/") for seen in server.requests)


# --- reading -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        (
            '<p><span class="h-card"><a href="#">@<span>dockbakery</span></a></span> Is it vegan?</p>',
            "Is it vegan?",
        ),
        ("<p>@DockBakery @dockbakery@dock.example @bo hi</p>", "@bo hi"),
        ("<p>@dockbakery</p>", "@dockbakery"),
        ("<p>@dockbakery, hi</p>", "@dockbakery, hi"),
        ("<p>@dockbakers hi @dockbakery</p>", "@dockbakers hi @dockbakery"),
        ("<p>a<br/>b</p><p>c &lt;b&gt; &amp;amp; &#x202e;</p>", "a\nb\n\nc <b> &amp; \u202e"),
        (
            '<p><a href="https://evil.example">https://bank.example</a></p>',
            "https://bank.example (https://evil.example)",
        ),
        ("<p>It is</p><ul><li>broken</li><li>refund</li></ul>", "It is\n\n• broken\n• refund"),
        ("<img src=x onerror=alert(1)><iframe>x", "x"),
        ("\ud800 and \0 nothing", "\ufffd and  nothing"),
        ("", ""),
    ],
)
def test_words(html: str, shown: str) -> None:
    assert read(content=html).text == shown


def test_a_content_warning_stands_in_front() -> None:
    assert read(spoiler_text="food, bread").text == "food, bread\n\nHello"


def test_words_of_neighbouring_blocks_are_found_by_look_first() -> None:
    """They read "brokenrefund", which is no word of anybody's list."""
    found = read(content="<ul><li>broken</li><li>refund</li></ul>").text
    assert find_words(found, ("refund", "broken")) == ("refund", "broken")


def test_a_polls_choices_are_listed() -> None:
    poll = {
        "options": [{"title": "Rye\nloaf", "votes_count": 3}, {"title": "Oat"}, {}, None],
        "multiple": False,
    }
    assert read(poll=poll).text == "Hello\n\nPoll:\n○ Rye loaf\n○ Oat"
    assert read(poll=poll, content="").text == "Poll:\n○ Rye loaf\n○ Oat"
    odd: Any
    for odd in ({"options": "x"}, {"options": []}, "x", {"options": [{"title": 5}]}):
        assert read(poll=odd).text == "Hello"


THERE = "https://dock.example/@dockbakery/9"
POST = {
    "id": "9",
    "url": THERE,
    "content": "<p>Fresh</p><p>rye</p>",
    "visibility": "public",
    "account": {"id": "1"},
}


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"quote": {"state": "accepted", "quoted_status": POST}}, "Fresh\n\nrye"),
        ({"quote": {"state": "accepted", "quoted_status": {**POST, "visibility": "private"}}}, ""),
        ({"quote": POST}, "Fresh\n\nrye"),
        ({"quote_url": THERE}, ""),
        ({"pleroma": {"quote_url": THERE}}, ""),
    ],
)
def test_a_quoted_post_is_linked(more: dict[str, Any], words: str) -> None:
    """Which one it is, nobody saw. What not everybody may read is only linked."""
    assert read(**more).attachments == (Attachment(THERE, words, AttachmentType.QUOTE),)


@pytest.mark.parametrize(
    "quote",
    [None, "x", {"state": "pending", "quoted_status": None}, {"state": "accepted", "quoted_status_id": "9"}],
)
def test_a_quote_that_shows_nothing_is_left_out(quote: Any) -> None:
    assert read(quote=quote).attachments == ()


NASTY = (
    "<",
    "<!--",
    "<p>",
    "<![CDATA[",
    "<!DOCTYPE ",
    "<?",
    "&",
    "&#",
    "</",
    "</a",
    "<a ",
    "<a b='",
    "<a b=",
    "<script>",
)


@pytest.mark.parametrize("nasty", NASTY)
def test_hostile_markup_takes_no_time(nasty: str) -> None:
    began = time.process_time()
    read(content=nasty * (100_000 // len(nasty)))
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    "odd",
    [
        {
            "content": None,
            "spoiler_text": 7,
            "visibility": 3,
            "language": ["en"],
            "url": "javascript:alert(1)",
        },
        {"created_at": "yesterday", "edited_at": 5, "media_attachments": {"id": 1}, "mentions": "x"},
        {
            "in_reply_to_id": {"id": 1},
            "in_reply_to_account_id": [],
            "media_attachments": [1, None, {"url": "ftp://x"}],
        },
        {
            "account": {
                "id": "7",
                "acct": 5,
                "display_name": {},
                "followers_count": "many",
                "url": "https://a b",
            }
        },
    ],
)
def test_nothing_in_a_status_is_trusted(odd: dict[str, Any]) -> None:
    message = read(**odd)
    json.dumps(message.reference)
    assert message.author.remote_id == "7"
    assert message.author.name
    assert message.url is None or message.url.startswith("https://")
    assert message.attachments == ()
    assert message.at.tzinfo is not None


@pytest.mark.parametrize(
    "odd", [{"id": None}, {"id": "x" * 301}, {"id": True}, {"account": None}, {"account": {"id": ""}}]
)
def test_what_has_no_id_or_author_is_no_status(odd: dict[str, Any]) -> None:
    assert not messages.is_whole(status(**odd))


@pytest.mark.parametrize(
    "acct", ["lena @boss@far.example", "lena\n", "@lena", "<b>", "", "lena@far.example/@boss", None]
)
def test_a_name_that_is_none_never_gets_into_our_answer(acct: str | None) -> None:
    message = read(account={"id": "7", "acct": acct})
    assert message.reference["acct"] is None
    assert replies.make_words(message.reference, Content("Hi")) == "Hi"


@pytest.mark.parametrize("word", ["direct", "limited", "", None, "list"])
def test_a_visibility_we_do_not_know_is_private(word: str | None) -> None:
    message = read(visibility=word)
    assert (message.kind, message.thread) == (Kind.DIRECT, "private")
    assert replies.choose_visibility(message.reference, "public") == "direct"


def test_followers_only_is_a_comment_and_answered_to_followers_only() -> None:
    message = read(visibility="private")
    assert message.kind is Kind.MENTION
    assert replies.choose_visibility(message.reference, "public", None) == "private"


def test_one_question_finds_the_root_of_many_comments(server: MastodonServer) -> None:
    connection = connect(server)
    root = post(connection)
    for n in range(90):
        server.customer_writes(f"Guest {n}", "Hi", reply_to=root)
    first = poll(connection)
    rest = poll(connection, cursor=first.cursor)
    assert {message.thread for message in (*first.messages, *rest.messages)} == {root}
    assert questions(server) == 1


def test_a_long_thread_has_one_root_also_after_a_restart(server: MastodonServer) -> None:
    root = last = post(connect(server))
    for n in range(20):
        last = server.customer_writes(f"Guest {n % 3}", "Hi", reply_to=last)
    cursor = poll(connect(server)).cursor
    late = server.customer_writes("Lena K.", "Hi", reply_to=last)
    (message,) = poll(connect(server), cursor=cursor).messages
    assert (message.remote_id, message.thread, message.root_is_ours) == (late, root, True)


def test_a_status_that_always_fails_does_not_hold_up_the_others(server: MastodonServer) -> None:
    connection = connect(server)
    poll(connection)
    root = post(connection)
    mention = server.customer_writes("Bo", "Nice shop")
    comment = server.customer_writes("Lena K.", "Hi", reply_to=root)
    server.broken.add(root)
    found = [connection.poll(NOTICES, "0", direct=True) for _ in range(inbox.MAX_TRIES)]
    first = found[0]
    assert isinstance(first, Page)
    assert ([one.remote_id for one in first.messages], first.cursor) == ([mention], None), "it comes again"
    last = found[-1]
    assert isinstance(last, Page)
    assert [(one.remote_id, one.thread) for one in last.messages] == [(mention, mention), (comment, root)]
    assert last.cursor is not None


def test_a_token_without_the_scope_is_told_in_words(server: MastodonServer) -> None:
    connection = connect(server)
    connection.check()
    server.forbids = "This action is outside the authorized scopes"
    found = connection.poll(NOTICES, None, direct=True)
    assert isinstance(found, Trouble)
    assert "read:notifications" in found.sentence
    assert "outside the authorized scopes" in found.sentence


@pytest.mark.parametrize(
    ("path", "lacks"),
    [
        ("/api/v1/notifications", client.LACKS_NOTIFICATIONS),
        ("/api/v1/accounts/relationships", client.LACKS_FOLLOWS),
    ],
)
def test_a_right_that_only_reading_needs_is_said_by_the_check(
    server: MastodonServer, path: str, lacks: str
) -> None:
    """It was said only once a message could not be read."""
    assert connect(server).check().lacks == ()
    server.lacks.add(path)
    health = connect(server).check()
    assert (health.ok, health.lacks) == (True, (lacks,))


def test_a_direct_message_below_a_public_post_stays_private(server: MastodonServer) -> None:
    connection = connect(server)
    root = post(connection)
    secret = server.customer_writes("Lena K.", "My address", reply_to=root, private=True)
    (message,) = poll(connection).messages
    assert (message.remote_id, message.kind, message.thread, message.root_is_ours) == (
        secret, Kind.DIRECT, "private", False,
    )  # fmt: skip
    assert connection.thread(root) == ()
    assert connection.poll(NOTICES, "0", direct=False) == Page(
        (), poll(connection).cursor, rate=poll(connection).rate
    )


def test_a_status_of_ours_that_names_us_is_no_message(server: MastodonServer) -> None:
    connection = connect(server)
    own = server.state.statuses[post(connection)]
    server.state.notify(own.by, own)
    page = poll(connection)
    assert page.messages == ()
    assert page.cursor not in {None, "0"}


def test_quotes_come_in(server: MastodonServer) -> None:
    """Mastodon 4.5 notifies of them by a kind of its own, which was not asked for."""
    connection = connect(server)
    root = post(connection)
    quoting = server.customer_writes("Lena K.", "Look at this", quotes=root)
    (message,) = poll(connection).messages
    assert (message.remote_id, message.kind, message.text) == (quoting, Kind.MENTION, "Look at this")
    assert [(one.kind, one.alt) for one in message.attachments] == [(AttachmentType.QUOTE, "Fresh rye")]


@pytest.mark.parametrize("kind", ["answer_wanted", "pending.reply", "", None])
@pytest.mark.parametrize(
    ("more", "comes"),
    [
        ({"mentions": [{"id": "1"}]}, True),
        ({"in_reply_to_account_id": "1"}, True),
        ({"quote": {"quoted_status": POST}}, True),
        ({"mentions": [{"id": "2"}, "x"], "quote": None}, False),
        ({"account": {"id": "1"}, "mentions": [{"id": "1"}]}, False),
    ],
)
def test_a_kind_nobody_knows_yet_comes_if_it_speaks_to_us(
    kind: Any, more: dict[str, Any], comes: bool
) -> None:
    item = {"id": "1", "type": kind, "created_at": "2026-11-20T09:00:00.000Z", "status": status(**more)}
    assert bool(inbox._list_wanted(NOTICES, [item], US, True)) is comes


@pytest.mark.parametrize("kind", ["mention", "quote"])
def test_a_kind_that_speaks_comes_whatever_its_status_shows(kind: str) -> None:
    item = {"id": "1", "type": kind, "status": status(quote={"state": "unauthorized", "quoted_status": None})}
    assert len(inbox._list_wanted(NOTICES, [item], US, True)) == 1


@pytest.mark.parametrize("kind", inbox.SILENT)
def test_what_says_nothing_is_passed_over_where_a_server_sends_it_all_the_same(kind: str) -> None:
    item = {"id": "1", "type": kind, "status": status(mentions=[{"id": "1"}])}
    assert inbox._list_wanted(NOTICES, [item], US, True) == []


def test_own_stream_is_answers_only(server: MastodonServer) -> None:
    connection = connect(server)
    post(connection)
    comment = server.customer_writes("Lena K.", "Hi", reply_to=post(connection))
    answer = server.we_answer_in_app(comment, "Hello")
    assert [one.remote_id for one in poll(connection, OWN).messages] == [answer]


# --- answering -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "goes_out"),
    [
        ("Sorry!", "@lena@far.example Sorry!"),
        ("Sorry, @Lena@far.example!", "Sorry, @Lena@far.example!"),
        ("Sorry @lena", "@lena@far.example Sorry @lena"),
        ("mail x@lena@far.example", "@lena@far.example mail x@lena@far.example"),
        ("@lena@far.example.evil hi", "@lena@far.example @lena@far.example.evil hi"),
    ],
)
def test_the_customer_is_named(written: str, goes_out: str) -> None:
    assert replies.make_words({"acct": "lena@far.example"}, Content(written)) == goes_out


def test_never_wider() -> None:
    words = ("direct", "private", "unlisted", "public")
    for place, theirs in enumerate(words):
        for ours in (*words, None):
            chosen = replies.choose_visibility({"visibility": theirs}, ours)
            assert words.index(chosen) <= place
            assert ours is None or words.index(chosen) <= words.index(ours)
    assert replies.choose_visibility({}, "public") == "direct"
    assert replies.choose_visibility({"visibility": "public"}, "everybody") == "direct"


def test_the_accounts_setting_narrows_too(server: MastodonServer) -> None:
    server.customer_writes("Lena K.", "Hi")
    connection = connect(server, visibility="unlisted")
    (message,) = poll(connection).messages
    sent(connection, connection.render_reply(message.reference, Content("Hi"), {}, "h", AT))
    assert server.ledger[-1].visibility == "unlisted"


def test_an_answer_whose_question_was_deleted_is_not_called_absent(server: MastodonServer) -> None:
    remote_id = server.customer_writes("Lena K.", "Hi")
    connection = connect(server)
    (message,) = poll(connection).messages
    _, attempt = sent(connection, connection.render_reply(message.reference, Content("Hello"), {}, "h", AT))
    assert isinstance(connection.find(attempt), Found)
    server.customer_deletes(remote_id)
    late = Attempt(attempt.handle, attempt.payload, attempt.started_at - timedelta(seconds=70))
    assert isinstance(connection.find(late), CannotTell)


def test_a_correction_is_sent_to_its_own_status_only(server: MastodonServer) -> None:
    server.customer_writes("Lena K.", "Hi")
    connection = connect(server)
    (message,) = poll(connection).messages
    answer, _ = sent(connection, connection.render_reply(message.reference, Content("Helo"), {}, "h", AT))
    payload = connection.render_correction(message.reference, answer, Content("Hello"), {})
    assert json.loads(payload) == {"id": answer, "status": "@lena_k@far.example Hello"}
    assert sent(connection, payload)[0] == answer
    assert [line["text"] for line in server.conversation(answer)] == ["@dockbakery Hi", "@lena_k Hello"]
    server.faults.order(Fault.READ_ERROR)
    assert isinstance(connection.find(Attempt("h", payload, AT)), CannotTell)


def test_a_cursor_of_an_earlier_version_goes_on_working(server: MastodonServer) -> None:
    """It was the newest id alone."""
    connection = connect(server)
    server.customer_writes("Lena K.", "Known")
    stands_at = server.state.ours[server.tokens["dockbakery"]].notices[-1].id
    later = server.customer_writes("Lena K.", "New")
    page = poll(connection, cursor=stands_at)
    assert [one.remote_id for one in page.messages] == [later]
    assert poll(connection, cursor=page.cursor).messages == ()


def test_asking_for_nothing_new_is_one_small_page(server: MastodonServer) -> None:
    now = [datetime(2026, 11, 20, 9, 0, tzinfo=UTC)]
    server._now = server.state._now = lambda: now[0]
    connection = connect(server)
    root = post(connection)
    comment = server.customer_writes("Lena K.", "Hi", reply_to=root)
    for _ in range(60):
        now[0] += timedelta(minutes=2)
        server.customer_writes("Lena K.", "Hi", reply_to=root)
        server.we_answer_in_app(comment, "Hello")
    for stream in (NOTICES, OWN):
        cursor: str | None = "0"
        for _ in range(10):
            page = poll(connection, stream, cursor)
            cursor = page.cursor or cursor
        asked = len(server.requests)
        assert poll(connection, stream, cursor).cursor is None
        assert len(server.requests) == asked + 1


# --- whom we muted or blocked ------------------------------------------------------------------------------


def relations_asked(server: MastodonServer) -> int:
    return sum(seen.path == "/api/v1/accounts/relationships" for seen in server.requests)


def test_a_thread_that_shows_nothing_new_asks_for_no_relations(server: MastodonServer) -> None:
    connection = connect(server)
    root = post(connection)
    for n in range(90):
        server.customer_writes(f"Guest {n}", "Hi", reply_to=root)
    found = connection.thread(root)
    assert isinstance(found, tuple)
    assert (len(found), relations_asked(server)) == (90, 3)
    connection.thread(root)
    assert relations_asked(server) == 3
    server.customer_writes("Guest 1", "Again", reply_to=root)
    connection.thread(root)
    assert relations_asked(server) == 4
    server.customer_writes("Guest 2", "Again", reply_to=root)
    cursor = poll(connection).cursor
    poll(connection, cursor=cursor)
    connection.thread(root)
    assert relations_asked(server) == 4, "the feed handed it over"


@pytest.mark.parametrize(
    "answer", [{"error": "This action is outside the authorized scopes"}, [], ["x"], [{}]]
)
def test_what_the_server_does_not_say_stores_nothing(
    server: MastodonServer, monkeypatch: pytest.MonkeyPatch, answer: Any
) -> None:
    connection = connect(server)
    root = post(connection)
    server.customer_writes("Lena K.", "Hi", reply_to=root)
    honest = Http.call

    def call(self: Http, method: str, path: str, **more: Any) -> Any:
        result = honest(self, method, path, **more)
        if path.endswith("/relationships"):
            assert isinstance(result, Answer)
            status = 403 if isinstance(answer, dict) else 200
            return replace(result, status=status, body=json.dumps(answer).encode())
        return result

    with monkeypatch.context() as patch:
        patch.setattr(Http, "call", call)
        found = connection.thread(root)
    if isinstance(answer, dict):
        assert isinstance(found, Trouble)
        assert found.alone, "the rest of the sweep goes on"
        assert "read:follows" in found.sentence
    else:
        assert found == ()
    later = connection.thread(root)
    assert isinstance(later, tuple)
    assert len(later) == 1


def test_a_muted_conversation_is_left_out(server: MastodonServer, monkeypatch: pytest.MonkeyPatch) -> None:
    connection = connect(server)
    root = post(connection)
    server.customer_writes("Lena K.", "Hi", reply_to=root)
    shown = server.state.status_json
    monkeypatch.setattr(server.state, "status_json", lambda one: shown(one) | {"muted": True})
    assert connection.thread(root) == ()
