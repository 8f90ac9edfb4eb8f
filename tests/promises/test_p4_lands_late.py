"""P4 where a request of ours reaches the server two and a half minutes after it left."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from bot.domain.conversations import Stage
from bot.domain.deliveries import State
from bot.domain.kinds import LineType
from bot.domain.outcomes import CannotTell, Sent, Unknown
from bot.domain.posts import Status
from bot.domain.shown.post_screens import Asks, DeliveryView, ThreadLine
from bot.networks.mastodon.software import Software
from bot.networks.receiving import NOTICES, as_receiving
from bot.sandbox.networks.mastodon.server import MastodonServer
from bot.sandbox.networks.server import Fault
from bot.services.deliveries import comments, machine, overrides, post_twins, take_down
from bot.services.inbox import replies
from bot.services.queries import thread_lines
from bot.services.queries.conversations import load_reply_view
from bot.services.queries.posts import load_card
from bot.services.unit_of_work import UnitOfWork
from bot.slack.ids import Act
from bot.slack.views.inbox.lines import draw_conversation_line
from bot.slack.views.posts.lines import draw_thread_line
from bot.store import deliveries
from bot.store.engine.store import Store
from bot.store.posts import posts
from bot.store.tables.slack import cards, lines
from bot.workers.visit import SweepStep, Visitor
from tests.backend import MAYA, TOM, ManualClock, key, team
from tests.failing_client import make_failing
from tests.inbox_backend import INBOX, WORDS, InboxBackend

PREVIEW = f"@lena_k {WORDS}"
POST = "Fresh bread at nine"


@pytest.fixture
def keyless(sqlite_inbox_backend: InboxBackend) -> InboxBackend:
    """A server that takes idempotency keys and ignores them, and says that it is not Mastodon."""
    sqlite_inbox_backend.network.honours_keys = False
    sqlite_inbox_backend.network.maker = "takahe"
    return sqlite_inbox_backend


def wait(backend: InboxBackend, minutes: int = 12) -> None:
    for _ in range(2 * minutes):
        backend.push(seconds=31)
        backend.accounts["bakery"].check()  # whatever is under way lands before the next question


def test_a_post_that_lands_late_is_there_once(keyless: InboxBackend) -> None:
    seen = keyless.approved()
    keyless.network.faults.order(Fault.LANDS_LATE)
    keyless.to_slot(seen)
    assert keyless.published == []
    wait(keyless)
    assert keyless.published == [POST]
    assert keyless.status(seen) is Status.PUBLISHED


def test_an_answer_that_lands_late_is_there_once(keyless: InboxBackend) -> None:
    asked = keyless.writes()
    keyless.sent()
    keyless.network.faults.order(Fault.LANDS_LATE)
    keyless.run()
    wait(keyless)
    assert keyless.got(asked) == [PREVIEW]
    assert (keyless.state(), keyless.ours()) == ("sent", [WORDS])


def test_a_post_that_never_lands_is_left_to_a_person(keyless: InboxBackend) -> None:
    """After ten minutes its absence counts; by then it is too late to go out by itself."""
    seen = keyless.approved()
    keyless.network.faults.order(Fault.CUT_BEFORE)
    keyless.to_slot(seen)
    wait(keyless, 9)
    assert keyless.states(seen) == {"bakery": "unknown"}
    wait(keyless, 3)
    assert keyless.published == []
    assert keyless.states(seen) == {"bakery": "dropped"}
    assert keyless.status(seen) is Status.MISSED


def test_trusting_every_server_for_a_minute_publishes_twice(
    keyless: InboxBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Control: one minute is too short."""
    monkeypatch.setattr(Software, "settle_after", timedelta(seconds=60))
    seen = keyless.approved()
    keyless.network.faults.order(Fault.LANDS_LATE)
    keyless.to_slot(seen)
    wait(keyless)
    assert keyless.published == [POST, POST]


