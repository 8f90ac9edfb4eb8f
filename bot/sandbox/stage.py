"""The stage: a pretend Slack, six pretend networks, a page to look at them, and the unmodified bot between.

Everything is on loopback. The bot is a process of its own that is told their addresses and tokens and nothing
else; what a person does on the page reaches it as Slack's own requests.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import yaml

from bot.control.socket import ask, to_control_folder
from bot.domain.people import make_shell_person
from bot.sandbox import story
from bot.sandbox.bot_process import BotProcess, clean_environment
from bot.sandbox.child import PUBLIC_URL
from bot.sandbox.clock import StageClock
from bot.sandbox.customers import Customers, Network
from bot.sandbox.networks.bluesky.server import BlueskyServer
from bot.sandbox.networks.facebook.server import FacebookServer
from bot.sandbox.networks.graph import VERSION
from bot.sandbox.networks.instagram.server import InstagramServer
from bot.sandbox.networks.linkedin.server import LinkedInServer
from bot.sandbox.networks.mastodon.server import MastodonServer
from bot.sandbox.networks.server import Fault, NetworkServer, Seen
from bot.sandbox.networks.x.server import XServer
from bot.sandbox.page.server import PageServer
from bot.sandbox.proxy import Proxy
from bot.sandbox.slack.server import SlackServer
from bot.sandbox.traffic import FROM_NETWORK, TO_NETWORK
from bot.slack.manifest import read_manifest
from bot.store.engine.errors import StoreError

REST_LIMIT = 45.0  # real seconds to wait for a send at each stop of the clock
TOLD_LIMIT = 8.0  # of them until Slack shows what is new: else it bears the time of the next stop
CONNECT_LIMIT = 20.0
IMPORT_LIMIT = 60.0
DATABASE = "byhand.db"
NETWORK_FAULTS: Mapping[str, Fault] = {
    "network_fails": Fault.ERROR_BEFORE,
    "network_times_out": Fault.TIME_OUT,
    "network_lost_answer": Fault.LOST_ANSWER,
}
NO_CREDITS = "x_no_credits"  # a fault of X alone


class Stage:
    """Builds everything in a folder of its own, which is gone afterwards. `waits`: the plan comes in with the first
    visitor, or its first slot would be over before somebody looks."""

    def __init__(self, *, port: int = 0, waits: bool = False) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="byhand-stage-"))
        now = datetime.now(UTC)
        self.clock = StageClock(story.find_morning(now) - now)
        self.mastodon = MastodonServer(self.clock.now, accounts=())
        self.bluesky = BlueskyServer(self.clock.now, accounts=())
        self.instagram = InstagramServer(self.clock.now, accounts=())
        self.facebook = FacebookServer(self.clock.now, accounts=())
        self.linkedin = LinkedInServer(self.clock.now, accounts=())
        self.x = XServer(self.clock.now, accounts=())
        self.customers = Customers(
            {
                "Mastodon": Network(self.mastodon, mentions=True, private=True, edits=True),
                "Bluesky": Network(self.bluesky, mentions=True, private=True),
                "Instagram": Network(self.instagram, links=False),
                "Facebook": Network(self.facebook, private=True, edits=True, sign=""),
                "LinkedIn": Network(self.linkedin, mentions=True, edits=True, sign=""),
                "X": Network(self.x, mentions=True, edits=True),
            },
            self.clock.now,
        )
        self._audience = story.Audience(self.customers)
        self.slack = SlackServer(
            now=self.clock.now, seed=story.WORKSPACE, elapsed=self.clock.elapsed, manifest=read_manifest()
        )
        try:
            self.page = PageServer(self.slack, self, port=port)
        except OSError:  # the port is taken: nothing has started, so nothing needs stopping but what listens
            self.slack.stop()
            shutil.rmtree(self.folder)
            raise
        self.proxy = Proxy(self._fetched)
        self.bot: BotProcess | None = None
        self._environment: dict[str, str] = {}
        self._moving = threading.Lock()
        self._busy: str | None = None
        self._waits = waits
        self._first_visit = threading.Lock()  # taken once, never given back
        self._slot: tuple[float, datetime | None] = (0.0, None)

    # --- life ----------------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Pretend servers, the plan through `byhand import`, what customers wrote, the bot, the page."""
        for network in self.networks:
            network.on_request = self._saw
            network.start()
        self.slack.start()
        self.proxy.start()
        self._environment = self._write_settings()
        for network in (self.mastodon, self.facebook, self.instagram, self.linkedin, self.x):
            network.add_past("dockbakery")
        self.command("migrate")
        if not self._waits:
            self._bring_plan()
        story.write_before(self.customers, self.clock.now())
        self.bot = BotProcess(self.folder, {**self._environment, PUBLIC_URL: self.proxy.address})
        self._start_bot(self.bot)
        self.slack.traffic.clear()  # the story begins here, not with what it took to set the stage
        self.page.start()

    def _bring_plan(self) -> None:
        """Through the program's own `byhand import`; beside the bot without a process of its own, whose start takes
        seconds: whoever has just come to the page would wait for it."""
        plan = str(story.write_plan(self.folder, self.clock.now()))
        if not self.bot_running():
            self.command("import", plan)
            return
        who = make_shell_person(*story.IMPORTED_BY).id
        answer = ask(
            to_control_folder(self.folder / DATABASE),
            "import",
            {"who": who, "file": plan, "partial": False},
            IMPORT_LIMIT,
        )
        if answer["refused"]:
            raise RuntimeError(answer["sentence"])

    def welcome(self) -> None:
        """Somebody looks at the page: the first time the plan comes in, and the clock runs for its first post."""
        if self._waits and self._first_visit.acquire(blocking=False):
            self._busy = "The plan comes in, its first post in a few seconds…"
            threading.Thread(target=self._bring_late, name="plan", daemon=True).start()

    def _bring_late(self) -> None:
        try:
            self._bring_plan()
        except (RuntimeError, OSError, StoreError, subprocess.SubprocessError) as error:
            if self.folder.exists():  # else the stage was stopped meanwhile
                print(f"The plan did not come in: {error}", file=sys.stderr, flush=True)
        finally:
            self._busy = None
            self._slot = (0.0, None)
            self.page.touch()

    def _start_bot(self, bot: BotProcess) -> None:
        """Up, and in reach of clicks. Raises RuntimeError with its last words."""
        bot.start(self.clock.offset)
        self.proxy.port = bot.port
        if not self.slack.wait_connected(CONNECT_LIMIT):
            raise RuntimeError(f"The bot does not connect to the pretend Slack: {bot.last_words()}")

    def stop(self) -> None:
        self.page.stop()
        if self.bot is not None:
            self.bot.close()
        self.slack.stop()
        self.proxy.stop()
        for network in self.networks:
            network.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def networks(self) -> tuple[NetworkServer, ...]:
        return (self.mastodon, self.bluesky, self.instagram, self.facebook, self.linkedin, self.x)

    def _write_settings(self) -> dict[str, str]:
        """byhand.toml in the folder; returns the environment that goes with it."""
        text = story.settings(*(network.url for network in self.networks))
        (self.folder / "byhand.toml").write_text(text, encoding="utf-8")
        return {
            "BYHAND_CONFIG": str(self.folder / "byhand.toml"),
            "BYHAND_DATABASE_URL": f"sqlite:///{self.folder / DATABASE}",
            "BYHAND_PORT": "0",
            "SLACK_API_URL": self.slack.api_url,
            "SLACK_BOT_TOKEN": self.slack.bot_token,
            "SLACK_APP_TOKEN": self.slack.app_token,
            "BYHAND_DOCKBAKERY_MASTODON_TOKEN": self.mastodon.add_account("dockbakery"),
            "BYHAND_DOCKBAKERY_BLUESKY_PASSWORD": self.bluesky.add_account("dockbakery.test"),
            "BYHAND_DOCKBAKERY_INSTAGRAM_TOKEN": self.instagram.add_account("dockbakery"),
            "BYHAND_DOCKBAKERY_FACEBOOK_TOKEN": self.facebook.add_account("dockbakery", "Dock Bakery"),
            "BYHAND_DOCKBAKERY_LINKEDIN_TOKEN": self.linkedin.add_account("dockbakery", "Dock Bakery"),
            "BYHAND_DOCKBAKERY_X_TOKEN": self.x.add_account("dockbakery", "Dock Bakery"),
        }

    def command(self, *words: str) -> str:
        """Run `byhand …` as a person would, beside the bot. Raises RuntimeError with what it said."""
        done = subprocess.run(
            [sys.executable, "-m", "bot", *words], cwd=self.folder, text=True, capture_output=True,
            env=clean_environment(self._environment), timeout=60, check=False,
        )  # fmt: skip
        if done.returncode != 0:
            raise RuntimeError(f"byhand {' '.join(words)}: {done.stderr or done.stdout}")
        return done.stdout

    # --- what the page shows -------------------------------------------------------------------------

    def plan_to_import(self) -> str:
        return story.buffer_plan(self.clock.now())

    def shortcuts(self) -> list[dict[str, Any]]:
        """What the app's manifest puts into the menu of every message."""
        asked = yaml.safe_load(read_manifest())["features"].get("shortcuts", [])
        return [each for each in asked if each["type"] == "message"]

    def _saw(self, request: Seen) -> None:
        if not request.path.startswith(("/api/", "/xrpc/", f"/{VERSION}", "/rest/", "/2/")):
            return  # a picture the page itself shows
        if request.method == "GET" and request.status == "200":
            return  # questions, some every second: nothing else could be read between them
        self.slack.traffic.record(TO_NETWORK, f"{request.method} {request.path}", request.ms, request.status)
        if request.method == "POST":
            self._audience.look()
        self.page.touch()

    def _fetched(self, what: str, ms: float, status: str) -> None:
        self.slack.traffic.record(FROM_NETWORK, what, ms, status)
        self.page.touch()

    def bot_running(self) -> bool:
        return self.bot is not None and self.bot.running

    def busy(self) -> str | None:
        return self._busy

    def next_slot_at(self) -> datetime | None:
        """The next slot of a post that may still go out; asked of the bot at most twice a second."""
        asked_at, slot = self._slot
        if self.bot is None or time.monotonic() - asked_at < 0.5 or self._busy:
            return slot
        slot = self.bot.next_slot()
        self._slot = (time.monotonic(), slot)
        return slot

    # --- what people do to the stage -----------------------------------------------------------------

    def push(self, minutes: float) -> None:
        self.move_to(self.clock.now() + timedelta(minutes=minutes))

    def next_slot(self) -> None:
        slot = self.bot.next_slot() if self.bot else None
        if slot is not None:
            self.move_to(slot + timedelta(seconds=1))

    def move_to(self, target: datetime) -> None:
        """Push the clock, but never past a send under way, and with a stop at every moment something is due."""
        with self._moving:
            self._busy = "Moving the clock…"
            self.page.touch()
            try:
                while self._step(target):
                    pass
            finally:
                self._busy = None
                self._slot = (0.0, None)
                self.page.touch()

    def clock_only_to(self, moment: datetime) -> None:
        """Push the clock through every stop before `moment`, then to it, without waiting for what is due then."""
        self.move_to(moment - timedelta(seconds=2))
        self._set(moment)

    def _step(self, target: datetime) -> bool:
        """One stop further; False when the target is reached and nothing is due."""
        bot = self.bot
        if bot is None or not bot.running:
            self._set(target)
            return False
        bot.wait_at_rest(REST_LIMIT, TOLD_LIMIT)
        now = self.clock.now()
        if now >= target:
            return False
        due = bot.next_moment()
        self._set(min(due, target) if due is not None and due > now else target)
        return True

    def _set(self, moment: datetime) -> None:
        self.clock.set_offset(self.clock.offset + (moment - self.clock.now()))
        if self.bot is not None:
            self.bot.push(self.clock.offset)

    def kill_bot(self) -> None:
        """As a power cut would."""
        if self.bot is not None:
            self.bot.kill()
        self.page.touch()

    def restart_bot(self) -> None:
        """Kill it if it runs, then start it again: what a crash and its supervisor do."""
        if self.bot is None:
            return
        self._busy = "Restarting the bot…"
        self.page.touch()
        try:
            self.bot.kill()
            self._start_bot(self.bot)
        finally:
            self._busy = None
            self.page.touch()

    def set_network_fault(self, name: str, on: bool) -> None:
        if name == NO_CREDITS:
            self.x.no_credits = "payment required" if on else ""
        for network in self.networks if name in NETWORK_FAULTS else ():
            if on:
                network.faults.order(NETWORK_FAULTS[name], None)
            else:
                network.faults.lift(NETWORK_FAULTS[name])
        self.page.touch()

    def network_faults(self) -> Mapping[str, bool]:
        ordered = {name: self.mastodon.faults.ordered(fault) for name, fault in NETWORK_FAULTS.items()}
        return {**ordered, NO_CREDITS: bool(self.x.no_credits)}
