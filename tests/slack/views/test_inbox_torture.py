"""Whatever customers write and call themselves: Slack takes every screen of the inbox, and it stays words.

Every text, name and description here is marked with `xx` around what would be live in Slack. What must hold: mrkdwn
contains no `<…>` but our own tokens and nothing of a customer's; everything of theirs stands in rich_text pieces of
type text; links lead to http(s) only, under words of ours; no notification holds a live token, and of private
conversations none holds a word or a name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bot.domain.conversations import Happened, Meanwhile, Stage
from bot.domain.deliveries import State
from bot.domain.kinds import AttachmentType, PileType
from bot.domain.shown.inbox_screens import (
    AnswerView,
    AttachmentView,
    ConversationCard,
    CustomerView,
    PileList,
    ReplyView,
    WordsView,
)
from bot.sandbox.slack.checks.blocks import accept_message_blocks
from bot.sandbox.slack.checks.views import accept_view
from bot.slack.views.blocks import Message
from bot.slack.views.inbox.card import draw_conversation_card
from bot.slack.views.inbox.cards_of_many import draw_pile_card
from bot.slack.views.inbox.dialogs import (
    draw_close_pile_dialog,
    draw_collision_dialog,
    draw_confirm_dialog,
    draw_pile_list_dialog,
    draw_reply_dialog,
    draw_whole_message_dialog,
)
from bot.slack.views.inbox.draft import draw_draft
from bot.slack.views.inbox.lines import draw_conversation_line
from bot.slack.views.inbox.lists import draw_inbox, home_inbox_blocks, home_needs_blocks
from bot.slack.views.text import between_marks, heard, literal
from tests.slack.limits import check_message, check_view, walk
from tests.slack.views import conversation_samples as those
from tests.slack.views.samples import APPROVERS, MAYA, NOW, PLACE, TOM, ago

SECRET = "xxyzzy"  # in every name, text and description, so that it can be found wherever it got to
EVIL = (
    f"{SECRET} <!channel> <@UEVIL> <#CEVIL> <https://evil.example|here> *xx* _xx_ ~xx~ `xx` ```xx``` :xx: "
    "\u202ertl\u2066 & &lt;!here&gt; &amp; ” “ \ud83d \x00\x1b \u200b\u3164 https://evil.example "
)
KNOWN = {MAYA, TOM, APPROVERS}
TOKEN = re.compile(
    r"<@(?P<user>[UW][A-Z0-9_]+)>|<!subteam\^(?P<group>S[A-Z0-9_]+)>"
    r"|<!date\^\d+\^(?:\{\w+\}| at | )+\|[^<>|*_~`]*>"
)
LIVE = re.compile(r"[*_~`]xx|xx[*_~`]")
OUR_LABELS = re.compile(
    r"(?:Image|Video|File)(?: \d+ of \d+)?|view[ \xa0](?:the|that)[ \xa0](?:message|reply|post)"
    r"|open (?:(?:that|the|its)(?: newer)? (?:card|list|page)|card \d+)|(?:our )?profile"
)
QUOTED = re.compile("“[^“”]*”")  # what a question quotes
HIDING = re.compile("[\u202a-\u202e\u2066-\u2067\u200b\u200e\u200f\u3164\x00-\x08\x0b-\x1f\ud800-\udfff]")

SCRAPS = [
    EVIL,
    "👩‍👩‍👧",
    "שלום ",
    "漢",
    "<",
    "&",
    '"\n',
    "e\u0301",
    "z" + "\u0335" * 30,
    "word ",
    "\u202e",
    "\n",
]
SINCE = st.lists(st.tuples(st.sampled_from(Happened), st.deferred(lambda: maybe_words)), max_size=40)

words = st.one_of(
    st.just(EVIL),
    st.text(st.characters(), max_size=60).map(lambda text: f"{SECRET}{text}"),
    st.builds(
        lambda scrap, times: f"{SECRET} {(scrap * times)[:10_000]}",
        st.sampled_from(SCRAPS),
        st.integers(1, 4000),
    ),
)  # fmt: skip
maybe_words: st.SearchStrategy[str] = st.one_of(
    words, st.sampled_from(["", " \n ", "😡", "\u200b\u3164", "\u0301\u0301"])
)
links = st.sampled_from(
    [None, "https://a.example/1", "javascript:alert(1)", "https://a|<!channel>", "https://" + "a" * 5000]
)
attached = st.builds(
    AttachmentView, links.map(lambda url: url or ""), maybe_words, st.sampled_from(AttachmentType)
)
messages = st.builds(
    lambda text, url, images, edited, deleted, erased: replace(
        those.BROKEN, text=text, url=url, attachments=images, edited=edited, deleted=deleted, erased=erased
    ),
    maybe_words, links, st.lists(attached, max_size=7).map(tuple), st.booleans(), st.booleans(), st.booleans(),
)  # fmt: skip
customers = st.builds(
    CustomerView, maybe_words, maybe_words, links, st.one_of(st.none(), st.integers(0, 10**7))
)
replies = st.builds(
    lambda state, text, reason, url, asks: replace(
        those.SENT, state=state, text=text, reason=reason, url=url, profile_url=url, asks_a_person=asks
    ),
    st.sampled_from(State), maybe_words, st.one_of(st.none(), words), links, st.booleans(),
)  # fmt: skip
answers = st.builds(
    AnswerView, maybe_words, st.just(NOW), st.sampled_from([None, TOM]),
    st.lists(attached, max_size=7).map(tuple), st.one_of(st.none(), maybe_words), st.booleans(),
)  # fmt: skip
later = st.lists(st.one_of(messages, answers), max_size=2).map(tuple)
cards = st.builds(
    lambda stage, private, customer, first, owner, reasons, reply, late, count, since: replace(
        those.OPEN, stage=stage, private=private, customer=customer, first=first, owner=owner, reasons=reasons,
        last_reply=reply, late_since=late, count=count, answered_at=NOW, answered_by=owner, closed_at=NOW,
        closed_by=owner, us=f"@{SECRET}" if not private else "@dockbakery", post=those.POST_42, since=since,
    ),
    st.sampled_from(Stage), st.booleans(), customers, messages, st.sampled_from([None, TOM, MAYA]),
    st.lists(words, max_size=12).map(tuple), st.one_of(st.none(), replies), st.sampled_from([None, ago(9)]),
    st.integers(1, 10**6), later,
)  # fmt: skip
torture = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # screens are slow to shrink, and say where it is
)


# --- the walls ---------------------------------------------------------------------------------------


def check(message: Message, *, private: bool = False) -> None:
    check_message(message)
    accept_message_blocks(message.blocks, frozenset(), lambda: "b")
    check_words(message.blocks)
    check_mrkdwn(message.text)
    if private:
        for shown in (message.text, *_every_text(message.blocks[:1])):
            assert SECRET not in shown, "a private word where a lock screen shows it"


def check_words(blocks: list[dict[str, Any]]) -> None:
    """Customers' words can neither ping nor link nor format, nor hide."""
    for kind, each, path in walk(blocks):
        if kind == "mrkdwn":
            assert each["verbatim"] is True, path
            check_mrkdwn(each["text"])
            assert SECRET not in each["text"], f"{path}: a customer's words in mrkdwn"
        elif kind == "plain_text":
            assert each["emoji"] is False, path
            said = QUOTED.sub("", each["text"]) if path.endswith("/confirm/text") else each["text"]
            assert SECRET not in said, f"{path}: a customer's words in a label, and not between marks of ours"
            assert not HIDING.search(each["text"]), f"{path}: something hidden"
            _check_towers(each["text"])
        elif kind == "link":
            assert re.match(r"https?://", each["url"]), path
            assert OUR_LABELS.fullmatch(each["text"]), f"{path}: a link in a customer's words"
        elif kind == "user":
            assert each["user_id"] in KNOWN, path
        elif kind == "text":
            assert not HIDING.search(each["text"]), f"{path}: something hidden"
            _check_towers(each["text"])
        else:
            assert kind not in ("usergroup", "broadcast", "emoji", "channel", "color"), path


