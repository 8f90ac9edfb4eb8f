"""The world outside Slack: the customers, what they do on the pretend networks, and the threads they see there.

A post with everything said under it is one thread. Private messages are threads of their own, one for each
customer, and marked, so that nobody takes them for something the public can read.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from bot.sandbox.networks.bluesky.server import BlueskyServer
from bot.sandbox.networks.facebook.server import FacebookServer
from bot.sandbox.networks.instagram.server import InstagramServer
from bot.sandbox.networks.linkedin.server import LinkedInServer
from bot.sandbox.networks.mastodon.server import MastodonServer
from bot.sandbox.networks.x.server import XServer
from bot.sandbox.slack.find import CannotDo
from bot.sandbox.slack.slack import Json

Server = MastodonServer | BlueskyServer | FacebookServer | InstagramServer | LinkedInServer | XServer
LONGEST = 2000  # characters of what a customer may write here
FEW_FOLLOWERS = 12


@dataclass(frozen=True)
class Customer:
    name: str
    about: str
    followers: int = FEW_FOLLOWERS


LENA = Customer("Lena K.", "buys her bread here", 84)
JONAS = Customer("Jonas", "bakes at home", 310)
NORA = Customer("Nora Bakes", "48,000 followers", 48_000)
PETRA = Customer("Petra Lind", "comes on Saturdays")
PEOPLE = (LENA, JONAS, NORA, PETRA)


@dataclass(frozen=True)
class Network:
    """What customers can do there besides commenting, whether it makes links of addresses, and what it puts before the
    company's name."""

    server: Server
    mentions: bool = False
    private: bool = False
    edits: bool = False
    links: bool = True
    sign: str = "@"


class Customers:
    """Everything a customer does on the page, and what is to be seen afterwards.

    `networks` by the names people know them by.
    """

    def __init__(self, networks: Mapping[str, Network], now: Callable[[], datetime]) -> None:
        self._networks = dict(networks)
        self._now = now
        self._lock = threading.Lock()
        self._wrote: dict[str, datetime] = {}  # remote id -> when
        self._names: dict[str, str] = {}  # remote id -> who wrote it; some networks show a handle only
        self._begun: list[tuple[str, str]] = []  # (network, remote id) of what began a thread of its own

    # --- what they do ----------------------------------------------------------------------------------

    def write(
        self,
        network: str,
        name: str,
        text: str,
        *,
        reply_to: str | None = None,
        private: bool = False,
        at: datetime | None = None,
    ) -> str:
        """A comment or answer (`reply_to`), a mention, or a private message; returns its id on the network."""
        name, text, there = name.strip(), _said(text), self._network(network)
        if not name:
            raise CannotDo("Who is writing? Give the customer a name.")
        if reply_to is None and not (there.private if private else there.mentions):
            raise CannotDo(f"{'Private messages' if private else 'Mentions'} on {network} do not come in.")
        followers = next((each.followers for each in PEOPLE if each.name == name), FEW_FOLLOWERS)
        with _gone_said():
            remote_id = there.server.customer_writes(
                name, text, reply_to=reply_to, private=private, at=at, followers=followers
            )
        with self._lock:
            self._wrote[remote_id] = at or self._now()
            self._names[remote_id] = name
            if reply_to is None:
                self._begun.append((network, remote_id))
        return remote_id

    def write_unnamed(self, network: str, name: str, text: str, reply_to: str) -> str:
        """An answer to another customer that no longer names the company: nobody sees it in between."""
        server = self._network(network).server
        if not isinstance(server, XServer):
            raise CannotDo(f"Whom an answer names, nobody can change on {network}.")
        with server.lock:
            remote_id = self.write(network, name, text, reply_to=reply_to)
            server.customer_takes_names_out(remote_id)
        return remote_id

    def edit(self, network: str, remote_id: str, text: str) -> None:
        there = self._network(network)
        if not there.edits:
            raise CannotDo(f"Nobody can change a message on {network}. They can delete it.")
        with _gone_said():
            there.server.customer_edits(remote_id, _said(text))

    def delete(self, network: str, remote_id: str) -> None:
        there = self._network(network)
        with _gone_said():
            there.server.customer_deletes(remote_id)

    def _network(self, name: str) -> Network:
        if name not in self._networks:
            raise CannotDo("There is no such network here.")
        return self._networks[name]

    # --- what is to be seen ----------------------------------------------------------------------------

    def as_json(self) -> Json:
        """Who may write, and where."""
        return {
            "people": [{"name": each.name, "about": each.about} for each in PEOPLE],
            "networks": [
                {
                    "name": name,
                    "mentions": one.mentions,
                    "private": one.private,
                    "edits": one.edits,
                    "links": one.links,
                }
                for name, one in self._networks.items()
            ],
        }

    def threads(self) -> list[Json]:
        """Our posts and what customers began, each with all that was said under it; the newest first.

        A thread is its first message, with "network" and "thread", which lists the others. A message is {"id",
        "by", "acct", "text", "created_at", "ours", "deleted", "edited", "private"}; a post of ours has what the
        network's `timeline` shows beside it.
        """
        found = [thread for name, network in self._networks.items() for thread in self._of(name, network)]
        return sorted(found, key=lambda thread: str(thread["created_at"]), reverse=True)

    def _of(self, name: str, network: Network) -> Iterator[Json]:
        server = network.server
        times = {line.remote_id: line.at for line in server.ledger}
        with self._lock:
            times |= self._wrote
            names = dict(self._names)
            begun = [remote_id for where, remote_id in self._begun if where == name]
        answers = {line.remote_id for line in server.ledger if line.reply_to is not None}

        def tell(remote_id: str) -> list[Json]:
            return _told(network, remote_id, times, names)

        for post in server.timeline():
            if post["id"] in times and post["id"] not in answers and post["id"] not in begun:
                first, *rest = tell(post["id"])
                yield {**first, **post, "network": name, "thread": rest}
        yield from _one_for_each_private(
            {**first, "network": name, "thread": rest} for first, *rest in map(tell, begun)
        )


