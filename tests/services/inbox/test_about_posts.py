"""What customers wrote below a post: its card and the Reply dialog say which post that is, and whether it is there."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.domain.kinds import CardType, LineType
from bot.domain.posts import Seen, Status
from bot.domain.shown.inbox_screens import PostLink, ReplyForm
from bot.networks.receiving import NOTICES, Inbound, as_receiving
from bot.sandbox.networks.server import Fault
from bot.services.deliveries import comments, post_twins, take_down
from bot.services.inbox import relay
from bot.services.pause import deleted, pause
from bot.services.queries import conversations as conversation_queries
from bot.services.queries import inbox as inbox_queries
from bot.services.queries import piles as pile_queries
from bot.services.unit_of_work import UnitOfWork
from bot.store import deliveries
from bot.store.inbox import about_posts
from bot.store.inbox import piles as pile_store
from bot.store.inbox.piles import Spike
from bot.store.posts import posts
from bot.store.slack import cards as card_store
from bot.store.tables.core import attempts
from bot.store.tables.inbox import conversations
from bot.store.tables.slack import cards
from bot.workers.visit import Visitor
from tests.backend import MAYA, TOM, key
from tests.inbox_backend import InboxBackend


def published(backend: InboxBackend) -> tuple[Seen, str]:
    """A post, and its id on the network."""
    seen = backend.approved()
    backend.to_slot(seen)
    return seen, str(backend.network.timeline()[-1]["id"])


def visit(backend: InboxBackend) -> None:
    half = as_receiving(backend.accounts["bakery"])
    assert half is not None
    assert Visitor(backend.services, "bakery", NOTICES, lambda: False).ask(half).trouble is None


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
    visit(inbox_backend)
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
    inbox_backend.services.do(deleted.mark_deleted_by_hand, MAYA, paused.pause_id, which, key())
    assert about(inbox_backend).gone_at == inbox_backend.clock.now()
    assert wanted(inbox_backend, inbox_backend.conversation.id) > before


def test_who_wrote_while_the_id_was_written_down_is_found_at_the_next_visit(
    postgres_inbox_backend: InboxBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither transaction sees the other: the comment stayed without its post for ever."""
    backend, asked, go = postgres_inbox_backend, threading.Event(), threading.Event()
    backend.network.faults.order(Fault.LOST_ANSWER)
    seen, root = published(backend)
    backend.network.customer_writes("Lena K.", "Broken loaf", to="bakery", reply_to=root)
    real = relay.Intake.post_of

    def slow(self: relay.Intake, inbound: Inbound) -> str | None:
        found = real(self, inbound)
        asked.set()
        go.wait(20)
        return found

    monkeypatch.setattr(relay.Intake, "post_of", slow)
    poll = threading.Thread(target=backend.poll)
    poll.start()
    assert asked.wait(20)
    backend.push(minutes=3)
    go.set()
    poll.join(20)
    assert backend.conversation.post_id is None
    visit(backend)
    assert backend.conversation.post_id == seen.post_id


def test_a_pause_does_not_wait_for_comments_that_are_being_stored(
    postgres_inbox_backend: InboxBackend,
) -> None:
    """Seen: NOT paused. The outcome of a post, which holds the gate, waited for its comments' rows."""
    backend, held, done = postgres_inbox_backend, threading.Event(), threading.Event()
    backend.network.faults.order(Fault.LOST_ANSWER)
    _, root = published(backend)
    backend.writes("Broken loaf", reply_to=root)

    def hold(db: Any) -> None:
        db.execute(select(conversations.c.id).with_for_update()).all()
        held.set()
        done.wait(20)

    storing = threading.Thread(target=lambda: backend.store.write(hold))
    storing.start()
    assert held.wait(20)
    settling = threading.Thread(target=lambda: backend.push(minutes=3))
    settling.start()
    settling.join(10)
    assert not settling.is_alive(), "the outcome waits for the comments"
    pause.pause_at_once(backend.services, MAYA, "all", "flood", key())
    done.set()
    storing.join(20)


def test_what_stands_below_the_second_copy_is_about_the_post(sqlite_inbox_backend: InboxBackend) -> None:
    """Seen: it had no post until the first copy was taken down."""
    backend = sqlite_inbox_backend
    seen, _ = published(backend)
    other = backend.network.customer_writes("Dock Bakery", "a second copy", to="bakery")
    backend.writes("Broken loaf", reply_to=other)
    before = backend.conversation
    assert before.post_id is None
    tell_of_twin(backend, seen, before.thread)
    visit(backend)
    assert backend.conversation.post_id == seen.post_id
    assert about(backend).url == "https://network.example/99999"
    assert about(backend).gone_at is None


