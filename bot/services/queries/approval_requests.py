"""What a request for approval shows, and each page of the dialog that walks through its posts; and the same of a
message that asks for their Go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.domain.approvals import count_ended
from bot.domain.facts import FactKind
from bot.domain.go_requests import SOON, Opened, digest_epochs
from bot.domain.people import Person, Right, may_approve
from bot.domain.posts import Post, Status
from bot.domain.preflight.due import find_deadline, find_due_moment
from bot.domain.preflight.objections import Objection, list_blocking
from bot.domain.refusals import NoSuchPost, YoursToPost
from bot.domain.shown.approval_requests import (
    GoPage,
    GoRequestView,
    GoRow,
    ReadThrough,
    RequestRow,
    RequestView,
    ToRead,
    WantedChange,
)
from bot.domain.shown.post_screens import PostCard, UpcomingRow
from bot.services import approval_requests
from bot.services.go.together import is_asked_there, is_called_for
from bot.services.posts import standing
from bot.services.queries.posts import load_card, make_rows
from bot.services.unit_of_work import UnitOfWork
from bot.services.wording import list_names, make_state_sentence, name_approvers, name_post
from bot.store import record
from bot.store.pause import gate
from bot.store.posts import approval_requests as requests
from bot.store.posts import approvals, go_requests, posts
from bot.store.posts.go_requests import Asked

SETTLED = "Its card is up: decide there."


def load_request(work: UnitOfWork, request_id: str) -> RequestView | None:
    """The message; None if there is no such request."""
    request = requests.load(work.db, request_id)
    if request is None:
        return None
    found = _load_posts(work, request.post_ids)
    rows, who = _make_request_rows(work, found), _list_asked(work, found)
    return RequestView(request.id, work.now, request.by, request.at, rows, tuple(who))


def _load_posts(work: UnitOfWork, ids: Sequence[str]) -> list[Post]:
    return [post for one in ids if (post := posts.load(work.db, one)) is not None]


def _make_request_rows(work: UnitOfWork, found: Sequence[Post]) -> tuple[RequestRow, ...]:
    rows, wanted = make_rows(work, found), _list_change_wanted(work, found)
    return tuple(
        _make_request_row(work, row, post, change_wanted=post.id in wanted)
        for row, post in zip(rows, found, strict=True)
    )


def _make_request_row(work: UnitOfWork, row: UpcomingRow, post: Post, *, change_wanted: bool) -> RequestRow:
    approved, is_open = _has_words(row), _is_open(work, post)
    return RequestRow(row, approved, is_open, change_wanted)


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
        rows = _make_request_rows(work, _load_posts(work, request.post_ids))
        left = tuple(row for row in rows if not row.approved)
        return ReadThrough(request_id, total, total, None, approved=len(rows) - len(left), left=left)
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


def begin_read_through(work: UnitOfWork, person: Person, request_id: str) -> ReadThrough:
    """Where this person goes on reading: the first post that they can approve, else the first. A whole page is
    expensive, and Slack waits: those that plainly are not theirs to approve are passed over. Raises NoSuchPost."""
    request = requests.load(work.db, request_id)
    if request is None:
        raise NoSuchPost
    to_fix = 0
    for place in _list_theirs(work, person, request.post_ids):
        page = load_read_through(work, person, request_id, place)
        if page.may_approve:
            return replace(page, begins=place > 0, to_fix=to_fix)
        to_fix += page.card is not None and bool(list_blocking(page.card.objections))
    return load_read_through(work, person, request_id, 0)


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
    return _say_blocked(list_blocking(card.objections))


def _say_blocked(blocks: Sequence[Objection]) -> str | None:
    if not blocks:
        return None
    anyway = (
        " Or an approver approves it anyway, with a reason, on its card."
        if all(one.waivable for one in blocks)
        else ""
    )
    return f"To be fixed before it can be approved: {blocks[0].sentence.rstrip('.')}.{anyway}"


# --- Go ----------------------------------------------------------------------------------------------


def load_go_request(work: UnitOfWork, request_id: str) -> GoRequestView | None:
    """The message; None if there is none."""
    rows = _list_go_rows(work, request_id)
    if not rows:
        return None
    waits = [(asked, row) for asked, row in rows if row.asks or row.soon]
    called = [each for asked, row in waits if _is_called_for(work, asked) for each in row.card.approvers]
    return GoRequestView(request_id, tuple(row for _, row in rows), tuple(dict.fromkeys(called)))


def _list_go_rows(work: UnitOfWork, request_id: str) -> list[tuple[Asked, GoRow]]:
    """By slot."""
    shut, rows = gate.read(work.db), []
    for asked in go_requests.list_of_request(work.db, request_id):
        post, card = posts.load(work.db, asked.post_id), load_card(work, asked.post_id)
        if post is None or card is None:
            continue
        epochs = digest_epochs(shut.epochs_for(post.version.body.accounts))
        ended = count_ended(approvals.list_of_version(work.db, post.version.id))
        now = Opened(post.version.seen, epochs, ended)
        opens = find_due_moment(post, work.policy) if post.status is Status.SCHEDULED else None
        there = is_asked_there(asked, post)
        soon = there and card.lacks_only_go and opens is not None and opens <= work.now + SOON
        rows.append((asked, GoRow(card, asked.slot, now, there and card.can_go, soon)))
    return rows


def _is_called_for(work: UnitOfWork, asked: Asked) -> bool:
    post = posts.load(work.db, asked.post_id)
    if post is None:
        return False
    return is_called_for(asked, post, gate.read(work.db).epochs_for(post.version.body.accounts))


def is_called_together(work: UnitOfWork, card: PostCard) -> bool:
    """Whether a message that asks for several mentions people for this post: its own card then mentions nobody."""
    asked = go_requests.list_of_post(work.db, card.seen.post_id)
    return card.can_go and any(_is_called_for(work, one) for one in asked)


def load_go_page(
    work: UnitOfWork, person: Person, request_id: str, post_id: str | None, opened: Sequence[Opened],
    refused: str | None = None,
) -> GoPage:  # fmt: skip
    """The page of this post; None: what is left, behind the last. `opened`: before. Raises NoSuchPost."""
    rows = tuple(row for _, row in _list_go_rows(work, request_id))
    if not rows:
        raise NoSuchPost
    places = {row.card.seen.post_id: place for place, row in enumerate(rows)}
    place = places.get(post_id, len(rows)) if post_id else len(rows)
    still = [row.now for number, row in enumerate(rows) if number == place or _is_opened(row, opened)]
    page = GoPage(request_id, rows, place, tuple(still), refused=refused)
    if page.row is not None:
        return replace(page, why_not=_why_no_go(work, person, page.row))
    against = ((row.card.seen.post_id, _why_no_go(work, person, row)) for row in page.asking)
    named = (
        f"You cannot say Go because of {name_post(work, post_id)}. {why}" for post_id, why in against if why
    )
    return replace(page, why_not=next(named, None))


def _is_opened(row: GoRow, opened: Sequence[Opened]) -> bool:
    return any(one.is_still(row.now) for one in opened)


def find_first_to_go(work: UnitOfWork, person: Person, request_id: str) -> str | None:
    """The post with which this person begins: the first that waits for a Go of theirs, else the first."""
    rows = [row for _, row in _list_go_rows(work, request_id)]
    theirs = [row for row in rows if _why_no_go(work, person, row) is None]
    return next((row.card.seen.post_id for row in [*theirs, *rows]), None)


def find_next_to_go(work: UnitOfWork, request_id: str, post_id: str | None) -> str | None:
    """The post that comes behind this one and waits for a Go; None: none does."""
    rows = [row for _, row in _list_go_rows(work, request_id)]
    ids = [row.card.seen.post_id for row in rows]
    behind = rows[ids.index(post_id) + 1 :] if post_id in ids else []
    return next((row.card.seen.post_id for row in behind if row.asks), None)


def _why_no_go(work: UnitOfWork, person: Person, row: GoRow) -> str | None:
    """Why this person cannot say Go for it here; None: they can."""
    card = row.card
    if row.soon:
        return "Its review opens in a moment."
    if card.by_hand and card.status is Status.REVIEW and card.gate is None:
        return YoursToPost().sentence
    if not row.asks:
        told = make_state_sentence(work, card.seen.post_id)
        return f"{told} Its card says what it needs." if card.status is Status.REVIEW else told
    if not person.may(Right.TEAM):
        who = name_approvers(work)
        return f"Only full members of this workspace can say Go. Please ask one, or an approver: {who}."
    post = posts.load(work.db, card.seen.post_id)
    if card.approver_says_go and post is not None and not standing.may_approve(work, person, post.version):
        named = list_names(work, standing.list_named(work, post.version))
        return f"There was a pause since its words were approved, so only an approver can say Go: {named}."
    return None
