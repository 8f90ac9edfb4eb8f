"""A post that somebody had begun makes room for another: each is kept, whatever comes in its place, and found again.

Seen: "Plan this as a post" on a message with an image, and what was begun before was overwritten; the third post that
was begun took the second's place.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.sandbox.slack.find import labels
from bot.sandbox.slack.state import View
from bot.services import aside
from bot.services.posts import drafts
from bot.services.posts.create import NewPost
from bot.services.unit_of_work import UnitOfWork
from bot.slack import begun
from bot.store.slack import begun as begun_store
from tests.backend import MAYA, key
from tests.slack.bench import SOCIAL
from tests.slack.posts.test_new_post import (
    DONE,
    LOOK,
    WHEN,
    fields,
    fill,
    list_all,
    open_new,
    png,
    say,
    soon,
    top,
    words,
)
from tests.slack.posts.test_new_post_once import open_draft, show_again
from tests.slack.team import Team

GO_ON = "Go on with that one"


def begin(team: Team, text: str) -> View:
    """Typed into a dialog of its own, which is closed."""
    view = open_new(team, text=text)
    team.people.type("U0MAYA", {"Text": text})
    show_again(team)
    team.clock.push(timedelta(minutes=1))
    return view


def text_of(view: View) -> str:
    return str(fields(view)["text"].get("initial_value", ""))


def press(team: Team, view: View, label: str, number: int = 0) -> View:
    """The dialog that is there then."""
    buttons = [each for block in view.blocks if block["type"] == "actions" for each in block["elements"]]
    wanted = [each for each in buttons if each["text"]["text"] == label][number]
    before = team.people.modal("U0MAYA")
    assert team.people.click_view("U0MAYA", view.id, action_id=wanted["action_id"]).ok
    team.until(lambda: team.people.modal("U0MAYA") != before)
    return team.people.modal("U0MAYA")


def list_texts(team: Team) -> list[str]:
    """Of all that is set aside, the latest first."""
    rows = team.services.look(aside.list_aside, "U0MAYA")
    return [row.typed["text"]["value"]["value"] for row in rows]


@pytest.mark.parametrize("files", [(), (("loaf.png", png()),)])
def test_a_message_that_is_planned_takes_no_other_posts_place(team: Team, files: Any) -> None:
    begin(team, "A long story")
    assert team.people.shortcut("U0MAYA", SOCIAL, say(team, "Rye is back", files=files), "plan_this").ok
    view = top(team, "new_post")
    team.people.type("U0MAYA", {"Text": "Rye is back, at last"})
    assert "A long story" in words(view)
    view = press(team, view, GO_ON)
    assert text_of(view) == "A long story"


def test_each_of_five_is_kept_and_can_be_gone_on_with(team: Team) -> None:
    for number in range(5):
        begin(team, f"Idea {number}")
    view = open_new(team, text="Another")
    assert [f"Idea {number}" in words(view) for number in range(5)] == [True] * 5
    assert labels(view).count(GO_ON) == 5
    assert text_of(press(team, view, GO_ON, 3)) == "Idea 1"
    assert sorted(list_texts(team)) == ["Another", "Idea 0", "Idea 2", "Idea 3", "Idea 4"]


def test_the_sixth_tells_whose_place_it_takes(team: Team) -> None:
    for number in range(6):
        begin(team, f"Idea {number}")
    assert "Please look at this first" not in words(open_new(team))
    show_again(team)
    view = open_new(team, text="Another")
    assert "The oldest had to make room, and is not kept any more: “Idea 0”" in words(view)
    assert list_texts(team) == [f"Idea {number}" for number in (5, 4, 3, 2, 1)]


def test_a_crash_while_it_is_taken_up_loses_neither(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever it breaks off: it is one transaction."""
    begin(team, "A long story")
    begin(team, "Quick idea")
    view = open_new(team, text="Third")
    there = list_texts(team)
    calls = [name for name in ("drop", "put") for _ in range(2)]
    for number, name in enumerate(calls):
        with monkeypatch.context() as patched:
            break_off(patched, name, after=number % 2)
            assert "Something went wrong" in words(press(team, view, GO_ON))
        assert list_texts(team) == there
        show_again(team, view)
    assert text_of(press(team, view, GO_ON)) == "Quick idea"


def break_off(patched: pytest.MonkeyPatch, name: str, after: int) -> None:
    real, count = getattr(begun_store, name), 0

    def crash(*given: Any) -> Any:
        nonlocal count
        count += 1
        if count > after:
            raise RuntimeError("the power went out")
        return real(*given)

    patched.setattr(begun_store, name, crash)


