"""Who a Slack user is: asked once, remembered, and never guessed."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from slack_sdk import WebClient

from bot.domain.people import Role
from bot.sandbox.slack.faults import Kind
from bot.sandbox.slack.server import SlackServer
from bot.sandbox.slack.state import TEAM, User, UserGroup
from bot.slack.people import Directory
from bot.slack.workspace import Workspace
from bot.store.engine.store import Store
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


def test_an_outsider_is_known_by_the_payload_alone(directory: Directory, server: SlackServer) -> None:
    assert directory.person("U0XYZ", "T0ELSE").role is Role.OUTSIDER
    assert server.calls("users.info") == []


def test_approvers_by_name_and_by_group(directory: Directory, server: SlackServer) -> None:
    assert directory.person("U0TOM").approver
    assert directory.person("U0MAYA").approver
    assert not directory.person("U0GUEST").approver
    assert directory.approver_ids() == ("U0TOM", "U0MAYA")
    server.workspace.add_group(UserGroup(GROUP, "approvers", "Approvers", ()))
    directory.forget_groups()
    assert not directory.person("U0MAYA").approver, "who left the group approves nothing more"


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
    assert server.wait_until(lambda: directory._known.get("U0TOM") is not None)
    assert directory.person("U0TOM").role is Role.MEMBER
