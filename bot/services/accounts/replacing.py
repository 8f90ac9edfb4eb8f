"""An account is to be another profile from now on, because somebody said so: what that ends, in one transaction.

No approval was for the new profile, nobody can look at the former one any more, and whoever wrote to it is not answered
from another one. The gate is held as by a pause: nothing of the account begins meanwhile. What was being sent then
ends as it does: each attempt names its profile.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.domain.deliveries import AttemptState, Delivery, Next, State
from bot.domain.facts import FactKind
from bot.domain.kinds import DeliveryType, LineType
from bot.domain.posts import WAITING, Status, Verb
from bot.domain.urgency import Urgency
from bot.services import causes
from bot.services.deliveries import outcomes
from bot.services.deliveries.kinds import KINDS
from bot.services.deliveries.types import DeliveryRef
from bot.services.posts import lifecycle, standing
from bot.services.posts.lifecycle import Case
from bot.services.unit_of_work import UnitOfWork
from bot.store import deliveries, profiles
from bot.store.inbox import sends
from bot.store.posts import posts
from bot.store.sign_ins import KeptSignIn
from bot.store.slack import cards

AHEAD = (*WAITING, Status.DRAFT, Status.HELD)
ENDED = (Status.MISSED, Status.FAILED, Status.KILLED)  # they may be brought back
LOOKED_BACK = timedelta(days=30)  # of those; an older one is given the new profile with its new time
_OF_A_POST = (DeliveryType.POST, DeliveryType.STATEMENT)


class Replacing:
    """Of one account. `saw` counts what ended: "posts", "replies", "unknown"."""

    def __init__(self, work: UnitOfWork, who: str, before: KeptSignIn, now: KeptSignIn) -> None:
        self.work, self.who, self.account = work, who, now.account
        title = work.policy.title_of(now.account)
        self.why = f"{title} is signed in as {now.name} now, and no longer as {before.name}"
        self.did = (
            f"signed {title} in as {now.name}, and no longer as {before.name}"  # after its person's name
        )
        self._before = before
        self.saw: Counter[str] = Counter()

    def end(self) -> Counter[str]:
        """The account's row says already whose it is now; its gate's row is locked."""
        profiles.name_attempts(self.work.db, self.account, self._before.identity or "")
        under_way = profiles.list_open(self.work.db, self.account)
        for post_id in sorted({post_id for _, post_id in under_way if post_id} | self._list_posts()):
            self._end_of_post(lifecycle.load_case(self.work, post_id))
        for delivery_id in self._in_order(under_way):
            self._end_delivery(delivery_id)
        profiles.forget_cursors(self.work.db, self.account)
        return self.saw

    def _list_posts(self) -> set[str]:
        found = posts.list_with_status(self.work.db, AHEAD)
        found += posts.list_with_status(self.work.db, ENDED, since=self.work.now - LOOKED_BACK)
        return {post.id for post in found if self.account in post.version.body.accounts}

    def _in_order(self, under_way: list[tuple[str, str | None]]) -> list[str]:
        """Those of posts first, which are locked; then by conversation, as in `row_locks.py`."""
        places = []
        for delivery_id, post_id in under_way:
            found = deliveries.load(self.work.db, delivery_id)
            about = found.prepared.get("of", delivery_id) if found else delivery_id
            sent = None if post_id else sends.find_of_delivery(self.work.db, str(about))
            places.append((sent.conversation_id if sent else "", delivery_id))
        return [delivery_id for _, delivery_id in sorted(places)]

    # --- posts ---------------------------------------------------------------------------------------

    def _end_of_post(self, case: Case) -> None:
        if self.account not in case.post.version.body.accounts:
            return
        if case.post.status in (*AHEAD, *ENDED):
            self._ask_anew(case)

    def _ask_anew(self, case: Case) -> None:
        """The same words for the new profile: a version of its own, which nobody has approved."""
        work, before = self.work, case.post
        mention = standing.list_to_call(work, before)
        whose = lifecycle.end_approvals(work, before, self.who, self.did)
        post = lifecycle.add_version(work, before, before.version.body, self.who)
        data: dict[str, Any] = {"seq": post.version.seq, "sha256": post.version.sha256, "ended": whose}
        work.note(FactKind.EDITED, self.who, post, changed=self.did, **data)
        if post.status is Status.APPROVED:
            post = lifecycle.lead(work, post, Verb.STAND_DOWN, None, reason=self.why)
        lifecycle.save(work, post, urgency=Urgency.DECISION)
        if whose:
            self.saw["posts"] += 1
            sentence = (
                f"{self.why}, so what was approved has ended. Please approve it again, for that profile."
            )
            values = {"sentence": sentence, "mention": mention}
            cards.say(work.db, post.id, LineType.INCIDENT, values, work.now)

    # --- deliveries ----------------------------------------------------------------------------------

    def _end_delivery(self, delivery_id: str) -> None:
        glimpse = deliveries.load(self.work.db, delivery_id)
        if glimpse is None:
            return
        kind = KINDS[glimpse.kind]
        subject = kind.lock(
            self.work, DeliveryRef(glimpse.id, glimpse.post_id, glimpse.account, glimpse.kind)
        )
        delivery = deliveries.load(self.work.db, delivery_id, lock=True)
        if delivery is None:
            return
        if delivery.state is State.UNKNOWN:
            self._ask_people(subject, delivery)
        elif delivery.state in (State.READY, State.CLAIMED):
            waits = delivery.kind in _OF_A_POST and subject.post.status is not Status.PUBLISHING
            if not waits:  # else its post is asked about anew
                kind.stand_down(self.work, subject, delivery, self.why)
                self.saw["replies" if delivery.kind not in _OF_A_POST else "posts"] += 1

    def _ask_people(self, subject: Any, delivery: Delivery) -> None:
        """Nobody can look there any more."""
        attempt = deliveries.find_live_attempt(self.work.db, delivery.id)
        if attempt is None or delivery.asks_a_person or KINDS[delivery.kind].deletes:
            return
        self.saw["unknown"] += 1
        after = Next(State.UNKNOWN, AttemptState.UNKNOWN, self.why)
        after = replace(after, reason=causes.add_look(delivery, after), evidence=attempt.evidence)
        outcomes.end(self.work, delivery, attempt.id, after, http_status=attempt.http_status)
        KINDS[delivery.kind].ended(self.work, subject, delivery, after)
