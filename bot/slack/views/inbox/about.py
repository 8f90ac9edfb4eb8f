"""What a question about a conversation or an answer quotes: the customer's latest words, or ours, and where they are.

Seen by those who can read the conversation: of a private one, buttons stand and dialogs open in its own channel only.
"""

from __future__ import annotations

from bot.domain.shown.inbox_screens import ConversationCard, PileCard, ReplyView, SpikeCard, WordsView
from bot.slack.views.inbox.parts import called, name_attached, name_the_post
from bot.slack.views.quotes import About
from bot.slack.views.text import count


def about_conversation(card: ConversationCard) -> About:
    """What the customer wrote last."""
    latest = next((one for one in reversed(card.since) if isinstance(one, WordsView)), card.first)
    otherwise = "Erased words" if latest.erased else f"({name_attached(latest.attachments)})"
    return About(
        "" if latest.erased else latest.text, (card.title,), latest.at, by=f"from {called(card.customer)}",
        name=f"conversation {card.number}", otherwise=otherwise,
    )  # fmt: skip


def about_reply(reply: ReplyView) -> About:
    """What we answered."""
    who = f"to {called(reply.customer)}" if reply.customer else "to a customer"
    accounts = (reply.title,) if reply.title else ()
    return About(reply.text, accounts, reply.at, by=who, otherwise="(no words)")


def about_pile(pile: PileCard) -> About:
    return About(pile.about, (pile.title,), name=count(pile.people, "person", "people"))


def about_spike(spike: SpikeCard) -> About:
    """The post people complain about, if it is one."""
    told = f"{count(spike.complaints, 'complaint')} in {spike.minutes} min"
    if spike.post is None:
        return About("", (spike.title,), otherwise=told)
    return About(spike.post.text, (spike.title,), name=told, otherwise=name_the_post(spike.post))
