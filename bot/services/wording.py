"""The words of refusals and answers: people's names, moments of the day, what happened to a post meanwhile."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from bot.domain.facts import FactKind
from bot.domain.gate import ALL, GateRow
from bot.domain.people import Names, Right, name_outside_slack
from bot.domain.posts import Post, Status
from bot.domain.preflight.words import is_visible
from bot.domain.quoting.first_words import name_post_by_words
from bot.domain.refusals import (
    NotPaused,
    OnlyMembersOrAsk,
    OnlyMembersWhoApprove,
    Outdated,
    ResumedAlready,
)
from bot.domain.shown.moments import name_moment, name_time
from bot.domain.shown.state_words import (
    STOPPED_BY_PAUSES,
    describe_paused,
    describe_places,
    describe_who_paused,
    is_whole,
    name_publishing,
)
from bot.services.post_states import load_send_views
from bot.services.unit_of_work import UnitOfWork
from bot.store import record
from bot.store.pause import gate
from bot.store.pause.pauses import Pause
from bot.store.posts import posts
from bot.store.slack import people


def list_names(work: UnitOfWork, ids: Iterable[str]) -> str:
    """ "Tom, Maya": people's names as last seen; a user group as "the approvers' group"."""
    wanted = [one for one in ids if one]
    known = people.load_names(work.db, wanted)
    return ", ".join(dict.fromkeys(known.get(one) or _unseen(one) for one in wanted))


def _unseen(person: str) -> str:
    if person.startswith("cli:"):
        return name_outside_slack(person[4:].partition("@")[0])
    return "the approvers' group" if person.startswith("S") else "a colleague"


def refuse_guest(work: UnitOfWork, right: Right, verb: str) -> OnlyMembersOrAsk:
    """What a guest or an outsider is told who wanted to do what takes this right: what that is, and who may. `verb`:
    "edit “Rye today”"."""
    if right is Right.APPROVE:
        return OnlyMembersWhoApprove(verb=verb, approvers=name_approvers(work))
    return OnlyMembersOrAsk(verb=verb, approvers=name_approvers(work))


def name_approvers(work: UnitOfWork, ids: Sequence[str] | None = None) -> Names:
    """The team's, or these. They are mentioned where that is possible."""
    ids = work.policy.approvers if ids is None else ids
    return Names(list_names(work, ids), ids)


def name_post(work: UnitOfWork, post_id: str) -> str:
    """ "“Rye today”"; "a post" where it is gone."""
    post = posts.load(work.db, post_id)
    return quote_post(post) if post else "a post"


def quote_post(post: Post) -> str:
    """By its first words; where only an account's own text has any, by those."""
    body = post.version.body
    texts = (body.text, *(body.text_for(account) for account in body.accounts))
    return name_post_by_words(next(filter(is_visible, texts), ""), post.number)


def begin_with(name: str) -> str:
    """A name of a post's at the beginning of a sentence."""
    return f"{name[:1].upper()}{name[1:]}"


def format_date(work: UnitOfWork, at: datetime) -> str:
    """ "Tue 24 Nov 2026 at 09:00 CET", in the team's zone: it stands after "of" and "on", also in what is kept."""
    return name_moment(at, work.policy.zone)


def format_moment(work: UnitOfWork, at: datetime | None) -> str:
    """ "08:21", or "08:21 on Tue 1 Dec" if that is not today, in the team's zone: it stands after "at" and "since"."""
    if at is None:
        return ""
    return name_time(at, work.policy.zone, work.now)


def describe_pausing(work: UnitOfWork, row: GateRow) -> str:
    """ "Maya paused publishing on Bluesky at 08:50": what happened, so it stays true once publishing is resumed."""
    what = name_publishing(None if row.scope == ALL else work.policy.title_of(row.scope))
    at = f" at {format_moment(work, row.at)}" if row.at else ""
    return f"{list_names(work, (row.by or '',)) or 'somebody'} paused {what[:1].lower()}{what[1:]}{at}"


def refuse_not_paused(work: UnitOfWork, scope: str) -> NotPaused:
    """To whoever wants to resume what is open: who resumed it, and when."""
    what = name_publishing(None if scope == ALL else work.policy.title_of(scope))
    last = record.find_newest_of(work.db, f"gate:{scope}", FactKind.RESUMED.value)
    if last is None:
        return NotPaused(what=what)
    who = begin_with(list_names(work, (last.who or "",))) or "Somebody"
    return ResumedAlready(what=what, who=who, at=format_moment(work, last.at))


def refuse_over(work: UnitOfWork, pause: Pause) -> Outdated:
    """To whoever presses on the banner of a pause that has ended; perhaps another is on since."""
    who = begin_with(list_names(work, (pause.ended_by or "",))) or "Somebody"
    return Outdated(state=f"That pause is over: {who} resumed at {format_moment(work, pause.ended_at)}.")


_HAPPENED = {
    Status.DRAFT: "was saved as a draft{by} at {at}",
    Status.SCHEDULED: "was scheduled{by} at {at}, for {slot}",
    Status.REVIEW: "has been waiting for a decision since {at}",
    Status.APPROVED: "was approved{by} at {at}",
    Status.HELD: "was put on hold{by} at {at}",
    Status.MISSED: "missed its slot at {at}",
    Status.PUBLISHING: "began to go out at {at}",
    Status.PUBLISHED: "was published{by} at {at}",
    Status.FAILED: "could not be published at {at}",
    Status.KILLED: "was killed{by} at {at}",
}
_BROUGHT_BACK = "was brought back{by} at {at} and needs a new time"


def make_state_sentence(work: UnitOfWork, post_id: str, name: str = "it") -> str:
    """What happened meanwhile, by whom and when: "It was killed by Tom at 08:21."; `name`: "“Rye” was killed …"."""
    post = posts.load(work.db, post_id)
    if post is None:
        return f"{begin_with(name)} is gone."
    brought_back = post.status is Status.HELD and _is_brought_back(work, post)
    happened = (_BROUGHT_BACK if brought_back else _HAPPENED[post.status]).format(
        by=f" by {list_names(work, (post.status_by,))}" if post.status_by else "",
        at=format_moment(work, post.status_at),
        slot=format_moment(work, post.slot),
    )
    edited = post.version
    if edited.seq > 1 and edited.saved_at >= post.status_at:
        who = begin_with(list_names(work, (edited.saved_by or "",))) or "Somebody"
        sentence = f"{who} changed {name} at {format_moment(work, edited.saved_at)}. It {happened}."
    else:
        sentence = f"{begin_with(name)} {happened}."
    return f"{sentence}{_add_what_else(work, post)}"


def _is_brought_back(work: UnitOfWork, post: Post) -> bool:
    kinds = FactKind.HELD.value, FactKind.BROUGHT_BACK.value
    last = record.find_newest_of(work.db, f"post:{post.id}", *kinds)
    return last is not None and last.what == FactKind.BROUGHT_BACK.value


def _add_what_else(work: UnitOfWork, post: Post) -> str:
    """A pause that stops it, or that it is not everywhere any more."""
    if post.status in STOPPED_BY_PAUSES:
        row = gate.read(work.db).closed_for(post.version.body.accounts)
        if row is None:
            return ""
        what = describe_paused(None if row.scope == ALL else work.policy.title_of(row.scope))
        by, at = list_names(work, (row.by or "",)), f"at {format_moment(work, row.at)}"
        return f" {describe_who_paused(what, by, at)}."
    sends = load_send_views(work, [post]).get(post.id, ()) if post.status is Status.PUBLISHED else ()
    return "" if is_whole(sends) else f" {describe_places(sends)}."
