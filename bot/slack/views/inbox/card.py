"""The card of a conversation: who wrote what to which account, who has it, how it stands.

For private conversations neither `text` nor the first block says who wrote or what, because those two are what phones
and lock screens show; the rest is seen only by those who open the private channel.
"""

from __future__ import annotations

from dataclasses import replace

from bot.domain.conversations import SeenConversation, Stage
from bot.domain.deliveries import State
from bot.domain.ranking import FOLLOWERS
from bot.domain.shown.inbox_screens import AnswerView, ConversationCard, ReplyView, WordsView
from bot.domain.shown.state_words import describe_answer_written_now
from bot.slack import ids
from bot.slack.ids import Act
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
    menu,
    open_button,
    quote,
    said,
    small,
    words,
)
from bot.slack.views.inbox.parts import (
    DONE,
    NOT_PASSED_ON,
    REPLY,
    about_customer,
    about_post,
    called,
    is_cut,
    name_attached,
    name_the_post,
    reasons,
    show_all,
    tell_stopped,
    their_words,
    waits_since,
    where_the_post_is,
)
from bot.slack.views.inbox.replies import (
    NOT_SENT,
    asked,
    network_said,
    our_answer,
    there_or_not,
    try_again,
    with_image,
)
from bot.slack.views.text import (
    AGO,
    NOWHERE,
    VIEW_MESSAGE,
    Place,
    count,
    countdown,
    cut,
    heard,
    literal,
    mention,
    mentions,
    one_line,
    permalink,
    safe_url,
    token,
    until,
    when,
)

LATEST = 600  # characters of the latest words on a card; the thread has them whole
_ON_ITS_WAY = (State.READY, State.CLAIMED, State.SENDING)
_STAGE_WORDS = {
    Stage.OFFERED: "Not brought in yet",
    Stage.OPEN: "Not answered",
    Stage.ANSWERED: "Answered",
    Stage.DONE: "Done",
    Stage.LEFT: "Left unanswered",
}
_HOW_TO = {
    "mention": (
        "Answer with {reply}, or by a message in the thread that begins with @Byhand; it goes out once you press Send."
    ),
    "ask": "Answer with {reply}, or write here: whoever has it is asked before anything goes out.",
    "button": "Answer with {reply}; it goes out once you press Send.",
}
_DELETED = "It cannot be answered any more: the customer deleted what they wrote."
_TOO_LATE = "Once the customer has written again, it can be answered here."
_IF_NOTHING = f"It stays open until somebody presses {DONE}."
_IF_NOBODY = f"It stays open until somebody answers or presses {DONE}."


def draw_conversation_card(card: ConversationCard, place: Place = NOWHERE) -> Message:
    """The message of this card. Never beyond Slack's limits, whatever is in it."""
    if card.newer:
        return _old(permalink(card.newer, place))
    return Message(cut(_text(card), TEXT), fit(lambda room: _blocks(card, room, place)))


def _old(url: str) -> Message:
    text = "This conversation has a newer card."
    return Message(text, [lines([words(f"{text[:-1]}: ", bold=True), link(url, "open the newer card")])])


# --- status first ------------------------------------------------------------------------------------

NEW = "New message"


def _status(card: ConversationCard) -> str:
    """The card's first words."""
    if card.erased:
        return "Erased"
    reply = card.last_reply
    if reply:
        if reply.state is State.UNKNOWN:
            return "Nobody knows whether our reply went out"
        if reply.state in _ON_ITS_WAY:
            return "Reply not sent yet" if reply.reason else "Reply on its way"
        if reply.state in NOT_SENT and card.stage is Stage.OPEN:
            return "Reply not delivered"
    if card.stage is not Stage.OPEN:
        return _STAGE_WORDS[card.stage]
    if card.late_since:
        return "Late"
    return "Taken" if card.owner else NEW


