"""One composition is saved once, and as it was on the screen, whatever is pressed, lost or saved meanwhile."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from bot.domain.posts import Post, Status
from bot.sandbox.slack.state import View
from bot.services.posts import composing, drafts
from bot.services.posts.create import NewPost
from tests.backend import MAYA, TOM, key
from tests.slack.posts.test_new_post import (
    DONE,
    LOOK,
    WHEN,
    fields,
    fill,
    list_all,
    open_new,
    soon,
    top,
    words,
)
from tests.slack.team import Team


def at_the_look(team: Team, **more: Any) -> View:
    open_new(team)
    assert team.people.fill("U0MAYA", fill(team, **{WHEN: soon(team), **more})).ok
    return top(team, LOOK)


def show_again(team: Team, *views: View) -> None:
    """The answer did not arrive: the person still sees these."""
    team.server.workspace.set_stack("U0MAYA", *views)


def test_schedule_pressed_again_after_a_lost_answer_says_what_was_done(team: Team) -> None:
    view = at_the_look(team)
    root = team.server.workspace.modals["U0MAYA"][0]
    assert team.people.submit("U0MAYA", view.id).ok
    show_again(team, root, view)
    assert team.people.submit("U0MAYA", view.id).ok
    assert "is scheduled for" in words(top(team, DONE))
    assert len(list_all(team)) == 1


def test_saved_as_a_draft_then_scheduled_on_the_same_screen_is_one_post(team: Team) -> None:
    """Its answer was slow, so the person pressed the other button."""
    view = at_the_look(team)
    root = team.server.workspace.modals["U0MAYA"][0]
    assert team.people.click_view("U0MAYA", view.id, text="Save as a draft").ok
    top(team, DONE)
    show_again(team, root, view)
    assert team.people.submit("U0MAYA", view.id).ok
    assert "is saved" in words(top(team, DONE))
    assert [post.status for post in list_all(team)] == [Status.DRAFT]


def test_two_presses_that_both_read_what_was_kept_make_one_post(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two workers, or a crash right after the commit: nothing but the database knows of the other."""
    view = at_the_look(team)
    root = team.server.workspace.modals["U0MAYA"][0]
    kept = team.services.look(composing.find, MAYA, root.id)
    assert team.people.submit("U0MAYA", view.id).ok
    monkeypatch.setattr(composing, "find", lambda *_: kept)
    show_again(team, root, replace(view, hash="another"))
    assert team.people.submit("U0MAYA", view.id).ok
    assert "is scheduled for" in words(top(team, DONE))
    assert len(list_all(team)) == 1


