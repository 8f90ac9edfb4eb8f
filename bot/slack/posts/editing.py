"""Edit: the dialog opened, images chosen in it, and what becomes of it when it is sent off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import uuid4

from bot.domain.people import Person
from bot.domain.posts import AndThen, Image, Status, Verb
from bot.domain.refusals import FieldErrors, NoSuchPost, Refusal, SavedMeanwhile
from bot.domain.shown.edit_form import EditForm, Theirs
from bot.domain.shown.post_screens import ImageView
from bot.services.images.image_checks import ImageProblem
from bot.services.pause import drill_over
from bot.services.posts import edit
from bot.services.posts.lifecycle import check_right
from bot.services.queries import posts as post_queries
from bot.services.queries.edit_form import judge_edit, load_edit_form, offer_conversions
from bot.services.unit_of_work import UnitOfWork
from bot.slack import begun
from bot.slack.context import ListenerContext
from bot.slack.ids import Dialog, Field, format_block, format_seen, parse_post, parse_seen
from bot.slack.payloads import Change, Click, Submit
from bot.slack.posts import forms, new_look, new_post
from bot.slack.posts.forms import StateValues
from bot.slack.posts.new_forms import find_files_block, read_files
from bot.slack.posts.new_images import SlackFile, convert_images, draw_after_look, take_images
from bot.slack.views.begun import fill_anew, has_begun, list_fields, redraw
from bot.slack.views.posts.edit_dialog import MOST_ATTACHED, draw_edit_dialog, is_over_theirs, was_shown
from bot.slack.views.posts.new_post import draw_looking
from bot.store.posts import posts

Answer = dict[str, Any] | None

CONVERTED = (
    "Names of emoji or people are replaced when it is saved. Choose Save, look at the card, then approve."
)


def open_edit(context: ListenerContext, click: Click) -> None:
    _open(context, click, click.seen.post_id)


def open_edit_from_home(context: ListenerContext, click: Click) -> None:
    _open(context, click, parse_post(click.value))


def _open(context: ListenerContext, click: Click, post_id: str) -> None:
    """A draft is written on where it was written."""
    post = context.services.store.read(lambda db: posts.load(db, post_id))
    if post is not None and post.status is Status.DRAFT:
        new_post.open_draft(context, click, post_id)
    else:
        _open_edit(context, click, post_id)


def _open_edit(context: ListenerContext, click: Click, post_id: str) -> None:
    form = context.services.look(load_form, click.person, post_id, Verb.EDIT)
    before = begun.find(context, click.person.id, Dialog.EDIT, format_seen(form.seen))
    added = _load_added(context, before.typed, form) if before else ()
    view = _draw(context, forms.restore_begun(form, before, added))
    context.answers.open_for(click, view)


def discard(context: ListenerContext, click: Click) -> None:
    """The same dialog with the post as it is, without what had been typed before."""
    form = context.services.look(load_form, click.person, click.seen.post_id, Verb.EDIT)
    begun.forget(context, click.person.id, Dialog.EDIT, format_seen(form.seen))
    view = _draw(context, form)
    context.answers.update(click.view_id, fill_anew(view, uuid4().hex[:8]))


def follow_accounts(context: ListenerContext, change: Change) -> None:
    """An account that is being added gets a field for words of its own. What was saved meanwhile, or cannot be read, is
    said at Save."""
    seen, shown = parse_seen(change.form.metadata), change.form.view
    try:
        form = context.services.look(load_form, change.person, seen.post_id, Verb.EDIT)
        values = change.form.read(context.directory.find_name)
    except Refusal:
        return
    added = _load_added(context, values, form)
    view = _draw_over(context, shown, form, forms.with_typed(form, forms.read_edit(values, form), added))
    if seen.is_still(form.seen) and list_fields(view) != list_fields(shown):
        context.answers.update(change.form.view_id, view)


def _draw_over(
    context: ListenerContext, shown: Mapping[str, Any], form: EditForm, mine: EditForm
) -> dict[str, Any]:
    """The dialog in the place of itself, with what is typed in it. `form`: the post as it is."""
    if is_over_theirs(shown):
        mine = replace(mine, theirs=Theirs(None, form.seen.seq, form.text))
    if has_begun(shown):
        mine = replace(mine, begun=context.services.clock.now())
    return redraw(_draw(context, mine), shown)


def submit_edit(context: ListenerContext, submit: Submit) -> Answer:
    form = context.services.look(load_form, submit.person, submit.seen.post_id, Verb.EDIT)
    typed = forms.read_edit(submit.values, form)
    added = _load_added(context, submit.values, form)
    if files := read_files(submit.values):
        same = submit.seen.is_still(form.seen)
        mine = forms.with_typed(form, typed, added) if same else forms.restore_typed(form, typed, None, added)
        return _look_at_images(context, submit, mine, files)
    if typed.and_then is AndThen.APPROVE and submit.values != submit.typed:
        raise FieldErrors({Field.AND_THEN: CONVERTED})
    changes = edit.Changes(
        typed.text, typed.slot, typed.variants, typed.alts, label=typed.label, note=typed.note, back=typed.back,
        accounts=typed.accounts, images=typed.images, warning=typed.warning,
    )  # fmt: skip
    if again := _ask_to_check(context, submit, form, changes, typed, added):
        return again
    try:
        context.services.do(
            edit.save_edit, submit.person, submit.seen, changes, submit.key, and_then=typed.and_then
        )
    except SavedMeanwhile as meanwhile:
        theirs = forms.restore_typed(form, typed, meanwhile.who, added)
        return {"response_action": "update", "view": _draw(context, theirs)}
    return None


def _ask_to_check(
    context: ListenerContext, submit: Submit, form: EditForm, changes: edit.Changes, typed: forms.EditAnswers,
    added: tuple[ImageView, ...],
) -> Answer:  # fmt: skip
    """What the changes give rise to is seen before they are saved; the second press saves."""
    if not submit.seen.is_still(form.seen):
        return None
    found = context.services.look(judge_edit, form.seen.post_id, changes, typed.and_then)
    if found is None or was_shown(submit.view, found[1]):
        return None
    mine = replace(forms.with_typed(form, typed, added), objections=found[0], checked=found[1])
    return {"response_action": "update", "view": _draw_over(context, submit.view, form, mine)}


def _load_added(context: ListenerContext, values: StateValues, form: EditForm) -> tuple[ImageView, ...]:
    """Images that were chosen in the dialog and are not the post's yet."""
    wanted = [Image(digest) for digest in forms.list_added(values, form)]
    return context.services.look(post_queries.load_image_views, wanted) if wanted else ()


