"""Processes of the bench: each says one line of JSON when it is ready, answers a line with a line, and ends with
its pipe. Whatever happens in the bench, `Child` kills what it started and nothing else."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from bot.sandbox.bot_process import clean_environment

STOP_SECONDS = 20
ROOT = Path(__file__).parents[2]
Json = dict[str, Any]


class Died(Exception):
    """A process of the bench ended before it answered; its last words are the message."""


class Child:
    """`module` runs with `arguments` and a clean environment plus `environment`; stderr goes to `log`."""

    def __init__(
        self, module: str, *arguments: str, log: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        self._log_path = log
        self._log = log.open("a")
        self.process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, text=True, cwd=ROOT,
            env=clean_environment(dict(environment or {})),
        )  # fmt: skip

    def hear(self) -> Json:
        """Its next line. Raises Died."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise Died(self.last_words())
        return dict(json.loads(line))

    def ask(self, **request: Any) -> Json:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return self.hear()

    def rss(self) -> float:
        """Resident memory in MB."""
        return self._memory("VmRSS:")

    def peak(self) -> float:
        """The most it ever was, in MB."""
        return self._memory("VmHWM:")

    def _memory(self, which: str) -> float:
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(which)) / 1024

    def cpu(self) -> float:
        """Seconds of a core it has used so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def kill(self) -> None:
        self.process.kill()
        self._end()

    def stop(self) -> None:
        """Gracefully, by SIGTERM; by force after a while."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self._end()

    def _end(self) -> None:
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self._log):
            if pipe is not None and not pipe.closed:
                pipe.close()

    def last_words(self, lines: int = 15) -> str:
        return "\n".join(self._log_path.read_text().splitlines()[-lines:]) or "it said nothing"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def serve(answer: Callable[[Json], Json], **ready: Any) -> None:
    """A child's life: say that it is ready, then answer line by line until the pipe closes."""
    say({"ready": True, **ready})
    for line in sys.stdin:
        say(answer(json.loads(line)))


def say(words: Json) -> None:
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()
