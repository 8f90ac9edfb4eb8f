"""Threads that stay on one processor, and what happens where they may not."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.threads import stay_together

pytestmark = pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="only Linux can keep threads")


def processors_of_a_thread_that_stays() -> set[int]:
    def stay() -> set[int]:
        stay_together()
        return os.sched_getaffinity(0)

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(stay).result()


def test_all_stay_on_the_same_one_and_nobody_else_does() -> None:
    free = os.sched_getaffinity(0)
    first, second = processors_of_a_thread_that_stays(), processors_of_a_thread_that_stays()
    assert len(first) == 1
    assert first == second <= free
    assert os.sched_getaffinity(0) == free


@pytest.mark.parametrize("problem", [OSError("not allowed"), AttributeError("not on Linux")])
def test_where_that_cannot_be_nothing_happens(monkeypatch: pytest.MonkeyPatch, problem: Exception) -> None:
    def refuse(_pid: int, _processors: object) -> None:
        raise problem

    monkeypatch.setattr(os, "sched_setaffinity", refuse)
    assert processors_of_a_thread_that_stays() == os.sched_getaffinity(0)
