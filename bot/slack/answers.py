"""Private answers to people, and the one place where every refusal becomes one.

Slack stamps each with its time. Nobody can change one later, so what may soon be untrue says of when it is in its own
words: "NOT paused (today at 14:02)".

They are sent from another thread, so that no acknowledgement waits for them. A click that failed is acknowledged all
the same, because Slack never repeats clicks, and the alternative is a warning sign that tells the person nothing.
Events are the opposite: an error leaves them unacknowledged, and Slack delivers them again.
"""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Event, local
from typing import Any

from slack_bolt import BoltResponse
from slack_sdk import WebClient
from slack_sdk.web import SlackResponse
from slack_sdk.webhook import WebhookClient

from bot.domain.people import Names
from bot.domain.refusals import FieldErrors, Refusal, Repeated
from bot.slack import direct
from bot.slack.ids import Malformed
from bot.slack.payloads import Click, Where, find_where
from bot.slack.transport.calls import Answered, Heard, SaidNo, hear, hear_hook
from bot.slack.transport.repeats import ask_again, hear_again
from bot.slack.views.answers import draw_sentence
from bot.slack.views.blocks import Message
from bot.slack.views.posts.dialogs import draw_notice_dialog, to_field_errors
from bot.slack.views.text import mentions
from bot.store.engine.errors import CommitUnknown, StoreError

log = logging.getLogger(__name__)

SHOWN_AFTER = 10  # tries, 0.3 s apart
TELLING_AT_ONCE = 8  # some may be waiting for Slack to take their answer

Json = dict[str, Any]
JSON_HEADERS: dict[str, str | Sequence[str]] = {"content-type": ["application/json"]}

OLD_BUTTON = "Byhand cannot read that button; it may be older than this Byhand. Nothing was changed."
NO_DIALOG = "Slack did not open the dialog in time. Nothing was changed: please press again."
NOT_SAVED = "Byhand could not save that. Nothing was changed: please try again in a moment."
MAYBE_SAVED = "Byhand does not know whether that was saved. Please look before you press again."
OUR_FAULT = (
    "Something went wrong in Byhand; its log says what. Please look at the post before you press again."
)


class NotOpened(Exception):
    """Slack did not open a dialog while its trigger lived."""


