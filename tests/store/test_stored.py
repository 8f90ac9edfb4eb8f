"""A database an older Byhand left behind: it migrates, loses nothing, is drawn whole, and the bot goes on from it.

From here on it is what every migration is tried on. How it came about: `stored/README.md`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from secrets import token_hex
from shutil import copyfile
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import func, make_url, select
from typer.testing import CliRunner

from bot.cli import app
from bot.domain.gate import DRILL
from bot.domain.inbox_refusals import Erased, NothingToAnswer
from bot.domain.people import Person
from bot.domain.posts import Seen, Status
from bot.domain.refusals import Paused
from bot.domain.shown.post_screens import Ahead
from bot.networks.drill import DrillClient
from bot.sandbox.networks.mastodon.server import MastodonServer
from bot.services.posts import review
from bot.services.queries import conversations as conversation_queries
from bot.services.queries import history
from bot.services.queries import home as home_queries
from bot.services.queries import inbox as inbox_queries
from bot.services.queries import pause as pause_queries
from bot.services.queries import posts as post_queries
from bot.services.queries import status as status_queries
from bot.services.queries.edit_form import load_edit_form
from bot.slack.outbox.render import CardRenderer
from bot.slack.views import answers
from bot.slack.views.blocks import Message
from bot.slack.views.home.home import draw_home_page
from bot.slack.views.inbox import dialogs as conversation_dialogs
from bot.slack.views.inbox import lists
from bot.slack.views.inbox.card import draw_conversation_card
from bot.slack.views.pause import resume
from bot.slack.views.pause.banner import draw_banner
from bot.slack.views.posts import dialogs
from bot.slack.views.posts.card import draw_post_card
from bot.slack.views.posts.edit_dialog import draw_edit_dialog
from bot.slack.views.text import Place
from bot.store import deliveries, record
from bot.store.engine.migrate import find_newest_revision, migrate
from bot.store.engine.store import Store
from bot.store.engine.vault import StoreVault, open_keys
from bot.store.inbox import conversations, messages
from bot.store.pause import pauses
from bot.store.posts import posts
from bot.store.slack import cards
from bot.store.tables import core
from bot.store.tables.metadata import metadata
from tests.backend import ANNA, BERLIN, GIL, MAYA, TOM, Backend, ManualClock, team
from tests.postgres import PostgresServer
from tests.slack.limits import check_message, check_view
from tests.store.old_database import (
    INBOX,
    KEY,
    LOOK_FIRST,
    PRIVATE,
    STORED_AT,
    Rows,
    connection,
    list_values,
    put_up_postgres,
    put_up_sqlite,
    read_rows,
)

PLACE = Place(BERLIN, "https://dock.slack.example")
# What a migration changed on purpose: {("table", "column"): "the revision, and what became of the values"}.
CHANGED: dict[tuple[str, str], str] = {}


@pytest.fixture(params=["sqlite", "postgresql"])
def old_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """As it was left; each engine in turn."""
    if request.param == "sqlite":
        yield put_up_sqlite(tmp_path / "byhand.db")
        return
    if request.config.getoption("--only-sqlite"):
        pytest.skip("--only-sqlite")
    server: PostgresServer = request.getfixturevalue("postgres_server")
    with put_up_postgres(server, f"stored_{token_hex(6)}") as url:
        yield url


@pytest.fixture(scope="session")
def upgraded_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Brought to today's tables, once; each test has a copy."""
    path = tmp_path_factory.mktemp("upgraded") / "byhand.db"
    migrate(put_up_sqlite(path), now=lambda: STORED_AT)
    return path


@pytest.fixture(scope="session")
def upgraded_postgres(postgres_server: PostgresServer) -> Iterator[str]:
    """The name of the same on PostgreSQL, a template."""
    name = f"upgraded_{token_hex(6)}"
    with put_up_postgres(postgres_server, name) as url:
        migrate(url, now=lambda: STORED_AT)
        postgres_server.terminate(str(make_url(url).database))
        yield str(make_url(url).database)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A copy of it, brought to today's tables; each engine in turn."""
    if request.param == "sqlite":
        copy = tmp_path / "byhand.db"
        copyfile(request.getfixturevalue("upgraded_sqlite"), copy)
        yield f"sqlite:///{copy}"
        return
    if request.config.getoption("--only-sqlite"):
        pytest.skip("--only-sqlite")
    server: PostgresServer = request.getfixturevalue("postgres_server")
    name = f"stored_{token_hex(6)}"
    yield server.new_database(name, template=request.getfixturevalue("upgraded_postgres"))
    server.drop_database(name)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(STORED_AT)


