"""Whatever people and networks write: Slack takes every screen, and their words stay words.

What must hold: mrkdwn (and `text`, which is always mrkdwn) holds no `<…>` but our own tokens of known people and of
moments, and no character of others' that formats; everything else of theirs stands in rich_text pieces of type text;
links lead to http(s) only.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain import refusals
from bot.domain.deliveries import State
from bot.domain.facts import FactKind
from bot.domain.posts import Seen, Status
from bot.domain.preflight.objections import Level, Objection
from bot.domain.shown.approval_requests import GoPage
from bot.domain.shown.authorship import Authorship
from bot.domain.shown.edit_form import EditForm, Theirs
from bot.domain.shown.inbox_screens import ComplaintsView
from bot.domain.shown.post_screens import (
    AccountHealth,
    Ahead,
    ApprovalView,
    Arrival,
    DeliveryView,
    Ended,
    HistoryLine,
    PostCard,
    TakeDownView,
    ThreadLine,
)
from bot.slack.views import answers, usage
from bot.slack.views.blocks import Message
from bot.slack.views.home.home import draw_home_page
from bot.slack.views.posts.card import LOOKS, draw_post_card
from bot.slack.views.posts.dialogs import (
    draw_approve_anyway_dialog,
    draw_history_dialog,
    draw_notice_dialog,
    draw_preview_dialog,
)
from bot.slack.views.posts.edit_dialog import draw_edit_dialog
from bot.slack.views.posts.go_request import draw_go_page, draw_go_request
from bot.slack.views.posts.lines import draw_thread_line
from tests.slack.limits import check_message, check_view, walk
from tests.slack.views.conversation_samples import HOME_INBOX
from tests.slack.views.conversation_samples import ROW as CONVERSATION_ROW
from tests.slack.views.go_request_samples import ASKED, RYE, SPELT
from tests.slack.views.samples import (
    APPROVERS,
    CARDS,
    FORM,
    HOME,
    IMAGE,
    LINES,
    MASTODON,
    MAYA,
    NO_ALT,
    NOW,
    PAUSE,
    PLACE,
    ROW,
    STATUS,
    TOM,
)

EVIL = "<!channel> <@UEVIL> <https://evil.example|here> *xx* _xx_ ~xx~ `xx` :xx: \u202eRTL & &lt;!here&gt; xx"
KNOWN = {MAYA, TOM, APPROVERS, "U0INA", "U0INES"}
TOKEN = re.compile(
    r"<@(?P<user>[UW][A-Z0-9_]+)>|<!subteam\^(?P<group>S[A-Z0-9_]+)>"
    r"|<#[CG][A-Z0-9]+>"
    r"|<!date\^\d+\^(?:\{\w+\}| at | )+\|[^<>|*_~`]*>"
)
MARKED = re.compile(r"[*_~`]xx|xx[*_~`]")

nasty = st.one_of(
    st.just(EVIL),
    st.builds(
        lambda scrap, times: (scrap * times)[:9000],
        st.sampled_from([EVIL, "👩‍👩‍👧", "שלום ", "漢", "<", "&", '"\n', "e\u0301", "word ", "\u202e"]),
        st.integers(1, 4000),
    ),
    st.just(""),
    st.just(" \n "),
)
short = st.one_of(st.just(EVIL), st.just("Mastodon"), st.just("T" * 400))
moments = st.one_of(st.none(), st.integers(-60, 6000).map(lambda minutes: NOW + timedelta(minutes=minutes)))
links = st.sampled_from(
    [None, "https://a.example/1", "javascript:alert(1)", "https://a|<!channel>", "https://" + "a" * 5000]
)
take_downs = st.one_of(
    st.none(),
    st.builds(
        TakeDownView,
        st.sampled_from(State),
        st.sampled_from([None, TOM, EVIL]),
        moments,
        st.one_of(st.none(), nasty),
    ),
)
deliveries = st.builds(
    DeliveryView,
    id=st.just("01hzd0000000000000000000m1"),
    account=short,
    title=short,
    state=st.sampled_from(State),
    reason=st.one_of(st.none(), nasty),
    url=links,
    profile_url=links,
    begun_at=moments,
    ended_at=moments,
    asks_a_person=st.booleans(),
    resolved_by=st.sampled_from([None, TOM, EVIL]),
    can_delete=st.booleans(),
    take_down=take_downs,
)
accounts = st.builds(
    lambda title, text, number: replace(
        MASTODON, name=f"a{number}", title=title, text=text, length=len(text), problem=text[:200] or None
    ),
    short,
    nasty,
    st.integers(0, 9),
)
images = st.builds(
    lambda alt, file: replace(IMAGE, alt=alt, slack_file=file), nasty, st.sampled_from([None, "F0LOAVES"])
)
objections = st.builds(Objection, st.just("x"), st.sampled_from(Level), nasty, st.booleans())
arrivals = st.builds(
    Arrival, st.sampled_from(FactKind), st.sampled_from([None, TOM, EVIL]), st.just(NOW), moments,
    st.sampled_from([None, *Status]), nasty,
)  # fmt: skip
cards = st.builds(
    PostCard,
    seen=st.just(Seen("p1", 3, "0badcafe")),
    number=st.just(42),
    status=st.sampled_from(Status),
    now=st.just(NOW),
    accounts=st.lists(accounts, max_size=10).map(tuple),
    slot=moments,
    decide_by=moments,
    status_at=st.just(NOW),
    status_by=st.sampled_from([None, TOM, "cli:" + EVIL, EVIL]),
    reason=st.one_of(st.none(), nasty),
    written_by=st.sampled_from([None, MAYA, EVIL]),
    changed_by=st.sampled_from([(), (TOM, MAYA), (EVIL,) * 30]),
    planned_by=st.sampled_from([None, TOM, EVIL]),
    approvals=st.lists(
        st.builds(ApprovalView, st.sampled_from([TOM, EVIL]), st.just(NOW), nasty), max_size=7
    ).map(tuple),
    needed=st.integers(1, 3),
    approvers=st.sampled_from([(), (TOM, APPROVERS), (EVIL,) * 30]),
    objections=st.one_of(
        st.lists(objections, max_size=6).map(tuple), objections.map(lambda one: (one,) * 300)
    ),
    images=st.lists(images, max_size=4).map(tuple),
    deliveries=st.lists(deliveries, max_size=10).map(tuple),
    label=nasty,
    note=nasty,
    gate=st.one_of(
        st.none(),
        st.sampled_from([None, "dock"]).map(
            lambda account: replace(PAUSE, scope=EVIL, account=account, reason=EVIL * 50, by=EVIL)
        ),
    ),
    ended=st.one_of(
        st.none(),
        st.builds(
            lambda what, words: Ended(
                EVIL if what else "changed the text", MAYA, NOW, (TOM,), (("-", words),) * 30
            ),
            st.booleans(),
            nasty,
        ),
    ),
    arrival=st.one_of(st.none(), arrivals),
    before=st.sampled_from([None, ("C0SOCIAL", "1796000000.000100")]),
    complaints=st.lists(
        st.builds(
            ComplaintsView,
            short,
            st.integers(1, 900),
            st.just(NOW),
            st.sampled_from([None, ("C0SOCIAL", "1796000000.000100")]),
        ),
        max_size=5,
    ).map(tuple),
)
torture = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


def check_words(blocks: list[dict[str, Any]], *spoken: str) -> None:
    """Others' words can neither ping nor link nor format."""
    said = [*spoken]
    for kind, each, path in walk(blocks):
        if kind == "mrkdwn":
            assert each["verbatim"] is True, path
            said.append(each["text"])
        elif kind == "plain_text":
            assert each["emoji"] is False, path
        elif kind == "link":
            assert each["url"].startswith(("https://", "http://")), path
        elif kind == "user":
            assert each.get("user_id") in KNOWN, path
        else:
            assert kind not in ("usergroup", "broadcast", "emoji", "channel"), path
    for mrkdwn in said:
        for token in TOKEN.finditer(mrkdwn):
            person = token["user"] or token["group"]
            assert person is None or person in KNOWN, mrkdwn
        assert not re.search(r"[<>]", TOKEN.sub("", mrkdwn)), mrkdwn
        assert not MARKED.search(mrkdwn), mrkdwn


