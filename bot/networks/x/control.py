"""The control question: whose account is it, and does X itself answer?"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from bot.domain.outcomes import Outcome
from bot.networks import sanitize
from bot.networks.http import Result
from bot.networks.x import errors
from bot.networks.x.api import Api, read_data, read_id

PATIENCE = 5.0  # seconds; it is asked within the lease of a send
SITE = "https://x.com"


@dataclass(frozen=True)
class Profile:
    id: str
    name: str  # "@dockbakery"
    url: str

    @property
    def username(self) -> str:
        return self.name.removeprefix("@")


class Control:
    def __init__(self, api: Api) -> None:
        self._api = api.within(PATIENCE)

    def who(self) -> Profile | Outcome:
        """Asked now."""
        result = self._api.get("users", "me")
        said = read_data(result)
        found = read_id(said)
        if found is None:
            return errors.judge(result)
        username = sanitize.words(said.get("username"), 100).strip()
        return Profile(found, f"@{username or found}", make_profile_url(username))

    def is_gone(self, result: Result) -> bool:
        """Is what was asked for by its id not there? Believed once X has said just now whose account it is."""
        return errors.says_gone(result) and isinstance(self.who(), Profile)


def make_profile_url(username: str) -> str:
    return f"{SITE}/{quote(username, safe='')}" if username else SITE


def make_link(remote_id: str, username: str = "") -> str:
    """Where a browser finds a post; X leads on from any name."""
    return f"{SITE}/{quote(username, safe='') or 'i'}/status/{quote(remote_id, safe='')}"
