"""An image that an account does not take: the button that makes it fit, on the card and in the dialogs."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.posts import Image, Seen, Status
from bot.sandbox.slack.find import words as words_of
from bot.services.images import image_helper
from bot.services.images.image_checks import check_image
from bot.services.posts import conversions, create, edit
from bot.slack.posts.converting import UNDER_WAY
from bot.store import images
from tests.backend import MAYA, key
from tests.picky_client import draw, make_picky
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
    assert "Bakery does not take PNG images. Save it as JPEG" in words_of(card)
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
