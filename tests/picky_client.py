"""An account that takes JPEG of certain shapes only, whatever its server takes."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any, cast

from PIL import Image

from bot.networks import pictures
from bot.networks.protocol import AccountClient, Capabilities, Content, Measure
from tests.backend import Backend

Colour = str | tuple[int, ...]


class PickyClient:
    def __init__(self, real: AccountClient, title: str, limits: dict[str, Any]) -> None:
        self._real, self._title, self._limits = real, title, limits

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    @property
    def capabilities(self) -> Capabilities:
        return replace(self._real.capabilities, **self._limits)

    def measure(self, content: Content) -> Measure:
        found = self._real.measure(content)
        return replace(found, misfits=pictures.find_misfits(content, self.capabilities, self._title))


def make_picky(backend: Backend, account: str = "bakery", **limits: Any) -> None:
    """From now on the account is like that."""
    picky = {"picture_types": frozenset({"image/jpeg"}), "picture_ratios": (0.8, 1.91), **limits}
    client = PickyClient(backend.accounts[account], backend.policy.title_of(account), picky)
    backend.accounts[account] = cast("AccountClient", client)


def draw(width: int = 64, height: int = 64, colour: Colour = "brown", kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new(
        "RGBA" if isinstance(colour, tuple) and len(colour) == 4 else "RGB", (width, height), colour
    ).save(out, kind)
    return out.getvalue()
