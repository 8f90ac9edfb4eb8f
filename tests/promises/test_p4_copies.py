"""P4, P3: a backup that is put back sends nothing twice, starts paused, and posts no card twice; wherever it stops."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

import pytest

from bot.domain.gate import ALL
from bot.domain.posts import Seen, Status
from bot.domain.refusals import Blocked, Outdated
from bot.networks.protocol import AccountClient
from bot.sandbox.networks.mastodon.server import MastodonServer
from bot.services.pause import resume
from bot.services.posts import edit, review
from bot.services.restoring import Restored, take_as_copy
from bot.services.unit_of_work import UnitOfWork
from bot.store import copies, deliveries
from bot.store.engine import generation
from bot.store.engine.errors import BadDatabase
from bot.store.engine.generation import Mark, read_mark
from bot.store.engine.migrate import backup, copy_file
from bot.store.engine.store import Store
from bot.store.pause import gate, pauses
from bot.store.slack import cards
from tests.backend import MAYA, TOM, Backend, ManualClock, key
from tests.promises.crashes import Crash

BREAD = "Fresh bread at nine"


class Bot(Backend):
    """One whose accounts are those of the bot before it: what they published stays theirs."""

    known: ClassVar[dict[str, AccountClient]] = {}

    def _connect(self, name: str) -> AccountClient:
        if name not in self.known:
            self.known[name] = super()._connect(name)
        return self.known[name]


class Desk:
    """A bot on an SQLite file, a copy that can be made of it and put back, and a network that outlives both. It keeps
    no idempotency keys: what is sent again is there twice."""

    def __init__(self, url: str, folder: Path, network: MastodonServer, clock: ManualClock) -> None:
        self.url, self.folder, self.network, self.clock = url, folder, network, clock
        self.database, self.copy = folder / "byhand.db", folder / "copy.db"
        Bot.known.clear()
        self.bot = self.start()

    def start(self) -> Backend:
        store = Store.open(self.url, now=self.clock.now)
        try:
            store.adopt(f"generation-{self.clock.now():%H%M%S}")
        except BaseException:
            store.close()
            raise
        bot = Bot(store, self.network, clock=self.clock)
        bot.worker.start()
        return bot

    def stop(self) -> None:
        self.bot.worker.stop(timedelta(seconds=5))
        self.bot.store.close()

    def make_copy(self) -> None:
        backup(self.url, self.copy, now=self.clock.now())

    def forget_keys(self) -> None:
        """As a server of another make: it remembers no idempotency key."""
        self.network._keys.clear()

    def put_back(self, file: Path | None = None) -> Restored:
        """What `byhand restore` does, on this clock."""

        def take(store: Store) -> tuple[Restored, Mark]:
            bot = Bot(store, self.network, clock=self.clock)
            found = store.read(generation.load)
            assert found is not None
            mark = Mark(f"restored-{self.clock.now():%H%M%S}", found.mark.beat + 1)

            def both(work: UnitOfWork) -> Restored:
                done = take_as_copy(work, MAYA, found.copied_at or found.at, key())
                generation.begin(work.db, mark, work.now)
                return done

            done = bot.services.do(both)
            bot.worker.stop(timedelta(seconds=5))
            return done, mark

        done, _ = copies.restore_file(self.database, file or self.copy, take, self.clock.now)
        return done


@pytest.fixture
def desk(sqlite_url: str, tmp_path: Path, network: MastodonServer, clock: ManualClock) -> Iterator[Desk]:
    built = Desk(sqlite_url, tmp_path, network, clock)
    yield built
    built.stop()


def is_paused(bot: Backend) -> bool:
    return bot.services.look(lambda work: gate.read(work.db).rows[ALL].paused)


def live_on(bot: Backend) -> None:
    for _ in range(30):
        bot.push(seconds=10)


def sent_after_the_copy(desk: Desk) -> Seen:
    """Approved, copied, sent; and a minute later the copy is all there is."""
    seen = desk.bot.approved(BREAD)
    desk.make_copy()
    desk.bot.to_slot(seen)
    assert desk.network.ledger[-1].text == BREAD
    desk.clock.push(timedelta(minutes=1))
    desk.stop()
    desk.forget_keys()
    return seen


def test_what_went_out_after_the_copy_is_found_and_not_sent_again(desk: Desk) -> None:
    """Put back within the lateness limit it was published twice, and "Publishing is open" beside the pause's banner."""
    seen = sent_after_the_copy(desk)
    done = desk.put_back()
    assert done.open_sends == 1
    desk.bot = desk.start()
    assert is_paused(desk.bot)
    live_on(desk.bot)
    assert desk.bot.published == [BREAD]
    assert desk.bot.status(seen) is Status.PUBLISHED


