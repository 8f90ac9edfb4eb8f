"""How a try ended, written down; and what that makes of its post.

Late proof of success is never thrown away: it settles what was unknown, and where a second try has begun it is an
incident people are told of.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from bot.domain import deliveries as delivery_rules
from bot.domain.deliveries import AttemptState, Delivery, Next, State
from bot.domain.facts import FactKind
from bot.domain.gate import ALL
from bot.domain.kinds import CardType, LineType
from bot.domain.outcomes import Outcome, Refused, Sent, Unknown
from bot.domain.people import Role
from bot.domain.posts import MOVES, Post, Status, Verb
from bot.domain.urgency import Urgency
from bot.services import causes, duty
from bot.services.accounts import profiles
from bot.services.offering import is_in_hand
from bot.services.pause import hands, releases
from bot.services.posts import lifecycle, standing
from bot.services.unit_of_work import UnitOfWork, Wake
from bot.services.wording import list_names
from bot.store import deliveries, doubts
from bot.store import profiles as stored_profiles
from bot.store.pause import told
from bot.store.posts import posts
from bot.store.slack import card_lines, cards, people

TOO_LATE = causes.TOO_LATE


# --- of any kind -------------------------------------------------------------------------------------


def judge(work: UnitOfWork, delivery: Delivery, outcome: Outcome) -> Next:
    if isinstance(outcome, Refused) and outcome.repeats and doubts.find_first_absent(work.db, delivery.id):
        outcome = Unknown(outcome.reason, outcome.http_status)  # it may be the try that was given up
    after = delivery_rules.judge_outcome(
        outcome, tries=max(delivery.tries, 1), latest_at=delivery.latest_at, now=work.now,
        settle_after=find_settle_after(work, delivery.account),
    )  # fmt: skip
    return causes.add(work, delivery, outcome, after)


def find_settle_after(work: UnitOfWork, account: str) -> timedelta:
    """How long after a send began its absence counts."""
    connection = work.accounts.get(account)
    return connection.capabilities.settle_after if connection else timedelta(seconds=90)


def end(
    work: UnitOfWork, delivery: Delivery, attempt_id: str, after: Next, *, http_status: int | None
) -> None:
    deliveries.end_attempt(
        work.db, attempt_id, after.attempt, work.now, http_status=http_status,
        evidence=after.evidence or after.reason, remote_id=after.remote_id,
    )  # fmt: skip
    apply(work, delivery, after)


def apply(work: UnitOfWork, delivery: Delivery, after: Next) -> None:
    deliveries.change(
        work.db, delivery.id, work.now, state=after.state, reason=after.reason, due_at=after.due_at,
        next_check_at=after.next_check_at, lease_until=None,
        remote_id=after.remote_id or delivery.remote_id, remote_url=after.remote_url or delivery.remote_url,
    )  # fmt: skip
    work.wake(Wake.CLOCK)


def drop(work: UnitOfWork, delivery: Delivery, why: str, by: str | None = None) -> None:
    why = causes.close(work, delivery, why)
    deliveries.change(
        work.db, delivery.id, work.now, state=State.DROPPED, reason=why, due_at=None, lease_until=None,
        resolved_by=by,
    )  # fmt: skip
    post = posts.load(work.db, delivery.post_id) if delivery.post_id else None
    work.note(FactKind.DROPPED, by, post, account=delivery.account, why=why)


def settle_late(work: UnitOfWork, delivery: Delivery, attempt_id: str, sent: Sent) -> Next | None:
    """Late proof, where nothing else may have gone out since: the delivery is sent, whatever was thought of it. None:
    another try has begun and is not proven not sent, and only people can resolve it."""
    last = deliveries.find_last_attempt(work.db, delivery.id)
    if last is None or (last.id != attempt_id and last.state is not AttemptState.NOT_SENT):
        return None
    deliveries.prove_sent(work.db, attempt_id, work.now, remote_id=sent.remote_id)
    after = Next(State.SENT, AttemptState.SENT, remote_id=sent.remote_id, remote_url=sent.url)
    apply(work, delivery, after)
    return after


def describe_change(work: UnitOfWork, account: str, after: Next) -> str:
    """For the thread, of what is published and cannot be held back any more."""
    where = f": {after.remote_url}" if after.remote_url else "."
    return f"What {work.policy.title_of(account)} published differs from what was approved ({after.changed}){where}"


# --- of a post ---------------------------------------------------------------------------------------


def tell(work: UnitOfWork, post: Post, delivery: Delivery, after: Next) -> None:
    """A line in the thread where a person must see it: what does not go out, an outcome looking could not tell, and
    what the network published otherwise than it was approved."""
    if after.changed:
        sentence = describe_change(work, delivery.account, after)
        mention = list(duty.list_to_alarm(work))
        told = {"sentence": sentence, "mention": mention, "delivery": delivery.id}
        cards.say(work.db, post.id, LineType.INCIDENT, told, work.now)
    if after.state in (State.REFUSED, State.DROPPED):
        tell_not_sent(work, post, delivery, after.reason, refused=after.state is State.REFUSED)
    if after.tell:
        mention = (
            [] if after.state.final else list(duty.list_to_alarm(work))
        )  # else they are mentioned just above
        cards.say(work.db, post.id, LineType.INCIDENT, {"sentence": after.tell, "mention": mention}, work.now)
        cards.touch_post(work.db, post.id, urgency=Urgency.DECISION)
        work.wake(Wake.OUTBOX)
    if after.state is State.UNKNOWN and after.next_check_at is None:
        values = {
            "title": work.policy.title_of(delivery.account),
            "reason": after.reason,
            "profile_url": profiles.find_url(work, delivery.account, delivery.id),
            "mention": _list_to_ask(work, delivery),
            "delivery": delivery.id,
            **({"by_hand": True} if is_in_hand(work, delivery) else {}),
        }
        cards.say(work.db, post.id, LineType.OUTCOME_UNKNOWN, values, work.now)


def _list_to_ask(work: UnitOfWork, delivery: Delivery) -> list[str]:
    """Whoever was posting it, as long as they are of the team; else as where anything goes wrong."""
    who = delivery.holder
    if who is not None and people.load_roles(work.db, (who,)).get(who, Role.MEMBER) is Role.MEMBER:
        return [who]
    return list(duty.list_to_alarm(work))


def tell_not_sent(
    work: UnitOfWork, post: Post, delivery: Delivery, reason: str | None, *, refused: bool = False
) -> None:
    """What was approved does not go out on this account. `refused`: the reason is the network's words, and no more."""
    values = {
        "title": work.policy.title_of(delivery.account), "reason": reason, "refused": refused,
        "mention": [] if _is_told(work, post, delivery) else _list_to_call(work, post),
    }  # fmt: skip
    cards.say(work.db, post.id, LineType.FAILED, values, work.now)


