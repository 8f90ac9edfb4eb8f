"""A statement's dialogs as Slack carries them: written or picked, shown whole, released; and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import text

from bot.domain.gate import ALL, DRILL
from bot.sandbox.networks.mastodon.server import MastodonServer
from bot.sandbox.slack.find import labels, the_control, words
from bot.sandbox.slack.server import SlackServer
from bot.sandbox.slack.state import Message
from bot.services.pause import pause as pausing
from bot.services.unit_of_work import UnitOfWork
from bot.slack.ids import Act, Dialog
from bot.store.engine.store import Store
from bot.store.pause import pauses
from bot.store.posts import posts
from tests.backend import MAYA, key
from tests.services.pause.rehearsal import Rehearsal
from tests.services.pause.test_statements import resume
from tests.slack.bench import SOCIAL, UNPACED, PushedClock
from tests.slack.team import Team

RECALL = "We recall the rye bread."


@pytest.fixture
def team(store: Store, network: MastodonServer, clock: PushedClock, server: SlackServer) -> Iterator[Team]:
    with Team(store, network, clock, server, rates=UNPACED) as running:
        yield running
        running.backend.worker.stop(timedelta(seconds=5))


def banner(team: Team, says: str = "Release a statement…", scope: str = ALL) -> Message:
    """The pause's message, once it says this; paused if it was not."""
    if team.services.store.read(lambda db: pauses.find_running(db, scope)) is None:
        team.services.do_first(pausing.pause, MAYA, scope, "recall", key())
    team.server.wait_for(SOCIAL, says)
    return [each for each in team.messages() if not each.is_reply and says in words(each)][-1]


def open_it(team: Team, user: str = "U0MAYA", scope: str = ALL) -> str:
    team.knows(user)
    team.press(user, banner(team, scope=scope), "Release a statement…")
    return team.server.modal(user).id


def pick(team: Team) -> list[str]:
    """Opens what Maya can choose from instead of writing: their names."""
    assert team.people.click_view("U0MAYA", team.server.modal("U0MAYA").id, text="Choose one…").ok
    team.until(lambda: team.server.modal("U0MAYA").spec["callback_id"] == Dialog.PICK_STATEMENT)
    found = [each for each in team.server.modal("U0MAYA").blocks if each.get("block_id") == "post"]
    return [one["text"]["text"] for each in found for one in each["element"]["options"]]


def blocks(team: Team, user: str) -> str:
    return str(team.server.modal(user).blocks)


def drafts(work: UnitOfWork) -> list[str]:
    return [post.version.body.text for post in posts.list_drafts(work.db, None, 10)]


def test_nothing_to_say_is_said_under_its_field(team: Team) -> None:
    open_it(team)
    assert team.people.fill("U0MAYA", {"Text": " "}).errors == {"text": "Write something."}
    needed = "Please complete this required field."
    assert team.people.fill("U0MAYA", {"Accounts": []}).errors == {"text": needed, "accounts": needed}
    assert team.services.look(drafts) == []


def test_whoever_goes_back_changes_the_draft(team: Team) -> None:
    first = open_it(team)
    assert team.people.fill("U0MAYA", {"Text": "We recal"}).ok
    assert "We recal" in blocks(team, "U0MAYA")
    team.people.close("U0MAYA", team.server.modal("U0MAYA").id)
    assert team.people.fill("U0MAYA", {"Text": RECALL}, first).ok
    assert RECALL in blocks(team, "U0MAYA")
    assert team.services.look(drafts) == [RECALL]
    assert team.people.fill("U0MAYA", {}).ok
    team.server.wait_for(SOCIAL, "Statement waits for an approver")


def test_what_was_typed_is_offered_again(team: Team) -> None:
    first = open_it(team)
    team.people.type("U0MAYA", {"Text": RECALL})
    team.people.close("U0MAYA", first)
    open_it(team)
    assert RECALL in blocks(team, "U0MAYA")
    assert "You had begun a statement" in blocks(team, "U0MAYA")


