"""What a drill says: the question before it, its card in the channel, a line for each step, and what it took.

Each begins with DRILL, and none but the question has anything to press: what is practised is pressed where it is on the
day.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from bot.domain.drill import LASTS, Step
from bot.domain.shown.pause_screens import DrillQuestion, DrillView, StepView
from bot.domain.shown.post_screens import ThreadLine
from bot.slack.ids import Act
from bot.slack.views.blocks import Block, Message, actions, button, head, lines, link, said, small, words
from bot.slack.views.text import NOWHERE, Place, count, listing, mention, mentions, permalink, sentence, when

NOTHING_REAL = "None of it is real: its posts go nowhere, and your own posts are untouched."
ENDS = f"It ends by itself after {LASTS.seconds // 60} minutes, and at once with `/social drill stop` or a real pause."
NAMES: Mapping[Step, str] = {
    Step.PAUSE: "Pause",
    Step.TAKE_DOWN: "Take down",
    Step.ELSEWHERE: "Stop it elsewhere",
    Step.RESUME: "Resume",
}
TO_DO: Mapping[Step, str] = {
    Step.PAUSE: "Something terrible is in the news. Stop everything: type `/social drill pause` and a reason.",
    Step.TAKE_DOWN: "One post is out already. Press Take down, on the pause message or on the post's card.",
    Step.ELSEWHERE: (
        "Byhand cannot stop everything. On the pause message, press Done beside each line as if you had stopped it. "
        "Do not really stop anything."
    ),
    Step.RESUME: (
        "The worst is over. An approver presses Resume… on the pause message and decides what becomes of the post that "
        "missed its time."
    ),
}
A_REAL_PAUSE = "a real pause"  # why it ended
LEFT = "All that is left is to resume."


# --- before ------------------------------------------------------------------------------------------


def draw_question(asked: DrillQuestion) -> Message:
    """Seen by its person alone. Nothing has begun by it."""
    title = "DRILL: practise a pause with your team?"
    one = count(asked.posts, "post")
    what = (
        f"{one} marked DRILL appear in <#{asked.channel}>; one looks as if it had gone out already. Your team "
        "pauses, takes that one down, ticks off what has to be stopped elsewhere, and resumes. The thread of the "
        "drill's message says what to do next. At the end you see how long each step took and who did it."
    )
    rung = mentions(asked.approvers)
    who = f"{rung}, by the posts' cards and by the pause, as in a real one" if rung else "nobody"
    started = button(Act.START_DRILL, "Start the drill", asked.newest, "Start the drill", style="primary")
    return Message(
        title,
        [
            said(f"*{title}*"),
            said(f"*What happens:* {what}"),
            said(f"*Who is notified:* {who}."),
            said(f"*How long:* about ten minutes. {ENDS}"),
            said(NOTHING_REAL),
            actions(started),
            small("If nobody presses the button, nothing happens."),
        ],
    )


# --- while it runs -----------------------------------------------------------------------------------


def draw_card(view: DrillView, place: Place = NOWHERE) -> Message:
    """Which steps are done, and what comes next; once it is over, where to read what it took."""
    if view.ended_at is not None:
        return _gone(view, place)
    next_one = next((one.step for one in view.steps if one.took is None), None)
    told = TO_DO[next_one] if next_one else LEFT
    posts = count(view.posts, "post marked DRILL is", "posts marked DRILL are")
    blocks = [
        head("DRILL: practise a pause", place=place),
        *(_step(number, one, next_one) for number, one in enumerate(view.steps, 1)),
        *_banner(view, place),
        said(f"{posts} in this channel. {NOTHING_REAL}"),
        small(_who(view, place), f"ends by itself {when(view.ends_at, place)}"),
    ]
    return Message(f"DRILL: {told}", blocks)


def _step(number: int, one: StepView, next_one: Step | None) -> Block:
    name = f"{number}. {NAMES[one.step]}"
    if one.took is not None:
        return said(f"{name}: {_took(one)}")
    return said(f"*{name}:* {TO_DO[one.step]}" if one.step is next_one else name)


def _took(one: StepView) -> str:
    """ "45 s, by @Maya"."""
    if one.took is None:
        return "not done"
    by = listing([mention(each) for each in one.by])
    return f"{in_seconds(one.took)}, by {by}" if by else in_seconds(one.took)


def _ended_as(one: StepView, view: DrillView) -> str:
    """Whoever paused for real did not leave it undone."""
    if one.step is Step.PAUSE and one.took is None and view.why == A_REAL_PAUSE:
        return f"done for real, by {mention(view.ended_by)}" if view.ended_by else "done for real"
    return _took(one)


def in_seconds(took: timedelta) -> str:
    """ "2 min 5 s"."""
    minutes, rest = divmod(int(took.total_seconds()), 60)
    return " ".join(
        [*([f"{minutes} min"] if minutes else []), *([f"{rest} s"] if rest or not minutes else [])]
    )


def _banner(view: DrillView, place: Place) -> list[Block]:
    if view.banner is None:
        return []
    return [lines([words("The pause message: "), link(permalink(view.banner, place), "open it")])]


def _who(view: DrillView, place: Place) -> str:
    return f"Started by {mention(view.by)} {when(view.at, place)}"


def draw_step_line(line: ThreadLine, _place: Place = NOWHERE) -> Message:
    """One step is done, what it took, and what comes next."""
    done, following = _read_step(line.values.get("step")), _read_step(line.values.get("next"))
    if done is None:
        return _told("DRILL: a step is done.")
    seconds, people = line.values.get("took"), line.values.get("by")
    took = timedelta(seconds=seconds) if isinstance(seconds, int | float) else timedelta()
    by = tuple(str(each) for each in people) if isinstance(people, list | tuple) else ()
    told = f"DRILL: {NAMES[done]} is done ({_took(StepView(done, by, took))})."
    return _told(f"{told} *Next:* {TO_DO[following]}" if following else told)


def _read_step(value: object) -> Step | None:
    return next((step for step in Step if step == value), None)


# --- afterwards --------------------------------------------------------------------------------------


def _gone(view: DrillView, place: Place) -> Message:
    why = sentence(_why(view))
    blocks: list[Block] = [head("DRILL is over", place=place), said(why)]
    if view.summary is not None:
        blocks.append(
            lines([words("How long each step took: "), link(permalink(view.summary, place), "open it")])
        )
    return Message(f"DRILL is over. {why}", [*blocks, small(_who(view, place))])


def draw_summary(view: DrillView, place: Place = NOWHERE) -> Message:
    """What each step took, and who did it. Its own message, since the card is far up by now."""
    why = sentence(_why(view))
    steps = [
        f"{number}. {NAMES[one.step]}: {_ended_as(one, view)}" for number, one in enumerate(view.steps, 1)
    ]
    ended_at = view.ended_at or view.at
    noticed = f"The first reaction came after {in_seconds(view.seen_at - view.at)}." if view.seen_at else ""
    changed = (
        f"All cards showed the pause after {in_seconds(view.changed_at - view.at)}."
        if view.changed_at
        else ""
    )
    blocks = [
        head(f"DRILL is over after {in_seconds(ended_at - view.at)}", place=place),
        said(why),
        *map(said, steps),
        *([said(" ".join(filter(None, (noticed, changed))))] if noticed or changed else []),
        small(_who(view, place), "none of it was real", "its cards and buttons no longer do anything"),
    ]
    return Message(f"DRILL is over: {why} {'. '.join(steps)}.", blocks)


def _why(view: DrillView) -> str:
    """ "It was resumed by @Tom."."""
    by = f" by {mention(view.ended_by)}" if view.ended_by else ""
    match view.why:
        case "resumed":
            return f"Resumed{by}."
        case "stopped":
            return f"Stopped{by}."
        case why if why == A_REAL_PAUSE:
            return f"A real pause{by} ended it."
        case str() as why if why.endswith("minutes were over"):
            return f"Nobody finished it, so it ended by itself after {LASTS.seconds // 60} minutes."
    return f"It has ended: {view.why}." if view.why else "It has ended."


def draw_begun(channel: str) -> Message:
    return _told(
        f"DRILL started in <#{channel}>. {NOTHING_REAL} Whoever sees it first types `/social drill pause`."
    )


def draw_paused() -> Message:
    return _told("DRILL paused. The thread of the drill's message says what comes next.")


def draw_stopped() -> Message:
    return _told("DRILL stopped. The channel says how long each step took.")


def _told(text: str) -> Message:
    return Message(text, [said(text)])