class OurClock(ManualClock):
    """It can be put wrong; everybody else's is `true`."""

    off = timedelta()

    def true(self) -> datetime:
        return super().now()

    def now(self) -> datetime:
        return self.true() + self.off

    def set(self, to: datetime) -> None:
        self.push(to - self.now())

    def put_wrong(self, by: timedelta) -> None:
        self.off += by


@pytest.fixture
def slow(sqlite_store: Store) -> Iterator[InboxBackend]:
    """Ten minutes behind, on a team that allows posts to be late; its server ignores keys."""
    clock = OurClock()
    network = MastodonServer(clock.true, accounts=())
    network.honours_keys, network.maker = False, "takahe"
    network.start()
    policy = team(lateness_limit=timedelta(minutes=30), inbox_channel=INBOX)
    built = InboxBackend(sqlite_store, network, clock=clock, policy=policy)
    built.poll()
    clock.push(timedelta(minutes=1))
    clock.put_wrong(-timedelta(minutes=10))
    yield built
    built.worker.stop(timedelta(seconds=5))
    network.stop()


def put_right(backend: InboxBackend) -> None:
    assert isinstance(backend.clock, OurClock)
    backend.clock.put_wrong(timedelta(minutes=10))


@pytest.mark.parametrize("restarts", [False, True])
def test_a_clock_that_was_slow_at_the_begin_makes_no_second_post(slow: InboxBackend, restarts: bool) -> None:
    """It was set right while the request was on its way: ten minutes seemed to have passed since it left, its absence
    counted at the first look, and the post went out a second time. After a restart nobody has lived through it."""
    seen = slow.approved()
    slow.network.faults.order(Fault.LANDS_LATE)
    slow.to_slot(seen)
    assert slow.published == []
    put_right(slow)
    if restarts:
        slow.worker.stop(timedelta(seconds=5))
        slow.worker = slow.new_worker("worker-2")
    wait(slow, 14)
    assert slow.published == [POST]
    assert slow.status(seen) is Status.PUBLISHED


def test_what_never_lands_is_sent_again_once_it_cannot(slow: InboxBackend) -> None:
    """The other side of it: with a clock that was slow and time to spare, absence counts after ten true minutes."""
    seen = slow.approved()
    slow.network.faults.order(Fault.CUT_BEFORE)
    slow.to_slot(seen)
    put_right(slow)
    wait(slow, 9)
    assert slow.states(seen) == {"bakery": "unknown"}
    wait(slow, 3)
    assert slow.published == [POST]


@pytest.mark.parametrize("restarts", [False, True])
def test_a_clock_that_was_fast_at_the_begin_makes_no_second_post(slow: InboxBackend, restarts: bool) -> None:
    """Seen: what it published looked older than its own begin, so it was none of ours, and went out again."""
    put_right(slow)
    assert isinstance(slow.clock, OurClock)
    slow.clock.put_wrong(timedelta(minutes=20))
    seen = slow.approved()
    slow.network.faults.order(Fault.LOST_ANSWER)
    slow.to_slot(seen)
    assert slow.published == [POST]
    slow.clock.put_wrong(-timedelta(minutes=20))
    if restarts:
        slow.worker.stop(timedelta(seconds=5))
        slow.worker = slow.new_worker("worker-2")
    wait(slow, 45)
    assert slow.published == [POST]
    if restarts:  # by what is known it may be another one: a person looks
        assert slow.states(seen) == {"bakery": "unknown"}
    else:
        assert slow.status(seen) is Status.PUBLISHED


@pytest.fixture
def twice(sqlite_inbox_backend: InboxBackend) -> InboxBackend:
    """It says that it is Mastodon and ignores keys all the same; the answer was sent again and the first has landed."""
    backend = sqlite_inbox_backend
    backend.network.honours_keys = False
    backend.writes()
    backend.sent()
    backend.network.faults.order(Fault.LANDS_LATE)
    backend.run()
    wait(backend, 3)
    assert [line.text for line in backend.network.ledger] == [PREVIEW, PREVIEW]
    return backend


