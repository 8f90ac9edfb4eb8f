"""Mypy is strict, and our functions and values are annotated so that it sees a slip of the pen.

The worker and its kinds of deliveries have tests of their own, in tests/services/test_delivery_kinds.py.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from tests.type_checker import CONFIGURATION, find_type_errors

# Every line that ends with "# wrong: …" is refused for that reason, and no other is.
SNIPPET = """
from datetime import datetime

from sqlalchemy import Connection

from bot.domain.deliveries import Attempt, AttemptState, State
from bot.domain.kinds import CardType, DeliveryType
from bot.domain.posts import MOVES, Post, Status, Verb
from bot.slack.ids import Act
from bot.slack.views.blocks import Block
from bot.slack.views.posts.card_look import CardLook
from bot.store import deliveries
from bot.store.posts import posts


def update_store(db: Connection, post: Post, attempt: Attempt, now: datetime) -> None:
    deliveries.change(db, "d1", now, state=State.READY, next_check_at=now, reason="A reason.")
    deliveries.change(db, "d1", now, state=State.READY, next_chek_at=now)  # wrong: call-arg
    deliveries.change(db, "d1", now, state="ready")  # wrong: arg-type
    deliveries.change(db, "d1", now, tries="two")  # wrong: arg-type
    deliveries.end_attempt(db, attempt.id, AttemptState.SENT, now, remote_id="7")
    deliveries.end_attempt(db, attempt.id, AttemptState.SENT, now, remote="7")  # wrong: call-arg
    deliveries.prove_sent(db, attempt.id, now, remote_uri="7")  # wrong: call-arg
    posts.save(db, post, due_at=now)
    posts.save(db, post, due=now)  # wrong: call-arg
    posts.load(db, "p1").text  # wrong: union-attr


def read_store(db: Connection) -> str:
    found = deliveries.list_claimed(db, ["d1"])
    return found[0].acount  # wrong: attr-defined no-any-return


def name_kinds(kind: DeliveryType) -> bool:
    MOVES[Status.REVEIW, Verb.APPROVE]  # wrong: attr-defined
    MOVES[Status.REVIEW, Verb.APROVE]  # wrong: attr-defined
    CardType.TALK  # wrong: attr-defined
    return kind is DeliveryType.TAKEDOWN  # wrong: attr-defined


def draw(head: Block) -> CardLook:
    CardLook(text="Ready.", head=head, about=("Ready",), menu=(Act.EDIT,))
    CardLook(text="Ready.", head=head, about=("Ready",), butons=())  # wrong: call-arg
    CardLook(text="Ready.", head=head)  # wrong: call-arg
    return CardLook(text="Ready.", head=head, about=("Ready",), menu=("edit",))  # wrong: arg-type


def is_strict(post):  # wrong: no-untyped-def
    return post
"""


def test_slips_of_the_pen_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "snippet.py"
    file.write_text(SNIPPET, encoding="utf-8")
    wrong = {
        (number, code)
        for number, line in enumerate(SNIPPET.splitlines(), start=1)
        for code in line.partition("# wrong: ")[2].split()
    }
    found = {
        (int(number), code)
        for line in find_type_errors(file)
        for number, code in re.findall(r"^.*snippet\.py:(\d+): error: .*\[([a-z-]+)\]$", line)
    }
    assert found == wrong


def test_tests_are_checked_like_the_program_and_nothing_is_let_off() -> None:
    mypy = tomllib.loads(CONFIGURATION.read_text(encoding="utf-8"))["tool"]["mypy"]
    assert mypy["files"] == ["bot", "tests"]
    assert mypy["strict"]
    assert mypy["warn_unreachable"]
    assert "exclude" not in mypy
    (only,) = mypy["overrides"]
    assert only == {"module": ["apscheduler.*"], "ignore_missing_imports": True}
