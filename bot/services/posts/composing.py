"""A post that somebody is writing in Slack's dialogs: what the first screen held, kept for the second, for a person who
goes back, and for one who closes it and opens it again.

A row for each dialog, under the id of its first screen (Slack's `root_view_id`): two that are open at once never mix.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from bot.domain.people import Person
from bot.domain.posts import Image, Seen
from bot.services import begun
from bot.services.begun import Thing, Typed
from bot.services.posts import drafts
from bot.services.posts.create import NewPost
from bot.services.unit_of_work import UnitOfWork
from bot.store.posts import posts


def keep(work: UnitOfWork, person: Person, root: str, wanted: NewPost) -> None:
    """What the first screen held when its person went on."""
    begun.keep(work, person.id, _thing(root), Typed(root, "", _to_json(wanted)))


def find(work: UnitOfWork, person: Person, root: str) -> NewPost | None:
    """None: nothing was kept, it was saved, or a week has passed."""
    row = begun.find(work, person.id, _thing(root))
    return _from_json(row.typed) if row is not None and row.typed else None


def forget(work: UnitOfWork, person: Person, root: str, about: str) -> None:
    """It was saved: neither this nor the words of its first screen, kept under `about`, are offered again."""
    for name in (_thing(root).about, about):
        begun.close(work, person.id, Thing(name), root)


def load_draft(work: UnitOfWork, seen: Seen) -> NewPost | None:
    """The draft as it was when it was opened."""
    version = posts.load_version(work.db, seen.post_id, seen.seq)
    if version is None:
        return None
    return drafts.read_version(version)


def _thing(root: str) -> Thing:
    return Thing(f"new_post:{root}")


def _to_json(wanted: NewPost) -> dict[str, Any]:
    return {
        "accounts": list(wanted.accounts),
        "text": wanted.text,
        "slot": wanted.slot.isoformat() if wanted.slot else None,
        "images": [asdict(image) for image in wanted.images],
        "label": wanted.label,
        "note": wanted.note,
        "warning": wanted.warning,
        "variants": dict(wanted.variants),
    }


def _from_json(kept: Mapping[str, Any]) -> NewPost:
    return NewPost(
        tuple(kept["accounts"]),
        kept["text"],
        datetime.fromisoformat(kept["slot"]) if kept["slot"] else None,
        tuple(Image(**image) for image in kept["images"]),
        kept["label"],
        note=kept["note"],
        warning=kept.get("warning", ""),
        variants=dict(kept["variants"]),
    )
