"""What a pretend Bluesky remembers: repositories of ours and of customers, and what it notified of. No HTTP here."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import regex

from bot.sandbox.networks.people import handle_for

COLLECTION = "app.bsky.feed.post"
_DIGITS = "234567abcdefghijklmnopqrstuvwxyz"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MENTION = regex.compile(r"@([a-z0-9-]+(?:\.[a-z0-9-]+)+)", regex.IGNORECASE)


@dataclass(eq=False)
class Record:
    uri: str
    cid: str
    value: dict[str, Any]
    at: datetime  # when it was indexed
    by: Account
    deleted: bool = False

    @property
    def rkey(self) -> str:
        return self.uri.rpartition("/")[2]

    @property
    def root(self) -> str:
        return str(((self.value.get("reply") or {}).get("root") or {}).get("uri") or self.uri)

    @property
    def parent(self) -> str | None:
        return ((self.value.get("reply") or {}).get("parent") or {}).get("uri")


@dataclass(eq=False)
class Account:
    """Ours has a password; a customer's has none."""

    did: str
    handle: str
    password: str = ""
    name: str = ""
    followers: int = 0
    access: set[str] = field(default_factory=set)  # tokens that hold
    expired: set[str] = field(default_factory=set)
    refresh: set[str] = field(default_factory=set)
    records: dict[str, Record] = field(default_factory=dict)  # by rkey
    gone: dict[str, Record] = field(default_factory=dict)
    blobs: dict[str, tuple[bytes, str]] = field(default_factory=dict)  # cid to bytes and type
    notices: list[Notice] = field(default_factory=list)  # oldest first


@dataclass(frozen=True)
class Notice:
    reason: str
    record: Record
    at: datetime


