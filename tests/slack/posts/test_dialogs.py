"""Dialogs: opened, filled in, refused under their fields, and saved by two people at once."""

from __future__ import annotations

from datetime import timedelta

from bot.domain.posts import Seen, Status
from bot.sandbox.networks.mastodon.server import MastodonServer
from bot.sandbox.slack.faults import Kind
from bot.sandbox.slack.find import the_control, words
from bot.sandbox.slack.server import SlackServer
from bot.sandbox.slack.state import View
from bot.services.posts import edit, review
from bot.slack import ids
from bot.slack.posts.editing import CONVERTED
from bot.slack.typed_words import UNKNOWN
from bot.store.engine.store import Store
from tests.backend import MAYA, TOM, key
from tests.slack.bench import SOCIAL, PushedClock
from tests.slack.team import Team


def metadata(view: View) -> str:
    return str(view.spec["private_metadata"])


def test_edit_saves_a_new_version(team: Team) -> None:
    seen = team.backend.in_review("400 loaves")
    team.press("U0MAYA", team.card(seen), "Edit")
    team.server.modal("U0MAYA")
    assert team.people.fill("U0MAYA", {"Text": "420 loaves"}).ok
    assert not team.server.workspace.modals["U0MAYA"], "the dialog closed"
    post = team.backend.post(seen)
    assert (post.version.seq, post.version.body.text) == (2, "420 loaves")
    team.card(seen, "420 loaves")


def test_errors_are_shown_under_their_fields_and_nothing_typed_is_lost(team: Team) -> None:
    seen = team.backend.in_review()
    team.press("U0MAYA", team.card(seen), "Edit")
    view = team.server.modal("U0MAYA")
    yesterday = int((team.clock.now() - timedelta(days=1)).timestamp())
    label = next(each["label"]["text"] for each in view.blocks if each.get("block_id") == "slot")
    act = team.people.fill("U0MAYA", {label: yesterday})
    assert act.errors == {"slot": "That time has passed."}
    assert team.server.modal("U0MAYA").id == view.id
    assert team.backend.post(seen).version.seq == 1
    tomorrow = int((team.clock.now() + timedelta(days=1)).timestamp())
    assert not team.people.fill("U0MAYA", {label: tomorrow}).errors
    assert team.backend.post(seen).version.seq == 2


def test_what_somebody_saved_meanwhile_is_shown_and_not_overwritten(team: Team) -> None:
    seen = team.backend.in_review("400 loaves")
    card = team.card(seen)
    team.press("U0MAYA", card, "Edit")
    slot = team.backend.post(seen).slot
    team.services.do(edit.save_edit, TOM, seen, edit.Changes("Toms words", slot), key())
    before = team.server.modal("U0MAYA")
    assert team.people.fill("U0MAYA", {"Text": "my words"}).ok
    after = team.server.modal("U0MAYA")
    assert after.id == before.id
    assert "Toms words" in str(after.blocks)
    assert "my words" in str(after.blocks)
    assert team.backend.post(seen).version.body.text == "Toms words"
    assert metadata(after) == ids.format_seen(team.backend.now_seen(seen))
    assert team.people.fill("U0MAYA", {"Text": "my words"}).ok
    assert team.backend.post(seen).version.body.text == "my words"


def test_hold_asks_for_a_reason(team: Team) -> None:
    seen = team.backend.in_review()
    team.press("U0MAYA", team.card(seen), "Hold")
    view = team.server.modal("U0MAYA")
    label = next(each["label"]["text"] for each in view.blocks if each["type"] == "input")
    assert team.people.fill("U0MAYA", {label: "waiting for the photo"}).ok
    assert team.backend.status(seen) is Status.HELD
    assert "waiting for the photo" in words(team.card(seen, "photo"))


def test_pick_a_new_time(team: Team) -> None:
    seen = team.backend.in_review()
    team.services.do(review.hold, TOM, seen, key())
    team.press("U0MAYA", team.card(seen, "Pick a new time"), "Pick a new time")
    view = team.server.modal("U0MAYA")
    label = next(each["label"]["text"] for each in view.blocks if each.get("block_id") == "slot")
    tomorrow = (team.clock.now() + timedelta(days=1)).replace(microsecond=0)
    assert team.people.fill("U0MAYA", {label: int(tomorrow.timestamp())}).ok
    assert team.backend.post(seen).slot == tomorrow
    assert team.backend.status(seen) is Status.SCHEDULED


