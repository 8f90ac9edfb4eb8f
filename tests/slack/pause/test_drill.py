"""A drill as Slack carries it: it asks, runs the whole way, and afterwards nothing of it can be pressed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.domain.gate import ALL, DRILL
from bot.domain.posts import Seen, Status
from bot.domain.refusals import DrillOver
from bot.sandbox.networks.mastodon.server import MastodonServer
from bot.sandbox.slack.find import Control, controls, labels, the_control, words
from bot.sandbox.slack.server import SlackServer
from bot.sandbox.slack.state import Message, View
from bot.services.pause import drill as drilling
from bot.services.pause import pause as pausing
from bot.services.unit_of_work import UnitOfWork
from bot.slack.ids import Act, Dialog, format_without
from bot.slack.values.banner import format_pause
from bot.slack.values.resume import format_resume_press
from bot.slack.values.statement import format_statement
from bot.store.engine.store import Store
from bot.store.pause import pauses
from bot.store.tables.core import facts
from tests.backend import MAYA, key
from tests.services.pause.rehearsal import Rehearsal
from tests.slack.bench import SOCIAL, UNPACED, PushedClock
from tests.slack.pause.typed_pause import is_paused
from tests.slack.team import Team

FIRST, SECOND = "Nothing beats a storm", "Sunny morning"
OVER = DrillOver.words


@pytest.fixture
def team(store: Store, network: MastodonServer, clock: PushedClock, server: SlackServer) -> Iterator[Team]:
    """Slack's pace is not the point here: nobody waits a second per message."""
    with Team(store, network, clock, server, rates=UNPACED) as running:
        yield running


@pytest.fixture
def drill(team: Team) -> Iterator[Rehearsal]:
    yield Rehearsal(team.backend)
    team.backend.worker.stop(timedelta(seconds=5))


def type_in(team: Team, typed: str, user: str = "U0MAYA") -> str:
    act = team.people.command(user, SOCIAL, "/social", typed)
    assert act.ok, act.error
    return str(act.response)


def private(team: Team, user: str, says: str) -> Message:
    team.private(user, says)
    return [each for each in team.messages() if each.seen_by == user and says in words(each)][-1]


def begin(team: Team, drill: Rehearsal) -> None:
    """Asked, started, and every card is up."""
    team.knows("U0MAYA")
    type_in(team, "drill")
    team.press("U0MAYA", private(team, "U0MAYA", "practise a pause"), "Start the drill")
    for says in ("posts marked DRILL are in", FIRST, SECOND):
        team.server.wait_for(SOCIAL, says)
    rest(team, drill)


def rest(team: Team, drill: Rehearsal) -> None:
    """Until Slack shows everything."""
    drill.step()
    team.until(lambda: not drill.behind())


def shown(team: Team, says: str) -> Message:
    """The newest message in the channel that says this."""
    team.server.wait_for(SOCIAL, says)
    return [each for each in team.messages() if not each.seen_by and says in words(each)][-1]


def count_facts(team: Team) -> int:
    query = select(func.count()).select_from(facts)
    return int(team.services.store.read(lambda db: db.execute(query).scalar_one()))


# --- the whole way -----------------------------------------------------------------------------------


def test_it_asks_and_nothing_happens_if_nobody_presses(team: Team, drill: Rehearsal) -> None:
    said = type_in(team, "drill")
    for told in (
        "Start the drill",
        "<@U0TOM>",
        "about ten minutes",
        "after 30 minutes",
        "your own posts are untouched",
    ):
        assert told in said, told
    assert not drill.is_running()
    assert not [each for each in team.messages() if not each.seen_by]


