"""`byhand pause` and `byhand resume`: with a bot beside it, and with none."""

from __future__ import annotations

import re
import socket
import threading
from datetime import timedelta

import pytest

from bot.cli import app
from bot.domain.gate import GateRow
from bot.shell import database_access
from bot.store.engine.store import Store
from bot.store.pause import gate
from tests.cli.conftest import Desk, real_now
from tests.cli.test_plans import Bot, bot  # noqa: F401 - a fixture

assert app


def gate_row(desk: Desk, scope: str = "all") -> GateRow:
    with Store.open(desk.url, now=real_now, owner=False) as store:
        return store.read(lambda db: gate.read(db).rows[scope])


def planned(desk: Desk) -> None:
    slot = (real_now() + timedelta(hours=3)).isoformat()
    desk.plan(f"{slot},bakery,Fresh bread,,,")
    assert desk.byhand("import", "plan.csv").exit_code == 0


def test_with_the_bot_down_and_no_secret_at_hand(desk: Desk) -> None:
    planned(desk)
    desk.set(BYHAND_BAKERY_TOKEN=None)
    done = desk.byhand("pause", "recall", "news")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.startswith("Publishing is paused.\nReason: recall news\nStopped: 1 post, next ")
    assert "Byhand cannot stop: Posts scheduled in the networks themselves" in done.stdout
    row = gate_row(desk)
    assert (row.paused, row.epoch, row.reason) == (True, 1, "recall news")
    assert str(row.by).startswith("cli:")
    status = desk.byhand("status").stdout
    assert "Publishing is paused. " in status
    assert "(on Byhand's server) paused it on" in status


def test_what_looks_like_an_option_is_a_reason(desk: Desk) -> None:
    """`byhand pause -m recall` was answered "No such option: -m", and nothing was paused."""
    planned(desk)
    done = desk.byhand("pause", "-m", "recall", "--now")
    assert (done.exit_code, done.stderr) == (0, "")
    assert gate_row(desk).reason == "-m recall --now"


def test_resume_asks_for_yes(desk: Desk) -> None:
    planned(desk)
    assert desk.byhand("resume").exit_code == 1, "nothing is paused"
    desk.byhand("pause")
    asked = desk.byhand("resume")
    assert asked.exit_code == 2
    assert asked.stdout.startswith("This would resume everything. Nothing is sent by it.")
    assert "1 later post is planned, " in asked.stdout
    assert gate_row(desk).paused
    done = desk.byhand("resume", "--yes")
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("Resumed: everything. Resuming published nothing by itself.")
    assert not gate_row(desk).paused
    again = desk.byhand("resume", "--yes")
    assert again.exit_code == 1
    assert re.fullmatch(r"Publishing is not paused any more: .+ resumed it at \d\d:\d\d\.\n", again.stderr)


def test_one_account(desk: Desk) -> None:
    planned(desk)
    assert desk.byhand("pause", "bakery", "burnt").stdout.startswith("Publishing on Mastodon is paused.")
    assert (gate_row(desk).paused, gate_row(desk, "bakery").paused) == (False, True)
    assert "There is no account called shop" in desk.byhand("resume", "shop", "--yes").stderr
    assert desk.byhand("resume", "bakery", "--yes").exit_code == 0


def test_a_second_pause_names_the_first(desk: Desk) -> None:
    planned(desk)
    desk.byhand("pause", "first")
    moment = r"\w{3} \d{1,2} \w{3} at \d\d:\d\d(:\d\d)? \w+"
    assert re.match(rf"Already paused by .+ on {moment}\.", desk.byhand("pause", "second").stdout)
    told = desk.byhand("status").stdout
    assert re.search(rf"is paused. .+ paused it on {moment}: first", told), told
    assert re.search(rf"Asked to pause again by .+ on {moment}: second", told), told
    assert gate_row(desk).epoch == 2


@pytest.mark.parametrize("words", [("pause", "recall"), ("resume", "--yes")])
def test_nothing_is_made_or_migrated(desk: Desk, words: tuple[str, ...]) -> None:
    assert desk.byhand(*words).exit_code == 1
    assert sorted(path.name for path in desk.folder.iterdir()) == ["byhand.toml"]


def test_a_database_that_answers_nothing_is_told_as_not_paused(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody accepts the connection and says no word, as a server that hangs; whoever typed it waited ten seconds."""
    monkeypatch.setattr(database_access, "SILENT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        desk.set(BYHAND_DATABASE_URL=f"postgresql://bakery@127.0.0.1:{mute.getsockname()[1]}/byhand")
        told = desk.byhand("pause", "recall")
    assert (told.exit_code, told.stdout) == (1, "")
    assert told.stderr.startswith("NOT paused: The database has not answered for 0.2 s.")
    for each in [each for each in threading.enumerate() if each.name == "database"]:
        each.join(20)


def test_a_database_that_is_not_there_is_told_as_not_paused(desk: Desk) -> None:
    desk.set(BYHAND_DATABASE_URL="postgresql://bakery@127.0.0.1:1/byhand")
    told = desk.byhand("pause", "recall")
    assert told.exit_code == 1
    assert told.stderr.startswith("NOT paused: The database cannot be reached")


def test_beside_a_running_bot_it_is_handed_over(desk: Desk, bot: Bot) -> None:  # noqa: F811
    done = desk.byhand("pause", "recall")
    assert done.stdout.startswith("Publishing is paused."), done.output
    assert [(command, what["words"]) for command, what in bot.asked] == [("pause", "recall")]
    assert desk.byhand("resume").exit_code == 2
    assert desk.byhand("resume", "--yes").exit_code == 0
