"""What a question about a post quotes: its words as they are, or were, on the accounts that are meant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.domain.deliveries import State
from bot.domain.shown.edit_form import EditForm
from bot.domain.shown.pause_screens import ResumeRow
from bot.domain.shown.post_screens import DeliveryView, ImageView, OutView, PostCard
from bot.slack.views.quotes import About
from bot.slack.views.text import literal

PUBLISHED = "published"


def about_post(card: PostCard) -> About:
    """What is to go out, and when."""
    accounts = tuple(account.title for account in card.accounts)
    text = card.accounts[0].text if card.accounts else ""
    about = _about(text, card.images, accounts, card.slot, card.number)
    return replace(about, of_drill=card.of_drill)


def about_form(form: EditForm) -> About:
    accounts = tuple(account.title for account in form.accounts)
    return _about(form.text, form.images, accounts, form.slot, form.number)


def _about(
    text: str, images: Sequence[ImageView], accounts: tuple[str, ...], slot: datetime | None, number: int
) -> About:
    about = About(text, accounts, slot, on="planned for", name=f"post {number}")
    if images and not literal(text):
        return replace(about, words=images[0].alt, quoted="The image", otherwise="(not described)")
    return about


def about_send(card: PostCard, send: DeliveryView) -> About:
    """What one account shows of it; since when, if it is out there."""
    text = next((account.text for account in card.accounts if account.name == send.account), None)
    post = about_post(card).only(send.title)
    post = post if text is None or post.quoted else replace(post, words=text)
    return replace(post, at=send.out_at, on=PUBLISHED) if send.state is State.SENT else post


def about_sends(card: PostCard, sends: Sequence[DeliveryView]) -> About:
    """What is out on these accounts, and since when."""
    out = min((send.out_at for send in sends if send.out_at), default=None)
    return replace(about_post(card), accounts=tuple(send.title for send in sends), at=out, on=PUBLISHED)


def about_out(out: OutView) -> About:
    return About(out.text, (out.title,), out.at, on="sent", name=f"post {out.number}", of_drill=out.of_drill)


def about_row(row: ResumeRow) -> About:
    accounts = tuple(row.titles.split(" + "))
    return About(row.text, accounts, row.slot, on="missed", name=f"post {row.number}")
