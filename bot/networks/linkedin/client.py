"""A LinkedIn Page, with the token of somebody who has a role on it.

LinkedIn knows no idempotency key, and an empty list of the Page's posts proves nothing. So a lost answer is looked up,
but what is not found stays unknown, and a person is asked. What LinkedIn calls a duplicate is unknown, too: it may be
one of an earlier try, or of this very one.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.domain.outcomes import CannotTell, Look, NeedsLogin, NotSent, Outcome, Refused, Sent, Unknown
from bot.networks import http_outcomes, pictures, text
from bot.networks.http import Answer, Http, check_printable
from bot.networks.lengths import say_too_long
from bot.networks.linkedin import errors, little, lookup, roles
from bot.networks.linkedin.api import HOST, Api, read_made, to_json
from bot.networks.linkedin.control import (
    PATIENCE,
    URN,
    Control,
    Page,
    make_post_url,
    make_profile_url,
)
from bot.networks.linkedin.inbox import LinkedInInbox
from bot.networks.linkedin.sign_in import SIGN_IN
from bot.networks.linkedin.uploads import Uploads
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
    Vault,
    Who,
)
from bot.networks.receiving import NOTICES, Gone, Inbound, Trouble
from bot.networks.receiving import Page as Came

POSTS = "posts"
MAX_LENGTH = 3000  # in UTF-16 units, the strictest way to count; escapes are not counted

DOCUMENTED = Capabilities(
    max_length=MAX_LENGTH,
    length_unit="characters",
    max_bytes=None,
    max_pictures=20,
    max_picture_bytes=5_000_000,  # not documented; as others report
    picture_types=frozenset({"image/jpeg", "image/png", "image/gif"}),
    max_picture_pixels=36_152_320,
    max_alt=4086,
    can_delete=True,
    find_is_authoritative=False,
    settle_after=timedelta(minutes=10),
    poll_every=timedelta(minutes=30),  # there are 100 calls a day, for all that is done with a token
    check_every=timedelta(hours=6),
    may_relay=False,
)


class LinkedInNetwork:
    """The entry point's object."""

    name = "linkedin"
    title = "LinkedIn"
    secrets: tuple[str, ...] = ("TOKEN",)
    documented = DOCUMENTED
    visibilities: tuple[str, ...] = ()
    sign_in = SIGN_IN

    def open(self, account: AccountSettings, vault: Vault) -> AccountClient:  # noqa: ARG002  nothing is kept
        token = check_printable(account.secrets.get("TOKEN", ""), f"token of {account.name}")
        if account.visibility is not None:
            raise ValueError("A LinkedIn Page has no visibility here: leave it out.")
        if not (account.handle or "").removeprefix("@"):
            raise ValueError(
                'A LinkedIn Page needs a handle: what stands behind linkedin.com/company/, as in handle = "yourpage".'
            )
        return LinkedInClient(account, Http(account.server or HOST, from_settings=True), token)


