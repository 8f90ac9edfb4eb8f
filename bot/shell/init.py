"""`byhand init`: the interview's file, or one of the texts for setting up the Slack app."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from bot.settings.schema import ENVIRONMENT
from bot.shell.interview import interview, next_steps
from bot.shell.refusing import Refused
from bot.slack.manifest import admin_page, manifest_for_http, manifest_text


def write(*, force: bool) -> Iterable[str]:
    """Ask, then write; nothing is there before the last answer. Raises Refused."""
    file = Path(os.environ.get("BYHAND_CONFIG") or ENVIRONMENT["BYHAND_CONFIG"][0])
    if file.exists() and not force:
        raise Refused(f"{file} exists already. To answer everything anew and replace it: byhand init --force")
    if not file.absolute().parent.is_dir():
        raise Refused(f"There is no folder {file.absolute().parent}.")
    text = interview()
    file.write_text(text, encoding="utf-8")
    return next_steps(file)


def manifest() -> Iterable[str]:
    return manifest_text().splitlines()


def http_manifest(url: str) -> Iterable[str]:
    """`url`: where the bot can be reached from the internet. Raises Refused."""
    try:
        return manifest_for_http(url).splitlines()
    except ValueError as error:
        raise Refused(str(error)) from None


def admin() -> Iterable[str]:
    return admin_page().splitlines()
