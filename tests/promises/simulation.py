"""A seeded run of a whole backend: people decide, clocks are pushed, networks fail, processes die, at random.

The judge keeps its own notes of what people did and never asks the bot what was allowed: each line of the network's
ledger is compared with those notes. A seed that fails is printed with the last things that happened.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, text

from bot.domain.people import Person, Role
from bot.domain.posts import Image, Seen, Status
from bot.domain.refusals import Refusal
from bot.sandbox.networks.server import Fault, Published
from bot.services.deliveries import overrides
from bot.services.images.image_checks import StoredImage
from bot.services.pause import statements
from bot.services.posts import create, edit, review
from bot.services.posts.edit import Changes
from bot.store import deliveries, record
from bot.workers.due import collect_due
from bot.workers.worker import Worker
from tests.backend import ANNA, GIL, LOAF, MAYA, TOM, Backend, key
from tests.promises.crashes import Bomb, Crash, DyingOffice
from tests.promises.noted_releases import Released, find_pause, find_statement, note, pause, resume
from tests.promises.test_p3_paused_means_paused import shut

PEOPLE = (TOM, ANNA, MAYA, GIL)
BEN = Person("U0BEN", "Ben", Role.MEMBER)
FAULTS = (
    Fault.ERROR_BEFORE, Fault.ERROR_AFTER, Fault.LOST_ANSWER, Fault.CUT_BEFORE, Fault.THROTTLED, Fault.SIGNED_OUT,
    Fault.NONSENSE, Fault.NO_ID,
)  # fmt: skip
DIES_AT = (
    "claim", "begin", "publish", "publish", "record_outcome", "record_outcome", "prepare", "keep_prepared", "find",
    "settle", "step", "recover",
)  # fmt: skip
MOST_TURNS = 300  # in one run at one moment; more is a loop


@dataclass(frozen=True)
class Yes:
    """One person's: of the words alone, of the moment alone, or of both."""

    what: str  # "words", "go", "both"
    by: str
    epochs: dict[str, int]  # at that moment
    slot: datetime


@dataclass
class Noted:
    """What the judge knows of one post, from what people did."""

    seen: Seen
    accounts: tuple[str, ...]
    text: str
    slot: datetime
    authors: set[str]
    label: str = ""
    said: list[Yes] = field(default_factory=list)  # not ended by what was done since, pauses apart
    again: dict[str, datetime] = field(default_factory=dict)  # {account: when it was tried again}
    said_absent: Counter[str] = field(default_factory=Counter)
    released: list[Released] = field(
        default_factory=list
    )  # as a statement, of the words and slot as they are


class Judgement(AssertionError):
    """A promise was broken."""


