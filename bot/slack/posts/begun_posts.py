"""Posts that somebody had begun to write: what their dialogs held, and one that is set aside for another."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.domain.people import Person
from bot.services import begun as begun_service
from bot.services.begun import Thing, Typed
from bot.services.posts import composing
from bot.services.posts.create import NewPost
from bot.slack import begun
from bot.slack.context import ListenerContext
from bot.slack.ids import Dialog
from bot.slack.posts.new_forms import read_new_look, read_new_post
from bot.slack.values.new_post import NewAbout, format_new, parse_new
from bot.store.slack.begun import Begun

ASIDE = Thing("new:before")


def set_aside(context: ListenerContext, person: Person) -> datetime | None:
    """The new post that this person had begun makes room for another one, and is kept. When they had begun it, or one
    that was set aside earlier; None: there is none."""
    before = begun.find(context, person.id, Dialog.NEW_POST, format_new(NewAbout()))
    if before is not None:
        typed = Typed(before.view_id, before.seen, before.typed)
        context.services.do(begun_service.keep, person.id, ASIDE, typed)
        return before.at
    return find_aside(context, person)


def find_aside(context: ListenerContext, person: Person, shown: Begun | None = None) -> datetime | None:
    """When they had begun what was set aside; None also where that is `shown` already."""
    earlier = _load_aside(context, person)
    return earlier.at if earlier and (shown is None or shown.view_id != earlier.view_id) else None


def _load_aside(context: ListenerContext, person: Person) -> Begun | None:
    return context.services.look(begun_service.find, person.id, ASIDE)


def take_up(context: ListenerContext, person: Person) -> Begun | None:
    """What was set aside is this person's new post again, and the other one is set aside in its place."""
    earlier = _load_aside(context, person)
    if earlier is None:
        return None
    context.services.do(begun_service.drop, person.id, ASIDE)
    set_aside(context, person)
    typed = Typed(earlier.view_id, earlier.seen, earlier.typed)
    context.services.do(begun_service.keep, person.id, Thing("new"), typed)
    return earlier


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
