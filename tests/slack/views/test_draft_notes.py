"""What a customer will see otherwise than it was made is said before Send."""

from __future__ import annotations

from dataclasses import replace

from bot.slack.views.inbox.draft import draw_draft
from tests.slack.limits import check_message
from tests.slack.rendering import render_message
from tests.slack.views.conversation_samples import DRAFT

STILL = "The animation will not move on Bluesky: only its first frame is shown there."


def test_an_animation_that_will_not_move_is_said_and_can_be_sent() -> None:
    message = draw_draft(replace(DRAFT, image_alt="A loaf turns", notes=(STILL,)))
    check_message(message)
    assert STILL in render_message(message)
    assert "[Send primary" in render_message(message)
