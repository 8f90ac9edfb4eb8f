"""A Threads account, with its own token.

A post is a container first, made by `prepare`; `publish` names it, once. Threads could publish words in one step, but
then a lost answer would leave nothing to ask about: so Byhand never does. Threads knows no idempotency key, and a
container that is named twice may be out twice; so a lost answer is looked up, and nothing is ever sent again because it
was not found.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.domain.outcomes import CannotTell, Later, Look, NeedsLogin, NotSent, Outcome, Refused, Sent, Unknown
from bot.networks import http_outcomes, pictures, public_images, sanitize, text
from bot.networks.http import Answer, Http, Result, check_printable
from bot.networks.lengths import EMOJI_BYTES, say_too_long
from bot.networks.links import find_links
from bot.networks.meta import errors, rights
from bot.networks.meta.containers import describe_content, holds_this
from bot.networks.meta.graph import is_done, read_id
from bot.networks.meta.lookup import AT_ONCE, PAGES
from bot.networks.meta.payloads import Payload, read_payload
from bot.networks.meta.tokens import TokenFacts
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
from bot.networks.threads import lookup, replies
from bot.networks.threads.control import (
    PATIENCE,
    Control,
    Profile,
    make_profile_url,
    says_gone,
    says_not_there,
)
from bot.networks.threads.counting import MAX_LENGTH, count, has_emoji
from bot.networks.threads.inbox import ThreadsInbox
from bot.networks.threads.rights import TAKE_DOWN, WANTED, find_unusable
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
    seen_by_few="While the app is in Development mode, only people with a role on it see what is published.",
    needs_public_images=True,
)


class ThreadsNetwork:
    """The entry point's object."""

    name = "threads"
    title = "Threads"
    secrets: tuple[str, ...] = ("TOKEN",)
    documented = DOCUMENTED
    visibilities: tuple[str, ...] = ()
    sign_in = SIGN_IN

    def open(self, account: AccountSettings, vault: Vault) -> AccountClient:  # noqa: ARG002  nothing is kept
        token = check_printable(account.secrets.get("TOKEN", ""), f"token of {account.name}")
        if account.visibility is not None:
            raise ValueError("A Threads account has no visibility here: leave it out.")
        return ThreadsClient(account, Http(account.server or HOST, from_settings=True), token)