@pytest.fixture
def backend(url: str, network: MastodonServer, clock: ManualClock) -> Iterator[Backend]:
    """The bakery that lived with it, its people and settings; the network has forgotten everything."""
    policy = team(
        inbox_channel=INBOX, private_channel=PRIVATE, look_first=LOOK_FIRST, pause_elsewhere=("Meta ads",)
    )
    with Store.open(url, now=clock.now, purpose="run") as store:
        built = Backend(store, network, clock=clock, policy=policy, worker_name="worker-new")
        built.accounts[DRILL] = DrillClient()
        yield built
        built.worker.stop(timedelta(seconds=5))


# --- what is stored ----------------------------------------------------------------------------------

EVERYTHING = {
    "SELECT status FROM posts": {
        "draft", "scheduled", "review", "approved", "held", "missed", "publishing", "published", "failed",
        "killed",
    },
    "SELECT state FROM deliveries WHERE kind = 'post'": {
        "ready", "claimed", "sending", "sent", "refused", "unknown", "dropped",
    },
    "SELECT state FROM deliveries WHERE kind = 'takedown'": {"ready", "sent", "refused", "unknown"},
    "SELECT state FROM deliveries WHERE kind = 'reply'": {"ready", "claimed", "sent", "refused", "unknown"},
    "SELECT state FROM deliveries WHERE kind = 'correct'": {"sent"},
    "SELECT state FROM attempts": {"sending", "unknown", "sent", "refused", "not_sent", "absent"},
    "SELECT stage FROM conversations": {"offered", "open", "answered", "done", "left"},
    "SELECT via FROM messages": {"customer", "byhand", "app"},
    "SELECT state FROM drafts": {"offered", "sent", "kept", "replaced"},
    "SELECT kind FROM piles": {"post", "same"},
    "SELECT kind FROM cards": {"post", "banner", "drill", "talk", "pile", "offer", "spike"},
    "SELECT scope FROM pauses WHERE ended_at IS NULL": {"cafe"},
    "SELECT scope FROM pauses WHERE ended_at IS NOT NULL": {"all", "drill"},
    "SELECT count(*) FROM drills GROUP BY ended_at IS NULL": {1},
    "SELECT count(*) > 0 FROM facts WHERE id NOT IN (SELECT fact_id FROM seals)": {True},
}  # fmt: skip


def test_it_holds_everything_there_can_be(old_url: str) -> None:
    found = {query: list_values(old_url, query) for query in EVERYTHING}
    assert found == EVERYTHING
    assert list_values(old_url, "SELECT version_num FROM alembic_version") == {"0001"}
    empty = [table for table, rows in read_rows(old_url).items() if not rows]
    assert empty == []


# --- it migrates -------------------------------------------------------------------------------------


def test_it_has_todays_tables_afterwards(url: str) -> None:
    with connection(url) as conn:
        context = MigrationContext.configure(conn)
        assert context.get_current_revision() == find_newest_revision()
        assert compare_metadata(context, metadata) == []


def test_every_row_is_still_there(old_url: str) -> None:
    before = read_rows(old_url)
    migrate(old_url, now=lambda: STORED_AT)
    assert lost(before, read_rows(old_url)) == []


def lost(before: Rows, after: Rows) -> list[str]:
    """What was in a row and is not any more. New tables and new columns are no loss."""
    found = []
    for table in before.keys() - {"alembic_version"}:
        kept = [name for name in before[table][0] if (table, name) not in CHANGED]
        there = {tuple((name, repr(row.get(name, "gone"))) for name in kept) for row in after.get(table, [])}
        for row in before[table]:
            if tuple((name, repr(row[name])) for name in kept) not in there:
                found.append(f"{table}: {row}")
    return found


def test_a_row_that_is_gone_or_changed_is_told(old_url: str) -> None:
    before = read_rows(old_url)
    with connection(old_url) as conn:
        conn.exec_driver_sql("DELETE FROM words WHERE text = 'Lovely bread!'")
        conn.exec_driver_sql("UPDATE people SET name = 'Thomas' WHERE name = 'Tom'")
    told = lost(before, read_rows(old_url))
    assert sorted(line.partition(":")[0] for line in told) == ["people", "words"]


