"""People in a hurry: they plan, approve, edit, kill and try again, all at once; and some pause and resume."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from bot.domain.gate import ALL
from bot.domain.posts import Fate, Post, Seen, Status
from bot.domain.refusals import Refusal
from bot.services.deliveries import overrides
from bot.services.deliveries import take_down as taking_down
from bot.services.pause import pause as pausing
from bot.services.pause import resume as resuming
from bot.services.pause import statements
from bot.services.pause.resume import Choice
from bot.services.posts import create, drafts, edit, review
from bot.services.posts.edit import Changes
from bot.services.queries import pause as pause_queries
from bot.services.unit_of_work import Services, UnitOfWork
from bot.store import deliveries
from bot.store.posts import posts
from bot.store.tables.core import deliveries as delivery_rows
from tests.backend import ANNA, MAYA, STRANGER, TOM, key
from tests.promises.rush.judge import Period, Told
from tests.promises.rush.workers import ACCOUNTS, HANDS

YOUNG = 40  # posts people still look at
FLOOD = 60  # writes that wait while somebody pauses


class Person:
    """One pair of hands: a thread that does one thing after the other, each chosen by its own dice."""

    def __init__(self, services: Services, told: Told, dice: random.Random) -> None:
        self.services, self.told, self.dice = services, told, dice
        self.refused = 0
        self.failed: list[BaseException] = []

    def live(self, stopping: threading.Event) -> None:
        while not stopping.is_set():
            try:
                self.act()
            except Refusal:
                self.refused += 1
            except Exception as error:  # told to the test, which fails for it
                self.failed.append(error)
                return
            stopping.wait(self.dice.uniform(0, 0.01))

    def act(self) -> None:
        raise NotImplementedError


class Editor(Person):
    """Plans, approves and changes posts."""

    posts: list[Seen]  # shared by all editors

    def __init__(self, services: Services, told: Told, dice: random.Random, posts: list[Seen]) -> None:
        super().__init__(services, told, dice)
        self.posts = posts
        self.sizes: tuple[int, ...] = (1, 1, 2)  # accounts of a post
        self._acts: list[tuple[int, Callable[[], None]]] = [
            (14, self.plan), (10, self.approve), (2, self.edit), (1, self.kill), (1, self.hold), (3, self.post_now),
            (4, self.try_again), (1, self.it_is_there), (1, self.take_down), (1, self.move), (1, self.undo),
            (4, self.plan_ahead), (3, self.go),
        ]  # fmt: skip

    def act(self) -> None:
        (act,) = self.dice.choices([act for _, act in self._acts], [weight for weight, _ in self._acts])
        act()

    def words(self) -> str:
        return " ".join("".join(self.dice.choices("abcdefghiklmnoprstuw", k=6)) for _ in range(5))

    def choose_accounts(self) -> tuple[str, ...]:
        """Now and then one on which people post, too."""
        ours = self.dice.sample(ACCOUNTS, self.dice.choice(self.sizes))
        return (*ours, *self.dice.sample(HANDS, self.dice.choice((0, 0, 0, 1))))

    def some(self) -> Post:
        seen = self.dice.choice(self.posts[-YOUNG:]) if self.posts else None
        post = self.services.look(lambda work: posts.load(work.db, seen.post_id)) if seen else None
        if post is None:
            raise Refusal
        return post

    def soon(self) -> datetime:
        return self.services.clock.now() + timedelta(seconds=self.dice.uniform(1, 25))

    def plan(self) -> None:
        accounts, text = self.choose_accounts(), self.words()
        self.told.accounts[text] = accounts
        wanted = create.NewPost(accounts, text, self.soon())
        post = self.services.do(create.add_post, MAYA, wanted, created_by=MAYA.id)
        self.posts.append(Seen(post.id, 1))
        self._approve(Seen(post.id, 1), text)

    def plan_ahead(self) -> None:
        """Its words are approved before it is due, which is no yes to the moment; then it is due, and somebody says
        Go."""
        accounts, text = self.choose_accounts(), self.words()
        self.told.accounts[text] = accounts
        wanted = create.NewPost(accounts, text, self.services.clock.now() + timedelta(hours=2))
        post = self.services.do(create.add_post, MAYA, wanted, created_by=MAYA.id)
        self.posts.append(Seen(post.id, 1))
        self.services.do(review.approve, TOM, Seen(post.id, 1), key())
        self.told.a_yes_to_words(text)
        self.services.do(review.move, MAYA, Seen(post.id, 1), self.soon(), key())
        self._go(Seen(post.id, 2), text)

    def go(self) -> None:
        post = self.some()
        self._go(Seen(post.id, post.version.seq), post.version.body.text)

    def _go(self, seen: Seen, text: str) -> None:
        self.services.do(review.go, self.dice.choice((TOM, ANNA, MAYA)), seen, key())
        self.told.a_yes(text)

    def approve(self) -> None:
        post = self.some()
        self._approve(Seen(post.id, post.version.seq), post.version.body.text)

    def _approve(self, seen: Seen, text: str) -> None:
        self.services.do(review.approve, self.dice.choice((TOM, ANNA)), seen, key())
        self.told.a_yes(text)

    def edit(self) -> None:
        post, text = self.some(), self.words()
        self.told.accounts[text] = post.version.body.accounts
        self.services.do(
            edit.save_edit, MAYA, Seen(post.id, post.version.seq), Changes(text, post.slot), key()
        )

    def kill(self) -> None:
        post = self.some()
        self.services.do(review.kill, MAYA, Seen(post.id, post.version.seq), key())

    def hold(self) -> None:
        post = self.some()
        self.services.do(review.hold, MAYA, Seen(post.id, post.version.seq), key())

    def undo(self) -> None:
        post = self.some()
        self.services.do(review.undo, TOM, Seen(post.id, post.version.seq), key())

    def move(self) -> None:
        post = self.some()
        self.services.do(review.move, MAYA, Seen(post.id, post.version.seq), self.soon(), key())

    def post_now(self) -> None:
        post = self.some()
        if post.status is Status.APPROVED:  # leave it to its slot
            raise Refusal
        self.services.do(review.post_now, TOM, Seen(post.id, post.version.seq), key())
        self.told.a_yes(post.version.body.text)

    def try_again(self) -> None:
        post, delivery = self._one_delivery()
        self.told.an_end(delivery)
        self.services.do(overrides.try_again, self.dice.choice((TOM, ANNA)), delivery, key())
        self.told.a_yes(post.version.body.text)

    def it_is_there(self) -> None:
        _, delivery = self._one_delivery()
        self.told.an_end(delivery)
        self.services.do(overrides.confirm_sent, MAYA, delivery, key())

    def take_down(self) -> None:
        self.services.do(taking_down.take_down, TOM, self._one_delivery()[1], key())

    def _one_delivery(self) -> tuple[Post, str]:
        post = self.some()
        known = self.services.look(lambda work: deliveries.list_of_post(work.db, post.id))
        if not known:
            raise Refusal
        return post, self.dice.choice(known).id


class Pauser(Person):
    """Pauses and resumes one scope after the other of those that are its own, so that it knows what is shut."""

    def __init__(self, services: Services, told: Told, dice: random.Random, scopes: tuple[str, ...]) -> None:
        super().__init__(services, told, dice)
        self._scopes = scopes
        self.longest = 0.0  # seconds until an answer
        self.haste = 1.0  # less: longer rests

    def act(self) -> None:
        scope = self.dice.choice(self._scopes)
        flood = self._flood() if self.dice.random() < 0.5 else []
        pause_id = self.pause(scope)
        for waiting in flood:
            waiting.result(30)
        if self.dice.random() < 0.6:
            self.release(pause_id, scope)
        time.sleep(self.dice.choice((0.0, 0.01, 0.05, 0.15)))
        if self.dice.random() < 0.2:
            self.pause(scope)
        self.resume(scope)
        time.sleep(self.dice.uniform(0.05, 0.6) * (1 + 2 * (scope == ALL)) / self.haste)

    def _flood(self) -> list[Future[Any]]:
        """The writer's queue is full of what may wait."""
        submit = self.services.store.submit
        return [submit(lambda db: deliveries.find_next_moments(db)) for _ in range(FLOOD)]

    def release(self, pause_id: str, scope: str) -> None:
        """A statement, by two people; another of them may pause again before it begins."""
        account = self.dice.choice(ACCOUNTS) if scope == ALL else scope
        text = " ".join("".join(self.dice.choices("abcdefghiklmnoprstuw", k=6)) for _ in range(5))
        self.told.accounts[text] = (account,)
        post = self.services.do(drafts.save_draft, MAYA, create.NewPost((account,), text, None), key())
        with suppress(Refusal):  # its account was paused by itself, or resumed, meanwhile
            for person in (MAYA, self.dice.choice((TOM, ANNA))):
                self.services.do(statements.release, person, pause_id, post.version.seen, key())
                self.told.a_release(text, person.id)

    def pause(self, scope: str) -> str:
        """→ its id. The answer is in hand when both calls are back: the gate is shut, and these were on their way."""
        called = time.monotonic()
        by = self.dice.choice((MAYA, STRANGER, TOM))
        done = self.services.do_first(pausing.pause, by, scope, "", key())
        answered, until = time.monotonic(), self.services.clock.now()
        self.longest = max(self.longest, answered - called)
        named = self.services.look(read_named, done.pause_id, until)
        with self.told.lock:
            self.told.periods.append(Period(scope, called, answered, named))
        return done.pause_id

    def resume(self, scope: str) -> None:
        form = self.services.look(pause_queries.load_resume_form, scope)
        assert form is not None, f"{scope} was paused, and nobody else resumes it"
        choices = {row.seen: self._choice() for row in form.rows[:5]}
        asked = time.monotonic()
        self.services.do(resuming.resume, TOM, scope, form.epoch, choices, key())
        with self.told.lock:
            for period in self.told.periods:
                if period.scope == scope:
                    period.ended = min(period.ended, asked)

    def _choice(self) -> Choice:
        fate = self.dice.choice(list(Fate))
        return Choice(fate, self.services.clock.now() + timedelta(seconds=60) if fate is Fate.MOVE else None)


def read_named(work: UnitOfWork, pause_id: str, until: datetime) -> dict[str, datetime]:
    """{delivery: when its try began}: what the banner says is on its way. Who pauses what is paused already is shown
    that pause's banner, with each statement that has begun by then."""
    banner = pause_queries.load_banner(work, pause_id)
    assert banner is not None
    named = {one.delivery_id: one.at for one in banner.under_way}
    for statement in banner.statements:
        for one in deliveries.list_of_post(work.db, statement.seen.post_id) if statement.sends else ():
            begun = deliveries.find_last_attempt(work.db, one.id)
            if begun is not None and begun.started_at <= until:
                named.setdefault(one.id, begun.started_at)
    return named


def delivery_of(services: Services, handle: str) -> str:
    """The delivery a request's key belongs to."""

    def ask(work: UnitOfWork) -> str:
        query = select(delivery_rows.c.id).where(delivery_rows.c.handle == handle)
        return str(work.db.execute(query).scalar_one())

    return services.look(ask)
