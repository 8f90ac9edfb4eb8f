"""Pausing: `/social pause`, Home's dialog, [Pause everything], and words that were only meant to pause.

A pause is committed first and described afterwards: whatever goes wrong with the answer, the gate is shut.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from bot.domain.gate import ALL
from bot.domain.people import Person
from bot.domain.policy import Policy
from bot.domain.refusals import NotPausedUnknown
from bot.domain.shown.pause_screens import BannerView
from bot.services import in_time
from bot.services.pause import pause as pausing
from bot.services.pause import scope_words
from bot.services.pause.pause import PauseResult
from bot.services.queries import pause as pause_queries
from bot.services.queries import posts as post_queries
from bot.slack import begun
from bot.slack.context import ListenerContext
from bot.slack.health import SLACK
from bot.slack.ids import Dialog, Malformed, parse_pause_now
from bot.slack.payloads import Click, Submit, Typed
from bot.slack.posts import forms
from bot.slack.views.blocks import Message
from bot.slack.views.pause.pause import (
    PausedAccount,
    Told,
    draw_not_paused,
    draw_pause_answer,
    draw_pause_dialog,
    draw_paused_dialog,
)
from bot.store.engine.errors import StoreError

log = logging.getLogger(__name__)
T = TypeVar("T")

BANNER_SECONDS = 0.5  # for the banner to be up; a pause is answered within a second
BANNER_STEP = 0.05
ANSWER_SECONDS = 2.0  # for a pause and its answer; what the database has not said by then is left out
GLANCE_SECONDS = 0.5  # what is only good to know holds up neither the dialog nor a "NOT paused" any longer
MOST_OFFERED = 4  # accounts that the answer to a near miss offers to pause


def pause(context: ListenerContext, typed: Typed) -> Message:
    scopes, reason = scope_words.read_pause(typed.rest, _names(context))
    told, shown = _pause(context, typed.person, scopes, reason, typed.key)
    return draw_pause_answer(told, shown, context.place)


def answer_near_miss(context: ListenerContext, typed: Typed, rest: str) -> Message:
    """To words that were meant to pause: whoever typed them must not think that it holds. `rest`: what follows them."""
    words = f"{typed.word} {typed.rest}".strip()
    named = scope_words.find_accounts(rest, _names(context))
    offers = [((name,), context.services.policy.title_of(name)) for name in named.accounts[:MOST_OFFERED]]
    gates = _glance(lambda: context.services.look_first(post_queries.list_shut_gates)) or ()
    everything = next((one for one in gates if one.account is None), None)
    return draw_not_paused(words, offers, named.rest, everything, context.place)


def pause_now(context: ListenerContext, click: Click) -> None:
    """[Pause everything] and its like, in an answer or a dialog; answered in its place."""
    try:
        scopes, reason = parse_pause_now(click.value)
    except Malformed:
        raise NotPausedUnknown from None
    if any(scope != ALL and scope not in context.services.policy.accounts for scope in scopes):
        raise NotPausedUnknown
    told, shown = _pause(context, click.person, scopes, reason, click.key)
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
    told, shown = _pause(context, submit.person, (scope,), reason, submit.key)
    return {"response_action": "update", "view": draw_paused_dialog(told, shown, context.place)}


def _pause(
    context: ListenerContext, person: Person, scopes: Sequence[str], reason: str, key: str
) -> tuple[Told, BannerView | None]:
    """Shut first; then what to say, as far as the database says it in time."""
    began = time.monotonic()
    done = pausing.pause_each_at_once(context.services, person, scopes, reason, key)
    left = max(ANSWER_SECONDS - (time.monotonic() - began), BANNER_SECONDS)
    try:
        found = in_time.wait_for(lambda: _look(context, done), left, "pause-answer")
    except TimeoutError:
        log.warning("what a pause did could not be read: no answer for %.1f s", left)
        found = _Found(context.services.policy.review_channel, up=not _choose_first(done).first)
    shown = found.shown[0] if found.shown and len(done) == 1 else None
    return _tell(context, person, reason, done, found), shown


def _choose_first(done: Sequence[PauseResult]) -> PauseResult:
    """The one the answer begins with: one that this press paused, if there is any."""
    return next((one for one in done if one.first), done[0])


@dataclass(frozen=True)
class _Found:
    """What the database says after a pause, for its answer."""

    channel: str  # where the banner goes
    up: bool
    still_open: tuple[str, ...] | None = None
    shown: tuple[
        BannerView, ...
    ] = ()  # of each that this press paused; of one alone, of the pause that is on
    banners: tuple[
        tuple[str, tuple[str, str]], ...
    ] = ()  # (what is paused, where its message is), if it is up


def _look(context: ListenerContext, done: Sequence[PauseResult]) -> _Found:
    first = _choose_first(done)
    review = context.services.policy.review_channel
    channel, up = _await_banner(context, first.pause_id) if first.first else (review, True)
    return _Found(
        channel,
        up,
        _list_open_accounts(context) if first.scope != ALL else None,
        tuple(
            view
            for one in done
            if one.first or len(done) == 1
            if (view := _load_banner(context, one.pause_id))
        ),
        _list_banners(context, done),
    )


def _list_banners(
    context: ListenerContext, done: Sequence[PauseResult]
) -> tuple[tuple[str, tuple[str, str]], ...]:
    found = []
    for one in done:
        try:
            channel, ts = context.services.look_first(pause_queries.find_banner_place, one.pause_id)
        except StoreError as error:
            log.warning("where a pause stands could not be read: %s", error)
            continue
        if ts is not None:
            found.append((context.services.policy.title_of(one.scope), (channel, ts)))
    return tuple(found)


def _tell(
    context: ListenerContext, person: Person, reason: str, done: Sequence[PauseResult], found: _Found
) -> Told:
    policy, channel, first = context.services.policy, found.channel, _choose_first(done)
    named = () if first.scope == ALL else done
    trouble = context.health.find(channel) or context.health.find(SLACK)
    return Told(
        first.first, first.by, first.at, reason, channel, _name_accounts(policy) if reason and not named else (),
        up=found.up, trouble=None if found.up or trouble is None else trouble.replace(channel, f"<#{channel}>"),
        approvers=tuple(each for each in policy.approvers if each != person.id),
        scopes=tuple(PausedAccount(one.scope, policy.title_of(one.scope), one.first, one.by, one.at) for one in named),
        still_open=found.still_open,
        under_way=tuple({one.delivery_id: one for view in found.shown for one in view.under_way}.values()),
        banners=found.banners,
    )  # fmt: skip


def _name_accounts(policy: Policy) -> tuple[str, ...]:
    """What each account can be called: its title, or its key where others have the same title."""
    titles = Counter(each.title for each in policy.accounts.values())
    return tuple(each.title if titles[each.title] == 1 else name for name, each in policy.accounts.items())


def _list_open_accounts(context: ListenerContext) -> tuple[str, ...] | None:
    try:
        return context.services.look_first(pause_queries.list_open_accounts)
    except StoreError as error:
        log.warning("what stays open could not be read: %s", error)
        return None


def _load_banner(context: ListenerContext, pause_id: str) -> BannerView | None:
    """None: the gate is shut, and nothing more can be read just now."""
    try:
        return context.services.look_first(pause_queries.load_banner, pause_id)
    except StoreError as error:
        log.warning("what a pause stopped could not be read: %s", error)
        return None


def _await_banner(context: ListenerContext, pause_id: str) -> tuple[str, bool]:
    """Where the banner goes, and whether it is up: the answer says who has been told. The gate is shut already."""
    until = context.services.clock.elapsed() + BANNER_SECONDS
    while True:
        try:
            channel, ts = context.services.look_first(pause_queries.find_banner_place, pause_id)
        except StoreError:
            return context.services.policy.review_channel, False
        if ts or context.health.find(channel) or context.services.clock.elapsed() > until:
            return channel, ts is not None
        time.sleep(BANNER_STEP)
