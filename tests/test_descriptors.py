"""How many connections from outside there may be, beside what the bot itself needs."""

from __future__ import annotations

import resource

import pytest

from bot import descriptors


@pytest.mark.parametrize(
    ("limit", "connections"),
    [
        (1024, 200),
        (resource.RLIM_INFINITY, 200),
        (300, 300 - descriptors.OWN - 32),
        (64, descriptors.FEWEST),
    ],
)
def test_what_the_bot_needs_is_kept(limit: int, connections: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _which: (limit, limit))
    assert descriptors.count_connections(32) == connections


@pytest.mark.parametrize(
    ("soft", "hard", "wanted"),
    [
        (256, 4096, 4096),
        (256, resource.RLIM_INFINITY, descriptors.PLENTY),
        (4096, 4096, None),
        (resource.RLIM_INFINITY, resource.RLIM_INFINITY, None),
    ],
)
def test_the_soft_limit_is_raised_to_the_hard_one(
    soft: int, hard: int, wanted: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _which: (soft, hard))
    monkeypatch.setattr(resource, "setrlimit", lambda _which, pair: asked.append(pair))
    descriptors.raise_limit()
    assert asked == ([] if wanted is None else [(wanted, hard)])
