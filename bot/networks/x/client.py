"""An account of X, with keys of OAuth 1.0a.

X knows no idempotency key, and bills what it refuses, too. So a lost answer is looked up among the account's own posts,
and what is not found stays unknown; nothing is sent that is sure to be refused; and once X has taken no credits or no
sign-in, nothing more is asked of it before somebody has it tried (`check`).
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.domain.outcomes import (
    CannotTell,
    Look,
    NeedsCredit,
    NeedsLogin,
    NotSent,
    Outcome,
    Refused,
    Sent,
)
from bot.domain.preflight.costs import Prices
from bot.domain.sign_ins.words import say_no_credit
from bot.networks import http_outcomes, pictures, text
from bot.networks.http import Answer, Http, Result, check_printable
from bot.networks.lengths import say_too_long
from bot.networks.links import find_links
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
from bot.networks.receiving import NOTICES, OWN, Gone, Inbound, Page, Trouble
from bot.networks.signin.signatures import Keys
from bot.networks.x import counting, errors, lookup, messages, shown
from bot.networks.x.api import HOST, Api, read_data, read_id, read_next, to_json
from bot.networks.x.control import Control, Profile, make_link, make_profile_url
from bot.networks.x.inbox import XInbox
from bot.networks.x.sign_in import SIGN_IN, read_keys
from bot.networks.x.uploads import Uploads

POSTS = "tweets"
HOW = "an emoji counts as 2, a link as 23"
NOT_SUMMONED = "X lets an app answer only people who mentioned your account, and this customer did not."
NOT_TO_SEND = f"{NOT_SUMMONED} {errors.ON_X}"
NOT_TO_READ = "What was sent cannot be read any more."

# docs.x.com/x-api/getting-started/pricing, November 2026: documented, and nobody has seen a bill. It is said that
# what X refuses is billed, too.
PRICES = Prices(post=15, link=200, reply=10, alt_text=5, take_down=10)

DOCUMENTED = Capabilities(
    max_length=counting.MAX_LENGTH,
    length_unit="characters",
    max_bytes=None,
    max_pictures=4,
    max_picture_bytes=5_000_000,
    picture_types=frozenset({"image/jpeg", "image/png", "image/webp"}),
    max_alt=1000,
    can_delete=True,
    find_is_authoritative=False,
    settle_after=timedelta(minutes=10),
    moving_types=frozenset(),
    poll_every=timedelta(minutes=5),  # what is shown is billed
    check_every=timedelta(hours=1),  # each look is billed
    keeps_ended=timedelta(hours=24),  # as X's rules say of what was deleted
    looks_at_once=100,
    prices=PRICES,
)


class XNetwork:
    """The entry point's object."""

    name = "x"
    title = "X"
    secrets: tuple[str, ...] = ("TOKEN",)
    documented = DOCUMENTED
    visibilities: tuple[str, ...] = ()
    sign_in = SIGN_IN

    def open(self, account: AccountSettings, vault: Vault) -> AccountClient:  # noqa: ARG002  nothing is kept
        token = check_printable(account.secrets.get("TOKEN", ""), f"token of {account.name}")
        if account.visibility is not None:
            raise ValueError("An X account has no visibility here: leave it out.")
        return XClient(account, Http(account.server or HOST, from_settings=True), read_keys(token) or token)


