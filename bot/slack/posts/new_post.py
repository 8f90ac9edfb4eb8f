"""The first screen of a new post: what, where and when. Drafts are written on with it, too.

Whoever may not is refused before a dialog opens. Nothing is saved before Schedule or Save as a draft; what was typed is
kept all the same, and offered again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any
from uuid import uuid4

from bot.domain.people import Person
from bot.domain.preflight.words import is_visible
from bot.domain.refusals import FieldErrors
from bot.services import aside
from bot.services.posts import composing, drafts
from bot.services.posts.create import NewPost, take_over
from bot.services.posts.fields import PASSED
from bot.services.queries import new_post as queries
from bot.slack import begun
from bot.slack.answers import NotOpened
from bot.slack.context import ListenerContext
from bot.slack.ids import Dialog, Field, parse_post
from bot.slack.payloads import Click, Shortcut, Submit, Typed, Where
from bot.slack.posts.begun_posts import (
    Others,
    find_others,
    list_known,
    load_before,
    restore,
    set_aside,
    start_over,
    take_up,
)
from bot.slack.posts.came_along import CameAlong, read_message
from bot.slack.posts.forms import StateValues
from bot.slack.posts.new_forms import find_files_block, read_files, read_new_post
from bot.slack.posts.new_images import SlackFile, draw_after_look, take_images
from bot.slack.posts.new_look import Written, draw_again, draw_saved, read_form
from bot.slack.values.new_post import NewAbout, format_new, parse_new
from bot.slack.views.begun import fill_anew
from bot.slack.views.posts.edit_dialog import MOST_ATTACHED
from bot.slack.views.posts.long_fields import cut_to_field
from bot.slack.views.posts.new_post import (
    draw_image_troubles,
    draw_looking,
    draw_new_post,
)

Answer = dict[str, Any] | None
View = dict[str, Any]

DUPLICATED = "A draft with a copy of it is on Byhand's Home. Slack did not open it: press Open there."
ELSEWHERE = "You saved this in another window. To make one more post of it, press Cancel and open this again."


def open_new(context: ListenerContext, typed: Typed) -> None:
    """`/social new [text]`."""
    _open(context, typed.person, partial(context.answers.open, typed.trigger_id), NewAbout(), typed.rest)


def open_new_from_home(context: ListenerContext, click: Click) -> None:
    _open(context, click.person, partial(context.answers.open, click.trigger_id), NewAbout())


def plan_message(context: ListenerContext, shortcut: Shortcut) -> None:
    """ "Plan this as a post", on any message: its words and images come along."""
    context.services.look(drafts.check_writer, shortcut.person)
    came = read_message(context, shortcut)
    wanted = replace(load_before(context, shortcut.person, NewAbout()), text=came.text)
    others = set_aside(context, shortcut.person)
    if not came.files:
        written = Written(shortcut.person, NewAbout(kept_of=f"plan-{uuid4().hex}"), wanted)
        view = _draw_planned(context, written, came, others)
        context.answers.open(shortcut.trigger_id, view)
        return
    root = context.answers.open(shortcut.trigger_id, draw_looking("New post", "Cancel"))
    written = Written(shortcut.person, NewAbout(kept_of=root), wanted)
    context.answers.later(partial(_bring_images, context, written, came, others))


def go_on(context: ListenerContext, click: Click) -> None:
    """A post that was begun before this one, in a dialog over it: an update would keep what stands in its fields."""
    earlier, others = take_up(context, click)
    kept_of, wanted = restore(context, click.person, NewAbout(), earlier)
    view = _draw(context, click.person, wanted, NewAbout(kept_of=kept_of), earlier.at, others=others)
    context.answers.push(click.trigger_id, view)


def begin_anew(context: ListenerContext, click: Click) -> None:
    """The same dialog without what had been typed before: an empty post, and a draft as it was saved."""
    form = read_form(click)
    about, others = parse_new(form.metadata), Others()
    if about.seen:
        post = context.services.look(drafts.load_theirs, click.person, about.seen.post_id)
        context.services.do(aside.discard, click.person.id, about.seen.post_id, form.view_id)
        about = NewAbout(post.version.seen)
    else:
        context.services.look(drafts.check_writer, click.person)
        about, others = NewAbout(), start_over(context, click)
    wanted = load_before(context, click.person, about)
    view = _draw(context, click.person, wanted, about, others=others)
    context.answers.update(form.view_id, fill_anew(view, uuid4().hex[:8]))


def open_draft(context: ListenerContext, click: Click, post_id: str, copy_of: str = "") -> None:
    """Write on at a draft. `copy_of`: the post it was just made from."""
    post = context.services.look(drafts.load_theirs, click.person, post_id)
    show = partial(context.answers.open_for, click)
    _open(context, click.person, show, NewAbout(post.version.seen), copy_of=copy_of)


def duplicate(context: ListenerContext, click: Click) -> None:
    """A new draft with the same words, opened at once; it is there, too, where Slack opens nothing."""
    other = parse_post(click.value)
    post = context.services.do(drafts.duplicate, click.person, other, click.key)
    try:
        open_draft(context, click, post.id, copy_of=other)
    except NotOpened:
        context.answers.tell(click.there or Where(click.person.id), DUPLICATED)


def delete_draft(context: ListenerContext, click: Click) -> None:
    context.services.do(drafts.delete_draft, click.person, click.seen, click.key)


def submit_new_post(context: ListenerContext, submit: Submit) -> Answer:
    """Next: the second screen over the first, at once, or after a look at its images."""
    context.services.look(drafts.check_writer, submit.person)
    about = parse_new(submit.metadata)
    if saved := context.services.look(composing.find_saved, submit.person, submit.view_id):
        return {"response_action": "push", "view": draw_saved(context, saved)}
    if about.kept_of and context.services.look(composing.find_saved, submit.person, about.kept_of):
        raise FieldErrors({Field.TEXT: ELSEWHERE})
    wanted = read_new_post(submit.values, load_before(context, submit.person, about), list_known(context))
    files = read_files(submit.values)
    _check_first(wanted, submit.values, context.services.clock.now())
    written = Written(submit.person, NewAbout(about.seen, submit.view_id), wanted)
    if not files:
        return {"response_action": "push", "view": draw_again(context, written)}
    name = f"look:{uuid4().hex}"
    context.answers.later(partial(_look_at_images, context, written, files, name))
    return {"response_action": "push", "view": draw_looking("How it will look", "Back", name)}


# --- what is there -----------------------------------------------------------------------------------


def _open(
    context: ListenerContext,
    person: Person,
    show: Callable[[View], str],
    about: NewAbout,
    text: str = "",
    copy_of: str = "",
) -> None:
    """With what this person had begun, and not saved; unless they come with other words. `show`: puts the dialog up,
    and says its id."""
    context.services.look(drafts.check_writer, person)
    wanted = load_before(context, person, about)
    before = None if text else begun.find(context, person.id, Dialog.NEW_POST, format_new(about))
    kept_of, at, others = "", None, Others()
    if about.seen is None:
        others = set_aside(context, person, text) if text else find_others(context, person, before)
    if before is not None:
        kept_of, mine = restore(context, person, about, before)
        wanted, at = mine, before.at if mine != wanted else None
    text, told = cut_to_field(text)
    wanted = replace(wanted, text=text) if text else wanted
    gone = context.services.look(queries.list_gone, wanted)
    about = replace(about, kept_of=kept_of)
    view = _draw(context, person, wanted, about, at, [*told, *gone], others, copy_of)
    root = show(view)
    if text:
        begun.keep_opened(context, person.id, root, view)


# --- what is shown -----------------------------------------------------------------------------------


def _check_first(wanted: NewPost, values: StateValues, now: datetime) -> None:
    """What nobody could go on with, under its field."""
    files = read_files(values)
    if len(wanted.images) + len(files) > MOST_ATTACHED:
        raise FieldErrors({find_files_block(values): f"A post can have up to {MOST_ATTACHED} images."})
    if wanted.slot is not None and wanted.slot <= now:
        raise FieldErrors({Field.SLOT: PASSED})
    if not is_visible(wanted.text) and not wanted.images and not files:
        raise FieldErrors({Field.TEXT: "Write something, or choose an image."})


def _draw(
    context: ListenerContext, person: Person, wanted: NewPost, about: NewAbout | None = None,
    begun_at: datetime | None = None, told: Sequence[str] = (), others: Others | None = None,
    copy_of: str = "",
) -> View:  # fmt: skip
    """The first screen. `told`: what its person should know about the words and images that came along. `others`: what
    they had begun besides."""
    about, others = about or NewAbout(), others or Others()
    told = [*told, *others.told]
    form = context.services.look(
        queries.load_form, person, wanted, seen=about.seen, kept_of=about.kept_of, begun=begun_at, told=told
    )
    of = context.services.look(queries.name_original, copy_of) if copy_of else ""
    return draw_new_post(replace(form, earlier=others.posts, copy_of=of), context.place)


def _bring_images(context: ListenerContext, written: Written, came: CameAlong, others: Others) -> None:
    """In a thread of its own; then the first screen, with the images that can be used."""
    draw = partial(_draw_with_images, context, written, came, others)
    context.answers.update(written.root, draw_after_look(draw, "New post", "Cancel"))


def _draw_with_images(context: ListenerContext, written: Written, came: CameAlong, others: Others) -> View:
    images, troubles = take_images(context, came.files)
    wanted = replace(written.wanted, images=tuple(images))
    come = replace(came, told=(*came.told, *troubles))
    return _draw_planned(context, replace(written, wanted=wanted), come, others)


def _draw_planned(context: ListenerContext, written: Written, came: CameAlong, others: Others) -> View:
    """The first screen with what came along, and kept whose words that is: its writer is an author of the post."""
    wanted = take_over(written.wanted, (came.by,))
    context.services.do(composing.keep, written.person, written.root, wanted)
    return _draw(context, written.person, wanted, written.about, told=came.told, others=others)


def _look_at_images(
    context: ListenerContext, written: Written, files: Sequence[SlackFile], name: str
) -> None:
    """In a thread of its own; then the second screen, or what is wrong with the images."""
    view = draw_after_look(partial(_draw_look, context, written, files), "How it will look", "Back")
    context.answers.update_named(name, {**view, "external_id": name})


def _draw_look(context: ListenerContext, written: Written, files: Sequence[SlackFile]) -> View:
    images, troubles = take_images(context, files)
    if troubles:
        return draw_image_troubles(troubles)
    there = {image.sha256 for image in written.wanted.images}
    new = tuple(image for image in images if image.sha256 not in there)
    wanted = replace(written.wanted, images=(*written.wanted.images, *new))
    return draw_again(context, replace(written, wanted=wanted))