class ThreadsClient:
    def __init__(
        self, account: AccountSettings, http: Http, token: str, wait: Callable[[float], None] = time.sleep
    ) -> None:
        self._account = account
        self._token = token
        self._title = account.called
        self._graph = open_graph(http, token)
        self._control = Control(self._graph)
        self._uploads = Uploads(self._graph, self._control.is_gone, account.images, self._title, wait)
        self._inbox = ThreadsInbox(self._graph, self._control, self._whose, account.say_renew("TOKEN"))
        self._profile: Profile | None = None

    @property
    def capabilities(self) -> Capabilities:
        """Threads states no limits but those of a day: the documented ones hold."""
        allowed = replace(DOCUMENTED, posts_a_day=self._uploads.posts_a_day or DOCUMENTED.posts_a_day)
        return public_images.limit(allowed, self._account.images)

    def check(self) -> Health:
        self._profile = None
        profile = self._whose()
        if isinstance(profile, Profile):
            return self._judge_token(profile)
        if isinstance(profile, NeedsLogin):
            mend = profile.mend or self._account.say_renew("TOKEN")
            return Health(False, f"Threads refuses the token ({profile.why}). {mend}")
        said = http_outcomes.describe(profile)
        return Health(False, f"Threads did not answer as expected: {said}", heard=False)

    def who(self) -> Who | Outcome:
        profile = self._whose()
        return Who(profile.id, profile.name) if isinstance(profile, Profile) else profile

    def measure(self, content: Content) -> Measure:
        shown = self.preview(content)
        length = count(shown)
        misfits = (
            *_find_words_too_many(shown, length, self._title),
            *pictures.find_misfits(content, self.capabilities, self._title),
        )
        return Measure(length, MAX_LENGTH, _name_unit(shown), misfits, self._list_notes(content))

    def preview(self, content: Content) -> str:
        return text.clean(content.text).strip()

    def new_handle(self, now: datetime) -> str:  # noqa: ARG002  a name of ours: it is never sent
        return uuid.uuid4().hex

    def prepare(self, content: Content, prepared: Mapping[str, Any], now: datetime) -> dict[str, Any]:
        profile = self._must_know_whose()
        self._uploads.must_have_room(profile.id)
        return self._uploads.upload(profile.id, self.preview(content), content.pictures, prepared, now)

    def render(
        self,
        content: Content,
        prepared: Mapping[str, Any],
        handle: str,  # noqa: ARG002  Threads knows no such key
        now: datetime,  # noqa: ARG002  a post carries no time of ours
    ) -> bytes:
        """Words and images are in the container; one that holds anything else is not named, so that nothing is sent."""
        account = str(prepared.get("account") or "")
        holds = describe_content(account, self.preview(content), content.pictures)
        return _pack(prepared, holds)

    def publish(self, payload: bytes, handle: str, send_by: Callable[[], bool]) -> Outcome:  # noqa: ARG002
        sent = read_payload(payload)
        if sent is None or sent.edge != PUBLISH or not sent.body:
            return NotSent("What was to be sent cannot be read.")
        result = self._graph.post(sent.owner, sent.edge, body=sent.body, send_by=send_by)
        if remote_id := read_id(result):
            return self._read_back(sent, remote_id)
        if says_not_there(result):
            return Later("Threads is not ready with it yet.", errors.read_regain(result))
        return errors.judge(result)

    def find(self, attempt: Attempt) -> Look:
        sent = read_payload(attempt.payload)
        if sent is None:
            return CannotTell("What was sent cannot be read any more.")
        profile = self._whose()
        if not isinstance(profile, Profile):
            return CannotTell(http_outcomes.describe(profile))
        status, _ = self._uploads.ask_status(str(sent.body.get("creation_id")))
        answers = replies.is_answer(sent.kept)
        edge, fields = ("replies", lookup.ANSWER_FIELDS) if answers else ("threads", lookup.FIELDS)
        pages = self._graph.pages(sent.owner, edge, most=PAGES, fields=fields, limit=AT_ONCE)
        return lookup.find_post(pages, status, sent.kept, attempt)

    def delete(self, remote_id: str) -> Outcome:
        """The same is said of what is gone and of what this token may not see: so it is asked for once more."""
        result = self._graph.delete(remote_id)
        if is_done(result):
            return _judge_deleted(remote_id, result)
        if says_gone(result) and self._control.is_gone(self._graph.get(remote_id, fields="id")):
            return Sent(remote_id)
        outcome = errors.judge(result)
        if isinstance(outcome, Refused) and errors.lacks_right(outcome):
            why = f"The token may not delete on Threads: it lacks {TAKE_DOWN}. Delete it there."
            return replace(outcome, reason=why)
        return outcome

    def profile_url(self) -> str:
        if self._profile:
            return self._profile.url
        return make_profile_url((self._account.handle or "").removeprefix("@"))

    # --- the receiving half: `networks/receiving.py` says what each does -----------------------------

    @property
    def streams(self) -> tuple[str, ...]:
        """There are no private messages: Threads shows those to nobody."""
        return (NOTICES, OWN)

    def poll(self, stream: str, cursor: str | None, *, direct: bool) -> Page | Trouble:  # noqa: ARG002  none comes
        return self._inbox.poll(stream, cursor)

    def thread(self, remote_id: str) -> tuple[Inbound, ...] | Gone | Trouble:
        return self._inbox.thread(remote_id)

    def look(self, stream: str, remote_ids: Sequence[str]) -> Mapping[str, Inbound | Gone] | Trouble:
        return self._inbox.look(stream, remote_ids)

    def prepare_reply(
        self, reference: Mapping[str, Any], content: Content, prepared: Mapping[str, Any], now: datetime
    ) -> dict[str, Any]:
        profile = self._must_know_whose()
        self._inbox.must_be_there(reference)
        self._uploads.must_have_room(profile.id, REPLIES)
        shown, more = self.preview(content), replies.name_target(reference)
        return self._uploads.upload(profile.id, shown, content.pictures, prepared, now, more)

    def measure_reply(self, reference: Mapping[str, Any], content: Content) -> Measure:  # noqa: ARG002
        return self.measure(content)

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
        account = str(prepared.get("account") or "")
        more = replies.name_target(reference)
        return _pack(prepared, describe_content(account, self.preview(content), content.pictures, more))

    def can_correct(self, reference: Mapping[str, Any]) -> bool:  # noqa: ARG002
        """Threads changes no post through its API."""
        return False

    def render_correction(
        self, reference: Mapping[str, Any], remote_id: str, content: Content, prepared: Mapping[str, Any]
    ) -> bytes:
        raise NotImplementedError("Byhand corrects nothing on Threads: ask can_correct first.")

    def _must_know_whose(self) -> Profile:
        """Raises PrepareFailed."""
        profile = self._whose()
        if not isinstance(profile, Profile):
            raise http_outcomes.to_prepare_failed(profile)
        return profile

    def _whose(self) -> Profile | Outcome:
        """Whose token it is; asked once, it cannot change."""
        if self._profile:
            return self._profile
        profile = self._control.who()
        if isinstance(profile, Profile):
            self._profile = profile
        return profile

    def _read_back(self, sent: Payload, remote_id: str) -> Sent:
        """The post's address, and whether it has the words that were sent. What is not told is not judged."""
        result = self._graph.within(PATIENCE).get(remote_id, fields="id,text,permalink")
        if read_id(result) != remote_id or not isinstance(result, Answer):
            return Sent(remote_id, self.profile_url())
        shown = result.fields()
        url = sanitize.address(shown.get("permalink")) or self.profile_url()
        told = shown.get("text")
        same = not isinstance(told, str) or lookup.has_same_words(str(sent.kept.get("words") or ""), told)
        return Sent(remote_id, url, None if same else "its words are different")

    def _judge_token(self, profile: Profile) -> Health:
        expected = (self._account.handle or "").removeprefix("@").casefold()
        if expected and expected not in {profile.id, profile.username}:
            sentence = f"The token belongs to {profile.name} ({profile.id}), not to {self._account.handle}."
            return Health(False, sentence, profile.name, profile.url, account_id=profile.id)
        facts = inspect(self._graph, self._token)
        if not isinstance(facts, TokenFacts):
            not_told = f"Threads did not say what the token may do: {http_outcomes.describe(facts)}"
            return self._say_fine(profile, lacks=(not_told,))
        if unusable := find_unusable(facts):
            return Health(False, unusable, profile.name, profile.url, account_id=profile.id)
        more = rights.say_what_holds(facts, "Threads")
        fine = self._say_fine(profile, more, rights.list_lacking(facts, WANTED))
        return replace(fine, until=facts.ends, endless=facts.ends is None)

    def _say_fine(self, profile: Profile, more: str = "", lacks: tuple[str, ...] = ()) -> Health:
        sentence = f"Signed in as {profile.name}.{more}"
        return Health(True, sentence, profile.name, profile.url, lacks, profile.id)

    def _list_notes(self, content: Content) -> tuple[str, ...]:
        notes = pictures.find_notes(content, DOCUMENTED, self._title)
        links = find_links(self.preview(content))
        if links and not content.pictures:
            notes = (*notes, f"{self._title} shows a card of {links[0].value} below the text")
        if content.warning:
            notes = (*notes, f"{self._title} has no content warnings: people see everything straight away")
        return notes