def test_our_own_words_twice_are_an_incident_with_both_links(twice: InboxBackend) -> None:
    twice.poll()
    assert twice.said().count("incident") == 1
    assert "app_answer" not in twice.said(), "nobody wrote it in the network's app"
    line = twice.line("incident")
    links = [f"{twice.network.url}/@bakery/{one.remote_id}" for one in twice.network.ledger]
    assert all(link in line["sentence"] for link in links), line
    assert line["mention"] == [MAYA.id]
    (fact,) = twice.facts("incident")
    assert sorted(fact.data["links"]) == sorted(links)
    twice.poll()
    assert twice.said().count("incident") == 1, "told once"


def test_one_of_the_two_can_be_taken_down(twice: InboxBackend) -> None:
    twice.poll()
    drawn = draw_conversation_line(ThreadLine(LineType.INCIDENT, twice.clock.now(), twice.line("incident")))
    (button,) = drawn.blocks[-1]["elements"]
    assert (button["action_id"], button["text"]["text"]) == (Act.DELETE_REPLY.value, "Take one down")
    twice.services.do(replies.delete_reply, MAYA, button["value"], key())
    twice.run()
    left = [one for one in twice.network.timeline() if not one["deleted"]]
    assert len(left) == 1
    assert twice.conversation.stage is Stage.ANSWERED, "the other still answers them"


def test_a_colleague_who_says_something_else_in_the_app_is_no_incident(keyless: InboxBackend) -> None:
    asked = keyless.writes()
    keyless.sent()
    keyless.run()
    keyless.network.we_answer_in_app(asked, "And a voucher is on its way, too.")
    keyless.poll()
    assert "incident" not in keyless.said()
    assert keyless.said().count("app_answer") == 1


def test_late_success_of_an_answer_after_a_second_try_is_an_incident(
    sqlite_inbox_backend: InboxBackend,
) -> None:
    """It was only noted; of a post people were told."""
    backend = sqlite_inbox_backend
    backend.writes()
    backend.sent()
    (claim,) = backend.services.do(machine.claim, "slow")
    begun = backend.services.do(machine.begin, claim)
    assert begun is not None
    backend.clock.push(timedelta(minutes=2))
    backend.services.do(machine.recover, "somebody-else")
    for _ in range(2):  # looked for; and once more, since this process has not seen it begin
        backend.push(minutes=2)
    assert backend.state() == "sent"
    for _ in range(2):
        backend.services.do(machine.record_outcome, begun, Sent("77", "https://social.example/77"))
    assert backend.said().count("incident") == 1
    line = backend.line("incident")
    assert "https://social.example/77" in line["sentence"]
    assert str(backend.delivery().remote_url) in line["sentence"]
    assert line["take_down_reply"] == backend.last_delivery


@pytest.fixture
def posted_twice(sqlite_inbox_backend: InboxBackend) -> InboxBackend:
    """The same with a post: it was sent again, and the first has landed."""
    backend = sqlite_inbox_backend
    backend.poll()
    backend.network.honours_keys = False
    seen = backend.approved()
    backend.network.faults.order(Fault.LANDS_LATE)
    backend.to_slot(seen)
    wait(backend, 3)
    assert backend.published == [POST, POST]
    return backend


def test_a_post_twice_is_an_incident_with_both_links(posted_twice: InboxBackend) -> None:
    """Seen: after a post nothing was said."""
    posted_twice.poll()
    assert len(posted_twice.facts("incident")) == 1
    line = posted_twice.line("incident")
    links = [f"{posted_twice.network.url}/@bakery/{one.remote_id}" for one in posted_twice.network.ledger]
    assert all(link in line["sentence"] for link in links), line
    assert line["mention"]
    assert len(line["take_down"]) == 1
    posted_twice.poll()
    assert len(posted_twice.facts("incident")) == 1, "told once"


