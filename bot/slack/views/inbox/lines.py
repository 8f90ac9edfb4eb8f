"""Lines in a conversation's thread: what the customer did next, what became of a reply, who has it. One function
per kind.

The values of a line hold ids only. Words are read when the line is drawn and are passed in separately (`words`,
`reply`), so that a line can be redrawn without them once they are erased.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from bot.domain.answers import DELETED, EDITED
from bot.domain.deliveries import State
from bot.domain.kinds import LineType
from bot.domain.shown.inbox_screens import ReplyView, WordsView
from bot.domain.shown.post_screens import Asks, ThreadLine
from bot.slack.views.blocks import (
    ROOMS,
    TEXT,
    Message,
    Part,
    actions,
    lines,
    link,
    moment,
    said,
    words,
)
from bot.slack.views.inbox.about import about_reply
from bot.slack.views.inbox.parts import ERASED, is_cut, name_attached, show_all, their_words
from bot.slack.views.inbox.replies import (
    NOT_SENT,
    asked,
    change,
    network_said,
    ours,
    there_or_not,
    try_again,
    with_image,
)
from bot.slack.views.posts.lines import KINDS, calls, draw_thread_line, read_moment, read_text
from bot.slack.views.text import (
    NOWHERE,
    VIEW_MESSAGE,
    VIEW_REPLY,
    Place,
    cut,
    heard,
    mention,
    span,
    spoken,
    when,
)

ROOM = ROOMS[1]


@dataclass(frozen=True)
class _LineData:
    """Everything a line is drawn from."""

    line: ThreadLine
    words: WordsView | None
    reply: ReplyView | None
    private: bool
    place: Place

    @property
    def calls(self) -> str:
        """ "@Tom " or ""."""
        return calls(self.line.values)

    def person(self, name: str) -> str:
        """mrkdwn: who the line says it was."""
        found = read_text(self.line.values, name)
        return mention(found) if found else "Byhand"


def draw_conversation_line(
    line: ThreadLine,
    words: WordsView | None = None,
    reply: ReplyView | None = None,
    private: bool = False,
    place: Place = NOWHERE,
) -> Message:
    """What this line says. `words`: of the message it names; `reply`: of the delivery it names."""
    draw = _KINDS.get(line.kind)
    if draw is None:
        twice = about_reply(reply) if reply else None
        return draw_thread_line(line, place, twice) if line.kind in KINDS else _ours(_SOMETHING)
    message = draw(_LineData(line, words, reply, private, place))
    return Message(cut(message.text, TEXT), message.blocks)


_SOMETHING = "Something happened in this conversation. The card above shows how it stands."


# --- the customer ------------------------------------------------------------------------------------


def _message(this: _LineData) -> Message:
    message = _theirs(this, "Somebody wrote" if _is_withheld(this) else "The customer wrote")
    if not this.calls:
        return message
    ask = said(f"{this.calls}please look here first.")
    return Message(f"{this.calls}{message.text}", [*message.blocks, ask])


def _edited(this: _LineData) -> Message:
    return _theirs(this, "The customer changed a message; it now says")


def _app_answer(this: _LineData) -> Message:
    return _theirs(this, "Answered in the network's own app")


def _piled(this: _LineData) -> Message:
    return _theirs(this, "One more message")


def _deleted(this: _LineData) -> Message:
    if this.words is None or not this.words.text:
        return _ours("The customer deleted a message on the network.")
    return _theirs(this, "The customer deleted a message")


def _reopened(this: _LineData) -> Message:
    who = "somebody" if _is_withheld(this) else "the customer"
    again = f"{this.calls}It is open again: {who} wrote."
    if this.words is None:
        return _ours(again)
    message = _theirs(this, f"{who.capitalize()} wrote again")
    return Message(f"{this.calls}{message.text}", [said(again), *message.blocks])


def _is_withheld(this: _LineData) -> bool:
    """It may be another person each time."""
    return this.words is not None and this.words.withheld


def _theirs(this: _LineData, what: str) -> Message:
    """Our line with the moment, then their words. Private words stay out of `text`."""
    at = (
        this.words.at
        if this.words and this.line.kind not in (LineType.EDITED, LineType.DELETED)
        else this.line.at
    )
    first = lines([words(f"{what} ", bold=True), moment(at, this.place), *_there(this)])
    if this.words is None:
        return Message(what + ".", [first, lines([words(ERASED)])])
    blocks = [first, *their_words(this.words, ROOM)]
    if is_cut(this.words.text, ROOM) and not this.words.erased:
        blocks.append(actions(show_all(this.words)))
    hidden = this.private or this.words.erased or this.words.withheld
    told = "" if hidden else heard(this.words.text) or name_attached(this.words.attachments)
    return Message(f"{what}: {told}" if told else f"{what}.", blocks)


def _there(this: _LineData) -> list[Part]:
    """Not of private ones: the address holds their name, and this is the first block."""
    url = this.words.url if this.words and not this.private else None
    return [words(" · "), link(url, VIEW_MESSAGE)] if url else []


# --- colleagues and the clock ------------------------------------------------------------------------


def _taken(this: _LineData) -> Message:
    before = read_text(this.line.values, "from")
    over = f" Before that, {mention(before)} had it." if before else ""
    return _ours(f"{this.person('by')} has it now.{over}")


def _handed(this: _LineData) -> Message:
    by, to = this.person("by"), this.person("to")
    return _ours(f"{to} has it now." if by == to else f"{to}, {by} handed this to you. You have it now.")


def _closed(this: _LineData) -> Message:
    why = spoken(read_text(this.line.values, "closing"), 60)
    return _ours(
        f"{this.person('by')} closed it{f': {why}' if why else ''}. If the customer writes again, it opens."
    )


def _late(this: _LineData) -> Message:
    since = read_moment(this.line.values, "since")
    waits = f" since {when(since, this.place)}, {span(this.line.at - since)}" if since else " too long"
    return _ours(f"{this.calls}Please answer: the customer waits{waits}. It stays open until somebody does.")


def _erased(this: _LineData) -> Message:
    by = read_text(this.line.values, "by")
    who = f"{mention(by)} erased" if by else "After the set time, Byhand erased"
    return _ours(f"{who} the customer's words and names here.")


def _continued(_this: _LineData) -> Message:
    return _ours("This thread is full. It goes on under the newer card, which the card above links to.")


def _rebuilt(this: _LineData) -> Message:
    """`words`: their last message, which stood in the thread that is gone."""
    if this.words is None:
        return _ours("The card was deleted in Slack; here it is again. Nothing is lost.")
    return _theirs(this, "The card was deleted in Slack; here it is again. They wrote last")


# --- what became of a reply --------------------------------------------------------------------------


def _replied(this: _LineData) -> Message:
    reply = this.reply
    if reply is None:
        return _ours("A reply was sent to the customer.")
    row = [words("Sent to the customer ", bold=True), moment(reply.at, this.place)]
    row += [words(" · "), link(reply.url, VIEW_REPLY)] if reply.url and not this.private else []
    by = said(f"by {mention(reply.by)}" + (". It was deleted since." if reply.deleted else ""))
    pressed = [] if reply.deleted else change(reply, this.place)
    told = "" if this.private or reply.erased else f": {spoken(reply.text)}"
    mine = [ours(reply, ROOM), *with_image(reply.image_alt)]
    blocks = [lines(row), by, *mine, *([actions(*pressed)] if pressed else [])]
    return Message(f"Sent to the customer by {mention(reply.by)}{told}", blocks)


def _refused(this: _LineData) -> Message:
    reply = this.reply
    refused = reply is None or reply.state is State.REFUSED
    why = "Not delivered: the network refused the reply" if refused else "The reply was not sent"
    gone, edited = ((reply.reason or "").endswith(what) if reply else False for what in (DELETED, EDITED))
    waits = "." if gone else ", and the customer still waits."
    ask = f"{this.calls}{why}{waits}"
    if edited:
        ask = f"{this.calls}The reply was not sent: the customer changed the message it answers. Look at the new words."
    if reply is None:
        return _ours(ask)
    if reply.state not in NOT_SENT:
        return _ours(
            "The network refused this reply once; it was tried again. The card above shows how it stands."
        )
    if reply.erased:
        return _ours(f"{why}. {ERASED}")
    mine = lines([words("Your text:", bold=True)])
    blocks = [said(ask), *network_said(reply), mine, ours(reply, ROOM), *with_image(reply.image_alt)]
    blocks.append(actions(try_again(reply)))
    return Message(ask, blocks)


def _unknown(this: _LineData) -> Message:
    reply = this.reply
    if reply and reply.state is State.SENT:
        return _ours("It was unclear whether the reply went out. It did.")
    ask = f"{this.calls}We cannot tell whether the reply went out. Please look, and say so here."
    if reply is None or reply.state is not State.UNKNOWN:
        return _ours("It was unclear whether the reply went out. The card above shows how it stands.")
    if reply.erased:
        return _ours(f"Nobody knows whether the reply went out. {ERASED}")
    pressed = [actions(*there_or_not(reply, this.place))] if reply.asks_a_person else []
    return Message(ask, [said(ask), *asked(reply, ROOM, this.place), *pressed])


def _reply_deleted(this: _LineData) -> Message:
    return _ours(f"{this.person('by')} deleted the reply on the network.")


def _reply_corrected(this: _LineData) -> Message:
    what = f"{this.person('by')} corrected the reply on the network."
    if this.reply is None:
        return _ours(what)
    now = [ours(this.reply, ROOM), *with_image(this.reply.image_alt)]
    return Message(what, [said(f"{what} It now says:"), *now])


def _incident(this: _LineData) -> Message:
    if this.reply and this.reply.erased and not this.reply.deleted:
        return draw_thread_line(replace(this.line, asks=Asks.SETTLED), this.place)
    if this.reply is None or not this.reply.deleted:
        return draw_thread_line(this.line, this.place, about_reply(this.reply) if this.reply else None)
    of_two = bool(read_text(this.line.values, "take_down_reply"))
    asks = Asks.ONE_TAKEN_DOWN if of_two else Asks.TAKEN_DOWN
    return draw_thread_line(replace(this.line, asks=asks), this.place)


_KINDS: Mapping[LineType, Callable[[_LineData], Message]] = {
    LineType.MESSAGE: _message,
    LineType.EDITED: _edited,
    LineType.DELETED: _deleted,
    LineType.APP_ANSWER: _app_answer,
    LineType.PILED: _piled,
    LineType.REOPENED: _reopened,
    LineType.TAKEN: _taken,
    LineType.HANDED_OVER: _handed,
    LineType.CLOSED: _closed,
    LineType.LATE: _late,
    LineType.ERASED: _erased,
    LineType.CONTINUED: _continued,
    LineType.REBUILT: _rebuilt,
    LineType.REPLIED: _replied,
    LineType.REPLY_REFUSED: _refused,
    LineType.REPLY_UNKNOWN: _unknown,
    LineType.REPLY_DELETED: _reply_deleted,
    LineType.REPLY_CORRECTED: _reply_corrected,
    LineType.INCIDENT: _incident,
}


def _ours(mrkdwn: str) -> Message:
    return Message(mrkdwn, [said(mrkdwn)])
