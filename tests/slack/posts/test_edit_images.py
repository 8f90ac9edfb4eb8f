"""Edit changes images and accounts too: what is new is described before it is saved, and approvals end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.domain.facts import FactKind
from bot.domain.posts import Seen, Status
from bot.domain.refusals import FieldErrors
from bot.sandbox.slack.state import View
from bot.services.posts.edit import Changes, save_edit
from bot.slack.answers import Answers
from bot.store import record
from tests.backend import MAYA, TOM, key
from tests.slack.posts.test_new_post import fields, png, words
from tests.slack.team import Team

MORE = "More images (up to 3)"


def open_edit(team: Team, seen: Seen, containing: str = "Approve", user: str = "U0MAYA") -> View:
    team.press(user, team.card(seen, containing), "Edit")
    return team.server.modal(user)


def choose(team: Team, label: str, *files: tuple[str, bytes]) -> View:
    assert team.people.fill("U0MAYA", {label: list(files)}).ok
    team.until(lambda: "Looking at your images" not in words(team.people.modal("U0MAYA")))
    return team.people.modal("U0MAYA")


def alts(view: View) -> dict[str, Any]:
    return {name: each for name, each in fields(view).items() if name.startswith("alt:")}


def label_of(view: View, block_id: str) -> str:
    (block,) = [each for each in view.blocks if each.get("block_id") == block_id]
    return str(block["label"]["text"])


def test_an_image_is_added_described_and_approved_anew(team: Team) -> None:
    seen = team.backend.in_review("400 loaves")
    team.press("U0TOM", team.card(seen), "Approve")
    team.card(seen, "Approved")
    open_edit(team, seen, "Approved")
    view = choose(team, "Images (up to 4)", ("loaf.png", png()))
    assert "Nothing is saved yet" in words(view)
    assert team.backend.post(seen).status is Status.APPROVED, "looking at images ends nothing"
    (block_id,) = alts(view)
    team.people.fill("U0MAYA", {label_of(view, block_id): "A loaf"})
    post = team.backend.post(seen)
    assert [image.alt for image in post.version.body.images] == ["A loaf"]
    assert post.status is Status.REVIEW
    ended = team.services.store.read(
        lambda db: record.find_newest_of(db, f"post:{post.id}", FactKind.APPROVALS_ENDED.value)
    )
    assert ended is not None
    assert (ended.data or {})["whose"] == [TOM.id]


def test_an_image_without_alt_text_is_not_saved(team: Team) -> None:
    seen = team.backend.in_review("400 loaves")
    open_edit(team, seen)
    view = choose(team, "Images (up to 4)", ("loaf.png", png()))
    act = team.people.submit("U0MAYA", view.id)
    assert set(act.errors) == set(alts(view))
    (block_id,) = alts(view)
    act = team.people.fill("U0MAYA", {label_of(view, block_id): "\u2060"})
    assert set(act.errors) == {block_id}, "Slack takes what nobody sees for words"
    assert team.backend.post(seen).version.seq == 1


def test_what_was_typed_beside_it_stays(team: Team) -> None:
    seen = team.backend.in_review("400 loaves")
    open_edit(team, seen)
    team.people.fill("U0MAYA", {"Text": "420 loaves", "Images (up to 4)": [("loaf.png", png())]})
    team.until(lambda: "Looking at your images" not in words(team.people.modal("U0MAYA")))
    assert fields(team.people.modal("U0MAYA"))["text"]["initial_value"] == "420 loaves"


def test_a_file_that_is_no_image_is_named_and_the_rest_stays(team: Team) -> None:
    seen = team.backend.in_review("400 loaves")
    open_edit(team, seen)
    view = choose(team, "Images (up to 4)", ("loaf.png", png()), ("virus.png", b"MZ"))
    assert "virus.png" in words(view)
    assert len(alts(view)) == 1


def test_an_image_is_taken_out(team: Team) -> None:
    seen = team.backend.with_image("400 loaves")
    open_edit(team, seen, user="U0TOM")
    assert team.people.fill("U0TOM", {"Remove images": ["Image 1"]}).ok
    post = team.backend.post(seen)
    assert post.version.body.images == ()
    assert TOM.id in post.authors, "whoever changes the images is an author"


def test_accounts_are_chosen(team: Team) -> None:
    seen = team.backend.in_review("400 loaves", accounts=("bakery",))
    open_edit(team, seen)
    assert team.people.fill("U0MAYA", {"Accounts": ["Bakery", "Cafe"]}).ok
    assert "get the same words" in words(team.people.modal("U0MAYA"))
    assert team.people.fill("U0MAYA", {}).ok
    body = team.backend.post(seen).version.body
    assert body.accounts == ("bakery", "cafe")
    assert (body.visibility or {})["cafe"] == "public", "its own visibility is part of what is approved"
    seen = team.backend.now_seen(seen)
    open_edit(team, seen)
    team.people.fill("U0MAYA", {"Accounts": ["Cafe"]})
    assert team.backend.post(seen).version.body.accounts == ("cafe",)


BOTH = ["Bakery", "Cafe"]


def add_cafe(team: Team, **typed: Any) -> View:
    """Ticked in the dialog; what was typed beside it is there."""
    view = team.people.modal("U0MAYA")
    assert team.people.type("U0MAYA", {**typed, "Accounts": BOTH}).ok
    team.until(lambda: "variant:cafe" in fields(team.people.modal("U0MAYA", view.id)))
    return team.people.modal("U0MAYA")


def test_an_account_that_is_added_gets_a_text_of_its_own(team: Team) -> None:
    """Seen: different texts were open fields for a post with two accounts, and Edit had none for one that it adds."""
    seen = team.backend.in_review("400 loaves", accounts=("bakery",))
    assert "variant:cafe" not in fields(open_edit(team, seen))
    view = add_cafe(team, Text="420 :bread: loaves")
    assert "At most 500 characters, links in full on Bakery" in words(view)
    assert team.people.fill("U0MAYA", {"Text for Cafe": "Coffee, too"}).ok
    body = team.backend.post(seen).version.body
    assert (body.accounts, body.text) == (("bakery", "cafe"), "420 \N{BREAD} loaves")
    assert body.variants == {"cafe": "Coffee, too"}


def test_its_text_is_offered_again_with_the_rest(team: Team) -> None:
    seen = team.backend.in_review("400 loaves", accounts=("bakery",))
    open_edit(team, seen)
    view = add_cafe(team)
    team.people.type("U0MAYA", {"Text for Cafe": "Coffee, too", "Accounts": BOTH})
    team.people.close("U0MAYA", view.id)
    view = open_edit(team, seen)
    assert "You had begun to edit this" in words(view)
    assert fields(view)["variant:cafe"]["initial_value"] == "Coffee, too"
    assert team.people.click_view("U0MAYA", view.id, text="Discard my changes").ok
    team.until(lambda: "variant:cafe" not in fields(team.people.modal("U0MAYA")))
    names = {each["action_id"] for each in fields(team.people.modal("U0MAYA")).values()}
    assert names != {"value"}
    assert {each["action_id"] for each in fields(add_cafe(team)).values()} == names, "or Slack empties them"


def test_the_note_of_when_it_was_begun_stays(team: Team) -> None:
    seen = team.backend.in_review("400 loaves", accounts=("bakery",))
    view = open_edit(team, seen)
    team.people.type("U0MAYA", {"Text": "420 loaves"})
    team.people.close("U0MAYA", view.id)
    view = open_edit(team, seen)
    note = [block for block in view.blocks if block.get("block_id") == "begun"]
    team.clock.push(timedelta(minutes=3))
    after = add_cafe(team)
    assert [block for block in after.blocks if block.get("block_id") == "begun"] == note
    assert fields(after)["text"]["initial_value"] == "420 loaves"


def test_what_a_colleague_saved_is_not_hidden_by_it(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would be saved over at the next press of Save."""
    seen = team.backend.in_review("400 loaves", accounts=("bakery",))
    view = open_edit(team, seen)
    team.services.do(save_edit, TOM, seen, Changes("Toms", team.backend.post(seen).slot), key())
    drawn: list[str] = []
    with monkeypatch.context() as patched:
        patched.setattr(Answers, "update", lambda _self, view_id, _view: drawn.append(view_id))
        assert team.people.type("U0MAYA", {"Accounts": BOTH}).ok
    assert not drawn
    assert team.people.fill("U0MAYA", {"Text": "Mine"}).ok
    view = add_cafe(team, Text="Mine")
    assert "saved version 2 while you were typing" in words(view)
    assert view.spec["submit"]["text"] == "Save mine instead"


