"""What people post themselves: taken by a press, and how it went."""

from __future__ import annotations

from bot.domain.people import Person
from bot.domain.refusals import NothingToSend
from bot.domain.shown.post_screens import PostCard
from bot.services.deliveries import by_hand, take_down
from bot.services.deliveries.overrides import find_post_of
from bot.services.queries.posts import load_card
from bot.services.unit_of_work import UnitOfWork
from bot.slack import begun
from bot.slack.context import ListenerContext
from bot.slack.ids import Dialog, Field, parse_delivery, parse_without
from bot.slack.payloads import Click, Submit
from bot.slack.posts.forms import read_typed
from bot.slack.views.posts.card_by_hand import draw_it_is_up_dialog


def post_it(context: ListenerContext, click: Click) -> None:
    """Any team member's; what came first has it."""
    seen, account = parse_without(click.value)
    context.services.do(by_hand.begin, click.person, seen, account, click.key)


def open_it_is_up(context: ListenerContext, click: Click) -> None:
    delivery_id = parse_delivery(click.value)
    card = context.services.look(_card_of, click.person, delivery_id)
    before = begun.find(context, click.person.id, Dialog.IT_IS_UP, delivery_id)
    typed = read_typed(before.typed, Field.ADDRESS) if before else ""
    context.answers.open(click.trigger_id, draw_it_is_up_dialog(card, delivery_id, context.place, typed))


def submit_it_is_up(context: ListenerContext, submit: Submit) -> None:
    address = read_typed(submit.values, Field.ADDRESS)
    context.services.do(by_hand.say_up, submit.person, parse_delivery(submit.metadata), address, submit.key)


def say_not_up(context: ListenerContext, click: Click) -> None:
    context.services.do(by_hand.say_not_up, click.person, parse_delivery(click.value), click.key)


def submit_deleted(context: ListenerContext, submit: Submit) -> None:
    """[I deleted it], of what Byhand cannot delete."""
    delivery_id = parse_delivery(submit.metadata)
    context.services.do_first(take_down.say_deleted, submit.person, delivery_id, submit.key)


def _card_of(work: UnitOfWork, person: Person, delivery_id: str) -> PostCard:
    """Its post, where this person may say how it went."""
    by_hand.check_may_say(work, person, delivery_id)
    card = load_card(work, find_post_of(work, delivery_id))
    if card is None:
        raise NothingToSend(account="that account")
    return card
