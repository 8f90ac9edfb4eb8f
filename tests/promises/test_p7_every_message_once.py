"""P7: every message a customer writes is stored and shown exactly once, whatever customers and networks do.

Random histories: customers write, edit, delete; feeds repeat, reorder, overlap, forget; processes die between a fetch
and its store, and in the middle of a page. The judge is a plain list of what was written, kept beside.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.conversations import Kind, Stage
from bot.domain.kinds import CardType, LineType
from bot.networks.receiving import NOTICES, OWN, Gone, Inbound, Page
from bot.services.inbox import ingest
from bot.store.inbox import messages
from tests.backend import Backend, how_many
from tests.inbox_messages import Inbox

STEPS, PROOF = 300, 3000  # of each history
SHOWS = ("message", "reopened", "piled")  # lines that relay a message's words


class Died(Exception):
    """The process was killed here: nothing of this transaction is there."""


@dataclass
class World:
    """A network as it is, what its feed hands over, and Byhand's side of it."""

    inbox: Inbox
    chance: random.Random
    there: dict[str, Inbound] = field(default_factory=dict)  # by remote id, as it is now
    feed: list[str] = field(default_factory=list)  # remote ids, as notified
    ours: list[Inbound] = field(default_factory=list)
    deleted: set[str] = field(default_factory=set)
    stands: int = 0  # the feed's cursor
    own_servers: int = 0

    # --- customers -----------------------------------------------------------------------------------

    def write(self) -> None:
        by, root = f"c{self.chance.randrange(12)}", f"root-{self.chance.randrange(3)}"
        kind = self.chance.choice([Kind.COMMENT, Kind.COMMENT, Kind.MENTION, Kind.DIRECT])
        thread = "private" if kind is Kind.DIRECT else root
        words = f"Number {len(self.there)}: {self.chance.choice(['hello', 'broken', 'why?', '🎉'])}"
        one = self.inbox.write(words, by=by, kind=kind, thread=thread)
        self.there[one.remote_id] = one
        if self.chance.random() < 0.9 or kind is not Kind.COMMENT:  # else the feed forgets it
            self.feed.append(one.remote_id)

    def edit(self) -> None:
        if self.there:
            remote_id = self.chance.choice(list(self.there))
            one = self.there[remote_id]
            self.there[remote_id] = replace(one, text=f"{one.text} (edited)", edited_at=self.inbox.now)

    def delete(self) -> None:
        alive = [one for one in self.there if one not in self.deleted]
        if alive:
            self.deleted.add(self.chance.choice(alive))

    def answer(self) -> None:
        known = [one for one in self.feed[: self.stands] if one not in self.deleted]
        if known:
            self.ours.append(self.inbox.answer(self.there[self.chance.choice(known)]))

    # --- Byhand --------------------------------------------------------------------------------------

    def poll(self) -> None:
        """A page from the cursor on; sometimes with older ones again, and in any order."""
        until = min(len(self.feed), self.stands + self.chance.randrange(1, 9))
        start = max(0, self.stands - self.chance.choice([0, 0, 2, 5]))
        found = [self.there[one] for one in self.feed[start:until] if one not in self.deleted]
        if self.chance.random() < 0.3:
            self.chance.shuffle(found)
        if self._store(NOTICES, found, until):
            self.stands = until

    def poll_own(self) -> None:
        if self.stands == len(self.feed) and self._store(OWN, self.ours[self.own_servers :], len(self.ours)):
            self.own_servers = len(self.ours)

    def _store(self, stream: str, found: list[Inbound], until: int) -> bool:
        """False: the process died, in the middle of a page or before its commit."""
        version, cut = self.inbox.version(stream), self.chance.random()
        page = Page(tuple(found), f"{stream}-{until}")
        if cut < 0.15:
            half = Page(page.messages[: len(found) // 2], None, more=True)
            self.inbox.backend.services.do(ingest.store_page, "bakery", stream, half, version)
            return False
        if cut < 0.25:
            with pytest.raises(Died):
                self.inbox.backend.services.do(_die_in, stream, page, version)
            return False
        self.inbox.backend.services.do(ingest.store_page, "bakery", stream, page, version)
        return True

    def sweep(self, root: str | None = None) -> None:
        root = root or f"root-{self.chance.randrange(3)}"
        below = [
            one
            for one in self.there.values()
            if one.thread == root and one.kind is Kind.COMMENT and one.remote_id not in self.deleted
        ]
        self.inbox.backend.services.do(ingest.store_thread, "bakery", tuple(below))

    def look(self) -> None:
        ids = self.chance.sample(list(self.there), min(len(self.there), 10))
        found = {one: Gone() if one in self.deleted else self.there[one] for one in ids}
        self.inbox.backend.services.do(ingest.store_look, "bakery", found)

    def wait(self) -> None:
        self.inbox.backend.clock.push(timedelta(minutes=self.chance.choice([0, 1, 20, -3])))

    def settle(self) -> None:
        """In the end all is asked for, without accidents."""
        for root in range(3):
            self.sweep(f"root-{root}")
        rest = [self.there[one] for one in self.feed[self.stands :] if one not in self.deleted]
        self.inbox.page(*rest)
        everything = {one: Gone() if one in self.deleted else self.there[one] for one in self.there}
        self.inbox.backend.services.do(ingest.store_look, "bakery", everything)
        self.inbox.own(*self.ours[self.own_servers :])


def _die_in(work: Any, stream: str, page: Page, version: int) -> None:
    ingest.store_page(work, "bakery", stream, page, version)
    raise Died


MOVES: tuple[tuple[Callable[[World], None], int], ...] = (
    (World.write, 8), (World.edit, 2), (World.delete, 1), (World.answer, 1), (World.poll, 6),
    (World.poll_own, 2), (World.sweep, 1), (World.look, 1), (World.wait, 2),
)  # fmt: skip


def play(inbox: Inbox, seed: int, steps: int) -> World:
    world = World(inbox, random.Random(seed))
    moves, weights = zip(*MOVES, strict=True)
    for _ in range(steps):
        world.chance.choices(moves, weights)[0](world)
    world.settle()
    return world


def judge(world: World) -> list[str]:
    """What does not hold, in words; nothing: all is well."""
    inbox, wrong = world.inbox, []
    stored = [one for conversation in inbox.conversations() for one in inbox.messages(conversation)]
    theirs = Counter(one.remote_id for one in stored if one.via.value == "customer")
    seen = set(theirs)
    must = {one for one in world.there if one not in world.deleted}
    wrong += [f"{one} was not stored" for one in must - seen]
    wrong += [f"{one} was stored and never written" for one in seen - world.there.keys()]
    wrong += [f"{one} was stored {times} times" for one, times in theirs.items() if times > 1]
    words = inbox.backend.store.read(lambda db: messages.load_words(db, [one.id for one in stored]))
    for one in stored:
        now = "" if one.remote_id in world.deleted else world.there.get(one.remote_id)
        if one.via.value == "customer" and words[one.id].text != (
            now if isinstance(now, str) else now and now.text
        ):
            wrong.append(f"{one.remote_id} says {words[one.id].text!r}")
    wrong += _shown_wrongly(inbox, [one for one in stored if one.via.value == "customer"])
    answered = {one.remote_id for one in world.ours}
    wrong += [f"our {one} is missing" for one in answered - {one.remote_id for one in stored}]
    return wrong


def _shown_wrongly(inbox: Inbox, stored: list[Any]) -> Iterator[str]:
    """Each once: at place 1 of a conversation that has a card, or on one line."""
    lines = inbox.lines() + inbox.lines("pile")
    on_lines = Counter(values["message"] for kind, values in lines if kind in SHOWS)
    with_card = {card.subject for card in inbox.cards() if card.current}
    hidden = {
        conversation.id for conversation in inbox.conversations() if conversation.stage is Stage.OFFERED
    }
    for one in stored:
        on_card = one.place == 1 and one.conversation_id in with_card
        times = on_lines[one.id] + on_card
        if times != 1 and one.conversation_id not in hidden:
            yield f"{one.remote_id} is shown {times} times"


@pytest.mark.parametrize("seed", range(8))
def test_random_histories(sqlite_backend: Backend, seed: int, request: pytest.FixtureRequest) -> None:
    steps = how_many(request.config, STEPS, PROOF)
    assert judge(play(Inbox(sqlite_backend).synced(), seed, steps)) == []


def test_a_history_on_either_database(backend: Backend) -> None:
    assert judge(play(Inbox(backend).synced(), 99, STEPS // 2)) == []


def test_the_judge_sees_what_is_missing(sqlite_backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: a cursor that moves though its page was not stored loses messages, and the judge says so."""
    kept = World._store

    def careless(self: World, stream: str, found: list[Inbound], until: int) -> bool:
        kept(self, stream, found, until)
        return True

    monkeypatch.setattr(World, "_store", careless)
    assert any("was not stored" in one for one in judge(play(Inbox(sqlite_backend).synced(), 1, STEPS)))


def test_the_judge_sees_what_is_shown_twice(sqlite_backend: Backend) -> None:
    world = play(Inbox(sqlite_backend).synced(), 2, 60)
    one = world.inbox.messages(world.inbox.conversations()[0])[0]
    from bot.store.slack import cards

    sqlite_backend.store.write(
        lambda db: cards.say_on(
            db,
            CardType.CONVERSATION,
            one.conversation_id,
            LineType.MESSAGE,
            {"message": one.id},
            world.inbox.now,
        )
    )
    assert any("shown" in line for line in judge(world))
