"""The wheel, alone in a fresh environment: it holds what it reads, names what it needs, and plays the demo."""

from __future__ import annotations

import tomllib
from email import message_from_bytes
from pathlib import Path
from zipfile import ZipFile

import pytest

from bot import __version__
from bot.shell.extras import DEMO_LIBRARIES
from tests.installs import IMPORT_ALL, Environment, build_wheel, install

TOP = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(TOP, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def alone(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Without any extra."""
    return install(wheel, tmp_path_factory.mktemp("alone"))


def test_the_wheel_holds_the_program_and_nothing_else(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    there = {path.relative_to(TOP) for path in (TOP / "bot").rglob("*") if path.is_file()}
    program = {str(path) for path in there if path.suffix != ".pyc"}
    assert {name for name in held if ".dist-info/" not in name} == program | {"bot/slack/manifest.yml"}
    assert held["bot/slack/manifest.yml"] == (TOP / "manifest.yml").read_bytes()
    assert {"bot/sandbox/page/static/index.html", "bot/store/migrations/env.py"} <= held.keys()


def test_the_wheel_has_the_programs_version_and_extras(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        metadata = message_from_bytes(archive.read(f"byhand-{__version__}.dist-info/METADATA"))
    assert metadata["Version"] == __version__
    assert metadata.get_all("Provides-Extra") == ["demo", "dev", "testing"]


def test_the_bot_needs_no_extra(alone: Environment) -> None:
    said = alone.byhand("version")
    assert (said.returncode, said.stdout) == (0, f"byhand {__version__}\n"), said.stderr
    without = ("bot.sandbox", "bot.networks.testing")
    done = alone.python("-c", IMPORT_ALL, *without)
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()).is_relative_to(alone.packages)
    assert "display_information" in alone.byhand("init", "--manifest").stdout


def test_without_its_extra_the_demo_says_which(alone: Environment) -> None:
    for words in (("demo",), ("demo", "--selftest")):
        done = alone.byhand(*words)
        assert done.returncode == 1
        assert done.stdout == ""
        assert done.stderr.startswith("The demo needs the extra byhand[demo], which is not installed: ")
        assert "pip install 'byhand[demo]'" in done.stderr
        assert done.stderr.count("\n") == 1


def test_what_the_demo_asks_for_is_its_extra() -> None:
    project = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = [line.split(">")[0].replace("-", "_") for line in project["optional-dependencies"]["demo"]]
    assert sorted(named) == sorted(DEMO_LIBRARIES)


@pytest.mark.timeout(300)  # half a minute on a machine that has nothing else to do
def test_with_its_extra_the_story_comes_true(wheel: Path, tmp_path: Path) -> None:
    """What a newcomer is told to believe; that it can fail shows `tests/sandbox/test_selftest.py`."""
    environment = install(wheel, tmp_path, ["demo"])
    done = environment.python("-W", "error", "-m", "bot", "demo", "--selftest")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("ok  ") == 30


def test_with_its_extra_the_suites_for_networks_can_be_imported(wheel: Path, tmp_path: Path) -> None:
    environment = install(wheel, tmp_path, ["testing"])
    done = environment.python("-c", IMPORT_ALL, "bot.sandbox")
    assert done.returncode == 0, done.stderr
