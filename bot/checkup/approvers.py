"""The approvers, looked at: who they really are, and whether they are enough."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from slack_sdk import WebClient

from bot.checkup.finding import Finding, failure, fine, warning
from bot.checkup.slack import explain, make_client
from bot.domain.approvals import list_eligible
from bot.domain.people import Role
from bot.settings.load import Settings
from bot.slack.roles import Home, read_user
from bot.slack.transport.calls import Answered, Heard, hear
from bot.store.slack.people import KnownPerson

AT_ONCE = 4  # questions to Slack
MOST = 100  # people asked about; a larger group is enough for any number of approvals


@dataclass
class _Found:
    """What the settings' list comes to."""

    people: set[str] = field(default_factory=set)  # user ids
    groups: dict[str, frozenset[str]] = field(default_factory=dict)  # {user group: who is in it}
    findings: list[Finding] = field(default_factory=list)

    def expand(self, approvers: Iterable[str]) -> frozenset[str]:
        """Those people, and whoever is in those user groups."""
        return frozenset().union(*(self.groups.get(each, {each}) for each in approvers))


@dataclass(frozen=True)
class _List:
    """A list of approvers in the settings."""

    place: str  # "[team] approvers"
    post: str  # "A post", "A post on LinkedIn"
    approvers: tuple[str, ...]
    of: str = ""  # " for LinkedIn"


def check_approvers(settings: Settings, home: Home, now: datetime) -> Iterator[Finding]:
    asked, lists = make_client(settings), list(_find_lists(settings))
    found = _expand(asked, dict.fromkeys(each for one in lists for each in one.approvers))
    yield from found.findings
    eligible: dict[str, str] = {}
    for user_id, known in _look_at(asked, sorted(found.people)[:MOST], home, now):
        if isinstance(known, Finding):
            yield known
        elif known.role is not Role.MEMBER:
            said = "is a guest" if known.role is Role.GUEST else "is not a full member of this workspace"
            places = [one.place for one in lists if user_id in found.expand(one.approvers)]
            take_out = f"Take them out of {' and '.join(places)}."
            yield warning("approvers", f"{known.name} ({user_id}) {said}, so cannot approve.", take_out)
        else:
            eligible[user_id] = known.name
    for one in lists:
        named = found.expand(one.approvers)
        yield _enough({user: name for user, name in eligible.items() if user in named}, settings, one)


def _find_lists(settings: Settings) -> Iterator[_List]:
    """The team's, unless every account names its own; then those of accounts and of labels."""
    policy = settings.policy()
    own = {name: one.approvers for name, one in policy.accounts.items() if one.approvers}
    if settings.team.approvers or not own or own.keys() < policy.accounts.keys():
        yield _List("[team] approvers", "A post", settings.team.approvers)
    for name, approvers in own.items():
        title = policy.title_of(name)
        yield _List(f"[accounts.{name}] approvers", f"A post on {title}", approvers, f" for {title}")
    for label, approvers in policy.labels.items():
        place = f"[labels.{json.dumps(label, ensure_ascii=False)}] approvers"
        yield _List(place, f"A post labelled “{label}”", approvers, f" what is labelled “{label}”")


UNCLEAR = "Slack does not say whether {} belongs to this workspace: they can stop posts, and not approve."


def _expand(asked: WebClient, approvers: Iterable[str]) -> _Found:
    found = _Found()
    for each in approvers:
        if not each.startswith("S"):
            found.people.add(each)
            continue
        heard = hear(partial(asked.usergroups_users_list, usergroup=each))
        if not isinstance(heard, Answered):
            sentence = f"The user group {each} cannot be read: {explain(heard)}."
            found.findings.append(warning("approvers", sentence, "Its id is on its page: More, Copy ID."))
        elif members := heard.data.get("users"):
            found.people.update(members)
            found.groups[each] = frozenset(members)
        else:
            found.findings.append(warning("approvers", f"The user group {each} is empty."))
    return found


def _look_at(
    asked: WebClient, users: list[str], home: Home, now: datetime
) -> Iterator[tuple[str, KnownPerson | Finding]]:
    def ask(user_id: str) -> Heard:
        return hear(partial(asked.users_info, user=user_id))

    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="check") as pool:
        for user_id, heard in zip(users, pool.map(ask, users), strict=True):
            if isinstance(heard, Answered):
                known = read_user(heard.data["user"], home, now)
                yield user_id, known or warning("approvers", UNCLEAR.format(user_id))
            else:
                sentence = f"Slack knows nobody as {user_id}: {explain(heard)}."
                yield user_id, warning("approvers", sentence, "Their id is in their profile: More, Copy ID.")


def _enough(eligible: Mapping[str, str], settings: Settings, named: _List) -> Finding:
    """`eligible`: {id: name}. Whether a post that one of them wrote can go out is asked of the rule that decides it."""
    names, needed = ", ".join(sorted(eligible.values())), settings.team.approvals
    if len(eligible) < needed:
        people = "1 person" if len(eligible) == 1 else f"{len(eligible)} people"
        have = f"only {people} ({names}) can give one" if eligible else "nobody can give one"
        wanted = "1 approval" if needed == 1 else f"{needed} approvals"
        mend = f"Add people to {named.place}, or ask for fewer approvals."
        return failure("approvers", f"{named.post} needs {wanted}, and {have}.", mend)
    of = named.of
    stuck = any(_count_others(eligible, each, settings) < needed for each in eligible)
    mend = f"Add one more person to {named.place}" + (", or set author_may_approve = true." if stuck else ".")
    if len(eligible) == 1:
        own = ", and what they write themselves nobody can approve" if stuck else ""
        return warning(
            "approvers", f"Only {names} can approve{of}: while they are away nothing goes out{own}.", mend
        )
    if stuck:
        sentence = f"{named.post} needs every approver ({names}), so none that one of them wrote can go out."
        return warning("approvers", sentence, mend)
    return fine("approvers", f"{len(eligible)} people can approve{of} ({names}); a post needs {needed}.")


def _count_others(eligible: Mapping[str, str], author: str, settings: Settings) -> int:
    team = settings.team
    return len(list_eligible(eligible, {author}, author_may_approve=team.author_may_approve))
