"""Which posts a list of what is ahead is asked for, in typed words: a period, accounts, a label, in any order."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.people import Person
from bot.domain.preflight.week import WeekDay
from bot.domain.shown.post_screens import Ahead, UpcomingRow
from bot.services.pause import scope_words
from bot.services.queries import posts as post_queries
from bot.services.queries import week
from bot.services.unit_of_work import UnitOfWork

_PERIODS = {each.value: each for each in Ahead}


@dataclass(frozen=True)
class Wanted:
    """`accounts`: their keys; none: all. `other`: words that are neither a period nor an account: a label, maybe."""

    ahead: Ahead | None = None
    accounts: tuple[str, ...] = ()
    other: str = ""

    @property
    def period(self) -> Ahead:
        """The week, where no period is named; everything, of a label."""
        return self.ahead or (Ahead.ALL if self.other else Ahead.WEEK)


def read_words(words: str, names: scope_words.Names) -> Wanted:
    """ "Today: Bluesky" → today's posts on Bluesky."""
    ahead, accounts = None, tuple[str, ...]()
    while words:
        word, rest = scope_words.split_word(words)
        named = scope_words.find_accounts(words, names)
        if ahead is None and word in _PERIODS:
            ahead, words = _PERIODS[word], rest
        elif named.accounts and not accounts:
            accounts, words = named.accounts, named.rest
        else:
            break
    return Wanted(ahead, accounts, words if scope_words.fold(words) else "")


def list_wanted(
    work: UnitOfWork, words: str, person: Person | None = None
) -> tuple[tuple[UpcomingRow, ...], Wanted] | None:
    """The posts, and what was understood. None: the words are neither a period nor an account, and no post has them as
    its label."""
    wanted = read_words(words, scope_words.list_names(work.policy, work.accounts))
    tried = (
        (wanted, Wanted(other=words)) if wanted.other else (wanted,)
    )  # a label may begin with an account's name
    for each in tried:
        rows = post_queries.list_upcoming(work, each.period, person, accounts=each.accounts, label=each.other)
        if rows or not each.other:
            return rows, each
    ahead = post_queries.list_upcoming(work, Ahead.ALL, label=wanted.other)  # only not then, or not there
    return ((), wanted) if ahead else None


def judge_week(work: UnitOfWork, wanted: Wanted) -> tuple[WeekDay, ...]:
    """The days of these accounts, or of all; of a label, or of another period, there is nothing to say."""
    if wanted.other or wanted.period is not Ahead.WEEK:
        return ()
    return week.load_week(work, week.list_days(work), wanted.accounts)
