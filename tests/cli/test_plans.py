"""import, upcoming, status: alone and beside a running bot."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from cryptography.fernet import Fernet

from bot.control import commands
from bot.control.client import open_writer_or_bot
from bot.control.socket import CommandRefused, ControlServer, to_control_folder
from bot.domain.people import Person, Role
from bot.networks.mastodon.kept_limits import KEPT_AS
from bot.services.accounts import measuring
from bot.services.posts import create
from bot.services.posts.create import NewPost
from bot.services.unit_of_work import Services
from bot.shell import database_access
from bot.store.engine.store import Store
from bot.store.engine.vault import KeyRing, StoreVault
from tests.cli.conftest import Desk, real_now

FAR = (real_now() + timedelta(days=3)).replace(hour=9, minute=0, second=0, microsecond=0)
GOOD = f"{FAR.isoformat()},bakery,Fresh bread at nine,,,"
DRAFT = ",bakery,Some day: a word about flour,,,"
UNASKED = (
    "note: Byhand has not asked Mastodon for its limits yet and used the usual ones. "
    "Each card is checked again.\n"
)
BAD = f"{FAR.isoformat()},bakry,Nobody's post,,,"


def test_import_then_upcoming(desk: Desk) -> None:
    desk.plan(GOOD, DRAFT)
    result = desk.byhand("import", "plan.csv")
    assert (result.exit_code, result.stderr) == (0, "2 posts in Byhand's own format.\n" + UNASKED)
    assert result.stdout.splitlines() == [
        "2 posts imported, 1 of them as a draft.",
        "  1 x scheduled",
        "  1 x a draft",
    ]
    shown = desk.byhand("upcoming").stdout.splitlines()
    assert shown[0].split() == ["Post", "Slot", "Status", "Approvals", "Accounts", "Text"]
    assert "Needs approval  0 of 1     Mastodon  Fresh bread at nine" in shown[1]
    assert shown[2] == "Times in Europe/Berlin."
    assert shown[3].startswith("Nothing is planned on ")
    assert "a word about flour" in desk.byhand("upcoming", "all").stdout


def test_a_slot_is_shown_in_the_teams_zone(desk: Desk) -> None:
    desk.plan(GOOD)
    desk.byhand("import", "plan.csv")
    desk.change("Europe/Berlin", "Asia/Tokyo")
    day = FAR + timedelta(hours=9)
    assert f"{day:%a} {day.day} {day:%b} " in (shown := desk.byhand("upcoming").stdout)
    assert " 18:00 " in shown


def test_twice_adds_nothing(desk: Desk) -> None:
    desk.plan(GOOD)
    desk.byhand("import", "plan.csv")
    result = desk.byhand("import", "plan.csv")
    assert (result.exit_code, result.stdout) == (0, "0 posts imported, 1 already here.\n")


def test_a_problem_refuses_all_with_its_line_and_exit_1(desk: Desk) -> None:
    desk.plan(GOOD, BAD)
    result = desk.byhand("import", "plan.csv")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "line 3, Accounts: " in result.stderr
    assert "Nothing was imported: 1 problem to fix first." in result.stderr
    assert desk.byhand("upcoming").stdout.startswith("Nothing is planned")


def test_partial_takes_the_good_rows_and_still_tells(desk: Desk) -> None:
    desk.plan(GOOD, BAD)
    result = desk.byhand("import", "--partial", "plan.csv")
    assert result.exit_code == 0
    assert "1 post imported, 1 problem left out." in result.stdout
    assert "line 3, Accounts: " in result.stderr


def test_what_a_file_leaves_open_is_asked_first_and_answered_by_options(desk: Desk) -> None:
    days = (FAR + timedelta(days=ahead) for ahead in range(90))
    date = next(f"{day:%m/%d/%Y %H:%M}" for day in days if day.day <= 12 and day.day != day.month)
    (desk.folder / "plan.csv").write_text(f"{date},Fresh bread,\n{date},Rolls,\n", encoding="utf-8")
    asked = desk.byhand("import", "plan.csv", "--partial")
    assert (asked.exit_code, asked.stdout) == (1, "")
    found, accounts, dates, sentence = asked.stderr.splitlines()
    assert found == "2 posts from Hootsuite. Times that name no zone are Berlin time."
    assert accounts == (
        "Which accounts are these posts for? The file does not say. Say --account NAME, once for each of them."
    )
    assert dates.startswith(
        f"Is the day or the month first? Line 1 says {date}, and no date in the file tells: "
    )
    assert dates.endswith("? Say --dates day-first or --dates month-first.")
    assert sentence == "Nothing was imported: 2 questions to answer first."
    words = ("import", "plan.csv", "--account", "bakery", "--dates", "month-first")
    dry = desk.byhand(*words, "--dry-run")
    assert (dry.exit_code, dry.stdout) == (0, "2 posts would be imported.\n")
    assert dry.stderr.startswith("2 posts from Hootsuite. Times that name no zone are Berlin time.\n")
    assert desk.byhand(*words).stdout.startswith("2 posts imported.\n")
    assert desk.byhand(*words).stdout == "0 posts imported, 2 already here.\n"
    assert desk.byhand("import", "plan.csv", "--dates", "sideways").exit_code == 2


def test_a_missing_file_and_an_empty_plan(desk: Desk) -> None:
    assert desk.byhand("import", "nowhere.csv").exit_code == 1
    desk.plan()
    result = desk.byhand("import", "plan.csv")
    assert (result.exit_code, result.stdout) == (0, "0 posts imported.\n")


def test_a_file_in_the_home_folder(desk: Desk) -> None:
    sqlite_backend = desk.folder / "home"
    sqlite_backend.mkdir()
    desk.set(HOME=str(sqlite_backend))
    desk.plan(GOOD, name="home/plan.csv")
    assert desk.byhand("import", "~/plan.csv").exit_code == 0


def test_importing_oneself_needs_the_accounts_secret(desk: Desk) -> None:
    desk.set(BYHAND_BAKERY_TOKEN=None)
    desk.plan(GOOD)
    result = desk.byhand("import", "plan.csv")
    assert result.exit_code == 1
    assert "The account bakery is not signed in" in result.stderr
    assert "set BYHAND_BAKERY_TOKEN" in result.stderr


def test_a_posts_words_cannot_drive_the_terminal(desk: Desk) -> None:
    from bot.shell.printed import format_table

    lines = list(format_table(("Post", "Text"), [("1", "red\x1b[31m\nand \x07more")], None))
    assert "\x1b" not in lines[1]
    assert "\n" not in lines[1]


def test_only_the_last_column_is_cut_and_only_on_a_terminal() -> None:
    from bot.shell.printed import format_table

    rows = [("1", "Mastodon", "Fresh bread 🍞 at nine, and much more of it later")]
    piped = list(format_table(("Post", "Accounts", "Text"), rows, None))
    cut = list(format_table(("Post", "Accounts", "Text"), rows, 40))
    assert piped[1].endswith("much more of it later")
    assert cut[1].startswith("1     Mastodon  Fresh bread 🍞")
    assert cut[1].endswith("…")
    assert len(cut[1]) <= 40


class Bot:
    """A bot as other processes see it: it holds the lock and listens at the control socket."""

    def __init__(self, desk: Desk) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.store = Store.open(desk.url, now=real_now, purpose="run")
        self._services = database_access._open_services(self.store)
        self._server = ControlServer(to_control_folder(desk.folder / "byhand.db"), self._do)
        self._server.start()

    def _do(self, command: str, arguments: dict[str, Any]) -> dict[str, Any]:
        self.asked.append((command, arguments))
        if "refuse" in arguments.get("file", ""):
            raise CommandRefused("Not today.")
        return commands.run(self._services, command, arguments)

    def stop(self) -> None:
        self._server.stop()
        self.store.close()


@pytest.fixture
def bot(desk: Desk) -> Iterator[Bot]:
    desk.byhand("migrate")
    running = Bot(desk)
    yield running
    running.stop()


def test_import_beside_a_running_bot_is_handed_over(desk: Desk, bot: Bot) -> None:
    """Without any secret of this shell: the bot has them."""
    desk.set(BYHAND_BAKERY_TOKEN=None)
    plan = desk.plan(GOOD)
    result = desk.byhand("import", "plan.csv")
    assert (result.exit_code, result.stderr) == (0, "1 post in Byhand's own format.\n" + UNASKED)
    assert result.stdout.startswith("1 post imported.")
    ((command, arguments),) = bot.asked
    assert (command, arguments["file"], arguments["partial"]) == ("import", str(plan), False)
    desk.byhand("import", "plan.csv", "--account", "bakery", "--dates", "day-first", "--dry-run")
    asked = bot.asked[-1][1]
    assert (asked["accounts"], asked["dates"], asked["dry"]) == (["bakery"], "day-first", True)
    assert arguments["who"].startswith("cli:")
    assert "@" in arguments["who"]


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_two_processes_at_once_bring_each_post_in_once(
    desk: Desk, request: pytest.FixtureRequest, engine: str
) -> None:
    """Two people at two shells, the same file, no bot. On SQLite one waits for the other."""
    if engine == "postgresql":
        if request.config.getoption("--only-sqlite"):
            pytest.skip("--only-sqlite")
        desk.set(BYHAND_DATABASE_URL=request.getfixturevalue("postgres_url"))
    desk.plan(GOOD, DRAFT)
    command = [sys.executable, "-c", "from bot.cli import app; app(['import', 'plan.csv'])"]
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    both = [
        subprocess.Popen(command, cwd=desk.folder, env=env, stdout=-1, stderr=-1, text=True) for _ in range(2)
    ]
    said = [(*each.communicate(timeout=60), each.returncode) for each in both]
    assert [code for _, _, code in said] == [0, 0], said
    assert sorted(out.splitlines()[0] for out, _, _ in said) == [
        "0 posts imported, 2 already here.",
        "2 posts imported, 1 of them as a draft.",
    ]
    listed = desk.byhand("upcoming", "all").stdout
    assert (listed.count("Fresh bread at nine"), listed.count("a word about flour")) == (1, 1)


def test_that_the_bot_is_still_at_work_is_said(desk: Desk, bot: Bot) -> None:
    desk.plan(GOOD)
    desk.monkeypatch.setattr(database_access, "SAY_EVERY", 0.0001)
    assert "The running bot is at work, for 0 s now.\n" in desk.byhand("import", "plan.csv").stderr


def test_what_the_bot_refuses_is_said(desk: Desk, bot: Bot) -> None:
    result = desk.byhand("import", str(Path("refuse.csv")))
    assert (result.exit_code, result.stderr) == (1, "Not today.\n")


def test_reading_beside_a_running_bot(desk: Desk, bot: Bot) -> None:
    desk.plan(GOOD)
    desk.byhand("import", "plan.csv")
    assert "Fresh bread at nine" in desk.byhand("upcoming").stdout
    status = desk.byhand("status").stdout
    assert status.startswith("Byhand is running.\nPublishing is open.\n")
    assert "need a decision       0" in status
    assert desk.byhand("record", "verify").exit_code == 0


def test_status_without_a_bot(desk: Desk) -> None:
    desk.byhand("migrate")
    status = desk.byhand("status")
    assert status.exit_code == 0
    assert status.stdout.startswith("Byhand is not running: nothing is sent until it is started")


# --- what is judged by the limits of its accounts -----------------------------------------------------


SKY = """
[accounts.sky]
network = "bluesky"
handle = "bakery.example"
"""
KEY = Fernet.generate_key().decode()


def plan_long(desk: Desk, account: str, length: int) -> None:
    """As it is planned in Slack, where what is too long may be kept."""
    desk.byhand("migrate")
    settings = database_access.load_settings_to_look()
    with Store.open(desk.url, now=real_now, purpose="test") as store:
        services = Services(store, database_access.CLOCK, settings.policy(), {}, lambda _what: None)
        services.do(
            create.add_post,
            Person("U0MAYA", "Maya", Role.MEMBER),
            NewPost((account,), "x" * length, FAR),
            created_by="U0MAYA",
        )


def keep_limit(desk: Desk, server: str, characters: int) -> None:
    """What a run of the bot was told by the account's server."""
    said = {"configuration": {"statuses": {"max_characters": characters}}}
    kept = {"server": server, "said": said, "software": {}}
    with Store.open(desk.url, now=real_now, purpose="test") as store:
        StoreVault(store, KeyRing(KEY, desk.folder / "byhand.key"), "bakery").save(KEPT_AS, json.dumps(kept))


