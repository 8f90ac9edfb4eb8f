"""An account of a test's backend as a running bot has it: guarded, and now and then given another profile."""

from __future__ import annotations

from pathlib import Path

from bot.domain.deliveries import Attempt
from bot.domain.posts import Seen
from bot.services.accounts import sign_ins as verbs
from bot.services.accounts.connection import Connection, Opened, make_connection
from bot.services.accounts.identity import make_judge
from bot.services.accounts.sign_ins import Proof, Replaced
from bot.settings.account_entry import AccountEntry
from bot.store import deliveries, sign_ins
from bot.store.engine.vault import open_keys
from tests.backend import Backend

OTHER = "other"  # the profile that another secret opens
WHO = "cli:maya@desk"


class Profiles:
    """The bakery's connection, and its exchange for another profile's."""

    def __init__(self, backend: Backend, folder: Path) -> None:
        self.backend = backend
        self.keys = open_keys(None, folder / "byhand.key")
        backend.network.add_account(OTHER)
        backend.network.add_past(OTHER)
        self.clients = {name: backend.connect_anew(name) for name in ("bakery", OTHER)}
        self.healths = {name: client.check() for name, client in self.clients.items()}
        judge = make_judge(backend.store, backend.services.work, AccountEntry("bakery", "mastodon"))
        self.connection: Connection = make_connection(Opened(self.clients["bakery"], ""), judge)
        backend.accounts["bakery"] = self.connection
        self.is_now = "bakery"

    def known(self) -> str | None:
        kept = self.backend.store.read(lambda db: sign_ins.load(db, "bakery"))
        return kept.identity if kept else None

    def replace(
        self, name: str = OTHER, *, replaces: bool = True, seen: str | None = None
    ) -> Replaced | None:
        """`byhand connect … --replace`, and the running bot takes it over."""
        ended = self.sign_in(name, replaces=replaces, seen=seen)
        self.exchange(name)
        return ended

    def sign_in(
        self, name: str = OTHER, *, replaces: bool = True, seen: str | None = None
    ) -> Replaced | None:
        health = self.healths[name]
        assert health.account_id
        assert health.identity
        seen = self.backend.services.look(verbs.find_seen, "bakery") if seen is None else seen
        done = self.backend.services.do(
            verbs.sign_in, self.keys, WHO, "bakery", {"TOKEN": self.backend.network.tokens[name]}, {},
            Proof(health.account_id, health.identity), seen, replaces=replaces,
        )  # fmt: skip
        return done.replaced

    def exchange(self, name: str = OTHER) -> None:
        self.is_now = name
        self.connection.exchange(Opened(self.clients[name], "", "", self.backend.clock.now()))


def last_attempt(backend: Backend, seen: Seen) -> Attempt:
    found = backend.store.read(lambda db: deliveries.find_last_attempt(db, backend.delivery_id(seen)))
    assert found is not None
    return found


def where(backend: Backend) -> list[str]:
    """To which profiles something went, in order."""
    return [line.account for line in backend.network.ledger]
