"""Bluesky (AT Protocol), with an app password.

`putRecord` and not `createRecord`, which the documentation suggests: with our own record key and `swapRecord: null` it
only creates and may be repeated, while a repeated createRecord fails with 500 although the post exists. The key is made
once for a delivery, so looking it up proves presence and absence.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from bot.domain.outcomes import (
    Absent,
    CannotTell,
    Found,
    Look,
    NeedsLogin,
    Outcome,
    Refused,
    Sent,
    Unknown,
)
from bot.networks import http_outcomes, pictures, sanitize, text
from bot.networks.bluesky import record as bluesky_record
from bot.networks.bluesky import replies
from bot.networks.bluesky.facets import list_tags
from bot.networks.bluesky.inbox import BlueskyInbox
from bot.networks.bluesky.messages import APP, make_link, read_part
from bot.networks.bluesky.private import BlueskyPrivate
from bot.networks.bluesky.questions import CHAT_SERVICE, Params, Questions, Stopped
from bot.networks.bluesky.session import (
    EXPIRED,
    FINAL,
    Session,
    Sessions,
    is_denied,
    is_wordless_no,
    judge,
    read_error_code,
)
from bot.networks.bluesky.sign_in import SIGN_IN
from bot.networks.bluesky.uploads import Uploads
from bot.networks.http import MAX_ANSWER, Answer, Http, Result
from bot.networks.lengths import MANY_BYTES, say_too_long
from bot.networks.protocol import (
    AccountClient,
    AccountSettings,
    Attempt,
    Capabilities,
    Content,
    Health,
    Measure,
    Misfit,
    PrepareFailed,
    Vault,
    Who,
)
from bot.networks.receiving import CHAT, NOTICES, OWN, TARGET_GONE, Gone, Inbound, Page, Trouble

MAX_GRAPHEMES = 300
MAX_BYTES = 3000

DOCUMENTED = Capabilities(
    max_length=MAX_GRAPHEMES,
    length_unit="characters",  # as a reader counts them: graphemes
    max_bytes=MAX_BYTES,
    max_pictures=4,
    max_picture_bytes=2_000_000,
    picture_types=frozenset({"image/jpeg", "image/png", "image/webp", "image/gif"}),
    max_alt=None,
    can_delete=True,
    find_is_authoritative=True,
    settle_after=timedelta(seconds=60),
    moving_types=frozenset(),  # its pictures are shown as stills, whatever they are
)

ENTRANCE = "https://bsky.social"  # the company's own server, where most accounts sign in


class BlueskyNetwork:
    """The entry point's object. Holds one lock for each account, so that one at a time renews its session."""

    name = "bluesky"
    title = "Bluesky"
    secrets: tuple[str, ...] = ("PASSWORD",)
    documented = DOCUMENTED
    visibilities: tuple[str, ...] = ()
    sign_in = SIGN_IN

    def __init__(self) -> None:
        self._locks: dict[tuple[str, str], threading.Lock] = {}

    def open(self, account: AccountSettings, vault: Vault) -> AccountClient:
        handle = (account.handle or "").removeprefix("@").lower()
        if not handle:
            raise ValueError(f'{account.name} needs its handle: handle = "name.bsky.social".')
        if account.visibility is not None:
            raise ValueError("Bluesky has no visibility: leave it out.")
        password = account.secrets.get("PASSWORD", "")
        if not password:
            raise ValueError(f"The app password of {account.name} is empty.")
        home = Http(account.server or ENTRANCE, from_settings=True)
        lock = self._locks.setdefault((home.server, handle), threading.Lock())
        return BlueskyClient(account, handle, home, Sessions(home, handle, password, vault, lock))


