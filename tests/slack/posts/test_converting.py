"""An image that an account does not take: the button that makes it fit, on the card and in the dialogs."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.facts import FactKind
from bot.domain.posts import Image, Seen, Status
from bot.sandbox.slack.find import form_values, the_control
from bot.sandbox.slack.find import words as words_of
from bot.sandbox.slack.state import View
from bot.services.images import image_helper
from bot.services.images.image_checks import check_image
from bot.services.posts import conversions, create, edit
from bot.slack.posts.converting import UNDER_WAY
from bot.store import images, record
from tests.backend import MAYA, key
from tests.picky_client import draw, make_picky
from tests.slack.posts.test_edit_images import label_of
from tests.slack.posts.test_new_post import LOOK, fields, list_all, open_new, soon, top, words
from tests.slack.team import Team

TO_JPEG = "Convert to JPEG"


def plan(team: Team, *files: bytes, accounts: tuple[str, ...] = ("bakery",)) -> Seen:
    """A post with these images, its review open."""
    stored = [check_image(one) for one in files]
    for one in stored:
        team.services.do(create.keep_image, one)
    pictures = tuple(Image(one.sha256, f"Loaf {number}") for number, one in enumerate(stored, 1))
    wanted = create.NewPost(
        accounts, "Fresh bread", team.clock.now() + timedelta(minutes=20), images=pictures
    )
    return Seen(team.services.do(create.add_post, MAYA, wanted, created_by=MAYA.id).id, 1)


def kind_of(team: Team, sha256: str) -> str:
    return team.services.store.read(lambda db: images.load(db, [sha256]))[sha256].media_type


# --- on the card -------------------------------------------------------------------------------------


def test_the_card_converts_and_shows_what_came_of_it(team: Team) -> None:
    make_picky(team.backend)
    seen = plan(team, draw())
    card = team.card(seen, TO_JPEG)
    assert "Bakery does not take PNG images. Save it as a JPEG" in words_of(card)
    assert "If you are an approver, nobody is left who may approve it." in str(card.blocks)
    team.press("U0TOM", card, TO_JPEG)
    assert team.private("U0TOM", UNDER_WAY)
    team.until(lambda: team.backend.post(seen).version.seq == 2)
    (image,) = team.backend.post(seen).version.body.images
    assert (kind_of(team, image.sha256), image.alt) == ("image/jpeg", "Loaf 1")
    card = team.card(seen, "changed it")
    assert TO_JPEG not in words_of(card)
    team.until(lambda: is_shown(team, image.sha256))


def is_shown(team: Team, sha256: str) -> bool:
    file = team.services.store.read(lambda db: images.load(db, [sha256]))[sha256].slack_file
    return file is not None and any(file in str(each.blocks) for each in team.messages())


def test_an_approval_ends_with_it_and_the_card_says_so(team: Team) -> None:
    seen = plan(team, draw())
    team.press("U0TOM", team.card(seen), "Approve")
    team.card(seen, "Approved: goes out")
    make_picky(team.backend)
    made = conversions.convert(team.services, team.services.look(conversions.find_wanted, MAYA, seen))
    team.services.do(edit.save_converted, MAYA, seen, made, key())
    assert "converted the image to JPEG" in words_of(team.card(seen, "Decide again by"))
    assert team.backend.status(seen) is Status.REVIEW


def test_two_press_it_and_the_second_hears_who_was_first(team: Team) -> None:
    make_picky(team.backend)
    seen = plan(team, draw())
    card = team.card(seen, TO_JPEG)
    team.press("U0TOM", card, TO_JPEG)
    team.press("U0MAYA", card, TO_JPEG)
    told = [words_of(each) for each in team.messages() if each.seen_by and "out of date" in words_of(each)]
    team.until(lambda: any("out of date" in words_of(each) for each in team.messages() if each.seen_by))
    assert team.backend.post(seen).version.seq == 2, told


def test_what_cannot_be_converted_is_said_to_whoever_pressed(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_picky(team.backend)
    seen = plan(team, draw())
    card = team.card(seen, TO_JPEG)
    monkeypatch.setattr(image_helper, "ENTRY", "import os; os.abort()")
    team.press("U0TOM", card, TO_JPEG)
    assert team.private("U0TOM", "Nothing was changed. It cannot be converted. Save it again.")
    monkeypatch.setattr(conversions, "convert", lambda *_: 1 / 0)
    team.press("U0TOM", card, TO_JPEG)
    assert team.private("U0TOM", "Nothing was changed. Something went wrong in Byhand; its log says what.")
    assert team.backend.post(seen).version.seq == 1


def test_an_old_card_and_a_guest_change_nothing(team: Team) -> None:
    make_picky(team.backend)
    seen = plan(team, draw())
    card = team.card(seen, TO_JPEG)
    team.press("U0GUEST", card, TO_JPEG)
    assert team.private("U0GUEST", "Only full members of this workspace can edit")
    made = conversions.convert(team.services, team.services.look(conversions.find_wanted, MAYA, seen))
    team.services.do(edit.save_converted, MAYA, seen, made, key())
    assert team.backend.post(seen).version.seq == 2


# --- on the second screen of a new post --------------------------------------------------------------


def write(team: Team, *files: tuple[str, bytes], **more: Any) -> View:
    """Up to the second screen."""
    open_new(team)
    filled = {"Accounts": ["Bakery"], "Text": "Fresh bread", "When": soon(team), **more}
    assert team.people.fill("U0MAYA", {**filled, "Images (up to 4)": list(files)}).ok
    return top(team, LOOK)


def convert_there(team: Team, text: str = TO_JPEG, user: str = "U0MAYA", **typed: Any) -> View:
    """The dialog that comes of it. `typed`: into the fields of these labels, before the button is pressed."""
    view = team.people.modal(user)
    assert team.people.click_view(user, view.id, text=text, values=form_values(view, typed)).ok
    team.until(lambda: text not in words(team.people.modal(user)) and fields(team.people.modal(user)))
    return team.people.modal(user)


def alt_of(view: View) -> list[str]:
    return [name for name in fields(view) if name.startswith("alt:")]


def test_a_new_post_offers_it_and_saves_what_came_of_it(team: Team) -> None:
    make_picky(team.backend)
    view = write(team, ("loaf.png", draw()), ("crust.png", draw(colour="red", kind="JPEG")))
    assert "Image 1: Bakery does not take PNG images" in words(view)
    assert "What is transparent turns white." in words(view)
    (first, second) = alt_of(view)
    described = {label_of(view, first): "A loaf", label_of(view, second): "A crust"}
    view = convert_there(team, "Convert image 1 to JPEG", **described)
    assert "does not take PNG" not in words(view)
    assert [fields(view)[name]["initial_value"] for name in alt_of(view)] == ["A loaf", "A crust"]
    assert alt_of(view)[1] == second
    assert not list_all(team), "nothing is saved by it"
    assert team.people.submit("U0MAYA", view.id).ok
    (post,) = list_all(team)
    images = post.version.body.images
    assert [kind_of(team, one.sha256) for one in images] == ["image/jpeg", "image/jpeg"]
    assert [one.alt for one in images] == ["A loaf", "A crust"]
    written = team.services.store.read(
        lambda db: record.find_newest_of(db, f"post:{post.id}", FactKind.WRITTEN.value)
    )
    assert written is not None
    source = first.removeprefix("alt:")
    assert (written.data or {})["converted"] == [{"from": source, "to": images[0].sha256}]
    assert kind_of(team, source) == "image/png", "what it was made of is kept"


def test_whoever_goes_back_and_on_again_keeps_what_was_converted(team: Team) -> None:
    """The first screen still holds the file that was chosen there."""
    make_picky(team.backend)
    view = write(team, ("loaf.png", draw()))
    convert_there(team, **{label_of(view, *alt_of(view)): "A loaf"})
    team.people.close("U0MAYA", team.people.modal("U0MAYA").id)
    again = {"Accounts": ["Bakery"], "Text": "Fresh rolls", "Images (up to 4)": [("loaf.png", draw())]}
    assert team.people.fill("U0MAYA", again).ok
    view = top(team, LOOK)
    assert "Fresh rolls" in words(view)
    assert TO_JPEG not in words(view)
    assert fields(view)[alt_of(view)[0]]["initial_value"] == "A loaf"


def test_what_cannot_be_converted_is_said_in_the_dialog(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    make_picky(team.backend)
    view = write(team, ("loaf.png", draw()))
    monkeypatch.setattr(image_helper, "ENTRY", "import os; os.abort()")
    assert team.people.click_view("U0MAYA", view.id, text=TO_JPEG).ok
    team.until(lambda: "It cannot be converted. Save it again." in words(team.people.modal("U0MAYA")))
    assert TO_JPEG in words(team.people.modal("U0MAYA"))


# --- in Edit -----------------------------------------------------------------------------------------


def test_edit_offers_it_and_nothing_counts_before_save(team: Team) -> None:
    make_picky(team.backend)
    seen = plan(team, draw(), draw(colour="red", kind="JPEG"))
    team.press("U0TOM", team.card(seen, "Convert image 1 to JPEG"), "Edit")
    view = convert_there(team, "Convert image 1 to JPEG", "U0TOM", Text="Fresh rolls")
    assert "Image 3 takes the place of image 1, with the same alt text. Press Save." in words(view)
    assert "does not take PNG" not in words(view), "said of what goes"
    assert fields(view)["text"]["initial_value"] == "Fresh rolls"
    assert team.backend.post(seen).version.seq == 1
    assert team.people.submit("U0TOM", view.id).ok
    team.until(lambda: team.backend.post(seen).version.seq == 2)
    body = team.backend.post(seen).version.body
    assert [(kind_of(team, one.sha256), one.alt) for one in body.images] == [
        ("image/jpeg", "Loaf 1"), ("image/jpeg", "Loaf 2"),
    ]  # fmt: skip
    assert body.text == "Fresh rolls"
    assert "changed the text, and converted image 1 to JPEG" in str(list_changes(team, seen))


def list_changes(team: Team, seen: Seen) -> list[object]:
    about, kind = f"post:{seen.post_id}", FactKind.EDITED.value
    return [
        (one.data or {})["changed"]
        for one in team.services.store.read(lambda db: record.list_of_kinds(db, about, kind))
    ]


def test_a_dialog_that_is_closed_offers_it_again_as_it_was(team: Team) -> None:
    make_picky(team.backend)
    seen = plan(team, draw())
    team.press("U0TOM", team.card(seen, TO_JPEG), "Edit")
    view = convert_there(team, user="U0TOM")
    team.people.close("U0TOM", view.id)
    team.press("U0TOM", team.card(seen, TO_JPEG), "Edit")
    view = team.server.modal("U0TOM")
    assert "You had begun to edit this" in words(view)
    assert "does not take PNG" not in words(view)
    assert team.people.submit("U0TOM", view.id).ok
    team.until(lambda: team.backend.post(seen).version.seq == 2)
    (image,) = team.backend.post(seen).version.body.images
    assert (kind_of(team, image.sha256), image.alt) == ("image/jpeg", "Loaf 1")


def test_an_image_or_an_account_that_is_new_in_the_dialog_is_offered_too(team: Team) -> None:
    make_picky(team.backend, "cafe")
    seen = plan(team, draw())
    team.press("U0TOM", team.card(seen), "Edit")
    assert TO_JPEG not in words(team.server.modal("U0TOM"))
    assert team.people.type("U0TOM", {"Accounts": ["Bakery", "Cafe"]}).ok
    team.until(lambda: TO_JPEG in words(team.people.modal("U0TOM")))
    view = team.people.modal("U0TOM")
    assert "Cafe does not take PNG images" in words(view)
    team.people.fill("U0TOM", {"More images (up to 3)": [("crust.png", draw(colour="red"))]})
    team.until(lambda: "Convert 2 images to JPEG" in words(team.people.modal("U0TOM")))
    assert words(team.people.modal("U0TOM")).count("Image 2: Cafe does not take PNG") == 1
    view = convert_there(team, "Convert 2 images to JPEG", "U0TOM")
    told = "Image 2 takes the place of image 1, with the same alt text. Say below what each new image shows"
    assert told in words(view)
    (_, loaf, crust) = alt_of(view)
    assert fields(view)[loaf]["initial_value"] == "Loaf 1"
    assert "initial_value" not in fields(view)[crust]
    team.people.fill("U0TOM", {label_of(view, crust): "A crust"})
    view = team.people.modal("U0TOM")
    assert "*Not saved yet.* With your changes there is this to check." in words(view)
    assert "does not take PNG" not in words(view)
    assert team.people.submit("U0TOM", view.id).ok
    team.until(lambda: team.backend.post(seen).version.seq == 2)
    body = team.backend.post(seen).version.body
    assert [(kind_of(team, each.sha256), each.alt) for each in body.images] == [
        ("image/jpeg", "Loaf 1"), ("image/jpeg", "A crust"),
    ]  # fmt: skip


def test_somebody_else_converted_it_meanwhile(team: Team) -> None:
    make_picky(team.backend)
    seen = plan(team, draw())
    team.press("U0TOM", team.card(seen, TO_JPEG), "Edit")
    made = conversions.convert(team.services, team.services.look(conversions.find_wanted, MAYA, seen))
    team.services.do(edit.save_converted, MAYA, seen, made, key())
    view = convert_there(team, user="U0TOM")
    assert "saved version 2 while you were typing" in words(view)
    assert team.people.submit("U0TOM", view.id).ok
    assert len(team.backend.post(seen).version.body.images) == 1


def test_an_image_has_one_number_in_the_dialog(team: Team) -> None:
    """The first is ticked to go, and the third is new: the button calls it what its field calls it."""
    make_picky(team.backend)
    seen = plan(team, draw(), draw(colour="red", kind="JPEG"))
    team.press("U0TOM", team.card(seen, "Convert image 1 to JPEG"), "Edit")
    crust = {"Remove images": ["Image 1"], "More images (up to 2)": [("crust.png", draw(colour="green"))]}
    team.people.fill("U0TOM", crust)
    team.until(lambda: "Convert image 3 to JPEG" in words(team.people.modal("U0TOM")))
    shown = words(team.people.modal("U0TOM"))
    assert "Image 3: Bakery does not take PNG images" in shown
    assert "Image 1: Bakery does not take PNG images" not in shown
    view = team.people.modal("U0TOM")
    described = {label_of(view, name): f"Loaf {number}" for number, name in enumerate(alt_of(view), 1)}
    team.people.fill("U0TOM", {**described, "Remove images": ["Image 1"]})
    shown = words(team.people.modal("U0TOM"))
    assert "*Not saved yet.*" in shown
    assert "Image 3: Bakery does not take PNG images" in shown
    assert "Image 2: Bakery does not take PNG images" not in shown, "it is the second of what is saved"


def press_twice(team: Team, monkeypatch: pytest.MonkeyPatch, user: str, **typed: Any) -> View:
    """The second time while it is being converted: Slack tells of it with the dialog as it is then."""
    convert, go_on = conversions.convert, threading.Event()

    def convert_slowly(*what: Any) -> Any:
        assert go_on.wait(30)
        return convert(*what)

    monkeypatch.setattr(conversions, "convert", convert_slowly)
    view = team.people.modal(user)
    action, values = the_control(view.blocks, text=TO_JPEG).action(), form_values(view, typed)
    assert team.people.press_view(user, view.id, action, values).ok
    team.until(lambda: team.people.modal(user).spec["callback_id"] == "looking")
    assert team.people.press_view(user, view.id, action, {}).ok
    go_on.set()
    team.until(lambda: fields(team.people.modal(user)))
    return team.people.modal(user)


def test_pressed_twice_on_a_new_post_it_is_converted_once(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_picky(team.backend)
    view = write(team, ("loaf.png", draw()))
    (alt,) = alt_of(view)
    view = press_twice(team, monkeypatch, "U0MAYA", **{label_of(view, alt): "A loaf"})
    assert [fields(view)[name]["initial_value"] for name in alt_of(view)] == ["A loaf"]
    assert team.people.submit("U0MAYA", view.id).ok
    (post,) = list_all(team)
    assert [(kind_of(team, one.sha256), one.alt) for one in post.version.body.images] == [
        ("image/jpeg", "A loaf")
    ]


def test_pressed_twice_in_edit_it_is_converted_once(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    make_picky(team.backend)
    seen = plan(team, draw())
    team.press("U0TOM", team.card(seen, TO_JPEG), "Edit")
    view = press_twice(team, monkeypatch, "U0TOM", Text="Fresh rolls")
    assert len(alt_of(view)) == 2
    assert team.people.submit("U0TOM", view.id).ok
    team.until(lambda: team.backend.post(seen).version.seq == 2)
    body = team.backend.post(seen).version.body
    assert [(kind_of(team, one.sha256), one.alt) for one in body.images] == [("image/jpeg", "Loaf 1")]
    assert body.text == "Fresh rolls"
