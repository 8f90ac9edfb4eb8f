"""How a post will look on its networks: each different look once, under the accounts that have it."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.shown.post_screens import AccountView
from bot.slack.views.blocks import Block, lines, quote, small, words
from bot.slack.views.posts.card_parts import content_warning, group_same_texts, hashtags, length_of
from bot.slack.views.text import pieces

PIECE = 2900  # characters of a long text in one block
HIDDEN = "Hidden until a reader opens it:"


def draw_looks(accounts: Sequence[AccountView], warning: str) -> list[Block]:
    """With their lengths. A content warning stands before what it hides, and only where a network knows one."""
    folding = [account for account in accounts if warning and account.folds]
    drawn: list[Block] = []
    for which in (folding, [account for account in accounts if account not in folding]):
        for text, alike in group_same_texts(which):
            named = " · ".join(length_of(account) for account in alike[:20])
            drawn.append(lines([words(named, bold=True)]))
            drawn += [*content_warning(warning), small(HIDDEN)] if which is folding else []
            drawn += [*draw_long_text(text), *hashtags(alike)]
    return drawn


def draw_long_text(text: str) -> list[Block]:
    """Quotes of at most PIECE characters each: all of it."""
    return (
        [quote(piece, PIECE) for piece in pieces(text, PIECE)]
        if text.strip()
        else [lines([words("(no text)")])]
    )
