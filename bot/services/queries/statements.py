"""What the dialogs of a statement show: what can be released, and the statement whole. Never writes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from bot.domain.gate import DRILL, Gate
from bot.domain.pause.statements import WINDOW, Counted, Release
from bot.domain.people import Person
from bot.domain.posts import Post, Seen, Status, Verb
from bot.domain.preflight.objections import SURROUNDINGS, Level, Objection, ObjectionType
from bot.domain.refusals import NoSuchPost, NotFrom, Refusal
from bot.domain.shown.post_screens import PostCard
from bot.domain.shown.statement_screens import Released, StatementForm, StatementPage, StatementPick, Wanted
from bot.services import offering
from bot.services.pause import releases, statements
from bot.services.posts import lifecycle, preflight, standing
from bot.services.queries.posts import load_card
from bot.services.unit_of_work import UnitOfWork
from bot.store.pause import gate
from bot.store.pause.pauses import Pause
from bot.store.posts import posts

FIRST_WORDS = 400  # characters handed over; screens cut them, at whole characters
PICKED_FROM, OVER = (Status.REVIEW, Status.SCHEDULED, Status.HELD), (Status.MISSED, Status.FAILED)
LOOKED_BACK = timedelta(days=7)  # at what was missed
MOST, DRAFTS = 39, 30  # posts to pick from, drafts, and missed ones: a field of Slack's takes a hundred
NOT_OF_A_STATEMENT = SURROUNDINGS - {ObjectionType.SIMILAR, ObjectionType.WAITING}


def load_form(work: UnitOfWork, person: Person, pause_id: str) -> StatementForm:
    """Raises what keeps this person from releasing anything."""
    pause = statements.check_running(work, pause_id)
    lifecycle.check_right(work, person, Verb.RELEASE)
    shut = gate.read(work.db)
    stopped = [name for name in work.policy.accounts if name != DRILL and shut.closed_for((name,))]
    names = [name for name in stopped if not offering.is_by_hand(work, name)]
    statements.check_sent_by_byhand(work, (pause.scope,) if names else stopped)
    needing = statements.list_needing_image(work, names)
    plain = [name for name in names if name not in needing]
    return StatementForm(
        pause_id=pause_id, accounts=tuple((name, work.policy.title_of(name)) for name in names),
        picks=bool(_list_picks(work, shut, pause)),
        chosen=tuple(plain) if pause.scope not in names else (pause.scope,) * (pause.scope in plain),
        by_hand=tuple(work.policy.title_of(name) for name in stopped if name not in names),
        need_image=tuple(map(work.policy.title_of, needing)), wanted=_list_approvers(work, names),
    )  # fmt: skip


def load_pick(work: UnitOfWork, person: Person, pause_id: str) -> StatementPick:
    """Not what nobody may approve as it stands: it has to be fixed first. Raises what keeps this person from releasing
    anything."""
    pause = statements.check_running(work, pause_id)
    lifecycle.check_right(work, person, Verb.RELEASE)
    found = _list_picks(work, gate.read(work.db), pause)
    fit = [post for post in found if not preflight.list_blocks(work, post)]
    return StatementPick(pause_id, tuple((post.id, _name(post)) for post in fit), len(found) - len(fit))


def _list_picks(work: UnitOfWork, shut: Gate, pause: Pause) -> list[Post]:
    """What is missed first, then what is planned, and drafts."""
    over = posts.list_with_status(work.db, OVER, since=work.now - LOOKED_BACK, limit=DRAFTS)
    planned = posts.list_with_status(work.db, PICKED_FROM, limit=MOST)
    found = [*over, *planned, *posts.list_drafts(work.db, None, DRAFTS)]
    return [post for post in found if statements.may_be_released(work, shut, post, pause)]


def _list_approvers(work: UnitOfWork, names: Sequence[str]) -> tuple[Wanted, ...]:
    """Where these accounts name different approvers: who they are."""
    its = work.policy.find_rules(names, "")
    return releases.make_wanted(work, its, its) if len(its) > 1 else ()


def _name(post: Post) -> str:
    """ "Draft: We recall the rye bread." Its number only where it has no words."""
    what, text = "Draft" if post.status is Status.DRAFT else "Post", " ".join(post.version.body.text.split())
    return f"{what}: {text[:FIRST_WORDS]}" if text else f"{what} {post.number}: an image"


def load_page(work: UnitOfWork, person: Person, pause_id: str, post_id: str) -> StatementPage:
    """The statement as it stands now, to be read whole. Raises what keeps this person from reading it."""
    pause = statements.check_running(work, pause_id)
    lifecycle.check_right(work, person, Verb.RELEASE, post_id)
    card, post = load_card(work, post_id), posts.load(work.db, post_id)
    if card is None or post is None:
        raise NoSuchPost
    shut = gate.read(work.db)
    counted = releases.count(work, post.version, shut)
    given = [*counted.each, _mine(work, person, post, pause)]
    with_me = releases.count(work, post.version, shut, given)
    return StatementPage(
        pause_id=pause_id, card=_without_slot(card), releases=tuple((one.by, one.at) for one in counted.each),
        until=given[0].until, goes=with_me.pair is not None,
        wanted=releases.list_wanted(work, post.version, with_me),
        wrote=person.id in post.authors,
        why_not=_find_why_not(work, person, post, pause, counted),
    )  # fmt: skip


def _mine(work: UnitOfWork, person: Person, post: Post, pause: Pause) -> Release:
    """As it would be, and is not."""
    version, shut = post.version, releases.find_shut(gate.read(work.db), post.version.body.accounts)
    return Release(
        "",
        pause.id,
        post.id,
        version.id,
        version.sha256,
        shut,
        person.id,
        standing.may_approve(work, person, version),
        work.now,
    )


def _find_why_not(work: UnitOfWork, person: Person, post: Post, pause: Pause, counted: Counted) -> str:
    if any(one.by == person.id for one in counted.each):
        return "You have released this already. Somebody else has to release it, too."
    try:
        lifecycle.check_table(work, post, Verb.RELEASE)
        statements.check_paused(work, gate.read(work.db), post, pause)
    except NotFrom as refusal:
        return refusal.state
    except Refusal as refusal:
        return refusal.sentence
    return ""


def _without_slot(card: PostCard) -> PostCard:
    """What its slot has against it says nothing of a statement, nor that it is the same everywhere, unless that stops
    it."""
    found: list[Objection] = [
        one for one in card.objections if one.level is Level.BLOCK or one.kind not in NOT_OF_A_STATEMENT
    ]
    return PostCard(**{**vars(card), "objections": tuple(found)})


def load_released(work: UnitOfWork, seen: Seen) -> Released | None:
    """What has become of it, for whoever has just released it."""
    post = posts.load(work.db, seen.post_id)
    if post is None:
        return None
    counted = releases.count(work, post.version, gate.read(work.db))
    return Released(
        goes=counted.pair is not None,
        until=counted.each[0].until if counted.each else work.now + WINDOW,
        wanted=releases.list_wanted(work, post.version, counted), channel=work.policy.review_channel,
    )  # fmt: skip
