"""What card and thread both show of a reply: what was sent, and the questions a lost or refused one leaves."""

from __future__ import annotations

from bot.domain.deliveries import State
from bot.domain.shown.inbox_screens import AnswerView, ReplyView
from bot.slack.ids import Act
from bot.slack.views.blocks import Ask, Block, Part, Room, button, lines, link, quote, said, words
from bot.slack.views.inbox.about import about_reply
from bot.slack.views.inbox.parts import ERASED, images
from bot.slack.views.quotes import ask_about
from bot.slack.views.text import NOWHERE, Place, cut, literal, mention, one_line, when

NOT_SENT = (State.REFUSED, State.DROPPED)  # it did not go out, and will not by itself
LOOK_FIRST = Ask(
    "Did you look?",
    "If it is there after all, the customer would get it twice.",
    "Not there: send again",
    "Let me look",
)
DELETE = Ask(
    "Delete this reply?",
    "It is deleted on the network. The customer may have read it already.",
    "Delete it",
    "Leave it",
    danger=True,
)


def ours(reply: ReplyView, room: Room) -> Block:
    """Our own words, as they went out."""
    if reply.erased:
        return lines([words(ERASED)])
    return quote(reply.text or "(no words)", min(room.text, 1500), "… (cut here)")


def our_answer(answer: AnswerView, room: Room, place: Place, *, by_whom: bool = True) -> list[Block]:
    """What the customer has of us, as it is now. `by_whom` False: it stands above whose it is, and of when."""
    by = mention(answer.by) if answer.by else "somebody in the network's own app"
    if answer.deleted:
        return [said(f"*Our latest answer* by {by} {when(answer.at, place)} was deleted on the network.")]
    shown = literal(answer.text)
    whose = f" by {by} {when(answer.at, place)}" if by_whom else ""
    corrected = f", corrected by {mention(answer.corrected_by)}" if answer.corrected_by else ""
    drawn: list[Block] = [said(f"*Our latest answer*{whose}{corrected}")]
    drawn += [quote(shown, room.text, "… (cut here; the thread has the rest)")] if shown.strip() else []
    return [*drawn, *images(answer.attachments), *with_image(answer.image_alt)]


def with_image(alt: str | None) -> list[Block]:
    """The image that went along, by its description."""
    if alt is None:
        return []
    described = [words("With your image: ", bold=True), words(cut(literal(alt), 300))]
    return [lines(described if alt else [words("With an image.")])]


def network_said(reply: ReplyView) -> list[Block]:
    """Why not, in the network's words, which may hold a customer's."""
    why = one_line(literal(reply.reason or ""), 300)
    label = "Why: " if reply.state is State.DROPPED else "The network said: "
    return [lines([words(label, bold=True), words(why)])] if why else []


def asked(reply: ReplyView, room: Room, place: Place = NOWHERE) -> list[Block]:
    """Nobody knows: what to look for, and where."""
    if not reply.asks_a_person:
        until = f", until {when(reply.looks_until, place)}" if reply.looks_until else ""
        looks = f"There was no clear answer. Byhand looks every minute whether it is there{until}; then it asks here."
        return [said(f"{looks} It is not sent again meanwhile.")]
    row = [words("The connection broke after sending. Please look first")]
    row += [words(": "), link(reply.profile_url, "our profile")] if reply.profile_url else [words(".")]
    return [lines(row), *network_said(reply), ours(reply, room), *with_image(reply.image_alt)]


def there_or_not(reply: ReplyView, place: Place) -> list[Part]:
    """The two answers to "did it go out?"."""
    there = "The reply is there"
    not_there = "The reply is not there: send it again"
    return [
        button(Act.REPLY_IS_THERE, "It is there", reply.delivery_id, there),
        button(
            Act.REPLY_AGAIN, "It is not: send again", reply.delivery_id, not_there,
            ask=ask_about(LOOK_FIRST, about_reply(reply), place),
        ),
    ]  # fmt: skip


def try_again(reply: ReplyView) -> Part:
    return button(Act.REPLY_AGAIN, "Try again", reply.delivery_id, "Try to send this reply again")


def change(reply: ReplyView, place: Place) -> list[Part]:
    """What the network lets people do to what went out."""
    pressed: list[Part] = []
    if reply.can_correct:
        pressed.append(button(Act.CORRECT, "Correct…", reply.delivery_id, "Correct the reply that was sent"))
    if reply.can_delete:
        spoken, ask = "Delete the reply that was sent", ask_about(DELETE, about_reply(reply), place)
        pressed.append(
            button(Act.DELETE_REPLY, "Delete the reply", reply.delivery_id, spoken, style="danger", ask=ask)
        )
    return pressed