def test_a_planned_post_is_picked_and_shown_whole(team: Team) -> None:
    team.backend.plan("Closed today, all of us", minutes=300)
    first = open_it(team)
    team.people.type("U0MAYA", {"Text": RECALL})
    (name,) = [each for each in pick(team) if "Closed today" in each]
    assert team.people.fill("U0MAYA", {"What is to go out?": name}).ok
    assert "Closed today, all of us" in blocks(team, "U0MAYA")
    assert "you wrote it, and can still" in blocks(team, "U0MAYA")
    team.people.close("U0MAYA", first)
    open_it(team)
    assert RECALL in blocks(team, "U0MAYA"), "what was typed below it stays"


def test_nobody_releases_twice(team: Team) -> None:
    open_it(team)
    assert team.people.fill("U0MAYA", {"Text": RECALL}).ok
    assert team.people.fill("U0MAYA", {}).ok
    team.server.workspace.set_stack("U0MAYA")
    team.press("U0MAYA", banner(team, "Statement waits for"), "Read and release…")
    assert "You have released this already" in blocks(team, "U0MAYA")
    assert team.server.modal("U0MAYA").spec.get("submit") is None


def test_what_stops_it_needs_a_reason(team: Team) -> None:
    team.backend.plan("Closed", minutes=300)
    open_it(team)
    (name,) = pick(team)
    copied = text("UPDATE posts SET copied_at = status_at")  # a backup was put back meanwhile
    team.services.store.write(lambda db: db.execute(copied))
    assert team.people.fill("U0MAYA", {"What is to go out?": name}).ok
    assert "Please look first" in blocks(team, "U0MAYA")
    refused = team.people.fill("U0MAYA", {})
    assert not refused.ok or refused.errors
    assert team.people.fill("U0MAYA", {"Release anyway, because…": "nobody is there"}).ok
    team.server.wait_for(SOCIAL, "Statement waits for an approver")


def test_what_has_to_be_fixed_first_is_not_offered(team: Team) -> None:
    """Seen: a post that was missed because its image has no alt text was the first choice."""
    team.backend.with_image("Closed", minutes=300, alt="")
    open_it(team)
    assert pick(team) == []
    assert "Not listed: 1 post needs fixing before it can be approved." in blocks(team, "U0MAYA")
    assert team.server.modal("U0MAYA").spec.get("submit") is None


def test_of_one_account_it_is_for_that_account(team: Team) -> None:
    open_it(team, scope="cafe")
    (choice,) = [each for each in team.server.modal("U0MAYA").blocks if each.get("block_id") == "accounts"]
    assert [one["value"] for one in choice["element"]["options"]] == ["cafe"]


def test_a_pause_that_is_over_meanwhile(team: Team) -> None:
    open_it(team)
    assert team.people.fill("U0MAYA", {"Text": RECALL}).ok
    resume(team.backend)
    team.people.fill("U0MAYA", {})
    team.until(
        lambda: "That pause is over" in str([v.blocks for v in team.server.workspace.modals["U0MAYA"]])
    )
    assert team.backend.published == []


def test_guests_are_told_who_may(team: Team) -> None:
    team.press("U0GUEST", banner(team), "Release a statement…")
    team.private("U0GUEST", "Only full members of this workspace can release")


def test_a_drill_has_none(team: Team) -> None:
    """No button, and one that is forged says why not."""
    rehearsal = Rehearsal(team.backend)
    rehearsal.start()
    rehearsal.pause()
    team.knows("U0TOM")
    shown = team.server.wait_for(SOCIAL, "DRILL: publishing is paused")
    assert "Release a statement…" not in labels(shown)
    pause_id = team.services.store.read(lambda db: pauses.find_running(db, DRILL))
    assert pause_id is not None
    pressed = the_control(shown.blocks, text="Resume…").action()
    forged = pressed | {"action_id": Act.STATEMENT.value, "value": pause_id.id}
    assert team.people.press("U0TOM", SOCIAL, shown.ts, forged).ok
    team.private("U0TOM", "nothing real is paused, so there is no statement")
