"""How a pretend X counts a text and shortens its links. It counts by itself, and knows few top-level domains."""

from __future__ import annotations

import hashlib
import html
import unicodedata
from typing import Any

import regex

LINK = 23
MOST = 280
_TOPS = ("com", "org", "net", "io", "de", "uk", "fr", "jp")
_LINK = regex.compile(
    r"(?<![\w@#$./\-])(?:https?://)?(?:[a-z0-9][a-z0-9\-]*\.)+\L<tops>(?![\w@\-])(?::\d+)?"
    r"(?:/(?:[\w!*';:=+,.$%#\[\]~@|&/\-]|\([\w.,/\-]*\))*)?(?:\?[\w!*';:=+,.$%#\[\]~@|&/\-]*)?",
    regex.IGNORECASE,
    tops=_TOPS,
)
_END = ".,:;!?'"
_LIGHT = regex.compile(r"[\u0000-\u10FF\u2000-\u200D\u2010-\u201F\u2032-\u2037]")
_CLUSTER = regex.compile(r"\X")
_EMOJI = regex.compile(r"\p{Extended_Pictographic}|\p{Regional_Indicator}{2}|\u20E3")


def count(text: str) -> int:
    composed = unicodedata.normalize("NFC", text)
    links = _list_links(composed)
    bare = composed
    for link in links:
        bare = bare.replace(link, "", 1)
    return LINK * len(links) + sum(_weigh(one) for one in _CLUSTER.findall(bare))


def shorten(text: str, post_id: str, has_images: bool) -> tuple[str, list[dict[str, Any]]]:
    """A text as X shows it: signs of HTML escaped, links short, the images' own at its end; and what the links are."""
    found, urls = html.escape(text, quote=False), []
    for link in _list_links(text):
        short = _make_short(f"{post_id}{link}")
        whole = link if "://" in link else f"http://{link}"
        urls.append({"url": short, "expanded_url": whole, "display_url": link.partition("://")[2] or link})
        found = found.replace(html.escape(link, quote=False), short, 1)
    if has_images:
        short = _make_short(post_id)
        urls.append(
            {"url": short, "expanded_url": f"https://x.com/i/status/{post_id}/photo/1", "media_key": "3_1"}
        )
        found = f"{found} {short}".strip()
    return found, urls


def _list_links(text: str) -> list[str]:
    return [str(match.group()).rstrip(_END) for match in _LINK.finditer(text)]


def _make_short(of: str) -> str:
    return f"https://t.co/{hashlib.sha256(of.encode()).hexdigest()[:10]}"


def _weigh(cluster: str) -> int:
    if _EMOJI.search(cluster) and not cluster.isascii():
        return 2
    return sum(1 if _LIGHT.fullmatch(sign) else 2 for sign in cluster)
