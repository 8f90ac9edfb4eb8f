"""The second screen of a new post: how it will look, words for single accounts, and what becomes of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

from bot.domain.people import Person, Right
from bot.domain.refusals import FieldErrors, NoSuchPost, NothingKnown, SavedMeanwhile
from bot.services.posts import composing, drafts
from bot.services.posts.create import NewPost
from bot.services.queries import new_post as queries
from bot.slack import begun
from bot.slack.context import ListenerContext
from bot.slack.ids import Dialog, Malformed, parse_scope
from bot.slack.payloads import Click, Submit
from bot.slack.posts.forms import StateValues
from bot.slack.posts.new_forms import list_own, read_new_look
from bot.slack.values.new_post import NewAbout, format_new, parse_new
from bot.slack.views.posts.new_post import draw_new_done, draw_new_look

Answer = dict[str, Any] | None
View = dict[str, Any]


@dataclass(frozen=True)
class Written:
    """A post as it is written now: whose, of which draft, and under which dialog it is kept."""

    person: Person
    about: NewAbout  # `kept_of`: the first screen's view
    wanted: NewPost

    @property
    def root(self) -> str:
        return self.about.kept_of


def submit_new_look(context: ListenerContext, submit: Submit) -> Answer:
    """Schedule; or, where it has no time, save it as a draft."""
    before = _load_written(context, submit.person, submit.metadata)
    written = replace(before, wanted=read_new_look(submit.values, before.wanted))
    schedules = written.wanted.slot is not None and submit.person.may(Right.TEAM)
    if schedules and written.wanted.variants != before.wanted.variants:
        return _update(keep_and_draw(context, written, list_own(submit.values), again=True))
    verb = drafts.schedule if schedules else drafts.save_draft
    try:
        post = context.services.do(verb, submit.person, written.wanted, submit.key, written.about.seen)
    except FieldErrors as errors:
        if set(errors.fields) <= set(submit.values):
            raise
        return _update(keep_and_draw(context, written, list_own(submit.values), [*errors.fields.values()]))
    except SavedMeanwhile as meanwhile:
        return _update(_offer_apart(context, written, meanwhile))
    return _update(_finish(context, written, post.id))


def save_draft(context: ListenerContext, click: Click) -> None:
    """The button of the second screen."""
    view_id, values, before = _read_pressed(context, click)
    written = replace(before, wanted=read_new_look(values, before.wanted))
    try:
        post = context.services.do(
            drafts.save_draft, click.person, written.wanted, click.key, written.about.seen
        )
    except SavedMeanwhile as meanwhile:
        context.answers.update(view_id, _offer_apart(context, written, meanwhile))
        return
    begun.close_new_look(context, click.person.id, view_id, written.root)
    context.answers.update(view_id, _finish(context, written, post.id))


def add_own_words(context: ListenerContext, click: Click) -> None:
    """A field for one account more; what was typed stays."""
    view_id, values, before = _read_pressed(context, click)
    written = replace(before, wanted=read_new_look(values, before.wanted))
    own = {*list_own(values), parse_scope(click.value)}
    context.answers.update(view_id, keep_and_draw(context, written, own))


def _load_written(context: ListenerContext, person: Person, metadata: str) -> Written:
    about = parse_new(metadata)
    kept = context.services.look(composing.find, person, about.kept_of)
    if kept is None:
        raise NothingKnown
    return Written(person, about, kept)


def _read_pressed(context: ListenerContext, click: Click) -> tuple[str, StateValues, Written]:
    """The dialog a button was pressed in, its values, and the post as it was shown there."""
    if click.form is None:
        raise Malformed("it stands in a dialog")
    values = click.form.read(context.directory.find_name)
    return click.form.view_id, values, _load_written(context, click.person, click.form.metadata)


def draw_again(context: ListenerContext, written: Written) -> View:
    """The second screen, with what was typed there before its person went back."""
    before = begun.find(context, written.person.id, Dialog.NEW_LOOK, format_new(written.about))
    if before is None:
        return keep_and_draw(context, written)
    again = replace(written, wanted=read_new_look(before.typed, written.wanted))
    return keep_and_draw(context, again, list_own(before.typed))


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


def _offer_apart(context: ListenerContext, written: Written, meanwhile: SavedMeanwhile) -> View:
    """Somebody saved the draft meanwhile: nothing is overwritten, and this can be saved as a post of its own."""
    told = (
        f"{meanwhile.who} saved version {meanwhile.seq} of this draft while you were writing, so yours was not saved "
        "over it. From here, yours is saved as a post of its own; or press Back and cancel, and open theirs."
    )
    apart = replace(written, about=replace(written.about, seen=None))
    return keep_and_draw(context, apart, [*apart.wanted.variants], [told])


def _finish(context: ListenerContext, written: Written, post_id: str) -> View:
    """It is saved: nothing of it is offered again. Says what happens next."""
    about = f"new:{written.about.seen.post_id}" if written.about.seen else "new"
    context.services.do(composing.forget, written.person, written.root, about)
    done = context.services.look(queries.load_done, post_id)
    if done is None:
        raise NoSuchPost
    return draw_new_done(done, context.place)


def _update(view: View) -> Answer:
    return {"response_action": "update", "view": view}
