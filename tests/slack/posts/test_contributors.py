"""Guests who are named as contributors write drafts of their own, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.domain.people import Person, Role
from bot.domain.posts import Status
from bot.domain.refusals import OnlyMembers
from bot.sandbox.networks.mastodon.server import MastodonServer
from bot.sandbox.slack.server import SlackServer
from bot.sandbox.slack.state import View
from bot.services.posts import drafts
from bot.services.posts.create import NewPost
from bot.store.engine.store import Store
from tests.backend import GIL, MAYA, key
from tests.slack.bench import SOCIAL, PushedClock
from tests.slack.posts.test_new_post import DONE, LOOK, WHEN, fill, list_all, open_new, soon, top, words
from tests.slack.team import Team

GUEST = "U0GUEST"


@pytest.fixture
def bakery(store: Store, network: MastodonServer, clock: PushedClock, server: SlackServer) -> Iterator[Team]:
    with Team(store, network, clock, server, contributors=(GUEST,)) as running:
        yield running


def home(bakery: Team, containing: str, user: str = GUEST) -> View:
    bakery.people.open_home(user)
    bakery.until(lambda: containing in str(bakery.server.workspace.homes.get(user)))
    return bakery.server.workspace.homes[user]


def test_a_contributor_writes_a_draft_and_cannot_schedule_it(bakery: Team) -> None:
    open_new(bakery, GUEST)
    assert bakery.people.fill(GUEST, fill(bakery, **{WHEN: soon(bakery)})).ok
    view = top(bakery, LOOK, GUEST)
    assert view.spec["submit"]["text"] == "Save as a draft"
    assert "until a full member schedules it" in words(view)
    bakery.people.submit(GUEST, view.id)
    top(bakery, DONE, GUEST)
    (post,) = list_all(bakery)
    assert (post.status, post.created_by) == (Status.DRAFT, GUEST)
    assert post.slot is not None, "a proposal"


def test_home_shows_a_contributor_their_own_drafts_only(bakery: Team) -> None:
    bakery.services.do(drafts.save_draft, MAYA, NewPost(("bakery",), "Mayas", None), key())
    bakery.services.do(drafts.save_draft, GIL, NewPost(("bakery",), "Gils", None), key())
    view = home(bakery, "Gils")
    assert "Mayas" not in words(view)
    assert "New post" in words(view)
    assert "Pause publishing" not in words(view)
    assert bakery.people.click_home(GUEST, text="Open").ok
    assert "Gils" in words(bakery.server.modal(GUEST))


def test_other_guests_write_nothing(bakery: Team) -> None:
    with pytest.raises(OnlyMembers):
        stranger = Person("U0OTHER", "Ole", Role.GUEST)
        bakery.services.do(drafts.save_draft, stranger, NewPost((), "Words", None), key())
    with pytest.raises(OnlyMembers):
        outsider = Person(GUEST, "Gil", Role.OUTSIDER)
        bakery.services.do(drafts.save_draft, outsider, NewPost((), "Words", None), key())


def test_a_contributor_changes_and_deletes_no_other_draft(bakery: Team) -> None:
    """By a forged button, too."""
    services = bakery.services
    theirs = services.do(drafts.save_draft, MAYA, NewPost(("bakery",), "Mayas", None), key())
    own = services.do(drafts.save_draft, GIL, NewPost(("bakery",), "Gils", None), key())
    seen = theirs.version.seen
    with pytest.raises(OnlyMembers):
        services.do(drafts.save_draft, GIL, NewPost(("bakery",), "Mine now", None), key(), seen)
    with pytest.raises(OnlyMembers):
        services.do(drafts.delete_draft, GIL, seen, key())
    with pytest.raises(OnlyMembers):
        services.do(drafts.duplicate, GIL, theirs.id, key())
    with pytest.raises(OnlyMembers):
        services.look(drafts.load_theirs, GIL, theirs.id)
    with pytest.raises(OnlyMembers):
        soon_enough = NewPost(("bakery",), "Gils", services.clock.now().replace(year=2027))
        services.do(drafts.schedule, GIL, soon_enough, key(), own.version.seen)
    services.do(drafts.delete_draft, GIL, own.version.seen, key())
    assert sorted(post.status.key for post in list_all(bakery)) == ["draft", "killed"]


def test_what_a_contributor_wrote_is_scheduled_by_a_full_member(bakery: Team) -> None:
    services = bakery.services
    own = services.do(drafts.save_draft, GIL, NewPost(("bakery",), "Gils", None), key())
    wanted = NewPost(("bakery",), "Gils", services.clock.now().replace(year=2027))
    post = services.do(drafts.schedule, MAYA, wanted, key(), own.version.seen)
    assert post.status is Status.SCHEDULED
    assert GUEST in post.authors
    with pytest.raises(OnlyMembers):
        services.do(drafts.load_theirs, Person("U0OTHER", "Ole", Role.GUEST), post.id)


def test_everything_else_stays_closed(bakery: Team) -> None:
    card = bakery.card(bakery.backend.in_review("400 loaves"))
    for name in ("Edit", "Kill", "Approve"):
        bakery.people.click(GUEST, SOCIAL, card.ts, text=name)
    bakery.private(GUEST, "Only full members")
    assert bakery.people.command(GUEST, SOCIAL, "/social", "pause now").ok
    bakery.private(GUEST, "NOT paused")