class BlueskyClient:
    def __init__(self, account: AccountSettings, handle: str, home: Http, sessions: Sessions) -> None:
        self._account = account
        self._title = account.called
        self._handle = handle
        self._home = home
        self._sessions = sessions
        self._questions = Questions(self._call, account.say_renew("PASSWORD"))
        self._inbox = BlueskyInbox(self._questions, sessions.current, handle)
        self._private = BlueskyPrivate(self._questions, sessions.current)
        self._uploads = Uploads(self._call)

    @property
    def capabilities(self) -> Capabilities:
        """The protocol's own limits; they hold on every server."""
        return DOCUMENTED

    def check(self) -> Health:
        result = self._call("GET", "com.atproto.server.getSession")
        if isinstance(result, Answer) and result.status == 200:
            said = result.fields()
            if said.get("active") is False:
                status = sanitize.words(said.get("status"), 40) or "closed"
                return Health(False, f"The account is {status}: put it in order on Bluesky.")
            return self._health(str(said.get("handle", "")), sanitize.identity(said.get("did")))
        outcome = result if not isinstance(result, Result) else judge(result)
        if isinstance(outcome, NeedsLogin):
            mend = outcome.mend or self._account.say_renew("PASSWORD")
            return Health(False, f"The server refuses the app password ({outcome.why}). {mend}")
        why = http_outcomes.describe(outcome)
        return Health(False, f"The server did not answer as expected: {why}", heard=False)

    def who(self) -> Who | Outcome:
        session = self._sessions.current()
        return Who(session.did, f"@{session.handle}") if isinstance(session, Session) else session

    def measure(self, content: Content) -> Measure:
        shown = self.preview(content)
        length, size = text.count_graphemes(shown), text.count_utf8_bytes(shown)
        misfits = [*pictures.find_misfits(content, DOCUMENTED, self._title)]
        if length > MAX_GRAPHEMES:
            misfits.insert(0, Misfit(say_too_long(self._title, length, MAX_GRAPHEMES)))
        elif size > MAX_BYTES:
            misfits.insert(0, Misfit(say_too_long(self._title, size, MAX_BYTES, "bytes", MANY_BYTES)))
        notes = pictures.find_notes(content, DOCUMENTED, self._title)
        if content.warning:
            notes = (*notes, f"{self._title} has no content warnings: people see everything straight away")
        tags = list_tags(shown)
        return Measure(length, MAX_GRAPHEMES, DOCUMENTED.length_unit, tuple(misfits), notes, tags)

    def preview(self, content: Content) -> str:
        return text.clean(content.text)

    def new_handle(self, now: datetime) -> str:
        return bluesky_record.make_key(now)

    def prepare(self, content: Content, prepared: Mapping[str, Any], now: datetime) -> dict[str, Any]:
        session = self._sessions.current()
        if not isinstance(session, Session):
            raise http_outcomes.to_prepare_failed(session)
        names = {span.value.lower() for span in text.find_handle_mentions(self.preview(content))}
        known = prepared.get("mentions", {})
        mentions = {name: known.get(name) or self._resolve(name) for name in sorted(names)}
        blobs = self._uploads.upload(content.pictures, prepared.get("pictures", []), now)
        return {"repo": session.did, "mentions": mentions, "pictures": blobs}

    def render(self, content: Content, prepared: Mapping[str, Any], handle: str, now: datetime) -> bytes:
        record = bluesky_record.make_record(
            self.preview(content),
            content.pictures,
            prepared,
            now,
            content.language or self._account.language,
        )
        body = {**self._envelope(prepared, handle), "record": record}
        return json.dumps(body, ensure_ascii=False, sort_keys=True).encode()

    def publish(self, payload: bytes, handle: str, send_by: Callable[[], bool]) -> Outcome:  # noqa: ARG002
        """A put that meets the same record answers 200 without a commit: it is there, and named."""
        if private := replies.read_private_payload(payload):
            return self._publish_private(payload, private[0], send_by)
        result = self._call("POST", "com.atproto.repo.putRecord", content=payload, send_by=send_by)
        if not isinstance(result, Result):
            return result
        if isinstance(result, Answer) and result.status == 200:
            uri = result.fields().get("uri")
            if isinstance(uri, str) and uri.startswith("at://"):
                return Sent(uri, make_link(uri))
        if read_error_code(result) == "InvalidSwap" and isinstance(result, Answer):
            return Unknown(
                f"Something is at this key already: {http_outcomes.read_words(result)}", result.status
            )
        return judge(result, FINAL)

    def find(self, attempt: Attempt) -> Look:
        """What is at the key, asked of the account's own server, which needs no token for it."""
        if private := replies.read_private_payload(attempt.payload):
            return self._private.find(attempt, *private)
        session = self._sessions.known() or self._sessions.current()
        if not isinstance(session, Session):
            return CannotTell(http_outcomes.describe(session))
        params = {"repo": session.did, "collection": bluesky_record.COLLECTION, "rkey": attempt.handle}
        result = self._home.to(session.pds).call("GET", "/xrpc/com.atproto.repo.getRecord", params=params)
        if isinstance(result, Answer) and result.status == 200:
            return self._recognise(result, bluesky_record.read_record(attempt.payload))
        if isinstance(result, Answer) and read_error_code(result) == "RecordNotFound":
            absent = Absent(
                rests_on="the account's own server, asked for the record by the key it was sent under"
            )
            return http_outcomes.check_too_early(result, attempt, DOCUMENTED.settle_after) or absent
        return CannotTell(http_outcomes.describe(judge(result, FINAL)))

    def delete(self, remote_id: str) -> Outcome:
        if not remote_id.startswith("at://"):
            return Refused("On Bluesky a private message cannot be deleted for the other side.")
        repo, _, key = remote_id.removeprefix("at://").partition(f"/{bluesky_record.COLLECTION}/")
        body = {"repo": repo, "collection": bluesky_record.COLLECTION, "rkey": key}
        result = self._call("POST", "com.atproto.repo.deleteRecord", content=json.dumps(body).encode())
        if isinstance(result, Answer) and (
            result.status == 200 or read_error_code(result) == "RecordNotFound"
        ):
            return Sent(remote_id)
        return judge(result, FINAL) if isinstance(result, Result) else result

    def profile_url(self) -> str:
        return f"https://bsky.app/profile/{self._handle}"

    # --- the receiving half: `networks/receiving.py` says what each does -----------------------------

    @property
    def streams(self) -> tuple[str, ...]:
        return (NOTICES, OWN) if self._private.closed else (NOTICES, OWN, CHAT)

    def poll(self, stream: str, cursor: str | None, *, direct: bool) -> Page | Trouble:
        if stream != CHAT:
            return self._inbox.poll(stream, cursor)
        return self._private.poll(cursor) if direct else Page((), None)

    def thread(self, remote_id: str) -> tuple[Inbound, ...] | Gone | Trouble:
        return self._inbox.thread(remote_id)

    def look(self, stream: str, remote_ids: Sequence[str]) -> Mapping[str, Inbound | Gone] | Trouble:
        return (self._private if stream == CHAT else self._inbox).look(remote_ids)

    def prepare_reply(
        self, reference: Mapping[str, Any], content: Content, prepared: Mapping[str, Any], now: datetime
    ) -> dict[str, Any]:
        """Bluesky takes an answer to what is gone without a word, so it is asked for first."""
        if replies.is_private(reference):
            return dict(prepared)
        uri, done = reference["parent"]["uri"], self.prepare(content, prepared, now)
        try:
            view = self._questions.posts([uri]).get(uri)
        except Stopped as stopped:
            raise http_outcomes.to_unasked(stopped.outcome) from stopped
        if view is None:
            raise PrepareFailed(TARGET_GONE)
        if read_part(view, "viewer").get("replyDisabled") is True:
            raise PrepareFailed(Refused("Its author does not let anybody answer there."))
        return done

    def measure_reply(self, reference: Mapping[str, Any], content: Content) -> Measure:
        if replies.is_private(reference):
            return replies.measure_private(content, self.preview(content), self._title)
        return self.measure(content)

    def preview_reply(self, reference: Mapping[str, Any], content: Content) -> str:  # noqa: ARG002
        return self.preview(content)

    def render_reply(
        self,
        reference: Mapping[str, Any],
        content: Content,
        prepared: Mapping[str, Any],
        handle: str,
        now: datetime,
    ) -> bytes:
        shown = self.preview(content)
        if replies.is_private(reference):
            return replies.render_private(reference, shown)
        envelope, language = self._envelope(prepared, handle), self._account.language
        return replies.render_public(reference, content, shown, prepared, envelope, now, language)

    def can_correct(self, reference: Mapping[str, Any]) -> bool:  # noqa: ARG002
        return False

    def render_correction(
        self, reference: Mapping[str, Any], remote_id: str, content: Content, prepared: Mapping[str, Any]
    ) -> bytes:
        raise NotImplementedError("Bluesky knows no corrections: ask can_correct first.")

    def _publish_private(self, payload: bytes, convo: str, send_by: Callable[[], bool]) -> Outcome:
        name = "chat.bsky.convo.sendMessage"
        result = self._call("POST", name, content=payload, send_by=send_by, service=CHAT_SERVICE)
        if not isinstance(result, Result):
            return result
        if isinstance(result, Answer) and result.status == 200:
            message_id = result.fields().get("id")
            if isinstance(message_id, str) and message_id:
                return Sent(f"{convo}/{message_id}", f"{APP}/messages/{convo}")
        if is_denied(result):
            return Refused(
                "The account's app password does not open direct messages.", read_error_code(result)
            )
        return judge(result, FINAL)

    def _envelope(self, prepared: Mapping[str, Any], handle: str) -> dict[str, Any]:
        """A put's request without its record."""
        repo = prepared.get("repo") or self._handle
        return {"repo": repo, "collection": bluesky_record.COLLECTION, "rkey": handle, "swapRecord": None}

    def _call(
        self,
        method: str,
        name: str,
        *,
        content: bytes | None = None,
        media_type: str = "application/json",
        params: Params | None = None,
        send_by: Callable[[], bool] | None = None,
        service: Mapping[str, str] = MappingProxyType({}),
        max_answer: int = MAX_ANSWER,
    ) -> Result | Outcome:
        """A call with the session. An expired token is refused before anything is done: renewed, and the
        call made once more. An outcome instead of a result means that the call was never made. `service` is the
        header that names who shall answer, if not the account's own server."""
        session = self._sessions.current()
        for renewals in range(2):
            if not isinstance(session, Session):
                return session
            typed = {"content-type": media_type} if content is not None else {}
            headers = {**session.bearer(), **typed, **service}
            result = self._home.to(session.pds, max_answer=max_answer).call(
                method, f"/xrpc/{name}", headers=headers, content=content, params=params, send_by=send_by
            )
            if read_error_code(result) not in EXPIRED or is_denied(result) or renewals:
                break
            session = self._sessions.renewed(session)
        if isinstance(session, Session) and is_wordless_no(result):
            why = self._sessions.refuses(session)
            return why if isinstance(why, NeedsLogin) else result
        return result

    def _health(self, handle: str, did: str | None) -> Health:
        identity, url = f"@{handle}", f"https://bsky.app/profile/{handle}"
        if handle.lower() != self._handle:
            sentence = f"This app password is for {identity}, not @{self._handle}."
            return Health(False, sentence, identity, url, account_id=did)
        sentence = f"Signed in as {identity}"
        if not self._private.open():
            sentence += (
                ". Its app password does not open direct messages: to receive them, make one that does "
                "(Settings, Privacy and security, App passwords)"
            )
        return Health(True, sentence, identity, url, account_id=did)

    def _resolve(self, name: str) -> str | None:
        """The DID behind a handle; None if there is none, and the mention stays plain text."""
        result = self._call("GET", "com.atproto.identity.resolveHandle", params={"handle": name})
        if isinstance(result, Answer):
            did = result.fields().get("did")
            if result.status == 200 and isinstance(did, str):
                return did
            if read_error_code(result) in {"HandleNotFound", "InvalidRequest"}:
                return None
        raise http_outcomes.to_prepare_failed(judge(result, FINAL) if isinstance(result, Result) else result)

    def _recognise(self, answer: Answer, wanted: Mapping[str, Any]) -> Look:
        """An earlier attempt of the same delivery had the same key; its words are the same unless edited."""
        found = answer.fields()
        uri, value = found.get("uri"), found.get("value")
        if not isinstance(uri, str) or not isinstance(value, dict):
            return CannotTell(f"The answer cannot be read: {http_outcomes.read_words(answer)}")
        if bluesky_record.is_same(value, wanted):
            return Found(uri, make_link(uri))
        return CannotTell(f"Another text is at this key: {make_link(uri)}")


NETWORK = BlueskyNetwork()
