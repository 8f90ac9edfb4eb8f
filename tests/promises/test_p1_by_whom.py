"""P1, by whom: an approval counts at begin only if its person still has the right, as last known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from slack_sdk import WebClient

import bot
from bot.domain.facts import FactKind
from bot.domain.people import Person, Role
from bot.domain.posts import Status
from bot.sandbox.networks.mastodon.server import MastodonServer
from bot.sandbox.slack.server import SlackServer
from bot.sandbox.slack.state import TEAM, UserGroup
from bot.services.posts import review, rights
from bot.services.queries import posts as post_queries
from bot.slack.people import Directory
from bot.slack.workspace import Workspace
from bot.store.engine.store import Store
from bot.store.slack import memberships, people
from bot.store.slack.people import KnownPerson
from bot.store.tables.core import facts
from tests.backend import ANNA, TOM, Backend, ManualClock, key, team

GROUP = "S0APPROVE"
BOT = Path(bot.__file__).parent
NO_LONGER = "Tom's approval no longer counts: not an approver any more"


class Process:
    """One of several on a database: its own connection to it, its own memory of who people are, its own worker."""

    def __init__(
        self, url: str, network: MastodonServer, clock: ManualClock, slack: SlackServer, name: str
    ) -> None:
        self.store = Store.open(url, now=clock.now, owner=True)
        self.backend = Backend(self.store, network, clock, team(approvers=(GROUP,)), name)
        client = WebClient(slack.bot_token, base_url=slack.api_url, timeout=3, retry_handlers=[])
        workspace = Workspace()
        workspace.met({"team_id": TEAM})
        self.directory = Directory(
            self.store, client, clock, workspace, (GROUP,),
            lost=lambda: rights.end_lost_approvals(self.backend.services),
        )  # fmt: skip

    def stop(self) -> None:
        self.backend.worker.stop(timedelta(seconds=5))
        self.directory.close()
        self.store.close()


@pytest.fixture
def slack(clock: ManualClock) -> Iterator[SlackServer]:
    server = SlackServer(now=clock.now)
    server.workspace.add_group(UserGroup(GROUP, "approvers", "Approvers", ("U0TOM",)))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def two(
    postgres_url: str, network: MastodonServer, clock: ManualClock, slack: SlackServer
) -> Iterator[tuple[Process, Process]]:
    both = tuple(Process(postgres_url, network, clock, slack, name) for name in ("worker-1", "worker-2"))
    yield both[0], both[1]
    for process in both:
        process.stop()


def test_a_group_emptied_counts_in_both_workers(two: tuple[Process, Process], slack: SlackServer) -> None:
    """One hears of it; the other, which has just asked Slack, neither takes the click nor sends the post."""
    hears, other = two
    tom = other.directory.person("U0TOM")
    assert tom.approver
    seen, next_one = other.backend.in_review(), other.backend.in_review("Rolls at ten")
    other.backend.services.do(review.approve, tom, seen, key())
    slack.workspace.add_group(UserGroup(GROUP, "approvers", "Approvers", ()))
    hears.directory.hear_group(GROUP, gone=["U0TOM"])
    assert not other.directory.person("U0TOM").approver
    assert other.backend.status(seen) is Status.REVIEW
    other.backend.to_slot(seen)
    assert other.backend.published == []
    assert other.backend.status(seen) is Status.MISSED
    why = "it was approved, but Tom is not an approver any more, and nobody approved it again"
    assert other.backend.post(seen).reason == why
    assert other.backend.post(next_one).reason == "nobody decided"


def test_begin_asks_again(backend: Backend) -> None:
    """Nothing ended it before: the process that heard of it stopped in between."""
    grouped = replace(backend.services, policy=team(approvers=(GROUP,)))
    backend.services, backend.worker = grouped, backend.new_worker("worker-1", grouped)
    now = backend.clock.now()
    backend.store.write(lambda db: memberships.keep(db, GROUP, ["U0TOM"], now, changes=0))
    seen, other = backend.approved(), backend.approved("Rolls", accounts=("cafe",))
    backend.store.write(lambda db: memberships.note_change(db, GROUP, gone=["U0TOM"]))
    backend.store.write(lambda db: people.remember(db, KnownPerson("U0TOM", "Tom", Role.MEMBER, None, now)))
    card = backend.services.look(post_queries.load_card, seen.post_id)
    assert card is not None
    assert card.approvals == ()  # what is shown is what counts
    backend.to_slot(seen)
    assert backend.published == []
    assert {backend.status(one) for one in (seen, other)} == {Status.MISSED}
    assert backend.post(seen).reason == NO_LONGER
    query = facts.select().where(facts.c.what == FactKind.APPROVALS_ENDED.value)
    told = backend.store.read(lambda db: [row.data for row in db.execute(query)])
    assert {"whose": ["U0TOM"], "why": "not an approver any more"} in told


def test_a_group_that_was_never_heard_of_ends_no_approval(backend: Backend) -> None:
    """An event of it is the first thing this database hears, as after an update."""
    grouped = replace(backend.services, policy=team(approvers=(GROUP,)))
    backend.services, backend.worker = grouped, backend.new_worker("worker-1", grouped)
    seen = backend.approved()
    backend.store.write(lambda db: memberships.note_change(db, GROUP))
    rights.end_lost_approvals(grouped)
    backend.to_slot(seen)
    assert backend.status(seen) is Status.PUBLISHED


def test_an_approver_removed_before_a_restart(backend: Backend) -> None:
    seen, kept = backend.approved(), backend.in_review("Rolls at ten")
    backend.services.do(review.approve, ANNA, kept, key())
    after = replace(backend.services, policy=team(approvers=(ANNA.id,)))
    backend.worker.stop(timedelta(seconds=5))
    backend.services, backend.worker = after, backend.new_worker("worker-2", after)
    rights.end_lost_approvals(after)  # as at start
    assert backend.status(seen) is Status.REVIEW
    card = after.look(post_queries.load_card, seen.post_id)
    assert card is not None
    assert card.ended is not None
    assert (card.ended.by, card.ended.what, card.ended.whose) == (
        None,
        "not an approver any more",
        ("U0TOM",),
    )
    backend.to_slot(seen)
    assert backend.published == ["Rolls at ten"]
    assert backend.status(seen) is Status.MISSED


@pytest.mark.parametrize("role", [Role.GUEST, Role.OUTSIDER])
def test_whoever_is_no_full_member_any_more(backend: Backend, role: Role) -> None:
    seen = backend.approved()
    known = KnownPerson("U0TOM", "Tom", role, None, backend.clock.now())
    backend.store.write(lambda db: people.remember(db, known))
    backend.to_slot(seen)
    assert backend.published == []
    assert backend.post(seen).reason == "Tom's approval no longer counts: not a full member any more"


def test_with_enough_others_it_goes_out(backend: Backend) -> None:
    seen = backend.in_review()
    backend.services.do(review.approve, TOM, seen, key())
    more = replace(backend.services, policy=team(approvers=(ANNA.id,)))
    backend.services, backend.worker = more, backend.new_worker("worker-2", more)
    rights.end_lost_approvals(more)
    more.do(review.approve, ANNA, seen, key())
    backend.to_slot(seen)
    assert len(backend.published) == 1


def test_slack_being_away_ends_nothing(backend: Backend) -> None:
    """Nobody ever heard who Tom is, nor who is in the group; and what was heard of Anna is a week old."""
    grouped = replace(backend.services, policy=team(approvers=(GROUP, ANNA.id)))
    backend.services, backend.worker = grouped, backend.new_worker("worker-1", grouped)
    long_ago = backend.clock.now() - timedelta(days=7)
    known = KnownPerson(ANNA.id, "Anna", Role.MEMBER, None, long_ago)
    backend.store.write(lambda db: people.remember(db, known))
    seen, other = backend.approved(), backend.in_review("Rolls at ten")
    grouped.do(review.approve, ANNA, other, key())
    rights.end_lost_approvals(grouped)
    backend.to_slot(seen)
    backend.push(seconds=60)
    assert sorted(backend.published) == ["Fresh bread at nine", "Rolls at ten"]


def test_a_shell_approves_nothing(backend: Backend) -> None:
    """Should an approval ever stand in its name: the command line may pause, and resume."""
    seen = backend.in_review()
    shell = Person("cli:ada@host", "ada", Role.COMMAND_LINE, approver=True)
    backend.services.do(review.approve, shell, seen, key())
    assert backend.status(seen) is Status.REVIEW
    backend.to_slot(seen)
    assert backend.published == []


def test_nobody_counts_approvals_without_asking_by_whom() -> None:
    counting = [
        str(file.relative_to(BOT))
        for file in BOT.rglob("*.py")
        if "count_approvals(" in file.read_text(encoding="utf-8")
    ]
    assert sorted(counting) == ["domain/approvals.py", "services/posts/standing.py"]
