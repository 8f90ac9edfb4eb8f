"""The buttons on a post's card that act at once. Refusals pass through to `answers.py`."""

from __future__ import annotations

from bot.services.deliveries import overrides
from bot.services.posts import review
from bot.slack.context import Face
from bot.slack.ids import parse_delivery
from bot.slack.payloads import Click


def approve(face: Face, click: Click) -> None:
    face.office.do(review.approve, click.person, click.seen, click.key)


def undo(face: Face, click: Click) -> None:
    face.office.do(review.undo, click.person, click.seen, click.key)


def kill(face: Face, click: Click) -> None:
    face.office.do_first(review.kill, click.person, click.seen, click.key)


def bring_back(face: Face, click: Click) -> None:
    face.office.do(review.bring_back, click.person, click.seen, click.key)


def post_now(face: Face, click: Click) -> None:
    face.office.do(review.post_now, click.person, click.seen, click.key)


def stop_rest(face: Face, click: Click) -> None:
    face.office.do_first(overrides.stop_rest, click.person, click.seen, click.key)


def try_again(face: Face, click: Click) -> None:
    face.office.do(overrides.try_again, click.person, parse_delivery(click.value), click.key)


def it_is_there(face: Face, click: Click) -> None:
    face.office.do(overrides.it_is_there, click.person, parse_delivery(click.value), click.key)


def link(face: Face, click: Click) -> None:
    """A link button: Slack opened the address itself and only wants an acknowledgement."""
