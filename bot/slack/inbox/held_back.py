"""After Resume: whoever wrote an answer that the pause kept from being sent is shown it again, alone, with Send."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from bot.services.inbox import held_back
from bot.slack.context import ListenerContext
from bot.slack.payloads import Where
from bot.slack.views.inbox.draft import draw_draft

log = logging.getLogger(__name__)


def ask_writers(context: ListenerContext, draft_ids: Sequence[str]) -> None:
    """Returns at once. Whom Slack does not show it has [Ask me again] where it was written."""
    if draft_ids:
        context.answers.later(lambda: _ask_writers(context, draft_ids))


def _ask_writers(context: ListenerContext, draft_ids: Sequence[str]) -> None:
    for draft_id in draft_ids:
        try:
            _ask_writer(context, draft_id)
        except (
            Exception
        ):  # a boundary: one answer that cannot be shown must not keep the others from their writers
            log.exception("draft %s was not shown again after a pause", draft_id)


def _ask_writer(context: ListenerContext, draft_id: str) -> None:
    held = context.services.look(held_back.load_held_back, draft_id)
    if held is None:
        return
    there = Where(held.by, held.channel, held.thread_ts)
    if not context.answers.show(there, draw_draft(held.view, context.place)):
        log.warning("draft %s was not shown again after a pause", draft_id)
