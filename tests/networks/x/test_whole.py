"""An X account under the real services and the real worker."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, cast

import pytest
from sqlalchemy import Connection, func, select, update

from bot.domain.conversations import Closing, Stage, Via
from bot.domain.posts import Status
from bot.networks.protocol import AccountClient, AccountSettings
from bot.networks.receiving import NOTICES, Receiving
from bot.networks.x.client import NETWORK, NOT_SUMMONED
from bot.networks.x.messages import SUMMONS
from bot.sandbox.networks.server import Fault
from bot.sandbox.networks.x import answers
from bot.sandbox.networks.x.server import XServer
from bot.services.deliveries import overrides
from bot.services.inbox import triage
from bot.store.engine.store import Store
from bot.store.tables.inbox import messages
from bot.workers.poller import Poller
from bot.workers.visit import Visitor
from tests.backend import MAYA, TOM, ManualClock, NoVault, key, team
from tests.inbox_backend import INBOX, PRIVATE, InboxBackend

TEXT = "Fresh rye & rolls: https://dock.net/rye 🥐"


class XBackend(InboxBackend):
    def connect_anew(self, name: str) -> AccountClient:
        token = self.network.tokens[name]
        account = AccountSettings(name, "x", self.network.url, name, secrets={"TOKEN": token})
        return NETWORK.open(account, NoVault())


@pytest.fixture
def x(clock: ManualClock) -> Iterator[XServer]:
    server = XServer(clock.now, accounts=())
    server.start()
    yield server
    server.stop()
    assert server.in_addresses == []


@pytest.fixture
def bot(sqlite_store: Store, x: XServer, clock: ManualClock) -> Iterator[XBackend]:
    built = XBackend(sqlite_store, cast(Any, x), clock, team(inbox_channel=INBOX, private_channel=PRIVATE))
    yield built
    built.worker.stop(timedelta(seconds=5))


def post_writes(x: XServer) -> int:
    return sum((line.method, line.path) == ("POST", "/2/tweets") for line in x.requests)


def test_a_post_goes_out_once_and_whole(bot: XBackend, x: XServer) -> None:
    seen = bot.approved(TEXT)
    bot.to_slot(seen)
    assert bot.states(seen) == {"bakery": "sent"}
    assert [post["text"] for post in x.timeline()] == [TEXT]


def test_a_lost_answer_that_the_timeline_shows_is_found(bot: XBackend, x: XServer) -> None:
    seen = bot.approved(TEXT)
    x.faults.order(Fault.LOST_ANSWER)
    bot.to_slot(seen)
    assert bot.states(seen) == {"bakery": "unknown"}
    bot.push(minutes=2)
    assert bot.states(seen) == {"bakery": "sent"}
    assert len(x.ledger) == 1


@pytest.mark.parametrize("fault", [Fault.LOST_ANSWER, Fault.CUT_BEFORE])
def test_what_the_timeline_does_not_show_is_asked_about_and_never_sent_again(
    bot: XBackend, x: XServer, fault: Fault
) -> None:
    seen = bot.approved()
    x.faults.order(fault)
    bot.to_slot(seen)
    x.state.omits |= {line.remote_id for line in x.ledger}
    for _ in range(40):
        bot.push(minutes=1)
    assert bot.states(seen) == {"bakery": "unknown"}
    assert bot.delivery(bot.delivery_id(seen)).asks_a_person
    assert post_writes(x) == 1
    assert len(x.ledger) == (1 if fault is Fault.LOST_ANSWER else 0)


def test_words_that_are_there_already_are_refused_at_the_first(bot: XBackend, x: XServer) -> None:
    """Last week's post has the same words, and this delivery was never tried before: X's no is final. It may be
    billed, so there is no second."""
    x.state.add_post(x.account("bakery"), "Rye", at=bot.clock.now() - timedelta(days=7))
    seen = bot.approved("Rye")
    bot.to_slot(seen)
    for _ in range(20):
        bot.push(minutes=1)
    assert bot.states(seen) == {"bakery": "refused"}
    assert bot.status(seen) is Status.FAILED
    assert post_writes(x) == 1
    assert x.ledger == ()


def test_a_duplicate_after_somebody_did_not_see_it_is_found(bot: XBackend, x: XServer) -> None:
    """The answer was lost and the list late, so somebody looked too early and had it sent again. X says that it has it:
    then it is there, once."""
    seen = bot.approved("Rye")
    x.faults.order(Fault.LOST_ANSWER)
    bot.to_slot(seen)
    (line,) = x.ledger
    x.state.omits.add(line.remote_id)
    for _ in range(20):
        bot.push(minutes=10)  # longer than a clock may have been wrong
    assert bot.states(seen) == {"bakery": "unknown"}
    bot.services.do(overrides.try_again, TOM, bot.delivery_id(seen), key())
    bot.run()
    assert bot.states(seen) == {"bakery": "unknown"}
    assert post_writes(x) == 2
    x.state.omits.clear()
    for _ in range(12):
        bot.push(minutes=1)
    assert bot.states(seen) == {"bakery": "sent"}
    assert len(x.ledger) == 1


@pytest.mark.parametrize("form", answers.CREDITS)
def test_without_credits_it_is_missed_and_said(bot: XBackend, x: XServer, form: str) -> None:
    """Asked once, and not again before somebody has it tried."""
    seen = bot.approved()
    x.no_credits = form
    bot.to_slot(seen)
    for _ in range(15):
        bot.push(minutes=1)
    assert bot.states(seen) == {"bakery": "dropped"}
    assert post_writes(x) == 1
    assert x.ledger == ()
    reason = bot.delivery(bot.delivery_id(seen)).reason or ""
    assert "had no credits at 09:20" in reason


def test_credits_that_are_bought_in_time(bot: XBackend, x: XServer) -> None:
    seen = bot.approved()
    x.no_credits = "depleted"
    bot.to_slot(seen)
    x.no_credits = ""
    assert bot.accounts["bakery"].check().ok
    for _ in range(5):
        bot.push(minutes=1)
    assert bot.states(seen) == {"bakery": "sent"}
    assert len(x.ledger) == 1


def test_a_refused_post_is_not_repeated(bot: XBackend, x: XServer) -> None:
    seen = bot.approved("Fresh rye")
    x.faults.order(Fault.THROTTLED)
    x.capped = True
    bot.to_slot(seen)
    for _ in range(15):
        bot.push(minutes=1)
    assert bot.states(seen) == {"bakery": "refused"}
    assert post_writes(x) == 1


# --- customers ------------------------------------------------------------------------------------------


@pytest.fixture
def inbox(bot: XBackend) -> XBackend:
    bot.poll()  # the first sync
    bot.clock.push(timedelta(minutes=1))
    return bot


def test_a_comment_is_answered_from_slack(inbox: XBackend, x: XServer) -> None:
    seen = inbox.approved("Fresh rye")
    inbox.to_slot(seen)
    comment = inbox.writes("Is it vegan?", reply_to=x.ledger[0].remote_id)
    assert inbox.card().first.text == "Is it vegan?"
    inbox.sent("It is!")
    inbox.run()
    assert inbox.state() == "sent"
    assert inbox.got(comment) == ["Fresh rye", "It is!"]


def test_an_answer_that_x_does_not_allow_waits_for_a_person(inbox: XBackend, x: XServer) -> None:
    """One call, that is refused; the words are kept, and the conversation stays open until somebody says it is done."""
    mention = inbox.writes("Open today?")
    x.state.posts[mention].tags = ()
    inbox.sent("Until six!")
    inbox.run()
    for _ in range(5):
        inbox.push(minutes=1)
    assert inbox.state() == "refused"
    assert "Open it on X, answer there, and press Done." in (inbox.delivery().reason or "")
    assert inbox.conversation.stage is Stage.OPEN
    assert post_writes(x) == 1
    assert inbox.card().first.url == f"https://x.com/lena_k/status/{mention}"
    inbox.services.do(triage.close, MAYA, inbox.conversation.id, Closing.ELSEWHERE, key())
    assert inbox.conversations()[-1].stage is Stage.DONE


def test_what_an_app_may_not_answer_offers_no_reply(inbox: XBackend) -> None:
    """Such a message comes in when a thread is read: the card says why, and where it is answered."""
    inbox.writes("Open today?")
    assert (inbox.card().takes_answers, inbox.card().no_answer) == (True, "")
    found = select(messages.c.id, messages.c.reference).where(messages.c.via == Via.CUSTOMER.value)

    def take_name_out(db: Connection) -> None:
        row = db.execute(found).one()
        reference = {name: value for name, value in row.reference.items() if name != SUMMONS}
        db.execute(update(messages).where(messages.c.id == row.id).values(reference=reference))

    inbox.store.write(take_name_out)
    assert (inbox.card().takes_answers, inbox.card().no_answer) == (False, NOT_SUMMONED)


def test_an_answer_in_xs_own_app_counts(inbox: XBackend, x: XServer) -> None:
    mention = inbox.writes("Open today?")
    x.we_answer_in_app(mention, "Until six!")
    inbox.clock.push(timedelta(minutes=1))
    inbox.poll()
    assert inbox.ours() == ["Until six!"]


def test_what_its_author_deleted_goes(inbox: XBackend, x: XServer) -> None:
    mention = inbox.writes("Open today?")
    inbox.deletes(mention)
    assert inbox.card().first.deleted


@pytest.mark.parametrize("fault", [Fault.LOST_ANSWER, Fault.CUT_BEFORE])
def test_a_lost_answer_is_looked_for_and_never_sent_again(inbox: XBackend, x: XServer, fault: Fault) -> None:
    inbox.writes("Open today?")
    inbox.sent("Until six!")
    x.faults.order(fault)
    inbox.run()
    for _ in range(40):
        inbox.push(minutes=1)
    assert inbox.state() == ("sent" if fault is Fault.LOST_ANSWER else "unknown")
    assert post_writes(x) == 1


def test_words_go_a_day_after_the_end(inbox: XBackend) -> None:
    """What is deleted on X has to go from here within 24 hours, and nobody looks at what has ended."""
    inbox.writes("Open today?")
    inbox.services.do(triage.close, MAYA, inbox.conversation.id, Closing.ELSEWHERE, key())
    inbox.push(hours=23)
    assert inbox.conversation.erased_at is None
    inbox.push(hours=1)
    assert inbox.conversation.erased_at is not None


def test_hundreds_are_looked_at_in_five_requests(bot: XBackend, x: XServer) -> None:
    """X tells of a hundred in one request: seven hundred that go on are looked at within two looks."""
    bot.poll()
    now = bot.clock.now()
    written = [x.customer_writes(f"Guest {number}", "Words", to="bakery", at=now) for number in range(700)]
    while stored(bot) < len(written):
        bot.poll()
    gone = written[::50]
    for one in gone:
        x.customer_deletes(one)
    visit = Visitor(bot.services, "bakery", NOTICES, stopping=lambda: False)
    connection = bot.accounts["bakery"]
    assert isinstance(connection, Receiving)
    asked = []
    for _ in range(2):
        before = len(x.requests)
        for step in visit.sweep():
            visit.take(connection, step)
        asked.append(sum(line.path == "/2/tweets" for line in x.requests[before:]))
    assert asked == [5, 2]
    there = select(messages.c.remote_id).where(messages.c.deleted_at.is_(None))
    kept = bot.store.read(lambda db: list(db.execute(there).scalars()))
    assert sorted(kept) == sorted(set(written) - set(gone))


def stored(bot: XBackend) -> int:
    return bot.store.read(lambda db: db.execute(select(func.count()).select_from(messages)).scalar_one())


def test_what_its_author_deleted_goes_within_a_day(bot: XBackend, x: XServer) -> None:
    """In conversations that go on, also in one that has waited for ten days. Three hundred are looked at in turn."""
    bot.poll()
    before = bot.clock.now()
    written = [x.customer_writes("Ona", "Long ago", to="bakery", at=before)]
    bot.poll()
    bot.clock.push(timedelta(days=10))
    written += [
        x.customer_writes(f"Guest {number}", f"Words {number}", to="bakery", at=bot.clock.now())
        for number in range(300)
    ]
    bot.poll()
    gone = written[::30]
    for one in gone:
        x.customer_deletes(one)
    poller = Poller(bot.services, name="poller-1")
    for _ in range(24 * 2):
        while poller.turn():
            while poller.busy():
                time.sleep(0.001)
        bot.clock.push(timedelta(minutes=30))
    there = select(messages.c.remote_id).where(messages.c.deleted_at.is_(None))
    kept = bot.store.read(lambda db: list(db.execute(there).scalars()))
    assert sorted(kept) == sorted(set(written) - set(gone))
