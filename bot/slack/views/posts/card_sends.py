"""The states of a card from the first send on: being sent, published, failed, or nobody can tell."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from bot.domain.deliveries import State
from bot.domain.shown.post_screens import DeliveryView, PostCard
from bot.domain.shown.state_words import describe_places, is_whole
from bot.slack.ids import Act
from bot.slack.views.blocks import Block, actions, head, lines, link, moment, words
from bot.slack.views.posts import card_by_hand
from bot.slack.views.posts import card_parts as parts
from bot.slack.views.posts.card_buttons import there_or_not, try_again
from bot.slack.views.posts.card_look import CardLook
from bot.slack.views.text import (
    SECONDS,
    TIME,
    Place,
    cut,
    end,
    listing,
    mentions,
    one_line,
    spoken,
    token,
    when,
)

LOOK = (Act.PREVIEW, Act.HISTORY)
STOP = (Act.PREVIEW, Act.STOP_REST)  # not first: that is where [Approve] was a moment ago
HEAD_REASON = 200  # characters of a network's words in the first block


def sending(card: PostCard, place: Place) -> CardLook:
    """Being sent since …; or an outcome is unknown, and that comes first. What people post themselves comes after what
    Byhand sends."""
    if not card.by_hand:
        return _sending(card, place)
    ours = tuple(send for send in card.deliveries if not send.by_hand)
    if all(send.state.final for send in ours):
        return card_by_hand.in_hand(card, place)
    look = _sending(replace(card, deliveries=ours), place)
    bare = card.gate is not None
    return replace(look, notes=(*look.notes, *card_by_hand.notes(card, place)), copies=not bare, bare=bare)


def _sending(card: PostCard, place: Place) -> CardLook:
    asked = [send for send in card.deliveries if send.asks_a_person]
    looking = [send for send in card.deliveries if send.state is State.UNKNOWN and not send.asks_a_person]
    if asked or looking:
        return _unknown(card, place, asked, looking)
    since = min((send.begun_at for send in card.deliveries if send.begun_at), default=card.status_at)
    waits = _waits(card)
    stuck = parts.stuck(card.deliveries)
    if stuck and not any(send.state is State.SENDING for send in card.deliveries):
        text = f"Not sent yet on {spoken(_titles(stuck))}: it is tried again."
        first, how = head(f"Not sent yet on {_titles(stuck)}", place=place), "Tried again by itself"
    else:
        text = f"Being sent since {token(since, SECONDS, place)}: {spoken(parts.titles(card))}."
        first, how = _since(since, card, place), "On its way"
    return CardLook(
        text=text,
        head=first,
        about=(how, _approved(card, place)),
        notes=tuple(parts.sends(card.deliveries)) if stuck or len(card.deliveries) > 1 else (),
        buttons=STOP if waits else (),
        menu=(Act.HISTORY,) if waits else LOOK,
        last=_what_can_be_stopped(card, waits=waits),
    )


def _what_can_be_stopped(card: PostCard, *, waits: bool) -> str:
    if waits and card.gate:
        return f"{spoken(card.gate.sentence)}: what has not begun yet is not sent."
    return "What has not begun yet can still be stopped." if waits else "It cannot be stopped any more."


def _since(since: datetime, card: PostCard, place: Place) -> Block:
    return lines(
        [
            words("Being sent since ", bold=True),
            moment(since, place, SECONDS, bold=True),
            words(f": {parts.titles(card)}", bold=True),
        ]
    )


def _waits(card: PostCard) -> bool:
    return any(send.state in (State.READY, State.CLAIMED) for send in card.deliveries)


def _unknown(
    card: PostCard, place: Place, asked: list[DeliveryView], looking: list[DeliveryView]
) -> CardLook:
    """A person is asked only after Byhand has looked and could not tell; it never guesses."""
    yet = "" if asked else " yet"
    which = _titles(asked or looking)
    known = [send for send in card.deliveries if send not in asked]
    notes: list[Block] = []
    ends = [send.looks_until for send in looking if send.looks_until]
    until = f" until {when(max(ends), place)}" if ends else ""
    for send in asked[: parts.SENDS]:
        answers = there_or_not(card, send, place)
        both = bool(card.released) or _may_be_sent_again(card)
        notes += [_look_first(send), actions(*(answers if both else answers[:1]))]
    if asked:
        notes += parts.still_paused(card.gate, place, "nothing is sent again until it is resumed")
        notes += parts.locked_out(card)
    return CardLook(
        text=f"We cannot tell{yet} whether {spoken(which)} published this.{' Please look.' if asked else ''}",
        head=head(f"We cannot tell{yet} whether {which} published this", place=place),
        about=("Needs somebody to look" if asked else "Byhand is looking", _approved(card, place)),
        notes=(*notes, *parts.sends(known)),
        buttons=STOP if _waits(card) else (),
        menu=(Act.HISTORY,) if _waits(card) else LOOK,
        last="Until somebody looks, it is not sent again."
        if asked
        else f"Byhand looks every minute{until}; if it cannot find out, the approvers are asked here. "
        "Nothing is sent again meanwhile.",
        names_networks=True,
    )


def _look_first(send: DeliveryView) -> Block:
    """ "The connection broke after sending. Look first: Mastodon"."""
    reason = f"{end(one_line(send.reason, 300))} " if send.reason else ""
    title = cut(send.title, 60)
    return lines(
        [
            words(f"{title}: ", bold=True),
            words(f"{reason}Look first: "),
            link(send.profile_url, f"{title} profile"),
        ]
    )


def published(card: PostCard, place: Place) -> CardLook:
    """Published everywhere; or on some accounts only, or taken down from some since."""
    at = max((send.out_at for send in card.deliveries if send.out_at), default=card.status_at)
    if not is_whole(card.deliveries):
        return _partly(card, place, at)
    return CardLook(
        text=f"Published {token(at, TIME, place)}: {spoken(parts.titles(card))}.",
        head=head("Published ", at, f": {parts.titles(card)}", place=place),
        about=(
            _approved(card, place, "Approved"),
            _confirmed(card.deliveries),
            parts.authors(card),
        ),
        notes=tuple(parts.sends(card.deliveries)),
        menu=LOOK,
    )


def _partly(card: PostCard, place: Place, at: datetime) -> CardLook:
    what = cut(describe_places(card.deliveries) or "Published", 300)
    failed_on = any(send.state is not State.SENT for send in card.deliveries)
    return CardLook(
        text=end(spoken(what, 300)),
        head=head(what, place=place),
        about=(
            f"Published {when(at, place)}",
            parts.taken_down(card.deliveries, place),
            _approved(card, place),
            _confirmed(card.deliveries),
        ),
        notes=(
            *parts.sends([send for send in card.deliveries if send.state is State.SENT and not send.gone]),
            *_again(card, place),
        ),
        menu=LOOK,
        last=_silence(card) if failed_on else "",
    )


def _silence(card: PostCard) -> str:
    over = [send for send in card.deliveries if send.state in (State.REFUSED, State.DROPPED)]
    if all(send.by_hand for send in over):
        return "Nobody is asked to post it again by itself."
    return "It is not sent again by itself."


def failed(card: PostCard, place: Place) -> CardLook:
    """None was sent, at least one network refused."""
    refused = [send for send in card.deliveries if send.state is State.REFUSED]
    what = f"Not published: {_refusals(refused) or _reason(card.reason)}"
    return CardLook(
        text=end(spoken(what, 300)),
        head=head(what, place=place),
        about=(f"Failed {when(card.status_at, place)}", _approved(card, place)),
        notes=tuple(_again(card, place)),
        buttons=(Act.EDIT, Act.PICK_TIME),
        menu=LOOK,
        last=_silence(card),
        names_networks=True,
    )


def _refusals(refused: list[DeliveryView]) -> str:
    if len(refused) == 1:
        return _said(refused[0], HEAD_REASON)
    return f"{_titles(refused)} refused it" if refused else ""


def _again(card: PostCard, place: Place) -> list[Block]:
    """What did not go out, why, and the button that sends it again."""
    failed_on = [send for send in card.deliveries if send.state in (State.REFUSED, State.DROPPED)]
    alone = len(card.deliveries) == 1
    drawn: list[Block] = []
    for send in failed_on[: parts.SENDS]:
        title = cut(send.title, 60)
        if not (alone and send.state is State.REFUSED):  # else the first block has said it
            drawn.append(lines([words(end(_said(send, 300)))]))
        if _may_be_sent_again(card):
            text = "Try again" if alone else f"Try {cut(title, 40)} again"
            text = "Offer it again" if send.by_hand else text
            drawn.append(actions(try_again(card, send, text, place)))
    if len(failed_on) > parts.SENDS:
        drawn.append(lines([words(f"and {len(failed_on) - parts.SENDS} more")]))
    if failed_on and not card.released:
        drawn += parts.still_paused(card.gate, place, "nothing can be tried again")
        drawn += parts.locked_out(card)
    return drawn


def _may_be_sent_again(card: PostCard) -> bool:
    """That is an approval, too."""
    return card.gate is None and not card.nobody_may_approve and not card.released


def _said(send: DeliveryView, limit: int) -> str:
    """'Mastodon said "image too small"', or why it was not sent."""
    title = cut(send.title, 60)
    if send.state is State.REFUSED:
        return f'{title} said "{one_line(send.reason or "no reason", limit)}"'
    did = "posted" if send.by_hand else "sent"
    return f"Not {did} on {title}: {_reason(send.reason, limit)}"


def _reason(reason: str | None, limit: int = HEAD_REASON) -> str:
    return one_line(reason or "", limit) or "no reason was given"


def _titles(deliveries: Iterable[DeliveryView]) -> str:
    return cut(listing([send.title for send in deliveries]), parts.TITLES)


def _approved(card: PostCard, place: Place, word: str = "approved") -> str:
    if card.released:
        return parts.released_by(card, place, word)
    by = parts.approved_by(card, place)
    return f"{word} {by}" if by else ""


def _confirmed(deliveries: Iterable[DeliveryView]) -> str:
    """Who said of an unknown send that it is there, and of what people post themselves that it is up; not once it is
    taken down."""
    there = [send for send in deliveries if send.state is State.SENT and not send.gone]
    said, told = [send for send in there if send.resolved_by], []
    for by_hand, what in ((False, "looked and said it is there"), (True, "said that it is up")):
        people = [send.resolved_by or "" for send in said if send.by_hand is by_hand]
        told += [f"{mentions(people)} {what}"] if people else []
    return " · ".join(told)
