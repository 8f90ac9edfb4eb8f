"""What Edit and Pick a new time open with, and what there would be against a post once an edit is saved."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.domain.approvals import Standing
from bot.domain.gate import DRILL
from bot.domain.people import Person
from bot.domain.posts import AndThen, Image, Post, Status
from bot.domain.preflight.objections import Objection, digest_marks, mark_to_see
from bot.domain.shown.edit_form import Bars, EditForm, LeftOutView
from bot.services.own_clock import is_away
from bot.services.posts import conversions, standing
from bot.services.posts.edit import Changes, make_edited, pick_free_quarter
from bot.services.posts.left_out import list_left_out
from bot.services.posts.preflight import check_post
from bot.services.queries.posts import find_shut, load_image_views, make_account_views
from bot.services.unit_of_work import UnitOfWork
from bot.store.pause import gate
from bot.store.posts import posts

MOVE_ON_SAVE = timedelta(minutes=10)  # inside these last minutes Edit offers the next free quarter hour


def load_edit_form(work: UnitOfWork, person: Person, post_id: str) -> EditForm | None:
    """What the Edit dialog opens with."""
    post = posts.load(work.db, post_id)
    if post is None:
        return None
    body = post.version.body
    counted = standing.count(work, post.version, gate.read(work.db).epochs_for(body.accounts))
    in_review = post.status in (Status.REVIEW, Status.APPROVED)
    near = in_review and post.slot is not None and post.slot - work.now <= MOVE_ON_SAVE
    own = work.policy.author_may_approve or _may_change_alone(work, person, post, counted)
    may = standing.may_approve(work, person, post.version) and own and in_review
    choices = _list_choices(work, post)
    more = tuple(name for name, _ in choices if name not in body.accounts)
    return EditForm(
        seen=post.version.seen, number=post.number, text=body.text,
        accounts=make_account_views(work, post.version), variants=tuple((body.variants or {}).items()),
        slot=post.slot, images=load_image_views(work, post.version.body.images), label=post.version.label,
        note=post.version.note, warning=body.warning, zone=work.policy.zone.key, away=is_away(work, person, post.slot),
        loses=tuple(one.by for one in counted.words),
        may_approve=may, next_quarter=pick_free_quarter(work, post) if near else None,
        passed=pick_free_quarter(work, post) if post.slot and post.slot <= work.now else None,
        bars=None if own else _bars(work, person, post), left_out=_left_out(work, post), choices=choices,
        chosen=body.accounts,
        could_be=make_account_views(work, replace(post.version, body=replace(body, accounts=more))),
        objections=check_post(work, post),
    )  # fmt: skip


def judge_edit(
    work: UnitOfWork, post_id: str, changes: Changes, and_then: AndThen
) -> tuple[tuple[Objection, ...], str] | None:
    """What there would be against the post once this is saved, and by what a dialog remembers that it showed it; None:
    nothing that must be seen, but for what there is already. Raises FieldErrors."""
    post = posts.load(work.db, post_id)
    if post is None:
        return None
    body = make_edited(work, post, changes, and_then)
    if body == post.version.body:
        return None
    found = check_post(work, replace(post, version=replace(post.version, body=body)))
    marks = mark_to_see(found, body.slot)
    new = marks - mark_to_see(check_post(work, post), post.slot)
    return (found, digest_marks(marks)) if new else None


def offer_conversions(work: UnitOfWork, form: EditForm) -> EditForm:
    """With what would make the images fit that the dialog holds, on the accounts that are ticked in it.

    That numbers them as the dialog does. Objections number those of the post: once images came or went, what they say
    of a kind or size that can be converted is left out, so that nothing is said twice, or of an image that goes.
    """
    accounts = tuple(dict.fromkeys((*form.chosen, *form.back)))
    held = [Image(one.sha256, one.alt) for one in (*form.images, *form.added)]
    found = conversions.list_conversions(work, accounts, held)
    offered = tuple(one for one in found if one.sha256 not in form.removed)
    if not form.added and not form.removed:
        return replace(form, conversions=offered)
    own = [Image(one.sha256, one.alt) for one in form.images]
    if form.checked:  # they are of what it would be
        staying = [one.sha256 for one in held if one.sha256 not in form.removed]
        own = [Image(digest) for digest in conversions.put_in_place(work, own, staying)]
    said = conversions.list_conversions(work, accounts, own)
    moot = {sentence.rstrip(".") for one in said for sentence in one.why}
    left = tuple(one for one in form.objections if one.sentence not in moot)
    return replace(form, conversions=offered, objections=left)


def _may_change_alone(work: UnitOfWork, person: Person, post: Post, counted: Standing) -> bool:
    """Whether this person, alone on shift, may approve what they change now."""
    others = all(sum(one.by != person.id for one in each.by) >= each.rule.needed for each in counted.counted)
    return standing.is_alone(work, person.id) and (others or standing.find_alone(work, post) == person.id)


def _bars(work: UnitOfWork, person: Person, post: Post) -> Bars | None:
    if work.policy.author_may_approve:
        return None
    locked = standing.count_missing(work, post) if post.authors else None
    if locked is not None and locked.left == 0:
        return Bars.ALREADY
    if not standing.may_approve(work, person, post.version) or person.id in post.authors:
        return None
    return Bars.NOBODY if standing.count_missing(work, post, {person.id}) else Bars.OTHERS


def _list_choices(work: UnitOfWork, post: Post) -> tuple[tuple[str, str], ...]:
    """(name, title) of the accounts it is for, and of those it never was for; one that was left out is put back."""
    own = post.version.body.accounts
    if own == (DRILL,):  # a drill's goes nowhere else
        return ()
    out = {one.name for one in list_left_out(work, post)}
    names = [*own, *(name for name in work.policy.accounts if name not in own and name not in out)]
    return tuple((name, work.policy.title_of(name)) for name in names)


def _left_out(work: UnitOfWork, post: Post) -> tuple[LeftOutView, ...]:
    rows = gate.read(work.db)
    return tuple(
        LeftOutView(
            one.name,
            work.policy.title_of(one.name),
            one.text,
            one.by,
            one.at,
            find_shut(work, rows, (one.name,)),
        )
        for one in list_left_out(work, post)
    )