def check_mrkdwn(text: str) -> None:
    for token in TOKEN.finditer(text):
        person = token["user"] or token["group"]
        assert person is None or person in KNOWN, text
    bare = TOKEN.sub("", text)
    assert not re.search(r"[<>]", bare), text
    assert not re.search(r"&(?!amp;|lt;|gt;)", bare), text
    assert not LIVE.search(bare), text
    text.encode()


def _check_towers(text: str) -> None:
    run = 0
    for letter in text:
        run = run + 1 if unicodedata.category(letter) in ("Mn", "Me") else 0
        assert run <= 5, "a tower of accents"


def _every_text(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _every_text(part)


def check_dialog(view: dict[str, Any]) -> None:
    check_view(view)
    accept_view(view, "modal", frozenset(), lambda: "b")
    check_words([block for block in view["blocks"] if block["type"] != "input"])


# --- every screen ------------------------------------------------------------------------------------


@torture
@given(cards)
def test_cards(card: ConversationCard) -> None:
    reply = card.last_reply
    safe = replace(card, last_reply=replace(reply, text="ours") if reply else None)
    check(draw_conversation_card(safe, PLACE), private=card.private)


@torture
@given(st.sampled_from(sorted(those.CONVERSATION_LINES)), messages, st.booleans())
def test_lines(name: str, said: WordsView, private: bool) -> None:
    line, had, reply, _ = those.CONVERSATION_LINES[name]
    check(draw_conversation_line(line, said if had else None, reply, private, PLACE), private=private)


@torture
@given(
    customers,
    st.lists(st.tuples(st.sampled_from(Happened), maybe_words), max_size=40),
    st.booleans(),
    st.booleans(),
)
def test_before_send(
    customer: CustomerView, since: list[tuple[Happened, str]], private: bool, corrects: bool
) -> None:
    meanwhile = tuple(Meanwhile(what, MAYA, NOW, text) for what, text in since)
    draft = replace(
        those.DRAFT,
        customer=customer,
        private=private,
        meanwhile=meanwhile,
        corrects="d" if corrects else None,
    )
    check(draw_draft(draft, PLACE), private=private)
    check(draw_draft(replace(draft, meanwhile=()), PLACE), private=private)
    check_dialog(draw_collision_dialog(draft, PLACE))
    check_dialog(draw_confirm_dialog(replace(draft, meanwhile=()), PLACE))


@torture
@given(maybe_words, st.booleans())
def test_a_colleagues_words_are_shown_whole_or_not_sent(text: str, private: bool) -> None:
    """Literally: what they wrote may hold anything, and the customer gets just that."""
    draft = replace(those.DRAFT, preview=text, private=private, limit=10**6)
    for shown in (draft, replace(draft, meanwhile=(those.WROTE,) * 30)):
        message = draw_draft(shown, PLACE)
        check_message(message)
        check_mrkdwn(message.text)
        quotes = [
            part["elements"][0]["text"] for kind, part, _ in walk(message.blocks) if kind == "rich_text_quote"
        ]
        buttons = {each["text"]["text"] for kind, each, _ in walk(message.blocks) if kind == "button"}
        if buttons & {"Send", "Send mine as well"} and text.strip():
            assert "".join(quotes).endswith(text)


@torture
@given(customers, messages, st.booleans())
def test_dialogs(customer: CustomerView, said: WordsView, private: bool) -> None:
    check_dialog(
        draw_reply_dialog(replace(those.FORM, customer=customer, last=said, private=private), PLACE, "C0CARE")
    )
    check_dialog(draw_whole_message_dialog(said, PLACE))
    row = replace(those.ROW, name=customer.name, text=said.text, reasons=(said.text,))
    check_dialog(draw_pile_list_dialog(PileList((row,) * 3, 9), PLACE))
    shown = replace(those.CLOSINGS["close pile"], rows=(row,) * 5)
    check_dialog(draw_close_pile_dialog(shown, PLACE))


@settings(torture, max_examples=15)
@given(customers, maybe_words, st.sampled_from(Stage))
def test_lists_and_piles(customer: CustomerView, text: str, stage: Stage) -> None:
    row = replace(those.ROW, stage=stage, name=customer.name, text=text, reasons=(text,) * 5, owner=TOM)
    check(draw_inbox(replace(those.PAGE, rows=(row,) * 8), PLACE))
    many = replace(those.HOME_INBOX, mine=(row,) * 6, mine_all=60, nobodys=(row,) * 6, doubtful=(row,) * 6)
    blocks = [*home_needs_blocks(many, PLACE), *home_inbox_blocks(many, PLACE)]
    check_words(blocks)
    check_view({"type": "home", "callback_id": "home", "blocks": blocks})
    check(draw_pile_card(replace(those.PILE, kind=PileType.SAME, about=text, post=None), PLACE))


def test_the_heaviest_card_of_every_stage() -> None:
    worst = replace(
        those.BROKEN,
        text=EVIL * 80,
        attachments=(AttachmentView("https://a.example/1", EVIL * 9, AttachmentType.OTHER),) * 9,
    )
    for stage in Stage:
        for state in (State.UNKNOWN, State.REFUSED):
            reply = ReplyView(
                "d", state, "👩‍👩‍👧" * 900, TOM, NOW, "https://a.example", "why " * 900, asks_a_person=True
            )
            card = replace(
                those.OPEN, stage=stage, first=worst, customer=CustomerView(EVIL * 50, EVIL * 50, None, 3),
                reasons=(EVIL * 9,) * 30, last_reply=reply, post=those.POST_42, late_since=ago(1),
            )  # fmt: skip
            check(draw_conversation_card(card, PLACE))
            check(draw_conversation_card(replace(card, private=True), PLACE), private=True)


# --- the conversion itself ---------------------------------------------------------------------------

any_text = st.text(st.characters(), max_size=80)


@torture
@given(any_text)
def test_made_literal_once_is_made_literal(text: str) -> None:
    shown = literal(text)
    assert literal(shown) == shown
    assert not HIDING.search(shown)
    _check_towers(shown)
    shown.encode()


@torture
@given(
    st.text(
        st.characters(
            whitelist_categories=("L", "N", "P", "S", "Zs"),
            blacklist_characters="\u115f\u1160\u2800\u3164\uffa0",
        ),
        max_size=80,
    )
)
def test_what_can_be_seen_stays(text: str) -> None:
    """Letters, numbers and signs of every script: nothing honest is lost."""
    assert literal(text) == text.rstrip() or not text.strip()


def test_scripts_and_emoji_that_need_joiners_stay_whole() -> None:
    for text in ("می‌خواهم", "क्‍ष", "👩‍👩‍👧", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "❤️‍🔥", "1️⃣", "한국어", "Việt", "e\u0301"):
        assert literal(text) == text


@torture
@given(any_text)
def test_a_name_has_no_end_of_its_own(text: str) -> None:
    shown = between_marks(text)
    assert shown == "" or (shown[0], shown[-1]) == ("“", "”")
    assert not set(shown[1:-1]) & set('“”"«»\n')


@torture
@given(any_text)
def test_a_notification_holds_nothing_live(text: str) -> None:
    check_mrkdwn(heard(text))
    assert not re.search(r"[*_~`\n]", heard(text))