def test_a_text_may_be_empty_only_beside_an_image(team: Team) -> None:
    """Seen: "Text (optional)" on a post that is nothing but text."""
    seen = team.backend.in_review("400 loaves")
    view = open_edit(team, seen)
    assert text_block(view)["optional"] is False
    view = choose(team, "Images (up to 4)", ("loaf.png", png()))
    assert text_block(view)["optional"] is True
    assert text_block(view)["hint"]["text"].startswith("A post needs text or an image.")
    (block_id,) = alts(view)
    assert team.people.fill("U0MAYA", {"Text": "", label_of(view, block_id): "A loaf"}).ok
    assert team.backend.post(seen).version.body.text == ""


def text_block(view: View) -> dict[str, Any]:
    (block,) = [each for each in view.blocks if each.get("block_id") == "text"]
    return block


def test_no_account_is_left_is_refused(team: Team) -> None:
    seen = team.backend.in_review("400 loaves", accounts=("bakery",))
    view = open_edit(team, seen)
    empty = {"accounts": {"value": {"type": "checkboxes", "selected_options": []}}}
    assert "accounts" in team.people.submit("U0MAYA", view.id, empty).errors
    assert team.backend.post(seen).version.seq == 1
    with pytest.raises(FieldErrors, match="another look"):
        team.services.do(save_edit, MAYA, seen, Changes("400 loaves", None, accounts=()), key())


