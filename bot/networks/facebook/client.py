"""A Facebook Page, with the Page's own token.

Facebook knows no idempotency key, and its list of the Page's posts may leave some out. So a lost answer is looked up,
but what is not found stays unknown, and a person is asked: nothing is sent again because a list does not have it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.domain.outcomes import CannotTell, Look, Outcome, Refused, Sent
from bot.networks import http_outcomes, pictures, sanitize, text
from bot.networks.facebook import lookup, messages, replies
from bot.networks.facebook.control import Control
from bot.networks.facebook.inbox import FacebookInbox
from bot.networks.facebook.rights import NEEDED, PRIVATE, SHOWN_BY, WANTED
from bot.networks.facebook.sign_in import SIGN_IN
from bot.networks.facebook.uploads import Uploads
from bot.networks.http import Answer, Http, Result
from bot.networks.lengths import say_too_long
from bot.networks.links import find_links
from bot.networks.meta import errors, rights
from bot.networks.meta.client import CHECK_EVERY, POLL_EVERY, MetaClient, MetaNetwork
from bot.networks.meta.control import PATIENCE, Profile
from bot.networks.meta.graph import Graph, read_id, read_list
from bot.networks.meta.payloads import Payload
from bot.networks.meta.tokens import TokenFacts
from bot.networks.protocol import (
    AccountClient,
    AccountSettings,
    Attempt,
    Capabilities,
    Content,
    Measure,
    Misfit,
)
from bot.networks.receiving import CHAT, NOTICES, OWN, Page, Trouble

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
    seen_by_few="Until the app is “Live”, only people with a role in it see what is published.",
    answer_window=timedelta(hours=24),
    poll_every=POLL_EVERY,
    check_every=CHECK_EVERY,
)


class FacebookNetwork(MetaNetwork):
    """The entry point's object."""

    name = "facebook"
    title = "Facebook"
    documented = DOCUMENTED
    sign_in = SIGN_IN
    no_visibility = "A Facebook Page has no visibility: leave it out."

    def connect(self, account: AccountSettings, http: Http, token: str) -> AccountClient:
        return FacebookClient(account, http, token)


