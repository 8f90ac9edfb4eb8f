"""What the inbox's screens are given: who waits, since when, on what; and nothing private outside its channel."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from bot.domain.conversations import Closing, Stage
from bot.domain.deliveries import State
from bot.domain.hours import parse_hours
from bot.domain.shown.inbox_screens import InboxList
from bot.services.inbox import erasure, ingest, triage
from bot.services.queries import conversations as conversation_queries
from bot.services.queries import inbox as inbox_queries
from bot.services.queries.inbox import make_hours_sentence
from bot.store import deliveries
from bot.store.tables.slack import cards as card_rows
from tests.backend import BERLIN, MAYA, TOM, key
from tests.inbox_backend import ASKED, InboxBackend

MOMENT = timedelta(minutes=1)
HOUR = timedelta(hours=1)
QUESTIONS = (
    "Are you open on Sunday?",
    "Where is the rye bread?",
    "Do you take cards",
    "Nice window!",
    "Gluten free rolls, please",
    "Can dogs come in?",
)


def test_the_card_tells_who_waits_and_why(inbox_backend: InboxBackend) -> None:
    since = inbox_backend.clock.now()
    asked = inbox_backend.writes()
    card = inbox_backend.card()
    assert (card.customer.name, card.customer.handle, card.how) == (
        "Lena K.",
        "@lena_k@far.example",
        "mention",
    )
    assert (card.first.text, card.count, card.waiting_since) == (ASKED, 1, since)
    assert (card.us, card.title, card.late_since, card.thread) == ("@bakery", "Bakery", None, "mention")
    inbox_backend.clock.push(timedelta(hours=5))
    assert inbox_backend.card().late_since == since + timedelta(hours=4)
    inbox_backend.edits(asked, "It arrived whole after all.")
    first = inbox_backend.card().first
    assert (first.text, first.edited) == ("It arrived whole after all.", True)
    inbox_backend.deletes(asked)
    assert (inbox_backend.card().first.deleted, inbox_backend.card().first.text) == (True, "")


def test_what_is_private_or_to_be_looked_at_first_rings_the_approvers_until_somebody_has_it(
    sqlite_inbox_backend: InboxBackend,
) -> None:
    """New messages rang nobody."""
    sqlite_inbox_backend.writes("Nice shop!", name="Ben")
    assert sqlite_inbox_backend.card().rung == ()
    approvers = sqlite_inbox_backend.policy.approvers
    for more in ({"private": True}, {"followers": 50_000}):
        sqlite_inbox_backend.writes("Hello there", name=f"Zoe {more}", **more)
        assert sqlite_inbox_backend.card().rung == approvers
    sqlite_inbox_backend.services.do(triage.take, TOM, sqlite_inbox_backend.conversation.id, key())
    assert sqlite_inbox_backend.card().rung == ()


def test_a_message_that_makes_it_pressing_rings_once(sqlite_inbox_backend: InboxBackend) -> None:
    asked = sqlite_inbox_backend.writes()
    called = []
    for words in ("Hello?", "Is anybody there?", "Four times now."):
        sqlite_inbox_backend.clock.push(MOMENT)
        sqlite_inbox_backend.writes(words, reply_to=asked)
        called.append(sqlite_inbox_backend.line("message").get("mention"))
    assert called == [None, list(sqlite_inbox_backend.policy.approvers), None]


def test_a_comment_names_the_post_it_answers(inbox_backend: InboxBackend) -> None:
    seen = inbox_backend.approved("Winter drive: we baked 400 loaves")
    inbox_backend.to_slot(seen)
    root = inbox_backend.delivery(inbox_backend.delivery_id(seen))
    inbox_backend.writes("Where?", reply_to=root.remote_id)
    link = inbox_backend.card().post
    assert link is not None
    assert (link.number, link.text, link.url) == (1, "Winter drive: we baked 400 loaves", root.remote_url)
    conversations = inbox_backend.services.look(inbox_queries.load_post_conversations, seen.post_id)
    assert conversations is not None
    assert (conversations.open, conversations.waiting) == (1, 1)
    inbox_backend.sent()
    inbox_backend.run()
    conversations = inbox_backend.services.look(inbox_queries.load_post_conversations, seen.post_id)
    assert conversations is not None
    assert (conversations.open, conversations.waiting) == (1, 0)


def test_the_list_begins_with_what_to_look_at_first(inbox_backend: InboxBackend) -> None:
    inbox_backend.writes("Nice shop!", name="Ben")
    inbox_backend.clock.push(MOMENT)
    inbox_backend.writes("Hello there", name="Zoe", followers=50_000)
    inbox_backend.clock.push(MOMENT)
    inbox_backend.writes("My secret order", name="Lena K.", private=True)
    page = inbox_backend.services.look(inbox_queries.load_inbox, MAYA)
    assert [row.name for row in page.rows] in (
        ["Zoe", "a private message", "Ben"],
        ["Zoe", "Ben", "a private message"],
    )
    assert (page.open, page.nobody_has, page.oldest) == (3, 3, inbox_backend.clock.now() - 2 * MOMENT)
    private = next(row for row in page.rows if row.name == "a private message")
    assert (private.text, private.reasons) == ("", ())
    assert "secret" not in repr(page)
    assert "Lena" not in repr(page)


def test_mine_and_waiting(inbox_backend: InboxBackend) -> None:
    inbox_backend.writes("Nice shop!", name="Ben")
    inbox_backend.services.do(triage.take, MAYA, inbox_backend.conversation.id, key())
    inbox_backend.writes("Hello", name="Zoe")
    rows = {
        what: [row.name for row in inbox_backend.services.look(inbox_queries.load_inbox, MAYA, what).rows]
        for what in (InboxList.MINE, InboxList.NOBODYS)
    }
    assert rows == {InboxList.MINE: ["Ben"], InboxList.NOBODYS: ["Zoe"]}
    inbox_backend.services.do(triage.close, MAYA, inbox_backend.conversation.id, Closing.SPAM, key())
    assert inbox_backend.services.look(inbox_queries.load_inbox, MAYA, InboxList.NOBODYS).rows == ()


def test_answered_ones_stand_behind_those_who_wait(sqlite_inbox_backend: InboxBackend) -> None:
    sqlite_inbox_backend.writes("Hello", name="Zoe")
    sqlite_inbox_backend.sent("Hello Zoe!")
    sqlite_inbox_backend.run()
    sqlite_inbox_backend.writes("Nice shop!", name="Ben")
    page = sqlite_inbox_backend.services.look(inbox_queries.load_inbox, TOM)
    assert [(row.name, row.stage) for row in page.rows] == [("Ben", Stage.OPEN), ("Zoe", Stage.ANSWERED)]


def test_home_tells_of_mine_of_the_oldest_and_of_the_week(inbox_backend: InboxBackend) -> None:
    inbox_backend.writes("Hello", name="Zoe")
    inbox_backend.clock.push(timedelta(minutes=24))
    inbox_backend.sent("Hello Zoe!")
    inbox_backend.run()
    since = inbox_backend.clock.now()
    inbox_backend.writes("Nice shop!", name="Ben")
    inbox_backend.services.do(triage.take, TOM, inbox_backend.conversation.id, key())
    sqlite_backend = inbox_backend.services.look(inbox_queries.load_home_inbox, TOM)
    assert ([row.name for row in sqlite_backend.mine], sqlite_backend.waiting, sqlite_backend.oldest) == (
        ["Ben"],
        1,
        since,
    )
    assert (sqlite_backend.answered_this_week, sqlite_backend.typical_wait) == (1, timedelta(minutes=24))
    assert inbox_backend.services.look(inbox_queries.load_home_inbox, MAYA).mine == ()


def test_home_lists_those_nobody_has_and_what_to_look_at_first_before_all(
    inbox_backend: InboxBackend,
) -> None:
    """ "Needs you: nothing" stood above 13 customers who waited."""
    inbox_backend.writes("My secret order", name="Lena K.", private=True)
    for number, asked in enumerate(QUESTIONS):
        inbox_backend.clock.push(MOMENT)
        inbox_backend.writes(asked, name=f"Guest {number}")
    inbox_backend.clock.push(MOMENT)
    inbox_backend.writes("Hello there", name="Zoe", followers=50_000)
    home = inbox_backend.services.look(inbox_queries.load_home_inbox, TOM)
    assert (home.mine_all, home.nobody_has) == (0, 8)
    assert [row.name for row in home.nobodys][:3] == ["a private message", "Zoe", "Guest 0"]
    assert len(home.nobodys) == 5
    assert "secret" not in repr(home)
    inbox_backend.services.do(triage.take, TOM, inbox_backend.conversation.id, key())
    home = inbox_backend.services.look(inbox_queries.load_home_inbox, TOM)
    assert ([row.name for row in home.mine], home.mine_all, home.nobody_has) == (["Zoe"], 1, 7)


def test_home_lists_answers_of_which_nobody_knows_whether_they_arrived(inbox_backend: InboxBackend) -> None:
    inbox_backend.writes()
    inbox_backend.sent()
    assert inbox_backend.services.look(inbox_queries.load_home_inbox, TOM).doubtful == ()
    now, sent = inbox_backend.clock.now(), inbox_backend.last_delivery

    def doubt(check: datetime | None) -> list[str]:
        inbox_backend.store.write(
            lambda db: deliveries.change(db, sent, now, state=State.UNKNOWN, next_check_at=check)
        )
        home = inbox_backend.services.look(inbox_queries.load_home_inbox, TOM)
        return [row.name for row in home.doubtful]

    assert doubt(now + HOUR) == [], "Byhand looks itself first"
    assert doubt(None) == ["Lena K."]


def test_line_words_are_the_words_as_they_are_now(sqlite_inbox_backend: InboxBackend) -> None:
    asked = sqlite_inbox_backend.writes()
    message = sqlite_inbox_backend.card().first.message_id
    sqlite_inbox_backend.edits(asked, "Never mind.")
    view = sqlite_inbox_backend.services.look(conversation_queries.load_line_words, message)
    assert view is not None
    assert (view.text, view.edited) == ("Never mind.", True)
    assert sqlite_inbox_backend.services.look(conversation_queries.load_line_words, "nobody's") is None


def test_the_offer_tells_what_became_of_it(sqlite_inbox_backend: InboxBackend) -> None:
    for number in range(3):
        sqlite_inbox_backend.network.customer_writes(
            f"Guest {number}",
            "Hello?",
            to="cafe",
            at=sqlite_inbox_backend.clock.now() - timedelta(hours=5 - number),
        )
    sqlite_inbox_backend.poll("cafe")
    offer = sqlite_inbox_backend.services.look(inbox_queries.load_offer_card, "cafe")
    assert (offer.count, offer.brought_in, offer.by) == (3, 0, None)
    sqlite_inbox_backend.services.do(ingest.bring_in, MAYA, "cafe", key())
    offer = sqlite_inbox_backend.services.look(inbox_queries.load_offer_card, "cafe")
    assert (offer.count, offer.brought_in, offer.by, offer.left) == (0, 3, MAYA.id, False)


@pytest.mark.parametrize(
    ("hours", "zone", "sentence"),
    [
        ("Mon-Sat 08:00-18:00", "Europe/Berlin", "We answer Mon–Sat 8:00–18:00 (Berlin time)"),
        (
            "Mon-Fri 08:30-18:00, Sat 10:00-14:00",
            "America/New_York",
            "We answer Mon–Fri 8:30–18:00, Sat 10:00–14:00 (New York time)",
        ),
        ("Mon 08:00-12:00, Mon 13:00-24:00", "UTC", "We answer Mon 8:00–12:00 and 13:00–24:00 (UTC)"),
        ("Sat-Mon 10:00-12:00", "UTC", "We answer Mon 10:00–12:00, Sat–Sun 10:00–12:00 (UTC)"),
        ("", "UTC", "No hours are set. Whoever runs Byhand can set them in [team] hours."),
    ],
)
def test_the_sentence_for_the_profile(
    sqlite_inbox_backend: InboxBackend, hours: str, zone: str, sentence: str
) -> None:
    where = ZoneInfo(zone)
    policy = replace(sqlite_inbox_backend.policy, hours=parse_hours(hours, where), zone=where)
    services = replace(sqlite_inbox_backend.services, policy=policy)
    assert services.look(make_hours_sentence) == sentence
    assert sqlite_inbox_backend.policy.zone == BERLIN


def test_a_wave_of_spam_is_one_row_and_hides_nobody(inbox_backend: InboxBackend) -> None:
    """Seen: all five rows of Home were of one wave, and whoever wrote after it was not seen; then the first two of it
    stood beside the rest."""
    for number in range(12):
        inbox_backend.writes("Earn $500 a day working from home!", name=f"Bot {number}")
        inbox_backend.clock.push(MOMENT)
    inbox_backend.writes("Where is the rye bread?", name="Lena K.")
    home = inbox_backend.services.look(inbox_queries.load_home_inbox, TOM)
    assert [(row.name, row.alike) for row in home.nobodys] == [
        ("Bot 0", 12), ("Lena K.", 1),
    ]  # fmt: skip
    assert home.nobody_has == 13
    page = inbox_backend.services.look(inbox_queries.load_inbox, TOM, InboxList.NOBODYS)
    assert page.rows == home.nobodys
    new = inbox_backend.services.look(inbox_queries.load_new_card)
    assert new.rows == home.nobodys, "one order everywhere: the longest wait first; seen: the newest first"
    piled = inbox_backend.conversations()[5]
    inbox_backend.services.do(triage.take, TOM, piled.id, key())
    home = inbox_backend.services.look(inbox_queries.load_home_inbox, TOM)
    assert [row.alike for row in home.nobodys] == [11, 1]
    assert [row.name for row in home.mine] == ["Bot 5"]


def test_a_posts_card_names_its_customers_until_they_are_erased(sqlite_inbox_backend: InboxBackend) -> None:
    """Seen: "open card 1, open card 2", of two people."""
    seen = sqlite_inbox_backend.approved("Winter drive: we baked 400 loaves")
    sqlite_inbox_backend.to_slot(seen)
    root = sqlite_inbox_backend.delivery(sqlite_inbox_backend.delivery_id(seen))
    sqlite_inbox_backend.writes("Where?", name="Jonas", reply_to=root.remote_id)
    conversation = sqlite_inbox_backend.conversation.id
    its_card = card_rows.update().where(card_rows.c.subject == conversation).values(ts="1796000001.000100")
    sqlite_inbox_backend.store.write(lambda db: db.execute(its_card))

    def shown() -> list[tuple[str, int]]:
        found = sqlite_inbox_backend.services.look(inbox_queries.load_post_conversations, seen.post_id)
        assert found is not None
        return [(one.name, one.number) for one in found.links]

    def wanted() -> int:
        query = select(card_rows.c.wanted).where(card_rows.c.subject == seen.post_id)
        return int(sqlite_inbox_backend.store.read(lambda db: db.execute(query).scalar_one()))

    assert shown() == [("Jonas", 1)]
    before = wanted()
    sqlite_inbox_backend.services.do(erasure.erase, MAYA, conversation, key())
    assert shown() == [("", 1)]
    assert wanted() > before, "it is drawn again, without the name"