# --- it is read and drawn ----------------------------------------------------------------------------


def ids_of(backend: Backend, table: str) -> list[str]:
    query = select(metadata.tables[table].c.id)
    return list(backend.store.read(lambda db: db.execute(query).scalars()))


def test_every_row_reads(backend: Backend) -> None:
    def read(db: Any) -> None:
        for post_id in ids_of(backend, "posts"):
            post = posts.load(db, post_id)
            assert post is not None
            assert post.version.body.text
            assert all(one.post_id == post_id for one in deliveries.list_of_post(db, post_id))
        for delivery_id in ids_of(backend, "deliveries"):
            assert deliveries.load(db, delivery_id) is not None
        said = 0
        for conversation_id in ids_of(backend, "conversations"):
            assert conversations.load(db, conversation_id) is not None
            found = messages.list_of_conversation(db, conversation_id)
            said += len(found)
            assert len(messages.load_words(db, [one.id for one in found])) == len(found)
        assert said == len(ids_of(backend, "messages"))

    backend.store.read(read)


def test_every_card_and_line_can_be_drawn(backend: Backend) -> None:
    """Only an old card that never was up, and nothing waits for, is not drawn; here is none."""
    artist = CardRenderer(lambda: PLACE, lambda _sha256, _post: None)

    def draw(work: Any) -> None:
        for card_id in ids_of(backend, "cards"):
            card = cards.load(work.db, card_id)
            assert card is not None
            shown = artist.card(work, card)
            assert isinstance(shown, Message), (card, shown)
            check_message(shown)
        lines = [cards.Line(*row) for row in work.db.execute(cards.select_said_lines())]
        assert len(lines) == len(ids_of(backend, "lines"))
        for line in lines:
            said = artist.line(work, line)
            assert said is not None, line
            check_message(said)

    backend.services.look(draw)


def test_every_post_can_be_drawn_with_its_dialogs(backend: Backend) -> None:
    for post_id in ids_of(backend, "posts"):
        card = backend.services.look(post_queries.load_card, post_id)
        form = backend.services.look(load_edit_form, TOM, post_id)
        assert card is not None
        assert form is not None
        check_message(draw_post_card(card, PLACE))
        for view in (
            draw_edit_dialog(form),
            dialogs.draw_pick_time_dialog(form),
            dialogs.draw_preview_dialog(card),
        ):
            check_view(view)
        happened = backend.services.look(history.list_history, post_id)
        check_view(dialogs.draw_history_dialog(card.number, card.seen, happened, PLACE))


def test_every_conversation_can_be_drawn_and_answered(backend: Backend) -> None:
    refused = set()
    for conversation_id in ids_of(backend, "conversations"):
        card = backend.services.look(conversation_queries.load_conversation_card, conversation_id)
        assert card is not None
        check_message(draw_conversation_card(card, PLACE))
        try:
            form = backend.services.look(conversation_queries.load_reply_form, TOM, conversation_id)
        except (Erased, NothingToAnswer) as refusal:
            refused.add(type(refusal))
        else:
            check_view(conversation_dialogs.draw_reply_dialog(form, PLACE))
    assert refused == {Erased, NothingToAnswer}  # one was erased, of one the customer deleted all


@pytest.mark.parametrize("person", [MAYA, TOM, GIL], ids=lambda person: person.name)
def test_home_and_lists_can_be_drawn(backend: Backend, person: Person) -> None:
    look = backend.services.look
    check_view(draw_home_page(look(home_queries.load_home, person), PLACE))
    check_message(
        answers.draw_upcoming(look(post_queries.list_upcoming, Ahead.ALL, person), Ahead.ALL, PLACE)
    )
    check_message(answers.draw_status(look(status_queries.load_status), PLACE))
    check_message(lists.draw_inbox(look(inbox_queries.load_inbox, person), PLACE))


# --- what holds --------------------------------------------------------------------------------------


def waiting(backend: Backend, words: str) -> Seen:
    """The post with these words, as a person sees it now."""
    known = core.versions
    query = select(known.c.post_id).where(known.c.text == words)
    post_id = backend.store.read(lambda db: db.execute(query).scalars().first())
    assert post_id is not None
    return backend.now_seen(Seen(post_id, 1))


