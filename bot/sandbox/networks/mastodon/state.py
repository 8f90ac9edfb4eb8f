"""What a pretend Mastodon remembers: accounts here and elsewhere, statuses, and what it notified of.

No HTTP here. Ids are opaque strings by rule of the API, so `odd_ids` makes some that hold "/" and ":"; what comes
before what is a status's place in the list, never its id.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import regex

from bot.sandbox.networks.mastodon.words import plain, to_html
from bot.sandbox.networks.people import handle_for

FIRST_ID = 110_000_000_000
VISIBILITIES = ("public", "unlisted", "private", "direct")
_MENTION = regex.compile(
    r"(?<![\w/=@])@([a-z0-9_]+(?:[a-z0-9_.-]*[a-z0-9_])?(?:@[\w.-]+\w)?)", regex.IGNORECASE
)


@dataclass
class Media:
    id: str
    data: bytes
    media_type: str
    description: str | None
    looks: int = 0  # how often it will still be unfinished
    attached: bool = False
    elsewhere: str | None = None  # a customer's: where it is


@dataclass(eq=False)
class Account:
    """Ours has a token; a customer's has none, and is on another server."""

    id: str
    username: str
    acct: str
    name: str
    url: str | None  # None: on this server
    token: str = ""
    followers: int = 0
    calls: deque[datetime] = field(default_factory=deque)  # of the present rate window
    statuses: list[Status] = field(default_factory=list)  # oldest first
    notices: list[Notice] = field(default_factory=list)  # oldest first


@dataclass(eq=False)
class Status:
    id: str
    place: int
    by: Account
    text: str
    visibility: str
    at: datetime
    media: list[Media]
    reply_to: str | None
    language: str | None
    root: str  # of its thread, also once what it answered is gone
    deleted: bool = False
    edited_at: datetime | None = None
    past: bool = False  # from before the story: on no timeline
    quotes: str | None = None
    warning: str = ""

    @property
    def account(self) -> str:
        return self.by.username


@dataclass(frozen=True)
class Notice:
    id: str
    at: datetime
    status: Status
    kind: str = "mention"


