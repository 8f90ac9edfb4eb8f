"""Thread lines, dialogs, App Home and private answers: what they say, and that Slack would take them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from bot.domain import refusals
from bot.domain.duty import Turn
from bot.domain.posts import Seen, Status
from bot.domain.shown.approval_requests import ReadThrough
from bot.domain.shown.digest import DigestView
from bot.domain.shown.edit_form import Bars
from bot.domain.shown.home_page import DayPage, HomePage
from bot.domain.shown.post_screens import Ahead, HistoryLine
from bot.slack.ids import Act
from bot.slack.values.read_through import Page
from bot.slack.views import answers, usage
from bot.slack.views.blocks import Message
from bot.slack.views.home.digest import draw_digest
from bot.slack.views.home.home import draw_home_page
from bot.slack.views.home.sign_ins import draw_notice
from bot.slack.views.home.week import draw_day_dialog
from bot.slack.views.pause.hands import draw_stop
from bot.slack.views.pause.lists import draw_take_down_dialog
from bot.slack.views.posts.dialogs import (
    draw_approve_anyway_dialog,
    draw_history_dialog,
    draw_hold_dialog,
    draw_notice_dialog,
    draw_pick_time_dialog,
    draw_post_now_dialog,
    draw_preview_dialog,
    to_field_errors,
)
from bot.slack.views.posts.edit_dialog import draw_edit_dialog
from bot.slack.views.posts.lines import draw_thread_line
from bot.slack.views.posts.read_through import draw_read_through, draw_want_change
from tests.slack.limits import check_message, check_view, walk
from tests.slack.rendering import render_blocks, render_message, render_view
from tests.slack.views import (
    by_hand_samples,
    go_request_samples,
    new_post_samples,
    plan_samples,
    statement_samples,
)
from tests.slack.views.conversation_samples import HOME_INBOXES
from tests.slack.views.conversation_samples import ROW as CUSTOMER
from tests.slack.views.pause_samples import CARDS_TAKEN_DOWN
from tests.slack.views.samples import (
    BUSY,
    CARDS,
    CUT_DOWN,
    DRAFT,
    FORM,
    FORMS,
    HEALTH,
    HOMES,
    IMAGE,
    IS_A_PNG,
    KILLED,
    LINES,
    MASTODON,
    MAYA,
    NO_ALT,
    NOW,
    ONLY_AN_IMAGE,
    PAUSE,
    PLACE,
    PLAIN_FORM,
    PLANNED,
    POST,
    ROW,
    SIGN_INS,
    SIMILAR,
    SLOT,
    STATUS,
    STATUS_OF_ONE,
    STATUS_ONE_PAUSED,
    STATUS_PAUSED,
    TO_JPEG,
    TOM,
    UNWATCHED,
    WAITING,
    WEEK,
    ago,
)

SEEN = Seen(POST, 3)
QUIET = HOME_INBOXES["quiet"]
HISTORY = [
    HistoryLine(NOW - timedelta(days=1), "cli:maya@desk", "Imported it from plan.csv."),
    HistoryLine(NOW - timedelta(minutes=20), "U0MAYA", "Changed the text and an alt text."),
    HistoryLine(NOW - timedelta(minutes=9), "U0TOM", "Put it on hold: “400 *loaves* <!channel>”"),
    HistoryLine(
        NOW, None, "Published it on Mastodon.", (("view the post", "https://mastodon.example/@dock/1"),)
    ),
]
NEW_IMAGES = replace(
    FORM,
    added=(replace(IMAGE, sha256="b" * 64),),
    removed=(IMAGE.sha256,),
    told=("x.png: It is no image. Use another one.",),
)
CONVERTED = replace(
    NEW_IMAGES, told=(), objections=(SIMILAR,), swapped=((IMAGE.sha256, NEW_IMAGES.added[0].sha256),)
)
BY_HAND_TOO = replace(
    WAITING,
    accounts=(WAITING.accounts[0], replace(WAITING.accounts[1], title="Instagram story", by_hand=True)),
)
MODALS: dict[str, Callable[[], dict[str, Any]]] = {
    "a day of the week": lambda: draw_day_dialog(DayPage(WEEK[2], (PLANNED, replace(ROW, number=51))), PLACE),
    "a full day": lambda: draw_day_dialog(DayPage(WEEK[4], (PLANNED,) * 60), PLACE),
    **{f"edit, {name}": partial(draw_edit_dialog, form, PLACE) for name, form in FORMS.items()},
    "edit, new images": lambda: draw_edit_dialog(NEW_IMAGES, PLACE),
    "edit, to be converted": lambda: draw_edit_dialog(
        replace(FORM, objections=(IS_A_PNG,), conversions=(TO_JPEG,)), PLACE
    ),
    "edit, what an account that is new does not take": lambda: draw_edit_dialog(
        replace(FORM, objections=(), conversions=(TO_JPEG,)), PLACE
    ),
    "edit, converted": lambda: draw_edit_dialog(CONVERTED, PLACE),
    "edit, converted, and another one is to be described": lambda: draw_edit_dialog(
        replace(CONVERTED, added=(*CONVERTED.added, replace(IMAGE, sha256="c" * 64, alt=""))), PLACE
    ),
    **new_post_samples.DIALOGS,
    **plan_samples.DIALOGS,
    **statement_samples.DIALOGS,
    **by_hand_samples.DIALOGS,
    **go_request_samples.DIALOGS,
    "read through": lambda: draw_read_through(ReadThrough("r1", 0, 3, WAITING, True), PLACE),
    "a change is wanted": lambda: draw_want_change(Page("r1", 1, SEEN), WAITING, "", None, PLACE),
    "pick a time": lambda: draw_pick_time_dialog(FORM, PLACE),
    "pick a time, its slot has passed": lambda: draw_pick_time_dialog(
        replace(PLAIN_FORM, slot=NOW - timedelta(minutes=5), passed=NOW + timedelta(minutes=15)), PLACE
    ),
    "pick a time for a draft": lambda: draw_pick_time_dialog(PLAIN_FORM, PLACE),
    "hold": lambda: draw_hold_dialog(WAITING, PLACE),
    "hold, begun before": lambda: draw_hold_dialog(WAITING, PLACE, "waiting for the photo", NOW),
    "approve anyway, begun before": lambda: draw_approve_anyway_dialog(
        CARDS["blocked"], PLACE, "Ina sends it", NOW
    ),
    "edit, in the team's time": lambda: draw_edit_dialog(replace(FORM, away=False), PLACE),
    "pick a time, in the team's time": lambda: draw_pick_time_dialog(replace(FORM, away=False), PLACE),
    "edit, begun before": lambda: draw_edit_dialog(replace(FORM, begun=NOW), PLACE),
    "post now, only an image": lambda: draw_post_now_dialog(ONLY_AN_IMAGE, PLACE),
    "edit, an account was left out": lambda: draw_edit_dialog(CUT_DOWN, PLACE),
    "edit, an account was left out and is to come back": lambda: draw_edit_dialog(
        replace(CUT_DOWN, back=("dock-bluesky",), bars=Bars.OTHERS), PLACE
    ),
    "post now": lambda: draw_post_now_dialog(WAITING, PLACE),
    "post now, people post on one": lambda: draw_post_now_dialog(BY_HAND_TOO, PLACE),
    "post now, people post it": lambda: draw_post_now_dialog(
        replace(BY_HAND_TOO, accounts=BY_HAND_TOO.accounts[1:], needed=2), PLACE
    ),
    "approve anyway": lambda: draw_approve_anyway_dialog(
        replace(CARDS["blocked"], objections=(NO_ALT, SIMILAR)), PLACE
    ),
    "take down": lambda: draw_take_down_dialog(CARDS_TAKEN_DOWN["published, can be taken down"], PLACE),
    "preview, a content warning": lambda: draw_preview_dialog(
        replace(CARDS["waiting, different texts, images"], warning="Food")
    ),
    "preview": lambda: draw_preview_dialog(CARDS["waiting, different texts, images"]),
    "history": lambda: draw_history_dialog(42, SEEN, HISTORY, PLACE),
    "history, empty": lambda: draw_history_dialog(42, SEEN, [], PLACE),
    "notice": lambda: draw_notice_dialog(
        "Not saved", "That card was out of date. It was killed by <@U0TOM>."
    ),
}
ANSWERS: dict[str, Callable[[], Message]] = {
    **plan_samples.MESSAGES,
    "refused": lambda: answers.draw_sentence(
        refusals.Outdated(state="It was killed by <@U0TOM> at 08:21.").sentence
    ),
    "refused, others' words": lambda: answers.draw_sentence(
        refusals.NoSuchAccount(account="<!channel> *x*", accounts="a, b").sentence
    ),
    "status": lambda: answers.draw_status(STATUS, PLACE),
    "status, busy": lambda: answers.draw_status(BUSY, PLACE),
    **{name: partial(draw_stop, view, PLACE) for name, view in by_hand_samples.STOPS.items()},
    "status, of one account": lambda: answers.draw_status(STATUS_OF_ONE, PLACE),
    "status, one not watched": lambda: answers.draw_status(
        replace(STATUS_OF_ONE, unwatched=UNWATCHED), PLACE
    ),
    "status, paused": lambda: answers.draw_status(STATUS_PAUSED, PLACE),
    "status, one account paused": lambda: answers.draw_status(STATUS_ONE_PAUSED, PLACE),
    "upcoming, paused": lambda: answers.draw_upcoming(
        tuple(replace(each, gate=PAUSE, waiting_for_me=False) for each in (ROW, PLANNED)),
        Ahead.WEEK,
        PLACE,
        (PAUSE,),
    ),
    "upcoming": lambda: answers.draw_upcoming((ROW, PLANNED, KILLED, DRAFT), Ahead.WEEK, PLACE),
    "upcoming, gaps and full days": lambda: answers.draw_upcoming(
        (ROW, PLANNED),
        Ahead.WEEK,
        PLACE,
        week=WEEK,
    ),
    "upcoming, none": lambda: answers.draw_upcoming((), Ahead.TODAY, PLACE),
    "help": usage.draw_help,
    **{f"help on {each.word}": partial(usage.draw_help, each.word) for each in usage.COMMANDS},
    "unknown command": lambda: usage.draw_unknown_command("upcomming *week*"),
    "unknown command, not close": lambda: usage.draw_unknown_command("<!channel>"),
    "unknown command, meant otherwise": lambda: usage.draw_unknown_command("unpause", "resume"),
    "unknown words": lambda: usage.draw_unknown_words(
        "upcoming", "*month* <!channel>", ("today", "week", "Mastodon"), "a label"
    ),
    "upcoming of an account and a label": lambda: answers.draw_upcoming(
        (), Ahead.ALL, PLACE, (), ("Mastodon", "Bluesky"), "Winter"
    ),
}


@pytest.mark.parametrize("name", MODALS)
def test_dialogs(name: str, snapshot: SnapshotAssertion) -> None:
    view = MODALS[name]()
    check_view(view)
    assert render_view(view) == snapshot(name="words")
    assert view == snapshot(extension_class=JSONSnapshotExtension)


@pytest.mark.parametrize("name", HOMES)
def test_home(name: str, snapshot: SnapshotAssertion) -> None:
    view = draw_home_page(HOMES[name], PLACE)
    check_view(view)
    assert render_view(view) == snapshot(name="words")
    assert view == snapshot(extension_class=JSONSnapshotExtension)


DIGESTS = {
    "what each needs": DigestView(
        NOW, NOW.date(), (
            replace(PLANNED, approvals=2, asks_at=PLANNED.slot, asked=("Maya",)),
            replace(PLANNED, approvals=0, number=51), replace(ROW, asks_go=True, approvals=2),
            replace(PLANNED, approvals=0, number=52, fix=("The image has no alt text",)),
        ), has_rota=True,
    ),
    "a day": DigestView(
        NOW, NOW.date(), (replace(ROW, status=Status.SCHEDULED), replace(ROW, status=Status.APPROVED, approvals=1)),
        WEEK, to_fix=1, missed=2, customers=3, nobodys=1, oldest=ago(72),
    ),
    "paused, one post": DigestView(NOW, NOW.date(), (replace(ROW, gate=PAUSE),), gates=(PAUSE,)),
    "all is decided": DigestView(NOW, NOW.date(), (replace(ROW, status=Status.APPROVED, approvals=1),)),
    "a full day": DigestView(NOW, NOW.date(), (ROW,) * 30),
}  # fmt: skip


@pytest.mark.parametrize("name", DIGESTS)
def test_digest(name: str, snapshot: SnapshotAssertion) -> None:
    message = draw_digest(DIGESTS[name], PLACE)
    check_message(message)
    assert render_message(message) == snapshot(name="words")


@pytest.mark.parametrize("name", SIGN_INS)
def test_sign_ins(name: str, snapshot: SnapshotAssertion) -> None:
    message = draw_notice(SIGN_INS[name], PLACE)
    check_message(message)
    assert render_message(message) == snapshot


@pytest.mark.parametrize("name", LINES)
def test_lines(name: str, snapshot: SnapshotAssertion) -> None:
    message = draw_thread_line(LINES[name], PLACE)
    check_message(message)
    assert render_message(message) == snapshot


@pytest.mark.parametrize("name", ANSWERS)
def test_answers(name: str, snapshot: SnapshotAssertion) -> None:
    message = ANSWERS[name]()
    check_message(message)
    assert render_message(message) == snapshot


def test_a_guest_has_nothing_to_press_but_links() -> None:
    pressed = {
        each["action_id"]
        for kind, each, _ in walk(draw_home_page(HOMES["guest"], PLACE)["blocks"])
        if kind == "button"
    }
    assert pressed == {Act.OPEN_CARD.value, Act.HOME_DAY.value}, "a day is opened to be read"


def test_what_needs_nobody_has_no_button_on_home() -> None:
    """Seen on a phone: a whole screen of today's posts, each with "Open the card" on a line of its own."""
    page = replace(HOMES["approver"], needs_me=(), asks=(), drafts=())
    blocks = draw_home_page(page, PLACE)["blocks"]
    pressed = [each["action_id"] for kind, each, _ in walk(blocks) if kind == "button"]
    assert Act.OPEN_CARD.value not in pressed
    assert "open its card" in str(blocks)


