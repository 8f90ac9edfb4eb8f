"""Drafts at every door: who may, what does not start by itself, and what is said where Slack fails."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.posts import Post, Status
from bot.domain.preflight.objections import Objection
from bot.domain.refusals import Refusal
from bot.domain.shown.authorship import Authorship
from bot.sandbox.slack.faults import Kind
from bot.sandbox.slack.state import View
from bot.services.posts import composing, drafts, edit, review
from bot.services.posts.create import NewPost
from bot.services.posts.edit import Changes
from bot.services.queries.home import load_drafts, load_home
from bot.services.unit_of_work import UnitOfWork
from bot.slack.views.home.home import DRAFTS
from bot.store.posts import posts
from tests.backend import GIL, MAYA, STRANGER, TOM, key
from tests.slack.bench import SOCIAL
from tests.slack.posts.test_new_post import LOOK, WHEN, fill, list_all, open_new, say, soon, top, words
from tests.slack.team import Team


def keep_draft(team: Team, minutes: float | None = 20) -> Post:
    slot = None if minutes is None else team.clock.now() + timedelta(minutes=minutes)
    return team.services.do(drafts.save_draft, MAYA, NewPost(("bakery",), "Mine", slot), key())


def home(team: Team, containing: str = "Duplicate") -> Any:
    team.people.open_home("U0MAYA")
    team.until(lambda: containing in str(team.server.workspace.homes.get("U0MAYA")))
    return team.server.workspace.homes["U0MAYA"]


def test_an_edit_of_a_draft_starts_no_clock(team: Team) -> None:
    """Of a dialog of an older Byhand: only Schedule plans a post."""
    draft = keep_draft(team, None)
    changes = Changes("Mine, longer", team.clock.now() + timedelta(minutes=20))
    team.services.do(edit.save_edit, MAYA, draft.version.seen, changes, key())
    (post,) = list_all(team)
    assert (post.status, post.version.body.text) == (Status.DRAFT, "Mine, longer")
    assert team.services.store.read(posts.find_next_due) is None


def test_edit_on_a_draft_opens_it_where_it_was_written(team: Team) -> None:
    draft = keep_draft(team)
    view = home(team)
    action = {"type": "button", "action_id": "edit", "block_id": "b", "value": str(draft.version.seen)}
    assert view
    assert team.people.press_view("U0MAYA", None, action, {}).ok
    assert team.server.modal("U0MAYA").spec["callback_id"] == "new_post"


def test_a_duplicate_that_slack_does_not_open_is_said_to_be_there(team: Team) -> None:
    """Not "nothing was changed: press again", which made one more each time."""
    keep_draft(team)
    home(team)
    team.server.faults.order("views.open", Kind.SERVER_ERROR, times=1)
    assert team.people.click_home("U0MAYA", text="Duplicate").ok
    team.until(lambda: team.server.workspace.modals.get("U0MAYA"))
    assert "A draft with a copy of it is on Byhand's Home" in words(team.people.modal("U0MAYA"))
    assert len(list_all(team)) == 2


def test_duplicate_pressed_twice_is_one_copy(team: Team) -> None:
    """Seen: two quick presses, two drafts. Later, or once the copy was written on, it is another one."""
    draft = keep_draft(team)
    view = home(team)
    for _ in range(2):
        action = {"type": "button", "action_id": "duplicate", "block_id": "b", "value": draft.id}
        assert team.people.press_view("U0MAYA", None, action, {}).ok
        team.until(lambda: "Draft 2" in str(team.people.modal("U0MAYA").spec["title"]))
    assert view
    told = words(team.people.modal("U0MAYA"))
    assert (
        "*This is a copy of “Mine”.* It is saved already, as draft 2 on Byhand's Home, and has no time yet."
        in told
    )
    assert len(list_all(team)) == 2
    copy = team.services.do(drafts.duplicate, MAYA, draft.id, key())
    wanted = replace(drafts.read_version(copy.version), text="Another")
    team.services.do(drafts.save_draft, MAYA, wanted, key(), copy.version.seen)
    assert team.services.do(drafts.duplicate, MAYA, draft.id, key()).number == 3, "the first was written on"
    assert team.services.do(drafts.duplicate, TOM, draft.id, key()).number == 4, "it is somebody else's"
    team.clock.push(timedelta(minutes=1))
    assert team.services.do(drafts.duplicate, MAYA, draft.id, key()).number == 5


@pytest.mark.parametrize("minutes", [20, 600])
@pytest.mark.parametrize("delete", [drafts.delete_draft, review.kill])
def test_a_deleted_draft_that_is_brought_back_is_a_draft(team: Team, delete: Any, minutes: int) -> None:
    """By a forged press: no card of it has the button. It had a proposed time, and came back scheduled."""
    draft = keep_draft(team, minutes)
    team.services.do(delete, MAYA, draft.version.seen, key())
    team.services.do(review.bring_back, MAYA, draft.version.seen, key())
    (post,) = list_all(team)
    assert (post.status, post.slot) == (Status.DRAFT, draft.slot)
    assert team.services.store.read(posts.find_next_due) is None
    team.services.do(drafts.schedule, MAYA, drafts.read_version(post.version), key(), post.version.seen)
    team.services.do(review.kill, MAYA, post.version.seen, key())
    team.services.do(review.bring_back, MAYA, post.version.seen, key())
    assert list_all(team)[0].status in (Status.SCHEDULED, Status.REVIEW), "what was scheduled is so again"


@pytest.mark.parametrize("who", [GIL, STRANGER])
@pytest.mark.parametrize("verb", [drafts.save_draft, drafts.schedule])
def test_whoever_is_no_full_member_saves_nothing(team: Team, who: Any, verb: Any) -> None:
    wanted = NewPost(("bakery",), "Theirs", team.clock.now() + timedelta(minutes=20))
    with pytest.raises(Refusal):
        team.services.do(composing.save, who, "V1", verb, wanted, key(), None)
    draft = keep_draft(team)
    with pytest.raises(Refusal):
        team.services.do(composing.save, who, "V2", verb, wanted, key(), draft.version.seen)
    assert [post.version.body.text for post in list_all(team)] == ["Mine"]


@pytest.mark.parametrize("action_id", ["home_edit", "duplicate", "delete_draft", "new_post"])
def test_a_guest_who_presses_is_refused(team: Team, action_id: str) -> None:
    """Home shows guests no such button; a copy of an old Home may."""
    draft = keep_draft(team)
    team.people.open_home("U0GUEST")
    team.until(lambda: team.server.workspace.homes.get("U0GUEST"))
    value = str(draft.version.seen) if action_id == "delete_draft" else draft.id
    action = {"type": "button", "action_id": action_id, "block_id": "b", "value": value}
    assert team.people.press_view("U0GUEST", None, action, {}).ok
    team.until(lambda: team.server.workspace.modals.get("U0GUEST"))
    assert "full members" in words(team.people.modal("U0GUEST"))
    assert [post.status for post in list_all(team)] == [Status.DRAFT]


def test_a_guest_plans_no_message(team: Team) -> None:
    ts = say(team, "Rye is back")
    assert team.people.shortcut("U0GUEST", SOCIAL, ts, "plan_this").ok
    team.private("U0GUEST", "full members")


def test_whoever_may_no_more_is_refused_at_next(team: Team) -> None:
    """They became a guest while the dialog was open."""
    view = open_new(team)
    team.server.workspace.set_stack("U0GUEST", replace(view, user="U0GUEST"))
    act = team.people.fill("U0GUEST", fill(team, **{WHEN: soon(team)}))
    assert "full members" in str(act.errors)


def test_somebody_elses_composition_is_not_theirs(team: Team) -> None:
    """The first screen's view in a forged dialog."""
    open_new(team)
    team.people.fill("U0MAYA", fill(team, **{WHEN: soon(team)}))
    root = top(team, LOOK).root
    assert team.services.look(composing.find, MAYA, root)
    assert team.services.look(composing.find, GIL, root) is None