def test_what_stands_in_the_dialog_untouched_is_kept_too(team: Team) -> None:
    """Its words came from the command: nobody typed them, so nothing had kept them."""
    begin(team, "A long story")
    view = open_new(team, text="Quick idea")
    assert text_of(press(team, view, GO_ON)) == "A long story"
    team.people.fill("U0MAYA", fill(team, Text="A long story", **{WHEN: soon(team)}))
    team.people.submit("U0MAYA", top(team, LOOK).id)
    team.people.close("U0MAYA", top(team, DONE).id)
    assert text_of(press(team, open_new(team), GO_ON)) == "Quick idea"


def test_words_of_the_command_are_kept_at_once(team: Team) -> None:
    """Seen: `/social new` with words, its dialog closed untouched, and the words were nowhere."""
    begin(team, "A long story")
    open_new(team, text="Quick idea")
    show_again(team)
    view = open_new(team)
    assert text_of(view) == "Quick idea"
    assert "You had begun this post" in words(view)
    assert "A long story" in words(view)
    team.people.fill("U0MAYA", fill(team, Text="Quick idea", **{WHEN: soon(team)}))
    team.people.submit("U0MAYA", top(team, LOOK).id)
    team.people.close("U0MAYA", top(team, DONE).id)
    assert text_of(open_new(team)) == "", "it was saved"


