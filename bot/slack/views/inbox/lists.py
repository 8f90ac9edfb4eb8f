"""Conversations in lists: `/social inbox`, a pile's list, App Home, and the line on a post's card.

Each row is literal, the status word first. The screens are given nothing of private conversations to tell: their
rows say only "a private message".
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.conversations import Stage
from bot.domain.shown.inbox_screens import (
    ConversationRow,
    HomeInbox,
    InboxList,
    InboxPage,
)
from bot.domain.shown.post_conversations import PostConversations
from bot.domain.shown.state_words import count_held_back
from bot.domain.shown.stopped_replies import RepliesShut
from bot.slack.ids import Act, Dialog
from bot.slack.views.blocks import (
    Block,
    Message,
    Part,
    actions,
    button,
    fit,
    lines,
    link,
    moment,
    person,
    plain,
    said,
    words,
)
from bot.slack.views.inbox.parts import reasons, tell_stopped
from bot.slack.views.text import (
    AGO,
    NOWHERE,
    Place,
    between_marks,
    count,
    countdown,
    one_line,
    permalink,
    span,
    token,
    when,
)

PRIVATE = "a private message"
HOME_ROWS = 5
CARD_LINKS = 5
STOPPED = 5  # pauses named that stop answers, too

_WORDS = {
    Stage.OFFERED: "Not brought in",
    Stage.OPEN: "Waiting",
    Stage.ANSWERED: "Answered",
    Stage.DONE: "Done",
    Stage.LEFT: "Left unanswered",
}
_TITLES = {
    InboxList.MINE: "Customers you took",
    InboxList.NOBODYS: "Customers nobody has taken",
    InboxList.ALL: "Conversations",
}


# --- one row -----------------------------------------------------------------------------------------


def conversation_row(row: ConversationRow, place: Place, *, owner: bool = True) -> list[Part]:
    """ "Waiting since today at 10:05 · “Lena K.” on Mastodon · “My order…” (conversation 12) · not taken yet ·
    open the card". Without the `owner` where the list says it of all."""
    late = row.late and row.stage is Stage.OPEN
    drawn: list[Part] = [words("Late, waiting" if late else _WORDS[row.stage], bold=True)]
    if row.waiting_since:
        drawn += [words(" since "), moment(row.waiting_since, place)]
    others = f" and {count(row.alike - 1, 'other')}" if row.alike > 1 else ""
    same = ", the same words" if row.alike > 1 else ""
    told = [f"{who_wrote(row)}{others} on {one_line(row.title, 60)}{same}"]
    if row.reasons:
        told.append("look here first: " + reasons(row.reasons, 120))
    text = between_marks(row.text, 80)
    number = f"conversation {row.number}" if row.alike == 1 else ""  # of several it would be one of them
    told.append(f"{text} ({number})" if text and number else text or number)
    drawn += [words("".join(f" · {part}" for part in told if part)), *(_owner(row) if owner else [])]
    if row.card:
        drawn += [words(" · "), link(permalink(row.card, place), "open the card")]
    return drawn


def who_wrote(row: ConversationRow) -> str:
    if row.name == PRIVATE and not row.text:
        return PRIVATE
    return "somebody" if row.withheld else between_marks(row.name) or "a customer"


def _owner(row: ConversationRow) -> list[Part]:
    if row.owner:
        return [words(" · "), person(row.owner), words(" has it")]
    return [words(" · not taken yet")] if row.stage is Stage.OPEN else []


def count_shown(rows: Sequence[ConversationRow]) -> int:
    """How many conversations these rows stand for."""
    return sum(row.alike for row in rows)


# --- /social inbox -----------------------------------------------------------------------------------


def draw_inbox(page: InboxPage, place: Place = NOWHERE) -> Message:
    """`/social inbox [mine|waiting]`. Only the person who asked sees it."""
    text = _summary(page)
    rows = page.rows
    above = [said(f"*{text}*"), *tell_all_stopped(page.stopped, place)]
    tail = []
    if page.offered:
        tail.append(said(f"{count(page.offered, 'older message')} nobody brought in yet; its card asks."))
    owner = page.what is InboxList.ALL
    return Message(
        text,
        fit(lambda room: [*above, *_listed(rows, place, room.rows, page.all, owner=owner), *tail]),
    )


def draw_inbox_dialog(page: InboxPage, place: Place = NOWHERE) -> Block:
    """The same in a dialog, of Home."""
    drawn = draw_inbox(page, place).blocks
    view = {"type": "modal", "callback_id": Dialog.PILE_LIST.value, "title": plain("Customers", 24)}
    return {**view, "close": plain("Close", 24), "blocks": drawn}


def tell_all_stopped(stopped: Sequence[RepliesShut], place: Place) -> list[Block]:
    """A paragraph; none where people may answer everywhere."""
    told = " ".join(tell_stopped(shut, place, shut.title) for shut in stopped[:STOPPED])
    return [said(told)] if told else []


