"""Who a Slack user is: asked once, remembered, and never guessed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from slack_sdk import WebClient

from bot.domain.people import Right, Role
from bot.sandbox.slack.faults import Kind
from bot.sandbox.slack.server import SlackServer
from bot.sandbox.slack.state import TEAM, User, UserGroup
from bot.slack import people as directory_of_people
from bot.slack.people import Directory
from bot.slack.roles import Home, read_user
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


def new(store: Store, clock: PushedClock, client: WebClient, enterprise_id: str | None = None) -> Directory:
    workspace = Workspace()
    workspace.met({"team_id": TEAM, "enterprise_id": enterprise_id})
    return Directory(store, client, clock, workspace, ("U0TOM", GROUP))


def test_roles(directory: Directory) -> None:
    assert [directory.person(user).role for user in ("U0MAYA", "U0GUEST", "U0LENA", "U0BOT")] == [
        Role.MEMBER, Role.GUEST, Role.OUTSIDER, Role.OUTSIDER,
    ]  # fmt: skip


def test_a_group_that_is_named_for_an_account_makes_nobody_an_approver_of_the_rest(
    store: Store, clock: PushedClock, server: SlackServer, client: WebClient
) -> None:
    server.workspace.add_group(UserGroup("S0BAKERY", "bakery", "Bakery", ("U0MAYA", "U0TOM")))
    workspace = Workspace()
    workspace.met({"team_id": TEAM})
    directory = Directory(store, client, clock, workspace, ("U0TOM",), named=("S0BAKERY", "U0INES"))
    maya, tom = directory.person("U0MAYA"), directory.person("U0TOM")
    assert (maya.approver, maya.groups) == (False, frozenset({"S0BAKERY"}))
    assert (tom.approver, tom.groups) == (True, frozenset({"S0BAKERY"}))
    assert directory.approver_ids() == ("U0TOM",)
    server.workspace.add_group(UserGroup("S0BAKERY", "bakery", "Bakery", ()))
    directory.hear_group("S0BAKERY", gone=["U0MAYA"])
    assert directory.person("U0MAYA").groups == frozenset()
    directory.close()


def test_a_guest_nobody_saw_before_pauses_nothing(directory: Directory) -> None:
    assert directory.at_once("U0GUEST").role is Role.GUEST


def test_an_outsider_is_known_by_the_payload_while_slack_is_silent(
    directory: Directory, server: SlackServer
) -> None:
    assert directory.person("U0XYZ", "T0ELSE").role is Role.OUTSIDER, "Slack knows nobody of that id"
    server.faults.take_down()
    assert directory.person("U0ABC", "T0ELSE").role is Role.OUTSIDER
    assert directory.at_once("U0ABC", "T0ELSE").role is Role.OUTSIDER
    assert directory.person("U0ABC").role is Role.UNKNOWN


SISTER = {"enterprise_id": "E0ORG", "teams": [TEAM, "T0SISTER"]}


def test_a_member_whose_id_carries_another_workspaces_team(directory: Directory, server: SlackServer) -> None:
    """Seen in a Grid organisation: such a member was a stranger, and could not even pause."""
    server.workspace.add_user(User("U0SIS", "Sis", team_id="T0SISTER", enterprise_user=SISTER))
    server.workspace.add_user(User("U0ORG", "Orla", team_id="E0ORG", enterprise_user=SISTER))
    for user, team in (("U0SIS", "T0SISTER"), ("U0ORG", "E0ORG")):
        assert directory.person(user, team).role is Role.MEMBER
        assert directory.at_once(user, team).role is Role.MEMBER


def test_where_nobody_can_tell_stopping_is_allowed_and_starting_is_not(
    store: Store, clock: PushedClock, server: SlackServer, client: WebClient
) -> None:
    vague = {"enterprise_id": "E0ORG"}
    server.workspace.add_user(User("U0TOM", "Tom", team_id="T0SISTER", enterprise_user=vague))
    made = new(store, clock, client, enterprise_id="E0ORG")
    for person in (made.person("U0TOM", "T0SISTER"), made.at_once("U0TOM", "T0SISTER")):
        assert person.role is Role.UNKNOWN
        assert person.may(Right.STOP)
        assert not person.may(Right.APPROVE)
    assert made.person("U0ABC", "T0ELSE").role is Role.UNKNOWN, "in an organisation a team decides nothing"
    made.close()


def test_before_the_own_team_is_known_nobody_counts_as_a_member(
    store: Store, clock: PushedClock, server: SlackServer, client: WebClient
) -> None:
    """Seen: a stranger who is named as an approver counted as a member for ten minutes after a start."""
    server.workspace.add_user(User("U0TOM", "Tom", role="member", team_id="T0ELSE"))
    workspace = Workspace()
    made = Directory(store, client, clock, workspace, ("U0TOM",))
    workspace.when_met(made.warm)
    made.warm()
    assert made.person("U0TOM").role is Role.UNKNOWN
    assert store.read(lambda db: people.recall(db, "U0TOM")) is None
    workspace.met({"team_id": TEAM})
    assert server.wait_until(lambda: store.read(lambda db: people.load_roles(db, ["U0TOM"])))
    assert made.person("U0TOM").role is Role.OUTSIDER
    made.close()


@pytest.mark.parametrize(
    ("more", "enterprise_id", "role"),
    [
        ({}, None, Role.MEMBER),
        ({"team_id": TEAM}, "E0ORG", Role.MEMBER),
        ({"team_id": TEAM, "is_restricted": True}, None, Role.GUEST),
        ({"team_id": "T0ELSE"}, None, Role.OUTSIDER),
        ({"team_id": "T0ELSE"}, "E0ORG", Role.OUTSIDER),
        ({"team_id": "T0ELSE", "enterprise_user": {"teams": ["T0ELSE", TEAM]}}, None, Role.MEMBER),
        ({"team_id": "T0ELSE", "enterprise_user": {"teams": [TEAM]}, "is_ultra_restricted": True}, None, Role.GUEST),
        ({"team_id": "T0X", "enterprise_user": {"teams": ["T0X"], "enterprise_id": "E0ORG"}}, "E0ORG", Role.OUTSIDER),
        ({"team_id": "T0ELSE", "enterprise_user": {"teams": [], "enterprise_id": "E0ORG"}}, "E0ORG", None),
        ({"team_id": "T0ELSE", "enterprise_id": "E0ORG"}, "E0ORG", None),
        ({"team_id": "E0ORG"}, "E0ORG", None),
        ({"team_id": "E0ORG"}, None, None),
        ({"team_id": "E0OTHER", "enterprise_user": {"enterprise_id": "E0OTHER"}}, "E0ORG", Role.OUTSIDER),
        ({"team_id": "T0ELSE", "enterprise_user": {"enterprise_id": "E0ORG"}}, None, None),
        ({"team_id": "T0ELSE", "enterprise_user": "nonsense"}, None, Role.OUTSIDER),
        ({"team_id": "E0ORG", "is_stranger": True}, "E0ORG", Role.OUTSIDER),
        ({"team_id": TEAM, "deleted": True}, None, Role.OUTSIDER),
        ({"team_id": TEAM, "is_bot": True}, None, Role.OUTSIDER),
    ],
)  # fmt: skip
def test_who_belongs_here(
    more: dict[str, Any], enterprise_id: str | None, role: Role | None, clock: PushedClock
) -> None:
    user = {"id": "U0X", "name": "x", "profile": {}} | more
    known = read_user(user, Home(TEAM, enterprise_id), clock.now())
    assert (known.role if known else None) is role
    assert read_user({**user, "deleted": True}, Home(), clock.now()) is not None
    unmet = read_user(user, Home(), clock.now())
    assert unmet is None or unmet.role is Role.OUTSIDER


def test_who_all_may_approve_is_known_once_slack_has_said_who_is_in_the_group(directory: Directory) -> None:
    assert not directory.knows_approvers()
    directory.person("U0MAYA")
    assert directory.knows_approvers()
    assert "U0MAYA" in directory.approver_ids()


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


def test_a_slow_slack_costs_two_seconds_at_most(
    directory: Directory, server: SlackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the late answer is not thrown away."""
    assert directory_of_people.PATIENCE == 2.0
    monkeypatch.setattr(
        directory_of_people, "PATIENCE", 0.2
    )  # a tenth of the answer's: a busy machine is no slow Slack
    server.faults.order("users.info", Kind.SLOW, seconds=2.5)
    began = time.monotonic()
    assert directory.person("U0TOM").role is Role.UNKNOWN
    assert time.monotonic() - began < 2.4
    assert server.wait_until(lambda: directory.recall_names()("U0TOM") == "Tom")
    assert directory.person("U0TOM").role is Role.MEMBER