class Simulation:
    """One seed's life. `step` until bored, then `end`."""

    def __init__(
        self, backend: Backend, seed: int, *, workers: int = 1, named: Mapping[str, set[str]] | None = None,
        releases: int = 5,
    ) -> None:  # fmt: skip
        """`named`: who has to approve what goes to an account or has a label, by its name, in place of Tom and Anna.
        `releases`: how often people release statements, beside what else they do."""
        self.named, self.releases = named or {}, releases
        self.backend, self.seed, self.chance = backend, seed, random.Random(seed)
        self.notes: list[Noted] = []
        self.accounts = tuple(backend.policy.accounts)
        self.epochs = dict.fromkeys(("all", *self.accounts), 0)
        self.shut: set[str] = set()
        self.log: list[str] = []
        self.judged = 0
        self.statements = 0  # that went out
        self.done: Counter[str] = Counter()
        self.lives = 0
        self.bomb: Bomb | None = None
        backend.network.honours_keys = False  # a network that forgives a second send hides it from the judge
        self.workers = [self._born() for _ in range(workers)]
        self._actions: list[tuple[int, Callable[[], str | None]]] = [
            (8, self.plan), (24, self.approve), (6, self.go), (2, self.undo), (4, self.edit), (2, self.hold),
            (1, self.kill), (3, self.bring_back), (5, self.move), (5, self.post_now),
            (3 + releases // 10, self.turn_gate), (5, self.try_again),
            (2, self.it_is_there), (1, self.stop_rest), (10, self.push), (24, self.to_next_moment),
            (releases, self.release), (1 if releases else 0, self.withdraw),
            (6, self.order_fault), (4, self.lift_faults), (5, self.arm_bomb), (1, self.click_old_card),
            (2, self.long_silence),
        ]  # fmt: skip
        if self.named:
            self._actions.append((6, self.relabel))

    # --- life ----------------------------------------------------------------------------------------

    def live(self, steps: int) -> None:
        for _ in range(steps):
            self.step()
        self.end()

    def step(self) -> None:
        (action,) = self.chance.choices(
            [a for _, a in self._actions], [weight for weight, _ in self._actions]
        )
        try:
            what = action()
        except Refusal as no:
            what = f"{type(no).__name__}"
        self.done[action.__name__] += 1
        at = self.backend.clock.now().strftime("%H:%M:%S")
        self.log.append(f"{at} {action.__name__} {what or ''}")
        self.run()

    def run(self) -> None:
        """Everything due now, by all workers; a worker that crashes is replaced by another."""
        if len(self.workers) > 1:
            threads = [threading.Thread(target=self._rest, args=(worker,)) for worker in self.workers]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(30)
        for n, worker in enumerate(self.workers):
            self._rest(worker)
            if self.bomb is not None and self.bomb.gone and n == 0:
                self.log.append(f"         …died {self.bomb.when} {self.bomb.step}")
                self.bomb = None
                worker.stop(timedelta(seconds=5))
                self.workers[0] = self._born()
                self._rest(self.workers[0])
        self.judge()

    def _rest(self, worker: Worker) -> None:
        try:
            for _ in range(MOST_TURNS):
                before, at = worker.jobs, worker.turn()
                until = time.monotonic() + 20
                while worker.busy():
                    assert time.monotonic() < until, "the worker does not come to rest"
                    time.sleep(0.0005)
                if worker.jobs == before and (at is None or at > self.backend.clock.now()):
                    return
        except Crash:
            return
        if self.bomb is None or not self.bomb.gone:
            raise self.wrong("the worker turns in circles")

    def _born(self, bomb: Bomb | None = None) -> Worker:
        self.lives += 1
        services: Any = DyingOffice(self.backend.services, bomb) if bomb else self.backend.services
        worker = self.backend.new_worker(f"life-{self.lives}", services)
        with suppress(Crash):  # then it never lived
            worker.start()
        return worker

    def end(self) -> None:
        """Everything heals, people answer what they are asked; then nothing may be left hanging."""
        self.lift_faults()
        self.log.append("the end begins")
        for scope in sorted(self.shut):
            self.backend.services.do(resume, scope)
        self.shut.clear()
        for minutes in (1, 1, 1, 1, *[5] * 24):
            self.backend.clock.push(timedelta(minutes=minutes))
            self.run()
            for delivery in self.backend.store.read(self._asked):
                noted = next(one for one in self.notes if one.seen.post_id == delivery.post_id)
                self._answer(noted, delivery.account)
        self._nothing_hangs()
        for worker in self.workers:
            worker.stop(timedelta(seconds=5))

    def _asked(self, db: Connection) -> list[Row[Any]]:
        columns = text(
            "SELECT post_id, account FROM deliveries WHERE state = 'unknown' AND next_check_at IS NULL"
        )
        return list(db.execute(columns))

    def _answer(self, noted: Noted, account: str) -> None:
        delivery = self.backend.delivery_id(noted.seen, account)
        if self._ledger(noted, account):
            self.backend.services.do(overrides.confirm_sent, MAYA, delivery, key())
            return
        for person in (TOM, ANNA):
            with suppress(Refusal):
                self._try(noted, account, person, delivery, "unknown")

    # --- what people do ------------------------------------------------------------------------------

    def words(self) -> str:
        return " ".join("".join(self.chance.choices("abcdefghiklmnoprstuw", k=6)) for _ in range(7))

    def some(self, *liked: Status) -> Noted:
        """A young post; mostly one in a status that the next act likes."""
        if not self.notes:
            self.plan()
        young = self.notes[-10:]
        if liked and self.chance.random() < 0.85:
            statuses = self.backend.store.read(self._statuses)
            young = [noted for noted in young if statuses[noted.seen.post_id] in liked] or young
        return self.chance.choice(young)

    @staticmethod
    def _statuses(db: Connection) -> dict[str, Status]:
        """{post: its status}: loading each post whole for it took a tenth of all time."""
        return {row.id: Status.of(row.status) for row in db.execute(text("SELECT id, status FROM posts"))}

    def seen(self, noted: Noted) -> Seen:
        return self.backend.now_seen(noted.seen)

    def plan(self) -> str:
        accounts = self.choose_accounts()
        slot = self.backend.clock.now() + timedelta(seconds=self.chance.randint(60, 3600))
        loaf = StoredImage("a" * 64, "image/png", 640, 480, len(LOAF), LOAF)
        self.backend.services.do(create.keep_image, loaf)
        images = (Image(loaf.sha256, "A loaf"),) if self.chance.random() < 0.2 else ()
        text = self.words()
        wanted = create.NewPost(accounts, text, slot, images)
        post = self.backend.services.do(create.add_post, MAYA, wanted, created_by=MAYA.id)
        self.notes.append(Noted(Seen(post.id, 1), accounts, text, slot, {MAYA.id}))
        return f"post {post.number} for {slot:%H:%M:%S} on {accounts}"

    def choose_accounts(self) -> tuple[str, ...]:
        return tuple(self.chance.sample(self.accounts, self.chance.choice((1, 1, 2))))

    def _epochs(self, noted: Noted) -> dict[str, int]:
        return {scope: self.epochs[scope] for scope in ("all", *noted.accounts)}

    def approve(self) -> str:
        noted = self.some(Status.SCHEDULED if self.chance.random() < 0.2 else Status.REVIEW)
        person = self.chance.choice((TOM, TOM, ANNA, ANNA, MAYA, GIL))
        early = self.backend.status(noted.seen) is Status.SCHEDULED
        self.backend.services.do(review.approve, person, self.seen(noted), key())
        again = any(one.what == "words" and one.by == person.id for one in noted.said)
        self._say(noted, "words" if early else "go" if again else "both", person)
        return f"{person.name}: {noted.text[:6]}"

    def go(self) -> str:
        noted, person = self.some(Status.REVIEW), self.chance.choice((*PEOPLE, GIL))
        self.backend.services.do(review.go, person, self.seen(noted), key())
        self._say(noted, "go", person)
        return f"{person.name}: {noted.text[:6]}"

    def _say(self, noted: Noted, what: str, person: Person) -> None:
        noted.said.append(Yes(what, person.id, self._epochs(noted), noted.slot))

    def _standing(self, noted: Noted) -> list[Yes]:
        """What still counts: of the words always, else under the present epochs, a Go for this very slot."""
        now = self._epochs(noted)
        return [
            one
            for one in noted.said
            if one.what == "words" or (one.epochs == now and (one.what == "both" or one.slot == noted.slot))
        ]

    @staticmethod
    def _end(noted: Noted, *, words: bool = False) -> None:
        """What was said of the moment has ended, and every release; `words`: of the words, too."""
        noted.released.clear()
        noted.said = [] if words else [one for one in noted.said if one.what == "words"]

    def undo(self) -> str:
        noted, person = self.some(Status.APPROVED), self.chance.choice((TOM, ANNA))
        self.backend.services.do(review.undo, person, self.seen(noted), key())
        counting = self._standing(noted)
        if not counting:
            raise self.wrong(f"P1: {person.name} took back what had ended, of {noted.text[:6]}")
        mine = [one for one in counting if one.by == person.id]
        noted.said.remove((mine or counting)[-1])
        return f"{person.name}: {noted.text[:6]}"

    def edit(self) -> str:
        noted, person, text = self.some(), self.chance.choice(PEOPLE), self.words()
        changes = Changes(text, self.backend.post(noted.seen).slot)
        self.backend.services.do(edit.save_edit, person, self.seen(noted), changes, key())
        noted.text = text
        self._end(noted, words=True)
        noted.authors.add(person.id)
        return f"{person.name}: {text[:6]}"

    def relabel(self) -> str:
        """The same words: others may have to approve them now."""
        noted, label = self.some(), self.chance.choice(("", *sorted(set(self.named) - set(self.accounts))))
        changes = Changes(noted.text, self.backend.post(noted.seen).slot, label=label)
        before = self.backend.post(noted.seen).version
        alts = {image.sha256: image.alt for image in before.body.images}
        changes = replace(changes, alts=alts)
        self.backend.services.do(edit.save_edit, MAYA, self.seen(noted), changes, key())
        if label != noted.label:
            noted.label = label
            self._end(noted)
            may = set().union(*self._rules(noted))
            noted.said = [one for one in noted.said if one.by in may]
        return f"{noted.text[:6]}: {label}"

    def _rules(self, noted: Noted) -> list[set[str]]:
        """Of each of these sets enough people have to approve."""
        of_label = self.named.get(noted.label)
        rules = [of_label] if of_label else []
        for account in noted.accounts:
            own = self.named.get(account, None if of_label else {TOM.id, ANNA.id})
            rules += [own] if own else []
        return rules

    def hold(self) -> str:
        return self._stop(review.hold)

    def kill(self) -> str:
        return self._stop(review.kill)

    def _stop(self, verb: Callable[..., None]) -> str:
        noted, person = self.some(), self.chance.choice(PEOPLE)
        self.backend.services.do(verb, person, self.seen(noted), key())
        self._end(noted, words=verb is review.kill)
        return f"{person.name}: {noted.text[:6]}"

    def bring_back(self) -> str:
        noted = self.some(Status.KILLED)
        self.backend.services.do(review.bring_back, MAYA, self.seen(noted), key())
        return noted.text[:6]

    def move(self) -> str:
        noted = self.some(Status.MISSED, Status.HELD, Status.FAILED)
        slot = self.backend.clock.now() + timedelta(seconds=self.chance.randint(1, 3000))
        self.backend.services.do(review.move, MAYA, self.seen(noted), slot, key())
        noted.slot = slot
        self._end(noted)
        noted.again.clear()
        return f"{noted.text[:6]} to {slot:%H:%M:%S}"

    def post_now(self) -> str:
        noted, person = self.some(Status.MISSED, Status.HELD), self.chance.choice((TOM, ANNA))
        self.backend.services.do(review.post_now, person, self.seen(noted), key())
        noted.slot = self.backend.clock.now()
        self._end(noted)
        again = any(one.by == person.id for one in noted.said)
        self._say(noted, "go" if again else "both", person)
        noted.again.clear()
        return f"{person.name}: {noted.text[:6]}"

    def turn_gate(self) -> str:
        scope = self.chance.choice(sorted(self.shut) or ("all", *self.accounts))
        if scope in self.shut and self.releases and self.chance.random() < 0.15:
            self.backend.services.do(shut, scope)  # a second pause
            self.epochs[scope] += 1
            return f"shut {scope} again"
        if scope in self.shut:
            self.backend.services.do(resume, scope)
            self.shut.remove(scope)
            return f"open {scope}"
        self.pause(scope)
        self.epochs[scope] += 1
        self.shut.add(scope)
        return f"shut {scope}"

    def pause(self, scope: str) -> None:
        self.backend.services.do(pause, scope)

    def _shut_for(self, noted: Noted) -> frozenset[str]:
        return frozenset(self.shut & {"all", *noted.accounts})

    def release(self) -> str | None:
        """Mostly of what can go nowhere else, mostly by two; sometimes on the message of the wrong pause."""
        if not self.shut:
            return None
        still = [one for one in self.notes[-10:] if self._is_shut(one)] or self.notes[-10:]
        begun = [one for one in still if one.released]
        noted = self.chance.choice(begun if begun and self.chance.random() < 0.5 else still)
        told = self._release_by(noted, self.chance.choice((TOM, ANNA, MAYA, BEN, GIL)))
        if self.chance.random() < 0.5:
            told += self._release_by(noted, self.chance.choice((TOM, ANNA, MAYA, BEN)))
        return told

    def _is_shut(self, noted: Noted) -> bool:
        return "all" in self.shut or set(noted.accounts) <= self.shut

    def _release_by(self, noted: Noted, person: Person) -> str:
        its = self._shut_for(noted) if self.chance.random() < 0.9 else self.shut
        scope = self.chance.choice(sorted(its or self.shut))
        pause_id = self.backend.store.read(lambda db: find_pause(db, scope))
        self.backend.services.do(statements.release, person, pause_id, self.seen(noted), key())
        at = self.backend.clock.now()
        noted.released.append(note(person, at, self._shut_for(noted), self._epochs(noted)))
        return f"{person.name}: {noted.text[:6]} "

    def withdraw(self) -> str | None:
        begun = [one for one in self.notes[-10:] if one.released]
        if not self.shut or not begun:
            return None
        noted, scope = self.chance.choice(begun), self.chance.choice(sorted(self.shut))
        pause_id = self.backend.store.read(lambda db: find_pause(db, scope))
        self.backend.services.do(statements.withdraw, MAYA, pause_id, self.seen(noted), key())
        noted.released.clear()
        return noted.text[:6]

    def try_again(self) -> str | None:
        noted, person = self.some(Status.FAILED, Status.PUBLISHING), self.chance.choice((TOM, ANNA, MAYA))
        states = self.backend.states(noted.seen)
        if not states:
            return None
        account = self.chance.choice(sorted(states))
        self._try(noted, account, person, self.backend.delivery_id(noted.seen, account), states[account])
        return f"{person.name}: {noted.text[:6]} on {account}, {states[account]}"

    def _try(self, noted: Noted, account: str, person: Person, delivery: str, state: str) -> None:
        self.backend.services.do(overrides.try_again, person, delivery, key())
        if self.backend.states(noted.seen)[account] == "dropped":
            return  # a statement: it is given up
        noted.said = [one for one in noted.said if one.what == "go" or one.by != person.id]
        self._say(noted, "both", person)
        if self.backend.states(noted.seen)[account] == state:
            return  # it waits for another approval
        noted.again[account] = self.backend.clock.now()
        if state == "unknown":
            noted.said_absent[account] += 1

    def it_is_there(self) -> str | None:
        for noted in self.notes[-12:]:
            for account, state in self.backend.states(noted.seen).items():
                if state == "unknown" and self._ledger(noted, account):
                    delivery = self.backend.delivery_id(noted.seen, account)
                    self.backend.services.do(overrides.confirm_sent, MAYA, delivery, key())
                    self.said_there(noted, account)
                    return f"{noted.text[:6]} on {account}"
        return None

    def said_there(self, noted: Noted, account: str) -> None:
        """For whoever keeps more notes."""

    def stop_rest(self) -> str:
        noted = self.some(Status.PUBLISHING)
        self.backend.services.do(overrides.stop_rest, MAYA, self.seen(noted), key())
        return noted.text[:6]

    def click_old_card(self) -> str:
        noted = self.some()
        now = self.seen(noted)
        verb = self.chance.choice((review.approve, review.kill, review.hold))
        try:
            self.backend.services.do(verb, TOM, Seen(now.post_id, now.seq - 1), key())
        except Refusal:
            return "refused"
        raise self.wrong("a click on an old card changed something")

    # --- what the world does ---------------------------------------------------------------------------

    def push(self) -> str:
        by = timedelta(seconds=self.chance.choice((1, 5, 20, 60, 200, 600)) * self.chance.uniform(0.2, 1.5))
        self.backend.clock.push(by)
        if self.chance.random() < 0.5 and self.shut:
            return self.turn_gate()
        return f"{by.total_seconds():.1f} s"

    def to_next_moment(self) -> str:
        at = self.backend.services.look(collect_due).next_at
        if at is not None:
            self.backend.clock.set(at + timedelta(milliseconds=self.chance.choice((0, 0, 1, 400))))
        return "the next moment"

    def long_silence(self) -> str:
        """Nobody ran for a while: leases are over, slots were missed."""
        self.backend.clock.push(timedelta(minutes=self.chance.choice((2, 3, 12, 45))))
        return ""

    def order_fault(self) -> str:
        fault = self.chance.choice((*FAULTS, Fault.DOWN))
        self.backend.network.faults.order(fault, None if fault is Fault.DOWN else self.chance.choice((1, 2)))
        return fault.name

    def lift_faults(self) -> str:
        self.backend.network.faults.lift()
        return ""

    def arm_bomb(self) -> str | None:
        if self.bomb is not None:
            return None
        self.bomb = Bomb(self.chance.choice(("before", "after")), self.chance.choice(DIES_AT))
        self.workers[0].stop(timedelta(seconds=5))
        self.workers[0] = self._born(self.bomb)
        return f"{self.bomb.when} {self.bomb.step}"

    # --- the judge -----------------------------------------------------------------------------------

    def wrong(self, what: str) -> Judgement:
        last = "\n".join(self.log[-60:])
        return Judgement(f"seed {self.seed}: {what}\n{last}")

    def judge(self) -> None:
        ledger = self.backend.network.ledger
        for place in range(self.judged, len(ledger)):
            self._judge_one(ledger[place], ledger[:place])
        self.judged = len(ledger)

    def _judge_one(self, line: Published, before: tuple[Published, ...]) -> None:
        noted = next((one for one in self.notes if one.text == line.text), None)
        if noted is None:
            raise self.wrong(f"P1: words nobody saved last went out: {line.text}")
        if self.shut & {"all", *noted.accounts}:
            self._judge_statement(noted, line)
        else:
            self._judge_approvals(noted, line)
            self._judge_moment(noted, line)
        earlier = [one for one in before if one.account == line.account]
        if earlier and line.at - earlier[-1].at < timedelta(seconds=60):
            raise self.wrong(f"P5: {line.account} began two posts within {line.at - earlier[-1].at}")
        if len(self._ledger(noted, line.account)) > 1 + noted.said_absent[line.account]:
            raise self.wrong(f"P4: {line.text[:6]} was published twice on {line.account}")

    def _judge_statement(self, noted: Noted, line: Published) -> None:
        """Into a pause: only what two people released in it, to accounts that are all shut, and at once."""
        shut_now, went_out = self._shut_for(noted), f"{line.text[:6]} went out while {self.shut} was shut"
        if "all" not in shut_now and not set(noted.accounts) <= shut_now:
            raise self.wrong(f"P3: {went_out}, and not all of {noted.accounts}")
        let_go = find_statement(noted.released, line.at, shut_now, self._epochs(noted))
        if let_go is None:
            raise self.wrong(f"P3: {went_out}, released by {noted.released}")
        if line.at - let_go > self.backend.policy.lateness_limit:
            raise self.wrong(f"P5: the statement {line.text[:6]} went out at {line.at:%H:%M:%S}")
        self.statements += 1

    def _judge_approvals(self, noted: Noted, line: Published) -> None:
        standing = self._standing(noted)
        counting = {one.by for one in standing if one.what != "go"}
        for rule in self._rules(noted):
            if len(counting & rule) < self.backend.policy.approvals:
                raise self.wrong(f"P1: {line.text[:6]} went out with {counting}, it needed some of {rule}")
        if all(one.what == "words" for one in standing):
            raise self.wrong(f"P2: {line.text[:6]} went out, and nobody said that the moment was right")
        moment = {one.by for one in standing if one.what != "words"}
        now = self._epochs(noted)
        if any(one.epochs != now for one in standing) and not moment & set().union(*self._rules(noted)):
            raise self.wrong(f"P3: {line.text[:6]} went out after a pause, and no approver said Go")
        if counting & noted.authors:
            raise self.wrong(f"P1: {line.text[:6]} was approved by its author")

    def _judge_moment(self, noted: Noted, line: Published) -> None:
        start = max(noted.slot, noted.again.get(line.account, noted.slot))
        if not start <= line.at <= start + self.backend.policy.lateness_limit:
            raise self.wrong(
                f"P5: {line.text[:6]} went out at {line.at:%H:%M:%S}, its moment was {start:%H:%M:%S}"
            )

    def _ledger(self, noted: Noted, account: str) -> list[Published]:
        return [
            one for one in self.backend.network.ledger if (one.text, one.account) == (noted.text, account)
        ]

    def _nothing_hangs(self) -> None:
        waiting = (Status.SCHEDULED, Status.REVIEW, Status.APPROVED, Status.PUBLISHING)
        for noted in self.notes:
            status, states = self.backend.status(noted.seen), self.backend.states(noted.seen)
            if status in waiting:
                raise self.wrong(f"{noted.text[:6]} is still {status.key}: {states}")
            for account, state in states.items():
                there = bool(self._ledger(noted, account))
                if there != (state == "sent"):
                    raise self.wrong(f"{noted.text[:6]} on {account} is {state}, in the ledger: {there}")
        self._record_holds()

    def _record_holds(self) -> None:
        ready, held, look = self.backend.store.read(deliveries.find_next_moments)
        if ready or held or look:
            raise self.wrong(f"something is still due: {ready} {held} {look}")
        for _ in range(50):
            if not self.backend.store.write(
                lambda db: record.seal(db, by="judge", now=self.backend.clock.now())
            ):
                break
        verdict = self.backend.store.read(record.verify)
        if not verdict.ok or verdict.unsealed:
            raise self.wrong(f"the record does not hold: {verdict}")
