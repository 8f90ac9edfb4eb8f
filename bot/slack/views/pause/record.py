"""What stays on a pause's message once it is over: what it stopped and did not stop, what was taken down, what was
stopped elsewhere and by whom, and what nobody ticked. Without buttons: nothing of it is to be done any more.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.shown.pause_screens import BannerView, ElsewhereView
from bot.domain.shown.post_screens import OutView
from bot.domain.shown.state_words import NOT_STOPPED
from bot.slack.views.blocks import Block, Part, Room, lines, moment, person, said, words
from bot.slack.views.pause.lists import under_way_title
from bot.slack.views.pause.sent import group_by_post, post_row
from bot.slack.views.text import Place, count, cut, spoken

MOST = 10  # posts of a list, and things elsewhere


def draw_record(view: BannerView, room: Room, place: Place) -> list[Block]:
    stopped = count(view.stopped, "planned post") if view.stopped else "nothing was planned"
    return [
        said(f"*Stopped:* {stopped}"),
        *_posts(under_way_title(view.under_way), view.under_way, room, place, outcomes=True),
        *_posts("Taken down", _list_taken_down(view), room, place),
        *(_elsewhere(view.elsewhere, place) if view.asks_elsewhere else []),
    ]


def ask_to_switch_on(view: BannerView) -> str:
    """mrkdwn: what people stopped by hand, no resume starts again; "" if they stopped nothing."""
    ticked = [spoken(one.what, 100) for one in view.elsewhere if one.by]
    if not ticked:
        return ""
    return f"Please switch on again what you stopped elsewhere: {_list_some(ticked)}."


def _list_taken_down(view: BannerView) -> list[OutView]:
    """Of what was out: what somebody took down during the pause or tried to, or deleted by hand. What was under way
    stands above with its outcome."""
    shown = {one.delivery_id for one in view.under_way}
    return [
        one
        for one in (*view.went_out, *view.newest)
        if one.delivery_id not in shown and (one.deleted_by or _was_asked(one, view))
    ]


def _was_asked(one: OutView, view: BannerView) -> bool:
    asked = one.take_down
    return asked is not None and (asked.at is None or asked.at >= view.at)


def _posts(
    title: str, out: Sequence[OutView], room: Room, place: Place, *, outcomes: bool = False
) -> list[Block]:
    if not out:
        return []
    posts, most = group_by_post(out), min(MOST, room.rows)
    rows = [post_row(group, place, outcomes=outcomes, most=room.groups, ask="") for group in posts[:most]]
    left = len(posts) - most
    rows += [[words(f"and {count(left, 'more post')}")]] if left > 0 else []
    return [lines([words(title, bold=True)], *rows)]


def _elsewhere(things: Sequence[ElsewhereView], place: Place) -> list[Block]:
    done = [one for one in things if one.by]
    missing = [one.what for one in things if not one.by]
    rows: list[list[Part]] = []
    if done:
        rows += [[words("Stopped elsewhere", bold=True)], *(_one(one, place) for one in done[:MOST])]
        rows += [[words(f"and {len(done) - MOST} more")]] if len(done) > MOST else []
    if missing:
        rows.append(name_not_stopped(missing))
    return [lines(*rows)] if rows else []


def name_not_stopped(things: Sequence[str]) -> list[Part]:
    """ "Not marked as stopped: Meta ads, Newsletter"."""
    named = _list_some([cut(one, 100) for one in things])
    return [words(f"{NOT_STOPPED}: ", bold=True), words(named)]


def _list_some(things: Sequence[str]) -> str:
    """ "Meta ads, Newsletter and 2 more"."""
    more = f" and {len(things) - MOST} more" if len(things) > MOST else ""
    return f"{', '.join(things[:MOST])}{more}"


def _one(one: ElsewhereView, place: Place) -> list[Part]:
    at = [words(" "), moment(one.at, place)] if one.at else []
    return [words(f"{cut(one.what, 100)}: "), person(one.by or ""), *at]
