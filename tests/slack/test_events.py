"""What Slack tells by itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from slack_bolt import BoltRequest, BoltResponse

from bot.domain.posts import Status
from bot.sandbox.networks.mastodon.server import MastodonServer
from bot.sandbox.slack.faults import Kind
from bot.sandbox.slack.server import SlackServer
from bot.sandbox.slack.state import TEAM, UserGroup
from bot.store.engine.store import Store
from bot.store.tables.slack import slack_events
from tests.slack.bench import SOCIAL, PushedClock
from tests.slack.team import Team


def tell(team: Team, event: dict[str, Any], event_id: str = "Ev1") -> BoltResponse:
    bolt = team.slack_app.bolt
    assert bolt is not None
    body = {"type": "event_callback", "team_id": TEAM, "event_id": event_id, "event": event}
    return bolt.dispatch(BoltRequest(mode="socket_mode", body=body))


def test_a_deleted_card_is_rebuilt_without_waiting_for_a_change(team: Team) -> None:
    seen = team.backend.in_review("400 loaves")
    first = team.card(seen)
    team.people.delete("U0MAYA", SOCIAL, first.ts)
    team.until(lambda: [each for each in team.messages() if each.metadata and not each.thread_ts])
    again = team.card(seen)
    assert again.ts != first.ts
    team.until(lambda: [each for each in team.messages() if each.thread_ts == again.ts])
    assert team.press("U0TOM", again, "Approve").ok


def test_an_event_delivered_again_has_no_second_effect(team: Team) -> None:
    """A card was deleted and rebuilt; Slack tells of the deletion a second time, under the same event id."""
    card = team.card(team.backend.in_review())
    gone = {"type": "message", "subtype": "message_deleted", "channel": SOCIAL, "deleted_ts": card.ts}
    for _ in range(3):
        assert tell(team, gone).status == 200
    team.until(lambda: len([1 for each in team.messages() if each.metadata and each.thread_ts]) == 1)
    kept = team.services.store.read(lambda db: db.execute(slack_events.select()).all())
    assert [row.event_id for row in kept] == ["Ev1"]


def test_a_tombstone_is_a_deletion_too(team: Team) -> None:
    card = team.card(team.backend.in_review())
    gone = {"subtype": "tombstone", "ts": card.ts}
    tell(team, {"type": "message", "subtype": "message_changed", "channel": SOCIAL, "message": gone})
    team.until(lambda: len([1 for each in team.messages() if each.metadata and not each.thread_ts]) == 2)


def test_everything_is_acknowledged(team: Team) -> None:
    for kind in ("message", "channel_archive", "member_left_channel", "reaction_added", "brand_new"):
        assert tell(team, {"type": kind, "channel": SOCIAL, "user": "U0MAYA"}, kind).status == 200, kind
    bolt = team.slack_app.bolt
    assert bolt is not None
    limited = {"type": "app_rate_limited", "team_id": TEAM, "minute_rate_limited": 1}
    assert bolt.dispatch(BoltRequest(mode="socket_mode", body=limited)).status == 200


def test_an_event_that_fails_is_not_acknowledged(team: Team) -> None:
    """So that Slack delivers it again: unlike a click, it is the only copy."""
    assert tell(team, {"type": "user_change", "user": "not an object"}).status == 500


def test_a_changed_person_is_asked_about_again(team: Team) -> None:
    assert team.slack_app._directory.person("U0MAYA").name == "Maya"
    tell(team, {"type": "user_change", "user": {"id": "U0MAYA"}})
    before = len(team.server.calls("users.info"))
    team.slack_app._directory.person("U0MAYA")
    assert len(team.server.calls("users.info")) == before + 1


def test_being_thrown_out_is_said(team: Team) -> None:
    tell(team, {"type": "tokens_revoked", "tokens": {"bot": ["U0BOT"]}})
    assert "tokens were revoked" in team.slack_app.health.sentences()[0]


GROUP = "S0APPROVE"


@pytest.fixture
def grouped(store: Store, network: MastodonServer, clock: PushedClock, server: SlackServer) -> Iterator[Team]:
    """Whoever is in a user group approves; Tom is in it."""
    server.workspace.add_group(UserGroup(GROUP, "approvers", "Approvers", ("U0TOM",)))
    with Team(store, network, clock, server, approvers=(GROUP,)) as running:
        running.until(lambda: running.slack_app._directory.person("U0TOM").approver)
        yield running
        running.backend.worker.stop(timedelta(seconds=5))


@pytest.mark.parametrize(
    "event",
    [
        {"type": "subteam_members_changed", "subteam_id": GROUP, "removed_users": ["U0TOM"]},
        {"type": "subteam_updated", "subteam": {"id": GROUP, "users": []}},
        {"type": "subteam_updated", "subteam": {"id": GROUP, "users": ["U0TOM"], "date_delete": 1}},
        {"type": "user_change", "user": {"id": "U0TOM", "deleted": True, "profile": {}}},
    ],
    ids=["who left", "who is left", "switched off", "deactivated"],
)
def test_who_lost_the_right_has_approved_nothing(grouped: Team, event: dict[str, Any]) -> None:
    """Also with Slack silent otherwise: the event says who."""
    seen = grouped.backend.in_review()
    grouped.press("U0TOM", grouped.card(seen), "Approve")
    assert grouped.backend.status(seen) is Status.APPROVED
    grouped.server.faults.order("usergroups.users.list", Kind.SERVER_ERROR, times=None)
    assert tell(grouped, event).status == 200
    assert grouped.backend.status(seen) is Status.REVIEW
    grouped.card(seen, "no longer counts")
    grouped.server.wait_for(SOCIAL, "Please decide again: ")
    grouped.backend.to_slot(seen)
    assert grouped.backend.published == []


def test_an_event_that_says_nobody_left_ends_nothing(grouped: Team) -> None:
    seen = grouped.backend.in_review()
    grouped.press("U0TOM", grouped.card(seen), "Approve")
    grouped.server.faults.take_down()
    tell(grouped, {"type": "subteam_members_changed", "subteam_id": GROUP, "added_users": ["U0MAYA"]})
    tell(grouped, {"type": "user_change", "user": {"id": "U0TOM"}}, "Ev2")
    grouped.backend.to_slot(seen)
    assert len(grouped.backend.published) == 1