def convert(context: ListenerContext, click: Click) -> None:
    """The images that do not fit, in a thread of its own; nothing is saved before Save."""
    shown = new_look.read_form(click)
    seen, values = parse_seen(shown.metadata), shown.read(context.directory.find_name)
    form = context.services.look(load_form, click.person, seen.post_id, Verb.EDIT)
    typed, added = forms.read_edit(values, form), _load_added(context, values, form)
    same = seen.is_still(form.seen)
    mine = forms.with_typed(form, typed, added) if same else forms.restore_typed(form, typed, None, added)
    name = f"edit:{uuid4().hex}"
    context.answers.update(shown.view_id, draw_looking("Edit", "Cancel", name, what=new_look.CONVERTING))
    context.answers.later(partial(_convert, context, click, mine, name))


def _convert(context: ListenerContext, click: Click, form: EditForm, name: str) -> None:
    view = draw_after_look(partial(_draw_converted, context, click, form), "Edit", "Cancel")
    context.answers.update_named(name, {**view, "external_id": name})


def _draw_converted(context: ListenerContext, click: Click, form: EditForm) -> dict[str, Any]:
    """What came of them is added, and what it was made of taken out: Save puts one in the place of the other."""
    try:
        made = convert_images(context, context.services.look(offer_conversions, form).conversions)
    except ImageProblem as problem:
        told = f"{problem.sentence} {problem.mend}".rstrip()
        return _draw(context, replace(form, told=(*form.told, told)))
    had = {one.sha256: one.alt for one in (*form.images, *form.added)}
    new = tuple(Image(digest, had[source]) for source, digest in made.items() if digest not in had)
    views = context.services.look(post_queries.load_image_views, new)
    added = (*(one for one in form.added if one.sha256 not in made), *views)
    removed = (*form.removed, *(one.sha256 for one in form.images if one.sha256 in made))
    begun.keep_fields(
        context, click, {format_block(Field.ALT, one.sha256): one.alt for one in added}, removed
    )
    swapped = tuple((one.sha256, made[one.sha256]) for one in form.images if one.sha256 in made)
    return _draw(context, replace(form, added=added, removed=removed, swapped=swapped))


def _draw(context: ListenerContext, form: EditForm) -> dict[str, Any]:
    return draw_edit_dialog(context.services.look(offer_conversions, form), context.place)


def _look_at_images(
    context: ListenerContext, submit: Submit, form: EditForm, files: Sequence[SlackFile]
) -> Answer:
    """Saves nothing: the dialog comes back with the images, each to be described."""
    if len(form.images) - len(form.removed) + len(form.added) + len(files) > MOST_ATTACHED:
        raise FieldErrors({find_files_block(submit.values): f"A post can have up to {MOST_ATTACHED} images."})
    name = f"edit:{uuid4().hex}"
    context.answers.later(partial(_add_images, context, submit, form, files, name))
    return {"response_action": "update", "view": draw_looking("Edit", "Cancel", name)}


def _add_images(
    context: ListenerContext, submit: Submit, form: EditForm, files: Sequence[SlackFile], name: str
) -> None:
    """In a thread of its own; then the dialog as it was, with the images that can be used, to be described."""
    view = draw_after_look(partial(_draw_with_images, context, submit, form, files), "Edit", "Cancel")
    context.answers.update_named(name, {**view, "external_id": name})


def _draw_with_images(
    context: ListenerContext, submit: Submit, form: EditForm, files: Sequence[SlackFile]
) -> dict[str, Any]:
    images, troubles = take_images(context, files)
    there = {one.sha256 for one in (*form.images, *form.added)}
    fresh = [image for image in images if image.sha256 not in there]
    new = context.services.look(post_queries.load_image_views, fresh)
    chosen = {image.sha256 for image in images}
    stay_out = tuple(one for one in form.removed if one not in chosen)
    form = replace(form, added=(*form.added, *new), removed=stay_out, told=tuple(troubles))
    begun.keep_besides(context, submit, {format_block(Field.ALT, one.sha256): one.alt for one in new})
    return _draw(context, form)


def load_form(work: UnitOfWork, person: Person, post_id: str, verb: Verb) -> EditForm:
    """What Edit and Pick a new time open with: the post as it is now. Raises refusals."""
    check_right(work, person, verb, post_id)
    drill_over.check_post_id(work, post_id)
    form = load_edit_form(work, person, post_id)
    if form is None:
        raise NoSuchPost
    return form