def test_what_was_not_sent_is_not_sent_by_itself(desk: Desk) -> None:
    seen = desk.bot.approved(BREAD)
    desk.make_copy()
    desk.clock.push(timedelta(minutes=21))
    desk.stop()
    desk.put_back()
    desk.bot = desk.start()
    live_on(desk.bot)
    assert desk.bot.published == []
    assert desk.bot.status(seen) in (Status.MISSED, Status.PUBLISHING)  # as far as absence is believed


def test_what_is_ahead_needs_a_new_approval(desk: Desk) -> None:
    seen = desk.bot.approved(BREAD)
    desk.make_copy()
    desk.stop()
    assert desk.put_back().open_sends == 0
    desk.bot = desk.start()
    assert desk.bot.status(seen) is Status.REVIEW
    desk.bot.to_slot(seen)
    assert desk.bot.published == []


def test_what_was_in_review_and_went_out_since_needs_somebody_who_looked(desk: Desk) -> None:
    """Nothing of it is under way in the copy: a new time and an approval published it a second time."""
    seen = desk.bot.in_review(BREAD)
    desk.make_copy()
    desk.bot.services.do(review.post_now, TOM, seen, key())
    desk.bot.push(seconds=1)
    assert desk.bot.published == [BREAD]
    desk.stop()
    desk.forget_keys()
    desk.put_back()
    desk.bot = desk.start()
    epoch = desk.bot.services.look(lambda work: gate.read(work.db).rows[ALL].epoch)
    desk.bot.services.do(resume.resume, TOM, ALL, epoch, {}, key())
    desk.bot.services.do(review.move, TOM, seen, desk.clock.now() + timedelta(minutes=10), key())
    now = desk.bot.now_seen(seen)
    why = "Please look first: A backup of Tue 24 Nov 2026 at 09:00 CET was put back, so this may be published already"
    for press in (review.approve, review.post_now):
        with pytest.raises(Blocked, match=why):
            desk.bot.services.do(press, TOM, now, key())
    desk.bot.to_slot(seen)
    assert desk.bot.published == [BREAD]
    assert desk.bot.status(seen) is Status.MISSED
    desk.bot.services.do(review.move, TOM, now, desk.clock.now() + timedelta(minutes=10), key())
    desk.bot.services.do(review.approve, TOM, desk.bot.now_seen(seen), key(), anyway="I looked: it is gone")
    desk.bot.to_slot(seen)
    assert desk.bot.published == [BREAD, BREAD]
    assert desk.bot.post(seen).copied_at is None


def test_a_card_from_before_approves_no_other_version_of_the_same_number(desk: Desk) -> None:
    """Two second versions: one on a card that is still in Slack, the other saved after the copy was put back."""
    seen = desk.bot.in_review(BREAD)
    desk.make_copy()
    slot = desk.bot.post(seen).slot
    desk.bot.services.do(edit.save_edit, MAYA, seen, edit.Changes("What the card shows", slot), key())
    shown = desk.bot.now_seen(seen)
    desk.stop()
    desk.put_back()
    desk.bot = desk.start()
    desk.bot.services.do(edit.save_edit, MAYA, seen, edit.Changes("What nobody saw", slot), key())
    epoch = desk.bot.services.look(lambda work: gate.read(work.db).rows[ALL].epoch)
    desk.bot.services.do(resume.resume, TOM, ALL, epoch, {}, key())
    assert shown.seq == desk.bot.now_seen(seen).seq
    for press in (review.approve, review.kill, review.hold):
        with pytest.raises(Outdated):
            desk.bot.services.do(press, TOM, shown, key())
    desk.bot.to_slot(seen)
    assert desk.bot.published == []


