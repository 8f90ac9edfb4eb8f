"""How the pretend Mastodon counts a status and turns it into HTML, as the real one does."""

from __future__ import annotations

from html import escape

import regex

_URL = regex.compile(r"https?://[^\s<>\"]*[^\s<>\".,;:!?)'”’…]", regex.IGNORECASE)
_MENTION = regex.compile(r"(?<![\w/=])@([a-z0-9_]+(?:[a-z0-9_.-]*[a-z0-9_])?)@[\w.-]+\w", regex.IGNORECASE)
_SHOWN = 30  # characters of an address that stay visible


def countable_length(words: str, per_url: int) -> int:
    """Graphemes; every address counts `per_url`, a remote mention only its `@name`."""
    return len(regex.findall(r"\X", plain(_URL.sub("x" * per_url, words))))


def plain(words: str) -> str:
    """The text a reader sees."""
    return str(_MENTION.sub(r"@\1", words))


def to_html(words: str) -> str:
    """Paragraphs, breaks, addresses with their hidden parts, mentions as links."""
    html = regex.sub(r"https?://\S+|[^\s]+|\s+", _piece, words)
    paragraphs = [part.replace("\n", "<br />") for part in regex.split(r"\n{2,}", html)]
    return "".join(f"<p>{part}</p>" for part in paragraphs)


def _piece(match: regex.Match[str]) -> str:
    written = match.group()
    url = _URL.search(written)
    if url is None:
        link = r'<span class="h-card"><a href="#" class="u-url mention">@<span>\1</span></a></span>'
        return str(_MENTION.sub(link, escape(written, quote=False)))
    before, after = written[: url.start()], written[url.end() :]
    return escape(before, quote=False) + _link(url.group()) + escape(after, quote=False)


def _link(url: str) -> str:
    scheme = "".join(regex.findall(r"^https?://(?:www\.)?", url, regex.IGNORECASE))
    shown, rest = url[len(scheme) :][:_SHOWN], url[len(scheme) :][_SHOWN:]
    parts = [
        f'<span class="invisible">{escape(scheme)}</span>',
        f'<span class="{"ellipsis" if rest else ""}">{escape(shown)}</span>',
        f'<span class="invisible">{escape(rest)}</span>',
    ]
    return f'<a href="{escape(url)}" rel="nofollow">{"".join(parts)}</a>'
