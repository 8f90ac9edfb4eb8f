"""Judge and convert images in a process of its own, with little memory and little time.

A small file can make a decoder take gigabytes or minutes, and a broken one can end it. So a helper decodes: one image
at a time, under the system's limits, without our secrets, and killed when its time is over. It lives as long as the
`Checker` that began it (a batch), ends with its pipe when we are killed, and `end_all` ends it when we stop.

Each way a message is a line of JSON with the number of bytes that follow.
"""

from __future__ import annotations

import json
import logging
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from bot.domain.preflight.conversions import Bounds
from bot.services.images.converting import convert_image
from bot.services.images.image_checks import MAX_BYTES, ImageProblem, StoredImage, check_image, say_too_large

MEMORY = 640 * 1024 * 1024  # bytes of address space
CPU_SECONDS = 20  # for one image
SECONDS = 60.0  # by the clock, for one image: others may be using the processor
MOST_ENDED = 3  # images of a batch that may end the helper; the others are not tried
ENTRY = "from bot.services.images.image_helper import main; main()"

Head = dict[str, Any]  # what a message says before its bytes

log = logging.getLogger(__name__)
_running: set[subprocess.Popen[bytes]] = set()
_lock = threading.Lock()  # of that set
_one = threading.Lock()  # one image at a time in the whole bot: its memory is counted once


def judge_image(data: bytes) -> StoredImage:
    """One image. Raises ImageProblem."""
    with Checker() as checker:
        return checker.judge(data)


def end_all() -> None:
    """Kill whatever is still decoding: the bot stops."""
    with _lock:
        for process in _running:
            process.kill()


class Checker:
    """A helper for a batch of images; it begins with the first one. For one thread."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._ended = 0

    def judge(self, data: bytes) -> StoredImage:
        """Raises ImageProblem."""
        return self._have({}, data)

    def convert(self, data: bytes, bounds: Bounds) -> StoredImage:
        """A stored image as a JPEG within these bounds. Raises ImageProblem."""
        return self._have({"bounds": asdict(bounds)}, data)

    def _have(self, head: Head, data: bytes) -> StoredImage:
        if len(data) > MAX_BYTES:
            raise say_too_large(f"{len(data) / 1e6:.0f} MB")
        if self._ended >= MOST_ENDED:
            raise ImageProblem(f"It was not checked: {MOST_ENDED} others took too much.", "Fix those first.")
        with _one:
            process = self._process = self._process or _begin()
            too_late = threading.Event()
            watch = threading.Timer(SECONDS, _kill_late, (process, too_late))
            watch.daemon = True
            watch.start()
            try:
                answer = _ask(process, head, data)
            except (OSError, ValueError):
                self._end()
                self._ended += 1
                done = "converted" if head else "checked"
                raise _ended(process.returncode, done, late=too_late.is_set()) from None
            finally:
                watch.cancel()
                watch.join()
        if isinstance(answer, ImageProblem):
            raise answer
        return answer

    def _end(self) -> None:
        if self._process is None:
            return
        process, self._process = self._process, None
        process.kill()
        process.wait()
        with _lock:
            _running.discard(process)
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(OSError):  # what was still to be written: nobody reads it
                    pipe.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()


def _begin() -> subprocess.Popen[bytes]:
    """Our secrets are not in its environment; it sets its own limits, so nothing runs between fork and exec."""
    places = os.pathsep.join(place or str(Path.cwd()) for place in sys.path)
    try:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and words
            [sys.executable, "-W", "ignore", "-c", ENTRY],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True,
            env={"PYTHONPATH": places},
        )  # fmt: skip
    except OSError as error:
        log.error("the helper that checks images cannot be started: %s", error)
        raise ImageProblem("Images cannot be checked right now.", "Try again.") from None
    with _lock:
        _running.add(process)
    return process


def _kill_late(process: subprocess.Popen[bytes], too_late: threading.Event) -> None:
    too_late.set()
    process.kill()


def _ask(process: subprocess.Popen[bytes], head: Head, data: bytes) -> StoredImage | ImageProblem:
    """Raises OSError, ValueError where it ended instead of answering."""
    if process.stdin is None or process.stdout is None:
        raise ValueError("it has no pipes")
    _write(process.stdin, head, data)
    about, content = _read(process.stdout)
    if "problem" in about:
        return ImageProblem(about["problem"], about["mend"])
    return StoredImage(**about, bytes=content)


def _ended(code: int, done: str, *, late: bool) -> ImageProblem:
    log.warning("an image ended the helper that checks it: %s", code)
    if late or code == -signal.SIGXCPU:
        return ImageProblem(f"It takes too long to be {done}.", "Scale it down, or save it again.")
    return ImageProblem(f"It cannot be {done}.", "Save it again.")


def _write(pipe: IO[bytes], head: Head, content: bytes) -> None:
    pipe.write(json.dumps([head, len(content)]).encode() + b"\n")
    pipe.write(content)
    pipe.flush()


def _read(pipe: IO[bytes]) -> tuple[Head, bytes]:
    """Raises ValueError at the pipe's end."""
    head, size = json.loads(pipe.readline())
    content = pipe.read(size)
    if len(content) < size:
        raise ValueError("the pipe has ended")
    return head, content


# --- the helper's own side ---------------------------------------------------------------------------


def main() -> None:
    """Judge or convert one image after the other, until the pipe ends."""
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    memory = MEMORY if most == resource.RLIM_INFINITY else min(MEMORY, most)
    resource.setrlimit(resource.RLIMIT_AS, (memory, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    while True:
        try:
            head, data = _read(sys.stdin.buffer)
        except ValueError:
            return
        _allow(CPU_SECONDS)
        try:
            image = convert_image(data, _read_bounds(head["bounds"])) if head else check_image(data)
        except ImageProblem as problem:
            _write(sys.stdout.buffer, {"problem": problem.sentence, "mend": problem.mend}, b"")
            continue
        about = {name: value for name, value in vars(image).items() if name != "bytes"}
        _write(sys.stdout.buffer, about, image.bytes)


def _read_bounds(sent: Head) -> Bounds:
    ratios = sent["ratios"]
    return Bounds(**{**sent, "ratios": tuple(ratios) if ratios else None})


def _allow(seconds: int) -> None:
    """So much of the processor from now on; then the system ends us."""
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time()) + 1 + seconds, hard))