def check(message: Message) -> None:
    check_message(message)
    check_words(message.blocks, message.text)


@torture
@given(cards)
def test_cards(card: PostCard) -> None:
    check(draw_post_card(card, PLACE))
    view = draw_preview_dialog(card)
    check_view(view)
    check_words(view["blocks"])


def test_the_heaviest_card_of_every_status() -> None:
    for status in LOOKS:
        texts = tuple(
            replace(MASTODON, name=f"a{number}", title=f"Network {number}", text=f"{number}{EVIL * 40}")
            for number in range(10)
        )
        heavy = replace(
            CARDS["ended"],
            status=status,
            accounts=texts,
            images=(replace(IMAGE, alt=EVIL * 30),) * 4,
            objections=(replace(NO_ALT, sentence=EVIL * 5),) * 300,
            approvals=(ApprovalView(TOM, NOW, EVIL * 40),) * 8,
            deliveries=tuple(
                replace(sent, reason=EVIL * 20)
                for state in (State.UNKNOWN, State.REFUSED, State.SENT, State.READY)
                for sent in [replace(CARDS["published"].deliveries[0], state=state, asks_a_person=True)] * 4
            ),
            reason=EVIL * 30,
            label=EVIL * 30,
            note=EVIL * 30,
            ended=Ended(EVIL, EVIL, NOW, (TOM,) * 40, (("+", EVIL * 10),) * 100),
        )
        check(draw_post_card(heavy, PLACE))


@torture
@given(
    st.sampled_from(sorted(LINES)),
    st.dictionaries(
        st.sampled_from(
            [
                "decide_by",
                "what",
                "by",
                "whose",
                "reason",
                "slot",
                "links",
                "title",
                "profile_url",
                "sentence",
                "mention",
                "since",
            ]
        ),
        st.one_of(
            nasty, st.lists(nasty, max_size=3), st.just([[EVIL, "javascript:x"]]), st.just([EVIL] * 40)
        ),
    ),
)
def test_lines(name: str, values: dict[str, object]) -> None:
    check(draw_thread_line(ThreadLine(LINES[name].kind, NOW, {**LINES[name].values, **values}), PLACE))


