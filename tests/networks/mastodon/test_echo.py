"""What a server says it has published is compared with what it was sent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

import bot.sandbox.networks.mastodon.server as sandbox
from bot.domain.outcomes import Sent
from bot.networks.http import Http
from bot.networks.mastodon.client import MastodonClient
from bot.networks.mastodon.echo import find_change
from bot.networks.protocol import AccountSettings, Content
from bot.networks.testing.pictures import make_picture
from bot.networks.testing.publishing import is_open

SENT = {"status": "Rye & <b>\n\nfrom 7, says @anna@far.example", "visibility": "unlisted", "media_ids": ["1"]}
SHOWN = {
    "id": "7",
    "content": "<p>Rye &amp; &lt;b&gt;</p><p>from 7, says <a>@<span>anna</span></a></p>",
    "visibility": "unlisted",
    "media_attachments": [{"id": "1"}],
}


def change(**more: Any) -> str | None:
    shown = {name: value for name, value in {**SHOWN, **more}.items() if value != "left out"}
    return find_change(json.dumps(SENT).encode(), shown)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, None),
        ({"visibility": "public"}, "its visibility is public, not unlisted"),
        ({"media_attachments": []}, "it has 0 images, not 1"),
        ({"media_attachments": [{}, {}]}, "it has 2 images, not 1"),
        ({"content": "<p>Rye</p>"}, "its words are different"),
        (
            {"visibility": "public", "media_attachments": [], "content": ""},
            "its visibility is public, not unlisted; it has 0 images, not 1; its words are different",
        ),
        ({"visibility": "left out", "media_attachments": "left out", "content": "left out"}, None),
        ({"visibility": None, "media_attachments": None, "content": None}, None),
        ({"language": "xx"}, None),
        ({"spoiler_text": ""}, None),
        ({"spoiler_text": "Food"}, "its content warning is different"),
    ],
)
def test_what_differs_is_said(more: dict[str, Any], said: str | None) -> None:
    assert change(**more) == said


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        ({"spoiler_text": "Food & drink"}, None),
        ({"spoiler_text": ""}, "its content warning is missing"),
        ({"spoiler_text": "Food"}, "its content warning is different"),
        ({}, None),
    ],
)
def test_a_content_warning_is_compared(shown: dict[str, str], said: str | None) -> None:
    sent = {**SENT, "spoiler_text": "Food & drink", "sensitive": True}
    assert find_change(json.dumps(sent).encode(), {**SHOWN, **shown}) == said


@pytest.mark.parametrize("payload", [b"", b"[]", b"{", b"7"])
def test_what_was_no_status_is_not_compared(payload: bytes) -> None:
    assert find_change(payload, SHOWN) is None


@pytest.fixture
def server() -> Iterator[sandbox.MastodonServer]:
    started = sandbox.MastodonServer(lambda: datetime.now(UTC))
    started.start()
    yield started
    started.stop()


WORDS = [
    "Rye",
    "  Two\r\n\r\nparagraphs,\nand a line & <more>  ",
    "With @anna@far.example, https://dock.example/a/very/long/path/that/is/cut/for/show?x=1&y=2 and #rye",
]


@pytest.mark.parametrize("words", WORDS)
@pytest.mark.parametrize("visibility", ["public", "unlisted", "private", "direct"])
def test_a_server_that_publishes_what_it_was_sent_raises_no_alarm(
    server: sandbox.MastodonServer, words: str, visibility: str
) -> None:
    account = AccountSettings("dock", "mastodon", server.url)
    http = Http(server.url, from_settings=True)
    client = MastodonClient(account, http, server.tokens["dockbakery"], {}, lambda _: None)
    content, now = Content(words, (make_picture("A loaf"),), visibility), datetime.now(UTC)
    payload = client.render(content, client.prepare(content, {}, now), "key", now)
    outcome = client.publish(payload, "key", is_open)
    assert isinstance(outcome, Sent)
    assert outcome.changed is None
    reference = {"status": outcome.remote_id, "acct": "anna@far.example", "visibility": visibility}
    corrected = client.render_correction(reference, outcome.remote_id, Content("Yes"), {})
    outcome = client.publish(corrected, "other", is_open)
    assert isinstance(outcome, Sent)
    assert outcome.changed is None
