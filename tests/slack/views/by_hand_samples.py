"""What people post themselves, in every state of its card, and the dialog that asks where it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial

from bot.domain.deliveries import State
from bot.domain.posts import Status
from bot.domain.shown.by_hand import HandView, InHand, StopView
from bot.domain.shown.post_screens import TakeDownView
from bot.slack.views.pause.lists import draw_take_down_dialog
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
    TOM,
    WAITING,
)

STORY = replace(MASTODON, name="story", title="Instagram story", by_hand=True)
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
_AHEAD = replace(WAITING, accounts=(STORY,))
DID_NOT = replace(MINE, state=State.DROPPED, reason="Maya did not post it")
CARDS |= {
    "you post it, ahead, undecided": _AHEAD,
    "you post it, ahead, still right": replace(STILL_RIGHT, accounts=(MASTODON, STORY)),
    "you post it, ahead, approved": replace(_AHEAD, status=Status.APPROVED, approvals=(BY_TOM,)),
    "you post it, ahead, Byhand the other": replace(
        _AHEAD, accounts=(MASTODON, STORY), status=Status.APPROVED, approvals=(BY_TOM,)
    ),
    "nobody posted it": replace(_POSTING, status=Status.MISSED, by_hand=(), deliveries=(DID_NOT,)),
    "nobody posted it, Byhand the other": replace(
        _POSTING, status=Status.PUBLISHED, by_hand=(), accounts=(MASTODON, STORY), deliveries=(SENT, DID_NOT)
    ),
}
UP = replace(
    MINE, state=State.SENT, url="https://instagram.example/p/1", begun_at=SLOT, ended_at=SLOT, resolved_by=MAYA,
    left_to_people=True,
)  # fmt: skip
_STORY_OUT = replace(_POSTING, status=Status.PUBLISHED, by_hand=(), deliveries=(UP,))
_BOTH_OUT = replace(_STORY_OUT, accounts=(MASTODON, STORY), deliveries=(replace(SENT, can_delete=True), UP))
CARDS |= {
    "you posted it, it is up": _STORY_OUT,
    "you posted it, taken down": replace(
        _STORY_OUT, deliveries=(replace(UP, take_down=TakeDownView(State.SENT, TOM, SLOT)),)
    ),
    "you posted it, Byhand the other": _BOTH_OUT,
}
DIALOGS = {
    "it is up": partial(draw_it_is_up_dialog, replace(_POSTING, deliveries=(SENDING,)), SENDING.id, PLACE),
    "take down what a person posted": partial(draw_take_down_dialog, _STORY_OUT, PLACE),
    "take down a story without an address": partial(
        draw_take_down_dialog, replace(_STORY_OUT, deliveries=(replace(UP, url=None),)), PLACE
    ),
    "take down from both": partial(draw_take_down_dialog, _BOTH_OUT, PLACE),
    "take down what people posted twice": partial(
        draw_take_down_dialog,
        replace(_STORY_OUT, deliveries=(UP, replace(UP, id="d9", title="Sign", url=None, profile_url=None))),
        PLACE,
    ),
}
_IN_HAND = InHand(
    42, "Instagram story", "We baked 400 loaves", State.SENDING, SLOT, ("C0SOCIAL", "1796000000.000100")
)
_ASKED = StopView("Publishing is paused", TOM, SLOT, "recall news", False, (_IN_HAND,))
STOPS = {
    "stop": _ASKED,
    "stop, several": replace(
        _ASKED,
        reason=None,
        hands=(_IN_HAND, replace(_IN_HAND, number=43, title="Sign", since=None, card=None)),
    ),
    "stop, some of many": replace(_ASKED, hands=(replace(_IN_HAND, state=State.SENT), *[_IN_HAND] * 6)),
    "stop, it is up": replace(_ASKED, hands=(replace(_IN_HAND, state=State.SENT),)),
    "stop, over, nobody has said": replace(_ASKED, over=True),
    "stop, no longer theirs": replace(_ASKED, over=True, hands=()),
}
