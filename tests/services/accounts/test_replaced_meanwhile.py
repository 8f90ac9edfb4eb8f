"""Replaced in the middle of a call: what was read of the former profile is not the new one's, and neither is what its
connection keeps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from bot.domain.deliveries import AttemptState
from bot.domain.posts import Status
from bot.networks.protocol import AccountClient
from bot.networks.receiving import NOTICES, Older, Page, Receiving, Trouble, as_receiving
from bot.networks.signin.protocol import Revoked
from bot.sandbox.networks.server import Fault
from bot.services.accounts import sign_ins, sign_outs
from bot.services.accounts.connection import Connection
from bot.services.accounts.connections import SignInVault
from bot.services.accounts.sign_ins import Proof
from bot.store import sign_ins as rows
from bot.store.engine.vault import StoreVault
from bot.store.inbox import cursors
from bot.store.profiles import forget_cursors
from bot.store.tables.core import attempts
from bot.workers.visit import SweepStep, Visitor
from bot.workers.worker import Worker
from tests.backend import Backend
from tests.inbox_backend import InboxBackend
from tests.promises.profiles import Profiles, last_attempt, where


@pytest.fixture
def inbox(inbox_backend: InboxBackend, tmp_path: Path) -> Profiles:
    made = Profiles(inbox_backend, tmp_path)
    made.connection.check()
    return made


class Interrupted:
    """A profile's client; something else happens once its customers were read, before that is stored."""

    def __init__(self, client: AccountClient, then: Callable[[], object]) -> None:
        self._client, self._then, self.asked = client, then, 0

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        if name not in {"poll", "thread", "look"}:
            return found

        def ask(*arguments: Any, **more: Any) -> Any:
            said = found(*arguments, **more)
            self.asked += 1
            if name != "poll" or arguments[0] == NOTICES:
                self._then()
            return said

        return ask


def interrupt(inbox: Profiles, then: Callable[[], object]) -> Receiving:
    inbox.clients["bakery"] = Interrupted(inbox.clients["bakery"], then)
    inbox.exchange("bakery")
    found = as_receiving(inbox.connection)
    assert found is not None
    return found


def threads(backend: InboxBackend) -> set[str]:
    return {str(one.thread) for one in backend.conversations()}


def make_visitor(backend: InboxBackend) -> Visitor:
    return Visitor(backend.services, "bakery", NOTICES, lambda: False)


@pytest.mark.parametrize("by", ["the feed", "a first sync", "the newest page", "a thread"])
def test_what_was_just_being_read_of_the_former_one_does_not_come_in(
    inbox_backend: InboxBackend, inbox: Profiles, by: str
) -> None:
    """It would count as written to the new profile, and be answered from there."""
    asked = inbox_backend.network.customer_writes("Lena K.", "Is it open?", to="bakery")
    if by == "a first sync":
        inbox_backend.store.write(lambda db: forget_cursors(db, "bakery"))
    visitor, receiving = make_visitor(inbox_backend), interrupt(inbox, inbox.replace)
    if by in ("the feed", "a first sync"):
        visitor.ask(receiving)
    else:
        visitor.sweep()
        root = asked if by == "a thread" else None
        inbox_backend.network.customer_writes("Jonas", "Yes?", to="bakery", reply_to=asked)
        visitor.take(receiving, SweepStep(NOTICES, root=root, newest=root is None))
    assert threads(inbox_backend) == set()
    assert inbox_backend.store.read(lambda db: cursors.load_of_account(db, "bakery")) == {}


def test_the_former_ones_posts_are_not_looked_through_as_the_new_one(
    inbox_backend: InboxBackend, inbox: Profiles
) -> None:
    """A sweep was under way: who commented there did not write to the new profile."""
    asked = inbox_backend.writes()
    visitor, receiving = make_visitor(inbox_backend), as_receiving(inbox.connection)
    assert receiving is not None
    steps = [one for one in visitor.sweep() if one.root or one.remote_ids]
    assert steps
    inbox.replace()
    inbox_backend.push(minutes=1)
    inbox_backend.network.customer_writes("Jonas", "Me too", to="bakery", reply_to=asked)
    before = len(inbox_backend.conversations())
    assert [visitor.take(receiving, step).calls for step in steps] == [0] * len(steps)
    assert len(inbox_backend.conversations()) == before


