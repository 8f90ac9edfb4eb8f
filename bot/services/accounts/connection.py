"""An account's connection, whoever is signed in there: one object for as long as the process runs.

Somebody may sign the account in or out meanwhile; then what it leads to is exchanged. Before the first call of each
sign-in the network is asked whose account it is: as long as that is another one, or nobody is signed in, nothing
goes out and nothing comes in. What is pure (measuring, rendering) works all the same, for who writes and reads.
A send, and a look for one, is for one profile (`as_whose`): where the account was exchanged for another since, no call
is made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

from bot.domain.outcomes import ANOTHER_PROFILE, CannotTell, Later, Look, NeedsLogin, NotSent, Outcome
from bot.networks import http_outcomes
from bot.networks.protocol import (
    AccountClient,
    AccountSettings,
    Attempt,
    Content,
    Health,
    KnowsWho,
    Measure,
    PrepareFailed,
    Who,
)
from bot.networks.receiving import Answering, Gone, Inbound, Page, Receiving, Trouble
from bot.networks.signin.protocol import Renewing

Whose = Callable[[], str | None]  # which profile something is for; None: for whichever it is

NOT_ASKED = "It could not be asked whose account it is"


class Judge(Protocol):
    def __call__(self, who: Who, *, learns: bool = True) -> str | None:
        """Why nothing goes out as that one, a sentence; None: it is who it was. `learns`: what is new is kept."""


@dataclass(frozen=True, eq=False)
class Opened:
    """What a connection leads to now."""

    client: AccountClient
    renew: str  # how its secret is renewed; "": the environment's variable says so
    shut: str = ""  # why nothing may be asked of the network; "": somebody is signed in
    kept_since: datetime | None = None  # `changed_at` of the row it was opened by
    identity: str | None = None  # whose it was by that row
    renewed_at: datetime | None = None  # `renewed_at` of it
    way: Renewing | None = None  # how its secrets are renewed; None: they are not
    account: AccountSettings | None = field(default=None, repr=False)  # what it was opened with

    @property
    def stamp(self) -> tuple[datetime, datetime | None] | None:
        """Which secrets it was opened with, as `KeptSignIn.stamp` has it."""
        return (self.kept_since, self.renewed_at) if self.kept_since is not None else None


class Connection:
    """An `AccountClient`: what goes out is guarded, all else is the network's own."""

    def __init__(self, opened: Opened, judge: Judge) -> None:
        self.opened = opened
        self._judge = judge
        self._confirmed: tuple[Opened, Who] | None = None  # whose it is, as the network said

    def exchange(self, opened: Opened) -> None:
        """From now on it leads there. What is under way ends with what it began."""
        self.opened = opened

    def __getattr__(self, name: str) -> Any:
        return getattr(self.opened.client, name)

    def check(self) -> Health:
        opened = self.opened
        if opened.shut:
            return Health(False, f"{opened.shut} {opened.renew}")
        health = opened.client.check()
        if not health.ok or health.account_id is None:
            return health
        who = Who(health.account_id, health.identity or health.account_id)
        wrong = self._judge(who)
        self._confirmed = None if wrong else (opened, who)
        return replace(health, ok=False, sentence=wrong) if wrong else health

    def prepare(self, content: Content, prepared: Mapping[str, Any], now: datetime) -> dict[str, Any]:
        opened = self._open()
        try:
            return opened.client.prepare(content, prepared, now)
        except PrepareFailed as failed:
            raise PrepareFailed(_mended(failed.outcome, opened), failed.so_far) from failed

    def publish(
        self, payload: bytes, handle: str, send_by: Callable[[], bool], whose: Whose | None = None
    ) -> Outcome:
        opened = self.opened
        if (why := self._find_why_not(opened, whose)) is not None:
            return why
        return _mended(opened.client.publish(payload, handle, send_by), opened)

    def find(self, attempt: Attempt, whose: Whose | None = None) -> Look:
        opened = self.opened
        if (why := self._find_why_not(opened, whose)) is not None:
            return CannotTell(http_outcomes.describe(why))
        return opened.client.find(attempt)

    def delete(self, remote_id: str, whose: Whose | None = None) -> Outcome:
        opened = self.opened
        if (why := self._find_why_not(opened, whose)) is not None:
            return why
        return _mended(opened.client.delete(remote_id), opened)

    def _open(self) -> Opened:
        """Raises PrepareFailed."""
        opened = self.opened
        if (why := self._find_why_not(opened)) is not None:
            raise PrepareFailed(why)
        return opened

    def _find_why_not(
        self, opened: Opened, whose: Whose | None = None
    ) -> NeedsLogin | Later | NotSent | None:
        """Why nothing is asked of the network; no byte of it has left then. None: it is who it was, and `whose`, which
        is asked for last: of `opened` nothing changes any more."""
        if opened.shut:
            return NeedsLogin(opened.shut, mend=opened.renew)
        known = self._confirm(opened)
        if isinstance(known, NeedsLogin | Later | NotSent):
            return known
        its = whose() if whose is not None else None
        return NotSent(ANOTHER_PROFILE) if None not in (its, known) and its != known else None

    def _confirm(self, opened: Opened) -> str | NeedsLogin | Later | NotSent | None:
        """Whose it is, asked of the network once. None: neither it nor what is kept can say."""
        known, client = self._confirmed, opened.client
        if known is not None and known[0] is opened:
            return known[1].id
        if not isinstance(client, KnowsWho):
            return opened.identity
        who = client.who()
        if isinstance(who, Who):
            if wrong := self._judge(who):
                return NeedsLogin(wrong, mend="Nothing goes out there until it is who it was.")
            self._confirmed = opened, who
            return who.id
        found = _mended(who, opened)
        if isinstance(found, NeedsLogin | Later | NotSent):
            return found
        return NotSent(f"{NOT_ASKED}: {http_outcomes.describe(who)}")