@pytest.mark.parametrize("on", [(), (Turn(NOW, SLOT, MAYA),)], ids=["nobody", "me"])
def test_whoever_is_on_shift_sees_above_the_plan_where_byhand_cannot_look(on: tuple[Turn, ...]) -> None:
    """Seen: it stood at the very bottom. Others have it there still."""
    mine = draw_home_page(replace(HOMES["not watched"], on_shift=on, mine_is_on=bool(on)), PLACE)
    others = draw_home_page(replace(HOMES["not watched"], on_shift=(Turn(NOW, SLOT, MAYA),)), PLACE)
    assert _find(mine, "Not watched") < _find(mine, "The days ahead")
    assert _find(others, "Not watched") > _find(others, "This week")


def _find(view: Any, words: str) -> int:
    return next(nth for nth, block in enumerate(view["blocks"]) if words in str(block))


NEEDS: dict[str, HomePage] = {
    "a post to fix": replace(
        HOMES["nothing to do"], to_fix=(replace(ROW, fix=("The image has no alt text",)),)
    ),
    "a paused post to decide": replace(
        HOMES["nothing to do"], later=(replace(ROW, gate=PAUSE, waiting_for_me=False),)
    ),
    "a post to decide": replace(HOMES["nothing to do"], needs_me=(ROW,)),
    "a post that was missed": replace(HOMES["nothing to do"], asks=(replace(ROW, status=Status.MISSED),)),
    "a customer I took": replace(
        HOMES["nothing to do"], inbox=replace(QUIET, waiting=1, mine=(CUSTOMER,), mine_all=1)
    ),
    "customers nobody has": replace(
        HOMES["nothing to do"], inbox=replace(QUIET, waiting=13, nobodys=(CUSTOMER,) * 5, nobody_has=13)
    ),
    "an answer nobody knows of": replace(HOMES["nothing to do"], inbox=replace(QUIET, doubtful=(CUSTOMER,))),
}


