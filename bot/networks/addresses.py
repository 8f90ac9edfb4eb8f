"""The one guard of addresses that a person, a file, a customer or a network gave: public ones only.

What a name leads to is judged, however it is written (`127.1`, `localhost.`, a zone), and what was judged is connected
to: a name that answers differently the second time is not asked a second time. A name of which one address is not
public is refused whole. Servers that the settings name are not judged (`http.py`).
"""

from __future__ import annotations

import ipaddress
import socket

_RELAYS = tuple(  # IPv6 ranges that stand for IPv4 addresses elsewhere: NAT64, 6to4, Teredo and others
    map(
        ipaddress.IPv6Network,
        ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96", "::ffff:0:0:0/96"),
    )
)
_INSIDE = tuple(  # what a Python before 3.11.10 takes for public; and clouds' own addresses inside a machine
    map(
        ipaddress.ip_network, ("192.0.0.0/24", "192.88.99.0/24", "3fff::/20", "5f00::/16", "168.63.129.16/32")
    )
)


class NotPublic(OSError):
    """Its words are a sentence for people."""

    def __init__(self, host: str) -> None:
        super().__init__(f"{host} is inside a private network")
        self.host = host


class NoHost(OSError):
    """Its words are a sentence for people."""

    def __init__(self, host: str) -> None:
        super().__init__(f"there is no host {host}")
        self.host = host


def find_public(host: str, port: int) -> list[str]:
    """Every address to connect to. Raises NotPublic, NoHost."""
    try:
        addresses = resolve(host, port)
    except (OSError, UnicodeError):  # UnicodeError: no host name
        addresses = []
    if not addresses:
        raise NoHost(host)
    if not all(map(is_public, addresses)):
        raise NotPublic(host)
    return addresses


def judge_unresolved(host: str) -> None:
    """For a host that a proxy will look up: what can be seen of it. Raises NotPublic."""
    name = host.rstrip(".").casefold()
    number = _read_number(name)
    if name == "localhost" or name.endswith(".localhost") or (number is not None and not is_public(number)):
        raise NotPublic(host)


def resolve(host: str, port: int) -> list[str]:
    """Every address of a name, the first to try first. Raises OSError, UnicodeError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_public(text: str) -> bool:
    """Out in the open internet: not loopback, private, link-local, multicast or a relay to those."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        mapped = address.ipv4_mapped
        if mapped is None and (address.is_site_local or any(address in relay for relay in _RELAYS)):
            return False
        address = mapped or address
    inside = any(address in network for network in _INSIDE)
    return address.is_global and not address.is_multicast and not inside


def _read_number(host: str) -> str | None:
    """An address written as such, also in the ways only old libraries read: `2130706433`, `0x7f.1`, `0177.0.0.1`."""
    try:
        return str(ipaddress.ip_address(host.strip("[]").partition("%")[0]))
    except ValueError:
        pass
    try:
        return socket.inet_ntoa(socket.inet_aton(host))
    except (OSError, UnicodeError):
        return None