def test_each_of_a_dozen_drafts_can_be_opened_on_home(team: Team) -> None:
    """They can be opened nowhere else; five were shown, and the others were lost from sight."""
    for number in range(12):
        team.services.do(drafts.save_draft, MAYA, NewPost(("bakery",), f"Idea {number}", None), key())
    view = home(team, "Idea 11")
    opened = [each for each in the_buttons(view) if each["action_id"] == "home_edit"]
    assert len(opened) == 12


def write_drafts(team: Team, number: int) -> list[Post]:
    def write(work: UnitOfWork) -> list[Post]:
        return [
            drafts.save_draft(work, MAYA, NewPost(("bakery",), f"Idea {each}", None), key())
            for each in range(number)
        ]

    return team.services.do(write)


def press_there(team: Team, text: str, number: int = 0) -> View:
    """The button of this text in the dialog on top; what is on top then."""
    before = team.people.modal("U0MAYA")
    wanted = [each for each in the_buttons(before) if each["text"]["text"] == text][number]
    action = {"type": "button", "block_id": "b", "action_id": wanted["action_id"], "value": wanted["value"]}
    assert team.people.press_view("U0MAYA", before.id, action, {}).ok
    team.until(lambda: team.people.modal("U0MAYA") != before)
    return team.people.modal("U0MAYA")


