"""The image is made by the Makefile's steps, holds what the package needs, and its health check really asks.

No container is built here: that needs a daemon and a registry. What can go wrong in the text is checked.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from bot.observability import Metrics
from bot.settings.schema import ENVIRONMENT
from bot.slack.transport.web import Finding, Report, WebServer, build_web
from tests.installs import IMPORT_ALL, Environment, build_wheel, install

TOP = Path(__file__).resolve().parents[1]
TEXT = (TOP / "Dockerfile").read_text(encoding="utf-8")
STEPS = [
    re.split(r"\s+", line, maxsplit=1)
    for line in TEXT.replace("\\\n", " ").splitlines()
    if line and not line.startswith("#")
]
IGNORED = (TOP / ".dockerignore").read_text(encoding="utf-8").splitlines()
PROJECT = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))


def steps(name: str) -> list[str]:
    return [rest for step, rest in STEPS if step == name]


def installs(text: str, ours: tuple[str, ...]) -> list[list[str]]:
    """The flags of every `pip install`, without those in `ours`."""
    found = re.findall(r"-m pip install (.+)", text)
    return [[word for word in line.split() if word not in ours] for line in found]


def test_the_image_installs_as_the_makefile_does() -> None:
    makefile = (TOP / "Makefile").read_text(encoding="utf-8")
    runtime = makefile.partition("$(STAMP):")[2].partition("$(DEMO):")[0]
    assert installs(TEXT, ("--no-cache-dir",)) == installs(runtime, ("--editable",))
    assert installs(TEXT, ("--no-cache-dir",))[0][-3:] == ["--require-hashes", "-r", "requirements.lock"]


def test_the_image_has_a_python_that_the_project_takes() -> None:
    found = [re.match(r"python:3\.(\d+)-slim", step) for step in steps("FROM")]
    assert all(found)
    versions = {one[1] for one in found if one}
    assert len(versions) == 1
    lowest = int(PROJECT["project"]["requires-python"].removeprefix(">=3."))
    tried = re.findall(r"python3\.(\d+)", (TOP / "Makefile").read_text(encoding="utf-8"))
    assert lowest <= int(versions.pop()) <= max(map(int, tried))


def test_everything_the_package_is_built_from_is_copied() -> None:
    copied = {word for step in steps("COPY") if "--from" not in step for word in step.split()[:-1]}
    wheel = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = {"pyproject.toml", "requirements.lock", PROJECT["project"]["readme"]}
    needed |= {*PROJECT["project"]["license-files"], *wheel["packages"], *wheel["force-include"]}
    assert copied == needed
    assert "*" in IGNORED
    assert {line.removeprefix("!") for line in IGNORED if line.startswith("!")} == copied
    assert all((TOP / name).exists() for name in copied)


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """What the image holds: a wheel of what Docker is handed, and the libraries it names."""
    source = tmp_path_factory.mktemp("source")
    folders = (path for folder in ("bot", "tests") for path in (TOP / folder).rglob("*"))
    for path in (*TOP.iterdir(), *folders):
        place = path.relative_to(TOP)
        if path.is_file() and is_handed_over(place):
            (source / place).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, source / place)
    return install(build_wheel(source, source / "dist"), tmp_path_factory.mktemp("image"))


def is_handed_over(place: Path) -> bool:
    """Of the lines of .dockerignore that fit a file or a folder above it, the last decides."""
    handed = True
    for line in IGNORED:
        if any(fnmatchcase(str(each), line.removeprefix("!")) for each in (place, *place.parents)):
            handed = line.startswith("!")
    return handed


def test_what_is_left_out_of_the_image_is_there() -> None:
    """A pattern that fits nothing any more leaves nothing out."""
    left_out = [line for line in IGNORED if line.startswith("bot/")]
    assert left_out
    assert [line for line in left_out if not list(TOP.glob(line))] == []


def test_the_image_has_neither_the_demo_nor_tests(image: Environment) -> None:
    for module in (
        "bot.sandbox",
        "bot.networks.testing",
        "tests",
        "pytest",
        "websockets",
    ):
        done = image.python("-c", f"import {module}")
        assert done.returncode == 1, module
        assert "ModuleNotFoundError" in done.stderr
    done = image.byhand("demo")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "This installation has no demo: get Byhand's source, and type make demo there.\n"


def test_everything_else_works_in_the_image(image: Environment) -> None:
    done = image.python("-c", IMPORT_ALL)
    assert done.returncode == 0, done.stderr
    assert image.byhand("version").returncode == image.byhand("init", "--manifest").returncode == 0
    done = image.byhand("check")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "byhand.toml" in done.stdout + done.stderr


def test_it_runs_as_nobody_in_particular_and_keeps_its_data_in_one_place() -> None:
    assert steps("USER") == ["byhand"]
    assert steps("VOLUME") == steps("WORKDIR")[-1:] == ["/data"]
    assert steps("STOPSIGNAL") == ["SIGTERM"]
    assert [json.loads(steps(name)[0]) for name in ("ENTRYPOINT", "CMD")] == [["byhand"], ["run"]]
    assert PROJECT["project"]["scripts"].keys() == {"byhand"}


def test_it_sets_only_variables_that_are_read() -> None:
    variables = dict(pair.split("=", 1) for pair in steps("ENV")[0].split())
    ours = {name: value for name, value in variables.items() if name.startswith("BYHAND_")}
    assert ours.keys() <= ENVIRONMENT.keys()
    assert all("/data/" in ours[name] for name in ("BYHAND_CONFIG", "BYHAND_DATABASE_URL"))
    assert steps("EXPOSE") == [ours["BYHAND_PORT"]] == [ENVIRONMENT["BYHAND_PORT"][0]]


@pytest.mark.parametrize(("ok", "code"), [(True, 0), (False, 1)])
def test_the_health_check_asks_the_bot(ok: bool, code: int) -> None:
    report = Report((Finding("database", ok, "The database answers."),))
    web = build_web(bolt_app=None, signing_secret="", health=lambda: report, ready=Report, metrics=Metrics())
    server = WebServer(web, "127.0.0.1", 0)
    server.start()
    try:
        command = json.loads(steps("HEALTHCHECK")[0].partition("CMD ")[2])
        assert command[0] == "python"
        environ = os.environ | {"BYHAND_PORT": str(server.port)}
        ran = subprocess.run([sys.executable, *command[1:]], env=environ, timeout=20, check=False)
    finally:
        server.stop()
    assert ran.returncode == code
