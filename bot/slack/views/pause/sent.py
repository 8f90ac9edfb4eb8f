"""What is out on the networks, and taking it down: lines and buttons that a pause's banner and a post's card share.

On a banner [Take down] covers several sends at once where a post is out on several accounts: on the day it is needed,
one click must do. Next to it is one button per account, for those who want only one. A card's opens a dialog that asks
from where.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from bot.domain.deliveries import State
from bot.domain.quoting.first_words import name_post_by_words
from bot.domain.shown.post_screens import DeliveryView, OutView, PostCard, TakeDownView
from bot.slack import ids
from bot.slack.values.banner import format_pause
from bot.slack.views.blocks import Ask, Part, button, link, moment, person, words
from bot.slack.views.posts.about import about_out, about_send
from bot.slack.views.quotes import About, ask_about, first_words
from bot.slack.views.text import Place, count, cut, listing, mention, one_line, spoken, when

UNDER_WAY = (State.READY, State.CLAIMED, State.SENDING)
ACCOUNTS = 5  # of one post with words and a button of their own
REASON = 200  # characters of a network's words
SINGLY = 3  # accounts of one post that have a button each

_WENT = {  # what became of a send that was under way
    State.SENT: "",
    State.SENDING: "is being sent",
    State.UNKNOWN: "nobody knows yet whether it went out",
    State.REFUSED: "refused it",
    State.DROPPED: "not sent",
    State.READY: "not sent",
    State.CLAIMED: "not sent",
}

_BY_HAND = {  # the same of what somebody was posting by hand: before and after who that is
    State.SENT: ("", " posted it"),
    State.SENDING: ("", " is posting it by hand and has been asked to stop"),
    State.UNKNOWN: ("nobody knows yet whether ", " posted it"),
    State.DROPPED: ("", " did not post it"),
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
    """mrkdwn: "taken down from Mastodon by @Tom today at 12:20"; "" if it is not. `title`: "" where it was named."""
    if asked is None or asked.state is not State.SENT:
        return ""
    by = f" by {mention(asked.by)}" if asked.by else ""
    at = f" {when(asked.at, place)}" if asked.at else ""
    return f"taken down{f' from {spoken(title, 60)}' if title else ''}{by}{at}"


# --- buttons -----------------------------------------------------------------------------------------


TAKE_DOWN = Ask(
    "Take it down?",
    "It will be deleted there for good.",
    "Take it down",
    "Leave it",
    danger=True,
)
IN_A_DRILL = "On the day it is deleted for good. In this drill nothing real is deleted."
DELETED = Ask("Is it deleted there?", "You deleted it there yourself.", "I deleted it", "Not yet")


def take_down_buttons(
    sends: Sequence[tuple[str, About]], place: Place, *, singly: bool = True, loud: bool = True,
    of_several: bool = False,
) -> list[Part]:  # fmt: skip
    """[Take down], and where there are several accounts one for each (`singly`). `sends`: (delivery id, what it is on
    its one account). `loud`: the first is red, as in a pause; on a card without trouble it is not what people look for.
    `of_several`: the post has further accounts, so that the last one is named."""
    if not sends:
        return []
    everywhere = replace(sends[0][1], accounts=tuple(each for _, about in sends for each in about.accounts))
    every = ids.format_several([send for send, _ in sends])
    last = (
        f"Take down from {cut(sends[0][1].accounts[0], 40)}"
        if of_several and len(sends) == 1
        else "Take down"
    )
    first = _take_down(last, every, everywhere, ids.Act.TAKE_DOWN.value, place)
    pressed = [{**first, "style": "danger"} if loud else first]
    if len(sends) > 1 and singly:
        for nth, (send, about) in enumerate(sends[:ACCOUNTS], 1):
            text = f"Take down from {cut(about.accounts[0], 40)} only"
            pressed.append(_take_down(text, send, about, f"{ids.Act.TAKE_DOWN}:{nth}", place))
    return pressed


def _take_down(text: str, value: str, about: About, action_id: str, place: Place) -> Part:
    spoken_words = f"Take {about.name} down from {listing([cut(title, 40) for title in about.accounts])}"
    asked = replace(TAKE_DOWN, text=IN_A_DRILL) if about.of_drill else TAKE_DOWN
    ask = ask_about(asked, about, place)
    pressed = button(ids.Act.TAKE_DOWN, text, value, spoken_words, ask=ask)
    return {**pressed, "action_id": action_id}


def card_buttons(card: PostCard, place: Place) -> list[Part]:
    """For a post's card: where it is out on several accounts, a dialog asks from which; where only a person can delete
    it, it says where it is."""
    there, left = list_there(card), list_left_to_people(card)
    if len(there) + len(left) > 1 or left:
        alone = len(there) + len(left) == 1
        where = f" from {cut(left[0].title, 40)}" if alone and len(card.deliveries) > 1 else ""
        spoken_words = f"Take post {card.number} down" + (where if alone else ": choose from where")
        return [button(ids.Act.CHOOSE_DOWN, f"Take down{where}", str(card.seen), spoken_words)]
    sends = [(send.id, about_send(card, send)) for send in there]
    return take_down_buttons(sends, place, loud=False, of_several=len(card.deliveries) > 1)


def list_there(card: PostCard) -> list[DeliveryView]:
    """What of it can be taken down."""
    return [send for send in card.deliveries if can_take_down(send)]


def list_left_to_people(card: PostCard) -> list[DeliveryView]:
    """What of it is out where Byhand cannot delete."""
    return [send for send in card.deliveries if is_out(send) and send.left_to_people]


# --- one post of a list ------------------------------------------------------------------------------


def group_by_post(out: Sequence[OutView]) -> list[list[OutView]]:
    """The sends of each post together, in the order of their first ones; of one post as it names its accounts."""
    groups: dict[int, list[OutView]] = {}
    for one in out:
        groups.setdefault(one.number, []).append(one)
    return [sorted(group, key=lambda one: one.place) for group in groups.values()]


def post_row(
    group: Sequence[OutView],
    place: Place,
    *,
    outcomes: bool = False,
    most: int = ACCOUNTS,
    ask: str = "open it and delete it there",
) -> list[Part]:
    """When, its first words, each account with a link and what became of it. `outcomes`: say also that it went out.
    `most`: of its accounts. `ask`: what is said of what only a person can delete; "" where nobody is asked any more."""
    first, most = group[0], min(most, ACCOUNTS)
    at = max(one.at for one in group)  # as its card says
    which = f"{'statement, ' if first.statement else ''}post {first.number}"
    row: list[Part] = [moment(at, place), words(f" {first_words(first.text)} ({which}): ")]
    for nth, one in enumerate(group[:most]):
        row += [words(", ")] if nth else []
        row += _where(one, place, _went(one, outcomes=outcomes), ask)
    if len(group) > most:
        row.append(words(f" and {count(len(group) - most, 'more account')}"))
    return row


def _went(one: OutView, *, outcomes: bool) -> list[Part]:
    """What became of the send: "went out", "@Tom posted it"."""
    if one.holder and outcomes and one.state in _BY_HAND:
        before, after = _BY_HAND[one.state]
        return (
            [words(before), person(one.holder), words(after)]
            if before
            else [person(one.holder), words(after)]
        )
    told = "went out" if outcomes and one.state is State.SENT else _WENT[one.state]
    return [words(told)] if told else []


def _where(one: OutView, place: Place, went: list[Part], ask: str) -> list[Part]:
    """The account, with the link where it is out, and how it stands: "Mastodon (taken down by @Tom today at 12:20)"."""
    title = cut(one.title, 60)
    shown = link(one.url or one.profile_url, title) if is_out(one) and not one.deleted_by else words(title)
    if one.deleted_by:
        return [shown, words(" (deleted by hand, says "), person(one.deleted_by), words(")")]
    told = [went] if went else []
    told += [[words(how)]] if (how := how_it_goes(one.take_down)) else []
    if ask and is_out(one) and not one.can_delete:
        told.append([words(ask)])
    if one.take_down is not None and one.take_down.state is State.SENT:
        by = (
            [words("taken down by "), person(one.take_down.by)] if one.take_down.by else [words("taken down")]
        )
        at = [words(" "), moment(one.take_down.at, place)] if one.take_down.at else []
        told.append([*by, *at])
    row: list[Part] = []
    for nth, each in enumerate(told):
        row += [words(", " if nth else " ("), *each]
    return [shown, *_join([*row, *([words(")")] if row else [])])]


def _join(row: Sequence[Part]) -> list[Part]:
    """Plain words beside each other are one piece."""
    joined: list[Part] = []
    for part in row:
        if joined and joined[-1].keys() == part.keys() == words("").keys():
            joined[-1] = words(joined[-1]["text"] + part["text"])
        else:
            joined.append(part)
    return joined


def list_takeable(group: Sequence[OutView]) -> list[OutView]:
    """What can be taken down."""
    return [one for one in group if not one.deleted_by and can_take_down(one)]


def post_buttons(group: Sequence[OutView], pause_id: str, place: Place) -> list[Part]:
    """[Take down], and one for each of a few accounts; [I deleted it] where a network has no delete."""
    takeable = [(one.delivery_id, about_out(one)) for one in list_takeable(group)]
    pressed = take_down_buttons(takeable, place, singly=len(takeable) <= SINGLY, of_several=len(group) > 1)
    return [*pressed, *by_hand_buttons(group, pause_id, place)]


def by_hand_buttons(group: Sequence[OutView], pause_id: str, place: Place) -> list[Part]:
    """[I deleted it], for each account of this post whose network has no delete."""
    by_hand = [one for one in group if not one.deleted_by and is_out(one) and not one.can_delete][:ACCOUNTS]
    pressed, name = [], name_post_by_words(group[0].text, group[0].number)
    for nth, one in enumerate(by_hand):
        title = cut(one.title, 40)
        text = "I deleted it" if len(by_hand) == 1 else f"I deleted it on {title}"
        value = format_pause(pause_id, one.delivery_id)
        ask = ask_about(
            DELETED, about_out(one), place
        )  # once it is, the next one's button moves up to its place
        deleted = button(ids.Act.I_DELETED_IT, text, value, f"I deleted it on {title}: {name}", ask=ask)
        named = f"{ids.Act.I_DELETED_IT}:{nth}" if nth else deleted["action_id"]
        pressed.append({**deleted, "action_id": named})
    return pressed
