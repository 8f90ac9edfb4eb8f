"""What a pretend Instagram remembers: professional accounts, their containers and posts, and what people write there.

No HTTP here. `huge_ids` makes ids that need more than 64 bits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.sandbox.networks.people import handle_for

SCOPES = frozenset({
    "pages_show_list", "pages_read_engagement", "instagram_basic", "instagram_content_publish",
    "instagram_manage_comments", "instagram_manage_contents",
})  # fmt: skip
ENDS_AFTER = timedelta(hours=24)  # a container that nobody publishes [IG Container, `status_code`]
_FIRST = 17_900_000_000_000_000
_HUGE = 2**70


@dataclass(eq=False)
class Account:
    """Ours. `token` is that of the Page it is linked to, `user_token` that of the person who made it."""

    id: str
    username: str
    page: str  # its id
    token: str
    user_token: str
    scopes: set[str] = field(default_factory=lambda: set(SCOPES))
    linked: bool = True  # to the Page, as a professional account
    posts_a_day: int = 25  # `quota_total`: 25, 50 or 100
    media: list[Media] = field(default_factory=list)  # oldest first
    lost: int | None = None  # the subcode with which its token is refused


@dataclass(frozen=True)
class Person:
    id: str  # as our app knows them
    username: str


@dataclass(frozen=True)
class Image:
    data: bytes
    alt: str


@dataclass(eq=False)
class Container:
    id: str
    account: Account
    caption: str
    images: list[Image]
    at: datetime
    child: bool  # of an album: not to be published by itself
    unfinished: int  # for so many questions
    failed: str = ""  # why, as `status` has it
    published: bool = False


@dataclass(eq=False)
class Media:
    """A post; of somebody else, if they have tagged us in it."""

    id: str
    by: Account | Person
    caption: str
    images: list[Image]
    at: datetime
    address: str = ""  # of the image of somebody else's
    tagged: Account | None = None  # in somebody else's
    past: bool = False  # from before the story: on no timeline
    deleted: bool = False
    comments: list[Comment] = field(default_factory=list)  # oldest first, answers too

    @property
    def ours(self) -> bool:
        return isinstance(self.by, Account)


@dataclass(eq=False)
class Comment:
    id: str
    media: Media
    parent: Comment | None  # Instagram has two levels: an answer to an answer is below the same comment
    by: Account | Person
    text: str
    at: datetime
    deleted: bool = False
    edited: bool = False
    hidden: bool = False
    skipped: bool = False  # left out of the next list of comments

    @property
    def ours(self) -> bool:
        return isinstance(self.by, Account)


class InstagramState:
    """Everybody and everything."""

    def __init__(self, now: Callable[[], datetime], url: Callable[[], str]) -> None:
        self._now = now
        self._url = url
        self._count = 0
        self.is_late: Callable[[str], bool] = lambda _: False
        self.huge_ids = False
        self.unfinished = 1  # questions for which a new container is IN_PROGRESS
        self.tells_mentions = False  # a caption's @ is told
        self.live = True  # the app; else only people with a role see what it publishes
        self.keeps_caption: Callable[[str], str] = lambda written: written
        self.blocked: set[str] = set()  # usernames of whom nothing is told
        self.accounts: dict[str, Account] = {}  # by the Page's token
        self.people: dict[str, Person] = {}  # by name
        self.containers: dict[str, Container] = {}
        self.media: dict[str, Media] = {}
        self.comments: dict[str, Comment] = {}

    def open(self, username: str, token: str) -> Account:
        number = len(self.accounts) + 1
        account = Account(f"1784{number:013}", username, f"6155{number:011}", token, f"user-{token}")
        self.accounts[token] = account
        return account

    def new_id(self) -> str:
        self._count += 1
        return str((_HUGE if self.huge_ids else _FIRST) + self._count)

    def add_container(
        self, account: Account, caption: str, images: Sequence[Image], *, child: bool
    ) -> Container:
        made = Container(self.new_id(), account, caption, list(images), self._now(), child, self.unfinished)
        self.containers[made.id] = made
        return made

    def ask_status(self, container: Container) -> str:
        if container.published:
            return "PUBLISHED"
        if container.failed:
            return "ERROR"
        if self._now() - container.at > ENDS_AFTER:
            return "EXPIRED"
        return "IN_PROGRESS" if container.unfinished > 0 else "FINISHED"

    def add_media(
        self, by: Account | Person, caption: str, images: Sequence[Image] = (), at: datetime | None = None
    ) -> Media:
        media = Media(self.new_id(), by, self.keeps_caption(caption), list(images), at or self._now())
        self.media[media.id] = media
        if isinstance(by, Account):
            by.media.append(media)
        return media

    def count_published(self, account: Account) -> int:
        """In the last 24 hours, through the API."""
        since = self._now() - timedelta(hours=24)
        return len([media for media in account.media if media.at > since and not media.past])

    def list_media(self, account: Account) -> list[Media]:
        """What is shown, the newest first."""
        return [one for one in reversed(account.media) if not (one.deleted or self.is_late(one.id))]

    def customer(self, name: str) -> Person:
        made = Person(f"99000000000000{len(self.people):04}", handle_for(name, "_"))
        return self.people.setdefault(name, made)

    def add_comment(
        self, media: Media, by: Account | Person, text: str, *, below: Comment | None = None,
        at: datetime | None = None,
    ) -> Comment:  # fmt: skip
        comment = Comment(self.new_id(), media, below, by, text, at or self._now())
        self.comments[comment.id] = comment
        media.comments.append(comment)
        return comment

    def is_away(self, comment: Comment | None) -> bool:
        """Nobody is told of it: deleted, late, of somebody blocked, or inside such a one."""
        if comment is None:
            return False
        gone = comment.deleted or self.is_late(comment.id) or comment.by.username in self.blocked
        return gone or self.is_away(comment.parent)

    def list_comments(self, media: Media) -> list[Comment]:
        """What is shown, the oldest first, answers too."""
        return [one for one in media.comments if not self.is_away(one)]

    def list_answers(self, comment: Comment) -> list[Comment]:
        return [one for one in self.list_comments(comment.media) if one.parent is comment]

    def list_tagged(self, account: Account) -> list[Media]:
        """The newest first."""
        every = [one for one in self.media.values() if one.tagged is account and not one.deleted]
        shown = [one for one in every if one.by.username not in self.blocked and not self.is_late(one.id)]
        return sorted(shown, key=lambda one: (one.at, len(one.id), one.id), reverse=True)

    def delete_comment(self, comment: Comment) -> None:
        """What is inside it goes along."""
        comment.deleted = True
        for other in comment.media.comments:
            if other.parent is comment:
                other.deleted = True

    def delete_media(self, media: Media) -> None:
        media.deleted = True
        for comment in media.comments:
            comment.deleted = True

    # --- as the API shows it -------------------------------------------------------------------------

    def page_json(self, account: Account) -> dict[str, Any]:
        linked = {"instagram_business_account": {"id": account.id, "username": account.username}}
        return {
            "id": account.page,
            "name": f"{account.username} (Page)",
            "username": account.username,
            "category": "Bakery",
            **(linked if account.linked else {}),
        }

    def media_json(self, media: Media) -> dict[str, Any]:
        caption = media.caption if self.tells_mentions else media.caption.replace("@", "")
        several = len(media.images) > 1
        return {
            "id": media.id,
            **({"caption": caption} if caption else {}),
            "media_type": "CAROUSEL_ALBUM" if several else "IMAGE",
            "media_url": media.address or f"{self._url()}/media/{media.id}/0",
            "timestamp": stamp(media.at),
            "permalink": self.link(media),
            "username": media.by.username,
            "comments_count": len(self.list_comments(media)),
        }

    def link(self, media: Media) -> str:
        return f"https://www.instagram.com/p/{media.id}/"

    def shown(self, media: Media) -> dict[str, Any]:
        """For the page and the tests: as the public sees it."""
        images = [
            {"url": f"{self._url()}/media/{media.id}/{place}", "alt": image.alt}
            for place, image in enumerate(media.images)
        ]
        return {
            "id": media.id,
            "account": media.by.username,
            "acct": f"@{media.by.username}",
            "warning": "",
            "text": media.caption,
            "created_at": media.at.astimezone(UTC).isoformat(),
            "url": self.link(media),
            "media": images,
            "visibility": "public" if self.live else "people with a role on the app",
            "deleted": media.deleted,
        }


def stamp(moment: datetime) -> str:
    """As Graph writes it: to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")
