"""What people post themselves, in every state of its card, and the dialog that asks where it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial

from bot.domain.deliveries import State
from bot.domain.posts import Status
from bot.domain.shown.by_hand import HandView
from bot.slack.views.posts.card_by_hand import draw_it_is_up_dialog
from tests.slack.views.samples import (
    BY_TOM,
    IMAGE,
    MASTODON,
    MAYA,
    PAUSE,
    PLACE,
    READY,
    SENDING,
    SENT,
    SLOT,
    STILL_RIGHT,
    WAITING,
)

STORY = replace(MASTODON, name="story", title="Instagram story")
MINE = replace(
    READY,
    account="story",
    title="Instagram story",
    profile_url="https://instagram.example/dock",
    by_hand=True,
)
FREE = HandView(
    "story", "Instagram story", "https://instagram.example/dock", SLOT + timedelta(hours=2), MINE.id
)
TAKEN = replace(FREE, until=None, state=State.SENDING, holder=MAYA, since=SLOT)
OFFERED = replace(
    WAITING, status=Status.APPROVED, now=SLOT, accounts=(STORY,), approvals=(BY_TOM,), images=(IMAGE,),
    deliveries=(MINE,), by_hand=(FREE,),
)  # fmt: skip
_POSTING = replace(OFFERED, status=Status.PUBLISHING, names=((MAYA, "Maya"),))
CARDS = {
    "you post it": OFFERED,
    "you post it, nobody said Go yet": replace(
        STILL_RIGHT, now=SLOT, accounts=(STORY,), by_hand=(replace(FREE, delivery_id=None),)
    ),
    "you post it, beside one that is out": replace(
        _POSTING, accounts=(MASTODON, STORY), deliveries=(SENT, MINE)
    ),
    "you post it, Maya does": replace(
        _POSTING, by_hand=(TAKEN,), deliveries=(replace(MINE, state=State.SENDING),)
    ),
    "you post it, nobody knows": replace(
        _POSTING, by_hand=(replace(TAKEN, state=State.UNKNOWN),),
        deliveries=(replace(MINE, state=State.UNKNOWN, asks_a_person=True),),
    ),
    "you post it, paused": replace(OFFERED, status=Status.REVIEW, approvals=(), by_hand=(), gate=PAUSE),
}  # fmt: skip
DIALOGS = {
    "it is up": partial(draw_it_is_up_dialog, replace(_POSTING, deliveries=(SENDING,)), SENDING.id, PLACE),
}
