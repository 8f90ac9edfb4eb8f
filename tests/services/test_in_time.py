"""What is waited for only so long: its answer, what it raises, and a thread of its own for what hangs."""

from __future__ import annotations

import threading
import time

import pytest

from bot.services import in_time


def test_the_answer_and_what_is_raised_come_back() -> None:
    assert in_time.wait_for(lambda: 7, 20, "quick") == 7
    with pytest.raises(ZeroDivisionError):
        in_time.wait_for(lambda: 1 // 0, 20, "broken")


def test_what_hangs_is_left_alone() -> None:
    free, began = threading.Event(), time.monotonic()
    with pytest.raises(TimeoutError):
        in_time.wait_for(lambda: free.wait(20), 0.05, "hangs")
    assert time.monotonic() - began < 10
    assert [each.daemon for each in threading.enumerate() if each.name == "hangs"] == [True]
    free.set()


def test_without_a_thread_it_is_done_here(monkeypatch: pytest.MonkeyPatch) -> None:
    def none_left(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as full:
        full.setattr(threading.Thread, "start", none_left)
        assert in_time.wait_for(threading.current_thread, 20, "here") is threading.current_thread()
