"""What a line in a thread says, as it is posted."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.domain.kinds import CardType, LineType
from bot.services import approval_requests
from bot.services.posts import review
from bot.slack.outbox.render import CardRenderer
from bot.slack.views.blocks import Message
from bot.store.slack import cards, people
from bot.store.slack.cards import Line
from bot.store.slack.people import KnownPerson
from tests.backend import MAYA, TOM, Backend, key
from tests.slack.views.samples import PLACE


def test_a_reminder_counts_from_when_it_is_posted(sqlite_backend: Backend) -> None:
    """Seen: "in 4 min", posted by the clock's next jump, when less than that was left."""
    now = sqlite_backend.clock.now()
    values = {"decide_by": (now + timedelta(minutes=5, seconds=30)).isoformat()}
    line = Line(
        "l1", "c1", CardType.POST, "p1", "C0SOCIAL", "1.1", LineType.REMINDER, values, None, None, now
    )
    assert "in 5 min" in _draw(sqlite_backend, line)
    sqlite_backend.clock.push(timedelta(minutes=3, seconds=10))
    assert "in 2 min" in _draw(sqlite_backend, line)
    said = replace(line, ts=f"{(now + timedelta(minutes=2)).timestamp():.6f}")
    assert "in 3 min" in _draw(sqlite_backend, said), "drawn again, it says what was true then"


def _draw(backend: Backend, line: Line) -> str:
    message = backend.services.look(CardRenderer(lambda: PLACE, lambda _sha256, _post: None).line, line)
    assert message is not None
    return message.text


def test_what_is_new_waits_until_slack_shows_it(sqlite_backend: Backend) -> None:
    def has_untold() -> bool:
        now = sqlite_backend.clock.now()
        return sqlite_backend.store.read(lambda db: cards.has_untold(db, now))

    assert not has_untold()
    seen = sqlite_backend.in_review()
    assert has_untold()
    sqlite_backend.store.write(lambda db: db.exec_driver_sql("UPDATE cards SET ts = '1.1'"))
    assert not has_untold(), "a card that is only to be drawn again has its time"
    sqlite_backend.store.write(
        lambda db: cards.say(db, seen.post_id, LineType.REMINDER, {}, sqlite_backend.clock.now())
    )
    assert has_untold()


def test_a_card_rings_whom_it_asks_and_names_who_acted(sqlite_backend: Backend) -> None:
    """Seen: "Moved by @Maya" and "asked by @Maya" rang Maya's own phone."""
    backend = sqlite_backend
    maya = KnownPerson(MAYA.id, "Maya", MAYA.role, None, backend.clock.now())
    backend.store.write(lambda db: people.remember(db, maya))
    seen = backend.plan("Rolls", minutes=24 * 60)
    post = backend.post(seen)
    request = backend.services.do(approval_requests.ask, MAYA, [post], key())
    asked = _draw_card(backend, CardType.REQUEST, request.id)
    assert "asked by Maya" in asked
    assert MAYA.id not in asked
    assert TOM.id in asked
    slot = backend.clock.now() + timedelta(minutes=20)
    backend.services.do(review.move, MAYA, backend.now_seen(seen), slot, key())
    moved = _draw_card(backend, CardType.POST, seen.post_id)
    assert "Moved by Maya" in moved
    assert MAYA.id not in moved
    assert TOM.id in moved


def _draw_card(backend: Backend, kind: CardType, subject: str) -> str:
    artist = CardRenderer(lambda: PLACE, lambda _sha256, _post: None)
    card = backend.services.look(lambda work: cards.find_current(work.db, kind, subject))
    assert card is not None
    message = backend.services.look(artist.card, card)
    assert isinstance(message, Message)
    return message.text + str(message.blocks)
