"""The reconciler makes Slack match the database: the only file that posts or changes messages in channels.

One thread, under a lease, woken after commits. `chat.postMessage` has no idempotency key, so the database says "asked"
before a message is posted; while the answer is missing, the message is looked for in Slack by its metadata. One thread,
because Slack's limits leave nothing for a second one to do, and because one keeps the order by itself.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Event, Thread
from typing import Any

from slack_sdk import WebClient

from bot.domain.kinds import CALLING, CardType
from bot.domain.urgency import Urgency
from bot.services.unit_of_work import Services
from bot.slack.direct import SAFE
from bot.slack.health import SLACK, Health
from bot.slack.outbox.backoff import Backoff
from bot.slack.outbox.channels import ChannelNames
from bot.slack.outbox.lost_answers import LostAnswers, choose_method
from bot.slack.outbox.metadata import make_posting
from bot.slack.outbox.patience import Patience
from bot.slack.outbox.pins import Pins
from bot.slack.outbox.render import NotYet, Renderer
from bot.slack.transport.calls import (
    NO_CHANNEL,
    NO_ENTRY,
    NO_MESSAGE,
    NO_ROOM,
    UNREADABLE,
    Answered,
    Heard,
    NotSent,
    SaidNo,
    TooMany,
    Unknown,
    hear,
)
from bot.slack.transport.limits import POST, UPDATE, Limits
from bot.slack.views.blocks import Message
from bot.store.engine.errors import StoreError
from bot.store.engine.leases import drop_lease, take_lease
from bot.store.slack import card_lines, card_messages, cards, direct_cards
from bot.store.slack.cards import Card, Line

log = logging.getLogger(__name__)

GATHER = 0.25  # seconds; a look at a long backlog takes some milliseconds of everybody's time
LOOK_SHARE = 5  # works this many times as long as the look took, before it looks again
LINE_TRIES = 5  # then a line Slack refuses is given up, for the sake of the next one
LEASE = timedelta(seconds=30)
RENEW_EVERY = 10.0  # seconds


class Reconciler:
    """`client`: retries nothing (`retry_handlers=[]`). `approvers`: whom to tell of trouble, by user id.

    `alone`: no other process can be here (an SQLite file has one owner), so no lease has to run out first.
    """

    def __init__(
        self,
        services: Services,
        client: WebClient,
        artist: Renderer,
        health: Health,
        *,
        name: str,
        alone: bool,
        approvers: Callable[[], Sequence[str]],
        patience: Patience | None = None,
        limits: Limits | None = None,
    ) -> None:
        self._services = services
        self._client = client
        self._renderer = artist
        self._name = name
        self._alone = alone
        self._patience = patience or Patience()
        self._names = ChannelNames(services, client)
        self._limits = limits or Limits(services.clock.elapsed)
        self._backoff = Backoff(services, client, health, self._limits, approvers)
        self._pins = Pins(client, health, services.clock.elapsed, self._backoff.tell)
        self._lost_answers = LostAnswers(services, client, self._limits, self._patience)
        self._bell = Event()
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="outbox", daemon=True)
        self._lease_from = float("-inf")
        self._plain: set[str] = set()  # what Slack takes only as words
        self._moved: set[str] = set()  # lines that went on to another thread

    # -- the thread ------------------------------------------------------------------------------------

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """Something changed; called after commits, so it only sets an event."""
        self._bell.set()

    def stop(self, timeout: float = 8.0) -> None:
        """Let the call in hand end; what is open is settled after the next start."""
        self._stopping.set()
        self._bell.set()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._bell.clear()
            try:
                pause = self._turn()
            except Exception:  # a boundary: whatever goes wrong with the database, the reconciler tries again
                log.exception("the outbox is held up")
                pause = self._patience.idle
            if pause > 0:
                self._bell.wait(min(pause, self._patience.idle))
        self._let_lease_go()

    def _let_lease_go(self) -> None:
        """So that the next process need not wait until it runs out."""
        if self._lease_from > float("-inf"):
            try:
                self._services.store.write(lambda db: drop_lease(db, "desk", self._name))
            except StoreError:
                log.exception("the outbox's lease runs out by itself")

    def _turn(self) -> float:
        """Do what may be done now, the most urgent first; returns the seconds until there may be more."""
        if not self._holds_lease():
            return self._patience.idle
        self._lost_answers.delete_owed()
        now, began = self._services.clock.now(), self._services.clock.elapsed()
        jobs: list[Card | Line] = self._services.store.read(
            lambda db: [
                *cards.list_dirty(db, now),
                *cards.list_unsaid(db, now),
                *card_lines.list_faded(db, now),
            ]
        )
        if self._adopt(named := {job.channel for job in jobs if job.channel.startswith("#")}):
            return 0.0
        jobs = [job for job in jobs if job.channel not in named]
        jobs.sort(key=lambda job: job.turn)
        looked = self._services.clock.elapsed()
        return self._work_off(jobs, looked + LOOK_SHARE * (looked - began))

    def _work_off(self, jobs: list[Card | Line], worth_it: float) -> float:
        """Work through all, and again through those that Slack's limits held up; until it is `worth_it` (elapsed) to
        look anew."""
        while True:
            pause, held, full = self._patience.idle, [], set[str]()
            for job in jobs:
                if self._stopping.is_set() or not self._holds_lease():
                    return self._patience.idle
                left = self._held(job, full) or self._attend(job)
                if left > 0.0:
                    pause = min(pause, left)
                    held.append(job)
                elif self._bell.is_set() and self._services.clock.elapsed() > worth_it:
                    return 0.0
            got_on = len(held) < len(jobs)
            if got_on and (not held or pause > GATHER or self._services.clock.elapsed() > worth_it):
                return 0.0  # there may be more: lines below a card that is up now
            waited = min(pause, GATHER) if held else 0.0  # what comes in a burst is looked at together
            self._stopping.wait(waited)
            if not got_on:
                return pause - waited
            jobs = held

    def _held(self, job: Card | Line, full: set[str]) -> float:
        """Seconds for which Slack's limit for its channel holds it. In a channel that is full nobody is overtaken."""
        if job.ts is not None or job.asked_at is not None:
            return 0.0
        pause = self._patience.idle if job.channel in full else self._limits.wait(POST, job.channel)
        full |= {job.channel} if pause else set()
        return pause

    def _holds_lease(self) -> bool:
        elapsed = self._services.clock.elapsed()
        if self._alone or elapsed - self._lease_from < RENEW_EVERY:
            return True
        now = self._services.clock.now()
        mine = self._services.store.write(lambda db: take_lease(db, "desk", self._name, now, now + LEASE))
        self._lease_from = elapsed if mine else float("-inf")
        return mine

    def _attend(self, job: Card | Line) -> float:
        """One step for one card or line: 0.0 if it was taken, else the seconds until it may be."""
        try:
            if direct_cards.find_person(job.channel) is not None:
                return self._reach(job)
            if job.asked_at is not None:
                return self._look_for(job, job.asked_at)
            return self._post(job) if job.ts is None else self._redraw(job, job.ts)
        except StoreError:
            raise
        except Exception:  # a boundary: a card that cannot be drawn must not keep the others from Slack
            log.exception("%s cannot be shown", job.id)
            return self._back_off(job)

    def _reach(self, job: Card | Line) -> float:
        """It is for one person: first Slack has to say in which conversation."""
        reached = self._names.reach(job)
        if isinstance(reached, Card | Line):
            return self._attend(reached)
        if isinstance(reached, SaidNo | TooMany):
            return self._back_off(job, reached.seconds if isinstance(reached, TooMany) else 0.0)
        return self._could_not(job, POST, reached)

    # -- showing ---------------------------------------------------------------------------------------

    def _post(self, item: Card | Line) -> float:
        if pause := self._limits.wait(POST, item.channel):
            return pause
        message = self._draw(item)
        if not isinstance(message, Message):
            return self._nothing_to_show(item, message)
        now, began = self._services.clock.now(), self._services.clock.elapsed()
        if not self._services.store.write(lambda db: card_messages.mark_asked(db, item, now)):
            return 0.0
        item = replace(item, asked_at=now)
        # halted: others may have looked by now
        if self._services.clock.elapsed() - began > self._patience.look_after:
            self._write(card_messages.mark_not_posted, item, None)
            return 0.0
        self._limits.spend(POST, item.channel)
        heard = hear(lambda: self._client.chat_postMessage(**make_posting(item), **_content(message), **SAFE))
        if isinstance(heard, Answered):
            return self._posted(item, message, str(heard.data["ts"]))
        if isinstance(heard, Unknown):
            log.warning("no answer whether %s was posted (%s): will look", item.id, heard.why)
            self._backoff.trouble(SLACK, f"Slack did not answer: {heard.why}")
            return self._patience.idle
        self._write(card_messages.mark_not_posted, item, None)
        return self._could_not(item, POST, heard)

    def _posted(self, item: Card | Line, message: Message, ts: str) -> float:
        shown = 0 if message.unfinished else getattr(item, "wanted", 0)
        if self._lost_answers.keep(item, [ts], shown):
            self._pins.keep(item.channel, ts, message.pin)
        return self._well(item)

    def _redraw(self, item: Card | Line, ts: str) -> float:
        if pause := self._limits.wait(UPDATE, item.channel, urgent=item.urgency <= Urgency.DECISION):
            return pause
        message = self._draw(item)
        if not isinstance(message, Message):
            return self._nothing_to_show(item, message)
        self._pins.keep(item.channel, ts, message.pin)
        self._limits.spend(UPDATE, item.channel)
        place: dict[str, Any] = {"channel": item.channel, "ts": ts, "parse": "none"}
        heard = hear(lambda: self._client.chat_update(**place, **_content(message)))
        if isinstance(heard, Answered):
            self._now_shown(item)
            return self._well(item)
        return self._could_not(item, UPDATE, heard)

    def _now_shown(self, item: Card | Line) -> None:
        if isinstance(item, Card):
            self._write(card_messages.mark_drawn, item, item.wanted)
        else:
            self._write(card_lines.mark_drawn_again, item)

    def _draw(self, item: Card | Line) -> Message | NotYet | None:
        """`item` was read before the values it is drawn from: what changes meanwhile is drawn again."""
        draw: Any = self._renderer.line if isinstance(item, Line) else self._renderer.card
        message: Message | NotYet | None = self._services.look(draw, item)
        if isinstance(message, Message) and item.id in self._plain:
            return replace(message, blocks=[])
        return message

    def _nothing_to_show(self, item: Card | Line, why: NotYet | None) -> float:
        if why is not None:
            return self._patience.idle
        if item.ts is not None:
            self._now_shown(item)
        else:
            self._write(card_messages.give_up, item)
        return 0.0

    def _look_for(self, item: Card | Line, asked_at: datetime) -> float:
        """Is the message there whose answer was lost?"""
        left = self._lost_answers.settle(item, asked_at)
        if not isinstance(left, float):
            return self._could_not(item, choose_method(item), left)
        return left or self._well(item)

    # -- trouble ---------------------------------------------------------------------------------------

    def _could_not(self, item: Card | Line, method: str, heard: Heard) -> float:
        """Nothing changed in Slack, or nothing that may not be repeated: when to try again."""
        match heard:
            case TooMany(seconds):
                self._limits.hold(seconds, method=method)
                return seconds
            case SaidNo(error) if error in NO_MESSAGE:
                return self._rebuild(item)
            case SaidNo(error) if error in NO_CHANNEL:
                self._tell_of_pause(item)
                return self._backoff.closed(item.channel, error)
            case SaidNo(error) if error in NO_ENTRY:
                return self._backoff.trouble(SLACK, f"Slack does not let Byhand in: {error}.")
            case SaidNo(error, detail):
                return self._refused(item, error, detail)
            case NotSent(why) | Unknown(why):
                return self._backoff.trouble(SLACK, f"Slack cannot be reached: {why}")
        return self._patience.idle

    def _tell_of_pause(self, item: Card | Line) -> None:
        """A banner without a channel would leave the pause a secret: every approver gets its words, once."""
        if not isinstance(item, Card) or item.kind is not CardType.BANNER:
            return
        if isinstance(message := self._draw(item), Message):
            text = f"{message.text}\n<#{item.channel}> could not be told: please tell your team."
            self._backoff.tell_all(item.id, text)

    def _rebuild(self, item: Card | Line) -> float:
        """Somebody deleted the card in Slack (or, for a line, the card above it)."""
        if (
            isinstance(item, Line) and item.ts is not None
        ):  # a line that was up: nothing is left to draw again
            self._write(card_messages.give_up, item)
            return 0.0
        card_id = item.card_id if isinstance(item, Line) else item.id
        now = self._services.clock.now()

        def afresh(db: Any) -> None:
            if isinstance(item, Line):
                card_messages.mark_not_posted(db, item, None)
            if (card := cards.load(db, card_id)) is not None and card.ts is not None:
                card_lines.mark_lost(db, card, now)

        self._services.store.write(afresh)
        log.warning("the message of card %s is gone from Slack", card_id)
        return 0.0

    def _refused(self, item: Card | Line, error: str, detail: str) -> float:
        """Slack does not take this message. A fault of ours; a picture it cannot show yet is the usual one."""
        log.error("Slack refuses %s: %s %s", item.id, error, detail)
        if isinstance(item, Card) and self._renderer.without_pictures(item):
            return 0.0
        kind = item.card_kind if isinstance(item, Line) else item.kind
        if kind in CALLING and error in UNREADABLE and item.id not in self._plain:
            self._plain.add(item.id)  # words without buttons are better than a message nobody sees
            return 0.0
        if isinstance(item, Line) and (error in NO_ROOM or self._backoff.tries(item.id) >= LINE_TRIES):
            return self._elsewhere(item)
        return self._back_off(item)

    def _elsewhere(self, line: Line) -> float:
        """This thread does not take the line: what a customer wrote goes on in a new one, and is never given up."""
        if line.card_kind not in cards.THREADS or line.ts is not None:
            self._write(card_messages.give_up, line)
            return 0.0
        if line.id in self._moved:
            return self._back_off(line)
        self._moved.add(line.id)
        self._backoff.forget(line.id)
        self._write(card_lines.move_on, line, self._services.clock.now())
        return 0.0

    def _back_off(self, item: Card | Line, least: float = 0.0) -> float:
        seconds = max(least, self._backoff.next_try(item.id))
        until = self._services.clock.now() + timedelta(seconds=seconds)
        self._write(card_messages.put_off, item, until)
        return seconds

    def _adopt(self, named: set[str]) -> bool:
        """Find the ids of channels the settings give by name. True: some were found."""
        found, lost = self._names.adopt(named)
        for name, heard in lost.items():
            self._names.put_off(name, self._not_found(name, heard))
        return bool(found)

    def _not_found(self, name: str, heard: Heard | None) -> float:
        if isinstance(heard, TooMany):
            return heard.seconds
        if isinstance(heard, SaidNo):  # that is no reason to hold what goes elsewhere
            return self._backoff.trouble(name, f"Slack does not say which channel {name} is: {heard.error}.")
        if heard is not None:
            return self._backoff.trouble(SLACK, f"Slack cannot be asked for {name}: {heard}.")
        return self._backoff.closed(name, "channel_not_found")

    def _well(self, item: Card | Line) -> float:
        self._backoff.well(item)
        return 0.0

    def _write(self, change: Callable[..., None], item: Card | Line, *values: Any) -> None:
        self._services.store.write(lambda db: change(db, item, *values))


def _content(message: Message) -> dict[str, Any]:
    return {"text": message.text, "blocks": list(message.blocks)}
