"""How long a text is for each maker's server, and what a refusal for length teaches the account."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

import bot.sandbox.networks.mastodon.server as sandbox
from bot.domain.outcomes import Refused, Sent
from bot.networks.http import Http
from bot.networks.mastodon.client import MastodonClient
from bot.networks.mastodon.counting import Counting
from bot.networks.mastodon.limits import DOCUMENTED
from bot.networks.mastodon.software import Software
from bot.networks.protocol import AccountSettings, Content
from bot.networks.testing.publishing import is_open

LINK = "https://dock.example/" + "a" * 79  # 100 signs
FAMILY = "👨‍👩‍👧"  # one character to a reader, five code points, eight UTF-16 units
WORDS = f"Rye {FAMILY} with @anna@remote.example {LINK}"


class Kept(dict[str, str]):
    """A vault."""

    def load(self, name: str) -> str | None:
        return self.get(name)

    def save(self, name: str, value: str) -> None:
        self[name] = value


def counting(maker: str | None, vault: Kept | None = None, limit: int = 160) -> Counting:
    can = replace(DOCUMENTED.capabilities, max_length=limit)
    known = replace(DOCUMENTED, capabilities=can, software=Software(maker))
    return Counting(lambda: known, "dock.example", vault)


def refuse(words: str, told: Counting, reason: str = "Status is too long", status: int = 422) -> None:
    told.learn(Refused(reason, http_status=status), json.dumps({"status": words}).encode())


@pytest.mark.parametrize(
    ("maker", "length"),
    [
        ("mastodon", 4 + 1 + 6 + 5 + 1 + 23),
        ("hometown", 4 + 1 + 6 + 5 + 1 + 23),
        ("akkoma", 4 + 1 + 6 + 20 + 1 + 100),
        ("gotosocial", 4 + 5 + 6 + 20 + 1 + 100),
        ("takahe", 4 + 5 + 6 + 20 + 1 + 100),
        ("friendica", 4 + 8 + 6 + 20 + 1 + 100),
        (None, 4 + 8 + 6 + 20 + 1 + 100),
    ],
)
def test_each_maker_counts_its_own_way_and_the_unknown_the_longest(maker: str | None, length: int) -> None:
    assert counting(maker).measure(WORDS) == length


@pytest.mark.parametrize("words", [WORDS, "https://d.example", "", "é e\u0301\r\n", f"{FAMILY}{LINK}"])
def test_no_known_way_makes_a_text_longer_than_the_strict_one(words: str) -> None:
    strict = counting(None).measure(words)
    assert all(counting(maker).measure(words) <= strict for maker in ("mastodon", "akkoma", "gotosocial"))


def test_the_objection_says_how_it_was_counted() -> None:
    assert counting("mastodon", limit=30).find_problem(WORDS) == (
        "Too long for dock.example: 40 of 30 characters, a link counts as 23."
    )
    assert counting("mastodon", limit=3).find_problem("Rye.") == (
        "Too long for dock.example: 4 of 3 characters."
    )
    assert (
        counting("gotosocial", limit=130).find_problem(WORDS)
        == "Too long for dock.example: 136 of 130 characters, links and names counted in full."
    )


def test_a_refusal_for_length_is_remembered_and_the_stricter_way_used() -> None:
    vault = Kept()
    told = counting("mastodon", vault, limit=100)
    assert told.find_problem(WORDS) is None
    refuse(WORDS, told)
    assert told.measure(WORDS) == 139
    expected = (
        "Too long for dock.example: 139 of 100 characters, links and names counted in full: it has refused a text "
        "that looked shorter."
    )
    assert told.find_problem(WORDS) == expected

    later = counting("mastodon", vault, limit=100)
    later.recall()
    assert later.find_problem(WORDS) == expected
    assert later.find_problem("Rye today") is None


def test_a_refusal_that_no_way_of_counting_explains_is_remembered_by_its_length() -> None:
    vault = Kept()
    told = counting(None, vault, limit=160)
    refuse(WORDS, told)
    assert (
        told.find_problem(WORDS)
        == "dock.example has refused a text of 139 characters as too long; this one has 139."
    )
    assert told.find_problem(WORDS[1:]) is None
    refuse(WORDS[9:], told)
    assert told.find_problem(WORDS[1:]) is not None
    refuse(WORDS, told)
    assert told.find_problem(WORDS[1:]) is not None, "the shortest is kept"


@pytest.mark.parametrize(
    "reason",
    [
        "Validation failed: Text character limit of 100 exceeded",
        "Validierung fehlgeschlagen: Text Zeichenlimit von 100 überschritten",
        "Status is too long",
        "The status is over the character limit",
        "The status field must not be greater than 100 characters.",
        "maxNoteTextLength",
    ],
)
def test_the_words_of_a_refusal_for_length(reason: str) -> None:
    told = counting("mastodon", limit=100)
    refuse(WORDS, told, reason)
    assert told.find_problem(WORDS) is not None


@pytest.mark.parametrize(
    ("reason", "status"),
    [
        ("This action is not allowed", 403),
        ("Too long since you signed in", 403),
        ("Validation failed: Media not found or already attached to another post", 422),
        ("Error 1100", 422),
    ],
)
def test_other_refusals_teach_nothing(reason: str, status: int) -> None:
    told = counting("mastodon", limit=100)
    refuse(WORDS, told, reason, status)
    assert told.find_problem(WORDS) is None


def test_a_text_that_was_known_to_be_too_long_teaches_nothing() -> None:
    told = counting("mastodon", limit=30)
    refuse(WORDS, told)
    assert told.measure(WORDS) == 40


@pytest.mark.parametrize("payload", [b"", b"[]", b"{"])
def test_what_was_no_status_teaches_nothing(payload: bytes) -> None:
    told = counting("mastodon", limit=30)
    told.learn(Refused("Status is too long", http_status=422), payload)
    assert told.measure(WORDS) == 40


def test_a_lesson_ends_when_the_server_says_something_else_of_itself() -> None:
    vault = Kept()
    refuse(WORDS, counting("mastodon", vault, limit=100))
    later = counting("mastodon", vault, limit=110)
    later.recall()
    assert later.find_problem(WORDS) is None


@pytest.mark.parametrize("stored", ["", "{", "[]", '{"about": 3}', '{"refused": "x"}'])
def test_a_lesson_that_cannot_be_read_stops_nothing(stored: str) -> None:
    told = counting("mastodon", Kept({"mastodon-length": stored}))
    told.recall()
    assert told.find_problem(WORDS) is None


class Shut(Kept):
    def load(self, name: str) -> str | None:
        raise RuntimeError(name)

    def save(self, name: str, value: str) -> None:
        raise RuntimeError(name)


def test_a_vault_that_does_not_open_stops_nothing() -> None:
    told = counting("mastodon", Shut(), limit=100)
    told.recall()
    refuse(WORDS, told)
    assert told.find_problem(WORDS) is not None


@pytest.fixture
def server() -> Iterator[sandbox.MastodonServer]:
    started = sandbox.MastodonServer(lambda: datetime.now(UTC))
    started.start()
    yield started
    started.stop()


def connect(server: sandbox.MastodonServer, vault: Kept) -> MastodonClient:
    account = AccountSettings("dock", "mastodon", server.url)
    return MastodonClient(
        account, Http(server.url, from_settings=True), server.tokens["dockbakery"], {}, vault=vault
    )


def send(client: MastodonClient, words: str) -> Any:
    now = datetime.now(UTC)
    payload = client.render(Content(words), client.prepare(Content(words), {}, now), "key", now)
    return client.publish(payload, "key", is_open)


def test_a_server_that_counts_in_full_is_known_before_anything_is_sent(
    server: sandbox.MastodonServer,
) -> None:
    server.maker, server.counts_in_full = "gotosocial", True
    client = connect(server, Kept())
    client.check()
    words = "Rye " + f"{LINK} " * 5
    assert client.measure(Content(words)).length == 508
    assert client.measure(Content(words)).unit == "characters, links in full"
    assert "508 of 500 characters, links and names counted in full." in str(
        client.measure(Content(words)).problem
    )
    assert client.measure_reply({"acct": "anna@remote.example", "status": "1"}, Content("Yes")).length == 24


def test_a_server_that_passes_for_mastodon_teaches_at_the_first_refusal(
    server: sandbox.MastodonServer,
) -> None:
    server.counts_in_full = True
    vault = Kept()
    client = connect(server, vault)
    client.check()
    words = "Rye " + f"{LINK} " * 5
    assert client.measure(Content(words)).problem is None
    assert isinstance(send(client, words), Refused)
    assert client.measure(Content(words)).length == 508
    again = connect(server, vault)
    again.check()
    assert again.measure(Content(words)).problem is not None
    assert isinstance(send(again, "Rye today"), Sent)
    assert server.ledger[-1].text == "Rye today"


@pytest.mark.parametrize(
    ("maker", "length"),
    [("mastodon", 23 + 28), ("akkoma", 28 + 28), ("gotosocial", 28 + 28), (None, 28 + 28)],
)
def test_of_a_content_warning_no_link_is_shortened(maker: str | None, length: int) -> None:
    link = "https://dock.example/winter1"
    assert len(link) == 28
    assert counting(maker).measure(link, link) == length
    assert counting(maker, limit=length).find_problem(link, link) is None
    assert counting(maker, limit=length - 1).find_problem(link, link) is not None
