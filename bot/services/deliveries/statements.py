"""A statement on one account: a post that two people released while publishing is paused, and only while it is.

What counts is asked again when it begins, under the locks that a pause, a resume and an edit take: these words, the
very pauses, two people, one of them an approver, thirty minutes. It is the post's one delivery to the account, so it is
never sent twice, whoever lets it go. Everything after the begin is as of any post.
"""

from __future__ import annotations

from bot.domain.deliveries import LEFT_OUT, Delivery, Next
from bot.domain.facts import FactKind
from bot.domain.kinds import CardType
from bot.domain.outcomes import Outcome
from bot.domain.pause.statements import OPEN_AGAIN, Counted, Release
from bot.domain.posts import MOVES, Post, Status, Verb
from bot.domain.urgency import Urgency
from bot.services import offering
from bot.services.accounts import profiles
from bot.services.deliveries import outcomes
from bot.services.deliveries.posts import Posts, explain_another, wait_for_turn
from bot.services.deliveries.types import Authority, Forbidden, MayBegin, NotYet
from bot.services.pause import releases, statements
from bot.services.posts import lifecycle
from bot.services.posts.lifecycle import Case
from bot.services.unit_of_work import UnitOfWork
from bot.store.pause import releases as rows
from bot.store.slack import cards

TOO_FEW = "fewer than two people have released it"


class Statements(Posts):
    """What differs from a post's deliveries: the authority, that a pause has to be on, and where it is told."""

    def find_shut(self, work: UnitOfWork, case: Case, delivery: Delivery) -> str | None:
        counted = releases.count(work, case.post.version, case.gate)
        return None if counted.pair else releases.explain(work, case.post.version, case.gate) or TOO_FEW

    def may_begin(self, work: UnitOfWork, case: Case, delivery: Delivery) -> MayBegin:
        """The pauses that were on, two releases of this very version that count under them, and a minute between two
        posts of one account."""
        if delivery.due_at is None or delivery.due_at > work.now:
            return NotYet()
        version = case.post.version
        counted = releases.count(work, version, case.gate)
        why_not = _why_not(work, case, delivery, counted)
        if why_not or counted.pair is None:
            return Forbidden(why_not or TOO_FEW)
        if (wait := wait_for_turn(work, delivery)) is not None:
            return wait
        return self._by(work, case, delivery, *counted.pair)

    def find_authority(self, work: UnitOfWork, case: Case, delivery: Delivery) -> Authority | None:
        version = case.post.version
        given = [one for one in rows.list_of_post(work.db, case.post.id) if one.version_id == version.id]
        pair = Counted(tuple(given)).pair
        return None if pair is None else self._by(work, case, delivery, *pair)

    def _by(
        self, work: UnitOfWork, case: Case, delivery: Delivery, first: Release, second: Release
    ) -> Authority:
        version = case.post.version
        whose = profiles.find_identity(work, delivery.account, version.body)
        return Authority(
            case.epochs, case.post.id, version.id, release_id=second.id, seconds_id=first.id, identity=whose
        )

    def stand_down(self, work: UnitOfWork, case: Case, delivery: Delivery, why: str) -> None:
        """Of a publishing one this is dropped; else nothing has happened, and the post stays where it was."""
        if case.post.status is Status.PUBLISHING:
            super().stand_down(work, case, delivery, why)
            releases.redraw_of_post(work, case.post.id)
            return
        statements.disarm(work, case.post)
        releases.end(work, case.post, None, why)
        cards.touch_post(work.db, case.post.id)

    def start(self, work: UnitOfWork, post: Post) -> Post:
        """With the first of its deliveries it is being published, and has a new card in the channel."""
        if post.status is Status.PUBLISHING:
            return post
        post = lifecycle.lead(work, post, Verb.BEGIN_STATEMENT, None)
        cards.add(work.db, CardType.POST, post.id, work.policy.review_channel, work.now)
        return lifecycle.save(work, post, urgency=Urgency.NEWS)

    def begun(self, work: UnitOfWork, case: Case, delivery: Delivery, attempt_id: str) -> None:
        data = {"attempt": attempt_id, "statement": True}
        self.note(work, case, FactKind.BEGUN, delivery, data)
        self.start(work, case.post)
        releases.redraw_of_post(work, case.post.id)

    def judge(self, work: UnitOfWork, case: Case, delivery: Delivery, outcome: Outcome) -> Next:
        """Its slot, if it had one, says nothing."""
        return outcomes.judge(work, delivery, outcome)

    def ended(self, work: UnitOfWork, case: Case, delivery: Delivery, after: Next) -> None:
        super().ended(work, case, delivery, after)
        releases.redraw_of_post(work, case.post.id)


def _why_not(work: UnitOfWork, case: Case, delivery: Delivery, counted: Counted) -> str | None:
    accounts = case.post.version.body.accounts
    if (case.post.status, Verb.BEGIN_STATEMENT) not in MOVES:
        return f"the post {_CHANGED.get(case.post.status, 'was decided otherwise')} meanwhile"
    if delivery.account not in accounts:
        return LEFT_OUT
    if case.gate.pauses_for(accounts) is None:
        return OPEN_AGAIN
    gone = [name for name in accounts if name not in work.accounts]
    if gone:
        return f"the account {gone[0]} is not in the settings any more"
    if another := explain_another(work, case, delivery):
        return another
    if offering.is_by_hand(work, delivery.account):
        return "people post there themselves, and Byhand sends nothing"
    if counted.pair is None:
        return releases.explain(work, case.post.version, case.gate) or TOO_FEW
    if delivery.latest_at is None or delivery.latest_at < work.now:
        return outcomes.TOO_LATE
    return None


_CHANGED = {Status.KILLED: "was killed", Status.APPROVED: "was approved"}
