"""Where Byhand reads no comments people look themselves, and say so: any full member, for everybody to see."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import text

from bot.domain.people import Person, Role
from bot.domain.refusals import NoSuchAccount, OnlyMembersOrAsk, Repeated, WatchedByByhand, WhoAreYou
from bot.domain.shown.by_hand import Unwatched
from bot.services import looks
from bot.services.queries.home import load_home
from bot.services.queries.status import load_status
from tests.backend import ANNA, GIL, MAYA, Backend, key
from tests.services.deliveries.test_by_hand import backend, here

__all__ = ["backend", "here"]


def look(backend: Backend, person: Person = MAYA, account: str = "story") -> None:
    backend.services.do(looks.say_looked, person, account, key())


def shown(backend: Backend, person: Person = ANNA) -> list[Unwatched]:
    return list(backend.services.look(load_home, person).unwatched)


def on_record(backend: Backend) -> list[str]:
    query = text(
        "SELECT who FROM facts WHERE what = 'looked there by hand' AND subject = 'account:story' ORDER BY at"
    )
    return list(backend.store.read(lambda db: db.execute(query).scalars().all()))


def test_who_looked_last_is_shown_to_everybody(backend: Backend) -> None:
    assert shown(backend) == [Unwatched("story", "Story"), Unwatched("sign", "Sign")], (
        "Byhand reads the bakery"
    )
    look(backend)
    at = backend.clock.now()
    assert shown(backend)[0] == Unwatched("story", "Story", MAYA.id, at)
    backend.push(minutes=5)
    look(backend, ANNA)
    assert [one.by for one in shown(backend, GIL)] == [ANNA.id, None]
    assert on_record(backend) == [MAYA.id, ANNA.id], "the record keeps each"
    assert backend.services.look(load_status, ("story",)).unwatched[0].by == ANNA.id
    assert backend.services.look(load_status, ("bakery",)).unwatched == ()


def test_two_presses_are_one_look(here: Backend) -> None:
    look(here)
    here.push(seconds=1)
    look(here)
    assert on_record(here) == [MAYA.id]
    here.push(seconds=61)
    look(here)
    assert on_record(here) == [MAYA.id] * 2
    once = key()
    here.services.do(looks.say_looked, ANNA, "story", once)
    with pytest.raises(Repeated):
        here.services.do(looks.say_looked, ANNA, "story", once)


def test_a_guest_reads_only(here: Backend) -> None:
    with pytest.raises(OnlyMembersOrAsk, match="mark an account as looked at"):
        look(here, GIL)
    with pytest.raises(WhoAreYou):
        look(here, replace(MAYA, role=Role.UNKNOWN))
    assert shown(here)[0].by is None
    assert on_record(here) == []


def test_an_account_that_left_or_that_byhand_reads_is_refused(here: Backend) -> None:
    with pytest.raises(WatchedByByhand, match="Bakery"):
        look(here, MAYA, "bakery")
    for gone in ("tiktok", "all", "drill"):
        with pytest.raises(NoSuchAccount):
            look(here, MAYA, gone)
    left = {name: each for name, each in here.policy.accounts.items() if name != "story"}
    here.services = replace(here.services, policy=replace(here.policy, accounts=left))
    with pytest.raises(NoSuchAccount):
        look(here)
    assert [one.account for one in shown(here)] == ["sign"]


def test_the_command_line_which_signs_in_nowhere_lists_the_same(here: Backend) -> None:
    looking = replace(here.services, accounts={})
    assert [one.account for one in looking.look(looks.list_unwatched)] == ["story", "sign"]
