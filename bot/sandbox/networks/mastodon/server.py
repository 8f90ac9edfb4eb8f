"""A pretend Mastodon: real HTTP on loopback, Mastodon's routes, words and limits, and a public timeline.

It knows nothing of the adapter and counts by itself, so that the two can disagree in a test.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Coroutine, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

import regex
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.sandbox.networks.mastodon import about
from bot.sandbox.networks.mastodon.oauth import OAuth
from bot.sandbox.networks.mastodon.reads import Reads, not_found, signed_out
from bot.sandbox.networks.mastodon.state import Account, MastodonState, Media, Status, iso, seen
from bot.sandbox.networks.mastodon.words import countable_length, plain, to_html
from bot.sandbox.networks.server import Fault, NetworkServer, Published

KEY_LIVES = timedelta(hours=1)
WINDOW = timedelta(minutes=5)


class MastodonServer(NetworkServer):
    """`tokens` maps each account to its token. Switches are plain attributes, to be set at any time."""

    def __init__(self, now: Callable[[], datetime], accounts: Iterable[str] = ("dockbakery",)) -> None:
        self.state = MastodonState(now, lambda: self.url)
        self.oauth = OAuth(self.state.ours, now)
        self._about = about.About(lambda: self.domain, lambda: self.maker)
        self._reads = Reads(self.state, self._with_rate, self._who, self._page, lambda one: one in self.late)
        super().__init__(now)
        self.domain = "dock.example"
        self.maker = "mastodon"  # what NodeInfo says
        self.strips_alt: set[str] = set()  # "POST", "PUT": takes what looks like a tag out, as GoToSocial
        self.counts_in_full = False  # code points, links and names in full, as GoToSocial
        self.honours_keys = True  # some compatible servers do not
        self.media_looks = 0  # > 0: uploads answer 202 and are unfinished for so many looks
        self.calls_per_window: int | None = None  # 300 on Mastodon; None: the header says so, nobody counts
        self.broken: set[str] = set()  # statuses that cannot be shown: 500
        self.forbids: str | None = None  # every question is answered 403 with these words
        self.lacks: set[str] = set()  # paths whose scope no token has: 403
        self.tokens: dict[str, str] = {}
        self._keys: dict[tuple[str, str], tuple[datetime, str]] = {}
        for username in accounts:
            self.add_account(username)

    def add_account(self, username: str) -> str:
        """A new account; returns its token."""
        token = "token-" + hashlib.sha256(username.encode()).hexdigest()[:24]
        self.state.open(username, token)
        self.tokens[username] = token
        return token

    def add_past(self, username: str, ago: timedelta = timedelta(days=30)) -> None:
        """Older posts and answers of each visibility, on no ledger and no timeline."""
        with self.lock:
            self.state.add_past(self.state.ours[self.tokens[username]], self._now() - ago)

    def hide_narrower(self) -> None:
        """From now on the account's own list leaves out what not everybody may see."""
        self.state.hides = frozenset({"private", "direct"})

    def revoke(self, username: str) -> None:
        """The account's token no longer holds."""
        self.state.ours.pop(self.tokens[username])

    def timeline(self) -> list[dict[str, Any]]:
        """What the public sees, newest first; deleted posts are marked."""
        with self.lock:
            every = reversed(self.state.statuses.values())
            return [self.state.shown(status) for status in every if status.by.token and not status.past]

    def routes(self) -> list[BaseRoute]:
        return [
            *self._about.routes(),
            *self.oauth.routes(),
            Route("/api/v1/accounts/verify_credentials", self._verify),
            Route("/api/v2/media", self._upload, methods=["POST"]),
            Route("/api/v1/media/{id}", self._one_media, methods=["GET", "PUT"]),
            Route("/api/v1/statuses", self._post, methods=["POST"]),
            Route("/api/v1/statuses/{id}", self._change, methods=["PUT"]),
            Route("/api/v1/statuses/{id}", self._delete, methods=["DELETE"]),
            *self._reads.routes(self._question),
            Route("/media/{id}", self._file),
            Route("/@{username}/{id}", self._html),
        ]

    # --- the customers' side -------------------------------------------------------------------------

    def customer_writes(
        self,
        name: str,
        text: str,
        *,
        to: str | None = None,
        reply_to: str | None = None,
        private: bool = False,
        at: datetime | None = None,
        handle: str | None = None,
        followers: int = 12,
        images: Sequence[tuple[str, str]] = (),
        language: str = "en",
        visibility: str = "public",
        quotes: str | None = None,
    ) -> str:
        """As Mastodon's own clients do, the names of those who are meant are put in front of the words."""
        with self.lock:
            state, target = self.state, self.state.statuses.get(reply_to or "")
            if reply_to and (target is None or target.deleted):
                raise LookupError(reply_to)
            quoted = state.statuses.get(quotes or "")
            ours = self._meant(to, quoted or target)
            by = state.customer(name, handle, followers)
            meant = [target.by] if target and target.by not in {ours, by} else []
            names = [f"@{who.acct} " for who in (ours, *meant) if f"@{who.acct}" not in text and not quoted]
            media = [Media(f"far-{url}", b"", "image/jpeg", alt, elsewhere=url) for url, alt in images]
            where = "direct" if private else visibility
            written = f"{''.join(names)}{text}".strip()
            status = state.add(
                by, written, where, reply_to=reply_to, media=media, language=language, at=at, quotes=quotes
            )
            if not self.faults.takes(Fault.FEED_SKIPS):
                state.notify(ours, status, "quote" if quoted else "mention")
            return self._written(status.id)

    def customer_edits(self, remote_id: str, text: str) -> None:
        with self.lock:
            status = self._theirs(remote_id)
            kept = "".join(f"@{who.acct} " for who in self.state.mentioned(status) if who.acct not in text)
            status.text, status.edited_at = f"{kept}{text}", self._now()

    def customer_deletes(self, remote_id: str) -> None:
        with self.lock:
            self.state.delete(self._theirs(remote_id))

    def we_answer_in_app(self, remote_id: str, text: str) -> str:
        with self.lock:
            theirs = self._theirs(remote_id)
            by = next(one for one in self.state.mentioned(theirs) if one.token)
            words = text if f"@{theirs.by.acct}" in text else f"@{theirs.by.acct} {text}"
            return self._written(self.state.add(by, words, theirs.visibility, reply_to=theirs.id).id)

    def conversation(self, remote_id: str) -> list[dict[str, Any]]:
        with self.lock:
            root = self.state.statuses[remote_id].root
            return [seen(status) for status in self.state.statuses.values() if status.root == root]

    def latest(self, handle: str) -> str:
        wanted = handle.removeprefix("@")
        with self.lock:
            for status in reversed(list(self.state.statuses.values())):
                if wanted in {status.by.acct, status.by.name, status.by.username}:
                    return status.id
        raise LookupError(handle)

    def _meant(self, to: str | None, target: Status | None) -> Account:
        """Which of our accounts a customer writes to."""
        above = [target, *reversed(self.state.ancestors(target))] if target else []
        owners = [status.by for status in above if status.by.token]
        named = [account for account in self.state.ours.values() if account.username == to]
        return (named or owners or list(self.state.ours.values()))[0]

    def _theirs(self, remote_id: str) -> Status:
        status = self.state.statuses[remote_id]
        if status.by.token or status.deleted:
            raise LookupError(f"{remote_id} is no customer's message, or gone")
        return status

    # --- the server's side ---------------------------------------------------------------------------

    def _question(
        self, read: Callable[[Request], Response]
    ) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """A route that reads: counted against the account's rate limit; the server's ordered faults apply to it."""

        def counted(request: Request) -> Response:
            account = self._who(request)
            if self.forbids is not None:
                return _error(403, self.forbids)
            if request.url.path in self.lacks:
                return _error(403, "This action is outside the authorized scopes")
            if unquote(request.path_params.get("id", "")) in self.broken:
                return _error(500, "Something went wrong on our end")
            return self.throttled() if account and self._spent(account) else read(request)

        async def asked(request: Request) -> Response:
            return await self.reading(request, counted)

        return asked

    def throttled(self) -> Response:
        reset = (self._now() + WINDOW).astimezone(UTC)
        return JSONResponse({"error": "Too many requests"}, 429, headers=_rate(300, 0, reset))

    def signed_out(self) -> Response:
        return signed_out()

    async def _verify(self, request: Request) -> Response:
        account = self._who(request)
        return self._with_rate(account, self.state.account_json(account)) if account else self.signed_out()

    async def _upload(self, request: Request) -> Response:
        account = self._who(request)
        if account is None:
            return self.signed_out()
        async with request.form() as form:
            file, description = form.get("file"), form.get("description")
            data = await file.read() if isinstance(file, UploadFile) else b""
        media_type = next((kind for magic, kind in about.MAGIC.items() if data.startswith(magic)), None)
        if media_type is None:
            return _error(422, "Validation failed: File content type is invalid, File is invalid")
        if len(data) > about.MAX_MEDIA_BYTES:
            return _error(422, "Validation failed: File file size must be less than 16 MB")
        if refusal := about.find_refused_size(data, media_type):
            return _error(422, refusal)
        words = self._kept_alt(request, description) if isinstance(description, str) else None
        if words is not None and len(words) > about.MAX_ALT:
            too_long = f"Validation failed: Description is too long (maximum {about.MAX_ALT} characters)"
            return _error(422, too_long)
        media = Media(str(len(self.state.media) + 1), data, media_type, words, self.media_looks)
        self.state.media[media.id] = media
        return JSONResponse(self.state.media_json(media), 202 if media.looks else 200)

    async def _one_media(self, request: Request) -> Response:
        media = self.state.media.get(request.path_params["id"])
        if self._who(request) is None:
            return self.signed_out()
        if media is None:
            return not_found()
        if request.method == "PUT":
            media.description = self._kept_alt(request, str((await request.json()).get("description") or ""))
        elif media.looks:
            media.looks -= 1
            return JSONResponse(self.state.media_json(media), 206)
        return JSONResponse(self.state.media_json(media))

    def _kept_alt(self, request: Request, written: str) -> str:
        return str(regex.sub(r"<[^>]*>", "", written)) if request.method in self.strips_alt else written

    async def _post(self, request: Request) -> Response:
        return await self.publishing(request, self._accept)

    async def _accept(self, request: Request) -> Response:
        account = self._who(request)
        if account is None:
            return self.signed_out()
        if self._spent(account):
            return self.throttled()
        key = request.headers.get("idempotency-key")
        if (known := self._repeated(account, key)) is not None:
            return self._with_rate(account, self.state.status_json(known))
        body = await _body(request)
        if refusal := self._refusal(body):
            return refusal
        with self.lock:
            status = self._add(account, body)
        if key:
            self._keys[account.username, key] = (status.at, status.id)
        shown, where = plain(status.text), status.visibility
        self._publish(Published(status.at, account.username, status.id, key, shown, status.reply_to, where))
        return self._with_rate(account, self.state.status_json(status))

    def _refusal(self, body: dict[str, Any]) -> Response | None:
        words, media_ids = str(body.get("status") or "").strip(), body.get("media_ids") or []
        if not words and not media_ids:
            return _error(422, "Validation failed: Text can't be blank")
        counted = words + str(body.get("spoiler_text") or "")
        length = len(counted) if self.counts_in_full else countable_length(counted, about.PER_URL)
        if length > about.MAX_CHARACTERS:
            return _error(422, f"Validation failed: Text character limit of {about.MAX_CHARACTERS} exceeded")
        if len(media_ids) > about.MAX_MEDIA:
            return _error(422, f"Cannot attach more than {about.MAX_MEDIA} files")
        media = [self.state.media.get(str(media_id)) for media_id in media_ids]
        if any(item is None or item.attached for item in media):
            return _error(422, "Validation failed: Media not found or already attached to another post")
        if any(item is not None and item.looks for item in media):
            words = "Cannot attach files that have not finished processing. Try again in a moment!"
            return _error(422, words)
        if body.get("visibility", "public") not in {"public", "unlisted", "private", "direct"}:
            return _error(422, "Validation failed: Visibility is not included in the list")
        reply_to = body.get("in_reply_to_id")
        target = self.state.statuses.get(str(reply_to)) if reply_to else None
        if reply_to and (target is None or target.deleted):
            return _error(404, "The post you are trying to reply to does not appear to exist.")
        return None

    def _add(self, account: Account, body: dict[str, Any]) -> Status:
        media = [self.state.media[str(media_id)] for media_id in body.get("media_ids") or []]
        for item in media:
            item.attached = True
        return self.state.add(
            account,
            str(body.get("status") or "").strip(),
            str(body.get("visibility") or "public"),
            reply_to=body.get("in_reply_to_id"),
            media=media,
            language=body.get("language"),
            warning=str(body.get("spoiler_text") or ""),
        )

    async def _change(self, request: Request) -> Response:
        return await self.publishing(request, self._edit)

    async def _edit(self, request: Request) -> Response:
        account, status = self._who(request), self.state.statuses.get(unquote(request.path_params["id"]))
        if account is None:
            return self.signed_out()
        body = await _body(request)
        if status is None or status.deleted or status.by is not account:
            return not_found()
        same_media = {str(media.id) for media in status.media}
        new = [media for media in body.get("media_ids") or [] if str(media) not in same_media]
        if refusal := self._refusal({"status": body.get("status"), "media_ids": new}):
            return refusal
        with self.lock:
            status.media = [self.state.media[str(media)] for media in body.get("media_ids") or []]
            status.text = str(body.get("status") or "").strip()
            status.edited_at = self._now()
            return self._with_rate(account, self.state.status_json(status))

    async def _delete(self, request: Request) -> Response:
        account, status = self._who(request), self.state.statuses.get(unquote(request.path_params["id"]))
        if account is None:
            return self.signed_out()
        if status is None or status.deleted or status.by is not account:
            return not_found()
        if self.faults.takes(Fault.REFUSES_DELETE):
            return _error(403, "This action is not allowed")
        with self.lock:
            self.state.delete(status)
            return self._with_rate(account, self.state.status_json(status))

    async def _file(self, request: Request) -> Response:
        media = self.state.media.get(request.path_params["id"])
        return Response(media.data, media_type=media.media_type) if media else not_found()

    async def _html(self, request: Request) -> Response:
        status = self.state.statuses.get(request.path_params["id"])
        if status is None or status.deleted:
            return HTMLResponse("<!doctype html><title>Gone</title><p>This post is not here.</p>", 404)
        title = f"<title>@{status.account}@{self.domain}</title>"
        return HTMLResponse(f"<!doctype html><meta charset=utf-8>{title}{to_html(status.text)}")

    def _who(self, request: Request) -> Account | None:
        return self.state.ours.get(request.headers.get("authorization", "").removeprefix("Bearer "))

    def _repeated(self, account: Account, key: str | None) -> Status | None:
        at, status_id = self._keys.get((account.username, key or ""), (None, ""))
        fresh = at is not None and self._now() - at < KEY_LIVES
        return self.state.statuses[status_id] if self.honours_keys and fresh else None

    def _spent(self, account: Account) -> bool:
        """Counts a post against the account's rate; whether it was one too many."""
        now = self._now()
        while account.calls and now - account.calls[0] >= WINDOW:
            account.calls.popleft()
        account.calls.append(now)
        return self.calls_per_window is not None and len(account.calls) > self.calls_per_window

    def _with_rate(self, account: Account, body: Any, headers: dict[str, str] | None = None) -> Response:
        limit = self.calls_per_window or 300
        reset = (account.calls[0] if account.calls else self._now()) + WINDOW
        left = max(0, limit - len(account.calls)) if self.calls_per_window else limit - 1
        rate = _rate(limit, left, reset.astimezone(UTC))
        return JSONResponse(body, headers={**rate, **(headers or {})})


async def _body(request: Request) -> dict[str, Any]:
    """JSON, or Mastodon's forms."""
    if request.headers.get("content-type", "").startswith("application/json"):
        try:
            body = json.loads(await request.body())
        except ValueError:
            return {}
        return body if isinstance(body, dict) else {}
    async with request.form() as form:
        return dict(form)


def _error(status: int, words: str) -> Response:
    return JSONResponse({"error": words}, status)


def _rate(limit: int, left: int, reset: datetime) -> dict[str, str]:
    return {
        "x-ratelimit-limit": str(limit),
        "x-ratelimit-remaining": str(left),
        "x-ratelimit-reset": iso(reset),
    }
