"""`byhand demo`: the stage, open until Ctrl-C."""

from __future__ import annotations

import signal
import socket
import threading
import webbrowser

from bot.sandbox.stage import Stage

PORT = 4280


def demo(*, port: int | None = None, browser: bool = True) -> int:
    """Start the stage, print its address, open it where a browser exists, wait for Ctrl-C."""
    print("Setting the stage: a pretend Slack, six pretend networks, and Byhand between them …", flush=True)
    stage = _free_stage(port)
    done = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: done.set())
    with stage:
        print(f"\n  Open {stage.page.address}\n", flush=True)
        print("Not Slack. Nothing leaves this computer. Ctrl-C ends it.", flush=True)
        if browser:
            webbrowser.open(stage.page.address)
        while not done.wait(0.5):  # a signal just before an endless wait would be lost
            pass
    return 0


def _free_stage(port: int | None) -> Stage:
    """The usual port, or any free one if it is taken and none was asked for."""
    if port is None:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            taken = probe.connect_ex(("127.0.0.1", PORT)) == 0
        return Stage(port=0 if taken else PORT, waits=True)
    return Stage(port=port, waits=True)
