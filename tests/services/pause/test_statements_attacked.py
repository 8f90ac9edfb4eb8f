"""Statements under attack: what was used up, who counts for which account, and what was uploaded for other words."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.domain.outcomes import Later, Refused
from bot.domain.posts import Status
from bot.services.deliveries import machine, overrides
from bot.services.posts import edit
from bot.services.posts.edit import Changes
from bot.services.queries.statements import load_page
from bot.services.unit_of_work import UnitOfWork
from bot.store import deliveries
from tests.backend import ANNA, MAYA, TOM, Backend, key
from tests.failing_client import make_failing
from tests.services.pause.test_statements import BEN, pause, release, told, use, write


def name_anna_for_cafe(backend: Backend) -> None:
    accounts = dict(backend.policy.accounts)
    accounts["cafe"] = replace(accounts["cafe"], approvers=(ANNA.id,))
    use(backend, replace(backend.policy, accounts=accounts))


def test_what_was_refused_does_not_go_out_by_one_person(sqlite_backend: Backend) -> None:
    backend = sqlite_backend
    pause_id, seen = pause(backend), write(backend)
    works = backend.accounts["bakery"]
    make_failing(backend).answers["publish"] = Refused("Too many hashtags")
    release(backend, pause_id, seen, MAYA, TOM)
    backend.run()
    assert backend.status(seen) is Status.FAILED
    backend.accounts["bakery"] = works
    release(backend, pause_id, seen, BEN)
    backend.push(minutes=5)
    assert backend.published == []


def test_what_was_stopped_does_not_go_out_by_one_person(sqlite_backend: Backend) -> None:
    backend = sqlite_backend
    pause_id, seen = pause(backend), write(backend)
    works = backend.accounts["bakery"]
    make_failing(backend).answers["publish"] = Later("busy", backend.clock.now() + timedelta(minutes=3))
    release(backend, pause_id, seen, MAYA, TOM)
    backend.run()
    backend.accounts["bakery"] = works
    backend.services.do(overrides.stop_rest, BEN, backend.now_seen(seen), key())
    assert backend.status(seen) is Status.MISSED
    release(backend, pause_id, seen, BEN)
    backend.push(minutes=5)
    assert backend.published == []


def test_every_account_has_one_of_its_approvers(sqlite_backend: Backend) -> None:
    backend = sqlite_backend
    name_anna_for_cafe(backend)
    use(backend, replace(backend.services.policy, approvers=(TOM.id,)))
    anna = replace(ANNA, approver=False)
    pause_id, seen = pause(backend), write(backend, accounts=("bakery", "cafe"))
    release(backend, pause_id, seen, MAYA, anna)
    backend.run()
    assert backend.published == []
    release(backend, pause_id, seen, TOM)
    backend.run()
    assert len(backend.published) == 2


def test_the_page_says_what_is_so(sqlite_backend: Backend) -> None:
    backend = sqlite_backend
    name_anna_for_cafe(backend)
    pause_id, seen = pause(backend), write(backend, accounts=("cafe",))
    release(backend, pause_id, seen, MAYA)
    page = backend.services.look(load_page, TOM, pause_id, seen.post_id)
    assert not page.goes
    page = backend.services.look(load_page, replace(ANNA, approver=False), pause_id, seen.post_id)
    assert page.goes


def test_what_was_let_go_and_lapsed_is_told(sqlite_backend: Backend) -> None:
    backend = sqlite_backend
    pause_id, seen = pause(backend), write(backend)
    release(backend, pause_id, seen, TOM, ANNA)
    backend.push(minutes=31)
    assert backend.published == []
    assert len(told(backend, pause_id)) == 1


def test_uploads_of_other_words_are_not_used(sqlite_backend: Backend) -> None:
    backend = sqlite_backend
    pause_id, seen = pause(backend), write(backend)
    release(backend, pause_id, seen, TOM, ANNA)
    (held,) = backend.services.do(machine.claim, "worker-1")
    backend.services.do(machine.keep_prepared, held, {"media": [{"id": "1", "alt": ""}]})
    backend.services.do(edit.save_edit, BEN, seen, Changes("Other words", None), key())
    seen = backend.now_seen(seen)
    release(backend, pause_id, seen, TOM, ANNA)
    assert backend.services.do(machine.begin, held) is None

    def prepared(work: UnitOfWork) -> object:
        return deliveries.load_prepared(work.db, backend.delivery_id(seen))

    assert backend.services.look(prepared) == {}