def test_the_whole_way(team: Team, drill: Rehearsal) -> None:
    """From the question to the summary, by what people press; a real post beside it notices nothing."""
    real = team.backend.approved("400 loaves")
    before = team.backend.post(real)
    begin(team, drill)
    asked = [each for each in team.messages() if each.seen_by and "practise a pause" in words(each)]
    assert not [label for each in asked for label in labels(each)], "the question gave way to its answer"
    assert "DRILL paused" in type_in(team, "drill pause the oven burns")
    banner = shown(team, "DRILL: publishing is paused. <@U0MAYA> paused it: the oven burns")
    rest(team, drill)
    assert "Stop replies too" not in labels(banner)
    team.server.wait_for(SOCIAL, "DRILL: Pause is done")
    team.press("U0MAYA", shown(team, "DRILL: publishing is paused"), "Take down")
    team.backend.run()
    rest(team, drill)
    team.server.wait_for(SOCIAL, "DRILL: Take down is done")
    assert "Take down" not in labels(shown(team, "DRILL: publishing is paused")), "it is gone"
    team.press("U0TOM", shown(team, "DRILL: publishing is paused"), "Mark as stopped")
    rest(team, drill)
    line = team.server.wait_for(SOCIAL, "DRILL: Stop it elsewhere is done")
    assert "An approver presses Resume…" in words(line)
    card = shown(team, "posts marked DRILL are in")
    assert line.thread_ts == card.ts
    team.press("U0TOM", shown(team, "DRILL: publishing is paused"), "Resume…")
    assert "1 post missed its time" in str(team.server.modal("U0TOM").blocks)
    assert team.people.fill("U0TOM", {}).ok
    team.until(lambda: not drill.is_running())
    summary = words(shown(team, "DRILL is over after"))
    for told in (
        "<@U0MAYA> paused ",
        "DRILL is over after ",
        "1. Pause: ",
        "2. Take down: ",
        "3. Stop it elsewhere: ",
        "4. Resume: ",
    ):
        assert told in summary, told
    assert "Not done" not in summary
    assert team.backend.post(real) == before
    assert not is_paused(team)


def test_nothing_of_it_comes_after_its_summary(team: Team, drill: Rehearsal) -> None:
    """Seen: cards that had waited for Slack's pace came up dead below the drill's result."""
    begin(team, drill)
    before = len(team.messages())

    def end_at_once(work: UnitOfWork) -> None:
        drilling.pause(work, MAYA, "the oven burns", key())
        drilling.step(work)
        drilling.stop(work, MAYA, key())

    team.services.do(end_at_once)
    team.services.do(start_and_stop)
    rest(team, drill)
    assert [each.text[:13] for each in team.messages()[before:]] == ["DRILL is over"] * 2
    assert all("DRILL is over after " in words(each) for each in team.messages()[before:])


def start_and_stop(work: UnitOfWork) -> None:
    drilling.start(work, MAYA, key())
    drilling.stop(work, MAYA, key())


def test_resume_is_typed_too_and_needs_an_approver(team: Team, drill: Rehearsal) -> None:
    assert "There is no drill now" in type_in(team, "drill resume", "U0TOM")
    begin(team, drill)
    assert "The drill is not paused yet" in type_in(team, "drill resume", "U0TOM")
    type_in(team, "drill pause")
    assert "Only approvers can resume publishing" in type_in(team, "drill resume")
    assert "Publishing is not paused." in type_in(team, "resume", "U0TOM"), "the real one is another word"
    type_in(team, "drill resume", "U0TOM")
    assert "DRILL: resume publishing." in str(team.server.modal("U0TOM").blocks)
    assert team.people.fill("U0TOM", {}).ok
    assert not drill.is_running()


def test_two_who_press_start_get_one_drill(team: Team, drill: Rehearsal) -> None:
    for user in ("U0MAYA", "U0TOM"):
        team.knows(user)
        type_in(team, "drill", user)
    question = private(team, "U0TOM", "practise a pause")
    begin(team, drill)
    first = drill.row.id
    start = the_control(question.blocks, text="Start the drill")
    assert team.people.press("U0TOM", SOCIAL, question.ts, start).ok
    team.private("U0TOM", "No second drill started, because one is on already")
    type_in(team, "drill stop")
    assert team.people.press("U0TOM", SOCIAL, question.ts, start).ok
    team.private("U0TOM", OVER)
    assert drill.row.id == first
    assert not drill.is_running()


