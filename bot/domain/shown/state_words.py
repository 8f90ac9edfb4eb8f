"""How a post stands and what is paused, in words. They are made here alone: cards, lists, Home, banners, `status`, the
command line and refusals say the same.

Plain words, neither cut nor escaped: whoever shows them does that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from bot.domain.deliveries import State
from bot.domain.gate import ALL
from bot.domain.posts import Status

SEPARATE = 3  # accounts paused separately that are named; of more their number is said

STOPPED_BY_PAUSES = frozenset({Status.SCHEDULED, Status.REVIEW, Status.APPROVED})
TAKEN_DOWN = "taken down"
ASKS_GO = "Waiting for a Go"
WORDS_APPROVED = "Words approved"
NEEDS_APPROVAL = "Needs approval"
TO_BE_POSTED = "To be posted by hand"
NEEDS_FIXING = "Needs fixing first"  # in a count, or in a column: elsewhere what is wrong is said
WAITING = "Waiting for a decision"
APPROVED = "Approved"
PAUSED = "Paused"
PUBLISHED = "Published"
_NAMES: Mapping[Status, str] = {
    Status.DRAFT: "Draft",
    Status.SCHEDULED: "Planned",
    Status.REVIEW: WAITING,
    Status.APPROVED: APPROVED,
    Status.HELD: "On hold",
    Status.MISSED: "Missed",
    Status.PUBLISHING: "Being sent",
    Status.PUBLISHED: PUBLISHED,
    Status.FAILED: "Not published",
    Status.KILLED: "Killed",
}


class Send(Protocol):
    """What is known of a post on one account."""

    @property
    def title(self) -> str: ...
    @property
    def state(self) -> State: ...
    @property
    def gone(self) -> bool:
        """It was published, and taken down since."""

    @property
    def by_hand(self) -> bool:
        """A person posts it."""

    @property
    def holder(self) -> str:
        """The name of whoever took it to post it by hand; "": nobody did."""


# --- a post ------------------------------------------------------------------------------------------


def name_state(
    status: Status,
    sends: Sequence[Send] = (),
    *,
    paused: bool = False,
    approvals: int = 0,
    needed: int = 1,
    asks_go: bool = False,
    fix: Sequence[str] = (),
    look: bool = False,
    short: bool = False,
) -> str:
    """In a list: "Needs approval", "Waiting for a Go", "Paused", "Taken down from Mastodon, still on Bluesky". Of a
    planned post, and of one whose card is up, what it needs. `asks_go`: its words are approved, and its card asks
    whether the moment is right. `fix`, `look`: as in `describe_to_fix`; `short`: they stand elsewhere."""
    if paused and status in STOPPED_BY_PAUSES:
        return PAUSED
    if status is Status.PUBLISHING and any(send.state is State.UNKNOWN for send in sends):
        return "Nobody knows yet whether it went out"
    if status is Status.PUBLISHING:
        return _name_in_hand(sends) or _NAMES[status]
    if status is Status.PUBLISHED and not is_whole(sends):
        return describe_places(sends) or _NAMES[status]
    if fix and status in (Status.SCHEDULED, Status.REVIEW):
        return NEEDS_FIXING if short else describe_to_fix(fix, look=look)
    if status is Status.SCHEDULED:
        return _name_planned(approvals, needed)
    return ASKS_GO if status is Status.REVIEW and asks_go else _NAMES[status]


def _name_in_hand(sends: Sequence[Send]) -> str:
    """Where what is left is posted by people: "Tom is posting it", "Tom is posting it on Instagram" if the post is for
    other accounts too; "" where Byhand sends any of it."""
    left = [send for send in sends if not send.state.final]
    if not left or not all(send.by_hand for send in left):
        return ""
    held = [send for send in left if send.holder]
    if not held:
        return TO_BE_POSTED
    who = list(dict.fromkeys(send.holder for send in held))
    where = f" on {_titles(held)}" if len(sends) > 1 else ""
    told = f"{join_names(who)} {'is' if len(who) == 1 else 'are'} posting it{where}"
    return told[:1].upper() + told[1:]


def _name_planned(approvals: int, needed: int) -> str:
    """Of a post whose card is not up yet: "Words approved", "Needs approval", "Needs 2 approvals", "Needs 1 more
    approval"."""
    if approvals >= needed:
        return WORDS_APPROVED
    left = needed - approvals
    if needed == 1:
        return NEEDS_APPROVAL
    return f"Needs {left}{' more' if approvals else ''} {'approval' if left == 1 else 'approvals'}"


