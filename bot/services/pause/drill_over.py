"""What is a drill's is dead once the drill is over, however old the copy is that somebody presses.

Asked by every verb of a person that takes a post, a delivery or a pause, wherever its row has been read; what is not of
a drill costs no question. The clock may go on: what was being sent still ends.
"""

from __future__ import annotations

from bot.domain.deliveries import Delivery
from bot.domain.facts import FactKind
from bot.domain.gate import DRILL
from bot.domain.kinds import CardType
from bot.domain.posts import Post
from bot.domain.refusals import DrillNotPaused, DrillOver
from bot.services.unit_of_work import UnitOfWork
from bot.store import record
from bot.store.pause import drills, pauses
from bot.store.pause.pauses import Pause
from bot.store.posts import posts

OF_A_DRILL = (DRILL,)  # the accounts of its posts


def is_over(work: UnitOfWork, post: Post) -> bool:
    """Whether it is a post of a drill that has ended."""
    return post.version.body.accounts == OF_A_DRILL and not _is_of_running(work, post.id)


def is_dead(work: UnitOfWork, kind: CardType, subject: str) -> bool:
    """Whether what a card shows is of a drill that has ended."""
    match kind:
        case CardType.DRILL:
            drill = drills.load(work.db, subject)
            return drill is not None and drill.ended_at is not None
        case CardType.BANNER:
            pause = pauses.load(work.db, subject)
            return pause is not None and pause.scope == DRILL and pause.ended_at is not None
        case CardType.POST:
            post = posts.load(work.db, subject)
            return post is not None and is_over(work, post)
    return False


def check_post(work: UnitOfWork, post: Post) -> None:
    if is_over(work, post):
        raise DrillOver


def check_post_id(work: UnitOfWork, post_id: str) -> None:
    """Before a dialog about it opens."""
    post = posts.load(work.db, post_id)
    if post is not None:
        check_post(work, post)


def check_delivery(work: UnitOfWork, delivery: Delivery | None) -> None:
    """For what is refused before its post is read."""
    if delivery is not None and delivery.account == DRILL and not _is_of_running(work, delivery.post_id):
        raise DrillOver


def check_pause(pause: Pause | None) -> None:
    """Of its banner's buttons: resuming is the last step, so a pause that has ended is of a drill that has."""
    if pause is not None and pause.scope == DRILL and pause.ended_at is not None:
        raise DrillOver


def check_pause_id(work: UnitOfWork, pause_id: str) -> None:
    """Of a button that names its pause: one that names none is of an older Byhand, whose drills are over."""
    pause = pauses.load(work.db, pause_id)
    if pause is None or pause.scope != DRILL:
        raise DrillOver
    check_pause(pause)


def check_resume(work: UnitOfWork, epoch: int | None = None) -> None:
    """Of a dialog that was opened at this epoch, perhaps in an earlier drill; None: it is to be opened now."""
    running = drills.find_running(work.db)
    if running is None:
        raise DrillOver
    if epoch is not None and epoch <= _begun_at_epoch(work, running.id):
        raise DrillOver
    if running.paused_at is None:
        raise DrillNotPaused


def _begun_at_epoch(work: UnitOfWork, drill_id: str) -> int:
    """The gate's, as it was when that drill began; -1 where it began under an older Byhand."""
    begun = record.find_newest_of(work.db, f"drill:{drill_id}", FactKind.DRILL_BEGUN.value)
    return int(((begun.data if begun else None) or {}).get("epoch", -1))


def _is_of_running(work: UnitOfWork, post_id: str | None) -> bool:
    running = drills.find_running(work.db)
    return running is not None and post_id in running.posts
