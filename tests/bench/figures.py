"""A figure: what was measured of us, what of a peer in the same run, and the limit the two are held to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import quantiles

HEADER = ("figure", "ours", "peer", "ratio", "limit", "")


@dataclass(frozen=True)
class Figure:
    """One line of the table. `met` None: stated, held to no limit, or not run."""

    name: str
    ours: str
    peer: str = ""
    ratio: str = ""
    limit: str = ""
    met: bool | None = None
    broken: bool = False  # there is no figure: its part broke

    @property
    def verdict(self) -> str:
        return {True: "met", False: "NOT MET", None: ""}[self.met]

    @property
    def cells(self) -> tuple[str, ...]:
        return self.name, self.ours, self.peer, self.ratio, self.limit, self.verdict


def not_run(name: str, why: str) -> Figure:
    """Nobody asked for it."""
    return Figure(name, f"not run: {why}")


def cannot_run(name: str, why: str) -> Figure:
    """It was asked for, and this machine lacks what it needs: no figure is no good figure."""
    return Figure(name, f"not run: {why}"[:60], met=False, broken=True)


def at_least(name: str, ours: float, peer: float, share: float, unit: str) -> Figure:
    """Ours must reach this share of the peer's."""
    ratio = ours / peer
    limit = f"≥ {share:.0%}"
    return Figure(name, f"{ours:,.0f} {unit}", f"{peer:,.0f} {unit}", f"{ratio:.1%}", limit, ratio >= share)


def at_most(name: str, ours: float, peer: float, times: float, unit: str) -> Figure:
    """Ours may be so many times the peer's."""
    ratio = ours / peer
    limit = f"≤ {times:g} ×"
    return Figure(name, f"{ours:,.2f} {unit}", f"{peer:,.2f} {unit}", f"{ratio:.2f} ×", limit, ratio <= times)


def below(name: str, ours: float, peer: float, unit: str) -> Figure:
    ratio = ours / peer
    return Figure(name, f"{ours:,.2f} {unit}", f"{peer:,.2f} {unit}", f"{ratio:.2f} ×", "lower", ours < peer)


def under(name: str, ours: float, limit: float, unit: str) -> Figure:
    return Figure(name, f"{ours:,.0f} {unit}", limit=f"< {limit:g} {unit}", met=ours < limit)


def exactly(name: str, ours: object, wanted: object, peer: object = "") -> Figure:
    return Figure(name, str(ours), str(peer), limit=str(wanted), met=ours == wanted)


def percentile(values: Sequence[float], which: int) -> float:
    """The 1st to 99th percentile; of one value, itself."""
    return quantiles(values, n=100, method="inclusive")[which - 1] if len(values) > 1 else values[0]


def table(figures: Iterable[Figure]) -> str:
    rows = [HEADER, *(figure.cells for figure in figures)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(HEADER))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    rule = "  ".join("─" * width for width in widths)
    return "\n".join(line.rstrip() for line in (lines[0], rule, *lines[1:]))