def describe_to_fix(blocks: Sequence[str], *, look: bool = False) -> str:
    """ "Please fix first: The image has no alt text". `look`: its accounts have to be looked at, nothing is wrong."""
    return f"Please {'look' if look else 'fix'} first: {'; '.join(block.rstrip('.') for block in blocks)}"


def is_whole(sends: Sequence[Send]) -> bool:
    """Published on every account, and still there."""
    return all(send.state is State.SENT and not send.gone for send in sends)


def describe_places(sends: Sequence[Send]) -> str:
    """Where a post is and where it is not: "Published on Mastodon, failed on Bluesky"."""
    gone = _titles(send for send in sends if send.gone)
    there = _titles(send for send in sends if send.state is State.SENT and not send.gone)
    unknown = _titles(send for send in sends if send.state is State.UNKNOWN)
    refused = _titles(send for send in sends if send.state is State.REFUSED)
    dropped = _titles(send for send in sends if send.state is State.DROPPED)
    told = [
        gone and f"{TAKEN_DOWN} from {gone}",
        there and (f"still on {there}" if gone else f"published on {there}"),
        unknown and f"nobody knows yet about {unknown}",
        refused and f"failed on {refused}",
        dropped and f"not sent on {dropped}",
    ]
    sentence = ", ".join(filter(None, told))
    return sentence[:1].upper() + sentence[1:]


def _titles(sends: Iterable[Send]) -> str:
    return join_names([send.title for send in sends])


def join_names(names: Sequence[str]) -> str:
    """ "a, b and c"."""
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1] if names else ""


def count_missed(missed: int) -> str:
    """ "1 post missed its time and needs a new one"."""
    if missed == 1:
        return "1 post missed its time and needs a new one"
    return f"{missed} posts missed their time and need a new one"


def count_paused(paused: int, by: str) -> str:
    """ "2 paused posts need a decision after Resume, the first by today at 09:00". `by`: "" where none has a slot."""
    first = f", {'' if paused == 1 else 'the first '}by {by}" if by else ""
    if paused == 1:
        return f"1 paused post needs a decision after Resume{first}"
    return f"{paused} paused posts need a decision after Resume{first}"


def count_to_fix(number: int) -> str:
    """ "2 posts need fixing before they can be approved"."""
    one = number == 1
    return f"{number} {'post needs' if one else 'posts need'} fixing before {'it' if one else 'they'} can be approved"


def count_customers(waiting: int, nobodys: int) -> str:
    """ "3 customers are waiting for an answer; nobody has taken 2 of them"."""
    told = (
        "1 customer is waiting for an answer"
        if waiting == 1
        else f"{waiting} customers are waiting for an answer"
    )
    if not nobodys:
        return told
    which = "any of them" if nobodys == waiting else f"{nobodys} of them"
    return f"{told}; nobody has taken {'it' if waiting == 1 else which}"


MEANT = 10  # accounts that are named, of those that may have been meant


# --- a pause -----------------------------------------------------------------------------------------


def name_publishing(account: str | None = None) -> str:
    """What a pause stops: "Publishing", "Publishing on Bluesky". `account`: its title; None: everything."""
    return "Publishing" if account is None else f"Publishing on {account}"


def describe_paused(account: str | None) -> str:
    """ "Publishing on Bluesky is paused"."""
    return f"{name_publishing(account)} is paused"


