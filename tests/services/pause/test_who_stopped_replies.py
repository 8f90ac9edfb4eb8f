"""Who stopped answers to customers, and what every running pause's card says of that: one truth on all of them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.gate import ALL
from bot.domain.shown.pause_screens import BannerView
from bot.services.inbox import drafts
from bot.services.pause import pause
from bot.services.queries.pause import load_banner
from bot.slack.views.pause.banner import draw_banner
from tests.backend import MAYA, TOM, key
from tests.inbox_backend import InboxBackend
from tests.services.pause.test_pause_over import drawings

HOUR = timedelta(hours=1)


def shut(inbox: InboxBackend, scope: str) -> str:
    return inbox.services.do_first(pause.pause, MAYA, scope, "", key()).pause_id


def look(inbox: InboxBackend, pause_id: str) -> BannerView:
    view = inbox.services.look(load_banner, pause_id)
    assert view is not None
    return view


def test_it_is_whoever_pressed_it_and_not_whoever_paused(inbox_backend: InboxBackend) -> None:
    """Seen: Tom stopped replies an hour after Maya had paused; every card said that Maya had, an hour before."""
    inbox_backend.writes()
    which = shut(inbox_backend, ALL)
    inbox_backend.clock.push(HOUR)
    at = inbox_backend.clock.now()
    inbox_backend.services.do(pause.stop_replies, TOM, which, key())
    told = inbox_backend.card().replies_stopped
    assert told is not None
    assert (told.by, told.at, told.title) == (TOM.id, at, None)
    assert look(inbox_backend, which).replies == (told,)
    refused = inbox_backend.services.look(drafts.find_stop, "bakery")
    assert refused is not None
    assert "10:" in refused.sentence, "when they were stopped"


@pytest.mark.parametrize("first", [ALL, "bakery"])
def test_every_running_pause_says_the_same_of_an_account(inbox_backend: InboxBackend, first: str) -> None:
    """Seen: with everything and Mastodon paused, one card said that replies were stopped, the other that people could
    still answer, with a second [Stop replies too]."""
    whole, one = shut(inbox_backend, ALL), shut(inbox_backend, "bakery")
    pressed = whole if first == ALL else one
    inbox_backend.services.do(pause.stop_replies, TOM, pressed, key())
    of_account = look(inbox_backend, one)
    assert of_account.stops_replies
    drawn = str(draw_banner(of_account).blocks)
    assert "Stop replies too" not in drawn
    assert "you can still answer" not in drawn
    of_everything = look(inbox_backend, whole)
    assert [each.title for each in of_everything.replies] == [None if first == ALL else "Bakery"]
    assert of_everything.stops_replies is (first == ALL)
    assert ("you can still answer them elsewhere" in str(draw_banner(of_everything).blocks)) is (first != ALL)


def test_the_other_pauses_card_is_drawn_anew(inbox_backend: InboxBackend) -> None:
    whole, one = shut(inbox_backend, ALL), shut(inbox_backend, "bakery")
    before = drawings(inbox_backend, one)
    inbox_backend.services.do(pause.stop_replies, TOM, whole, key())
    assert drawings(inbox_backend, one) == before + 1