def test_post_now_from_the_menu_asks_first(team: Team) -> None:
    seen = team.backend.in_review()
    team.press("U0TOM", team.card(seen), "Post now")
    assert team.backend.post(seen).version.seq == 1
    assert team.people.submit("U0TOM", team.server.modal("U0TOM").id).ok
    assert team.backend.post(seen).version.immediate
    assert team.backend.status(seen) is Status.APPROVED


def test_preview_and_history_are_for_reading(team: Team) -> None:
    seen = team.backend.in_review("400 loaves")
    for name, shown in (("Preview each network", "400 loaves"), ("History", "asked for a decision")):
        team.press("U0GUEST", team.card(seen), name)
        view = team.server.modal("U0GUEST")
        assert shown in str(view.blocks)
        team.people.close("U0GUEST", view.id)


def test_a_dialog_slack_does_not_open_is_told(team: Team) -> None:
    card = team.card(team.backend.in_review())
    team.server.faults.order("views.open", Kind.SERVER_ERROR)
    team.press("U0MAYA", card, "Edit")
    team.private("U0MAYA", "did not open the dialog")


def test_a_refusal_without_a_field_of_its_own_is_said_in_the_dialog(team: Team) -> None:
    """Killed while Maya typed: the dialog stays, with the sentence under its first field."""
    seen = team.backend.in_review("400 loaves")
    team.press("U0MAYA", team.card(seen), "Edit")
    team.server.modal("U0MAYA")
    team.services.do(review.kill, TOM, seen, key())
    act = team.people.fill("U0MAYA", {"Text": "too late"})
    assert "killed" in act.errors["text"]


def test_a_refusal_without_any_field_is_said_privately(team: Team) -> None:
    seen = team.backend.in_review()
    card = team.card(seen)
    post_now = the_control(card.blocks, text="Post now")
    assert team.people.press("U0TOM", SOCIAL, card.ts, post_now).ok
    team.services.do(review.kill, TOM, seen, key())
    assert team.people.submit("U0TOM", team.server.modal("U0TOM").id).ok
    team.until(lambda: "killed" in str(team.server.workspace.modals.get("U0TOM")))


# --- left open overnight, while the post was missed ----------------------------------------------------


def open_overnight(team: Team, user: str, button: str) -> Seen:
    """A post in review; its dialog stands open until the next morning, when its slot is long over."""
    seen = team.backend.in_review("400 loaves")
    team.press(user, team.card(seen), button)
    team.server.modal(user)
    team.clock.push(timedelta(hours=22))
    team.backend.run()
    assert team.backend.status(seen) is Status.MISSED
    return seen


def test_words_typed_overnight_are_kept_and_schedule_nothing(team: Team) -> None:
    """The time in the dialog has passed and was not touched: it is no new one."""
    seen = open_overnight(team, "U0MAYA", "Edit")
    act = team.people.fill("U0MAYA", {"Text": "420 loaves"})
    assert (act.ok, act.errors) == (True, {})
    assert team.backend.status(seen) is Status.MISSED
    assert team.backend.post(seen).version.body.text == "420 loaves"
    assert "Missed its slot" in words(team.card(seen, "420 loaves"))
    team.backend.run()
    assert team.backend.published == []


def test_a_time_chosen_yesterday_is_refused_under_its_field(team: Team) -> None:
    seen = open_overnight(team, "U0MAYA", "Pick a new time")
    assert team.people.submit("U0MAYA", team.server.modal("U0MAYA").id).errors == {
        "slot": "That time has passed."
    }
    assert team.backend.status(seen) is Status.MISSED


