"""`byhand migrate` and `byhand backup FILE`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bot.shell.database_access import CLOCK, load_settings_to_look
from bot.store.engine import migrate as migrations
from bot.store.engine.vault import to_key_file


def migrate() -> Iterator[str]:
    done = migrations.migrate(load_settings_to_look().database_url, now=CLOCK.now)
    if done.before == done.after:
        yield f"The database is up to date (revision {done.after})."
    elif done.before is None:
        yield f"The database is made (revision {done.after})."
    else:
        yield f"The database went from revision {done.before} to {done.after}."
    if done.copy is not None:
        yield f"As it was before: {done.copy}"


def backup(file: Path) -> Iterator[str]:
    settings = load_settings_to_look()
    migrations.backup(settings.database_url, file.expanduser(), now=CLOCK.now())
    yield f"The database is copied to {file}."
    if settings.key is None:
        yield f"Its secrets are encrypted with the key in {to_key_file(settings.database_url)}: keep that apart."
