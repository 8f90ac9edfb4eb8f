"""A Facebook Page, with the Page's own token.

Facebook knows no idempotency key, and its list of the Page's posts may leave some out. So a lost answer is looked up,
but what is not found stays unknown, and a person is asked: nothing is sent again because a list does not have it.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.domain.outcomes import CannotTell, Look, NeedsLogin, NotSent, Outcome, Refused, Sent
from bot.networks import http_outcomes, pictures, sanitize, text
from bot.networks.facebook import lookup, messages, replies
from bot.networks.facebook.control import PATIENCE, Control, Page
from bot.networks.facebook.inbox import FacebookInbox
from bot.networks.facebook.rights import NEEDED, PRIVATE, WANTED
from bot.networks.facebook.sign_in import SIGN_IN
from bot.networks.facebook.uploads import Uploads
from bot.networks.http import Answer, Http, check_printable
from bot.networks.lengths import say_too_long
from bot.networks.links import find_links
from bot.networks.meta import errors, rights
from bot.networks.meta.graph import HOST, Graph, is_done, read_id, read_list
from bot.networks.meta.payloads import Payload, read_payload
from bot.networks.meta.tokens import TokenFacts, inspect
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
from bot.networks.receiving import CHAT, NOTICES, OWN, Gone, Inbound, Trouble
from bot.networks.receiving import Page as Came

FEED = "feed"
MAX_LENGTH = 63_206  # in UTF-16 units, the strictest way to count: which one Facebook uses is not documented

DOCUMENTED = Capabilities(
    max_length=MAX_LENGTH,
    length_unit="characters",
    max_bytes=None,
    max_pictures=10,
    max_picture_bytes=3_999_999,  # "less than 4 MB"
    picture_types=frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"}),
    max_alt=None,
    can_delete=True,
    find_is_authoritative=False,
    settle_after=timedelta(minutes=10),
    seen_by_few="While the app is in Development mode, only people with a role on it see what is published.",
    answer_window=timedelta(hours=24),
)


class FacebookNetwork:
    """The entry point's object."""

    name = "facebook"
    title = "Facebook"
    secrets: tuple[str, ...] = ("TOKEN",)
    documented = DOCUMENTED
    visibilities: tuple[str, ...] = ()
    sign_in = SIGN_IN

    def open(self, account: AccountSettings, vault: Vault) -> AccountClient:  # noqa: ARG002  nothing is kept
        token = check_printable(account.secrets.get("TOKEN", ""), f"token of {account.name}")
        if account.visibility is not None:
            raise ValueError("A Facebook Page has no visibility: leave it out.")
        return FacebookClient(account, Http(account.server or HOST, from_settings=True), token)