@pytest.mark.parametrize(("length", "said"), [(300, "Needs approval"), (301, "Needs fixing first")])
def test_what_is_too_long_says_so_as_its_card_does(desk: Desk, length: int, said: str) -> None:
    """Slack said "Needs fixing first", and the shell "Needs approval". No secret is asked for, and none is made."""
    desk.settings.write_text(desk.settings.read_text(encoding="utf-8") + SKY, encoding="utf-8")
    desk.set(BYHAND_BAKERY_TOKEN=None)
    plan_long(desk, "sky", length)
    assert f"{said}  0 of 1" in desk.byhand("upcoming").stdout
    assert desk.byhand("status").exit_code == 0
    assert not (desk.folder / "byhand.key").exists()


@pytest.mark.parametrize(
    ("limit", "key", "said"),
    [
        (5000, KEY, "Needs approval"),
        (900, KEY, "Needs fixing first"),
        (900, None, "Needs approval"),  # whoever only looks may not have the key
        (900, Fernet.generate_key().decode(), "Needs approval"),
        (None, KEY, "Needs approval"),  # its server was never asked, and may take more than is usual
    ],
    ids=["fits", "too long", "no key", "another key", "never asked"],
)
def test_it_is_judged_by_what_its_server_said_or_not_at_all(
    desk: Desk, server: str, limit: int | None, key: str | None, said: str
) -> None:
    plan_long(desk, "bakery", 901)
    if limit is not None:
        keep_limit(desk, server, limit)
    desk.set(BYHAND_BAKERY_TOKEN=None)
    if key is not None:
        desk.set(BYHAND_KEY=key)
    assert f"{said}  0 of 1" in desk.byhand("upcoming").stdout


