"""`byhand init`: the interview's file, or one of the texts for setting up the Slack app."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from bot.settings.schema import ENVIRONMENT
from bot.shell.interview import interview, list_next_steps
from bot.shell.refusing import Refused
from bot.slack.manifest import make_http_manifest, read_manifest, write_admin_page


def write(*, force: bool) -> Iterable[str]:
    """Ask, then write; nothing is there before the last answer. Raises Refused."""
    file = Path(os.environ.get("BYHAND_CONFIG") or ENVIRONMENT["BYHAND_CONFIG"][0])
    if file.exists() and not force:
        raise Refused(
            f"{file} exists already. To answer everything again and replace it: byhand init --force"
        )
    if not file.absolute().parent.is_dir():
        raise Refused(f"There is no folder {file.absolute().parent}.")
    text = interview()
    file.write_text(text, encoding="utf-8")
    return list_next_steps(file)


def show_manifest() -> Iterable[str]:
    return read_manifest().splitlines()


def show_http_manifest(url: str) -> Iterable[str]:
    """`url`: where the bot can be reached from the internet. Raises Refused."""
    try:
        return make_http_manifest(url).splitlines()
    except ValueError as error:
        raise Refused(str(error)) from None


def show_admin_page() -> Iterable[str]:
    return write_admin_page().splitlines()
