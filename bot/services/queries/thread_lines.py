"""What a line in a post's thread speaks of, as it is now: what it asks for may be over."""

from __future__ import annotations

from collections.abc import Mapping

from bot.domain.deliveries import Delivery, State
from bot.domain.kinds import LineType
from bot.domain.shown.post_screens import Asks
from bot.services.deliveries.comments import TWINS
from bot.services.unit_of_work import UnitOfWork
from bot.store import deliveries

_ON_ITS_WAY = frozenset({State.READY, State.CLAIMED, State.SENDING})


def find_what_it_asks(work: UnitOfWork, kind: LineType, values: Mapping[str, object]) -> Asks:
    """Of a line about one send: is what it says still so?"""
    of_copies = values.get("take_down")
    copies = [str(each) for each in of_copies] if isinstance(of_copies, list) else []
    delivery_id = values.get("delivery") or next(iter(copies), None)
    delivery = deliveries.load(work.db, str(delivery_id)) if delivery_id else None
    if delivery is None or delivery.post_id is None:
        return Asks.AS_SAID
    if kind is LineType.OUTCOME_UNKNOWN:
        return Asks.AS_SAID if delivery.asks_a_person else Asks.SETTLED
    return _find_what_is_left(work, delivery, of_copies=bool(copies))


def _find_what_is_left(work: UnitOfWork, delivery: Delivery, *, of_copies: bool) -> Asks:
    taken = deliveries.list_take_downs(work.db, str(delivery.post_id), delivery.account)
    if of_copies and any(one.state in _ON_ITS_WAY for one in taken):
        return Asks.BEING_TAKEN_DOWN
    down = {one.remote_id for one in taken if one.state is State.SENT}
    twins = set(delivery.prepared.get(TWINS, []))
    left = {delivery.remote_id, *twins} - down
    if not left and down:
        return Asks.TAKEN_DOWN
    return Asks.ONE_TAKEN_DOWN if of_copies and len(left) == 1 and down else Asks.AS_SAID
