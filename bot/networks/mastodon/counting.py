"""How long a text is for the server it goes to.

Makers count differently, and none says how. Mastodon counts what a reader calls a character, every link the same and
of `@name@host` only `@name`; others count links and names in full, some of them code points. Who is not known by name
is counted so that no known way makes it longer.

A text refused as too long although it fits is a lesson: from then on the account counts the stricter way, and what was
refused is too long. The lesson holds while the server describes itself as it did.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from enum import StrEnum

import regex

from bot.domain.outcomes import Outcome, Refused
from bot.networks import text
from bot.networks.lengths import say_too_long
from bot.networks.links import find_mastodon_links
from bot.networks.mastodon.limits import Limits
from bot.networks.protocol import Vault
from bot.observability import get_logger

log = get_logger("mastodon")

LESSON = "mastodon-length"  # its name in the vault
_LENGTH_STATUSES = frozenset({400, 413, 422})
_TOO_LONG = regex.compile(
    r"too (?:long|large|many char)|characters? limit|(?:limit|maximum) of \d+ char|over the .*limit|longer than"
    r"|greater than \d+ char|max\w*(?:text)?length|exceed",
    regex.IGNORECASE,
)


class Way(StrEnum):
    MASTODON = "as Mastodon"
    READ = "what a reader calls a character, in full"
    CODE_POINTS = "code points, in full"
    STRICT = "the longest of all ways"


WAYS = {
    "mastodon": Way.MASTODON,
    "hometown": Way.MASTODON,
    "pleroma": Way.READ,
    "akkoma": Way.READ,
    "gotosocial": Way.CODE_POINTS,
    "takahe": Way.CODE_POINTS,
    "pixelfed": Way.CODE_POINTS,
}


@dataclass(frozen=True)
class Lesson:
    """A text was refused as too long. `refused`: its strict length, if that fits too and so explains nothing."""

    about: str
    refused: int | None = None


class Counting:
    """One account's way of counting. `known` gives what the server said of itself; `title` is the account's."""

    def __init__(self, known: Callable[[], Limits], title: str, vault: Vault | None) -> None:
        self._known = known
        self._title = title
        self._vault = vault
        self._lesson: Lesson | None = None

    @property
    def way(self) -> Way:
        return Way.STRICT if self._learned() else WAYS.get(self._known().software.name or "", Way.STRICT)

    @property
    def unit(self) -> str:
        """For screens, on which people add up for themselves."""
        return "characters" if self.way is Way.MASTODON else "characters, links in full"

    def measure(self, words: str, warning: str = "") -> int:
        return measure(words, warning, self.way, self._known().reserved_per_url)

    def find_problem(self, words: str, warning: str = "") -> str | None:
        """A sentence if the server will not take so long a text."""
        limit, length = self._known().capabilities.max_length, self.measure(words, warning)
        learned = self._learned()
        if length > limit:
            return say_too_long(self._title, length, limit, how=self._say_how(words, warning, length))
        if learned and learned.refused is not None and length >= learned.refused:
            refused = f"{learned.refused:,} characters as too long"
            return f"{self._title} has refused a text of {refused}; this one has {length:,}."
        return None

    def _say_how(self, words: str, warning: str, length: int) -> str:
        """Nothing where it is what everybody would count."""
        links = find_mastodon_links(words)
        if self.way is Way.MASTODON:
            return f"a link counts as {self._known().reserved_per_url}" if links else ""
        if not links and length == text.count_graphemes(words) + text.count_graphemes(warning):
            return ""
        how = "links and names counted in full"
        return f"{how}: it has refused a text that looked shorter" if self._learned() else how

    def learn(self, outcome: Outcome, payload: bytes) -> None:
        """From what came of sending this status."""
        if not self._says_too_long(outcome):
            return
        try:
            sent = json.loads(payload)
            words, warning = str(sent.get("status") or ""), str(sent.get("spoiler_text") or "")
        except (ValueError, AttributeError):
            return
        known, refused = self._known(), None
        if self.measure(words, warning) > known.capabilities.max_length:
            return  # no surprise
        strict = measure(words, warning, Way.STRICT, known.reserved_per_url)
        if strict <= known.capabilities.max_length:
            learned = self._learned()
            refused = min(strict, (learned.refused if learned else None) or strict)
        self._lesson = Lesson(_describe(known), refused)
        self._save(self._lesson)

    def recall(self) -> None:
        """The lesson of an earlier run."""
        try:
            stored = self._vault.load(LESSON) if self._vault is not None else None
            if stored:
                said = json.loads(stored)
                refused = said["refused"]
                self._lesson = Lesson(said["about"], refused if isinstance(refused, int) else None)
        except (
            Exception
        ):  # whatever a vault raises (another key): a lesson is no reason to keep a post waiting
            log.warning("what an account learned of its server's length cannot be read", account=self._title)

    def _save(self, lesson: Lesson) -> None:
        try:
            if self._vault is not None:
                self._vault.save(LESSON, json.dumps(asdict(lesson)))
        except Exception:  # the outcome of the send must be written down all the same
            log.exception(
                "what an account learned of its server's length cannot be kept", account=self._title
            )

    def _learned(self) -> Lesson | None:
        return self._lesson if self._lesson and self._lesson.about == _describe(self._known()) else None

    def _says_too_long(self, outcome: Outcome) -> bool:
        if not isinstance(outcome, Refused) or outcome.http_status not in _LENGTH_STATUSES:
            return False
        limit = str(self._known().capabilities.max_length)  # in whatever language it says so
        return bool(
            _TOO_LONG.search(outcome.reason) or regex.search(rf"(?<!\d){limit}(?!\d)", outcome.reason)
        )


def measure(words: str, warning: str, way: Way, reserved_per_url: int) -> int:
    """A content warning counts with the words, with nothing between them; Mastodon counts its links and names in full
    (its StatusLengthValidator)."""
    match way:
        case Way.MASTODON:
            return text.count_graphemes(warning) + text.count_for_mastodon(words, reserved_per_url)
        case Way.READ:
            return text.count_graphemes(warning) + text.count_graphemes(words)
        case Way.CODE_POINTS:
            return len(warning) + len(words)
        case Way.STRICT:
            return sum(text.count_strictly(each, reserved_per_url) for each in (warning, words))


def _describe(known: Limits) -> str:
    """What a lesson is about: of a server that says something else now, it knows nothing."""
    return f"{known.software.name} {known.capabilities.max_length} {known.reserved_per_url}"
