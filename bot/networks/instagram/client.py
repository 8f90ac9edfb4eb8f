"""A professional Instagram account, with the own token of the Facebook Page that it is linked to.

A post is a container first, made by `prepare`; `publish` names it, once. Instagram knows no idempotency key, and a
container that is named twice may be out twice. So a lost answer is looked up, and nothing is ever sent again because it
was not found.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import regex

from bot.domain.outcomes import CannotTell, Look, NeedsLogin, NotSent, Outcome, Refused, Sent
from bot.networks import http_outcomes, pictures, public_images, sanitize, text
from bot.networks.http import Answer, Http, check_printable
from bot.networks.instagram import lookup, messages, replies
from bot.networks.instagram.control import PATIENCE, Control, Profile
from bot.networks.instagram.inbox import InstagramInbox
from bot.networks.instagram.rights import COMMENTS, NEEDED, TAKE_DOWN, WANTED
from bot.networks.instagram.sign_in import SIGN_IN
from bot.networks.instagram.uploads import Uploads
from bot.networks.lengths import say_too_long
from bot.networks.links import find_links
from bot.networks.meta import errors, rights
from bot.networks.meta.containers import describe_content, holds_this
from bot.networks.meta.graph import HOST, Graph, is_done, read_id
from bot.networks.meta.lookup import AT_ONCE, PAGES
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
    Picture,
    PrepareFailed,
    SentBy,
    Vault,
    Who,
)
from bot.networks.receiving import NOTICES, OWN, Gone, Inbound, Page, Trouble

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
    seen_by_few="While the app is in Development mode, only people with a role on it see what is published.",
    needs_public_images=True,
)


class InstagramNetwork:
    """The entry point's object."""

    name = "instagram"
    title = "Instagram"
    secrets: tuple[str, ...] = ("TOKEN",)
    documented = DOCUMENTED
    visibilities: tuple[str, ...] = ()
    sign_in = SIGN_IN

    def open(self, account: AccountSettings, vault: Vault) -> AccountClient:  # noqa: ARG002  nothing is kept
        token = check_printable(account.secrets.get("TOKEN", ""), f"token of {account.name}")
        if account.visibility is not None:
            raise ValueError("An Instagram account has no visibility here: leave it out.")
        return InstagramClient(account, Http(account.server or HOST, from_settings=True), token)