@pytest.mark.parametrize("name", NEEDS)
def test_whatever_needs_me_is_named_at_once_and_each_has_its_way_there(name: str) -> None:
    """Home said "Needs you: nothing" above 13 customers who waited and 4 posts that were missed, without a link."""
    shown = render_view(draw_home_page(NEEDS[name], PLACE))
    assert "*Needs you:* nothing" not in shown
    assert "https://dockbakery.slack.com/archives/" in shown


def test_a_pause_hides_no_post_that_has_to_be_fixed_or_decided() -> None:
    """Seen: "0 posts wait for a decision" in the status, "1 pause" as all that needs one at Home, while a post without
    alt text had twenty minutes left."""
    home = render_view(draw_home_page(HOMES["paused"], PLACE))
    assert "*Needs you:* 1 post to fix (next Tue 24 Nov" in home
    assert "1 paused post to decide once publishing resumes (next Tue 24 Nov" in home
    assert "Please fix first: The image has no alt text." in home
    assert "1 pause " not in home
    text = answers.draw_status(STATUS_PAUSED, PLACE).text
    assert "2 paused posts need a decision after Resume, the first by <!date^" in text
    assert "1 post needs fixing before it can be approved" in text
    assert "0 posts" not in text


def test_pausing_is_the_first_thing_home_offers() -> None:
    """Seen: the emergency button as the very last thing, below the fold."""
    first = draw_home_page(HOMES["approver"], PLACE)["blocks"][0]
    assert Act.HOME_PAUSE.value in [each["action_id"] for each in first["elements"]]


