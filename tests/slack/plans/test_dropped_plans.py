"""A plan dropped into the review channel: its person is told what is in it, and nothing comes in before they say so."""

from __future__ import annotations

import io
import zipfile

import pytest

from bot.domain.facts import FactKind
from bot.domain.posts import Post, Status
from bot.domain.shown.plan_screens import PlanDone, PlanLook, PlanQuestions
from bot.sandbox.slack.faults import Kind
from bot.sandbox.slack.find import words
from bot.sandbox.slack.state import Message
from bot.slack.ids import Malformed
from bot.slack.plans import judging
from bot.slack.values.plan import PlanAbout, format_plan, parse_plan
from bot.slack.views.blocks import fits
from bot.slack.views.plans import draw_plan, draw_plan_done
from bot.store import record
from bot.store.posts import posts
from tests.slack.bench import SOCIAL
from tests.slack.posts.test_new_post import png
from tests.slack.team import Team

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


def list_all(team: Team) -> list[Post]:
    return team.services.store.read(lambda db: posts.list_with_status(db, Status))


def test_a_good_plan_comes_in_when_its_person_says_so(team: Team) -> None:
    drop(team, GOOD)
    shown = told(team, "2 good")
    assert (
        "plan.csv: Columns: Time, Accounts, Text, 2 rows. Times are in Europe/Berlin where they name no zone."
        in words(shown)
    )
    assert "Nothing that comes in is approved" in words(shown)
    assert list_all(team) == []
    press(team, shown, "Import 2 posts")
    told(team, "plan.csv: 2 posts imported.")
    assert {post.status for post in list_all(team)} == {Status.SCHEDULED}
    subject = f"post:{list_all(team)[0].id}"
    fact = team.services.store.read(lambda db: record.find_newest_of(db, subject, FactKind.IMPORTED.value))
    assert fact is not None
    assert fact.who == MAYA
    press(team, shown, "Import 2 posts")
    told(team, "plan.csv: 0 posts imported, 2 already here.")
    assert len(list_all(team)) == 2


def test_two_drops_of_one_file_add_nothing(team: Team) -> None:
    drop(team, GOOD)
    first = told(team, "2 good")
    press(team, first, "Import 2 posts")
    told(team, "2 posts imported")
    drop(team, GOOD)
    again = told(team, "0 good · 2 already here")
    assert "there is nothing new in it" in words(again)
    assert "Import" not in str([block for block in again.blocks if block["type"] == "actions"])


def test_problems_are_told_with_their_lines_and_the_good_rows_offered(team: Team) -> None:
    drop(team, BAD)
    shown = told(team, "2 good · 1 problem to fix")
    assert 'line 4, Time: "2020-01-01 10:00" is in the past.' in words(shown)
    press(team, shown, "Import only the 2 good")
    told(team, "2 posts imported, 1 problem left out.")
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
    press(team, shown, "Import 2 posts")
    told(team, "2 posts imported")
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
    press(team, told(team, "2 good"), "Cancel")
    told(team, "Nothing was imported.")
    assert list_all(team) == []


def test_somebody_elses_file_is_not_read(team: Team) -> None:
    """A forged button would have told what is in a file that its person may not open."""
    drop(team, GOOD, "U0TOM")
    shown = told(team, "2 good", "U0TOM")
    control = next(each for block in shown.blocks for each in block.get("elements", ()) if each.get("value"))
    drop(team, BAD)
    mine = told(team, "2 good · 1 problem")
    forged = {
        "type": "button",
        "action_id": "import_plan",
        "value": control["value"],
        "block_id": "x",
        "action_ts": "1.1",
    }
    assert team.people.press(MAYA, mine.channel, mine.ts, forged).ok
    told(team, "Somebody else dropped it.")
    assert list_all(team) == []


@pytest.mark.parametrize(
    "value", ["", "[]", "{}", '["../x",[],null,false,false,null]', '["F1",["A B"],null,0,0,null]']
)
def test_a_value_that_was_not_made_here_is_refused(value: str) -> None:
    with pytest.raises(Malformed):
        parse_plan(value)


def test_a_fault_of_ours_is_told_too(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(judging, "import_plan", fail)
    drop(team, GOOD)
    told(team, "Drop the file again: nothing comes in twice.")


def test_presses_at_once_bring_it_in_once(team: Team) -> None:
    drop(team, GOOD)
    shown = told(team, "2 good")
    for _ in range(3):
        press(team, shown, "Import 2 posts")
    team.until(lambda: sum("already here" in words(each) for each in direct(team)) == 2)
    assert len(list_all(team)) == 2


@pytest.mark.parametrize("accounts", [1, 60])
def test_whatever_is_in_it_fits_into_slacks_message(accounts: int) -> None:
    """What does not is refused, and its person would hear nothing."""
    long = "ü<&>*" * 2000
    value = format_plan(PlanAbout("F0AB", tuple(f"account-{n:070d}" for n in range(accounts))))
    sentences = (long,) * 5000
    look = PlanLook(long, long, value, PlanQuestions(), (long, long), sentences, sentences, 5000, 5000)
    message = draw_plan(look)
    assert fits(message.blocks)
    assert len(message.text) <= 4000
    pressed = [each for block in message.blocks if block["type"] == "actions" for each in block["elements"]]
    assert [len(each["value"]) <= 2000 for each in pressed] == ([True, True] if accounts == 1 else [])
    assert fits(draw_plan_done(PlanDone(long, long, refused=True, problems=sentences, undescribed=9)).blocks)


def test_a_value_is_read_as_it_was_made() -> None:
    about = PlanAbout("F0AB", ("bakery", "cafe"), day_first=False, partial=True)
    assert parse_plan(format_plan(about)) == about
