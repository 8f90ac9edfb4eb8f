"""`byhand run`: start, wait to be told, stop gracefully.

The main thread only waits, so that a signal is answered at once. A second signal ends the process where it
stands: what was on its way is looked up after the next start.
"""

from __future__ import annotations

import gc
import os
import signal
import threading
import time
from types import FrameType

from bot import descriptors, observability
from bot.app import Byhand, SystemClock, build
from bot.checkup.slack import find_refused_token
from bot.networks import registry
from bot.settings.load import Settings, load_settings
from bot.shell.refusing import Refused
from bot.store.engine.lock import Locked

SIGNALS = (signal.SIGTERM, signal.SIGINT)
LOCK_PATIENCE = 10.0  # seconds
WAKE_EVERY = 0.5  # seconds: a signal in the instant before a wait begins does not end it, so none is long


def run_until_told() -> None:
    """Returns after a graceful stop. Raises what `refusing.py` has a sentence for."""
    settings = load_settings(None, os.environ, networks=registry.load_all())
    observability.set_up_logging(secrets=settings.secrets())
    log = observability.get_logger("run")
    descriptors.raise_limit()
    for warning in settings.warnings:
        log.warning(warning)
    told = _listen_to_signals()
    _check_tokens(settings)
    byhand = _build(settings, told)
    _start(byhand)
    gc.freeze()  # 140,000 objects of libraries: a full collection held up every thread, a pause too, for 80 ms
    while not told.wait(WAKE_EVERY):
        pass
    byhand.stop()
    log.info("Byhand has stopped")


def _check_tokens(settings: Settings) -> None:
    """It would come up, and be told "invalid_auth" for ever. Where Slack does not answer, it is waited for."""
    refused = find_refused_token(settings)
    if refused is not None:
        raise Refused(f"{refused.name}: {refused.sentence} {refused.mend}")


def _listen_to_signals() -> threading.Event:
    told = threading.Event()

    def tell(_number: int, _frame: FrameType | None) -> None:
        for number in SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        told.set()

    for number in SIGNALS:
        signal.signal(number, tell)
    return told


def _build(settings: Settings, told: threading.Event) -> Byhand:
    """A command that holds the database for a moment (import, check) is waited for; another bot is not."""
    give_up = time.monotonic() + LOCK_PATIENCE
    while True:
        try:
            return build(settings, SystemClock())
        except Locked as locked:
            if locked.purpose == "run" or time.monotonic() > give_up or told.wait(0.1):
                raise
        except ValueError as error:  # of a network, about an account's settings
            raise Refused(str(error)) from error


def _start(byhand: Byhand) -> None:
    try:
        byhand.start()
    except OSError as error:
        byhand.stop()
        if error.filename is not None:  # not the address, but a file
            raise
        said = (error.strerror or str(error)).partition(" (")[0]
        mend = "Stop what listens there, or set BYHAND_HOST and BYHAND_PORT."
        address = f"{byhand.settings.host}:{byhand.settings.port}"
        raise Refused(f"Byhand cannot listen on {address}: {said}. {mend}") from error