def test_what_home_leaves_out_is_at_one_press() -> None:
    """Seen: "and 1 more: /social inbox waiting" where nothing can be typed."""
    page = replace(HOMES["nothing to do"], inbox=HOME_INBOXES["many"])
    shown = {
        each["value"]: each["text"]["text"]
        for kind, each, _ in walk(draw_home_page(page, PLACE)["blocks"])
        if kind == "button" and each["action_id"] == Act.HOME_INBOX
    }
    assert shown == {"mine": "Show all 8", "waiting": "Show all 13"}


def test_home_names_the_account_that_is_signed_out() -> None:
    shown = render_view(draw_home_page(replace(HOMES["nothing to do"], accounts=HEALTH), PLACE))
    assert "*Needs you:* 1 account with a problem" in shown
    assert shown.count("Bluesky") == 1, "once, and not among those that work"


def test_home_says_nothing_where_there_is_nothing() -> None:
    page = replace(HOMES["nothing to do"], inbox=QUIET)
    assert "*Needs you:* nothing just now." in render_view(draw_home_page(page, PLACE))


def test_a_closed_gate_is_the_first_thing_home_says() -> None:
    first = draw_home_page(HOMES["paused"], PLACE)["blocks"][0]
    assert first["elements"][0]["elements"][0]["text"] == "Publishing is paused"


