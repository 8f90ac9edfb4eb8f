"""Looking after what changes outside a post: the accounts' sign-ins, and settings that changed since the last run."""

from __future__ import annotations

from bot.domain.gate import ALL
from bot.domain.posts import Status, find_due_moment
from bot.domain.urgency import Urgency
from bot.networks.protocol import Health
from bot.services.unit_of_work import UnitOfWork
from bot.store import accounts
from bot.store.pause import pause_effects
from bot.store.posts import posts
from bot.store.slack import cards

WAITING = (Status.SCHEDULED, Status.REVIEW, Status.APPROVED)


def note_health(work: UnitOfWork, account: str, health: Health) -> None:
    """What the network said of our sign-in, for Home, `status` and `check`."""
    accounts.note_sign_in(work.db, account, healthy=health.ok, sentence=health.sentence, now=work.now)


def adopt_settings(work: UnitOfWork) -> None:
    """At start: lead, reminders and limits may have changed, so every waiting post's next moment is worked out anew.

    Cards that are up are redrawn: approvers, accounts or limits on them may have changed too.
    """
    set_moments(work, ALL)
    pause_effects.redraw(work.db, ALL, urgency=Urgency.NOT_URGENT)
    cards.touch_banners(work.db, (ALL, *work.policy.accounts))  # a pin the last process did not get to


def set_moments(work: UnitOfWork, scope: str) -> None:
    """Work out the next moment of every post in scope that waits. No post is locked: others go on meanwhile, and
    what they change they work out themselves."""
    waiting = posts.list_with_status(work.db, WAITING)
    in_scope = [post for post in waiting if scope == ALL or scope in post.version.body.accounts]
    for post in sorted(in_scope, key=lambda post: post.id):
        posts.set_due(work.db, post, find_due_moment(post, work.policy))
