"""The image beside an answer: fetched from Slack alone, and only what is an image."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from slack_sdk import WebClient

from bot.sandbox.slack.faults import Kind
from bot.sandbox.slack.server import SlackServer
from bot.sandbox.slack.transport.wire import file_json
from bot.services.images.image_checks import ImageProblem
from bot.slack.transport.files import Files


@contextmanager
def elsewhere(status: int, **headers: str) -> Iterator[tuple[str, list[str | None]]]:
    """A file_server that is not Slack: (its address, the tokens it was sent)."""
    tokens: list[str | None] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            tokens.append(self.headers.get("Authorization"))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    file_server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=file_server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{file_server.server_port}", tokens
    finally:
        file_server.shutdown()
        thread.join()
        file_server.server_close()


def picture(url: str) -> dict[str, Any]:
    return {"id": "F1", "mimetype": "image/png", "url_private": url}


@pytest.mark.parametrize(
    "url",
    [
        "https://files.example.com/loaf.png",
        "https://slack.com.example.com/loaf.png",
        "https://notslack.com/loaf.png",
        "http://files.slack.com/loaf.png",
        "https://files.slack.com@example.com/loaf.png",
        "file:///etc/passwd",
        "",
    ],
)
def test_the_token_goes_to_slack_only(client: WebClient, url: str) -> None:
    with pytest.raises(ImageProblem, match="is not in Slack"):
        Files(client).image([picture(url)])


def test_another_server_never_sees_the_token(client: WebClient) -> None:
    with elsewhere(200) as (address, tokens):
        with pytest.raises(ImageProblem, match="is not in Slack"):
            Files(client).image([picture(f"{address}/loaf.png")])
        assert tokens == []


def test_a_redirect_is_not_followed() -> None:
    with elsewhere(200) as (other, tokens), elsewhere(302, Location=other) as (address, first):
        slack = WebClient("xoxb-1", base_url=f"{address}/api/", retry_handlers=[])
        with pytest.raises(ImageProblem, match="did not hand over"):
            Files(slack).image([picture(f"{address}/files-pri/loaf.png")])
        assert first == ["Bearer xoxb-1"]
        assert tokens == []


def test_slacks_sign_in_page_is_no_image(server: SlackServer, client: WebClient) -> None:
    with pytest.raises(ImageProblem, match="did not hand over"):
        Files(client).image([picture(f"{server.workspace.address}/files-pri/T1-F9/loaf.png")])


@pytest.mark.parametrize("kind", [Kind.TOO_MANY, Kind.SERVER_ERROR, Kind.CUT])
def test_what_slack_says_of_a_file_is_asked_for_once_more(
    server: SlackServer, client: WebClient, kind: Kind
) -> None:
    ts = server.people.say("U0TOM", "C0SOCIAL", "", files=[("loaf.pdf", b"no image")]).ts or ""
    (file_id,) = server.workspace.message("C0SOCIAL", ts).files
    server.faults.order("files.info", kind)
    with pytest.raises(ImageProblem, match="Only an image"):
        Files(client).image([{"id": file_id, "file_access": "check_file_info"}])


@pytest.mark.parametrize(("status", "times"), [(429, 2), (503, 2), (404, 1)])
def test_a_file_is_fetched_once_more_where_slack_is_busy(status: int, times: int) -> None:
    with elsewhere(status, **{"Retry-After": "1"}) as (address, asked):
        slack = WebClient("xoxb-1", base_url=f"{address}/api/", retry_handlers=[])
        with pytest.raises(ImageProblem, match="did not hand over"):
            Files(slack).image([picture(f"{address}/files-pri/loaf.png")])
        assert len(asked) == times


def test_no_file_is_no_image(client: WebClient) -> None:
    assert Files(client).image([]) is None


def test_a_file_of_a_shared_channel_is_asked_about(server: SlackServer, client: WebClient) -> None:
    ts = server.people.say("U0TOM", "C0SOCIAL", "", files=[("loaf.pdf", b"no image")]).ts or ""
    (file_id,) = server.workspace.message("C0SOCIAL", ts).files
    known = file_json(server.workspace, server.workspace.file(file_id))
    with pytest.raises(ImageProblem, match="Only an image"):
        Files(client).image([{"id": file_id, "file_access": "check_file_info"}])
    assert known["mimetype"] == "application/pdf"
    assert server.calls("files.info")


def test_where_slack_does_not_say_what_a_file_is_that_is_said(server: SlackServer, client: WebClient) -> None:
    """Seen: "Only an image can go along with an answer", of an image that Slack told nothing about."""
    ts = server.people.say("U0TOM", "C0SOCIAL", "", files=[("loaf.png", b"an image")]).ts or ""
    (file_id,) = server.workspace.message("C0SOCIAL", ts).files
    server.faults.order("files.info", Kind.SERVER_ERROR, times=None)
    for vague in ({"file_access": "check_file_info"}, {"mode": "tombstone"}, {}, {"mimetype": None}):
        with pytest.raises(ImageProblem, match="Slack did not say what that file is"):
            Files(client).image([{"id": file_id, **vague}])


def test_a_file_without_a_kind_is_judged_by_itself(server: SlackServer, client: WebClient) -> None:
    ts = server.people.say("U0TOM", "C0SOCIAL", "", files=[("loaf", b"no image")]).ts or ""
    (file_id,) = server.workspace.message("C0SOCIAL", ts).files
    known = file_json(server.workspace, server.workspace.file(file_id))
    with pytest.raises(ImageProblem) as judged:
        Files(client).image([{**known, "mimetype": ""}])
    assert "Only an image" not in judged.value.sentence
    assert "did not say" not in judged.value.sentence


def test_names_of_emoji_in_what_slack_says_it_shows_are_emoji(monkeypatch: pytest.MonkeyPatch) -> None:
    """The description typed in Slack's own dialog would have reached a customer with ":bread:" in it."""
    monkeypatch.setattr("bot.slack.transport.files.judge_image", lambda data: data)
    monkeypatch.setattr(Files, "_download", lambda _self, _url: b"")
    found = Files(WebClient()).image([picture("https://files.slack.com/a") | {"alt_txt": "A :bread:"}])
    assert found is not None
    assert found[1] == "A 🍞"