def test_a_key_that_comes_before_the_words_were_kept_stays(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody types while the dialog's own words are still on their way to the database."""
    late: list[Any] = []
    monkeypatch.setattr(begun, "keep_opened", lambda *given: late.append(given))
    view = open_new(team, text="Quick idea")
    monkeypatch.undo()
    team.people.type("U0MAYA", {"Text": "Quick idea, typed on"}, view.id)
    begun.keep_opened(*late[0])
    show_again(team)
    assert text_of(open_new(team)) == "Quick idea, typed on"


def test_the_same_words_again_are_the_same_post(team: Team) -> None:
    """Unless there is more of it than those words."""
    for _ in range(3):
        view = open_new(team, text="Quick idea")
        show_again(team)
    assert list_texts(team) == []
    show_again(team, view)
    team.people.type("U0MAYA", {WHEN: soon(team)})
    show_again(team)
    assert "You had begun another post" in words(open_new(team, text="Quick idea"))


def test_pressed_twice_it_is_taken_up_once(team: Team) -> None:
    begin(team, "A long story")
    view = open_new(team, text="Quick idea")
    for _ in range(2):
        assert text_of(press(team, view, GO_ON)) == "A long story"
        show_again(team, view)
    assert list_texts(team) == ["Quick idea"]


def test_a_key_that_comes_late_stays_with_its_own_post(team: Team) -> None:
    """It was pressed before the other one was taken up, or in another window."""
    begin(team, "A long story")
    view = open_new(team, text="Quick idea")
    team.people.type("U0MAYA", {"Text": "Quick idea"})
    press(team, view, GO_ON)
    team.people.type("U0MAYA", {"Text": "Quick idea, typed on"}, view.id)
    show_again(team)
    assert text_of(open_new(team)) == "A long story"
    assert list_texts(team) == ["Quick idea, typed on"]


def test_what_is_on_the_screen_again_is_offered_once(team: Team) -> None:
    """It was set aside for a message that nobody went on with."""
    begin(team, "A long story")
    assert team.people.shortcut("U0MAYA", SOCIAL, say(team, "Rye is back"), "plan_this").ok
    assert "A long story" in words(top(team, "new_post"))
    show_again(team)
    open_new(team)
    team.people.type("U0MAYA", {"Text": "A long story, ended"})
    show_again(team)
    view = open_new(team)
    assert text_of(view) == "A long story, ended"
    assert "You had begun another post" not in words(view)


def test_a_post_that_was_saved_closes_no_other(team: Team) -> None:
    """Next pressed once more in a window that still shows it."""
    first = open_new(team)
    team.people.fill("U0MAYA", fill(team, **{WHEN: soon(team)}))
    team.people.submit("U0MAYA", top(team, LOOK).id)
    show_again(team)
    begin(team, "A long story")
    show_again(team, first)
    team.people.fill("U0MAYA", fill(team, **{WHEN: soon(team)}))
    top(team, DONE)
    show_again(team)
    assert text_of(open_new(team)) == "A long story"
    assert len(list_all(team)) == 1


# --- start over ---------------------------------------------------------------------------------------


def test_start_over_empties_the_dialog_and_keeps_what_was_begun(team: Team) -> None:
    begin(team, "A long story")
    view = press(team, open_new(team), "Start over")
    assert text_of(view) == ""
    assert "You had begun this post" not in words(view)
    assert "A long story" in words(view), "it can be gone on with"
    show_again(team)
    again = open_new(team)
    assert (text_of(again), "You had begun this post" in words(again)) == ("", False), (
        "nothing was typed since"
    )
    show_again(team, view)
    team.people.fill("U0MAYA", fill(team, Text="Fresh", **{WHEN: soon(team)}))
    team.people.submit("U0MAYA", top(team, LOOK).id)
    team.people.close("U0MAYA", top(team, DONE).id)
    assert [post.version.body.text for post in list_all(team)] == ["Fresh"]
    view = open_new(team)
    assert text_of(view) == ""
    assert text_of(press(team, view, GO_ON)) == "A long story"


def test_start_over_gives_each_field_a_new_name_and_reads_it(team: Team) -> None:
    """Slack keeps what stands in a field that has the same name."""
    begin(team, "A long story")
    before = fields(open_new(team))["text"]["action_id"]
    view = press(team, team.people.modal("U0MAYA"), "Start over")
    assert {each["action_id"] for each in fields(view).values()}.isdisjoint({before})
    team.people.type("U0MAYA", {"Text": "Fresh"})
    show_again(team)
    assert text_of(open_new(team)) == "Fresh"


def test_start_over_leaves_images_and_alt_texts_with_the_old_post(team: Team) -> None:
    begin(team, "A long story")
    view = open_new(team)
    team.people.fill("U0MAYA", fill(team, **{"Images (up to 4)": [("loaf.png", png())]}))
    look = top(team, LOOK)
    (label,) = [each["label"]["text"] for each in look.blocks if str(each.get("block_id")).startswith("alt:")]
    team.people.type("U0MAYA", {label: "A loaf"})
    team.people.close("U0MAYA", look.id)
    view = press(team, view, "Start over")
    assert "Images (up to 4)" in words(view)
    team.people.fill("U0MAYA", fill(team, Text="Fresh"))
    assert "alt:" not in words(top(team, LOOK))
    show_again(team)
    view = press(team, open_new(team), GO_ON)
    assert "More images (up to 3)" in words(view)
    team.people.fill("U0MAYA", {"Accounts": ["Bakery"]})
    (alt,) = [each for name, each in fields(top(team, LOOK)).items() if name.startswith("alt:")]
    assert alt["initial_value"] == "A loaf"


def test_changes_of_a_draft_are_discarded(team: Team) -> None:
    open_draft(team)
    team.people.type("U0MAYA", {"Text": "Mine, longer"})
    show_again(team)
    team.people.click_home("U0MAYA", text="Open")
    view = press(team, team.server.modal("U0MAYA"), "Discard my changes")
    assert text_of(view) == "Mine"
    show_again(team)
    team.people.click_home("U0MAYA", text="Open")
    assert "You had begun" not in words(team.server.modal("U0MAYA"))
    assert not list_texts(team)


def test_changes_of_a_post_are_discarded_in_edit(team: Team) -> None:
    card = team.card(team.backend.in_review("400 loaves"))
    team.press("U0MAYA", card, "Edit")
    before = fields(team.server.modal("U0MAYA"))["text"]["action_id"]
    team.people.type("U0MAYA", {"Text": "420 loaves"})
    show_again(team)
    team.press("U0MAYA", card, "Edit")
    view = press(team, team.server.modal("U0MAYA"), "Discard my changes")
    assert text_of(view) == "400 loaves"
    assert fields(view)["text"]["action_id"] != before
    show_again(team)
    team.press("U0MAYA", card, "Edit")
    assert "You had begun" not in words(team.server.modal("U0MAYA"))
    show_again(team, view)
    assert team.people.fill("U0MAYA", {"Text": "440 loaves"}).ok
    assert [post.version.body.text for post in list_all(team)] == ["440 loaves"]


def test_a_draft_of_somebody_else_is_not_read_by_starting_over(team: Team) -> None:
    """A forged dialog of a guest's."""
    draft = team.services.do(drafts.save_draft, MAYA, NewPost(("bakery",), "Mine", None), key())
    view = open_new(team)
    spec = {**view.spec, "private_metadata": f"{draft.version.seen} -"}
    forged = type(view)(view.id, "U0GUEST", spec, view.hash, view.root, None)
    team.server.workspace.set_stack("U0GUEST", forged)
    action = {"type": "button", "action_id": "start_over", "block_id": "b", "value": "-"}
    assert team.people.press_view("U0GUEST", view.id, action, {}).ok
    team.until(lambda: "full members" in words(team.people.modal("U0GUEST")))
    assert "Mine" not in str(team.server.workspace.modals["U0GUEST"])


def test_old_words_are_forgotten_after_a_week(team: Team) -> None:
    begin(team, "A long story")
    begin(team, "Quick idea")
    team.clock.push(timedelta(days=6))
    begin(team, "Third")
    assert list_texts(team) == ["Quick idea", "A long story"]
    team.clock.push(timedelta(days=2))
    open_new(team, text="Fourth")
    assert list_texts(team) == ["Third"]


def test_begun_of_others_is_not_offered(team: Team) -> None:
    begin(team, "A long story")

    def look(work: UnitOfWork) -> int:
        return len(aside.list_aside(work, "U0TOM"))

    assert team.services.look(look) == 0
    assert "A long story" not in words(open_new(team, user="U0TOM", text="Toms"))
