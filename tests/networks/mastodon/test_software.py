"""Which software a server runs, as NodeInfo or its instance's description says, and what is left when neither does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

import bot.sandbox.networks.mastodon.server as sandbox
from bot.networks.http import Answer as Answered
from bot.networks.http import Http, Lost, Result
from bot.networks.mastodon.limits import DOCUMENTED, ask_limits
from bot.networks.mastodon.software import UNKNOWN, Software, ask_software, read_instance


class Answers(Http):
    """Answers what it was told for a path, else 404, and keeps what it was asked."""

    def __init__(self, answers: dict[str, Any]) -> None:
        super().__init__("https://dock.example")
        self.answers = answers
        self.asked: list[str] = []

    def call(self, method: str, path: str, **_: Any) -> Result:
        self.asked.append(f"{method} {path}")
        found = self.answers.get(path, (404, "<h1>Not found</h1>"))
        if isinstance(found, Lost):
            return found
        status, body = found if isinstance(found, tuple) else (200, found)
        return Answered(status, {}, body.encode() if isinstance(body, str) else json.dumps(body).encode())


def nodeinfo(document: Any, href: Any = "https://dock.example/nodeinfo/2.0") -> dict[str, Any]:
    rel = "http://nodeinfo.diaspora.software/ns/schema/2.0"
    return {"/.well-known/nodeinfo": {"links": [{"rel": rel, "href": href}]}, "/nodeinfo/2.0": document}


def test_nodeinfo_names_the_software() -> None:
    http = Answers(nodeinfo({"software": {"name": "GoToSocial", "version": "0.20.0"}}))
    assert ask_software(http, {"version": "4.7.0"}) == Software("gotosocial", "0.20.0", "nodeinfo")


def test_the_document_is_asked_of_the_accounts_own_server_whatever_host_is_named() -> None:
    said = nodeinfo(
        {"software": {"name": "mastodon", "version": "4.7.0"}}, "http://169.254.169.254/nodeinfo/2.0"
    )
    http = Answers(said)
    assert ask_software(http, {}).is_mastodon
    assert http.asked == ["GET /.well-known/nodeinfo", "GET /nodeinfo/2.0"]


@pytest.mark.parametrize(
    ("instance", "expected"),
    [
        ({"version": "2.7.2 (compatible; Akkoma 3.10.4)"}, Software("akkoma", "3.10.4", "instance")),
        ({"version": "takahe/0.11.0"}, Software("takahe", "0.11.0", "instance")),
        (
            {"version": "4.7.0", "source_url": "https://github.com/mastodon/mastodon"},
            Software("mastodon", "4.7.0", "instance"),
        ),
        (
            {"version": "4.7.0-alpha+glitch", "source_url": "https://github.com/glitch-soc/mastodon"},
            Software("mastodon", "4.7.0-alpha+glitch", "instance"),
        ),
        ({"version": "4.7.0"}, UNKNOWN),  # everybody says something like it
        ({"version": 4, "source_url": []}, UNKNOWN),
        ({"version": "4.7.0", "source_url": "https://evil.example/notmastodon/mastodon"}, UNKNOWN),
        ({}, UNKNOWN),
    ],
)
def test_the_instance_names_it_where_nodeinfo_does_not(instance: dict[str, Any], expected: Software) -> None:
    assert read_instance(instance) == expected
    assert ask_software(Answers({}), instance) == expected


@pytest.mark.parametrize(
    "answers",
    [
        {},
        {"/.well-known/nodeinfo": (500, "<html>")},
        {"/.well-known/nodeinfo": Lost("silence")},
        {"/.well-known/nodeinfo": []},
        {"/.well-known/nodeinfo": {"links": {"rel": "x"}}},
        {"/.well-known/nodeinfo": {"links": [None, "x", {"rel": 3}]}},
        nodeinfo({"software": "mastodon"}),
        nodeinfo({"software": {"name": "", "version": "1"}}),
        nodeinfo({"software": {"name": ["mastodon"]}}),
        nodeinfo((404, "")),
        nodeinfo({"software": {"name": "mastodon"}}, None),
        nodeinfo({"software": {"name": "mastodon"}}, "https://[dock/nodeinfo/2.0"),
        nodeinfo({"software": {"name": "mastodon"}}, "https://dock.example/node info/2.0\n"),
    ],
)
def test_what_cannot_be_read_is_unknown_and_raises_nothing(answers: dict[str, Any]) -> None:
    assert ask_software(Answers(answers), {}) == UNKNOWN


def test_a_server_that_fails_at_its_own_description_still_has_limits_and_a_maker() -> None:
    said = nodeinfo({"software": {"name": "takahe", "version": "0.11.0"}})
    v1 = {"uri": "https://dock.example", "configuration": {"statuses": {"max_characters": 700}}}
    limits = ask_limits(Answers({**said, "/api/v2/instance": (500, "<html>"), "/api/v1/instance": v1}))
    assert limits is not None
    assert (limits.capabilities.max_length, limits.domain) == (700, "dock.example")
    assert limits.software.name == "takahe"

    limits = ask_limits(Answers({**said, "/api/v2/instance": (500, "<html>"), "/api/v1/instance": (500, "")}))
    assert limits is not None
    unknown = replace(DOCUMENTED.capabilities, moving_types=None)  # what moves there, nobody says
    assert limits.capabilities == unknown
    assert limits.software.name == "takahe"


def test_a_server_that_does_not_answer_leaves_what_was_known() -> None:
    lost = Lost("silence")
    assert ask_limits(Answers({"/api/v2/instance": lost, "/api/v1/instance": lost})) is None


@pytest.fixture
def server() -> Iterator[sandbox.MastodonServer]:
    started = sandbox.MastodonServer(lambda: datetime.now(UTC))
    started.start()
    yield started
    started.stop()


def test_the_pretend_server_says_that_it_is_mastodon(server: sandbox.MastodonServer) -> None:
    assert ask_software(Http(server.url, from_settings=True), {}) == Software("mastodon", "4.7.0", "nodeinfo")
