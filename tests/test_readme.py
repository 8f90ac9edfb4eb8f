"""The pages tell the truth: settings, commands, places and rights are those there are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer.main
import yaml

from bot.cli import app
from bot.domain.posts import MOVES, Status, Verb
from bot.domain.preflight.objections import ObjectionType
from bot.settings.table import format_settings_table
from tests.program import read_program

ROOT = Path(__file__).parents[1]


def page(name: str) -> str:
    return (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")


COMMANDS = page("commands")


def test_the_settings_tables_are_those_of_the_code() -> None:
    """To mend it: put what `format_settings_table()` prints into docs/settings.md."""
    assert format_settings_table() in page("settings")


def test_every_command_is_listed_and_every_listed_one_exists() -> None:
    commands = typer.main.get_group(app).commands
    listed = set(re.findall(r"^\| `byhand ([a-z]+)", COMMANDS, flags=re.MULTILINE))
    assert listed == set(commands)


@pytest.mark.parametrize("option", sorted(set(re.findall(r"`(--[a-z-]+)", COMMANDS))))
def test_every_option_exists(option: str) -> None:
    top = typer.main.get_group(app).commands.values()
    commands = [*top, *(inner for group in top for inner in getattr(group, "commands", {}).values())]
    assert any(option in parameter.opts for command in commands for parameter in command.params)


def test_every_folder_is_on_the_map() -> None:
    folders = {f"bot/{file.split('/')[0]}" for file in read_program() if file.count("/") == 1}
    assert folders <= set(re.findall(r"^\| `(bot/\w+)`", page("source-map"), flags=re.MULTILINE))


def test_what_the_table_of_places_names_is_there() -> None:
    assert MOVES[Status.REVIEW, Verb.APPROVE]
    assert ".publish(" in (ROOT / "bot/workers/worker.py").read_text(encoding="utf-8")
    assert "class NetworkContract" in (ROOT / "bot/networks/testing/publishing.py").read_text(
        encoding="utf-8"
    )


def test_the_slash_commands_are_those_of_the_manifest() -> None:
    manifest = yaml.safe_load((ROOT / "manifest.yml").read_text(encoding="utf-8"))
    hint = manifest["features"]["slash_commands"][0]["usage_hint"]
    for word in re.findall(r"\w+", hint):
        assert f"`/social {word}`" in COMMANDS


def test_every_call_to_mastodon_has_its_scope() -> None:
    """What the adapter asks for stands in the page; what a refused token is told to have is among it."""
    rights = page("accounts").partition("## Bluesky")[0]
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "bot/networks/mastodon").glob("*.py"))
    called = set(re.findall(r"/api/v\d/[a-z_/]*[a-z_]", code))
    assert len(called) >= 5
    assert {path for path in called if path not in rights} == set()
    scopes = set(re.findall(r"^\| `(\w+:\w+)`", rights, flags=re.MULTILINE))
    assert set(re.findall(r"\b(?:read|write):[a-z]+", code)) <= scopes


WARNED = {  # how the README's table of warnings names each
    ObjectionType.SIMILAR: "Nearly the same words",
    ObjectionType.HOURS: "nobody there to decide, or to answer comments in its first hour",
    ObjectionType.SPACING: "another post of the account close by",
    ObjectionType.FULL_DAY: "too many that day",
    ObjectionType.ALLOWANCE: "more posts in 24 hours than the network takes",
    ObjectionType.SHIFT: "nobody on shift in the hour after it",
    ObjectionType.SAME_WORDS: "the same words on several accounts",
    ObjectionType.WAITING: "customers who wait too long there",
    ObjectionType.HOLIDAY: "a public holiday of your `country`",
    ObjectionType.EMPTY: "neither text nor image",
    ObjectionType.DAMAGED: "letters a program damaged",
    ObjectionType.MISFIT: "too long, or an image the network does not take",
    ObjectionType.SHOWN: "an animation that will not move",
    ObjectionType.ACCOUNT: "an account that left the settings",
    ObjectionType.SIGN_IN: "whose sign-in has ended",
    ObjectionType.ALT_TEXT: "an image without alt text",
    ObjectionType.MAYBE_OUT: "a post that a backup brought back",
    ObjectionType.STRUCK: "`~struck out~`",
    ObjectionType.LIMIT: "more than the account has for a month",
    ObjectionType.COST: "what a send costs, where the network takes money for it",
    ObjectionType.LETTERS: "emoji names such as `:tada:`",
}


def test_the_table_of_warnings_has_those_there_are() -> None:
    """Seen: a slot 11 minutes after another, on a Sunday evening, and no word."""
    _, _, behind = (ROOT / "README.md").read_text(encoding="utf-8").partition("## What a card warns of")
    table = behind.partition("\n## ")[0]
    assert set(WARNED) == set(ObjectionType)
    assert [words for words in WARNED.values() if words not in table] == []
