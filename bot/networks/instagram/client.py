"""A professional Instagram account, with the own token of the Facebook Page that it is linked to."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import regex

from bot.domain.outcomes import CannotTell, Look, Outcome
from bot.networks import pictures, sanitize, text
from bot.networks.http import Answer, Http, Result
from bot.networks.instagram import lookup, messages, replies
from bot.networks.instagram.control import Control
from bot.networks.instagram.inbox import InstagramInbox
from bot.networks.instagram.rights import COMMENTS, NEEDED, SHOWN_BY, TAKE_DOWN, WANTED
from bot.networks.instagram.sign_in import SIGN_IN
from bot.networks.instagram.uploads import Uploads
from bot.networks.lengths import say_too_long
from bot.networks.links import find_links
from bot.networks.meta import errors, rights
from bot.networks.meta.client import CHECK_EVERY, POLL_EVERY, MetaNetwork
from bot.networks.meta.control import PATIENCE, Profile
from bot.networks.meta.graph import Graph, read_id
from bot.networks.meta.lookup import AT_ONCE, PAGES
from bot.networks.meta.payloads import Payload
from bot.networks.meta.tokens import TokenFacts
from bot.networks.meta.two_steps import TwoStepClient
from bot.networks.protocol import (
    AccountClient,
    AccountSettings,
    Attempt,
    Capabilities,
    Content,
    Measure,
    Misfit,
    Picture,
    PrepareFailed,
    SentBy,
)

PUBLISH = "media_publish"
ANSWERS = frozenset({replies.REPLIES, replies.MENTIONS})
MAX_LENGTH = 2200  # in UTF-16 units, the strictest way to count: which one Instagram uses is not documented
MAX_HASHTAGS = 30
MAX_MENTIONS = 20
_HASHTAG, _MENTION = regex.compile(r"#\w"), regex.compile(r"@\w")

DOCUMENTED = Capabilities(
    max_length=MAX_LENGTH,
    length_unit="characters",
    max_bytes=None,
    max_pictures=10,
    min_pictures=1,
    posts_a_day=25,  # the least there is; each account's own is asked for
    max_picture_bytes=8 * 1024 * 1024 - 1,  # "less than 8 MiB"
    picture_types=frozenset({"image/jpeg"}),
    picture_ratios=(4 / 5, 1.91),
    max_alt=1000,
    can_delete=True,
    find_is_authoritative=False,
    settle_after=timedelta(minutes=10),
    seen_by_few="Until the app is “Live”, only people with a role in it see what is published.",
    needs_public_images=True,
    poll_every=POLL_EVERY,
    check_every=CHECK_EVERY,
)


class InstagramNetwork(MetaNetwork):
    """The entry point's object."""

    name = "instagram"
    title = "Instagram"
    documented = DOCUMENTED
    sign_in = SIGN_IN
    no_visibility = "An Instagram account has no visibility here: leave it out."

    def connect(self, account: AccountSettings, http: Http, token: str) -> AccountClient:
        return InstagramClient(account, http, token)


