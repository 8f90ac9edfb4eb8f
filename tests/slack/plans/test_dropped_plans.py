"""A plan dropped into the review channel: its person is told what is in it, and nothing comes in before they say so."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from threading import Event
from typing import Any

import pytest

from bot.domain.facts import FactKind
from bot.domain.posts import Post, Status
from bot.domain.shown.plan_screens import PlanDone, PlanLook, PlanQuestions
from bot.sandbox.slack.faults import Kind
from bot.sandbox.slack.find import Control, labels, the_control, words
from bot.sandbox.slack.state import Message
from bot.slack.ids import Malformed
from bot.slack.plans import judging
from bot.slack.plans.messages import NotTold
from bot.slack.values.plan import parse_described, parse_page, parse_skip
from bot.slack.views.blocks import fits
from bot.slack.views.plans import draw_plan, draw_plan_done
from bot.slack.views.text import NOWHERE
from bot.store import record
from bot.store.posts import posts
from tests.slack.bench import SOCIAL
from tests.slack.posts.test_new_post import png
from tests.slack.team import Team

SOON = datetime(2026, 12, 8, 9, tzinfo=UTC)
MAYA, GIL = "U0MAYA", "U0GUEST"
GOOD = "Time,Accounts,Text\n2026-12-01 10:00,bakery,Stollen\n2026-12-02 10:00,bakery cafe,Wreaths\n"
BAD = GOOD + "2020-01-01 10:00,bakery,Long over\n"
HOOTSUITE = "11/12/2026 10:00,Stollen,\n11/12/2026 17:00,Wreaths,https://dock.example/menu\n"


def drop(team: Team, content: str | bytes, user: str = MAYA, name: str = "plan.csv") -> None:
    data = content.encode() if isinstance(content, str) else content
    assert team.people.say(user, SOCIAL, "", files=[(name, data)]).ok


def told(team: Team, containing: str, user: str = MAYA) -> Message:
    """The newest direct message that says this."""

    def find() -> Message | None:
        there = [each for each in direct(team, user) if containing in words(each)]
        return there[-1] if there else None

    found = team.server.workspace.wait_for_value(find, 30.0)
    assert found is not None, [words(each) for each in direct(team, user)]
    return found


def direct(team: Team, user: str = MAYA) -> list[Message]:
    return list(team.server.workspace.messages(f"D{user[1:]}"))


def press(team: Team, message: Message, text: str, user: str = MAYA) -> None:
    act = team.people.click(user, message.channel, message.ts, text=text)
    assert act.ok, act.error


def press_late(team: Team, message: Message, control: Control, user: str = MAYA) -> None:
    """A button that its message has no more, on a screen that lags behind."""
    assert team.people.press(user, message.channel, message.ts, control).ok


def restart(team: Team) -> None:
    team.slack_app.stop(2.0)
    team.slack_app = team.new_slack_app("worker-2")
    team.slack_app.start()
    assert team.server.wait_connected()


def list_all(team: Team) -> list[Post]:
    return team.services.store.read(lambda db: posts.list_with_status(db, Status))


def test_a_good_plan_comes_in_when_its_person_says_so(team: Team) -> None:
    drop(team, GOOD)
    shown = told(team, "2 good")
    assert "plan.csv: 2 posts (columns: Time, Accounts, Text)" in words(shown)
    assert "Times that name no zone are Berlin time. Imported posts still need approval." in words(shown)
    assert list_all(team) == []
    again = the_control(shown.blocks, text="Import 2 posts")
    press(team, shown, "Import 2 posts")
    done = told(team, "plan.csv: 2 posts imported.")
    assert done.ts == shown.ts, "in its place"
    assert labels(done) == []
    assert {post.status for post in list_all(team)} == {Status.SCHEDULED}
    subject = f"post:{list_all(team)[0].id}"
    fact = team.services.store.read(lambda db: record.find_newest_of(db, subject, FactKind.IMPORTED.value))
    assert fact is not None
    assert fact.who == MAYA
    press_late(team, shown, again)
    told(team, "you cannot import it. The plan was imported: 2 posts imported.")
    assert len(list_all(team)) == 2


def test_two_drops_of_one_file_add_nothing(team: Team) -> None:
    drop(team, GOOD)
    first = told(team, "2 good")
    press(team, first, "Import 2 posts")
    told(team, "2 posts imported")
    drop(team, GOOD)
    again = told(team, "0 good rows · 2 already here")
    assert "there is nothing new in it" in words(again)
    assert labels(again) == ["Show all rows"]


def test_problems_are_told_with_their_lines_and_the_good_rows_offered(team: Team) -> None:
    drop(team, BAD)
    shown = told(team, "2 good rows · 1 problem to fix")
    assert 'line 4, Time: "2020-01-01 10:00" is in the past.' in words(shown)
    press(team, shown, "Import the 2 good rows")
    done = told(team, "2 posts imported, 1 problem left out.")
    assert "Left out:\nline 4, Time:" in words(done)
    assert labels(done) == ["Show all rows"]
    assert len(list_all(team)) == 2


def test_what_a_plan_leaves_open_is_asked_and_never_guessed(team: Team) -> None:
    drop(team, HOOTSUITE, name="posts.csv")
    asked = told(team, "Please answer first:")
    assert "Which accounts are these posts for?" in words(asked)
    assert "Is the day or the month first? Line 1 says 11/12/2026 10:00" in words(asked)
    press(team, asked, "Answer…")
    view = team.server.modal(MAYA)
    assert "initial_option" not in str(view.blocks), "an answer that nobody gave would be a guess"
    assert not team.people.fill(MAYA, {}).ok
    label = "11/12/2026 10:00 is…"
    assert team.people.fill(
        MAYA, {"Which accounts are these posts for?": ["Cafe"], label: "11 December 2026"}
    ).ok
    shown = told(team, "2 good")
    assert list_all(team) == []
    assert "For Cafe. 11/12/2026 10:00 is 11 December 2026." in words(shown)
    press(team, shown, "Change…")
    view = team.server.modal(MAYA)
    assert str(view.blocks).count("'initial_option") == 2, "as answered before"
    assert team.people.fill(MAYA, {"Which accounts are these posts for?": ["Cafe", "Bakery"]}).ok
    changed = told(team, "For Bakery and Cafe.")
    press(team, changed, "Change…")
    assert team.people.fill(MAYA, {"Which accounts are these posts for?": ["Cafe"]}).ok
    press(team, told(team, "For Cafe."), "Import 2 posts")
    done = words(told(team, "2 posts imported"))
    days = [datetime(2026, 12, 11, hour, tzinfo=UTC) for hour in (9, 16)]
    first, last = (f"<!date^{int(day.timestamp())}^" for day in days)
    assert f"Cafe, from {first}" in done
    assert done.index(" to ", done.index(first)) < done.index(last)
    slots = {f"{post.version.body.slot:%d %b}" for post in list_all(team) if post.version.body.slot}
    assert slots == {"11 Dec"}
    assert {post.version.body.accounts for post in list_all(team)} == {("cafe",)}


def test_a_zip_comes_in_with_its_images(team: Team) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("plan.csv", "Time,Accounts,Text,Image\n2026-12-01 10:00,bakery,Loaf,loaf.png\n")
        archive.writestr("loaf.png", png())
    drop(team, made.getvalue(), name="december.zip")
    press(team, told(team, "1 good"), "Import 1 post")
    done = told(team, "1 post imported.")
    assert "1 image has no alt text." in words(done)
    assert labels(done) == ["Describe the image"]
    (post,) = list_all(team)
    assert len(post.version.body.images) == 1


def test_a_guest_is_told_who_may(team: Team) -> None:
    drop(team, GOOD, GIL)
    assert "Only full members of this workspace can bring in a plan." in team.private(GIL, "bring in a plan")
    assert direct(team, GIL) == []


def test_other_files_and_other_channels_are_left_alone(team: Team) -> None:
    drop(team, png(), name="loaf.png")
    drop(team, GOOD, name="last.csv")
    told(team, "last.csv")
    assert len(direct(team)) == 1


def test_a_file_that_is_gone_is_told(team: Team) -> None:
    drop(team, GOOD)
    shown = told(team, "2 good")
    team.server.workspace.files.clear()
    press(team, shown, "Import 2 posts")
    told(team, "It is not in Slack any more.")
    assert list_all(team) == []


def test_what_cannot_be_read_is_told(team: Team) -> None:
    drop(team, b"\x00\x01", name="plan.csv")
    assert "NUL byte" in words(told(team, "Nothing was imported. Fix the file, and drop it again."))


def test_slack_being_busy_only_takes_longer(team: Team) -> None:
    team.server.faults.order("files.info", Kind.TOO_MANY, seconds=1.0)
    drop(team, GOOD)
    told(team, "2 good")


def test_from_home(team: Team) -> None:
    team.people.open_home(MAYA)
    team.until(lambda: "Import a plan" in str(team.server.workspace.homes.get(MAYA)))
    assert team.people.click_home(MAYA, text="Import a plan").ok
    files = {"A CSV file, or a zip of one and its images": [("plan.csv", GOOD.encode())]}
    assert team.people.fill(MAYA, files).ok
    shown = told(team, "2 good")
    bring_in = the_control(shown.blocks, text="Import 2 posts")
    press(team, shown, "Cancel")
    assert labels(told(team, "Nothing was imported. Drop the file again to import it.")) == []
    press_late(team, shown, bring_in)
    told(team, "You cancelled it, so nothing was imported.")
    assert list_all(team) == []


def test_somebody_elses_file_is_not_read(team: Team) -> None:
    """A forged button would have told what is in a file that its person may not open."""
    drop(team, GOOD, "U0TOM")
    shown = told(team, "2 good", "U0TOM")
    theirs = the_control(shown.blocks, text="Import 2 posts")
    drop(team, BAD)
    mine = told(team, "2 good rows · 1 problem")
    press_late(team, mine, theirs)
    told(team, "has forgotten this one")
    assert list_all(team) == []


@pytest.mark.parametrize("value", ["", "P1", "P1 x", "P1 -1", "/ 1", "P1 1 1"])
def test_a_value_that_was_not_made_here_is_refused(value: str) -> None:
    for parse in (parse_page, parse_described):
        with pytest.raises(Malformed):
            parse(value)
    for wrong in ("", "P1", "P1 /"):
        with pytest.raises(Malformed):
            parse_skip(wrong)


def test_a_fault_of_ours_is_told_too(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(judging, "import_plan", fail)
    drop(team, GOOD)
    told(team, "Drop the file again: nothing comes in twice.")


def test_presses_at_once_bring_it_in_once(team: Team) -> None:
    drop(team, GOOD)
    shown = told(team, "2 good")
    control = the_control(shown.blocks, text="Import 2 posts")
    for _ in range(3):
        press_late(team, shown, control)
    told(team, "2 posts imported.")
    assert len(list_all(team)) == 2


def test_whatever_is_in_it_fits_into_slacks_message() -> None:
    """What does not is refused, and its person would hear nothing."""
    long = "ü<&>*" * 2000
    sentences = (long,) * 5000
    for before in ("", long):
        look = PlanLook(
            long, long, "P1", PlanQuestions(), (long, long), sentences, sentences, 5000, 5000, before
        )
        message = draw_plan(replace(look, until=SOON), NOWHERE)
        assert fits(message.blocks)
        assert len(message.text) <= 4000
    done = PlanDone(long, long, "P1", sentences, undescribed=9, until=SOON)
    assert fits(draw_plan_done(done, NOWHERE).blocks)


def test_a_restart_before_the_answer_leaves_nobody_without_a_word(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file was dropped, and Byhand ended before it had looked at it."""
    reached, over, take = Event(), Event(), judging._take

    def hang(*_given: Any, **_more: Any) -> Any:
        reached.set()
        over.wait(60)
        raise NotTold("the process has ended")

    monkeypatch.setattr(judging, "_take", hang)
    drop(team, GOOD)
    assert reached.wait(30)
    monkeypatch.setattr(judging, "_take", take)
    restart(team)
    told(team, "2 good")
    over.set()
    drop(team, BAD)
    told(team, "1 problem to fix")
    assert len(direct(team)) == 2, "each once"


