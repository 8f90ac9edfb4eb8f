"""Posts that somebody had begun to write: what their dialogs held, and those that are set aside for others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import uuid4

from bot.domain.inbox_refusals import NothingKnown
from bot.domain.people import Person
from bot.domain.shown.new_post import EarlierPost
from bot.services import aside
from bot.services.begun import Typed
from bot.services.posts import composing
from bot.services.posts.create import NewPost
from bot.slack import begun
from bot.slack.context import ListenerContext
from bot.slack.ids import Dialog, Field, Malformed, parse_id
from bot.slack.payloads import Click
from bot.slack.posts.forms import read_typed
from bot.slack.posts.new_forms import read_new_look, read_new_post
from bot.slack.values.new_post import NONE, NewAbout, format_new, parse_new
from bot.slack.views.text import cut
from bot.store.slack.begun import Begun

DROPPED = "Byhand keeps {most} posts that you had begun. The oldest had to make room, and is not kept any more: {words}"
SHOWN = 200  # characters of it


@dataclass(frozen=True)
class Others:
    """What a person had begun besides, and what is to be told of it."""

    posts: tuple[EarlierPost, ...] = ()
    told: tuple[str, ...] = ()


def set_aside(context: ListenerContext, person: Person, text: str = "") -> Others:
    """The new post that this person had begun makes room for another one, and is kept. `text`: of that other one."""
    moved = context.services.do(aside.set_aside, person.id, text)
    return Others(_list(context, person), _tell_dropped(moved.dropped))


def find_others(context: ListenerContext, person: Person, shown: Begun | None) -> Others:
    """What was set aside, but for what is `shown` again."""
    there = context.services.look(aside.list_aside, person.id)
    if shown is not None and any(row.view_id == shown.view_id for row in there):
        context.services.do(aside.note_shown, person.id, shown.view_id)
    return Others(_list(context, person, shown.view_id if shown else ""))


def take_up(context: ListenerContext, click: Click) -> tuple[Begun, Others]:
    """What was set aside is this person's new post again, and what stands in the dialog is set aside in its place.
    Raises NothingKnown."""
    view_id = "" if click.value == NONE else parse_id(click.value)
    moved = context.services.do(aside.take_up, click.person.id, view_id, _read_shown(click))
    if moved.taken is None:
        raise NothingKnown
    return moved.taken, Others(told=_tell_dropped(moved.dropped))


def start_over(context: ListenerContext, click: Click) -> Others:
    """What stands in the dialog is set aside. Raises Malformed."""
    shown = _read_shown(click)
    if shown is None:
        raise Malformed("it stands in the dialog of a new post")
    moved = context.services.do(aside.start_over, click.person.id, shown, f"over-{uuid4().hex}")
    return Others(_list(context, click.person), _tell_dropped(moved.dropped))


def _read_shown(click: Click) -> aside.Shown | None:
    """The dialog as it is filled in; None where it is of a draft, which is kept by itself."""
    if click.form is None or click.form.dialog is not Dialog.NEW_POST:
        return None
    about = parse_new(click.form.metadata)
    typed = Typed(click.form.view_id, click.form.metadata, click.form.typed)
    return None if about.seen else aside.Shown(typed, about.kept_of)


def _list(context: ListenerContext, person: Person, shown: str = "") -> tuple[EarlierPost, ...]:
    there = context.services.look(aside.list_aside, person.id, shown)
    return tuple(EarlierPost(row.view_id, row.at, read_typed(row.typed, Field.TEXT)) for row in there)


def _tell_dropped(dropped: Sequence[Begun]) -> tuple[str, ...]:
    said = (" ".join(read_typed(row.typed, Field.TEXT).split()) for row in dropped)
    return tuple(
        DROPPED.format(most=aside.MOST, words=f"“{cut(each, SHOWN)}”" if each else "it had no text.")
        for each in said
    )


def restore(context: ListenerContext, person: Person, about: NewAbout, before: Begun) -> tuple[str, NewPost]:
    """Both screens as they were left, and the dialog under which the rest of them is kept."""
    for kept_of in (before.view_id, parse_new(before.seen).kept_of):
        kept = load_kept(context, person, replace(about, kept_of=kept_of)) if kept_of else None
        if kept is not None:
            return kept_of, read_new_post(before.typed, kept, list_known(context))
    return "", read_new_post(before.typed, load_before(context, person, about), list_known(context))


def load_before(context: ListenerContext, person: Person, about: NewAbout) -> NewPost:
    """What there was before this dialog: kept of an earlier one, the draft, or nothing."""
    kept = load_kept(context, person, about) if about.kept_of else None
    draft = context.services.look(composing.load_draft, about.seen) if about.seen and kept is None else None
    known = list_known(context)
    return kept or draft or NewPost(known if len(known) == 1 else (), "", None)


def load_kept(context: ListenerContext, person: Person, about: NewAbout) -> NewPost | None:
    """With what was typed into its second screen."""
    kept = context.services.look(composing.find, person, about.kept_of)
    look = begun.find(context, person.id, Dialog.NEW_LOOK, format_new(about)) if kept else None
    return read_new_look(look.typed, kept) if look and kept else kept


def list_known(context: ListenerContext) -> tuple[str, ...]:
    """The accounts of the settings."""
    return tuple(context.services.policy.accounts)
