"""How long the product waits for a pause is counted in fractions of seconds, and a busy machine is no silent database:
in tests it waits long. Where the waiting is the point, a test sets its own; `OURS` is what the product does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.services.pause import pause as pausing
from bot.slack.pause import effects
from bot.slack.pause import pause as pause_handlers

LONG = 20.0  # seconds
OURS = {
    (module, name): getattr(module, name)
    for module, name in (
        (pausing, "PATIENCE_SECONDS"),
        (effects, "ANSWER_SECONDS"),
        (pause_handlers, "GLANCE_SECONDS"),
    )
}


@pytest.fixture(scope="session", autouse=True)
def pauses_are_waited_for() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for module, name in OURS:
            patch.setattr(module, name, LONG)
        yield
