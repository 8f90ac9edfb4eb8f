"""Posts that somebody had begun to write and that made room for another one: each is kept for a week after they last
wrote in it, and whatever moves them does it in one transaction.

A row for each, named for the dialog it was typed into; the new post of now is a row of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.services import begun as services
from bot.services.begun import KEPT, Thing, Typed
from bot.services.posts import composing
from bot.services.unit_of_work import UnitOfWork
from bot.store.slack import begun
from bot.store.slack.begun import Begun

NOW = Thing("new")
ASIDE = "new:before"
MOST = 5


@dataclass(frozen=True)
class Moved:
    """`taken`: what is this person's new post now. `dropped`: the oldest, where there were more than `MOST`."""

    taken: Begun | None = None
    dropped: tuple[Begun, ...] = ()


@dataclass(frozen=True)
class Shown:
    """The dialog that a button was pressed in. `kept_of`: the dialog it goes on with, "" if none."""

    typed: Typed
    kept_of: str = ""


def list_aside(work: UnitOfWork, person_id: str, shown: str = "") -> list[Begun]:
    """What this person has set aside, the latest first. `shown`: the dialog whose words are on the screen already."""
    rows = begun.list_like(work.db, person_id, ASIDE)
    return [row for row in rows if row.at > work.now - KEPT and row.view_id != shown]


def set_aside(work: UnitOfWork, person_id: str, text: str = "") -> Moved:
    """The new post that was begun is kept besides: the next one takes its place. `text`: of that one; where no more
    was begun than the same text, there is nothing to keep."""
    now = services.find(work, person_id, NOW)
    if now is not None and not _is_no_more_than(work, now, text):
        _put(work, now)
    return Moved(dropped=_prune(work, person_id))


def begin(work: UnitOfWork, person_id: str, typed: Typed) -> None:
    """A new post's dialog was opened with words in it, which nobody has typed there."""
    begun.begin(work.db, Begun(person_id, NOW.about, typed.view_id, typed.seen, typed.values, work.now))


def take_up(work: UnitOfWork, person_id: str, view_id: str, shown: Shown | None) -> Moved:
    """What was set aside is the new post again, and what was it is set aside: also what stands in the dialog that was
    pressed in (`shown`), typed or not. `view_id`: of which; "": the latest. Pressed twice it changes nothing more."""
    there = list_aside(work, person_id)
    earlier = next((row for row in there if view_id in ("", row.view_id)), None)
    now = services.find(work, person_id, NOW)
    if earlier is None:
        return Moved(now if now is not None and now.view_id == view_id else None)
    if now is not None and now.view_id != earlier.view_id:
        _put(work, now)
    if shown is not None and _is_another(work, person_id, shown, now):
        _put(work, _row(work, person_id, shown.typed))
    begun.drop(work.db, person_id, _name(earlier.view_id))
    begun.drop(work.db, person_id, earlier.about)
    begun.put(work.db, replace(earlier, about=NOW.about))
    return Moved(earlier, _prune(work, person_id))


def start_over(work: UnitOfWork, person_id: str, shown: Shown, name: str) -> Moved:
    """What stands in a dialog is set aside under another `name`, since the dialog goes on with an empty post."""
    now, typed = services.find(work, person_id, NOW), shown.typed
    if now is not None and now.view_id != typed.view_id and _says(now.typed) != _says(typed.values):
        _put(work, now)
    if _is_something(work, person_id, shown):
        _put(work, _row(work, person_id, replace(typed, view_id=name)))
    composing.rename(work, person_id, typed.view_id, name)
    begun.drop(work.db, person_id, _name(typed.view_id))
    begun.drop(work.db, person_id, NOW.about)
    return Moved(dropped=_prune(work, person_id))


def discard(work: UnitOfWork, person_id: str, draft_id: str, root: str) -> None:
    """What was typed on a draft and not saved is thrown away, at its person's word."""
    begun.drop(work.db, person_id, of_draft(draft_id).about)
    composing.forget(work, person_id, root)


def of_draft(draft_id: str) -> Thing:
    """What is typed on a draft is kept by itself."""
    return Thing(f"{NOW.about}:{draft_id}")


def note_shown(work: UnitOfWork, person_id: str, view_id: str) -> None:
    """It is on the screen again as the new post of now: it is not set aside any more."""
    begun.drop(work.db, person_id, _name(view_id))


def keep(work: UnitOfWork, person_id: str, typed: Typed) -> None:
    """What is typed into the dialog of a new post. One that was set aside stays so, however late a key comes."""
    aside = begun.load(work.db, person_id, _name(typed.view_id))
    if aside is not None:
        services.keep(work, person_id, Thing(aside.about), typed)
    now = begun.load(work.db, person_id, NOW.about)
    if aside is None or (now is not None and now.view_id == typed.view_id):
        services.keep(work, person_id, NOW, typed)


def close(work: UnitOfWork, person_id: str, view_id: str) -> None:
    """A dialog was sent off: its words alone are not offered any more."""
    begun.close_dialog(work.db, person_id, view_id, work.now)


def _put(work: UnitOfWork, row: Begun) -> None:
    begun.put(work.db, replace(row, about=_name(row.view_id)))


def _prune(work: UnitOfWork, person_id: str) -> tuple[Begun, ...]:
    oldest = tuple(list_aside(work, person_id)[MOST:])
    for row in oldest:
        begun.drop(work.db, person_id, row.about)
    return oldest


def _row(work: UnitOfWork, person_id: str, typed: Typed) -> Begun:
    return Begun(person_id, _name(typed.view_id), typed.view_id, typed.seen, typed.values, work.now)


def _is_another(work: UnitOfWork, person_id: str, shown: Shown, now: Begun | None) -> bool:
    """Whether a dialog holds what is kept nowhere else: not what it was opened with, nor nothing at all."""
    typed = shown.typed
    if now is not None and now.view_id != typed.view_id and _says(now.typed) == _says(typed.values):
        return False
    return _is_something(work, person_id, shown)


def _is_something(work: UnitOfWork, person_id: str, shown: Shown) -> bool:
    """Whether there is a word in it, or an image."""
    roots = (shown.typed.view_id, shown.kept_of)
    return bool(_says(shown.typed.values)) or any(
        composing.has_images(work, person_id, root) for root in roots if root
    )


def _is_no_more_than(work: UnitOfWork, row: Begun, text: str) -> bool:
    """Whether it holds this text, and neither other words nor a time nor an image."""
    timed = any(
        element.get("selected_date_time") for block in row.typed.values() for element in block.values()
    )
    said = list(_says(row.typed).values())
    return said == [text.strip()] and not timed and not composing.has_images(work, row.person, row.view_id)


def _says(values: Mapping[str, Any]) -> dict[str, str]:
    """{block: words} of the fields that hold some."""
    found = {}
    for block_id, block in values.items():
        for element in block.values():
            value = element.get("value") if isinstance(element, Mapping) else None
            if isinstance(value, str) and value.strip():
                found[block_id] = value.strip()
    return found


def _name(view_id: str) -> str:
    return f"{ASIDE}:{view_id}"