def describe_who_paused(sentence: str, by: str, at: str) -> str:
    """ "Publishing is paused. Maya paused it today at 12:10". `sentence`: what is; `at` stands after the verb."""
    who = f"A{by[1:]}" if by.startswith("a ") else by  # "a colleague"; a name stays as it is
    return f"{sentence}. {who} paused it {at}"


def describe_stopped(account: str | None, titles: str) -> str:
    """Of a post: "Publishing is paused everywhere, so this post waits: Mastodon". `titles`: where it is to go."""
    where = " everywhere" if account is None else ""
    named = "" if titles == account else f": {titles}"
    return f"{describe_paused(account)}{where}, so this post waits{named}"


def describe_stopped_before(stopped: int, titles: Sequence[str], *, all_shut: bool) -> str:
    """Of the posts that a pause stops, so that none is counted twice without a word; "" where none was. `titles`: of
    accounts that were paused before it; `all_shut`: everything was."""
    if not stopped:
        return ""
    if all_shut:
        return f"the pause of everything had stopped {'it' if stopped == 1 else 'them'} already"
    return f"those on {join_names(titles)} were paused already" if titles else ""


def describe_guess(typed: str, accounts: Sequence[str]) -> str:
    """To whoever paused everything by a name that is none. `accounts`: the titles of those it is nearly called like."""
    return f"Everything is paused, because no account is called “{typed}”. {ask_if_meant(accounts)}"


def ask_if_meant(accounts: Sequence[str]) -> str:
    """ "Did you mean Mastodon, Bluesky and 3 more?"."""
    many = len(accounts) > MEANT
    shown = [*accounts[:MEANT], f"{len(accounts) - MEANT} more"] if many else accounts
    return f"Did you mean {join_names(shown)}?"


def describe_open(titles: Sequence[str], *, all_shut: bool) -> str:
    """To whoever paused an account: "Still open: Mastodon and Bluesky.". `all_shut`: everything is paused besides."""
    if all_shut:
        return "Everything else is paused as well."
    return f"Still open: {join_names(titles)}." if titles else "No other account is open."


def describe_elsewhere(what: str, who: str = "", at: str = "", *, done: bool = False) -> str:
    """What is known of something that Byhand cannot stop: "Meta ads: stopped by Tom, 09:05."."""
    if not who:
        return f"{what}: nobody has said yet that it is stopped."
    return f"{what}: stopped by {who}, {at}." if done else f"{what}: not stopped, {who} said at {at}."


def describe_asked_again(by: str, at: str) -> str:
    """Of somebody who gave a further reason for what was paused already. `at` stands after the verb."""
    return f"Asked to pause again by {by} {at}"


def describe_staying(account: str | None, by: str, at: str, reason: str, *, then: bool = False) -> str:
    """What a resume leaves paused: "Mastodon stays paused (by Maya, 12:03: bad news)". `then`: told of one that may be
    over by now: "Mastodon was still paused then (…)"."""
    why, stays = f": {reason}" if reason else "", "was still paused then" if then else "stays paused"
    return f"{'Everything' if account is None else account} {stays} (by {by}, {at}{why})"


def name_resume(typed: str, program: str = "/social") -> str:
    """The command that resumes one pause. `typed`: what it is called there; "all" needs no word."""
    return f"{program} resume" if typed == ALL else f"{program} resume {typed}"


def name_all_but(titles: Sequence[str]) -> str:
    """What a resume of everything opens: "everything except Mastodon, which was paused separately"."""
    if not titles:
        return "everything"
    which = join_names(titles) if len(titles) <= SEPARATE else f"{len(titles)} accounts"
    return f"everything except {which}, which {'was' if len(titles) == 1 else 'were'} paused separately"


def describe_resumed(account: str | None, *, all_shut: bool) -> str:
    """ "Publishing on Bluesky resumed". `all_shut`: not while everything is paused: "Pause of Bluesky alone ended"."""
    if account is None or not all_shut:
        return f"{name_publishing(account)} resumed"
    return f"Pause of {account} alone ended"


