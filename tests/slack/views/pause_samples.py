"""A pause in the same team: what it found, and the way out of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.domain.deliveries import State
from bot.domain.gate import DRILL
from bot.domain.posts import Fate, Seen
from bot.domain.shown.pause_screens import BannerView, ElsewhereView, ResumeForm, ResumeRow
from bot.domain.shown.post_screens import GateShut, OutView, PausedAgain, TakeDownView
from bot.domain.shown.stopped_replies import RepliesShut
from bot.slack.views.pause.pause import Guessed, PausedAccount, Told
from tests.slack.views.samples import APPROVERS, CARDS, MAYA, NOW, PAUSE, POST, SLOT, TOM, ago
from tests.slack.views.statement_samples import OUT as OUT_AS_STATEMENT
from tests.slack.views.statement_samples import STATEMENTS

PAUSE_ID = "01hzp00000000000000000000p"
GONE = TakeDownView(State.SENT, TOM, ago(1))
GOING = TakeDownView(State.SENDING, MAYA, None)
AGAIN = TakeDownView(State.READY, MAYA, None, "no connection")
REFUSED = TakeDownView(State.REFUSED, MAYA, ago(1), "token *expired*")
MAYBE = TakeDownView(State.UNKNOWN, MAYA, ago(1), "the answer was lost")
OUT = OutView(
    delivery_id="01hzd0000000000000000000m1", number=41, title="Mastodon", text="Winter drive: 400 loaves",
    at=ago(9), state=State.SENT, url="https://mastodon.example/@dock/1",
    profile_url="https://mastodon.example/@dock", can_delete=True,
)  # fmt: skip
THERE = replace(OUT, delivery_id="01hzd0000000000000000000b1", title="Bluesky", url=None, profile_url=None)
NO_DELETE = replace(THERE, title="Instagram", can_delete=False, url="https://instagram.example/p/1")
SENDING = replace(OUT, number=42, state=State.SENDING, url=None, at=ago(3))
ELSEWHERE = (
    ElsewhereView("Meta ads", None, None),
    ElsewhereView("Newsletter", TOM, ago(1)),
    ElsewhereView("Posts scheduled in the networks themselves", None, None),
)
RUNNING = BannerView(
    pause_id=PAUSE_ID, scope="all", account=None, by=MAYA, at=ago(3), reason="recall *news*",
    approvers=(APPROVERS, TOM), stopped=4, next_slot=SLOT, under_way=(), went_out=(OUT, THERE), newest=(),
    elsewhere=ELSEWHERE, stops_replies=False,
)  # fmt: skip
_OVER = replace(
    RUNNING, ended_at=NOW + timedelta(minutes=337), ended_by=TOM,
    summary=(("moved", 1), ("kept", 1), ("killed", 1)), went_out=(replace(OUT, take_down=GONE), THERE),
    newest=(replace(NO_DELETE, number=9, deleted_by=TOM),), under_way=(replace(OUT, number=42, delivery_id="d42"),),
)  # fmt: skip


def _posts(number: int, first: int = 41) -> tuple[OutView, ...]:
    """So many posts on two accounts each."""
    return tuple(
        replace(one, number=first - nth, delivery_id=f"{one.title}{first - nth}", at=ago(9 + nth))
        for nth in range(number)
        for one in (OUT, THERE)
    )


STAYS = (GateShut("Mastodon", MAYA, ago(9), "bad *news*", "dock-mastodon", typed="mastodon"),)
WHOLE = (GateShut("all", TOM, ago(9), None, typed="all"),)

BANNERS = {
    "running, an account paused by itself": replace(RUNNING, stays=STAYS),
    "over, an account stays paused": replace(_OVER, stays=STAYS),
    "running": RUNNING,
    **{f"running, a statement: {name}": replace(RUNNING, statements=(one,)) for name, one in STATEMENTS.items()},
    "running, three statements": replace(RUNNING, statements=tuple(STATEMENTS.values())[:1] + (OUT_AS_STATEMENT,) * 2),
    "over, a statement went out": replace(_OVER, statements=(OUT_AS_STATEMENT,)),
    "running, nothing anywhere": replace(
        RUNNING, reason=None, approvers=(), stopped=0, next_slot=None, went_out=(), elsewhere=()
    ),
    "running, one account, replies stopped": replace(
        RUNNING, scope="Bluesky", account="dock-bluesky", stops_replies=True,
        replies=(RepliesShut(TOM, ago(2), "Bluesky"),),
    ),
    "running, one account takes no replies": replace(RUNNING, replies=(RepliesShut(TOM, ago(2), "Bluesky"),)),
    "running, no replies anywhere": replace(
        RUNNING, stops_replies=True, replies=(RepliesShut(TOM, ago(2), None),)
    ),
    "running, paused again": replace(
        RUNNING, again=(PausedAgain(TOM, ago(2), "and a *second* reason"), PausedAgain(MAYA, ago(1), "and a third"))
    ),
    "running, under way": replace(
        RUNNING,
        under_way=tuple(
            replace(SENDING, number=42 + number, state=state, url=OUT.url if state is State.SENT else None)
            for number, state in enumerate((State.SENDING, State.UNKNOWN, State.SENT, State.REFUSED, State.DROPPED))
        ),
    ),
    "running, by hand": replace(
        RUNNING,
        under_way=(
            SENDING,
            *(
                replace(NO_DELETE, number=43 + number, state=state, holder=TOM)
                for number, state in enumerate((State.SENDING, State.UNKNOWN, State.SENT, State.DROPPED))
            ),
        ),
    ),
    "over, by hand": replace(
        _OVER,
        under_way=(replace(NO_DELETE, holder=TOM, take_down=GONE), replace(NO_DELETE, number=44, holder=TOM)),
    ),
    "running, taking down": replace(
        RUNNING,
        went_out=tuple(
            replace(OUT, number=50 + number, take_down=asked)
            for number, asked in enumerate((GOING, AGAIN, GONE, REFUSED, MAYBE))
        ),
        newest=(replace(OUT, number=7), replace(NO_DELETE, number=8), replace(NO_DELETE, number=9, deleted_by=TOM)),
    ),
    "running, one account of two is gone": replace(RUNNING, went_out=(replace(OUT, take_down=GONE), THERE)),
    "running, a long reason": replace(RUNNING, reason="A customer found glass in a loaf. " * 12),
    "running, four posts": replace(RUNNING, went_out=_posts(4)),
    "running, twelve posts": replace(
        RUNNING, went_out=_posts(12), newest=_posts(5, first=91),
        elsewhere=(*ELSEWHERE, *(ElsewhereView(f"Partner {one}", TOM if one else None, ago(1)) for one in range(4))),
    ),
    "running, more than is read": replace(RUNNING, went_out=_posts(25), went_out_more=12),
    "running, one account while everything is paused": replace(
        RUNNING, scope="Bluesky", account="dock-bluesky", stays=WHOLE,
        elsewhere=(ElsewhereView("Meta ads", None, None), ElsewhereView("Newsletter", None, None)),
    ),
    "over": _OVER,
    "over, one account, nothing missed": replace(
        _OVER, scope="Bluesky", account="dock-bluesky", reason=None, summary=(("moved", 0), ("kept", 0))
    ),
}  # fmt: skip

BANNER = ("C0SOCIAL", "1796000000.000100")
TOLD = Told(True, MAYA, ago(3), "", "C0SOCIAL", banners=(("everything", BANNER),))
NOT_UP = replace(TOLD, up=False, approvers=(TOM,), banners=())
UNDER_WAY = replace(
    TOLD,
    under_way=tuple(replace(SENDING, number=42 + number, delivery_id=f"d{number}") for number in range(7)),
)
CLOSED = replace(NOT_UP, trouble="Byhand cannot write in <#C0SOCIAL>: the channel is archived.", approvers=())
SAID = replace(TOLD, reason="the oven burns")
GUESSED = replace(
    TOLD, reason="mastadon: recall", guess=Guessed("mastadon", ("dock-mastodon",), ("Mastodon",), "recall")
)
SKY = PausedAccount("dock-bluesky", "Bluesky", True, MAYA, ago(3))
ONE = replace(
    TOLD, reason="wrong logo", scopes=(SKY,), still_open=("Mastodon",), banners=(("Bluesky", BANNER),)
)
TWO = replace(
    ONE, scopes=(
        SKY, replace(SKY, scope="dock-mastodon", title="Mastodon"),
        replace(SKY, scope="x", title="X", first=False, by=TOM),
    ),
    still_open=(), banners=(("Bluesky", BANNER), ("Mastodon", ("C0SOCIAL", "1796000000.000200"))),
)  # fmt: skip

ROW = ResumeRow(Seen(POST, 3), 42, SLOT, "Mastodon + Bluesky", "Winter drive", SLOT + timedelta(hours=3))
RESUME = ResumeForm(
    scope="all", title="everything", epoch=3, rows=(ROW, replace(ROW, seen=Seen("p43", 3), number=43)), more=0,
    later=5, again=5, first_later=SLOT + timedelta(days=1), zone="Europe/Berlin",
)  # fmt: skip
CHOSEN = {ROW.seen: (Fate.MOVE, SLOT + timedelta(hours=9)), Seen("p43", 3): (Fate.KILL, None)}
RESUMES = {
    "everything, an account stays paused": replace(RESUME, stays=STAYS * 7),
    "an account, everything stays paused": replace(
        RESUME, scope="dock-bluesky", title="Bluesky", rows=(), decided=1, stays=WHOLE
    ),
    "answers wait": replace(RESUME, held_back=2),
    "left undone": replace(
        RESUME, not_stopped=("Meta ads", "Posts scheduled in the networks themselves"),
        still_up=(
            OUT, replace(THERE, take_down=REFUSED), NO_DELETE,
            replace(NO_DELETE, number=43, state=State.SENDING, holder=TOM),
            replace(SENDING, number=44, state=State.UNKNOWN),
            *(replace(OUT, number=50 + number) for number in range(7)),
        ),
    ),
    "some decided since": replace(RESUME, decided=2),
    "everything": RESUME,
    "a drill": replace(RESUME, scope=DRILL, title="DRILL"),
    "nothing missed": replace(
        RESUME, scope="dock-bluesky", title="Bluesky", rows=(), later=0, again=0, first_later=None
    ),
    "later, none was approved": replace(RESUME, again=0),
    "later, one was approved": replace(RESUME, again=1),
    "more than 25": replace(
        RESUME, rows=tuple(replace(ROW, seen=Seen(f"p{number}", 3), number=number) for number in range(25)), more=12
    ),
}  # fmt: skip

_OUT_NOW = CARDS["published"]
_FIRST, _SECOND = (replace(send, can_delete=True) for send in _OUT_NOW.deliveries)
CARDS_TAKEN_DOWN = {
    "paused, an account by itself too": replace(CARDS["waiting"], gate=replace(PAUSE, beside=STAYS)),
    "published, can be taken down": replace(_OUT_NOW, deliveries=(_FIRST, _SECOND)),
    "published, being taken down": replace(
        _OUT_NOW, deliveries=(replace(_FIRST, take_down=GOING), replace(_SECOND, take_down=REFUSED))
    ),
    "published, taken down from one": replace(
        _OUT_NOW, deliveries=(replace(_FIRST, take_down=GONE), replace(_SECOND, take_down=MAYBE))
    ),
    "partly, can be taken down": replace(CARDS["partly"], deliveries=(_FIRST, CARDS["partly"].deliveries[1])),
    "waits whole": replace(
        CARDS["waiting"], gate=replace(PAUSE, scope="Bluesky", account="dock-bluesky", reason=None)
    ),
}  # fmt: skip
