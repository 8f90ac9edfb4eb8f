"""What is out on the networks, and taking it down: lines and buttons that a pause's banner and a post's card share.

[Take down] covers several sends at once where a post is out on several accounts: on the day it is needed, one click
must do. Next to it is one button per account, for those who want only one.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Protocol

from bot.domain.deliveries import State
from bot.domain.shown.post_screens import DeliveryView, OutView, TakeDownView
from bot.slack import ids
from bot.slack.views.blocks import Ask, Block, Part, Room, actions, button, lines, link, moment, small, words
from bot.slack.views.text import Place, count, cut, listing, mention, one_line, spoken, when

UNDER_WAY = (State.READY, State.CLAIMED, State.SENDING)
ACCOUNTS = 5  # of one post with words and a button of their own
REASON = 200  # characters of a network's words
ROOMY = 6  # rows of a list; where less fits, each post has one [Take down] and no button for each account

_WENT = {  # what became of a send that was under way
    State.SENT: "",
    State.SENDING: "is being sent",
    State.UNKNOWN: "nobody knows yet whether it went out",
    State.REFUSED: "refused it",
    State.DROPPED: "not sent",
    State.READY: "not sent",
    State.CLAIMED: "not sent",
}


class Taken(Protocol):
    """What a banner and a card both know of one send."""

    @property
    def title(self) -> str: ...
    @property
    def state(self) -> State: ...
    @property
    def can_delete(self) -> bool: ...
    @property
    def take_down(self) -> TakeDownView | None: ...


# --- one send ----------------------------------------------------------------------------------------


def is_out(send: Taken) -> bool:
    """Published, and as far as we know still there."""
    return send.state is State.SENT and not (send.take_down and send.take_down.state is State.SENT)


def can_take_down(send: Taken) -> bool:
    """Whether [Take down] is of use: it is out, its network can delete, and no take-down is under way."""
    busy = send.take_down is not None and send.take_down.state in UNDER_WAY
    return is_out(send) and send.can_delete and not busy


def how_it_goes(asked: TakeDownView | None) -> str:
    """What became of taking it down, in literal words; "" if nobody asked, or it is gone (see `gone`)."""
    if asked is None or asked.state is State.SENT:
        return ""
    reason = one_line(asked.reason or "", REASON)
    if asked.state in UNDER_WAY:
        return f"being taken down ({reason})" if reason else "being taken down"
    if asked.state is State.REFUSED:
        return f'could not be taken down: "{reason or "no reason was given"}"'
    return (
        f"nobody knows whether it is gone: please look ({reason})" if reason else "please look if it is gone"
    )


def gone(title: str, asked: TakeDownView | None, place: Place) -> str:
    """mrkdwn: "Taken down from Mastodon by @Tom today at 12:20"; "" if it is not."""
    if asked is None or asked.state is not State.SENT:
        return ""
    by = f" by {mention(asked.by)}" if asked.by else ""
    at = f" {when(asked.at, place)}" if asked.at else ""
    return f"Taken down from {spoken(title, 60)}{by}{at}"


# --- buttons -----------------------------------------------------------------------------------------


def take_down_buttons(
    number: int, sends: Sequence[tuple[str, str]], *, singly: bool = True, loud: bool = True
) -> list[Part]:
    """[Take down], and where there are several accounts one for each (`singly`). `sends`: (delivery id, title). `loud`:
    the first is red, as in a pause; on a card without trouble it is not what people look for."""
    if not sends:
        return []
    everywhere = listing([cut(title, 40) for _, title in sends[:ACCOUNTS]])
    every = ids.format_several([send for send, _ in sends])
    first = _take_down("Take down", every, number, everywhere, ids.Act.TAKE_DOWN.value)
    pressed = [{**first, "style": "danger"} if loud else first]
    if len(sends) > 1 and singly:
        for nth, (send, title) in enumerate(sends[:ACCOUNTS], 1):
            short = cut(title, 40)
            pressed.append(
                _take_down(f"From {short} only", send, number, short, f"{ids.Act.TAKE_DOWN}:{nth}")
            )
    return pressed


def _take_down(text: str, value: str, number: int, where: str, action_id: str) -> Part:
    ask = Ask(
        "Take it down?",
        f"Post {number} is deleted from {cut(where, 200)}. Nobody can bring it back there.",
        "Take it down",
        "Leave it",
    )
    spoken_words = f"Take post {number} down from {where}"
    pressed = button(ids.Act.TAKE_DOWN, text, value, spoken_words, ask=ask)
    return {**pressed, "action_id": action_id}


def card_buttons(number: int, deliveries: Sequence[DeliveryView]) -> list[Block]:
    """For a post's card."""
    pressed = take_down_buttons(
        number, [(send.id, send.title) for send in deliveries if can_take_down(send)], loud=False
    )
    return [actions(*pressed)] if pressed else []


