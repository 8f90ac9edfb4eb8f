"""A seeded history: customers, faults of networks and of Slack, colleagues and crashes, one random step after another.

`live` does so many steps, lets everything come to rest, and has the judge look. A seed that fails is printed with
the last things that happened, and plays the same history again.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import timedelta

from bot.sandbox.networks.server import Fault
from bot.sandbox.slack.faults import Kind
from bot.sandbox.slack.find import CannotDo
from bot.sandbox.slack.refusal import Refused
from bot.store.engine.store import Store
from bot.store.slack import cards
from tests.backend import ManualClock
from tests.promises.histories.judge import Judge
from tests.promises.histories.team import Colleagues
from tests.promises.histories.world import MASTODON, NETWORKS, World

PUBLISHING = (
    Fault.ERROR_BEFORE, Fault.ERROR_AFTER, Fault.LOST_ANSWER, Fault.LOST_ANSWER, Fault.CUT_BEFORE, Fault.THROTTLED,
    Fault.NONSENSE, Fault.NO_ID,
)  # fmt: skip
READING = (Fault.READ_ERROR, Fault.READ_THROTTLED, Fault.READ_CUT, Fault.READ_NONSENSE)
PAGES = (Fault.PAGES_REPEATED, Fault.PAGES_REORDERED)
SLACKS = (
    "chat.postMessage", "chat.postMessage", "chat.postMessage", "chat.update", "chat.postEphemeral", "response_url",
    "conversations.*", "users.info", "chat.delete",
)  # fmt: skip
QUIET = 12  # pushes in a row without anything left to be shown: then it rests
MOST_PUSHES = 3000


class Judgement(AssertionError):
    """A promise was broken."""


class History:
    """`often`: other weights for some steps, by name."""

    def __init__(self, store: Store, seed: int, *, often: Mapping[str, int] | None = None) -> None:
        self.seed, self.chance = seed, random.Random(seed)
        self.state = World(store, ManualClock(), self.chance)
        self.team = Colleagues(self.state, self.chance)
        self.log: list[str] = []
        self.done: Counter[str] = Counter()
        usual: list[tuple[int, Callable[[], object]]] = [
            (22, self.customer_writes), (3, self.customer_edits), (3, self.customer_deletes), (1, self.answered_in_app),
            (5, self.team.take), (4, self.team.chat), (10, self.team.ask), (4, self.team.change), (1, self.team.unsay),
            (14, self.team.send), (3, self.team.keep), (4, self.team.reply), (3, self.team.done),
            (2, self.team.hand_over), (3, self.team.next_for_me), (3, self.team.say_what_they_see),
            (2, self.team.delete_card), (1, self.team.bring_in), (2, self.slack_clicks_again),
            (3, self.network_fails), (3, self.network_pages), (3, self.network_loses_answers), (6, self.slack_fails),
            (5, self.light_a_fuse), (34, self.time_passes), (1, self.long_silence),
        ]  # fmt: skip
        self._steps = [step for _, step in usual]
        self._weights = [(often or {}).get(step.__name__, weight) for weight, step in usual]

    # --- life -----------------------------------------------------------------------------------------

    def live(self, steps: int) -> Judge:
        """Returns the judge, for those who want its counts. Raises Judgement."""
        try:
            self._begin()
            for _ in range(steps):
                self.step()
            self._end()
            return self.judge()
        finally:
            self.state.close()

    def judge(self) -> Judge:
        judge = Judge(self.state)
        wrong = judge.wrong()
        if wrong:
            said = "\n".join([*wrong[:10], "the last that happened:", *self.log[-40:]])
            raise Judgement(f"seed {self.seed}: {len(wrong)} wrong\n{said}")
        return judge

    def _begin(self) -> None:
        """Older messages, our posts, the first sync."""
        self.state.start()
        for account in NETWORKS:
            for _ in range(3):
                self.state.mention(account, ago=timedelta(hours=4))
        self.state.publish_posts()
        self.state.push(61)
        self.state.rest()

    def step(self) -> None:
        (step,) = self.chance.choices(self._steps, self._weights)
        try:
            what = step()
        except (CannotDo, Refused, LookupError) as cannot:
            what = f"({type(cannot).__name__})"
        self.done[step.__name__] += what is not None
        self.log.append(f"{self.state.clock.now():%H:%M:%S} {step.__name__} {what or ''}")
        if self.state.life.fuse.gone or self.chance.random() < 0.45:
            self.state.rest()

    def _end(self) -> None:
        """All faults are over; time passes until everything was looked through and nothing is left to be shown."""
        self.log.append("the end begins")
        self.state.mail.calm = True
        self.state.life.fuse.left = None
        self._heal()
        self._settle(1.0)
        self.team.bring_in_all()
        for _ in range(5):
            self.state.push(660)
            self.state.rest()
            self.team.say_what_they_see()
        self._settle(1.0)

    def _heal(self) -> None:
        for server in self.state.stands.values():
            server.faults.lift()
        self.state.slack.faults.withdraw()

    def _settle(self, seconds: float) -> None:
        quiet = 0
        for _ in range(MOST_PUSHES):
            self.state.push(seconds)
            self.state.rest()
            quiet = 0 if self._behind() else quiet + 1
            if quiet >= QUIET:
                return
        raise self._stuck()

    def _behind(self) -> bool:
        now = self.state.clock.now() + timedelta(days=1)
        read = self.state.store.read
        return bool(
            self.state.mail.bag or read(cards.count_behind) or read(lambda db: cards.list_unsaid(db, now))
        )

    def _stuck(self) -> Judgement:
        last = "\n".join(self.log[-40:])
        return Judgement(f"seed {self.seed}: Slack is never brought up to date\n{last}")

    # --- customers ------------------------------------------------------------------------------------

    def customer_writes(self) -> str:
        account = self.chance.choice(NETWORKS)
        how = self.chance.choices((self.state.comment, self.state.mention, self.state.private), (60, 20, 20))[
            0
        ]
        return f"{how(account)}"

    def customer_edits(self) -> str | None:
        """Mastodon knows edits."""
        found = self.state.ask(lambda one: one.account == MASTODON and not one.older)
        if found is None:
            return None
        self.state.push(1)
        found.versions += 1
        self.state.mastodon.customer_edits(found.remote_id, self.state.words(found.markers[-1]))
        return f"{found.markers[-1]}"

    def customer_deletes(self) -> str | None:
        """Not the first of a thread: what answers it would be another thread."""
        found = self.state.ask(lambda one: one.conversation[2] != one.remote_id and not one.private)
        if found is None:
            return None
        self.state.stands[found.account].customer_deletes(found.remote_id)
        found.deleted = True
        return f"{found.markers[-1]}"

    def answered_in_app(self) -> str | None:
        found = self.state.ask(lambda one: not one.older)
        if found is None:
            return None
        self.state.push(1)
        self.state.stands[found.account].we_answer_in_app(found.remote_id, self.state.words("inapp"))
        return f"{found.markers[-1]}"

    # --- moods ----------------------------------------------------------------------------------------

    def network_fails(self) -> str:
        return self._network(self.chance.choice(READING), self.chance.choice((1, 1, 3)))

    def network_pages(self) -> str:
        return self._network(self.chance.choice(PAGES), self.chance.choice((1, 2)))

    def network_loses_answers(self) -> str:
        return self._network(self.chance.choice(PUBLISHING), 1)

    def _network(self, fault: Fault, times: int) -> str:
        account = self.chance.choice(NETWORKS)
        self.state.stands[account].faults.order(fault, times)
        return f"{account}: {fault.name} {times}"

    def slack_fails(self) -> str:
        method, kind = self.chance.choice(SLACKS), self.chance.choice(list(Kind))
        kind = Kind.LOST_ANSWER if kind is Kind.SLOW else kind
        self.state.slack.faults.order(method, kind, self.chance.choice((1, 1, 2)))
        return f"{method}: {kind.name}"

    def slack_clicks_again(self) -> str | None:
        return "again" if self.state.mail.click_again() else None

    def light_a_fuse(self) -> str:
        left = self.chance.randint(1, self.chance.choice((6, 12, 30)))
        self.state.life.fuse.light(left)
        return f"{left}"

    # --- time -----------------------------------------------------------------------------------------

    def time_passes(self) -> str:
        seconds = self.chance.choice((1, 1, 2, 5, 5, 15, 40, 61))
        self.state.push(seconds)
        return f"{seconds}"

    def long_silence(self) -> str:
        """All faults are over for a while."""
        self._heal()
        for _ in range(5):
            self.state.push(120)
            self.state.rest()
        return "ten minutes"