def _summary(page: InboxPage) -> str:
    title = _TITLES[page.what]
    if not page.rows:
        return f"{title}: none. Nobody waits." if not page.open else f"{title}: none."
    if page.what is InboxList.MINE:
        return f"{title}: {count(page.all, 'conversation')}."
    told = [f"{page.open} open", _taken(page)]
    if page.what is InboxList.NOBODYS:
        told = [f"{page.nobody_has} of {page.open} open"]
    if page.oldest:
        told.append(f"the oldest has waited {span(page.now - page.oldest)}")
    return f"{title}: {', '.join(told)}."


def _taken(page: InboxPage) -> str:
    if not page.nobody_has:
        return "all taken"
    return "none taken" if page.nobody_has == page.open else f"{page.nobody_has} not taken"


def _listed(
    rows: Sequence[ConversationRow], place: Place, most: int, total: int, *, owner: bool
) -> list[Block]:
    drawn = [conversation_row(row, place, owner=owner) for row in rows[:most]]
    if (left := total - count_shown(rows[:most])) > 0:
        drawn.append([words(f"and {left} more")])
    return [lines(*drawn)] if drawn else []


# --- App Home ----------------------------------------------------------------------------------------


def home_needs(home: HomeInbox) -> list[str]:
    """What of customers needs this person, in a few words each."""
    told = []
    if home.mine_all:
        told.append(f"{count(home.mine_all, 'customer')} you took")
    if home.nobody_has:
        told.append(f"{count(home.nobody_has, 'customer')} nobody has taken")
    if home.doubtful:
        told.append(f"{count(len(home.doubtful), 'answer')} to look for")
    return told


def home_needs_blocks(home: HomeInbox, place: Place = NOWHERE) -> list[Block]:
    """The same one by one, each with the way there."""
    return [
        *_some("Customers you took, and who wait", home.mine, home.mine_all, place, "mine"),
        *_some("Customers nobody has taken", home.nobodys, home.nobody_has, place, "waiting"),
        *_some("Answers to look for: nobody knows whether they arrived", home.doubtful, 0, place, owner=True),
    ]


def _some(
    title: str,
    rows: Sequence[ConversationRow],
    number: int,
    place: Place,
    word: str = "",
    *,
    owner: bool = False,
) -> list[Block]:
    """The first of `number`, and where the others are at one press: `word` of `/social inbox`."""
    shown = rows[:HOME_ROWS]
    listed = lines(*(conversation_row(row, place, owner=owner) for row in shown))
    drawn: list[Block] = [said(f"*{title}*"), listed] if shown else []
    if shown and (left := number - count_shown(shown)) > 0:
        text = f"Show all {number}"
        drawn += [said(f"and {left} more"), actions(button(Act.HOME_INBOX, text, word, f"{text}: {title}"))]
    return drawn


def home_inbox_blocks(home: HomeInbox, place: Place = NOWHERE) -> list[Block]:
    """How many wait, whoever has them, and the week."""
    stopped = [*tell_all_stopped(home.stopped, place), *_held_back(home)]
    return [said(f"*Waiting customers:* {_waiting(home, place)}"), *stopped, said(_week(home))]


def _held_back(home: HomeInbox) -> list[Block]:
    """Answers a pause keeps back, of everybody: whoever may resume sees that people wait for it."""
    if not home.held_back:
        return []
    yours = f" ({home.held_back_mine} of them yours)" if home.held_back_mine else ""
    return [said(f"*Kept by the pause:* {count_held_back(home.held_back)}{yours}.")]


def _waiting(home: HomeInbox, place: Place) -> str:
    if not home.waiting:
        return "none"
    if not home.oldest:
        return str(home.waiting)
    ago = token(home.oldest, AGO, place, countdown(home.oldest, home.now))
    return f"{home.waiting}, the oldest since {when(home.oldest, place)} ({ago})"


def _week(home: HomeInbox) -> str:
    wait = f", typical wait {span(home.typical_wait)}" if home.typical_wait is not None else ""
    return f"*Customers this week:* {home.answered_this_week} answered{wait}"


# --- the card of a post ------------------------------------------------------------------------------


def post_conversations_line(conversations: PostConversations, place: Place = NOWHERE) -> list[Block]:
    """ "2 customers commented, both waiting · “Jonas” (conversation 3), …", each with a link to its card."""
    if not conversations.open and not conversations.waiting:
        return []
    row = [words(f"{count(conversations.open, 'customer')} commented{_how_many_wait(conversations)}")]
    for nth, one in enumerate(conversations.links[:CARD_LINKS]):
        name, number = between_marks(one.name), f"conversation {one.number}"
        label = f"{name} ({number})" if name else number
        row += [words(", " if nth else " · "), link(permalink(one.card, place), label)]
    if len(conversations.links) > CARD_LINKS:
        row.append(words(f" and {len(conversations.links) - CARD_LINKS} more"))
    return [lines(row)]


def _how_many_wait(conversations: PostConversations) -> str:
    if not conversations.waiting:
        return ", nobody is waiting"
    if conversations.waiting < conversations.open:
        return f", {conversations.waiting} waiting"
    return {1: " and is waiting", 2: ", both waiting"}.get(conversations.open, ", all waiting")
