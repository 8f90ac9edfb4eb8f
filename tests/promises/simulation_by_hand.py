"""The same life with accounts that people post to: their presses, what they do there, and what they say of it.

What stands in for the network is a wall: what somebody put up there. Whoever has a post in hand puts it up at once, or
never; says so later, or never (their own computer died). What others say of it they read off the wall. Nobody lies.
The judge's notes are of what was pressed and of the wall; the bot is asked only what it shows, which is then compared.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from bot.domain.facts import FactKind
from bot.domain.people import Person
from bot.domain.policy import AccountPolicy, Policy
from bot.domain.posts import Status
from bot.domain.refusals import Refusal, Repeated
from bot.domain.shown.post_screens import PostCard
from bot.sandbox.networks.server import Published
from bot.services.deliveries import by_hand
from bot.services.pause import pause as pausing
from bot.services.queries.posts import load_card
from bot.services.unit_of_work import UnitOfWork
from bot.slack.ids import Act
from bot.slack.views.posts.card import draw_post_card
from bot.store import deliveries
from bot.store.tables.core import facts
from tests.backend import ANNA, GIL, MAYA, TOM, Backend, key, team
from tests.promises.simulation import Noted, Simulation, Yes

STORY, SIGN = HANDS = ("story", "sign")
WINDOWS = {STORY: timedelta(minutes=40), SIGN: timedelta(minutes=20)}
OPEN = (Status.REVIEW, Status.APPROVED, Status.PUBLISHING)
YOUNG = 10  # posts people look at


def hands_team() -> Policy:
    """Two accounts that Byhand posts to, and two that people do, each with a window of its own."""
    plain = team()
    theirs = {
        name: AccountPolicy(name, "manual", name.title(), window=window) for name, window in WINDOWS.items()
    }
    return replace(plain, accounts={**plain.accounts, **theirs})


@dataclass
class Hand:
    """One begin, as whoever pressed it knows it."""

    noted: Noted
    account: str
    by: Person
    at: datetime
    slot: datetime
    delivery: str
    posted: bool  # they put it up, at once
    silent: bool  # they never say so
    said: str = ""  # "up", "not"
    said_by: str = ""
    ended: datetime | None = None


class HandSimulation(Simulation):
    """`often`: how often people press, beside what else they do; `pauses`: how much more often they pause."""

    def __init__(
        self,
        backend: Backend,
        seed: int,
        *,
        workers: int = 1,
        releases: int = 2,
        often: int = 3,
        pauses: int = 1,
    ) -> None:
        self.hands: list[Hand] = []
        self.wall: list[tuple[str, Published]] = []  # (post, what somebody put up)
        self.closed: dict[
            tuple[str, str], tuple[datetime, datetime]
        ] = {}  # when it was stopped, of which slot
        self.offered = 0  # cards on which something was free
        super().__init__(backend, seed, workers=workers, releases=releases)
        self._actions = [
            each for each in self._actions if each[1] != self.edit
        ]  # an approver's ends all there is
        self._actions += [
            (10, self.plan), (16, self.approve), (8, self.go), (1, self.edit), (8, self.to_a_slot),
            (8 * often, self.take), (3 * often, self.say_how), (2 * often, self.somebody_says),
            (pauses, self.turn_gate),
        ]  # fmt: skip

    # --- what people do ------------------------------------------------------------------------------

    def choose_accounts(self) -> tuple[str, ...]:
        """Mostly something that people post, alone or beside what Byhand sends."""
        ours = self.chance.choice(("bakery", "cafe"))
        theirs = self.chance.choice(HANDS)
        return self.chance.choice(((theirs,), (theirs,), (ours, theirs), (ours, theirs), HANDS, (ours,)))

    def to_a_slot(self) -> str:
        """Something of it can be taken then."""
        ahead = [one.slot for one in self.notes[-YOUNG:] if one.slot > self.backend.clock.now()]
        if ahead:
            self.backend.clock.set(min(ahead) + timedelta(milliseconds=self.chance.choice((0, 0, 5))))
        return "a slot"

    def pause(self, scope: str) -> None:
        """Half of them do all that a pause does; the others shut the gate, and posts stand as they stood."""
        if self.chance.random() < 0.5:
            super().pause(scope)
        else:
            self.backend.services.do_first(pausing.pause, MAYA, scope, "recall", key())

    def take(self) -> str | None:
        """Somebody presses: once, twice, or two of them."""
        known = [(one, each) for one in self.notes[-YOUNG:] for each in one.accounts if each in HANDS]
        now, statuses = self.backend.clock.now(), self.backend.store.read(self._statuses)
        free = [
            (one, each)
            for one, each in known
            if one.slot <= now and statuses[one.seen.post_id] in OPEN and not self._open_hand(one, each)
        ]
        if not known:
            return None
        noted, account = self.chance.choice(free if free and self.chance.random() < 0.9 else known)
        person = self.chance.choice((MAYA, MAYA, MAYA, MAYA, TOM, ANNA, TOM, ANNA, GIL))
        status, seen, once = self.backend.status(noted.seen), self.seen(noted), key()
        self.backend.services.do(by_hand.begin, person, seen, account, once)
        self._begun(noted, account, person, status)
        self._presses_again(noted, account, lambda: self._press(person, noted, account, once), Repeated)
        self._presses_again(noted, account, lambda: self._press(ANNA, noted, account, key()), Refusal)
        return f"{person.name}: {noted.text[:6]} on {account}"

    def _press(self, person: Person, noted: Noted, account: str, once: str) -> None:
        self.backend.services.do(by_hand.begin, person, self.seen(noted), account, once)

    def _presses_again(
        self, noted: Noted, account: str, press: Callable[[], None], refusal: type[Exception]
    ) -> None:
        """The same click comes twice, or a colleague presses in the same second."""
        if self.chance.random() < 0.3:
            try:
                press()
            except refusal:
                return
            raise self.wrong(f"P4: two began {noted.text[:6]} on {account}")

    def _begun(self, noted: Noted, account: str, person: Person, status: Status) -> None:
        now = self.backend.clock.now()
        line = Published(now, account, "", None, noted.text)
        self._judge_begin(noted, line, person, status)
        delivery = self.backend.delivery_id(noted.seen, account)
        posted, silent = self.chance.random() < 0.7, self.chance.random() < 0.3
        self.hands.append(Hand(noted, account, person, now, noted.slot, delivery, posted, silent))
        self._judge_given(self.hands[-1])
        if posted:
            self.wall.append((noted.seen.post_id, line))

    def say_how(self) -> str | None:
        """Whoever has it, of what they did."""
        able = [one for one in self.hands if not one.said and not one.silent]
        return self._say_of(self.chance.choice(able), None) if able else None

    def somebody_says(self) -> str | None:
        """A colleague, who has looked."""
        able = [one for one in self.hands if not one.said]
        if not able:
            return None
        return self._say_of(self.chance.choice(able), self.chance.choice((ANNA, TOM, GIL)))

    def _say_of(self, hand: Hand, other: Person | None) -> str:
        person, once = other or hand.by, key()
        if self._ledger(hand.noted, hand.account):
            address = self.chance.choice(("", f"https://example.com/p/{len(self.wall)}"))
            self.backend.services.do(by_hand.say_up, person, hand.delivery, address, once)
            self._end_hand(hand, "up", person)
        else:
            self.backend.services.do(by_hand.say_not_up, person, hand.delivery, once)
            self._end_hand(hand, "not", person)
        return f"{person.name}: {hand.noted.text[:6]} on {hand.account} is {hand.said}"

    def _end_hand(self, hand: Hand, said: str, person: Person) -> None:
        hand.said, hand.said_by, hand.ended = said, person.id, self.backend.clock.now()

    def _open_hands(self, noted: Noted) -> list[Hand]:
        return [one for one in self.hands if one.noted is noted and not one.said]

    def _open_hand(self, noted: Noted, account: str) -> Hand | None:
        return next((one for one in self._open_hands(noted) if one.account == account), None)

    # --- what people do of any post, where it concerns what somebody has -----------------------------

    def stop_rest(self) -> str:
        stopped = super().stop_rest()
        noted = next(one for one in self.notes if one.text[:6] == stopped)
        for account in HANDS:
            if self._open_hand(noted, account) is None:
                self.closed[noted.seen.post_id, account] = self.backend.clock.now(), noted.slot
        return stopped

    def said_there(self, noted: Noted, account: str) -> None:
        if (hand := self._open_hand(noted, account)) is not None:
            self._end_hand(hand, "up", MAYA)

    def _try(self, noted: Noted, account: str, person: Person, delivery: str, state: str) -> None:
        super()._try(noted, account, person, delivery, state)
        hand = self._open_hand(noted, account)
        if hand is not None and state == "unknown" and noted.again.get(account) == self.backend.clock.now():
            self._end_hand(hand, "not", person)

    def try_again(self) -> str | None:
        """Of what is up nobody says that it is not."""
        hidden = {(one.noted.seen.post_id, one.account) for one in self.hands if one.posted and not one.said}
        noted = self.some(Status.FAILED, Status.MISSED, Status.PUBLISHING, Status.PUBLISHED)
        states = self.backend.states(noted.seen)
        able = sorted(each for each in states if (noted.seen.post_id, each) not in hidden)
        if not able:
            return None
        account, person = self.chance.choice(able), self.chance.choice((TOM, ANNA, MAYA))
        delivery = self.backend.delivery_id(noted.seen, account)
        self._try(noted, account, person, delivery, states[account])
        return f"{person.name}: {noted.text[:6]} on {account}, {states[account]}"

    def _answer(self, noted: Noted, account: str) -> None:
        hand = self._open_hand(noted, account)
        if hand is None:
            super()._answer(noted, account)
        else:
            with suppress(Refusal):
                self._say_of(hand, ANNA)

    def _ledger(self, noted: Noted, account: str) -> list[Published]:
        if account not in HANDS:
            return super()._ledger(noted, account)
        return [one for post, one in self.wall if (post, one.account) == (noted.seen.post_id, account)]

    # --- the judge -----------------------------------------------------------------------------------

    def _judge_begin(self, noted: Noted, line: Published, person: Person, status: Status) -> None:
        """Before it is written down: was this press allowed?"""
        what = f"{person.name} began {line.text[:6]} on {line.account}"
        if shut := self._shut_for(noted):
            raise self.wrong(f"P3: {what} while {shut} was shut")
        if person is GIL:
            raise self.wrong(f"P1: {what}, a guest")
        self._note_press(noted, person, status)
        self._judge_approvals(noted, line)
        start = max(noted.slot, noted.again.get(line.account, noted.slot))
        if not start <= line.at <= start + WINDOWS[line.account]:
            raise self.wrong(f"P5: {what} at {line.at:%H:%M:%S}, its moment was {start:%H:%M:%S}")
        begun = max((one.at for one in self.hands if one.account == line.account), default=None)
        if begun is not None and line.at - begun < timedelta(seconds=60):
            raise self.wrong(f"P5: {what} {line.at - begun} after another post")
        self._judge_once(noted, line.account, what)

    def _note_press(self, noted: Noted, person: Person, status: Status) -> None:
        """It is the Go, if there was none. Of what is being sent after a pause it is an approver's yes to the rest."""
        standing = self._standing(noted)
        words = {one.by for one in standing if one.what != "go"}
        needed = self.backend.policy.approvals
        if all(len(words & rule) >= needed for rule in self._rules(noted)):
            if all(one.what == "words" for one in standing):
                self._say(noted, "go", person)
        elif status is Status.PUBLISHING and self._was_approved(noted):
            noted.said = [one for one in noted.said if one.what == "go" or one.by != person.id]
            self._say(noted, "both", person)

    def _was_approved(self, noted: Noted) -> bool:
        return any(one.what == "both" and one.epochs != self._epochs(noted) for one in noted.said)

    def _judge_once(self, noted: Noted, account: str, what: str) -> None:
        """Another begin only where the last one came to nothing, and it was offered anew since."""
        mine = [one for one in self.hands if one.noted is noted and one.account == account]
        if mine and mine[-1].said != "not":
            raise self.wrong(f"P4: {what}, of which {mine[-1].by.name} said {mine[-1].said or 'nothing'}")
        ended = [(one.ended, one.slot) for one in mine if one.ended]
        ended += (
            [self.closed[noted.seen.post_id, account]] if (noted.seen.post_id, account) in self.closed else []
        )
        again = noted.again.get(account)
        for at, slot in ended:
            if slot == noted.slot and (again is None or again < at):
                raise self.wrong(f"P4: {what}, which was over, and nobody offered it anew")

    def _judge_given(self, hand: Hand) -> None:
        """Who has it is on the card; what they were given is what was approved, and is on record."""
        card = self._card(hand.noted)
        shown = next((one for one in card.by_hand if one.account == hand.account), None)
        if shown is None or shown.holder != hand.by.id:
            raise self.wrong(f"P8: {hand.by.name} has {hand.noted.text[:6]}, and the card says {shown}")
        text = next(one.text for one in card.accounts if one.name == hand.account)
        given = self.backend.services.look(lambda work: _read_given(work, hand.delivery))
        if not text == given == hand.noted.text:
            raise self.wrong(f"P1: {hand.by.name} was given {text!r}, on record is {given!r}")

    def _card(self, noted: Noted) -> PostCard:
        found = self.backend.services.look(load_card, noted.seen.post_id)
        assert found is not None
        return found

    def judge(self) -> None:
        super().judge()
        now, statuses = self.backend.clock.now(), self.backend.store.read(self._statuses)
        for noted in self.notes[-YOUNG:]:
            over = statuses[noted.seen.post_id] not in OPEN and not self._open_hands(noted)
            if noted.slot <= now and set(noted.accounts) & set(HANDS) and not over:
                self._judge_card(noted)

    def _judge_card(self, noted: Noted) -> None:
        """What it hands out, and to whom."""
        card = self._card(noted)
        shown = {one.account: one for one in card.by_hand}
        for account in HANDS:
            hand = self._open_hand(noted, account)
            if hand is not None and (account not in shown or shown[account].holder != hand.by.id):
                raise self.wrong(
                    f"P7: {hand.by.name} has {noted.text[:6]} on {account}: the card does not say so"
                )
            if hand is None and account in shown and not shown[account].is_free:
                raise self.wrong(
                    f"P8: the card has {noted.text[:6]} on {account} in hand, and nobody took it"
                )
        if not card.by_hand:
            return
        drawn = json.dumps(_leave_out_questions(draw_post_card(card).blocks))
        takes, given = f'"{Act.POST_IT.value}"' in drawn, noted.text in drawn
        if self._shut_for(noted) and (takes or given):
            raise self.wrong(f"P3: {noted.text[:6]} is handed out while {self.shut} is shut")
        for one in card.by_hand:
            if one.is_free and takes:
                self._judge_offer(noted, one.account, card.status)
                self.offered += 1

    def _judge_offer(self, noted: Noted, account: str, status: Status) -> None:
        now, start = self.backend.clock.now(), max(noted.slot, noted.again.get(account, noted.slot))
        if not start <= now <= start + WINDOWS[account]:
            raise self.wrong(
                f"P5: {noted.text[:6]} is offered at {now:%H:%M:%S}, its moment was {start:%H:%M:%S}"
            )
        yes: list[Yes] = noted.said if status is Status.PUBLISHING else self._standing(noted)
        words = {one.by for one in yes if one.what != "go"}
        if not all(len(words & rule) >= self.backend.policy.approvals for rule in self._rules(noted)):
            raise self.wrong(f"P1: {noted.text[:6]} is handed out on {account} with {words}")

    def _nothing_hangs(self) -> None:
        super()._nothing_hangs()
        rows = self.backend.store.read(
            lambda db: db.execute(
                select(facts.c.what, facts.c.who, facts.c.subject, facts.c.data).where(
                    facts.c.subject.like("post:%")
                )
            ).all()
        )
        told = Counter((row.what, row.who, row.subject, row.data.get("account")) for row in rows)
        for hand in self.hands:
            subject = f"post:{hand.noted.seen.post_id}"
            if not told[FactKind.BEGUN.value, hand.by.id, subject, hand.account]:
                raise self.wrong(f"P8: that {hand.by.name} began {hand.noted.text[:6]} is not on record")
            kinds = (
                (FactKind.OUTCOME, FactKind.SETTLED)
                if hand.said == "up"
                else (FactKind.DROPPED, FactKind.TRIED_AGAIN)
            )
            if hand.said and not any(told[kind.value, hand.said_by, subject, hand.account] for kind in kinds):
                raise self.wrong(f"P8: what {hand.said_by} said of {hand.noted.text[:6]} is not on record")
        begun = Counter(
            row.subject for row in rows if row.what == FactKind.BEGUN.value and row.data["account"] in HANDS
        )
        pressed = Counter(f"post:{one.noted.seen.post_id}" for one in self.hands)
        if begun != pressed:
            raise self.wrong(
                f"P8: begins on record that nobody pressed: {begun - pressed}, {pressed - begun}"
            )


def _leave_out_questions(blocks: Any) -> Any:
    """What a button asks first quotes the beginning of the post."""
    if isinstance(blocks, list):
        return [_leave_out_questions(one) for one in blocks]
    if isinstance(blocks, dict):
        return {name: _leave_out_questions(one) for name, one in blocks.items() if name != "confirm"}
    return blocks


def _read_given(work: UnitOfWork, delivery_id: str) -> str:
    attempt = deliveries.find_live_attempt(work.db, delivery_id)
    assert attempt is not None
    return str(json.loads(attempt.payload)["text"])
