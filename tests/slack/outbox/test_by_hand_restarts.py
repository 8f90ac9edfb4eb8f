"""Somebody has a post in hand when the process dies around their card: the next one shows how it is, once.

No real process: what draws the cards ends in the middle of a call of Slack's and notes nothing more, as after kill -9.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from threading import Event
from typing import Any

import pytest

from bot.domain.deliveries import BY_HAND_LIMIT
from bot.domain.policy import AccountPolicy
from bot.domain.posts import Seen, Status
from bot.sandbox.networks.mastodon.server import MastodonServer
from bot.sandbox.slack.find import labels, the_control, words
from bot.sandbox.slack.server import SlackServer
from bot.sandbox.slack.state import Message
from bot.store.engine.store import Store
from bot.store.slack import cards
from tests.slack.bench import SOCIAL, PushedClock
from tests.slack.team import Team

MAYA, TOM = "U0MAYA", "U0TOM"
HALF_AN_HOUR = BY_HAND_LIMIT.total_seconds() + 1
WHEN = pytest.mark.parametrize("when", ["before", "after"])  # Slack has the call


class Killed(BaseException):
    """The process is gone: past every `except Exception`."""


class Dying:
    """A client of Slack's whose process dies around its first change to a channel."""

    def __init__(self, client: Any, when: str) -> None:
        self._client, self._when = client, when
        self.dead = False

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._client, name)
        if name not in ("chat_update", "chat_postMessage"):
            return call

        def die(**message: Any) -> None:
            if self._when == "after":
                call(**message)
            self.dead = True
            raise Killed

        return die


@pytest.fixture
def stories(store: Store, network: MastodonServer, clock: PushedClock, server: SlackServer) -> Iterator[Team]:
    accounts = {"story": AccountPolicy("story", "manual", "Story", window=timedelta(hours=2))}
    with Team(store, network, clock, server, accounts=accounts) as running:
        yield running


def offered(team: Team) -> tuple[Seen, Message]:
    seen = team.backend.approved("400 loaves", accounts=("story",))
    team.card(seen, "Approved")
    team.backend.to_slot(seen)
    card = team.card(seen, "Post it yourselves")
    at_rest(team)
    return seen, card


def at_rest(team: Team) -> None:
    """Nothing is left to be drawn, and nothing to be noted of what was."""
    later = team.clock.now() + timedelta(hours=1)
    team.until(
        lambda: (
            not team.services.store.read(
                lambda db: [*cards.list_dirty(db, later), *cards.list_unsaid(db, later)]
            )
        )
    )


def die_while(team: Team, when: str, do: Callable[[], object]) -> None:
    """The process dies while it shows what this changed; nobody else is there yet."""
    desk: Any = team.slack_app.reconciler
    desk._client = dying = Dying(desk._client, when)
    turn, goes_on = desk._turn, Event()

    def until_killed() -> float:
        goes_on.set()
        try:
            return float(turn())
        except Killed:
            desk._stopping.set()
            return 0.0

    desk._turn = until_killed
    assert goes_on.wait(20)
    do()
    team.until(lambda: dying.dead)
    desk._thread.join(20)
    team.slack_app.stop(2.0)


def restart(team: Team) -> None:
    team.slack_app = team.new_slack_app("worker-2")
    team.slack_app.start()
    assert team.server.wait_connected()
    team.backend.worker.stop(timedelta(seconds=5))
    team.backend.worker = team.backend.new_worker("worker-2")
    team.backend.worker.start()
    team.backend.run()


def the_card(team: Team, says: str) -> Message:
    """The one card there is, as soon as it says this and nothing is left to be drawn."""
    team.until(lambda: any(says in words(one) for one in team.messages() if one.metadata))
    at_rest(team)
    (card,) = (one for one in team.messages() if one.metadata and not one.is_reply)
    assert says in words(card)
    return card


def lines(team: Team, says: str) -> list[str]:
    return [words(one) for one in team.messages() if one.is_reply and says in words(one) and not one.seen_by]


def take(team: Team, seen: Seen, card: Message) -> Message:
    team.press(MAYA, card, "I'm posting it")
    taken = team.card(seen, "Maya took it")
    at_rest(team)
    return taken


@WHEN
def test_between_the_begin_and_its_card(stories: Team, when: str) -> None:
    seen, card = offered(stories)
    take_it = the_control(card.blocks, text="I'm posting it")
    die_while(stories, when, lambda: stories.press(MAYA, card, "I'm posting it"))
    assert stories.backend.states(seen) == {"story": "sending"}, "it is stored"
    restart(stories)
    assert stories.people.press(TOM, SOCIAL, card.ts, take_it).ok
    stories.private(TOM, "Maya")
    taken = the_card(stories, "Maya took it")
    assert taken.ts == card.ts
    assert labels(taken)[:2] == ["It is up…", "I didn't"]
    assert stories.backend.states(seen) == {"story": "sending"}


@WHEN
@pytest.mark.parametrize(("button", "says"), [("It is up…", "Published"), ("I didn't", "did not post it")])
def test_between_the_outcome_and_its_card(stories: Team, when: str, button: str, says: str) -> None:
    seen, card = offered(stories)
    card = take(stories, seen, card)
    late = the_control(card.blocks, text="I didn't")

    def say() -> None:
        stories.press(MAYA, card, button)
        if button == "It is up…":
            assert stories.people.fill(MAYA, {"Link": "https://example.com/p/1"}).ok

    die_while(stories, when, say)
    ended = Status.PUBLISHED if button == "It is up…" else Status.MISSED
    assert stories.backend.status(seen) is ended
    restart(stories)
    assert stories.people.press(MAYA, SOCIAL, card.ts, late).ok
    shown = the_card(stories, says)
    assert shown.ts == card.ts
    assert not {"It is up…", "I didn't", "I'm posting it"} & set(labels(shown))
    assert stories.backend.status(seen) is ended, "the old card's button changes nothing"


@WHEN
def test_when_the_half_hour_is_over(stories: Team, when: str) -> None:
    """Whoever has it is asked once, on the card and below it."""
    seen, card = offered(stories)
    take(stories, seen, card)
    die_while(stories, when, lambda: stories.backend.push(seconds=HALF_AN_HOUR))
    restart(stories)
    the_card(stories, "Is it up on Story?")
    asked = lines(stories, "Is it up on Story?")
    assert [f"<@{MAYA}>" in one for one in asked] == [True]


@pytest.mark.parametrize("away", [600.0, HALF_AN_HOUR], ids=["a while", "past the half hour"])
def test_nobody_there_during_the_half_hour(stories: Team, away: float) -> None:
    """What it asks about is what was silent, not what the process missed."""
    seen, card = offered(stories)
    take(stories, seen, card)
    stories.slack_app.stop(2.0)
    stories.clock.push(away)
    restart(stories)
    asks = away >= HALF_AN_HOUR
    shown = the_card(stories, "Is it up on Story?" if asks else "Maya took it")
    assert stories.backend.states(seen) == {"story": "unknown" if asks else "sending"}
    assert len(lines(stories, "Is it up on Story?")) == asks
    stories.press(MAYA, shown, "It is up…")
    assert stories.people.fill(MAYA, {"Link": ""}).ok
    the_card(stories, "Published")
    assert stories.backend.status(seen) is Status.PUBLISHED
