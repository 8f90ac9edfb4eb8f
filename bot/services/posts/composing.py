"""A post that somebody is writing in Slack's dialogs: what the first screen held, kept for the second, for a person who
goes back, and for one who closes it and opens it again.

A row for each dialog, under the id of its first screen (Slack's `root_view_id`): two that are open at once never mix.
It is saved once: with the post, in the same transaction, its row says what came of it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from bot.domain.people import Person
from bot.domain.posts import DIGEST, Image, Post, Seen
from bot.services.begun import KEPT
from bot.services.posts import drafts
from bot.services.posts.create import NewPost, TakenOver
from bot.services.unit_of_work import UnitOfWork
from bot.store.posts import posts
from bot.store.slack import begun, slack_events
from bot.store.slack.begun import Begun

LOOK = "new_look:"  # what was typed into the second screen: with the id of the first
Verb = Callable[[UnitOfWork, Person, NewPost, str, Seen | None], Post]


class AlreadySaved(Exception):
    """This dialog was saved before: by the other button, in another window, or its answer was lost."""

    def __init__(self, post_id: str) -> None:
        super().__init__(post_id)
        self.post_id = post_id


def keep(work: UnitOfWork, person: Person, root: str, wanted: NewPost) -> None:
    """What the first screen held when its person went on."""
    begun.keep(work.db, Begun(person.id, _about(root), root, "", _to_json(wanted), work.now))


def find(work: UnitOfWork, person: Person, root: str) -> NewPost | None:
    """None: nothing was kept, it was saved, or a week has passed."""
    row = begun.load(work.db, person.id, _about(root))
    return _from_json(row.typed) if row is not None and row.typed and row.at > work.now - KEPT else None


def rename(work: UnitOfWork, person_id: str, root: str, name: str) -> None:
    """What is kept of a dialog goes by another name: it is of a post that the dialog no longer shows."""
    begun.rename(work.db, person_id, _about(root), _about(name), name)
    begun.rename(work.db, person_id, f"{LOOK}{root}", f"{LOOK}{name}", name)


def forget(work: UnitOfWork, person_id: str, root: str) -> None:
    """Nothing is kept of a dialog any more."""
    begun.drop(work.db, person_id, _about(root))
    begun.drop(work.db, person_id, f"{LOOK}{root}")


def has_images(work: UnitOfWork, person_id: str, root: str) -> bool:
    """Whether images are kept of a dialog."""
    row = begun.load(work.db, person_id, _about(root))
    return row is not None and bool(row.typed.get("images"))


def save(
    work: UnitOfWork, person: Person, root: str, verb: Verb, wanted: NewPost, key: str, seen: Seen | None
) -> Post:
    """`verb` (drafts.schedule, drafts.save_draft), once for this dialog: nothing of it is offered again.

    Raises AlreadySaved besides what the verb raises."""
    if not slack_events.mark_seen(work.db, f"saved:{person.id}:{root}"[:80], work.now):
        raise AlreadySaved(find_saved(work, person, root) or "")
    post = verb(work, person, wanted, key, seen)
    begun.close_dialog(work.db, person.id, root, work.now)
    begun.note_saved(work.db, person.id, _about(root), root, post.id, work.now)
    return post


def find_saved(work: UnitOfWork, person: Person, root: str) -> str | None:
    """The id of the post that came of this dialog."""
    return begun.find_saved(work.db, person.id, _about(root))


def digest(wanted: NewPost) -> str:
    """What a screen shows, in a word: its buttons are about exactly this."""
    canonical = json.dumps(_to_json(wanted), sort_keys=True)
    return hashlib.sha256(canonical.encode()).hexdigest()[:DIGEST]


def load_draft(work: UnitOfWork, seen: Seen) -> NewPost | None:
    """The draft as it was when it was opened."""
    version = posts.load_version(work.db, seen.post_id, seen.seq)
    if version is None:
        return None
    return drafts.read_version(version)


def _about(root: str) -> str:
    return f"new_post:{root}"


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
        "converted": dict(wanted.converted),
        "taken": asdict(wanted.taken) if wanted.taken else None,
    }


def _from_json(kept: Mapping[str, Any]) -> NewPost:
    taken = kept.get("taken")
    return NewPost(
        tuple(kept["accounts"]),
        kept["text"],
        datetime.fromisoformat(kept["slot"]) if kept["slot"] else None,
        tuple(Image(**image) for image in kept["images"]),
        kept["label"],
        note=kept["note"],
        warning=kept.get("warning", ""),
        variants=dict(kept["variants"]),
        converted=dict(kept.get("converted") or {}),
        taken=TakenOver(tuple(taken["by"]), taken["digest"]) if taken else None,
    )
