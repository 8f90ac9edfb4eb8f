"""What a line in a thread says, as it is posted."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.domain.kinds import CardType, LineType
from bot.slack.outbox.render import CardRenderer
from bot.store.slack import cards
from bot.store.slack.cards import Line
from tests.backend import Backend
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
