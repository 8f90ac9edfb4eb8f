"""What one state makes of a card: its words, and what can be pressed in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.domain.preflight.objections import Objection
from bot.domain.shown.post_screens import PostCard
from bot.slack.ids import Act
from bot.slack.views.blocks import Block
from bot.slack.views.text import Place


@dataclass(frozen=True)
class CardLook:
    """One state of a card. `head` and `text` both state the ask: desktop shows the one, phones the other."""

    text: str  # mrkdwn, for notifications
    head: Block
    about: tuple[str, ...]  # mrkdwn, joined by dots; the status word comes first
    notes: tuple[Block, ...] = ()  # reasons, what changed, where to look
    buttons: tuple[Act, ...] = ()
    menu: tuple[Act, ...] = ()
    last: str = ""  # what happens if nobody acts
    names_networks: bool = False  # over the text, where `head` does not
    without: tuple[str, str] | None = None  # (name, title) of an account that can be left out
    told: tuple[Objection, ...] = ()  # objections that `head` has named already
    copies: bool = False  # its words and images are to be copied and saved
    bare: bool = False  # they are not shown


Draw = Callable[[PostCard, Place], CardLook]
