"""The direct message that shows a plan: it is there once, whatever ends between Slack's answer and the note of it.

As the reconciler does for cards: "asked" is written down before it is posted, and where no answer was noted it is
looked for by its metadata before it is posted again.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime

from bot.services.plans import dropped
from bot.services.plans.dropped import Dropped
from bot.slack.context import ListenerContext
from bot.slack.outbox.metadata import make_plan_metadata
from bot.slack.transport.calls import Answered, Heard, SaidNo, Unknown
from bot.slack.views.blocks import Message

log = logging.getLogger(__name__)


class NotTold(Exception):
    """Its person has not heard: it is done again in a while. `after`: in so many seconds; None: as after trouble."""

    def __init__(self, why: str, after: float | None = None) -> None:
        super().__init__(why)
        self.after = after


def put_up(context: ListenerContext, plan: Dropped, message: Message) -> Dropped:
    """In the place of its message; where there is none, or it is gone, as a new one. Raises NotTold."""
    if context.answers.is_stopping:  # which cuts off images that are being checked
        raise NotTold("Byhand is stopping")
    if plan.message is None and plan.posted_at is not None:
        plan = _find_again(context, plan, plan.posted_at)
    if plan.message is not None and change(context, plan, message):
        return plan
    return _post(context, plan, message)


def change(context: ListenerContext, plan: Dropped, message: Message) -> bool:
    """False: it has none, or somebody deleted it. Raises NotTold."""
    if plan.message is None:
        return False
    heard = context.answers.change_directly(*plan.message, message)
    if not isinstance(heard, Answered | SaidNo):
        raise NotTold(str(heard))
    return isinstance(heard, Answered)


def _post(context: ListenerContext, plan: Dropped, message: Message) -> Dropped:
    context.services.do(dropped.note_posting, plan)
    heard = context.answers.send_directly(plan.person, message, make_plan_metadata(plan.id))
    if isinstance(heard, Answered):
        return _note_place(context, plan, (str(heard.data["channel"]), str(heard.data["ts"])))
    if isinstance(heard, Unknown):
        raise NotTold(str(heard), context.patience.look_after)
    _note_place(context, plan, None)
    raise NotTold(str(heard))


def _note_place(context: ListenerContext, plan: Dropped, place: dropped.Place | None) -> Dropped:
    context.services.do(dropped.note_place, plan, place)
    return replace(plan, message=place, posted_at=None)


def _find_again(context: ListenerContext, plan: Dropped, posted_at: datetime) -> Dropped:
    """With its message where it is there after all; without, where it is not. Raises NotTold: nobody knows yet."""
    patience = context.patience
    waited = (context.services.clock.now() - posted_at).total_seconds()
    if waited < patience.look_after:
        raise NotTold("Slack may not show it yet", patience.look_after - waited)
    found = _look_for(context, plan, posted_at.timestamp() - patience.skew)
    if isinstance(found, list) and found:
        return _note_place(context, plan, found[0])
    if waited < patience.post_again_after:
        raise NotTold("it may be there, or not", patience.look_after)
    log.warning("the message of a plan is not in Slack: it is posted again")
    return plan


def _look_for(context: ListenerContext, plan: Dropped, since: float) -> list[dropped.Place] | Heard:
    found = context.answers.find_directly(plan.person, make_plan_metadata(plan.id), since)
    if isinstance(found, list | SaidNo):  # an app installed before Byhand asked for im:history reads none
        return found
    raise NotTold(str(found))
