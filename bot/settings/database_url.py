"""Judges the database's address before a library reads it: what is misread, a driver quotes, and a password with it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, unquote

from bot.settings.environment import read_environment

_POSTGRES = re.compile(r"[a-z+]+://(?:(?P<user>[^:/]*)(?::(?P<password>[^@]*))?@)?(?P<place>.*)", re.DOTALL)
_SECRET = re.compile(r"(?:BYHAND|SLACK)_\w*(?:TOKEN|PASSWORD|SECRET|KEY)")  # variables that hold one
_SHORT = 4  # letters; fewer are in half of all words
_PORT = re.compile(r"(?:\[[^/?]+\]|[^/:?]*)(?::([^/?]*))?")
_MEND = "In a name or password write @ as %40, / as %2F, : as %3A and % as %25."


def find_problem(url: str) -> tuple[str, str] | None:
    """(what is wrong, how to mend it), without a word of the address; None: it can be read."""
    if url.startswith("sqlite:"):
        return None
    if not url.startswith(("postgresql:", "postgresql+psycopg:")):
        return (
            "It is neither SQLite nor PostgreSQL.",
            'Write "sqlite:///byhand.db" or "postgresql://user@host/name".',
        )
    found = _POSTGRES.fullmatch(url)
    if found is None:
        return "It is not an address.", 'Write it like "postgresql://user:password@host/name".'
    place = found["place"]
    if "@" in place:
        return "It has one @ too many, so the password and the host cannot be told apart.", _MEND
    port = _PORT.match(place)
    if port is not None and port[1] and not (port[1].isascii() and port[1].isdigit()):
        return "Its port is not a number.", _MEND
    return None


def list_passwords(url: str) -> tuple[str, ...]:
    """The password as it is written and as it is meant, unless the address shows the same word elsewhere."""
    found = _POSTGRES.fullmatch(url)
    if found is None:
        return ()
    place, _, query = found["place"].partition("?")
    open_words = {unquote(word) for word in re.split(r"[/:]", place)} | {unquote(found["user"] or "")}
    written = [found["password"] or "", *(value for name, value in parse_qsl(query) if "password" in name)]
    passwords = {form for word in written for form in (word, unquote(word))}
    return tuple(sorted(word for word in passwords - open_words if len(word) >= _SHORT))


def list_secrets(environ: Mapping[str, str]) -> tuple[str, ...]:
    """What stands in the environment and on no screen, also where the settings cannot be read."""
    given = read_environment(environ)
    named = (value for name, value in given.items() if _SECRET.fullmatch(name) and len(value) >= 2 * _SHORT)
    return (*named, *list_passwords(given.get("BYHAND_DATABASE_URL", "")))
