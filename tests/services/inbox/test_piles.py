"""Piles and spikes: many at once are one card, each still its own; a pause is suggested and never made."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.conversations import Closing, Kind, Stage
from bot.domain.people import Role
from bot.domain.posts import Seen
from bot.domain.refusals import OnlyMembers
from bot.domain.shown.post_screens import PostCard
from bot.services.inbox import piles, triage
from bot.services.pause import pause
from bot.services.queries import inbox as inbox_queries
from bot.services.queries import piles as pile_queries
from bot.services.queries import posts as post_queries
from tests.backend import GIL, MAYA, TOM, Backend, key
from tests.inbox_messages import INBOX, PRIVATE, Inbox

SPAM = "Earn $500 a day working from home! https://spam.example/"


@pytest.fixture
def inbox(sqlite_backend: Backend) -> Inbox:
    return Inbox(sqlite_backend).synced()


def crowd(inbox: Inbox, number: int, start: int = 0, **more: object) -> None:
    inbox.page(*(inbox.write(f"Comment {one}", by=f"c{one}", **more) for one in range(start, start + number)))


# --- a crowd --------------------------------------------------------------------------------------------


def test_from_the_sixth_on_a_pile_stands_for_them(inbox: Inbox) -> None:
    crowd(inbox, 5)
    assert (len(inbox.cards()), inbox.cards("pile")) == (5, [])
    crowd(inbox, 3, start=5)
    assert len(inbox.cards()) == 5
    (pile,) = inbox.cards("pile")
    assert pile.channel == INBOX
    piled = inbox.conversations()[5:]
    assert {conversation.pile_id for conversation in piled} == {pile.subject}
    assert [values["conversation"] for _, values in inbox.lines("pile")] == [
        conversation.id for conversation in piled
    ]
    assert inbox.line_kinds("pile") == ["piled"] * 3


def test_who_is_piled_and_writes_again_is_relayed_by_the_pile(inbox: Inbox) -> None:
    crowd(inbox, 6)
    inbox.page(inbox.write("Hello?", by="c5"))
    last = inbox.conversations()[5]
    assert inbox.line_kinds("pile") == ["piled", "piled"]
    assert (last.seq, len(inbox.cards())) == (2, 5)
    inbox.backend.services.do(triage.take, TOM, last.id, key())
    inbox.page(inbox.write("Hello??", by="c5"))
    assert inbox.line_kinds("pile") == ["piled", "piled"]  # from now on its own thread has its messages
    assert inbox.line_kinds() == ["message", "taken", "message"]
    inbox.backend.clock.push(timedelta(days=1))


def test_the_pile_shows_what_was_written_last_and_when(inbox: Inbox) -> None:
    """It showed none of its customers' words, or those of the one who came last, whoever wrote since."""
    crowd(inbox, 8)
    (pile,) = inbox.cards("pile")

    def newest() -> tuple[str, str, object]:
        card = inbox.backend.services.look(pile_queries.load_pile_card, pile.subject)
        assert card is not None
        assert card.newest is not None
        return card.newest_by, card.newest.text, card.newest.at

    assert newest()[1] == "Comment 7"
    inbox.backend.clock.push(timedelta(minutes=5))
    wanted = pile.wanted
    inbox.page(inbox.write("Is anybody there?", by="c5"))
    assert newest() == ("C5", "Is anybody there?", inbox.backend.clock.now())
    assert inbox.cards("pile")[0].wanted > wanted, "and it is drawn again"


def test_five_an_hour_ago_are_no_crowd(inbox: Inbox) -> None:
    crowd(inbox, 5)
    inbox.backend.clock.push(timedelta(minutes=61))
    crowd(inbox, 1, start=5)
    assert (len(inbox.cards()), inbox.cards("pile")) == (6, [])


def test_closed_ones_are_no_crowd(inbox: Inbox) -> None:
    crowd(inbox, 5)
    inbox.save(replace(inbox.conversations()[0], stage=Stage.DONE))
    crowd(inbox, 1, start=5)
    assert inbox.cards("pile") == []


def test_a_new_wave_gets_a_new_card(inbox: Inbox) -> None:
    """Days later the old card stands far above; where nobody waits in it any more, a new one is put up."""
    crowd(inbox, 6)
    for conversation in inbox.conversations():
        inbox.save(replace(conversation, stage=Stage.DONE))
    inbox.backend.clock.push(timedelta(days=2))
    crowd(inbox, 6, start=10)
    old, new = inbox.cards("pile")
    assert (old.subject, old.current, new.current) == (new.subject, False, True)


