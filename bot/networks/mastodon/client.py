"""Mastodon, and every server that speaks its API.

The idempotency key is sent but not relied on alone: Mastodon keeps it for an hour, some compatible servers ignore it,
some answer a repeat with 500 although the post exists. So a lost answer is looked up among the account's own statuses,
and where the key is not known to be honoured, its absence counts only after ten minutes (`software.py`).
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

from bot.domain.outcomes import CannotTell, Look, NeedsLogin, Outcome, Sent
from bot.domain.preflight.words import is_visible
from bot.networks import http_outcomes, pictures, text
from bot.networks.http import Answer, Http, check_printable
from bot.networks.mastodon import echo, lookup, replies
from bot.networks.mastodon.control import Control, read_id
from bot.networks.mastodon.counting import Counting
from bot.networks.mastodon.errors import Owner
from bot.networks.mastodon.inbox import MastodonInbox
from bot.networks.mastodon.kept_limits import KeptLimits
from bot.networks.mastodon.limits import DOCUMENTED, VISIBILITIES, Limits, ask_limits
from bot.networks.mastodon.shown import Shown
from bot.networks.mastodon.sign_in import SIGN_IN
from bot.networks.mastodon.uploads import Uploads
from bot.networks.protocol import (
    AccountClient,
    AccountSettings,
    Attempt,
    Capabilities,
    Content,
    Health,
    Measure,
    Misfit,
    Vault,
    Who,
)
from bot.networks.receiving import NOTICES, OWN, Gone, Inbound, Page, Trouble

LACKS_NOTIFICATIONS = "The token lacks read:notifications: what customers write does not come in."
LACKS_FOLLOWS = "The token lacks read:follows: comments that no notification told of are left out."


class MastodonNetwork:
    """The entry point's object. Remembers each server's limits, which all its accounts share."""

    name = "mastodon"
    title = "Mastodon"
    secrets: tuple[str, ...] = ("TOKEN",)
    documented = DOCUMENTED.capabilities
    visibilities: tuple[str, ...] = VISIBILITIES
    sign_in = SIGN_IN

    def __init__(self) -> None:
        self._limits: dict[str, Limits] = {}

    def open(self, account: AccountSettings, vault: Vault) -> AccountClient:
        token = check_printable(account.secrets.get("TOKEN", ""), f"token of {account.name}")
        if account.visibility is not None and account.visibility not in VISIBILITIES:
            raise ValueError(f"visibility = {account.visibility!r}: use one of {', '.join(VISIBILITIES)}.")
        return MastodonClient(
            account, Http(account.server, from_settings=True), token, self._limits, vault=vault
        )


class MastodonClient:
    def __init__(
        self,
        account: AccountSettings,
        http: Http,
        token: str,
        limits: dict[str, Limits],
        wait: Callable[[float], None] = time.sleep,
        vault: Vault | None = None,
    ) -> None:
        self._account = account
        self._http = http
        self._auth = {"authorization": f"Bearer {token}"}
        self._limits = limits
        self._owner: Owner | None = None
        self._host = urlsplit(http.server).netloc  # stands for the domain of handles until the server says it
        self._title = account.called
        self._kept = KeptLimits(vault, http.server)
        self._earlier = self._kept.recall()
        self._counting = Counting(self._known, self._title, vault)
        self._counting.recall()
        self._control = Control(http, self._auth)
        self._uploads = Uploads(http, self._auth, self._title, self._control, wait)
        self._shown = Shown(vault, http.server)
        self._inbox = MastodonInbox(
            account.say_renew("TOKEN"),
            http,
            self._auth,
            self._whose,
            lambda: self._known().domain or self._host,
            self._control,
            self._shown.learn,
        )

    @property
    def capabilities(self) -> Capabilities:
        """What the server said when last asked (by `check` or `prepare`, if need be in an earlier run), else the
        documented limits."""
        return self._known().capabilities

    def check(self) -> Health:
        self._ask_limits()
        self._owner = None
        owner = self._whose()
        if isinstance(owner, Owner):
            health = self._health(owner)
            return replace(health, lacks=self._list_lacking(owner)) if health.ok else health
        if isinstance(owner, NeedsLogin):
            renew = self._account.say_renew("TOKEN")
            return Health(False, f"The server refuses the token ({owner.why}). {renew}")
        said = http_outcomes.describe(owner)
        return Health(False, f"The server did not answer as expected: {said}", heard=False)

    def who(self) -> Who | Outcome:
        owner = self._whose()
        return self._name(owner) if isinstance(owner, Owner) else owner

    def measure(self, content: Content) -> Measure:
        can = self._known().capabilities
        words = self._words(content)
        length = self._counting.measure(words, content.warning)
        too_long = self._counting.find_problem(words, content.warning)
        misfits = pictures.find_misfits(content, can, self._title)
        misfits = (Misfit(too_long), *misfits) if too_long else misfits
        notes = pictures.find_notes(content, can, self._title)
        return Measure(length, can.max_length, self._counting.unit, misfits, notes)

    def preview(self, content: Content) -> str:
        """The server strips the ends and shows `@name` for `@name@elsewhere`."""
        return text.localize_mentions(self._words(content))

    def new_handle(self, now: datetime) -> str:  # noqa: ARG002  an idempotency key says nothing of time
        return uuid.uuid4().hex

    def prepare(self, content: Content, prepared: Mapping[str, Any], now: datetime) -> dict[str, Any]:
        if self._http.server not in self._limits:
            self._ask_limits()
        return {"media": self._uploads.upload(content.pictures, prepared.get("media", []), now)}

    def render(
        self,
        content: Content,
        prepared: Mapping[str, Any],
        handle: str,  # noqa: ARG002  travels in a header
        now: datetime,  # noqa: ARG002  a status carries no time of ours
    ) -> bytes:
        """The status as JSON. Visibility always goes along, since a server's default may be another."""
        body: dict[str, Any] = {
            "status": self._words(content),
            "visibility": content.visibility or self._account.visibility or "public",
        }
        if language := content.language or self._account.language:
            body["language"] = language
        if content.warning:
            body |= {"spoiler_text": content.warning, "sensitive": True}
        if prepared.get("media"):
            body["media_ids"] = [media["id"] for media in prepared["media"]]
        return json.dumps(body, ensure_ascii=False, sort_keys=True).encode()

    def publish(self, payload: bytes, handle: str, send_by: Callable[[], bool]) -> Outcome:
        """A new status; or, if the payload names one of ours, its new words."""
        headers = {**self._auth, "content-type": "application/json", "idempotency-key": handle}
        if corrected := replies.read_correction(payload):
            path = _status(corrected[0])
            result = self._http.call("PUT", path, headers=headers, content=payload, send_by=send_by)
        else:
            path = "/api/v1/statuses"
            result = self._http.call("POST", path, headers=headers, content=payload, send_by=send_by)
        if isinstance(result, Answer) and 200 <= result.status < 300:
            status = result.fields()
            if remote_id := read_id(status):
                return Sent(remote_id, lookup.read_link(status), echo.find_change(payload, status))
        outcome = self._control.judge(result, publishes=True)
        self._counting.learn(outcome, payload)
        return outcome

    def find(self, attempt: Attempt) -> Look:
        """Own statuses show a write at once; nothing is judged from one that merely resembles ours."""
        owner = self._whose()
        if not isinstance(owner, Owner):
            return CannotTell(http_outcomes.describe(owner))
        if self._http.server not in self._limits:
            self._ask_limits()
        settle_after = self.capabilities.settle_after
        if corrected := replies.read_correction(attempt.payload):
            result = self._http.call("GET", _status(corrected[0]), headers=self._auth)
            gone = self._control.is_gone(result)
            return lookup.find_correction(result, corrected[1], attempt, settle_after, gone=gone)
        path = f"/api/v1/accounts/{quote(owner.id, safe='')}/statuses"
        own = lookup.Own(
            lambda params: self._http.call("GET", path, headers=self._auth, params=params),
            owner,
            self._shown,
            self._title,
        )
        return lookup.find(own, attempt, settle_after)

    def delete(self, remote_id: str) -> Outcome:
        result = self._http.call("DELETE", _status(remote_id), headers=self._auth)
        if (isinstance(result, Answer) and result.status == 200) or self._control.is_gone(result):
            return Sent(remote_id)
        return self._control.judge(result)

    def profile_url(self) -> str:
        if self._owner:
            return self._owner.url
        name = (self._account.handle or "").removeprefix("@").split("@")[0]
        return f"{self._http.server}/@{name}" if name else self._http.server

    # --- the receiving half: `networks/receiving.py` says what each does -----------------------------

    streams = (NOTICES, OWN)  # direct messages come with the notices

    def poll(self, stream: str, cursor: str | None, *, direct: bool) -> Page | Trouble:
        return self._inbox.poll(stream, cursor, direct=direct)

    def thread(self, remote_id: str) -> tuple[Inbound, ...] | Gone | Trouble:
        return self._inbox.thread(remote_id)

    def look(self, stream: str, remote_ids: Sequence[str]) -> Mapping[str, Inbound | Gone] | Trouble:  # noqa: ARG002
        return self._inbox.look(remote_ids)

    def prepare_reply(
        self,
        reference: Mapping[str, Any],
        content: Content,
        prepared: Mapping[str, Any],
        now: datetime,
    ) -> dict[str, Any]:
        """Some servers take an answer to what is gone without a word, so it is asked for first."""
        done = self.prepare(content, prepared, now)
        self._inbox.must_be_there(str(reference["status"]))
        return done

    def measure_reply(self, reference: Mapping[str, Any], content: Content) -> Measure:
        said = content.text if not is_visible(content.text) else replies.make_words(reference, content)
        measured = self.measure(replace(content, text=said))  # a name alone is no answer
        who = replies.say_who_sees(reference, content.visibility or self._account.visibility)
        return replace(measured, notes=(*measured.notes, *who))

    def preview_reply(self, reference: Mapping[str, Any], content: Content) -> str:
        return text.localize_mentions(replies.make_words(reference, content))

    def render_reply(
        self,
        reference: Mapping[str, Any],
        content: Content,
        prepared: Mapping[str, Any],
        handle: str,  # noqa: ARG002  travels in a header
        now: datetime,  # noqa: ARG002
    ) -> bytes:
        ours = self._account
        return replies.render_reply(reference, content, prepared, ours.visibility, ours.language)

    def can_correct(self, reference: Mapping[str, Any]) -> bool:  # noqa: ARG002
        return True

    def render_correction(
        self, reference: Mapping[str, Any], remote_id: str, content: Content, prepared: Mapping[str, Any]
    ) -> bytes:
        language = self._account.language
        return replies.render_correction(reference, remote_id, content, prepared, language)

    def _known(self) -> Limits:
        return self._limits.get(self._http.server) or self._earlier or DOCUMENTED

    def _ask_limits(self) -> None:
        if (found := ask_limits(self._http)) is not None:
            self._limits[self._http.server] = found
            self._kept.keep(found)
        self._counting.recall()

    def _whose(self) -> Owner | Outcome:
        """Who the token belongs to; asked once, it cannot change."""
        if self._owner:
            return self._owner
        who = self._control.who()
        if isinstance(who, Owner):
            self._owner = who
        return who

    def _health(self, owner: Owner) -> Health:
        who = self._name(owner)
        expected = (self._account.handle or owner.username).removeprefix("@").split("@")[0]
        if expected.casefold() != owner.username.casefold():
            sentence = f"The token belongs to {who.name}, not to @{expected}."
            return Health(False, sentence, who.name, owner.url, account_id=who.id)
        return Health(True, f"Signed in as {who.name}", who.name, owner.url, account_id=who.id)

    def _name(self, owner: Owner) -> Who:
        """An id is one of its server's."""
        return Who(f"{owner.id}@{self._host}", f"@{owner.username}@{self._known().domain or self._host}")

    def _list_lacking(self, owner: Owner) -> tuple[str, ...]:
        """Rights that only customers' messages need; posts go out without them."""
        asked = (
            ("notifications", {"limit": "1"}, LACKS_NOTIFICATIONS),
            ("accounts/relationships", {"id[]": [owner.id]}, LACKS_FOLLOWS),
        )
        answers = [
            (self._http.call("GET", f"/api/v1/{path}", headers=self._auth, params=params), sentence)
            for path, params, sentence in asked
        ]
        return tuple(
            sentence for result, sentence in answers if isinstance(result, Answer) and result.status == 403
        )

    @staticmethod
    def _words(content: Content) -> str:
        return text.clean(content.text).strip()


def _status(remote_id: str) -> str:
    return f"/api/v1/statuses/{quote(remote_id, safe='')}"


NETWORK = MastodonNetwork()
