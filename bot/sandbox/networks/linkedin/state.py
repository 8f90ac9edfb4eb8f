"""What a pretend LinkedIn remembers: Pages, who has which role on them, posts, images, and what members write.

No HTTP here. `huge_ids` makes numbers that need more than 64 bits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.sandbox.networks.linkedin.little import read_little

ADMINISTRATOR, RECRUITING_POSTER = "ADMINISTRATOR", "RECRUITING_POSTER"
POSTERS = frozenset({ADMINISTRATOR, "CONTENT_ADMIN", "DIRECT_SPONSORED_CONTENT_POSTER", RECRUITING_POSTER})
READERS = POSTERS - {RECRUITING_POSTER}
SCOPES = frozenset({"w_organization_social", "r_organization_social", "rw_organization_admin"})
_FIRST = 7_400_000_000_000_000_000
_HUGE = 2**70
GHOST = timedelta(hours=48)  # so long a deleted post is still called the same as a new one


@dataclass(eq=False)
class Page:
    """Ours: an organisation."""

    number: int
    vanity: str
    name: str

    @property
    def urn(self) -> str:
        return f"urn:li:organization:{self.number}"


@dataclass(eq=False)
class Member:
    """Somebody of the team, whose token it is."""

    urn: str
    token: str
    roles: dict[str, str] = field(default_factory=dict)  # Page's URN -> role
    scopes: set[str] = field(default_factory=lambda: set(SCOPES))
    calls: dict[str, int] = field(default_factory=dict)  # day -> how many
    lost: int | None = None  # the serviceErrorCode with which the token is refused


@dataclass(frozen=True)
class Person:
    """A member who writes to us."""

    urn: str
    name: str


@dataclass(eq=False)
class Image:
    urn: str
    owner: str
    data: bytes = b""
    working: int = 0  # for so many questions it is still worked on
    failed: bool = False
    post: Post | None = None


@dataclass(eq=False)
class Post:
    urn: str
    by: Page | Person
    commentary: str
    images: list[tuple[Image, str]]  # and the alt text of each
    at: datetime
    past: bool = False  # from before the story: on no timeline
    deleted_at: datetime | None = None
    tags: bool = False  # mentions us
    comments: list[Comment] = field(default_factory=list)  # oldest first

    @property
    def text(self) -> str:
        return read_little(self.commentary)


@dataclass(eq=False)
class Comment:
    urn: str
    post: Post
    by: Page | Person
    text: str
    at: datetime
    deleted: bool = False
    edited: bool = False
    skipped: bool = False

    @property
    def ours(self) -> bool:
        return isinstance(self.by, Page)


class LinkedInState:
    """Everybody and everything."""

    def __init__(self, now: Callable[[], datetime], url: Callable[[], str]) -> None:
        self._now = now
        self._url = url
        self._count = 0
        self.is_late: Callable[[str], bool] = lambda _: False
        self.huge_ids = False
        self.working = 1  # questions for which a new image is worked on
        self.omits: set[str] = set()  # posts that the list of a Page's posts leaves out
        self.pages: dict[str, Page] = {}  # by URN
        self.members: dict[str, Member] = {}  # by token
        self.people: dict[str, Person] = {}  # by name
        self.images: dict[str, Image] = {}
        self.posts: dict[str, Post] = {}
        self.comments: dict[str, Comment] = {}

    def open(self, vanity: str, token: str, name: str = "") -> Page:
        """A Page, and somebody who runs it."""
        page = Page(2_414_183 + len(self.pages), vanity, name or vanity)
        self.pages[page.urn] = page
        member = Member(f"urn:li:person:m{len(self.members) + 1}", token)
        member.roles[page.urn] = ADMINISTRATOR
        self.members[token] = member
        return page

    def customer(self, name: str) -> Person:
        return self.people.setdefault(name, Person(f"urn:li:person:p{len(self.people) + 1}", name))

    def new_urn(self, kind: str) -> str:
        self._count += 1
        return f"urn:li:{kind}:{(_HUGE if self.huge_ids else _FIRST) + self._count}"

    def add_image(self, owner: str) -> Image:
        image = Image(self.new_urn("image"), owner, working=self.working)
        self.images[image.urn] = image
        return image

    def add_post(
        self,
        by: Page | Person,
        commentary: str,
        images: Sequence[tuple[Image, str]] = (),
        at: datetime | None = None,
    ) -> Post:
        post = Post(self.new_urn("share"), by, commentary, list(images), at or self._now())
        for image, _ in images:
            image.post = post
        self.posts[post.urn] = post
        return post

    def add_comment(self, post: Post, by: Page | Person, text: str, at: datetime | None = None) -> Comment:
        number = self.new_urn("comment").rpartition(":")[2]
        activity = f"urn:li:activity:{post.urn.rpartition(':')[2]}"
        comment = Comment(f"urn:li:comment:({activity},{number})", post, by, text, at or self._now())
        self.comments[comment.urn] = comment
        post.comments.append(comment)
        return comment

    def find_same(self, page: Page, commentary: str) -> Post | None:
        """A post of words alone that says the same, or one that was deleted lately."""
        since = self._now() - GHOST
        return next(
            (
                post
                for post in self.posts.values()
                if post.by is page
                and not post.images
                and post.commentary == commentary
                and (post.deleted_at is None or post.deleted_at > since)
            ),
            None,
        )

    def list_of(self, page: Page) -> list[Post]:
        """What the list of a Page's posts shows, what was changed last first."""
        own = [post for post in self.posts.values() if post.by is page and post.urn not in self.omits]
        return [post for post in reversed(own) if post.deleted_at is None and not self.is_late(post.urn)]

    # --- as the API shows it -------------------------------------------------------------------------

    def page_json(self, page: Page) -> dict[str, Any]:
        return {
            "id": page.number,
            "localizedName": page.name,
            "vanityName": page.vanity,
            "primaryOrganizationType": "NONE",
        }

    def post_json(self, post: Post) -> dict[str, Any]:
        at = to_milliseconds(post.at)
        shown: dict[str, Any] = {
            "id": post.urn,
            "author": post.by.urn,
            "commentary": post.commentary,
            "createdAt": at,
            "publishedAt": at,
            "lastModifiedAt": at,
            "lifecycleState": "PUBLISHED",
            "visibility": "PUBLIC",
            "distribution": {"feedDistribution": "MAIN_FEED", "thirdPartyDistributionChannels": []},
            "isReshareDisabledByAuthor": False,
        }
        images = [{"id": image.urn, "altText": alt} for image, alt in post.images]
        if images:
            shown["content"] = (
                {"media": images[0]} if len(images) == 1 else {"multiImage": {"images": images}}
            )
        return shown

    def link(self, post: Post) -> str:
        return f"https://www.linkedin.com/feed/update/{post.urn}/"

    def shown(self, post: Post) -> dict[str, Any]:
        """For the page and the tests: as the public sees it."""
        page = self.pages[post.by.urn]
        return {
            "id": post.urn,
            "account": page.vanity,
            "acct": page.name,
            "warning": "",
            "text": post.text,
            "created_at": post.at.astimezone(UTC).isoformat(),
            "url": self.link(post),
            "media": [{"url": f"{self._url()}/media/{image.urn}", "alt": alt} for image, alt in post.images],
            "visibility": "public",
            "deleted": post.deleted_at is not None,
        }


def to_milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