def test_a_hold_of_what_was_missed_says_so_and_keeps_the_reason(team: Team) -> None:
    seen = open_overnight(team, "U0MAYA", "Hold")
    view = team.server.modal("U0MAYA")
    (label,) = [each["label"]["text"] for each in view.blocks if each["type"] == "input"]
    act = team.people.fill("U0MAYA", {label: "waiting for the photo"})
    assert "you cannot hold it. It missed its slot" in act.errors["reason"]
    assert team.server.modal("U0MAYA").id == view.id
    assert team.backend.status(seen) is Status.MISSED


def test_post_now_of_the_next_morning_sends_exactly_what_it_shows(team: Team) -> None:
    open_overnight(team, "U0TOM", "Post now")
    assert team.people.submit("U0TOM", team.server.modal("U0TOM").id).ok
    team.backend.run()
    team.backend.worker.stop(timedelta(seconds=5))
    assert team.backend.published == ["400 loaves"]


def test_post_now_of_words_that_changed_overnight_sends_nothing(team: Team) -> None:
    seen = open_overnight(team, "U0TOM", "Post now")
    slot = team.backend.post(seen).slot
    team.services.do(edit.save_edit, MAYA, seen, edit.Changes("420 loaves", slot), key())
    assert team.people.submit("U0TOM", team.server.modal("U0TOM").id).ok
    team.until(lambda: "so nothing was changed" in str(team.server.workspace.modals.get("U0TOM")))
    team.backend.run()
    assert team.backend.published == []


def test_names_of_emoji_are_saved_as_emoji(team: Team) -> None:
    """`:tada:` was published exactly like that."""
    seen = team.backend.in_review("400 loaves")
    team.press("U0MAYA", team.card(seen), "Edit")
    team.server.modal("U0MAYA")
    assert team.people.fill(
        "U0MAYA", {"Text": "420 loaves :tada: at 10:30:45", "Label": "Winter :snowflake:"}
    ).ok
    version = team.backend.post(seen).version
    assert (version.body.text, version.label) == ("420 loaves 🎉 at 10:30:45", "Winter ❄️")


def test_an_emoji_of_this_workspace_is_an_error_under_its_field(team: Team) -> None:
    seen = team.backend.in_review("400 loaves")
    team.press("U0MAYA", team.card(seen), "Edit")
    team.server.modal("U0MAYA")
    act = team.people.fill("U0MAYA", {"Text": "420 loaves", "Note for reviewers": ":dock-loaf:"})
    assert act.errors == {"note": UNKNOWN.format(names=":dock-loaf:")}
    assert team.backend.post(seen).version.seq == 1
    assert not team.people.fill("U0MAYA", {"Note for reviewers": "a loaf"}).errors


def test_a_text_nobody_touched_stays_as_it_is(team: Team) -> None:
    seen = team.backend.in_review("so :egg: and :dock-loaf:")
    team.press("U0MAYA", team.card(seen), "Edit")
    team.server.modal("U0MAYA")
    assert team.people.fill("U0MAYA", {"Label": "Winter"}).ok
    version = team.backend.post(seen).version
    assert (version.body.text, version.label) == ("so :egg: and :dock-loaf:", "Winter")


def test_the_reason_of_a_hold_names_people(team: Team) -> None:
    seen = team.backend.in_review()
    team.press("U0MAYA", team.card(seen), "Hold")
    view = team.server.modal("U0MAYA")
    label = next(each["label"]["text"] for each in view.blocks if each["type"] == "input")
    assert team.people.fill("U0MAYA", {label: "ask <@U0TOM> :bread:"}).ok
    assert "ask @Tom 🍞" in words(team.card(seen, "ask "))


def test_words_that_change_at_save_are_not_approved_unseen(
    store: Store, network: MastodonServer, clock: PushedClock, server: SlackServer
) -> None:
    with Team(store, network, clock, server, author_may_approve=True) as team:
        seen = team.backend.in_review("400 loaves")
        team.press("U0TOM", team.card(seen), "Edit")
        team.server.modal("U0TOM")
        both = {"Text": "420 loaves :tada:", "When you press Save": "Save and approve"}
        assert team.people.fill("U0TOM", both).errors == {"and_then": CONVERTED}
        assert team.backend.post(seen).version.seq == 1
        assert not team.people.fill("U0TOM", {**both, "Text": "420 loaves"}).errors
        assert team.backend.post(seen).version.body.text == "420 loaves"
