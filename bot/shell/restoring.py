"""`byhand restore FILE`: put a backup back, so that nothing goes out twice."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

from bot.app import open_connections
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
            done, _ = _take(settings, store, None)
        aside = None
    else:
        database = to_database_path(settings.database_url)
        known = None if file.resolve() == database else database
        (done, aside) = copies.restore_file(
            database, file, lambda store: _take(settings, store, known), CLOCK.now
        )
    yield f"The database is put back as it was on {done.made_at}, and publishing is paused."
    if done.open_sends:
        yield f"Sends that may have gone out since: {done.open_sends}. They are looked up, or people are asked."
    yield from _say_erased(done)
    if aside is not None:
        yield f"What was there before: {aside}. It holds customers' words too: delete it once nobody needs it."
    yield "Start it: byhand run. Before you resume, look at each account: later posts and decisions are not in it."


def _say_erased(done: Restored) -> Iterator[str]:
    if done.erased:
        yield f"Customers' words that were erased since are erased again: {_count(done.erased)}."
    if done.not_erased:
        yield (
            f"Not erased again, because an answer was on its way there: {_count(done.not_erased)}. Please do it in "
            "Slack once that is settled (More, Erase personal data…)."
        )
    if done.maybe_erased:
        yield (
            "Byhand cannot know whose words were erased since, and they are here again: erase them once more in Slack "
            "(More, Erase personal data…)."
        )


def _count(conversations: int) -> str:
    return f"{conversations} conversation{'' if conversations == 1 else 's'}"


def _take(settings: Settings, store: Store, before: Path | None) -> tuple[Restored, Mark]:
    """`before`: the database that is to be put aside, which knows what was erased since the copy."""
    now = CLOCK.now()
    found = store.read(generation.load)
    made_at = (found and (found.copied_at or found.at)) or store.read(record.find_newest_moment) or now
    store.write(lambda db: gate.make_rows(db, settings.accounts))
    services = Services(store, CLOCK, settings.policy(), _accounts(store), lambda _what: None)
    mark = Mark(make_id(now), found.mark.beat + 1 if found else 1)
    erased = copies.list_erased_since(before, made_at) if before else None
    return services.do(_take_both, made_at, mark, now, erased), mark


def _take_both(
    work: UnitOfWork, made_at: datetime, mark: Mark, now: datetime, erased: list[str] | None
) -> Restored:
    """In one transaction: a restore that stops in the middle has not begun."""
    done = take_as_copy(work, name_person(), made_at, f"cli:{work.make_id()}", erased)
    generation.begin(work.db, mark, now)
    return done


def _accounts(store: Store) -> Mapping[str, AccountClient]:
    """To render what is looked for. Without them people are asked."""
    try:
        whole = load_settings(None, os.environ, networks=registry.load_all(), need_slack=False)
        return open_connections(whole, store).clients
    except (SettingsError, StoreError, ValueError):
        return {}
