"""The message that an account's sign-in ends: in the channel, and the same by direct message."""

from __future__ import annotations

from bot.domain.sign_ins.endings import NoticeType
from bot.domain.sign_ins.words import (
    BY_NOW,
    NO_END,
    UNTIL_THEN,
    NoticeView,
    describe_end,
    describe_ended,
    describe_not_renewed,
)
from bot.slack.views.blocks import TEXT, Message, lines, said, words
from bot.slack.views.text import NOWHERE, Place, cut, end, escape, mentions, one_line, spoken, when

TITLE, MEND, WHY = 60, 400, 400  # characters


def draw_notice(view: NoticeView, place: Place = NOWHERE) -> Message:
    """Drawn again once it is done with. It mentions only user groups that cannot be told themselves."""
    told = _tell(view, place)
    if view.over:
        done = f"{spoken(view.over, 200)}{f', {when(view.over_at, place)}' if view.over_at else ''}."
        return Message(
            cut(f"{told} {done}", TEXT), [said(told), said(f"*{done}* Nothing is left to do here.")]
        )
    mend = end(cut(view.mend, MEND))
    called = f"{mentions(view.groups)} " if view.groups else ""
    drawn = [said(f"{called}*{told}*")]
    drawn += [lines([words(end(one_line(view.why, WHY)))])] if view.why else []
    drawn += [lines([words(mend)])]
    then = BY_NOW if view.kind is NoticeType.ENDED else UNTIL_THEN
    return Message(cut(f"{called}{told} {escape(mend)}", TEXT), [*drawn, said(then)])


def _tell(view: NoticeView, place: Place) -> str:
    title = spoken(view.title, TITLE)
    if view.kind is NoticeType.ENDED:
        return f"{describe_ended(title, when(view.about, place))}."
    if view.kind is not NoticeType.RENEWAL:
        return f"{describe_end(title, when(view.about, place))}."
    told = f"{describe_not_renewed(title)}."
    return f"{told} It works until {when(view.end, place)}." if view.end else f"{told} {NO_END}"