def test_while_really_paused_it_says_why_not(team: Team, drill: Rehearsal) -> None:
    team.services.do_first(pausing.pause, MAYA, "cafe", "recall news", key())
    said = type_in(team, "drill", "U0TOM")
    assert "there is a real pause: Publishing on Cafe is paused" in said
    assert "recall news" in said
    assert "Start the drill" not in said


def test_a_real_pause_in_the_middle_ends_it_and_tells_so(team: Team, drill: Rehearsal) -> None:
    begin(team, drill)
    type_in(team, "drill pause")
    old = shown(team, "DRILL: publishing is paused")
    done = the_control(old.blocks, text="Mark as stopped")
    assert "paused (<!date^" in type_in(team, "pause recall news")
    assert is_paused(team)
    team.server.wait_for(SOCIAL, "A real pause by <@U0MAYA> ended it")
    shown(team, "Publishing is paused. <@U0MAYA> paused it: recall news")
    assert team.people.press("U0TOM", SOCIAL, old.ts, done).ok
    team.private("U0TOM", OVER)
    assert is_paused(team)


# --- afterwards --------------------------------------------------------------------------------------


def find_pause(work: UnitOfWork) -> str:
    found = pauses.find_running(work.db, DRILL)
    assert found is not None
    return found.id


def test_afterwards_there_is_nothing_to_press(team: Team, drill: Rehearsal) -> None:
    """And what was pressed on a screen that lags behind is refused: every button that any of its messages had."""
    begin(team, drill)
    there = [(each, _controls(each)) for each in _of_drill(team)]
    type_in(team, "drill pause")
    rest(team, drill)
    there += [(each, _controls(each)) for each in _of_drill(team)]
    assert sum(len(found) for _, found in there) > 20
    type_in(team, "drill stop")
    rest(team, drill)
    assert not [label for each in _of_drill(team) for label in labels(each)]
    facts_before = count_facts(team)
    team.knows("U0TOM")
    for message, found in there:
        for control in found:
            before = len(_told(team, "U0TOM"))
            assert team.people.press("U0TOM", SOCIAL, message.ts, control).ok, control
            await_answer(team, before)
    assert {each.text for each in _told(team, "U0TOM")} == {OVER}
    assert count_facts(team) == facts_before
    assert {team.backend.status(seen) for seen in drill.posts()[1:]} == {Status.KILLED}


def await_answer(team: Team, before: int) -> None:
    """Tom is told one thing more, privately."""
    team.until(lambda: len(_told(team, "U0TOM")) > before)


def _of_drill(team: Team) -> list[Message]:
    return [each for each in team.messages() if not each.seen_by and "DRILL" in words(each)]


def _controls(message: Message) -> list[Control]:
    return controls(message.blocks)


def _told(team: Team, user: str) -> list[Message]:
    return [each for each in team.messages() if each.seen_by == user]


Value = Callable[[Seen, str, str], str]  # of a post, its delivery and the pause


def about_the_post(seen: Seen, _delivery: str, _pause: str) -> str:
    return str(seen)


def about_the_delivery(_seen: Seen, delivery: str, _pause: str) -> str:
    return delivery