def _text(card: ConversationCard) -> str:
    """For notifications: of a private conversation neither who nor what."""
    title, status = heard(card.title, 60), _status(card)
    rings = f"{mentions(card.rung)} " if card.rung and status == NEW else ""
    if card.private:
        return f"{rings}Private message on {title}" + ("" if status == NEW else f": {status.lower()}")
    latest = next((one for one in reversed(card.since) if isinstance(one, WordsView)), card.first)
    if card.first.withheld:
        told = _name_withheld(card, status, title)
        return f"{rings}{told}: {_first_words(latest)}" if status == NEW else told
    who = heard(called(card.customer), 80)
    if status != NEW or card.erased:
        return f"{status}: {who} on {title}"
    return f"{rings}{NEW} from {who} on {title}: {_first_words(latest)}"


def _name_withheld(card: ConversationCard, status: str, title: str) -> str:
    """ "New comment on LinkedIn", "Taken: mention on LinkedIn": nothing is known of whoever wrote it."""
    what = f"{'mention' if card.how == 'mention' else 'comment'} on {title}"
    return f"New {what}" if status == NEW else f"{status}: {what}"


def _first_words(first: WordsView) -> str:
    if first.withheld:
        return "open it there to read it"
    if first.deleted:
        return "deleted since"
    return heard(first.text) or name_attached(first.attachments)


def _head(card: ConversationCard, place: Place) -> Block:
    title, status = one_line(card.title, 60), _status(card)
    if card.private:
        first = "New" if status == NEW else status
        return head(f"{first}: private message on {title}", place=place)
    if card.first.withheld:
        return head(_name_withheld(card, status, title), place=place)
    return head(f"{status}: {called(card.customer)}, {title} ({one_line(card.how, 40)})", place=place)


# --- the whole card ----------------------------------------------------------------------------------


def _blocks(card: ConversationCard, room: Room, place: Place) -> list[Block]:
    drawn = [_head(card, place), small(*_about(card, place))]
    if card.rung and _status(card) == NEW:
        drawn.append(
            small(f"For {mentions(card.rung)}" if _says_why(card) else f"{mentions(card.rung)}, please look")
        )
    if _says_why(card):
        drawn.append(lines([words("Look here first: ", bold=True), words(reasons(card.reasons))]))
    if card.erased:
        drawn.append(lines([words("The words and names of this conversation were erased.")]))
        return drawn
    if card.first.withheld:
        drawn += [*_somebody(card, place), *_since(card, room, place)]
    else:
        drawn += [lines(_who(card)), *their_words(card.first, room), *_since(card, room, place)]
        drawn += [about_post(card.post, place)] if card.post else []
    drawn += _reply(card.last_reply, room, place) if card.last_reply else []
    pressed = _buttons(card, place)
    cut_here = is_cut(card.first.text, room) and not card.first.erased
    pressed += [show_all(card.first, card.number)] if cut_here else []
    return [*drawn, actions(*pressed, _more(card)), small(_last(card, place))]


def _says_why(card: ConversationCard) -> bool:
    return bool(card.reasons) and card.stage is Stage.OPEN


def _who(card: ConversationCard) -> list[Part]:
    counted = _says_why(card) and any(reason.endswith(FOLLOWERS) for reason in card.reasons)
    who = replace(card.customer, followers=None) if counted else card.customer
    row = [words("From "), *about_customer(who), words(f" · to {one_line(card.us, 100)}")]
    linked = bool(card.first.url) and not _there(card)
    return [*row, words(" · "), link(card.first.url, VIEW_MESSAGE)] if linked else row


def _somebody(card: ConversationCard, place: Place) -> list[Block]:
    """That somebody wrote, about which post, and where it can be read: more may not be passed on."""
    did = "mentioned you" if card.how == "mention" else "commented"
    what = f"Somebody {did}{f' on {name_the_post(card.post)}' if card.post else ''}"
    row = [words(what, bold=True)]
    row += where_the_post_is(card.post, place) if card.post else []
    return [lines(row), small(f"{NOT_PASSED_ON}.")]


