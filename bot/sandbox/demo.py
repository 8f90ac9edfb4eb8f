"""`byhand demo`: the stage, open until Ctrl-C."""

from __future__ import annotations

import signal
import threading
import webbrowser

from bot.sandbox.stage import Stage

PORT = 4280


def demo(*, port: int | None = None, browser: bool = True) -> int:
    """Start the stage, print its address, open it where a browser exists, wait for Ctrl-C."""
    print("Setting the stage: a pretend Slack, two pretend networks, and Byhand between them …", flush=True)
    stage = _free_stage(port)
    done = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: done.set())
    with stage:
        print(f"\n  Open {stage.page.address}\n", flush=True)
        print("Not Slack. Nothing leaves this computer. Ctrl-C ends it.", flush=True)
        if browser:
            webbrowser.open(stage.page.address)
        done.wait()
    return 0


def _free_stage(port: int | None) -> Stage:
    """The usual port, or any free one if it is taken and none was asked for."""
    try:
        return Stage(port=PORT if port is None else port)
    except OSError:
        if port is not None:
            raise
        return Stage()
