"""A drill in a team's database, and each of its steps by the verb that does it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select, update

from bot.domain.gate import DRILL
from bot.domain.kinds import CardType, LineType
from bot.domain.people import Person
from bot.domain.posts import Seen
from bot.networks.drill import DrillClient
from bot.services.deliveries import take_down
from bot.services.pause import drill as drilling
from bot.services.pause import pause
from bot.services.pause import resume as resuming
from bot.services.pause.resume import Choice
from bot.services.unit_of_work import UnitOfWork
from bot.store.pause import drills, gate, pauses
from bot.store.pause.drills import Drill
from bot.store.slack import cards as card_store
from bot.store.tables.slack import cards
from tests.backend import MAYA, TOM, Backend, key


class Rehearsal:
    """Of this backend; the newest drill is meant."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        backend.accounts[DRILL] = DrillClient()  # as `bot/app.py` builds it
        backend.store.write(lambda db: gate.make_rows(db, backend.accounts))

    def start(self, person: Person = MAYA) -> str:
        return self.backend.services.do(drilling.start, person, key())

    @property
    def row(self) -> Drill:
        found = self.backend.store.read(drills.find_newest)
        assert found is not None
        return found

    def is_running(self) -> bool:
        return self.backend.services.look(drilling.is_running)

    def posts(self) -> list[Seen]:
        """That which had gone out, and the two that wait; as they are now."""
        return [self.backend.now_seen(Seen(post_id, 1)) for post_id in self.row.posts]

    def pause(self, person: Person = MAYA, reason: str = "the oven burns") -> str:
        return self.backend.services.do_first(drilling.pause, person, reason, key()).pause_id

    def delivery(self) -> str:
        """Of the post that had gone out."""
        return self.backend.delivery_id(self.posts()[0], DRILL)

    def take_down(self, person: Person = MAYA) -> None:
        self.backend.services.do_first(take_down.take_down_all, person, [self.delivery()], key())
        self.backend.run()

    def elsewhere(self) -> list[str]:
        def ask(work: UnitOfWork) -> list[str]:
            found = pauses.find_running(work.db, DRILL)
            return list(found.elsewhere) if found else []

        return self.backend.services.look(ask)

    def tick_off(self, pause_id: str, *people: Person) -> None:
        """One line after the other, by these people in turn."""
        for number, what in enumerate(self.elsewhere()):
            person = people[number % len(people)]
            self.backend.services.do(pause.mark_done_elsewhere, person, pause_id, what, key())

    def epoch(self) -> int:
        return self.backend.store.read(gate.read).rows[DRILL].epoch

    def resume(self, person: Person = TOM, choices: Mapping[Seen, Choice] | None = None) -> None:
        epoch = self.epoch()
        self.backend.services.do(resuming.resume, person, DRILL, epoch, choices or {}, key())

    def step(self) -> None:
        """The clock's."""
        self.backend.services.do(drilling.step)

    def lines(self) -> list[Mapping[str, Any]]:
        """What is said in the thread of its card."""
        return self.backend.store.read(
            lambda db: card_store.list_said(db, CardType.DRILL, self.row.id, LineType.DRILL_STEP)
        )

    def all_drawn(self) -> None:
        """What the reconciler does."""
        drawn = update(cards).values(shown=cards.c.wanted, ts=cards.c.id)
        self.backend.store.write(lambda db: db.execute(drawn))

    def behind(self) -> set[tuple[str, str]]:
        """(kind, subject) of the cards that are to be drawn again."""
        query = select(cards.c.kind, cards.c.subject).where(
            cards.c.wanted > cards.c.shown, cards.c.gone.is_(False)
        )
        return {
            (kind, subject) for kind, subject in self.backend.store.read(lambda db: db.execute(query).all())
        }