def _since(card: ConversationCard, room: Room, place: Place) -> list[Block]:
    """Their latest words and our latest answer, as they are now; the thread has all of them."""
    drawn: list[Block] = []
    shorter = replace(room, text=min(room.text, LATEST))
    for one in card.since:
        if isinstance(one, AnswerView):
            answered_it = card.stage is Stage.ANSWERED and card.answered_by == one.by
            drawn += our_answer(one, shorter, place, by_whom=not answered_it)
            continue
        whose = "The latest" if one.withheld else "Their latest"
        drawn += [said(f"*{whose}* {when(one.at, place)}"), *their_words(one, shorter)]
        if is_cut(one.text, shorter) and not one.erased:
            drawn.append(actions(show_all(one, card.number)))
    return drawn


def _about(card: ConversationCard, place: Place) -> list[str]:
    """mrkdwn: the stage, unless the first words say it; owner, how long they wait; people by their ids, customers not
    at all."""
    if card.erased:
        return [_tell_erased(card, place), f"conversation {card.number}"]
    stage = _STAGE_WORDS[card.stage]
    told = [] if stage == _status(card) else [stage]
    if card.stage is Stage.OPEN:
        waits = waits_since(card.waiting_since, card.now, place) if card.waiting_since else ""
        told = [f"{stage}, {waits}"] if told and waits else [*told, *([waits] if waits else [])]
        told.append(_owner(card, place))
        told += [f"late since {when(card.late_since, place)}"] if card.late_since else []
        told += [count(card.count, "message")] if card.count > 1 else []
        told += _answers_end(card, place)
    elif card.stage is Stage.ANSWERED and card.answered_at:
        by = f"by {mention(card.answered_by)}" if card.answered_by else "in the network's own app"
        told = [" ".join([*told, by, when(card.answered_at, place)]), *_answers_end(card, place)]
    elif card.stage in (Stage.DONE, Stage.LEFT):
        told += [card.closing.value] if card.closing else []
        by = f" by {mention(card.closed_by)}" if card.closed_by else ""
        told += [f"closed{by} {when(card.closed_at, place)}"] if card.closed_at else []
    return [*told, f"conversation {card.number}"]


def _answers_end(card: ConversationCard, place: Place) -> list[str]:
    """mrkdwn: "can be answered until 10:05 today (in 22 h 3 min)". What is over, the last line says."""
    if card.answers_end is None or card.too_late:
        return []
    left = token(card.answers_end, AGO, place, countdown(card.answers_end, card.now))
    return [f"can be answered until {until(card.answers_end, place)} ({left})"]


def _tell_erased(card: ConversationCard, place: Place) -> str:
    by = f"by {mention(card.erased_by)}" if card.erased_by else "by Byhand, after the set time,"
    return f"{by} {when(card.erased_at, place)}" if card.erased_at else by.rstrip(",")


def _owner(card: ConversationCard, place: Place) -> str:
    if not card.owner:
        return "nobody has taken it"
    since = f" since {when(card.owner_since, place)}" if card.owner_since else ""
    return f"{mention(card.owner)} {'has had' if since else 'has'} it{since}"


def _last(card: ConversationCard, place: Place) -> str:
    """How to answer, and what happens if nobody does."""
    free = "Only your team sees the thread."
    if card.nothing_left:
        return f"{free} {_DELETED}{f' {_IF_NOTHING}' if card.stage is Stage.OPEN else ''}"
    if card.too_late and card.answers_end:
        over = f"It could be answered until {until(card.answers_end, place)}"
        how = f"{over}: {one_line(card.title, 60)} takes no later answer. {_TOO_LATE}"
        return f"{free} {how}{f' {_IF_NOTHING}' if card.stage is Stage.OPEN else ''}"
    if not card.takes_answers:
        answer = f"{one_line(literal(card.no_answer), 300)} Answer" if card.no_answer else "Read and answer"
        how = f"{answer} it on {one_line(card.title, 60)}"
        waits = card.stage in (Stage.OPEN, Stage.OFFERED)
        return f"{free} {how}{f', then press {DONE}: it stays open until somebody does' if waits else ''}."
    if card.replies_stopped:
        how = f"{tell_stopped(card.replies_stopped, place)} {describe_answer_written_now(card.thread)}"
    else:
        how = _HOW_TO.get(card.thread, _HOW_TO["mention"]).format(reply=_name_reply(card))
    return f"{free} {how}{' ' + _IF_NOBODY if card.stage is Stage.OPEN else ''}"


