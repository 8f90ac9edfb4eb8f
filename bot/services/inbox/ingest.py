"""Receiving: what a network handed over is stored, relayed and put on record in the transaction that moves the cursor.

Nothing here asks whether a message "is new since the cursor". It is recognised by its id, because pages come twice,
late and out of order, and the thread of a post is read in addition to the feed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from bot.domain.conversations import Conversation, Stage
from bot.domain.facts import FactKind
from bot.domain.inbox_refusals import NobodyWaits
from bot.domain.kinds import CardType
from bot.domain.people import Person
from bot.domain.urgency import Urgency
from bot.networks.receiving import CHAT, NOTICES, OWN, RELAYED, Gone, Inbound, Page, Receiving, as_receiving
from bot.services import clicks
from bot.services.deliveries import post_twins
from bot.services.inbox import edits, lifecycle, piles, relay
from bot.services.inbox.relay import Intake
from bot.services.inbox.rings import Rings
from bot.services.inbox.withheld import withhold
from bot.services.unit_of_work import UnitOfWork, Wake
from bot.store import record
from bot.store.inbox import conversations, cursors, messages
from bot.store.inbox.cursors import Cursor
from bot.store.inbox.messages import Message
from bot.store.slack import cards

mark_expected = piles.mark_expected  # the same door for all that people decide about what comes in


def store_page(work: UnitOfWork, account: str, stream: str, page: Page, cursor_version: int) -> int:
    """Store what one poll brought, and where it stands now. Returns how many messages were new.

    A page read from another cursor than the one that stands (two pollers) is not stored. A part of a page comes with
    no cursor and `more`: the cursor moves with the last part.
    """
    rows = cursors.lock(work.db, account, stream, work.now)
    stands = rows[stream]
    if stands.version != cursor_version:
        return 0
    intake = _intake(work, account, stream, rows)
    _take_all(intake, page.messages)
    for post in page.posts:
        post_twins.notice(work, account, post)
    whole = page.cursor is not None or not (stands.synced or page.more)
    if whole and not intake.held:
        cursors.advance(work.db, account, stream, page.cursor, stands.version)
    if page.cut_at is not None:
        work.note(
            FactKind.CUT_SHORT, None, subject=f"account:{account}", account=account, stream=stream,
            read_from=page.cut_at.isoformat(),
        )  # fmt: skip
    if intake.offered or not stands.synced:
        offer(work, account)
    return intake.new


def store_thread(work: UnitOfWork, account: str, found: Sequence[Inbound], stream: str = NOTICES) -> int:
    """What the slower sweep read below one of our posts, or on a stream's newest page: messages the feed did not tell
    of. No cursor moves. Returns how many."""
    rows = cursors.lock(work.db, account, stream, work.now)
    intake = _intake(work, account, stream, rows)
    _take_all(intake, found)
    if intake.offered:
        offer(work, account)
    return intake.new


def notice_posts(work: UnitOfWork, account: str, found: Sequence[Inbound]) -> None:
    """Our account's newest posts once more: a second copy may have been read before anybody knew that it is one."""
    for post in found:
        post_twins.notice(work, account, post)


def store_look(work: UnitOfWork, account: str, found: Mapping[str, Inbound | Gone]) -> int:
    """Messages as they are now, by remote id: edits and deletions. Returns how many there are of ours."""
    rows = cursors.lock(work.db, account, NOTICES, work.now)
    intake = _intake(work, account, NOTICES, rows)
    known = messages.find_known(work.db, account, list(found))
    conversations.lock_all(work.db, {one.conversation_id for one in known.values()})
    for remote_id, message in known.items():
        match found[remote_id]:
            case Gone():
                edits.mark_gone(work, message)
            case Inbound() as inbound:
                for kept in withhold(work, account, (inbound,)):
                    edits.compare(intake, message, kept, looked=True)
    return len(known)


def _intake(work: UnitOfWork, account: str, stream: str, rows: Mapping[str, Cursor]) -> Intake:
    stands = rows[NOTICES if stream == OWN and NOTICES in rows else stream]
    return Intake(work, account, stream, (stands.synced_at or work.now) - RELAYED)