def test_a_first_sync_that_had_to_wait_begins_again_for_the_new_one(
    inbox_backend: InboxBackend, inbox: Profiles
) -> None:
    inbox_backend.store.write(lambda db: forget_cursors(db, "bakery"))
    inbox_backend.network.customer_writes("Lena K.", "Is it open?", to="bakery")
    visitor = make_visitor(inbox_backend)
    later = Trouble("too many requests")
    found, pages = inbox.clients["bakery"], [0]

    class Halfway:
        def __getattr__(self, name: str) -> Any:
            return getattr(found, name)

        def poll(self, stream: str, cursor: str | None, *, direct: bool) -> Page | Trouble:
            page: Page | Trouble = found.poll(stream, None, direct=direct)  # type: ignore[attr-defined]
            if stream != NOTICES or isinstance(page, Trouble):
                return page
            pages[0] += 1
            if pages[0] > 1:
                return later
            at = inbox_backend.clock.now() - timedelta(minutes=1)
            return Page(page.messages, page.cursor, more=False, older=Older("1", at))

    inbox.clients["bakery"] = Halfway()
    inbox.exchange("bakery")
    receiving = as_receiving(inbox.connection)
    assert receiving is not None
    assert visitor.ask(receiving).trouble is later
    inbox.replace()
    inbox_backend.push(minutes=1)
    visitor.ask(receiving)
    assert threads(inbox_backend) == set()


def test_exchanged_just_before_a_reading_the_new_one_is_not_read_unasked(
    inbox_backend: InboxBackend, inbox: Profiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was found out about one profile's client says nothing about the next one's."""
    receiving, found = interrupt(inbox, lambda: None), inbox.clients["bakery"]
    honest = Connection._find_why_not

    def find(self: Connection, *which: Any) -> Any:
        said = honest(self, *which)
        inbox.replace()
        return said

    monkeypatch.setattr(Connection, "_find_why_not", find)
    receiving.poll(NOTICES, None, direct=False)
    assert found.asked == 1  # type: ignore[attr-defined]


def test_a_session_ends_with_its_sign_in(inbox_backend: InboxBackend, inbox: Profiles) -> None:
    """The former profile's connection renews its session while the account becomes another one: neither gets the
    other's."""
    store = inbox_backend.store
    inbox.sign_in()
    kept = store.read(lambda db: rows.load(db, "bakery"))
    assert kept is not None
    former = SignInVault(store, inbox.keys, "bakery", kept.changed_at)
    former.save("session", "of the former")
    assert former.load("session") == "of the former"
    inbox.sign_in("bakery")
    now = store.read(lambda db: rows.load(db, "bakery"))
    assert now is not None
    new = SignInVault(store, inbox.keys, "bakery", now.changed_at)
    assert new.load("session") is None
    new.save("session", "of the new")
    former.save("session", "of the former")
    assert (former.load("session"), new.load("session")) == (None, "of the new")


def test_signed_out_nothing_is_kept_any_more(inbox_backend: InboxBackend, inbox: Profiles) -> None:
    """A call that is under way then would leave its session behind."""
    store, services = inbox_backend.store, inbox_backend.services
    inbox.sign_in()
    kept = store.read(lambda db: rows.load(db, "bakery"))
    assert kept is not None
    vault = SignInVault(store, inbox.keys, "bakery", kept.changed_at)
    former = services.do(sign_outs.sign_out, inbox.keys, "cli:maya@desk", "bakery")
    services.do(sign_outs.forget, "cli:maya@desk", former, Revoked(False, "By hand."))
    vault.save("session", "left behind")
    assert StoreVault(store, inbox.keys, "bakery").load("session") is None


def test_of_the_environment_it_is_kept_until_somebody_signs_in(
    inbox_backend: InboxBackend, inbox: Profiles
) -> None:
    """To learn whose it is changes nothing."""
    vault = SignInVault(inbox_backend.store, inbox.keys, "bakery", None)
    vault.save("session", "of the environment")
    assert vault.load("session") == "of the environment"
    health = inbox.healths["bakery"]
    proof = Proof(str(health.account_id), str(health.identity))
    seen = inbox_backend.services.look(sign_ins.find_seen, "bakery")
    inbox_backend.services.do(
        sign_ins.sign_in, inbox.keys, "cli:maya@desk", "bakery", {"TOKEN": "t"}, {}, proof, seen
    )
    vault.save("session", "of the environment")
    assert vault.load("session") is None


@pytest.mark.parametrize("step", ["_call", "_found"])
def test_begun_when_nobody_knew_whose_it_is_it_is_the_former_ones(
    backend: Backend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """The worker holds a try that names nobody, while the account becomes known, and then another one."""
    profiles, seen = Profiles(backend, tmp_path), backend.approved()
    profiles.connection.check()
    honest = getattr(Worker, step)

    def replaced_first(self: Worker, one: Any, *more: Any) -> Any:
        backend.store.write(lambda db: db.execute(update(attempts).values(identity=None)))
        profiles.replace()
        return honest(self, replace(one, identity=None), *more)

    if step == "_found":
        backend.network.faults.order(Fault.LOST_ANSWER, 1)
    monkeypatch.setattr(Worker, step, replaced_first)
    backend.to_slot(seen)
    backend.push(minutes=2)
    if step == "_call":
        assert where(backend) == []
        assert last_attempt(backend, seen).state is AttemptState.NOT_SENT
    else:
        assert where(backend) == ["bakery"]
        assert backend.status(seen) is Status.PUBLISHING, (
            "what is not on the new profile may be on the former"
        )