def test_private_messages_are_no_crowd(inbox: Inbox) -> None:
    crowd(inbox, 7, kind=Kind.DIRECT)
    assert (len(inbox.cards()), inbox.cards("pile")) == (7, [])


def test_ten_at_once_in_the_first_sync(sqlite_backend: Backend) -> None:
    inbox = Inbox(sqlite_backend)
    crowd(inbox, 10, ago=20)
    assert (len(inbox.cards()), len(inbox.cards("pile"))) == (5, 1)


# --- the same words ---------------------------------------------------------------------------------------


def test_nearly_the_same_words_of_three_are_piled(inbox: Inbox) -> None:
    for number in range(4):
        inbox.page(inbox.write(f"{SPAM}{number}", by=f"s{number}", thread=f"t{number}"))
    assert len(inbox.cards()) == 2
    (pile,) = inbox.cards("pile")
    assert {conversation.pile_id for conversation in inbox.conversations()} == {pile.subject}
    closing = inbox.backend.services.look(pile_queries.load_pile_closing, MAYA, pile.subject)
    assert closing is not None
    assert len(closing.seen) == 4, "seen: the first two had to be closed by hand"
    home = inbox.backend.services.look(inbox_queries.load_home_inbox, MAYA)
    assert [row.alike for row in home.nobodys] == [4], "seen: the same words on three lines"
    assert home.nobody_has == 4
    spam = closing.pile
    inbox.backend.services.do(triage.close_pile, MAYA, spam.pile_id, Closing.SPAM, closing.seen, key())
    assert {one.stage for one in inbox.conversations()} == {Stage.DONE}


def test_whoever_is_with_somebody_or_wrote_more_is_not_drawn_into_a_pile(inbox: Inbox) -> None:
    """Nobody is dropped: each keeps their card, and what is no longer the same words is closed by itself."""
    for number in range(2):
        inbox.page(inbox.write(f"{SPAM}{number}", by=f"s{number}", thread=f"t{number}"))
    taken = inbox.conversations()[0]
    inbox.backend.services.do(triage.take, MAYA, taken.id, key())
    inbox.page(inbox.write("My order is broken", by="s1", thread="t1"))
    inbox.page(inbox.write(f"{SPAM}2", by="s2", thread="t2"))
    (pile,) = inbox.cards("pile")
    assert [one.pile_id for one in inbox.conversations()] == [None, None, pile.subject]
    assert len(inbox.cards()) == 2


def test_one_who_says_it_three_times_is_no_pile(inbox: Inbox) -> None:
    for number in range(4):
        inbox.page(inbox.write(f"{SPAM}{number}", thread=f"t{number}"))
    assert inbox.cards("pile") == []


def test_the_same_words_in_private_are_piled_in_private(inbox: Inbox) -> None:
    for number in range(3):
        inbox.page(inbox.write(SPAM, by=f"p{number}", thread=f"t{number}"))
        inbox.page(inbox.write(SPAM, by=f"s{number}", kind=Kind.DIRECT))
    public, private = inbox.cards("pile")
    assert (public.channel, private.channel) == (INBOX, PRIVATE)


def test_the_same_words_a_day_later_are_no_pile(inbox: Inbox) -> None:
    for number in range(3):
        inbox.page(inbox.write(SPAM, by=f"s{number}", thread=f"t{number}"))
        inbox.backend.clock.push(timedelta(hours=13))
    assert inbox.cards("pile") == []


# --- spikes -----------------------------------------------------------------------------------------------


def complain(inbox: Inbox, number: int, start: int = 0) -> None:
    for one in range(start, start + number):
        inbox.page(inbox.write(f"Broken number {one}", by=f"c{one}"))


def test_many_complaints_suggest_a_pause_once(inbox: Inbox) -> None:
    complain(inbox, 4)
    assert inbox.cards("spike") == []
    complain(inbox, 3, start=4)
    (card,) = inbox.cards("spike")
    assert card.channel == inbox.backend.policy.review_channel, "where those are who can decide"
    assert len(inbox.facts("many complaints: a pause suggested")) == 1
    assert card.wanted == 4  # it counts on