def test_a_text_too_long_for_a_field_gets_none() -> None:
    """A field with its first 3000 characters would cut the rest off at Save."""
    view = draw_edit_dialog(FORMS["too long for a field"])
    assert "text" not in {block.get("block_id") for block in view["blocks"]}


def test_the_preview_shows_all_of_a_long_text() -> None:
    text = "".join(f"Loaf {number}, 👩‍👩‍👧 é " for number in range(700))
    view = draw_preview_dialog(replace(CARDS["waiting"], accounts=(replace(MASTODON, text=text),)))
    check_view(view)
    quotes = [part for kind, part, _ in walk(view["blocks"]) if kind == "rich_text_quote"]
    assert "".join(part["elements"][0]["text"] for part in quotes) == text


def test_errors_stand_under_their_fields() -> None:
    view = draw_edit_dialog(FORM)
    errors = {
        "text": "Too long for Bluesky: 312 of 300 characters.",
        "slot": "That time has passed.",
        f"alt:{IMAGE.sha256}": "Please say what the image shows.",
        "variant:dock-bluesky": "Too long.",
    }
    assert to_field_errors(view, errors) == errors


def test_errors_without_a_field_stand_under_the_first() -> None:
    """Slack would drop the whole answer over one block_id that is no input."""
    found = to_field_errors(draw_edit_dialog(FORM), {"text": "One.", "scope": "Two.", "alt:gone": "Three."})
    assert found == {"text": "One. Two. Three."}
    assert to_field_errors({"blocks": []}, {"text": "One."}) == {}


