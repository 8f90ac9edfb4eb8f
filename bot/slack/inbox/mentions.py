"""@Byhand outside the threads of customers: nothing is sent and nothing is paused, and whoever wrote it is told so.

In a customer's thread it begins an answer (`thread.py`); a few words that look like a pause are told besides that they
pause nothing.
"""

from __future__ import annotations

from bot.services.pause.scope_words import split_word
from bot.slack.context import ListenerContext
from bot.slack.inbox.message_events import is_new
from bot.slack.inbox.plain_text import to_plain_text
from bot.slack.pause import near_miss, pause
from bot.slack.payloads import Event, Where

IN_ITS_THREAD = "Nothing was sent. To answer a customer, write this in the thread below their card."
NOT_HERE = (
    "Nothing was done. @Byhand only answers customers, in the thread below a customer's card. "
    "For all else, type /social help."
)


A_FEW = 4  # words: "please pause everything now"; a longer answer only happens to say "stop"


class NotShown(Exception):
    """Nobody knows whether the person has seen it: Slack shall tell us again."""


def answer_mention(context: ListenerContext, event: Event, *, of_customer: bool) -> None:
    """`of_customer`: it is in a customer's thread, where all else is answered already."""
    said, us = event.inner, f"<@{context.workspace.bot_user}>"
    if us not in str(said.get("text") or "") or not is_new(said, context.workspace):
        return
    words = str(said["text"]).replace(us, " ")
    if of_customer and len(words.split()) > A_FEW:
        return
    where = Where(said["user"], str(said.get("channel")), said.get("thread_ts"))
    word, rest = split_word(words)
    meant = None if near_miss.names_post(word, rest) else near_miss.read_near_miss(word, rest)
    if meant is not None:
        if not context.answers.show(where, pause.answer_mention(context, words, meant)):
            raise NotShown
    elif (
        not of_customer
        and to_plain_text(
            said, context.directory.find_name, bot_user=context.workspace.bot_user or ""
        ).addressed
    ):
        policy = context.services.policy
        of_customers = where.channel in (policy.inbox_channel, policy.private_channel)
        context.answers.tell(where, IN_ITS_THREAD if of_customers else NOT_HERE)
