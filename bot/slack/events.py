"""What Slack tells us by itself: cards deleted, people and groups changed, Byhand removed.

Our own messages come here too: Bolt's filter for them is off, because it would also hide that somebody deleted one of
our cards. Only people are answered, and by messages that only they see, so nothing can loop.
"""

from __future__ import annotations

import logging
from typing import Any

from sqlalchemy import Connection as Database

from bot.services.unit_of_work import Wake
from bot.slack.context import ListenerContext
from bot.slack.health import APP
from bot.slack.inbox import mentions
from bot.slack.inbox import thread as inbox_thread
from bot.slack.payloads import Event
from bot.slack.plans import handlers as plan_handlers
from bot.store.slack import card_lines, cards, slack_events

LEFT = "member_left_channel"
log = logging.getLogger(__name__)


def read_message(context: ListenerContext, event: Event) -> None:
    """Messages are read for four things: whether a card is gone, a plan that was dropped, what people say in
    conversations' threads, and who calls us elsewhere."""
    ts = _gone(event.inner)
    if ts is not None:
        context.services.store.write(lambda db: _card_gone(context, db, event, ts))
    plan_handlers.read_drop(context, event)
    of_customer = inbox_thread.follow_message(context, event)
    mentions.answer_mention(context, event, of_customer=of_customer)


def _gone(said: dict[str, Any]) -> str | None:
    """The ts of a message that was deleted; one with replies leaves a tombstone."""
    if said.get("subtype") == "message_deleted":
        return str(said.get("deleted_ts"))
    changed = said.get("message") or {}
    if said.get("subtype") == "message_changed" and changed.get("subtype") == "tombstone":
        return str(changed.get("ts"))
    return None


def _card_gone(context: ListenerContext, db: Database, event: Event, ts: str) -> None:
    now = context.services.clock.now()
    card = cards.find_shown_at(db, str(event.inner.get("channel")), ts)
    if card is None or not slack_events.mark_seen(db, event.id, now):
        return
    log.warning("the message of card %s was deleted in Slack", card.id)
    card_lines.mark_lost(db, card, now)
    context.services.store.after_commit(db, lambda: context.services.wake(Wake.OUTBOX))


def note_person(context: ListenerContext, event: Event) -> None:
    context.directory.hear_person(event.inner["user"])


def note_members(context: ListenerContext, event: Event) -> None:
    """`subteam_members_changed`: who came and who left. Whoever came is asked about first."""
    gone = [str(each) for each in event.inner.get("removed_users") or ()]
    context.directory.hear_group(str(event.inner["subteam_id"]), gone=gone)


def note_group(context: ListenerContext, event: Event) -> None:
    """`subteam_updated`: renamed, switched off, or with other members."""
    group = event.inner["subteam"]
    members = [] if group.get("date_delete") else group.get("users")
    context.directory.hear_group(str(group["id"]), members=members)


def note_channel(context: ListenerContext, event: Event) -> None:
    """`member_joined_channel`, `member_left_channel`: the private channel's members may read what others may not."""
    gone = [str(event.inner["user"])] if event.kind == LEFT else []
    context.directory.hear_channel(str(event.inner["channel"]), gone=gone)


def report_removal(context: ListenerContext, event: Event) -> None:
    """Nothing works any more; a person has to install it again."""
    context.health.trouble(APP, "Byhand was removed from the workspace, or its tokens were revoked.")
    log.error("Slack says %s: Byhand must be installed again", event.inner["type"])


def ignore(context: ListenerContext, event: Event) -> None:
    """Acknowledge and do nothing: the reconciler finds out by itself when it matters."""
