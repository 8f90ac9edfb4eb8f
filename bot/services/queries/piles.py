"""The screens of a pile: its card, its list, and what is asked before several of it are closed.

How many wait, how many of them nobody has, and which may be closed at once is decided here, for the card, for [Next for
me] and for closing alike. Never writes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from bot.domain.conversations import Conversation, Stage
from bot.domain.kinds import PileType
from bot.domain.people import Person
from bot.domain.ranking import is_only_emoji
from bot.domain.shown.inbox_screens import PileCard, PileClosing, PileList, WordsView
from bot.services.inbox import lifecycle
from bot.services.queries.conversations import find_replies_shut, load_line_words
from bot.services.queries.inbox import LISTED, find_last_words, list_rows, who_first
from bot.services.queries.post_links import load_post_link
from bot.services.unit_of_work import UnitOfWork
from bot.store.inbox import conversations, messages, piles
from bot.store.inbox.piles import Pile

LOOKED_THROUGH = 50  # conversations whose words may all be gone
CLOSED_AT_ONCE = 200  # as many as a dialog can carry
QUOTED = 5


def list_free(work: UnitOfWork, pile_id: str) -> list[Conversation]:
    """Those who wait and nobody has, the one to be taken next first."""
    found = conversations.list_in_pile(work.db, pile_id, only_open=True)
    return sorted((one for one in found if one.is_free), key=who_first)


def list_closable(work: UnitOfWork, pile: Pile) -> list[Conversation]:
    """Those of them that may be closed at once, the oldest first: of near-identical words all, else only what is
    nothing but emoji."""
    found = sorted(list_free(work, pile.id), key=lambda one: one.number)
    return found if pile.kind is PileType.SAME else _list_only_emoji(work, found)


def load_pile_card(work: UnitOfWork, pile_id: str) -> PileCard | None:
    pile = piles.load(work.db, pile_id)
    if pile is None:
        return None
    members = conversations.list_in_pile(work.db, pile_id)
    waiting = [conversation for conversation in members if conversation.stage is Stage.OPEN]
    owned = Counter(conversation.owner for conversation in waiting if conversation.owner)
    about = load_post_link(work, pile.post_id, pile.account, pile.key if pile.kind is PileType.POST else None)
    newest = _find_newest(work, members)
    return PileCard(
        pile_id=pile.id,
        kind=pile.kind,
        post=about,
        title=work.policy.title_of(pile.account),
        about=about.text if about else _shared_words(work, members),
        people=len({conversation.customer for conversation in members}),
        waiting=len(waiting),
        only_emoji=len(_list_only_emoji(work, [one for one in waiting if one.is_free])),
        owned=tuple(owned.most_common()),
        closed=sum(conversation.stage is Stage.DONE for conversation in members),
        answered=sum(conversation.stage is Stage.ANSWERED for conversation in members),
        newest=newest[1] if newest else None,
        newest_by=lifecycle.load_customer_name(work, newest[0]) if newest else "",
        replies_stopped=find_replies_shut(work, pile.account),
    )


def _find_newest(work: UnitOfWork, members: Sequence[Conversation]) -> tuple[Conversation, WordsView] | None:
    """What a customer wrote last that is still there."""
    public = (one for one in members if not one.private and one.erased_at is None)
    for conversation in sorted(public, key=_last, reverse=True)[:LOOKED_THROUGH]:
        last = messages.find_last_of_customer(work.db, conversation.id)
        said = load_line_words(work, last.id) if last else None
        if said is not None:
            return conversation, said
    return None


def _last(conversation: Conversation) -> tuple[object, int]:
    return conversation.last_at, conversation.number


def _shared_words(work: UnitOfWork, members: Sequence[Conversation]) -> str:
    """Of near-identical texts, the newest that is still there."""
    return next(
        (text for conversation in reversed(members) if (text := find_last_words(work, conversation))), ""
    )


def _list_only_emoji(work: UnitOfWork, found: Sequence[Conversation]) -> list[Conversation]:
    """Those whose customers wrote nothing but emoji."""
    said = messages.load_words_of_customers(work.db, [conversation.id for conversation in found])
    return [
        conversation
        for conversation in found
        if (theirs := said.get(conversation.id))
        and all(is_only_emoji(one.text) and not one.attachments for one in theirs)
    ]


def list_pile(work: UnitOfWork, pile_id: str) -> PileList:
    """Those of a pile who wait; what to look at first before all."""
    found = conversations.list_in_pile(work.db, pile_id, only_open=True)
    found.sort(key=who_first)
    return PileList(list_rows(work, found[:LISTED]), len(found))


def load_pile_closing(work: UnitOfWork, person: Person, pile_id: str) -> PileClosing | None:
    """Which would be closed, for those who may read them; None: there is no such pile."""
    lifecycle.check_team(person)
    pile, card = piles.load(work.db, pile_id), load_pile_card(work, pile_id)
    if pile is None or card is None:
        return None
    found = list_closable(work, pile)[:CLOSED_AT_ONCE]
    for conversation in found:
        lifecycle.check_access(person, conversation)
    newest = sorted(found, key=_last, reverse=True)[:QUOTED]
    return PileClosing(card, tuple((one.number, one.seq) for one in found), list_rows(work, newest))
