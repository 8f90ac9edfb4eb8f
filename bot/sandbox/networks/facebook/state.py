"""What a pretend Facebook remembers: Pages, their posts and photos, and what people write below them and to them.

No HTTP here. `huge_ids` makes ids that need more than 64 bits.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

SCOPES = frozenset({
    "pages_show_list", "pages_manage_posts", "pages_read_engagement", "pages_manage_engagement",
    "pages_read_user_content", "pages_messaging",
})  # fmt: skip
_FIRST = 122_100_000_000_000_000
_HUGE = 2**70


@dataclass(eq=False)
class Page:
    """Ours; `token` is its own, `user_token` that of the person who made it."""

    id: str
    username: str
    name: str
    token: str
    user_token: str
    scopes: set[str] = field(default_factory=lambda: set(SCOPES))
    posts: list[Post] = field(default_factory=list)  # oldest first
    threads: list[Thread] = field(default_factory=list)
    calls: deque[datetime] = field(default_factory=deque)
    lost: int | None = None  # the subcode with which its token is refused

    @property
    def url(self) -> str:
        return f"https://www.facebook.com/{self.username}"


@dataclass(frozen=True)
class Person:
    id: str  # as this Page knows them, and no other
    name: str


@dataclass(eq=False)
class Photo:
    id: str
    page: Page
    data: bytes
    media_type: str
    alt: str
    post: Post | None = None  # None: uploaded, and in no post yet
    deleted: bool = False


@dataclass(eq=False)
class Post:
    id: str
    page: Page
    text: str
    link: str
    photos: list[Photo]
    at: datetime
    past: bool = False  # from before the story: on no timeline
    deleted: bool = False
    comments: list[Comment] = field(default_factory=list)  # oldest first, answers too


@dataclass(eq=False)
class Comment:
    id: str
    post: Post
    parent: Comment | None  # Facebook has two levels: an answer to an answer is below the same comment
    by: Page | Person
    text: str
    at: datetime
    image: str = ""
    alt: str = ""
    photo: Photo | None = None  # of ours
    deleted: bool = False
    edited: bool = False
    skipped: bool = False  # left out of the newest comments; a look at the whole thread shows it

    @property
    def ours(self) -> bool:
        return isinstance(self.by, Page)


@dataclass(eq=False)
class Message:
    """A private one."""

    id: str
    thread: Thread
    by: Page | Person
    text: str
    at: datetime
    images: tuple[str, ...] = ()


@dataclass(eq=False)
class Thread:
    id: str
    page: Page
    person: Person
    messages: list[Message] = field(default_factory=list)  # oldest first


class FacebookState:
    """Everybody and everything."""

    def __init__(self, now: Callable[[], datetime], url: Callable[[], str]) -> None:
        self._now = now
        self._url = url
        self._count = 0
        self.is_late: Callable[[str], bool] = lambda _: False
        self.huge_ids = False
        self.omits: set[str] = set()  # posts that `published_posts` leaves out
        self.drops_parent = False  # a comment's `parent` is not told
        self.hides: set[str] = set()  # names of people whose comments are hidden
        self.names_nobody = False  # who wrote a comment is not told
        self.keeps_alt: Callable[[str], str] = lambda written: written
        self.pages: dict[str, Page] = {}  # by the Page's own token
        self.people: dict[str, Person] = {}  # by name
        self.posts: dict[str, Post] = {}
        self.photos: dict[str, Photo] = {}
        self.comments: dict[str, Comment] = {}
        self.overwritten: list[Comment] = []  # customers' comments whose words we replaced

    def open(self, username: str, token: str, name: str = "") -> Page:
        page = Page(f"6155{len(self.pages) + 1:011}", username, name or username, token, f"user-{token}")
        self.pages[token] = page
        return page

    def new_id(self) -> str:
        self._count += 1
        return str((_HUGE if self.huge_ids else _FIRST) + self._count)

    def customer(self, name: str) -> Person:
        return self.people.setdefault(name, Person(f"2400000000000{len(self.people):04}", name))

    def add_post(
        self, page: Page, text: str, link: str = "", photos: Sequence[Photo] = (), at: datetime | None = None
    ) -> Post:
        post = Post(f"{page.id}_{self.new_id()}", page, text, link, list(photos), at or self._now())
        for photo in photos:
            photo.post = post
        self.posts[post.id] = post
        page.posts.append(post)
        return post

    def add_photo(self, page: Page, data: bytes, media_type: str, alt: str) -> Photo:
        photo = Photo(self.new_id(), page, data, media_type, self.keeps_alt(alt))
        self.photos[photo.id] = photo
        return photo

    def add_comment(
        self, post: Post, by: Page | Person, text: str, *, below: Comment | None = None,
        image: tuple[str, str] = ("", ""), at: datetime | None = None,
    ) -> Comment:  # fmt: skip
        number = post.id.partition("_")[2]
        comment = Comment(f"{number}_{self.new_id()}", post, below, by, text, at or self._now(), *image)
        self.comments[comment.id] = comment
        post.comments.append(comment)
        return comment

    def list_comments(self, post: Post) -> list[Comment]:
        """What is shown, the oldest first."""
        return [one for one in post.comments if not (one.deleted or self.is_late(one.id))]

    def delete_comment(self, comment: Comment) -> None:
        """What is below it goes along."""
        comment.deleted = True
        for other in comment.post.comments:
            if other.parent is comment:
                self.delete_comment(other)

    def delete_post(self, post: Post) -> None:
        post.deleted = True
        for comment in post.comments:
            comment.deleted = True

    def say(
        self, page: Page, person: Person, by: Page | Person, text: str, at: datetime | None = None,
        images: Sequence[str] = (),
    ) -> Message:  # fmt: skip
        thread = next((one for one in page.threads if one.person is person), None)
        if thread is None:
            thread = Thread(f"t_{self.new_id()}", page, person)
            page.threads.append(thread)
        message = Message(f"m_{self.new_id()}", thread, by, text, at or self._now(), tuple(images))
        thread.messages.append(message)
        return message

    def find_message(self, message_id: str) -> Message | None:
        every = (
            message for page in self.pages.values() for thread in page.threads for message in thread.messages
        )
        return next((one for one in every if one.id == message_id), None)

    # --- as the API shows it -------------------------------------------------------------------------

    def page_json(self, page: Page) -> dict[str, Any]:
        return {
            "id": page.id,
            "name": page.name,
            "username": page.username,
            "link": page.url,
            "category": "Bakery",
            "about": "",
        }

    def post_json(self, post: Post) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "id": post.id,
            "message": post.text,
            "created_time": stamp(post.at),
            "updated_time": stamp(max([post.at, *(one.at for one in self.list_comments(post))])),
            "permalink_url": self.link(post),
            "from": {"id": post.page.id, "name": post.page.name},
            "comments": {
                "data": [],
                "summary": {"total_count": len(self.list_comments(post)), "can_comment": True},
            },
            "attachments": {"data": self._attachments(post)},
        }
        left_out = {"message": not post.text, "attachments": not shown["attachments"]["data"]}
        return {name: value for name, value in shown.items() if not left_out.get(name)}

    def comment_json(self, comment: Comment) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "id": comment.id,
            "message": comment.text,
            "created_time": stamp(comment.at),
            "from": {"id": comment.by.id, "name": comment.by.name},
            "permalink_url": f"https://www.facebook.com/{comment.id}",
            "is_hidden": comment.by.name in self.hides,
            "can_comment": True,
        }
        if comment.parent is not None and not self.drops_parent:
            shown["parent"] = {"id": comment.parent.id}
        if comment.photo is not None:
            shown["attachment"] = {"type": "photo", "target": {"id": comment.photo.id}}
        elif comment.image:
            shown["attachment"] = {
                "type": "photo", "media": {"image": {"src": comment.image}}, "description": comment.alt,
            }  # fmt: skip
        if self.names_nobody and not comment.ours:
            del shown["from"]
        return shown

    def message_json(self, message: Message) -> dict[str, Any]:
        thread = message.thread
        other = thread.person if message.by is thread.page else thread.page
        shown: dict[str, Any] = {
            "id": message.id,
            "message": message.text,
            "created_time": stamp(message.at),
            "from": {"id": message.by.id, "name": message.by.name, "email": f"{message.by.id}@facebook.com"},
            "to": {"data": [{"id": other.id, "name": other.name}]},
        }
        if message.images:
            shown["attachments"] = {"data": [{"image_data": {"url": url}} for url in message.images]}
        return shown

    def _attachments(self, post: Post) -> list[dict[str, Any]]:
        photos = [
            {"type": "photo", "target": {"id": photo.id, "url": f"{self._url()}/media/{photo.id}"}}
            for photo in post.photos
        ]
        if len(photos) > 1:
            return [{"type": "album", "target": {"id": self._count}, "subattachments": {"data": photos}}]
        return photos or ([{"type": "share", "target": {"url": post.link}}] if post.link else [])

    def link(self, post: Post) -> str:
        return f"https://www.facebook.com/{post.id}"

    def shown(self, post: Post) -> dict[str, Any]:
        """For the page and the tests: as the public sees it."""
        return {
            "id": post.id,
            "account": post.page.username,
            "acct": post.page.name,
            "warning": "",
            "text": post.text,
            "link": post.link,
            "created_at": post.at.astimezone(UTC).isoformat(),
            "url": self.link(post),
            "media": [{"url": f"{self._url()}/media/{one.id}", "alt": one.alt} for one in post.photos],
            "visibility": "public",
            "deleted": post.deleted,
        }


def stamp(moment: datetime) -> str:
    """As Graph writes it: to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")
