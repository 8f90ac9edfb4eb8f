"""Only the main thread uses the process's `random` functions; every other thread gets a generator of its own.

hypothesis asks whether anybody threw them while it drew, and blames the strategy it just drew from. Libraries throw
them on threads of theirs: slack_sdk for the mask of each frame, websockets for a ping. So do we, in a retry.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

_MAIN = threading.main_thread()


class _OwnDice(threading.local):
    def __init__(self) -> None:
        self.dice = random.Random()


@pytest.fixture(scope="session", autouse=True)
def each_thread_has_its_own_dice() -> Iterator[None]:
    own = _OwnDice()
    with pytest.MonkeyPatch.context() as patch:
        for name in random.__all__:
            throw = getattr(random, name)
            if isinstance(getattr(throw, "__self__", None), random.Random):
                patch.setattr(random, name, _thrown_by(throw, own))
        yield


def _thrown_by(mains: Callable[..., Any], own: _OwnDice) -> Callable[..., Any]:
    def throw(*args: Any, **kwargs: Any) -> Any:
        if threading.current_thread() is _MAIN:
            return mains(*args, **kwargs)
        return getattr(own.dice, mains.__name__)(*args, **kwargs)

    return throw
