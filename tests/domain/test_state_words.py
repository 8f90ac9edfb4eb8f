"""How a post stands, in words: what is true of each account, and nothing that is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.domain.deliveries import State
from bot.domain.posts import Status
from bot.domain.shown.post_screens import SendView
from bot.domain.shown.state_words import (
    describe_later,
    describe_missed,
    describe_paused,
    describe_places,
    is_whole,
    join_names,
    name_state,
)
from bot.domain.shown.tally import describe_published

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
OUT = SendView("Mastodon", State.SENT)
GONE = SendView("Mastodon", State.SENT, gone_at=NOW)
THERE = SendView("Bluesky", State.SENT)
REFUSED = SendView("Bluesky", State.REFUSED)
DROPPED = SendView("Cafe", State.DROPPED)
UNKNOWN = SendView("Cafe", State.UNKNOWN)


ON_IT = "approved before the pause: an approver has to say yes to it again, or it is not published."
ON_EACH = ON_IT.replace("to it", "to each")


@pytest.mark.parametrize(
    ("sends", "words"),
    [
        ((OUT, THERE), "Published on Mastodon and Bluesky"),
        ((GONE, THERE), "Taken down from Mastodon, still on Bluesky"),
        ((GONE,), "Taken down from Mastodon"),
        ((OUT, REFUSED), "Published on Mastodon, failed on Bluesky"),
        ((GONE, REFUSED, DROPPED), "Taken down from Mastodon, failed on Bluesky, not sent on Cafe"),
        ((OUT, UNKNOWN), "Published on Mastodon, nobody knows yet about Cafe"),
    ],
)
def test_where_it_is_and_where_it_is_not(sends: tuple[SendView, ...], words: str) -> None:
    assert describe_places(sends) == words


def test_what_is_gone_from_one_account_is_not_published_on_both() -> None:
    """Seen: "Published: Mastodon + Bluesky", after it was taken down from one of them."""
    assert name_state(Status.PUBLISHED, (OUT, THERE)) == "Published"
    assert name_state(Status.PUBLISHED, (GONE, THERE)) == "Taken down from Mastodon, still on Bluesky"
    assert not is_whole((GONE, THERE))


@pytest.mark.parametrize("status", Status)
def test_every_status_has_words_paused_or_not(status: Status) -> None:
    stopped = status in (Status.SCHEDULED, Status.REVIEW, Status.APPROVED)
    assert (name_state(status, paused=True) == "Paused") is stopped
    assert name_state(status) not in ("", "Paused")


@pytest.mark.parametrize(
    ("approvals", "needed", "told"),
    [
        (0, 1, "Needs approval"),
        (0, 2, "Needs 2 approvals"),
        (1, 2, "Needs 1 more approval"),
        (1, 3, "Needs 2 more approvals"),
        (2, 2, "Words approved"),
    ],
)
def test_a_planned_post_is_named_by_what_it_needs(approvals: int, needed: int, told: str) -> None:
    assert name_state(Status.SCHEDULED, approvals=approvals, needed=needed) == told


def test_a_send_that_nobody_knows_of_is_not_being_sent() -> None:
    assert name_state(Status.PUBLISHING, (OUT, UNKNOWN)) == "Nobody knows yet whether it went out"


STORY = SendView("Story", State.SENDING, by_hand=True, holder="Tom")


@pytest.mark.parametrize(
    ("sends", "told"),
    [
        ((STORY,), "Tom is posting it"),
        ((OUT, STORY), "Tom is posting it on Story"),
        ((replace(STORY, holder="a colleague"),), "A colleague is posting it"),
        (
            (STORY, replace(STORY, title="Sign", holder="Maya")),
            "Tom and Maya are posting it on Story and Sign",
        ),
        ((STORY, replace(STORY, title="Sign")), "Tom is posting it on Story and Sign"),
        ((OUT, SendView("Story", State.READY, by_hand=True)), "To be posted by hand"),
        ((STORY, SendView("Mastodon", State.SENDING)), "Being sent"),
    ],
)
def test_what_a_person_posts_is_not_being_sent(sends: tuple[SendView, ...], told: str) -> None:
    assert name_state(Status.PUBLISHING, sends) == told


def test_a_pause() -> None:
    assert (describe_paused(None), describe_paused("Bluesky")) == (
        "Publishing is paused",
        "Publishing on Bluesky is paused",
    )


def test_names() -> None:
    assert [join_names(names) for names in ((), ("a",), ("a", "b"), ("a", "b", "c"))] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]


@pytest.mark.parametrize(
    ("missed", "decided", "told"),
    [
        (0, 0, "No post missed its time while paused."),
        (1, 0, "1 post missed its time while paused."),
        (2, 1, "2 posts missed their time while paused. 1 more has been moved or decided since."),
        (1, 2, "1 post missed its time while paused. 2 more have been moved or decided since."),
        (0, 2, "2 posts missed their time while paused and have been moved or decided since."),
    ],
)
def test_what_missed_its_time_while_paused(missed: int, decided: int, told: str) -> None:
    assert describe_missed(missed, decided) == told


@pytest.mark.parametrize(
    ("later", "again", "told"),
    [
        (0, 0, "No later post is planned."),
        (1, 0, "1 later post is planned, on Friday."),
        (3, 1, f"3 later posts are planned, the first on Friday. 1 of them was {ON_IT}"),
        (3, 2, f"3 later posts are planned, the first on Friday. 2 of them were {ON_EACH}"),
        (2, 2, f"2 later posts are planned, the first on Friday. All of them were {ON_EACH}"),
        (1, 1, f"1 later post is planned, on Friday. It was {ON_IT}"),
    ],
)
def test_what_comes_after_a_pause(later: int, again: int, told: str) -> None:
    assert describe_later(later, again, "on Friday") == told


@pytest.mark.parametrize(
    ("counted", "told"),
    [
        ((3,), "3 published"),
        ((3, 2), "3 published (2 late)"),
        ((3, 2, 1), "3 published (2 late, 1 taken down)"),
    ],
)
def test_posts_that_were_published_are_counted_once(counted: tuple[int, ...], told: str) -> None:
    assert describe_published(*counted) == told
