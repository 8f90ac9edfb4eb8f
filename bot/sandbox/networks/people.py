"""How the name of somebody who writes to us on a pretend network becomes a handle."""

from __future__ import annotations

import hashlib
import unicodedata

import regex


def handle_for(name: str, separator: str) -> str:
    """The first part of a handle, for any name at all: "Lena K." becomes lena_k; one without a letter a-z gets a
    handle of its own."""
    bare = regex.sub(r"\p{M}", "", unicodedata.normalize("NFKD", name.casefold()))
    plain = separator.join(regex.findall(r"[a-z0-9]+", bare))[:30].strip(separator)
    return plain or "guest" + hashlib.sha256(name.encode(errors="replace")).hexdigest()[:8]
