"""The banner of a pause: that it is on, by whom, since when and why; then what it found, in short lists. And once over.

Like a card it is drawn completely from the database each time, so that everybody sees the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.domain.gate import ALL, DRILL
from bot.domain.shown.pause_screens import BannerView
from bot.domain.shown.state_words import (
    describe_answers_again,
    describe_approved_before,
    describe_asked_now,
    describe_nothing_sent,
    describe_resumed,
)
from bot.slack import ids
from bot.slack.values.resume import format_resume_press
from bot.slack.views.blocks import (
    TEXT,
    Block,
    Message,
    Part,
    Room,
    actions,
    button,
    fit,
    head,
    lines,
    link,
    moment,
    person,
    said,
    say_reason,
    small,
    words,
)
from bot.slack.views.inbox.parts import tell_stopped
from bot.slack.views.pause.lists import draw_lists
from bot.slack.views.pause.record import ask_to_switch_on, draw_record
from bot.slack.views.pause.statements import draw_offer, draw_statements, tell_statements
from bot.slack.views.pause.stays import tell_stayed, tell_stays
from bot.slack.views.posts.card_parts import REASON
from bot.slack.views.posts.rows import paused_again
from bot.slack.views.text import (
    NOWHERE,
    Place,
    cut,
    end,
    mention,
    mentions,
    one_line,
    permalink,
    span,
    spoken,
    when,
)

STOPS = 5  # pauses that stop replies, a sentence each
FIRST_REASON = 200  # characters of the reason in the first line; a longer one follows whole
LAST = (
    "Please do not post directly on the networks either. Customers' messages still come in{replies}. "
    "Posts can still be edited and killed."
)
DRILL_LAST = (
    "This is a drill. Use the buttons as you would on the day: nothing real is paused, taken down or resumed."
)


def draw_banner(view: BannerView, place: Place = NOWHERE) -> Message:
    """The message in the channel. It is pinned while the pause is on."""
    if view.ended_at:
        return _over(view, view.ended_at, place)
    reason = f": {spoken(view.reason)}" if view.reason else ""
    stated = end(f"{spoken(what(view))}. {mention(view.by)} paused it{reason}")
    may = _may_resume(view)
    told = (*(f"{each}." for each in (may, _on_shift(view)) if each), tell_statements(view))
    text = " ".join(filter(None, (stated, *told)))
    return Message(cut(text, TEXT), fit(lambda room: _running(view, room, place)), pin=True)


def what(view: BannerView) -> str:
    """ "Publishing on Bluesky is paused"; literal."""
    if view.account == DRILL:
        return "DRILL: publishing is paused"
    return cut(view.sentence, 100)


def _running(view: BannerView, room: Room, place: Place) -> list[Block]:
    """The first line says it all: what is paused, by whom, since when, why."""
    reason = view.reason or ""
    why = one_line(reason, FIRST_REASON)
    drawn = [lines([*_stated(view, place), *([words(f": {why}")] if why else [])])]
    drawn += [say_reason(reason, min(REASON, room.text))] if why != " ".join(reason.split()) else []
    drawn += paused_again(view.again, place)
    drawn += _beside(view, place)
    may = _may_resume(view)
    last = "Nothing resumes by itself" if view.account != DRILL else "A drill ends by itself"
    told = [*(f"{each}." for each in (may, _on_shift(view)) if each), f"{last}."]
    drawn += [small(" ".join(told))] if len(told) > 1 else []
    drawn.append(actions(*_buttons(view)))
    drawn += draw_statements(view, place)
    drawn += draw_lists(view, room, place)
    drawn += draw_offer(view)
    drawn.append(said(last_words(view, place)))
    return drawn


def _beside(view: BannerView, place: Place) -> list[Block]:
    """What else is paused: resuming this does not resume it."""
    if not view.stays:
        return []
    which, stays = (
        "everything" if view.account is None else spoken(view.scope, 60),
        tell_stays(view.stays, place),
    )
    return [
        said(
            f"*Resuming {which} is not enough:* {stays[:1].lower() if view.account else stays[:1]}{stays[1:]}"
        )
    ]


def _stated(view: BannerView, place: Place) -> list[Part]:
    by = [words(" "), person(view.by), words(" paused it ")]
    return [words(f"{what(view)}.", bold=True), *by, moment(view.at, place)]


def _may_resume(view: BannerView) -> str:
    return f"{mentions(view.approvers)} can resume" if view.approvers else ""


def _on_shift(view: BannerView) -> str:
    return f"On shift: {mentions(view.on_shift)}" if view.on_shift and view.account != DRILL else ""


def _buttons(view: BannerView) -> list[Block]:
    which = "publishing" if view.account is None else f"publishing on {cut(view.scope, 40)}"
    is_drill = view.account == DRILL  # its button is dead once it is over, also where the next one is paused
    value = format_resume_press(view.account or ALL, view.pause_id if is_drill else "")
    pressed = [button(ids.Act.RESUME, "Resume…", value, f"Resume {which}", style="primary")]
    if not view.stops_replies and not is_drill:
        spoken_words = "Stop replies to customers too"
        pressed.append(button(ids.Act.STOP_REPLIES, "Stop replies too", view.pause_id, spoken_words))
    return pressed


def last_words(view: BannerView, place: Place) -> str:
    """mrkdwn: who stopped replies, if somebody did; that nobody posts by hand either, and what still works."""
    if view.account == DRILL:
        return DRILL_LAST
    stops = [
        f"*{tell_stopped(one, place, one.title)}* {spoken(describe_answers_again(one.title), 100)}"
        for one in view.replies[:STOPS]
    ]
    still = ", and you can still answer them" + (" elsewhere" if stops else "")
    return " ".join([*stops, LAST.format(replies="" if view.stops_replies else still)])


# --- once over ---------------------------------------------------------------------------------------


def draw_resumed(view: BannerView, banner: tuple[str, str] | None, place: Place = NOWHERE) -> Message:
    """One new message in the channel: who resumed what, and what that means, a fact a line. `banner`: where the pause
    stands."""
    ended_at = view.ended_at or view.at
    done = _summary(view.summary)
    stays = f"*{tell_stays(view.stays, place)}*" if view.stays else ""
    on = f"*{asked}*" if (asked := ask_to_switch_on(view)) else ""
    lasted = f"{mention(view.by)} had paused it; the pause lasted {span(ended_at - view.at)}."
    facts = [
        f"{_resumed(view)} {when(ended_at, place)}. {lasted}",
        stays, on, f"Posts that missed their slot: {done}." if done else "",
        describe_nothing_sent(view.approved), describe_asked_now(view.answers),
    ]  # fmt: skip
    told = list(filter(None, facts))
    more = [lines([link(permalink(banner, place), "Open the pause message")])] if banner else []
    return Message(cut(" ".join(told), TEXT), [said("\n".join(told)), *more])


def _resumed(view: BannerView) -> str:
    """mrkdwn: "Publishing on Bluesky resumed by @Tom"."""
    return spoken(_ended(view)) + (f" by {mention(view.ended_by)}" if view.ended_by else "")


def _ended(view: BannerView) -> str:
    all_shut = any(gate.account is None for gate in view.stays)
    return describe_resumed(None if view.account is None else view.scope, all_shut=all_shut)


def _over(view: BannerView, ended_at: datetime, place: Place) -> Message:
    """ "Publishing resumed by @Tom. Paused by @Maya today at 06:20. 1 moved, 1 killed.", and what it did."""
    if view.account == DRILL:
        told = f"DRILL is over: {mention(view.by)} had paused, and nothing real was paused."
        return Message(told, [small(told)], pin=False)
    which = cut(_ended(view), 100)
    by = f" by {mention(view.ended_by)}" if view.ended_by else ""
    lasted = f"Paused by {mention(view.by)} {when(view.at, place)}"
    done = _summary(view.summary)
    asked, stayed = ask_to_switch_on(view), tell_stayed(view.stays, place)

    def draw(room: Room) -> list[Block]:
        return [
            head(which, place=place),
            small(f"Resumed{by} {when(ended_at, place)}", f"{lasted}, for {span(ended_at - view.at)}"),
            *([said(stayed)] if stayed else []),
            *([say_reason(view.reason, min(REASON, room.text))] if view.reason else []),
            *([said(f"*{asked}*")] if asked else []),
            *draw_statements(view, place),
            *draw_record(view, room, place),
            *([said(f"*Posts that missed their slot:* {done}")] if done else []),
            *([said(describe_approved_before(view.approved))] if view.approved else []),
        ]

    text = ". ".join(
        filter(None, (f"{spoken(which)}{by}", stayed.rstrip("."), lasted, done, asked.rstrip(".")))
    )
    return Message(cut(f"{text}.", TEXT), fit(draw), pin=False)


def _summary(summary: Sequence[tuple[str, int]]) -> str:
    """ "1 moved, 1 left missed, 1 killed"; "" if no post had missed its slot."""
    if not any(number for _, number in summary):
        return ""
    named = {"kept": "left missed"}
    return ", ".join(f"{number} {named.get(done, spoken(done, 20))}" for done, number in summary if number)