def _take_all(intake: Intake, found: Iterable[Inbound]) -> None:
    """The oldest first, so that who writes twice is read in order, and an answer finds what it answers."""
    work = intake.work
    in_order = sorted(withhold(work, intake.account, found), key=lambda one: (one.at, one.own))
    if not work.policy.private_channel:
        in_order = [one for one in in_order if not one.private]
    ids = {one.remote_id for one in in_order} | {one.parent_id for one in in_order if one.parent_id}
    known = messages.find_known(work.db, intake.account, ids)
    if any(not one.own and one.remote_id not in known for one in in_order):
        intake.rings.reserve()
    _lock(intake, in_order, known)
    for inbound in in_order:
        message = known.get(inbound.remote_id)
        if message is not None:
            edits.compare(intake, message, inbound)
        elif inbound.own:
            relay.take_own(intake, inbound, known)
        else:
            known[inbound.remote_id] = relay.take_in(intake, inbound)
    for conversation in intake.complaints.values():
        piles.watch_complaints(work, conversation)


def _lock(intake: Intake, found: Sequence[Inbound], known: Mapping[str, Message]) -> None:
    """All conversations this batch may change, in the one order, before cards and the counter of numbers."""
    db = intake.work.db
    if db.dialect.name == "sqlite":
        return
    ids = {one.conversation_id for one in known.values()}
    for who, thread in {(one.to if one.own else one.author.remote_id, one.thread) for one in found}:
        conversation = conversations.find_of_customer(db, intake.account, who, thread) if who else None
        ids |= {conversation.id} if conversation else set()
    conversations.lock_all(db, ids)


def list_asked_streams(connection: Receiving, *, direct: bool) -> tuple[str, ...]:
    """The streams that are polled: without a channel for them, direct messages are not asked for."""
    return tuple(stream for stream in connection.streams if direct or stream != CHAT)


# --- the first sync's offer ---------------------------------------------------------------------------


def offer(work: UnitOfWork, account: str, *, streams: Iterable[str] | None = None) -> None:
    """Put up the card "23 older unanswered", once all streams were read: our own answers are among them.

    `streams`: those to wait for; None: all of the account's.
    """
    if streams is None:
        connection = as_receiving(work.accounts.get(account))
        streams = (
            list_asked_streams(connection, direct=bool(work.policy.private_channel))
            if connection
            else (NOTICES, OWN)
        )
    synced = {name for name, stands in cursors.load_of_account(work.db, account).items() if stands.synced}
    older = conversations.list_offered(work.db, account)
    if not (older or has_unread(work, account)) or not synced.issuperset(streams):
        return
    work.note(FactKind.OFFERED, None, subject=f"account:{account}", account=account, count=len(older))
    cards.add(work.db, CardType.OFFER, account, work.policy.inbox_channel, work.now)
    work.wake(Wake.OUTBOX)


def has_unread(work: UnitOfWork, account: str) -> bool:
    """Did more come in than a first sync reads?"""
    return bool(record.list_of_kinds(work.db, f"account:{account}", FactKind.CUT_SHORT.value))


def bring_in(work: UnitOfWork, person: Person, account: str, key: str) -> int:
    """The older ones are relayed as if they came now, the oldest first. Returns how many."""
    rings = Rings(work)
    rings.reserve()
    older = _decide(work, person, account, key)
    work.note(FactKind.BROUGHT_IN, person.id, subject=f"account:{account}", account=account, count=len(older))
    for conversation in sorted(older, key=lambda one: one.last_at):
        late = (
            work.policy.hours.after(conversation.waiting_since or work.now, work.policy.answer_within)
            <= work.now
        )
        opened = replace(
            lifecycle.raise_seq(conversation), stage=Stage.OPEN, opened_at=work.now,
            escalated_at=work.now if late else None,  # who brings it in knows that it is late
        )  # fmt: skip
        relay.relay(work, opened, rings)
    return len(older)


def leave_out(work: UnitOfWork, person: Person, account: str, key: str) -> int:
    """They stay unanswered, on record; whoever of them writes again is relayed. Private ones wait on for somebody of
    the private channel. Returns how many."""
    offered = _decide(work, person, account, key)
    older = [one for one in offered if lifecycle.has_access(person, one)]
    if not older:
        lifecycle.check_access(person, offered[0])
    work.note(FactKind.LEFT_OUT, person.id, subject=f"account:{account}", account=account, count=len(older))
    for conversation in older:
        left = replace(
            lifecycle.raise_seq(conversation), stage=Stage.LEFT, closed_at=work.now, closed_by=person.id,
            due_at=work.now + lifecycle.find_erase_after(work, account),
        )  # fmt: skip
        lifecycle.save(work, left)
    return len(older)


def _decide(work: UnitOfWork, person: Person, account: str, key: str) -> list[Conversation]:
    lifecycle.check_team(person)
    clicks.count_once(work, key)
    older = conversations.list_offered(work.db, account, lock=True)
    if not older:
        raise NobodyWaits
    cards.touch(work.db, CardType.OFFER, account, urgency=Urgency.DECISION)
    work.wake(Wake.OUTBOX)
    return older
