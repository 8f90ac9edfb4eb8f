"""The Slack message an answer was taken from changes: outside nothing does, and its author is told what can be done."""

from __future__ import annotations

from bot.domain.shown.inbox_screens import SourceChange
from bot.services.inbox import lifecycle
from bot.services.queries import conversations as conversation_queries
from bot.services.unit_of_work import UnitOfWork
from bot.store.inbox import drafts, sends


def notice_source_change(
    work: UnitOfWork, channel: str, ts: str, by: str, text: str | None
) -> SourceChange | None:
    """The Slack message an answer was taken from was edited (its words as the network takes them), or deleted (None).

    Outside, nothing changes by that: what was only offered cannot be sent any more; of what was sent, it says what
    its person can do. None: nothing was taken from it, or it says the same.
    """
    newest = next(iter(reversed(drafts.list_of_source(work.db, channel, ts))), None)
    if newest is None or newest.by_user != by or newest.text == text or newest.state == drafts.REPLACED:
        return None
    title = work.policy.title_of(lifecycle.lock(work, newest.conversation_id).account)
    sent = sends.find_of_source(work.db, channel, ts)
    if drafts.replace_open(work.db, channel, ts) or sent is None:
        return SourceChange(gone=text is None, title=title)
    return SourceChange(text is None, conversation_queries.load_reply_view(work, sent.delivery_id), title)