class InstagramClient(TwoStepClient):
    network = "Instagram"
    documented = DOCUMENTED
    wanted = WANTED
    shown_by = SHOWN_BY
    may_not_delete = (
        f"The token may not delete it: it lacks {TAKE_DOWN}, for comments {COMMENTS}. Delete it on Instagram."
    )
    edge = PUBLISH
    words = "caption"
    sign = lookup.SIGN
    needs_image = True

    def __init__(
        self, account: AccountSettings, http: Http, token: str, wait: Callable[[float], None] = time.sleep
    ) -> None:
        graph = Graph(http, token)
        control = Control(graph)
        super().__init__(account, graph, token, control)
        self._uploads = Uploads(graph, control.is_gone, account.images, self._title, wait)
        self._inbox = InstagramInbox(graph, control, self._whose, account.say_renew("TOKEN"))
        self._may_delete = True  # as far as `check` has heard

    @property
    def capabilities(self) -> Capabilities:
        allowed = super().capabilities
        return replace(allowed, can_delete=allowed.can_delete and self._may_delete)

    def measure(self, content: Content) -> Measure:
        shown = self.preview(content)
        length = text.count_utf16(shown)
        misfits = (
            *_find_words_too_many(shown, length, self._title),
            *pictures.find_misfits(content, self.capabilities, self._title),
        )
        return Measure(length, MAX_LENGTH, DOCUMENTED.length_unit, misfits, self._list_notes(content))

    def prepare(self, content: Content, prepared: Mapping[str, Any], now: datetime) -> dict[str, Any]:
        if self.capabilities.sent_by is SentBy.PERSON:
            return {"by": "a person"}
        return super().prepare(content, prepared, now)

    def _may_be_sent(self, sent: Payload) -> bool:
        return sent.edge in {PUBLISH, *ANSWERS} and bool(sent.body)

    def _judge_sent(self, sent: Payload, result: Result) -> Outcome:
        remote_id = read_id(result)
        if remote_id is None:
            return errors.judge(result)
        return (
            self._read_back(sent, remote_id) if sent.edge == PUBLISH else self._read_answer(sent, remote_id)
        )

    def _find(self, sent: Payload, us: Profile, attempt: Attempt) -> Look:
        if sent.edge in ANSWERS:
            return self._find_answer(sent, us, attempt)
        status, _ = self._uploads.ask_status(str(sent.body.get("creation_id")))
        asked = {"fields": lookup.FIELDS, "limit": AT_ONCE}
        pages = self._graph.pages(sent.owner, "media", most=PAGES, **asked)
        return lookup.find_post(pages, status, sent.kept, attempt)

    # --- the receiving half: `networks/receiving.py` says what each does -----------------------------

    def prepare_reply(
        self,
        reference: Mapping[str, Any],
        content: Content,  # noqa: ARG002  an answer has no images
        prepared: Mapping[str, Any],
        now: datetime,  # noqa: ARG002
    ) -> dict[str, Any]:
        self._inbox.must_be_there(reference)
        return dict(prepared)

    def measure_reply(self, reference: Mapping[str, Any], content: Content) -> Measure:  # noqa: ARG002
        return replies.measure(content, self.preview(content), DOCUMENTED, self._title)

    def render_reply(
        self,
        reference: Mapping[str, Any],
        content: Content,
        prepared: Mapping[str, Any],  # noqa: ARG002
        handle: str,  # noqa: ARG002
        now: datetime,  # noqa: ARG002
    ) -> bytes:
        return replies.render(reference, self.preview(content))

    def _read_answer(self, sent: Payload, remote_id: str) -> Outcome:
        result = self._graph.within(PATIENCE).get(remote_id, fields=replies.READ_BACK)
        return replies.judge_read_back(sent, remote_id, result)

    def _find_answer(self, sent: Payload, us: Profile, attempt: Attempt) -> Look:
        """Instagram has two levels: an answer to an answer is inside the same comment."""
        if sent.edge == replies.MENTIONS:
            return CannotTell(lookup.NO_LIST)
        target = self._graph.get(sent.owner, fields="id,parent_id")
        parent = target.fields().get("parent_id") if read_id(target) and isinstance(target, Answer) else None
        asked = {"fields": messages.COMMENT, "limit": AT_ONCE}
        pages = self._graph.pages(sanitize.identity(parent) or sent.owner, "replies", most=PAGES, **asked)
        return lookup.find_answer(pages, sent, us, attempt)

    def _inspect(self, us: Profile) -> TokenFacts | Outcome:
        with suppress(PrepareFailed):
            self._uploads.ask_quota(us.id)
        facts = super()._inspect(us)
        if isinstance(facts, TokenFacts):
            self._may_delete = TAKE_DOWN in facts.scopes
        return facts

    def _find_unusable(self, facts: TokenFacts) -> str | None:
        return rights.find_unusable(facts, NEEDED)

    def _make_url(self, username: str) -> str:
        return f"https://www.instagram.com/{username}"

    def _note_look(self, content: Content) -> tuple[str, ...]:
        notes: tuple[str, ...] = ()
        if find_links(self.preview(content)):
            notes = (f"{self._title} shows links as plain text: nobody can press them",)
        if _have_other_sides(content.pictures):
            notes = (*notes, f"{self._title} cuts every image to the shape of the first")
        return notes


def _find_words_too_many(shown: str, length: int, who: str) -> tuple[Misfit, ...]:
    found = [say_too_long(who, length, MAX_LENGTH)] if length > MAX_LENGTH else []
    for sign, what, most in ((_HASHTAG, "hashtags", MAX_HASHTAGS), (_MENTION, "mentions", MAX_MENTIONS)):
        if (many := len(sign.findall(shown))) > most:
            found.append(f"{who} takes at most {most} {what}; this text has {many}.")
    return tuple(map(Misfit, found))


def _have_other_sides(shown: tuple[Picture, ...]) -> bool:
    """Than the first: as far as the eye sees."""
    ratios = [round(picture.width / picture.height, 2) for picture in shown if picture.height]
    return len(set(ratios)) > 1


NETWORK = InstagramNetwork()
