"""Why a delivery has not gone out yet, kept from its first cause on.

A later cause never takes the place of the first: at the end people read what began it and how it ended ("Mastodon
refused the sign-in at 09:00; it was too late at 09:10"). What only a person can mend is told at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bot.domain.deliveries import Attempt, Delivery, Next, State
from bot.domain.kinds import DeliveryType
from bot.domain.outcomes import ANOTHER_PROFILE, Later, NeedsCredit, NeedsLogin, NotSent, Outcome
from bot.services.accounts.health import list_variables
from bot.services.unit_of_work import UnitOfWork
from bot.services.wording import format_moment

TOO_LATE = "it was too late: nothing that old goes out by itself"
WORDS = 120  # characters of a network's own words
LOOKED = "; when looked for: "
REFUSED = "refused the sign-in"
NO_CREDIT = "had no credits"


def add(work: UnitOfWork, delivery: Delivery, outcome: Outcome, after: Next) -> Next:
    """What an outcome made of a delivery, with its cause behind the first one."""
    cause = _name(work, delivery, outcome)
    if cause is None:
        if after.state is State.UNKNOWN and delivery.reason:
            return replace(after, reason=f"{delivery.reason}; then: {after.reason}", evidence=after.reason)
        return after
    tells = isinstance(outcome, NeedsLogin) and _name_no(outcome) not in (delivery.reason or "")
    first = delivery.reason or cause
    if delivery.reason and tells:
        first = f"{first}; then {cause}"
    if after.state.final:
        gave_up = f"Byhand gave up at {format_moment(work, work.now)}"
        end = gave_up if delivery.kind is DeliveryType.TAKE_DOWN else "there was no time left to try again"
        first = f"{first}; {end}"
    return replace(
        after,
        reason=first,
        evidence=after.reason,
        tell=_sentence(work, delivery, outcome, after) if isinstance(outcome, NeedsLogin) and tells else None,
    )


def add_look(delivery: Delivery, after: Next) -> str | None:
    """Why nobody knows, and behind it what the newest look could not tell."""
    first = _before_looking(delivery)
    return f"{first}{LOOKED}{after.reason}" if first else after.reason


def add_absence(work: UnitOfWork, delivery: Delivery, attempt: Attempt) -> str:
    """The cause of what was looked for and is not there."""
    first = _before_looking(delivery)
    if first and first != attempt.evidence:
        return first
    title, at = work.policy.title_of(delivery.account), format_moment(work, attempt.started_at)
    return f"{title} gave no clear answer at {at} ({_short(attempt.evidence)}), and it is not there"


def _before_looking(delivery: Delivery) -> str:
    return (delivery.reason or "").partition(LOOKED)[0]


def close(work: UnitOfWork, delivery: Delivery, why: str) -> str:
    """Why it will not go out, with what began it in front."""
    if not delivery.reason or delivery.state not in (State.READY, State.CLAIMED, State.UNKNOWN):
        return why
    end = f"it was too late at {format_moment(work, work.now)}" if why == TOO_LATE else why
    return f"{delivery.reason}; {end}"


def close_all(work: UnitOfWork, of_post: Iterable[Delivery], why: str = TOO_LATE) -> str | None:
    """The same of a post of which nothing has begun; None: no network is known to have been in the way."""
    first = next((one for one in of_post if one.reason and one.state in (State.READY, State.CLAIMED)), None)
    return close(work, first, why) if first else None


def _name(work: UnitOfWork, delivery: Delivery, outcome: Outcome) -> str | None:
    """ "Mastodon refused the sign-in at 09:00 (The access token is invalid)"; None: it is no reason to try again."""
    title, at = work.policy.title_of(delivery.account), format_moment(work, work.now)
    match outcome:
        case NotSent(why) if why == ANOTHER_PROFILE:
            return f"{title} was signed in as another profile at {at}"
        case NotSent(why):
            return f"{title} could not be reached at {at} ({_short(why)})"
        case Later(why):
            return f"{title} asked to wait at {at} ({_short(why)})"
        case NeedsLogin(why):
            return f"{title} {_name_no(outcome)} at {at} ({_short(why)})"
        case _:
            return None


def _name_no(outcome: NeedsLogin) -> str:
    return NO_CREDIT if isinstance(outcome, NeedsCredit) else REFUSED


def _sentence(work: UnitOfWork, delivery: Delivery, outcome: NeedsLogin, after: Next) -> str:
    """What people are told at once: what to renew, and until when it may still go out."""
    title = work.policy.title_of(delivery.account)
    names = list_variables(work, delivery.account)
    mend = outcome.mend or f"Set a new {' and '.join(names) or 'secret'} and restart Byhand."
    does = "has no credits" if isinstance(outcome, NeedsCredit) else "refuses the sign-in"
    sentence = f"{title} {does} ({_short(outcome.why)}). {mend}"
    if delivery.kind is DeliveryType.TAKE_DOWN:
        return f"{sentence} Then take it down once more: it is still there."
    if after.state.final or delivery.latest_at is None:
        return f"{sentence} There is no time left: it does not go out by itself."
    until = format_moment(work, delivery.latest_at)
    return f"{sentence} If that is done by {until}, it still goes out by itself; later it does not."


def _short(words: str | None) -> str:
    whole = " ".join((words or "no reason was given").split()).rstrip(".")
    return whole if len(whole) <= WORDS else f"{whole[: WORDS - 1]}…"
