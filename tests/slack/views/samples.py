"""One team, one Tuesday: the values the screens are drawn from."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain.approvals import GO_TAKEN_BACK, TAKEN_BACK
from bot.domain.deliveries import State
from bot.domain.duty import Turn
from bot.domain.facts import FactKind
from bot.domain.kinds import LineType
from bot.domain.posts import Seen, Status
from bot.domain.preflight.conversions import Change, Conversion
from bot.domain.preflight.objections import Level, Objection, ObjectionType
from bot.domain.preflight.week import FullDay, Stand, WeekDay
from bot.domain.shown.approval_requests import ToRead
from bot.domain.shown.authorship import Authorship
from bot.domain.shown.by_hand import Unwatched
from bot.domain.shown.edit_form import Bars, EditForm, LeftOutView, Theirs
from bot.domain.shown.home_page import HomePage
from bot.domain.shown.inbox_screens import ComplaintsView
from bot.domain.shown.locked import Locked, RuleView
from bot.domain.shown.post_screens import (
    AccountHealth,
    AccountView,
    ApprovalView,
    Arrival,
    Asks,
    DeliveryView,
    Ended,
    GateShut,
    ImageView,
    PostCard,
    SendView,
    ThreadLine,
    UpcomingRow,
)
from bot.domain.shown.status_screen import StatusPage
from bot.domain.shown.tally import Tally
from bot.domain.sign_ins.endings import NoticeType
from bot.domain.sign_ins.words import NoticeView, describe_lost, describe_no
from bot.slack.views.text import Place

PLACE = Place(ZoneInfo("Europe/Berlin"), "https://dockbakery.slack.com/")
NOW = datetime(2026, 11, 24, 7, 14, tzinfo=UTC)  # Tuesday, 08:14 in Berlin
SLOT = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
MAYA, TOM, APPROVERS = "U0MAYA", "U0TOM", "S0APPROVERS"
POST = "01hzx4q6v8k2m0000000000042"
WORDS = "We baked 400 loaves for the food bank this week.\nThank you for every one you bought! & <3"


def ago(minutes: int) -> datetime:
    return NOW - timedelta(minutes=minutes)


MASTODON = AccountView("dock-mastodon", "Mastodon", WORDS, 92, 500, "characters", folds=True)
BLUESKY = AccountView("dock-bluesky", "Bluesky", WORDS, 92, 300, "characters")
IMAGE = ImageView("a" * 64, "Bakers in front of a wall of loaves", "F0LOAVES", "1200 x 800 px")
SENT = DeliveryView(
    id="01hzd0000000000000000000m1",
    account="dock-mastodon",
    title="Mastodon",
    state=State.SENT,
    reason=None,
    url="https://mastodon.example/@dock/1",
    profile_url="https://mastodon.example/@dock",
    begun_at=SLOT,
    ended_at=SLOT + timedelta(seconds=1),
)
TO_BLUESKY = replace(
    SENT,
    id="01hzd0000000000000000000b1",
    account="dock-bluesky",
    title="Bluesky",
    url="https://bsky.app/profile/dock/post/1",
    profile_url="https://bsky.app/profile/dock",
)
REFUSED = replace(TO_BLUESKY, state=State.REFUSED, url=None, reason="token expired")
NO_SIGN_IN = "Bluesky refused the sign-in at 09:00 (Token has been revoked)"
DROPPED = replace(TO_BLUESKY, state=State.DROPPED, url=None, reason="Stopped by a person")
READY = replace(TO_BLUESKY, state=State.READY, url=None, begun_at=None, ended_at=None)
SENDING = replace(SENT, state=State.SENDING, url=None, ended_at=None)
LOOKING = replace(
    TO_BLUESKY,
    state=State.UNKNOWN,
    url=None,
    ended_at=None,
    reason="The connection broke after sending",
    looks_until=SLOT + timedelta(minutes=15),
)
ASKING = replace(LOOKING, asks_a_person=True, looks_until=None)
BY_TOM = ApprovalView(TOM, ago(5))
NO_ALT = Objection(ObjectionType.ALT_TEXT, Level.BLOCK, "The image has no alt text")
TOO_LONG = Objection(
    ObjectionType.MISFIT, Level.BLOCK, "Too long for Bluesky: 312 of 300 characters", waivable=False
)
MAYBE_OUT = Objection(
    ObjectionType.MAYBE_OUT,
    Level.BLOCK,
    "A backup of Tue 24 Nov 2026 at 09:00 CET was put back, so this may be published already",
)
SIMILAR = Objection(
    ObjectionType.SIMILAR,
    Level.WARN,
    "Nearly the same words as “We baked 400 loaves…” of Mon 23 Nov at 09:00 CET, on Mastodon",
)
A_PNG = "Instagram does not take PNG images. Save it as a JPEG and add it again."
IS_A_PNG = Objection(ObjectionType.MISFIT, Level.BLOCK, A_PNG.rstrip("."), waivable=False)
TO_JPEG = Conversion("a" * 64, frozenset({Change.JPEG}), why=(A_PNG,))
TOO_WIDE = (
    "Image 2: The image is too wide for Instagram: 1600 × 500. Its width may be at most 1.91 times its height. Crop "
    "it."
)
IS_TOO_WIDE = Objection(ObjectionType.MISFIT, Level.BLOCK, TOO_WIDE.rstrip("."), waivable=False)
TO_BORDER = Conversion("b" * 64, frozenset({Change.BORDER}), why=(TOO_WIDE,), place=1, of=2)
HOLIDAY = Objection(ObjectionType.SIMILAR, Level.NOTE, "Thursday is a public holiday")

WAITING = PostCard(
    seen=Seen(POST, 3),
    number=42,
    status=Status.REVIEW,
    now=NOW,
    accounts=(MASTODON, BLUESKY),
    slot=SLOT,
    decide_by=SLOT,
    status_at=ago(1),
    status_by=None,
    reason=None,
    written_by=MAYA,
    changed_by=(),
    approvals=(),
    needed=1,
    approvers=(APPROVERS, TOM),
    objections=(),
)
EDITED = Ended(
    "changed the text", MAYA, ago(2), (TOM,), (("-", "We baked 400 loaves"), ("+", "We baked 420 loaves"))
)
PAUSE = GateShut("all", MAYA, ago(3), "recall *news*")
_APPROVED = replace(WAITING, status=Status.APPROVED, approvals=(BY_TOM,), status_at=ago(5), status_by=TOM)
_SENDING = replace(_APPROVED, status=Status.PUBLISHING, now=SLOT, deliveries=(SENDING, READY))
_PUBLISHED = replace(
    _APPROVED, status=Status.PUBLISHED, status_at=SLOT, status_by=None, deliveries=(SENT, TO_BLUESKY)
)
_HELD = replace(WAITING, status=Status.HELD, status_at=ago(4), status_by=MAYA, reason="waiting for the photo")

ONLY_AN_IMAGE = replace(WAITING, accounts=(replace(MASTODON, text=" \n"),), images=(IMAGE,))

BY_TOM_EARLY = replace(BY_TOM, at=ago(60 * 20), early=True)
STILL_RIGHT = replace(
    WAITING,
    approvals=(BY_TOM_EARLY,),
    asks_go=True,
    approvers=(MAYA,),
    request=("C0SOCIAL", "1795900000.000100"),
)
RELEASED = (ApprovalView(MAYA, ago(6)), ApprovalView(TOM, ago(3), "there is *no* time"))
CARDS = {
    "waiting": WAITING,
    "still right": STILL_RIGHT,
    "still right after a pause, asked in one message with others": replace(
        STILL_RIGHT, approver_says_go=True, approvers=()
    ),
    "still right, but the lead became shorter": replace(STILL_RIGHT, go_from=STILL_RIGHT.slot),
    "still right, after a pause": replace(
        STILL_RIGHT, approver_says_go=True, approvers=(TOM,), objections=(SIMILAR,)
    ),
    "approved, the words first": replace(_APPROVED, approvals=(BY_TOM_EARLY,), go=ApprovalView(MAYA, ago(3))),
    "paused, the words are approved": replace(STILL_RIGHT, gate=PAUSE),
    "waiting, imported, one of two approvals": replace(
        WAITING, written_by=None, approvals=(BY_TOM,), needed=2, label="Winter drive", note="Photo by Ina"
    ),
    "waiting, different texts, images": replace(
        WAITING,
        accounts=(MASTODON, replace(BLUESKY, text="400 loaves for the food bank!", length=280)),
        images=(IMAGE, replace(IMAGE, sha256="b" * 64, slack_file=None)),
        objections=(SIMILAR, HOLIDAY),
    ),
    "waiting, hashtags": replace(WAITING, accounts=(MASTODON, replace(BLUESKY, tags=("#bread", "#Fürth")))),
    "waiting, posted now": replace(WAITING, slot=ago(1), decide_by=NOW + timedelta(minutes=9), needed=2),
    "waiting, imported, then changed": replace(WAITING, written_by=None, changed_by=(TOM,), approvers=()),
    "waiting, a colleague's words": replace(WAITING, written_by=TOM, planned_by=MAYA, approvers=("U0INA",)),
    "waiting, a colleague's words, then changed": replace(
        WAITING, written_by=TOM, planned_by=MAYA, changed_by=("U0INA",)
    ),
    "ended, and changed again": replace(WAITING, ended=replace(EDITED, later=(("U0INA", ago(2)),))),
    "locked": replace(WAITING, written_by=TOM, approvers=(), locked=Locked(1, 0)),
    "locked, by an edit": replace(WAITING, written_by=TOM, approvers=(), locked=Locked(1, 0), ended=EDITED),
    "waiting, too few may approve": replace(
        WAITING, written_by=TOM, approvers=(TOM, MAYA), needed=2, locked=Locked(2, 1)
    ),
    "waiting, others are named": replace(
        WAITING,
        approvals=(BY_TOM,),
        needed=2,
        have=1,
        rules=(RuleView("Mastodon", 1, 1), RuleView("“Winter drive”", 0, 1)),
    ),
    "waiting, too few are named": replace(
        WAITING,
        approvers=(TOM,),
        needed=2,
        rules=(RuleView("Mastodon", 0, 2),),
        locked=Locked(2, 1, where="Mastodon"),
    ),
    "ended": replace(WAITING, ended=EDITED),
    "ended, taken back": replace(WAITING, ended=Ended(TAKEN_BACK, TOM, ago(9), (TOM,))),
    "ended by a pause, resumed": replace(
        WAITING, ended=Ended("paused publishing", MAYA, ago(9), (TOM, "U0INA"))
    ),
    "blocked": replace(WAITING, objections=(NO_ALT,), images=(replace(IMAGE, alt=""),)),
    "blocked, not to be waived": replace(WAITING, objections=(TOO_LONG, NO_ALT, SIMILAR), ended=EDITED),
    "blocked, to be converted": replace(
        WAITING, objections=(IS_A_PNG,), images=(IMAGE,), conversions=(TO_JPEG,)
    ),
    "blocked, two to be converted": replace(
        WAITING,
        objections=(replace(IS_A_PNG, sentence=f"Image 1: {IS_A_PNG.sentence}"), IS_TOO_WIDE),
        images=(IMAGE, replace(IMAGE, sha256="b" * 64)),
        conversions=(replace(TO_JPEG, of=2), TO_BORDER),
        none_to_spare=True,
    ),
    "restored": replace(WAITING, objections=(MAYBE_OUT,)),
    "failed, restored": replace(
        _PUBLISHED, status=Status.FAILED, accounts=(BLUESKY,), deliveries=(REFUSED,), objections=(MAYBE_OUT,)
    ),
    "paused": replace(WAITING, gate=PAUSE),
    "paused, was approved": replace(
        WAITING, gate=PAUSE, ended=Ended("paused publishing", MAYA, ago(9), (TOM,))
    ),
    "paused, one account": replace(
        _APPROVED,
        accounts=(BLUESKY,),
        gate=replace(PAUSE, scope="Bluesky", account="dock-bluesky", reason=None),
    ),
    "approved": _APPROVED,
    "approved anyway, going out": replace(
        _APPROVED, now=SLOT, needed=2, approvals=(BY_TOM, ApprovalView("U0INA", ago(2), "it is *decorative*"))
    ),
    "held": _HELD,
    "held, brought back": replace(_HELD, reason=None, arrival=Arrival(FactKind.BROUGHT_BACK, TOM, ago(4))),
    "held, paused": replace(_HELD, gate=PAUSE),
    "killed": replace(_HELD, status=Status.KILLED, status_by=TOM, reason="tone"),
    "killed, its slot has passed": replace(
        _HELD, status=Status.KILLED, status_by=TOM, reason="tone", slot=ago(5)
    ),
    "killed, no reason": replace(_HELD, status=Status.KILLED, status_by="cli:tom@desk", reason=None),
    "missed": replace(WAITING, status=Status.MISSED, status_at=SLOT, reason="nobody decided"),
    "missed, all dropped": replace(
        WAITING,
        status=Status.MISSED,
        reason="too late",
        deliveries=(replace(DROPPED, reason=f"{NO_SIGN_IN}; it was too late at 09:10"),),
    ),
    "missed, paused": replace(
        WAITING,
        status=Status.MISSED,
        status_at=SLOT,
        reason="Maya paused publishing at 08:11",
        gate=replace(PAUSE, scope="Bluesky", account="dock-bluesky"),
    ),
    "moved": replace(
        WAITING, status=Status.SCHEDULED, slot=SLOT + timedelta(days=1), status_by=MAYA, decide_by=None
    ),
    "moved, paused": replace(
        WAITING,
        status=Status.SCHEDULED,
        slot=SLOT + timedelta(days=1),
        status_by=MAYA,
        decide_by=None,
        gate=PAUSE,
    ),
    "draft": replace(WAITING, status=Status.DRAFT, slot=None, decide_by=None, status_by=MAYA),
    "sending": _SENDING,
    "stuck, sign-in refused": replace(
        _SENDING, accounts=(BLUESKY,), deliveries=(replace(READY, reason=NO_SIGN_IN),)
    ),
    "approved, sign-in refused": replace(_APPROVED, deliveries=(SENDING, replace(READY, reason=NO_SIGN_IN))),
    "sending, one account": replace(_SENDING, accounts=(MASTODON,), deliveries=(SENDING,)),
    "unknown, looking": replace(_SENDING, deliveries=(SENT, LOOKING)),
    "unknown, asking": replace(_SENDING, deliveries=(SENT, ASKING)),
    "unknown, asking, rest waits": replace(
        _SENDING, deliveries=(replace(ASKING, id="d1", title="Mastodon"), ASKING, replace(READY, id="d3"))
    ),
    "published": _PUBLISHED,
    "published as a statement": replace(_PUBLISHED, approvals=(), released=RELEASED),
    "partly, a statement": replace(_PUBLISHED, approvals=(), released=RELEASED, deliveries=(SENT, REFUSED)),
    "unknown, asking of a statement": replace(
        _SENDING, approvals=(), released=RELEASED, deliveries=(SENT, ASKING), gate=PAUSE
    ),
    "published, one said to be there": replace(
        _PUBLISHED, deliveries=(SENT, replace(TO_BLUESKY, url=None, resolved_by=TOM))
    ),
    "partly": replace(_PUBLISHED, deliveries=(SENT, REFUSED)),
    "partly, stopped": replace(_PUBLISHED, deliveries=(SENT, DROPPED)),
    "failed": replace(_PUBLISHED, status=Status.FAILED, accounts=(BLUESKY,), deliveries=(REFUSED,)),
    "failed on both": replace(
        _PUBLISHED,
        status=Status.FAILED,
        deliveries=(replace(REFUSED, id="d1", title="Mastodon", reason="image too small"), REFUSED),
    ),
    "failed, paused": replace(
        _PUBLISHED, status=Status.FAILED, accounts=(BLUESKY,), deliveries=(REFUSED,), gate=PAUSE
    ),
    "partly, paused": replace(_PUBLISHED, deliveries=(SENT, REFUSED), gate=PAUSE),
    "sending, paused": replace(_SENDING, gate=PAUSE),
    "unknown, asking, paused": replace(_SENDING, deliveries=(SENT, ASKING), gate=PAUSE),
    "waiting, an account left out": replace(WAITING, accounts=(MASTODON,), left_out=("Bluesky",)),
    "waiting, only an image": ONLY_AN_IMAGE,
    "waiting, moved": replace(
        WAITING,
        arrival=Arrival(FactKind.MOVED, MAYA, ago(6), ago(60), Status.MISSED, "nobody *decided*"),
        before=("C0SOCIAL", "1796000000.000100"),
    ),
    "waiting, taken off hold": replace(
        WAITING,
        arrival=Arrival(FactKind.MOVED, MAYA, ago(6), WAITING.slot, Status.HELD, "waiting for the photo"),
    ),
    "waiting, complaints": replace(
        WAITING,
        complaints=(
            ComplaintsView("Mastodon", 12, ago(34), ("C0SOCIAL", "1796000000.000100")),
            ComplaintsView("Bluesky", 1, ago(4), None),
        ),
    ),
    "waiting, brought back": replace(WAITING, arrival=Arrival(FactKind.BROUGHT_BACK, TOM, ago(6))),
    "old, moved": replace(
        WAITING,
        newer=("C0SOCIAL", "1796000000.000100"),
        arrival=Arrival(FactKind.MOVED, MAYA, ago(6), ago(60), Status.HELD, "waiting for the photo"),
    ),
    "old": replace(WAITING, newer=("C0SOCIAL", "1796000000.000100")),
}
FIRST_WORDS = {
    "waiting": "Decide by ",
    "still": "Still right for ",
    "ended": "Decide again by ",
    "locked": "Nobody may approve this as it stands: ",
    "blocked": "Please fix first: ",
    "restored": "Please look first: ",
    "paused": "Publishing ",
    "approved": "Approved: goes out ",
    "held": "On hold",
    "killed": "Killed: will not be published",
    "missed": "Missed its slot ",
    "moved": "Moved to ",
    "draft": "A draft again",
    "sending": "Being sent since ",
    "stuck": "Not sent yet on ",
    "unknown": "We cannot tell ",
    "published": "Published ",
    "partly": "Published on Mastodon, ",
    "failed": "Not published: ",
    "old": "This post has a newer card",
}

FORM = EditForm(
    seen=Seen(POST, 3),
    number=42,
    text=WORDS,
    accounts=(MASTODON, BLUESKY),
    variants=(("dock-bluesky", "400 loaves for the food bank!"),),
    slot=SLOT,
    images=(IMAGE,),
    label="Winter drive",
    note="Photo by Ina",
    zone="Europe/Berlin",
    loses=(TOM,),
    may_approve=True,
    next_quarter=SLOT + timedelta(minutes=15),
    choices=(("dock-mastodon", "Mastodon"), ("dock-bluesky", "Bluesky"), ("dock-x", "X")),
    chosen=("dock-mastodon", "dock-bluesky"),
)
PLAIN_FORM = replace(
    FORM,
    accounts=(MASTODON,),
    variants=(),
    slot=None,
    images=(),
    label="",
    note="",
    loses=(),
    may_approve=False,
    next_quarter=None,
    choices=(),
    chosen=(),
)
CUT_DOWN = replace(
    FORM,
    accounts=(MASTODON,),
    variants=(),
    choices=(("dock-mastodon", "Mastodon"),),
    chosen=("dock-mastodon",),
    left_out=(
        LeftOutView("dock-bluesky", "Bluesky", "400 loaves for the food bank!", MAYA, ago(9)),
        LeftOutView("dock-x", "X", "", TOM, ago(8), replace(PAUSE, scope="X", account="dock-x")),
    ),
)
FORMS = {
    "everything": FORM,
    "plain": PLAIN_FORM,
    "an account is being added": replace(
        PLAIN_FORM,
        choices=FORM.choices,
        chosen=("dock-mastodon", "dock-bluesky"),
        could_be=(BLUESKY, replace(BLUESKY, name="dock-x", title="X")),
    ),
    "an approver who becomes an author": replace(PLAIN_FORM, bars=Bars.OTHERS),
    "an approver who becomes an author, nobody else": replace(PLAIN_FORM, bars=Bars.NOBODY),
    "nobody may approve it already": replace(PLAIN_FORM, bars=Bars.ALREADY),
    "too long for a field": replace(PLAIN_FORM, text="Loaf. " * 600),
    "something to check": replace(FORM, objections=(SIMILAR, NO_ALT)),
    "not saved yet": replace(PLAIN_FORM, objections=(SIMILAR,), checked="0123456789abcdef"),
    "saved meanwhile": replace(
        FORM, seen=Seen(POST, 4), theirs=Theirs(TOM, 4, "We baked 420 loaves."), loses=(TOM, MAYA)
    ),
}

ROW = UpcomingRow(
    post_id=POST,
    number=42,
    status=Status.REVIEW,
    slot=SLOT,
    titles="Mastodon + Bluesky",
    text=WORDS,
    approvals=1,
    needed=2,
    card=("C0SOCIAL", "1796000000.000100"),
    waiting_for_me=True,
)
PLANNED = replace(ROW, number=43, status=Status.SCHEDULED, slot=SLOT + timedelta(hours=2), card=None)
KILLED = replace(
    ROW,
    number=44,
    status=Status.KILLED,
    reason="tone",
    waiting_for_me=False,
    acted_at=NOW - timedelta(hours=1),
)
HELD = replace(ROW, number=48, status=Status.HELD, reason="waiting for the photo", waiting_for_me=False)
DRAFT = replace(
    ROW,
    number=45,
    status=Status.DRAFT,
    slot=None,
    card=None,
    seen=Seen(POST, 1),
    whose=Authorship(MAYA, (TOM, "U0INA")),
    fix=("No time yet", "The image has no alt text"),
)
READY_DRAFT = replace(DRAFT, number=50, slot=SLOT, fix=(), whose=Authorship(None))
TAKEN_DOWN = replace(
    ROW,
    number=47,
    status=Status.PUBLISHED,
    waiting_for_me=False,
    sends=(SendView("Mastodon", State.SENT, gone_at=NOW), SendView("Bluesky", State.SENT)),
    acted_at=NOW,
)
HEALTH = (
    AccountHealth("Mastodon", True, "ok"),
    AccountHealth("Bluesky", False, "sign-in refused at 07:00"),
    AccountHealth("LinkedIn", None, ""),
)
COSTLY = (
    *HEALTH,
    AccountHealth("X", True, "Signed in as @dockbakery.", cost="Sending has cost about $1.20 this month"),
)
WEEK = (
    WeekDay(date(2026, 11, 24), (Stand.OUT, Stand.WAITS, Stand.WORDS)),
    WeekDay(date(2026, 11, 25), (Stand.WORDS, Stand.WORDS, Stand.WORDS)),
    WeekDay(date(2026, 11, 26), (Stand.WORDS, Stand.WORDS_MISSING)),
    WeekDay(date(2026, 11, 27)),
    WeekDay(date(2026, 11, 28), (Stand.WORDS_MISSING,) * 6, (FullDay(date(2026, 11, 28), "Mastodon", 6),)),
    WeekDay(date(2026, 11, 29), open=False),
    WeekDay(date(2026, 11, 30), (Stand.APPROVED,)),
)
NO_WEEK = tuple(replace(day, posts=(), full=()) for day in WEEK[1:])
HOME = HomePage(
    now=NOW,
    gate=(),
    needs_me=(ROW,),
    today=(ROW, PLANNED, KILLED, TAKEN_DOWN),
    drafts=(DRAFT, READY_DRAFT),
    asks=(replace(ROW, number=46, status=Status.PUBLISHING, reason="we cannot tell whether it went out"),),
    held=(),
    this_week=Tally(9, 1, late=2, gone=1),
    accounts=HEALTH,
    ahead=WEEK[1:],
)
UNWATCHED = (
    Unwatched("story", "Instagram stories", MAYA, SLOT),
    Unwatched("sign", "Sign in the window"),
)
MEND = "Whoever runs Byhand signs it in again: byhand connect facebook dock-facebook"
ENDING = (
    *HEALTH,
    AccountHealth(
        "Facebook",
        True,
        "Signed in as Dock Bakery.",
        f"Byhand's sign-in to Facebook ends on Tue 1 Dec 2026 at 14:00 CET. {MEND}.",
    ),
)
UNPAID = (
    *HEALTH,
    AccountHealth(
        "X",
        False,
        "X has no credits (credits depleted). Buy credits at console.x.com.",
        unpaid="dock-x",
    ),
)
_ENDS = NoticeView(NoticeType.WEEK, "Facebook", NOW + timedelta(days=7), MEND)
_ENVIRONMENT = "Whoever runs Byhand puts a new token into BYHAND_DOCK_FACEBOOK_TOKEN and restarts Byhand"
_UNPAID = NoticeView(
    NoticeType.UNPAID, "X", NOW, MEND, "X has no credits (credits depleted). Buy credits at console.x.com.",
    account="dock-x",
)  # fmt: skip
SIGN_INS = {
    "sign-in ends": _ENDS,
    "sign-in ends, a group": replace(_ENDS, groups=("S0BOSSES",)),
    "sign-in ends today, environment": replace(
        _ENDS, kind=NoticeType.DAY, about=NOW + timedelta(hours=5), mend=_ENVIRONMENT
    ),
    "sign-in ended": replace(
        _ENDS,
        kind=NoticeType.ENDED,
        about=NOW,
        why="Facebook refuses the token (Error validating access token: *session* <!channel> has expired).",
    ),
    "out of credits": _UNPAID,
    "out of credits, tried": replace(_UNPAID, tried_at=NOW + timedelta(minutes=40)),
    "out of credits no more": replace(_UNPAID, over="It works again", over_at=NOW, account=""),
    "sign-in could not be renewed": replace(
        _ENDS,
        kind=NoticeType.RENEWAL,
        about=NOW,
        end=NOW + timedelta(days=30),
        why=describe_lost("timed out"),
    ),
    "sign-in could not be renewed, no end": replace(
        _ENDS, kind=NoticeType.RENEWAL, about=NOW, why=describe_no("revoked")
    ),
    "sign-in renewed": replace(
        _ENDS, over="maya (on Byhand's server) signed it in again", over_at=NOW + timedelta(hours=1)
    ),
}
HOMES = {
    "approver": HOME,
    "asked to read": replace(HOME, to_read=ToRead("r1", 3), to_ask=4),
    "paused": replace(
        HOME,
        gate=(
            replace(PAUSE, banner=("C0SOCIAL", "1796000000.000900")),
            replace(PAUSE, scope="Bluesky", account="dock-bluesky", reason=None),
        ),
        needs_me=(),
        to_fix=(
            replace(ROW, number=49, gate=PAUSE, waiting_for_me=False, fix=("The image has no alt text",)),
        ),
        later=(replace(ROW, gate=PAUSE, waiting_for_me=False, after_resume=True),),
    ),
    "no post to decide, all else": replace(
        HOME,
        needs_me=(),
        asks=tuple(replace(ROW, number=46 + nth, status=Status.MISSED, approvals=0) for nth in range(13)),
    ),
    "on hold": replace(HOME, held=(HELD,)),
    "a sign-in ends": replace(HOME, accounts=ENDING),
    "costs": replace(HOME, accounts=COSTLY),
    "out of credits": replace(HOME, accounts=UNPAID),
    "out of credits, a guest": replace(HOME, accounts=UNPAID, reader=True, needs_me=()),
    "a sign-in ends, a guest": replace(HOME, accounts=ENDING, reader=True, needs_me=()),
    "not watched": replace(HOME, unwatched=UNWATCHED),
    "not watched, many": replace(HOME, unwatched=UNWATCHED * 6),
    "not watched, a guest": replace(HOME, reader=True, needs_me=(), unwatched=UNWATCHED),
    "on shift": replace(HOME, on_shift=(Turn(NOW, SLOT, MAYA),), has_rota=True, mine_is_on=True),
    "many drafts": replace(
        HOME, drafts=tuple(replace(DRAFT, number=90 - nth) for nth in range(21)), all_drafts=85
    ),
    "nothing to do": replace(
        HOME,
        needs_me=(),
        today=(),
        drafts=(),
        asks=(),
        accounts=(),
        ahead=NO_WEEK,
    ),
    "guest": replace(HOME, reader=True, needs_me=()),
}
STATUS = StatusPage(
    now=NOW,
    gate=(),
    waiting=2,
    next_row=ROW,
    being_sent=0,
    unknown=0,
    accounts=HEALTH,
    unsealed=0,
    today=Tally(1, 0, gone=1),
    held=0,
)
BUSY = replace(
    STATUS,
    missed=1,
    failed=2,
    customers=3,
    nobodys=2,
    held=2,
    held_back=1,
    gate=(PAUSE,),
    unknown=1,
    unsealed=3,
    being_sent=1,
    next_row=None,
)
ONE_PAUSED = replace(PAUSE, scope="Bluesky", account="dock-bluesky", reason=None)
STATUS_PAUSED = replace(
    STATUS, gate=(PAUSE,), next_row=replace(ROW, gate=PAUSE, waiting_for_me=False), waiting=0, paused=2, decide_by=SLOT,
    to_fix=1,
)  # fmt: skip
STATUS_OF_ONE = replace(STATUS, titles=("Bluesky",), customers=1, nobodys=1)
STATUS_ONE_PAUSED = replace(STATUS, gate=(ONE_PAUSED,))


def line(kind: LineType, **values: object) -> ThreadLine:
    return ThreadLine(kind, NOW, values)


TWICE = (
    "Mastodon: an earlier try arrived after it was sent again; it is there twice: "
    "https://dock.example/1 and https://dock.example/2"
)


def over(asks: Asks, kind: LineType, **values: object) -> ThreadLine:
    return replace(line(kind, **values), asks=asks)


LINES = {
    "reminder": line(LineType.REMINDER, decide_by=SLOT.isoformat(), last=False, mention=[APPROVERS]),
    "last reminder": line(LineType.REMINDER, decide_by=SLOT.isoformat(), last=True, mention=[TOM, APPROVERS]),
    "ended": line(LineType.ENDED, what="changed the text", by=MAYA, whose=[TOM], mention=[APPROVERS]),
    "ended, taken back": line(LineType.ENDED, what=TAKEN_BACK, by=TOM, whose=[TOM], mention=[APPROVERS]),
    "ended, a Go taken back": line(
        LineType.ENDED, what=GO_TAKEN_BACK, by=TOM, whose=[TOM], mention=[APPROVERS]
    ),
    "approved alone": line(LineType.ALONE, by=MAYA, at=ago(500).isoformat(), mention=[TOM]),
    "ended, taken back by another": line(
        LineType.ENDED, what=TAKEN_BACK, by=TOM, whose=[MAYA], mention=[APPROVERS]
    ),
    "ended, nobody may approve": line(
        LineType.ENDED, what="changed the text", by=TOM, whose=[TOM], mention=[], locked=True
    ),
    "ended by the clock": line(
        LineType.ENDED, what="saw the settings change", by=None, whose=[TOM, MAYA], mention=[]
    ),
    "killed after it was approved": line(
        LineType.STOPPED, by=MAYA, held=False, reason="*tone*", mention=[TOM]
    ),
    "held after it was approved": line(LineType.STOPPED, by=MAYA, held=True, reason="", mention=[TOM]),
    "missed": line(LineType.MISSED, reason="nobody decided", slot=SLOT.isoformat(), mention=[]),
    "missed, approved": line(
        LineType.MISSED,
        reason="Mastodon could not be reached at 09:00 (no route); it was too late at 09:10",
        slot=SLOT.isoformat(),
        mention=[TOM, APPROVERS],
    ),
    "published": line(LineType.PUBLISHED, links=[["Mastodon", SENT.url], ["Bluesky", None]]),
    "published, the first one there": line(
        LineType.PUBLISHED,
        links=[["Mastodon", SENT.url], ["Facebook", None]],
        look=[["Facebook", "Until the app is “Live”, only people with a role in it see it."]],
    ),
    "failed": line(LineType.FAILED, title="Bluesky", reason="token *expired*", mention=[TOM]),
    "not sent": line(
        LineType.FAILED,
        title="Bluesky",
        reason=f"{NO_SIGN_IN}; it was too late at 09:10",
        refused=False,
        mention=[TOM, APPROVERS],
    ),
    "unknown": line(
        LineType.OUTCOME_UNKNOWN,
        title="Bluesky",
        reason="The answer was lost",
        profile_url=SENT.profile_url,
        mention=[TOM],
    ),
    "incident": line(
        LineType.INCIDENT, sentence="The words on Mastodon are not those approved.", mention=[TOM]
    ),
    "there twice": line(LineType.INCIDENT, sentence=TWICE, mention=[TOM], take_down=["d1"]),
    "there twice, being taken down": over(
        Asks.BEING_TAKEN_DOWN, LineType.INCIDENT, sentence=TWICE, mention=[TOM], take_down=["d1"]
    ),
    "there twice, one taken down": over(
        Asks.ONE_TAKEN_DOWN, LineType.INCIDENT, sentence=TWICE, mention=[TOM], take_down=["d1"]
    ),
    "taken down since": over(
        Asks.TAKEN_DOWN, LineType.INCIDENT, sentence="The words on Mastodon are not those approved."
    ),
    "unknown, settled": over(Asks.SETTLED, LineType.OUTCOME_UNKNOWN, title="Bluesky", mention=[TOM]),
    "superseded": line(LineType.SUPERSEDED),
    "rebuilt": line(LineType.REBUILT),
    "still paused": line(LineType.STILL_PAUSED, since=ago(60).isoformat(), by=MAYA, mention=[APPROVERS, TOM]),
    "statement waits": line(
        LineType.STATEMENT_WAITS,
        by=MAYA,
        until=ago(-24).isoformat(),
        approver=True,
        mention=[APPROVERS, TOM],
        post=42,
        text="We recall the *rye* bread",
    ),
    "statement waits for two lists": line(
        LineType.STATEMENT_WAITS,
        by=MAYA,
        until=ago(-24).isoformat(),
        approver=True,
        of=["Mastodon", "*Bluesky*"],
        mention=[TOM, "U0INES"],
        post=42,
        text="We recall the *rye* bread",
    ),
    "statement waits for anybody": line(
        LineType.STATEMENT_WAITS,
        by=TOM,
        until=ago(-24).isoformat(),
        approver=False,
        of=[],
        post=42,
        text="Hi",
    ),
    "statement waits, mangled": line(LineType.STATEMENT_WAITS, by=None, until="soon", mention=None),
    "statement goes": line(
        LineType.STATEMENT_GOES, by="U0INES", mention=[TOM], post=42, text="We recall the *rye* bread"
    ),
    "statement lapsed": line(
        LineType.STATEMENT_ENDED,
        by=None,
        why="nobody else released it within 30 minutes",
        mention=[MAYA],
        post=42,
        text="We recall the rye bread",
    ),
    "statement withdrawn": line(
        LineType.STATEMENT_ENDED,
        by=TOM,
        why="withdrew it",
        mention=[MAYA],
        post=42,
        text="We recall the rye bread",
    ),
    "still paused, mangled": line(LineType.STILL_PAUSED, since="once", by=None, mention=None),
    "of a newer version": line(LineType.of("sung"), song=1),
    "mangled": line(LineType.REMINDER, decide_by="soon", mention="everyone", last="yes"),
}
