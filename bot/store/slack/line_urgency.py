"""How soon a line is said: news before what customers write and colleagues do with it.

As literals, since SQLite plans a query by its text.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Integer, case, literal_column

from bot.domain.kinds import OF_CONVERSATIONS
from bot.domain.urgency import Urgency
from bot.store.tables.slack import lines


def _number(urgency: Urgency) -> Any:
    return literal_column(str(int(urgency)), Integer)


_MANY: list[Any] = [literal_column(f"'{kind}'") for kind in sorted(OF_CONVERSATIONS)]
LINE_URGENCY = case(
    (lines.c.kind.in_(_MANY), _number(Urgency.LINE)), else_=_number(Urgency.NEWS)
).label("urgency")  # fmt: skip
