"""Pausing: `/social pause`, Home's dialog, [Pause everything], and words that were only meant to pause.

A pause is committed first and described afterwards: whatever goes wrong with the answer, the gate is shut.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from bot.domain.gate import ALL
from bot.domain.refusals import NotPausedUnknown
from bot.services import in_time
from bot.services.pause import scope_words
from bot.services.queries import posts as post_queries
from bot.slack import begun
from bot.slack.context import ListenerContext
from bot.slack.ids import Dialog, Malformed
from bot.slack.pause.effects import pause_and_look
from bot.slack.payloads import Click, Submit, Typed
from bot.slack.posts import forms
from bot.slack.values.banner import parse_pause_now
from bot.slack.views.blocks import Message
from bot.slack.views.pause.pause import (
    Guessed,
    draw_not_paused,
    draw_pause_answer,
    draw_pause_dialog,
    draw_paused_dialog,
)
from bot.store.engine.errors import StoreError

log = logging.getLogger(__name__)
T = TypeVar("T")

GLANCE_SECONDS = 0.5  # what is only good to know holds up neither the dialog nor a "NOT paused" any longer
MOST_OFFERED = 4  # accounts that the answer to a near miss offers to pause


def pause(context: ListenerContext, typed: Typed) -> Message:
    scopes, reason = scope_words.read_pause(typed.rest, _names(context))
    told, shown = pause_and_look(context, typed.person, scopes, reason, typed.key)
    told = replace(told, guess=_guess(context, reason) if scopes == (ALL,) else None)
    return draw_pause_answer(told, shown, context.place)


def _guess(context: ListenerContext, reason: str) -> Guessed | None:
    found = scope_words.guess_accounts(reason, _names(context))
    if found is None:
        return None
    titles = dict.fromkeys(map(context.services.policy.title_of, found.accounts))
    return Guessed(found.typed, found.accounts, tuple(titles), found.rest)


def answer_near_miss(context: ListenerContext, typed: Typed, rest: str) -> Message:
    """To words that were meant to pause: whoever typed them must not think that it holds. `rest`: what follows them."""
    written = (
        f"/social {typed.word} {typed.rest}".strip()
        if typed.word in ("", "help")
        else f"/social {typed.word}"
    )
    return _answer_not_paused(context, written, rest)


def answer_mention(context: ListenerContext, words: str, rest: str) -> Message:
    """The same to "@Byhand pause"; `words`: what was written besides the mention."""
    return _answer_not_paused(context, f"@Byhand {' '.join(words.split())}", rest)


def _answer_not_paused(context: ListenerContext, written: str, rest: str) -> Message:
    names = _names(context)
    named = scope_words.find_accounts(rest, names)
    if not named.accounts and (guess := scope_words.guess_accounts(rest, names)) is not None:
        named = scope_words.Named(guess.accounts, guess.rest)
    offers = [((name,), context.services.policy.title_of(name)) for name in named.accounts[:MOST_OFFERED]]
    gates = _glance(lambda: context.services.look_first(post_queries.list_shut_gates)) or ()
    everything = next((one for one in gates if one.account is None), None)
    now = context.services.clock.now()
    return draw_not_paused(written, offers, named.rest, everything, now, context.place)


def pause_now(context: ListenerContext, click: Click) -> None:
    """[Pause everything] and its like, in an answer or a dialog; answered in its place."""
    try:
        scopes, reason = parse_pause_now(click.value)
    except Malformed:
        raise NotPausedUnknown from None
    if any(scope != ALL and scope not in context.services.policy.accounts for scope in scopes):
        raise NotPausedUnknown
    told, shown = pause_and_look(context, click.person, scopes, reason, click.key)
    if click.there is not None and click.there.channel is not None:
        answer = draw_pause_answer(told, shown, context.place)
        context.answers.replace(click.there, click.response_url, answer)
    else:
        context.answers.push(click.trigger_id, draw_paused_dialog(told, shown, context.place))


def _glance(question: Callable[[], T]) -> T | None:
    """What is known at once. None: the database does not say, and nobody waits for it."""
    try:
        return in_time.wait_for(question, GLANCE_SECONDS, "pause-glance")
    except (StoreError, TimeoutError) as error:
        log.warning("not known at once: %s", error)
        return None


def _names(context: ListenerContext) -> scope_words.Names:
    return scope_words.list_names(context.services.policy, context.services.accounts)


def open_pause(context: ListenerContext, click: Click) -> None:
    accounts = [(name, each.title) for name, each in context.services.policy.accounts.items()]
    context.answers.open(click.trigger_id, draw_pause_dialog(accounts, *_begun(context, click)))


def _begun(context: ListenerContext, click: Click) -> tuple[str | None, str, datetime | None]:
    """What this person had begun to type there; nothing keeps the dialog from opening."""
    before = _glance(lambda: begun.find(context, click.person.id, Dialog.PAUSE, ""))
    reason = forms.read_reason(before.typed) if before else ""
    return (forms.read_scope(before.typed), reason, before.at) if before and reason else (None, "", None)


def submit_pause(context: ListenerContext, submit: Submit) -> dict[str, Any]:
    scope, reason = forms.read_scope(submit.values), forms.read_reason(submit.values)
    told, shown = pause_and_look(context, submit.person, (scope,), reason, submit.key)
    return {"response_action": "update", "view": draw_paused_dialog(told, shown, context.place)}