def test_a_network_that_cannot_be_opened_is_not_judged_by(desk: Desk) -> None:
    """Whoever only looks is shown what there is."""
    plan_long(desk, "bakery", 901)
    desk.monkeypatch.setattr(measuring, "connect", Mock(side_effect=ValueError("nonsense")))
    shown = desk.byhand("upcoming")
    assert "Needs approval  0 of 1" in shown.stdout
    assert "nonsense" not in shown.output


def test_migrate_beside_a_running_bot_is_refused(desk: Desk, bot: Bot) -> None:
    result = desk.byhand("migrate")
    assert result.exit_code == 1
    assert "is in use by byhand run" in result.stderr


def test_a_holder_that_does_not_listen_is_named(desk: Desk) -> None:
    desk.byhand("migrate")
    desk.monkeypatch.setattr("bot.control.client.WAIT", 0.1)
    desk.plan(GOOD)
    with Store.open(desk.url, now=real_now, purpose="migrate"):
        desk.monkeypatch.setattr(database_access, "open_writer_or_bot", _impatient(open_writer_or_bot))
        result = desk.byhand("import", "plan.csv")
    assert result.exit_code == 1
    assert "is in use by byhand migrate" in result.stderr


def _impatient(opening: Any) -> Any:
    return lambda url, **choices: opening(url, **choices, wait=0.1)


def test_on_postgresql(desk: Desk, request: pytest.FixtureRequest) -> None:
    """There is no file to lock: commands go straight to the database."""
    if request.config.getoption("--only-sqlite"):
        pytest.skip("--only-sqlite")
    desk.set(BYHAND_DATABASE_URL=request.getfixturevalue("postgres_url"))
    desk.plan(GOOD)
    assert desk.byhand("import", "plan.csv").stdout.startswith("1 post imported.")
    assert "Fresh bread at nine" in desk.byhand("upcoming").stdout
    assert desk.byhand("status").stdout.startswith("Byhand is not running")
    assert desk.byhand("record", "verify").exit_code == 0
    assert "pg_dump" in desk.byhand("backup", "copy.db").stderr


@pytest.mark.parametrize("words", [("upcoming",), ("import", "plan.csv"), ("migrate",), ("record", "export")])
def test_a_postgresql_that_is_not_there_is_a_sentence(desk: Desk, words: tuple[str, ...]) -> None:
    desk.set(BYHAND_DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    desk.plan(GOOD)
    result = desk.byhand(*words)
    assert result.exit_code == 1, result.exception
    assert "refused" in result.stderr
    assert "\n" not in result.stderr.strip()
