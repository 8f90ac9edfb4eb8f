"""What a network must do, and what it may do.

A network module offers one `NETWORK` object (entry-point group `byhand.networks`). `Network.open` makes an
`AccountClient`: one account on it. Everything that may be repeated (`prepare`, `find`, `check`) is apart from
the one thing that may not (`publish`), and what `publish` sends is made beforehand by the pure `render`,
so that the exact bytes are in the database before the first of them leaves.

How to add a network
--------------------
1. Write a module with a `NETWORK` that satisfies `Network`, and an `AccountClient`. Start from `mastodon/client.py`
   (a token) or `bluesky/client.py` (a session that renews itself). Make every call through `bot.networks.http.Http`: it
   answers with `Answer`, `Unsent` or `Lost` and never raises. It calls public addresses only; `from_settings=True` is
   for the server that the operator wrote, `Http.to` for one that this server names.
2. List the network's *final* answers. `Unsent` is NotSent, 429 is Later, what is on the list is Refused or
   NeedsLogin; everything else, every 5xx and every 2xx without an id is Unknown. `http_outcomes.py` does
   the common part.
3. Say `find_is_authoritative` only if a look-up can prove absence; else `find` answers Found or CannotTell. Every
   `Absent` states what it `rests_on`; a list is no proof unless it was seen to hold what is looked for.
4. Name it in your package's metadata (the built-in ones are found in the same way):
   `[project.entry-points."byhand.networks"]`, `yournetwork = "your_package.module:NETWORK"`.
5. Write a `Bench` (a server to test against and its own ledger) and subclass `NetworkContract` of
   `bot.networks.testing.publishing` in your tests: every promise of this file is a test there.

If customers can write there, let the client satisfy `Receiving` (`bot.networks.receiving`) too, and `Answering` if they
can be answered, each of them whole, and subclass `ReceivingContract`, `ArrivingContract` and `AnsweringContract` (in
`bot.networks.testing`) the same way.
Clean what strangers wrote with `sanitize.py`. Answers and corrections go out through `publish` like everything else:
it knows them by the shape of the payload, and so does `find`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

from bot.domain.outcomes import Look, NeedsLogin, NotSent, Outcome
from bot.domain.preflight.costs import Prices


class SentBy(StrEnum):
    """Who does the posting."""

    API = "api"  # Byhand, through the network's API
    PERSON = "person"  # somebody of the team, by hand: Byhand begins nothing there by itself, and never calls `publish`


@dataclass(frozen=True)
class Picture:
    """One stored image: its bytes are already checked and stripped of position data."""

    sha256: str
    media_type: str  # "image/jpeg", "image/png", "image/gif" or "image/webp"
    width: int
    height: int
    size: int  # bytes
    alt: str
    load: Callable[[], bytes] = field(repr=False, compare=False)
    frames: int = 1  # more: it moves
    # For which delivery's `prepare` it was loaded; "": it is only measured. For `PublicImages` alone.
    claim: str = field(default="", compare=False)


@dataclass(frozen=True)
class Content:
    """What is to go out on one account, in the words of a person."""

    text: str
    pictures: tuple[Picture, ...] = ()
    visibility: str | None = None  # "public", "unlisted", "private", "direct"; None: there is no such thing
    language: str | None = None  # BCP 47
    warning: str = ""  # shown before the words; "": none


@dataclass(frozen=True)
class Capabilities:
    """What an account can do and how much it takes; read from the server where it says so."""

    max_length: int  # in `length_unit`
    length_unit: str  # for screens: "characters"
    max_bytes: int | None  # of the text in UTF-8
    max_pictures: int
    max_picture_bytes: int
    picture_types: frozenset[str]
    max_alt: int | None  # characters
    can_delete: bool
    find_is_authoritative: bool  # may `find` answer Absent?
    # How long after a send began "it is not there" counts, of all this account sends: as long as a request may still
    # land, unless sending the same again makes no second one (a key known to be honoured).
    settle_after: timedelta
    visibilities: tuple[str, ...] = ()
    min_pictures: int = 0
    posts_a_day: int | None = None  # that it takes in any 24 hours; None: it does not say
    # Of an image, where there is such a limit; `networks/pictures.py` judges by all of them.
    max_picture_pixels: int | None = None  # width x height
    max_pixels_of: Mapping[str, int] = field(default_factory=dict)  # {type: pixels}
    max_picture_side: int | None = None  # pixels
    picture_ratios: tuple[float, float] | None = None  # width / height: the least and the most
    moving_types: frozenset[str] | None = None  # whose animations readers see move; None: nobody knows
    folds: bool = False  # readers see a content warning, and the rest only when they open it
    stated: bool = True  # no limit of this account waits for its server to be asked
    sent_by: SentBy = SentBy.API
    seen_by_few: str = ""  # a sentence: when only some see what is published, and the network does not say so
    answer_window: timedelta | None = None  # after a customer's last private message; None: always
    # Its images are fetched by the network from a public address of ours (`AccountSettings.images`); what is left of
    # the account without one: `public_images.limit`.
    needs_public_images: bool = False
    poll_every: timedelta | None = (
        None  # at least between two questions of one stream; None: as the settings say
    )
    # At least between two looks at a sign-in that was well; None: as often as all are looked at.
    check_every: timedelta | None = None
    # How long the words of a conversation that has ended are kept at most, where what its author deletes has to go from
    # here as well: what goes on is looked at, and what has ended is not. None: as long as the settings say.
    keeps_ended: timedelta | None = None
    # Messages of which one request tells whether they are there still; None: some take a request each.
    looks_at_once: int | None = None
    prices: Prices | None = None  # what it takes for a send; None: nothing
    may_relay: bool = (
        True  # else it is only told that somebody wrote: no words and no names are kept or passed on
    )


class Part(StrEnum):
    """Where a person mends what does not fit."""

    TEXT = "text"
    IMAGE = "image"
    ALT = "alt text"


@dataclass(frozen=True)
class Misfit:
    """What the network would refuse, in a sentence."""

    sentence: str
    part: Part = Part.TEXT
    picture: int = 0  # of IMAGE and ALT: which of the content's, from 0


@dataclass(frozen=True)
class Measure:
    """A text's length as the network counts it, and whatever of the content does not fit."""

    length: int
    limit: int
    unit: str  # for screens: what is counted, and how, if it is not what a reader would count
    misfits: tuple[Misfit, ...] = ()
    notes: tuple[str, ...] = ()  # sentences: what readers will see otherwise than it was made
    tags: tuple[str, ...] = ()  # "#rye": what becomes a hashtag only because we say so
    mills: int = 0  # what sending it costs, in thousandths of a US dollar

    @property
    def problem(self) -> str | None:
        """The first misfit's sentence, if there is one."""
        return self.misfits[0].sentence if self.misfits else None


