"""A database with years behind it, in seconds: posts, answers and pauses that are over, and a few that are not.

The last of the old posts are the same however many there are, and so is what is ahead: what a screen shows of the
two does not differ, only what lies behind it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from sqlalchemy import Connection, text

from bot.domain.gate import ALL
from bot.store.engine.moment import EPOCH

EVERY = timedelta(minutes=30)  # between two old posts, and two ahead
MISSED = 30  # the newest of the old: they missed their slots in the pause that is on
AHEAD = 30
ACCOUNTS = ("bakery", "cafe")

_NUMBERS = {
    "sqlite": "(WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {count}) SELECT n FROM c) s",
    "postgresql": "generate_series(1, {count}) AS s(n)",
}
_AT = "(:now - CAST(n AS BIGINT) * :every)"
_OLD = f"""CASE WHEN n <= {MISSED} OR n % 10 = 0 THEN 'missed' WHEN n % 10 = 1 THEN 'killed'
WHEN n % 10 = 2 THEN 'failed' ELSE 'published' END"""
_WENT_OUT = f"WHERE n > {MISSED} AND n % 10 > 2"
_POSTS = (
    "INSERT INTO posts (id, number, status, version_id, created_by, created_at, status_at, reminded, drill)"
)
_VERSIONS = """INSERT INTO versions (id, post_id, seq, sha256, accounts, text, variants, images, slot, visibility,
language, label, note, immediate, words_by, saved_at)"""
_CARDS = """INSERT INTO cards (id, kind, subject, current, channel, ts, wanted, shown, urgency, gone, created_at)"""
_CONVERSATIONS = """INSERT INTO conversations (id, number, account, customer, thread, private, stage, seq, opened_at,
last_at, waiting_since, reasons, post_id, answered_at)"""
_MESSAGES = """INSERT INTO messages (id, account, remote_id, conversation_id, place, seq, via, kind, at, received_at,
stream, reference, complaint, edits)"""
_PAUSES = """INSERT INTO pauses (id, scope, by_user, at, stopped, under_way, elsewhere, deleted, reminders, ended_at)"""


def fill(db: Connection, old: int, now: datetime, ahead: int = AHEAD) -> None:
    """`old` posts that are over and `ahead` to come, half of each account, and what belongs to them. The gate's rows
    are there; publishing is paused since the first of those that missed their slots."""
    fill_behind(db, old, now)
    fill_ahead(db, old, now, ahead)


def fill_behind(db: Connection, old: int, now: datetime) -> None:
    """What is over, and what customers wait for."""
    _run(db, (*_behind(), *_customers()), old, now, 0)


def fill_ahead(db: Connection, old: int, now: datetime, ahead: int) -> None:
    """What is to come, and the pause; behind it `old` posts are there."""
    _run(db, _ahead(), old, now, ahead)
    _pause(db, now - (MISSED + 1) * EVERY)


def _run(db: Connection, statements: Iterable[str], old: int, now: datetime, ahead: int) -> None:
    dialect = db.dialect.name
    given = {
        "now": (now - EPOCH) // timedelta(microseconds=1), "every": EVERY // timedelta(microseconds=1), "no": False,
        "yes": True, "bytes": b"x", "old": old,
    }  # fmt: skip
    for statement in statements:
        for name, count in (("old", old), ("pauses", old // 100), ("ahead", ahead), ("waiting", AHEAD)):
            statement = statement.replace(f"<{name}>", _NUMBERS[dialect].format(count=count))
        db.execute(text(statement), {name: each for name, each in given.items() if f":{name}" in statement})


def _behind() -> Iterator[str]:
    yield f"{_POSTS} SELECT 'p' || n, n, {_OLD}, 'v' || n, 'U0MAYA', {_AT}, {_AT}, 0, :no FROM <old>"
    for rest, account in enumerate(ACCOUNTS):
        yield f"""{_VERSIONS} SELECT 'v' || n, 'p' || n, 1, 'x', '["{account}"]', 'Fresh bread No. ' || n * 7919,
            '{{}}', '[]', {_AT}, '{{}}', '{{}}', '', '', :no, '["U0MAYA"]', {_AT} FROM <old> WHERE n % 2 = {rest}"""
    yield f"""INSERT INTO approvals (id, post_id, version_id, sha256, kind, epochs, by_user, action_key, at)
        SELECT 'a' || n, 'p' || n, 'v' || n, 'x', 'approve', '{{}}', 'U0TOM', 'key' || n, {_AT} FROM <old>"""
    account = "CASE WHEN n % 2 = 0 THEN 'bakery' ELSE 'cafe' END"
    yield f"""INSERT INTO deliveries (id, post_id, kind, account, state, fence, tries, idem_key, handle, prepared,
        remote_id, changed_at) SELECT 'd' || n, 'p' || n, 'post', {account}, 'sent', 1, 1, 'd' || n, 'h', '{{}}',
        'r' || n, {_AT} FROM <old> {_WENT_OUT}"""
    yield f"""INSERT INTO deliveries (id, post_id, kind, account, state, fence, tries, idem_key, handle, prepared,
        remote_id, changed_at) SELECT 't' || n, 'p' || n, 'takedown', {account}, 'sent', 1, 1, 't' || n, 'h', '{{}}',
        'r' || n, {_AT} FROM <old> {_WENT_OUT} AND n % 7 = 0"""
    yield f"""INSERT INTO attempts (id, delivery_id, kind, post_id, version_id, approval_id, fence, epochs, bytes,
        state, started_at, send_by, ended_at) SELECT 'e' || n, 'd' || n, 'post', 'p' || n, 'v' || n, 'a' || n, 1,
        '{{}}', :bytes, 'sent', {_AT}, {_AT}, {_AT} FROM <old> {_WENT_OUT}"""
    yield f"""{_CARDS} SELECT 'c' || n, 'post', 'p' || n, :yes, 'C0SOCIAL', 'ts' || n, 2, 2, 5, :no, {_AT} FROM <old>"""
    yield f"""INSERT INTO lines (id, card_id, seq, kind, "values", ts, redraw, gone, created_at)
        SELECT 'l' || n, 'c' || n, 1, 'missed', '{{}}', 'ts' || n, :no, :no, {_AT} FROM <old>"""
    for step in range(3):
        yield f"""INSERT INTO facts (id, at, what, via, subject, data) SELECT 'f{step}' || n, {_AT}, 'post.approved',
            'slack', 'post:p' || n, '{{}}' FROM <old>"""
        yield f"""INSERT INTO seals (seq, fact_id, hash, at) SELECT {step} * :old + :old - n + 1, 'f{step}' || n, 'x',
            {_AT} FROM <old>"""
    yield f"""{_PAUSES} SELECT 'z' || n, 'all', 'U0MAYA', {_AT}, 0, '[]', '{{}}', '{{}}', 0, {_AT} FROM <pauses>"""
    yield f"""{_CARDS} SELECT 'b' || n, 'banner', 'z' || n, :yes, 'C0SOCIAL', 'bt' || n, 2, 2, 5, :no, {_AT}
        FROM <pauses>"""


def _customers() -> Iterator[str]:
    """A conversation about each old post, answered; and some that wait."""
    account = "CASE WHEN n % 2 = 0 THEN 'bakery' ELSE 'cafe' END"
    yield f"""{_CONVERSATIONS} SELECT 'k' || n, n, {account}, 'x' || n, 'r' || n, :no, 'done', 2, {_AT}, {_AT}, NULL,
        '[]', 'p' || n, {_AT} FROM <old>"""
    yield f"""{_CONVERSATIONS} SELECT 'w' || n, :old + n, {account}, 'y' || n, 's' || n, :no, 'open', 1, {_AT}, {_AT},
        {_AT}, '[]', NULL, NULL FROM <waiting>"""
    for whose, place, via, which in (("k", 1, "customer", "<old>"), ("k", 2, "byhand", "<old>"),
                                     ("w", 1, "customer", "<waiting>")):  # fmt: skip
        name = f"'{whose}{place}-' || n"
        yield f"""{_MESSAGES} SELECT {name}, {account}, {name}, '{whose}' || n, {place}, {place}, '{via}', 'comment',
            {_AT}, {_AT}, 'notices', '{{}}', :no, 0 FROM {which}"""
        yield f"""INSERT INTO words (message_id, text, attachments, salt, likeness)
            SELECT {name}, 'Is it open?', '[]', 's', '' FROM {which}"""


def _ahead() -> Iterator[str]:
    """Posts to come: of the first some wait for a decision and some have it; all others are far ahead."""
    at = "(:now + CAST(n AS BIGINT) * :every)"
    status = f"CASE WHEN n > {AHEAD} OR n % 3 = 0 THEN 'scheduled' WHEN n % 3 = 1 THEN 'review' ELSE 'approved' END"
    yield f"{_POSTS} SELECT 'q' || n, :old + n, {status}, 'u' || n, 'U0MAYA', :now, :now, 0, :no FROM <ahead>"
    for rest, account in enumerate(ACCOUNTS):
        yield f"""{_VERSIONS} SELECT 'u' || n, 'q' || n, 1, 'x', '["{account}"]', 'Tomorrow No. ' || n * 104729, '{{}}',
            '[]', {at}, '{{}}', '{{}}', '', '', :no, '["U0MAYA"]', :now FROM <ahead> WHERE n % 2 = {rest}"""
    yield f"""{_CARDS} SELECT 'g' || n, 'post', 'q' || n, :yes, 'C0SOCIAL', 'gt' || n, 2, 2, 5, :no, :now
        FROM <ahead>"""


def _pause(db: Connection, begun: datetime) -> None:
    at = (begun - EPOCH) // timedelta(microseconds=1)
    db.execute(
        text("UPDATE gate SET paused = :yes, epoch = 1, by_user = 'U0MAYA', at = :at WHERE scope = :scope"),
        {"yes": True, "at": at, "scope": ALL},
    )
    db.execute(text(f"""{_PAUSES} VALUES ('now', :scope, 'U0MAYA', :at, 0, '[]', '{{}}', '{{}}', 0, NULL)"""),
               {"at": at, "scope": ALL})  # fmt: skip
