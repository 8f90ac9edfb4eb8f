"""After a copy of the database was put back: what may have been sent since it was made, nobody knows.

Every delivery that was due by now, and every answer that was to be tried again later, has an attempt written for it, as
if it had begun and its answer were lost. So the machine's own rules go on: the network is asked, and where it cannot
tell, a person is.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.domain import deliveries as delivery_rules
from bot.domain.deliveries import AttemptState, Delivery, Next, State
from bot.services import offering
from bot.services.deliveries import outcomes
from bot.services.deliveries.kinds import KINDS, DeliveryKind
from bot.services.deliveries.types import Authority, DeliveryRef
from bot.services.unit_of_work import UnitOfWork
from bot.store import deliveries, doubts

WHY = "A backup was put back: Byhand does not know whether it was sent since"

log = logging.getLogger(__name__)


def doubt_what_is_open(work: UnitOfWork) -> int:
    """Returns how many, with those that nobody knew of before."""
    known = doubts.give_up_unknown(work.db, work.now)
    found = deliveries.list_begun_or_due(work.db, work.now)
    for which in found:
        _doubt(work, which)
    return known + len(found)


def must_be_looked_for(which: Delivery) -> bool:
    """Before it is sent again: it had ended in a backup that was put back, and may have been tried again since."""
    return which.copied_at is not None and which.state.final


def doubt_instead(work: UnitOfWork, which: Delivery) -> None:
    """Instead of sending it again: it is taken for one that began when the backup was made and whose answer was lost,
    so it is looked for, or a person is asked. After that, nothing more is doubted of it."""
    _doubt(work, replace(which, due_at=which.copied_at))


def _doubt(work: UnitOfWork, which: Delivery) -> None:
    kind = KINDS[which.kind]
    subject = kind.lock(work, DeliveryRef(which.id, which.post_id, which.account, which.kind))
    live = deliveries.find_live_attempt(work.db, which.id)
    if live is None:
        authority = kind.find_authority(work, subject, which)
        if authority is None:
            deliveries.change(work.db, which.id, work.now, state=State.READY, due_at=None, lease_until=None)
            return
        live = _write_attempt(work, kind, subject, which, authority)
    looks = bool(live.payload) and not kind.deletes and not offering.is_in_hand(work, which)
    first_look = max(work.now, live.started_at + outcomes.find_settle_after(work, which.account))
    after = Next(State.UNKNOWN, AttemptState.UNKNOWN, WHY, next_check_at=first_look if looks else None)
    outcomes.end(work, which, live.id, after, http_status=live.http_status)
    # Whatever a look finds, nothing goes out again by itself: what happened since the copy, only people know.
    deliveries.change(work.db, which.id, work.now, latest_at=work.now, copied_at=None)
    begun = which if which.state is State.SENDING else replace(which, state=State.CLAIMED)
    kind.ended(work, subject, begun, after)


def _write_attempt(
    work: UnitOfWork, kind: DeliveryKind[Any], subject: Any, which: Delivery, authority: Authority
) -> delivery_rules.Attempt:
    started_at, fence = min(which.due_at or work.now, work.now), which.fence + 1
    attempt = delivery_rules.Attempt(
        id=work.make_id(), delivery_id=which.id, fence=fence, payload=_render(work, kind, subject, which),
        started_at=started_at, send_by=started_at + timedelta(0), **vars(authority),
    )  # fmt: skip
    deliveries.add_attempt(work.db, attempt)
    deliveries.change(work.db, which.id, work.now, fence=fence, tries=max(which.tries, 1))
    return attempt


def _render(work: UnitOfWork, kind: DeliveryKind[Any], subject: Any, which: Delivery) -> bytes:
    """What would have been sent, to be looked for. Nothing, where that cannot be made here: then a person is asked."""
    try:
        return kind.render(work, subject, which)
    except (
        Exception
    ) as error:  # its upload is missing, or its account is: whatever it is, nobody can be asked
        log.warning("delivery %s cannot be looked for: %s", which.id, error)
        return b""
