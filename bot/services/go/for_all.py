"""Go for several posts at once, each of which somebody has opened: for all of them, or for none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.domain.approvals import count_ended
from bot.domain.go_requests import Opened, digest_epochs
from bot.domain.people import Person
from bot.domain.posts import MOVES, Status, Verb
from bot.domain.preflight.due import find_due_moment
from bot.domain.refusals import GoNotSaid, GoNotSaidOf, Refusal
from bot.domain.urgency import Urgency
from bot.services import clicks
from bot.services.pause import drill_over
from bot.services.posts import lifecycle, review
from bot.services.posts.lifecycle import Case
from bot.services.unit_of_work import UnitOfWork
from bot.services.wording import begin_with, format_moment, make_state_sentence, quote_post
from bot.store.posts import approvals, posts

SAID = (Status.APPROVED, Status.PUBLISHING, Status.PUBLISHED)  # as it was opened: somebody else was faster


def say_go_to_each(work: UnitOfWork, person: Person, opened: Sequence[Opened], key: str) -> int:
    """The moment is right for each of these posts, as it was opened. One that has its Go by now needs none. Returns to
    how many it was said. Raises GoNotSaid where one has changed since, or cannot get it, by the rules of `review.go`:
    then none of them gets one."""
    lifecycle.check_right(work, person, Verb.GO, opened[0].seen.post_id if opened else "")
    clicks.count_once(work, key)
    of_post = {one.seen.post_id: one for one in opened}
    cases: dict[str, Case] = {case.post.id: case for case in lifecycle.load_cases(work, of_post)}
    left = [cases[post_id] for post_id, one in of_post.items() if _needs_go(work, cases.get(post_id), one)]
    if not left:
        raise GoNotSaid(why="Somebody else has said Go meanwhile.")
    for case in left:
        try:
            _say_go(work, case, person, key)
        except Refusal as refused:
            raise GoNotSaidOf(name=quote_post(case.post), why=refused.sentence) from refused
    return len(left)


def _needs_go(work: UnitOfWork, case: Case | None, opened: Opened) -> bool:
    """False: it has one. Raises GoNotSaid where it is not what was opened any more."""
    if case is None:
        raise GoNotSaid(why="One of the posts is gone.")
    version, status = case.post.version, case.post.status
    if not opened.seen.is_still(version.seen):
        told = f"{_name_as_opened(work, case, opened)} has changed since you opened it."
        raise GoNotSaid(why=f"{told} {make_state_sentence(work, case.post.id)}")
    name = quote_post(case.post)
    if opened.gate != digest_epochs(case.epochs):
        raise GoNotSaid(
            why=f"{begin_with(name)} was paused after you opened it. {make_state_sentence(work, case.post.id)}"
        )
    if status in SAID:
        return False
    if status is Status.SCHEDULED:
        up = format_moment(work, find_due_moment(case.post, work.policy))
        raise GoNotSaid(why=f"{begin_with(name)} can get its Go once its card is up, at {up}.")
    if (status, Verb.GO) not in MOVES:
        raise GoNotSaid(why=make_state_sentence(work, case.post.id, name))
    if opened.ended != count_ended(approvals.list_of_version(work.db, version.id)):
        raise GoNotSaid(why=f"Somebody took back a yes to {name} after you opened it. Please open it again.")
    return True


def _name_as_opened(work: UnitOfWork, case: Case, opened: Opened) -> str:
    """By the words that were read: it may have others now."""
    read = posts.load_version(work.db, case.post.id, opened.seen.seq)
    return begin_with(quote_post(replace(case.post, version=read or case.post.version)))


def _say_go(work: UnitOfWork, case: Case, person: Person, key: str) -> None:
    drill_over.check_post(work, case.post)
    review.must_be_open(work, case)
    review.must_be_in_time(work, case.post)
    post = review.say_go(work, case, person, f"{key}:{case.post.id}")
    lifecycle.save(work, post, urgency=Urgency.DECISION)
