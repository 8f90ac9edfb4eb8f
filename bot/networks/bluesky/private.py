"""Private messages on Bluesky, a service apart from everything else there: its log, and looking for what we sent.

There is no key that makes sending one twice harmless, and no proof of absence; so a lost answer is only ever Found, or
a person looks. What a customer deletes there is deleted from their own sight alone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Set
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any

from bot.domain.outcomes import CannotTell, Found, Look, Outcome
from bot.networks import http_outcomes, marks, sanitize
from bot.networks.bluesky import messages as bluesky_messages
from bot.networks.bluesky import record as bluesky_record
from bot.networks.bluesky.questions import QuestionAnswer, Questions, Stopped
from bot.networks.bluesky.session import Session
from bot.networks.marks import Mark, Seen
from bot.networks.protocol import Attempt
from bot.networks.receiving import LOOK_AT_ONCE, Gone, Inbound, Older, Page, Rate, Trouble

AT_ONCE = 100
FULL_LOG = 50  # lines from which more are likely
FIRST_CONVERSATIONS = 25  # conversations of one page of the first sync
MOST_PAGES = (
    10  # of messages of one conversation nobody answered, and of conversations looked through for one
)
BEFORE_ALL = "2222222222222"  # a revision older than all
SKEW = timedelta(seconds=10)  # the service's clock may be behind ours
CREATED = "chat.bsky.convo.defs#logCreateMessage"
MESSAGE = "chat.bsky.convo.defs#messageView"
DELETED = "chat.bsky.convo.defs#deletedMessageView"


class BlueskyPrivate:
    def __init__(self, questions: Questions, signed_in: Callable[[], Session | Outcome]) -> None:
        self._questions = questions
        self._signed_in = signed_in
        self.closed = False  # the app password does not open it, when last asked

    def open(self) -> bool:
        """Asks whether it can be read at all; a service that does not answer is not closed."""
        try:
            self._questions.ask("chat.bsky.convo.listConvos", {"limit": "1"}, "convos", chat=True)
            self.closed = False
        except Stopped as stopped:
            self.closed = stopped.closed
        return not self.closed

    def poll(self, cursor: str | None) -> Page | Trouble:
        us = self._signed_in()
        if not isinstance(us, Session):
            return self._questions.trouble(us)
        try:
            if cursor is None or cursor.startswith(marks.BACK):
                return self._back(us, cursor)
            return self._since(us, cursor)
        except Stopped as stopped:
            self.closed = self.closed or stopped.closed
            return Page((), None) if stopped.closed else stopped.trouble

    def look(self, remote_ids: Sequence[str]) -> Mapping[str, Inbound | Gone] | Trouble:
        """Among the last hundred messages of their conversations; what is older is not told of."""
        us = self._signed_in()
        if not isinstance(us, Session):
            return self._questions.trouble(us)
        wanted = set(remote_ids[:LOOK_AT_ONCE])
        found: dict[str, Inbound | Gone] = {}
        try:
            others = self._others(us, {remote_id.partition("/")[0] for remote_id in wanted})
        except Stopped as stopped:
            return stopped.trouble
        alone: Trouble | None = None
        for convo in sorted({remote_id.partition("/")[0] for remote_id in wanted}):
            try:
                found |= self._look_into(us, convo, wanted, others)
            except (
                Stopped
            ) as stopped:  # one conversation that is not shown is no reason to leave out the others
                if not stopped.answered:
                    return found or stopped.trouble
                alone = replace(stopped.trouble, alone=True)
        return found or alone or {}

    def _look_into(
        self, us: Session, convo: str, wanted: Set[str], others: Mapping[str, Mapping[str, Any]]
    ) -> dict[str, Inbound | Gone]:
        found: dict[str, Inbound | Gone] = {}
        for message in self._messages(convo):
            remote_id = f"{convo}/{message.get('id')}"
            if remote_id in wanted and message.get("$type") == DELETED:
                found[remote_id] = Gone()
            elif remote_id in wanted:
                found |= {one.remote_id: one for one in self._read(us, [(convo, message)], others)}
        return found

    def find(self, attempt: Attempt, convo: str, words: str) -> Look:
        us = self._signed_in()
        if not isinstance(us, Session):
            return CannotTell(http_outcomes.describe(us))
        try:
            messages = self._messages(convo)
        except Stopped as stopped:
            return CannotTell(stopped.trouble.sentence)
        for message in messages:
            ours = _by(message, us)
            at = http_outcomes.parse_iso_moment(sanitize.words(message.get("sentAt"), 40))
            if ours and message.get("text") == words and at and at >= attempt.started_at - SKEW:
                return Found(f"{convo}/{message.get('id')}", f"{bluesky_messages.APP}/messages/{convo}")
        return CannotTell("It is not among the last messages there, which proves nothing.")

    def _back(self, us: Session, cursor: str | None) -> Page:
        """What nobody answered in the newest conversations, or in those before. Where the log stands is asked first:
        what comes in meanwhile comes again."""
        stands_at = None if cursor else self._questions.ask("chat.bsky.convo.getLog", {}, "logs", chat=True)
        more = {"cursor": cursor.removeprefix(marks.BACK)} if cursor else {}
        said = self._conversations({"limit": str(FIRST_CONVERSATIONS), **more})
        others = _read_others(us, said)
        welcome = [convo for convo, who in others.items() if not bluesky_messages.is_left_out(who)]
        found = [(convo, message) for convo in welcome for message in reversed(self._unanswered(us, convo))]
        messages = sorted(self._read(us, found, others), key=lambda message: message.at)
        reaches = min(map(_last_at, said.items("convos")), default=marks.BEGINNING)
        behind = said.cursor()
        older = Older(marks.BACK + behind, reaches) if behind else None
        mark = Mark(stands_at.cursor() or BEFORE_ALL).write() if stands_at else None
        return Page(tuple(messages), mark, rate=said.rate, older=older)

    def _unanswered(self, us: Session, convo: str) -> list[Mapping[str, Any]]:
        """What came after the last of ours, the newest first."""
        found: list[Mapping[str, Any]] = []
        start: str | None = None
        for _ in range(MOST_PAGES):
            said = self._page(convo, start)
            page = said.items("messages")
            waiting = list(takewhile(lambda message: not _by(message, us), page))
            found += waiting
            start = said.cursor()
            if start is None or len(waiting) < len(page):
                break
        return found

    def _since(self, us: Session, cursor: str) -> Page:
        rate: Rate | None = None

        def ask(after: str) -> marks.Slice[Mapping[str, Any]]:
            nonlocal rate
            said = self._questions.ask("chat.bsky.convo.getLog", {"cursor": after}, "logs", chat=True)
            rate = said.rate
            lines = sorted((one for one in said.items("logs") if _revision(one) > after), key=_revision)
            return marks.Slice([(_seen(line), line) for line in lines], len(lines) >= FULL_LOG, said.at)

        walked = marks.walk(
            Mark.read(cursor) or Mark(cursor), ask
        )  # earlier versions: the last revision alone
        created = [
            (str(line.get("convoId")), bluesky_messages.read_part(line, "message"))
            for line in walked.new
            if line.get("$type") == CREATED and sanitize.identity(line.get("convoId"))
        ]
        others = self._others(us, {convo for convo, _ in created}) if created else {}
        heard = [one for one in created if not bluesky_messages.is_left_out(others.get(one[0], {}))]
        messages = self._read(us, heard, others)
        return Page(tuple(messages), walked.mark.write() if walked.mark else None, walked.more, rate)

    def _read(
        self,
        us: Session,
        found: Iterable[tuple[str, Mapping[str, Any]]],
        others: Mapping[str, Mapping[str, Any]],
    ) -> list[Inbound]:
        whole = [
            (convo, message)
            for convo, message in found
            if message.get("$type", MESSAGE) == MESSAGE and sanitize.identity(f"{convo}/{message.get('id')}")
        ]
        followers = self._questions.followers(str(profile["did"]) for profile in others.values())
        return [
            bluesky_messages.read_private(message, convo, us.did, us.handle, others.get(convo, {}), followers)
            for convo, message in whole
        ]

    def _others(self, us: Session, wanted: Collection[str]) -> dict[str, Mapping[str, Any]]:
        """The other side of each conversation wanted, and of others; those last written in come first."""
        found: dict[str, Mapping[str, Any]] = {}
        start: str | None = None
        for _ in range(MOST_PAGES):
            said = self._conversations({"limit": str(AT_ONCE)} | ({"cursor": start} if start else {}))
            found = _read_others(us, said) | found
            start = said.cursor()
            if start is None or found.keys() >= set(wanted):
                break
        return found

    def _conversations(self, params: Mapping[str, str]) -> QuestionAnswer:
        return self._questions.ask("chat.bsky.convo.listConvos", params, "convos", chat=True)

    def _messages(self, convo: str) -> list[Mapping[str, Any]]:
        """The last hundred, the newest first."""
        return self._page(convo, None).items("messages")

    def _page(self, convo: str, start: str | None) -> QuestionAnswer:
        params = {"convoId": convo, "limit": str(AT_ONCE)} | ({"cursor": start} if start else {})
        return self._questions.ask("chat.bsky.convo.getMessages", params, "messages", chat=True)


def _read_others(us: Session, said: QuestionAnswer) -> dict[str, Mapping[str, Any]]:
    """By conversation; where it is muted as a whole, its other side is."""
    found: dict[str, Mapping[str, Any]] = {}
    for convo in said.items("convos"):
        members = bluesky_messages.read_items(convo.get("members"))
        them = [one for one in members if sanitize.identity(one.get("did")) and one["did"] != us.did]
        if them and sanitize.identity(convo.get("id")):
            muted = {"viewer": {"muted": True}} if convo.get("muted") is True else {}
            found[str(convo["id"])] = {**them[0], **muted}
    return found


def _last_at(convo: Mapping[str, Any]) -> datetime:
    said = bluesky_messages.read_part(convo, "lastMessage")
    return http_outcomes.parse_iso_moment(sanitize.words(said.get("sentAt"), 40)) or marks.BEGINNING


def _seen(line: Mapping[str, Any]) -> Seen:
    revision = _revision(line)
    return Seen(revision, bluesky_record.read_key_moment(revision) or marks.BEGINNING)


def _by(message: Mapping[str, Any], us: Session) -> bool:
    return bluesky_messages.read_part(message, "sender").get("did") == us.did


def _revision(line: Mapping[str, Any]) -> str:
    return sanitize.words(line.get("rev"), sanitize.MAX_ID)