def tell_stopped(work: UnitOfWork, post: Post, stopped: Iterable[Delivery], by: str) -> None:
    """The same of what a person stopped: whoever approved it is to know."""
    titles = " + ".join(work.policy.title_of(one.account) for one in stopped)
    if titles:
        mention = [one for one in _list_to_call(work, post) if one != by]
        values = {"title": titles, "reason": describe_stop(work, by), "refused": False, "mention": mention}
        cards.say(work.db, post.id, LineType.FAILED, values, work.now)


def describe_stop(work: UnitOfWork, by: str) -> str:
    return f"stopped by {list_names(work, (by,))}"


def _list_to_call(work: UnitOfWork, post: Post) -> list[str]:
    """Nothing begins without an approval; after a copy was put back it may be one of an earlier review."""
    return standing.list_to_call(work, post) or list(duty.list_to_alarm(work))


def _is_told(work: UnitOfWork, post: Post, delivery: Delivery) -> bool:
    """Whether people were mentioned already, of another account, since it began to be sent: once is enough. Not where
    somebody has tried this one again."""
    if delivery.resolved_by is not None:
        return False
    others = [
        one
        for one in deliveries.list_of_post(work.db, post.id)
        if one.id != delivery.id and one.account in post.version.body.accounts
    ]
    ended = [one.id for one in others if one.state in (State.REFUSED, State.DROPPED)]
    return any((deliveries.find_changed_at(work.db, one) or work.now) >= post.status_at for one in ended)


def redraw_lines(work: UnitOfWork, delivery: Delivery) -> None:
    """Whatever lines asked about it may be answered. After its card, before banners, as in `row_locks.py`."""
    if delivery.post_id is not None:
        cards.touch_post(work.db, delivery.post_id)
        card_lines.redraw_lines_of(work.db, CardType.POST, delivery.post_id, delivery.id, work.now)
    hands.redraw(work, delivery)


def finish(work: UnitOfWork, post: Post) -> None:
    """Every delivery final: the post is published, failed, or missed; else its card is redrawn.

    `post`: as it stands in this transaction, its gate and row locked."""
    of_post = deliveries.list_of_post(work.db, post.id, lock=True)
    status = delivery_rules.find_final_status(delivery.state for delivery in of_post)
    if (post.status, Verb.FINISH) not in MOVES or status is None:
        cards.touch_post(work.db, post.id, urgency=Urgency.NEWS)
        _touch_banners(work, of_post)
        return
    reason = next((d.reason for d in of_post if d.state is State.DROPPED and not d.left_out), None)
    post = lifecycle.lead(
        work, post, Verb.FINISH, None, to=status, reason=reason if status is Status.MISSED else None
    )
    work.note(FactKind.FINISHED, None, post, status=status.key)
    releases.end_used(work, post)
    sent = [d for d in of_post if d.state is State.SENT]
    if sent:
        links = [[work.policy.title_of(d.account), d.remote_url] for d in sent]
        look = _list_to_look_at(work, post, sent)
        said = {"links": links, **({"look": look} if look else {})}
        cards.say(work.db, post.id, LineType.PUBLISHED, said, work.now)
    lifecycle.save(work, post, urgency=Urgency.NEWS)
    _touch_banners(work, of_post)


def _list_to_look_at(work: UnitOfWork, post: Post, sent: Iterable[Delivery]) -> list[list[str]]:
    """(account, why): whose first post may be seen by few, without a word from the network."""
    found: list[list[str]] = []
    for delivery in sent:
        connection = work.accounts.get(delivery.account)
        why = connection.capabilities.seen_by_few if connection else ""
        if why and not stored_profiles.has_published(work.db, delivery.account, but=post.id):
            found.append([work.policy.title_of(delivery.account), why])
    return found


def _touch_banners(work: UnitOfWork, of_post: list[Delivery]) -> None:
    """A running pause may list this send, and one that is over what was under way then. After the post's own card, as
    everywhere: else two transactions wait for each other's card."""
    over = told.list_of_sends(work.db, [delivery.id for delivery in of_post])
    cards.touch_banners(work.db, (ALL, *(delivery.account for delivery in of_post)), over)
    work.wake(Wake.OUTBOX)