# --- lists of the banner -----------------------------------------------------------------------------


def entries(
    out: Sequence[OutView],
    room: Room,
    place: Place,
    *,
    more: int = 0,
    pause_id: str | None = None,
    outcomes: bool = False,
) -> list[Block]:
    """Post by post: when, its first words, each account with a link and what became of it, and the buttons.

    `more`: sends beyond these. `pause_id` None: nothing to press. `outcomes`: say also that one went out.
    """
    by_post = [list(group) for _, group in groupby(out, key=lambda one: one.number)]
    drawn: list[Block] = []
    for group in by_post[: room.rows]:
        drawn += _entry(group, room, place, pause_id, outcomes=outcomes)
    left = sum(len(group) for group in by_post[room.rows :]) + more
    if left:
        drawn.append(lines([words(f"… and {left} more: see each card")]))
    return drawn


def _entry(
    group: Sequence[OutView], room: Room, place: Place, pause_id: str | None, *, outcomes: bool
) -> list[Block]:
    first = group[0]
    row: list[Part] = [moment(first.at, place), words(f" “{cut(first.text, 80)}” (post {first.number}): ")]
    for nth, one in enumerate(group[:ACCOUNTS]):
        row += [words(", ")] if nth else []
        row += _where(one, "went out" if outcomes and one.state is State.SENT else _WENT[one.state])
    if len(group) > ACCOUNTS:
        row.append(words(f" and {count(len(group) - ACCOUNTS, 'more account')}"))
    drawn = [lines(row)]
    people = [_who(one, place) for one in group[:ACCOUNTS]]
    if any(people):
        drawn.append(small(*people))
    pressed = _pressed(group, pause_id, singly=room.rows >= ROOMY) if pause_id else []
    return [*drawn, actions(*pressed)] if pressed else drawn


def _where(one: OutView, went: str) -> list[Part]:
    """The account, with the link where it is out, and how it stands."""
    title = cut(one.title, 60)
    shown = link(one.url or one.profile_url, title) if is_out(one) and not one.deleted_by else words(title)
    how = [went, how_it_goes(one.take_down) if not one.deleted_by else ""]
    if is_out(one) and not one.can_delete and not one.deleted_by:
        how.append("open it and delete it there")
    if one.take_down and one.take_down.state is State.SENT:
        how.append("taken down")
    told = ", ".join(filter(None, how))
    return [shown, words(f" ({told})")] if told else [shown]


def _who(one: OutView, place: Place) -> str:
    if one.deleted_by:
        return f"{spoken(one.title, 60)}: deleted by hand, says {mention(one.deleted_by)}"
    return gone(one.title, one.take_down, place)


def _pressed(group: Sequence[OutView], pause_id: str, *, singly: bool) -> list[Part]:
    there = [one for one in group if not one.deleted_by]
    number = group[0].number
    takeable = [(one.delivery_id, one.title) for one in there if can_take_down(one)]
    pressed = take_down_buttons(number, takeable, singly=singly)
    by_hand = [one for one in there if is_out(one) and not one.can_delete][:ACCOUNTS]
    for nth, one in enumerate(by_hand):
        title = cut(one.title, 40)
        text = "I deleted it" if len(by_hand) == 1 else f"I deleted it on {title}"
        value = ids.format_pause(pause_id, one.delivery_id)
        ask = Ask(  # once one is deleted, the next one's button moves up to its place
            "Is it deleted there?",
            f"You deleted post {number} on {title} yourself.",
            "I deleted it",
            "Not yet",
        )
        deleted = button(ids.Act.I_DELETED_IT, text, value, f"I deleted post {number} on {title}", ask=ask)
        pressed.append(
            {**deleted, "action_id": f"{ids.Act.I_DELETED_IT}:{nth}" if nth else deleted["action_id"]}
        )
    return pressed
