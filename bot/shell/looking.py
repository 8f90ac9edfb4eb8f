"""`byhand upcoming` and `byhand status`: what the database says, and whether a bot is there."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import make_url

from bot.control.socket import is_listening, to_control_folder
from bot.domain.preflight.week import WeekDay
from bot.domain.shown.post_screens import AccountHealth, GateShut, UpcomingRow
from bot.domain.shown.status_screen import StatusPage
from bot.services.pause import scope_words
from bot.services.queries import posts as post_queries
from bot.services.queries import status as status_queries
from bot.services.queries import upcoming
from bot.services.queries.upcoming import Wanted
from bot.services.unit_of_work import UnitOfWork
from bot.services.wording import list_names
from bot.settings.load import Settings, SettingsError
from bot.shell.database_access import CLOCK, load_settings_to_look, look_and_judge
from bot.shell.refusing import WrongUse
from bot.store.engine.sqlite import to_database_path
from bot.store.engine.vault import BadKey, find_unreadable, list_secret_owners, open_keys, to_key_file

PATIENCE = 2.0  # seconds for the bot's own /readyz
_EVERYWHERE = ("0.0.0.0", "::", "")  # noqa: S104 - addresses to listen on, none to call
UPCOMING = "byhand upcoming takes today, week or all, an account or a label; “{words}” is none of them."


@dataclass(frozen=True)
class Presence:
    """Whether a bot runs on this database, and what it says of itself."""

    running: bool
    sentence: str
    troubles: tuple[str, ...] = ()


def list_upcoming(
    typed: Sequence[str],
) -> tuple[tuple[UpcomingRow, ...], tuple[GateShut, ...], datetime, ZoneInfo, Wanted, tuple[WeekDay, ...]]:
    """The rows, what is paused, and what is to be said of the week's days. Raises WrongUse for words that are no
    period, account or label."""
    words = " ".join(typed)
    try:
        settings = load_settings_to_look()
    except SettingsError:
        if upcoming.read_words(words, {}).other:
            raise WrongUse(UPCOMING.format(words=words)) from None
        raise
    found = look_and_judge(settings, lambda work: _list_wanted(work, words))
    if found is None:
        raise WrongUse(UPCOMING.format(words=words))
    rows, shut, wanted, days = found
    return rows, shut, CLOCK.now(), settings.policy().zone, wanted, days


def _list_wanted(
    work: UnitOfWork, words: str
) -> tuple[tuple[UpcomingRow, ...], tuple[GateShut, ...], Wanted, tuple[WeekDay, ...]] | None:
    found = upcoming.list_wanted(work, words)
    if found is None:
        return None
    rows, wanted = found
    shut = _name(work, post_queries.list_shut_gates(work))
    return rows, shut, wanted, upcoming.judge_week(work, wanted)


def load_status(typed: Sequence[str] = ()) -> tuple[StatusPage, Presence, ZoneInfo]:
    """Raises NoSuchAccount."""
    settings, words = load_settings_to_look(), " ".join(typed)
    page = look_and_judge(settings, lambda work: _status(work, words))
    return page, find_presence(settings), settings.policy().zone


def _status(work: UnitOfWork, words: str) -> StatusPage:
    """As in Slack, but with people by their names: there are no mentions here."""
    page = status_queries.load_status(work, scope_words.list_named(work.policy, work.accounts, words))
    looked = tuple(
        replace(one, by=list_names(work, (one.by,))) if one.by is not None else one for one in page.unwatched
    )
    return replace(
        page, gate=_name(work, page.gate), accounts=_with_closed(work, page.accounts), unwatched=looked
    )


def _name(work: UnitOfWork, gates: Sequence[GateShut]) -> tuple[GateShut, ...]:
    return tuple(
        replace(
            shut,
            by=list_names(work, (shut.by,)),
            again=tuple(replace(one, by=list_names(work, (one.by,))) for one in shut.again),
        )
        for shut in gates
    )


def _with_closed(work: UnitOfWork, known: tuple[AccountHealth, ...]) -> tuple[AccountHealth, ...]:
    """What the network said last does not count where the sign-in cannot be read any more; the bot may be down."""
    settings = load_settings_to_look()
    file = to_key_file(settings.database_url)
    if settings.key is None and not file.exists():
        closed = {owner: f"The key file {file} is gone." for owner, _ in list_secret_owners(work.db)}
    else:
        try:
            closed = find_unreadable(work.db, open_keys(settings.key, file))
        except (BadKey, OSError):  # whoever may only look need not be able to read it
            return known
    titles = {work.policy.title_of(owner): sentence for owner, sentence in closed.items()}
    return tuple(
        replace(one, ok=False, sentence=titles[one.title]) if one.title in titles else one for one in known
    )


def find_presence(settings: Settings) -> Presence:
    """On SQLite the control socket knows for certain; on PostgreSQL only the bot's own address can be asked."""
    findings = _ready(settings)
    if make_url(settings.database_url).get_backend_name() == "sqlite":
        running = is_listening(to_control_folder(to_database_path(settings.database_url)))
    else:
        running = findings is not None
    if not running:
        return Presence(False, "Byhand is not running: nothing is sent until it is started (byhand run).")
    troubles = tuple(str(each["sentence"]) for each in findings or () if not each["ok"])
    return Presence(True, "Byhand is running.", troubles)


def _ready(settings: Settings) -> list[dict[str, object]] | None:
    """What /readyz of the bot at BYHAND_HOST and BYHAND_PORT finds; None: nobody like that is there."""
    host = "127.0.0.1" if settings.host in _EVERYWHERE else settings.host
    url = f"http://{f'[{host}]' if ':' in host else host}:{settings.port}/readyz"
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}), _AnyStatus())
    try:
        with direct.open(url, timeout=PATIENCE) as answer:
            said = json.load(answer)
            troubles = [{"ok": False, "sentence": str(each)} for each in said.get("troubles", ())]
            return [*(each for each in said["checks"] if {"ok", "sentence"} <= each.keys()), *troubles]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):  # nobody, or somebody else
        return None


class _AnyStatus(urllib.request.HTTPErrorProcessor):
    """503 is an answer too: it lists what is wrong."""

    def http_response(self, request: object, response: object) -> object:
        del request
        return response
