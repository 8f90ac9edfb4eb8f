"""`byhand restore FILE`: put a backup back, so that nothing goes out twice."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

from bot.app import open_accounts
from bot.domain.ids import make_id
from bot.networks import registry
from bot.networks.protocol import AccountClient
from bot.services.restoring import Restored, take_as_copy
from bot.services.unit_of_work import Services, UnitOfWork
from bot.settings.load import Settings, SettingsError, load_settings
from bot.shell.database_access import CLOCK, load_settings_to_look, name_person
from bot.shell.refusing import Refused
from bot.store import copies, record
from bot.store.engine import generation
from bot.store.engine.errors import StoreError
from bot.store.engine.generation import Mark
from bot.store.engine.migrate import migrate
from bot.store.engine.sqlite import to_database_path
from bot.store.engine.store import Store, parse_dialect
from bot.store.pause import gate


def restore(file: Path) -> Iterator[str]:
    """On SQLite `file` becomes the database. On PostgreSQL `pg_restore` did that already; `file` is its dump."""
    settings, file = load_settings_to_look(), file.expanduser()
    if not file.is_file():
        raise Refused(f"There is no file {file}.")
    if parse_dialect(settings.database_url) == "postgresql":
        migrate(settings.database_url, now=CLOCK.now)
        with Store.open(settings.database_url, now=CLOCK.now) as store:
            done, _ = _take(settings, store)
        aside = None
    else:
        database = to_database_path(settings.database_url)
        (done, aside) = copies.restore_file(database, file, lambda store: _take(settings, store), CLOCK.now)
    yield f"The database is put back as it was on {done.made_at}, and publishing is paused."
    if done.open_sends:
        yield f"Sends that may have gone out since: {done.open_sends}. They are looked up, or people are asked."
    if aside is not None:
        yield f"What was there before: {aside}"
    yield "Start it: byhand run. Before you resume, look at each account: later posts and decisions are not in it."


def _take(settings: Settings, store: Store) -> tuple[Restored, Mark]:
    now = CLOCK.now()
    found = store.read(generation.load)
    made_at = (found and (found.copied_at or found.at)) or store.read(record.find_newest_moment) or now
    store.write(lambda db: gate.make_rows(db, settings.accounts))
    services = Services(store, CLOCK, settings.policy(), _accounts(store), lambda _what: None)
    mark = Mark(make_id(now), found.mark.beat + 1 if found else 1)
    return services.do(_take_both, made_at, mark, now), mark


def _take_both(work: UnitOfWork, made_at: datetime, mark: Mark, now: datetime) -> Restored:
    """In one transaction: a restore that stops in the middle has not begun."""
    done = take_as_copy(work, name_person(), made_at, f"cli:{work.make_id()}")
    generation.begin(work.db, mark, now)
    return done


def _accounts(store: Store) -> Mapping[str, AccountClient]:
    """To render what is looked for. Without them people are asked."""
    try:
        whole = load_settings(None, os.environ, networks=registry.list_secrets(), need_slack=False)
        return open_accounts(whole, store)
    except (SettingsError, StoreError, ValueError):
        return {}