FORGED: Mapping[Act, Value] = {
    **dict.fromkeys(
        (
            Act.APPROVE, Act.APPROVE_ANYWAY, Act.EDIT, Act.KILL, Act.HOLD, Act.UNDO, Act.BRING_BACK, Act.POST_NOW,
            Act.GO, Act.CONVERT,
            Act.PICK_TIME, Act.STOP_REST, Act.PREVIEW, Act.HISTORY, Act.DELETE_DRAFT, Act.BE_THERE, Act.DISCARD,
            Act.CHOOSE_DOWN,
        ),
        about_the_post,
    ),
    **dict.fromkeys(
        (Act.TRY_AGAIN, Act.IT_IS_THERE, Act.TAKE_DOWN, Act.IT_IS_UP, Act.NOT_UP), about_the_delivery
    ),
    Act.POST_IT: lambda seen, _delivery, _pause: format_without(seen, DRILL),
    Act.HOME_EDIT: lambda seen, _delivery, _pause: seen.post_id,
    Act.DUPLICATE: lambda seen, _delivery, _pause: seen.post_id,
    Act.HOME_PICK_TIME: lambda seen, _delivery, _pause: seen.post_id,
    Act.PUBLISH_WITHOUT: lambda seen, _delivery, _pause: format_without(seen, DRILL),
    Act.RESUME: lambda _seen, _delivery, pause: format_resume_press(DRILL, pause),
    Act.STOP_REPLIES: lambda _seen, _delivery, pause: format_pause(pause, ""),
    Act.DONE_ELSEWHERE: lambda _seen, _delivery, pause: format_pause(pause, pausing.NATIVE),
    Act.NOT_DONE_ELSEWHERE: lambda _seen, _delivery, pause: format_pause(pause, pausing.NATIVE),
    Act.I_DELETED_IT: lambda _seen, delivery, pause: format_pause(pause, delivery),
    Act.PAUSE_LISTS: lambda _seen, _delivery, pause: format_pause(pause, ""),
    Act.STATEMENT: lambda _seen, _delivery, pause: pause,
    Act.PICK_STATEMENT: lambda _seen, _delivery, pause: pause,
    Act.READ_STATEMENT: lambda seen, _delivery, pause: format_statement(pause, seen),
    Act.WITHDRAW: lambda seen, _delivery, pause: format_statement(pause, seen),
    Act.START_DRILL: lambda _seen, _delivery, _pause: drilling.NONE_YET,
}  # fmt: skip
ABOUT_NOTHING_OF_IT = {
    Act.MORE, Act.OPEN_CARD, Act.HOME_PAUSE, Act.PAUSE_NOW, Act.SPIKE_PAUSE, Act.TAKE, Act.REPLY, Act.DONE,
    Act.HAND_OVER, Act.REOPEN, Act.ERASE, Act.CONVERSATION_MORE, Act.SHOW_ALL, Act.SEND, Act.SEND_ANYWAY, Act.KEEP,
    Act.DESCRIBE, Act.DELETE_REPLY, Act.CORRECT, Act.REPLY_IS_THERE, Act.REPLY_AGAIN, Act.NEXT_FOR_ME, Act.PILE_LIST,
    Act.CLOSE_PILE, Act.BRING_IN, Act.LEAVE_OUT, Act.EXPECTED, Act.CHANGE, Act.ASK_AGAIN, Act.NEW_POST, Act.SAVE_DRAFT,
    Act.OWN_WORDS, Act.GO_ON, Act.HOME_INBOX, Act.ON_UNTIL, Act.HAND_SHIFT, Act.CHOOSE_PLAN, Act.ANSWER_PLAN,
    Act.IMPORT_PLAN, Act.CANCEL_PLAN, Act.PLAN_ROWS, Act.DESCRIBE_PLAN, Act.START_OVER, Act.ALL_DRAFTS, Act.HOME_DAY,
    Act.ASK_APPROVAL, Act.READ_THROUGH, Act.WANT_CHANGE, Act.HOME_LOOKED, Act.READ_GO,
    Act.TRY_ACCOUNT,
}  # fmt: skip


def test_every_button_there_is_was_thought_of() -> None:
    """A new one that takes a post, a delivery or a pause belongs to those that are pressed below."""
    assert set(FORGED) | ABOUT_NOTHING_OF_IT == set(Act)


def test_every_button_about_what_is_over_is_refused(team: Team, drill: Rehearsal) -> None:
    """Also those that none of its messages had: on a post that was published, on one that waits, on its pause."""
    begin(team, drill)
    any_button = the_control(shown(team, SECOND).blocks, text="Edit").action()
    drill.pause()
    pause_id, delivery = team.services.look(find_pause), drill.delivery()
    team.services.do(drilling.stop, MAYA, key())
    rest(team, drill)
    facts_before, message = count_facts(team), shown(team, FIRST)
    team.knows("U0TOM")
    for seen in drill.posts():
        for act, value in FORGED.items():
            before = len(_told(team, "U0TOM"))
            forged = any_button | {"action_id": act.value, "value": value(seen, delivery, pause_id)}
            assert team.people.press("U0TOM", SOCIAL, message.ts, forged).ok
            await_answer(team, before)
            assert _told(team, "U0TOM")[-1].text == OVER, act
    assert count_facts(team) == facts_before


