"""Which proxy leads to a server, as HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY say.

They are read as httpx's own client reads them, which has no public way to ask it. Only what it could not read at all
(`[::1]`, a name with other letters, a bad port) is read here, or exempts nothing.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from urllib.parse import SplitResult, urlsplit

_PORTS = {"https": 443, "http": 80}


def find_proxy(server: str, environment: Mapping[str, str]) -> str | None:
    """The proxy's address, or None: straight there.

    `environment` is what `urllib.request.getproxies()` gives: proxies by scheme, and NO_PROXY as `no`.
    """
    url = urlsplit(server)
    found = environment.get(url.scheme) or environment.get("all")
    exemptions = [entry.strip() for entry in environment.get("no", "").split(",")]
    if not found or any(_exempts(entry, url) for entry in exemptions if entry):
        return None
    return found if "://" in found else f"http://{found}"


def _exempts(entry: str, url: SplitResult) -> bool:
    """`dock.example` means itself and what is below it, `.dock.example` only what is below; `https://dock.example` and
    an IP address only themselves; `*` everything. A port narrows each; the bits of a range (`/16`) are not read."""
    if entry == "*":
        return True
    star = "" if "://" in entry or _is_ip(entry) else "*"
    try:
        named = urlsplit(entry if "://" in entry else f"all://{_bracketed(entry)}")
        port = named.port
    except ValueError:
        return False
    if named.scheme not in {"all", url.scheme} or port not in {None, url.port or _PORTS[url.scheme]}:
        return False
    return _covers(star + (named.hostname or "*"), url.hostname or "")


def _covers(pattern: str, host: str) -> bool:
    """`*x` is x and what is below it, `*.x` only what is below, `x` only x."""
    domain = _ascii(pattern.removeprefix("*").removeprefix("."))
    below = host.endswith(f".{domain}")
    if pattern.startswith("*."):
        return below
    return pattern == "*" or host == domain or (below and pattern.startswith("*"))


def _is_ip(entry: str) -> bool:
    try:
        ipaddress.ip_address(entry.split("/")[0])
    except ValueError:
        return False
    return True


def _bracketed(entry: str) -> str:
    """An IPv6 address as it stands in an address of a server."""
    return f"[{entry.split('/')[0]}]" if entry.count(":") > 1 and not entry.startswith("[") else entry


def _ascii(host: str) -> str:
    """A name with other letters as it stands in an address (`xn--…`)."""
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return host
