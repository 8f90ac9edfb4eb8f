"""What a pretend Threads remembers: accounts, their containers and posts, and what people write below them and of them.

A reply is a post like any other that names what it answers. No HTTP here. `huge_ids` makes ids that need more than 64
bits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

SCOPES = frozenset({
    "threads_basic", "threads_content_publish", "threads_read_replies", "threads_manage_replies",
    "threads_manage_mentions", "threads_delete",
})  # fmt: skip
DAY = timedelta(hours=24)
_FIRST = 18_000_000_000_000_000
_HUGE = 2**70


@dataclass(eq=False)
class Account:
    """Ours."""

    id: str
    username: str
    token: str
    scopes: set[str] = field(default_factory=lambda: set(SCOPES))
    posts: list[Post] = field(default_factory=list)  # oldest first, replies too
    deleted_at: list[datetime] = field(default_factory=list)
    posts_a_day: int = 250
    replies_a_day: int = 1000
    deletes_a_day: int = 100
    lost: int | None = None  # the subcode with which its token is refused


@dataclass(frozen=True)
class Person:
    """Known by the username alone."""

    username: str


@dataclass(frozen=True)
class Image:
    data: bytes
    alt: str
    address: str = ""  # of somebody else's


@dataclass(eq=False)
class Container:
    id: str
    account: Account
    text: str
    images: list[Image]
    at: datetime
    child: bool  # of a carousel: not to be published by itself
    unfinished: int  # for so many questions
    answers: Post | None = None
    failed: str = ""  # `error_message`
    published: bool = False


@dataclass(eq=False)
class Post:
    id: str
    by: Account | Person
    text: str
    images: list[Image]
    at: datetime
    parent: Post | None = None
    past: bool = False  # from before the story: on no timeline
    deleted: bool = False
    tags: bool = False  # mentions us, whatever its words are
    skipped: bool = False  # left out of the newest replies and mentions, for a while
    edited: bool = False
    replies: list[Post] = field(default_factory=list)  # of a root: all below it, oldest first

    @property
    def ours(self) -> bool:
        return isinstance(self.by, Account)

    @property
    def root(self) -> Post:
        return self.parent.root if self.parent else self


class ThreadsState:
    """Everybody and everything."""

    def __init__(self, now: Callable[[], datetime], url: Callable[[], str]) -> None:
        self._now = now
        self._url = url
        self._count = 0
        self.is_late: Callable[[str], bool] = lambda _: False
        self.huge_ids = False
        self.unfinished = 0  # questions for which a new container is IN_PROGRESS, one of words alone
        self.unfinished_images = 1  # the same, of one with an image
        self.live = True  # the app; else only people with a role see what it publishes
        self.keeps_text: Callable[[str], str] = lambda written: written
        self.hides: set[str] = set()  # usernames of people whose replies are hidden
        self.accounts: dict[str, Account] = {}  # by token
        self.people: dict[str, Person] = {}  # by username
        self.containers: dict[str, Container] = {}
        self.posts: dict[str, Post] = {}

    def open(self, username: str, token: str) -> Account:
        account = Account(f"2600{len(self.accounts) + 1:013}", username, token)
        self.accounts[token] = account
        return account

    def new_id(self) -> str:
        self._count += 1
        return str((_HUGE if self.huge_ids else _FIRST) + self._count)

    def customer(self, name: str) -> Person:
        return self.people.setdefault(name, Person(name))

    def add_container(
        self, account: Account, text: str, images: Sequence[Image], answers: Post | None, *, child: bool
    ) -> Container:
        wait = self.unfinished_images if images else self.unfinished
        made = Container(self.new_id(), account, text, list(images), self._now(), child, wait, answers)
        self.containers[made.id] = made
        return made

    def ask_status(self, container: Container) -> str:
        if container.published:
            return "PUBLISHED"
        if container.failed:
            return "ERROR"
        if self._now() - container.at > DAY:
            return "EXPIRED"
        return "IN_PROGRESS" if container.unfinished > 0 else "FINISHED"

    def add_post(
        self, by: Account | Person, text: str, images: Sequence[Image] = (), *, below: Post | None = None,
        at: datetime | None = None,
    ) -> Post:  # fmt: skip
        kept = self.keeps_text(text) if isinstance(by, Account) else text
        post = Post(self.new_id(), by, kept, list(images), at or self._now(), below)
        self.posts[post.id] = post
        if isinstance(by, Account):
            by.posts.append(post)
        if below is not None:
            below.root.replies.append(post)
        return post

    def count_published(self, account: Account, *, replies: bool) -> int:
        """In the last 24 hours, through the API."""
        since = self._now() - DAY
        made = [post for post in account.posts if post.at > since and not post.past]
        return len([post for post in made if (post.parent is not None) is replies])

    def count_deleted(self, account: Account) -> int:
        since = self._now() - DAY
        return len([moment for moment in account.deleted_at if moment > since])

    def list_own(self, account: Account, *, replies: bool) -> list[Post]:
        """What is shown, the newest first."""
        own = [post for post in account.posts if (post.parent is not None) is replies]
        return [post for post in reversed(own) if self.is_shown(post)]

    def is_shown(self, post: Post) -> bool:
        return not (post.deleted or self.is_late(post.id))

    # --- as the API shows it -------------------------------------------------------------------------

    def post_json(self, post: Post, account: Account) -> dict[str, Any]:
        """As `account` is told of it."""
        shown: dict[str, Any] = {
            "id": post.id,
            "media_product_type": "THREADS",
            "media_type": ("TEXT_POST", "IMAGE", "CAROUSEL_ALBUM")[min(len(post.images), 2)],
            "permalink": self.link(post),
            "username": post.by.username,
            "timestamp": stamp(post.at),
            "has_replies": any(self.is_shown(one) for one in post.replies),
            "is_reply": post.parent is not None,
        }
        if post.text:
            shown["text"] = post.text
        if len(post.images) == 1:
            shown |= self._image_json(post, 0)
        elif post.images:
            parts = [{"id": f"{post.id}{n}", **self._image_json(post, n)} for n in range(len(post.images))]
            shown["children"] = {"data": parts}
        if post.parent is not None:
            shown |= {
                "root_post": {"id": post.root.id},
                "replied_to": {"id": post.parent.id},
                "is_reply_owned_by_me": post.by is account,
                "hide_status": "HIDDEN" if post.by.username in self.hides else "NOT_HUSHED",
            }
        return shown

    def _image_json(self, post: Post, place: int) -> dict[str, Any]:
        image = post.images[place]
        url = image.address or f"{self._url()}/media/{post.id}/{place}"
        return {"media_url": url, **({"alt_text": image.alt} if image.alt else {})}

    def link(self, post: Post) -> str:
        return f"https://www.threads.com/@{post.by.username}/post/{post.id}"

    def shown(self, post: Post) -> dict[str, Any]:
        """For the page and the tests: as the public sees it."""
        images = [
            {"url": f"{self._url()}/media/{post.id}/{place}", "alt": image.alt}
            for place, image in enumerate(post.images)
        ]
        return {
            "id": post.id,
            "account": post.by.username,
            "acct": f"@{post.by.username}",
            "warning": "",
            "text": post.text,
            "created_at": post.at.astimezone(UTC).isoformat(),
            "url": self.link(post),
            "media": images,
            "visibility": "public" if self.live else "people with a role on the app",
            "deleted": post.deleted,
        }


def stamp(moment: datetime) -> str:
    """As Graph writes it: to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")