def tell_of_twin(backend: InboxBackend, seen: Seen, remote_id: str) -> None:
    def twin(work: UnitOfWork) -> None:
        post = posts.load(work.db, seen.post_id)
        delivery = deliveries.load(work.db, backend.delivery_id(seen))
        assert post is not None
        assert delivery is not None
        post_twins.tell(work, post, delivery, remote_id, "https://network.example/99999", "twice")

    backend.services.do(twin)


def test_below_the_copy_that_is_gone_the_other_is_not_what_they_wrote_to(
    sqlite_inbox_backend: InboxBackend,
) -> None:
    """Of two copies the first was taken down: its comments' cards linked the second "as published"."""
    backend = sqlite_inbox_backend
    seen, root = published(backend)
    backend.writes("Broken loaf", reply_to=root)
    which = backend.delivery_id(seen)
    tell_of_twin(backend, seen, "99999")
    backend.services.do(take_down.take_down, TOM, which, key())
    backend.run()
    assert backend.delivery(which).remote_id == "99999"
    assert (about(backend).gone_at, about(backend).url) == (backend.clock.now(), None)


def test_what_was_deleted_by_hand_is_the_copy_that_was_known_then(
    sqlite_inbox_backend: InboxBackend,
) -> None:
    """Seen: whichever of two copies somebody had deleted by hand, customers' cards below the other said it was gone."""
    backend = sqlite_inbox_backend
    seen, _ = published(backend)
    other = backend.network.customer_writes("Dock Bakery", "a second copy", to="bakery")
    backend.writes("Broken loaf", reply_to=other)
    tell_of_twin(backend, seen, backend.conversation.thread)
    visit(backend)
    paused = backend.services.do_first(pause.pause, MAYA, "all", "", key())
    which: Any = backend.delivery_id(seen)
    backend.services.do(deleted.mark_deleted_by_hand, MAYA, paused.pause_id, which, key())
    assert about(backend).gone_at is None


def test_since_when_it_is_gone_does_not_move(sqlite_inbox_backend: InboxBackend) -> None:
    """Where no attempt said when it ended, the moment was that of each drawing."""
    backend = sqlite_inbox_backend
    seen, root = published(backend)
    backend.writes(reply_to=root)
    backend.services.do(take_down.take_down, TOM, backend.delivery_id(seen), key())
    backend.run()
    down = backend.clock.now()
    backend.store.write(lambda db: db.execute(update(attempts).values(ended_at=None)))
    backend.clock.push(timedelta(hours=1))
    assert about(backend).gone_at == down


def test_a_take_down_locks_the_comments_before_what_was_sent(
    postgres_inbox_backend: InboxBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever stores comments holds theirs, then writes down that a post is there twice: they waited in a circle."""
    backend, held, waits, tries = postgres_inbox_backend, threading.Event(), threading.Event(), list[str]()
    seen, root = published(backend)
    backend.writes("Broken loaf", reply_to=root)
    which = backend.delivery_id(seen)
    real = about_posts.lock

    def lock(db: Any, post_id: str, account: str) -> None:
        tries.append("take-down")
        waits.set()
        real(db, post_id, account)

    def store(work: UnitOfWork) -> None:
        tries.append("comments")
        work.db.execute(select(conversations.c.id).with_for_update()).all()
        held.set()
        assert waits.wait(20)
        deliveries.change(work.db, which, work.now, prepared={})

    backend.services.do(take_down.take_down, TOM, which, key())
    storing = threading.Thread(target=lambda: backend.services.do(store))
    storing.start()
    assert held.wait(20)
    monkeypatch.setattr(about_posts, "lock", lock)
    backend.run()
    storing.join(20)
    assert tries == ["comments", "take-down", "take-down"], "nobody had to begin anew"


def test_adopting_waits_for_no_comment_with_the_post_in_hand(postgres_inbox_backend: InboxBackend) -> None:
    """Whoever holds one and stores another below the same post waits for the post: they would wait in a circle."""
    backend, held, done = postgres_inbox_backend, threading.Event(), threading.Event()
    seen, root = published(backend)
    backend.writes("Broken loaf", reply_to=root)

    def store(db: Any) -> None:
        db.execute(select(conversations.c.id).with_for_update()).all()
        held.set()
        done.wait(20)

    storing = threading.Thread(target=lambda: backend.store.write(store))
    storing.start()
    assert held.wait(20)
    adopting = threading.Thread(
        target=lambda: backend.services.do(comments.adopt, "bakery", "another root", seen.post_id)
    )
    adopting.start()
    adopting.join(5)
    waits = adopting.is_alive()
    done.set()
    storing.join(20)
    adopting.join(20)
    assert not waits