class ReceivingConnection(Connection):
    """The same of an account whose network tells what customers write: a `Receiving`. All of it is written down, for
    some versions of Python do not take `__getattr__` for an answer when they are asked whether it is one."""

    @property
    def streams(self) -> tuple[str, ...]:
        return _receiving(self.opened).streams

    def poll(self, stream: str, cursor: str | None, *, direct: bool) -> Page | Trouble:
        opened = self.opened
        return self._find_trouble(opened) or _receiving(opened).poll(stream, cursor, direct=direct)

    def thread(self, remote_id: str) -> tuple[Inbound, ...] | Gone | Trouble:
        opened = self.opened
        return self._find_trouble(opened) or _receiving(opened).thread(remote_id)

    def look(self, stream: str, remote_ids: Sequence[str]) -> Mapping[str, Inbound | Gone] | Trouble:
        opened = self.opened
        return self._find_trouble(opened) or _receiving(opened).look(stream, remote_ids)

    def _find_trouble(self, opened: Opened) -> Trouble | None:
        """Before each reading also whether it is that account still: another process may have replaced it."""
        known = self._confirmed
        if known is not None and known[0] is opened and (wrong := self._judge(known[1], learns=False)):
            return Trouble(wrong, needs_login=True)
        match self._find_why_not(opened):
            case None:
                return None
            case Later(why, at):
                return Trouble(why, at)
            case NeedsLogin(why, _, mend):
                return Trouble(f"{why} {mend or ''}".strip(), needs_login=True)
            case why_not:
                return Trouble(why_not.why)


class AnsweringConnection(ReceivingConnection):
    """The same of an account that takes answers, too: an `Answering`."""

    def prepare_reply(
        self, reference: Mapping[str, Any], content: Content, prepared: Mapping[str, Any], now: datetime
    ) -> dict[str, Any]:
        opened = self._open()
        try:
            return _answering(opened).prepare_reply(reference, content, prepared, now)
        except PrepareFailed as failed:
            raise PrepareFailed(_mended(failed.outcome, opened), failed.so_far) from failed

    def measure_reply(self, reference: Mapping[str, Any], content: Content) -> Measure:
        return _answering(self.opened).measure_reply(reference, content)

    def preview_reply(self, reference: Mapping[str, Any], content: Content) -> str:
        return _answering(self.opened).preview_reply(reference, content)

    def render_reply(
        self,
        reference: Mapping[str, Any],
        content: Content,
        prepared: Mapping[str, Any],
        handle: str,
        now: datetime,
    ) -> bytes:
        return _answering(self.opened).render_reply(reference, content, prepared, handle, now)

    def can_correct(self, reference: Mapping[str, Any]) -> bool:
        return _answering(self.opened).can_correct(reference)

    def render_correction(
        self, reference: Mapping[str, Any], remote_id: str, content: Content, prepared: Mapping[str, Any]
    ) -> bytes:
        return _answering(self.opened).render_correction(reference, remote_id, content, prepared)


def _receiving(opened: Opened) -> Receiving:
    if not isinstance(opened.client, Receiving):
        raise TypeError("the network of an account does not change")
    return opened.client


def _answering(opened: Opened) -> Answering:
    if not isinstance(opened.client, Answering):
        raise TypeError("the network of an account does not change")
    return opened.client


class Sending(Protocol):
    """What a worker asks of an account about one send."""

    def publish(self, payload: bytes, handle: str, send_by: Callable[[], bool]) -> Outcome: ...
    def find(self, attempt: Attempt) -> Look: ...
    def delete(self, remote_id: str) -> Outcome: ...


@dataclass(frozen=True)
class _Whose:
    """A connection for what goes to one profile."""

    connection: Connection
    whose: Whose

    def publish(self, payload: bytes, handle: str, send_by: Callable[[], bool]) -> Outcome:
        return self.connection.publish(payload, handle, send_by, self.whose)

    def find(self, attempt: Attempt) -> Look:
        return self.connection.find(attempt, self.whose)

    def delete(self, remote_id: str) -> Outcome:
        return self.connection.delete(remote_id, self.whose)


def as_whose(client: AccountClient, whose: str | None, learn: Whose) -> Sending:
    """The account for one send, which is for this profile. None: nobody had said when it began. Then `learn` is asked
    at the last moment: where the account was given another profile since, each try was named the former one's."""
    if not isinstance(client, Connection):
        return client
    return _Whose(client, learn if whose is None else lambda: whose)


def make_connection(opened: Opened, judge: Judge) -> Connection:
    if isinstance(opened.client, Answering):
        return AnsweringConnection(opened, judge)
    receives = isinstance(opened.client, Receiving)
    return ReceivingConnection(opened, judge) if receives else Connection(opened, judge)


def _mended(outcome: Outcome, opened: Opened) -> Outcome:
    """Whoever reads that the sign-in is refused reads how it is renewed."""
    if isinstance(outcome, NeedsLogin) and opened.renew and outcome.mend is None:
        return replace(outcome, mend=opened.renew)
    return outcome