class XClient:
    def __init__(self, account: AccountSettings, http: Http, secret: Keys | str) -> None:
        self._account = account
        self._title = account.called
        self._api = Api(http, secret)
        self._control = Control(self._api)
        self._uploads = Uploads(self._api, self._title)
        self._profile: Profile | None = None
        self.stopped: NeedsLogin | None = None  # since then nothing is asked
        self._inbox = XInbox(self._api, self._control, self._whose, self._judge, account.say_renew("TOKEN"))

    @property
    def capabilities(self) -> Capabilities:
        """X states no limits: the documented ones hold."""
        return DOCUMENTED

    def check(self) -> Health:
        """Asked also while nothing else is: it is how an account goes on."""
        self._profile = self.stopped = None
        profile = self._whose()
        if isinstance(profile, Profile):
            return self._judge_whose(profile)
        if isinstance(profile, NeedsCredit):
            return Health(False, say_no_credit(self._title, profile), unpaid=True)
        if isinstance(profile, NeedsLogin):
            mend = profile.mend or self._account.say_renew("TOKEN")
            return Health(False, f"X refuses the sign-in ({profile.why}). {mend}")
        said = http_outcomes.describe(profile)
        return Health(False, f"X did not answer as expected: {said}", heard=False)

    def who(self) -> Who | Outcome:
        profile = self._whose()
        return Who(profile.id, profile.name) if isinstance(profile, Profile) else profile

    def measure(self, content: Content) -> Measure:
        length = counting.count(self.preview(content))
        how = HOW if length != len(self.preview(content)) else ""
        misfits = pictures.find_misfits(content, DOCUMENTED, self._title)
        if length > counting.MAX_LENGTH:
            too_long = say_too_long(self._title, length, counting.MAX_LENGTH, how=how)
            misfits = (Misfit(too_long), *misfits)
        unit = f"{DOCUMENTED.length_unit}, {how}" if how else DOCUMENTED.length_unit
        mills = _find_cost(self.preview(content), len(content.pictures))
        return Measure(length, counting.MAX_LENGTH, unit, misfits, self._list_notes(content), mills=mills)

    def find_price(self, payload: bytes) -> int:
        sent = _read_body(payload) or {}
        media = sent.get("media")
        images = len(media.get("media_ids") or ()) if isinstance(media, dict) else 0
        return _find_cost(str(sent.get("text") or ""), images, is_reply="reply" in sent)

    def preview(self, content: Content) -> str:
        return counting.strip_refused(text.clean(content.text)).strip()

    def new_handle(self, now: datetime) -> str:  # noqa: ARG002  a name of ours: it is never sent
        return uuid.uuid4().hex

    def prepare(self, content: Content, prepared: Mapping[str, Any], now: datetime) -> dict[str, Any]:
        """X bills what it refuses: what is too long is not sent to it."""
        if self.stopped is not None:
            raise PrepareFailed(self.stopped)
        length = counting.count(self.preview(content))
        if length > counting.MAX_LENGTH:
            too_long = say_too_long(self._title, length, counting.MAX_LENGTH, how=HOW)
            raise PrepareFailed(Refused(too_long))
        try:
            return {"media": self._uploads.upload(content.pictures, prepared.get("media", []), now)}
        except PrepareFailed as failed:
            self._note(failed.outcome)
            raise

    def render(
        self,
        content: Content,
        prepared: Mapping[str, Any],
        handle: str,  # noqa: ARG002  X knows no such key
        now: datetime,  # noqa: ARG002  a post carries no time of ours
    ) -> bytes:
        return to_json(self._make_body(content, prepared))

    def publish(self, payload: bytes, handle: str, send_by: Callable[[], bool]) -> Outcome:  # noqa: ARG002
        sent = _read_body(payload)
        if sent is None:
            return NotSent("What was to be sent cannot be read.")
        if self.stopped is not None:
            return self.stopped
        result = self._api.post(POSTS, content=payload, send_by=send_by)
        said = read_data(result)
        if remote_id := read_id(said):
            return self._judge_sent(sent, remote_id, said)
        return self._judge(result, publishes=True)

    def find(self, attempt: Attempt) -> Look:
        sent = _read_body(attempt.payload)
        if sent is None:
            return CannotTell(NOT_TO_READ)
        profile = self._whose()
        if not isinstance(profile, Profile):
            return CannotTell(http_outcomes.describe(profile))
        return lookup.find_post(self._list_own(profile), sent, profile, attempt)

    def delete(self, remote_id: str) -> Outcome:
        """Tried in any case: somebody has just asked for it."""
        result = self._api.delete(POSTS, remote_id)
        if read_data(result).get("deleted") is True or self._control.is_gone(result):
            return Sent(remote_id)
        if isinstance(result, Answer) and result.status == 200:
            again = self._api.get(POSTS, remote_id)
            return Sent(remote_id) if self._control.is_gone(again) else self._judge(result)
        return self._judge(result)

    def profile_url(self) -> str:
        if self._profile:
            return self._profile.url
        return make_profile_url((self._account.handle or "").removeprefix("@"))

    # --- the receiving half: `networks/receiving.py` says what each does -----------------------------

    streams = (NOTICES, OWN)  # private messages cost more, and come in a later version

    def poll(self, stream: str, cursor: str | None, *, direct: bool) -> Page | Trouble:  # noqa: ARG002
        return self._inbox.to_trouble(self.stopped) if self.stopped else self._inbox.poll(stream, cursor)

    def thread(self, remote_id: str) -> tuple[Inbound, ...] | Gone | Trouble:
        return self._inbox.to_trouble(self.stopped) if self.stopped else self._inbox.thread(remote_id)

    def look(self, stream: str, remote_ids: Sequence[str]) -> Mapping[str, Inbound | Gone] | Trouble:  # noqa: ARG002
        return self._inbox.to_trouble(self.stopped) if self.stopped else self._inbox.look(remote_ids)

    def prepare_reply(
        self, reference: Mapping[str, Any], content: Content, prepared: Mapping[str, Any], now: datetime
    ) -> dict[str, Any]:
        """What X's rule forbids is not sent: it would be billed."""
        if self.stopped is not None:
            raise PrepareFailed(self.stopped)
        if self.explain_no_answer(reference):
            raise PrepareFailed(Refused(NOT_TO_SEND, errors.REPLY_RULE))
        self._inbox.must_be_there(str(reference[messages.POST]))
        return self.prepare(content, prepared, now)

    def measure_reply(self, reference: Mapping[str, Any], content: Content) -> Measure:
        measured = self.measure(content)
        if not self.explain_no_answer(reference):
            return measured
        return replace(measured, misfits=(Misfit(NOT_TO_SEND), *measured.misfits))

    def explain_no_answer(self, reference: Mapping[str, Any]) -> str:
        return "" if reference.get(messages.SUMMONS) else NOT_SUMMONED

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
        """X puts the names of those it answers in front by itself."""
        reply = {"in_reply_to_tweet_id": str(reference[messages.POST])}
        return to_json({**self._make_body(content, prepared), "reply": reply})

    def can_correct(self, reference: Mapping[str, Any]) -> bool:  # noqa: ARG002
        return False

    def render_correction(
        self, reference: Mapping[str, Any], remote_id: str, content: Content, prepared: Mapping[str, Any]
    ) -> bytes:
        raise NotImplementedError("Byhand corrects nothing on X: ask can_correct first.")

    def _make_body(self, content: Content, prepared: Mapping[str, Any]) -> dict[str, Any]:
        words = self.preview(content)
        media = [str(one["id"]) for one in prepared.get("media") or ()]
        return {**({"text": words} if words else {}), **({"media": {"media_ids": media}} if media else {})}

    def _list_own(self, us: Profile) -> Iterator[Result]:
        """The newest first, each page asked for when it is wanted."""
        asked = {"max_results": lookup.AT_ONCE, "tweet.fields": shown.FIELDS}
        for _ in range(lookup.PAGES):
            result = self._api.get("users", us.id, POSTS, **asked)
            yield result
            after = read_next(result)
            if after is None or after == asked.get("pagination_token"):
                return
            asked["pagination_token"] = after

    def _whose(self) -> Profile | Outcome:
        """Whose account it is; asked once, it cannot change."""
        if (known := self.stopped or self._profile) is not None:
            return known
        profile = self._control.who()
        if isinstance(profile, Profile):
            self._profile = profile
        else:
            self._note(profile)
        return profile

    def _judge(self, result: Result, *, publishes: bool = False) -> Outcome:
        outcome = self._note(errors.judge(result))
        if isinstance(outcome, Refused) and outcome.code == errors.DUPLICATE:
            return replace(outcome, repeats=publishes)
        return outcome

    def _note(self, outcome: Outcome) -> Outcome:
        """What is refused without credits or a sign-in would be refused again, and billed perhaps."""
        if isinstance(outcome, NeedsLogin):
            self.stopped = replace(outcome, http_status=None)  # said again, it was not heard
        return outcome

    def _judge_sent(self, sent: Mapping[str, Any], remote_id: str, said: Mapping[str, Any]) -> Sent:
        """Whether it has the words that were sent. What X does not tell is not judged."""
        words, told = str(sent.get("text") or ""), isinstance(said.get("text"), str)
        made = shown.read_words(said)
        made = shown.strip_names(made) if "reply" in sent else made
        link = make_link(remote_id, self._profile.username if self._profile else "")
        same = not told or shown.has_same_words(words, made)
        return Sent(remote_id, link, None if same else "its words are different")

    def _judge_whose(self, profile: Profile) -> Health:
        expected = (self._account.handle or "").removeprefix("@").casefold()
        if expected and expected not in {profile.id, profile.username.casefold()}:
            sentence = f"The sign-in is that of {profile.name}, not of {self._account.handle}."
            return Health(False, sentence, profile.name, profile.url, account_id=profile.id)
        sentence = f"Signed in as {profile.name}."
        return Health(True, sentence, profile.name, profile.url, account_id=profile.id)

    def _list_notes(self, content: Content) -> tuple[str, ...]:
        notes = pictures.find_notes(content, DOCUMENTED, self._title)
        if content.warning:
            notes = (
                *notes,
                f"{self._title} has no content warnings here: people see everything straight away",
            )
        return notes


def _find_cost(words: str, images: int, *, is_reply: bool = False) -> int:
    has_link = bool(counting.find_shortened(words) or find_links(words))
    return PRICES.find_cost(has_link=has_link, is_reply=is_reply, images=images)


def _read_body(payload: bytes) -> dict[str, Any] | None:
    """None if it is none of ours."""
    try:
        found = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and ("text" in found or "media" in found) else None


NETWORK = XNetwork()
