"""The second screen of a new post: how it will look, words for single accounts, and what becomes of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from uuid import uuid4

from bot.domain.inbox_refusals import NothingKnown
from bot.domain.people import Person, Right
from bot.domain.refusals import FieldErrors, NoSuchPost, NotFrom, SavedMeanwhile
from bot.services.images.image_checks import ImageProblem
from bot.services.posts import composing, conversions, drafts
from bot.services.posts.composing import AlreadySaved
from bot.services.posts.create import NewPost
from bot.services.queries import new_post as queries
from bot.slack import begun
from bot.slack.context import ListenerContext
from bot.slack.ids import Dialog, Malformed, parse_scope
from bot.slack.payloads import Click, Form, Submit
from bot.slack.posts.forms import StateValues
from bot.slack.posts.new_forms import leave_out_same, list_own, read_new_look
from bot.slack.posts.new_images import convert_images, draw_after_look
from bot.slack.values.new_post import NewAbout, format_new, parse_new
from bot.slack.views.posts.new_post import draw_looking, draw_new_done, draw_new_look

APART = (
    "Yours was not saved over it. From here, yours is saved as a post of its own; or press Back and cancel, and look "
    "at theirs."
)

TITLE, CONVERTING = "How it will look", "Converting"

Answer = dict[str, Any] | None
View = dict[str, Any]


@dataclass(frozen=True)
class Written:
    """A post as it is written now: whose, of which draft, and under which dialog it is kept."""

    person: Person
    about: NewAbout  # `kept_of`: the first screen's view
    wanted: NewPost
    kept: NewPost | None = None  # as it was before what was typed into the second screen

    @property
    def root(self) -> str:
        return self.about.kept_of

    @property
    def was_shown(self) -> bool:
        """Whether the second screen showed what is kept under it now."""
        return self.kept is None or self.about.shown in ("", composing.digest(self.kept))

    @property
    def has_new_words(self) -> bool:
        """Whether words for single accounts were typed that it has not shown yet."""
        return self.kept is not None and self.wanted.variants != self.kept.variants


def submit_new_look(context: ListenerContext, submit: Submit) -> Answer:
    """Schedule; or, where it has no time, save it as a draft."""
    values = submit.values
    try:
        written = _read_written(context, submit.person, submit.metadata, values)
        schedules = written.wanted.slot is not None and submit.person.may(Right.TEAM)
        if schedules and written.has_new_words:
            return _update(keep_and_draw(context, written, list_own(values), again=True))
        verb = drafts.schedule if schedules else drafts.save_draft
        return _update(_save(context, written, verb, submit.key, values))
    except AlreadySaved as saved:
        return _update(draw_saved(context, saved.post_id))
    except FieldErrors as errors:
        if set(errors.fields) <= set(values):
            raise
        return _update(keep_and_draw(context, written, list_own(values), [*errors.fields.values()]))


def save_draft(context: ListenerContext, click: Click) -> None:
    """The button of the second screen."""
    form = read_form(click)
    values = form.read(context.directory.find_name)
    try:
        written = _read_written(context, click.person, form.metadata, values)
        view = _save(context, written, drafts.save_draft, click.key, values)
    except AlreadySaved as saved:
        view = draw_saved(context, saved.post_id)
    if view["callback_id"] == Dialog.NOTICE:
        begun.close_new_look(context, click.person.id, form.view_id, parse_new(form.metadata).kept_of)
    context.answers.update(form.view_id, view)


def add_own_words(context: ListenerContext, click: Click) -> None:
    """A field for one account more; what was typed stays."""
    form = read_form(click)
    values = form.read(context.directory.find_name)
    try:
        written = _read_written(context, click.person, form.metadata, values)
    except AlreadySaved as saved:
        view = draw_saved(context, saved.post_id)
    else:
        view = keep_and_draw(context, written, {*list_own(values), parse_scope(click.value)})
    context.answers.update(form.view_id, view)


def convert(context: ListenerContext, click: Click) -> None:
    """The images that do not fit, in a thread of its own; the rest of what is written stays."""
    form = read_form(click)
    values = form.read(context.directory.find_name)
    try:
        written = _read_written(context, click.person, form.metadata, values)
    except AlreadySaved as saved:
        context.answers.update(form.view_id, draw_saved(context, saved.post_id))
        return
    context.services.do(composing.keep, written.person, written.root, written.wanted)
    name = f"look:{uuid4().hex}"
    context.answers.update(form.view_id, draw_looking(TITLE, "Back", name, what=CONVERTING))
    context.answers.later(partial(_convert, context, written, list_own(values), name))


def _convert(context: ListenerContext, written: Written, own: Collection[str], name: str) -> None:
    view = draw_after_look(partial(_draw_converted, context, written, own), TITLE, "Back")
    context.answers.update_named(name, {**view, "external_id": name})


def _draw_converted(context: ListenerContext, written: Written, own: Collection[str]) -> View:
    wanted = written.wanted
    found = context.services.look(conversions.list_conversions, wanted.accounts, wanted.images)
    try:
        made = convert_images(context, found)
    except ImageProblem as problem:
        return keep_and_draw(context, written, own, [f"{problem.sentence} {problem.mend}".rstrip()])
    origin = {new: wanted.converted.get(old, old) for old, new in made.items()}
    images = conversions.replace_images(wanted.images, made)
    now = replace(wanted, images=images, converted={**wanted.converted, **origin})
    return keep_and_draw(context, replace(written, wanted=now), own)


def _read_written(context: ListenerContext, person: Person, metadata: str, values: StateValues) -> Written:
    """What is kept, with what was typed into this screen. Raises AlreadySaved, and NothingKnown."""
    about = parse_new(metadata)
    kept = context.services.look(composing.find, person, about.kept_of)
    if kept is None:
        if saved := context.services.look(composing.find_saved, person, about.kept_of):
            raise AlreadySaved(saved)
        raise NothingKnown
    return Written(person, about, read_new_look(values, kept), kept)


def _save(
    context: ListenerContext, written: Written, verb: composing.Verb, key: str, values: StateValues
) -> View:
    """What becomes of it; or the screen once more, where it did not show what is kept under it now (another device, a
    slow look at images), or the draft is another by now: nothing was saved then."""
    seen = written.about.seen
    if not written.was_shown:
        return keep_and_draw(context, written, list_own(values), again=True)
    try:
        post = context.services.do(
            composing.save, written.person, written.root, verb, written.wanted, key, seen
        )
    except SavedMeanwhile as other:
        return _offer_apart(context, written, f"{other.who} saved version {other.seq} of this draft")
    except NotFrom as other:
        return _offer_apart(context, written, f"This is no draft any more. {other.state}")
    return draw_saved(context, post.id)


def read_form(click: Click) -> Form:
    """The dialog a button was pressed in."""
    if click.form is None:
        raise Malformed("it stands in a dialog")
    return click.form


def draw_again(context: ListenerContext, written: Written) -> View:
    """The second screen, with what was typed there before its person went back. A field that said the same as the text
    says so still."""
    before = begun.find(context, written.person.id, Dialog.NEW_LOOK, format_new(written.about))
    last = context.services.look(composing.find, written.person, written.root)
    written = _with_converted(written, last)
    if before is None:
        return keep_and_draw(context, written)
    typed = leave_out_same(before.typed, last.text if last else "")
    again = replace(written, wanted=read_new_look(typed, written.wanted))
    return keep_and_draw(context, again, list_own(before.typed))


def _with_converted(written: Written, last: NewPost | None) -> Written:
    """What was converted there stays so, with what was said of it: the first screen's field still holds the file."""
    if last is None or not last.converted:
        return written
    wanted, made = written.wanted, {old: new for new, old in last.converted.items()}
    alts = {one.sha256: one.alt for one in last.images}
    images = tuple(
        replace(one, alt=alts.get(one.sha256) or one.alt)
        for one in conversions.replace_images(wanted.images, made)
    )
    return replace(written, wanted=replace(wanted, images=images, converted=last.converted))


def keep_and_draw(
    context: ListenerContext, written: Written, own: Collection[str] = (), wrong: Collection[str] = (),
    *, again: bool = False,
) -> View:  # fmt: skip
    """The second screen, and what is written kept under its dialog. `own`: accounts that have a field of their own."""
    about, wanted = written.about, written.wanted
    context.services.do(composing.keep, written.person, written.root, wanted)
    look = context.services.look(
        queries.load_look, written.person, wanted, {*own, *wanted.variants}, written.root, seen=about.seen,
        wrong=[*wrong], again=again,
    )  # fmt: skip
    return draw_new_look(look, context.place)


def _offer_apart(context: ListenerContext, written: Written, what: str) -> View:
    """The draft is another by now: nothing is overwritten, and this can be saved as a post of its own."""
    apart = replace(written, about=replace(written.about, seen=None))
    return keep_and_draw(context, apart, [*apart.wanted.variants], [what, APART])


def draw_saved(context: ListenerContext, post_id: str) -> View:
    """What became of it, and what happens next."""
    done = context.services.look(queries.load_done, post_id)
    if done is None:
        raise NoSuchPost
    return draw_new_done(done, context.place)


def _update(view: View) -> Answer:
    return {"response_action": "update", "view": view}
