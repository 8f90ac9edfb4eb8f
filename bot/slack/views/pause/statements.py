"""A statement: on the message of its pause, and in the thread below it. Its dialogs: `statement_dialogs.py`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.domain.deliveries import State
from bot.domain.gate import DRILL
from bot.domain.pause.statements import LAPSED, PAUSED_AGAIN
from bot.domain.quoting.first_words import name_post_by_words
from bot.domain.shown.pause_screens import BannerView
from bot.domain.shown.statement_screens import (
    StatementSend,
    StatementView,
    Wanted,
)
from bot.slack.ids import Act
from bot.slack.values.statement import format_statement
from bot.slack.views.blocks import (
    Ask,
    Block,
    Part,
    actions,
    button,
    lines,
    link,
    moment,
    person,
    said,
    small,
    words,
)
from bot.slack.views.quotes import About, ask_about, first_words
from bot.slack.views.text import (
    TIME,
    Place,
    cut,
    listing,
    mention,
    mentions_or,
    one_line,
    spoken,
    token,
)

OFFER = (
    "*Something that has to be said now?* Two of you, at least one an approver, can release one post as a statement. "
    "Nothing else goes out."
)
OFFER_OF_LISTS = (
    "*Something that has to be said now?* At least two of you, with an approver of each of its accounts among them, "
    "can release one post as a statement. Nothing else goes out."
)
SECOND = "a second person"
WITHDRAW = Ask(
    "Withdraw this statement?",
    "It is not published unless two people release it again.",
    "Withdraw it",
    "Let it wait",
    danger=True,
)
BY_ITSELF = (LAPSED, PAUSED_AGAIN)  # whoever released it may still want it out
REASON = 300  # characters of why it did not go out
_FATES = {
    State.REFUSED: "refused it",
    State.DROPPED: "not sent",
    State.UNKNOWN: "nobody knows yet whether it went out",
}


# --- on the message of the pause ---------------------------------------------------------------------


def draw_statements(view: BannerView, place: Place) -> list[Block]:
    """Those of this pause, the newest first, each with what can be done about it."""
    return [
        block for one in view.statements for block in _draw_one(one, place, over=view.ended_at is not None)
    ]


def draw_offer(view: BannerView) -> list[Block]:
    """[Release a statement…]. A drill has none to release, and none goes where people post themselves."""
    if view.account == DRILL or view.by_hand:
        return []
    spoken_name = "Release a statement while publishing is paused"
    return [
        {
            **said(OFFER_OF_LISTS if view.lists else OFFER),
            "accessory": button(Act.STATEMENT, "Release a statement…", view.pause_id, spoken_name),
        }
    ]


def tell_statements(view: BannerView) -> str:
    """mrkdwn, for notifications: what waits, and what went out."""
    return " ".join(_tell(one) for one in view.statements if one.goes or one.sends or _waits(one))


def _tell(one: StatementView) -> str:
    if one.sends:
        return f"{spoken(_name_outcome(one))}."
    who = spoken(name_wanted([each.of for each in one.wanted]))
    return "A statement is going out." if one.goes else f"A statement waits for {who}."


def name_wanted(of: Sequence[str], anybody: str = SECOND) -> str:
    """ "an approver", "an approver of Bluesky and one of Mastodon"; `anybody`: any full member will do. Literal."""
    if not of:
        return anybody
    first, *rest = (f" of {cut(one, 100)}" if one else "" for one in of)
    return listing([f"an approver{first}", *(f"one{each}" for each in rest)])


def say_silence(wanted: int, until: str, nobody: str = "nobody") -> str:
    """mrkdwn: what happens if it is not released by `until`."""
    if wanted > 1:
        return f"Unless each of them releases it by {until}, it is not published."
    return f"If {nobody} releases it by {until}, it is not published."


def say_wanted(wanted: Sequence[Wanted], anybody: str = SECOND) -> str:
    """mrkdwn: the same, with who they are."""
    named = [name_wanted([one.of]) for one in wanted[:1]] + [
        f"one of {cut(one.of, 100)}" for one in wanted[1:]
    ]
    told = [
        f"{spoken(name)} ({mentions_or(one.approvers)})" if one.approvers else spoken(name)
        for name, one in zip(named, wanted, strict=True)
    ]
    return listing(told) if told else anybody


def _waits(one: StatementView) -> bool:
    return not one.sends and one.why is None


def _draw_one(one: StatementView, place: Place, *, over: bool) -> list[Block]:
    if one.sends:
        return _draw_sent(one, place)
    if one.why is not None or over:
        return _draw_ended(one, place, over=over)
    return _draw_waiting(one, place)


def _what(one: StatementView) -> list[Part]:
    return [words(f"{first_words(one.text)} (post {one.number}): {cut(one.titles, 200)}")]


def _draw_waiting(one: StatementView, place: Place) -> list[Block]:
    if one.goes:
        return [lines([words("Statement is going out now", bold=True)], _what(one), _by(one, place))]
    who = name_wanted([each.of for each in one.wanted])
    row: list[Part] = [words(f"Statement waits for {who}", bold=True), *_released(one.releases, place)]
    silence = say_silence(len(one.wanted), token(one.until, TIME, place), "nobody else")
    value, name = format_statement(one.pause_id, one.seen), name_post_by_words(one.text, one.number)
    read = button(Act.READ_STATEMENT, "Read and release…", value, f"Read and release {name}", style="primary")
    about = About(one.text, tuple(one.titles.split(" + ")), name=f"post {one.number}")
    ask = ask_about(WITHDRAW, about, place)
    stop = button(Act.WITHDRAW, "Withdraw", value, f"Withdraw the statement {name}", ask=ask)
    return [lines(row, _what(one)), small(silence), actions(read, stop)]


def _released(releases: Sequence[tuple[str, datetime]], place: Place) -> list[Part]:
    """ " (@Maya 21:04)"."""
    row: list[Part] = [words(" (")]
    for nth, (by, at) in enumerate(releases):
        row += [words(", ")] if nth else []
        row += [person(by), words(" "), moment(at, place, TIME)]
    return [*row, words(")")]


def _by(one: StatementView, place: Place) -> list[Part]:
    row: list[Part] = [words("Released by ")]
    for nth, (by, at) in enumerate(one.releases):
        row += [words(" and ")] if nth else []
        row += [person(by), words(" "), moment(at, place, TIME)]
    return row


def _draw_sent(one: StatementView, place: Place) -> list[Block]:
    """ "Statement published today at 21:07: Instagram · LinkedIn"."""
    at = [words(" "), moment(one.out_at, place, bold=True)] if one.out_at else []
    first: list[Part] = [words(_name_state(one), bold=True), *at, words(": ")]
    for nth, send in enumerate(one.sends[:10]):
        first += [words(" · ")] if nth else []
        first += _send(send)
    drawn = [lines(first, _what(one), _by(one, place))]
    if any(send.state is State.UNKNOWN for send in one.sends):
        drawn.append(small("Its card in the channel says what to do. Nothing is sent again by itself."))
    return drawn


def _send(send: StatementSend) -> list[Part]:
    title = cut(send.title, 60)
    if send.gone:
        return [words(f"{title} (taken down since)")]
    shown = link(send.url, title) if send.url and send.state is State.SENT else words(title)
    if send.state is State.SENT:
        return [shown]
    how = _FATES.get(send.state, "is being sent")
    reason = f": {one_line(send.reason, REASON)}" if send.reason and send.state in _FATES else ""
    return [shown, words(f" ({how}{reason})")]


def _name_state(one: StatementView) -> str:
    unknown = [send.title for send in one.sends if send.state is State.UNKNOWN]
    if unknown:
        return f"We cannot tell yet whether {cut(listing(unknown), 200)} published the statement"
    states = {send.state for send in one.sends}
    if not all(state.final for state in states):
        return "Statement is being published"
    return "Statement published" if State.SENT in states else "Statement not published"


def _name_outcome(one: StatementView) -> str:
    state, out = _name_state(one), [send.title for send in one.sends if send.state is State.SENT]
    if any(send.state is State.UNKNOWN for send in one.sends):
        return state
    return f"{state}: {cut(listing(out or [send.title for send in one.sends]), 200)}"


def _draw_ended(one: StatementView, place: Place, *, over: bool) -> list[Block]:
    why = one_line(one.why or "publishing was resumed", REASON)
    by: list[Part] = [person(one.by), words(" ")] if one.by else []
    first: list[Part] = [words("Statement not published: ", bold=True), *by, words(why)]
    drawn = [lines(first, _what(one), _by(one, place))]
    if one.again is None or over:
        return drawn
    value = format_statement(one.pause_id, one.again)
    again = button(
        Act.READ_STATEMENT,
        "Release it again…",
        value,
        f"Release {name_post_by_words(one.text, one.number)} again",
    )
    return [*drawn, actions(again)]


# --- in the thread -----------------------------------------------------------------------------------


def tell_waits(
    by: str, text: str, number: str, until: datetime | None, place: Place, of: Sequence[str]
) -> str:
    """mrkdwn: who released it, whom it waits for, and what happens if nobody acts."""
    ask = f"It needs {spoken(name_wanted(of))}."
    silence = "If nobody releases it in time, it is not published."
    if until:
        silence = say_silence(len(of), token(until, TIME, place))
    which = spoken(first_words(text))
    return (
        f"{mention(by)} released {which} (post {number}) as a statement. {ask} Read and release it on the message "
        f"above. {silence}"
    )


def tell_goes(by: str, text: str, number: str) -> str:
    """mrkdwn: nobody else has to release it, and where it says what becomes of it."""
    which = spoken(first_words(text))
    return (
        f"{mention(by)} released {which} (post {number}), too. Nobody else has to: it goes out as a statement. "
        "The message above says what became of it."
    )


def tell_ended(by: str | None, why: str, text: str, number: str) -> str:
    """mrkdwn: it does not go out, and why."""
    who = f"{mention(by)} " if by else ""
    which = spoken(first_words(text))
    again = " It can be released again on the message above." if why in BY_ITSELF else ""
    return f"The statement {which} (post {number}) is not published: {who}{spoken(one_line(why, REASON))}.{again}"
