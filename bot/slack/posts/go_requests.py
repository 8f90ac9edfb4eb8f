"""Posts of the same hour that ask for a Go: reading through them, one by one, and saying Go for one or for all."""

from __future__ import annotations

from typing import Any

from bot.domain.go_requests import Opened
from bot.domain.people import Person
from bot.domain.refusals import GoNotSaid
from bot.services.go import for_all
from bot.services.queries import approval_requests as queries
from bot.slack.context import ListenerContext
from bot.slack.payloads import Click, Submit
from bot.slack.values.go_request import GoPlace, parse_go_place
from bot.slack.values.read_through import parse_request
from bot.slack.views.posts.go_request import draw_go_page

Answer = dict[str, Any] | None


def open_read_go(context: ListenerContext, click: Click) -> None:
    request_id = parse_request(click.value)
    first = context.services.look(queries.find_first_to_go, click.person, request_id)
    context.answers.open(click.trigger_id, _draw(context, click.person, GoPlace(request_id, first)))


def turn(context: ListenerContext, click: Click) -> None:
    """In that dialog: another post of it, or what is left. What was opened stands in the dialog."""
    to = parse_go_place(click.value)
    before = parse_go_place(click.form.metadata if click.form else "")
    place = GoPlace(to.request_id, to.post_id, before.opened)
    context.answers.update(click.view_id, _draw(context, click.person, place))


def submit_read_go(context: ListenerContext, submit: Submit) -> Answer:
    """Go for the post that is shown, and the next one comes; behind the last, Go for all that were opened."""
    at = parse_go_place(submit.metadata)
    meant = [one for one in at.opened if at.post_id in (None, one.seen.post_id)]
    refused, after = None, at.post_id
    try:
        context.services.do(for_all.say_go_to_each, submit.person, meant, submit.key)
        after = context.services.look(queries.find_next_to_go, at.request_id, at.post_id)
    except GoNotSaid as error:
        refused = error.sentence
    place = GoPlace(at.request_id, after, at.opened)
    return {"response_action": "update", "view": _draw(context, submit.person, place, refused)}


def _draw(
    context: ListenerContext, person: Person, at: GoPlace, refused: str | None = None
) -> dict[str, Any]:
    opened: tuple[Opened, ...] = at.opened
    page = context.services.look(queries.load_go_page, person, at.request_id, at.post_id, opened, refused)
    return draw_go_page(page, context.place)
