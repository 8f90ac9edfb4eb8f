"""Statements: a post that two people release while publishing is paused. It opens no gate (promise P3).

A release is bound to one version, by its fingerprint, and to the pauses that kept its accounts shut when it was given.
Any change of the words, another pause, a resume, thirty minutes, or a lost right, and it does not count any more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.ids import VersionId
from bot.domain.people import LastKnown, Right
from bot.domain.posts import Seen, Version

WINDOW = timedelta(minutes=30)  # in which two people have to release it, and in which it has to begin
NEEDED = 2  # people

# Why a release has ended; stored.
LAPSED = "nobody else released it within 30 minutes"
CHANGED = "it was changed"
PAUSED_AGAIN = "publishing was paused again"
OPEN_AGAIN = "publishing was resumed"
RESUMED = "resumed publishing"  # somebody did
USED = "it counted once already"


@dataclass(frozen=True)
class Shut:
    """What keeps the accounts of a statement shut: the gate's epochs, and the pauses, each by its epoch. Another pause
    or a resume makes it another. `pauses` None: one of the accounts is open."""

    epochs: str
    pauses: str | None


@dataclass(frozen=True)
class Release:
    """One person let exactly this go."""

    id: str
    pause_id: str  # on whose message it stands
    post_id: str
    version_id: VersionId
    sha256: str
    shut: Shut  # as it was at that moment
    by: str
    approver: bool  # they were one
    at: datetime
    waived: str | None = None  # "Release anyway, because …"
    ended_at: datetime | None = None
    ended_by: str | None = None
    ended_why: str | None = None

    @property
    def until(self) -> datetime:
        return self.at + WINDOW

    def find_end(self, version: Version, shut: Shut, now: datetime) -> str | None:
        """Why it does not count any more; None: it does. `version`: what would go out now."""
        if self.ended_at is not None:
            return self.ended_why or CHANGED
        if (self.version_id, self.sha256) != (version.id, version.sha256):
            return CHANGED
        if self.shut != shut or shut.pauses is None:
            return OPEN_AGAIN if shut.pauses is None else PAUSED_AGAIN
        return LAPSED if now >= self.until else None


@dataclass(frozen=True)
class Counted:
    """What the releases of a version amount to: one a person, the oldest first."""

    each: tuple[Release, ...]
    named: tuple[
        frozenset[str], ...
    ] = ()  # where several rules have to be met: of these people, whom each names

    @property
    def pair(self) -> tuple[Release, Release] | None:
        """Of those who are enough, the first and the last; None: it may not go out. Two different people are, if each
        of its accounts has an approver among them; where accounts name different people it may take more."""
        for place, last in enumerate(self.each):
            first = next((one for one in self.each[:place] if one.by != last.by), None)
            if first is not None and not self._lacks_approver(self.each[: place + 1]):
                return first, last
        return None

    @property
    def needs_approver(self) -> bool:
        """An approver of some of its accounts has not released it."""
        return self._lacks_approver(self.each)

    @property
    def lacking(self) -> tuple[int, ...]:
        """Which of those rules have no approver among them."""
        approvers = {one.by for one in self.each if one.approver}
        return tuple(place for place, names in enumerate(self.named) if approvers.isdisjoint(names))

    @property
    def asks_approver(self) -> bool:
        """Enough people have released it, but for an approver."""
        return self.pair is None and len(self.each) >= NEEDED

    def _lacks_approver(self, given: Sequence[Release]) -> bool:
        approvers = {one.by for one in given if one.approver}
        return not approvers or any(approvers.isdisjoint(names) for names in self.named)


def count_releases(
    given: Iterable[Release],
    version: Version,
    shut: Shut,
    now: datetime,
    lost: Mapping[str, Collection[Right]],
    named: tuple[frozenset[str], ...] = (),
) -> Counted:
    """`lost`: {person: the rights they have no more, as far as known}; `named`: as in `Counted`."""
    counted: dict[str, Release] = {}
    for one in sorted(given, key=lambda one: (one.at, one.id)):
        gone = lost.get(one.by, ())
        if one.find_end(version, shut, now) is None and Right.TEAM not in gone:
            approver = one.approver and Right.APPROVE not in gone
            counted.setdefault(one.by, one if approver else _without_right(one))
    return Counted(tuple(counted.values()), named)


def _without_right(one: Release) -> Release:
    return Release(**{**vars(one), "approver": False})


def find_lost(ids: Iterable[str], approvers: Sequence[str], known: LastKnown) -> dict[str, tuple[Right, ...]]:
    """{person: the rights they have no more, as far as known}."""
    rights = (Right.TEAM, Right.APPROVE)
    return {
        each: tuple(right for right in rights if known.find_loss(each, right, approvers) is not None)
        for each in ids
    }


@dataclass(frozen=True)
class SeenStatement:
    """What somebody saw who pressed Release: on which pause's message, and which version."""

    pause_id: str
    seen: Seen
