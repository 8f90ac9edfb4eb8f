"""App Home: opened by a person, drawn by `home_pages.py`; a day of its week; and the list of all drafts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bot.services import looks
from bot.services.accounts import unpaid
from bot.services.posts import drafts
from bot.services.queries import home as home_queries
from bot.services.queries import inbox as inbox_queries
from bot.services.queries import week as week_queries
from bot.services.unit_of_work import Services
from bot.slack.context import ListenerContext
from bot.slack.ids import Dialog, Malformed, parse_scope
from bot.slack.payloads import Click, Event
from bot.slack.people import Directory
from bot.slack.values.day import parse_day
from bot.slack.values.drafts import parse_page
from bot.slack.views.home.drafts import draw_all_drafts
from bot.slack.views.home.home import draw_home_page
from bot.slack.views.home.week import draw_day_dialog
from bot.slack.views.text import Place


def open_home(context: ListenerContext, event: Event) -> None:
    """Not de-duplicated: drawing Home twice has no second effect. The Messages tab is not ours."""
    if event.inner.get("tab") == "home":
        context.home_pages.opened(str(event.inner["user"]))


def open_all_drafts(context: ListenerContext, click: Click) -> None:
    """[Show all … drafts] on Home."""
    context.answers.open(click.trigger_id, _draw_drafts(context, click, parse_page(click.value)))


def turn_drafts(context: ListenerContext, click: Click) -> None:
    """In that dialog: another page of it."""
    context.answers.update(click.view_id, _draw_drafts(context, click, parse_page(click.value)))


def open_day(context: ListenerContext, click: Click) -> None:
    """[Show] beside a day of the week ahead."""
    page = context.services.look(week_queries.load_day, parse_day(click.value), click.person)
    context.answers.open(click.trigger_id, draw_day_dialog(page, context.place))


def say_looked(context: ListenerContext, click: Click) -> None:
    """[I've looked] beside an account that Byhand does not read."""
    context.services.do(looks.say_looked, click.person, parse_scope(click.value), click.key)


def try_account(context: ListenerContext, click: Click) -> None:
    """[Try now] beside an account that is out of credits, and on the message that says so."""
    context.services.do(unpaid.try_now, click.person, parse_scope(click.value), click.key)


def delete_draft_there(context: ListenerContext, click: Click) -> None:
    """In that dialog: it goes from the page, too."""
    if click.form is None or click.form.dialog is not Dialog.ALL_DRAFTS:
        raise Malformed("it stands in a list of drafts")
    page = parse_page(click.form.metadata)
    context.services.do(drafts.delete_draft, click.person, click.seen, click.key)
    context.answers.update(click.view_id, _draw_drafts(context, click, page))


def _draw_drafts(context: ListenerContext, click: Click, below: int | None) -> dict[str, Any]:
    page = context.services.look(home_queries.load_drafts, click.person, below)
    return draw_all_drafts(page, context.place)


def draw_home(
    services: Services, directory: Directory, place: Place, user: str, troubles: Sequence[str] = ()
) -> dict[str, Any]:
    """The view one person gets."""
    person = directory.person(user)
    page = services.look(home_queries.load_home, person)
    inbox = services.look(inbox_queries.load_home_inbox, person) if services.policy.inbox_channel else None
    return draw_home_page(replace(page, inbox=inbox), place, troubles)
