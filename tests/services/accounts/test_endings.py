"""A sign-in that ends: who is told, once each, and what posts of its account say."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.domain.posts import Status
from bot.domain.preflight.objections import Level, ObjectionType
from bot.domain.refusals import Blocked
from bot.domain.sign_ins.endings import NoticeType
from bot.networks.protocol import Health
from bot.services.accounts import endings, health, sign_ins, sign_outs
from bot.services.accounts.sign_ins import Proof
from bot.services.posts import review
from bot.services.posts.preflight import check_post
from bot.store import record
from bot.store import sign_ins as rows
from bot.store.engine.vault import KeyRing, open_keys
from bot.store.sign_ins import KeptSignIn
from bot.store.tables.sign_ins import sign_in_notices
from bot.store.tables.slack import cards
from tests.backend import TOM, Backend, key, team

END = datetime(2026, 12, 8, 13, 0, tzinfo=UTC)  # Tue 14:00 in Berlin, two weeks after MORNING
WHO = "cli:maya@desk"
REFUSED = Health(False, "The server refuses the token (revoked). Sign it in again.")
FINE = Health(True, "Signed in as @bakery@dock.example", account_id="1")


@pytest.fixture
def keys(tmp_path: Path) -> KeyRing:
    return open_keys(None, tmp_path / "byhand.key")


def sign_in(backend: Backend, keys: KeyRing, until: datetime | None, account: str = "bakery") -> None:
    proof = Proof("1", "@bakery@dock.example", (), until)
    seen = backend.services.look(sign_ins.find_seen, account)
    backend.services.do(sign_ins.sign_in, keys, WHO, account, {"TOKEN": "t"}, {}, proof, seen)
    backend.clock.push(timedelta(seconds=1))


def step(backend: Backend) -> int:
    """One turn of the chore."""
    due = backend.services.look(endings.is_due)
    told = backend.services.do(endings.tell)
    assert bool(told) == due
    return told


def told(backend: Backend) -> list[str]:
    found = select(sign_in_notices).order_by(sign_in_notices.c.at)
    return [row.kind.value for row in backend.store.read(lambda db: db.execute(found).all())]


def messages(backend: Backend) -> list[tuple[str, str]]:
    """(kind, channel) of each of its messages."""
    found = select(cards.c.kind, cards.c.channel).where(cards.c.kind.in_(["sign_in", "sign_in_direct"]))
    ordered = found.order_by(cards.c.created_at, cards.c.kind, cards.c.channel)
    return [(row.kind.value, row.channel) for row in backend.store.read(lambda db: db.execute(ordered).all())]


def go_to(backend: Backend, moment: datetime) -> None:
    backend.clock.set(moment)


def hear(backend: Backend, said: Health, account: str = "bakery") -> None:
    backend.services.do(health.note_health, account, said)


def facts(backend: Backend, what: str) -> list[dict[str, Any]]:
    return [
        dict(fact.data or {})
        for fact in backend.store.read(lambda db: record.list_of_kinds(db, "account:bakery", what))
    ]


def test_people_are_told_7_days_before_on_the_day_and_when_it_has_ended(
    backend: Backend, keys: KeyRing
) -> None:
    sign_in(backend, keys, END)
    assert step(backend) == 0
    go_to(backend, datetime(2026, 12, 1, 6, 59, 59, tzinfo=UTC))
    assert step(backend) == 0
    go_to(backend, datetime(2026, 12, 1, 7, 0, tzinfo=UTC))
    assert [step(backend), step(backend)] == [1, 0]
    assert told(backend) == ["week"]
    of_week = [("sign_in", "C0SOCIAL"), ("sign_in_direct", "@U0ANNA"), ("sign_in_direct", "@U0TOM")]
    assert messages(backend) == of_week
    go_to(backend, datetime(2026, 12, 7, 23, 0, tzinfo=UTC))
    assert step(backend) == 0, "it is the day, and nobody is there yet"
    go_to(backend, datetime(2026, 12, 8, 7, 0, tzinfo=UTC))
    assert [step(backend), step(backend)] == [1, 0]
    assert told(backend) == ["week", "day"]
    go_to(backend, END + health.GRACE)
    assert [step(backend), step(backend)] == [1, 0]
    assert told(backend) == ["week", "day", "ended"]
    stages = [fact["stage"] for fact in facts(backend, "told that a sign-in ends")]
    assert stages == ["week", "day", "ended"]
    backend.clock.push(timedelta(days=30))
    assert step(backend) == 0


def test_whoever_was_away_is_told_once_of_what_has_ended_long_ago(
    sqlite_backend: Backend, keys: KeyRing
) -> None:
    sign_in(sqlite_backend, keys, END)
    go_to(sqlite_backend, END + timedelta(days=3))
    assert [step(sqlite_backend), step(sqlite_backend)] == [1, 0]
    assert told(sqlite_backend) == ["ended"]


def test_another_sign_in_starts_the_clock_anew(sqlite_backend: Backend, keys: KeyRing) -> None:
    sign_in(sqlite_backend, keys, END)
    go_to(sqlite_backend, END - timedelta(days=6))
    assert step(sqlite_backend) == 1
    sign_in(sqlite_backend, keys, END + timedelta(days=60))
    view = notice(sqlite_backend)
    assert view.over == "maya (on Byhand's server) signed it in again"
    go_to(sqlite_backend, END + timedelta(days=1))
    assert step(sqlite_backend) == 0
    go_to(sqlite_backend, END + timedelta(days=54))
    assert [step(sqlite_backend), step(sqlite_backend)] == [1, 0]
    assert told(sqlite_backend) == ["week", "week"]


def test_the_same_token_once_more_changes_nothing(sqlite_backend: Backend, keys: KeyRing) -> None:
    """What people were told holds still, and they are told again on the day."""
    sign_in(sqlite_backend, keys, END)
    go_to(sqlite_backend, END - timedelta(days=6))
    assert step(sqlite_backend) == 1
    sign_in(sqlite_backend, keys, END + timedelta(minutes=2))
    assert notice(sqlite_backend).over == ""
    assert step(sqlite_backend) == 0
    go_to(sqlite_backend, END - timedelta(hours=2))
    assert step(sqlite_backend) == 1
    assert told(sqlite_backend) == ["week", "day"]


def test_two_workers_tell_once(backend: Backend, keys: KeyRing) -> None:
    sign_in(backend, keys, END)
    go_to(backend, END - timedelta(days=5))
    both, counted = threading.Barrier(2), []

    def tell() -> None:
        both.wait()
        counted.append(backend.services.do(endings.tell))

    workers = [threading.Thread(target=tell) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(counted) == [0, 1]
    assert len(messages(backend)) == 3


def test_a_crash_before_the_commit_tells_nobody_and_the_next_turn_does(
    backend: Backend, keys: KeyRing
) -> None:
    sign_in(backend, keys, END)
    go_to(backend, END - timedelta(days=5))

    def dies(work: Any) -> None:
        endings.tell(work)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        backend.services.do(dies)
    assert (told(backend), messages(backend)) == ([], [])
    assert step(backend) == 1
    assert len(messages(backend)) == 3


@pytest.mark.parametrize("by", [timedelta(hours=-1), timedelta(days=-3), timedelta(hours=1)])
def test_a_clock_that_is_put_wrong_tells_nothing_twice(
    sqlite_backend: Backend, keys: KeyRing, by: timedelta
) -> None:
    sign_in(sqlite_backend, keys, END)
    go_to(sqlite_backend, END - timedelta(days=7, hours=5))
    assert step(sqlite_backend) == 1
    go_to(sqlite_backend, sqlite_backend.clock.now() + by)
    step(sqlite_backend)
    go_to(sqlite_backend, END - timedelta(days=4))
    step(sqlite_backend)
    assert told(sqlite_backend) == ["week"]


def test_another_time_zone_tells_nothing_twice(sqlite_backend: Backend, keys: KeyRing) -> None:
    sign_in(sqlite_backend, keys, END)
    go_to(sqlite_backend, END - timedelta(days=7, hours=5))
    assert step(sqlite_backend) == 1
    moved = Backend(
        sqlite_backend.store, sqlite_backend.network, sqlite_backend.clock, team(hours=team().hours), "w2"
    )
    assert step(moved) == 0
    assert told(moved) == ["week"]


def test_signed_out_on_purpose_it_reminds_nobody(sqlite_backend: Backend, keys: KeyRing) -> None:
    sign_in(sqlite_backend, keys, END)
    sqlite_backend.services.do(sign_outs.sign_out, keys, WHO, "bakery")
    go_to(sqlite_backend, END - timedelta(days=1))
    assert step(sqlite_backend) == 0


def test_an_account_that_left_the_settings_reminds_nobody(sqlite_backend: Backend, keys: KeyRing) -> None:
    sign_in(sqlite_backend, keys, END)
    go_to(sqlite_backend, END - timedelta(days=1))
    without = {name: one for name, one in team().accounts.items() if name == "cafe"}
    after = Backend(
        sqlite_backend.store, sqlite_backend.network, sqlite_backend.clock, team(accounts=without)
    )
    assert step(after) == 0


def test_a_group_whose_members_nobody_knows_is_called_in_the_channel(
    sqlite_backend: Backend, keys: KeyRing
) -> None:
    sqlite_backend.policy = team(approvers=("S0BOSSES", TOM.id))
    sqlite_backend.services = replace(sqlite_backend.services, policy=sqlite_backend.policy)
    sign_in(sqlite_backend, keys, END)
    go_to(sqlite_backend, END - timedelta(days=1))
    assert step(sqlite_backend) == 1
    assert [channel for _, channel in messages(sqlite_backend)] == ["C0SOCIAL", "@U0TOM"]
    assert notice(sqlite_backend).groups == ("S0BOSSES",)


def notice(backend: Backend) -> Any:
    """The newest."""
    newest = select(sign_in_notices.c.id).order_by(sign_in_notices.c.at.desc()).limit(1)
    found = backend.store.read(lambda db: db.execute(newest).scalar_one())
    return backend.services.look(endings.load_notice, found)


# --- what the network says ---------------------------------------------------------------------------


def test_an_end_that_only_the_network_knows_is_told_too(sqlite_backend: Backend) -> None:
    """A token out of the environment: nobody signed it in here."""
    hear(sqlite_backend, FINE)
    sqlite_backend.services.do(learn_row)
    hear(sqlite_backend, replace(FINE, until=END))
    go_to(sqlite_backend, END - timedelta(days=6))
    assert step(sqlite_backend) == 1
    assert notice(sqlite_backend).mend == (
        "Whoever runs Byhand puts a new token into BYHAND_BAKERY_TOKEN and restarts Byhand"
    )
    hear(sqlite_backend, replace(FINE, until=END + timedelta(days=60)))
    assert notice(sqlite_backend).over == "The network names another end now"
    assert step(sqlite_backend) == 0
    hear(sqlite_backend, replace(FINE, endless=True))
    go_to(sqlite_backend, END + timedelta(days=70))
    assert step(sqlite_backend) == 0


def learn_row(work: Any) -> None:
    rows.save(work.db, KeptSignIn("bakery", work.now, "1", "@bakery"))


def test_a_network_that_names_a_slightly_other_end_each_time_tells_once(sqlite_backend: Backend) -> None:
    sqlite_backend.services.do(learn_row)
    go_to(sqlite_backend, END - timedelta(days=6))
    for minutes in (0, 20, 40, 10, 59):
        hear(sqlite_backend, replace(FINE, until=END + timedelta(minutes=minutes)))
        step(sqlite_backend)
    assert told(sqlite_backend) == ["week"]


def test_an_end_that_the_network_outlives_stops_nothing(sqlite_backend: Backend, keys: KeyRing) -> None:
    sign_in(sqlite_backend, keys, END)
    go_to(sqlite_backend, END + timedelta(minutes=4))
    hear(sqlite_backend, FINE)
    go_to(sqlite_backend, END + timedelta(days=1))
    assert step(sqlite_backend) == 0
    assert sign_in_objections(sqlite_backend) == []


def sign_in_objections(backend: Backend) -> list[tuple[Level, str]]:
    seen = backend.plan(minutes=60)
    found = backend.services.look(check_post, backend.post(seen))
    return [(one.level, one.sentence) for one in found if one.kind is ObjectionType.SIGN_IN]


def test_a_refused_sign_in_blocks_its_posts_and_rings_once_and_is_lifted_by_itself(
    backend: Backend, keys: KeyRing
) -> None:
    sign_in(backend, keys, None)
    seen = backend.in_review()
    backend.run()
    hear(backend, REFUSED)
    assert [step(backend), step(backend)] == [1, 0]
    assert (told(backend), notice(backend).kind) == (["ended"], NoticeType.ENDED)
    with pytest.raises(Blocked):
        backend.services.do(review.approve, TOM, seen, key())
    assert backend.status(seen) is Status.REVIEW
    backend.clock.push(timedelta(minutes=1))
    sign_in(backend, keys, None)
    assert notice(backend).over == "maya (on Byhand's server) signed it in again"
    backend.services.do(review.approve, TOM, seen, key())
    assert backend.status(seen) is Status.APPROVED
    assert (len(facts(backend, "sign-in refused by the network")), step(backend)) == (1, 0)


def test_what_it_says_on_the_card(sqlite_backend: Backend, keys: KeyRing) -> None:
    sign_in(sqlite_backend, keys, None)
    hear(sqlite_backend, REFUSED)
    assert sign_in_objections(sqlite_backend) == [
        (
            Level.BLOCK,
            "Nothing goes out on Bakery. The server refuses the token (revoked). Sign it in again",
        )
    ]
    sqlite_backend.services.do(sign_outs.sign_out, keys, WHO, "bakery")
    assert sign_in_objections(sqlite_backend)[0][1].startswith(
        "Nothing goes out on Bakery: nobody is signed in there. Whoever runs Byhand"
    )


def test_a_server_that_does_not_answer_stops_nothing(sqlite_backend: Backend, keys: KeyRing) -> None:
    """It is asked again in five minutes; a card that blocks then would be opened by nobody."""
    sign_in(sqlite_backend, keys, None)
    hear(sqlite_backend, Health(False, "The server did not answer as expected: timed out", heard=False))
    (found,) = sign_in_objections(sqlite_backend)
    assert found[0] is Level.WARN
    assert found[1].startswith("Bakery could not be asked whether its sign-in works.")
    assert step(sqlite_backend) == 0


def test_silence_after_a_refusal_does_not_lift_it(sqlite_backend: Backend, keys: KeyRing) -> None:
    sign_in(sqlite_backend, keys, None)
    hear(sqlite_backend, REFUSED)
    hear(sqlite_backend, Health(False, "The server did not answer as expected: timed out", heard=False))
    assert sign_in_objections(sqlite_backend)[0][0] is Level.BLOCK
    hear(sqlite_backend, FINE)
    assert sign_in_objections(sqlite_backend) == []


def test_a_network_that_refuses_by_turns_does_not_ring_each_time(
    sqlite_backend: Backend, keys: KeyRing
) -> None:
    sign_in(sqlite_backend, keys, None)
    for _ in range(6):
        hear(sqlite_backend, REFUSED)
        step(sqlite_backend)
        sqlite_backend.clock.push(timedelta(minutes=4))
        hear(sqlite_backend, FINE)
        sqlite_backend.clock.push(timedelta(minutes=4))
    assert told(sqlite_backend) == ["ended"]
    hear(sqlite_backend, REFUSED)
    sqlite_backend.clock.push(timedelta(minutes=30))
    assert step(sqlite_backend) == 1, "it is not forgotten"


def test_an_answer_about_the_former_sign_in_does_not_count(sqlite_backend: Backend, keys: KeyRing) -> None:
    """The network was asked with the old token; meanwhile somebody signed in anew."""
    sign_in(sqlite_backend, keys, None)
    kept = sqlite_backend.store.read(lambda db: rows.load(db, "bakery"))
    assert kept is not None
    sqlite_backend.clock.push(timedelta(minutes=1))
    sign_in(sqlite_backend, keys, None)
    sqlite_backend.services.do(health.note_health, "bakery", REFUSED, kept.stamp)
    assert (step(sqlite_backend), sign_in_objections(sqlite_backend)) == (0, [])
