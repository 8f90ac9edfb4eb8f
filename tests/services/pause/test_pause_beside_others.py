"""A pause, and what others do at the same moment: nobody waits in a circle, and the pause waits for nobody."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from bot.domain.gate import ALL
from bot.domain.kinds import CardType
from bot.domain.outcomes import Refused
from bot.services.deliveries import take_down
from bot.services.inbox import triage
from bot.services.pause import pause
from bot.store.inbox import about_posts
from bot.store.inbox import piles as pile_store
from bot.store.inbox.piles import Spike
from bot.store.pause import pause_effects
from bot.store.slack import cards as card_store
from tests.backend import MAYA, TOM, key
from tests.failing_client import make_failing
from tests.inbox_backend import InboxBackend
from tests.postgres import PostgresServer
from tests.services.pause.test_replies_stopped import go_on


@pytest.mark.parametrize("what", ["pause", "resume"])
def test_a_pause_that_stops_replies_and_a_click_on_a_customer_are_no_circle(
    postgres_inbox_backend: InboxBackend,
    postgres_server: PostgresServer,
    monkeypatch: pytest.MonkeyPatch,
    what: str,
) -> None:
    """Both touch a customer's card and its post's, in different orders."""
    backend = postgres_inbox_backend
    seen = backend.approved(accounts=("bakery", "cafe"))
    make_failing(backend, "cafe").answers["publish"] = Refused("no")
    backend.to_slot(seen)
    assert backend.states(seen) == {"bakery": "sent", "cafe": "refused"}, "its card offers to try again"
    backend.writes("Broken loaf", reply_to=str(backend.network.timeline()[-1]["id"]))
    talk = backend.conversation
    assert talk.post_id == seen.post_id
    if what == "resume":
        done = backend.services.do_first(pause.pause, TOM, ALL, "", key())
        backend.services.do(pause.stop_replies, TOM, done.pause_id, key())
    else:
        monkeypatch.setattr(pause, "_stops_replies", lambda work, row: True)
    postgres_server.deadlocks()
    has_post, has_talk = threading.Event(), threading.Event()
    real_conversations, real_touch = pause_effects.redraw_conversations, card_store.touch_post

    def redraw_conversations(db: Any, scope: str, **more: Any) -> None:
        has_post.set()
        has_talk.wait(5)
        real_conversations(db, scope, **more)

    def touch_post(db: Any, post_id: str, **more: Any) -> None:
        if threading.current_thread().name == "clicking":
            has_talk.set()
            has_post.wait(5)
        real_touch(db, post_id, **more)

    monkeypatch.setattr(pause_effects, "redraw_conversations", redraw_conversations)
    monkeypatch.setattr(card_store, "touch_post", touch_post)

    def click() -> None:
        backend.services.do(triage.take, MAYA, talk.id, key())

    clicking = threading.Thread(target=click, name="clicking")
    clicking.start()
    assert has_talk.wait(10)
    if what == "resume":
        go_on(backend)
    else:
        backend.services.do_first(pause.pause, TOM, ALL, "", key())
    clicking.join(20)
    assert postgres_server.deadlocks() == []


def test_a_pause_and_the_end_of_a_take_down_are_no_circle(
    postgres_inbox_backend: InboxBackend, postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both touch the card that suggests a pause and the post's, in different orders."""
    backend = postgres_inbox_backend
    seen = backend.approved(accounts=("bakery", "cafe"))
    make_failing(backend, "cafe").answers["publish"] = Refused("no")
    backend.to_slot(seen)
    backend.writes("Broken loaf", reply_to=str(backend.network.timeline()[-1]["id"]))
    talk = backend.conversation
    spike = Spike("s1", talk.account, talk.thread, seen.post_id, 5, backend.clock.now(), None, None)

    def suggested(db: Any) -> None:
        pile_store.add_spike(db, spike)
        card_store.add(db, CardType.SPIKE, spike.id, "C0SOCIAL", backend.clock.now())

    backend.store.write(suggested)
    backend.services.do(take_down.take_down, TOM, backend.delivery_id(seen), key())
    postgres_server.deadlocks()
    has_spike, is_paused, real = threading.Event(), threading.Event(), about_posts.redraw

    def redraw(db: Any, post_id: str, account: str) -> None:
        real(db, post_id, account)
        has_spike.set()
        is_paused.wait(0.5)

    monkeypatch.setattr(about_posts, "redraw", redraw)
    ending = threading.Thread(target=backend.run)
    ending.start()
    assert has_spike.wait(10)
    pause.pause_at_once(backend.services, MAYA, ALL, "", key())
    is_paused.set()
    ending.join(20)
    assert postgres_server.deadlocks() == []
