"""A Threads account, with its own token.

Threads could publish words in one step, but then a lost answer would leave nothing to ask about: so Byhand never does.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.domain.outcomes import Later, Look, Outcome, Sent, Unknown
from bot.networks import pictures, sanitize
from bot.networks.http import Answer, Http, Result
from bot.networks.lengths import EMOJI_BYTES, say_too_long
from bot.networks.links import find_links
from bot.networks.meta import errors
from bot.networks.meta.client import CHECK_EVERY, POLL_EVERY, MetaNetwork
from bot.networks.meta.control import Profile
from bot.networks.meta.graph import read_id
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
)
from bot.networks.threads import lookup, replies
from bot.networks.threads.control import Control, make_profile_url, says_not_there
from bot.networks.threads.counting import MAX_LENGTH, count, has_emoji
from bot.networks.threads.inbox import ThreadsInbox
from bot.networks.threads.rights import SHOWN_BY, TAKE_DOWN, WANTED, find_unusable
from bot.networks.threads.sign_in import HOST, SIGN_IN, inspect, open_graph
from bot.networks.threads.uploads import REPLIES, Uploads

PUBLISH = "threads_publish"
MAX_LINKS = 5

DOCUMENTED = Capabilities(
    max_length=MAX_LENGTH,
    length_unit="characters",
    max_bytes=None,
    max_pictures=20,
    posts_a_day=250,
    max_picture_bytes=8_000_000,  # "8 MB"
    picture_types=frozenset({"image/jpeg", "image/png"}),
    picture_ratios=(1 / 10, 10.0),
    max_alt=1000,
    can_delete=True,
    find_is_authoritative=False,
    settle_after=timedelta(minutes=10),
    seen_by_few="Until the app is “Live”, only people with a role in it see what is published.",
    needs_public_images=True,
    poll_every=POLL_EVERY,
    check_every=CHECK_EVERY,
)


class ThreadsNetwork(MetaNetwork):
    """The entry point's object."""

    name = "threads"
    title = "Threads"
    documented = DOCUMENTED
    sign_in = SIGN_IN
    host = HOST
    no_visibility = "A Threads account has no visibility here: leave it out."

    def connect(self, account: AccountSettings, http: Http, token: str) -> AccountClient:
        return ThreadsClient(account, http, token)


class ThreadsClient(TwoStepClient):
    network = "Threads"
    knows_tokens = "Threads"
    documented = DOCUMENTED
    wanted = WANTED
    shown_by = SHOWN_BY
    may_not_delete = f"The token may not delete on Threads: it lacks {TAKE_DOWN}. Delete it there."
    edge = PUBLISH
    words = "text"
    sign = lookup.SIGN
    needs_image = False

    def __init__(
        self, account: AccountSettings, http: Http, token: str, wait: Callable[[float], None] = time.sleep
    ) -> None:
        graph = open_graph(http, token)
        control = Control(graph)
        super().__init__(account, graph, token, control)
        self._uploads = Uploads(graph, control.is_gone, account.images, self._title, wait)
        self._inbox = ThreadsInbox(graph, control, self._whose, account.say_renew("TOKEN"))

    def measure(self, content: Content) -> Measure:
        shown = self.preview(content)
        length = count(shown)
        misfits = (
            *_find_words_too_many(shown, length, self._title),
            *pictures.find_misfits(content, self.capabilities, self._title),
        )
        return Measure(length, MAX_LENGTH, _name_unit(shown), misfits, self._list_notes(content))

    def _may_be_sent(self, sent: Payload) -> bool:
        return sent.edge == PUBLISH and bool(sent.body)

    def _judge_sent(self, sent: Payload, result: Result) -> Outcome:
        if remote_id := read_id(result):
            return self._read_back(sent, remote_id)
        if says_not_there(result):
            return Later("Threads is not ready with it yet.", errors.read_regain(result))
        return errors.judge(result)

    def _find(self, sent: Payload, us: Profile, attempt: Attempt) -> Look:  # noqa: ARG002  the list is our own
        status, _ = self._uploads.ask_status(str(sent.body.get("creation_id")))
        answers = replies.is_answer(sent.kept)
        edge, fields = ("replies", lookup.ANSWER_FIELDS) if answers else ("threads", lookup.FIELDS)
        pages = self._graph.pages(sent.owner, edge, most=PAGES, fields=fields, limit=AT_ONCE)
        return lookup.find_post(pages, status, sent.kept, attempt)

    def _judge_deleted(self, remote_id: str, result: Result) -> Outcome:
        named = sanitize.identity(result.fields().get("deleted_id")) if isinstance(result, Answer) else None
        if named in (None, remote_id):
            return Sent(remote_id)
        return Unknown("Threads says that it deleted something else. Open the profile and look.")

    # --- the receiving half: `networks/receiving.py` says what each does -----------------------------

    def prepare_reply(
        self, reference: Mapping[str, Any], content: Content, prepared: Mapping[str, Any], now: datetime
    ) -> dict[str, Any]:
        us = self._must_know_whose()
        self._inbox.must_be_there(reference)
        self._uploads.must_have_room(us.id, REPLIES)
        shown, more = self.preview(content), replies.name_target(reference)
        return self._uploads.upload(us.id, shown, content.pictures, prepared, now, more)

    def measure_reply(self, reference: Mapping[str, Any], content: Content) -> Measure:  # noqa: ARG002
        return self.measure(content)

    def render_reply(
        self,
        reference: Mapping[str, Any],
        content: Content,
        prepared: Mapping[str, Any],
        handle: str,  # noqa: ARG002
        now: datetime,  # noqa: ARG002
    ) -> bytes:
        return self._name_container(content, prepared, replies.name_target(reference))

    def _inspect(self, us: Profile) -> TokenFacts | Outcome:  # noqa: ARG002
        return inspect(self._graph, self._token)

    def _find_unusable(self, facts: TokenFacts) -> str | None:
        return find_unusable(facts)

    def _make_url(self, username: str) -> str:
        return make_profile_url(username)


def _find_words_too_many(shown: str, length: int, who: str) -> tuple[Misfit, ...]:
    found = []
    if length > MAX_LENGTH:
        found.append(say_too_long(who, length, MAX_LENGTH, how=EMOJI_BYTES if has_emoji(shown) else ""))
    if (many := len({link.value for link in find_links(shown)})) > MAX_LINKS:
        found.append(f"{who} takes at most {MAX_LINKS} links; this text has {many}.")
    return tuple(map(Misfit, found))


def _name_unit(shown: str) -> str:
    return f"{DOCUMENTED.length_unit}, {EMOJI_BYTES}" if has_emoji(shown) else DOCUMENTED.length_unit


NETWORK = ThreadsNetwork()
