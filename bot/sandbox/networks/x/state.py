"""What a pretend X remembers: accounts and their keys, posts, images, and what people write. No HTTP here.

An answer is a post like any other that names what it answers. `huge_ids` makes ids that need more than 64 bits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bot.sandbox.networks.x import words

_FIRST = 1_460_323_737_035_677_698
_HUGE = 2**70


@dataclass(frozen=True)
class Keys:
    """Of OAuth 1.0a."""

    app: str
    app_secret: str
    token: str
    token_secret: str

    @property
    def line(self) -> str:
        return ":".join((self.app, self.app_secret, self.token, self.token_secret))


@dataclass(eq=False)
class Account:
    """Ours."""

    id: str
    username: str
    name: str
    keys: Keys
    lost: bool = False  # its keys and tokens hold no more
    mutes: set[str] = field(default_factory=set)  # usernames
    blocks: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Person:
    id: str
    username: str
    name: str
    followers: int = 12


@dataclass(eq=False)
class Image:
    id: str
    owner: Account
    data: bytes
    alt: str = ""
    post: Post | None = None
    address: str = ""  # of somebody else's


@dataclass(eq=False)
class Post:
    id: str
    by: Account | Person
    text: str
    images: list[Image]
    at: datetime
    parent: Post | None = None
    tags: tuple[str, ...] = ()  # usernames that are mentioned, whatever the words are
    past: bool = False  # from before the story: on no timeline
    deleted: bool = False
    edited: bool = False
    versions: list[tuple[str, str]] = field(
        default_factory=list
    )  # (id, text), once it was edited; the oldest first
    skipped: bool = False  # left out of the mentions

    @property
    def ours(self) -> bool:
        return isinstance(self.by, Account)

    @property
    def last_id(self) -> str:
        return self.versions[-1][0] if self.versions else self.id

    @property
    def root(self) -> Post:
        return self.parent.root if self.parent else self


class XState:
    """Everybody and everything."""

    def __init__(self, now: Callable[[], datetime], url: Callable[[], str]) -> None:
        self._now = now
        self._url = url
        self._count = 0
        self.is_late: Callable[[str], bool] = lambda _: False
        self.huge_ids = False
        self.omits: set[str] = set()  # posts that an account's own timeline leaves out
        self.keeps_text: Callable[[str], str] = lambda written: written
        self.loses_alts = False
        self.says_posts = False  # as the newest documents do, instead of tweets
        self.accounts: dict[str, Account] = {}  # by id
        self.people: dict[str, Person] = {}  # by name
        self.images: dict[str, Image] = {}
        self.posts: dict[str, Post] = {}

    def open(self, username: str, keys: Keys, name: str = "") -> Account:
        account = Account(str(2_244_994_945 + len(self.accounts)), username, name or username.title(), keys)
        self.accounts[account.id] = account
        return account

    def customer(self, name: str, username: str, followers: int = 12) -> Person:
        known = self.people.get(name)
        if known is None:
            known = Person(str(783_214 + len(self.people)), username, name, followers)
            self.people[name] = known
        return known

    def new_id(self) -> str:
        self._count += 1
        return str((_HUGE if self.huge_ids else _FIRST) + self._count)

    def add_image(self, owner: Account, data: bytes) -> Image:
        image = Image(self.new_id(), owner, data)
        self.images[image.id] = image
        return image

    def add_post(
        self,
        by: Account | Person,
        text: str,
        images: Sequence[Image] = (),
        *,
        parent: Post | None = None,
        at: datetime | None = None,
    ) -> Post:
        kept = self.keeps_text(text) if isinstance(by, Account) else text
        post = Post(self.new_id(), by, kept, list(images), at or self._now(), parent)
        for image in images:
            image.post = post
        self.posts[post.id] = post
        return post

    def add_somebodys_image(self, address: str, alt: str) -> Image:
        owner = next(iter(self.accounts.values()))
        image = Image(self.new_id(), owner, b"", alt, address=address)
        self.images[image.id] = image
        return image

    def edit(self, post: Post, text: str) -> None:
        """As X does it: another post, by another id; the former one can still be asked for."""
        versions = post.versions or [(post.id, post.text)]
        post.versions = [*versions, (self.new_id(), text)]
        post.text, post.edited = text, True
        self.posts[post.versions[-1][0]] = post

    def find_same(self, account: Account, text: str) -> Post | None:
        """A post of the account with these words that is there."""
        own = [post for post in self.posts.values() if post.by is account and not post.deleted]
        return next((post for post in reversed(own) if post.text == text), None)

    def list_own(self, account: Account) -> list[Post]:
        """What the account's timeline shows, the newest first."""
        own = [post for post in self.posts.values() if post.by is account and post.id not in self.omits]
        return [post for post in reversed(own) if self.is_shown(post)]

    def list_all(self) -> list[Post]:
        """Everybody's, the newest first."""
        return [post for post in reversed(list(self.posts.values())) if self.is_shown(post) and not post.past]

    def list_mentions(self, account: Account) -> list[Post]:
        """What names the account, the newest first, without those it has muted or blocked."""
        left_out = account.mutes | account.blocks
        named = [
            post
            for post in self.list_all()
            if account.username in post.tags and not post.skipped and post.by.username not in left_out
        ]
        return list(dict.fromkeys(named))

    def is_shown(self, post: Post) -> bool:
        return not (post.deleted or self.is_late(post.id))

    # --- as the API shows it -------------------------------------------------------------------------

    def post_json(self, post: Post, wanted: Sequence[str], version: str | None = None) -> dict[str, Any]:
        """`id`, `text`, and of the rest what is asked for. `version`: the id it was asked for by."""
        versions = post.versions or [(post.id, post.text)]
        version = version or versions[-1][0]
        written = dict(versions)[version]
        text, urls = words.shorten(written, post.id, bool(post.images))
        if post.parent is not None:
            text = f"{''.join(f'@{name} ' for name in self.list_answered(post))}{text}"
        kind, history = ("posts", "post_ids") if self.says_posts else ("tweets", "tweet_ids")
        whole: dict[str, Any] = {
            "author_id": post.by.id,
            "conversation_id": post.root.id,
            "created_at": stamp(post.at),
            "lang": "en",
            f"edit_history_{history}": [one for one, _ in versions],
        }
        named = [{"username": name} for name in dict.fromkeys((*self.list_answered(post), *post.tags))]
        if urls or named:
            whole["entities"] = {**({"urls": urls} if urls else {}), **({"mentions": named} if named else {})}
        if post.images:
            whole["attachments"] = {"media_keys": [f"3_{image.id}" for image in post.images]}
        if post.parent is not None:
            whole[f"referenced_{kind}"] = [{"type": "replied_to", "id": post.parent.id}]
            whole["in_reply_to_user_id"] = post.parent.by.id
        asked = {name.replace("tweet", "post") for name in wanted}
        shown = {name: value for name, value in whole.items() if name.replace("tweet", "post") in asked}
        if len(text) > words.MOST and not post.ours:
            if "note_tweet" in wanted:
                shown["note_tweet"] = {"text": text, "entities": {"urls": urls}}
            text = f"{text[: words.MOST - 1]}…"
        return {"id": version, "text": text, **shown}

    def list_answered(self, post: Post) -> list[str]:
        """Whose names X puts in front of an answer."""
        names = [post.parent.by.username] if post.parent else []
        return [name for name in names if name != post.by.username]

    def link(self, post: Post) -> str:
        return f"https://x.com/{post.by.username}/status/{post.id}"

    def shown(self, post: Post) -> dict[str, Any]:
        """For the page and the tests: as the public sees it."""
        return {
            "id": post.id,
            "account": post.by.username,
            "acct": f"@{post.by.username}",
            "warning": "",
            "text": post.text,
            "created_at": post.at.astimezone(UTC).isoformat(),
            "url": self.link(post),
            "media": [{"url": f"{self._url()}/media/{image.id}", "alt": image.alt} for image in post.images],
            "visibility": "public",
            "deleted": post.deleted,
        }


def stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
