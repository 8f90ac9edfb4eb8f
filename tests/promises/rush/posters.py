"""People who post themselves, in the same hurry: two want the same, some never say how it went."""

from __future__ import annotations

import random
import time

from bot.domain.deliveries import State
from bot.domain.posts import Post, Seen
from bot.domain.refusals import Refusal
from bot.services.deliveries import by_hand
from bot.services.unit_of_work import Services
from bot.store import deliveries
from bot.store.posts import posts
from tests.backend import ANNA, MAYA, TOM, key
from tests.promises.rush.judge import Begin, Told
from tests.promises.rush.people import Editor
from tests.promises.rush.workers import HANDS


class Poster(Editor):
    """Plans what people post themselves, takes it, and mostly says how it went."""

    def __init__(self, services: Services, told: Told, dice: random.Random, shared: list[Seen]) -> None:
        super().__init__(services, told, dice, shared)
        self._own: list[Seen] = []
        self._acts = [
            (4, self.plan), (2, self.plan_ahead), (16, self.take), (6, self.say), (1, self.approve), (2, self.go),
        ]  # fmt: skip

    def plan(self) -> None:
        super().plan()
        self._own.append(self.posts[-1])

    def some(self) -> Post:
        """Mostly what people post there; also what goes to other accounts as well."""
        if self._own and self.dice.random() < 0.6:
            chosen = self.dice.choice(self._own[-8:]).post_id
            found = self.services.look(lambda work: posts.load(work.db, chosen))
            if found is not None:
                return found
        return super().some()

    def choose_accounts(self) -> tuple[str, ...]:
        return tuple(self.dice.sample(HANDS, self.dice.choice((1, 1, 2))))

    def take(self) -> None:
        """Young posts first, as they stand on top of the channel."""
        post = self.some()
        theirs = [name for name in post.version.body.accounts if name in HANDS]
        if not theirs:
            raise Refusal
        account, by = self.dice.choice(theirs), self.dice.choice((MAYA, MAYA, TOM, ANNA))
        called = time.monotonic()
        self.services.do(by_hand.begin, by, post.version.seen, account, key())
        answered = time.monotonic()
        of_post = self.services.look(lambda work: deliveries.list_of_post(work.db, post.id))
        which = next(one.id for one in of_post if one.account == account)
        body = post.version.body
        if by.approver:
            self.told.a_yes(body.text)  # as Go: on their word others may post the rest, or again
        with self.told.lock:
            self.told.begins.append(
                Begin(called, answered, which, body.text, body.accounts, by.id, by.approver)
            )

    def say(self) -> None:
        """Anybody, of the youngest that are open; "I didn't" is for whoever has it alone."""
        with self.told.lock:
            young = self.told.begins[-12:]
        if not young:
            raise Refusal
        begin = self.dice.choice(young)
        found = self.services.look(lambda work: deliveries.load(work.db, begin.delivery))
        if found is None or found.state not in (State.SENDING, State.UNKNOWN):
            raise Refusal
        who = next(each for each in (MAYA, TOM, ANNA) if each.id == begin.by)
        self.told.an_end(begin.delivery)
        if self.dice.random() < 0.6:
            self.services.do(by_hand.say_up, who, begin.delivery, "https://example.com/p/1", key())
        else:
            self.services.do(by_hand.say_not_up, who, begin.delivery, key())
