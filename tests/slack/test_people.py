"""Who a Slack user is: asked once, remembered, and never guessed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from slack_sdk import WebClient

from bot.domain.people import Role
from bot.sandbox.slack.faults import Kind
from bot.sandbox.slack.server import SlackServer
from bot.sandbox.slack.state import TEAM, User, UserGroup
from bot.slack.people import Directory
from bot.slack.workspace import Workspace
from bot.store.engine.store import Store
from bot.store.slack import memberships, people
from bot.store.slack.memberships import Membership
from bot.store.slack.people import KnownPerson
from tests.slack.bench import PushedClock

GROUP = "S0APPROVE"


@pytest.fixture
def directory(
    store: Store, clock: PushedClock, server: SlackServer, client: WebClient
) -> Iterator[Directory]:
    server.workspace.add_group(UserGroup(GROUP, "approvers", "Approvers", ("U0MAYA",)))
    server.workspace.add_user(User("U0LENA", "Lena", role="outsider", team_id="T0ELSE"))
    made = new(store, clock, client)
    yield made
    made.close()


def new(store: Store, clock: PushedClock, client: WebClient) -> Directory:
    workspace = Workspace()
    workspace.met({"team_id": TEAM})
    return Directory(store, client, clock, workspace, ("U0TOM", GROUP))


def test_roles(directory: Directory) -> None:
    assert [directory.person(user).role for user in ("U0MAYA", "U0GUEST", "U0LENA", "U0BOT")] == [
        Role.MEMBER, Role.GUEST, Role.OUTSIDER, Role.OUTSIDER,
    ]  # fmt: skip


def test_a_guest_nobody_saw_before_pauses_nothing(directory: Directory) -> None:
    assert directory.at_once("U0GUEST").role is Role.GUEST


def test_an_outsider_is_known_by_the_payload_alone(directory: Directory, server: SlackServer) -> None:
    assert directory.person("U0XYZ", "T0ELSE").role is Role.OUTSIDER
    assert server.calls("users.info") == []


def test_approvers_by_name_and_by_group(directory: Directory, server: SlackServer) -> None:
    assert directory.person("U0TOM").approver
    assert directory.person("U0MAYA").approver
    assert not directory.person("U0GUEST").approver
    assert directory.approver_ids() == ("U0TOM", "U0MAYA")
    server.workspace.add_group(UserGroup(GROUP, "approvers", "Approvers", ()))
    directory.hear_group(GROUP)
    assert not directory.person("U0MAYA").approver, "who left the group approves nothing more"


def test_whichever_process_hears_of_it_all_refuse(
    directory: Directory, store: Store, clock: PushedClock, server: SlackServer, client: WebClient
) -> None:
    """The other process has just asked: nothing of its own would make it ask again."""
    other = new(store, clock, client)
    assert directory.person("U0MAYA").approver
    assert other.person("U0MAYA").approver
    server.workspace.add_group(UserGroup(GROUP, "approvers", "Approvers", ()))
    directory.hear_group(GROUP, gone=["U0MAYA"])
    assert not other.person("U0MAYA").approver
    other.close()


def test_whoever_left_the_team_is_refused_everywhere(
    directory: Directory, store: Store, clock: PushedClock, client: WebClient
) -> None:
    other = new(store, clock, client)
    assert other.person("U0TOM").approver
    directory.hear_person({"id": "U0TOM", "deleted": True, "profile": {}})
    assert other.person("U0TOM").role is Role.OUTSIDER
    other.close()


def test_of_people_nobody_asked_about_nothing_is_kept(directory: Directory, store: Store) -> None:
    directory.hear_person({"id": "U0NEVER", "profile": {"display_name": "Nevin"}})
    assert store.read(lambda db: people.recall(db, "U0NEVER")) is None


def test_an_answer_asked_for_before_the_change_does_not_count(store: Store, clock: PushedClock) -> None:
    """Slack says that Maya left the group while its older answer, with her, is still on its way."""
    now = clock.now()
    store.write(lambda db: memberships.keep(db, GROUP, ["U0MAYA", "U0TOM"], now, changes=0))
    store.write(lambda db: memberships.note_change(db, GROUP, gone=["U0MAYA"]))
    assert not store.write(lambda db: memberships.keep(db, GROUP, ["U0MAYA"], now, changes=0))
    known = store.read(lambda db: memberships.load(db, [GROUP]))[GROUP]
    assert known == Membership(GROUP, frozenset({"U0TOM"}), None, 1)
    assert store.write(lambda db: memberships.keep(db, GROUP, ["U0TOM"], now, changes=1))


def test_an_older_answer_about_a_person_does_not_count(store: Store, clock: PushedClock) -> None:
    asked_at = clock.now()
    clock.push(1)
    gone = KnownPerson("U0TOM", "Tom", Role.OUTSIDER, None, clock.now())
    store.write(lambda db: people.remember(db, gone))
    member = KnownPerson("U0TOM", "Tom", Role.MEMBER, None, clock.now())
    store.write(lambda db: people.remember(db, member, asked_at=asked_at))
    assert store.read(lambda db: people.load_roles(db, ["U0TOM"])) == {"U0TOM": Role.OUTSIDER}


def test_an_answer_asked_for_before_a_change_nobody_described_does_not_count(
    store: Store, clock: PushedClock
) -> None:
    """Slack says that Tom changed, not how, while its older answer, of a member, is still on its way."""
    member = KnownPerson("U0TOM", "Tom", Role.MEMBER, None, clock.now())
    store.write(lambda db: people.remember(db, member))
    clock.push(1)
    asked_at = clock.now()
    clock.push(1)
    store.write(lambda db: people.doubt(db, "U0TOM", clock.now()))
    clock.push(1)
    late = replace(member, seen_at=clock.now())
    store.write(lambda db: people.remember(db, late, asked_at=asked_at))
    doubted = store.read(lambda db: people.recall(db, "U0TOM"))
    assert doubted is not None
    assert doubted.seen_at == people.LONG_AGO
    store.write(lambda db: people.remember(db, late))
    assert store.read(lambda db: people.recall(db, "U0TOM")) == late


def test_a_change_of_a_group_nobody_has_heard_of_empties_nothing(store: Store, clock: PushedClock) -> None:
    """Approvals of its members ended: who is in it was not known, and taken for nobody."""
    store.write(lambda db: memberships.note_change(db, GROUP))
    unknown = store.read(lambda db: memberships.load(db, [GROUP]))[GROUP]
    assert unknown == Membership(GROUP, frozenset(), None, 1, known=False)
    now = clock.now()
    assert store.write(lambda db: memberships.keep(db, GROUP, [], now, changes=1))
    assert store.read(lambda db: memberships.load(db, [GROUP]))[GROUP] == Membership(
        GROUP, frozenset(), now, 1
    )
    store.write(lambda db: memberships.note_change(db, GROUP))
    assert store.read(lambda db: memberships.load(db, [GROUP]))[GROUP].known, "known to be nobody"


def test_a_group_slack_does_not_know_has_no_members(directory: Directory, server: SlackServer) -> None:
    assert directory.person("U0MAYA").approver
    del server.workspace.groups[GROUP]
    directory.hear_group(GROUP)
    assert not directory.person("U0MAYA").approver
    assert directory.approver_ids() == ("U0TOM",)


def test_slack_is_asked_once_in_ten_minutes(
    directory: Directory, server: SlackServer, clock: PushedClock
) -> None:
    for _ in range(5):
        directory.person("U0MAYA")
    assert len(server.calls("users.info")) == 1
    clock.push(601)
    directory.person("U0MAYA")
    assert len(server.calls("users.info")) == 2


def test_what_was_known_today_holds_while_slack_is_silent(
    directory: Directory, store: Store, clock: PushedClock, server: SlackServer, client: WebClient
) -> None:
    directory.person("U0TOM")
    server.faults.take_down()
    restarted = new(store, clock, client)
    clock.push(23 * 3600)
    person = restarted.person("U0TOM")
    assert (person.role, person.approver, person.name) == (Role.MEMBER, True, "Tom")
    clock.push(2 * 3600)
    assert restarted.person("U0TOM").role is Role.UNKNOWN
    assert restarted.person("U0NEVER").role is Role.UNKNOWN
    restarted.close()


def test_a_slow_slack_costs_two_seconds_at_most(directory: Directory, server: SlackServer) -> None:
    """And the late answer is not thrown away."""
    server.faults.order("users.info", Kind.SLOW, seconds=2.5)
    began = time.monotonic()
    assert directory.person("U0TOM").role is Role.UNKNOWN
    assert time.monotonic() - began < 2.4
    assert server.wait_until(lambda: directory.recall_name("U0TOM") == "Tom")
    assert directory.person("U0TOM").role is Role.MEMBER