class Answers:
    """`client`: retries nothing, times out after two seconds; what is repeated is in `transport/repeats.py`.
    `now`: this moment as mrkdwn, for sentences that may soon be untrue."""

    def __init__(self, client: WebClient, now: Callable[[], str]) -> None:
        self._client = client
        self._now = now
        self._pool = ThreadPoolExecutor(TELLING_AT_ONCE, thread_name_prefix="answers")
        self._stopping = Event()
        self._here = local()

    def note_arrival(self) -> None:
        """What this thread handles now has just come in: its trigger lives three seconds from here."""
        self._here.since = time.monotonic()

    def open(self, trigger_id: str, view: Json) -> str:
        """Open a dialog, inside the listener: its id. Raises NotOpened."""
        heard = hear_again(
            "views.open",
            lambda: hear(lambda: self._client.views_open(trigger_id=trigger_id, view=view)),
            self._stopping.wait,
            began=getattr(self._here, "since", None),
        )
        if not isinstance(heard, Answered):
            raise NotOpened(str(heard))
        return str((heard.data.get("view") or {}).get("id") or "")

    def open_for(self, click: Click, view: Json) -> str:
        """Where it was pressed: over the dialog that the button stands in, else one of its own: then its id. Raises
        NotOpened."""
        if click.form is None:
            return self.open(click.trigger_id, view)
        self.push(click.trigger_id, view)
        return ""

    def push(self, trigger_id: str, view: Json) -> None:
        """Put a dialog over the one that was pressed in; returns at once."""
        self.later(partial(self._push, trigger_id, view))

    def _push(self, trigger_id: str, view: Json) -> None:
        heard = self._again("views.push", lambda: self._client.views_push(trigger_id=trigger_id, view=view))
        if not isinstance(heard, Answered):
            log.warning("a dialog was not shown: %s", heard)

    def update(self, view_id: str, view: Json) -> None:
        """Draw a dialog anew that is open; returns at once. What was typed or ticked in it stays."""
        self.later(partial(self._update, view_id, view))

    def _update(self, view_id: str, view: Json) -> None:
        heard = self._again("views.update", lambda: self._client.views_update(view_id=view_id, view=view))
        if not isinstance(heard, Answered):
            log.warning("a dialog was not drawn anew: %s", heard)

    def update_named(self, name: str, view: Json) -> None:
        """Draw a dialog anew by its `external_id`, from a thread of its own. It was the answer to a submit just now, so
        Slack may not have it yet."""
        for _ in range(SHOWN_AFTER):
            show = partial(self._client.views_update, external_id=name, view=view)
            heard = self._again("views.update", show)
            if not (isinstance(heard, SaidNo) and heard.error == "not_found"):
                break
            self._stopping.wait(0.3)
        if not isinstance(heard, Answered):
            log.warning("a dialog was not drawn anew: %s", heard)

    def later(self, work: Callable[[], None]) -> None:
        """Do what nobody waits for; returns at once. What fails is in the log: nobody else hears of it."""
        self._pool.submit(_logged, work)

    def tell(self, there: Where, sentence: str) -> None:
        """Tell one person, privately; returns at once."""
        self.later(partial(self._tell, there, sentence))

    def _tell(self, there: Where, sentence: str) -> None:
        if there.channel is not None:
            method, content = "chat.postEphemeral", self._content(draw_sentence(sentence))
            heard = self._again(method, lambda: self._client.chat_postEphemeral(**_private(there), **content))
        else:
            view, trigger = draw_notice_dialog("Byhand", sentence), there.trigger_id or ""
            method, show = "views.open", self._client.views_open
            if there.in_dialog:
                method, show = "views.push", self._client.views_push
            heard = self._again(method, lambda: show(trigger_id=trigger, view=view))
        if not isinstance(heard, Answered):
            log.warning("%s could not be told %r: %s", there.user, sentence, heard)

    def show(self, there: Where, message: Message) -> bool:
        """Show one person a message privately, before anything is acknowledged; False: nobody knows whether they
        have it. Where Slack refuses it, showing it again would be no better."""
        return isinstance(self.try_to_show(there, message), Answered | SaidNo)

    def try_to_show(self, there: Where, message: Message) -> Heard:
        """The same, and what Slack said."""
        content = self._content(message)
        heard = self._again("preview", lambda: self._client.chat_postEphemeral(**_private(there), **content))
        if isinstance(heard, SaidNo):
            log.error("%s could not be shown a private message: %s", there.user, heard)
        return heard

    def send_directly(self, user: str, message: Message, metadata: Mapping[str, Any] | None = None) -> Heard:
        """The same as a direct message, where the channel is closed to them or to us. `metadata`: it can be found
        again by it."""
        content = self._content(message) | ({"metadata": dict(metadata)} if metadata else {})
        return direct.send(self._client, user, content, self._stopping.wait)

    def find_directly(
        self, user: str, metadata: Mapping[str, Any], since: float
    ) -> list[direct.Place] | Heard:
        """The direct messages since then (seconds) that carry this, the oldest first."""
        return direct.find(self._client, user, metadata, since)

    def change_directly(self, channel: str, ts: str, message: Message) -> Heard:
        """Put another message in the place of one that was sent directly."""
        return direct.change(self._client, channel, ts, self._content(message), self._stopping.wait)

    @property
    def is_stopping(self) -> bool:
        return self._stopping.is_set()

    def replace(self, there: Where, response_url: str, message: Message) -> None:
        """Put a message in the place of the private one that was pressed; returns at once."""
        self.later(partial(self._replace, there, response_url, message))

    def _replace(self, there: Where, response_url: str, message: Message) -> None:
        """A press in something else than a private message is answered by a private one of its own."""
        if response_url:
            hook = WebhookClient(response_url, timeout=self._client.timeout, retry_handlers=[])
            body = self._content(message) | {"replace_original": True}
            heard = hear_again(
                "response_url", lambda: hear_hook(lambda: hook.send_dict(body)), self._stopping.wait
            )
            if isinstance(heard, Answered):
                return
            log.warning("a private message was not replaced: %s", heard)
        self.show(there, message)

    def _again(self, method: str, call: Callable[[], SlackResponse]) -> Heard:
        return ask_again(method, call, self._stopping.wait)

    def on_error(self, error: Exception, body: Json) -> BoltResponse | None:
        """What Slack is answered when a listener raised. None: not acknowledged (events only)."""
        there = find_where(body)
        if there is None:
            log.error("an event was not handled; Slack will deliver it again", exc_info=error)
            return None
        if isinstance(error, Repeated):
            return BoltResponse(status=200)
        sentence = _sentence(error)
        if body.get("type") == "view_submission":
            return self._under_fields(error, sentence, body["view"], there)
        if "command" in body:
            return self.respond(draw_sentence(self._dated(sentence)))
        self.tell(there, self._dated(sentence))
        return BoltResponse(status=200)

    def _dated(self, sentence: str) -> str:
        """What may soon be untrue says of when it is: "NOT paused (today at 14:02): …"."""
        return re.sub("NOT (paused|stopped)", lambda no: f"{no[0]} ({self._now()})", sentence, count=1)

    def _under_fields(
        self, error: Exception, sentence: str, view: Mapping[str, Any], there: Where
    ) -> BoltResponse:
        """In the dialog, which stays open: nothing typed is lost. Without a field, privately."""
        under, plainly = (error.under, error.sentence) if isinstance(error, Refusal) else ("", sentence)
        fields = error.fields if isinstance(error, FieldErrors) else {under: plainly}
        errors = to_field_errors(view, fields)
        if not errors:
            self.tell(there, sentence)
            return BoltResponse(status=200)
        return make_response({"response_action": "errors", "errors": errors})

    def respond(self, message: Message) -> BoltResponse:
        """The answer to a command, seen by its person alone."""
        return make_response({"response_type": "ephemeral"} | self._content(message))

    @staticmethod
    def _content(message: Message) -> Json:
        return {"text": message.text, "blocks": message.blocks}

    def close(self) -> None:
        self._stopping.set()
        self._pool.shutdown(wait=True, cancel_futures=False)


def _logged(work: Callable[[], None]) -> None:
    try:
        work()
    except Exception:  # a boundary: a pool keeps what was raised for somebody who asks, and nobody does
        log.exception("what was to be done besides was not done")


def _private(there: Where) -> Json:
    return {"channel": there.channel, "user": there.user, "thread_ts": there.thread_ts, "parse": "none"}


def make_response(body: Json) -> BoltResponse:
    return BoltResponse(status=200, body=json.dumps(body), headers=JSON_HEADERS)


def _sentence(error: Exception) -> str:
    match error:
        case Refusal():
            return _mention(error)
        case Malformed():
            return OLD_BUTTON
        case NotOpened():
            log.warning("a dialog was not opened: %s", error)
            return NO_DIALOG
        case CommitUnknown():
            return MAYBE_SAVED
        case StoreError():
            log.error("a click was not saved", exc_info=error)
            return NOT_SAVED
    log.error("a listener failed", exc_info=error)
    return OUR_FAULT


def _mention(refusal: Refusal) -> str:
    """Its sentence where people can be mentioned, which no field of a dialog can."""
    told = vars(refusal)
    people = {name: mentions(each.ids) for name, each in told.items() if isinstance(each, Names)}
    return refusal.words.format_map({**told, **people})
