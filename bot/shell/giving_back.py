"""What a network gave for a sign-in that nobody keeps is given back, whatever stopped it; else a person is told where
it is ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from bot.control.socket import FAILED, BotAway, CommandRefused, NoAnswer
from bot.domain.refusals import Refusal
from bot.networks.protocol import Network
from bot.networks.signin.protocol import Forgetful, Granted, Revoked
from bot.networks.signin.revoking import revoke, say_by_hand
from bot.services.accounts import sign_ins
from bot.services.accounts.connections import to_account_settings
from bot.settings.account_entry import AccountEntry
from bot.settings.load import Settings
from bot.shell.database_access import look
from bot.shell.refusing import Refused, find_sentence
from bot.store.engine.lock import Locked
from bot.store.engine.vault import BadKey

STOPPED = "You stopped it: nobody was signed in. Nothing was changed."
NOT_KEPT = (Refused, Refusal, CommandRefused, BotAway, BadKey, Locked)


@dataclass
class Given:
    """What a network gave, until it is kept."""

    settings: Settings
    network: Network
    entry: AccountEntry
    granted: Granted
    seen: str  # what stood there before
    by_browser: bool  # it was made for Byhand alone; else a person made it, and it stays theirs
    vault: Forgetful = field(default_factory=Forgetful)  # what its connection keeps while it is tried
    handed_over: bool = False  # whoever holds the database may keep it from now on

    def give_back(self, why: BaseException) -> str:
        """A sentence for the person; "": there is nothing that they have to do."""
        if not self.handed_over or (isinstance(why, NOT_KEPT) and str(why) != FAILED):
            kept: bool | None = False
        else:
            kept = self._find_kept(why)
        if kept:
            return "It is kept all the same: byhand check says how it stands."
        if kept is None:
            where = f" If it is not: {say_by_hand(self.network)}" if self.by_browser else ""
            return f"Whether it is kept, byhand check says.{where}"
        revoked = self._revoke()
        if revoked.done or not self.by_browser:
            return ""
        return f"What the server gave Byhand may still hold there. {revoked.sentence}"

    def _find_kept(self, why: BaseException) -> bool | None:
        """None: nobody knows, or it may still happen."""
        try:
            changed = look(self.settings, lambda work: sign_ins.find_seen(work, self.entry.name)) != self.seen
        except Exception:  # of a database that is what stopped it, maybe
            return None
        return True if changed else (None if isinstance(why, NoAnswer) else False)

    def _revoke(self) -> Revoked:
        """Also the session of an app password that was tried."""
        try:
            return revoke(self.network, to_account_settings(self.entry, self.granted.secrets), self.vault)
        except (Exception, KeyboardInterrupt):  # a bug, or they do not want to wait: they are told where
            return Revoked(False, say_by_hand(self.network))


@contextmanager
def not_left_behind(given: Given, tell: Callable[[str], None]) -> Iterator[None]:
    """Raises what stopped it, with what became of it."""
    try:
        yield
    except BaseException as why:
        left = given.give_back(why)
        sentence = STOPPED if isinstance(why, KeyboardInterrupt) and not given.handed_over else None
        if sentence is None and isinstance(why, Exception):
            sentence = find_sentence(why)
        if sentence is None:  # a fault of ours: its traceback comes after this
            if left:
                tell(left)
            raise
        if not left and isinstance(why, Exception):
            raise
        raise Refused(f"{sentence} {left}".rstrip()) from why