class FacebookClient:
    def __init__(self, account: AccountSettings, http: Http, token: str) -> None:
        self._account = account
        self._token = token
        self._title = account.called
        self._graph = Graph(http, token)
        self._control = Control(self._graph)
        self._uploads = Uploads(self._graph, self._control, self._title)
        self._inbox = FacebookInbox(self._graph, self._control, self._whose, account.say_renew("TOKEN"))
        self._page: Page | None = None

    @property
    def capabilities(self) -> Capabilities:
        """Facebook states no limits: the documented ones hold."""
        return DOCUMENTED

    def check(self) -> Health:
        self._page = None
        page = self._whose()
        if isinstance(page, Page):
            return self._judge_token(page)
        if isinstance(page, NeedsLogin):
            mend = page.mend or self._account.say_renew("TOKEN")
            return Health(False, f"Facebook refuses the token ({page.why}). {mend}")
        said = http_outcomes.describe(page)
        return Health(False, f"Facebook did not answer as expected: {said}", heard=False)

    def who(self) -> Who | Outcome:
        page = self._whose()
        return Who(page.id, page.name) if isinstance(page, Page) else page

    def measure(self, content: Content) -> Measure:
        shown = self.preview(content)
        length = text.count_utf16(shown)
        misfits = pictures.find_misfits(content, DOCUMENTED, self._title)
        if length > MAX_LENGTH:
            misfits = (Misfit(say_too_long(self._title, length, MAX_LENGTH)), *misfits)
        return Measure(length, MAX_LENGTH, DOCUMENTED.length_unit, misfits, self._list_notes(content))

    def preview(self, content: Content) -> str:
        return text.clean(content.text).strip()

    def new_handle(self, now: datetime) -> str:  # noqa: ARG002  a name of ours: it is never sent
        return uuid.uuid4().hex

    def prepare(self, content: Content, prepared: Mapping[str, Any], now: datetime) -> dict[str, Any]:
        page = self._whose()
        if not isinstance(page, Page):
            raise http_outcomes.to_prepare_failed(page)
        done = prepared.get("photos", []) if prepared.get("page") == page.id else []
        return {"page": page.id, "photos": self._uploads.upload(page.id, content.pictures, done, now)}

    def render(
        self,
        content: Content,
        prepared: Mapping[str, Any],
        handle: str,  # noqa: ARG002  Facebook knows no such key
        now: datetime,  # noqa: ARG002  a post carries no time of ours
    ) -> bytes:
        """The first link goes along by itself, since only then Facebook shows a card of it; images take its place."""
        body: dict[str, Any] = {}
        if shown := self.preview(content):
            body["message"] = shown
        if prepared.get("photos"):
            body["attached_media"] = [{"media_fbid": photo["id"]} for photo in prepared["photos"]]
        elif links := find_links(shown):
            body["link"] = links[0].value
        return Payload(str(prepared["page"]), FEED, body).pack()

    def publish(self, payload: bytes, handle: str, send_by: Callable[[], bool]) -> Outcome:  # noqa: ARG002
        sent = read_payload(payload)
        if sent is None or sent.edge not in {FEED, replies.COMMENTS, replies.MESSAGES}:
            return NotSent("What was to be sent cannot be read.")
        result = self._graph.post(sent.owner, sent.edge, body=sent.body, send_by=send_by)
        if sent.edge == replies.MESSAGES:
            message_id = replies.read_sent_message(result)
            return Sent(message_id) if message_id else errors.judge(result)
        if remote_id := read_id(result):
            return self._read_back(sent, remote_id) if sent.edge == replies.COMMENTS else _named(remote_id)
        outcome = errors.judge(result)
        if isinstance(outcome, Refused):
            self._uploads.forget(_list_photos(sent))
        return outcome

    def find(self, attempt: Attempt) -> Look:
        sent = read_payload(attempt.payload)
        if sent is None:
            return CannotTell("What was sent cannot be read any more.")
        page = self._whose()
        if not isinstance(page, Page):
            return CannotTell(http_outcomes.describe(page))
        if sent.edge == replies.COMMENTS:
            return self._find_answer(sent, page, attempt)
        if sent.edge == replies.MESSAGES:
            return self._find_private(sent, page, attempt)
        pages = self._graph.pages(
            sent.owner, "published_posts", most=lookup.PAGES, fields=lookup.FIELDS, limit=lookup.AT_ONCE
        )
        return lookup.find_post(pages, sent.body, attempt)

    def delete(self, remote_id: str) -> Outcome:
        """Facebook says the same of what is gone and of what this token may not see: so it is asked for once more."""
        result = self._graph.delete(remote_id)
        if is_done(result):
            return Sent(remote_id)
        if errors.says_gone(result):
            look = self._graph.get(remote_id, fields="id")
            if self._control.is_gone(look):
                return Sent(remote_id)
        return errors.judge(result)

    def profile_url(self) -> str:
        if self._page:
            return self._page.url
        name = (self._account.handle or "").removeprefix("@")
        return f"https://www.facebook.com/{name}"

    # --- the receiving half: `networks/receiving.py` says what each does -----------------------------

    @property
    def streams(self) -> tuple[str, ...]:
        return (NOTICES, OWN) if self._inbox.closed else (NOTICES, OWN, CHAT)

    def poll(self, stream: str, cursor: str | None, *, direct: bool) -> Came | Trouble:
        return self._inbox.poll(stream, cursor) if direct or stream != CHAT else Came((), None)

    def thread(self, remote_id: str) -> tuple[Inbound, ...] | Gone | Trouble:
        return self._inbox.thread(remote_id)

    def look(self, stream: str, remote_ids: Sequence[str]) -> Mapping[str, Inbound | Gone] | Trouble:
        return self._inbox.look(stream, remote_ids)

    def prepare_reply(
        self, reference: Mapping[str, Any], content: Content, prepared: Mapping[str, Any], now: datetime
    ) -> dict[str, Any]:
        if not replies.is_private(reference):
            self._inbox.must_be_there(str(reference["comment"]))
        return self.prepare(content, prepared, now)

    def measure_reply(self, reference: Mapping[str, Any], content: Content) -> Measure:
        shown = self.preview(content)
        if replies.is_private(reference):
            return replies.measure_private(content, shown, self._title)
        return replies.measure_public(content, shown, DOCUMENTED, self._title)

    def preview_reply(self, reference: Mapping[str, Any], content: Content) -> str:  # noqa: ARG002
        return self.preview(content)

    def render_reply(
        self,
        reference: Mapping[str, Any],
        content: Content,
        prepared: Mapping[str, Any],
        handle: str,  # noqa: ARG002
        now: datetime,  # noqa: ARG002
    ) -> bytes:
        return replies.render(reference, self.preview(content), prepared)

    def can_correct(self, reference: Mapping[str, Any]) -> bool:  # noqa: ARG002
        """What is sent to a comment replaces its words, and it might be the customer's: never."""
        return False

    def render_correction(
        self, reference: Mapping[str, Any], remote_id: str, content: Content, prepared: Mapping[str, Any]
    ) -> bytes:
        raise NotImplementedError("Byhand corrects nothing on Facebook: ask can_correct first.")

    def _read_back(self, sent: Payload, remote_id: str) -> Outcome:
        """What became of an answer: below whose comment, and in which words."""
        result = self._graph.within(PATIENCE).get(remote_id, fields=replies.READ_BACK)
        return replies.judge_read_back(sent, remote_id, result)

    def _find_answer(self, sent: Payload, page: Page, attempt: Attempt) -> Look:
        """Facebook has two levels: an answer to an answer is below the same comment."""
        target = self._graph.get(sent.owner, fields="id,parent{id}")
        parent = target.fields().get("parent") if read_id(target) and isinstance(target, Answer) else None
        above = sanitize.identity(parent.get("id")) if isinstance(parent, dict) else None
        asked = {"filter": "stream", "order": "reverse_chronological", "fields": messages.COMMENT}
        result = self._graph.get(above or sent.owner, "comments", limit="100", **asked)
        return lookup.find_answer(result, sent, page, attempt)

    def _find_private(self, sent: Payload, page: Page, attempt: Attempt) -> Look:
        recipient = sent.body.get("recipient")
        customer = str(recipient.get("id")) if isinstance(recipient, dict) else ""
        result = self._graph.get(page.id, "conversations", user_id=customer, fields="id")
        found = read_list(result)
        if found is None:
            return CannotTell(http_outcomes.describe(errors.judge(result)))
        conversation = sanitize.identity(found[0].get("id")) if found else None
        if conversation is None:
            return CannotTell(lookup.NO_CONVERSATION)
        result = self._graph.get(conversation, "messages", fields=messages.MESSAGE, limit="100")
        return lookup.find_private(result, sent, page, attempt)

    def _whose(self) -> Page | Outcome:
        """Whose token it is; asked once, it cannot change."""
        if self._page:
            return self._page
        page = self._control.who()
        if isinstance(page, Page):
            self._page = page
        return page

    def _judge_token(self, page: Page) -> Health:
        expected = (self._account.handle or "").removeprefix("@").casefold()
        if expected and expected not in {page.id, page.username.casefold()}:
            sentence = f"The token belongs to {page.name} ({page.id}), not to {self._account.handle}."
            return Health(False, sentence, page.name, page.url, account_id=page.id)
        facts = inspect(self._graph, self._token)
        if not isinstance(facts, TokenFacts):
            not_told = f"Facebook did not say what the token may do: {http_outcomes.describe(facts)}"
            return self._say_fine(page, lacks=(not_told,))
        self._inbox.closed = PRIVATE not in facts.scopes
        if unusable := rights.find_unusable(facts, NEEDED):
            return Health(False, unusable, page.name, page.url, account_id=page.id)
        fine = self._say_fine(page, rights.say_what_holds(facts), rights.list_lacking(facts, WANTED))
        return replace(fine, until=facts.ends, endless=facts.ends is None)

    def _say_fine(self, page: Page, more: str = "", lacks: tuple[str, ...] = ()) -> Health:
        return Health(True, f"Signed in as {page.name}.{more}", page.name, page.url, lacks, page.id)

    def _list_notes(self, content: Content) -> tuple[str, ...]:
        notes = pictures.find_notes(content, DOCUMENTED, self._title)
        links = find_links(self.preview(content))
        if links and not content.pictures:
            notes = (*notes, f"{self._title} shows a card of {links[0].value} below the text")
        if content.warning:
            notes = (*notes, f"{self._title} has no content warnings: people see everything straight away")
        return notes


def _named(remote_id: str) -> Sent:
    return Sent(remote_id, lookup.make_link(remote_id))


def _list_photos(sent: Payload) -> list[str]:
    """What was uploaded for it."""
    photos = [str(media["media_fbid"]) for media in sent.body.get("attached_media", [])]
    return [*photos, str(sent.body["attachment_id"])] if "attachment_id" in sent.body else photos


NETWORK = FacebookNetwork()
