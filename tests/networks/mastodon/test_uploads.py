"""What the server made of an alt text is compared with what was approved, before anything goes out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

import bot.sandbox.networks.mastodon.server as sandbox
from bot.domain.outcomes import NotSent, Outcome, Refused
from bot.networks.http import Answer, Http, Lost, Result
from bot.networks.mastodon.client import MastodonClient
from bot.networks.protocol import AccountSettings, Content, PrepareFailed
from bot.networks.testing.pictures import make_picture

ALT = "A sign: <open> from 7"


class Told(Http):
    """Asks the server, and answers some calls itself."""

    def __init__(self, server: str, **instead: Result) -> None:
        super().__init__(server, from_settings=True, whole_call=5)
        self.instead = instead
        self.asked: list[str] = []

    def call(self, method: str, path: str, **more: Any) -> Result:
        if "/media" in path:
            self.asked.append(method)
            if method in self.instead:
                return self.instead[method]
        return super().call(method, path, **more)


@pytest.fixture
def server() -> Iterator[sandbox.MastodonServer]:
    started = sandbox.MastodonServer(lambda: datetime.now(UTC))
    started.start()
    yield started
    started.stop()


def prepare(server: sandbox.MastodonServer, http: Told, *alts: str) -> dict[str, Any]:
    client = MastodonClient(
        AccountSettings("dock", "mastodon", server.url), http, server.tokens["dockbakery"], {}, lambda _: None
    )
    pictures = tuple(make_picture(alt) for alt in alts)
    return client.prepare(Content("Rye", pictures), {}, datetime.now(UTC))


def fail(server: sandbox.MastodonServer, http: Told, *alts: str) -> Outcome:
    with pytest.raises(PrepareFailed) as failed:
        prepare(server, http, *alts)
    return failed.value.outcome


def test_an_alt_text_that_is_kept_costs_no_further_call(server: sandbox.MastodonServer) -> None:
    http = Told(server.url)
    prepare(server, http, ALT)
    assert http.asked == ["POST"]


def test_one_that_is_changed_at_the_upload_is_set_right(server: sandbox.MastodonServer) -> None:
    server.strips_alt = {"POST"}
    http = Told(server.url)
    (media,) = prepare(server, http, ALT)["media"]
    assert http.asked == ["POST", "PUT"]
    assert server.state.media[media["id"]].description == ALT


def test_one_that_stays_changed_stops_the_post_and_shows_what_became_of_it(
    server: sandbox.MastodonServer,
) -> None:
    server.strips_alt = {"POST", "PUT"}
    assert fail(server, Told(server.url), ALT) == Refused(
        f'dock changes the alt text of the image. Approved: "{ALT}". It would show: "A sign:  from 7".'
        " Nothing was sent; change the alt text."
    )
    said = fail(server, Told(server.url), "Rye", "<b>")
    assert isinstance(said, Refused)
    assert "of image 2. " in said.reason
    assert "It would show: nothing." in said.reason


def test_an_unfinished_image_is_judged_when_it_is_finished(server: sandbox.MastodonServer) -> None:
    server.media_looks, server.strips_alt = 2, {"POST", "PUT"}
    assert isinstance(fail(server, Told(server.url), ALT), Refused)


def test_an_answer_that_leaves_the_alt_text_out_is_asked_about_it(server: sandbox.MastodonServer) -> None:
    uploaded = Answer(200, {}, b'{"id": "1"}')
    http = Told(server.url, POST=uploaded, GET=Answer(200, {}, b'{"id": "1", "description": "Rye"}'))
    prepare(server, http, "Rye")
    assert http.asked == ["POST", "GET"]
    silent = Told(server.url, POST=uploaded, GET=uploaded, PUT=uploaded)
    assert "It would show: nothing." in str(fail(server, silent, "Rye"))


@pytest.mark.parametrize("status", [403, 404, 405, 422])
def test_a_server_that_cannot_change_it_is_judged_by_the_upload(
    server: sandbox.MastodonServer, status: int
) -> None:
    server.strips_alt = {"POST"}
    assert isinstance(fail(server, Told(server.url, PUT=Answer(status, {}, b"no")), ALT), Refused)


@pytest.mark.parametrize("result", [Lost("silence"), Answer(502, {}, b"")])
def test_a_question_that_is_lost_is_no_refusal(server: sandbox.MastodonServer, result: Result) -> None:
    server.strips_alt = {"POST"}
    assert isinstance(fail(server, Told(server.url, PUT=result), ALT), NotSent)
    uploaded = Answer(200, {}, b'{"id": "1"}')
    assert isinstance(fail(server, Told(server.url, POST=uploaded, GET=result), ALT), NotSent)


@pytest.mark.parametrize(
    ("approved", "kept"), [(" A loaf\r\nof rye ", "A loaf of rye"), ("Cafe\u0301", "Café"), ("", "null")]
)
def test_what_nobody_sees_or_hears_is_no_change(
    server: sandbox.MastodonServer, approved: str, kept: str
) -> None:
    body = (
        b'{"id": "1", "description": null}'
        if kept == "null"
        else f'{{"id": "1", "description": "{kept}"}}'.encode()
    )
    prepare(server, Told(server.url, POST=Answer(200, {}, body)), approved)


def test_a_letter_less_is_a_change(server: sandbox.MastodonServer) -> None:
    cut = Told(
        server.url, POST=Answer(200, {}, b'{"id": "1", "description": "A loa"}'), PUT=Answer(404, {}, b"")
    )
    assert isinstance(fail(server, cut, "A loaf"), Refused)


def test_the_finished_image_is_judged_and_not_the_unfinished_one(server: sandbox.MastodonServer) -> None:
    begun = Answer(202, {}, b'{"id": "1", "description": "Rye"}')
    done = Answer(200, {}, b'{"id": "1", "description": "R"}')
    assert isinstance(
        fail(server, Told(server.url, POST=begun, GET=done, PUT=Answer(404, {}, b"")), "Rye"), Refused
    )