class FacebookClient(MetaClient):
    network = "Facebook"
    documented = DOCUMENTED
    wanted = WANTED
    shown_by = SHOWN_BY

    def __init__(self, account: AccountSettings, http: Http, token: str) -> None:
        graph = Graph(http, token)
        control = Control(graph)
        super().__init__(account, graph, token, control)
        self._uploads = Uploads(graph, control, self._title)
        self._inbox: FacebookInbox = FacebookInbox(graph, control, self._whose, account.say_renew("TOKEN"))

    @property
    def capabilities(self) -> Capabilities:
        """Facebook states no limits: the documented ones hold."""
        return DOCUMENTED

    def measure(self, content: Content) -> Measure:
        shown = self.preview(content)
        length = text.count_utf16(shown)
        misfits = pictures.find_misfits(content, DOCUMENTED, self._title)
        if length > MAX_LENGTH:
            misfits = (Misfit(say_too_long(self._title, length, MAX_LENGTH)), *misfits)
        return Measure(length, MAX_LENGTH, DOCUMENTED.length_unit, misfits, self._list_notes(content))

    def prepare(self, content: Content, prepared: Mapping[str, Any], now: datetime) -> dict[str, Any]:
        us = self._must_know_whose()
        done = prepared.get("photos", []) if prepared.get("page") == us.id else []
        return {"page": us.id, "photos": self._uploads.upload(us.id, content.pictures, done, now)}

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

    def _may_be_sent(self, sent: Payload) -> bool:
        return sent.edge in {FEED, replies.COMMENTS, replies.MESSAGES}

    def _judge_sent(self, sent: Payload, result: Result) -> Outcome:
        if sent.edge == replies.MESSAGES:
            message_id = replies.read_sent_message(result)
            return Sent(message_id) if message_id else errors.judge(result)
        if remote_id := read_id(result):
            return self._read_back(sent, remote_id) if sent.edge == replies.COMMENTS else _named(remote_id)
        outcome = errors.judge(result)
        if isinstance(outcome, Refused):
            self._uploads.forget(_list_photos(sent))
        return outcome

    def _find(self, sent: Payload, us: Profile, attempt: Attempt) -> Look:
        if sent.edge == replies.COMMENTS:
            return self._find_answer(sent, us, attempt)
        if sent.edge == replies.MESSAGES:
            return self._find_private(sent, us, attempt)
        pages = self._graph.pages(
            sent.owner, "published_posts", most=lookup.PAGES, fields=lookup.FIELDS, limit=lookup.AT_ONCE
        )
        return lookup.find_post(pages, sent.body, attempt)

    # --- the receiving half: `networks/receiving.py` says what each does -----------------------------

    @property
    def streams(self) -> tuple[str, ...]:
        return (NOTICES, OWN) if self._inbox.closed else (NOTICES, OWN, CHAT)

    def poll(self, stream: str, cursor: str | None, *, direct: bool) -> Page | Trouble:
        return super().poll(stream, cursor, direct=direct) if direct or stream != CHAT else Page((), None)

    def prepare_reply(
        self, reference: Mapping[str, Any], content: Content, prepared: Mapping[str, Any], now: datetime
    ) -> dict[str, Any]:
        if not replies.is_private(reference):
            self._inbox.must_be_there(reference)
        return self.prepare(content, prepared, now)

    def measure_reply(self, reference: Mapping[str, Any], content: Content) -> Measure:
        shown = self.preview(content)
        if replies.is_private(reference):
            return replies.measure_private(content, shown, self._title)
        return replies.measure_public(content, shown, DOCUMENTED, self._title)

    def render_reply(
        self,
        reference: Mapping[str, Any],
        content: Content,
        prepared: Mapping[str, Any],
        handle: str,  # noqa: ARG002
        now: datetime,  # noqa: ARG002
    ) -> bytes:
        return replies.render(reference, self.preview(content), prepared)

    def _read_back(self, sent: Payload, remote_id: str) -> Outcome:
        """What became of an answer: below whose comment, and in which words."""
        result = self._graph.within(PATIENCE).get(remote_id, fields=replies.READ_BACK)
        return replies.judge_read_back(sent, remote_id, result)

    def _find_answer(self, sent: Payload, us: Profile, attempt: Attempt) -> Look:
        """Facebook has two levels: an answer to an answer is below the same comment."""
        target = self._graph.get(sent.owner, fields="id,parent{id}")
        parent = target.fields().get("parent") if read_id(target) and isinstance(target, Answer) else None
        above = sanitize.identity(parent.get("id")) if isinstance(parent, dict) else None
        asked = {"filter": "stream", "order": "reverse_chronological", "fields": messages.COMMENT}
        result = self._graph.get(above or sent.owner, "comments", limit="100", **asked)
        return lookup.find_answer(result, sent, us, attempt)

    def _find_private(self, sent: Payload, us: Profile, attempt: Attempt) -> Look:
        recipient = sent.body.get("recipient")
        customer = str(recipient.get("id")) if isinstance(recipient, dict) else ""
        result = self._graph.get(us.id, "conversations", user_id=customer, fields="id")
        found = read_list(result)
        if found is None:
            return CannotTell(http_outcomes.describe(errors.judge(result)))
        conversation = sanitize.identity(found[0].get("id")) if found else None
        if conversation is None:
            return CannotTell(lookup.NO_CONVERSATION)
        result = self._graph.get(conversation, "messages", fields=messages.MESSAGE, limit="100")
        return lookup.find_private(result, sent, us, attempt)

    def _inspect(self, us: Profile) -> TokenFacts | Outcome:
        facts = super()._inspect(us)
        if isinstance(facts, TokenFacts):
            self._inbox.closed = PRIVATE not in facts.scopes
        return facts

    def _find_unusable(self, facts: TokenFacts) -> str | None:
        return rights.find_unusable(facts, NEEDED)

    def _make_url(self, username: str) -> str:
        return f"https://www.facebook.com/{username}"


def _named(remote_id: str) -> Sent:
    return Sent(remote_id, lookup.make_link(remote_id))


def _list_photos(sent: Payload) -> list[str]:
    """What was uploaded for it."""
    photos = [str(media["media_fbid"]) for media in sent.body.get("attached_media", [])]
    return [*photos, str(sent.body["attachment_id"])] if "attachment_id" in sent.body else photos


NETWORK = FacebookNetwork()
