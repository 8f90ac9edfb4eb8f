"""Words typed into a dialog are kept as they are typed: Escape, a refusal and a restart lose none of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.domain.gate import ALL
from bot.domain.posts import Fate, Seen, Status
from bot.sandbox.slack.find import the_control
from bot.sandbox.slack.state import View
from bot.services import begun
from bot.services.pause import pause as pausing
from bot.services.posts import edit
from bot.services.posts.edit import Changes
from bot.slack.begun import find_thing
from bot.slack.ids import Act, Dialog
from bot.slack.routes import DIALOGS
from bot.store.pause import gate
from tests.backend import MAYA, TOM, key
from tests.slack.bench import SOCIAL
from tests.slack.team import Team

WHY = "Why? What is it waiting for?"


def field(view: View, block_id: str) -> Any:
    """What stands in a field, as its person sees it."""
    (element,) = [each["element"] for each in view.blocks if each.get("block_id") == block_id]
    chosen = element.get("initial_option")
    return chosen["value"] if chosen else element.get("initial_value", element.get("initial_date_time"))


def escape(team: Team, user: str) -> None:
    """Without a word of it to the app: no dialog of ours asks to be told."""
    view = team.people.modal(user)
    assert not view.spec.get("notify_on_close")
    team.people.close(user, view.id)


def begun_note(view: View) -> bool:
    return "You had begun" in str(view.blocks)


def test_an_edit(team: Team) -> None:
    """Seen: five sentences typed, Escape, gone."""
    seen = team.backend.in_review("400 loaves")
    card = team.card(seen)
    team.press("U0MAYA", card, "Edit")
    assert not begun_note(team.server.modal("U0MAYA"))
    assert team.people.type("U0MAYA", {"Text": "420 lo"}).ok
    assert team.people.type("U0MAYA", {"Text": "420 loaves, and rolls"}).ok
    escape(team, "U0MAYA")
    team.press("U0MAYA", card, "Edit")
    view = team.server.modal("U0MAYA")
    assert begun_note(view)
    assert field(view, "text") == "420 loaves, and rolls"
    team.press("U0TOM", card, "Edit")
    assert field(team.server.modal("U0TOM"), "text") == "400 loaves", "they are their person's alone"
    assert team.people.submit("U0MAYA", view.id).ok
    assert team.backend.post(seen).version.body.text == "420 loaves, and rolls"
    team.press("U0MAYA", team.card(seen, "420 loaves"), "Edit")
    assert not begun_note(team.server.modal("U0MAYA")), "saved: there is nothing to offer"


def test_an_edit_begun_before_somebody_else_saved(team: Team) -> None:
    seen = team.backend.in_review("400 loaves")
    team.press("U0MAYA", team.card(seen), "Edit")
    team.server.modal("U0MAYA")
    team.people.type("U0MAYA", {"Text": "Mine"})
    escape(team, "U0MAYA")
    slot = team.backend.post(seen).slot
    team.services.do(edit.save_edit, TOM, seen, Changes("Toms words", slot), key())
    team.press("U0MAYA", team.card(team.backend.now_seen(seen), "Toms words"), "Edit")
    view = team.server.modal("U0MAYA")
    assert "Toms words" in str(view.blocks)
    assert field(view, "text") == "Mine"
    assert view.spec["submit"]["text"] == "Save mine instead"


def test_what_was_typed_and_taken_back_is_not_offered(team: Team) -> None:
    card = team.card(team.backend.in_review("400 loaves"))
    for words in ("400 loaves!", "400 loaves"):
        team.press("U0MAYA", card, "Edit")
        team.server.modal("U0MAYA")
        team.people.type("U0MAYA", {"Text": words})
        escape(team, "U0MAYA")
    team.press("U0MAYA", card, "Edit")
    assert not begun_note(team.server.modal("U0MAYA"))


def test_a_key_that_comes_after_save_brings_nothing_back(team: Team) -> None:
    card = team.card(team.backend.in_review("400 loaves"))
    team.press("U0MAYA", card, "Hold")
    view = team.server.modal("U0MAYA")
    thing = find_thing(Dialog.HOLD, view.spec["private_metadata"])
    assert thing is not None
    assert team.people.fill("U0MAYA", {WHY: "waiting for the photo"}).ok
    late = begun.Typed(
        view.id,
        view.spec["private_metadata"],
        {"reason": {"value": {"value": "waiting for"}}},
        team.clock.now(),
    )
    team.services.do(begun.keep, "U0MAYA", thing, late)
    assert team.services.look(begun.find, "U0MAYA", thing) is None


@pytest.mark.parametrize(
    ("button", "label"), [("Hold", WHY), ("Approve anyway, because…", "Approve anyway, because…")]
)
def test_a_reason(team: Team, button: str, label: str) -> None:
    seen = team.backend.with_image(alt="") if button != "Hold" else team.backend.in_review()
    card = team.card(seen, button)
    team.press("U0TOM", card, button)
    team.server.modal("U0TOM")
    team.people.type("U0TOM", {label: "Ina sends the photo at nine"})
    escape(team, "U0TOM")
    team.press("U0TOM", card, button)
    view = team.server.modal("U0TOM")
    assert begun_note(view)
    assert field(view, "reason") == "Ina sends the photo at nine"


def test_what_was_refused_is_offered_at_the_newer_card(team: Team) -> None:
    """A reason typed for a card that was out of date: the dialog can only say so."""
    seen = team.backend.in_review("400 loaves")
    team.press("U0MAYA", team.card(seen), "Hold")
    team.server.modal("U0MAYA")
    team.services.do(edit.save_edit, TOM, seen, Changes("420 loaves", team.backend.post(seen).slot), key())
    refused = team.people.fill("U0MAYA", {WHY: "waiting for the photo"})
    assert "out of date" in refused.errors["reason"]
    escape(team, "U0MAYA")
    team.press("U0MAYA", team.card(team.backend.now_seen(seen), "420 loaves"), "Hold")
    view = team.server.modal("U0MAYA")
    assert field(view, "reason") == "waiting for the photo"
    assert team.people.submit("U0MAYA", view.id).ok
    assert team.backend.status(seen) is Status.HELD


def test_it_outlives_a_restart_but_not_a_week(team: Team) -> None:
    card = team.card(team.backend.in_review("400 loaves"))
    team.press("U0MAYA", card, "Hold")
    metadata = team.server.modal("U0MAYA").spec["private_metadata"]
    team.people.type("U0MAYA", {WHY: "photo"})
    thing = find_thing(Dialog.HOLD, metadata)
    assert thing is not None
    assert team.services.look(begun.find, "U0MAYA", thing) is not None
    team.clock.push(7 * 24 * 3600 + 1)
    assert team.services.look(begun.find, "U0MAYA", thing) is None
    team.services.do(begun.forget_old)


# --- pausing and resuming ----------------------------------------------------------------------------


def test_the_reason_of_a_pause_for_an_hour(team: Team) -> None:
    team.people.open_home("U0MAYA")
    team.until(lambda: "U0MAYA" in team.server.workspace.homes)
    team.people.click_home("U0MAYA", action_id=Act.HOME_PAUSE.value)
    team.people.type("U0MAYA", {"What": "Cafe", "Why? Everybody in the channel reads it.": "recall"})
    escape(team, "U0MAYA")
    team.people.click_home("U0MAYA", action_id=Act.HOME_PAUSE.value)
    view = team.people.modal("U0MAYA")
    assert (field(view, "scope"), field(view, "reason")) == ("cafe", "recall")
    team.clock.push(3601)
    team.people.click_home("U0MAYA", action_id=Act.HOME_PAUSE.value)
    view = team.people.modal("U0MAYA")
    assert (field(view, "scope"), field(view, "reason")) == (ALL, None)


def missed_while_paused(team: Team) -> Seen:
    seen = team.backend.in_review("400 loaves")
    team.services.do_first(pausing.pause, MAYA, ALL, "recall", key())
    team.backend.push(minutes=21)
    assert team.backend.status(seen) is Status.MISSED
    return team.backend.now_seen(seen)


def test_a_refused_resume_keeps_all_choices(team: Team) -> None:
    """Seen: somebody paused again meanwhile, and every choice was gone."""
    post = missed_while_paused(team)
    team.knows("U0TOM")
    assert team.people.command("U0TOM", SOCIAL, "/social", "resume").ok
    view = team.people.modal("U0TOM")
    later = int((team.clock.now() + timedelta(hours=3)).replace(microsecond=0).timestamp())
    team.services.do_first(pausing.pause, MAYA, ALL, "still going on", key())
    number = next(each["label"]["text"] for each in view.blocks if each.get("block_id") == f"fate:{post}")
    new_time = next(
        each["label"]["text"] for each in view.blocks if each.get("block_id") == f"move_to:{post}"
    )
    filled = {number: "Give it a new time", new_time: later}
    assert team.people.fill("U0TOM", filled).ok
    again = team.people.modal("U0TOM")
    assert "Somebody asked to pause again" in str(again.blocks)
    assert (field(again, f"fate:{post}"), field(again, f"move_to:{post}")) == (Fate.MOVE.value, later)
    escape(team, "U0TOM")
    assert team.people.command("U0TOM", SOCIAL, "/social", "resume").ok
    once_more = team.people.modal("U0TOM")
    assert begun_note(once_more)
    assert (field(once_more, f"fate:{post}"), field(once_more, f"move_to:{post}")) == (Fate.MOVE.value, later)
    assert team.people.submit("U0TOM", once_more.id).ok
    assert not team.services.store.read(lambda db: gate.read(db).rows[ALL].paused)
    slot = team.backend.post(post).slot
    assert slot is not None
    assert slot.timestamp() == later


def test_choices_are_kept_as_they_are_made(team: Team) -> None:
    post = missed_while_paused(team)
    team.knows("U0TOM")
    assert team.people.command("U0TOM", SOCIAL, "/social", "resume").ok
    view = team.people.modal("U0TOM")
    number = next(each["label"]["text"] for each in view.blocks if each.get("block_id") == f"fate:{post}")
    assert team.people.type("U0TOM", {number: "Kill it"}).ok
    escape(team, "U0TOM")
    assert team.people.command("U0TOM", SOCIAL, "/social", "resume").ok
    assert field(team.people.modal("U0TOM"), f"fate:{post}") == Fate.KILL.value


# --- what Slack sends --------------------------------------------------------------------------------


def test_every_dialog_one_types_into_tells_what_is_typed() -> None:
    """A dialog with words in it is either kept, or known to have none."""
    wordless = {
        Dialog.PICK_TIME, Dialog.POST_NOW, Dialog.PREVIEW, Dialog.HISTORY, Dialog.NOTICE, Dialog.COLLISION, Dialog.DONE,
        Dialog.LOOKING, Dialog.CHOOSE_DOWN, Dialog.I_DELETED_IT,
        Dialog.HAND_OVER, Dialog.ERASE, Dialog.CLOSE_PILE, Dialog.EXPECTED, Dialog.PILE_LIST, Dialog.SHOW_ALL,
        Dialog.PAUSE_LISTS, Dialog.ALL_DRAFTS, Dialog.CHOOSE_PLAN, Dialog.ANSWER_PLAN, Dialog.ON_UNTIL,
        Dialog.HAND_SHIFT, Dialog.AWAY, Dialog.PLAN_ROWS, Dialog.READ_THROUGH, Dialog.READ_GO, Dialog.DAY,
        Dialog.PICK_STATEMENT,
    }  # fmt: skip
    metadata = {
        Dialog.REPLY: "c1:3:-:-:C1", Dialog.NOT_SENT: "c1:3:d1:-:C1 1.1 https://a.example/1",
        Dialog.DESCRIBE: "d1 C1 1.1 -", Dialog.DESCRIBE_PLAN: "plan1 p1:3", Dialog.RESUME: "all:1", Dialog.PAUSE: "",
        Dialog.WANT_CHANGE: "r1 0 p1:1:12345678", Dialog.STATEMENT: "pause1", Dialog.RELEASE: "pause1 p1:3",
        Dialog.IT_IS_UP: "d1",
    }  # fmt: skip
    for dialog in DIALOGS:
        kept = find_thing(dialog, metadata.get(dialog, "p1:3"))
        assert (kept is None) == (dialog in wordless), dialog


def test_typing_asks_slack_nothing_and_harms_nothing(team: Team) -> None:
    card = team.card(team.backend.in_review("400 loaves"))
    team.press("U0MAYA", card, "Hold")
    view = team.server.modal("U0MAYA")
    before = len(team.server.log)
    action = {"type": "plain_text_input", "block_id": "reason", "action_id": "value", "value": None}
    states: tuple[dict[str, Any], ...] = (
        {},
        {"reason": {"value": {"type": "plain_text_input", "value": "x" * 3000}}},
        {"nonsense": {}},
    )
    for held in states:
        assert team.people.press_view("U0MAYA", view.id, action, held).ok
    assert len(team.server.log) == before
    assert the_control(card.blocks, text="Hold")
