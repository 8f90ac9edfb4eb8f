"""Convert to JPEG, and what else makes an image fit: on a card it is an edit; in a dialog it waits for what saves.

It takes longer than Slack waits for an answer, so it is done in a thread of its own.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from bot.domain.preflight.conversions import Conversion
from bot.domain.refusals import Refusal
from bot.services.images.image_checks import ImageProblem
from bot.services.posts import conversions, edit
from bot.slack.context import ListenerContext
from bot.slack.ids import Dialog, Malformed
from bot.slack.payloads import Click, Where
from bot.slack.posts import editing, new_look

log = logging.getLogger(__name__)

THERE: Mapping[Dialog, Callable[[ListenerContext, Click], None]] = {
    Dialog.EDIT: editing.convert,
    Dialog.NEW_LOOK: new_look.convert,
}
UNDER_WAY = "Byhand is at it. The card shows what comes of it in a few seconds."
NOT_CONVERTED = "Nothing was changed. {why}"
OUR_FAULT = "Something went wrong in Byhand; its log says what."


def convert(context: ListenerContext, click: Click) -> None:
    """The button of a card."""
    wanted = context.services.look(conversions.find_wanted, click.person, click.seen)
    there = click.there or Where(click.person.id)
    context.answers.tell(there, UNDER_WAY)
    context.answers.later(partial(_convert, context, click, wanted, there))


def convert_there(context: ListenerContext, click: Click) -> None:
    """The same button in a dialog: nothing is saved by it."""
    dialog = new_look.read_form(click).dialog
    if dialog is Dialog.LOOKING:  # pressed twice: it is being done
        return
    if dialog not in THERE:
        raise Malformed(f"{dialog} converts nothing")
    THERE[dialog](context, click)


def _convert(context: ListenerContext, click: Click, wanted: Sequence[Conversion], there: Where) -> None:
    """Nobody else would tell its person why nothing happened."""
    try:
        made = conversions.convert(context.services, wanted)
        context.services.do(edit.save_converted, click.person, click.seen, made, click.key)
    except (Refusal, ImageProblem) as why:
        context.answers.tell(there, tell_why(why))
    except Exception:  # a boundary: the thread that this runs in would keep it to itself
        log.exception("an image was not converted")
        context.answers.tell(there, NOT_CONVERTED.format(why=OUR_FAULT))


def tell_why(why: Refusal | ImageProblem) -> str:
    if isinstance(why, Refusal):
        return why.sentence
    return NOT_CONVERTED.format(why=" ".join(filter(None, (why.sentence, why.mend))))
