"""What every verb works with: one transaction, one moment, the team's policy, the accounts.

A verb is a plain function `verb(work, …)`. `Services.do` runs it in a write transaction and returns its answer;
tests call verbs on a `UnitOfWork` of their own. Verbs never call Slack, and a network only to measure words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from sqlalchemy import Connection as Database

from bot.domain.facts import FactKind, Source
from bot.domain.gate import DRILL
from bot.domain.ids import make_id
from bot.domain.policy import Policy
from bot.domain.posts import Post
from bot.networks.protocol import AccountClient
from bot.store import record
from bot.store.engine.store import Store

P = ParamSpec("P")
T = TypeVar("T")


class Clock(Protocol):
    """`now` is all that rows store; `elapsed` (seconds, through suspend) is for limits inside the process."""

    def now(self) -> datetime: ...

    def elapsed(self) -> float: ...


class Wake(Enum):
    """Who is to look at the database after a commit."""

    OUTBOX = "what is shown has changed"
    CLOCK = "what is due has changed"
    PLANS = "somebody dropped a plan, or pressed on it"


@dataclass(frozen=True)
class UnitOfWork:
    """One transaction's surroundings. `wake(whom)` is called after the commit."""

    db: Database
    now: datetime
    policy: Policy
    accounts: Mapping[str, AccountClient]
    wake: Callable[[Wake], None]

    def make_id(self) -> str:
        return make_id(self.now)

    def note(
        self,
        what: FactKind,
        who: str | None,
        post: Post | None = None,
        *,
        subject: str | None = None,
        **data: Any,
    ) -> None:
        """Put a fact on record, in the transaction of its cause. `who` None: the clock. `subject`, where it
        is no post: "gate:all"."""
        record.append(self.db, self._make_fact(what, who, post, subject, data))

    def note_each(self, what: FactKind, who: str | None, each: Sequence[tuple[Post, dict[str, Any]]]) -> None:
        """The same of many posts at once, each with its data."""
        record.append(self.db, *(self._make_fact(what, who, post, None, data) for post, data in each))

    def _make_fact(
        self, what: FactKind, who: str | None, post: Post | None, subject: str | None, data: dict[str, Any]
    ) -> record.Fact:
        if (post is not None and post.version.body.accounts == (DRILL,)) or data.get("scope") == DRILL:
            data["drill"] = True  # so that nobody takes a rehearsal for the real thing
        via = Source.CLOCK if who is None else Source.SHELL if who.startswith("cli:") else Source.SLACK
        return record.Fact(
            id=self.make_id(), at=self.now, what=what.value, via=via, who=who,
            subject=f"post:{post.id}" if post else subject,
            version_id=post.version.id if post else None, data=data,
        )  # fmt: skip


@dataclass(frozen=True)
class _Waking:
    """Equal to another of its kind, so that units which share a COMMIT wake the reconciler once, not each."""

    wake: Callable[[Wake], None]
    whom: Wake

    def __call__(self) -> None:
        self.wake(self.whom)


@dataclass(frozen=True)
class Services:
    """Where verbs are done: the store, the clock and the policy put together once, by `bot/app.py`."""

    store: Store
    clock: Clock
    policy: Policy
    accounts: Mapping[str, AccountClient]
    wake: Callable[[Wake], None]
    # Told of every verb done, and what it returned: for the metrics.
    done: Callable[[Callable[..., object], object], None] = lambda _verb, _answer: None

    def do(self, verb: Callable[Concatenate[UnitOfWork, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a verb in a write transaction; returns after its commit. Refusals pass through, nothing written."""
        answer = self.store.write(lambda db: verb(self.work(db), *args, **kwargs))
        self.done(verb, answer)
        return answer

    def do_first(self, verb: Callable[Concatenate[UnitOfWork, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The same, at the head of the writer's queue: for what stops things."""
        answer = self.store.write(lambda db: verb(self.work(db), *args, **kwargs), urgent=True)
        self.done(verb, answer)
        return answer

    def look(self, question: Callable[Concatenate[UnitOfWork, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a reading function (of `services/queries`) on a connection that cannot write."""
        return self.store.read(lambda db: question(self.work(db), *args, **kwargs))

    def look_first(
        self, question: Callable[Concatenate[UnitOfWork, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """The same, on the connection kept for what stops things."""
        return self.store.read(lambda db: question(self.work(db), *args, **kwargs), urgent=True)

    def work(self, db: Database) -> UnitOfWork:
        def wake(whom: Wake) -> None:
            self.store.after_commit(db, _Waking(self.wake, whom))

        return UnitOfWork(db, self.clock.now(), self.policy, self.accounts, wake)
