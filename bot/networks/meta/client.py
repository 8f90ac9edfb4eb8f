"""What an account is, on each of Meta's networks: whose token it is, what may be asked of it, how its answers are read.

What is sent where, and how a lost answer is looked for, is the network's own: `MetaClient` is subclassed, and for posts
that are made in two steps `TwoStepClient` (`meta/two_steps.py`).
"""

from __future__ import annotations

import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar

from bot.domain.outcomes import CannotTell, Look, NeedsLogin, NotSent, Outcome, Refused, Sent
from bot.networks import http_outcomes, pictures, text
from bot.networks.http import Http, Result, check_printable
from bot.networks.links import find_links
from bot.networks.meta import errors, rights
from bot.networks.meta.control import Control, Profile
from bot.networks.meta.graph import HOST, Graph, is_done
from bot.networks.meta.inbox import Inbox
from bot.networks.meta.payloads import Payload, read_payload
from bot.networks.meta.tokens import TokenFacts, inspect
from bot.networks.protocol import (
    AccountClient,
    AccountSettings,
    Attempt,
    Capabilities,
    Content,
    Health,
    Vault,
    Who,
)
from bot.networks.receiving import NOTICES, OWN, Gone, Inbound, Page, Trouble

# One person who sees an Instagram account or engages with a Page within 24 hours allows 4,800 calls in these, 200 an
# hour; Threads counts ten at least (developers.facebook.com: docs/graph-api/overview/rate-limiting and
# docs/threads/overview). So often, an idle account takes less than half of what one allows: the rest is for posts,
# answers, and the threads that are looked through.
POLL_EVERY = timedelta(minutes=2)
CHECK_EVERY = timedelta(minutes=15)


class MetaNetwork(ABC):
    """Of an entry point's object, what they all are."""

    secrets: tuple[str, ...] = ("TOKEN",)
    visibilities: tuple[str, ...] = ()
    host: ClassVar[str] = HOST
    no_visibility: ClassVar[str]  # a sentence

    def open(self, account: AccountSettings, vault: Vault) -> AccountClient:  # noqa: ARG002  nothing is kept
        token = check_printable(account.secrets.get("TOKEN", ""), f"token of {account.name}")
        if account.visibility is not None:
            raise ValueError(self.no_visibility)
        return self.connect(account, Http(account.server or self.host, from_settings=True), token)

    @abstractmethod
    def connect(self, account: AccountSettings, http: Http, token: str) -> AccountClient: ...


