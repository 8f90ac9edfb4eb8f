"""What is asked before something becomes of a post quotes it, and what narrowed it can be undone in Edit."""

from __future__ import annotations

from typing import Any

from bot.domain.posts import Status
from bot.sandbox.slack.find import the_control, words
from bot.sandbox.slack.state import Message, View
from bot.services.pause import pause as pausing
from bot.services.posts import review
from tests.backend import MAYA, TOM, key
from tests.slack.team import Team

BOTH = ("bakery", "cafe")
LOAVES = (
    "400 loaves for the food bank, and rolls for everybody who comes before nine o'clock on Saturday morning"
)
QUOTED = "“400 loaves for the food bank, and rolls for everybody who comes before"
BACK = "Put back an account that was left out"
WITHOUT = "Publish without Cafe"


def asked(drawn: Message | View, label: str) -> str:
    confirm = the_control(drawn.blocks, text=label).confirm
    assert confirm is not None
    return str(confirm["text"]["text"])


def waits(team: Team) -> tuple[Any, Message]:
    """A post for two accounts, one of them paused."""
    seen = team.backend.in_review(LOAVES, accounts=BOTH)
    team.card(seen)
    team.services.do_first(pausing.pause, MAYA, "cafe", "", key())
    return seen, team.card(seen, "so this post waits")


def save_checked(team: Team) -> None:
    assert team.people.submit("U0MAYA", team.people.modal("U0MAYA").id).ok
    press_once_more(team)


def press_once_more(team: Team) -> None:
    """Both get the same words, which is to be seen before it is saved."""
    view = team.people.modal("U0MAYA")
    assert "Bakery and Cafe get the same words" in str(view.blocks)
    assert team.people.submit("U0MAYA", view.id).ok


def test_an_account_is_left_out_after_a_question_and_put_back_in_edit(team: Team) -> None:
    """Seen: [Publish without …] acted at once, and could not be taken back."""
    seen, card = waits(team)
    question = asked(card, WITHOUT)
    assert question.startswith(QUOTED)
    assert " on Bakery + Cafe, " in question
    assert question.endswith("Edit can put Cafe back.")
    team.press("U0MAYA", card, WITHOUT)
    card = team.card(seen, "Left out")
    assert "Cafe. Edit can put that back." in words(card)
    team.press("U0TOM", card, "Approve")
    card = team.card(seen, "Approved")
    team.press("U0MAYA", card, "Edit")
    view = team.server.modal("U0MAYA")
    assert "the whole post waits until it is resumed" in str(view.blocks)
    assert team.people.fill("U0MAYA", {BACK: ["Cafe"]}).ok
    press_once_more(team)
    post = team.backend.post(seen)
    assert (post.version.body.accounts, post.status) == (BOTH, Status.REVIEW)
    team.until(lambda: "so this post waits" in words(team.card(seen, "Edit")))
    team.until(lambda: any("put back Cafe" in words(each) for each in team.messages()))


def test_who_saved_meanwhile_is_told_and_the_tick_is_kept(team: Team) -> None:
    seen, card = waits(team)
    team.press("U0MAYA", card, WITHOUT)
    card = team.card(seen, "Left out")
    team.press("U0MAYA", card, "Edit")
    view = team.server.modal("U0MAYA")
    now = team.backend.now_seen(seen)
    later = team.backend.post(seen).slot
    assert later is not None
    team.services.do(review.move, TOM, now, later.replace(minute=(later.minute + 3) % 60), key())
    assert team.people.fill("U0MAYA", {BACK: ["Cafe"]}).ok
    again = team.server.modal("U0MAYA")
    assert again.id == view.id
    assert "while you were typing" in str(again.blocks)
    (box,) = [each for each in again.blocks if each.get("block_id") == "back"]
    assert [each["value"] for each in box["element"]["initial_options"]] == ["cafe"]
    save_checked(team)
    assert team.backend.post(seen).version.body.accounts == BOTH


def test_what_was_ticked_and_left_is_ticked_again(team: Team) -> None:
    seen, card = waits(team)
    team.press("U0MAYA", card, WITHOUT)
    card = team.card(seen, "Left out")
    team.press("U0MAYA", card, "Edit")
    team.server.modal("U0MAYA")
    team.people.type("U0MAYA", {BACK: ["Cafe"]})
    team.people.close("U0MAYA", team.server.modal("U0MAYA").id)
    team.press("U0MAYA", card, "Edit")
    view = team.server.modal("U0MAYA")
    assert "You had begun to edit this" in str(view.blocks)
    save_checked(team)
    assert team.backend.post(seen).version.body.accounts == BOTH


def test_every_question_about_a_post_quotes_it(team: Team) -> None:
    """Seen: "Post 2 now?"."""
    seen = team.backend.in_review(LOAVES)
    card = team.card(seen)
    assert asked(card, "Kill").startswith(QUOTED)
    for label in ("Hold", "Post now", "Pick a new time"):
        team.press("U0TOM", card, label)
        view = team.server.modal("U0TOM")
        assert QUOTED in str(view.blocks), label
        assert "Bakery" in str(view.blocks), label
        team.people.close("U0TOM", view.id)
    team.press("U0TOM", card, "Approve")
    assert asked(team.card(seen, "Approved"), "Undo").startswith(QUOTED)
    team.press("U0TOM", team.card(seen, "Approved"), "Kill")
    assert asked(team.card(seen, "Killed"), "Bring back").startswith(QUOTED)
