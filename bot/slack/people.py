"""The directory: who a Slack user is, as the rules need it. Answers within two seconds, whatever Slack does.

A click waits for this, and Slack waits three seconds for the click. So what is known is used at once while it
is fresh; else Slack is asked, and if it is silent what was known within a day still counts. Somebody nobody
ever saw is `Role.UNKNOWN`: may stop, not start. User groups are kept in memory only.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from slack_sdk import WebClient

from bot.domain.people import Person, Role
from bot.services.unit_of_work import Clock
from bot.slack.transport.calls import Answered, Heard, SaidNo, hear
from bot.slack.workspace import Workspace
from bot.store.engine.store import Store
from bot.store.slack import people
from bot.store.slack.people import KnownPerson

log = logging.getLogger(__name__)

FRESH = timedelta(minutes=10)
STALE = timedelta(hours=24)
PATIENCE = 2.0  # seconds for all questions about one person together
A_MOMENT = 0.25  # seconds a pause waits to learn that somebody never seen is a guest


@dataclass(frozen=True)
class _Group:
    members: frozenset[str]
    seen_at: datetime


class Directory:
    """`client` retries nothing and times out after two seconds."""

    def __init__(
        self, store: Store, client: WebClient, clock: Clock, workspace: Workspace, approvers: Sequence[str]
    ) -> None:
        self._store = store
        self._client = client
        self._clock = clock
        self._workspace = workspace
        self._approvers = frozenset(each for each in approvers if not each.startswith("S"))
        self._group_ids = tuple(each for each in approvers if each.startswith("S"))
        self._lock = Lock()
        self._known: dict[str, KnownPerson] = {}
        self._groups: dict[str, _Group] = {}
        self._asking: dict[str, Future[None]] = {}
        self._pool = ThreadPoolExecutor(4, thread_name_prefix="directory")

    def person(self, user_id: str, team_id: str | None = None) -> Person:
        """Who that is. `team_id`: what the payload says, enough to know an outsider of a shared channel."""
        return self._ask_about(user_id, team_id, PATIENCE)

    def at_once(self, user_id: str, team_id: str | None = None) -> Person:
        """The same for a pause, which does not wait: a full member ever seen is not asked about at all, anybody
        else for a quarter of a second. Stopping is everyone's, so whoever stays unknown may."""
        seen = self._recalled(user_id)
        known_member = seen is not None and seen.role is Role.MEMBER
        return self._ask_about(user_id, team_id, 0.0 if known_member else A_MOMENT)

    def _ask_about(self, user_id: str, team_id: str | None, patience: float) -> Person:
        if team_id and self._workspace.team_id and team_id != self._workspace.team_id:
            return Person(user_id, user_id, Role.OUTSIDER)
        questions = self._questions(user_id)
        if questions and patience:
            wait(questions, patience)
        known = self._usable(user_id, STALE)
        if known is None:
            return Person(user_id, user_id, Role.UNKNOWN)
        return Person(user_id, known.name, known.role, approver=self._is_approver(user_id))

    def recall_name(self, user_id: str) -> str | None:
        """What somebody was last called, without asking Slack."""
        known = self._recalled(user_id)
        return known.name if known else None

    def approver_ids(self) -> tuple[str, ...]:
        """Every approver, as far as known: whom to tell when something needs a person."""
        with self._lock:
            grouped = {user for group in self._groups.values() for user in group.members}
        return tuple(sorted(self._approvers)) + tuple(sorted(grouped - self._approvers))

    def warm(self) -> None:
        """Ask for approvers and user groups before anybody waits for them; returns at once."""
        for user_id in self._approvers:
            self._ask(user_id, self._ask_user)
        for group_id in self._group_ids:
            self._ask(group_id, self._ask_group)

    def forget(self, user_id: str) -> None:
        """Slack says this person changed."""
        with self._lock:
            self._known.pop(user_id, None)
        self._store.write(lambda db: people.forget(db, user_id))

    def forget_groups(self) -> None:
        """Slack says a user group changed: the old members do not count until Slack told the new ones."""
        with self._lock:
            self._groups.clear()
        self.warm()

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    # -- asking ----------------------------------------------------------------------------------------

    def _questions(self, user_id: str) -> list[Future[None]]:
        """What has to be asked now, each question only once at a time."""
        asked = []
        if self._usable(user_id, FRESH) is None:
            asked.append(self._ask(user_id, self._ask_user))
        if user_id not in self._approvers:
            old = self._clock.now() - FRESH
            for group_id in self._group_ids:
                group = self._groups.get(group_id)
                if group is None or group.seen_at < old:
                    asked.append(self._ask(group_id, self._ask_group))
        return asked

    def _ask(self, subject: str, question: Callable[[str], None]) -> Future[None]:
        with self._lock:
            running = self._asking.get(subject)
            if running is None or running.done():
                running = self._asking[subject] = self._pool.submit(question, subject)
            return running

    def _ask_user(self, user_id: str) -> None:
        heard = hear(lambda: self._client.users_info(user=user_id))
        if isinstance(heard, Answered):
            known = read_user(heard.data["user"], self._workspace.team_id, self._clock.now())
            with self._lock:
                self._known[user_id] = known
            self._store.write(lambda db: people.remember(db, known))
        else:
            _silence("users.info", heard)

    def _ask_group(self, group_id: str) -> None:
        heard = hear(lambda: self._client.usergroups_users_list(usergroup=group_id))
        if isinstance(heard, Answered):
            with self._lock:
                self._groups[group_id] = _Group(frozenset(heard.data["users"]), self._clock.now())
        else:
            _silence("usergroups.users.list", heard)

    # -- what is known ---------------------------------------------------------------------------------

    def _usable(self, user_id: str, age: timedelta) -> KnownPerson | None:
        known = self._recalled(user_id)
        return known if known is not None and known.seen_at >= self._clock.now() - age else None

    def _recalled(self, user_id: str) -> KnownPerson | None:
        """What was last said, however old."""
        with self._lock:
            known = self._known.get(user_id)
        if known is None:
            known = self._store.read(lambda db: people.recall(db, user_id))
            if known is None:
                return None
            with self._lock:
                self._known.setdefault(user_id, known)
        return known

    def _is_approver(self, user_id: str) -> bool:
        if user_id in self._approvers:
            return True
        oldest = self._clock.now() - STALE
        with self._lock:
            return any(user_id in group.members for group in self._groups.values() if group.seen_at >= oldest)


def read_user(user: Mapping[str, Any], team_id: str | None, now: datetime) -> KnownPerson:
    """A user of users.info. Whoever is gone, a bot or of another team is no more than an outsider."""
    foreign = team_id is not None and user.get("team_id", team_id) != team_id
    if user.get("deleted") or user.get("is_bot") or user.get("is_stranger") or foreign:
        role = Role.OUTSIDER
    elif user.get("is_restricted") or user.get("is_ultra_restricted"):
        role = Role.GUEST
    else:
        role = Role.MEMBER
    profile = user.get("profile") or {}
    name = profile.get("display_name") or profile.get("real_name") or user.get("name") or user["id"]
    return KnownPerson(user["id"], name, role, user.get("tz"), now)


def _silence(method: str, heard: Heard) -> None:
    if isinstance(heard, SaidNo):
        log.warning("%s was refused: %s", method, heard.error)
    else:
        log.warning("%s was not answered: %s", method, heard)
