"""What `/social upcoming week` says of its days."""

from __future__ import annotations

from datetime import date, timedelta

from bot.domain.preflight.week import FullDay, WeekView
from bot.domain.shown.post_screens import Ahead
from bot.services.posts import drafts, review
from bot.services.posts.create import NewPost
from bot.services.queries.home import load_home
from bot.services.queries.upcoming import Wanted, judge_week
from tests.backend import MAYA, Backend, key

DAY = 24 * 60  # minutes; the clock stands on a Tuesday morning


def test_gaps_and_full_days(sqlite_backend: Backend) -> None:
    """What was killed, and drafts with a proposed time, go out on no day; today is no gap."""
    for hour in range(6):
        sqlite_backend.plan(f"Post {hour}", minutes=DAY + 60 * hour)
    killed = sqlite_backend.plan("Killed", minutes=2 * DAY)
    sqlite_backend.services.do(review.kill, MAYA, killed, key())
    proposed = NewPost(("bakery",), "A draft", sqlite_backend.clock.now() + timedelta(days=3))
    sqlite_backend.services.do(drafts.save_draft, MAYA, proposed, key())
    sqlite_backend.plan("Saturday", minutes=4 * DAY, accounts=("cafe",))
    look = sqlite_backend.services.look
    gaps = (date(2026, 11, 26), date(2026, 11, 27), date(2026, 11, 30))
    assert look(judge_week, Wanted()) == WeekView(gaps, (FullDay(date(2026, 11, 25), "Bakery", 6),))
    of_cafe = look(judge_week, Wanted(accounts=("cafe",)))
    assert (of_cafe.gaps[0], of_cafe.full) == (date(2026, 11, 25), ())
    assert look(judge_week, Wanted(Ahead.TODAY)) == WeekView()
    assert look(judge_week, Wanted(other="Christmas")) == WeekView()


def test_home_has_the_same_days(sqlite_backend: Backend) -> None:
    """Today stands above them, and a day a week from now is not among them."""
    for minutes in (60, DAY + 60, DAY, 4 * DAY, 7 * DAY):
        sqlite_backend.plan(f"In {minutes} minutes", minutes=minutes)
    killed = sqlite_backend.plan("Killed", minutes=2 * DAY)
    sqlite_backend.services.do(review.kill, MAYA, killed, key())
    home = sqlite_backend.services.look(load_home, MAYA)
    now = sqlite_backend.clock.now()
    assert [(planned.day, planned.slots) for planned in home.ahead] == [
        (date(2026, 11, 25), (now + timedelta(days=1), now + timedelta(days=1, hours=1))),
        (date(2026, 11, 28), (now + timedelta(days=4),)),
    ]
    assert home.gaps == (date(2026, 11, 26), date(2026, 11, 27), date(2026, 11, 30))