def _pack(prepared: Mapping[str, Any], holds: Mapping[str, Any]) -> bytes:
    body = {"creation_id": str(prepared["container"])} if holds_this(prepared, holds) else {}
    return Payload(str(holds["account"]), PUBLISH, body, holds).pack()


def _find_words_too_many(shown: str, length: int, who: str) -> tuple[Misfit, ...]:
    found = []
    if length > MAX_LENGTH:
        found.append(say_too_long(who, length, MAX_LENGTH, how=EMOJI_BYTES if has_emoji(shown) else ""))
    if (many := len({link.value for link in find_links(shown)})) > MAX_LINKS:
        found.append(f"{who} takes at most {MAX_LINKS} links; this text has {many}.")
    return tuple(map(Misfit, found))


def _name_unit(shown: str) -> str:
    return f"{DOCUMENTED.length_unit}, {EMOJI_BYTES}" if has_emoji(shown) else DOCUMENTED.length_unit


def _judge_deleted(remote_id: str, result: Result) -> Outcome:
    named = sanitize.identity(result.fields().get("deleted_id")) if isinstance(result, Answer) else None
    if named in (None, remote_id):
        return Sent(remote_id)
    return Unknown("Threads says that it deleted something else. Open the profile and look.")


NETWORK = ThreadsNetwork()
