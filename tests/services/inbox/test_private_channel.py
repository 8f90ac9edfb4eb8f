"""What was written privately is for whoever is in the private channel: every door to a conversation asks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.domain.conversations import Closing, Kind, SeenConversation, Stage
from bot.domain.inbox_refusals import (
    AreTheyInPrivateChannel,
    NotInPrivateChannel,
    TheyAreNotInPrivateChannel,
    WhoIsInPrivateChannel,
)
from bot.domain.people import Person, Role
from bot.domain.refusals import Refusal
from bot.services.inbox import erasure, ingest, replies, triage
from bot.services.queries import conversations as queries
from bot.services.queries import inbox as inbox_queries
from bot.services.queries import piles as pile_queries
from bot.store.inbox import messages
from bot.store.slack import people
from bot.store.slack.people import KnownPerson
from tests.backend import MAYA, TOM, Backend, key
from tests.inbox_backend import WORDS, InboxBackend
from tests.inbox_messages import Inbox

Door = Callable[[InboxBackend, Person], object]


def _id(inbox: InboxBackend) -> str:
    return inbox.conversation.id


def _message(inbox: InboxBackend) -> str:
    return inbox.store.read(lambda db: messages.list_of_conversation(db, _id(inbox)))[0].id


def _send(inbox: InboxBackend, who: Person) -> object:
    """Drafted while they were in the channel."""
    draft = inbox.drafted(by=replace(who, in_private_channel=True))
    return inbox.send(draft, by=who)


def _keep(inbox: InboxBackend, who: Person) -> object:
    draft = inbox.drafted(by=replace(who, in_private_channel=True))
    return inbox.services.do(replies.keep_internal, who, draft.draft_id)


def _with_draft(verb: Callable[..., object], *, asks: bool = False) -> Door:
    """Of a draft of theirs, from when they were in the channel."""

    def door(inbox: InboxBackend, who: Person) -> object:
        draft = inbox.drafted(
            by=replace(who, in_private_channel=True), image=(inbox.picture(), None) if asks else None
        )
        if verb is queries.load_undescribed:
            return inbox.services.look(queries.load_undescribed, who, draft.draft_id)
        more = {replies.describe_image: ("A loaf", key()), replies.show_collision: (draft.digest,)}
        return inbox.services.do(verb, who, draft.draft_id, *more.get(verb, ()))

    return door


def _correct(inbox: InboxBackend, who: Person) -> object:
    delivery = inbox.sent(by=TOM)
    inbox.run()
    return inbox.services.look(lambda work: queries.load_reply_form(work, who, _id(inbox), corrects=delivery))


def _after_send(verb: Callable[..., object]) -> Door:
    def door(inbox: InboxBackend, who: Person) -> object:
        delivery = inbox.sent(by=TOM)
        inbox.run()
        return inbox.services.do(verb, who, delivery, key())

    return door


DOORS: dict[str, Door] = {
    "take": lambda inbox, who: inbox.services.do(triage.take, who, _id(inbox), key()),
    "hand over": lambda inbox, who: inbox.services.do(triage.hand_over, who, _id(inbox), who, key()),
    "done": lambda inbox, who: inbox.services.do(triage.close, who, _id(inbox), Closing.NO_ANSWER, key()),
    "reopen": lambda inbox, who: inbox.services.do(triage.reopen, who, _id(inbox), key()),
    "erase": lambda inbox, who: inbox.services.do(erasure.erase, who, _id(inbox), key()),
    "@Byhand, or the message's menu": lambda inbox, who: inbox.drafted(by=who),
    "send": _send,
    "keep internal": _keep,
    "open reply": lambda inbox, who: inbox.services.look(queries.load_reply_form, who, _id(inbox)),
    "send reply": lambda inbox, who: inbox.services.do(
        replies.send_reply, who, SeenConversation(_id(inbox), 1), WORDS, None, key()
    ),
    "show all": lambda inbox, who: inbox.services.look(queries.load_whole_message, who, _message(inbox)),
    "ask again": _with_draft(replies.ask_again),
    "change what was not sent": _with_draft(replies.show_collision),
    "open the description": _with_draft(queries.load_undescribed, asks=True),
    "describe the image": _with_draft(replies.describe_image, asks=True),
    "correct": _correct,
    "delete": _after_send(replies.delete_reply),
    "it is there": _after_send(replies.confirm_reply),
    "send again": _after_send(replies.try_reply_again),
}


@pytest.mark.parametrize("door", DOORS.values(), ids=DOORS)
@pytest.mark.parametrize(("inside", "refusal"), [(False, NotInPrivateChannel), (None, WhoIsInPrivateChannel)])
def test_nobody_else_gets_in(
    sqlite_inbox_backend: InboxBackend, door: Door, inside: bool | None, refusal: type[Refusal]
) -> None:
    inbox = sqlite_inbox_backend
    inbox.writes("My address is 1 Mill Lane.", private=True)
    with pytest.raises(refusal):
        door(inbox, replace(MAYA, in_private_channel=inside))
    now = inbox.conversation
    assert now.owner != MAYA.id
    assert (now.closed_by, now.erased_at) == (None, None)


@pytest.mark.parametrize("door", DOORS.values(), ids=DOORS)
def test_what_is_public_is_the_teams(sqlite_inbox_backend: InboxBackend, door: Door) -> None:
    sqlite_inbox_backend.writes()
    try:
        door(sqlite_inbox_backend, replace(MAYA, in_private_channel=None))
    except (NotInPrivateChannel, WhoIsInPrivateChannel):
        pytest.fail("what is public was refused")
    except Refusal:
        pass  # for another reason


@pytest.mark.parametrize(
    ("inside", "refusal"), [(False, TheyAreNotInPrivateChannel), (None, AreTheyInPrivateChannel)]
)
def test_nobody_is_handed_what_they_cannot_read(
    inbox_backend: InboxBackend, inside: bool | None, refusal: type[Refusal]
) -> None:
    inbox = inbox_backend
    inbox.writes("My address is 1 Mill Lane.", private=True)
    now = inbox.clock.now()
    inbox.store.write(lambda db: people.remember(db, KnownPerson(TOM.id, "Tom", Role.MEMBER, None, now)))
    with pytest.raises(refusal, match="Tom"):
        inbox.services.do(triage.hand_over, MAYA, _id(inbox), replace(TOM, in_private_channel=inside), key())
    inbox.services.do(triage.hand_over, MAYA, _id(inbox), TOM, key())
    assert inbox.conversation.owner == TOM.id


@pytest.mark.parametrize("verb", ["take next", "ask", "close all"])
def test_a_pile_of_private_messages(sqlite_inbox_backend: InboxBackend, verb: str) -> None:
    inbox = sqlite_inbox_backend
    for number in range(8):
        inbox.writes(
            "Win a new phone today, click on my profile to see how", name=f"Customer {number}", private=True
        )
    pile = inbox.conversation.pile_id
    assert pile is not None
    outside = replace(MAYA, in_private_channel=False)
    with pytest.raises(NotInPrivateChannel):
        if verb == "take next":
            inbox.services.do(triage.take_next, outside, pile, key())
        elif verb == "ask":
            inbox.services.look(pile_queries.load_pile_closing, outside, pile)
        else:
            shown = {(one.number, one.seq) for one in inbox.conversations()}
            inbox.services.do(triage.close_pile, outside, pile, Closing.NO_ANSWER, shown, key())
    assert inbox.services.do(triage.take_next, MAYA, pile, key())


def test_older_private_messages_are_left_by_those_who_can_read_them(sqlite_backend: Backend) -> None:
    """[Leave them] is pressed on a card in the public channel, and closed what its presser could not read."""
    inbox = Inbox(sqlite_backend)
    inbox.page(
        inbox.write("Open today?", by="ben", ago=90),
        inbox.write("My address is 1 Mill Lane.", kind=Kind.DIRECT, ago=91),
    )
    inbox.own()
    outside = replace(MAYA, in_private_channel=False)
    assert sqlite_backend.services.do(ingest.leave_out, outside, "bakery", key()) == 1
    assert {one.private: one.stage for one in inbox.conversations()} == {
        False: Stage.LEFT,
        True: Stage.OFFERED,
    }
    offer = sqlite_backend.services.look(inbox_queries.load_offer_card, "bakery")
    assert (offer.count, offer.left) == (1, False), "somebody of the private channel still decides"
    with pytest.raises(NotInPrivateChannel):
        sqlite_backend.services.do(ingest.leave_out, outside, "bakery", key())
    assert sqlite_backend.services.do(ingest.leave_out, MAYA, "bakery", key()) == 1
