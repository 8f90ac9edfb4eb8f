"""Posts come in: once, whole or not at all, in the status their slot makes."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import text

from bot.domain.people import Person, Role
from bot.domain.posts import Status
from bot.services.posts import create
from bot.services.posts.create import NewPost
from bot.store.slack import cards
from tests.backend import LOAF, Backend

SHELL = Person("cli:ada@host", "ada", Role.COMMAND_LINE)


def count(backend: Backend, table: str) -> int:
    return int(backend.store.read(lambda db: db.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()))


@pytest.mark.parametrize(
    ("minutes", "status"),
    [(None, Status.DRAFT), (120, Status.SCHEDULED), (30, Status.REVIEW), (1, Status.REVIEW)],
)
def test_the_status_is_the_slots(sqlite_backend: Backend, minutes: int | None, status: Status) -> None:
    slot = None if minutes is None else sqlite_backend.clock.now() + timedelta(minutes=minutes)
    done = sqlite_backend.services.do(
        create.import_posts, SHELL, [NewPost(("bakery",), "Words", slot)], "plan.csv"
    )
    assert [one[1] for one in done.posts] == [status]
    assert count(sqlite_backend, "cards") == (status is Status.REVIEW)


def test_an_imported_post_has_no_author(sqlite_backend: Backend) -> None:
    from bot.store.posts import posts

    sqlite_backend.services.do(create.import_posts, SHELL, [NewPost(("bakery",), "Words", None)], "plan.csv")
    (post,) = sqlite_backend.store.read(lambda db: posts.list_with_status(db, Status))
    assert post.authors == frozenset()


def test_a_failure_in_the_middle_adds_nothing(
    sqlite_backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One transaction: what comes after the posts fails, and they are not there either."""

    def fails(*_: object) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(cards, "touch_banners", fails)
    wanted = [NewPost(("bakery",), word, None) for word in ("one", "two", "three")]
    with pytest.raises(RuntimeError):
        sqlite_backend.services.do(create.import_posts, SHELL, wanted, "plan.csv")
    assert (
        count(sqlite_backend, "posts")
        == count(sqlite_backend, "versions")
        == count(sqlite_backend, "facts")
        == 0
    )


def test_the_same_image_is_stored_once(sqlite_backend: Backend) -> None:
    for minutes in (20, 21, 22):
        sqlite_backend.with_image(f"Loaf {minutes}", minutes=minutes)
    assert count(sqlite_backend, "images") == 1
    assert (
        sqlite_backend.store.read(lambda db: db.execute(text("SELECT bytes FROM images")).scalar_one())
        == LOAF
    )


def test_two_imports_at_once_give_no_number_twice(backend: Backend) -> None:
    backend.services.do(create.import_posts, SHELL, [NewPost(("bakery",), "first", None)], "plan.csv")
    raised: list[Exception] = []

    def run(n: int) -> None:
        try:
            wanted = [NewPost(("bakery",), f"post {n} {m}", None) for m in range(5)]
            backend.services.do(create.import_posts, SHELL, wanted, "plan.csv")
        except Exception as error:
            raised.append(error)

    threads = [threading.Thread(target=run, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert raised == []
    numbers = backend.store.read(
        lambda db: db.execute(text("SELECT number FROM posts ORDER BY number")).scalars().all()
    )
    assert list(numbers) == list(range(1, 22))
