"""@Byhand where no customer is answered: it was ignored without a word, a pause that somebody believed in among it."""

from __future__ import annotations

import pytest

from bot.domain.gate import ALL
from bot.sandbox.slack.find import labels, words
from bot.slack.inbox.mentions import IN_ITS_THREAD, NOT_HERE
from bot.store.pause import gate
from tests.inbox_backend import ASKED, INBOX
from tests.slack.bench import SOCIAL
from tests.slack.inbox_team import InboxTeam

MAYA = "U0MAYA"


@pytest.mark.parametrize("text", ["@Byhand pause", "Hey @Byhand, please stop everything", "@Byhand pasue"])
def test_a_pause_that_is_none_is_answered_with_the_button(counter: InboxTeam, text: str) -> None:
    counter.people.say(MAYA, SOCIAL, text)
    told = counter.preview(MAYA, "NOT paused", channel=SOCIAL)
    assert "pauses nothing" in words(told)
    assert not counter.services.store.read(lambda db: gate.read(db).rows[ALL].paused)
    assert counter.whole(SOCIAL) == "", "nobody else is told"


def test_an_answer_written_beside_its_thread_was_not_sent(counter: InboxTeam) -> None:
    counter.people.say(MAYA, INBOX, "@Byhand Good morning, we open at eight.")
    counter.told(MAYA, IN_ITS_THREAD)
    counter.people.say(MAYA, SOCIAL, "@Byhand help")
    counter.told(MAYA, NOT_HERE, channel=SOCIAL)


def test_below_a_message_that_is_no_card_it_is_answered_there(counter: InboxTeam) -> None:
    above = counter.people.say(MAYA, INBOX, "Who has the keys?").ts
    counter.people.say(MAYA, INBOX, "@Byhand Nobody?", above)
    counter.told(MAYA, IN_ITS_THREAD)


def test_whoever_only_speaks_of_us_is_left_alone(counter: InboxTeam) -> None:
    counter.people.say(MAYA, INBOX, "I like @Byhand a lot")
    counter.people.say(MAYA, INBOX, "@Byhand Good morning")
    counter.told(MAYA, IN_ITS_THREAD)
    there = counter.server.workspace.messages(INBOX)
    assert sum(each.seen_by == MAYA and each.ts > counter.since for each in there) == 1


@pytest.mark.parametrize("text", ["@Byhand pause", "@Byhand please stop everything"])
def test_a_pause_in_a_customers_thread_is_no_answer_alone(counter: InboxTeam, text: str) -> None:
    """Seen: "@Byhand pause" below a card was offered for sending, and not a word that nothing was paused."""
    counter.backend.writes(ASKED)
    card = counter.shown(ASKED)
    counter.say(MAYA, card, text)
    told = counter.preview(MAYA, "NOT paused")
    assert told.thread_ts == card.ts
    assert "nothing was sent to a customer" in words(told)
    assert "Pause everything" in labels(told)


def test_a_longer_answer_only_happens_to_say_stop(counter: InboxTeam) -> None:
    counter.backend.writes(ASKED)
    counter.say(MAYA, counter.shown(ASKED), "@Byhand Stop by tomorrow, we keep a loaf for you.")
    counter.preview(MAYA, "we keep a loaf")
    counter.backend.writes("And rolls?")
    counter.say(MAYA, counter.shown("And rolls?"), "@Byhand Rolls, too.")
    counter.preview(MAYA, "Rolls, too.")
    assert not [each for each in counter.previews(MAYA) if "NOT paused" in words(each)]
