"""Resume: an approver opens the gate again and says what becomes of each post that missed its time.

Nothing is sent by it, and it is refused if somebody paused again meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.facts import FactKind
from bot.domain.gate import ALL, DRILL
from bot.domain.kinds import CardType
from bot.domain.people import Person, Right, Role, list_approvers, may_approve
from bot.domain.posts import Fate, Seen
from bot.domain.refusals import (
    EverythingIsPaused,
    FieldErrors,
    OnlyApprovers,
    PausedAgain,
    Refusal,
    WhichPause,
    WhoAreYou,
)
from bot.domain.shown.state_words import name_resume
from bot.services import clicks, settings_changes
from bot.services.inbox import held_back
from bot.services.pause import drill_ending, drill_over, hands, scope_words, statements
from bot.services.pause.pause import OFFERED, redraw_banner, redraw_beside
from bot.services.posts import review
from bot.services.unit_of_work import UnitOfWork, Wake
from bot.services.wording import name_approvers, refuse_guest, refuse_not_paused
from bot.store.pause import gate, pause_effects, pauses
from bot.store.slack import cards

LISTED = 25  # missed posts a resume asks about; the rest stay missed, each with its card


@dataclass(frozen=True)
class Choice:
    """What becomes of a post that missed its slot while paused."""

    fate: Fate
    slot: datetime | None = None  # of one that is moved


def check_may_resume(
    work: UnitOfWork, person: Person, scope: str | None = None, *, yes: bool = False
) -> None:
    """Approvers: the team's; of one account those who are named for it. The command line with --yes. `scope` None: it
    is not chosen yet."""
    if person.role is Role.COMMAND_LINE and yes:
        return
    if person.role in (Role.GUEST, Role.OUTSIDER):
        raise refuse_guest(work, Right.APPROVE, "resume publishing")
    if person.role is Role.UNKNOWN:
        raise WhoAreYou
    rules = work.policy.find_rules((scope or ALL,), "")
    anywhere = scope is None and person.is_named(work.policy.named.list_narrower())
    if not may_approve(person, rules) and not anywhere:
        raise OnlyApprovers(verb="resume publishing", approvers=name_approvers(work, list_approvers(rules)))


def choose_scope(work: UnitOfWork, words: str) -> str:
    """The scope to be resumed: the one named; else everything, or the one account that is paused. A key is that account
    alone, whatever else is called so: opening is for what was meant. An account that has left the settings while it was
    paused is called by its key."""
    if words == ALL:
        return ALL
    if words in work.policy.accounts:
        return _choose_named(work, (words,))
    if left := _find_left(work, words):
        return left
    if named := scope_words.list_named(work.policy, work.accounts, words):
        return _choose_named(work, named)
    if scope_words.names_everything(words):
        return ALL
    shut = [row.scope for row in gate.read(work.db).rows.values() if row.paused and row.scope != DRILL]
    if ALL in shut or not shut:
        return ALL
    return _only_one(work, shut)


def write_scope(work: UnitOfWork, scope: str) -> str:
    """What people are told to type to resume this pause alone: "all"; the account's title, or its key."""
    if scope == ALL or scope not in work.policy.accounts:
        return scope
    names = scope_words.list_names(work.policy, work.accounts)
    typed = scope_words.write_name(names, scope, work.policy.title_of(scope))
    return scope if _find_left(work, typed) else typed


def _find_left(work: UnitOfWork, words: str) -> str | None:
    """The paused account of this key that is no longer in the settings; exactly written, before one of nearly its
    name."""
    named = scope_words.fold(words)
    left = [
        row.scope
        for row in gate.read(work.db).rows.values()
        if row.paused and row.scope not in {ALL, DRILL, *work.policy.accounts}
    ]
    alike = [scope for scope in left if named and scope_words.fold(scope) == named]
    return words if words in left else next(iter(sorted(alike)), None)


def _choose_named(work: UnitOfWork, named: Sequence[str]) -> str:
    rows = gate.read(work.db).rows
    shut = [scope for scope in named if scope in rows and rows[scope].paused]
    if not shut and rows[ALL].paused:
        raise EverythingIsPaused(account=work.policy.title_of(named[0]))
    return _only_one(work, shut or named[:1])


def _only_one(work: UnitOfWork, shut: Sequence[str]) -> str:
    if len(shut) > 1:
        commands = [name_resume(write_scope(work, scope)) for scope in sorted(shut)]
        raise WhichPause(commands=", ".join(commands))
    return shut[0]


