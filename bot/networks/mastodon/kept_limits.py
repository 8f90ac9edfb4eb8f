"""What a server has said it takes, kept in the account's vault: it holds before the server is asked again, as in an
import while no bot runs.

Only how long an unknown outcome has to wait is never taken from there: another server may answer at the same address.
"""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import Any

from bot.networks.mastodon.limits import DOCUMENTED, Limits, by_maker
from bot.networks.mastodon.software import Software
from bot.networks.protocol import Vault
from bot.observability import get_logger

KEPT_AS = "mastodon-limits"
MOST = 50_000  # characters; servers describe themselves in a few thousand

log = get_logger("mastodon")


class KeptLimits:
    """Read once, when the account is opened: limits are asked for in the middle of transactions."""

    def __init__(self, vault: Vault | None, server: str) -> None:
        self._vault = vault
        self._server = server
        self._kept = self._load()

    def recall(self) -> Limits | None:
        """None: no earlier run was told."""
        said, software = self._kept.get("said"), self._kept.get("software")
        if self._kept.get("server") != self._server or not isinstance(said, dict) or not said:
            return None
        known = _read_software(software)
        read = Limits.read(said)
        careful = replace(read.capabilities, settle_after=DOCUMENTED.capabilities.settle_after)
        return replace(read, software=known, capabilities=by_maker(careful, known))

    def keep(self, limits: Limits) -> None:
        """What cannot be kept is asked for again."""
        value = {"server": self._server, "said": dict(limits.said), "software": asdict(limits.software)}
        if self._vault is None or not limits.said or value == self._kept:
            return
        text = json.dumps(value)
        if len(text) > MOST:
            return
        try:
            self._vault.save(KEPT_AS, text)
            self._kept = value
        except Exception:
            log.exception("what a server says it takes could not be kept", server=self._server)

    def _load(self) -> dict[str, Any]:
        try:
            kept = json.loads((self._vault and self._vault.load(KEPT_AS)) or "{}")
        except Exception:  # whatever a vault raises (another key): then the documented limits hold
            log.warning("what a server has said it takes could not be read", server=self._server)
            return {}
        return kept if isinstance(kept, dict) else {}


def _read_software(kept: object) -> Software:
    said = kept if isinstance(kept, dict) else {}
    return Software(
        *(said[name] if isinstance(said.get(name), str) else None for name in ("name", "version", "how"))
    )