def describe_missed(missed: int, decided: int) -> str:
    """To whoever resumes: "2 posts missed their time while paused. 1 more has been moved or decided since.". `missed`:
    those that still are; `decided`: those that were, and are no longer."""
    if not missed and not decided:
        return "No post missed its time while paused."
    since = f"{'has' if decided == 1 else 'have'} been moved or decided since"
    if not missed:
        return f"{_count_missed(decided)} while paused and {since}."
    return f"{_count_missed(missed)} while paused.{f' {decided} more {since}.' if decided else ''}"


def _count_missed(number: int) -> str:
    return "1 post missed its time" if number == 1 else f"{number} posts missed their time"


def describe_later(later: int, again: int, first: str = "") -> str:
    """The same of posts ahead: "2 later posts are planned, the first today at 13:00.". `again`: those of them that were
    approved before the pause; `first`: when the soonest goes out, "" where that is not said."""
    if not later:
        return "No later post is planned."
    due = f", {'' if later == 1 else 'the first '}{first}" if first else ""
    planned = f"{'1 later post is' if later == 1 else f'{later} later posts are'} planned{due}."
    if not again:
        return planned
    all_of_them = "It was" if later == 1 else "All of them were"
    some = "1 of them was" if again == 1 else f"{again} of them were"
    return f"{planned} {_needs_approver(all_of_them if again == later else some, again)}"


def describe_nothing_sent(approved: int) -> str:
    """Once resumed, to everybody. `approved`: posts ahead that had been."""
    return f"Resuming published nothing by itself. {describe_approved_before(approved)}".rstrip()


def describe_approved_before(approved: int) -> str:
    """ "" where none was."""
    if not approved:
        return ""
    return _needs_approver("1 post was" if approved == 1 else f"{approved} posts were", approved)


def _needs_approver(which: str, number: int) -> str:
    """What a pause makes of an approval, of the words alone too: after it only an approver can say Go."""
    each = "it" if number == 1 else "each"
    return (
        f"{which} approved before the pause: an approver has to say yes to {each} again, or it is not "
        "published."
    )


NOT_STOPPED = "Not marked as stopped"  # of what Byhand cannot stop
STILL_UP = "Still up"  # of what went out before the pause
MAY_BE_UP = "May be up"  # nobody knows yet


# --- answers to customers ------------------------------------------------------------------------------


def describe_replies_stopped(by: str, at: str, account: str | None = None) -> str:
    """ "Replies on Mastodon stopped by Tom at 09:05.". `at` stands after the verb; `account`: its title, where several
    may be meant."""
    return f"Replies{f' on {account}' if account else ''} stopped by {by} {at}."


def describe_answers_again(account: str | None) -> str:
    """How people get to answer again. `account`: the title of what is paused; None: everything."""
    return f"You can answer again once {'everything' if account is None else account} is resumed."


_WRITTEN_NOW = {
    "mention": "An answer you begin with @Byhand now is kept",
    "ask": "An answer you write here now is kept",
}


def describe_answer_written_now(thread: str) -> str:
    """What becomes of it while replies are stopped. `thread`: the setting `[inbox] thread`."""
    if thread == "button":
        return "Nothing is sent before Resume; Reply is back then."
    kept = _WRITTEN_NOW.get(thread, _WRITTEN_NOW["mention"])
    return f"{kept}: nothing is sent before Resume, and then you are asked whether to send it."


def count_held_back(number: int) -> str:
    """Answers that a pause keeps back: "2 answers wait for their writers"."""
    return "1 answer waits for its writer" if number == 1 else f"{number} answers wait for their writers"


def describe_held_back(number: int) -> str:
    """To whoever resumes; "" where a resume frees none."""
    if not number:
        return ""
    whose = "its writer is asked then" if number == 1 else "each writer is asked then"
    return f"{count_held_back(number)}: nothing is sent by resuming, {whose}."


def describe_asked_now(number: int) -> str:
    """Once resumed, to everybody; "" where none was kept."""
    if not number:
        return ""
    if number == 1:
        return "1 answer to a customer was kept; its writer is asked now whether to send it."
    return f"{number} answers to customers were kept; their writers are asked now whether to send them."
