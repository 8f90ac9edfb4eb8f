"""What people press on a card, and what they are answered."""

from __future__ import annotations

from slack_bolt import BoltRequest

from bot.domain.posts import Status
from bot.sandbox.slack.faults import Kind
from bot.sandbox.slack.find import labels, the_control, words
from bot.sandbox.slack.state import TEAM
from bot.services.posts import edit, review
from tests.backend import MAYA, TOM, key
from tests.slack.bench import SOCIAL
from tests.slack.team import Team

GONE_WRONG = "Nothing was changed"


def test_approve_redraws_the_card(team: Team) -> None:
    seen = team.backend.in_review("400 loaves")
    card = team.card(seen)
    act = team.press("U0TOM", card, "Approve")
    assert team.backend.status(seen) is Status.APPROVED, "acknowledged means committed"
    assert act.ack_ms < 1000
    team.until(lambda: "Approved" in words(team.messages()[0]))
    assert [each.ts for each in team.messages() if each.metadata] == [card.ts], "the same message, edited"


def test_kill_and_bring_back(team: Team) -> None:
    seen = team.backend.in_review()
    team.press("U0MAYA", team.card(seen), "Kill")
    assert team.backend.status(seen) is Status.KILLED
    team.press("U0MAYA", team.card(seen, "Bring back"), "Bring back")
    assert team.backend.status(seen) is Status.REVIEW


def test_entering_review_anew_shrinks_the_old_card_to_a_link(team: Team) -> None:
    seen = team.backend.in_review("400 loaves")
    old = team.card(seen)
    team.press("U0MAYA", old, "Kill")
    team.press("U0MAYA", team.card(seen, "Bring back"), "Bring back")
    team.until(lambda: team.server.find(SOCIAL, "newer card"))
    link = team.server.wait_for(SOCIAL, "newer card")
    assert link.ts == old.ts
    assert labels(link) == []
    assert "Approve" in labels(team.messages()[-1])


def test_a_guest_is_refused_privately_and_nothing_changes(team: Team) -> None:
    seen = team.backend.in_review()
    card = team.card(seen)
    team.press("U0GUEST", card, "Kill")
    told = team.private("U0GUEST", "Only full members")
    assert (
        "of this workspace can kill “Fresh bread at nine”. Please ask one, or an approver: <@U0TOM>" in told
    ), "seen: “can do that”, and names there was nothing to tap on"
    assert team.backend.status(seen) is Status.REVIEW
    assert team.server.find(SOCIAL, "Only full members", user="U0MAYA") is None
    team.press("U0GUEST", card, "Edit")
    team.until(lambda: len(team.server.calls("chat.postEphemeral")) == 2)
    assert not team.server.workspace.modals.get("U0GUEST"), "refused before a dialog opens"


def test_no_word_of_a_post_rings_anybody_in_a_refusal(team: Team) -> None:
    """People are mentioned in refusals, and the post is named in them."""
    seen = team.backend.in_review("<@U0ANNA> gets\n`free` *bread*")
    team.press("U0MAYA", team.card(seen), "Approve")
    told = team.private("U0MAYA", "Only approvers can approve “‹@U0ANNA› gets free bread”")
    assert "<@U0TOM>" in told
    assert "<@U0ANNA>" not in told.split("bread”")[0]


def test_only_approvers_approve(team: Team) -> None:
    seen = team.backend.in_review()
    team.press("U0MAYA", team.card(seen), "Approve")
    assert "<@U0TOM>" in team.private("U0MAYA", "Only approvers can approve “Fresh bread at nine”")


def test_a_double_click_counts_once(team: Team) -> None:
    seen = team.backend.in_review()
    card = team.card(seen)
    approve = the_control(card.blocks, text="Approve")
    for _ in range(2):
        assert team.people.press("U0TOM", SOCIAL, card.ts, approve).ok
    team.private("U0TOM", GONE_WRONG)
    assert team.backend.status(seen) is Status.APPROVED


def test_the_same_payload_again_has_no_second_effect(team: Team) -> None:
    """Slack, or somebody who recorded a request, sends the very same click again: 200, and silence."""
    seen = team.backend.in_review()
    card = team.card(seen)
    action = the_control(card.blocks, text="Approve").action() | {"action_ts": "1700000000.5"}
    place = {"type": "message", "message_ts": card.ts, "channel_id": SOCIAL}
    payload = {
        "type": "block_actions", "team": {"id": TEAM}, "user": {"id": "U0TOM", "team_id": TEAM},
        "container": place, "channel": {"id": SOCIAL}, "trigger_id": "1.2.3", "actions": [action],
    }  # fmt: skip
    bolt = team.slack_app.bolt
    assert bolt is not None
    for _ in range(2):
        answer = bolt.dispatch(BoltRequest(mode="socket_mode", body=payload))
        assert (answer.status, answer.body) == (200, "")
    assert team.backend.status(seen) is Status.APPROVED
    assert team.server.calls("chat.postEphemeral") == []


def test_an_outdated_card_says_what_happened_meanwhile(team: Team) -> None:
    seen = team.backend.in_review("400 loaves")
    card = team.card(seen)
    approve = the_control(card.blocks, text="Approve")
    slot = team.backend.post(seen).slot
    team.knows("U0MAYA")  # as her own clicks would have made her known
    team.services.do(edit.save_edit, MAYA, seen, edit.Changes("420 loaves", slot), key())
    assert team.people.press("U0TOM", SOCIAL, card.ts, approve).ok
    assert "Maya changed it at" in team.private("U0TOM", "out of date")
    assert team.backend.status(seen) is Status.REVIEW


def test_a_click_on_a_killed_post(team: Team) -> None:
    seen = team.backend.in_review()
    card = team.card(seen)
    approve = the_control(card.blocks, text="Approve")
    team.services.do(review.kill, TOM, seen, key())
    assert team.people.press("U0TOM", SOCIAL, card.ts, approve).ok
    team.private("U0TOM", "killed")


def test_a_button_of_another_time_is_answered(team: Team) -> None:
    card = team.card(team.backend.in_review())
    old = the_control(card.blocks, text="Approve").action() | {"action_id": "boost", "value": "?"}
    assert team.people.press("U0TOM", SOCIAL, card.ts, old).ok
    team.private("U0TOM", "cannot read that button")
    forged = the_control(card.blocks, text="Approve").action() | {"value": "'; drop table posts"}
    assert team.people.press("U0TOM", SOCIAL, card.ts, forged).ok
    team.until(lambda: len(team.server.calls("chat.postEphemeral")) == 2)


def test_with_slack_silent_stopping_is_allowed_and_starting_refused(team: Team) -> None:
    """Slack cannot say who Tom is, and nobody ever saw him: he may kill, he may not approve."""
    team.knows("U0TOM")
    team.slack_app._directory.hear_person({"id": "U0TOM"})
    team.server.faults.order("users.info", Kind.SERVER_ERROR, times=None)
    seen = team.backend.in_review()
    card = team.card(seen)
    team.press("U0TOM", card, "Approve")
    team.private("U0TOM", "could not tell us just now who you are")
    assert team.backend.status(seen) is Status.REVIEW
    team.press("U0TOM", card, "Kill")
    assert team.backend.status(seen) is Status.KILLED