class MetaClient(ABC):
    network: ClassVar[str]  # "Instagram"
    knows_tokens: ClassVar[str] = "Facebook"  # who says what a token may do
    documented: ClassVar[Capabilities]
    wanted: ClassVar[Mapping[str, str]]  # {scope: what does not work without it}
    shown_by: ClassVar[Mapping[str, str]]  # {stream: the scope without which nothing of it is shown}
    may_not_delete: ClassVar[str] = ""  # a sentence, where the network has none that helps

    _inbox: Inbox

    def __init__(self, account: AccountSettings, graph: Graph, token: str, control: Control) -> None:
        self._account = account
        self._token = token
        self._title = account.called
        self._graph = graph
        self._control = control
        self._profile: Profile | None = None

    # --- the network's own -----------------------------------------------------------------------------

    @abstractmethod
    def _may_be_sent(self, sent: Payload) -> bool:
        """Is it one of what this client sends, and whole?"""

    @abstractmethod
    def _judge_sent(self, sent: Payload, result: Result) -> Outcome:
        """What came of the one call."""

    @abstractmethod
    def _find(self, sent: Payload, us: Profile, attempt: Attempt) -> Look: ...

    @abstractmethod
    def _find_unusable(self, facts: TokenFacts) -> str | None:
        """Why nothing can be done with the token: a sentence, and the mend."""

    @abstractmethod
    def _make_url(self, username: str) -> str:
        """Of a profile that has not been asked for yet."""

    # --- the account -----------------------------------------------------------------------------------

    def check(self) -> Health:
        self._profile = None
        us = self._whose()
        if isinstance(us, Profile):
            return self._judge_token(us)
        if isinstance(us, NeedsLogin):
            mend = us.mend or self._account.say_renew("TOKEN")
            return Health(False, f"{self.network} refuses the token ({us.why}). {mend}")
        said = http_outcomes.describe(us)
        return Health(False, f"{self.network} did not answer as expected: {said}", heard=False)

    def who(self) -> Who | Outcome:
        us = self._whose()
        return Who(us.id, us.name) if isinstance(us, Profile) else us

    def profile_url(self) -> str:
        if self._profile:
            return self._profile.url
        return self._make_url((self._account.handle or "").removeprefix("@"))

    def preview(self, content: Content) -> str:
        return text.clean(content.text).strip()

    def new_handle(self, now: datetime) -> str:  # noqa: ARG002  a name of ours: it is never sent
        return uuid.uuid4().hex

    def publish(self, payload: bytes, handle: str, send_by: Callable[[], bool]) -> Outcome:  # noqa: ARG002
        sent = read_payload(payload)
        if sent is None or not self._may_be_sent(sent):
            return NotSent("What was to be sent cannot be read.")
        return self._judge_sent(
            sent, self._graph.post(sent.owner, sent.edge, body=sent.body, send_by=send_by)
        )

    def find(self, attempt: Attempt) -> Look:
        sent = read_payload(attempt.payload)
        if sent is None:
            return CannotTell("What was sent cannot be read any more.")
        us = self._whose()
        return (
            self._find(sent, us, attempt)
            if isinstance(us, Profile)
            else CannotTell(http_outcomes.describe(us))
        )

    def delete(self, remote_id: str) -> Outcome:
        """The same is said of what is gone and of what this token may not see: so it is asked for once more, and what
        rights the token has."""
        result = self._graph.delete(remote_id)
        if is_done(result):
            return self._judge_deleted(remote_id, result)
        if self._control.says_gone(result) and self._control.is_gone(self._graph.get(remote_id, fields="id")):
            lack = self._ask_of_token(self._find_unusable)
            return (
                Refused(f"{self.network} does not show it, so it may be up. {lack}")
                if lack
                else Sent(remote_id)
            )
        outcome = errors.judge(result)
        if self.may_not_delete and isinstance(outcome, Refused) and errors.lacks_right(outcome):
            return replace(outcome, reason=self.may_not_delete)
        return outcome

    def _judge_deleted(self, remote_id: str, result: Result) -> Outcome:  # noqa: ARG002  it says no more
        return Sent(remote_id)

    # --- the receiving half: `networks/receiving.py` says what each does -----------------------------

    @property
    def streams(self) -> tuple[str, ...]:
        """Without private messages, where the network has none or shows them to nobody."""
        return (NOTICES, OWN)

    def poll(self, stream: str, cursor: str | None, *, direct: bool) -> Page | Trouble:  # noqa: ARG002  none comes
        return self._inbox.poll(stream, cursor)

    def thread(self, remote_id: str) -> tuple[Inbound, ...] | Gone | Trouble:
        found = self._inbox.thread(remote_id)
        return self._find_unseen(NOTICES) or found if isinstance(found, Gone) else found

    def look(self, stream: str, remote_ids: Sequence[str]) -> Mapping[str, Inbound | Gone] | Trouble:
        found = self._inbox.look(stream, remote_ids)
        if not isinstance(found, Trouble) and any(isinstance(one, Gone) for one in found.values()):
            return self._find_unseen(stream) or found
        return found

    def _find_unseen(self, stream: str) -> Trouble | None:
        """Why what is said not to be there may be there: the network says the same of what a token may not see, and the
        right to see it was withdrawn. Where it tells nothing of the token, it is believed."""
        scope = self.shown_by[stream]
        wanted = {scope: self.wanted[scope]}
        lack = self._ask_of_token(lambda facts: " ".join(rights.list_lacking(facts, wanted)))
        return Trouble(lack) if lack else None

    def preview_reply(self, reference: Mapping[str, Any], content: Content) -> str:  # noqa: ARG002
        return self.preview(content)

    def can_correct(self, reference: Mapping[str, Any]) -> bool:  # noqa: ARG002
        """None of them changes the words of an answer; on Facebook the call for it may change the customer's."""
        return False

    def render_correction(
        self, reference: Mapping[str, Any], remote_id: str, content: Content, prepared: Mapping[str, Any]
    ) -> bytes:
        raise NotImplementedError(f"Byhand corrects nothing on {self.network}: ask can_correct first.")

    # --- whose token it is -----------------------------------------------------------------------------

    def _whose(self) -> Profile | Outcome:
        """Asked once, it cannot change."""
        if self._profile:
            return self._profile
        us = self._control.who()
        if isinstance(us, Profile):
            self._profile = us
        return us

    def _must_know_whose(self) -> Profile:
        """Raises PrepareFailed."""
        us = self._whose()
        if not isinstance(us, Profile):
            raise http_outcomes.to_prepare_failed(us)
        return us

    def _judge_token(self, us: Profile) -> Health:
        expected = (self._account.handle or "").removeprefix("@").casefold()
        if expected and expected not in {us.id, us.username.casefold()}:
            sentence = f"The token belongs to {us.name} ({us.id}), not to {self._account.handle}."
            return Health(False, sentence, us.name, us.url, account_id=us.id)
        facts = self._inspect(us)
        if not isinstance(facts, TokenFacts):
            not_told = (
                f"{self.knows_tokens} did not say what the token may do: {http_outcomes.describe(facts)}"
            )
            return self._say_fine(us, lacks=(not_told,))
        if unusable := self._find_unusable(facts):
            return Health(False, unusable, us.name, us.url, account_id=us.id)
        more = rights.say_what_holds(facts, self.knows_tokens)
        fine = self._say_fine(us, more, rights.list_lacking(facts, self.wanted))
        return replace(fine, until=facts.ends, endless=facts.ends is None)

    def _ask_of_token(self, find: Callable[[TokenFacts], str | None]) -> str | None:
        """What `find` makes of what is said of the token now; None where nothing is said."""
        us = self._whose()
        facts = self._inspect(us) if isinstance(us, Profile) else None
        return find(facts) if isinstance(facts, TokenFacts) else None

    def _inspect(self, us: Profile) -> TokenFacts | Outcome:  # noqa: ARG002
        return inspect(self._graph, self._token)

    def _say_fine(self, us: Profile, more: str = "", lacks: tuple[str, ...] = ()) -> Health:
        return Health(True, f"Signed in as {us.name}.{more}", us.name, us.url, lacks, us.id)

    # --- what readers will see -------------------------------------------------------------------------

    def _list_notes(self, content: Content) -> tuple[str, ...]:
        notes = (
            *pictures.find_notes(content, self.documented, self._title),
            *self._note_look(content),
        )
        if content.warning:
            notes = (*notes, f"{self._title} has no content warnings: people see everything straight away")
        return notes

    def _note_look(self, content: Content) -> tuple[str, ...]:
        links = find_links(self.preview(content))
        if links and not content.pictures:
            return (f"{self._title} shows a card of {links[0].value} below the text",)
        return ()