def test_the_banner_says_from_when_the_copy_is_also_in_a_pause(desk: Desk) -> None:
    from bot.services.pause import pause

    desk.bot.services.do_first(pause.pause, MAYA, ALL, "a fire", key())
    desk.make_copy()
    desk.stop()
    desk.put_back()
    desk.bot = desk.start()
    running = desk.bot.services.look(lambda work: pauses.find_running(work.db, ALL))
    assert running is not None
    assert str(running.reason).startswith("A backup of Tue 24 Nov 2026 at 09:00 CET was put back.")
    assert "a fire" in str(running.reason)


def test_every_card_is_looked_for_before_it_is_posted(desk: Desk) -> None:
    """One that was not up when the copy was made may be by now: a second one was posted."""
    desk.bot.approved(BREAD)
    desk.make_copy()
    desk.stop()
    desk.put_back()
    desk.bot = desk.start()
    waiting = desk.bot.store.read(lambda db: cards.list_dirty(db, desk.clock.now()))
    asked = {card.kind.value: card.asked_at is not None for card in waiting}
    assert asked == {"post": True, "banner": False}


@pytest.mark.parametrize("by_hand", ["the backup", "the file itself"])
def test_a_copy_that_came_back_without_the_command_is_refused(desk: Desk, by_hand: str) -> None:
    seen = desk.bot.approved(BREAD)
    desk.make_copy()
    if by_hand == "the file itself":
        with Store.open(desk.url, now=desk.clock.now, owner=False):
            copy_file(desk.database, desk.folder / "plain.db")
            shutil.copyfile(desk.folder / "plain.db", desk.copy)
    desk.bot.to_slot(seen)
    desk.bot.store.count_on()
    desk.stop()
    desk.forget_keys()
    shutil.copyfile(desk.copy, desk.database)
    with pytest.raises(BadDatabase, match=r"byhand restore .*byhand\.db"):
        desk.start()
    desk.put_back(desk.database)
    desk.bot = desk.start()
    live_on(desk.bot)
    assert desk.bot.published == [BREAD]


def test_a_backup_made_in_the_last_moment_is_known_by_its_own_word(desk: Desk) -> None:
    """Nothing was counted since, so only the copy itself can tell."""
    desk.make_copy()
    desk.stop()
    shutil.copyfile(desk.copy, desk.database)
    with pytest.raises(BadDatabase, match="is a copy"):
        desk.start()
    desk.put_back(desk.database)
    desk.bot = desk.start()


# --- it stops in the middle --------------------------------------------------------------------------


class DyingPath:
    """`Path.replace` and the mark's write, of which one is the last thing this process does."""

    def __init__(self, at: int, *, after: bool) -> None:
        self.left, self.after = at, after
        self.dead = False

    def wrap(self, step: Callable[..., object]) -> Callable[..., object]:
        def dying(*args: object, **kwargs: object) -> object:
            self.left -= 1
            if self.left == 0 and not self.after:
                self.dead = True
                raise Crash
            done = step(*args, **kwargs)
            if self.left == 0:
                self.dead = True
                raise Crash
            return done

        return dying


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", range(1, 6))
def test_stopped_at_each_step_it_is_done_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, step: int, after: bool
) -> None:
    """Its steps: the copy, the old one aside, its log aside, the new one in place, the mark (also by `replace`)."""
    seen = sent_after_the_copy(desk)
    (desk.folder / "byhand.db-wal").touch()  # as a killed process leaves it
    before = read_mark(desk.database)
    dying = DyingPath(step, after=after)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", dying.wrap(Path.replace))
        with pytest.raises(Crash):
            desk.put_back()
    assert dying.dead
    try:
        desk.bot = desk.start()
    except BadDatabase as refused:
        assert "byhand restore" in str(refused)  # noqa: PT017 - either is right, but no other
        desk.put_back()
        desk.bot = desk.start()
        assert is_paused(desk.bot)
        assert not list(desk.folder.glob("*.restoring*"))
    else:  # it had not begun, or was done
        assert is_paused(desk.bot) == (read_mark(desk.database) != before and step == 5)
    live_on(desk.bot)
    assert desk.bot.published == [BREAD]
    assert desk.bot.status(seen) is Status.PUBLISHED
    left = [
        one.state.key
        for one in desk.bot.services.look(lambda work: deliveries.list_of_post(work.db, seen.post_id))
    ]
    assert left == ["sent"]
