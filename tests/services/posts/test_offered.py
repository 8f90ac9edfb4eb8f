"""What the card of a post offers is accepted, by one person at least: every button of every status, open and paused,
also where nobody may approve the post or it has to be fixed first.

Seen: [Post now] on a post on hold that nobody may approve, and then "no approver is left who may approve it".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

from bot.domain.gate import ALL
from bot.domain.outcomes import Refused
from bot.domain.people import Person
from bot.domain.posts import Seen, Status
from bot.domain.refusals import Refusal
from bot.sandbox.networks.server import Fault
from bot.sandbox.slack.find import controls
from bot.services.deliveries import overrides, take_down
from bot.services.images.image_checks import check_image
from bot.services.pause import pause as pausing
from bot.services.pause import resume as resuming
from bot.services.posts import conversions, create, edit, review
from bot.services.posts.conversions import Made
from bot.services.posts.edit import Changes
from bot.services.queries import pause as pause_queries
from bot.services.queries import posts as post_queries
from bot.services.unit_of_work import Services, UnitOfWork
from bot.slack.ids import Act, parse_act, parse_choice, parse_seen, parse_several, parse_without
from bot.slack.views.pause.sent import list_there
from bot.slack.views.posts.card import draw_post_card
from tests.backend import ANNA, MAYA, TOM, Backend, key, team
from tests.failing_client import make_failing
from tests.picky_client import draw, make_picky

BOTH = ("bakery", "cafe")
NOTHING_DONE = {Act.PREVIEW, Act.HISTORY}  # to be read
Press = Callable[[UnitOfWork, Person, str], object]


class Undone(Exception):
    """It was accepted: nothing of it is to stay."""


def of_post(verb: Callable[[UnitOfWork, Person, Seen, str], object]) -> Press:
    return lambda work, person, value: verb(work, person, parse_seen(value), key())


def save(work: UnitOfWork, person: Person, seen: Seen, click: str) -> None:
    changes = Changes("Other words", work.now + timedelta(days=1), alts={"a" * 64: "A loaf"})
    edit.save_edit(work, person, seen, changes, click)


def move(work: UnitOfWork, person: Person, seen: Seen, click: str) -> None:
    review.move(work, person, seen, work.now + timedelta(days=1), click)


def take_down_ticked(work: UnitOfWork, person: Person, seen: Seen, click: str) -> None:
    """From all that its dialog has ticked."""
    take_down.check_may(work, person, seen.post_id)
    card = post_queries.load_card(work, seen.post_id)
    assert card is not None
    take_down.take_down_all(work, person, [send.id for send in list_there(card)], click)


def approve_anyway(work: UnitOfWork, person: Person, seen: Seen, click: str) -> None:
    review.approve(work, person, seen, click, anyway="it is decorative")


def convert(work: UnitOfWork, person: Person, seen: Seen, click: str) -> None:
    wanted = conversions.find_wanted(work, person, seen)
    jpeg = check_image(draw(kind="JPEG"))
    edit.save_converted(work, person, seen, [Made(one, jpeg) for one in wanted], click)


PRESSES: Mapping[Act, Press] = {
    Act.APPROVE: of_post(review.approve), Act.GO: of_post(review.go),
    Act.APPROVE_ANYWAY: of_post(approve_anyway), Act.EDIT: of_post(save), Act.CONVERT: of_post(convert),
    Act.KILL: of_post(review.kill), Act.HOLD: of_post(review.hold), Act.UNDO: of_post(review.undo),
    Act.BRING_BACK: of_post(review.bring_back), Act.POST_NOW: of_post(review.post_now), Act.PICK_TIME: of_post(move),
    Act.STOP_REST: of_post(overrides.stop_rest), Act.CHOOSE_DOWN: of_post(take_down_ticked),
    Act.TRY_AGAIN: lambda work, person, value: overrides.try_again(work, person, value, key()),
    Act.IT_IS_THERE: lambda work, person, value: overrides.confirm_sent(work, person, value, key()),
    Act.TAKE_DOWN: lambda work, person, value: take_down.take_down_all(work, person, parse_several(value), key()),
    Act.PUBLISH_WITHOUT: lambda work, person, value: edit.publish_without(work, person, *parse_without(value), key()),
}  # fmt: skip


# --- a post in each status ---------------------------------------------------------------------------


def draft(backend: Backend) -> Seen:
    post = backend.services.do(create.add_post, MAYA, create.NewPost(BOTH, "Rye", None), created_by=MAYA.id)
    return Seen(post.id, 1)


def after(verb: Callable[[UnitOfWork, Person, Seen, str], object]) -> Callable[[Backend], Seen]:
    def build(backend: Backend) -> Seen:
        seen = backend.in_review(accounts=BOTH)
        backend.services.do(verb, MAYA, seen, key())
        return seen

    return build


def still_right(backend: Backend) -> Seen:
    """Its words were approved the day before."""
    seen = backend.plan(minutes=24 * 60, accounts=BOTH)
    backend.services.do(review.approve, TOM, seen, key())
    backend.push(minutes=24 * 60 - 20)
    return backend.now_seen(seen)


def missed(backend: Backend) -> Seen:
    seen = backend.in_review(accounts=BOTH)
    backend.push(minutes=21)
    return seen


def sent(fault: Fault | None = None, *accounts: str, times: int | None = 1) -> Callable[[Backend], Seen]:
    def build(backend: Backend) -> Seen:
        seen = backend.approved(accounts=accounts or BOTH)
        if fault is not None:
            backend.network.faults.order(fault, times)
        backend.to_slot(seen)
        return seen

    return build


def stopped(backend: Backend) -> Seen:
    """Sent on one account only."""
    seen = sent(Fault.THROTTLED)(backend)
    backend.services.do(overrides.stop_rest, MAYA, seen, key())
    return seen


def failed(backend: Backend) -> Seen:
    seen, before = backend.approved(), backend.accounts["bakery"]
    make_failing(backend, "bakery").answers["publish"] = Refused("Your account is limited")
    backend.to_slot(seen)
    backend.accounts["bakery"] = before
    return seen


def unknown(backend: Backend) -> Seen:
    """Looked for in vain, so a person is asked."""
    seen = sent(Fault.LOST_ANSWER, "bakery")(backend)
    gone = backend.accounts.pop("bakery")
    for _ in range(20):
        backend.push(minutes=1)
    backend.accounts["bakery"] = gone
    return seen


def to_convert(backend: Backend) -> Seen:
    make_picky(backend)
    return backend.with_image()


POSTS: Mapping[str, tuple[Callable[[Backend], Seen], Status]] = {
    "draft": (draft, Status.DRAFT),
    "scheduled": (lambda backend: backend.plan(minutes=90, accounts=BOTH), Status.SCHEDULED),
    "review": (lambda backend: backend.in_review(accounts=BOTH), Status.REVIEW),
    "to be fixed": (lambda backend: backend.with_image(alt=""), Status.REVIEW),
    "still right?": (still_right, Status.REVIEW),
    "approved": (lambda backend: backend.approved(accounts=BOTH), Status.APPROVED),
    "held": (after(review.hold), Status.HELD),
    "killed": (after(review.kill), Status.KILLED),
    "missed": (missed, Status.MISSED),
    "being sent": (sent(Fault.THROTTLED), Status.PUBLISHING),
    "published": (sent(), Status.PUBLISHED),
    "partly": (stopped, Status.PUBLISHED),
    "failed": (failed, Status.FAILED),
    "unknown": (unknown, Status.PUBLISHING),
    "to convert": (to_convert, Status.REVIEW),
}  # fmt: skip


# --- what is offered ---------------------------------------------------------------------------------


def list_offered(services: Services, seen: Seen) -> Iterator[tuple[Act, str]]:
    card = services.look(post_queries.load_card, seen.post_id)
    assert card is not None
    for each in controls([{"block_id": "b"} | block for block in draw_post_card(card).blocks]):
        if each.option is not None:
            yield parse_choice(each.option["value"])[0], each.option["value"].partition(" ")[2]
        elif "value" in each.element:
            yield parse_act(each.action_id), each.element["value"]


def is_accepted(services: Services, act: Act, value: str) -> bool:
    def press(work: UnitOfWork, person: Person) -> None:
        PRESSES[act](work, person, value)
        raise Undone

    for person in (MAYA, TOM, ANNA):
        approver = person.id in services.policy.approvers
        try:
            services.do(press, replace(person, approver=approver))
        except Undone:
            return True
        except Refusal:
            continue
    return False


def check(services: Services, seen: Seen, where: str) -> set[Act]:
    offered = {each for each in list_offered(services, seen) if each[0] not in NOTHING_DONE}
    refused = [act.value for act, value in offered if not is_accepted(services, act, value)]
    assert not refused, where
    return {act for act, _ in offered}


@contextmanager
def paused(backend: Backend, scope: str) -> Iterator[None]:
    backend.services.do_first(pausing.pause, MAYA, scope, "recall news", key())
    yield
    form = backend.services.look(pause_queries.load_resume_form, scope)
    assert form is not None
    backend.services.do(resuming.resume, TOM, scope, form.epoch, {}, key())


def test_what_is_offered_is_accepted(sqlite_backend: Backend) -> None:
    """By one person at least, of those who may do most. `locked`: its author is the only approver."""
    backend = sqlite_backend
    locked = replace(backend.services, policy=team(approvers=(MAYA.id,)))
    found: set[Act] = set()
    for name, (build, status) in POSTS.items():
        seen = build(backend)
        assert backend.status(seen) is status, name
        found |= check(backend.services, seen, name)
        also = check(locked, seen, f"{name}, locked")
        assert not also & {Act.APPROVE, Act.APPROVE_ANYWAY, Act.POST_NOW, Act.TRY_AGAIN}, name
        for scope in ("bakery", ALL):
            with paused(backend, scope):
                found |= check(backend.services, seen, f"{name}, paused: {scope}")
                check(locked, seen, f"{name}, locked and paused: {scope}")
    assert found == set(PRESSES)


def test_who_may_approve_and_all_have(sqlite_backend: Backend) -> None:
    """It needs two approvals, and only one person may give one."""
    backend = Backend(
        sqlite_backend.store, sqlite_backend.network, sqlite_backend.clock,
        team(approvers=(TOM.id, MAYA.id), approvals=2), "worker-2",
    )  # fmt: skip
    seen = backend.in_review()
    assert Act.APPROVE in check(backend.services, seen, "nobody yet")
    backend.services.do(review.approve, TOM, seen, key())
    assert Act.APPROVE not in check(backend.services, seen, "all have")
