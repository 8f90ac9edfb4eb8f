"""A pause, and what it did: who is told by then, what was under way, what stays open; all for the answer to whoever
paused.

The gate is shut first. What the database or Slack has not said in time is left out.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.gate import ALL
from bot.domain.people import Person
from bot.domain.shown.pause_screens import BannerView
from bot.services import in_time
from bot.services.pause import pause as pausing
from bot.services.pause.pause import PauseResult
from bot.services.queries import pause as pause_queries
from bot.slack.context import ListenerContext
from bot.slack.health import SLACK
from bot.slack.views.pause.pause import PausedAccount, Told
from bot.store.engine.errors import StoreError

log = logging.getLogger(__name__)

BANNER_SECONDS = 0.5  # for the banner to be up; a pause is answered within a second
BANNER_STEP = 0.05
ANSWER_SECONDS = 2.0  # for a pause and its answer; what the database has not said by then is left out


def pause_and_look(
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
    all_shut: bool = False  # everything is paused besides
    # Of each that this press paused; of one alone, of the pause that is on.
    shown: tuple[BannerView, ...] = ()
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
        *(_list_open_accounts(context) if first.scope != ALL else (None, False)),
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
        first.first, first.by, first.at, reason, channel,
        up=found.up, trouble=None if found.up or trouble is None else trouble.replace(channel, f"<#{channel}>"),
        approvers=tuple(each for each in policy.approvers if each != person.id),
        scopes=tuple(PausedAccount(one.scope, policy.title_of(one.scope), one.first, one.by, one.at) for one in named),
        still_open=found.still_open, all_shut=found.all_shut,
        under_way=tuple({one.delivery_id: one for view in found.shown for one in view.under_way}.values()),
        banners=found.banners, ended_drill=first.ended_drill,
    )  # fmt: skip


def _list_open_accounts(context: ListenerContext) -> tuple[tuple[str, ...] | None, bool]:
    """And whether everything is paused besides: then there is nothing wider to pause."""
    try:
        return context.services.look_first(pause_queries.list_open_accounts)
    except StoreError as error:
        log.warning("what stays open could not be read: %s", error)
        return None, False


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