@torture
@given(
    nasty,
    st.lists(accounts, max_size=10, unique_by=lambda one: one.name).map(tuple),
    st.lists(images, max_size=4),
)
def test_dialogs(words: str, networks: Any, pictures: Any) -> None:
    form: EditForm = replace(
        FORM,
        text=words,
        accounts=networks,
        variants=tuple((one.name, one.text) for one in networks),
        images=tuple(replace(one, sha256=f"{number:064}") for number, one in enumerate(pictures)),
        label=words,
        note=words,
        loses=(TOM, EVIL),
        theirs=Theirs(EVIL, 4, words),
        objections=(replace(NO_ALT, sentence=words),) * 300,
        checked="0123456789abcdef",
    )
    for view in (
        draw_edit_dialog(form),
        draw_history_dialog(
            42, Seen("p1", 3), [HistoryLine(NOW, EVIL, words, ((words, words),) * 9)] * 200, PLACE
        ),
        draw_approve_anyway_dialog(
            replace(CARDS["blocked"], accounts=networks, objections=(replace(NO_ALT, sentence=words),) * 300),
            PLACE,
        ),
    ):
        check_view(view)
        check_words(view["blocks"])
    check_view(draw_notice_dialog("Not saved" * 9, words))


@torture
@given(nasty, short, st.sampled_from(Status))
def test_home_and_answers(words: str, title: str, status: Status) -> None:
    row = replace(ROW, status=status, titles=title, text=words, reason=words)
    health = (AccountHealth(title, None, words), AccountHealth(title, False, words)) * 20
    gate = (replace(PAUSE, by=EVIL, scope=title, reason=words, banner=("C0SOCIAL", "1.2")),) * 9
    customer = replace(CONVERSATION_ROW, name=words, text=words, reasons=(words,))
    those = (customer,) * 6
    inbox = replace(HOME_INBOX, mine=those, mine_all=60, nobodys=those, nobody_has=60, doubtful=those)
    view = draw_home_page(
        replace(
            HOME,
            gate=gate,
            needs_me=(row,) * 20,
            asks=(row,) * 20,
            today=(row,) * 20,
            drafts=(replace(row, fix=(words,) * 9, whose=Authorship(EVIL, (EVIL,) * 30, EVIL)),) * 20,
            accounts=health,
            inbox=inbox,
        ),
        PLACE,
        ["Slack does not answer."] * 9,
    )
    check_view(view)
    check_words(view["blocks"])
    check(answers.draw_status(replace(STATUS, gate=gate, next_row=row, accounts=health), PLACE))
    check(answers.draw_upcoming((row,) * 300, Ahead.WEEK, PLACE))
    check(usage.draw_unknown_command(words))


def test_a_refusal_can_hold_others_words() -> None:
    """It is seen by one person only, so a name in it pings nobody; all else is harmless."""
    for refusal in (
        refusals.Blocked(objections=EVIL * 100),
        refusals.Outdated(state="Killed by <@U0TOM>. *xx* <!channel> <https://evil.example|x>"),
        refusals.NoSuchAccount(account="<!here>", accounts="*xx*"),
    ):
        message = answers.draw_sentence(refusal.sentence)
        check_message(message)
        assert "<!channel>" not in message.text
        assert "<!here>" not in message.text
        assert "<http" not in message.text
        assert not MARKED.search(message.text)


def test_twenty_networks_full_of_emoji_fit_into_one_dialog() -> None:
    """The SDK sends an emoji as twelve bytes: twenty full fields would be 360 kB, and Slack takes 250."""
    networks = tuple(replace(MASTODON, name=f"a{number}") for number in range(20))
    form = replace(
        FORM,
        accounts=networks,
        variants=tuple((one.name, "👍" * 1500) for one in networks),
        images=tuple(replace(IMAGE, sha256=f"{number:064}") for number in range(10)),
    )
    view = draw_edit_dialog(form)
    check_view(view)
    fields = [block for block in view["blocks"] if block.get("block_id", "").startswith("variant:")]
    assert 5 < len(fields) < 20


@torture
@given(said=short, text=short, title=short)
def test_go_of_an_hour(said: str, text: str, title: str) -> None:
    """Its message, and each page of its dialog; colleagues' names stand in why somebody cannot say Go."""
    accounts = (replace(RYE.card.accounts[0], text=text, title=title),)
    card = replace(RYE.card, accounts=accounts, label=title)
    rows = (replace(RYE, card=card), SPELT)
    check(draw_go_request(replace(ASKED, rows=rows), PLACE))
    for place in range(len(rows) + 1):
        for refused in (None, said):
            page = GoPage("g1", rows, place, (RYE.now, SPELT.now), why_not=said, refused=refused)
            check_words(draw_go_page(page)["blocks"])