@dataclass(frozen=True)
class Attempt:
    """What `find` needs to recognise a send: what was stored before it."""

    handle: str
    payload: bytes
    started_at: datetime  # as our clock said then, which may have been wrong
    age: timedelta | None = None  # at least, by time that nobody can set; None: as `started_at` has it
    fast: timedelta = timedelta()  # by which our clock may have been ahead then, for all this process knows
    first_at: datetime | None = None  # when the first try began that was given up as not there


@dataclass(frozen=True)
class Health:
    ok: bool
    sentence: str  # "Signed in as @dockbakery@mastodon.example" or what is wrong and how to fix it
    identity: str | None = None  # "@dockbakery@mastodon.example"
    profile_url: str | None = None
    lacks: tuple[str, ...] = ()  # rights it does not have, and what does not work without them
    account_id: str | None = (
        None  # the network's own name of the account, which no renaming changes (`Who.id`)
    )
    heard: bool = True  # False: the network did not say, so the sign-in may be well
    until: datetime | None = None  # aware UTC: then a person has to sign it in anew; None: it did not say
    endless: bool = False  # the network says that nothing ends by itself
    unpaid: bool = False  # not well because somebody has to pay there first


@dataclass(frozen=True)
class Who:
    """Whose account a secret opens."""

    id: str  # never changes: "did:plc:…", "109382@mastodon.example"
    name: str  # for people, and may change: "@dockbakery@mastodon.example"


@runtime_checkable
class KnowsWho(Protocol):
    """What a connection may do besides: say whose account it is signed in to."""

    def who(self) -> Who | Outcome:
        """As the network says; asked once, for a secret never changes its account. Never raises."""


def find_stop(client: AccountClient) -> NeedsLogin | None:
    """Why this client asks nothing more of its network before `check` is called; None: it does. A client that stops
    has it as `stopped`."""
    stopped = getattr(client, "stopped", None)
    return stopped if isinstance(stopped, NeedsLogin) else None


def find_price(client: AccountClient, payload: bytes) -> int:
    """What sending this costs, in mills. A client with `prices` has it as `find_price`; where it has not, the dearest
    is taken."""
    prices, ask = client.capabilities.prices, getattr(client, "find_price", None)
    if ask is not None:
        return int(ask(payload))
    return max(prices.post, prices.link, prices.reply) if prices is not None else 0


