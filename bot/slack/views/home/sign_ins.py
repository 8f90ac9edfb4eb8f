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
    describe_unpaid,
)
from bot.slack.ids import Act
from bot.slack.views.blocks import TEXT, Block, Message, actions, button, lines, moment, said, words
from bot.slack.views.text import NOWHERE, Place, cut, end, escape, mentions, one_line, spoken, when

PAY = "Once they are bought, an approver presses Try now; Byhand does not try again by itself."
TITLE, MEND, WHY = 60, 400, 400  # characters


def draw_notice(view: NoticeView, place: Place = NOWHERE) -> Message:
    """Drawn again once it is done with. It mentions only user groups that cannot be told themselves."""
    told = _tell(view, place)
    if view.over:
        done = f"{spoken(view.over, 200)}{f', {when(view.over_at, place)}' if view.over_at else ''}."
        return Message(
            cut(f"{told} {done}", TEXT), [said(told), said(f"*{done}* Nothing is left to do here.")]
        )
    mend = PAY if view.kind is NoticeType.UNPAID else end(cut(view.mend, MEND))
    called = f"{mentions(view.groups)} " if view.groups else ""
    drawn = [said(f"{called}*{told}*")]
    drawn += [_draw_why(view, place)] if view.why else []
    drawn += [lines([words(mend)])]
    drawn.append(said(BY_NOW if view.kind in (NoticeType.ENDED, NoticeType.UNPAID) else UNTIL_THEN))
    if view.account:
        drawn.append(actions(make_try_button(view.account, view.title)))
    return Message(cut(f"{called}{told} {escape(mend)}", TEXT), drawn)


def _draw_why(view: NoticeView, place: Place) -> Block:
    """ "Last tried today at 09:40: X has no credits."."""
    tried = [words("Last tried "), moment(view.tried_at, place), words(": ")] if view.tried_at else []
    return lines([*tried, words(end(one_line(view.why, WHY)))])


def make_try_button(account: str, title: str, *, names: bool = False) -> Block:
    """`names`: it stands among others."""
    spoken_words = f"Try {cut(title, TITLE)} now"
    return button(Act.TRY_ACCOUNT, spoken_words if names else "Try now", account, spoken_words)


def _tell(view: NoticeView, place: Place) -> str:
    title = spoken(view.title, TITLE)
    if view.kind is NoticeType.ENDED:
        return f"{describe_ended(title, when(view.about, place))}."
    if view.kind is NoticeType.UNPAID:
        return f"{describe_unpaid(title, when(view.about, place))}."
    if view.kind is not NoticeType.RENEWAL:
        return f"{describe_end(title, when(view.about, place))}."
    told = f"{describe_not_renewed(title)}."
    return f"{told} It works until {when(view.end, place)}." if view.end else f"{told} {NO_END}"
