"""What customers wrote below a post: its card and the Reply dialog say which post that is, and whether it is there."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from bot.domain.kinds import CardType, LineType
from bot.domain.posts import Seen, Status
from bot.domain.shown.inbox_screens import PostLink, ReplyForm
from bot.sandbox.networks.server import Fault
from bot.services.deliveries import take_down
from bot.services.pause import pause
from bot.services.queries import conversations as conversation_queries
from bot.services.queries import inbox as inbox_queries
from bot.services.queries import piles as pile_queries
from bot.store.inbox import piles as pile_store
from bot.store.inbox.piles import Spike
from bot.store.slack import cards as card_store
from bot.store.tables.slack import cards
from tests.backend import MAYA, TOM, key
from tests.inbox_backend import InboxBackend


def published(backend: InboxBackend) -> tuple[Seen, str]:
    """A post, and its id on the network."""
    seen = backend.approved()
    backend.to_slot(seen)
    return seen, str(backend.network.timeline()[-1]["id"])


def form(backend: InboxBackend) -> ReplyForm:
    return backend.services.look(conversation_queries.load_reply_form, MAYA, backend.conversation.id)


def about(backend: InboxBackend) -> PostLink:
    link = backend.card().post
    assert isinstance(link, PostLink)
    return link


def wanted(backend: InboxBackend, *subjects: str) -> list[int]:
    query = select(cards.c.wanted).where(cards.c.subject.in_(subjects)).order_by(cards.c.id)
    return list(backend.store.read(lambda db: db.execute(query).scalars().all()))


def test_a_comment_that_came_while_nobody_knew_is_about_the_post_once_it_is_found(
    inbox_backend: InboxBackend,
) -> None:
    """Seen: it never got its "About post 3"; the pile, the suggested pause and the post's card did not either."""
    inbox_backend.network.faults.order(Fault.LOST_ANSWER)
    seen, root = published(inbox_backend)
    assert inbox_backend.status(seen) is Status.PUBLISHING
    for number in range(8):
        inbox_backend.writes(f"Broken loaf {number}", name=f"Guest {number}", reply_to=root)
    own = inbox_backend.conversations()
    assert {one.post_id for one in own} == {None}
    spike = Spike("s1", own[0].account, own[0].thread, None, 5, inbox_backend.clock.now(), None, None)
    inbox_backend.store.write(lambda db: pile_store.add_spike(db, spike))
    pile = str(own[-1].pile_id)
    before = wanted(inbox_backend, own[0].id, pile)
    inbox_backend.push(minutes=3)
    assert inbox_backend.status(seen) is Status.PUBLISHED
    assert {one.post_id for one in inbox_backend.conversations()} == {seen.post_id}
    assert wanted(inbox_backend, own[0].id, pile) > before
    look = inbox_backend.services.look
    shown = look(conversation_queries.load_conversation_card, own[0].id)
    piled, suggested = look(pile_queries.load_pile_card, pile), look(inbox_queries.load_spike_card, "s1")
    found = [one.post.number for one in (shown, piled, suggested) if one and one.post]
    assert found == [inbox_backend.post(seen).number] * 3
    told = look(inbox_queries.load_post_conversations, seen.post_id)
    assert told is not None
    assert told.open == 8
    lines = look(
        lambda work: card_store.list_said(work.db, CardType.POST, seen.post_id, LineType.PEOPLE_ANSWER)
    )
    assert [line["conversation"] for line in lines] == [own[0].id], "the post's thread says so, once"


def test_what_was_taken_down_says_so_wherever_an_answer_begins(inbox_backend: InboxBackend) -> None:
    """Seen: "as published", on a customer's card below a post that was gone, and no word in the dialog."""
    seen, root = published(inbox_backend)
    inbox_backend.writes(reply_to=root)
    assert about(inbox_backend).gone_at is None
    before = wanted(inbox_backend, inbox_backend.conversation.id)
    inbox_backend.services.do(take_down.take_down, TOM, inbox_backend.delivery_id(seen), key())
    inbox_backend.run()
    assert about(inbox_backend).gone_at == inbox_backend.clock.now()
    assert wanted(inbox_backend, inbox_backend.conversation.id) > before
    for shown in (form(inbox_backend), inbox_backend.drafted()):
        assert shown.post == about(inbox_backend)


def test_what_somebody_deleted_by_hand_is_gone_too(inbox_backend: InboxBackend) -> None:
    seen, root = published(inbox_backend)
    inbox_backend.writes(reply_to=root)
    before = wanted(inbox_backend, inbox_backend.conversation.id)
    paused = inbox_backend.services.do_first(pause.pause, MAYA, "all", "", key())
    which: Any = inbox_backend.delivery_id(seen)
    inbox_backend.services.do(pause.mark_deleted_by_hand, MAYA, paused.pause_id, which, key())
    assert about(inbox_backend).gone_at == inbox_backend.clock.now()
    assert wanted(inbox_backend, inbox_backend.conversation.id) > before
