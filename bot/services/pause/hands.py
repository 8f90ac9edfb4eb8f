"""Whoever is posting something by hand when publishing is paused is asked by direct message to stop.

One message for each pause and person, as a card: written in the pause's own transaction, drawn by the reconciler. Whom
a second pause of the same scope finds was told by the first, since nothing begins in between. A drill asks nobody.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.deliveries import Delivery
from bot.domain.gate import DRILL
from bot.domain.kinds import CardType
from bot.domain.urgency import Urgency
from bot.services.unit_of_work import UnitOfWork, Wake
from bot.store.pause import pause_effects, pauses, told
from bot.store.pause.pauses import Pause
from bot.store.slack import cards, direct_cards


def ask_to_stop(work: UnitOfWork, pause_id: str, scope: str, under_way: Sequence[str]) -> list[str]:
    """Of a pause that begins now. `under_way`: deliveries that were already on their way. Returns who is asked."""
    asked = pause_effects.list_holders(work.db, under_way) if under_way and scope != DRILL else []
    for person in asked:
        direct_cards.add(work.db, CardType.STOP, name_subject(pause_id, person), person, work.now)
    return asked


def name_subject(pause_id: str, person: str) -> str:
    """What such a card is about: "<pause>:<person>"."""
    return f"{pause_id}:{person}"


def parse_subject(subject: str) -> tuple[str, str]:
    pause_id, _, person = subject.partition(":")
    return pause_id, person


def redraw(work: UnitOfWork, delivery: Delivery) -> None:
    """Somebody said how it went, or it is not theirs any more."""
    if delivery.holder is None:
        return
    since = [*pauses.list_running(work.db).values(), *told.list_of_sends(work.db, (delivery.id,))]
    for pause_id in since:
        _touch(work, pause_id, delivery.holder)


def redraw_of(work: UnitOfWork, pause: Pause) -> None:
    """It is over."""
    for person in pause_effects.list_holders(work.db, pause.under_way) if pause.under_way else ():
        _touch(work, pause.id, person)


def _touch(work: UnitOfWork, pause_id: str, person: str) -> None:
    cards.touch(work.db, CardType.STOP, name_subject(pause_id, person), urgency=Urgency.DECISION)
    work.wake(Wake.OUTBOX)