def test_complaints_over_an_hour_suggest_nothing(inbox: Inbox) -> None:
    for number in range(8):
        complain(inbox, 1, start=number)
        inbox.backend.clock.push(timedelta(minutes=4))
    assert inbox.cards("spike") == []


def test_an_hour_later_it_is_suggested_again(inbox: Inbox) -> None:
    complain(inbox, 5)
    inbox.backend.clock.push(timedelta(minutes=61))
    complain(inbox, 5, start=5)
    assert len(inbox.cards("spike")) == 2


def test_expected_complaints_suggest_nothing(inbox: Inbox) -> None:
    complain(inbox, 5)
    (card,) = inbox.cards("spike")
    until = inbox.now + timedelta(hours=5)
    with pytest.raises(OnlyMembers):
        inbox.backend.services.do(piles.mark_expected, GIL, card.subject, until, key())
    inbox.backend.services.do(piles.mark_expected, MAYA, card.subject, until, key())
    inbox.backend.clock.push(timedelta(hours=2))
    complain(inbox, 6, start=10)
    assert len(inbox.cards("spike")) == 1
    inbox.backend.clock.push(timedelta(hours=4))
    complain(inbox, 6, start=20)
    assert len(inbox.cards("spike")) == 2


def test_while_everything_is_paused_none_is_suggested(inbox: Inbox) -> None:
    inbox.backend.services.do(pause.pause, MAYA, "all", "news", key())
    complain(inbox, 6)
    assert inbox.cards("spike") == []
    assert MAYA.role is Role.MEMBER


def test_complaints_that_came_late_are_no_spike(inbox: Inbox) -> None:
    """Fetched at once after an outage, but written over hours."""
    found = [inbox.write("It is broken", by=f"c{one}", ago=20 * one) for one in range(6)]
    inbox.page(*found)
    assert inbox.cards("spike") == []


def waiting(inbox: Inbox, *accounts: str) -> PostCard:
    seen = inbox.backend.in_review(f"Fresh bread on {accounts}", accounts=accounts)
    return shown(inbox, seen)


def shown(inbox: Inbox, seen: Seen) -> PostCard:
    card = inbox.backend.services.look(post_queries.load_card, seen.post_id)
    assert card is not None
    return card


def test_the_suggestion_calls_the_approvers(inbox: Inbox) -> None:
    """Seen: it stood in the customers' channel, and mentioned nobody."""
    complain(inbox, 5)
    (card,) = inbox.cards("spike")
    view = inbox.backend.services.look(inbox_queries.load_spike_card, card.subject)
    assert view is not None
    assert view.approvers == inbox.backend.policy.approvers


def test_posts_that_are_to_go_out_there_say_so(inbox: Inbox) -> None:
    """Seen: the card of the next post on the same account asked for an approval without a word of it."""
    assert waiting(inbox, "bakery").complaints == ()
    first = inbox.now
    complain(inbox, 4)
    assert waiting(inbox, "bakery").complaints == ()
    inbox.backend.clock.push(timedelta(minutes=2))
    complain(inbox, 8, start=4)
    (one,) = waiting(inbox, "bakery", "cafe").complaints
    assert (one.title, one.count, one.since) == ("Bakery", 12, first)
    assert waiting(inbox, "cafe").complaints == ()


def test_a_card_that_waits_is_drawn_again_with_each_complaint(inbox: Inbox) -> None:
    seen = inbox.backend.in_review("Fresh bread at nine")

    def wanted() -> int:
        return next(int(card.wanted) for card in inbox.cards("post") if card.subject == seen.post_id)

    before = wanted()
    complain(inbox, 5)
    after = wanted()
    assert after > before
    complain(inbox, 1, start=5)
    assert wanted() > after


def test_expected_complaints_are_said_on_no_card(inbox: Inbox) -> None:
    complain(inbox, 5)
    (card,) = inbox.cards("spike")
    assert len(waiting(inbox, "bakery").complaints) == 1
    until = inbox.now + timedelta(hours=5)
    inbox.backend.services.do(piles.mark_expected, MAYA, card.subject, until, key())
    assert waiting(inbox, "bakery").complaints == ()


def test_yesterdays_complaints_are_said_on_no_card(inbox: Inbox) -> None:
    complain(inbox, 5)
    inbox.backend.clock.push(timedelta(hours=13))
    assert waiting(inbox, "bakery").complaints == ()
