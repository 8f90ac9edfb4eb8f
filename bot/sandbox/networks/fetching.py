"""How a pretend network fetches the image that a post names, as its own servers would."""

from __future__ import annotations

import urllib.request

PATIENCE = 10.0  # seconds
_straight = urllib.request.build_opener(
    urllib.request.ProxyHandler({})
)  # not through this computer's own proxy


def fetch(url: str, most: int) -> bytes | None:
    """At most so many bytes of it; None: there is nothing to be had."""
    if not url.startswith(("http://", "https://")):
        return None
    try:
        with _straight.open(url, timeout=PATIENCE) as answer:
            return bytes(answer.read(most))
    except OSError:
        return None
