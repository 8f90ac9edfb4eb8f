"""A post of ours that is on a network twice: an incident, which only people can resolve.

An earlier try may land after the post was sent again. It shows up as a late answer of the network, or among what the
account wrote. What somebody posts by hand in the same words is theirs: only what was tried more than once counts.
"""

from __future__ import annotations

from datetime import timedelta

from bot.domain.deliveries import Delivery, State
from bot.domain.facts import FactKind
from bot.domain.kinds import LineType
from bot.domain.posts import Post
from bot.networks.receiving import Inbound
from bot.networks.text import has_same_words
from bot.services import duty
from bot.services.deliveries.comments import TWINS
from bot.services.unit_of_work import UnitOfWork, Wake
from bot.store import deliveries
from bot.store.posts import posts
from bot.store.slack import cards

LINKS = "twin_links"  # and where these are
NEAR = timedelta(hours=1)  # so close to each other two of the same words are one post


def notice(work: UnitOfWork, account: str, inbound: Inbound) -> None:
    """One of the account's own posts, as the network shows it: is it a second copy of one of Byhand's?"""
    for delivery in deliveries.list_sent_again(work.db, account, inbound.at - NEAR, inbound.at + NEAR):
        post = posts.load(work.db, delivery.post_id or "")
        if post is None or delivery.remote_id in (None, inbound.remote_id):
            continue
        if has_same_words(post.version.body.text_for(account), inbound.text):
            what = "an earlier try arrived after it was sent again; it is there twice"
            tell(work, post, delivery, inbound.remote_id, inbound.url, what)


def tell(
    work: UnitOfWork, post: Post, delivery: Delivery, remote_id: str, url: str | None, what: str
) -> None:
    """Both links, and a button that takes one down; once for each copy."""
    prepared = deliveries.load_prepared(work.db, delivery.id)
    told = prepared.get(TWINS, [])
    if remote_id in told:  # by the late answer and by what we read, it is the same one
        return
    known = {**prepared, TWINS: [*told, remote_id], LINKS: {**prepared.get(LINKS, {}), remote_id: url}}
    deliveries.change(work.db, delivery.id, work.now, prepared=known)
    links = [link for link in (delivery.remote_url, url) if link]
    work.note(FactKind.INCIDENT, None, post, account=delivery.account, remote_id=remote_id, links=links)
    there = delivery.state is State.SENT and delivery.remote_id is not None
    values = {
        "sentence": f"{work.policy.title_of(delivery.account)}: {what}: {' and '.join(links)}",
        "mention": list(duty.list_to_alarm(work)),
        "delivery": delivery.id,
        "take_down": [delivery.id] if there else [],
    }
    cards.say(work.db, post.id, LineType.INCIDENT, values, work.now)
    work.wake(Wake.OUTBOX)


def stay_with_the_other(work: UnitOfWork, delivery_id: str, gone: str) -> None:
    """One copy of a post was taken down. The other is what is published now: its link is on the card, and it can be
    taken down too."""
    delivery = deliveries.load(work.db, delivery_id, lock=True)
    if delivery is None or delivery.post_id is None or delivery.remote_id != gone:
        return
    taken = deliveries.list_take_downs(work.db, delivery.post_id, delivery.account)
    down = {one.remote_id for one in taken if one.state is State.SENT} | {gone}
    left = next((one for one in delivery.prepared.get(TWINS, []) if one not in down), None)
    if left is not None:
        url = delivery.prepared.get(LINKS, {}).get(left)
        told = [*delivery.prepared[TWINS], gone]
        deliveries.change(
            work.db, delivery.id, work.now, remote_id=left, remote_url=url,
            prepared={**delivery.prepared, TWINS: told},
        )  # fmt: skip
