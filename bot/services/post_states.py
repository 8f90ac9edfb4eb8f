"""What became of posts on each of their accounts, for the words of lists and refusals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.domain.deliveries import Delivery, State
from bot.domain.posts import Post
from bot.domain.shown.post_screens import SendView
from bot.services.unit_of_work import UnitOfWork
from bot.store import deliveries


def sort_as_named(post: Post, sends: Iterable[Delivery]) -> list[Delivery]:
    """In the order in which the post names its accounts: everywhere the same."""
    place = {name: number for number, name in enumerate(post.version.body.accounts)}
    return sorted(sends, key=lambda one: place.get(one.account, len(place)))


def count_gone(work: UnitOfWork, post_ids: Sequence[str]) -> int:
    """Those of them that were taken down wherever they had gone out."""
    if not post_ids:
        return 0
    gone, out = deliveries.list_taken_down(work.db, post_ids), dict[str, set[str]]()
    for one in deliveries.list_of_posts(work.db, post_ids):
        if one.state is State.SENT:
            out.setdefault(one.post_id or "", set()).add(one.account)
    return sum(all((post_id, account) in gone for account in names) for post_id, names in out.items())


def load_send_views(work: UnitOfWork, posts: Sequence[Post]) -> dict[str, tuple[SendView, ...]]:
    """{post: its sends}, of those that have any."""
    if not posts:
        return {}
    post_ids = [post.id for post in posts]
    gone = deliveries.list_taken_down(work.db, post_ids)
    found: dict[str, list[Delivery]] = {}
    for one in deliveries.list_of_posts(work.db, post_ids):
        if not one.left_out:
            found.setdefault(one.post_id or "", []).append(one)
    return {
        post.id: tuple(
            SendView(work.policy.title_of(one.account), one.state, gone_at=gone.get((post.id, one.account)))
            for one in sort_as_named(post, found[post.id])
        )
        for post in posts
        if post.id in found
    }