class MastodonState:
    """Everybody and everything of one server."""

    def __init__(self, now: Callable[[], datetime], url: Callable[[], str]) -> None:
        self._now = now
        self._url = url
        self.odd_ids = False
        self.hides: frozenset[str] = frozenset()  # visibilities left out of an account's own list
        self.muted: set[str] = set()  # acct of whom all of ours have muted
        self.blocked: set[str] = set()
        self.ours: dict[str, Account] = {}  # by token
        self.people: dict[str, Account] = {}  # customers, by acct
        self.statuses: dict[str, Status] = {}
        self.media: dict[str, Media] = {}
        self._known: dict[str, Account] = {}  # everybody, by acct in lower case
        self._notices = 0
        self._opened = 0  # accounts of ours so far, also those whose token was revoked

    def open(self, username: str, token: str) -> Account:
        self._opened += 1
        account = Account(str(self._opened), username, username, username, None, token)
        self.ours[token] = self._known[username.casefold()] = account
        return account

    def customer(self, name: str, handle: str | None, followers: int) -> Account:
        """The person behind a handle; a new one if nobody has it."""
        acct = (handle or f"{handle_for(name, '_')}@far.example").removeprefix("@")
        person = self.people.get(acct)
        if person is None:
            username, _, domain = acct.partition("@")
            person_id = f"{9000 + len(self.people)}"
            url = f"https://{domain or 'dock.example'}/@{username}"
            self.people[acct] = person = Account(person_id, username, acct, name, url)
            self._known[acct.casefold()] = person
        person.name, person.followers = name, followers
        return person

    def add(
        self,
        by: Account,
        text: str,
        visibility: str,
        *,
        reply_to: str | None = None,
        media: Sequence[Media] = (),
        language: str | None = None,
        at: datetime | None = None,
        quotes: str | None = None,
        warning: str = "",
    ) -> Status:
        place = len(self.statuses)
        status_id = f"S/{place:06d}:a b" if self.odd_ids else str(FIRST_ID + place)
        parent = self.statuses.get(reply_to or "")
        root = parent.root if parent else status_id
        made = at or self._now()
        status = Status(status_id, place, by, text, visibility, made, list(media), reply_to, language, root)
        status.quotes, status.warning = quotes, warning
        self.statuses[status.id] = status
        by.statuses.append(status)
        return status

    def add_past(self, by: Account, at: datetime) -> None:
        """What an account that was not opened yesterday has in its list: a post and an answer of each visibility."""
        for visibility in VISIBILITIES:
            post = self.add(by, f"An old {visibility} post", visibility, at=at)
            answer = self.add(by, f"An old {visibility} answer", visibility, reply_to=post.id, at=at)
            post.past = answer.past = True

    def notify(self, account: Account, status: Status, kind: str = "mention") -> None:
        self._notices += 1
        notice_id = f"N/{self._notices:06d}:b" if self.odd_ids else str(500 + self._notices)
        account.notices.append(Notice(notice_id, self._now(), status, kind))

    def delete(self, status: Status) -> None:
        """Its answers stay, and answer nothing from then on."""
        status.deleted = True
        for other in self.statuses.values():
            if other.reply_to == status.id and not other.deleted:
                other.reply_to = None
        for account in self.ours.values():
            account.notices = [notice for notice in account.notices if notice.status is not status]

    def mentioned(self, status: Status) -> list[Account]:
        names = dict.fromkeys(name.casefold() for name in _MENTION.findall(status.text))
        return [self._known[name] for name in names if name in self._known]

    def left_out(self, person: Account) -> bool:
        """Of notifications."""
        return person.acct in self.muted | self.blocked

    def sees(self, account: Account, status: Status) -> bool:
        if status.deleted:
            return False
        return status.visibility != "direct" or account is status.by or account in self.mentioned(status)

    def ancestors(self, status: Status) -> list[Status]:
        """The oldest first."""
        above: list[Status] = []
        while status.reply_to and status.reply_to in self.statuses:
            status = self.statuses[status.reply_to]
            above.insert(0, status)
        return above

    def descendants(self, status: Status) -> Iterator[Status]:
        below = {status.id}
        for other in self.statuses.values():
            if other.reply_to in below:
                below.add(other.id)
                yield other

    # --- as the API shows it -------------------------------------------------------------------------

    def account_json(self, account: Account) -> dict[str, Any]:
        return {
            "id": account.id,
            "username": account.username,
            "acct": account.acct,
            "display_name": account.name,
            "bot": False,
            "locked": False,
            "note": "",
            "url": account.url or f"{self._url()}/@{account.username}",
            "followers_count": account.followers,
            "following_count": 3,
            "statuses_count": len(account.statuses),
            "emojis": [],
            "fields": [],
        }

    def media_json(self, media: Media) -> dict[str, Any]:
        url = None if media.looks else media.elsewhere or f"{self._url()}/media/{media.id}"
        remote = {"remote_url": media.elsewhere, "preview_url": url} if media.elsewhere else {}
        return {"id": media.id, "type": "image", "url": url, "description": media.description, **remote}

    def status_json(self, status: Status) -> dict[str, Any]:
        target = self.statuses.get(status.reply_to or "")
        return {
            "id": status.id,
            "created_at": iso(status.at),
            "in_reply_to_id": status.reply_to,
            "in_reply_to_account_id": target.by.id if target else None,
            "sensitive": bool(status.warning),
            "spoiler_text": status.warning,
            "visibility": status.visibility,
            "language": status.language,
            "uri": self.link(status),
            "url": self.link(status),
            "edited_at": iso(status.edited_at) if status.edited_at else None,
            "content": to_html(status.text),
            "account": self.account_json(status.by),
            "media_attachments": [self.media_json(media) for media in status.media],
            "mentions": [self._mention(account) for account in self.mentioned(status)],
            "tags": [],
            "emojis": [],
            "card": None,
            "poll": None,
            "quote": self._quote(status),
            "reblog": None,
        }

    def _quote(self, status: Status) -> dict[str, Any] | None:
        quoted = self.statuses.get(status.quotes or "")
        if quoted is None:
            return None
        if quoted.deleted:
            return {"state": "deleted", "quoted_status": None}
        return {"state": "accepted", "quoted_status": self.status_json(quoted)}

    def notice_json(self, notice: Notice) -> dict[str, Any]:
        return {
            "id": notice.id,
            "type": notice.kind,
            "created_at": iso(notice.at),
            "group_key": f"ungrouped-{notice.id}",
            "account": self.account_json(notice.status.by),
            "status": self.status_json(notice.status),
        }

    def shown(self, status: Status) -> dict[str, Any]:
        """For the page and the tests: as the public sees it."""
        return {
            "id": status.id,
            "account": status.account,
            "acct": f"@{status.account}",
            "warning": status.warning,
            "text": plain(status.text),
            "html": to_html(status.text),
            "created_at": iso(status.at),
            "url": self.link(status),
            "media": [
                {"url": f"{self._url()}/media/{item.id}", "alt": item.description or ""}
                for item in status.media
            ],
            "visibility": status.visibility,
            "deleted": status.deleted,
        }

    def link(self, status: Status) -> str:
        if status.by.url:
            return f"{status.by.url}/{status.id}"
        return f"{self._url()}/@{status.account}/{status.id}"

    def _mention(self, account: Account) -> Mapping[str, Any]:
        shown = self.account_json(account)
        return {name: shown[name] for name in ("id", "username", "url", "acct")}


def seen(status: Status) -> dict[str, Any]:
    """As whoever reads the thread sees it."""
    return {
        "id": status.id,
        "by": status.by.name,
        "text": plain(status.text),
        "ours": bool(status.by.token),
        "deleted": status.deleted,
        "edited": status.edited_at is not None,
        "private": status.visibility == "direct",
    }


def iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
