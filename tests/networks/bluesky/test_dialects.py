"""What a Bluesky server, or a proxy before it, says without the protocol's own words; and accounts that are closed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from bot.domain.outcomes import NeedsLogin, NotSent, Sent, Unknown
from bot.networks.bluesky.client import BlueskyClient
from bot.networks.protocol import AccountSettings, Content, PrepareFailed
from bot.networks.receiving import CHAT, NOTICES, Gone, Inbound, Page, Trouble
from bot.networks.registry import load_network
from bot.networks.testing.publishing import is_open
from bot.sandbox.networks.bluesky.server import BlueskyServer
from bot.sandbox.networks.bluesky.state import Account

HANDLE = "dockbakery.test"
AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


class MemoryVault(dict[str, str]):
    def load(self, name: str) -> str | None:
        return self.get(name)

    def save(self, name: str, value: str) -> None:
        self[name] = value


class WordlessServer(BlueskyServer):
    """A token it does not take is refused in HTML."""

    walled = 0  # something in between answers every put with this status in HTML
    wall = False  # it answers everything with 401 in HTML
    closed: str | None = None  # the account is, by this code

    def signed_out(self) -> Response:
        return _page(401)

    async def _accept(self, request: Request) -> Response:
        return _page(self.walled) if self.walled else await super()._accept(request)

    async def _describe(self, request: Request) -> Response:
        return _page(401) if self.wall else await super()._describe(request)

    async def _sign_in(self, request: Request) -> Response:
        return _page(401) if self.wall else await super()._sign_in(request)

    async def _refresh(self, request: Request) -> Response:
        answer = await super()._refresh(request)
        return answer if answer.status_code == 200 else _page(401)

    def _who(self, request: Request) -> Account | Response:
        if self.closed:
            return JSONResponse({"error": self.closed, "message": "Account is closed"}, 401)
        account = super()._who(request)
        return account if isinstance(account, Account) else _page(401)


def _page(status: int) -> Response:
    return HTMLResponse(f"<!doctype html><html><body>Nothing here: {status}</body></html>", status)


@pytest.fixture
def server() -> Iterator[WordlessServer]:
    started = WordlessServer(lambda: datetime.now(UTC))
    started.start()
    yield started
    started.stop()


@pytest.fixture
def connection(server: WordlessServer) -> BlueskyClient:
    secrets = {"PASSWORD": server.passwords[HANDLE]}
    settings = AccountSettings("dock-bluesky", "bluesky", server.url, HANDLE, secrets=secrets)
    client = load_network("bluesky").open(settings, MemoryVault())
    assert isinstance(client, BlueskyClient)
    return client


def publish(connection: BlueskyClient) -> object:
    handle = connection.new_handle(AT)
    payload = connection.render(Content("Rye"), connection.prepare(Content("Rye"), {}, AT), handle, AT)
    return connection.publish(payload, handle, is_open)


def hear(server: WordlessServer, connection: BlueskyClient, *, private: bool = False) -> Inbound:
    stream = CHAT if private else NOTICES
    connection.poll(stream, None, direct=True)
    remote_id = server.customer_writes("Lena K.", "Vegan?", private=private)
    page = connection.poll(stream, None, direct=True)
    assert isinstance(page, Page), page
    return next(message for message in page.messages if message.remote_id == remote_id)


@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_no_from_in_between_leaves_a_post_unknown(
    server: WordlessServer, connection: BlueskyClient, status: int
) -> None:
    server.walled = status
    assert isinstance(publish(connection), Unknown)


def test_a_password_refused_in_html_is_told(server: WordlessServer, connection: BlueskyClient) -> None:
    message = hear(server, connection)
    prepared = connection.prepare(Content("Rye"), {}, AT)
    payload = connection.render(Content("Rye"), prepared, connection.new_handle(AT), AT)
    server.change_password(HANDLE)
    assert isinstance(connection.publish(payload, "3kabcdefghij2", is_open), NeedsLogin)
    with pytest.raises(PrepareFailed) as failed:
        connection.prepare_reply(message.reference, Content("Hi"), {}, AT)
    assert isinstance(failed.value.outcome, NeedsLogin)
    found = connection.look(NOTICES, [message.remote_id])
    assert isinstance(found, Trouble)
    assert found.needs_login
    assert "BYHAND_DOCK_BLUESKY_PASSWORD" in found.sentence
    assert server.ledger == ()


def test_an_expired_token_refused_in_html_is_renewed(
    server: WordlessServer, connection: BlueskyClient
) -> None:
    publish(connection)
    server.expire(HANDLE)
    connection.poll(NOTICES, None, direct=True)
    assert isinstance(publish(connection), Sent)


def test_a_page_before_the_sign_in_says_nothing_of_the_password(
    server: WordlessServer, connection: BlueskyClient
) -> None:
    server.wall = True
    with pytest.raises(PrepareFailed) as failed:
        connection.prepare(Content("Rye"), {}, AT)
    assert isinstance(failed.value.outcome, NotSent)


@pytest.mark.parametrize("code", ["AccountTakedown", "AccountDeactivated"])
def test_a_closed_account_is_not_mended_by_a_new_password(
    server: WordlessServer, connection: BlueskyClient, code: str
) -> None:
    prepared = connection.prepare(Content("Rye"), {}, AT)
    payload = connection.render(Content("Rye"), prepared, connection.new_handle(AT), AT)
    server.closed = code
    outcome = connection.publish(payload, "3kabcdefghij2", is_open)
    assert isinstance(outcome, NeedsLogin)
    assert outcome.mend is not None
    assert "BYHAND" not in connection.check().sentence


def test_an_inactive_account_is_not_well(
    server: WordlessServer, connection: BlueskyClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = server._json
    monkeypatch.setattr(
        server, "_json", lambda body: whole({**body, "active": False, "status": "deactivated"})
    )
    health = connection.check()
    assert not health.ok
    assert "deactivated" in health.sentence


def test_a_post_the_server_dislikes_hides_no_other(server: WordlessServer, connection: BlueskyClient) -> None:
    kept, gone = (server.customer_writes("Lena K.", words) for words in ("Kept", "Gone"))
    server.customer_deletes(gone)
    whole = server._reads._posts

    def picky(request: Request) -> Response:
        if "at://odd" in request.query_params.getlist("uris"):
            return JSONResponse({"error": "InvalidRequest", "message": "Error: uris must be valid"}, 400)
        return whole(request)

    server.stop()
    server._reads._posts = picky  # type: ignore[method-assign]  # a server with another taste
    server._routes.routes = server.routes()
    server.start()
    found = connection.look(NOTICES, [kept, "at://odd", gone])
    assert not isinstance(found, Trouble)
    assert isinstance(found[gone], Gone)
    assert set(found) == {kept, gone}
    alone = connection.look(NOTICES, ["at://odd"])
    assert isinstance(alone, Trouble)
    assert alone.alone


def test_a_conversation_that_is_not_shown_hides_no_other(
    server: WordlessServer, connection: BlueskyClient
) -> None:
    message = hear(server, connection, private=True)
    found = connection.look(CHAT, ["aaa/1", message.remote_id, "zzz/1"])
    assert not isinstance(found, Trouble)
    assert set(found) == {message.remote_id}
    alone = connection.look(CHAT, ["aaa/1"])
    assert isinstance(alone, Trouble)
    assert alone.alone


def test_what_is_gone_by_its_code(
    server: WordlessServer, connection: BlueskyClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome = publish(connection)
    assert isinstance(outcome, Sent)

    def not_found(body: object) -> Response:
        thread = {"$type": "app.bsky.feed.defs#notFoundPost", "uri": outcome.remote_id, "notFound": True}
        return JSONResponse({"thread": thread})

    monkeypatch.setattr(server._reads, "_answer", not_found)
    assert isinstance(connection.thread(outcome.remote_id), Gone)
    gone = JSONResponse({"error": "RecordNotFound", "message": "Could not locate record"}, 400)
    monkeypatch.setattr(server, "_json", lambda _body: gone)
    assert connection.delete(outcome.remote_id) == Sent(outcome.remote_id)
