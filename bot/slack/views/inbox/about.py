"""What a question about a conversation or an answer quotes: the customer's latest words, or ours, and where they are.

Seen by those who can read the conversation: of a private one, buttons stand and dialogs open in its own channel only.
"""

from __future__ import annotations

from bot.domain.shown.inbox_screens import ConversationCard, PileCard, ReplyView, SpikeCard, WordsView
from bot.slack.views.blocks import Block, small
from bot.slack.views.inbox.parts import NOT_PASSED_ON, called, name_attached, name_the_post
from bot.slack.views.quotes import About, draw_about
from bot.slack.views.text import Place, count


def about_conversation(card: ConversationCard) -> About:
    """What the customer wrote last."""
    latest = next((one for one in reversed(card.since) if isinstance(one, WordsView)), card.first)
    if latest.withheld:
        return _about_withheld(card, latest)
    otherwise = "Erased words" if latest.erased else f"({name_attached(latest.attachments)})"
    return About(
        "" if latest.erased else latest.text, (card.title,), latest.at, by=f"from {called(card.customer)}",
        name=f"conversation {card.number}", otherwise=otherwise,
    )  # fmt: skip


def which_conversation(card: ConversationCard, place: Place) -> list[Block]:
    """In a dialog: what the customer wrote last, or that it may not be shown."""
    about = draw_about(about_conversation(card), place)
    return [about, small(f"{NOT_PASSED_ON}.")] if card.first.withheld else [about]


def _about_withheld(card: ConversationCard, latest: WordsView) -> About:
    """ "A comment by somebody on the post “We baked…”": there are words, but they may not be passed on."""
    what = "A mention" if card.how == "mention" else "A comment"
    by = "by somebody" + (f" on {name_the_post(card.post)}" if card.post else "")
    return About("", (card.title,), latest.at, by=by, name=f"conversation {card.number}", otherwise=what)


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
