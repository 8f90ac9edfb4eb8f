"""What a request for approval shows, and each page of the dialog that walks through its posts."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.facts import FactKind
from bot.domain.people import Person, may_approve
from bot.domain.posts import Post, Status
from bot.domain.preflight.due import find_deadline
from bot.domain.preflight.objections import list_blocking
from bot.domain.refusals import NoSuchPost
from bot.domain.shown.approval_requests import ReadThrough, RequestRow, RequestView, ToRead, WantedChange
from bot.domain.shown.post_screens import PostCard, UpcomingRow
from bot.services import approval_requests
from bot.services.posts import standing
from bot.services.posts.preflight import list_blocks
from bot.services.queries.posts import load_card, make_rows
from bot.services.unit_of_work import UnitOfWork
from bot.services.wording import list_names, make_state_sentence
from bot.store import record
from bot.store.posts import approval_requests as requests
from bot.store.posts import approvals, posts

SETTLED = "Its card is up: decide there."


def load_request(work: UnitOfWork, request_id: str) -> RequestView | None:
    """The message; None if there is no such request."""
    request = requests.load(work.db, request_id)
    if request is None:
        return None
    found = [post for one in request.post_ids if (post := posts.load(work.db, one)) is not None]
    rows, wanted = make_rows(work, found), _list_change_wanted(work, found)
    return RequestView(
        request.id, work.now, request.by, request.at,
        tuple(
            _make_request_row(work, row, post, change_wanted=post.id in wanted)
            for row, post in zip(rows, found, strict=True)
        ),
        tuple(_list_asked(work, found)),
    )  # fmt: skip


def _make_request_row(work: UnitOfWork, row: UpcomingRow, post: Post, *, change_wanted: bool) -> RequestRow:
    approved, is_open = _has_words(row), _is_open(work, post)
    fix_first = is_open and not approved and bool(list_blocks(work, post))
    return RequestRow(row, approved, is_open, change_wanted, fix_first)


def _list_asked(work: UnitOfWork, found: Sequence[Post]) -> list[str]:
    """Who may approve any of them; of those that need nothing any more nobody is asked."""
    left = approval_requests.list_unapproved(work, found)
    return list(dict.fromkeys(each for post in left for each in _list_to_ask(work, post)))


def _list_to_ask(work: UnitOfWork, post: Post) -> list[str]:
    return standing.list_to_ask(work, post, standing.list_missing(work, post))


def load_read_through(work: UnitOfWork, person: Person, request_id: str, place: int) -> ReadThrough:
    """The post at this place of the request; behind the last one, what has become of them. Raises NoSuchPost."""
    request = requests.load(work.db, request_id)
    if request is None:
        raise NoSuchPost
    total = len(request.post_ids)
    if not 0 <= place < total:
        rows = make_rows(
            work, [post for one in request.post_ids if (post := posts.load(work.db, one)) is not None]
        )
        return ReadThrough(request_id, total, total, None, approved=sum(_has_words(row) for row in rows))
    post, card = posts.load(work.db, request.post_ids[place]), load_card(work, request.post_ids[place])
    if post is None or card is None:
        raise NoSuchPost
    why_not = _why_not(work, post, card, person)
    wanted = _list_change_wanted(work, [post]).get(post.id)
    return ReadThrough(request_id, place, total, card, why_not is None, why_not, wanted)


def _list_change_wanted(work: UnitOfWork, found: Sequence[Post]) -> dict[str, WantedChange]:
    """{post: the newest change that was asked for of its present version}."""
    of_post = {f"post:{post.id}": post for post in found}
    wanted: dict[str, WantedChange] = {}
    for fact in record.list_of_kind(work.db, list(of_post), FactKind.CHANGE_WANTED.value):
        post = of_post[fact.subject or ""]
        if fact.version_id == post.version.id:
            wanted[post.id] = WantedChange(
                fact.who or "", fact.at, str((fact.data or {}).get("reason") or "")
            )
    return wanted


def find_first(work: UnitOfWork, person: Person, request_id: str) -> int:
    """The place at which this person goes on reading: the first post that they can approve, else the first. A whole
    page is expensive, and Slack waits: those that plainly are not theirs to approve are passed over."""
    request = requests.load(work.db, request_id)
    if request is None:
        raise NoSuchPost
    for place in _list_theirs(work, person, request.post_ids):
        if load_read_through(work, person, request_id, place).may_approve:
            return place
    return 0


def _list_theirs(work: UnitOfWork, person: Person, post_ids: Sequence[str]) -> list[int]:
    """Places of posts that this person might approve, but for what is against the words."""
    found = {
        place: post for place, one in enumerate(post_ids) if (post := posts.load(work.db, one)) is not None
    }
    rows = make_rows(work, list(found.values()))
    given = approvals.list_of_versions(work.db, [post.version.id for post in found.values()])
    return [
        place
        for (place, post), row in zip(found.items(), rows, strict=True)
        if _is_open(work, post)
        and not _has_words(row)
        and row.gate is None
        and may_approve(person, standing.list_missing(work, post))
        and not standing.is_barred(work, person, post)
        and not any(
            one.by == person.id and one.words == post.version.words and one.revoked_at is None
            for one in given[post.version.id]
        )
    ]


def list_to_ask(work: UnitOfWork, found: Sequence[UpcomingRow]) -> list[Post]:
    """The posts of a list, whatever they need."""
    named = [posts.load(work.db, row.post_id) for row in found]
    return [post for post in named if post is not None]


def find_to_read(work: UnitOfWork, person: Person) -> tuple[int, ToRead | None]:
    """How many planned posts need an approval of their words, so far as one request would name them; and what this
    person was asked to approve and has not yet."""
    left = len(approval_requests.list_lacking(work))
    asked = approval_requests.list_lacking(work, asked=True)
    newest = requests.find_newest_of(work.db, [post.id for post in asked])
    given = approvals.list_of_versions(work.db, [post.version.id for post in asked])
    mine = [
        newest[post.id]
        for post in asked
        if may_approve(person, standing.list_missing(work, post))
        and not standing.is_barred(work, person, post)
        and not any(
            one.by == person.id and one.counts_for(post.version, "") for one in given[post.version.id]
        )
    ]
    return left, ToRead(max(mine), mine.count(max(mine))) if mine else None


def _has_words(row: UpcomingRow) -> bool:
    return row.approvals >= row.needed


def _is_open(work: UnitOfWork, post: Post) -> bool:
    end = find_deadline(post, work.policy)
    return post.status is Status.SCHEDULED and end is not None and end > work.now


def _why_not(work: UnitOfWork, post: Post, card: PostCard, person: Person) -> str | None:
    """Why this person cannot approve its words here; None: they can."""
    if post.status is Status.REVIEW:
        return SETTLED
    if not _is_open(work, post):
        return make_state_sentence(work, post.id)
    if person.id in [one.by for one in card.approvals]:
        return "You have approved its words."
    if card.have >= card.needed:
        return "Its words are approved."
    if card.gate is not None:
        return f"{card.gate.sentence} Nobody can approve until it is resumed."
    if not standing.may_approve(work, person, post.version):
        return f"Only approvers can approve it: {list_names(work, standing.list_named(work, post.version))}."
    if standing.is_barred(work, person, post):
        return "These are your words, so somebody else has to approve them."
    if list_blocking(card.objections):
        return "It cannot be approved before this is fixed."
    return None
