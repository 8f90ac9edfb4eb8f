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
from bot.services.unit_of_work import UnitOfWork
from tests.houses import LOAF, House

SHELL = Person("cli:ada@host", "ada", Role.COMMAND_LINE)


def count(house: House, table: str) -> int:
    return int(house.store.read(lambda db: db.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()))


@pytest.mark.parametrize(
    ("minutes", "status"),
    [(None, Status.DRAFT), (120, Status.SCHEDULED), (30, Status.REVIEW), (1, Status.REVIEW)],
)
def test_the_status_is_the_slots(home: House, minutes: int | None, status: Status) -> None:
    slot = None if minutes is None else home.clock.now() + timedelta(minutes=minutes)
    done = home.services.do(create.import_posts, SHELL, [NewPost(("bakery",), "Words", slot)], "plan.csv")
    assert [one[1] for one in done.posts] == [status]
    assert count(home, "cards") == (status is Status.REVIEW)


def test_an_imported_post_has_no_author(home: House) -> None:
    from bot.store.posts import posts

    home.services.do(create.import_posts, SHELL, [NewPost(("bakery",), "Words", None)], "plan.csv")
    (post,) = home.store.read(lambda db: posts.list_with_status(db, Status))
    assert post.authors == frozenset()


def test_a_failure_in_the_middle_adds_nothing(home: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """One transaction: the third post fails, the first two are not there either."""
    honest = create.add_post

    def third_fails(work: UnitOfWork, person: Person, wanted: NewPost, *, created_by: str | None) -> object:
        if wanted.text == "three":
            raise RuntimeError("the disk is full")
        return honest(work, person, wanted, created_by=created_by)

    monkeypatch.setattr(create, "add_post", third_fails)
    wanted = [NewPost(("bakery",), word, None) for word in ("one", "two", "three")]
    with pytest.raises(RuntimeError):
        home.services.do(create.import_posts, SHELL, wanted, "plan.csv")
    assert count(home, "posts") == count(home, "versions") == count(home, "facts") == 0


def test_the_same_image_is_stored_once(home: House) -> None:
    for minutes in (20, 21, 22):
        home.with_image(f"Loaf {minutes}", minutes=minutes)
    assert count(home, "images") == 1
    assert home.store.read(lambda db: db.execute(text("SELECT bytes FROM images")).scalar_one()) == LOAF


def test_two_imports_at_once_give_no_number_twice(house: House) -> None:
    house.services.do(create.import_posts, SHELL, [NewPost(("bakery",), "first", None)], "plan.csv")
    raised: list[Exception] = []

    def run(n: int) -> None:
        try:
            wanted = [NewPost(("bakery",), f"post {n} {m}", None) for m in range(5)]
            house.services.do(create.import_posts, SHELL, wanted, "plan.csv")
        except Exception as error:
            raised.append(error)

    threads = [threading.Thread(target=run, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert raised == []
    numbers = house.store.read(
        lambda db: db.execute(text("SELECT number FROM posts ORDER BY number")).scalars().all()
    )
    assert list(numbers) == list(range(1, 22))
