"""`/social …`: each answers its person alone, in the acknowledgement itself."""

from __future__ import annotations

from bot.domain.shown.post_screens import Ahead
from bot.services.pause import scope_words
from bot.services.queries import posts as post_queries
from bot.services.queries import status as status_queries
from bot.services.queries import upcoming
from bot.slack.context import ListenerContext
from bot.slack.pause import near_miss, pause
from bot.slack.payloads import Typed
from bot.slack.views import answers, usage
from bot.slack.views.blocks import Message


def show_status(context: ListenerContext, typed: Typed) -> Message:
    services = context.services
    named = scope_words.find_accounts(typed.rest, scope_words.list_names(services.policy, services.accounts))
    if named.accounts and scope_words.fold(named.rest):
        return usage.draw_unknown_words("status", named.rest, _titles(context))
    only = scope_words.list_named(services.policy, services.accounts, typed.rest)
    page = services.look(status_queries.load_status, only)
    return answers.draw_status(page, context.place)


def show_upcoming(context: ListenerContext, typed: Typed) -> Message:
    found = context.services.look(upcoming.list_wanted, typed.rest, typed.person)
    if found is None:
        names = scope_words.list_names(context.services.policy, context.services.accounts)
        unknown = upcoming.read_words(typed.rest, names).other or typed.rest
        periods = [each.value for each in Ahead]
        guess = scope_words.guess_accounts(unknown, names)
        meant = dict.fromkeys(map(context.services.policy.title_of, guess.accounts)) if guess else {}
        takes = [*periods, *_titles(context)]
        return usage.draw_unknown_words("upcoming", unknown, takes, "the label of a post", list(meant))
    rows, wanted = found
    titles = [context.services.policy.title_of(name) for name in wanted.accounts]
    shut = context.services.look(post_queries.list_shut_gates)
    week = context.services.look(upcoming.judge_week, wanted)
    return answers.draw_upcoming(rows, wanted.period, context.place, shut, titles, wanted.other, week)


def _titles(context: ListenerContext) -> list[str]:
    return [each.title for each in context.services.policy.accounts.values()]


def show_help(context: ListenerContext, typed: Typed) -> Message:
    """With a command's word: of that. With more words, perhaps somebody is calling for help."""
    word, more = scope_words.split_word(typed.rest)
    if more and near_miss.read_near_miss("", typed.rest) is not None:
        return show_unknown(context, typed)
    return usage.draw_help(word) if usage.is_command(word) else usage.draw_unknown_command(typed.rest)


def show_unknown(context: ListenerContext, typed: Typed) -> Message:
    about_a_post = near_miss.names_post(typed.word, typed.rest)
    meant_to_pause = None if about_a_post else near_miss.read_near_miss(typed.word, typed.rest)
    if meant_to_pause is not None:
        return pause.answer_near_miss(context, typed, meant_to_pause)
    meant = "resume" if near_miss.means_resume(typed.word) else ""
    return usage.draw_unknown_command(f"{typed.word} {typed.rest}", meant, of_a_post=about_a_post)
