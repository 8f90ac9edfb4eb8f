"""What the tables themselves refuse, whatever the code above them believes. Violations, on both databases."""

from __future__ import annotations

from datetime import timedelta
from enum import Enum
from itertools import count
from typing import Any

import pytest
from sqlalchemy import Column, Connection, Table, insert, update
from sqlalchemy.exc import IntegrityError

from bot.domain.facts import FactKind
from bot.domain.kinds import CardType, LineType
from bot.store.engine.store import Store
from bot.store.tables.core import approvals, attempts, clicks, deliveries, facts, posts, versions
from bot.store.tables.inbox import conversations, messages, sends
from bot.store.tables.slack import cards, lines, slack_events
from tests.stores import NOW

_numbers = count()

DEFAULTS: dict[Table, dict[str, Any]] = {
    posts: {"status": "approved", "version_id": "v1", "created_at": NOW, "status_at": NOW},
    versions: {
        "post_id": "p1", "sha256": "f1", "accounts": ["a"], "text": "Fresh rolls", "variants": {},
        "images": [], "visibility": {}, "language": {}, "words_by": [], "saved_at": NOW,
    },
    approvals: {
        "post_id": "p1", "version_id": "v1", "sha256": "f1", "kind": "approve", "epochs": "{}",
        "by_user": "U1", "at": NOW,
    },
    deliveries: {
        "post_id": "p1", "kind": "post", "account": "a", "state": "sending", "handle": "h",
        "prepared": {}, "changed_at": NOW,
    },
    attempts: {
        "delivery_id": "d1", "kind": "post", "fence": 1, "epochs": "{}", "bytes": b"{}", "state": "sending",
        "started_at": NOW, "send_by": NOW + timedelta(seconds=5),
    },
    conversations: {
        "number": 1, "account": "a", "customer": "lena", "thread": "1", "private": False, "stage": "open",
        "opened_at": NOW, "last_at": NOW, "reasons": [],
    },
    sends: {
        "conversation_id": "c1", "message_id": "m1", "text": "Thank you", "digest": "", "seen_seq": 1, "seq": 2,
        "delivery_id": "d0", "by_user": "U1", "at": NOW,
    },
    clicks: {"by_user": "U1", "at": NOW},
    cards: {"kind": "post", "subject": "p1", "channel": "C1", "created_at": NOW},
    lines: {"card_id": "card1", "kind": "approved", "values": {}, "created_at": NOW},
}  # fmt: skip
APPROVED = {"approval_id": "ap1", "version_id": "v1"}
SENT_BY_SOMEBODY = {"delivery_id": "d0", "kind": "reply", "send_id": "s1"}
CLICKED = {"delivery_id": "d2", "kind": "takedown", "click_id": "c1"}
NO_AUTHORITY = "one_authority|authority_of_its_kind"


def row(store: Store, table: Table, **values: Any) -> None:
    """One more row, its unnamed columns made up."""
    number = next(_numbers)
    made: dict[str, Any] = {"id": f"id{number}", **DEFAULTS[table]}
    if table is posts:
        made["number"] = number
    if table is versions:
        made["seq"] = number
    if table in (approvals, clicks):
        made["action_key"] = f"click {number}"
    if table is deliveries:
        made["idem_key"] = f"key {number}"
    store.write(lambda conn: conn.execute(insert(table).values(made | values)))


@pytest.fixture
def seeded(store: Store) -> Store:
    """A post with two versions, an approval of each, a delivery, and the other authorities."""
    row(store, posts, id="p1")
    row(store, versions, id="v1", sha256="f1")
    row(store, versions, id="v2", sha256="f2")
    row(store, approvals, id="ap1")
    row(store, approvals, id="ap2", version_id="v2", sha256="f2")
    row(store, deliveries, id="d1")
    row(store, deliveries, id="d0", post_id=None, kind="reply")
    row(store, deliveries, id="d2", kind="takedown")
    row(store, conversations, id="c1")
    row(store, sends, id="s1")
    row(store, clicks, id="c1")
    row(store, cards, id="card1")
    return store


def refused(store: Store, table: Table, said: str, **values: Any) -> None:
    with pytest.raises(IntegrityError, match=said):
        row(store, table, **values)


