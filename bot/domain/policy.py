"""The team's choices, as one frozen value. The settings make it; the rules take it; nobody else reads settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from bot.domain.duty import Shift
from bot.domain.gate import DRILL
from bot.domain.hours import Hours
from bot.domain.people import Named, Rule, describe_named, fold_label, may_more_approve
from bot.domain.preflight.objections import LEVELS, Level, ObjectionType


@dataclass(frozen=True)
class AccountPolicy:
    """What the rules need to know of one account."""

    name: str  # "dockbakery-mastodon"
    network: str  # "mastodon"
    title: str  # "Mastodon": how cards name it; the account's name where a network has several
    visibility: str | None = None
    language: str | None = None
    lead: timedelta | None = None  # overrides the policy's; the longest of a post's accounts counts
    handle: str | None = None  # as the settings have it
    approvers: tuple[str, ...] = ()  # who approves what goes there; empty: the team's
    window: timedelta | None = None  # from the slot on a person may post it there; None: Byhand does
    poll_every: timedelta | None = None  # of its own; None: the policy's, or as seldom as its network needs
    monthly_limit: int | None = None  # in mills: no post goes out that would cost more in a calendar month


@dataclass(frozen=True)
class Policy:
    """Durations are exact; a wall-clock setting is read in `zone`."""

    zone: ZoneInfo
    hours: Hours
    accounts: Mapping[str, AccountPolicy] = field(default_factory=dict)
    approvers: tuple[str, ...] = ()  # the team's: user ids and user group ids, as written
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # {label: who approves what has it}
    contributors: tuple[str, ...] = ()  # guests who may write drafts
    approvals: int = 1
    author_may_approve: bool = False
    alone: bool = False  # outside hours, whoever is on shift may approve their own change of approved words
    lead: timedelta = timedelta(minutes=30)
    reminders: tuple[timedelta, ...] = (
        timedelta(minutes=15),
        timedelta(minutes=5),
    )  # before the slot, falling
    lateness_limit: timedelta = timedelta(minutes=10)
    review_channel: str = ""
    inbox_channel: str = ""
    private_channel: str = ""  # empty: direct messages are not fetched
    thread: str = "mention"  # what in a conversation's thread is offered: "mention", "ask", "button"
    answer_within: timedelta = timedelta(hours=4)  # of the team's hours
    look_first: tuple[str, ...] = ()  # words, in small letters
    many_followers: int = 10_000  # 0: nobody is looked at first for that
    complaints: int = 5  # on one post, within `complaints_within`: a pause is suggested
    complaints_within: timedelta = timedelta(minutes=10)
    poll_every: timedelta = timedelta(minutes=1)
    sweep_every: timedelta = timedelta(minutes=10)
    erase_after: timedelta = timedelta(days=90)  # after closing
    pause_elsewhere: tuple[str, ...] = ()
    pause_stops_replies: bool = False
    repeat_window: timedelta = timedelta(days=30)  # how far back nearly the same words are looked for
    country: str = ""  # whose public holidays are told of: "DE", "DE-BY"
    gap: timedelta = timedelta(minutes=30)  # between two posts of an account; closer is objected to
    posts_a_day: int = 5  # of an account; more is objected to. 0: never
    rota: tuple[Shift, ...] = ()  # who is on shift when; empty: nobody said
    digest: bool = True  # a message a day on what goes out
    levels: Mapping[ObjectionType, Level | None] = field(default_factory=lambda: LEVELS)

    def lead_for(self, accounts: tuple[str, ...]) -> timedelta:
        """The longest lead of these accounts."""
        leads = [self.accounts[name].lead for name in accounts if name in self.accounts]
        return max((lead or self.lead for lead in leads), default=self.lead)

    @cached_property
    def named(self) -> Named:
        """Whom the settings name as approvers, of what."""
        of_accounts = {name: one.approvers for name, one in self.accounts.items() if one.approvers}
        of_labels = {fold_label(label): who for label, who in self.labels.items()}
        return Named(self.approvers, of_accounts, of_labels, self.approvals)

    def find_rules(self, accounts: Sequence[str], label: str) -> tuple[Rule, ...]:
        """Who has to approve a post with these accounts and this label."""
        return self.named.find_rules(accounts, label)

    def find_window(self, account: str) -> timedelta:
        """For how long after its slot a post may begin there."""
        known = self.accounts.get(account)
        return (known.window if known else None) or self.lateness_limit

    def find_longest_window(self, accounts: tuple[str, ...]) -> timedelta:
        return max(map(self.find_window, accounts), default=self.lateness_limit)

    def is_by_hand(self, accounts: tuple[str, ...]) -> bool:
        """Whether people post on all of these themselves."""
        known = [self.accounts.get(name) for name in accounts]
        return bool(known) and all(each is not None and each.window is not None for each in known)

    def describe_rules(self) -> dict[str, Any]:
        """What decides who may start a post, and until when, as the record keeps it. Durations in seconds."""
        return {
            **describe_named(self.named),
            "author_may_approve": self.author_may_approve,
            **({"alone": True} if self.alone else {}),  # where it is not set, older records stay equal
            "lead": {name: self.lead_for((name,)).total_seconds() for name in sorted(self.accounts)},
            "lateness_limit": self.lateness_limit.total_seconds(),
            **({"window": windows} if (windows := self._list_windows()) else {}),
        }

    def _list_windows(self) -> dict[str, float]:
        """{account on which people post themselves: its window in seconds}."""
        known = sorted(self.accounts.items())
        return {name: each.window.total_seconds() for name, each in known if each.window is not None}

    def title_of(self, account: str) -> str:
        """How screens name an account; a rehearsal's is marked as such."""
        if account == DRILL:
            return "DRILL (pretend network)"
        return self.accounts[account].title if account in self.accounts else account


def list_loosened(
    before: Mapping[str, Any], now: Mapping[str, Any], accounts: Sequence[str] = (), label: str = ""
) -> list[str]:
    """What is easier now than it was, in words, for a post with these accounts and this label; both as
    `Policy.describe_rules` makes them."""
    found = list_loosened_approvers(before, now, accounts, label)
    if now["author_may_approve"] and not before["author_may_approve"]:
        found.append("authors may approve their own words")
    if now.get("alone") and not before.get("alone"):
        found.append("whoever is on shift outside hours may approve their own changes")
    leads = before["lead"]
    if any(lead > leads[name] for name, lead in now["lead"].items() if name in leads):
        found.append("reviews open earlier")
    if now["lateness_limit"] > before["lateness_limit"]:
        minutes = (now["lateness_limit"] / 60, before["lateness_limit"] / 60)
        found.append("a post may go out later after its slot ({:g} minutes, it was {:g})".format(*minutes))
    return [*found, *_list_looser_windows(before.get("window", {}), now)]


def list_loosened_approvers(
    before: Mapping[str, Any], now: Mapping[str, Any], accounts: Sequence[str], label: str
) -> list[str]:
    """Of that, what says who may approve, and how many have to."""
    found = []
    if may_more_approve(before, now, accounts, label):
        found.append("more people may approve")
    if now["approvals"] < before["approvals"]:
        found.append(f"fewer approvals are needed ({now['approvals']}, it was {before['approvals']})")
    return found


def _list_looser_windows(before: Mapping[str, float], now: Mapping[str, Any]) -> list[str]:
    windows = now.get("window", {})
    found = []
    if any(windows.get(name, 0) > seconds for name, seconds in before.items()):
        found.append("people have longer to post it themselves")
    if any(name in now["lead"] and name not in windows for name in before):
        found.append("Byhand sends what people posted themselves")
    return found