def test_every_draft_can_be_reached_from_home(team: Team) -> None:
    """Over twenty were only counted there, and could be opened nowhere else."""
    write_drafts(team, 85)
    view = home(team, "Idea 84")
    assert "and 65 more" in words(view)
    assert team.people.click_home("U0MAYA", text="Show all 85 drafts").ok
    view = team.server.modal("U0MAYA")
    found = []
    while True:
        opened = [each for each in the_buttons(view) if each["action_id"] == "home_edit"]
        found += [each["value"] for each in opened]
        if not [each for each in the_buttons(view) if each["text"]["text"] == "Show more"]:
            break
        view = press_there(team, "Show more")
    assert len(found) == len(set(found)) == 85
    assert "Idea 84" in words(press_there(team, "Back to the newest"))
    view = press_there(team, "Open", 30)
    assert (view.spec["callback_id"], len(team.server.workspace.modals["U0MAYA"])) == ("new_post", 2)
    team.people.fill("U0MAYA", {"Text": "Idea 54, longer"})
    team.people.submit("U0MAYA", top(team, LOOK).id)
    top(team, "notice")
    assert "Idea 54, longer" in [post.version.body.text for post in list_all(team)]


def test_drafts_are_deleted_and_duplicated_in_the_list(team: Team) -> None:
    write_drafts(team, 62)
    home(team, "Idea 61")
    team.people.click_home("U0MAYA", text="Show all 62 drafts")
    team.server.modal("U0MAYA")
    assert "Idea 21" in words(press_there(team, "Show more"))
    view = press_there(team, "Delete…")
    assert view.spec["callback_id"] == "all_drafts"
    assert "Idea 21" not in words(view), "it is gone from this page, which is still shown"
    assert "Idea 20" in words(view)
    view = press_there(team, "Duplicate")
    assert "This is a copy of “Idea 20”" in words(view)
    assert len(team.server.workspace.modals["U0MAYA"]) == 2


@pytest.mark.parametrize("who", [GIL, STRANGER])
def test_the_list_of_drafts_is_for_those_who_write(team: Team, who: Any) -> None:
    write_drafts(team, 1)
    with pytest.raises(Refusal):
        team.services.look(load_drafts, who)


def the_buttons(view: Any) -> list[dict[str, Any]]:
    return [each for block in view.blocks if block["type"] == "actions" for each in block["elements"]]


# --- what each draft still needs ----------------------------------------------------------------------


def test_each_draft_says_whose_it_is_and_what_it_still_needs(team: Team) -> None:
    """Seen: a draft with an image without alt text looked like a finished one. Judged as its card will be."""
    tom = team.services.do(
        drafts.save_draft, TOM, NewPost(("bakery",), "x" * 600, team.clock.now() + timedelta(hours=2)), key()
    )
    wanted = replace(drafts.read_version(tom.version), text="y" * 600)
    team.services.do(drafts.save_draft, MAYA, wanted, key(), tom.version.seen)
    team.services.do(drafts.save_draft, MAYA, NewPost((), "Idea", None), key())
    ready = NewPost(("bakery",), "Rye is back", team.clock.now() + timedelta(hours=3))
    team.services.do(drafts.save_draft, MAYA, ready, key())
    page = team.services.look(load_drafts, MAYA)
    found = {row.text[:4]: row for row in page.drafts}
    assert found["Idea"].fix == ("No account yet", "No time yet")
    assert found["Rye "].fix == ()
    (too_long,) = found["yyyy"].fix
    assert "500 characters" in too_long
    assert found["yyyy"].whose == Authorship(TOM.id, (MAYA.id,))
    team.clock.push(timedelta(hours=4))
    assert "Its proposed time has passed" in team.services.look(load_drafts, MAYA).drafts[0].fix
    shown = home(team, "Rye is back")
    assert "Before it can be approved: " in str(shown.blocks)


def test_only_the_drafts_that_are_shown_are_judged(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    write_drafts(team, 85)
    judged: list[str] = []

    def judge(_work: UnitOfWork, post: Post) -> tuple[Objection, ...]:
        judged.append(post.id)
        return ()

    monkeypatch.setattr(drafts, "list_blocks", judge)
    team.services.look(load_home, MAYA)
    assert len(judged) == DRAFTS
