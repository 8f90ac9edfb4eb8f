"""The pretend networks' customers: what they write is what the API shows, paged as the real ones page it."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.sandbox.networks.bluesky.chat import PROXY
from bot.sandbox.networks.bluesky.server import BlueskyServer
from bot.sandbox.networks.mastodon.server import MastodonServer
from bot.sandbox.networks.server import Fault

NOW = datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)


@pytest.fixture
def mastodon() -> Iterator[MastodonServer]:
    server = MastodonServer(lambda: NOW, ("dockbakery", "harbour"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def bluesky() -> Iterator[BlueskyServer]:
    server = BlueskyServer(lambda: NOW)
    server.start()
    yield server
    server.stop()


def call(url: str, body: Any = None, **headers: str) -> tuple[int, Any]:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"content-type": "application/json", **headers})
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


def ask(server: MastodonServer, path: str, body: Any = None, who: str = "dockbakery") -> tuple[int, Any]:
    return call(server.url + path, body, authorization=f"Bearer {server.tokens[who]}")


def notices(server: MastodonServer, query: str = "", who: str = "dockbakery") -> list[str]:
    return [item["status"]["id"] for item in ask(server, f"/api/v1/notifications?{query}", who=who)[1]]


def signed_in(server: BlueskyServer) -> dict[str, str]:
    body = {"identifier": "dockbakery.test", "password": server.passwords["dockbakery.test"]}
    _, session = call(f"{server.url}/xrpc/com.atproto.server.createSession", body)
    return {"authorization": f"Bearer {session['accessJwt']}"}


def xrpc(server: BlueskyServer, name: str, **more: str) -> tuple[int, Any]:
    return call(f"{server.url}/xrpc/{name}", **signed_in(server), **more)


# --- Mastodon --------------------------------------------------------------------------------------------


def test_min_id_walks_and_since_id_skips(mastodon: MastodonServer) -> None:
    written = [mastodon.customer_writes("Lena K.", f"Message {n}") for n in range(6)]
    first = ask(mastodon, "/api/v1/notifications")[1][-1]["id"]
    assert notices(mastodon) == written[::-1]
    assert notices(mastodon, f"min_id={first}&limit=2") == [written[2], written[1]]
    assert notices(mastodon, f"since_id={first}&limit=2") == [written[5], written[4]]
    assert notices(mastodon, f"max_id={first}") == []
    assert notices(mastodon, "types[]=favourite") == []


def test_a_mention_names_whom_it_is_for(mastodon: MastodonServer) -> None:
    remote_id = mastodon.customer_writes(
        "Lena K.", "Is it <b>vegan</b>?", to="harbour", images=[("https://a/1", "Loaf")]
    )
    assert notices(mastodon) == []
    _, (notice,) = ask(mastodon, "/api/v1/notifications", who="harbour")
    status = notice["status"]
    assert (notice["type"], status["id"]) == ("mention", remote_id)
    assert status["content"] == "<p>@harbour Is it &lt;b&gt;vegan&lt;/b&gt;?</p>"
    assert [one["acct"] for one in status["mentions"]] == ["harbour"]
    assert status["account"]["acct"] == "lena_k@far.example"
    assert status["media_attachments"][0]["description"] == "Loaf"


def test_who_sees_what_and_what_a_deletion_leaves(mastodon: MastodonServer) -> None:
    _, post = ask(mastodon, "/api/v1/statuses", {"status": "Rye"})
    comment = mastodon.customer_writes("Lena K.", "Hi", reply_to=post["id"])
    secret = mastodon.customer_writes("Lena K.", "My address", private=True)
    answer = mastodon.we_answer_in_app(comment, "Hello")
    assert ask(mastodon, f"/api/v1/statuses/{secret}", who="harbour")[0] == 404
    _, context = ask(mastodon, f"/api/v1/statuses/{answer}/context")
    assert [one["id"] for one in context["ancestors"]] == [post["id"], comment]
    mastodon.customer_edits(comment, "Hi!")
    assert ask(mastodon, f"/api/v1/statuses/{comment}")[1]["edited_at"] == "2031-05-06T07:08:09.000Z"
    mastodon.customer_deletes(comment)
    assert ask(mastodon, f"/api/v1/statuses/{comment}")[0] == 404
    assert ask(mastodon, f"/api/v1/statuses/{answer}")[1]["in_reply_to_id"] is None
    assert notices(mastodon) == [secret]
    lines = mastodon.conversation(post["id"])
    assert [(line["by"], line["ours"], line["deleted"], line["edited"]) for line in lines] == [
        ("dockbakery", True, False, False),
        ("Lena K.", False, True, True),
        ("dockbakery", True, False, False),
    ]
    assert [line.text for line in mastodon.ledger] == ["Rye"], "what was written in the app is not in it"
    assert mastodon.latest("lena_k@far.example") == secret
    with pytest.raises(LookupError):
        mastodon.customer_deletes(comment)


def test_the_ledger_says_what_an_answer_answers(mastodon: MastodonServer) -> None:
    secret = mastodon.customer_writes("Lena K.", "My address", private=True)
    body = {"status": "@lena_k@far.example Thanks", "visibility": "direct", "in_reply_to_id": secret}
    ask(mastodon, "/api/v1/statuses", body)
    (line,) = mastodon.ledger
    assert (line.reply_to, line.visibility, line.text) == (secret, "direct", "@lena_k Thanks")
    assert [line["private"] for line in mastodon.conversation(secret)] == [True, True]


def test_customers_write_from_many_threads(mastodon: MastodonServer) -> None:
    def write(n: int) -> None:
        for m in range(20):
            mastodon.customer_writes(f"Guest {n}", f"Message {m}")

    threads = [threading.Thread(target=write, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        notices(mastodon, "limit=80")
    for thread in threads:
        thread.join()
    found: set[str] = set()
    last = "0"
    while page := ask(mastodon, f"/api/v1/notifications?min_id={last}&limit=80")[1]:
        found.update(item["status"]["id"] for item in page)
        last = page[0]["id"]
    assert len(found) == 160


@pytest.mark.parametrize(("fault", "status"), [(Fault.READ_ERROR, 500), (Fault.READ_THROTTLED, 429)])
def test_questions_fail_as_ordered_and_posts_do_not(
    mastodon: MastodonServer, fault: Fault, status: int
) -> None:
    mastodon.faults.order(fault)
    assert ask(mastodon, "/api/v1/statuses", {"status": "Rye"})[0] == 200
    assert ask(mastodon, "/api/v1/notifications")[0] == status
    assert ask(mastodon, "/api/v1/notifications")[0] == 200
    mastodon.faults.order(Fault.ERROR_BEFORE)
    assert ask(mastodon, "/api/v1/notifications")[0] == 200, "an order for posts is none for questions"


@pytest.mark.parametrize("fault", [Fault.READ_CUT, Fault.READ_TIME_OUT])
def test_questions_without_an_answer(mastodon: MastodonServer, fault: Fault) -> None:
    mastodon.faults.order(fault)
    request = urllib.request.Request(
        f"{mastodon.url}/api/v1/notifications",
        None,
        {"authorization": f"Bearer {mastodon.tokens['dockbakery']}"},
    )
    with pytest.raises(OSError):
        urllib.request.urlopen(request, timeout=0.2)


def test_pages_repeat_shuffle_and_skip_as_ordered(mastodon: MastodonServer) -> None:
    written = [mastodon.customer_writes("Lena K.", f"Message {n}") for n in range(4)]
    last = ask(mastodon, "/api/v1/notifications")[1][0]["id"]
    mastodon.faults.order(Fault.PAGES_REPEATED)
    assert notices(mastodon, f"min_id={last}") == written[:0:-1]
    mastodon.faults.order(Fault.PAGES_REORDERED)
    shuffled = notices(mastodon)
    assert shuffled != written[::-1]
    assert sorted(shuffled) == written
    mastodon.faults.order(Fault.FEED_SKIPS)
    missed = mastodon.customer_writes("Lena K.", "Psst")
    assert missed not in notices(mastodon)
    assert missed in [line["id"] for line in mastodon.conversation(missed)]


def test_questions_count_against_the_accounts_rate(mastodon: MastodonServer) -> None:
    mastodon.calls_per_window = 2
    assert [ask(mastodon, "/api/v1/notifications")[0] for _ in range(3)] == [200, 200, 429]
    assert ask(mastodon, "/api/v1/notifications", who="harbour")[0] == 200


def test_ids_may_be_anything(mastodon: MastodonServer) -> None:
    mastodon.state.odd_ids = True
    remote_id = mastodon.customer_writes("Lena K.", "Hi")
    assert "/" in remote_id
    assert ask(mastodon, f"/api/v1/statuses/{urllib.parse.quote(remote_id, safe='')}")[0] == 200
    with pytest.raises(ValueError):  # no such address: the answer is no JSON
        ask(mastodon, f"/api/v1/statuses/{urllib.parse.quote(remote_id, safe='/')}")


# --- Bluesky ---------------------------------------------------------------------------------------------


def test_notifications_walk_backwards(bluesky: BlueskyServer) -> None:
    written = [bluesky.customer_writes("Lena K.", f"Message {n}") for n in range(5)]
    name = "app.bsky.notification.listNotifications?reasons=mention&limit=2"
    _, first = xrpc(bluesky, name)
    _, second = xrpc(bluesky, f"{name}&cursor={first['cursor']}")
    _, last = xrpc(bluesky, f"{name}&cursor={second['cursor']}")
    found = [item["uri"] for page in (first, second, last) for item in page["notifications"]]
    assert found == written[::-1]
    assert "cursor" not in last
    assert xrpc(bluesky, "app.bsky.notification.listNotifications?reasons=like")[1]["notifications"] == []


def test_threads_posts_and_records(bluesky: BlueskyServer) -> None:
    ours = bluesky.state.accounts["dockbakery.test"]
    root = bluesky.state.post(ours, "Rye").uri
    comment = bluesky.customer_writes("Lena K.", "Hi", reply_to=root, images=[("https://a/1", "Loaf")])
    nested = bluesky.customer_writes("Bo", "Hi Lena", reply_to=comment)
    answer = bluesky.we_answer_in_app(nested, "Hello both")
    _, found = xrpc(bluesky, f"app.bsky.feed.getPostThread?uri={root}")
    (below,) = found["thread"]["replies"]
    assert below["post"]["embed"]["images"][0] == {
        "thumb": "https://a/1",
        "fullsize": "https://a/1",
        "alt": "Loaf",
    }
    assert below["replies"][0]["replies"][0]["post"]["uri"] == answer
    bluesky.customer_deletes(comment)
    _, posts = xrpc(bluesky, f"app.bsky.feed.getPosts?uris={comment}&uris={nested}")
    assert [post["uri"] for post in posts["posts"]] == [nested]
    assert xrpc(bluesky, f"app.bsky.feed.getPostThread?uri={comment}")[0] == 400
    records = "com.atproto.repo.listRecords?repo=dockbakery.test&collection=app.bsky.feed.post"
    assert [one["uri"] for one in xrpc(bluesky, records)[1]["records"]] == [answer, root]
    key = root.rpartition("/")[2]
    forward = xrpc(bluesky, f"{records}&reverse=true&cursor={key}")[1]["records"]
    assert [one["uri"] for one in forward] == [answer]
    assert [line["deleted"] for line in bluesky.conversation(root)] == [False, True, False, False]
    assert bluesky.ledger == ()


def test_private_messages_need_the_service_and_the_right(bluesky: BlueskyServer) -> None:
    remote_id = bluesky.customer_writes("Lena K.", "My address", private=True)
    convo = remote_id.partition("/")[0]
    assert xrpc(bluesky, "chat.bsky.convo.getLog")[1]["error"] == "XRPCNotSupported"
    proxied = {"atproto-proxy": PROXY}
    _, log = xrpc(bluesky, "chat.bsky.convo.getLog?cursor=2222222222222", **proxied)
    assert [line["message"]["text"] for line in log["logs"]] == ["My address"]
    body = {"convoId": convo, "message": {"text": "Thanks"}}
    send = f"{bluesky.url}/xrpc/chat.bsky.convo.sendMessage"
    assert call(send, body, **signed_in(bluesky), **proxied)[0] == 200
    (line,) = bluesky.ledger
    assert (line.text, line.visibility, line.reply_to) == ("Thanks", "direct", remote_id)
    assert [one["ours"] for one in bluesky.conversation(remote_id)] == [False, True]
    assert bluesky.timeline() == [], "private messages are not what the public sees"
    bluesky.chat.allowed = False
    status, refused = xrpc(bluesky, "chat.bsky.convo.listConvos", **proxied)
    assert (status, refused) == (400, {"error": "InvalidToken", "message": "Bad token method"})


def test_a_message_may_be_older_than_the_stage(bluesky: BlueskyServer, mastodon: MastodonServer) -> None:
    then = NOW - timedelta(days=3)
    bluesky.customer_writes("Lena K.", "Hi", at=then)
    mastodon.customer_writes("Lena K.", "Hi", at=then)
    (notice,) = xrpc(bluesky, "app.bsky.notification.listNotifications")[1]["notifications"]
    assert notice["record"]["createdAt"] == "2031-05-03T07:08:09.000Z"
    assert ask(mastodon, "/api/v1/notifications")[1][0]["status"]["created_at"] == "2031-05-03T07:08:09.000Z"


@pytest.mark.parametrize("name", ["<b>", "\u202e", "", "Робот", "Zoë Łoś", "x" * 400])
def test_anybody_may_write(bluesky: BlueskyServer, mastodon: MastodonServer, name: str) -> None:
    for server in (bluesky, mastodon):
        remote_id = server.customer_writes(name, "Hi")
        assert not name or server.conversation(remote_id)[0]["by"] == name
        assert server.latest(name) == remote_id
