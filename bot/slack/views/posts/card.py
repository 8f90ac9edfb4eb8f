"""The card of a post: the one Slack message that shows it, drawn whole in whatever state it is in.

`draw_post_card` puts the look of the state (`card_states.py`, `card_sends.py`) around what all of them show: the
texts, the images, the objections, the label.
"""

from __future__ import annotations

from dataclasses import replace

from bot.domain.posts import MOVES, Status, Verb
from bot.domain.preflight.conversions import suggest
from bot.domain.preflight.objections import asks_to_look
from bot.domain.shown.post_screens import PostCard
from bot.slack.ids import Act
from bot.slack.views.blocks import TEXT, Block, Message, Room, actions, fit, lines, link, said, small, words
from bot.slack.views.inbox.lists import post_conversations_line
from bot.slack.views.pause.sent import card_buttons
from bot.slack.views.posts import card_by_hand, card_sends, card_states
from bot.slack.views.posts.card_arrival import arrived
from bot.slack.views.posts.card_buttons import convert, more, press, without
from bot.slack.views.posts.card_look import CardLook, Draw
from bot.slack.views.posts.card_parts import (
    approved_by,
    body,
    complaints,
    extras,
    lengths,
    objections,
    waivers,
)
from bot.slack.views.text import NOWHERE, Place, cut, permalink

LOOKS: dict[Status, Draw] = {
    Status.DRAFT: card_states.draft,
    Status.SCHEDULED: card_states.moved,
    Status.REVIEW: card_states.waiting,
    Status.APPROVED: card_states.approved,
    Status.HELD: card_states.held,
    Status.MISSED: card_states.missed,
    Status.PUBLISHING: card_sends.sending,
    Status.PUBLISHED: card_sends.published,
    Status.FAILED: card_sends.failed,
    Status.KILLED: card_states.killed,
}
PAUSABLE = (Status.REVIEW, Status.APPROVED)
JUDGED = (
    Status.DRAFT,
    Status.SCHEDULED,
    Status.REVIEW,
    Status.HELD,
    Status.MISSED,
)  # objections still matter


def draw_post_card(card: PostCard, place: Place = NOWHERE) -> Message:
    """The message of this card. Never beyond Slack's limits, whatever is in it."""
    if card.newer:
        return _old(permalink(card.newer, place), arrived(card, place))
    if card.drill_over:
        return card_states.drill_over(card)
    look = _choose_look(card, place)
    return Message(cut(look.text, TEXT), fit(lambda room: _blocks(card, look, room, place)))


def _choose_look(card: PostCard, place: Place) -> CardLook:
    if card.gate and card.status in PAUSABLE:
        whole = card.gate.account is not None and len(card.accounts) > 1
        draw = card_states.waits_whole if whole else card_states.paused
        return replace(draw(card, card.gate, place), bare=bool(card.by_hand))
    if card.by_hand and card.status in PAUSABLE:
        return card_by_hand.your_turn(card, place)
    return LOOKS[card.status](card, place)


def _blocks(card: PostCard, look: CardLook, room: Room, place: Place) -> list[Block]:
    drawn = [
        look.head,
        small(*look.about, f"post {card.number}"),
        *(_undo(card, place) if Act.UNDO in look.buttons else []),
        *arrived(card, place),
        *complaints(card.complaints, place),
        *look.notes,
        *_body(card, look, room),
    ]
    judged = card.status in JUDGED
    against = [each for each in card.objections if judged or asks_to_look((each,))]
    drawn += [
        *(lengths(card, room) if judged else []),
        *objections([each for each in against if each not in look.told], room),
        *([small(suggest(card.conversions)), actions(convert(card, place))] if card.conversions else []),
    ]
    drawn += [
        *waivers(card),
        *extras(card),
        *(post_conversations_line(card.conversations, place) if card.conversations else []),
    ]
    pressed = card_buttons(card, place) if (card.status, Verb.TAKE_DOWN) in MOVES else []
    pressed += [press(act, card, place) for act in look.buttons if act is not Act.UNDO]
    pressed += [without(card, *look.without, place)] if look.without else []
    if look.menu:
        pressed.append(more(card, *look.menu))
    last = [said(look.last)] if look.last else []
    return [*drawn, *([actions(*pressed)] if pressed else []), *last]


def _body(card: PostCard, look: CardLook, room: Room) -> list[Block]:
    if look.bare:
        return []
    return card_by_hand.copies(card, room) if look.copies else body(card, room, named=look.names_networks)


def _undo(card: PostCard, place: Place) -> list[Block]:
    """[Undo] stands beside what it undoes, and not among the buttons that are about the post."""
    what = "Words approved" if card.asks_go else "Approved"
    approved = said(f"{what} {approved_by(card, place)}".rstrip())
    return [{**approved, "accessory": press(Act.UNDO, card, place)}]


def _old(url: str, why: list[Block]) -> Message:
    text = "This post has a newer card."
    shown = lines([words("This post has a newer card: ", bold=True), link(url, "open the newer card")])
    return Message(text, [shown, *why])