class Vault(Protocol):
    """Where a connection keeps what it must not lose (a refreshed session). Encrypted by the store."""

    def load(self, name: str) -> str | None: ...

    def save(self, name: str, value: str) -> None: ...


class PublicImages(Protocol):
    """Where a network fetches the images of a post, if it takes no upload. For `prepare` alone."""

    @property
    def available(self) -> bool:
        """Is there a public address, the setting `public_url`?"""

    def offer(self, picture: Picture) -> str:
        """The address under which exactly these bytes can be fetched from now on, a new one at each call. It is shut by
        `close`, at a pause, when the post is changed or stopped, and at the latest when `prepare` has ended. Raises
        PrepareFailed."""

    def close(self, url: str) -> None:
        """The network has the image. May be repeated; never raises."""


class NoPublicImages:
    """There is no public address."""

    available = False

    def offer(self, picture: Picture) -> str:  # noqa: ARG002
        raise PrepareFailed(NotSent("Byhand has no public address from which its images could be fetched"))

    def close(self, url: str) -> None:
        """Nothing is open."""


@dataclass(frozen=True)
class AccountSettings:
    """One `[accounts.NAME]` of the settings, its secrets filled in."""

    name: str
    network: str
    server: str
    handle: str | None = None
    visibility: str | None = None
    language: str | None = None
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)  # {"TOKEN": …} or {"PASSWORD": …}
    title: str = ""  # what people call it
    address: str = ""  # to open, where a person posts there
    client_id: str = ""  # of the app that somebody made there, to sign in with a browser
    renew: str = ""  # how its secret is renewed, where that is no matter of the environment: a sentence
    images: PublicImages = field(default=NoPublicImages(), repr=False, compare=False)

    def say_renew(self, secret: str) -> str:
        """ "Set a new BYHAND_DOCKBAKERY_TOKEN."; or how else a new secret is given."""
        return self.renew or f"Set a new BYHAND_{self.name.upper().replace('-', '_')}_{secret}."

    @property
    def called(self) -> str:
        """As a client's sentences name it: a server's address says nothing to who posts there."""
        return self.title or self.handle or self.name


class AccountClient(Protocol):
    """One account on one network. Used from many threads at once."""

    @property
    def capabilities(self) -> Capabilities:
        """Cached; falls back to the network's documented limits while the server cannot be asked."""

    def check(self) -> Health:
        """Ask the server who we are. Never raises."""

    def measure(self, content: Content) -> Measure:
        """Pure: no call goes out. It judges by every limit of `capabilities`, as import, Edit and approval all ask."""

    def preview(self, content: Content) -> str:
        """The text exactly as readers will see it. Pure, and the same code `render` uses."""

    def new_handle(self, now: datetime) -> str:
        """The key a delivery is known by (idempotency key, record key): made once per delivery."""

    def prepare(self, content: Content, prepared: Mapping[str, Any], now: datetime) -> dict[str, Any]:
        """Upload what the post needs; nothing becomes public. Takes and returns what is already done (JSON),
        so that it may be repeated at any point. Raises `PrepareFailed`."""

    def render(self, content: Content, prepared: Mapping[str, Any], handle: str, now: datetime) -> bytes:
        """The exact request body. Pure."""

    def publish(self, payload: bytes, handle: str, send_by: Callable[[], bool]) -> Outcome:
        """The one call, once. `send_by()` is asked right before the first byte leaves; False: NotSent."""

    def find(self, attempt: Attempt) -> Look:
        """Look for what an attempt may have published. Sends nothing, never raises."""

    def delete(self, remote_id: str) -> Outcome:
        """Take a post down. `Sent` means it is gone (also if it already was). Never raises."""

    def profile_url(self) -> str:
        """Where a person can look for themselves."""


class PrepareFailed(Exception):
    """An upload did not work; nothing was published. `outcome` is Refused, Later, NeedsLogin or NotSent. `so_far` is
    what the next try is given as `prepared`, if this one has come somewhere."""

    def __init__(self, outcome: Outcome, so_far: Mapping[str, Any] | None = None) -> None:
        super().__init__(str(outcome))
        self.outcome = outcome
        self.so_far = so_far


class Network(Protocol):
    """What an entry point of the group `byhand.networks` names."""

    name: str  # "mastodon"
    title: str  # "Mastodon"
    secrets: tuple[str, ...]  # ("TOKEN",): read from BYHAND_<ACCOUNT>_<SECRET>
    documented: Capabilities  # what holds while the server has not been asked
    visibilities: tuple[str, ...]  # allowed values of the setting; () where there are none

    def open(self, account: AccountSettings, vault: Vault) -> AccountClient:
        """No call goes out yet. Raises ValueError with a sentence for a setting it cannot use."""
