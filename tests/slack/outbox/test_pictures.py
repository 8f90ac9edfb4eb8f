"""Cards show posts' images: a private copy in Slack, uploaded once, never waited for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.posts import Image, Seen
from bot.sandbox.slack.faults import Kind
from bot.sandbox.slack.find import words
from bot.services.images.image_checks import StoredImage
from bot.services.posts import create
from bot.slack.transport import files, repeats
from bot.slack.transport.calls import Heard, SaidNo
from tests.backend import MAYA
from tests.slack.team import Team


def post_with_picture(team: Team) -> Seen:
    picture = StoredImage("a" * 64, "image/png", 4, 3, 9, b"pretended")
    slot = team.clock.now() + timedelta(minutes=20)
    wanted = create.NewPost(
        ("bakery",), "400 loaves", slot, images=(Image(picture.sha256, "A loaf on a board"),)
    )
    team.services.do(create.keep_image, picture)
    post = team.services.do(create.add_post, MAYA, wanted, created_by=MAYA.id)
    return Seen(post.id, 1)


def shows_picture(team: Team) -> bool:
    return any(block["type"] == "image" for each in team.messages() for block in each.blocks)


def test_a_card_shows_its_picture_once_slack_has_it(team: Team) -> None:
    seen = post_with_picture(team)
    assert "A loaf on a board" in words(team.card(seen))
    team.until(lambda: shows_picture(team))
    assert len(team.server.calls("files.completeUploadExternal")) == 1
    assert len([1 for each in team.messages() if each.metadata]) == 1


def test_without_an_upload_the_card_says_the_alt_text(team: Team) -> None:
    team.server.faults.order("files.getUploadURLExternal", Kind.SERVER_ERROR, times=None)
    seen = post_with_picture(team)
    assert "A loaf on a board" in words(team.card(seen))
    team.press("U0TOM", team.card(seen), "Approve")
    team.card(seen, "Approved")
    assert not shows_picture(team)


def test_a_picture_slack_cannot_show_is_left_out(team: Team) -> None:
    """Slack refuses the whole card for a file it has lost; the card must be there all the same."""
    seen = post_with_picture(team)
    team.until(lambda: shows_picture(team))
    team.server.workspace.files.clear()
    team.press("U0TOM", team.card(seen), "Approve")
    team.card(seen, "Approved")
    assert not shows_picture(team)


def test_a_picture_slack_was_too_busy_for_is_copied_when_it_says(team: Team) -> None:
    """Seen: asked three times within ten seconds, whatever Slack said, then no more."""
    team.server.faults.order("files.getUploadURLExternal", Kind.TOO_MANY, seconds=1.0)
    team.server.faults.order("files.completeUploadExternal", Kind.SERVER_ERROR, times=3)
    pauses = replace(repeats.POLICIES["upload"], pauses=(0.0,))
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(repeats.POLICIES, "upload", pauses)
        post_with_picture(team)
        team.until(lambda: shows_picture(team))
    assert len(team.server.calls("files.getUploadURLExternal")) == 5


def test_a_picture_slack_refuses_is_not_sent_again(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    refused = list[str]()

    def refuse(_call: object) -> Heard:
        refused.append("again")
        return SaidNo("storage_limit_reached")

    monkeypatch.setattr(files, "hear", refuse)
    seen = post_with_picture(team)
    team.press("U0TOM", team.card(seen), "Approve")
    team.card(seen, "Approved")
    team.until(lambda: team.slack_app._pictures._given_up)
    assert refused == ["again"]