class InstagramClient:
    def __init__(
        self, account: AccountSettings, http: Http, token: str, wait: Callable[[float], None] = time.sleep
    ) -> None:
        self._account = account
        self._token = token
        self._title = account.called
        self._graph = Graph(http, token)
        self._control = Control(self._graph)
        self._uploads = Uploads(self._graph, self._control.is_gone, account.images, self._title, wait)
        self._inbox = InstagramInbox(self._graph, self._control, self._whose, account.say_renew("TOKEN"))
        self._profile: Profile | None = None
        self._may_delete = True  # as far as `check` has heard

    @property
    def capabilities(self) -> Capabilities:
        """Instagram states no limits but that of posts a day: the documented ones hold."""
        posts_a_day = self._uploads.posts_a_day or DOCUMENTED.posts_a_day
        allowed = replace(DOCUMENTED, posts_a_day=posts_a_day, can_delete=self._may_delete)
        return public_images.limit(allowed, self._account.images, needs_image=True)

    def check(self) -> Health:
        self._profile = None
        profile = self._whose()
        if isinstance(profile, Profile):
            return self._judge_token(profile)
        if isinstance(profile, NeedsLogin):
            mend = profile.mend or self._account.say_renew("TOKEN")
            return Health(False, f"Instagram refuses the token ({profile.why}). {mend}")
        said = http_outcomes.describe(profile)
        return Health(False, f"Instagram did not answer as expected: {said}", heard=False)

    def who(self) -> Who | Outcome:
        profile = self._whose()
        return Who(profile.id, profile.name) if isinstance(profile, Profile) else profile

    def measure(self, content: Content) -> Measure:
        shown = self.preview(content)
        length = text.count_utf16(shown)
        misfits = (*_find_words_too_many(shown, length, self._title), *self._find_misfits(content))
        return Measure(length, MAX_LENGTH, DOCUMENTED.length_unit, misfits, self._list_notes(content))

    def preview(self, content: Content) -> str:
        return text.clean(content.text).strip()

    def new_handle(self, now: datetime) -> str:  # noqa: ARG002  a name of ours: it is never sent
        return uuid.uuid4().hex

    def prepare(self, content: Content, prepared: Mapping[str, Any], now: datetime) -> dict[str, Any]:
        if self.capabilities.sent_by is SentBy.PERSON:
            return {"by": "a person"}
        profile = self._whose()
        if not isinstance(profile, Profile):
            raise http_outcomes.to_prepare_failed(profile)
        self._uploads.must_have_room(profile.id)
        return self._uploads.upload(profile.id, self.preview(content), content.pictures, prepared, now)

    def render(
        self,
        content: Content,
        prepared: Mapping[str, Any],
        handle: str,  # noqa: ARG002  Instagram knows no such key
        now: datetime,  # noqa: ARG002  a post carries no time of ours
    ) -> bytes:
        """Words and images are in the container; one that holds anything else is not named, so that nothing is sent."""
        account = str(prepared.get("account") or "")
        holds = describe_content(account, self.preview(content), content.pictures)
        body = {"creation_id": str(prepared["container"])} if holds_this(prepared, holds) else {}
        return Payload(account, PUBLISH, body, holds).pack()

    def publish(self, payload: bytes, handle: str, send_by: Callable[[], bool]) -> Outcome:  # noqa: ARG002
        sent = read_payload(payload)
        if sent is None or sent.edge not in {PUBLISH, *ANSWERS} or not sent.body:
            return NotSent("What was to be sent cannot be read.")
        result = self._graph.post(sent.owner, sent.edge, body=sent.body, send_by=send_by)
        remote_id = read_id(result)
        if remote_id is None:
            return errors.judge(result)
        return (
            self._read_back(sent, remote_id) if sent.edge == PUBLISH else self._read_answer(sent, remote_id)
        )

    def find(self, attempt: Attempt) -> Look:
        sent = read_payload(attempt.payload)
        if sent is None:
            return CannotTell("What was sent cannot be read any more.")
        profile = self._whose()
        if not isinstance(profile, Profile):
            return CannotTell(http_outcomes.describe(profile))
        if sent.edge in ANSWERS:
            return self._find_answer(sent, profile, attempt)
        status, _ = self._uploads.ask_status(str(sent.body.get("creation_id")))
        asked = {"fields": lookup.FIELDS, "limit": AT_ONCE}
        pages = self._graph.pages(sent.owner, "media", most=PAGES, **asked)
        return lookup.find_post(pages, status, sent.kept, attempt)

    def delete(self, remote_id: str) -> Outcome:
        """The same is said of what is gone and of what this token may not see: so it is asked for once more."""
        result = self._graph.delete(remote_id)
        if is_done(result):
            return Sent(remote_id)
        if errors.says_gone(result) and self._control.is_gone(self._graph.get(remote_id, fields="id")):
            return Sent(remote_id)
        outcome = errors.judge(result)
        if errors.lacks_right(outcome):
            why = f"The token may not delete it: it lacks {TAKE_DOWN}, for comments {COMMENTS}. Delete it on Instagram."
            return replace(outcome, reason=why) if isinstance(outcome, Refused) else outcome
        return outcome

    def profile_url(self) -> str:
        if self._profile:
            return self._profile.url
        name = (self._account.handle or "").removeprefix("@")
        return f"https://www.instagram.com/{name}"

    # --- the receiving half: `networks/receiving.py` says what each does -----------------------------

    @property
    def streams(self) -> tuple[str, ...]:
        """No private messages: Byhand does not read those of Instagram."""
        return (NOTICES, OWN)

    def poll(self, stream: str, cursor: str | None, *, direct: bool) -> Page | Trouble:  # noqa: ARG002  none comes
        return self._inbox.poll(stream, cursor)

    def thread(self, remote_id: str) -> tuple[Inbound, ...] | Gone | Trouble:
        return self._inbox.thread(remote_id)

    def look(self, stream: str, remote_ids: Sequence[str]) -> Mapping[str, Inbound | Gone] | Trouble:
        return self._inbox.look(stream, remote_ids)

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

    def preview_reply(self, reference: Mapping[str, Any], content: Content) -> str:  # noqa: ARG002
        return self.preview(content)

    def render_reply(
        self,
        reference: Mapping[str, Any],
        content: Content,
        prepared: Mapping[str, Any],  # noqa: ARG002
        handle: str,  # noqa: ARG002
        now: datetime,  # noqa: ARG002
    ) -> bytes:
        return replies.render(reference, self.preview(content))

    def can_correct(self, reference: Mapping[str, Any]) -> bool:  # noqa: ARG002
        """Instagram changes no comment."""
        return False

    def render_correction(
        self, reference: Mapping[str, Any], remote_id: str, content: Content, prepared: Mapping[str, Any]
    ) -> bytes:
        raise NotImplementedError("Byhand corrects nothing on Instagram: ask can_correct first.")

    def _read_answer(self, sent: Payload, remote_id: str) -> Outcome:
        result = self._graph.within(PATIENCE).get(remote_id, fields=replies.READ_BACK)
        return replies.judge_read_back(sent, remote_id, result)

    def _find_answer(self, sent: Payload, profile: Profile, attempt: Attempt) -> Look:
        """Instagram has two levels: an answer to an answer is inside the same comment."""
        if sent.edge == replies.MENTIONS:
            return CannotTell(lookup.NO_LIST)
        target = self._graph.get(sent.owner, fields="id,parent_id")
        parent = target.fields().get("parent_id") if read_id(target) and isinstance(target, Answer) else None
        asked = {"fields": messages.COMMENT, "limit": AT_ONCE}
        pages = self._graph.pages(sanitize.identity(parent) or sent.owner, "replies", most=PAGES, **asked)
        return lookup.find_answer(pages, sent, profile, attempt)

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
        result = self._graph.within(PATIENCE).get(remote_id, fields="id,caption,permalink")
        if read_id(result) != remote_id or not isinstance(result, Answer):
            return Sent(remote_id, self.profile_url())
        shown = result.fields()
        url = sanitize.address(shown.get("permalink")) or self.profile_url()
        told = shown.get("caption")
        same = not isinstance(told, str) or lookup.has_same_words(str(sent.kept.get("words") or ""), told)
        return Sent(remote_id, url, None if same else "its words are different")

    def _judge_token(self, profile: Profile) -> Health:
        expected = (self._account.handle or "").removeprefix("@").casefold()
        if expected and expected not in {profile.id, profile.name.removeprefix("@").casefold()}:
            sentence = f"The token belongs to {profile.name} ({profile.id}), not to {self._account.handle}."
            return Health(False, sentence, profile.name, profile.url, account_id=profile.id)
        with suppress(PrepareFailed):
            self._uploads.ask_quota(profile.id)
        facts = inspect(self._graph, self._token)
        if not isinstance(facts, TokenFacts):
            not_told = f"Facebook did not say what the token may do: {http_outcomes.describe(facts)}"
            return self._say_fine(profile, lacks=(not_told,))
        self._may_delete = TAKE_DOWN in facts.scopes
        if unusable := rights.find_unusable(facts, NEEDED):
            return Health(False, unusable, profile.name, profile.url, account_id=profile.id)
        fine = self._say_fine(profile, rights.say_what_holds(facts), rights.list_lacking(facts, WANTED))
        return replace(fine, until=facts.ends, endless=facts.ends is None)

    def _say_fine(self, profile: Profile, more: str = "", lacks: tuple[str, ...] = ()) -> Health:
        sentence = f"Signed in as {profile.name}.{more}"
        return Health(True, sentence, profile.name, profile.url, lacks, profile.id)

    def _find_misfits(self, content: Content) -> tuple[Misfit, ...]:
        return pictures.find_misfits(content, self.capabilities, self._title)

    def _list_notes(self, content: Content) -> tuple[str, ...]:
        notes = pictures.find_notes(content, DOCUMENTED, self._title)
        if find_links(self.preview(content)):
            notes = (*notes, f"{self._title} shows links as plain text: nobody can press them")
        if _have_other_sides(content.pictures):
            notes = (*notes, f"{self._title} cuts every image to the shape of the first")
        if content.warning:
            notes = (*notes, f"{self._title} has no content warnings: people see everything straight away")
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