def resume(
    work: UnitOfWork,
    person: Person,
    scope: str,
    epoch: int,
    choices: Mapping[Seen, Choice],
    key: str,
    *,
    yes: bool = False,
) -> None:
    """Open the gate again. Refused if somebody paused again since `epoch` was read. Nothing is sent by this."""
    check_may_resume(work, person, scope, yes=yes)
    row = gate.lock_exclusively(work.db, scope)
    clicks.count_once(work, key)
    if scope == DRILL:
        drill_over.check_resume(work, epoch)
    if not row.paused:
        raise refuse_not_paused(work, scope)
    if row.epoch != epoch:
        raise PausedAgain
    missed, freed = count_missed(work, scope), held_back.count_freed(work, scope)
    approved = pause_effects.count_approved(work.db, scope, work.now)
    gate.save(work.db, replace(row, paused=False, stops_replies=False))  # still says who paused, for cards
    summary = _carry_out(work, person, choices, key)
    summary["kept"] = max(missed - summary["moved"] - summary["killed"], 0)
    settings_changes.set_moments(work, scope)  # reminders count again
    pause_effects.redraw(work.db, scope, since=work.now - OFFERED)
    if row.stops_replies:
        began = row.at or work.now
        pause_effects.redraw_conversations(
            work.db, scope, since=began - OFFERED, drawn_since=pauses.find_first_beside(work.db, began)
        )
    work.note(
        FactKind.RESUMED, person.id, subject=f"gate:{scope}", scope=scope, epoch=row.epoch, summary=summary
    )
    _end_pause(work, scope, person, summary | {pauses.ANSWERS: freed, pauses.APPROVED: approved})
    work.wake(Wake.CLOCK)


def _end_pause(work: UnitOfWork, scope: str, person: Person, summary: dict[str, int]) -> None:
    """Its row, then its banner: a reminder that comes just now takes them in this order too. The banner is far up by
    now, so the channel gets a line of its own. A drill is over by it, and says so itself."""
    if scope == DRILL:
        drill_ending.end(work, drill_ending.RESUMED, person.id, summary=summary)
        return
    found = pauses.find_running(work.db, scope)
    if found is None:
        return
    statements.end_resumed(work, person.id)  # the thread takes no line once it is over
    pauses.end(work.db, found.id, work.now, person.id, summary)
    redraw_banner(work, found.id)
    redraw_beside(work, (scope,))
    hands.redraw_of(work, found)
    cards.add(work.db, CardType.RESUMED, found.id, work.policy.review_channel, work.now)


def _carry_out(work: UnitOfWork, person: Person, choices: Mapping[Seen, Choice], key: str) -> dict[str, int]:
    """Each post by the ordinary verb. One that changed meanwhile stays as it is: it counts as kept."""
    _check_times(work, choices)
    summary = {"moved": 0, "kept": 0, "killed": 0}
    for number, (seen, choice) in enumerate(choices.items()):
        with suppress(Refusal):
            if choice.fate is Fate.MOVE and choice.slot is not None:
                review.move(work, person, seen, choice.slot, f"{key}:{number}")
                summary["moved"] += 1
            elif choice.fate is Fate.KILL:
                review.kill(work, person, seen, f"{key}:{number}")
                summary["killed"] += 1
    return summary


def _check_times(work: UnitOfWork, choices: Mapping[Seen, Choice]) -> None:
    """All of them before anything is done. Fields are named "move_to:<seen>"."""
    wrong: dict[str, str] = {}
    for seen, choice in choices.items():
        if choice.fate is Fate.MOVE and (choice.slot is None or choice.slot <= work.now):
            why = "Please pick a time." if choice.slot is None else "That time has passed."
            wrong[f"move_to:{seen}"] = why
    if wrong:
        raise FieldErrors(wrong)


def list_missed(work: UnitOfWork, scope: str) -> list[str]:
    """Ids of posts in scope that missed their slot since the pause began, the soonest `LISTED` of them."""
    found = pauses.find_running(work.db, scope)
    return pause_effects.list_missed(work.db, scope, found.at, LISTED) if found else []


def count_missed(work: UnitOfWork, scope: str) -> int:
    """How many there are."""
    found = pauses.find_running(work.db, scope)
    return pause_effects.count_missed(work.db, scope, found.at) if found else 0


def count_decided_since(work: UnitOfWork, scope: str) -> int:
    """Posts that missed their slot since the pause began, and have been moved or decided since."""
    found = pauses.find_running(work.db, scope)
    return pause_effects.count_decided_since(work.db, scope, found.at) if found else 0