def test_a_restart_between_the_press_and_the_import(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    drop(team, GOOD)
    shown = told(team, "2 good")

    def fail(*_given: Any, **_more: Any) -> None:
        raise NotTold("the process ends here")

    with monkeypatch.context() as patched:
        patched.setattr(judging, "_bring_in", fail)
        press(team, shown, "Import 2 posts")
        restart(team)
    restart(team)
    assert told(team, "plan.csv: 2 posts imported.").ts == shown.ts
    assert len(list_all(team)) == 2


def test_what_cannot_come_in_as_it_was_shown_is_shown_as_it_is_now(team: Team) -> None:
    drop(team, GOOD)
    shown = told(team, "2 good")
    team.clock.set(datetime(2026, 12, 1, 12, tzinfo=UTC))
    press(team, shown, "Import 2 posts")
    now = told(team, "1 good row · 1 problem to fix")
    assert "Nothing was imported: 1 problem to fix first." in words(now)
    assert now.ts == shown.ts
    press(team, now, "Import the 1 good row")
    told(team, "1 post imported, 1 problem left out.")


def test_good_rows_that_are_fewer_by_now_do_not_come_in_either(team: Team) -> None:
    """Whoever wants two good rows beside a bad one was given one, and heard of it afterwards."""
    drop(team, GOOD + "2026-12-03 10:00,nobody,Whose?\n")
    shown = told(team, "2 good rows · 1 problem to fix")
    team.clock.set(datetime(2026, 12, 1, 12, tzinfo=UTC))
    press(team, shown, "Import the 2 good rows")
    now = told(team, "1 good row · 2 problems to fix")
    assert "Nothing was imported: the plan is not as you were shown it any more." in words(now)
    press(team, now, "Import the 1 good row")
    told(team, "1 post imported, 2 problems left out.")


def test_all_rows_can_be_read(team: Team) -> None:
    """Of more than twenty problems the message counts the others."""
    bad = "".join(f"2020-01-01 10:00,bakery,Over {number}\n" for number in range(50))
    drop(team, GOOD + bad)
    shown = told(team, "2 good rows · 50 problems to fix")
    assert "and 30 more" in words(shown)
    press(team, shown, "Show all rows")
    first = team.server.modal(MAYA)
    assert "To fix (50):" in str(first.blocks)
    assert "line 4, Time:" in str(first.blocks)
    assert labels(first) == ["More rows"]
    assert team.people.click_view(MAYA, first.id, text="More rows").ok
    team.until(lambda: "Page 2 of 2" in str(team.server.modal(MAYA).blocks))
    second = team.server.modal(MAYA)
    assert "line 53, Time:" in str(second.blocks)
    assert "1. Tue 1 Dec at 10:00 · Bakery · “Stollen”" in str(second.blocks)
    assert labels(second) == ["Previous rows"]


def test_a_message_that_was_deleted_comes_again(team: Team) -> None:
    drop(team, GOOD)
    shown = told(team, "2 good")
    press(team, shown, "Import 2 posts")
    team.people.delete(MAYA, shown.channel, shown.ts)
    team.until(lambda: any("2 posts imported" in words(each) for each in direct(team)))