@pytest.mark.parametrize("state", ["sending", "unknown", "sent"])
def test_never_twice_a_second_live_attempt(seeded: Store, state: str) -> None:
    row(seeded, attempts, **APPROVED, state=state)
    refused(seeded, attempts, r"delivery_id|uq_attempts_live", **APPROVED)


@pytest.mark.parametrize("state", ["refused", "not_sent", "absent"])
def test_a_new_attempt_after_one_that_is_proven_gone(seeded: Store, state: str) -> None:
    row(seeded, attempts, **APPROVED, state=state)
    row(seeded, attempts, **APPROVED)


def test_an_absent_attempt_cannot_come_back_beside_a_second(seeded: Store) -> None:
    row(seeded, attempts, id="first", **APPROVED, state="absent")
    row(seeded, attempts, **APPROVED)

    def come_back(conn: Connection) -> None:
        conn.execute(update(attempts).where(attempts.c.id == "first").values(state="sent"))

    with pytest.raises(IntegrityError, match=r"delivery_id|uq_attempts_live"):
        seeded.write(come_back)


def test_an_attempt_without_its_authority(seeded: Store) -> None:
    refused(seeded, attempts, NO_AUTHORITY)
    refused(seeded, attempts, NO_AUTHORITY, version_id="v1")


@pytest.mark.parametrize(
    "two",
    [
        {**APPROVED, "send_id": "s1"}, {**APPROVED, "click_id": "c1"}, {"send_id": "s1", "click_id": "c1"},
        {**APPROVED, "send_id": "s1", "click_id": "c1"},
    ],
)  # fmt: skip
def test_an_attempt_with_more_than_one_authority(seeded: Store, two: dict[str, str]) -> None:
    refused(seeded, attempts, f"{NO_AUTHORITY}|(?i:foreign key)", **two)


@pytest.mark.parametrize("authority", [APPROVED, SENT_BY_SOMEBODY, CLICKED])
def test_an_attempt_with_one_authority(seeded: Store, authority: dict[str, str]) -> None:
    row(seeded, attempts, **authority)


def test_an_attempt_naming_an_approval_of_another_version(seeded: Store) -> None:
    refused(seeded, attempts, "(?i)foreign key", approval_id="ap1", version_id="v2")
    refused(seeded, attempts, "(?i)foreign key", approval_id="ap2", version_id="v1")
    refused(seeded, attempts, "(?i)foreign key", approval_id="nobody's", version_id="v1")
    refused(seeded, attempts, "approval_of_a_version", approval_id="ap1")


@pytest.mark.parametrize("authority", [SENT_BY_SOMEBODY, CLICKED])
def test_an_attempt_naming_an_authority_that_is_not_there(seeded: Store, authority: dict[str, str]) -> None:
    made_up = {name: "made up" for name in authority if name in ("send_id", "click_id")}
    refused(seeded, attempts, "(?i)foreign key", **authority | made_up)


@pytest.mark.parametrize("other", [APPROVED, {"click_id": "c1"}, {}])
@pytest.mark.parametrize("kind", ["reply", "correct"])
def test_nothing_but_a_persons_send_answers_a_customer(
    seeded: Store, kind: str, other: dict[str, str]
) -> None:
    row(seeded, deliveries, id="d9", post_id=None, kind=kind)
    refused(seeded, attempts, NO_AUTHORITY, delivery_id="d9", kind=kind, **other)


def test_a_send_is_the_authority_of_its_own_delivery_alone(seeded: Store) -> None:
    row(seeded, deliveries, id="d9", post_id=None, kind="reply")
    refused(seeded, attempts, "(?i)foreign key", delivery_id="d9", kind="reply", send_id="s1")


def test_an_attempt_does_not_pass_for_one_of_another_kind(seeded: Store) -> None:
    """A click deletes; it cannot be dressed up as an answer, nor an approval of a post."""
    refused(seeded, attempts, "(?i)foreign key", delivery_id="d0", kind="takedown", click_id="c1")
    refused(seeded, attempts, "(?i)foreign key", delivery_id="d0", kind="post", **APPROVED)


