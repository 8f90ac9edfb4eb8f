"""What became of posts on each of their accounts, for the words of lists and refusals."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.shown.post_screens import SendView
from bot.services.unit_of_work import UnitOfWork
from bot.store import deliveries


def load_send_views(work: UnitOfWork, post_ids: Sequence[str]) -> dict[str, tuple[SendView, ...]]:
    """{post: its sends}, of those that have any."""
    if not post_ids:
        return {}
    gone = deliveries.list_taken_down(work.db, post_ids)
    found: dict[str, list[SendView]] = {}
    for one in deliveries.list_of_posts(work.db, post_ids):
        if one.left_out:
            continue
        post_id = one.post_id or ""
        view = SendView(work.policy.title_of(one.account), one.state, gone=(post_id, one.account) in gone)
        found.setdefault(post_id, []).append(view)
    return {post_id: tuple(views) for post_id, views in found.items()}
