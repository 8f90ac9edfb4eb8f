"""What the command line says of a pause, line by line: the same lists as the banner, in plain words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.domain.deliveries import State
from bot.domain.gate import ALL
from bot.domain.policy import Policy
from bot.domain.quoting.first_words import FIRST
from bot.domain.shown.moments import name_moment, tell_moment
from bot.domain.shown.pause_screens import BannerView, ResumeForm
from bot.domain.shown.post_screens import OutView
from bot.domain.shown.state_words import (
    MAY_BE_UP,
    NOT_STOPPED,
    STILL_UP,
    describe_held_back,
    describe_later,
    describe_missed,
    describe_open,
    describe_paused,
    describe_resumed,
    describe_staying,
    describe_stopped_before,
    name_all_but,
    name_resume,
)
from bot.domain.shown.state_words import describe_guess as describe_guess_of
from bot.services.pause.pause import PauseResult
from bot.services.pause.scope_words import Guess
from bot.services.queries import pause as pause_queries
from bot.services.unit_of_work import UnitOfWork
from bot.services.wording import list_names
from bot.slack.views.text import one_line

STILL_UP_SHOWN = 25  # sends


def describe_pauses(work: UnitOfWork, done: Sequence[PauseResult]) -> list[str]:
    """After `byhand pause`: what is stopped, what was already on its way, and which accounts stay open."""
    lines, elsewhere = list[str](), list[str]()
    for one in done:
        shown = pause_queries.load_banner(work, one.pause_id)
        lines += _describe_pause(work, one, shown)
        if shown is not None and shown.asks_elsewhere:
            elsewhere += [f"Byhand cannot stop: {each.what}" for each in shown.elsewhere if each.by is None]
    if all(one.scope != ALL for one in done):
        still_open, all_shut = pause_queries.list_open_accounts(work)
        lines.append(describe_open(still_open, all_shut=all_shut))
    return [*lines, *dict.fromkeys(elsewhere)]


def describe_unread(policy: Policy, done: Sequence[PauseResult]) -> list[str]:
    """The same where the database says nothing more: the gate is shut."""
    lines = list[str]()
    for one in done:
        lines += _say_done(policy, one, f"somebody {tell_moment(one.at, policy.zone, one.at)}")
    return [*lines, "What that stops could not be read just now: byhand status says more."]


def describe_guess(policy: Policy, guess: Guess) -> list[str]:
    """After `byhand pause mastadon`, which paused everything."""
    asked = describe_guess_of(guess.typed, list(dict.fromkeys(map(policy.title_of, guess.accounts))))
    typed = " and ".join(f"byhand pause {account}" for account in guess.accounts)
    return [asked, f"If so: {typed}. Then an approver can resume everything else."]


def _say_done(policy: Policy, done: PauseResult, who: str) -> list[str]:
    """`who`: paused it first, and when."""
    title = None if done.scope == ALL else policy.title_of(done.scope)
    already = "Already paused" if title is None else f"Publishing on {title} was already paused"
    first = f"{describe_paused(title)}." if done.first else f"{already} by {who}."
    return [first, f"Reason: {done.reason}"] if done.reason else [first]


def _describe_pause(work: UnitOfWork, done: PauseResult, shown: BannerView | None) -> list[str]:
    by = list_names(work, (done.by,))
    lines = _say_done(work.policy, done, f"{by} {_tell(work, done.at)}")
    if shown is None:
        return lines
    following = f", next {_tell(work, shown.next_slot)}" if shown.next_slot else ""
    before = shown.paused_before
    titles = [one.scope for one in before if one.account is not None]
    told = describe_stopped_before(shown.stopped, titles, all_shut=len(titles) < len(before))
    stopped = f"Stopped: {_posts(shown.stopped)}{following}{f'; {told}' if told else ''}."
    lines.append(stopped if shown.stopped else "Nothing was planned.")
    lines += [f"Not stopped, {_name_why(work, one)}: {_sent(work, one)}" for one in shown.under_way]
    lines += [f"Went out in the last 24 hours: {_sent(work, one)}" for one in shown.went_out]
    return lines


def _name_why(work: UnitOfWork, one: OutView) -> str:
    if one.holder is None:
        return "already under way"
    if one.state is State.SENDING:
        return f"{list_names(work, (one.holder,))} is posting it by hand"
    return "was being posted by hand"


def _sent(work: UnitOfWork, one: OutView) -> str:
    where = one.url or one.profile_url or "no link"
    state = (
        ""
        if one.state is State.SENT or (one.holder and one.state is State.SENDING)
        else f", {one.state.value}"
    )
    text = one_line(one.text, FIRST)
    return f"{_name(work, one.at)}, post {one.number} on {one.title}{state} ({where}): {text}"


def describe_preview(work: UnitOfWork, form: ResumeForm) -> list[str]:
    """What `byhand resume --yes` would do."""
    missed = describe_missed(len(form.rows) + form.more, form.decided)
    lines = [f"This would resume {_what(form)}. Nothing is sent by it. {missed}"]
    lines += [
        f"Stays missed: {_name(work, row.slot)}, post {row.number}, {row.titles}: {one_line(row.text, FIRST)}"
        for row in form.rows
    ]
    if form.more:
        lines.append(f"… and {form.more} more that stay missed.")
    return [
        *lines, *_stays(work, form), _later(work, form), *_left(work, form), *_held_back(form),
        "To do it: the same command with --yes.",
    ]  # fmt: skip


def describe_resume(work: UnitOfWork, form: ResumeForm) -> list[str]:
    """After it."""
    kept = len(form.rows) + form.more
    stay = "" if not kept else " It stays missed." if kept == 1 else " They stay missed, each with its card."
    all_shut = any(one.account is None for one in form.stays)
    done = f"Resumed: {_what(form)}" if not all_shut else describe_resumed(form.title, all_shut=True)
    resumed = f"{done}. Resuming published nothing by itself. {describe_missed(kept, form.decided)}{stay}"
    return [resumed, *_stays(work, form), _later(work, form), *_left(work, form), *_held_back(form)]


def _held_back(form: ResumeForm) -> list[str]:
    return [describe_held_back(form.held_back)] if form.held_back else []


def _what(form: ResumeForm) -> str:
    return name_all_but([one.scope for one in form.stays]) if form.scope == ALL else form.title


def _stays(work: UnitOfWork, form: ResumeForm) -> list[str]:
    """What that leaves paused, each with its way out."""
    lines = list[str]()
    for one in form.stays:
        title = None if one.account is None else one.scope
        by, at = list_names(work, (one.by,)), _name(work, one.at)
        told = describe_staying(title, by, at, one_line(one.reason or "", FIRST))
        lines.append(f"{told}: {name_resume(one.gate, 'byhand')} resumes it.")
    return lines


def _later(work: UnitOfWork, form: ResumeForm) -> str:
    first = _tell(work, form.first_later) if form.first_later else ""
    return describe_later(form.later, form.again, first)


def _left(work: UnitOfWork, form: ResumeForm) -> list[str]:
    """What the pause left undone outside: nobody has said that it is stopped, or gone."""
    lines = [f"{NOT_STOPPED}: {', '.join(form.not_stopped)}."] if form.not_stopped else []
    lines += [
        f"{STILL_UP if one.state is State.SENT else MAY_BE_UP}: {_sent(work, one)}"
        for one in form.still_up[:STILL_UP_SHOWN]
    ]
    more = len(form.still_up) - STILL_UP_SHOWN
    return [*lines, f"… and {more} more that {'is' if more == 1 else 'are'} still up."] if more > 0 else lines


def _posts(number: int) -> str:
    return f"{number} post" if number == 1 else f"{number} posts"


def _tell(work: UnitOfWork, moment: datetime) -> str:
    return tell_moment(moment, work.policy.zone, work.now)


def _name(work: UnitOfWork, moment: datetime) -> str:
    return name_moment(moment, work.policy.zone, work.now)
