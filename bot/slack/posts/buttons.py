"""The buttons on a post's card that act at once. Refusals pass through to `slack/answers.py`."""

from __future__ import annotations

from bot.services.deliveries import overrides
from bot.services.posts import review
from bot.slack.context import ListenerContext
from bot.slack.ids import parse_delivery
from bot.slack.payloads import Click


def approve(context: ListenerContext, click: Click) -> None:
    context.services.do(review.approve, click.person, click.seen, click.key)


def go(context: ListenerContext, click: Click) -> None:
    context.services.do(review.go, click.person, click.seen, click.key)


def undo(context: ListenerContext, click: Click) -> None:
    context.services.do(review.undo, click.person, click.seen, click.key)


def kill(context: ListenerContext, click: Click) -> None:
    context.services.do_first(review.kill, click.person, click.seen, click.key)


def bring_back(context: ListenerContext, click: Click) -> None:
    context.services.do(review.bring_back, click.person, click.seen, click.key)


def post_now(context: ListenerContext, click: Click) -> None:
    context.services.do(review.post_now, click.person, click.seen, click.key)


def stop_rest(context: ListenerContext, click: Click) -> None:
    context.services.do_first(overrides.stop_rest, click.person, click.seen, click.key)


def try_again(context: ListenerContext, click: Click) -> None:
    context.services.do(overrides.try_again, click.person, parse_delivery(click.value), click.key)


def confirm_sent(context: ListenerContext, click: Click) -> None:
    context.services.do(overrides.confirm_sent, click.person, parse_delivery(click.value), click.key)


def acknowledge_link(context: ListenerContext, click: Click) -> None:
    """A link button: Slack opened the address itself and only wants an acknowledgement."""
