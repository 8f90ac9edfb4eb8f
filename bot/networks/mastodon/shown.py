"""Which kinds of our own statuses a server has shown us in the account's own list.

Some servers leave the narrower ones, or answers, out of that list without a word; there, "it is not in the list" proves
nothing. What was shown once is remembered in the account's vault, for this server and this owner.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Mapping
from typing import Any

from bot.networks.mastodon.errors import Owner
from bot.networks.protocol import Vault
from bot.observability import get_logger

KEPT_AS = "shown-statuses"
_WORDS = {"private": "followers-only"}

log = get_logger("mastodon")


class Shown:
    """Kinds like "direct answer" and "public post". Used from many threads at once."""

    def __init__(self, vault: Vault | None, server: str) -> None:
        self._vault = vault
        self._server = server
        self._lock = threading.Lock()
        self._kinds: dict[str, set[str]] = {}  # by the owner's id

    def learn(self, page: Iterable[Mapping[str, Any]], us: Owner) -> None:
        """What a page of the account's own list shows."""
        found = {kind for status in page if is_own(status, us) and (kind := name_kind(status))}
        with self._lock:
            if found <= self._kinds.get(us.id, set()):
                return
            known = self._read(us)
            if not found <= known:
                known |= found
                self._keep({"server": self._server, "owner": us.id, "kinds": sorted(known)})

    def has(self, kind: str, us: Owner) -> bool:
        with self._lock:
            return kind in self._kinds.get(us.id, set()) or kind in self._read(us)

    def _read(self, us: Owner) -> set[str]:
        """What this process knows, and what others have kept since."""
        kept = self._load()
        same = (kept.get("server"), kept.get("owner")) == (self._server, us.id)
        kinds = kept.get("kinds") if same else None
        known = self._kinds.setdefault(us.id, set())
        known |= set(map(str, kinds)) if isinstance(kinds, list) else set()
        return known

    def _load(self) -> dict[str, Any]:
        """Nothing, where the vault cannot be read: then a person is asked once more."""
        try:
            kept = json.loads((self._vault and self._vault.load(KEPT_AS)) or "{}")
        except Exception:
            log.exception("what the server has shown could not be read", server=self._server)
            return {}
        return kept if isinstance(kept, dict) else {}

    def _keep(self, value: Mapping[str, Any]) -> None:
        """What cannot be kept is learnt again: reading goes on."""
        if self._vault is None:
            return
        try:
            self._vault.save(KEPT_AS, json.dumps(value))
        except Exception:
            log.exception("what the server has shown could not be kept", server=self._server)


def is_own(status: Mapping[str, Any], us: Owner) -> bool:
    """A status of the account, neither boosted nor pinned in front: a place in the list's own order."""
    author = status.get("account")
    ours = not isinstance(author, dict) or str(author.get("id")) == us.id
    return ours and not status.get("reblog") and status.get("pinned") is not True


def name_kind(status: Mapping[str, Any]) -> str | None:
    """ "direct answer", "public post"; of a status as the server shows it, or as it was sent. None: it does not say."""
    visibility = status.get("visibility")
    if not isinstance(visibility, str) or not visibility:
        return None
    return f"{_WORDS.get(visibility, visibility)} {'answer' if status.get('in_reply_to_id') else 'post'}"