def test_the_pause_is_still_on(backend: Backend) -> None:
    stopped = waiting(backend, "Live music tonight")
    with pytest.raises(Paused):
        backend.services.do(review.approve, ANNA, stopped, "a click of today")
    pause = backend.store.read(lambda db: pauses.find_running(db, "cafe"))
    assert pause is not None
    running = backend.services.look(pause_queries.load_banner, pause.id)
    assert running is not None
    assert "is paused" in draw_banner(running, PLACE).text
    form = backend.services.look(pause_queries.load_resume_form, "cafe")
    assert form is not None
    check_view(resume.draw_resume_dialog(form, PLACE))


def test_the_record_verifies_and_goes_on(backend: Backend) -> None:
    facts = select(func.count()).select_from(core.facts)
    count = backend.store.read(lambda db: int(db.execute(facts).scalar_one()))
    verdict = backend.store.read(record.verify)
    assert verdict.problem is None
    assert (verdict.head.seq, verdict.unsealed) == (263, count - 263)
    oldest = backend.store.read(record.find_oldest_unsealed)
    later = STORED_AT + timedelta(minutes=1)
    backend.store.write(lambda db: record.seal(db, by="worker-new", now=later, oldest=oldest))
    after = backend.store.read(record.verify)
    assert (after.problem, after.head.seq, after.unsealed) == (None, count, 0)


def test_the_secret_opens(backend: Backend) -> None:
    keys = open_keys(KEY, Path("unused"))
    assert StoreVault(backend.store, keys, "bakery").load("session") == "the stored session"


def test_the_command_line_reads_it(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    accounts = "".join(
        f'[accounts.{name}]\nnetwork = "mastodon"\nserver = "https://x.example"\n'
        for name in ("bakery", "cafe")
    )
    head_of_file = '[slack]\nreview_channel = "C0SOCIAL"\n[team]\ntimezone = "Europe/Berlin"\n'
    (tmp_path / "byhand.toml").write_text(
        f'{head_of_file}hours = "Mon-Sat 08:00-18:00"\napprovers = ["U0TOM"]\n{accounts}', encoding="utf-8"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BYHAND_DATABASE_URL", url)
    said = {
        words: CliRunner().invoke(app, words.split()) for words in ("status", "upcoming all", "record verify")
    }
    assert {words: result.exit_code for words, result in said.items()} == dict.fromkeys(said, 0), said
    assert "paused" in said["status"].stdout
    assert "Tomorrow's bread" in said["upcoming all"].stdout
    assert "263 facts sealed" in said["record verify"].stdout


# --- the bot goes on ---------------------------------------------------------------------------------


def test_the_bot_goes_on_and_sends_what_was_approved_and_nothing_else(backend: Backend) -> None:
    """A day later: what had its yes went out, an approval given now counts, and all others missed their slots."""
    allowed = list_values_of(backend, "SELECT text FROM versions WHERE id IN (SELECT version_id FROM approvals"
                                    " WHERE revoked_at IS NULL)")  # fmt: skip
    backend.worker.start()
    backend.services.do(review.approve, TOM, waiting(backend, "For the bakery alone"), "a click of today")
    for _ in range(120):
        backend.push(seconds=30)
    for _ in range(24):
        backend.push(hours=1)
    published = set(backend.published)
    assert published >= {"Fresh bread at nine sharp", "For the bakery alone"}
    assert published <= {*allowed, "For the bakery alone"}
    assert len(published) == len(backend.published)
    not_sent = ("Words for two houses", "Edited", "Live music tonight", "Tomorrow's bread")
    assert {backend.status(waiting(backend, words)) for words in not_sent} == {Status.MISSED}
    assert backend.status(waiting(backend, "Not today")) is Status.HELD
    assert backend.status(waiting(backend, "An idea for spring")) is Status.DRAFT
    assert backend.status(waiting(backend, "Did this arrive?")) is Status.PUBLISHING  # a person is asked
    assert not list_values_of(backend, "SELECT id FROM deliveries WHERE state IN ('claimed', 'sending')")
    assert backend.store.read(record.verify).problem is None


def list_values_of(backend: Backend, query: str) -> set[Any]:
    return backend.store.read(lambda db: set(db.exec_driver_sql(query).scalars()))
