"""Every import contract can fail: a copy of the program with forbidden imports is refused, each by its contract."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

TOP = Path(__file__).parents[1]
PROJECT = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))
CONTRACTS = PROJECT["tool"]["importlinter"]["contracts"]
LINT = Path(sys.executable).with_name("lint-imports")

LAYERS = "Imports go one way"
PURE = "The rules and the screens do no I/O"
NETWORKS = "Networks do not know each other, and what they share knows none of them"
POSTS = "Posts and conversations meet only in deliveries and queries"
CONVERSATIONS = "Conversations and posts meet only in deliveries and queries"
HTTP = "One module imports the HTTP client"
OAUTH = "Two modules import the OAuth library"
SCHEDULER = "One module imports APScheduler"
SLACK = "Slack's libraries stay with Slack"

# (contract, what imports, what it may not)
FORBIDDEN = [
    (LAYERS, "bot.services.posts.create", "bot.slack.ids"),
    (LAYERS, "bot.domain.posts", "bot.store.deliveries"),
    (LAYERS, "bot.store.deliveries", "bot.services.posts.create"),
    (LAYERS, "bot.networks.text", "bot.store.deliveries"),
    (LAYERS, "bot.slack.routes", "bot.workers.due"),
    (LAYERS, "bot.workers.due", "bot.app"),
    (LAYERS, "bot.app", "bot.sandbox"),
    (PURE, "bot.domain.posts", "sqlalchemy"),
    (PURE, "bot.domain.hours", "sqlite3"),
    (PURE, "bot.slack.views.blocks", "httpx"),
    (PURE, "bot.slack.views.blocks", "slack_sdk"),
    (PURE, "bot.slack.views.posts.card", "sqlalchemy"),
    (PURE, "bot.slack.views.posts.card", "bot.store.deliveries"),
    (NETWORKS, "bot.networks.bluesky.client", "bot.networks.mastodon.client"),
    (NETWORKS, "bot.networks.mastodon.client", "bot.networks.bluesky.client"),
    (NETWORKS, "bot.networks.mastodon.client", "bot.networks.drill"),
    (NETWORKS, "bot.networks.http", "bot.networks.bluesky.client"),
    (NETWORKS, "bot.networks.testing.publishing", "bot.networks.mastodon.client"),
    (POSTS, "bot.services.inbox.ingest", "bot.services.posts.create"),
    (CONVERSATIONS, "bot.services.posts.create", "bot.services.inbox.ingest"),
    (HTTP, "bot.services.posts.create", "httpx"),
    (HTTP, "bot.networks.mastodon.client", "httpx"),
    (HTTP, "bot.networks.drill", "httpcore"),
    (OAUTH, "bot.networks.mastodon.sign_in", "oauthlib"),
    (OAUTH, "bot.shell.connecting", "oauthlib"),
    (SCHEDULER, "bot.workers.due", "apscheduler"),
    (SCHEDULER, "bot.sandbox", "apscheduler"),
    (SLACK, "bot.services.posts.create", "slack_sdk"),
    (SLACK, "bot.workers.due", "slack_bolt"),
]
# (contract, a folder that none of its layers names)
UNNAMED = [(LAYERS, "bot.helpers"), (NETWORKS, "bot.networks.myspace")]
NOT_IO = {"emoji", "regex", "tzdata"}  # what the rules may import


def file_of(module: str, top: Path = TOP) -> Path:
    place = top.joinpath(*module.split("."))
    return place / "__init__.py" if place.is_dir() else place.with_suffix(".py")


@pytest.fixture(scope="module")
def refusals(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What lint-imports says of a copy with all of it at once: {contract: why it is broken}."""
    top = tmp_path_factory.mktemp("copy")
    shutil.copytree(TOP / "bot", top / "bot", ignore=shutil.ignore_patterns("__pycache__", "static"))
    shutil.copy(TOP / "pyproject.toml", top)
    for _, importer, imported in FORBIDDEN:
        with file_of(importer, top).open("a", encoding="utf-8") as file:
            file.write(f"\nimport {imported}\n")
    for _, folder in UNNAMED:
        package = top.joinpath(*folder.split("."))
        package.mkdir()
        (package / "__init__.py").touch()
    ran = subprocess.run(
        [LINT, "--no-cache", "--no-logo"], cwd=top, capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.returncode == 1, ran.stdout + ran.stderr
    _, _, broken = ran.stdout.partition("Broken contracts\n")
    parts = re.split(r"^(\S.*)\n-+\n", broken, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@pytest.mark.parametrize(("contract", "importer", "imported"), FORBIDDEN)
def test_what_is_forbidden_is_refused(
    refusals: dict[str, str], contract: str, importer: str, imported: str
) -> None:
    line = rf"{re.escape(importer)} -> {re.escape(imported)} \(l\.\d+"
    assert re.search(line, refusals[contract])
    assert not re.search(rf"^import {imported}$|^from {imported} ", source_of(importer), flags=re.MULTILINE)


def source_of(module: str) -> str:
    return file_of(module).read_text(encoding="utf-8")


@pytest.mark.parametrize(("contract", "folder"), UNNAMED)
def test_a_folder_that_no_layer_names_is_refused(
    refusals: dict[str, str], contract: str, folder: str
) -> None:
    assert folder in refusals[contract]


def test_every_contract_is_broken_here() -> None:
    assert {contract for contract, *_ in FORBIDDEN} == {contract["name"] for contract in CONTRACTS}


def test_the_rules_may_import_no_library_but_these() -> None:
    """A library that is added is one that does I/O until somebody says otherwise."""
    lines = [*PROJECT["project"]["dependencies"], *PROJECT["project"]["optional-dependencies"]["demo"]]
    required = {re.split(r"[\[><=]", line)[0] for line in lines} - NOT_IO
    (pure,) = (contract for contract in CONTRACTS if contract["name"] == PURE)
    forbidden = set(pure["forbidden_modules"])
    named = {
        name.lower().replace("_", "-")
        for module, names in packages_distributions().items()
        for name in names
        if module in forbidden
    }
    assert required - named == set()