class BlueskyState:
    def __init__(self, now: Callable[[], datetime], url: Callable[[], str]) -> None:
        self._now = now
        self._url = url
        self._tids = 0
        self.accounts: dict[str, Account] = {}  # by handle
        self.muted: set[str] = set()  # dids of whom all of ours have muted
        self.blocked: set[str] = set()
        self._by_did: dict[str, Account] = {}
        self._ours: list[Account] = []
        self._answers: dict[str, list[Record]] = {}  # by the uri they answer
        self.pictures: dict[str, str] = {}  # a customer's: cid to where it is

    def open(self, handle: str, password: str = "") -> Account:
        digest = hashlib.sha256(handle.encode()).digest()
        did = "did:plc:" + base64.b32encode(digest).decode().lower()[:24]
        self.accounts[handle] = self._by_did[did] = account = Account(did, handle, password)
        if password:
            self._ours.append(account)
        return account

    def customer(self, name: str, handle: str | None, followers: int) -> Account:
        """The person behind a handle; a new one if nobody has it."""
        handle = (handle or f"{handle_for(name, '-')}.test").removeprefix("@")
        person = self.accounts.get(handle) or self.open(handle)
        person.name, person.followers = name, followers
        return person

    def ours(self) -> list[Account]:
        return self._ours

    def by_repo(self, repo: str) -> Account | None:
        return self._by_did.get(repo) or self.accounts.get(repo)

    def tid(self) -> str:
        """A record key or a revision: sorts by age."""
        self._tids = max(self._tids + 1, (self._now() - _EPOCH) // timedelta(microseconds=1))
        return "".join(_DIGITS[(self._tids << 10) >> shift & 31] for shift in range(60, -1, -5))

    def put(self, account: Account, rkey: str, value: dict[str, Any]) -> Record:
        uri = f"at://{account.did}/{COLLECTION}/{rkey}"
        record = Record(uri, cid_of(value), value, self._now(), account)
        account.records[rkey] = record
        if record.parent:
            self._answers.setdefault(record.parent, []).append(record)
        return record

    def post(
        self,
        by: Account,
        text: str,
        *,
        reply_to: Record | None = None,
        quoted: Record | None = None,
        images: Sequence[tuple[str, str]] = (),
        language: str | None = None,
        at: datetime | None = None,
    ) -> Record:
        """What an app writes into somebody's repository."""
        made = iso(at or self._now())
        value: dict[str, Any] = {"$type": COLLECTION, "text": text, "createdAt": made}
        if language:
            value["langs"] = [language]
        if facets := self._facets(text):
            value["facets"] = facets
        if reply_to is not None:
            root = self.find(reply_to.root, gone_too=True) or reply_to
            value["reply"] = {"root": strong(root), "parent": strong(reply_to)}
        if quoted is not None:
            value["embed"] = {"$type": "app.bsky.embed.record", "record": strong(quoted)}
        if images:
            value["embed"] = {"$type": "app.bsky.embed.images", "images": list(map(self._image, images))}
        return self.put(by, self.tid(), value)

    def delete(self, record: Record) -> None:
        record.deleted = True
        record.by.gone[record.rkey] = record.by.records.pop(record.rkey)
        for account in self.ours():
            account.notices = [notice for notice in account.notices if notice.record is not record]

    def find(self, uri: str, *, gone_too: bool = False) -> Record | None:
        repo, _, rkey = uri.removeprefix("at://").partition(f"/{COLLECTION}/")
        account = self.by_repo(repo)
        if account is None:
            return None
        return account.records.get(rkey) or (account.gone.get(rkey) if gone_too else None)

    def everything(self) -> list[Record]:
        """All records, deleted ones too, the oldest first."""
        found = (
            record
            for account in self.accounts.values()
            for records in (account.records, account.gone)
            for record in records.values()
        )
        return sorted(found, key=lambda record: (record.at, record.rkey))

    def replies(self, record: Record) -> Iterator[Record]:
        return (one for one in self._answers.get(record.uri, ()) if not one.deleted)

    # --- as the API shows it -------------------------------------------------------------------------

    def profile(self, account: Account) -> dict[str, Any]:
        basic = {"did": account.did, "handle": account.handle, "labels": [], "viewer": self._viewer(account)}
        return {**basic, "displayName": account.name} if account.name else basic

    def _viewer(self, account: Account) -> dict[str, Any]:
        muted = {"muted": account.did in self.muted, "blockedBy": False}
        return muted | ({"blocking": f"at://us/{account.did}"} if account.did in self.blocked else {})

    def left_out(self, account: Account) -> bool:
        """Of notifications."""
        return account.did in self.muted | self.blocked

    def detailed(self, account: Account) -> dict[str, Any]:
        counts = {"followersCount": account.followers, "followsCount": 3, "postsCount": len(account.records)}
        return {**self.profile(account), **counts, "indexedAt": iso(self._now())}

    def post_view(self, record: Record) -> dict[str, Any]:
        view: dict[str, Any] = {
            "uri": record.uri,
            "cid": record.cid,
            "author": self.profile(record.by),
            "record": record.value,
            "replyCount": sum(1 for _ in self.replies(record)),
            "repostCount": 0,
            "likeCount": 0,
            "quoteCount": 0,
            "indexedAt": iso(record.at),
            "viewer": {"threadMuted": False, "embeddingDisabled": False},
            "labels": [],
        }
        if images := (record.value.get("embed") or {}).get("images"):
            pictures = [self._image_view(record.by, image) for image in images]
            view["embed"] = {"$type": "app.bsky.embed.images#view", "images": pictures}
        return view

    def thread_view(self, record: Record, depth: int) -> dict[str, Any]:
        view: dict[str, Any] = {
            "$type": "app.bsky.feed.defs#threadViewPost",
            "post": self.post_view(record),
        }
        if depth:
            view["replies"] = [self.thread_view(reply, depth - 1) for reply in self.replies(record)]
        return view

    def notice(self, notice: Notice) -> dict[str, Any]:
        record = notice.record
        shown: dict[str, Any] = {
            "uri": record.uri,
            "cid": record.cid,
            "author": self.profile(record.by),
            "reason": notice.reason,
            "record": record.value,
            "isRead": False,
            "indexedAt": iso(notice.at),
            "labels": [],
        }
        return {**shown, "reasonSubject": record.parent} if record.parent else shown

    def shown(self, record: Record) -> dict[str, Any]:
        """For the page and the tests: as the public sees it."""
        account, images = record.by, (record.value.get("embed") or {}).get("images", [])
        return {
            "id": record.uri,
            "account": account.handle,
            "acct": f"@{account.handle}",
            "text": record.value["text"],
            "html": None,
            "created_at": record.value["createdAt"],
            "url": f"https://bsky.app/profile/{account.handle}/post/{record.rkey}",
            "media": [
                {"url": f"{self._url()}/media/{account.did}/{blob_cid(image)}", "alt": image["alt"]}
                for image in images
            ],
            "visibility": "public",
            "deleted": record.deleted,
        }

    def _facets(self, text: str) -> list[dict[str, Any]]:
        return [
            {
                "index": {"byteStart": _bytes(text, match.start()), "byteEnd": _bytes(text, match.end())},
                "features": [{"$type": "app.bsky.richtext.facet#mention", "did": account.did}],
            }
            for match in _MENTION.finditer(text)
            if (account := self.accounts.get(match.group(1).lower()))
        ]

    def _image(self, image: tuple[str, str]) -> Mapping[str, Any]:
        url, alt = image
        cid = "bafkrei" + hashlib.sha256(url.encode()).hexdigest()[:52]
        self.pictures[cid] = url
        blob = {"$type": "blob", "ref": {"$link": cid}, "mimeType": "image/jpeg", "size": 1000}
        return {"alt": alt, "image": blob}

    def _image_view(self, account: Account, image: dict[str, Any]) -> dict[str, Any]:
        cid = blob_cid(image)
        url = self.pictures.get(cid) or f"{self._url()}/media/{account.did}/{cid}"
        return {"thumb": url, "fullsize": url, "alt": image.get("alt", "")}


def cid_of(value: Any) -> str:
    return "bafyrei" + hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:52]


def blob_cid(image: dict[str, Any]) -> str:
    return str((image.get("image") or {}).get("ref", {}).get("$link"))


def strong(record: Record) -> dict[str, str]:
    return {"uri": record.uri, "cid": record.cid}


def iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _bytes(text: str, place: int) -> int:
    return len(text[:place].encode())


def make_app_password(seed: str) -> str:
    """xxxx-xxxx-xxxx-xxxx, as the real ones look."""
    letters = base64.b32encode(hashlib.sha256(seed.encode()).digest()).decode().lower()
    return "-".join(letters[at : at + 4] for at in range(0, 16, 4))
