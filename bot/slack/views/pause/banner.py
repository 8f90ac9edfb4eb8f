"""The banner of a pause: what is stopped, what is not, what went out, what people must stop by hand. And once over.

Like a card it is drawn completely from the database each time, so that everybody sees the same, and the private answer
to whoever paused is made from the same lists.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.domain.gate import ALL
from bot.domain.shown.pause_screens import BannerView, ElsewhereView
from bot.domain.shown.state_words import name_publishing
from bot.slack import ids
from bot.slack.views.blocks import (
    LABEL,
    TEXT,
    Block,
    Message,
    Room,
    actions,
    button,
    fit,
    head,
    lines,
    link,
    plain,
    quote,
    said,
    small,
    words,
)
from bot.slack.views.pause.sent import entries
from bot.slack.views.posts.card_parts import REASON
from bot.slack.views.posts.rows import paused_again
from bot.slack.views.text import (
    NOWHERE,
    Place,
    count,
    cut,
    mention,
    mentions,
    permalink,
    span,
    spoken,
    when,
)

LAST = (
    "Please do not post by hand either. Still working: customers' messages, {replies}reading, edits, kills."
)


def draw_banner(view: BannerView, place: Place = NOWHERE) -> Message:
    """The message in the channel. It is pinned while the pause is on."""
    if view.ended_at:
        return _over(view, view.ended_at, place)
    reason = f": {spoken(view.reason)}" if view.reason else "."
    call = f"{mentions(view.approvers)} " if view.approvers else ""
    text = f"{call}{spoken(what(view))} by {mention(view.by)}{reason}"
    return Message(cut(text, TEXT), fit(lambda room: _running(view, room, place)), pin=True)


def what(view: BannerView) -> str:
    """ "Publishing on Bluesky is paused"; literal."""
    return cut(view.sentence, 100)


def _running(view: BannerView, room: Room, place: Place) -> list[Block]:
    drawn = [head(what(view), place=place), small(*_who(view, place))]
    drawn += [quote(view.reason, REASON, "…")] if view.reason else []
    drawn += paused_again(view.again, place)
    drawn.append(actions(*_buttons(view)))
    drawn += lists(view, room, place, pressable=True)
    drawn.append(said(last_words(view)))
    return drawn


def _who(view: BannerView, place: Place) -> tuple[str, str]:
    may = f"{mentions(view.approvers)} can resume" if view.approvers else ""
    return f"Paused by {mention(view.by)} {when(view.at, place)}", may


def _buttons(view: BannerView) -> list[Block]:
    which = "publishing" if view.account is None else f"publishing on {cut(view.scope, 40)}"
    scope = view.account or ALL
    pressed = [button(ids.Act.RESUME, "Resume…", scope, f"Resume {which}", style="primary")]
    if not view.stops_replies:
        spoken_words = "Stop replies to customers too"
        pressed.append(button(ids.Act.STOP_REPLIES, "Stop replies too", view.pause_id, spoken_words))
    return pressed


def last_words(view: BannerView) -> str:
    """That nobody posts by hand either, and what still works."""
    if view.stops_replies:
        return f"Replies to customers are stopped too. {LAST.format(replies='')}"
    return LAST.format(replies="replies you send, ")


# --- the lists, shared with the private answer -------------------------------------------------------


def lists(view: BannerView, room: Room, place: Place, *, pressable: bool) -> list[Block]:
    """What is stopped and what is not, what went out, what Byhand cannot stop."""
    pause_id = view.pause_id if pressable else None
    drawn = [said(_stopped(view, place))]
    if view.under_way:
        number = count(len(view.under_way), "send was", "sends were")
        drawn.append(lines([words(f"Not stopped: {number} already under way", bold=True)]))
        drawn += entries(view.under_way, room, place, pause_id=pause_id, outcomes=True)
    if view.went_out:
        drawn.append(lines([words("Went out in the last 24 hours", bold=True)]))
        more = view.went_out_more
        drawn += entries(view.went_out, room, place, more=more, pause_id=pause_id)
    if view.newest:
        drawn.append(lines([words("Newest on each profile", bold=True)]))
        drawn += entries(view.newest, room, place, pause_id=pause_id)
    return [*drawn, *_elsewhere(view, room, place, pressable=pressable)]


def _stopped(view: BannerView, place: Place) -> str:
    if not view.stopped:
        return "*Stopped:* nothing was planned."
    following = f", next {when(view.next_slot, place)}" if view.next_slot else ""
    missed = f"; {count(view.missed, 'has missed its time', 'have missed their time')}" if view.missed else ""
    return f"*Stopped:* {count(view.stopped, 'post')}{following}{missed}"


def _elsewhere(view: BannerView, room: Room, place: Place, *, pressable: bool) -> list[Block]:
    """What people must stop by hand, each at its place also once it is done: [Done] pressed twice must not say that the
    next one is. Where there are too many, those that nobody has done yet come first."""
    if not view.elsewhere:
        return []
    drawn: list[Block] = [lines([words("Byhand cannot stop:", bold=True)])]
    many = len(view.elsewhere) > room.rows
    ordered = sorted(view.elsewhere, key=lambda one: many and one.by is not None)
    shown = ordered[: room.rows]
    drawn += [_one_elsewhere(one, view.pause_id if pressable else None, place) for one in shown]
    if len(ordered) > room.rows:
        drawn.append(lines([words(f"… and {len(ordered) - room.rows} more")]))
    return drawn


def _one_elsewhere(one: ElsewhereView, pause_id: str | None, place: Place) -> Block:
    if one.by:
        at = f" {when(one.at, place)}" if one.at else ""
        return small(f"{spoken(one.what, 100)}: done by {mention(one.by)}{at}")
    block: Block = {"type": "section", "text": plain(one.what, 200)}
    if pause_id is None:
        return block
    spoken_words = cut(f"{one.what} is stopped", LABEL)
    done = button(ids.Act.DONE_ELSEWHERE, "Done", ids.format_pause(pause_id, one.what), spoken_words)
    return {**block, "accessory": done}


# --- once over ---------------------------------------------------------------------------------------


def draw_resumed(view: BannerView, banner: tuple[str, str] | None, place: Place = NOWHERE) -> Message:
    """One new line in the channel: who resumed what, and what that means. `banner`: where the pause stands."""
    ended_at = view.ended_at or view.at
    done = _summary(view.summary)
    told = (
        f"{_resumed(view)} {when(ended_at, place)}. It was paused for {span(ended_at - view.at)} by"
        f" {mention(view.by)}. {f'Of what missed its time: {done}. ' if done else ''}"
        "No post went out by that; each that was approved before the pause needs a new approval."
    )
    more = [lines([link(permalink(banner, place), "What the pause stopped")])] if banner else []
    return Message(cut(told, TEXT), [said(told), *more])


def _resumed(view: BannerView) -> str:
    """mrkdwn: "Publishing on Bluesky resumed by @Tom"."""
    which = spoken(name_publishing(None if view.account is None else view.scope))
    return f"{which} resumed" + (f" by {mention(view.ended_by)}" if view.ended_by else "")


def _over(view: BannerView, ended_at: datetime, place: Place) -> Message:
    """ "Publishing resumed by @Tom. Paused 5 h 40 by @Maya. 1 moved, 1 kept, 1 killed." """
    which = f"{cut(name_publishing(None if view.account is None else view.scope), 90)} resumed"
    by = f" by {mention(view.ended_by)}" if view.ended_by else ""
    lasted = f"Paused {span(ended_at - view.at)} by {mention(view.by)}"
    done = _summary(view.summary)
    drawn = [
        head(which, place=place),
        small(f"Resumed{by} {when(ended_at, place)}", lasted, done),
        *([quote(view.reason, REASON, "…")] if view.reason else []),
        said("Nothing was sent by resuming: what was approved before the pause needs a new approval."),
    ]
    text = ". ".join(filter(None, (f"{spoken(which)}{by}", lasted, done)))
    return Message(f"{text}.", drawn, pin=False)


def _summary(summary: Sequence[tuple[str, int]]) -> str:
    """ "1 moved, 1 kept, 1 killed"; "" if no post had missed its time."""
    if not any(number for _, number in summary):
        return ""
    return ", ".join(f"{number} {spoken(done, 20)}" for done, number in summary)
