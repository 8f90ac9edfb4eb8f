"""What a drill says: the question before it, its card in the channel, a line for each step, and what it took.

Each begins with DRILL, and none but the question has anything to press: what is practised is pressed where it is on the
day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from bot.domain.pause.drill import LASTS, Step, cut_seconds
from bot.domain.shown.pause_screens import DrillQuestion, DrillView, StepView
from bot.domain.shown.post_screens import ThreadLine
from bot.slack.ids import Act
from bot.slack.views.blocks import Block, Message, actions, button, head, lines, link, said, small, words
from bot.slack.views.text import NOWHERE, Place, count, listing, mention, mentions, permalink, sentence, when

NOTHING_REAL = "None of it is real: its posts are never really published, and your own posts are untouched."
THE_REAL_ONE = "`/social pause` is the real one and ends the drill."
NOTHING_WAS_REAL = "Nothing in it was real, and the buttons on its posts and messages no longer work."
ENDS = f"It ends by itself after {LASTS.seconds // 60} minutes, and at once with `/social drill stop` or a real pause."
NAMES: Mapping[Step, str] = {
    Step.PAUSE: "Pause",
    Step.TAKE_DOWN: "Take down",
    Step.ELSEWHERE: "Stop it elsewhere",
    Step.RESUME: "Resume",
}
TO_DO: Mapping[Step, str] = {
    Step.PAUSE: (
        "Something terrible is in the news. Stop everything: type `/social drill pause` and a reason. "
        f"{THE_REAL_ONE}"
    ),
    Step.TAKE_DOWN: "One post is out already. Press Take down, on the pause message or on the post's card.",
    Step.ELSEWHERE: (
        "Byhand cannot stop everything. On the pause message, press Mark as stopped beside each line, as if you had "
        "stopped it. Do not really stop anything."
    ),
    Step.RESUME: (
        "The worst is over. An approver presses Resume… on the pause message and decides what becomes of the post "
        "whose slot the drill moved, so that it was missed."
    ),
}
A_REAL_PAUSE = "a real pause"  # why it ended
_END = {  # what ended it, where nobody resumed
    "stopped": "Ended early",
    A_REAL_PAUSE: "Ended by a real pause",
    f"{LASTS.seconds // 60} minutes were over": "Ended by itself",
}
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
    who = f"{rung}, just as in a real pause" if rung else "nobody"
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


def in_seconds(took: timedelta) -> str:
    """ "2 min 5 s"."""
    minutes, rest = divmod(int(took.total_seconds()), 60)
    return " ".join(
        [*([f"{minutes} min"] if minutes else []), *([f"{rest} s"] if rest or not minutes else [])]
    )


def _banner(view: DrillView, place: Place) -> list[Block]:
    if view.banner is None:
        return []
    return [lines([link(permalink(view.banner, place), "Open the pause message")])]


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
    """One line: what it took is a message of its own."""
    why = sentence(_why(view))
    if view.summary is None:
        return Message(f"DRILL is over. {why}", [small(f"DRILL is over. {why}")])
    result = link(permalink(view.summary, place), "see how long each step took")
    return Message(f"DRILL is over. {why}", [lines([words("DRILL is over: "), result])])


def draw_summary(view: DrillView, place: Place = NOWHERE) -> Message:
    """What each step took, who did it, and how it ended. Its own message, since the card is far up by now."""
    total = cut_seconds((view.ended_at or view.at) - view.at)
    whole = f"DRILL is over after {in_seconds(total)}"
    blocks = [
        head(whole, place=place),
        *map(said, (*_done_rows(view), *_ended_row(view, total))),
        *_undone(view),
        small(" ".join(filter(None, (f"{_who(view, place)}.", _changed(view), NOTHING_WAS_REAL)))),
    ]
    return Message(f"{whole}. {_who_paused(view)}", blocks)


def _who_paused(view: DrillView) -> str:
    """ "@Maya paused 16 s after it began."."""
    one = next(one for one in view.steps if one.step is Step.PAUSE)
    if one.took is None:
        return sentence(_why(view)) if _paused_for_real(view) else "Nobody paused."
    return f"{listing([mention(each) for each in one.by])} paused {in_seconds(_since(view, one))} after it began."


def _paused_for_real(view: DrillView) -> bool:
    """Whoever paused for real did not leave it undone."""
    return view.why == A_REAL_PAUSE and all(one.took is None for one in view.steps if one.step is Step.PAUSE)


def _since(view: DrillView, last: StepView) -> timedelta:
    """From the beginning until this step was done."""
    return sum((one.took or timedelta() for one in view.steps if 0 < one.nth <= last.nth), timedelta())


def _list_done(view: DrillView) -> list[StepView]:
    return sorted((one for one in view.steps if one.took is not None), key=lambda one: one.nth)


def _done_rows(view: DrillView) -> list[str]:
    """What was done, in that order, each with the time since the row above."""
    return [
        f"{nth + 1}. {NAMES[one.step]}: {_later(one.took or timedelta(), one.by, nth)}"
        for nth, one in enumerate(_list_done(view))
    ]


def _ended_row(view: DrillView, total: timedelta) -> list[str]:
    """What ended it before it was resumed: no step, and so without a number. With it the times add up to `total`."""
    done = _list_done(view)
    if any(one.step is Step.RESUME for one in done):
        return []
    left = total - (_since(view, done[-1]) if done else timedelta())
    by = (view.ended_by,) if view.ended_by else ()
    return [f"{_END.get(view.why or '', 'Ended')}: {_later(left, by, len(done))}"]


def _later(took: timedelta, by: Sequence[str], nth: int) -> str:
    """ "after 16 s, by @Maya"; of the rows below it "45 s later"."""
    when_done = f"{in_seconds(took)} later" if nth else f"after {in_seconds(took)}"
    return ", by ".join(filter(None, (when_done, listing([mention(each) for each in by]))))


def _undone(view: DrillView) -> list[Block]:
    skipped = {Step.PAUSE} if _paused_for_real(view) else set()
    left = [NAMES[one.step] for one in view.steps if one.took is None and one.step not in skipped]
    return [said(f"Not done: {listing(left)}.")] if left else []


def _changed(view: DrillView) -> str:
    """How long it took until Slack showed the pause everywhere."""
    one = next(one for one in view.steps if one.step is Step.PAUSE)
    if view.changed_at is None or one.took is None:
        return ""
    took = cut_seconds(view.changed_at - view.at) - _since(view, one)
    return f"Every card showed the pause within {in_seconds(max(took, timedelta(seconds=1)))}."


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
        f"DRILL started in <#{channel}>. {NOTHING_REAL} Whoever sees it first types `/social drill pause`. "
        f"{THE_REAL_ONE}"
    )


def draw_paused() -> Message:
    return _told("DRILL paused. The thread of the drill's message says what comes next.")


def draw_stopped() -> Message:
    return _told("DRILL stopped. The channel says how long each step took.")


def _told(text: str) -> Message:
    return Message(text, [said(text)])
