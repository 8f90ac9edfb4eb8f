"""Judges the address under which the outside reaches this Byhand: every word of it goes to a network as it stands."""

from __future__ import annotations

import ipaddress
import re

_MEND = 'Write it like "https://byhand.example".'
_NAME = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
_AT_HOME = frozenset({"localhost", "local", "internal", "lan", "home", "invalid", "localdomain"})
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")  # some read "0x7f.1" as 127.0.0.1
_PORT = re.compile(r"[1-9][0-9]{0,4}")


def find_problem(url: str) -> tuple[str, str] | None:
    """(what is wrong, how to mend it); None: it can be used. Said of an address without a slash at its end."""
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        return (
            "It contains a character that no address has.",
            _MEND + " A name with other letters begins with xn--.",
        )
    scheme, slashes, rest = url.partition("://")
    if not slashes or scheme.lower() != "https":
        return "It does not begin with https://.", _MEND
    place = re.split(r"[/?#]", rest, maxsplit=1)[0]
    if "@" in place:
        return "It contains a name or a password.", "Take out what stands before the @."
    if place != rest:
        return (
            f'"{rest[len(place) :]}" is too much.',
            f'Write "https://{place}": Byhand adds the path itself.',
        )
    return _find_problem_of_place(place)


def _find_problem_of_place(place: str) -> tuple[str, str] | None:
    host, colon, port = place.rpartition(":") if re.search(r":[^\]]*$", place) else (place, "", "")
    if colon and not (_PORT.fullmatch(port) and int(port) < 65536):
        return "Its port is not a number from 1 to 65535.", "Take it out, or write a number."
    if re.fullmatch(r"[\d.]+|\[.*\]?|.*:.*", host):
        return _judge_number(host)
    labels = host.lower().rstrip(".").split(".")
    if not all(map(_NAME.fullmatch, labels)) or len(host) > 253 or _NUMBER.fullmatch(labels[-1]):
        return "There is no host name in it.", _MEND
    if len(labels) == 1 or labels[-1] in _AT_HOME:
        return f"No network can reach {host}.", "Write a name that the whole internet can reach."
    return None


def _judge_number(host: str) -> tuple[str, str] | None:
    try:
        address = ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        return "There is no host name in it.", _MEND
    if not address.is_global:
        return f"No network can reach {host}.", "Write an address that the whole internet can reach."
    return None


def tidy(url: str) -> str:
    """As it is kept: in small letters, without the slash that copying adds."""
    return url.strip().removesuffix("/").lower()
