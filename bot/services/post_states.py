"""What became of posts on each of their accounts, for the words of lists and refusals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.deliveries import Delivery, State
from bot.domain.facts import FactKind
from bot.domain.posts import Post
from bot.domain.shown.post_screens import SendView
from bot.services.unit_of_work import UnitOfWork
from bot.store import deliveries, record
from bot.store.slack import people


def sort_as_named(post: Post, sends: Iterable[Delivery]) -> list[Delivery]:
    """In the order in which the post names its accounts: everywhere the same."""
    place = {name: number for number, name in enumerate(post.version.body.accounts)}
    return sorted(sends, key=lambda one: place.get(one.account, len(place)))


def count_gone(work: UnitOfWork, post_ids: Sequence[str]) -> int:
    """Those of them of which nothing is left wherever they had gone out."""
    if not post_ids:
        return 0
    gone, there = load_gone(work, post_ids), dict[str, list[bool]]()
    for one in deliveries.list_of_posts(work.db, post_ids):
        if one.state is State.SENT:
            there.setdefault(one.post_id or "", []).append(gone.find(one) is None)
    return sum(not any(left) for left in there.values())


@dataclass(frozen=True)
class Gone:
    """What is not on its network any more: by the network's delete, or by hand, as somebody said."""

    taken_down: Mapping[tuple[str, str, str | None], datetime]  # {(post, account, remote id): since when}
    by_hand: Mapping[str, Sequence[tuple[str | None, datetime]]]  # {delivery: (remote id, since when)}

    def find(self, delivery: Delivery, copy: str | None = None) -> datetime | None:
        """Since when it is gone; None: it is there. `copy`: the remote id of one of two; else the one known now."""
        which = copy or delivery.remote_id
        key = (delivery.post_id or "", delivery.account, which)
        hands = (
            at for gone, at in self.by_hand.get(delivery.id, ()) if (gone or delivery.remote_id) == which
        )
        return self.taken_down.get(key) or next(hands, None)


def load_gone(work: UnitOfWork, post_ids: Sequence[str]) -> Gone:
    by_hand: dict[str, list[tuple[str | None, datetime]]] = {}
    subjects = [f"post:{post_id}" for post_id in post_ids]
    for fact in record.list_of_kind(work.db, subjects, FactKind.DELETED_BY_HAND.value):
        data = fact.data or {}
        by_hand.setdefault(str(data.get("delivery")), []).append((data.get("remote_id"), fact.at))
    return Gone(deliveries.list_taken_down(work.db, post_ids), by_hand)


def load_send_views(work: UnitOfWork, posts: Sequence[Post]) -> dict[str, tuple[SendView, ...]]:
    """{post: its sends}, of those that have any."""
    if not posts:
        return {}
    post_ids = [post.id for post in posts]
    gone = load_gone(work, post_ids)
    found: dict[str, list[Delivery]] = {}
    for one in deliveries.list_of_posts(work.db, post_ids):
        if not one.left_out:
            found.setdefault(one.post_id or "", []).append(one)
    holders = {one.holder for each in found.values() for one in each if one.holder}
    names = people.load_names(work.db, holders) if holders else {}
    return {
        post.id: tuple(
            SendView(
                work.policy.title_of(one.account),
                one.state,
                gone_at=gone.find(one),
                by_hand=one.holder is not None or work.policy.is_by_hand((one.account,)),
                holder=names.get(one.holder, "a colleague") if one.holder else "",
            )
            for one in sort_as_named(post, found[post.id])
        )
        for post in posts
        if post.id in found
    }
