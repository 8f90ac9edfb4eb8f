"""What another thread throws, hypothesis does not see; what the main thread throws, it does."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable

import pytest
from slack_sdk.socket_mode.builtin.frame_header import FrameHeader
from slack_sdk.socket_mode.builtin.internals import _build_data_frame_for_sending


def mask_a_frame() -> None:
    _build_data_frame_for_sending("hello", FrameHeader.OPCODE_TEXT)


def throws() -> dict[str, Callable[[], object]]:
    return {
        "a frame of slack_sdk's": mask_a_frame,
        "a ping of websockets'": lambda: random.getrandbits(32),
        "a retry": lambda: random.uniform(0, 1),
        "all at once": lambda: random.seed(1),
    }


@pytest.mark.parametrize("what", throws())
def test_another_thread_has_its_own(what: str) -> None:
    before = random.getstate()
    thread = threading.Thread(target=throws()[what])
    thread.start()
    thread.join()
    assert random.getstate() == before


@pytest.mark.parametrize("what", throws())
def test_the_main_thread_throws_the_process_own(what: str) -> None:
    """Control."""
    before = random.getstate()
    throws()[what]()
    after = random.getstate()
    random.setstate(before)
    assert after != before


def test_they_are_dice() -> None:
    """Each thread's fall differently, and can be set to fall alike."""
    thrown: list[float] = []

    def throw() -> None:
        thrown.append(random.random())
        random.seed(4)
        thrown.append(random.random())

    threads = [threading.Thread(target=throw) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(thrown)) == 3
