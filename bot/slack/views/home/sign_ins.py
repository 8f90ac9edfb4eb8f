"""The message that an account's sign-in ends: in the channel, and the same by direct message."""

from __future__ import annotations

from bot.domain.sign_ins.endings import NoticeType
from bot.domain.sign_ins.words import BY_NOW, UNTIL_THEN, NoticeView, describe_end, describe_ended
from bot.slack.views.blocks import TEXT, Message, lines, said, words
from bot.slack.views.text import NOWHERE, Place, cut, end, escape, mentions, one_line, spoken, when

TITLE, MEND, WHY = 60, 400, 400  # characters


def draw_notice(view: NoticeView, place: Place = NOWHERE) -> Message:
    """Drawn again once it is done with. It mentions only user groups that cannot be told themselves."""
    title, ended = spoken(view.title, TITLE), view.kind is NoticeType.ENDED
    told = (describe_ended if ended else describe_end)(title, when(view.about, place))
    if view.over:
        done = f"{spoken(view.over, 200)}{f', {when(view.over_at, place)}' if view.over_at else ''}."
        return Message(
            cut(f"{told}. {done}", TEXT), [said(f"{told}."), said(f"*{done}* Nothing is left to do here.")]
        )
    mend = end(cut(view.mend, MEND))
    called = f"{mentions(view.groups)} " if view.groups else ""
    drawn = [said(f"{called}*{told}.*"), lines([words(mend)])]
    drawn += [lines([words(end(one_line(view.why, WHY)))])] if ended and view.why else []
    return Message(
        cut(f"{called}{told}. {escape(mend)}", TEXT), [*drawn, said(BY_NOW if ended else UNTIL_THEN)]
    )
