"""The directory: who a Slack user is, as the rules need it. Answers within two seconds, whatever Slack does.

A click waits for this, and Slack waits three seconds for the click. So what is known is used at once while it
is fresh; else Slack is asked, and if it is silent what was known within a day still counts. Somebody nobody
ever saw is `Role.UNKNOWN`: may stop, not start.

What is known is in the database, so that every process refuses whom Slack told one of them about. Memory holds a copy
for the moment the database cannot be read: a pause must not wait for it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, TypeVar

from slack_sdk import WebClient
from sqlalchemy import Connection as Database

from bot.domain.people import Person, Role, is_group
from bot.services.unit_of_work import Clock
from bot.slack.private_channel import PrivateChannel
from bot.slack.roles import read_user
from bot.slack.transport.calls import Answered, Heard, SaidNo
from bot.slack.transport.repeats import ask_again
from bot.slack.workspace import Workspace
from bot.store.engine.store import Store
from bot.store.slack import memberships, people
from bot.store.slack.memberships import Membership
from bot.store.slack.people import KnownPerson

log = logging.getLogger(__name__)

FRESH = timedelta(minutes=10)
STALE = timedelta(hours=24)
PATIENCE = 2.0  # seconds for all questions about one person together
NO_GROUP = "no_such_subteam"  # Slack's answer that nobody is in it
T = TypeVar("T")
A_MOMENT = 0.25  # seconds a pause waits to learn that somebody never seen is a guest
A_GLANCE = (
    0.1  # seconds it waits for the database to say who they are, and as long for the names in its reason
)


class Directory:
    """`client` retries nothing and times out after two seconds. `lost` is told that somebody may do less than before:
    their approvals end."""

    def __init__(
        self, store: Store, client: WebClient, clock: Clock, workspace: Workspace, approvers: Sequence[str], *,
        lost: Callable[[], None] = lambda: None, private_channel: str = "", alone: bool = False,
        others: Collection[str] = (), named: Collection[str] = (),
    ) -> None:  # fmt: skip
        """`alone`: no other process writes this database, so what was read once holds until this one changes it.
        `others`: people the settings name besides approvers; who they are is asked at the start. `named`: people and
        user groups that approve for an account or a label."""
        self._store = store
        self._alone = alone
        self._client = client
        self._clock = clock
        self._workspace = workspace
        self._lost = lost
        self._approvers = frozenset(each for each in approvers if not is_group(each))
        self._team_groups = tuple(each for each in approvers if is_group(each))
        self._only_team = frozenset(self._team_groups) - frozenset(named)
        groups = dict.fromkeys((*self._team_groups, *(each for each in named if is_group(each))))
        self._group_ids = tuple(groups)
        self._others = frozenset((*others, *(each for each in named if not is_group(each)))) - self._approvers
        self._private = PrivateChannel(client, private_channel)
        self._lock = Lock()
        self._known: dict[str, KnownPerson] = {}
        self._groups: Mapping[str, Membership] = {}
        self._asking: dict[str, Future[None]] = {}
        # What the database says, where no other process writes it; else it is read for each click.
        self._recalled: dict[str, tuple[KnownPerson | None, Mapping[str, Membership]]] = {}
        self._changes = 0
        self._pool = ThreadPoolExecutor(4, thread_name_prefix="directory")

    def person(self, user_id: str, team_id: str | None = None) -> Person:
        """Who that is. `team_id`: what the payload says; an outsider is known by it while Slack is silent."""
        return self._ask_about(user_id, team_id, PATIENCE)

    def find_name(self, user_id: str) -> str | None:
        """What somebody is called; None if Slack does not say."""
        person = self.person(user_id)
        return None if person.role is Role.UNKNOWN else person.name

    def at_once(self, user_id: str, team_id: str | None = None) -> Person:
        """The same for a pause, which does not wait: a full member ever seen is not asked about at all, anybody
        else for a quarter of a second. Stopping is everyone's, so whoever stays unknown may."""
        self._recall_quickly(user_id)
        with self._lock:
            seen = self._known.get(user_id)
        if seen is None or seen.role is not Role.MEMBER:
            wait([self._ask(user_id, self._ask_user)], A_MOMENT)
            with self._lock:
                seen = self._known.get(user_id)
            if seen is None or not self._is_since(STALE, seen.seen_at):
                return self._unknown(user_id, team_id)
        return Person(user_id, seen.name, seen.role)  # whether they may approve, no pause asks

    def _recall_quickly(self, user_id: str, patience: float = A_GLANCE) -> None:
        """From the database, if it answers at once: a pause does not wait for one that has no connection left."""
        with self._lock:
            if user_id in self._known:
                return
        if patience <= 0:
            return
        wait([self._pool.submit(self._recall, user_id)], patience)

    def _ask_about(self, user_id: str, team_id: str | None, patience: float) -> Person:
        known, groups = self._recall(user_id)
        questions = self._questions(user_id, known, groups)
        if questions and patience:
            wait(questions, patience)
            known, groups = self._recall(user_id)
        if known is None or not self._is_since(STALE, known.seen_at):
            return self._unknown(user_id, team_id)
        usable = frozenset(
            name
            for name, group in groups.items()
            if name != self._private.key
            and user_id in group.members
            and self._is_since(STALE, group.heard_at)
        )
        approver = user_id in self._approvers or not usable.isdisjoint(self._team_groups)
        inside = self._private.has(user_id, groups.get(self._private.key), self._clock.now())
        return Person(user_id, known.name, known.role, approver, inside, usable)

    def _unknown(self, user_id: str, team_id: str | None) -> Person:
        """Of whom Slack says nothing. Another team is an outsider's, except in a Grid organisation: there a member can
        have it, too."""
        home = self._workspace.home
        foreign = team_id and home.team_id and team_id != home.team_id and home.enterprise_id is None
        return Person(user_id, user_id, Role.OUTSIDER if foreign else Role.UNKNOWN)

    def recall_names(self) -> Callable[[str], str | None]:
        """What people were last called, without asking Slack; all of them together wait a moment for the database."""
        until = self._clock.elapsed() + A_GLANCE

        def recall(user_id: str) -> str | None:
            self._recall_quickly(user_id, until - self._clock.elapsed())
            with self._lock:
                known = self._known.get(user_id)
            return known.name if known else None

        return recall

    def approver_ids(self) -> tuple[str, ...]:
        """Every approver, as far as known: whom to tell when something needs a person."""
        groups = self._read(self._load_groups, self._groups)
        grouped = {user for each in self._team_groups if each in groups for user in groups[each].members}
        return tuple(sorted(self._approvers)) + tuple(sorted(grouped - self._approvers))

    def knows_approvers(self) -> bool:
        """Whether those are all: Slack has said of each group who is in it."""
        groups = self._read(self._load_groups, self._groups)
        return all(each in groups and groups[each].known for each in self._team_groups)

    def warm(self) -> None:
        """Ask for approvers, user groups and others before anybody waits for them; returns at once."""
        for user_id in (*self._approvers, *self._others):
            self._ask(user_id, self._ask_user)
        for group_id in self._group_ids:
            self._ask(group_id, self._ask_group)
        if self._private.key:
            self._ask(self._private.key, self._ask_private_channel)

    def hear_person(self, user: Mapping[str, Any]) -> None:
        """Slack says this person changed, and mostly how. It says so of everybody in the workspace."""
        user_id = str(user["id"])
        if self._store.read(lambda db: people.recall(db, user_id)) is None and user_id not in self._known:
            return
        now = self._clock.now()
        known = read_user(user, self._workspace.home, now) if "profile" in user else None
        if known is None:
            self._write(lambda db: people.doubt(db, user_id, now))
            self._ask(user_id, self._ask_user)
            return
        with self._lock:
            self._known[user_id] = known
        self._write(lambda db: people.remember(db, known))
        if known.role is not Role.MEMBER:
            self._lost()

    def hear_group(
        self, group_id: str, *, members: Collection[str] | None = None, gone: Collection[str] = ()
    ) -> None:
        """Slack says a user group changed: nobody of it starts anything until Slack told who is in it now, and whoever
        is known to have left ("gone", or not in "members") has no right any more."""
        if group_id in self._group_ids:
            self._write(lambda db: memberships.note_change(db, group_id, members=members, gone=gone))
            self._lost()
            self._ask(group_id, self._ask_group)

    def may_be_private(self, channel_id: str) -> bool:
        """Whether that may be the channel of private messages; True too while nobody has looked up its name."""
        return self._private.may_be(channel_id)

    def hear_channel(self, channel_id: str, *, gone: Collection[str] = ()) -> None:
        """Slack says that somebody came to a channel, or left it."""
        if self._private.may_be(channel_id):
            left = gone if self._private.is_known else ()
            self._write(lambda db: memberships.note_change(db, self._private.key, gone=left))

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    # -- asking ----------------------------------------------------------------------------------------

    def _questions(
        self, user_id: str, known: KnownPerson | None, groups: Mapping[str, Membership]
    ) -> list[Future[None]]:
        """What has to be asked now, each question only once at a time."""
        asked = []
        if known is None or not self._is_since(FRESH, known.seen_at):
            asked.append(self._ask(user_id, self._ask_user))
        known_anyway = self._only_team if user_id in self._approvers else frozenset()
        for group_id in (each for each in self._group_ids if each not in known_anyway):
            group = groups.get(group_id)
            if group is None or not self._is_since(FRESH, group.heard_at):
                asked.append(self._ask(group_id, self._ask_group))
        if self._private.must_ask(user_id, groups.get(self._private.key), self._clock.now()):
            asked.append(self._ask(self._private.key, self._ask_private_channel))
        return asked

    def _ask(self, subject: str, question: Callable[[str], None]) -> Future[None]:
        with self._lock:
            running = self._asking.get(subject)
            if running is None or running.done():
                running = self._asking[subject] = self._pool.submit(question, subject)
            return running

    def _ask_user(self, user_id: str) -> None:
        asked_at = self._clock.now()
        heard = ask_again("users.info", lambda: self._client.users_info(user=user_id))
        if isinstance(heard, Answered):
            known = read_user(heard.data["user"], self._workspace.home, self._clock.now())
            if known is None:
                log.info("whether %s belongs to this workspace cannot be told", user_id)
                return
            with self._lock:
                self._known[user_id] = known  # a pause waits for nothing else
            self._keep(lambda db: people.remember(db, known, asked_at=asked_at))
        else:
            _silence("users.info", heard)

    def _ask_group(self, group_id: str) -> None:
        known = self._read(self._load_groups, self._groups).get(group_id)
        changes = known.changes if known else 0
        heard = ask_again(
            "usergroups.users.list", lambda: self._client.usergroups_users_list(usergroup=group_id)
        )
        if isinstance(heard, Answered) or (isinstance(heard, SaidNo) and heard.error == NO_GROUP):
            members = list(heard.data["users"]) if isinstance(heard, Answered) else []
            now = self._clock.now()
            self._keep(lambda db: memberships.keep(db, group_id, members, now, changes=changes))
        else:
            _silence("usergroups.users.list", heard)

    def _ask_private_channel(self, key: str) -> None:
        known = self._read(self._load_groups, self._groups).get(key)
        changes = known.changes if known else 0
        heard = self._private.ask()
        if isinstance(heard, frozenset):
            now = self._clock.now()
            self._keep(lambda db: memberships.keep(db, key, heard, now, changes=changes))
        elif heard is not None:
            _silence("conversations.members", heard)
        else:
            log.warning("there is no private channel of the name in the settings")

    def _keep(self, write: Callable[[Database], object]) -> None:
        """On a thread nobody listens to: what goes wrong is logged."""
        try:
            self._write(write)
            self._lost()
        except Exception:
            log.exception("what Slack said of people could not be kept")

    # -- what is known ---------------------------------------------------------------------------------

    def _recall(self, user_id: str) -> tuple[KnownPerson | None, Mapping[str, Membership]]:
        """What Slack last said of this person, and of the groups that may approve, however old."""
        with self._lock:
            changes = self._changes
            if self._alone and user_id in self._recalled:
                return self._recalled[user_id]

        def look(db: Database) -> tuple[KnownPerson | None, Mapping[str, Membership]]:
            return people.recall(db, user_id), self._load_groups(db)

        known, groups = self._read(look, (self._known.get(user_id), self._groups))
        with self._lock:
            if known is not None:
                self._known[user_id] = known
            self._groups = groups
            if changes == self._changes:
                self._recalled[user_id] = known, groups
        return known, groups

    def _write(self, write: Callable[[Database], object]) -> None:
        self._store.write(write)
        with self._lock:
            self._changes += 1
            self._recalled.clear()

    def _load_groups(self, db: Database) -> Mapping[str, Membership]:
        return memberships.load(db, [*self._group_ids, *([self._private.key] if self._private.key else [])])

    def _read(self, look: Callable[[Database], T], otherwise: T) -> T:
        """From the database; if it cannot be read, what it said last."""
        try:
            return self._store.read(look)
        except Exception:
            log.warning("who is who could not be read from the database", exc_info=True)
            return otherwise

    def _is_since(self, age: timedelta, at: datetime | None) -> bool:
        return at is not None and at >= self._clock.now() - age


def _silence(method: str, heard: Heard) -> None:
    if isinstance(heard, SaidNo):
        log.warning("%s was refused: %s", method, heard.error)
    else:
        log.warning("%s was not answered: %s", method, heard)
