"""Our own words twice on the network: an incident, which only people can resolve.

A request may land after the same was sent again. The second copy shows up as a late answer of the network, or among
what the account wrote; it was not written in the network's own app, though nobody here sent it last.
"""

from __future__ import annotations

from datetime import timedelta

from bot.domain.conversations import Conversation, Via
from bot.domain.deliveries import Delivery, State
from bot.domain.facts import FactKind
from bot.domain.kinds import DeliveryType, LineType
from bot.networks.receiving import Inbound
from bot.networks.text import has_same_words
from bot.services.inbox import lifecycle
from bot.services.unit_of_work import UnitOfWork
from bot.store import deliveries
from bot.store.inbox import messages, sends

TWINS = "twins"  # what a delivery's `prepared` keeps: remote ids people were told of
NEAR = timedelta(
    hours=1
)  # two of the same words so close to each other are one Send; later, somebody said it again


def find_sent_twice(work: UnitOfWork, conversation: Conversation, inbound: Inbound) -> Delivery | None:
    """The reply of Byhand's that says the same as this one of ours, and is there under another id."""
    ours = [
        one
        for one in messages.list_of_conversation(work.db, conversation.id)
        if one.via is Via.BYHAND and one.delivery_id and one.remote_id != inbound.remote_id
    ]
    said = messages.load_words(work.db, [one.id for one in ours])
    for one in ours:
        near = abs(one.at - inbound.at) <= NEAR
        if near and one.id in said and says_same(said[one.id].text, inbound.text):
            delivery = deliveries.load(work.db, one.delivery_id or "")
            if delivery is not None and delivery.kind is DeliveryType.REPLY and delivery.state is State.SENT:
                return delivery
    return None


def says_same(sent: str, shown: str) -> bool:
    """The network shows the customer's name in front of an answer."""
    return has_same_words(sent, shown) or (
        shown.startswith("@") and has_same_words(sent, shown.partition(" ")[2])
    )


def tell(
    work: UnitOfWork, conversation: Conversation, delivery: Delivery, remote_id: str, url: str | None
) -> None:
    """Whoever pressed Send is rung."""
    sent = sends.find_of_delivery(work.db, delivery.id)
    tell_reply(work, conversation, delivery, sent.by_user if sent else None, remote_id, url)


def tell_reply(
    work: UnitOfWork,
    conversation: Conversation,
    delivery: Delivery,
    by: str | None,
    remote_id: str,
    url: str | None,
) -> None:
    prepared = deliveries.load_prepared(work.db, delivery.id)
    told = prepared.get(TWINS, [])
    if remote_id in told:  # by the late answer and by what we read, it is the same one
        return
    deliveries.change(work.db, delivery.id, work.now, prepared={**prepared, TWINS: [*told, remote_id]})
    title = work.policy.title_of(delivery.account)
    links = [link for link in (delivery.remote_url, url) if link]
    data = {"delivery": delivery.id, "remote_id": remote_id, "links": links}
    lifecycle.note(work, FactKind.INCIDENT, None, conversation, **data)
    sentence = (
        f"This reply is on {title} twice: an earlier try arrived after it was sent again. "
        f"Both stay there until somebody takes one down: {' and '.join(links)}"
    )
    ids = {"take_down_reply": delivery.id} if delivery.state is State.SENT and delivery.remote_id else {}
    mention = [by] if by else []
    lifecycle.say(work, conversation, LineType.INCIDENT, sentence=sentence, mention=mention, **ids)
    lifecycle.redraw(work, conversation)
