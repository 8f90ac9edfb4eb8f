"""What the inbox's screens are given: who waits, since when, on what; and nothing private outside its channel."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.domain.conversations import Closing, Stage
from bot.domain.hours import parse_hours
from bot.domain.inbox_screens import InboxList
from bot.services.inbox import ingest, triage
from bot.services.queries import conversations as conversation_queries
from bot.services.queries import inbox as inbox_queries
from bot.services.queries.inbox import make_hours_sentence
from tests.houses import BERLIN, MAYA, TOM, key
from tests.shops import ASKED, Shop

MOMENT = timedelta(minutes=1)


def test_the_card_tells_who_waits_and_why(shop: Shop) -> None:
    since = shop.clock.now()
    asked = shop.writes()
    card = shop.card()
    assert (card.customer.name, card.customer.handle, card.how) == (
        "Lena K.",
        "@lena_k@far.example",
        "mention",
    )
    assert (card.first.text, card.count, card.waiting_since) == (ASKED, 1, since)
    assert (card.us, card.title, card.late_since, card.thread) == ("@bakery", "Bakery", None, "mention")
    shop.clock.push(timedelta(hours=5))
    assert shop.card().late_since == since + timedelta(hours=4)
    shop.edits(asked, "It arrived whole after all.")
    first = shop.card().first
    assert (first.text, first.edited) == ("It arrived whole after all.", True)
    shop.deletes(asked)
    assert (shop.card().first.deleted, shop.card().first.text) == (True, "")


def test_a_comment_names_the_post_it_answers(shop: Shop) -> None:
    seen = shop.approved("Winter drive: we baked 400 loaves")
    shop.to_slot(seen)
    root = shop.delivery(shop.delivery_id(seen))
    shop.writes("Where?", reply_to=root.remote_id)
    link = shop.card().post
    assert link is not None
    assert (link.number, link.text, link.url) == (1, "Winter drive: we baked 400 loaves", root.remote_url)
    conversations = shop.services.look(inbox_queries.load_post_conversations, seen.post_id)
    assert conversations is not None
    assert (conversations.open, conversations.waiting) == (1, 1)
    shop.sent()
    shop.run()
    conversations = shop.services.look(inbox_queries.load_post_conversations, seen.post_id)
    assert conversations is not None
    assert (conversations.open, conversations.waiting) == (1, 0)


def test_the_list_begins_with_what_to_look_at_first(shop: Shop) -> None:
    shop.writes("Nice shop!", name="Ben")
    shop.clock.push(MOMENT)
    shop.writes("Hello there", name="Zoe", followers=50_000)
    shop.clock.push(MOMENT)
    shop.writes("My secret order", name="Lena K.", private=True)
    page = shop.services.look(inbox_queries.load_inbox, MAYA)
    assert [row.name for row in page.rows] in (
        ["Zoe", "a private message", "Ben"],
        ["Zoe", "Ben", "a private message"],
    )
    assert (page.open, page.nobody_has, page.oldest) == (3, 3, shop.clock.now() - 2 * MOMENT)
    private = next(row for row in page.rows if row.name == "a private message")
    assert (private.text, private.reasons) == ("", ())
    assert "secret" not in repr(page)
    assert "Lena" not in repr(page)


def test_mine_and_waiting(shop: Shop) -> None:
    shop.writes("Nice shop!", name="Ben")
    shop.services.do(triage.take, MAYA, shop.conversation.id, key())
    shop.writes("Hello", name="Zoe")
    rows = {
        what: [row.name for row in shop.services.look(inbox_queries.load_inbox, MAYA, what).rows]
        for what in (InboxList.MINE, InboxList.NOBODYS)
    }
    assert rows == {InboxList.MINE: ["Ben"], InboxList.NOBODYS: ["Zoe"]}
    shop.services.do(triage.close, MAYA, shop.conversation.id, Closing.SPAM, key())
    assert shop.services.look(inbox_queries.load_inbox, MAYA, InboxList.NOBODYS).rows == ()


def test_answered_ones_stand_behind_those_who_wait(stall: Shop) -> None:
    stall.writes("Hello", name="Zoe")
    stall.sent("Hello Zoe!")
    stall.run()
    stall.writes("Nice shop!", name="Ben")
    page = stall.services.look(inbox_queries.load_inbox, TOM)
    assert [(row.name, row.stage) for row in page.rows] == [("Ben", Stage.OPEN), ("Zoe", Stage.ANSWERED)]


def test_home_tells_of_mine_of_the_oldest_and_of_the_week(shop: Shop) -> None:
    shop.writes("Hello", name="Zoe")
    shop.clock.push(timedelta(minutes=24))
    shop.sent("Hello Zoe!")
    shop.run()
    since = shop.clock.now()
    shop.writes("Nice shop!", name="Ben")
    shop.services.do(triage.take, TOM, shop.conversation.id, key())
    home = shop.services.look(inbox_queries.load_home_inbox, TOM)
    assert ([row.name for row in home.mine], home.waiting, home.oldest) == (["Ben"], 1, since)
    assert (home.answered_this_week, home.typical_wait) == (1, timedelta(minutes=24))
    assert shop.services.look(inbox_queries.load_home_inbox, MAYA).mine == ()


def test_line_words_are_the_words_as_they_are_now(stall: Shop) -> None:
    asked = stall.writes()
    message = stall.card().first.message_id
    stall.edits(asked, "Never mind.")
    view = stall.services.look(conversation_queries.load_line_words, message)
    assert view is not None
    assert (view.text, view.edited) == ("Never mind.", True)
    assert stall.services.look(conversation_queries.load_line_words, "nobody's") is None


def test_the_offer_tells_what_became_of_it(stall: Shop) -> None:
    for number in range(3):
        stall.network.customer_writes(
            f"Guest {number}", "Hello?", to="cafe", at=stall.clock.now() - timedelta(hours=5 - number)
        )
    stall.poll("cafe")
    offer = stall.services.look(inbox_queries.load_offer_card, "cafe")
    assert (offer.count, offer.brought_in, offer.by) == (3, 0, None)
    stall.services.do(ingest.bring_in, MAYA, "cafe", key())
    offer = stall.services.look(inbox_queries.load_offer_card, "cafe")
    assert (offer.count, offer.brought_in, offer.by, offer.left) == (0, 3, MAYA.id, False)


@pytest.mark.parametrize(
    ("hours", "zone", "sentence"),
    [
        ("Mon-Sat 08:00-18:00", "Europe/Berlin", "We answer Mon-Sat 8-18, Berlin"),
        (
            "Mon-Fri 08:30-18:00, Sat 10:00-14:00",
            "America/New_York",
            "We answer Mon-Fri 8:30-18, Sat 10-14, New York",
        ),
        ("Mon 08:00-12:00, Mon 13:00-24:00", "UTC", "We answer Mon 8-12 and 13-24, UTC"),
        ("Sat-Mon 10:00-12:00", "UTC", "We answer Mon 10-12, Sat-Sun 10-12, UTC"),
        ("", "UTC", "No hours are set. An admin can set them in [team] hours."),
    ],
)
def test_the_sentence_for_the_profile(stall: Shop, hours: str, zone: str, sentence: str) -> None:
    where = ZoneInfo(zone)
    policy = replace(stall.policy, hours=parse_hours(hours, where), zone=where)
    services = replace(stall.services, policy=policy)
    assert services.look(make_hours_sentence) == sentence
    assert stall.policy.zone == BERLIN