def test_an_approval_of_what_no_version_says(seeded: Store) -> None:
    refused(seeded, approvals, "(?i)foreign key", by_user="U2", sha256="f2")
    refused(seeded, approvals, "(?i)foreign key", by_user="U2", version_id="v9")
    refused(seeded, approvals, "(?i)foreign key", by_user="U2", post_id="p9")
    refused(seeded, approvals, "kind", by_user="U2", kind="maybe")


def test_a_second_standing_approval_of_one_person(seeded: Store) -> None:
    refused(seeded, approvals, r"uq_approvals_standing|approvals\.version_id")
    row(seeded, approvals, by_user="U2")
    row(seeded, approvals, kind="go")
    row(seeded, approvals, epochs='{"all":1}')
    seeded.write(
        lambda conn: conn.execute(update(approvals).where(approvals.c.id == "ap1").values(revoked_at=NOW))
    )
    row(seeded, approvals)


def test_one_click_counts_once(seeded: Store) -> None:
    row(seeded, approvals, by_user="U2", action_key="U2 C1 1.1 approve 2.2")
    refused(seeded, approvals, "action_key", by_user="U3", action_key="U2 C1 1.1 approve 2.2")
    row(seeded, clicks, action_key="same")
    refused(seeded, clicks, "action_key", action_key="same")


def test_a_second_post_delivery_to_one_account(seeded: Store) -> None:
    refused(seeded, deliveries, r"uq_deliveries_post_account|deliveries\.post_id")
    row(seeded, deliveries, account="b")
    row(seeded, deliveries, kind="takedown")
    row(seeded, deliveries, kind="takedown")  # may be repeated


def test_a_delivery_s_key_is_its_own(seeded: Store) -> None:
    row(seeded, deliveries, account="b", idem_key="k")
    refused(seeded, deliveries, "idem_key", account="c", idem_key="k")


def test_unknown_words_are_refused(seeded: Store) -> None:
    refused(seeded, deliveries, "kind", account="b", kind="ad")
    refused(seeded, deliveries, "state", account="b", state="done")
    refused(seeded, attempts, "state", **APPROVED, state="maybe")


def test_one_current_card_a_post(seeded: Store) -> None:
    refused(seeded, cards, r"uq_cards_current|cards\.subject")
    row(seeded, cards, current=False)
    row(seeded, cards, kind="banner")
    row(seeded, cards, subject="p2")


def test_thread_lines_have_one_order(seeded: Store) -> None:
    row(seeded, lines, seq=1)
    refused(seeded, lines, r"seq", seq=1)


def test_events_and_messages_are_taken_once(store: Store) -> None:
    event = insert(slack_events).values(event_id="Ev1", at=NOW)
    store.write(lambda conn: conn.execute(event))
    with pytest.raises(IntegrityError):
        store.write(lambda conn: conn.execute(event))

    def message(number: int, account: str) -> None:
        conversation = {
            "id": f"c{number}",
            "number": number,
            "account": account,
            "customer": "lena",
            "thread": "1",
        }
        stands = {"private": False, "stage": "open", "opened_at": NOW, "last_at": NOW, "reasons": []}
        values = {"id": f"m{number}", "account": account, "remote_id": "100", "at": NOW, "received_at": NOW}
        rest = {
            "conversation_id": conversation["id"],
            "place": 1,
            "seq": 1,
            "via": "customer",
            "kind": "mention",
            "stream": "notices",
        }
        if number < 3:
            store.write(lambda conn: conn.execute(insert(conversations).values(conversation | stands)))
        else:
            rest["conversation_id"] = "c1"
        store.write(lambda conn: conn.execute(insert(messages).values(values | rest | {"reference": {}})))

    message(1, "a")
    message(2, "b")
    with pytest.raises(IntegrityError):
        message(3, "a")


@pytest.mark.parametrize(
    ("column", "kinds"), [(facts.c.what, FactKind), (lines.c.kind, LineType), (cards.c.kind, CardType)]
)
def test_every_kind_fits_its_column(column: Column[Any], kinds: type[Enum]) -> None:
    """Seen: a kind of fact one letter too long, which SQLite kept and PostgreSQL refused, with all that was done."""
    kept: Any = getattr(column.type, "impl", column.type)
    assert [kind.value for kind in kinds if len(kind.value) > kept.length] == []
