"""Whose act brought a post where it stands, for its card."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.domain.facts import FactKind
from bot.domain.posts import Status
from bot.domain.shown.post_screens import PostCard
from bot.slack.views.blocks import Block, lines, link, small, words
from bot.slack.views.text import Place, mention, permalink, spoken, when


def arrived(card: PostCard, place: Place) -> list[Block]:
    """Whose act brought it here, from where and why it stood there; and where people talked about it before."""
    drawn: list[Block] = []
    if _says_how_it_came(card) and (came := _came(card, place)):
        drawn.append(small(came))
    if card.before and not card.newer:
        drawn.append(
            lines([words("Before that: "), link(permalink(card.before, place), "earlier card and thread")])
        )
    if card.request and not card.newer:
        drawn.append(
            lines(
                [
                    words("Approval was asked for earlier: "),
                    link(permalink(card.request, place), "see the thread"),
                ]
            )
        )
    return drawn


def _says_how_it_came(card: PostCard) -> bool:
    """Of what was published, too, where it was not at the slot it had first."""
    came = card.arrival
    late = came is not None and (came.how is FactKind.POST_NOW or came.was is Status.MISSED)
    waits = card.status in (Status.SCHEDULED, Status.REVIEW, Status.APPROVED)
    return waits or (card.status is Status.PUBLISHED and late)


def _came(card: PostCard, place: Place) -> str:
    """ "Moved by @Maya today at 08:40 from today at 09:00, which it had missed: nobody decided"."""
    came = card.arrival
    if came is None or came.how not in (*_CAME, FactKind.POST_NOW):
        return ""
    by = f" by {mention(came.by)}" if came.by else ""
    if came.how is FactKind.MOVED and came.was is Status.HELD and _is_same_minute(came.slot, card.slot):
        return f"Taken off hold{by} {when(came.at, place)}"
    at_once = came.how is FactKind.POST_NOW
    did = (
        f"{mention(came.by) if came.by else 'Somebody'} pressed Post now"
        if at_once
        else f"{_CAME[came.how]}{by}"
    )
    led = "; its slot was" if at_once else " from"
    before = f"{led} {when(came.slot, place)}" if came.slot else ""
    was = _WAS.get(came.was, "") if came.was else ""
    why = f": {spoken(came.why)}" if was and came.why else ""
    return f"{did} {when(came.at, place)}{before}{was}{why}"


def _is_same_minute(one: datetime | None, other: datetime | None) -> bool:
    return one is not None and other is not None and abs(one - other) < timedelta(minutes=1)


_CAME = {
    FactKind.MOVED: "Moved",
    FactKind.BROUGHT_BACK: "Brought back",
}
_WAS = {
    Status.MISSED: ", which it had missed",
    Status.HELD: ", where it was on hold",
    Status.FAILED: ", where it was not published",
}