def test_reminders_say_how_long_and_the_last_one_what_silence_does() -> None:
    asked = render_message(draw_thread_line(LINES["reminder"], PLACE))
    assert "CET (in 46 min)." in asked, "“decide by 09:00 today, now” is what it would say at 09:00"
    assert "not published" not in draw_thread_line(LINES["reminder"], PLACE).text
    assert "if nobody decides, it is not published" in draw_thread_line(LINES["last reminder"], PLACE).text


def test_upcoming_says_how_many_wait_for_me() -> None:
    assert answers.draw_upcoming((ROW, KILLED), Ahead.TODAY).text == "2 posts today, 1 for you to decide."
    assert TOM not in answers.draw_upcoming((ROW,), Ahead.TODAY).text


def test_status_and_upcoming_name_what_missed_its_time_and_who_waits() -> None:
    """Seen: "0 posts wait for a decision", while one needed a new time and two customers waited."""
    text = answers.draw_status(BUSY, PLACE).text
    assert "1 post missed its time and needs a new one" in text
    assert "3 customers are waiting for an answer; nobody has taken 2 of them" in text
    missed = replace(ROW, status=Status.MISSED, waiting_for_me=False)
    text = answers.draw_upcoming((missed, KILLED), Ahead.TODAY).text
    assert text == "1 post today. 1 post missed its time and needs a new one."


def test_a_pause_is_said_once_and_before_what_comes_next() -> None:
    """Seen: "Publishing is paused." twice, and below it "Next: 09:00"."""
    shown = render_message(answers.draw_status(STATUS_PAUSED, PLACE)).partition("\n")[2]
    assert shown.count("Publishing is paused") == 1
    assert shown.index("Publishing is paused") < shown.index("Next in the plan: ")
    assert "Publishing is open" in render_message(answers.draw_status(STATUS, PLACE))


def test_a_pause_of_one_account_is_none_of_everything() -> None:
    """Seen: "Publishing is paused." where one account was."""
    text = answers.draw_status(STATUS_ONE_PAUSED, PLACE).text
    assert text.startswith("Publishing on Bluesky is paused. Everything else is open.")


def test_upcoming_says_what_is_paused_first() -> None:
    message = ANSWERS["upcoming, paused"]()
    assert message.text.startswith("Publishing is paused. 2 posts in the next seven days.")
    assert render_blocks(message.blocks).count("**Paused**") == 2


def test_who_and_when_stand_close_to_what_history_says() -> None:
    """Seen: as much space between an entry's two lines as between two entries."""
    assert len(draw_history_dialog(42, SEEN, HISTORY, PLACE)["blocks"]) == len(HISTORY)
