"""[I deleted it] on the message of a pause: where Byhand cannot delete, a person did it there."""

from __future__ import annotations

from datetime import datetime

from bot.domain.facts import FactKind
from bot.domain.people import Person, Right
from bot.domain.refusals import NotPaused, Outdated
from bot.domain.shown.state_words import name_publishing
from bot.services import clicks
from bot.services.deliveries import comments, take_down
from bot.services.pause import drill_over
from bot.services.pause.pause import redraw_banner
from bot.services.unit_of_work import UnitOfWork
from bot.services.wording import format_moment, list_names, refuse_guest
from bot.store import deliveries
from bot.store.pause import pauses
from bot.store.posts import posts


def mark_deleted_by_hand(work: UnitOfWork, person: Person, pause_id: str, delivery_id: str, key: str) -> None:
    """Raises Outdated where somebody said so before, and as `take_down.say_deleted`."""
    if not person.may(Right.STOP):
        raise refuse_guest(work, Right.STOP, "say what was deleted")
    clicks.count_once(work, key)
    gone = deliveries.load(work.db, delivery_id)
    known = pauses.load(work.db, pause_id)
    drill_over.check_pause(known)
    if known is None:
        raise NotPaused(what=name_publishing())
    by_people = gone is not None and take_down.is_left_to_people(work, gone)
    if gone and by_people:
        take_down.check_right(work, person, gone)
        _refuse_second(work, known, delivery_id)
        take_down.record_deleted(work, person, gone, key)
    elif gone and gone.post_id:
        comments.redraw(work, gone.post_id, gone.account)
    found = pauses.load(work.db, pause_id, lock=True)
    if found is None:
        raise NotPaused(what=name_publishing())
    _refuse_second(work, found, delivery_id)
    pauses.mark_deleted_by_hand(work.db, found, delivery_id, {"by": person.id, "at": work.now.isoformat()})
    if gone and not by_people:
        post = posts.load(work.db, gone.post_id) if gone.post_id else None
        data = {"delivery": delivery_id, "account": gone.account, "remote_id": gone.remote_id}
        work.note(FactKind.DELETED_BY_HAND, person.id, post, **data)
    redraw_banner(work, pause_id)


def _refuse_second(work: UnitOfWork, pause: pauses.Pause, delivery_id: str) -> None:
    if (before := pause.deleted.get(delivery_id)) is not None:
        at = format_moment(work, datetime.fromisoformat(before["at"]))
        raise Outdated(state=f"It was deleted there by {list_names(work, (before['by'],))} at {at}.")