def test_a_crash_right_after_it_was_saved_offers_nothing_again(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = at_the_look(team)

    def crash(*_: object) -> None:
        raise RuntimeError("the power went out")

    monkeypatch.setattr("bot.slack.posts.new_look.queries.load_done", crash)
    monkeypatch.setattr("bot.slack.posts.new_look.composing.forget", crash, raising=False)
    team.people.submit("U0MAYA", view.id)
    monkeypatch.undo()
    assert len(list_all(team)) == 1
    show_again(team)
    assert "You had begun" not in words(open_new(team))


def test_another_window_with_the_same_composition_is_told(team: Team) -> None:
    view = at_the_look(team, Text="Twice?")
    stack = team.server.workspace.modals["U0MAYA"]
    show_again(team)
    other = open_new(team)
    assert fields(other)["text"]["initial_value"] == "Twice?"
    show_again(team, *stack)
    assert team.people.submit("U0MAYA", view.id).ok
    show_again(team, other)
    act = team.people.submit("U0MAYA", other.id)
    assert "in another window" in str(act.errors)
    assert len(list_all(team)) == 1


def test_what_is_saved_is_what_was_on_the_screen(team: Team) -> None:
    """A slow look at images of an earlier Next, or another device, changed what is kept under this screen."""
    view = at_the_look(team, Text="Seen")
    root = team.server.workspace.modals["U0MAYA"][0]
    kept = team.services.look(composing.find, MAYA, root.id)
    assert kept is not None
    team.services.do(composing.keep, MAYA, root.id, replace(kept, text="Never seen"))
    assert team.people.submit("U0MAYA", view.id).ok
    view = top(team, LOOK)
    assert "Not scheduled yet" in words(view)
    assert "Never seen" in words(view)
    assert not list_all(team)
    team.services.do(composing.keep, MAYA, root.id, kept)
    assert team.people.click_view("U0MAYA", view.id, text="Save as a draft").ok
    team.until(lambda: "Never seen" not in words(team.people.modal("U0MAYA")))
    assert not list_all(team)


def test_a_field_nobody_wrote_into_follows_the_text(team: Team) -> None:
    """Seen on paper: a typo mended on the first screen stayed in the words for one account."""
    view = at_the_look(team, Text="Fersh bread")
    team.people.click_view("U0MAYA", view.id, text="Different text for Cafe")
    team.until(lambda: "Text for Cafe" in words(team.people.modal("U0MAYA")))
    team.people.type("U0MAYA", {"Text for Cafe": "Fersh bread"})
    team.people.close("U0MAYA", team.people.modal("U0MAYA").id)
    team.people.fill("U0MAYA", fill(team, Text="Fresh bread", **{WHEN: soon(team)}))
    view = top(team, LOOK)
    assert "Fersh" not in words(view)
    assert fields(view)["variant:cafe"]["initial_value"] == "Fresh bread"


def test_two_looks_at_images_from_one_screen_have_names_of_their_own(team: Team) -> None:
    """Slack refuses a view whose external_id another one has; the first screen's own hash does not change."""
    open_new(team)
    names = []
    for _ in range(2):
        act = team.people.fill("U0MAYA", fill(team, **{"Images (up to 4)": [("virus.png", b"MZ")]}))
        names.append(act.response["view"]["external_id"])
        team.until(lambda: "virus.png" in words(team.people.modal("U0MAYA")))
        team.people.close("U0MAYA", team.people.modal("U0MAYA").id)
    assert len(set(names)) == 2


def open_draft(team: Team, text: str = "Mine", slot: datetime | None = None) -> Post:
    """On Maya's Home, and opened by her."""
    draft = team.services.do(drafts.save_draft, MAYA, NewPost(("bakery",), text, slot), key())
    team.people.open_home("U0MAYA")
    team.until(lambda: text in str(team.server.workspace.homes.get("U0MAYA")))
    assert team.people.click_home("U0MAYA", text="Open").ok
    team.server.modal("U0MAYA")
    return draft


def schedule(team: Team, draft: Post) -> None:
    """As it stands: its version stays the same."""
    team.services.do(drafts.schedule, TOM, drafts.read_version(draft.version), key(), draft.version.seen)


def delete(team: Team, draft: Post) -> None:
    team.services.do(drafts.delete_draft, TOM, draft.version.seen, key())


@pytest.mark.parametrize("meanwhile", [schedule, delete])
def test_a_draft_that_is_none_any_more_loses_no_words(team: Team, meanwhile: Any) -> None:
    """Somebody scheduled or deleted it while it was written on."""
    draft = open_draft(team, slot=team.clock.now().replace(year=2030))
    team.people.fill("U0MAYA", {"Text": "Mine, longer", WHEN: soon(team)})
    view = top(team, LOOK)
    meanwhile(team, draft)
    assert team.people.submit("U0MAYA", view.id).ok
    team.until(lambda: "a post of its own" in words(team.people.modal("U0MAYA")))
    assert [post.version.body.text for post in list_all(team)] == ["Mine"]
    assert team.people.click_view("U0MAYA", team.people.modal("U0MAYA").id, text="Save as a draft").ok
    top(team, DONE)
    assert sorted(post.version.body.text for post in list_all(team)) == ["Mine", "Mine, longer"]


def test_saving_apart_forgets_no_other_post_that_was_begun(team: Team) -> None:
    first = open_new(team)
    team.people.type("U0MAYA", {"Text": "Quite another post"})
    team.people.close("U0MAYA", first.id)
    draft = open_draft(team)
    team.people.fill("U0MAYA", {"Text": "Mine, longer"})
    delete(team, draft)
    team.people.submit("U0MAYA", top(team, LOOK).id)
    team.until(lambda: "a post of its own" in words(team.people.modal("U0MAYA")))
    team.people.submit("U0MAYA", team.people.modal("U0MAYA").id)
    team.people.close("U0MAYA", top(team, DONE).id)
    assert fields(open_new(team))["text"]["initial_value"] == "Quite another post"
    assert not team.services.look(composing.find, MAYA, first.id)


def test_a_post_that_was_set_aside_and_taken_up_is_not_offered_after_it_was_saved(team: Team) -> None:
    """Its dialog lies over another one: what is kept under the first of all was the other's."""
    first = open_new(team)
    team.people.type("U0MAYA", {"Text": "A long story"})
    team.people.close("U0MAYA", first.id)
    below = open_new(team, text="Quick idea")
    team.people.type("U0MAYA", {"Text": "Quick idea, typed on"})
    assert team.people.click_view("U0MAYA", below.id, text="Go on with that one").ok
    team.until(lambda: team.people.modal("U0MAYA").id != below.id)
    team.people.type("U0MAYA", {"Text": "A long story, ended"})
    team.people.fill("U0MAYA", fill(team, Text="A long story, ended", **{WHEN: soon(team)}))
    team.people.submit("U0MAYA", top(team, LOOK).id)
    team.people.close("U0MAYA", top(team, DONE).id)
    assert [post.version.body.text for post in list_all(team)] == ["A long story, ended"]
    view = open_new(team)
    assert "A long story" not in words(view), "it is a post already"
    assert "You had begun" in words(view), "the quick idea is kept"


def test_what_is_set_aside_a_second_time_is_kept_too(team: Team) -> None:
    """By the same dialog: it was taken up, not typed into, and set aside again."""
    first = open_new(team)
    team.people.type("U0MAYA", {"Text": "A long story"})
    team.people.close("U0MAYA", first.id)
    for number, text in enumerate(("Quick idea", "Another", "Third")):
        below = open_new(team, text=text)
        button = [each for each in go_on_buttons(below) if each["value"] == first.id]
        assert len(button) == 1, "each is offered once"
        assert len(go_on_buttons(below)) == number + 1
        assert team.people.click_view("U0MAYA", below.id, action_id=button[0]["action_id"]).ok
        team.until(lambda below=below: team.people.modal("U0MAYA").id != below.id)  # type: ignore[misc]
        assert fields(team.people.modal("U0MAYA"))["text"]["initial_value"] == "A long story"
        show_again(team)


def go_on_buttons(view: View) -> list[dict[str, Any]]:
    blocks = [block for block in view.blocks if block["type"] == "actions"]
    return [each for block in blocks for each in block["elements"] if each["action_id"].startswith("go_on")]