class LinkedInClient:
    def __init__(
        self, account: AccountSettings, http: Http, token: str, wait: Callable[[float], None] = time.sleep
    ) -> None:
        self._account = account
        self._title = account.called
        self._handle = (account.handle or "").removeprefix("@").removeprefix(URN)
        self._api = Api(http, token)
        self._control = Control(self._api, self._handle)
        self._uploads = Uploads(self._api, self._title, wait)
        self._inbox = LinkedInInbox(self._api, self._whose, account.say_renew("TOKEN"))
        self._page: Page | None = None

    @property
    def capabilities(self) -> Capabilities:
        """LinkedIn states no limits: the documented ones hold."""
        return DOCUMENTED

    def check(self) -> Health:
        self._page = None
        page = self._whose()
        if isinstance(page, Page):
            return self._judge_roles(page)
        if isinstance(page, NeedsLogin):
            mend = page.mend or self._account.say_renew("TOKEN")
            return Health(False, f"LinkedIn refuses the token ({page.why}). {mend}")
        if isinstance(page, Refused):
            return Health(False, page.reason)
        said = http_outcomes.describe(page)
        return Health(False, f"LinkedIn did not answer as expected: {said}", heard=False)

    def who(self) -> Who | Outcome:
        page = self._whose()
        return Who(page.id, page.name) if isinstance(page, Page) else page

    def measure(self, content: Content) -> Measure:
        length = text.count_utf16(self.preview(content))
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
        done = prepared.get("images", []) if prepared.get("page") == page.id else []
        return {"page": page.id, "images": self._uploads.upload(page.id, content.pictures, done, now)}

    def render(
        self,
        content: Content,
        prepared: Mapping[str, Any],
        handle: str,  # noqa: ARG002  LinkedIn knows no such key
        now: datetime,  # noqa: ARG002  a post carries no time of ours
    ) -> bytes:
        body = {
            "author": str(prepared["page"]),
            "commentary": little.escape(self.preview(content)),
            "visibility": "PUBLIC",
            "distribution": {
                "feedDistribution": "MAIN_FEED",
                "targetEntities": [],
                "thirdPartyDistributionChannels": [],
            },
            "lifecycleState": "PUBLISHED",
            "isReshareDisabledByAuthor": False,
        }
        images = [
            {"id": str(image["id"]), **({"altText": picture.alt} if picture.alt else {})}
            for image, picture in zip(prepared.get("images") or (), content.pictures, strict=True)
        ]
        if images:
            body["content"] = {"media": images[0]} if len(images) == 1 else {"multiImage": {"images": images}}
        return to_json(body)

    def publish(self, payload: bytes, handle: str, send_by: Callable[[], bool]) -> Outcome:  # noqa: ARG002
        sent = _read_body(payload)
        if sent is None:
            return NotSent("What was to be sent cannot be read.")
        result = self._api.post(POSTS, content=payload, send_by=send_by)
        if urn := read_made(result):
            return self._read_back(sent, urn)
        error = errors.read_error(result)
        if error is not None and error.duplicate_of:
            return self._judge_duplicate(error.duplicate_of, error.status)
        return errors.judge(result)

    def find(self, attempt: Attempt) -> Look:
        sent = _read_body(attempt.payload)
        if sent is None:
            return CannotTell("What was sent cannot be read any more.")
        asked = {"q": "author", "author": str(sent["author"]), "sortBy": "LAST_MODIFIED"}
        return lookup.find_post(self._api.get(POSTS, **asked, count=lookup.AT_ONCE), sent, attempt)

    def delete(self, remote_id: str) -> Outcome:
        """LinkedIn deletes what is gone once more, and says the same."""
        result = self._api.delete(POSTS, remote_id)
        if isinstance(result, Answer) and result.status in {200, 204}:
            return Sent(remote_id)
        if errors.says_gone(result) and self._control.is_gone(self._api.get(POSTS, remote_id)):
            return Sent(remote_id)
        return errors.judge(result)

    def profile_url(self) -> str:
        return self._page.url if self._page else make_profile_url(self._handle)

    # --- the half that is told what happens: `networks/receiving.py`. Answers are not taken through Byhand ---------

    @property
    def streams(self) -> tuple[str, ...]:
        """What the Page itself writes is not asked for: it settles nothing here, since nobody knows what it answers."""
        return (NOTICES,)

    def poll(self, stream: str, cursor: str | None, *, direct: bool) -> Came | Trouble:  # noqa: ARG002  none comes
        return self._inbox.poll(cursor)

    def thread(self, remote_id: str) -> tuple[Inbound, ...] | Gone | Trouble:  # noqa: ARG002
        """LinkedIn shows what stands below a post with words and names alone, which are not asked for."""
        return ()

    def look(self, stream: str, remote_ids: Sequence[str]) -> Mapping[str, Inbound | Gone] | Trouble:  # noqa: ARG002
        """The same of single comments: of none anything is known but that it came."""
        return {}

    def _judge_roles(self, page: Page) -> Health:
        found = self._control.ask_roles(page)
        if not isinstance(found, frozenset):
            not_told = f"LinkedIn did not say what role the token has: {http_outcomes.describe(found)}"
            return self._say_fine(page, (not_told,))
        if unusable := roles.find_unusable(found, page.name):
            return Health(False, unusable, page.name, page.url, account_id=page.id)
        return self._say_fine(page, roles.list_lacking(found, page.name))

    def _say_fine(self, page: Page, lacks: tuple[str, ...]) -> Health:
        return Health(True, f"Signed in as {page.name}.", page.name, page.url, lacks, page.id)

    def _whose(self) -> Page | Outcome:
        """Which Page it is; asked once, it cannot change."""
        if self._page:
            return self._page
        page = self._control.who()
        if isinstance(page, Page):
            self._page = page
        return page

    def _read_back(self, sent: Mapping[str, Any], urn: str) -> Sent:
        """Whether the post has the words that were sent: LinkedIn cuts some, and says nothing. What it does not tell is
        not judged."""
        shown = self._ask_post(urn)
        same = shown is None or "commentary" not in shown or lookup.has_same_words(sent, shown)
        return Sent(urn, make_post_url(urn), None if same else "its words are different")

    def _judge_duplicate(self, urn: str, status: int) -> Unknown:
        """The post that LinkedIn names may be one that is gone, or one that never was to be seen."""
        known = self._api.within(PATIENCE).get(POSTS, urn)
        if errors.says_gone(known):
            return Unknown(
                f"LinkedIn says that the same post is there already ({urn}), and that there is no such post. It does "
                "so for a day or two after one was deleted. Open the Page and look.",
                status,
            )
        return Unknown(f"LinkedIn says that the same post is there already: {make_post_url(urn)}", status)

    def _ask_post(self, urn: str) -> dict[str, Any] | None:
        result = self._api.within(PATIENCE).get(POSTS, urn)
        shown = result.fields() if isinstance(result, Answer) and result.status == 200 else {}
        return shown if shown.get("id") == urn else None

    def _list_notes(self, content: Content) -> tuple[str, ...]:
        notes = pictures.find_notes(content, DOCUMENTED, self._title)
        shown = self.preview(content)
        if find_links(shown) and not content.pictures:
            notes = (*notes, f"{self._title} shows no card of a link in a post that comes from Byhand")
        if content.warning:
            notes = (*notes, f"{self._title} has no content warnings: people see everything straight away")
        return notes


def _read_body(payload: bytes) -> dict[str, Any] | None:
    """None if it is none of ours."""
    try:
        found = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    whole = isinstance(found, dict) and isinstance(found.get("author"), str) and "commentary" in found
    return found if whole else None


NETWORK = LinkedInNetwork()