OPENED_BY: Mapping[Dialog, tuple[Act, Mapping[str, Any]]] = {
    Dialog.EDIT: (Act.EDIT, {"Text": "Late words"}),
    Dialog.PICK_TIME: (Act.PICK_TIME, {}),
    Dialog.HOLD: (Act.HOLD, {}),
    Dialog.APPROVE_ANYWAY: (Act.APPROVE_ANYWAY, {"Approve anyway, because…": "late"}),
    Dialog.RESUME: (Act.RESUME, {}),
    Dialog.PAUSE_LISTS: (Act.PAUSE_LISTS, {}),
}
OF_THE_PAUSE = (Dialog.RESUME, Dialog.PAUSE_LISTS)


@pytest.mark.parametrize("another", [False, True])
def test_a_dialog_that_was_open_is_refused(team: Team, drill: Rehearsal, another: bool) -> None:
    """Each of them opened in the drill, sent off after it, also while the next one is paused. One drill is enough for
    all: what is refused changes nothing for the next."""
    begin(team, drill)
    opened = [open_dialog(team, drill, each) for each in OPENED_BY if each not in OF_THE_PAUSE]
    pause_id = drill.pause()
    opened += [open_dialog(team, drill, each, pause_id) for each in OF_THE_PAUSE]
    old = drill.posts()
    team.services.do(drilling.stop, MAYA, key())
    if another:
        drill.start()
        drill.pause()
    rest(team, drill)
    before = count_facts(team)
    assert {view.spec["callback_id"] for view in opened} == {each.value for each in OPENED_BY}
    for view in opened:
        dialog = Dialog(view.spec["callback_id"])
        show_only(team, view)
        assert OVER in send_off(team, view.id, OPENED_BY[dialog][1]), dialog
        assert count_facts(team) == before, dialog
    assert {team.backend.status(seen) for seen in old[1:]} == {Status.KILLED}
    assert drill.is_running() is another


def open_dialog(team: Team, drill: Rehearsal, dialog: Dialog, pause_id: str = "") -> View:
    """By a button as its card has it, or might have; then it is left open."""
    act, card = OPENED_BY[dialog][0], shown(team, SECOND)
    value = FORGED[act](drill.posts()[1], "", pause_id)
    forged = the_control(card.blocks, text="Edit").action() | {"action_id": act.value, "value": value}
    assert team.people.press("U0TOM", SOCIAL, card.ts, forged).ok
    view = team.server.modal("U0TOM")
    assert view.spec["callback_id"] == dialog.value
    show_only(team)
    return view


def show_only(team: Team, *views: View) -> None:
    """On Tom's screen, as on each of his devices: Slack shows one dialog on each."""
    team.server.workspace.set_stack("U0TOM", *views)


def send_off(team: Team, view_id: str, filled: Mapping[str, Any]) -> str:
    """What its person reads: under a field, or in a dialog of its own."""
    ticks = [each for each in team.people.modal("U0TOM", view_id).blocks if each["type"] == "input"]
    if any(each["element"]["type"] == "checkboxes" for each in ticks):
        filled = {each["label"]["text"]: [team.services.policy.title_of(DRILL)] for each in ticks}
    act = team.people.fill("U0TOM", filled, view_id)
    if act.errors:
        return " ".join(act.errors.values())
    team.until(lambda: OVER in str([view.blocks for view in team.server.workspace.modals.get("U0TOM", ())]))
    return OVER


def test_a_real_pause_is_not_refused_by_a_drill_that_is_over(team: Team, drill: Rehearsal) -> None:
    begin(team, drill)
    type_in(team, "drill stop")
    assert "paused (<!date^" in type_in(team, "pause recall news")
    assert is_paused(team, ALL)
    assert not is_paused(team, DRILL)