# --- our last reply ----------------------------------------------------------------------------------


def _reply(reply: ReplyView, room: Room, place: Place) -> list[Block]:
    """Only what the thread does not say for good: a reply that is under way, refused, or nobody knows of."""
    if reply.state is State.UNKNOWN:
        return asked(reply, room, place)
    if reply.state in NOT_SENT:
        return [
            *network_said(reply),
            lines([words("It was:", bold=True)]),
            quote(reply.text, min(room.text, 500)),
            *with_image(reply.image_alt),
        ]
    if reply.state in _ON_ITS_WAY and reply.state is not State.SENDING and reply.reason:
        why = one_line(literal(reply.reason), 300)
        return [lines([words("Tried again by itself: ", bold=True), words(why)])]
    if reply.state in _ON_ITS_WAY:
        return [small(f"{mention(reply.by)} pressed Send; the thread says when it is there")]
    return []


# --- what can be pressed -----------------------------------------------------------------------------


def _buttons(card: ConversationCard, place: Place) -> list[Part]:
    pressed: list[Part] = []
    if card.last_reply and card.last_reply.state is State.UNKNOWN and card.last_reply.asks_a_person:
        pressed += there_or_not(card.last_reply, place)
    if card.last_reply and card.last_reply.state in NOT_SENT and card.stage is Stage.OPEN:
        pressed += [try_again(card.last_reply)] if _can_be_answered(card) else []
    if card.stage in (Stage.OPEN, Stage.OFFERED) and not card.owner:
        spoken = f"I'll take conversation {card.number}"
        pressed.append(button(Act.TAKE, "I'll take it", card.conversation_id, spoken, style="primary"))
    pressed += [_reply_button(card)] if _can_be_answered(card) else []
    if there := _there(card):
        spoken = f"Open conversation {card.number} in {card.title}"
        pressed.append(open_button(f"Open in {card.title}", there, spoken))
    if card.stage in (Stage.DONE, Stage.LEFT):
        spoken = f"Reopen conversation {card.number}"
        return [*pressed, button(Act.REOPEN, "Reopen", card.conversation_id, spoken)]
    without = "" if card.stage is Stage.ANSWERED else " without a reply"
    spoken = f"Close conversation {card.number}{without}"
    return [*pressed, button(Act.DONE, f"{DONE}…", card.conversation_id, spoken)]


def _there(card: ConversationCard) -> str:
    """Where the newest message can be answered that Byhand cannot answer; "": it can, or no address is known."""
    if card.takes_answers or card.nothing_left:
        return ""
    shown = [card.first, *(one for one in card.since if isinstance(one, WordsView))]
    return next((url for one in reversed(shown) if not one.deleted and (url := safe_url(one.url))), "")


def _can_be_answered(card: ConversationCard) -> bool:
    return card.takes_answers and not (card.replies_stopped or card.nothing_left or card.too_late)


def _name_reply(card: ConversationCard) -> str:
    """What the button is called that answers; sentences call it so, too."""
    return "Reply again" if card.stage is Stage.ANSWERED else REPLY


def _reply_button(card: ConversationCard) -> Part:
    text = _name_reply(card)
    return button(
        Act.REPLY, text, ids.format_seen_conversation(_seen(card)), f"{text} in conversation {card.number}"
    )


def _more(card: ConversationCard) -> Part:
    choices = [("Hand over…", Act.HAND_OVER), ("Erase personal data…", Act.ERASE)]
    made = [(text, ids.format_conversation_choice(act, _seen(card))) for text, act in choices]
    return menu(made, Act.CONVERSATION_MORE)


def _seen(card: ConversationCard) -> SeenConversation:
    return SeenConversation(card.conversation_id, card.seq)
