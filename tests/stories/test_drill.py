"""A rehearsal of the worst day: real posts go on, a real pause ends it."""

from __future__ import annotations

from datetime import timedelta

from bot.sandbox.slack.find import labels, words
from bot.sandbox.slack.state import Message
from tests.stories.bakery import MAYA, SOCIAL, TOM, Bakery

BREAD = "Fresh bread at nine"


def test_the_team_rehearses_the_whole_way_and_gets_its_times(bakery: Bakery) -> None:
    bakery.plan((40, "bakery", BREAD))
    bakery.push(11)
    bakery.click(TOM, bakery.card(BREAD, "Decide by"), "Approve")
    bakery.card(BREAD, "Approved: goes out")
    begin(bakery)
    assert bakery.people.command(MAYA, SOCIAL, "/social", "drill pause the oven burns").ok
    press(bakery, MAYA, "DRILL: publishing is paused", "Take down")
    said(bakery, "DRILL: Take down is done")
    for _ in range(2):
        tick_off(bakery)
    said(bakery, "DRILL: Stop it elsewhere is done")
    press(bakery, TOM, "DRILL: publishing is paused", "Resume…")
    assert bakery.people.fill(TOM, {}).ok
    said(bakery, "DRILL is over after")
    bakery.until(lambda: not pressable(bakery), "nothing of it can be pressed")
    bakery.card(BREAD, "Approved: goes out")
    bakery.push(30)
    bakery.card(BREAD, "Published")
    assert bakery.published() == [BREAD]


def test_one_that_nobody_finishes_ends_by_itself_also_after_a_restart(bakery: Bakery) -> None:
    begin(bakery)
    assert bakery.people.command(MAYA, SOCIAL, "/social", "drill pause").ok
    said(bakery, "DRILL: Pause is done")
    bakery.stop_bot()
    bakery.clock.set_offset(bakery.clock.offset + timedelta(hours=1))
    bakery.start_bot()
    said(bakery, "it ended by itself after 30 minutes")
    bakery.until(lambda: not pressable(bakery), "nothing of it can be pressed")


def test_a_real_pause_ends_the_drill(bakery: Bakery) -> None:
    bakery.plan((40, "bakery", BREAD))
    begin(bakery)
    assert bakery.people.command(MAYA, SOCIAL, "/social", "pause recall news").ok
    said(bakery, "A real pause by <@U0MAYA> ended it")
    said(bakery, "Publishing is paused")


def begin(bakery: Bakery) -> None:
    """Tom asks for it, is asked, and starts it."""
    assert bakery.people.command(TOM, SOCIAL, "/social", "drill").ok
    press(bakery, TOM, "practise a pause with your team", "Start the drill")
    said(bakery, "posts marked DRILL are in")
    said(bakery, "Published")


def press(bakery: Bakery, user: str, says: str, text: str) -> None:
    """On the newest message that says this and has it."""

    def there() -> list[Message]:
        return [each for each in messages(bakery) if says in words(each) and text in labels(each)]

    bakery.until(lambda: bool(there()), f"{text} is there")
    act = bakery.people.click(user, SOCIAL, there()[-1].ts, text=text)
    assert act.ok, act.error


def said(bakery: Bakery, says: str) -> None:
    bakery.until(lambda: any(says in words(each) for each in messages(bakery)), f"it says {says}")


def tick_off(bakery: Bakery) -> None:
    """The next line of the banner."""
    before = len(ticked(bakery))
    press(bakery, TOM, "DRILL: publishing is paused", "Mark as stopped")
    bakery.until(lambda: len(ticked(bakery)) > before, "it is ticked off")


def ticked(bakery: Bakery) -> list[str]:
    banners = [words(each) for each in messages(bakery) if "DRILL: publishing is paused" in words(each)]
    return [line for line in "\n".join(banners).splitlines() if "stopped by" in line]


def pressable(bakery: Bakery) -> list[str]:
    return [label for each in messages(bakery) if "DRILL" in words(each) for label in labels(each)]


def messages(bakery: Bakery) -> list[Message]:
    return [each for each in bakery.slack.workspace.messages(SOCIAL) if not each.deleted]
