"""A conversation with one customer, and everything that can become of it: the values the inbox's screens take."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.domain.answers import EDITED
from bot.domain.conversations import Closing, Happened, Meanwhile, Stage
from bot.domain.deliveries import State
from bot.domain.kinds import AttachmentType, LineType, PileType
from bot.domain.shown.inbox_screens import (
    AnswerView,
    AttachmentView,
    ConversationCard,
    ConversationRow,
    CustomerView,
    DraftView,
    HomeInbox,
    InboxList,
    InboxPage,
    LateCard,
    NewCard,
    OfferCard,
    PileCard,
    PileClosing,
    PostLink,
    ReplyForm,
    ReplyView,
    SourceChange,
    SpikeCard,
    WordsView,
)
from bot.domain.shown.post_conversations import PostConversation, PostConversations
from bot.domain.shown.post_screens import ThreadLine
from bot.domain.shown.stopped_replies import RepliesShut, UnsentView
from tests.slack.views.samples import APPROVERS, MAYA, NOW, TOM, ago

CONVERSATION, DRAFT_ID, DELIVERY = (
    "01hzt000000000000000000012",
    "01hzr000000000000000000001",
    "01hzd0000000000000000000r1",
)
DIGEST = "0123456789abcdef" * 4
LENA = CustomerView("Lena K.", "@lena@example.org", "https://mastodon.example/@lena", 12)
SPOOF = CustomerView("✅ Approved by Tom”", "@byhand@evil.example", None, 1)
BROKEN = WordsView(
    "01hzm000000000000000000001", "My order arrived broken\nand nobody answers. <!channel>",
    ago(12), "https://mastodon.example/@lena/1",
)  # fmt: skip
LOAF = AttachmentView("https://files.example/loaf.jpg", "A loaf in *two* halves", AttachmentType.IMAGE)
QUOTED = AttachmentView("https://mastodon.example/@dock/9", "We *baked*\n400 loaves", AttachmentType.QUOTE)
PAGE_LINK = AttachmentView("https://shop.example", "A shop", AttachmentType.LINK)
POST_42 = PostLink(
    42, "We baked 400 loaves", ("C0SOCIAL", "1796000000.000100"), "https://mastodon.example/@dock/9"
)
GONE_42 = replace(POST_42, gone_at=ago(4))
SENT = ReplyView(
    DELIVERY, State.SENT, "Sorry, Lena! We send a new one today.", TOM, ago(2), "https://mastodon.example/@dock/10",
    can_delete=True, can_correct=True, customer=LENA, title="Mastodon",
)  # fmt: skip
REFUSED = replace(SENT, state=State.REFUSED, url=None, reason="Record not found")
UNKNOWN = replace(
    SENT,
    state=State.UNKNOWN,
    url=None,
    profile_url="https://mastodon.example/@dock",
    looks_until=NOW + timedelta(minutes=15),
)
ASKS = replace(UNKNOWN, asks_a_person=True, looks_until=None, reason="The answer was lost")

OPEN = ConversationCard(
    conversation_id=CONVERSATION, number=12, seq=3, now=NOW, stage=Stage.OPEN, private=False,
    title="Mastodon", us="@dockbakery", customer=LENA, how="public comment", first=BROKEN, count=1,
    waiting_since=ago(12), owner=None, owner_since=None, reasons=(), late_since=None, post=None,
)  # fmt: skip
TAKEN = replace(OPEN, owner=TOM, owner_since=ago(9))
ANSWERED = replace(
    TAKEN, stage=Stage.ANSWERED, waiting_since=None, answered_by=TOM, answered_at=ago(2), last_reply=SENT
)
LATER = replace(
    BROKEN, message_id="01hzm000000000000000000003", text="And when does the *new* one come?", at=ago(5)
)
OUR_ANSWER = AnswerView(SENT.text, ago(2), TOM)
DONE = replace(
    OPEN, stage=Stage.DONE, waiting_since=None, closing=Closing.NO_ANSWER, closed_by=MAYA, closed_at=ago(1)
)
PRIVATE = replace(OPEN, private=True, how="private message", reasons=("“broken”", "direct message"))
STOPPED = RepliesShut(MAYA, ago(6), None)
NOT_TOLD = WordsView(
    "01hzm000000000000000000009", "", ago(12), "https://www.linkedin.com/feed/update/urn:li:share:9/", withheld=True
)  # fmt: skip
TOLD = replace(
    OPEN, title="LinkedIn", customer=CustomerView("somebody", "", None, withheld=True), first=NOT_TOLD, post=POST_42,
    takes_answers=False,
)  # fmt: skip
CONVERSATIONS = {
    "new": OPEN,
    "told only that somebody commented": TOLD,
    "told only, again": replace(
        TOLD, owner=TOM, owner_since=ago(9), count=3, since=(replace(NOT_TOLD, at=ago(2)),)
    ),
    "told only that somebody mentioned us": replace(TOLD, how="mention", post=None),
    "told only, done": replace(
        TOLD,
        stage=Stage.DONE,
        waiting_since=None,
        closing=Closing.ELSEWHERE,
        closed_by=MAYA,
        closed_at=ago(1),
    ),
    "new, its network lets no app answer it": replace(
        OPEN,
        title="X",
        takes_answers=False,
        no_answer="X lets an app answer only people who mentioned your account, and this customer did not.",
    ),
    "new, look here first": replace(OPEN, reasons=("“broken”", "third message"), count=3, post=POST_42),
    "new, the post was taken down": replace(OPEN, post=GONE_42),
    "new, rings": replace(OPEN, reasons=("“broken”",), rung=(APPROVERS, TOM)),
    "new, rings, private": replace(PRIVATE, rung=(APPROVERS, TOM)),
    "new, only an image": replace(OPEN, first=replace(BROKEN, text="", attachments=(LOAF,))),
    "new, images": replace(
        OPEN,
        first=replace(
            BROKEN, attachments=(LOAF, replace(LOAF, alt="", kind=AttachmentType.VIDEO), *(LOAF,) * 4)
        ),
    ),
    "new, quotes a post": replace(OPEN, first=replace(BROKEN, attachments=(LOAF, QUOTED, LOAF))),
    "new, only a shared post and a page": replace(
        OPEN, first=replace(BROKEN, text="", attachments=(replace(QUOTED, alt=""), PAGE_LINK))
    ),
    "new, only emoji": replace(OPEN, first=replace(BROKEN, text="😡👩‍👩‍👧")),
    "new, nothing to be seen": replace(OPEN, first=replace(BROKEN, text="\u200b\u3164")),
    "new, very long": replace(OPEN, first=replace(BROKEN, text="Broken again. " * 700)),
    "new, very tall": replace(OPEN, first=replace(BROKEN, text="\n".join(str(row) for row in range(500)))),
    "new, a name like one of our lines": replace(OPEN, customer=SPOOF),
    "new, from right to left": replace(
        OPEN,
        customer=replace(LENA, name="שלום \u202elacol"),
        first=replace(BROKEN, text="\u202eמה קורה\u202c ok"),
    ),
    "new, no address": replace(
        OPEN, customer=replace(LENA, url=None, followers=None), first=replace(BROKEN, url=None)
    ),
    "new, changed since": replace(OPEN, first=replace(BROKEN, edited=True)),
    "new, deleted since": replace(OPEN, first=replace(BROKEN, text="", deleted=True), nothing_left=True),
    "taken": TAKEN,
    "late": replace(TAKEN, late_since=ago(3), waiting_since=ago(250)),
    "replies stopped": replace(TAKEN, replies_stopped=STOPPED, last_reply=REFUSED),
    "replies stopped, answered": replace(ANSWERED, replies_stopped=STOPPED),
    "replies stopped, by button only": replace(TAKEN, replies_stopped=STOPPED, thread="button"),
    "thread asks": replace(TAKEN, thread="ask"),
    "by button only": replace(TAKEN, thread="button"),
    "answered": ANSWERED,
    "answered, with an image": replace(ANSWERED, since=(replace(OUR_ANSWER, image_alt="A *new* loaf"),)),
    "answered, corrected by somebody else": replace(
        ANSWERED, since=(replace(OUR_ANSWER, corrected_by=MAYA),)
    ),
    "answered, deleted since": replace(ANSWERED, since=(replace(OUR_ANSWER, deleted=True),)),
    "answered, and they wrote again": replace(TAKEN, count=2, since=(OUR_ANSWER, LATER)),
    "they wrote again, long": replace(OPEN, count=2, since=(replace(LATER, text="Again. " * 300),)),
    "answered in the app, with an image": replace(
        ANSWERED,
        answered_by=None,
        last_reply=None,
        since=(replace(OUR_ANSWER, by=None, attachments=(LOAF,)),),
    ),
    "answered in the app": replace(ANSWERED, answered_by=None, last_reply=None),
    "reply not sent yet": replace(
        TAKEN,
        last_reply=replace(
            SENT, state=State.READY, url=None, reason="Mastodon refused the sign-in at 09:00 (revoked)"
        ),
    ),
    "reply on its way": replace(TAKEN, last_reply=replace(SENT, state=State.SENDING, url=None)),
    "reply refused": replace(TAKEN, last_reply=REFUSED),
    "reply unknown, looking": replace(TAKEN, last_reply=UNKNOWN),
    "reply unknown, asking": replace(TAKEN, last_reply=ASKS),
    "done": DONE,
    "offered": replace(OPEN, stage=Stage.OFFERED),
    "left": replace(DONE, stage=Stage.LEFT, closing=None),
    "erased": replace(
        ANSWERED,
        erased=True,
        erased_by=MAYA,
        erased_at=ago(1),
        customer=CustomerView("a customer", "", None),
        first=replace(BROKEN, text="", erased=True),
    ),
    "erased by the clock": replace(
        DONE,
        erased=True,
        erased_at=ago(0),
        customer=CustomerView("a customer", "", None),
        first=replace(BROKEN, text="", erased=True),
    ),
    "erased, of an older Byhand": replace(
        OPEN,
        erased=True,
        customer=CustomerView("a customer", "", None),
        first=replace(BROKEN, text="", erased=True),
    ),
    "old": replace(OPEN, newer=("C0CARE", "1796000001.000100")),
    "private": PRIVATE,
    "private, until": replace(PRIVATE, answers_end=NOW + timedelta(hours=22, minutes=3)),
    "private, too late": replace(PRIVATE, answers_end=ago(1), owner=TOM, owner_since=ago(9)),
    "private, answered, until": replace(
        ANSWERED, private=True, how="private message", answers_end=NOW + timedelta(minutes=7)
    ),
    "private, answered, too late": replace(ANSWERED, private=True, how="private message", answers_end=ago(0)),
    "private, late": replace(PRIVATE, late_since=ago(3)),
    "private, answered": replace(ANSWERED, private=True, how="private message"),
    "private, reply refused": replace(PRIVATE, last_reply=REFUSED),
    "private, they wrote again": replace(PRIVATE, since=(OUR_ANSWER, LATER)),
    "private, done": replace(DONE, private=True, how="private message"),
}


# --- lines -------------------------------------------------------------------------------------------


def _line(kind: LineType, **values: object) -> ThreadLine:
    return ThreadLine(kind, NOW, values)


PEOPLE_ANSWER = _line(LineType.PEOPLE_ANSWER, conversation=CONVERSATION)
Said = tuple[ThreadLine, WordsView | None, ReplyView | None, bool]
_MESSAGE = _line(LineType.MESSAGE, message=BROKEN.message_id)
_SENT = _line(LineType.REPLIED, delivery=DELIVERY)
_NO_REPLY = _line(LineType.REPLY_REFUSED, delivery=DELIVERY, mention=[TOM])
_WHAT = _line(LineType.REPLY_UNKNOWN, delivery=DELIVERY, mention=[TOM])
GONE = replace(SENT, text="", erased=True, can_delete=False, can_correct=False)
CONVERSATION_LINES: dict[str, Said] = {
    "message": (_MESSAGE, BROKEN, None, False),
    "message, long": (_MESSAGE, replace(BROKEN, text="broken " * 900), None, False),
    "message, image": (_MESSAGE, replace(BROKEN, text="", attachments=(LOAF,)), None, False),
    "message, erased": (_MESSAGE, replace(BROKEN, text="", erased=True), None, False),
    "message, gone": (_MESSAGE, None, None, False),
    "message, deleted since": (_MESSAGE, replace(BROKEN, deleted=True), None, False),
    "message, private": (_MESSAGE, BROKEN, None, True),
    "message, told only": (_MESSAGE, NOT_TOLD, None, False),
    "reopened, told only": (_line(LineType.REOPENED, message="m", mention=[TOM]), NOT_TOLD, None, False),
    "edited": (_line(LineType.EDITED, message="m"), replace(BROKEN, edited=True), None, False),
    "deleted": (_line(LineType.DELETED, message="m"), replace(BROKEN, text="", deleted=True), None, False),
    "deleted, words kept": (_line(LineType.DELETED, message="m"), replace(BROKEN, deleted=True), None, False),
    "app answer": (
        _line(LineType.APP_ANSWER, message="m"),
        replace(BROKEN, text="Sorry!"),
        None,
        False,
    ),
    "piled": (_line(LineType.PILED, message="m", conversation=CONVERSATION), BROKEN, None, False),
    "reopened": (_line(LineType.REOPENED, message="m", mention=[TOM]), BROKEN, None, False),
    "reopened, nobody had it": (_line(LineType.REOPENED, message="m", mention=[]), BROKEN, None, False),
    "reopened, no words": (_line(LineType.REOPENED, mention=[TOM]), None, None, True),
    "reopened, private": (_line(LineType.REOPENED, message="m", mention=[TOM]), BROKEN, None, True),
    "taken": (_line(LineType.TAKEN, by=TOM), None, None, False),
    "taken over": (_line(LineType.TAKEN, **{"by": TOM, "from": MAYA}), None, None, False),
    "handed": (_line(LineType.HANDED_OVER, by=TOM, to=MAYA), None, None, False),
    "handed to oneself": (_line(LineType.HANDED_OVER, by=TOM, to=TOM), None, None, False),
    "closed": (_line(LineType.CLOSED, by=MAYA, closing="spam"), None, None, False),
    "late": (_line(LineType.LATE, since=ago(250).isoformat(), mention=[APPROVERS, TOM]), None, None, False),
    "late, mangled": (_line(LineType.LATE, since="soon", mention="x"), None, None, False),
    "replied": (_SENT, None, SENT, False),
    "replied, with an image": (_SENT, None, replace(SENT, image_alt="A *new* loaf"), False),
    "refused, with an image": (_NO_REPLY, None, replace(REFUSED, image_alt="A *new* loaf"), False),
    "replied, deleted since": (_SENT, None, replace(SENT, deleted=True), False),
    "replied, cannot be changed": (
        _SENT,
        None,
        replace(SENT, can_delete=False, can_correct=False, url=None),
        False,
    ),
    "replied, private": (_SENT, None, SENT, True),
    "replied, gone": (_SENT, None, None, False),
    "refused": (_NO_REPLY, None, REFUSED, False),
    "not sent, they changed theirs": (
        _NO_REPLY,
        None,
        replace(REFUSED, state=State.DROPPED, reason=EDITED),
        False,
    ),
    "replied, erased": (_SENT, None, GONE, False),
    "refused, erased": (_NO_REPLY, None, replace(GONE, state=State.REFUSED), False),
    "unknown, erased": (_WHAT, None, replace(GONE, state=State.UNKNOWN, asks_a_person=True), False),
    "twice, erased": (
        _line(LineType.INCIDENT, sentence="It is there twice.", take_down_reply=DELIVERY),
        None,
        GONE,
        False,
    ),
    "refused, tried again": (_NO_REPLY, None, replace(REFUSED, state=State.SENT), False),
    "refused, gone": (_NO_REPLY, None, None, False),
    "unknown, asking": (_WHAT, None, ASKS, False),
    "unknown, it was sent": (_WHAT, None, SENT, False),
    "unknown, gone": (_WHAT, None, None, False),
    "reply deleted": (_line(LineType.REPLY_DELETED, delivery=DELIVERY, by=TOM), None, None, False),
    "reply corrected": (_line(LineType.REPLY_CORRECTED, delivery=DELIVERY, by=TOM), None, SENT, False),
    "reply corrected, gone": (_line(LineType.REPLY_CORRECTED, delivery=DELIVERY, by=TOM), None, None, False),
    "erased": (_line(LineType.ERASED, by=TOM), None, None, False),
    "erased by the clock": (_line(LineType.ERASED, by=None), None, None, False),
    "continued": (_line(LineType.CONTINUED), None, None, False),
    "rebuilt": (_line(LineType.REBUILT), None, None, False),
    "rebuilt, last words": (_line(LineType.REBUILT, message="m"), BROKEN, None, False),
    "rebuilt, private": (_line(LineType.REBUILT, message="m"), BROKEN, None, True),
    "of a newer version": (_line(LineType.of("sung"), song=1), None, None, False),
}


# --- before Send -------------------------------------------------------------------------------------

DRAFT = DraftView(
    draft_id=DRAFT_ID, digest=DIGEST, private=False, customer=LENA, us="@dockbakery",
    preview="@lena@example.org Sorry, Lena! We send a new one <today> & *soon*.", length=44,
    limit=500, unit="characters", problem=None, title="Mastodon", conversation_id=CONVERSATION, seq=4,
    text="Sorry, Lena! We send a new one <today> & *soon*.", last=BROKEN,
)  # fmt: skip
SINCE = replace(BROKEN, message_id="01hzm000000000000000000004", text="I am <Lea>, not Lena!", at=ago(3))
LATER = replace(SINCE, message_id="01hzm000000000000000000005", text="Hello?", at=ago(1))
WROTE = Meanwhile(Happened.WROTE, None, ago(1), "Hello? <@U0TOM>")
STRUCK = "“20” is struck out here; networks do not show strikethrough, so it reads like the rest."
DRAFTS = {
    "public": DRAFT,
    "private": replace(DRAFT, private=True),
    "private, until": replace(DRAFT, private=True, answers_end=NOW + timedelta(hours=22, minutes=3)),
    "replies are stopped": replace(
        DRAFT,
        stopped="Replies are stopped too: Tom stopped them at 08:11. Your words are kept here; send them after Resume.",
    ),
    "a colleague has it": replace(DRAFT, owner=MAYA),
    "nobody waits": replace(DRAFT, waits=False),
    "the post is there": replace(DRAFT, post=POST_42),
    "the post was taken down": replace(DRAFT, post=GONE_42),
    "too long": replace(DRAFT, length=512, problem="Too long for Mastodon: 512 of 500 characters."),
    "cannot be shown whole": replace(DRAFT, preview="long " * 2000, limit=50_000),
    "image": replace(DRAFT, image_alt="A new loaf"),
    "image not described": replace(DRAFT, image_alt=""),
    "hashtags": replace(DRAFT, preview="Sorry! #rye is back. #Fürth", tags=("#rye", "#Fürth")),
    "struck out": replace(DRAFT, preview="20 15 euros", lost=(STRUCK,)),
    "only an image": replace(DRAFT, preview="", image_alt="A new loaf"),
    "correction": replace(DRAFT, corrects=DELIVERY),
    "correction, they wrote again": replace(DRAFT, corrects=DELIVERY, since=(SINCE, LATER), more_since=4),
    "private correction": replace(DRAFT, corrects=DELIVERY, private=True),
    "name like ours": replace(DRAFT, customer=SPOOF),
    "collision": replace(
        DRAFT, meanwhile=(Meanwhile(Happened.ANSWERED, MAYA, ago(1), "New one comes!"), WROTE)
    ),
    "collision, app, edited, deleted": replace(
        DRAFT,
        meanwhile=(
            Meanwhile(Happened.ANSWERED, None, ago(3), "Sorry!"),
            Meanwhile(Happened.EDITED, None, ago(2), "It is fine now"),
            Meanwhile(Happened.DELETED, None, ago(1), ""),
        ),
    ),
    "collision, private": replace(DRAFT, private=True, meanwhile=(WROTE,)),
    "collision, much": replace(DRAFT, meanwhile=(WROTE,) * 30),
}
CHANGES = {
    "edited": SourceChange(gone=False, reply=SENT),
    "deleted": SourceChange(gone=True, reply=SENT),
    "nothing can be done": SourceChange(
        gone=False, reply=replace(SENT, can_delete=False, can_correct=False), title="Bluesky"
    ),
    "only offered": SourceChange(gone=True),
}
FORM = ReplyForm(CONVERSATION, 3, False, LENA, "@dockbakery", BROKEN, title="Mastodon")
REPLY_FORMS = {
    "public": FORM,
    "public, with a name in front": replace(FORM, prefix="@lena_k ", unit="characters, links in full"),
    "private": replace(FORM, private=True),
    "private, until": replace(FORM, private=True, answers_end=NOW + timedelta(hours=22, minutes=3)),
    "from an account that is called like its network": replace(FORM, us="Mastodon"),
    "answered already": replace(FORM, ours=AnswerView("We send a new one today.", ago(5), MAYA)),
    "correction": replace(FORM, text="Sorry!", corrects=DELIVERY),
    "correction, with an image": replace(FORM, text="Sorry!", image_alt="A *new* loaf", corrects=DELIVERY),
    "public, not for everybody": replace(
        FORM, notes=("Not everybody sees this reply: only they and your followers.",)
    ),
    "correction, they wrote again": replace(FORM, text="Sorry!", corrects=DELIVERY, since=(SINCE,)),
    "too long for a field": replace(FORM, text="word " * 700),
    "begun before": replace(FORM, text="Sor", begun=ago(30)),
    "again": replace(FORM, ours=OUR_ANSWER, post=POST_42),
    "again, the post was taken down": replace(FORM, ours=replace(OUR_ANSWER, deleted=True), post=GONE_42),
}


UNSENT = {
    "not shown": UnsentView(DRAFT_ID, "Mastodon", OUR_ANSWER.text, None, ("C0CARE", "1796000001.000100")),
    "account gone": UnsentView(
        DRAFT_ID, "dock-mastodon", "Sorry, *Lena*!\nWe send <a new one>.", "A loaf", None, in_settings=False
    ),
}


# --- piles, offers, spikes, lists --------------------------------------------------------------------

PILE = PileCard(
    pile_id="01hzp000000000000000000001", kind=PileType.POST, about="Winter drive: 400 loaves", post=POST_42,
    title="Mastodon", people=38, waiting=21, only_emoji=12, owned=((MAYA, 5),), closed=4,
)  # fmt: skip
PILES = {
    "under a post": PILE,
    "the same words": replace(
        PILE, kind=PileType.SAME, about="Buy <https://spam.example> now!", post=None, only_emoji=0
    ),
    "replies stopped": replace(PILE, replies_stopped=STOPPED),
    "with the newest": replace(
        PILE,
        newest=WordsView(
            "01hzp00000000000000000000m", "Is there rye left?", ago(3), "https://dock.example/9"
        ),
        newest_by="Lena K.",
    ),
    "the same words, the newest": replace(
        PILE,
        kind=PileType.SAME,
        about="Buy <https://spam.example> now!",
        post=None,
        only_emoji=0,
        newest=WordsView(
            "01hzp00000000000000000000m", "Buy <https://spam.example> now!!", ago(3), None, edited=True
        ),
        newest_by="*Spam* <!here>",
    ),
    "nobody waits": replace(PILE, waiting=0, only_emoji=0, owned=(), closed=35, answered=3),
    "all taken": replace(PILE, waiting=6, only_emoji=0, owned=((MAYA, 5), (TOM, 1)), answered=2),
    "the same words, one, taken": replace(
        PILE, kind=PileType.SAME, about="Buy now!", waiting=1, only_emoji=0, owned=((MAYA, 1),), closed=0
    ),
    "nobody took any": replace(PILE, owned=(), closed=0),
    "many owners": replace(PILE, waiting=42, owned=tuple((f"U0{number}", 2) for number in range(14))),
}
OFFER = OfferCard("dock-mastodon", "Mastodon", 23, ago(60 * 24 * 9), 0)
OFFERS = {
    "offered": OFFER,
    "one": replace(OFFER, count=1),
    "more than was read": replace(OFFER, unread_before=ago(40)),
    "nothing but what was not read": replace(OFFER, count=0, oldest=None, unread_before=ago(40)),
    "brought in": replace(OFFER, count=0, brought_in=23, by=TOM),
    "left": replace(OFFER, left=True, by=TOM),
}
LATE = LateCard(NOW, timedelta(hours=4), 0, None, (), (APPROVERS, TOM))  # its rows: see LATES
SPIKE = SpikeCard(
    "01hzk000000000000000000001", NOW, "Mastodon", "dock-mastodon", 5, 10, POST_42, None, None, False
)
SPIKES = {
    "suggested": replace(SPIKE, approvers=(APPROVERS, TOM)),
    "no post of ours": replace(SPIKE, post=None),
    "expected": replace(SPIKE, expected_until=NOW + timedelta(hours=3), expected_by=MAYA),
    "expected no more": replace(SPIKE, expected_until=ago(1), expected_by=MAYA),
    "paused": replace(SPIKE, paused=True, approvers=(APPROVERS, TOM)),
}
ROW = ConversationRow(
    12, Stage.OPEN, "Mastodon", "Lena K.", "My order arrived broken", ago(72), None, ("“broken”",), False,
    ("C0CARE", "1796000001.000100"),
)  # fmt: skip
HIDDEN = replace(
    ROW, number=13, name="a private message", text="", reasons=(), card=None, owner=TOM, late=True
)
OVER = replace(ROW, number=14, stage=Stage.ANSWERED, waiting_since=None, reasons=(), owner=MAYA)
PARTY = replace(ROW, number=15, name="Ben", text="🎉🎉", reasons=(), card=None)
CLOSINGS = {
    "close pile": PileClosing(
        replace(PILE, only_emoji=2), ((12, 1), (15, 1)), (PARTY, replace(PARTY, name="", number=12))
    ),
    "close pile, one": PileClosing(replace(PILE, only_emoji=1), ((15, 1),), (PARTY,)),
    "close pile, the same words": PileClosing(
        PILES["the same words"],
        tuple((number, 1) for number in range(16)),
        tuple(replace(ROW, number=16 - one, text="Buy <https://spam.example> now!") for one in range(5)),
    ),
    "close pile, private": PileClosing(
        replace(PILES["the same words"], waiting=7), ((13, 1), (14, 2)), (HIDDEN,) * 2
    ),
    "close pile, more than at once": PileClosing(
        replace(PILE, waiting=900, only_emoji=450, owned=()),
        tuple((123456 + number, 12) for number in range(200)),
        (PARTY,) * 5,
    ),
}
LATES = {
    "one": replace(LATE, count=1, oldest=ago(250), rows=(replace(ROW, late=True),)),
    "many": replace(LATE, count=31, oldest=ago(250), rows=(replace(ROW, late=True), HIDDEN) * 5),
    "none any more": LATE,
}
NEW = NewCard(0, None, (), 0, False, (APPROVERS, TOM), timedelta(hours=4))
NEWS = {
    "one": replace(NEW, count=1, oldest=ago(61), rows=(replace(ROW, reasons=()),)),
    "many": replace(NEW, count=31, oldest=ago(61), rows=(ROW, replace(HIDDEN, owner=None, late=False)) * 5),
    "some rang nobody": replace(NEW, count=12, oldest=ago(61), rows=(ROW,) * 10, quiet=9),
    "a pile": replace(NEW, count=13, oldest=ago(61), rows=(ROW, replace(ROW, text="", alike=12))),
    "a flood": replace(NEW, count=10_000, oldest=ago(61), rows=(ROW,) * 10, quiet=100, more_quiet=True),
    "a flood, no approvers": replace(NEW, count=10_000, rows=(ROW,) * 10, quiet=9, approvers=()),
    "none any more": NEW,
}
PAGE = InboxPage(
    InboxList.ALL, NOW, (ROW, HIDDEN, OVER), open=2, nobody_has=1, oldest=ago(72), offered=23, all=3
)
PAGES = {
    "all": PAGE,
    "mine": replace(PAGE, what=InboxList.MINE, rows=(HIDDEN,), offered=0, all=1),
    "mine, many": replace(PAGE, what=InboxList.MINE, rows=(HIDDEN,) * 30, open=50, all=45),
    "waiting, many": replace(PAGE, what=InboxList.NOBODYS, rows=(ROW,) * 30, open=70, nobody_has=60, all=60),
    "replies stopped": replace(
        PAGE, what=InboxList.NOBODYS, rows=(ROW,), all=1, stopped=(replace(STOPPED, title="Mastodon"),)
    ),
    "none": replace(PAGE, rows=(), open=0, nobody_has=0, oldest=None, offered=0, all=0),
    "mine, none": replace(PAGE, what=InboxList.MINE, rows=(), offered=0, all=0),
}
HOME_INBOX = HomeInbox(
    NOW, (HIDDEN, replace(ROW, owner=TOM)), 3, ago(72), 14, timedelta(minutes=24), mine_all=2, nobodys=(ROW,),
    nobody_has=1,
)  # fmt: skip
HOME_INBOXES = {
    "busy": HOME_INBOX,
    "many": replace(HOME_INBOX, mine=(ROW,) * 5, mine_all=8, nobodys=(ROW,) * 5, nobody_has=13),
    "replies stopped": replace(HOME_INBOX, stopped=(STOPPED,), held_back=3, held_back_mine=1),
    "an answer to look for": replace(
        HOME_INBOX, mine=(), mine_all=0, nobodys=(), nobody_has=0, doubtful=(replace(ROW, owner=MAYA),)
    ),
    "a pile": replace(HOME_INBOX, nobodys=(ROW, replace(ROW, alike=12)), nobody_has=15),
    "quiet": replace(
        HOME_INBOX, mine=(), waiting=0, oldest=None, answered_this_week=0, typical_wait=None, mine_all=0, nobodys=(),
        nobody_has=0,
    ),
}  # fmt: skip
LINKS = (
    PostConversation("Jonas", 3, ("C0CARE", "1796000001.000100")),
    PostConversation("", 12, ("C0CARE", "1796000002.000100")),
)
POST_CONVERSATIONS = {
    "three": PostConversations(3, 1, LINKS),
    "one": PostConversations(1, 0, LINKS[:1]),
    "many": PostConversations(9, 9, LINKS * 4),
    "none": PostConversations(0, 0),
}
