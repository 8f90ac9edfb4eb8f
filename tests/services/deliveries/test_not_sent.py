"""An approved post that does not go out is told in its thread: whoever approved it and the approvers are mentioned,
once, and the network's own words are beside the reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.domain.gate import ALL
from bot.domain.kinds import LineType
from bot.domain.outcomes import Later, NotSent, Refused
from bot.domain.people import Role
from bot.domain.posts import MOVES, Seen, Status, Verb
from bot.networks.protocol import PrepareFailed
from bot.sandbox.networks.server import Fault
from bot.services import settings_changes
from bot.services.deliveries import overrides
from bot.services.pause import pause, resume
from bot.services.posts import edit, review, rights
from bot.services.posts.edit import Changes
from bot.store.slack import people
from bot.store.slack.people import KnownPerson
from bot.store.tables.slack import lines
from tests.backend import ANNA, MAYA, TOM, Backend, key, team
from tests.failing_client import make_failing

TWO = ("bakery", "cafe")
CALLED = [TOM.id, ANNA.id]


@dataclass(frozen=True)
class Line:
    kind: LineType
    values: dict[str, Any]

    @property
    def words(self) -> str:
        return str(self.values.get("reason") or self.values.get("sentence") or "")


def said(backend: Backend) -> list[Line]:
    query = select(lines.c.kind, lines.c["values"]).order_by(lines.c.created_at, lines.c.id)
    return [Line(row[0], dict(row[1])) for row in backend.store.read(lambda db: db.execute(query).all())]


def calls(backend: Backend) -> list[Line]:
    """The lines that mention anybody, reminders left out."""
    return [
        line for line in said(backend) if line.values.get("mention") and line.kind is not LineType.REMINDER
    ]


def waited(backend: Backend, seen: Seen, minutes: int = 13) -> None:
    backend.to_slot(seen)
    for _ in range(minutes * 2):
        backend.push(seconds=30)


# --- every way into Missed and Failed ----------------------------------------------------------------


def answers_500(backend: Backend) -> Seen:
    backend.network.faults.order(Fault.ERROR_BEFORE, None)
    seen = backend.approved()
    waited(backend, seen, 20)
    return seen


def is_out_of_reach(backend: Backend) -> Seen:
    make_failing(backend).answers["publish"] = NotSent("no route")
    seen = backend.approved()
    waited(backend, seen)
    return seen


def is_throttled(backend: Backend) -> Seen:
    make_failing(backend).answers["publish"] = Later("Too many requests")
    seen = backend.approved()
    waited(backend, seen)
    return seen


def refuses(backend: Backend) -> Seen:
    make_failing(backend).answers["publish"] = Refused("Your account is limited")
    seen = backend.approved()
    waited(backend, seen, 1)
    return seen


def with_image(backend: Backend) -> Seen:
    seen = backend.with_image()
    backend.services.do(review.approve, TOM, seen, key())
    return seen


def refuses_the_upload(backend: Backend) -> Seen:
    seen = with_image(backend)
    make_failing(backend).fail["prepare"].append(PrepareFailed(Refused("The image is broken")))
    waited(backend, seen, 1)
    return seen


def uploads_fail(backend: Backend) -> Seen:
    seen = with_image(backend)
    make_failing(backend).always["prepare"] = lambda: PrepareFailed(NotSent("no route"))
    waited(backend, seen)
    return seen


def uploads_fail_then_paused(backend: Backend) -> Seen:
    seen = with_image(backend)
    make_failing(backend).always["prepare"] = lambda: PrepareFailed(NotSent("no route"))
    slot = backend.post(seen).slot
    assert slot
    backend.clock.set(slot - timedelta(seconds=50))
    backend.run()
    backend.services.do(pause.pause, MAYA, ALL, "recall", key())
    waited(backend, seen, 1)
    return seen


def is_signed_out_while_uploading(backend: Backend) -> Seen:
    """The line that says so at once comes first; this is about the end of it."""
    seen = with_image(backend)
    backend.network.revoke("bakery")
    waited(backend, seen)
    return seen


def is_away(backend: Backend) -> Seen:
    seen = backend.approved()
    backend.push(hours=3)
    return seen


def is_paused(backend: Backend) -> Seen:
    seen = backend.approved()
    backend.services.do(pause.pause, MAYA, ALL, "recall", key())
    waited(backend, seen, 1)
    return seen


def is_paused_on_one_account(backend: Backend) -> Seen:
    seen = backend.approved(accounts=TWO)
    backend.services.do(pause.pause, MAYA, "cafe", "recall", key())
    waited(backend, seen, 1)
    return seen


def was_paused(backend: Backend) -> Seen:
    seen = is_paused_no_longer(backend)
    waited(backend, seen, 1)
    return seen


def is_paused_no_longer(backend: Backend) -> Seen:
    seen = backend.approved()
    backend.services.do(pause.pause, MAYA, ALL, "recall", key())
    backend.services.do(resume.resume, TOM, ALL, 1, {}, key())
    return seen


def is_gone(backend: Backend) -> Seen:
    seen = backend.approved()
    del backend.accounts["bakery"]
    waited(backend, seen, 1)
    return seen


def make_guest(backend: Backend) -> None:
    tom = KnownPerson(TOM.id, "Tom", Role.GUEST, None, backend.clock.now())
    backend.store.write(lambda db: people.remember(db, tom))


def loses_the_right(backend: Backend) -> Seen:
    """At the slot, with nobody having noticed before."""
    seen = backend.approved()
    make_guest(backend)
    waited(backend, seen, 1)
    return seen


def is_one_approval_short(backend: Backend) -> Seen:
    """Of two that the settings ask for since."""
    seen = backend.approved()
    after = Backend(backend.store, backend.network, backend.clock, team(approvals=2), "worker-2")
    after.to_slot(seen)
    return seen


ONCE: dict[Callable[[Backend], Seen], tuple[Status, tuple[str, ...]]] = {
    answers_500: (Status.MISSED, ("500", "too late at")),
    is_out_of_reach: (Status.MISSED, ("could not be reached at", "no route")),
    is_throttled: (Status.MISSED, ("asked to wait at", "Too many requests")),
    refuses: (Status.FAILED, ("Your account is limited",)),
    refuses_the_upload: (Status.FAILED, ("The image is broken",)),
    uploads_fail: (Status.MISSED, ("could not be reached at", "no route")),
    uploads_fail_then_paused: (Status.MISSED, ("no route", "paused publishing at 09:19")),
    is_away: (Status.MISSED, ("it was approved, but could not be sent in time",)),
    is_paused: (Status.MISSED, ("a colleague paused publishing at 09:00",)),
    is_paused_on_one_account: (Status.MISSED, ("a colleague paused publishing on Cafe at 09:00",)),
    was_paused: (Status.MISSED, ("paused publishing at 09:00, and nobody approved it again",)),
    is_gone: (Status.MISSED, ("the account bakery is not in the settings any more",)),
    loses_the_right: (Status.MISSED, ("approval no longer counts: not a full member any more",)),
    is_one_approval_short: (Status.MISSED, ("its approval has ended",)),
}


@pytest.mark.parametrize("what", ONCE, ids=lambda what: what.__name__)
def test_whoever_approved_it_and_the_approvers_are_mentioned_once(
    sqlite_backend: Backend, what: Callable[[Backend], Seen]
) -> None:
    """Seen: a network answered 500 until the lateness limit, and the post became Missed without a word to anybody."""
    seen = what(sqlite_backend)
    status, words = ONCE[what]
    assert sqlite_backend.status(seen) is status
    (told,) = calls(sqlite_backend)
    assert told.values["mention"] == CALLED
    assert [word for word in words if word not in told.words] == [], told.words


def test_these_are_all_the_ways_there_are() -> None:
    ends = {Status.MISSED, Status.FAILED}
    into = {verb for (before, verb), to in MOVES.items() if before not in ends and ends & set(to)}
    assert into == {Verb.MISS, Verb.FINISH}, "another verb leads there now: give it its lines above"
    back = {verb for (before, verb), to in MOVES.items() if before is Status.APPROVED and Status.REVIEW in to}
    assert back == {Verb.UNDO, Verb.EDIT, Verb.POST_NOW, Verb.STAND_DOWN, Verb.PAUSE, Verb.MOVE}


def test_a_sign_in_that_ended_is_told_at_once_and_again_at_the_end(sqlite_backend: Backend) -> None:
    is_signed_out_while_uploading(sqlite_backend)
    first, last = calls(sqlite_backend)
    assert first.kind is LineType.INCIDENT
    assert last.kind in (LineType.MISSED, LineType.FAILED)
    assert last.values["mention"] == CALLED
    assert "refused the sign-in at" in last.words


def test_a_sign_in_that_ends_with_no_time_left_is_one_call(sqlite_backend: Backend) -> None:
    """The line for what to renew and the line that it does not go out come at once."""
    seen = sqlite_backend.approved()
    slot = sqlite_backend.post(seen).slot
    assert slot
    sqlite_backend.clock.set(slot + timedelta(minutes=9, seconds=58))
    sqlite_backend.network.revoke("bakery")
    sqlite_backend.run()
    assert sqlite_backend.status(seen) is Status.MISSED
    (told,) = calls(sqlite_backend)
    assert "refused the sign-in at" in told.words
    assert any("BYHAND_BAKERY_TOKEN" in line.words for line in said(sqlite_backend))


def test_whoever_approved_it_is_mentioned_beside_a_group(sqlite_backend: Backend) -> None:
    """The approvers are a user group: Tom is called by his own name, too."""
    backend = Backend(
        sqlite_backend.store,
        sqlite_backend.network,
        sqlite_backend.clock,
        team(approvers=("S0BAKERS",)),
        "worker-2",
    )
    refuses(backend)
    assert [line.values["mention"] for line in calls(backend)] == [[TOM.id, "S0BAKERS"]]


# --- who is not called -------------------------------------------------------------------------------


def test_nobody_is_called_for_what_nobody_approved(sqlite_backend: Backend) -> None:
    """Silence is a no; the last reminder has said what it does."""
    seen = sqlite_backend.in_review()
    waited(sqlite_backend, seen, 1)
    assert sqlite_backend.status(seen) is Status.MISSED
    assert calls(sqlite_backend) == []


def test_who_took_it_back_is_not_called(sqlite_backend: Backend) -> None:
    seen = sqlite_backend.approved()
    sqlite_backend.services.do(review.undo, TOM, seen, key())
    before = len(calls(sqlite_backend))
    waited(sqlite_backend, seen, 1)
    assert len(calls(sqlite_backend)) == before


def test_an_approval_for_an_earlier_time_calls_nobody(sqlite_backend: Backend) -> None:
    """Approved, moved by a person, and then nobody decided: that is silence again."""
    seen = sqlite_backend.approved()
    later = sqlite_backend.clock.now() + timedelta(hours=5)
    sqlite_backend.services.do(review.move, MAYA, seen, later, key())
    sqlite_backend.push(hours=4, minutes=31)
    waited(sqlite_backend, seen, 1)
    assert sqlite_backend.status(seen) is Status.MISSED
    assert calls(sqlite_backend) == []


def test_an_approval_of_earlier_words_is_one(sqlite_backend: Backend) -> None:
    """Changed after it was approved, and nobody approved it again: whoever had approved it hears what became of it."""
    seen = sqlite_backend.approved()
    slot = sqlite_backend.post(seen).slot
    sqlite_backend.services.do(edit.save_edit, MAYA, seen, Changes("Other words", slot=slot), key())
    waited(sqlite_backend, seen, 1)
    told = calls(sqlite_backend)[-1]
    assert (told.kind, told.values["mention"]) == (LineType.MISSED, CALLED)


# --- several accounts --------------------------------------------------------------------------------


def test_of_two_accounts_that_refuse_people_are_called_once(sqlite_backend: Backend) -> None:
    for name in TWO:
        make_failing(sqlite_backend, name).answers["publish"] = Refused(f"{name} says no")
    seen = sqlite_backend.approved(accounts=TWO)
    waited(sqlite_backend, seen, 1)
    assert sqlite_backend.status(seen) is Status.FAILED
    told = [line for line in said(sqlite_backend) if line.kind is LineType.FAILED]
    assert sorted(line.words for line in told) == ["bakery says no", "cafe says no"]
    assert len(calls(sqlite_backend)) == 1


@pytest.mark.parametrize(
    ("answer", "words"),
    [(Refused("Not today"), "Not today"), (Later("Too many requests"), "asked to wait at")],
)
def test_one_of_two_accounts(sqlite_backend: Backend, answer: Any, words: str) -> None:
    """Published on one, and nobody heard that the other had been given up."""
    make_failing(sqlite_backend, "cafe").answers["publish"] = answer
    seen = sqlite_backend.approved(accounts=TWO)
    waited(sqlite_backend, seen)
    assert sqlite_backend.status(seen) is Status.PUBLISHED
    (told,) = calls(sqlite_backend)
    assert (told.values["title"], told.values["mention"]) == ("Cafe", CALLED)
    assert words in told.words


def test_the_rest_that_meets_a_pause(sqlite_backend: Backend) -> None:
    make_failing(sqlite_backend, "cafe").answers["publish"] = NotSent("no route")
    seen = sqlite_backend.approved(accounts=TWO)
    sqlite_backend.to_slot(seen)
    sqlite_backend.services.do(pause.pause, MAYA, ALL, "recall", key())
    sqlite_backend.push(minutes=1)
    (told,) = calls(sqlite_backend)
    assert (told.values["title"], told.values["refused"]) == ("Cafe", False)
    assert "no route" in told.words
    assert "a colleague paused publishing at" in told.words


def test_trying_again_calls_again(sqlite_backend: Backend) -> None:
    seen = refuses(sqlite_backend)
    sqlite_backend.services.do(overrides.try_again, ANNA, sqlite_backend.delivery_id(seen), key())
    sqlite_backend.push(minutes=1)
    assert [line.values["mention"] for line in calls(sqlite_backend)] == [CALLED, CALLED]


def test_what_a_person_stopped_is_told_to_whoever_approved_it(sqlite_backend: Backend) -> None:
    for name in TWO:
        make_failing(sqlite_backend, name).answers["publish"] = NotSent("no route")
    seen = sqlite_backend.approved(accounts=TWO)
    sqlite_backend.to_slot(seen)
    sqlite_backend.services.do(overrides.stop_rest, ANNA, seen, key())
    assert sqlite_backend.status(seen) is Status.MISSED
    (told,) = calls(sqlite_backend)
    assert told.values["mention"] == [TOM.id]
    assert (told.values["title"], told.words) == ("Bakery + Cafe", "stopped by a colleague")


# --- approved, and back to people before its time is over --------------------------------------------


def test_what_stands_down_while_people_can_still_decide(sqlite_backend: Backend) -> None:
    """Posted now, and its account was gone: it went back to Waiting, and nobody was told."""
    seen = sqlite_backend.in_review(accounts=TWO)
    sqlite_backend.services.do(review.post_now, TOM, seen, key())
    del sqlite_backend.accounts["cafe"]
    sqlite_backend.run()
    assert sqlite_backend.status(seen) is Status.REVIEW
    (told,) = calls(sqlite_backend)
    assert told.values["mention"] == CALLED
    assert told.words == "This will not go out: the account cafe is not in the settings any more."


def test_an_approver_who_lost_the_right_while_people_can_still_decide(sqlite_backend: Backend) -> None:
    seen = sqlite_backend.approved()
    make_guest(sqlite_backend)
    rights.end_lost_approvals(sqlite_backend.services)
    assert sqlite_backend.status(seen) is Status.REVIEW
    (told,) = calls(sqlite_backend)
    assert told.values["whose"] == [TOM.id]


def test_looser_settings(sqlite_backend: Backend) -> None:
    sqlite_backend.services.do(settings_changes.adopt_settings)
    backend = Backend(
        sqlite_backend.store,
        sqlite_backend.network,
        sqlite_backend.clock,
        team(approvers=("S0BAKERS",)),
        "worker-2",
    )
    seen = backend.approved()
    after = Backend(
        backend.store, backend.network, backend.clock, team(approvers=("S0BAKERS", ANNA.id)), "worker-3"
    )
    after.services.do(settings_changes.adopt_settings)
    assert after.status(seen) is Status.REVIEW
    assert [line.values["mention"] for line in calls(after)] == [[TOM.id, "S0BAKERS", ANNA.id]]