def _told(
    network: Network, remote_id: str, times: Mapping[str, datetime], names: Mapping[str, str]
) -> list[Json]:
    """The thread in the page's form; its root keeps its place even if the network shows something older."""
    said = [
        {**each, **_called(network, each, names), "created_at": times[each["id"]].isoformat()}
        for each in network.server.conversation(remote_id)
        if each["id"] in times
    ]
    return sorted(said, key=lambda each: str(each["created_at"]))


def _called(network: Network, said: Json, names: Mapping[str, str]) -> Json:
    """Customers by their name, we as the network calls us."""
    by = names.get(said["id"], str(said["by"]))
    return {"by": by, "acct": network.sign + by.removeprefix("@") if said["ours"] else by}


def _one_for_each_private(threads: Iterator[Json]) -> list[Json]:
    """A network may show each private message as a thread of its own; people see one conversation with one customer."""
    kept: dict[str, Json] = {}
    for thread in threads:
        key = f"private {thread['by']}" if thread["private"] else thread["id"]
        if key not in kept:
            kept[key] = thread
            continue
        known = {kept[key]["id"], *(each["id"] for each in kept[key]["thread"])}
        more = [each for each in ({**thread, "thread": []}, *thread["thread"]) if each["id"] not in known]
        kept[key]["thread"] = sorted([*kept[key]["thread"], *more], key=lambda each: str(each["created_at"]))
    return list(kept.values())


@contextmanager
def _gone_said() -> Iterator[None]:
    """The network does not know it any more, or it never was a customer's."""
    try:
        yield
    except CannotDo:
        raise
    except LookupError as error:
        raise CannotDo("That message is gone.") from error


def _said(text: str) -> str:
    text = text.strip()
    if not text:
        raise CannotDo("There is nothing to say yet.")
    if len(text) > LONGEST:
        raise CannotDo(f"That is too long: {LONGEST} characters at most.")
    return text
