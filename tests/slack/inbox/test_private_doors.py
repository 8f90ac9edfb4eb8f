"""A private conversation's buttons, pressed by somebody who is not in its channel: forged, or kept from before."""

from __future__ import annotations

import pytest

from bot.sandbox.slack.faults import Kind
from bot.sandbox.slack.find import the_control
from bot.sandbox.slack.state import Channel, User
from bot.slack.ids import Act
from bot.store.inbox import messages
from tests.inbox_backend import ASKED, INBOX, PRIVATE
from tests.slack.bench import SOCIAL
from tests.slack.inbox_team import MEMBERS, InboxTeam
from tests.slack.test_events import tell

ANNA, GIL, MAYA = "U0ANNA", "U0GUEST", "U0MAYA"
ADDRESS = "My address is 1 Mill Lane."
pytestmark = pytest.mark.parametrize("counter", [{}], indirect=True)


def begin(counter: InboxTeam) -> dict[Act, str]:
    """Anna is on the team, not in the private channel. Returns {button: its value} of a private conversation."""
    counter.server.workspace.add_user(User(ANNA, "Anna"), SOCIAL, INBOX)
    counter.backend.writes(ADDRESS, private=True)
    private = counter.backend.conversation
    first = counter.services.store.read(lambda db: messages.list_of_conversation(db, private.id))[0]
    counter.backend.writes(ASKED, name="Olga")
    return {Act.SHOW_ALL: first.id, Act.REPLY: f"{private.id}:{private.seq}"}


def forge(counter: InboxTeam, user: str, act: Act, value: str) -> None:
    card = counter.shown(ASKED)
    pressed = the_control(card.blocks, text="Reply").action() | {"action_id": act.value, "value": value}
    assert counter.people.press(user, INBOX, card.ts, pressed).ok


@pytest.mark.parametrize("user", [ANNA, GIL])
def test_a_forged_value_shows_nothing(counter: InboxTeam, user: str) -> None:
    for act, value in begin(counter).items():
        forge(counter, user, act, value)
    counter.told(user, "only members")
    assert not counter.server.workspace.modals.get(user)


def test_whoever_is_in_it_reads(counter: InboxTeam) -> None:
    values = begin(counter)
    forge(counter, MAYA, Act.SHOW_ALL, values[Act.SHOW_ALL])
    assert "Mill Lane" in str(counter.server.modal(MAYA).blocks)


def test_whoever_comes_may_and_whoever_leaves_may_not(counter: InboxTeam) -> None:
    values = begin(counter)
    forge(counter, ANNA, Act.SHOW_ALL, values[Act.SHOW_ALL])
    counter.told(ANNA, "only members")
    counter.server.workspace.join(PRIVATE, ANNA)
    tell(counter, {"type": "member_joined_channel", "channel": PRIVATE, "user": ANNA})
    forge(counter, ANNA, Act.SHOW_ALL, values[Act.SHOW_ALL])
    assert "Mill Lane" in str(counter.server.modal(ANNA).blocks)
    counter.server.workspace.set_stack(ANNA)
    counter.server.workspace.leave(PRIVATE, ANNA)
    tell(counter, {"type": "member_left_channel", "channel": PRIVATE, "user": ANNA}, "Ev2")
    forge(counter, ANNA, Act.SHOW_ALL, values[Act.SHOW_ALL])
    assert not counter.server.workspace.modals.get(ANNA)


def test_whom_nobody_told_of_may_after_half_a_minute(counter: InboxTeam) -> None:
    """The app was installed before it asked to be told who comes."""
    values = begin(counter)
    forge(counter, ANNA, Act.SHOW_ALL, values[Act.SHOW_ALL])
    counter.server.workspace.join(PRIVATE, ANNA)
    counter.clock.push(31)
    forge(counter, ANNA, Act.SHOW_ALL, values[Act.SHOW_ALL])
    assert "Mill Lane" in str(counter.server.modal(ANNA).blocks)


def test_with_slack_silent_nobody_reads(counter: InboxTeam) -> None:
    values = begin(counter)
    counter.shown(ASKED)
    counter.clock.push(700)  # what was heard before counts no more
    counter.server.faults.order("conversations.members", Kind.SERVER_ERROR, times=None)
    forge(counter, MAYA, Act.SHOW_ALL, values[Act.SHOW_ALL])
    counter.told(MAYA, "could not tell us just now whether you are in the private channel")
    assert not counter.server.workspace.modals.get(MAYA)


def test_a_channel_named_by_its_name(counter: InboxTeam) -> None:
    """`private_channel = "#more-private"`."""
    counter.server.workspace.add_channel(Channel("G0MORE", "more-private", MEMBERS, kind="group"))
    directory = counter.slack_app._directory
    named = type(directory)(
        counter.services.store, directory._client, counter.clock, directory._workspace, (),
        private_channel="#more-private",
    )  # fmt: skip
    assert named.person(MAYA).in_private_channel is True
    assert named.person(GIL).in_private_channel is False
    named.hear_channel(PRIVATE, gone=[MAYA])  # another channel
    named.hear_channel("G0MORE", gone=[MAYA])
    counter.server.faults.order("conversations.members", Kind.SERVER_ERROR, times=None)
    assert named.person(MAYA).in_private_channel is None
    named.close()