def test_saving_at_once_changes_nothing(team: Team) -> None:
    seen = team.backend.with_image("400 loaves")
    team.press("U0TOM", team.card(seen), "Approve")
    team.card(seen, "Approved")
    view = open_edit(team, seen, "Approved")
    assert team.people.submit("U0MAYA", view.id).ok
    post = team.backend.post(seen)
    assert (post.version.seq, post.status) == (1, Status.APPROVED)
    assert TOM.id not in post.authors


def test_images_chosen_and_left_are_there_when_it_is_opened_again(team: Team) -> None:
    seen = team.backend.in_review("400 loaves")
    open_edit(team, seen)
    view = choose(team, "Images (up to 4)", ("loaf.png", png()))
    (block_id,) = alts(view)
    team.people.type("U0MAYA", {label_of(view, block_id): "A loaf"})
    team.people.close("U0MAYA", team.people.modal("U0MAYA").id)
    view = open_edit(team, seen)
    assert alts(view)[block_id]["initial_value"] == "A loaf"


def test_more_images_than_fit_are_refused(team: Team) -> None:
    seen = team.backend.with_image("400 loaves")
    open_edit(team, seen)
    files = [(f"{color}.png", png(color=color)) for color in ("red", "blue", "tan", "gold")]
    act = team.people.fill("U0MAYA", {MORE: files})
    assert act.errors == {"images:1": "A post can have up to 4 images."}


def test_an_image_that_is_taken_out_and_chosen_again_stays(team: Team) -> None:
    """It is the same to its last byte, so it is nothing new."""
    seen = team.backend.in_review("400 loaves")
    open_edit(team, seen)
    view = choose(team, "Images (up to 4)", ("loaf.png", png()))
    (block_id,) = alts(view)
    team.people.fill("U0MAYA", {label_of(view, block_id): "A loaf"})
    seen = team.backend.now_seen(seen)
    open_edit(team, seen)
    assert team.people.fill("U0MAYA", {"Remove images": ["Image 1"], MORE: [("loaf.png", png())]}).ok
    team.until(lambda: "Looking at your images" not in words(team.people.modal("U0MAYA")))
    assert team.people.submit("U0MAYA", team.people.modal("U0MAYA").id).ok
    assert [image.alt for image in team.backend.post(seen).version.body.images] == ["A loaf"]


def test_images_chosen_while_somebody_else_saved_overwrite_nothing_silently(team: Team) -> None:
    """The dialog that comes back was opened on the version before theirs."""
    seen = team.backend.in_review("400 loaves")
    open_edit(team, seen)
    changes = Changes("380 loaves", team.backend.post(seen).slot)
    team.services.do(save_edit, TOM, seen, changes, key())
    view = choose(team, "Images (up to 4)", ("loaf.png", png()))
    assert "saved version 2 while you were typing" in words(view)
    assert "380 loaves" in words(view)
    assert fields(view)["text"]["initial_value"] == "400 loaves"
    assert view.spec["submit"]["text"] == "Save mine instead"


def test_a_file_that_was_taken_leaves_its_field(team: Team) -> None:
    """Seen in the browser: Slack keeps what a field of the same name holds, so each Save took the file anew, and
    nothing was ever saved."""
    seen = team.backend.in_review("400 loaves")
    before = open_edit(team, seen)
    view = choose(team, "Images (up to 4)", ("loaf.png", png()))
    assert not {name for name in fields(before) if name.startswith("images")} & set(fields(view))


def test_an_image_that_was_chosen_and_not_described_is_there_again(team: Team) -> None:
    """Seen in the browser: the dialog was closed at once, and said that it was as it had been left."""
    seen = team.backend.in_review("400 loaves")
    open_edit(team, seen)
    view = choose(team, "Images (up to 4)", ("loaf.png", png()))
    team.people.close("U0MAYA", view.id)
    assert alts(open_edit(team, seen)).keys() == alts(view).keys()
