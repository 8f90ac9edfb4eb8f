"""What a server of another maker says in HTML and plain text, and what a proxy in between says in the same way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.outcomes import Absent, CannotTell, NeedsLogin, NotSent, Sent, Unknown
from bot.networks.http import Http
from bot.networks.mastodon.client import MastodonClient
from bot.networks.protocol import AccountSettings, Attempt, Content, PrepareFailed
from bot.networks.receiving import NOTICES, Gone, Inbound, Page, Trouble
from bot.networks.testing.pictures import make_picture
from bot.networks.testing.publishing import is_open
from bot.sandbox.networks.mastodon.dialects import OtherMakersServer

AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
def server() -> Iterator[OtherMakersServer]:
    started = OtherMakersServer(lambda: datetime.now(UTC))
    started.start()
    yield started
    started.stop()


@pytest.fixture
def connection(server: OtherMakersServer) -> MastodonClient:
    account = AccountSettings("dock-mastodon", "mastodon", server.url)
    return MastodonClient(
        account, Http(server.url, from_settings=True, whole_call=5), server.tokens["dockbakery"], {}
    )


def post(connection: MastodonClient) -> str:
    outcome = publish(connection)
    assert isinstance(outcome, Sent), outcome
    return outcome.remote_id


def publish(connection: MastodonClient) -> object:
    return connection.publish(connection.render(Content("Fresh rye"), {}, "", AT), "key", is_open)


def hear(server: OtherMakersServer, connection: MastodonClient) -> Inbound:
    server.customer_writes("Lena K.", "Vegan?")
    page = connection.poll(NOTICES, "0", direct=True)
    assert isinstance(page, Page), page
    return page.messages[-1]


# --- what is gone --------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [404, 410])
def test_what_is_gone_is_gone_whatever_the_body(
    server: OtherMakersServer, connection: MastodonClient, status: int
) -> None:
    server.gone_status = status
    root, gone, kept = (
        post(connection),
        server.customer_writes("Bo", "1"),
        server.customer_writes("Lena", "2"),
    )
    server.customer_deletes(gone)
    found = connection.look(NOTICES, [gone, kept])
    assert not isinstance(found, Trouble)
    assert isinstance(found[gone], Gone)
    assert isinstance(found[kept], Inbound)
    assert connection.delete(root) == Sent(root)
    assert connection.delete(root) == Sent(root), "a second time does no harm"
    assert isinstance(connection.thread(root), Gone)
    payload = connection.render_correction({"acct": None}, root, Content("Hello"), {})
    attempt = Attempt("key", payload, datetime.now(UTC) - timedelta(hours=1))
    assert isinstance(connection.find(attempt), Absent)


def test_a_404_of_something_in_between_is_not_believed(
    server: OtherMakersServer, connection: MastodonClient
) -> None:
    root, message = post(connection), hear(server, connection)
    server.walled = True
    found = connection.look(NOTICES, [message.remote_id])
    assert isinstance(found, Trouble)
    assert not found.alone
    assert "<" not in found.sentence, "a page is read out without its markup"
    assert isinstance(connection.thread(root), Trouble)
    assert isinstance(connection.delete(root), Unknown)
    payload = connection.render_correction({"acct": None}, root, Content("Hello"), {})
    assert isinstance(connection.find(Attempt("key", payload, AT)), CannotTell)
    with pytest.raises(PrepareFailed) as failed:
        connection.prepare_reply(message.reference, Content("Hi"), {}, AT)
    assert isinstance(failed.value.outcome, NotSent)
    server.walled = False
    assert isinstance(connection.look(NOTICES, [message.remote_id]), dict)


def test_a_parent_that_is_gone_holds_up_nobody(server: OtherMakersServer, connection: MastodonClient) -> None:
    mention = server.customer_writes("Bo", "Hi")
    server.customer_writes("Lena K.", "Me too", reply_to=mention)
    server.customer_deletes(mention)
    page = connection.poll(NOTICES, "0", direct=True)
    assert isinstance(page, Page)
    assert [message.text.endswith("Me too") for message in page.messages] == [True]
    assert page.cursor is not None


def test_one_message_that_fails_ends_the_look_for_no_other(
    server: OtherMakersServer, connection: MastodonClient
) -> None:
    first, broken, last = (server.customer_writes(f"Guest {n}", "Hi") for n in range(3))
    server.broken.add(broken)
    for ids in ([broken, first, last], [first, broken, last]):
        found = connection.look(NOTICES, ids)
        assert not isinstance(found, Trouble)
        assert set(found) == {first, last}
    alone = connection.look(NOTICES, [broken])
    assert isinstance(alone, Trouble)
    assert alone.alone
    thread = connection.thread(broken)
    assert isinstance(thread, Trouble)
    assert thread.alone


# --- a token that is refused ---------------------------------------------------------------------------


@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_no_from_in_between_leaves_a_post_unknown(
    server: OtherMakersServer, connection: MastodonClient, status: int
) -> None:
    server.walled_publishing = status
    assert isinstance(publish(connection), Unknown)


@pytest.mark.parametrize(
    ("status", "expected"), [(None, NeedsLogin), (400, NeedsLogin), (401, NeedsLogin), (403, Unknown)]
)
def test_a_refused_token_is_told_in_whatever_words(
    server: OtherMakersServer, connection: MastodonClient, status: int | None, expected: type
) -> None:
    server.walled_publishing = status
    server.revoke("dockbakery")
    assert isinstance(publish(connection), expected)
    assert server.ledger == ()


def test_a_refused_token_is_told_before_anything_is_sent(
    server: OtherMakersServer, connection: MastodonClient
) -> None:
    message = hear(server, connection)
    server.revoke("dockbakery")
    with pytest.raises(PrepareFailed) as failed:
        connection.prepare(Content("", (make_picture("A loaf"),)), {}, AT)
    assert isinstance(failed.value.outcome, NeedsLogin)
    assert isinstance(connection.delete(message.remote_id), NeedsLogin)
    for found in (connection.poll(NOTICES, "0", direct=True), connection.look(NOTICES, [message.remote_id])):
        assert isinstance(found, Trouble)
        assert found.needs_login
        assert "BYHAND_DOCK_MASTODON_TOKEN" in found.sentence
    assert "BYHAND_DOCK_MASTODON_TOKEN" in connection.check().sentence
