"""
A person at a browser: headless Chromium, driven through its DevTools protocol.

No browser library is locked for this project: a page test needs a dozen protocol calls, and `websockets`
is already here. Clicks and keys are real input events (hit-tested, focus-moving), not calls of
`element.click()`, so a covered or disabled button fails a test as it would fail a person. Everything waits
by polling the page until a deadline.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

from websockets.sync.client import ClientConnection, connect

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--no-proxy-server",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    # One process for every page it opens: a new one for each costs more than the page.
    "--renderer-process-limit=1",
    "--disable-site-isolation-trials",
    "--disable-features=IsolateOrigins,site-per-process,SpareRendererForSitePerProcess,BackForwardCache",
    "--remote-debugging-port=0",
)
# Chromium outlives a killed parent. This shell does not outlive its standard input, and takes Chromium along.
KEEPER = '"$@" & read -r _; kill "$!"; wait "$!"'
BLANK = "about:blank"
START_SECONDS = 20.0
ANSWER_SECONDS = 20.0
POLL_SECONDS = 0.01
KEYS = {
    "Enter": ("Enter", 13, "\r"),
    "Escape": ("Escape", 27, ""),
    "Tab": ("Tab", 9, ""),
    "ArrowDown": ("ArrowDown", 40, ""),
    "ArrowUp": ("ArrowUp", 38, ""),
    " ": ("Space", 32, " "),
}

# Where to press: the middle of the first visible, enabled, uncovered match that has stood still for a frame,
# else null.
FIND = """
(async (selector, text, within) => {
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const middle = (node) => {
    const box = node.getBoundingClientRect();
    return {x: box.x + box.width / 2, y: box.y + box.height / 2};
  };
  const root = within ? document.querySelector(within) : document;
  if (!root) return null;
  const words = (node) => node.textContent.replace(/\\s+/g, ' ').trim();
  for (const node of root.querySelectorAll(selector)) {
    if (text !== null && words(node) !== text && node.getAttribute('aria-label') !== text) continue;
    if (node.disabled || !node.getClientRects().length) continue;
    node.scrollIntoView({block: 'nearest', inline: 'nearest'});
    const before = middle(node);
    await frame();
    await frame();
    const at = middle(node);
    const top = document.elementFromPoint(at.x, at.y);
    if (at.x !== before.x || at.y !== before.y || !node.isConnected) return null; // not its namesake instead
    if (node.contains(top)) return at;
  }
  return null;
})"""
PRESSABLE = "button, a, summary, label, [role=menuitem]"


class BrowserError(Exception):
    """The page threw, the protocol refused, or what was waited for did not come."""


class Browser:
    """One Chromium with one page. Make it with `Browser.start()`; use as a context manager or call `close()`.

    `problems` holds every console error, uncaught exception and blocked request since the last `open()`.
    """

    def __init__(self, line: ClientConnection, ending: ExitStack) -> None:
        self._line = line
        self._ending = ending
        self._calls = 0
        self._session: str | None = None
        self._down: dict[str, Any] = {}
        self.problems: list[str] = []

    @staticmethod
    def find() -> str | None:
        """The path of a Chromium, or None where there is none."""
        return next((path for name in NAMES if (path := shutil.which(name))), None)

    @classmethod
    def start(cls, width: int = 1280, height: int = 800) -> Self:
        """Starts Chromium on a fresh profile. Raises BrowserError if it does not come up within 20 s."""
        path = cls.find()
        if path is None:
            raise BrowserError("no Chromium on this machine")
        with ExitStack() as ending:  # whatever fails from here on, no process stays behind
            profile = Path(tempfile.mkdtemp(prefix="byhand-browser-"))
            ending.callback(shutil.rmtree, profile, ignore_errors=True)
            process = subprocess.Popen(
                [
                    "/bin/sh",
                    "-c",
                    KEEPER,
                    "keeper",
                    path,
                    *FLAGS,
                    f"--user-data-dir={profile}",
                    BLANK,
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
            ending.callback(_end, process)
            address = _address(process, profile)
            # No pings: it is shared by a session, and what is shared is silent between tests.
            silent = connect(address, max_size=None, proxy=None, compression=None, ping_interval=None)
            line = ending.enter_context(silent)
            browser = cls(line, ending)
            browser._attach()
            browser.resize(width, height)
            browser._ending = ending.pop_all()
        return browser

    def _attach(self) -> None:
        target = self._call("Target.createTarget", {"url": BLANK})["targetId"]
        attached = self._call("Target.attachToTarget", {"targetId": target, "flatten": True})
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self._call(f"{domain}.enable")

    # ---- what a person does ----

    def open(self, url: str, timeout: float = ANSWER_SECONDS) -> None:
        """Loads `url` anew, even if only its fragment differs, and waits until it is complete."""
        self.leave()
        self._go(url, "location.href !== 'about:blank'", timeout)

    def reload(self, *, as_newcomer: bool = False) -> None:
        """Loads the page again and waits until it is complete: what is true of the old one proves nothing."""
        forget = "sessionStorage.clear(), localStorage.clear(), " if as_newcomer else ""
        self.eval(f"{forget}window.isOld = true, location.reload()")
        self.wait_for("!window.isOld && document.readyState === 'complete'", ANSWER_SECONDS)

    def leave(self) -> None:
        """Shows an empty page, which asks nobody for anything."""
        self._go(BLANK, f"location.href === '{BLANK}'", ANSWER_SECONDS)

    def _go(self, address: str, there: str, timeout: float) -> None:
        self.problems.clear()
        failure = self._call("Page.navigate", {"url": address}).get("errorText")
        if failure:
            raise BrowserError(f"{address}: {failure}")
        self._call("Page.bringToFront")  # behind a tab that a link opened, a page paints no frame
        away = {"type": "mouseMoved", "x": 0, "y": 0}  # else it hovers where the last page left it
        self._call("Input.dispatchMouseEvent", away)
        self.wait_for(f"{there} && document.readyState === 'complete'", timeout)

    def eval(self, js: str) -> Any:
        """The value of an expression in the page (JSON types); a promise is awaited. Raises BrowserError."""
        asked = {"expression": js, "returnByValue": True, "awaitPromise": True, "userGesture": True}
        answer = self._call("Runtime.evaluate", asked)
        if "exceptionDetails" in answer:
            raise BrowserError(_exception(answer["exceptionDetails"]))
        return answer["result"].get("value")

    def wait_for(self, js: str, timeout: float = 20.0) -> Any:
        """Polls until the expression is truthy; returns its value (True for an element)."""
        known = f"Promise.resolve({js}).then(value => value instanceof Node ? true : value)"
        deadline = time.monotonic() + timeout
        while not (value := self.eval(known)):
            if time.monotonic() > deadline:
                raise BrowserError(f"not within {timeout} s: {js}\nproblems: {self.problems}")
            time.sleep(POLL_SECONDS)
        return value

    def click(
        self,
        selector: str | None = None,
        *,
        text: str | None = None,
        within: str | None = None,
        timeout: float = 20.0,
    ) -> None:
        """Presses the first match a person could press, waiting for it to be there, enabled and uncovered.

        `selector` is CSS; `text` the exact visible words, or the accessible name, of something pressable;
        `within` a selector to search in. Give `selector`, `text`, or both.
        """
        arguments = ", ".join(json.dumps(item) for item in (selector or PRESSABLE, text, within))
        at = self.wait_for(f"{FIND}({arguments})", timeout)
        point = {"x": at["x"], "y": at["y"], "button": "left", "clickCount": 1}
        kinds = (
            "mousePressed",
            "mouseReleased",
        )  # one right after the other: nothing is drawn anew between them
        for number in [self._ask("Input.dispatchMouseEvent", {"type": kind, **point}) for kind in kinds]:
            self._answer("Input.dispatchMouseEvent", number)

    def press(self, text: str, within: str) -> None:
        """Like `click`, but the button stays down until `release`."""
        arguments = ", ".join(json.dumps(item) for item in (PRESSABLE, text, within))
        at = self.wait_for(f"{FIND}({arguments})")
        self._down = {"x": at["x"], "y": at["y"], "button": "left", "clickCount": 1}
        self._call("Input.dispatchMouseEvent", {"type": "mousePressed", **self._down})

    def release(self) -> None:
        """Where it was pressed."""
        self._call("Input.dispatchMouseEvent", {"type": "mouseReleased", **self._down})

    def type(self, text: str) -> None:
        """Types into whatever has the focus."""
        self._call("Input.insertText", {"text": text})

    def key(self, name: str, *, shift: bool = False) -> None:
        """Presses one key of `KEYS`."""
        code, number, text = KEYS[name]
        event = {"key": name, "code": code, "windowsVirtualKeyCode": number, "modifiers": 8 if shift else 0}
        down = {"type": "keyDown" if text else "rawKeyDown", **event, **({"text": text} if text else {})}
        self._call("Input.dispatchKeyEvent", down)
        self._call("Input.dispatchKeyEvent", {"type": "keyUp", **event})

    def fill(self, selector: str, text: str) -> None:
        """Replaces what stands in a field. Date and time fields take their ISO form."""
        self.wait_for(f"document.querySelector({json.dumps(selector)})")
        node = f"document.querySelector({json.dumps(selector)})"
        if self.eval(f"['date', 'time', 'datetime-local'].includes({node}.type)"):
            self._set(node, text)
            return
        self.eval(f"{node}.focus(), {node}.select(), true")
        self.type(text)

    def choose(self, selector: str, label: str) -> None:
        """Chooses the option of a `<select>` whose words or value are `label`."""
        node = f"document.querySelector({json.dumps(selector)})"
        wanted = json.dumps(label)
        option = f"[...{node}.options].find(o => o.text === {wanted} || o.value === {wanted})"
        value = self.wait_for(f"{node} && ({option})?.value")
        self._set(node, value)

    def _set(self, node: str, value: str) -> None:
        self.eval(
            f"{node}.focus(), {node}.value = {json.dumps(value)},"
            f" ['input', 'change'].forEach(name => {node}.dispatchEvent(new Event(name, {{bubbles: true}}))),"
            " true"
        )

    # ---- the window ----

    def resize(self, width: int, height: int, *, dark: bool = False) -> None:
        """Sets the window's size in CSS pixels and its colour scheme. Under 600 px it is a phone."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self._call("Emulation.setDeviceMetricsOverride", size)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._call("Emulation.setEmulatedMedia", {"features": [scheme]})

    def screenshot(self, path: Path, width: int = 1280, height: int = 800, *, dark: bool = False) -> None:
        """Resizes, lets the page paint, and writes a PNG of the window."""
        self.resize(width, height, dark=dark)
        self.eval("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))")
        picture = self._call("Page.captureScreenshot", {"format": "png"})["data"]
        path.write_bytes(base64.b64decode(picture))

    # ---- the protocol ----

    def _call(self, method: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
        return self._answer(method, self._ask(method, params or {}))

    def _ask(self, method: str, params: Mapping[str, Any]) -> int:
        self._calls += 1
        message: dict[str, Any] = {"id": self._calls, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        self._line.send(json.dumps(message))
        return self._calls

    def _answer(self, method: str, number: int) -> dict[str, Any]:
        while True:
            answer: dict[str, Any] = json.loads(self._line.recv(timeout=ANSWER_SECONDS))
            if answer.get("id") == number:
                break
            self._note(answer)
        if "error" in answer:
            raise BrowserError(f"{method}: {answer['error']['message']}")
        result: dict[str, Any] = answer["result"]
        return result

    def _note(self, event: Mapping[str, Any]) -> None:
        params = event.get("params", {})
        match event.get("method"):
            case "Runtime.exceptionThrown":
                self.problems.append(_exception(params["exceptionDetails"]))
            case "Runtime.consoleAPICalled" if params["type"] in ("error", "warning", "assert"):
                self.problems.append(
                    " ".join(str(item.get("value", item.get("description"))) for item in params["args"])
                )
            case "Log.entryAdded" if params["entry"]["level"] == "error":
                self.problems.append(f"{params['entry']['text']} {params['entry'].get('url', '')}")

    def close(self) -> None:
        """Ends the process and removes its profile. May be called twice."""
        self._ending.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _exception(details: Mapping[str, Any]) -> str:
    return str(details.get("exception", {}).get("description") or details["text"])


def _address(process: subprocess.Popen[bytes], profile: Path) -> str:
    """Chromium writes the port it chose, and its socket's path, into its profile."""
    told = profile / "DevToolsActivePort"
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if told.exists() and len(lines := told.read_text().splitlines()) == 2:
            return f"ws://127.0.0.1:{lines[0]}{lines[1]}"
        time.sleep(POLL_SECONDS)
    raise BrowserError(f"Chromium did not come up (exit code {process.poll()})")


def _end(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    process.stdin.close()
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def missing() -> str | None:
    """Why browser tests cannot run here, or None."""
    if os.environ.get("BYHAND_NO_BROWSER"):
        return "BYHAND_NO_BROWSER is set"
    return None if Browser.find() else "no Chromium found (Debian: apt-get install chromium)"
