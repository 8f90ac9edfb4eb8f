"""`/social inbox` and `/social hours`, answered to their person alone; and [Show all …] in Home."""

from __future__ import annotations

from bot.domain.shown.inbox_screens import InboxList
from bot.services.inbox import lifecycle
from bot.services.pause.scope_words import fold, split_word
from bot.services.queries import inbox as inbox_queries
from bot.slack.context import ListenerContext
from bot.slack.ids import Malformed
from bot.slack.payloads import Click, Typed
from bot.slack.views import answers, usage
from bot.slack.views.blocks import Message
from bot.slack.views.inbox.lists import draw_inbox, draw_inbox_dialog

WHICH = {"": InboxList.ALL} | {each.value: each for each in InboxList}


def show_inbox(context: ListenerContext, typed: Typed) -> Message:
    word, more = split_word(typed.rest)
    which = WHICH.get(word)
    if which is None or fold(more):
        unknown = typed.rest if which is None else more
        return usage.draw_unknown_words("inbox", unknown, [each.value for each in InboxList])
    page = context.services.look(inbox_queries.load_inbox, typed.person, which)
    return draw_inbox(page, context.place)


def open_inbox(context: ListenerContext, click: Click) -> None:
    """What `/social inbox …` answers, where nothing can be typed."""
    which = WHICH.get(click.value or "")
    if which is None:
        raise Malformed("not a list of conversations")
    lifecycle.check_team(click.person)
    page = context.services.look(inbox_queries.load_inbox, click.person, which)
    context.answers.open(click.trigger_id, draw_inbox_dialog(page, context.place))


def show_hours(context: ListenerContext, typed: Typed) -> Message:
    """The sentence for the profile, to be copied."""
    if fold(typed.rest):
        return usage.draw_unknown_words("hours", typed.rest, ())
    return answers.draw_sentence(context.services.look(inbox_queries.make_hours_sentence))
