"""Which software a server runs: how it counts and what it keeps differ by maker, and its version alone does not tell.

NodeInfo is asked first, since every maker names itself there; then what `/api/v2/instance` said already. What neither
says stays unknown, and whoever asks takes the careful way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import regex

from bot.networks.http import Answer, Http

_COMPATIBLE = regex.compile(r"\(compatible; *([\w.\-]+) +([^\s)]+)")  # "2.7.2 (compatible; Akkoma 3.10.4)"
_NAMED = regex.compile(r"([a-z][\w\-]*)/(\d\S*)", regex.IGNORECASE)  # "takahe/0.11.0"
_SOURCES = {  # what `source_url` ends in, of makers whose version names nobody
    "mastodon/mastodon": "mastodon",
    "glitch-soc/mastodon": "mastodon",
    "superseriousbusiness/gotosocial": "gotosocial",
    "gotosocial/gotosocial": "gotosocial",
}
SETTLE_WITH_KEYS = timedelta(
    seconds=60
)  # the same key again names the same status, whenever the first one lands
SETTLE_WITHOUT = timedelta(minutes=10)  # longer than any time-out on the way
_LONGEST = 80  # characters of a name or version worth keeping


@dataclass(frozen=True)
class Software:
    name: str | None = None  # lower case: "mastodon", "gotosocial"
    version: str | None = None
    how: str | None = None  # "nodeinfo" or "instance"; None: the server does not say

    @property
    def is_mastodon(self) -> bool:
        return self.name == "mastodon"

    @property
    def settle_after(self) -> timedelta:
        """Compatible servers take the idempotency key and ignore it: a request of ours that is still on its way makes
        a second post there, if it was sent again meanwhile. How long that may take, nobody says."""
        return SETTLE_WITH_KEYS if self.is_mastodon else SETTLE_WITHOUT


UNKNOWN = Software()


def ask_software(http: Http, instance: Mapping[str, Any]) -> Software:
    """Two small calls; `instance` is the answer to `/api/v2/instance`, empty if there was none. Never raises."""
    return _ask_nodeinfo(http) or read_instance(instance)


def read_instance(instance: Mapping[str, Any]) -> Software:
    """From the source's address, or from the words compatible servers put into their version."""
    version, source = instance.get("version"), instance.get("source_url")
    said = version[:_LONGEST] if isinstance(version, str) else ""
    if found := _COMPATIBLE.search(said) or _NAMED.match(said):
        return Software(found.group(1).lower(), found.group(2), "instance")
    where = source.lower().rstrip("/").removesuffix(".git") if isinstance(source, str) else ""
    for end, name in _SOURCES.items():
        if where.endswith(f"/{end}"):
            return Software(name, said or None, "instance")
    return UNKNOWN


def _ask_nodeinfo(http: Http) -> Software | None:
    result = http.call("GET", "/.well-known/nodeinfo")
    links = result.fields().get("links") if isinstance(result, Answer) and result.status == 200 else None
    for link in links if isinstance(links, list) else ():
        if (
            isinstance(link, dict)
            and "nodeinfo" in str(link.get("rel"))
            and (path := _path(link.get("href")))
        ):
            result = http.call("GET", path)
            return (
                _read_nodeinfo(result.fields())
                if isinstance(result, Answer) and result.status == 200
                else None
            )
    return None


def _read_nodeinfo(document: Mapping[str, Any]) -> Software | None:
    said = document.get("software")
    name, version = (said.get("name"), said.get("version")) if isinstance(said, dict) else (None, None)
    if not isinstance(name, str) or not name.strip():
        return None
    known = version[:_LONGEST] if isinstance(version, str) and version else None
    return Software(name.strip().lower()[:_LONGEST], known, "nodeinfo")


def _path(href: object) -> str | None:
    """The path alone: the document is asked of the account's own server, whatever host the link names."""
    try:
        url = urlsplit(href if isinstance(href, str) else "")
    except ValueError:
        return None
    return url.path if url.path.startswith("/") else None
