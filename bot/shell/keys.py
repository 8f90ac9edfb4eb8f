"""`byhand keys rotate`: a new key for every secret, by the running bot or here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from bot.control.client import Bot, open_writer_or_bot
from bot.domain.ids import make_id
from bot.shell.database_access import CLOCK, load_settings_to_look, open_to_read
from bot.store.engine.vault import rotate_keys, to_key_file

PATIENCE = 60.0  # seconds


def rotate(*, forget: bool) -> Iterator[str]:
    settings = load_settings_to_look()
    url, file = settings.database_url, to_key_file(settings.database_url)
    with open_to_read(settings):
        pass  # its sentence, where there is no database of this version
    done: dict[str, Any]
    with open_writer_or_bot(url, now=CLOCK.now, purpose="keys rotate") as hand:
        if isinstance(hand, Bot):
            done = hand.ask("keys rotate", {"forget": forget}, timeout=PATIENCE)
        else:
            hand.adopt(make_id(CLOCK.now()))
            done = asdict(rotate_keys(hand, settings.key, file, forget=forget))
    if done["forgotten"]:
        yield f"Dropped, because no key opens it: what was kept for {', '.join(done['forgotten'])}. They sign in again."
    if settings.key is None:
        yield f"{file} has a new key, and every secret ({done['count']}) is encrypted with it."
    else:
        yield f"Every secret ({done['count']}) is encrypted with the first key of BYHAND_KEY: the others can go."
    yield "Backups made before now need the old key."