def test_a_copy_read_before_the_other_was_confirmed_is_told_with_the_next_sweep(
    posted_twice: InboxBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen: the feed showed it while the second try was on its way, never again, and nothing was said."""
    with monkeypatch.context() as on_its_way:
        on_its_way.setattr(deliveries, "list_sent_again", lambda *_: [])
        posted_twice.poll()
    posted_twice.poll()
    assert posted_twice.facts("incident") == []
    half = as_receiving(posted_twice.accounts["bakery"])
    assert half is not None
    visitor = Visitor(posted_twice.services, "bakery", NOTICES, lambda: False)
    for _ in range(2):
        assert visitor.take(half, SweepStep(NOTICES, newest=True)).trouble is None
    assert len(posted_twice.facts("incident")) == 1


def test_a_copy_is_told_once_however_it_shows(posted_twice: InboxBackend) -> None:
    """By a late answer, and by what we read."""
    posted_twice.poll()
    [delivery_id] = posted_twice.line("incident")["take_down"]

    def tell(work: UnitOfWork) -> None:
        delivery = posted_twice.delivery(delivery_id)
        post = posts.load(work.db, str(delivery.post_id))
        assert post is not None
        [other] = delivery.prepared[comments.TWINS]
        post_twins.tell(work, post, delivery, other, None, "an earlier try arrived")

    posted_twice.do(tell)
    assert len(posted_twice.facts("incident")) == 1


@pytest.mark.parametrize(
    ("words", "later"), [("Rolls at ten", timedelta()), (POST, timedelta(hours=2))], ids=["other", "later"]
)
def test_beside_two_copies_what_is_posted_by_hand_is_no_third(
    posted_twice: InboxBackend, words: str, later: timedelta
) -> None:
    posted_twice.poll()
    posted_twice.clock.push(later)
    network = posted_twice.network
    with network.lock:
        network.state.add(network.state.ours[network.tokens["bakery"]], words, "public")
    posted_twice.poll()
    assert len(posted_twice.facts("incident")) == 1


def test_the_same_answer_given_again_later_in_the_app_is_no_incident(
    sqlite_inbox_backend: InboxBackend,
) -> None:
    asked = sqlite_inbox_backend.writes()
    sqlite_inbox_backend.sent()
    sqlite_inbox_backend.run()
    sqlite_inbox_backend.push(hours=2)
    sqlite_inbox_backend.network.we_answer_in_app(asked, WORDS)
    sqlite_inbox_backend.poll()
    assert "incident" not in sqlite_inbox_backend.said()
    assert sqlite_inbox_backend.said().count("app_answer") == 1


def test_of_two_posts_one_stays_published_and_can_follow(posted_twice: InboxBackend) -> None:
    """The card said "Taken down" while the other copy was there, with no button left for it."""
    backend = posted_twice
    backend.poll()
    [delivery_id] = backend.line("incident")["take_down"]

    def there() -> list[str]:
        return [one["id"] for one in backend.network.timeline() if not one["deleted"]]

    def shown() -> DeliveryView:
        seen = backend.delivery(delivery_id).post_id
        card = backend.services.look(lambda work: load_card(work, str(seen)))
        assert card is not None
        return card.deliveries[0]

    backend.services.do(take_down.take_down_all, TOM, [delivery_id], key())
    backend.run()
    [left] = there()
    assert str(left) in str(shown().url)
    assert (shown().take_down, shown().can_delete) == (None, True)
    backend.poll()
    assert len(backend.facts("incident")) == 1, "it is there once now"
    backend.services.do(take_down.take_down_all, TOM, [delivery_id], key())
    backend.run()
    assert there() == []
    down = shown().take_down
    assert down is not None
    assert down.state is State.SENT


def _put_up(backend: InboxBackend) -> None:
    """As if Slack showed everything."""
    backend.store.write(lambda db: db.execute(update(cards).values(ts="17.1")))
    backend.store.write(lambda db: db.execute(update(lines).values(ts="17.2", redraw=False)))


def _is_drawn_again(backend: InboxBackend, kind: str = "incident") -> bool:
    query = select(lines.c.redraw).where(lines.c.kind == kind).order_by(lines.c.id.desc()).limit(1)
    again = bool(backend.store.read(lambda db: db.execute(query).scalar_one()))
    _put_up(backend)
    return again


@pytest.mark.parametrize("of_an_older_byhand", [False, True])
def test_the_line_about_two_copies_follows_what_is_left(
    posted_twice: InboxBackend, of_an_older_byhand: bool
) -> None:
    """ "Take one down" stood there live after it was done."""
    backend = posted_twice
    backend.poll()
    values = backend.line("incident")
    [delivery_id] = values["take_down"]
    if of_an_older_byhand:
        old = {name: value for name, value in values.items() if name != "delivery"}
        backend.store.write(
            lambda db: db.execute(update(lines).where(lines.c.kind == "incident").values(values=old))
        )
    _put_up(backend)

    def shown() -> tuple[str, bool]:
        kind, told = LineType.INCIDENT, backend.line("incident")
        asks = backend.services.look(thread_lines.find_what_it_asks, kind, told)
        drawn = draw_thread_line(ThreadLine(kind, backend.clock.now(), told, asks))
        return drawn.text, "Take one down" in str(drawn.blocks)

    assert shown()[1]
    backend.services.do(take_down.take_down_all, TOM, [delivery_id], key())
    assert _is_drawn_again(backend)
    text, offered = shown()
    assert ("One of the two is being taken down." in text, offered) == (True, False)
    backend.run()
    assert _is_drawn_again(backend)
    text, offered = shown()
    assert ("One of the two was taken down; the other is still there." in text, offered) == (True, False)
    backend.services.do(take_down.take_down_all, TOM, [delivery_id], key())
    backend.run()
    assert _is_drawn_again(backend)
    text, offered = shown()
    assert ("It was taken down." in text, offered) == (True, False)


def test_the_line_about_two_copies_of_an_answer_follows_too(twice: InboxBackend) -> None:
    twice.poll()
    _put_up(twice)
    told = twice.line("incident")
    twice.services.do(replies.delete_reply, MAYA, told["take_down_reply"], key())
    twice.run()
    assert _is_drawn_again(twice)
    reply = twice.services.look(load_reply_view, told["take_down_reply"])
    drawn = draw_conversation_line(ThreadLine(LineType.INCIDENT, twice.clock.now(), told), None, reply)
    assert "One of the two was taken down; the other is still there." in drawn.text
    assert "Take one down" not in str(drawn.blocks)


def test_a_question_somebody_answered_is_not_asked_any_more(sqlite_inbox_backend: InboxBackend) -> None:
    """ "We cannot tell whether Mastodon published this. Please look" stood there after somebody had looked."""
    backend = sqlite_inbox_backend
    seen = backend.approved()
    stubborn = make_failing(backend)
    stubborn.answers |= {"publish": Unknown("The connection broke"), "find": CannotTell("no list")}
    backend.to_slot(seen)
    wait(backend, 15)
    told = backend.line(LineType.OUTCOME_UNKNOWN.value)
    ask = backend.services.look(thread_lines.find_what_it_asks, LineType.OUTCOME_UNKNOWN, told)
    assert ask is Asks.AS_SAID
    _put_up(backend)
    backend.services.do(overrides.confirm_sent, MAYA, told["delivery"], key())
    assert _is_drawn_again(backend, LineType.OUTCOME_UNKNOWN.value)
    ask = backend.services.look(thread_lines.find_what_it_asks, LineType.OUTCOME_UNKNOWN, told)
    line = ThreadLine(LineType.OUTCOME_UNKNOWN, backend.clock.now(), told, ask)
    assert "It was unclear whether" in draw_thread_line(line).text


def test_the_same_words_by_hand_are_no_incident(sqlite_inbox_backend: InboxBackend) -> None:
    """What was sent once, and is there a second time, somebody posted in the network's own app."""
    backend = sqlite_inbox_backend
    backend.poll()
    seen = backend.approved()
    backend.to_slot(seen)
    assert backend.published == [POST]
    token = backend.network.tokens["bakery"]
    with backend.network.lock:
        backend.network.state.add(backend.network.state.ours[token], POST, "public")
    backend.poll()
    assert backend.facts("incident") == []
