"""After a pause: whoever wrote an answer that it kept from being sent is shown it again, alone, with Send.

A thread of its own that looks at the database, so that it does not matter who resumed, and from where; one that ended
before it had shown them all shows the rest after the next start. Shown twice, it is still one draft, sent once. Where
Slack does not let it be shown in the thread, or its account has left the settings, the writer gets the words back.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from threading import Event, Thread

from bot.services.inbox import held_back
from bot.services.unit_of_work import Services
from bot.slack.answers import Answers
from bot.slack.payloads import Where
from bot.slack.transport.calls import Answered, Heard, SaidNo
from bot.slack.views.inbox.draft import draw_draft, draw_unsent_note
from bot.slack.views.text import Place
from bot.store.engine.leases import drop_lease, take_lease

log = logging.getLogger(__name__)

EVERY = 5.0  # seconds; what another process resumed is seen then
REST = 0.5  # seconds between two looks: a hundred changes need one
AFTER_TROUBLE = 60.0  # seconds until one that could not be shown is tried again
AFTER_REFUSAL = 3600.0  # and one that Slack refused, in the thread and by direct message
CARD_COMES_WITHIN = 600.0  # seconds; a card that is not up by then is waited for no longer
LEASE = timedelta(seconds=30)
NAME = "held_back"


class HeldBackAnswers:
    """`name`: this process; one at a time shows them."""

    def __init__(
        self, services: Services, answers: Answers, place: Callable[[], Place], *, name: str
    ) -> None:
        self._services = services
        self._answers = answers
        self._place = place
        self._name = name
        self._bell = Event()
        self._stopping = Event()
        self._not_before: dict[str, float] = {}  # draft -> when it is tried again
        self._first_tried: dict[str, float] = {}  # draft whose card is not up -> since when that is so
        self._thread = Thread(target=self._run, name="asking", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """Something changed; called after commits, so it only sets an event."""
        self._bell.set()

    def stop(self, timeout: float = 3.0) -> None:
        self._stopping.set()
        self._bell.set()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def _run(self) -> None:
        while not self._stopping.wait(REST):
            self._bell.clear()
            try:
                self._turn()
            except Exception:  # a boundary: whatever goes wrong with the database, it is looked at again
                log.exception("answers that were held back cannot be shown now")
            self._bell.wait(EVERY)

    def _turn(self) -> None:
        now = self._services.clock.elapsed()
        ids = self._services.look(held_back.list_held_back)
        for known in (self._not_before, self._first_tried):
            for over in known.keys() - set(ids):
                del known[over]
        due = [one for one in ids if self._not_before.get(one, now) <= now]
        for one in due:
            if self._stopping.is_set() or not self._holds_lease():
                return
            self._ask(one)
        if due:
            self._services.store.write(lambda db: drop_lease(db, NAME, self._name))

    def _holds_lease(self) -> bool:
        now = self._services.clock.now()
        return self._services.store.write(lambda db: take_lease(db, NAME, self._name, now, now + LEASE))

    def _ask(self, draft_id: str) -> None:
        """Each by itself: one that cannot be shown must not keep the others from their writers."""
        began = self._services.clock.elapsed()
        try:
            held = self._services.look(held_back.load_held_back, draft_id)
            shown = held is not None and not self._waits_for_card(held)
            heard = self._show(held) if held is not None and shown else None
            if held is not None and isinstance(heard, Answered):
                self._services.do(held_back.mark_shown, held)
                return
        except Exception:  # a boundary, as above
            log.exception("draft %s was not shown again after a pause", draft_id)
            heard = None
        rest = AFTER_REFUSAL if isinstance(heard, SaidNo) else AFTER_TROUBLE
        self._not_before[draft_id] = began + rest

    def _waits_for_card(self, held: held_back.HeldBack) -> bool:
        """What can be sent is asked in the thread, if its card comes soon; else its writer gets the words directly."""
        if held.place is not None or held.view is None:
            return False
        now = self._services.clock.elapsed()
        return now - self._first_tried.setdefault(held.unsent.draft_id, now) < CARD_COMES_WITHIN

    def _show(self, held: held_back.HeldBack) -> Heard:
        """In the thread; where Slack refuses that, or there is none, their words by direct message."""
        place = self._place()
        can_be_sent = held.view is not None
        back = draw_unsent_note(held.unsent, place, can_be_sent=can_be_sent)
        asked = draw_draft(held.view, place) if held.view is not None else back
        heard: Heard = SaidNo("its card is not up")
        if held.place is not None:
            heard = self._answers.try_to_show(Where(held.by, *held.place), asked)
        if isinstance(heard, SaidNo):
            heard = self._answers.send_directly(held.by, back)
        if not isinstance(heard, Answered):
            log.warning("draft %s was not shown again after a pause: %s", held.unsent.draft_id, heard)
        return heard
