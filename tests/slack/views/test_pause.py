"""The screens of a pause: what they say in every state, what can be pressed, and that Slack would take them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from bot.domain.deliveries import State
from bot.domain.gate import DRILL
from bot.domain.refusals import PausedAgain
from bot.slack.ids import parse_several
from bot.slack.values.banner import parse_pause_now
from bot.slack.views.blocks import Message
from bot.slack.views.pause.banner import draw_banner, draw_resumed
from bot.slack.views.pause.lists import draw_lists_dialog, draw_take_down_dialog
from bot.slack.views.pause.pause import (
    Guessed,
    draw_not_paused,
    draw_pause_answer,
    draw_pause_dialog,
    draw_paused_dialog,
)
from bot.slack.views.pause.resume import draw_resume_dialog
from bot.slack.views.posts.card import draw_post_card
from tests.slack.limits import check_message, check_view, walk
from tests.slack.rendering import render_blocks, render_message, render_view
from tests.slack.views.pause_samples import (
    BANNERS,
    CARDS_TAKEN_DOWN,
    CHOSEN,
    CLOSED,
    GONE,
    GUESSED,
    NO_DELETE,
    NOT_UP,
    ONE,
    OUT,
    PAUSE_ID,
    RESUME,
    RESUMES,
    RUNNING,
    SAID,
    SKY,
    THERE,
    TOLD,
    TWO,
    UNDER_WAY,
)
from tests.slack.views.samples import NOW, PAUSE, PLACE, TOM, ago

ANSWERS: dict[str, Callable[[], Message]] = {
    "resumed": lambda: draw_resumed(BANNERS["over"], ("C0SOCIAL", "1796000000.000100"), PLACE),
    "resumed, answers were kept": lambda: draw_resumed(replace(BANNERS["over"], answers=2), None, PLACE),
    "resumed, one account": lambda: draw_resumed(BANNERS["over, one account, nothing missed"], None, PLACE),
    "first": lambda: draw_pause_answer(TOLD, RUNNING, PLACE),
    "words that name no account": lambda: draw_pause_answer(SAID, RUNNING, PLACE),
    "a word that is nearly an account's": lambda: draw_pause_answer(GUESSED, RUNNING, PLACE),
    "first, in a drill": lambda: draw_pause_answer(replace(TOLD, ended_drill=True), RUNNING, PLACE),
    "second": lambda: draw_pause_answer(replace(TOLD, first=False), RUNNING, PLACE),
    "one account": lambda: draw_pause_answer(ONE, BANNERS["running, one account, replies stopped"], PLACE),
    "one account, already paused": lambda: draw_pause_answer(
        replace(ONE, first=False, scopes=(replace(SKY, first=False),), still_open=None), None, PLACE
    ),
    "several accounts": lambda: draw_pause_answer(TWO, None, PLACE),
    "one account, everything is paused": lambda: draw_pause_answer(
        replace(ONE, still_open=(), all_shut=True), RUNNING, PLACE
    ),
    "near miss": lambda: draw_not_paused(
        "puase *bluesky* <!channel>", [(("dock-bluesky",), "Bluesky")], "<!channel>", None, NOW, PLACE
    ),
    "near miss, paused already": lambda: draw_not_paused("puase", [], "", PAUSE, NOW, PLACE),
    "not up yet": lambda: draw_pause_answer(NOT_UP, RUNNING, PLACE),
    "nobody told": lambda: draw_pause_answer(CLOSED, RUNNING, PLACE),
    "under way": lambda: draw_pause_answer(UNDER_WAY, RUNNING, PLACE),
    "nothing to show": lambda: draw_pause_answer(replace(TOLD, channel="#social"), None, PLACE),
}
VIEWS: dict[str, Callable[[], dict[str, Any]]] = {
    **{f"resume, {name}": partial(draw_resume_dialog, form, PLACE) for name, form in RESUMES.items()},
    "resume, begun before": lambda: draw_resume_dialog(RESUME, PLACE, CHOSEN, begun=ago(5)),
    "resume, refused": lambda: draw_resume_dialog(RESUME, PLACE, CHOSEN, refused=PausedAgain().sentence),
    "pause, begun before": lambda: draw_pause_dialog(
        [("dock-mastodon", "Mastodon"), ("dock-bluesky", "Bluesky")], "dock-bluesky", "recall", ago(5)
    ),
    "pause": lambda: draw_pause_dialog([("dock-mastodon", "Mastodon"), ("dock-bluesky", "Bluesky")]),
    **{
        f"whole lists, {name}": partial(draw_lists_dialog, BANNERS[name], PLACE)
        for name in (
            "running",
            "running, twelve posts",
            "running, more than is read",
            "running, taking down",
            "running, under way",
            "running, nothing anywhere",
        )
    },
    "paused": lambda: draw_paused_dialog(TOLD, RUNNING, PLACE),
    "paused, one account": lambda: draw_paused_dialog(
        ONE, BANNERS["running, one account, replies stopped"], PLACE
    ),
}


def pressed(blocks: list[dict[str, Any]]) -> list[str]:
    return [each["text"]["text"] for kind, each, _ in walk(blocks) if each.get("type") == "button"]


@pytest.mark.parametrize("name", BANNERS)
def test_banner(name: str, snapshot: SnapshotAssertion) -> None:
    message = draw_banner(BANNERS[name], PLACE)
    check_message(message)
    assert render_message(message) == snapshot
    assert message.pin is not name.startswith("over")


@pytest.mark.parametrize("name", ANSWERS)
def test_answer(name: str, snapshot: SnapshotAssertion) -> None:
    message = ANSWERS[name]()
    check_message(message)
    assert render_message(message) == snapshot


@pytest.mark.parametrize("name", VIEWS)
def test_dialog(name: str, snapshot: SnapshotAssertion) -> None:
    view = VIEWS[name]()
    check_view(view)
    assert render_view(view) == snapshot


@pytest.mark.parametrize("name", CARDS_TAKEN_DOWN)
def test_card(name: str, snapshot: SnapshotAssertion) -> None:
    message = draw_post_card(CARDS_TAKEN_DOWN[name], PLACE)
    check_message(message)
    assert render_message(message) == snapshot


def test_the_state_comes_first_on_desktops_and_on_phones() -> None:
    """Seen: a banner whose "paused" was scrolled out of view, and whose notification began with names."""
    message = draw_banner(RUNNING, PLACE)
    first = render_blocks(message.blocks[:1])
    assert first.startswith("**Publishing is paused.** @U0MAYA paused it")
    assert first.endswith(": recall *news*"), "who, when, why"
    assert message.text.startswith(
        "Publishing is paused. <@U0MAYA> paused it: recall news. <!subteam^S0APPROVERS> and <@U0TOM> can"
    )


@pytest.mark.parametrize("name", [name for name in BANNERS if name.startswith("running")])
def test_lists_are_short(name: str) -> None:
    """No list of a banner is longer than what a phone shows at once, however much there is."""
    shown = render_message(draw_banner(BANNERS[name], PLACE))
    assert shown.count("(post ") <= 5 + 4
    assert shown.count("[Mark as stopped]") <= 4
    assert len(draw_banner(BANNERS[name], PLACE).blocks) <= 18


def test_where_everything_is_paused_nothing_wider_is_offered() -> None:
    """Seen: "No other account is open." above a red [Pause everything], which only added a reason."""
    blocks = draw_pause_answer(replace(ONE, still_open=(), all_shut=True), RUNNING, PLACE).blocks
    assert "Pause everything" not in pressed(blocks)
    assert "Everything else is paused as well." in render_blocks(blocks)
    assert "Pause everything" in pressed(
        draw_pause_answer(replace(ONE, still_open=()), RUNNING, PLACE).blocks
    )


def test_the_private_answer_is_short() -> None:
    """Seen: the whole banner once more, for whoever paused."""
    for told in (TOLD, SAID, ONE, NOT_UP, CLOSED):
        shown = draw_pause_answer(told, BANNERS["running, twelve posts"], PLACE)
        assert len(shown.blocks) <= 6
        assert "(post " not in render_message(shown)


def test_where_the_banner_is_not_up_the_lists_are_one_press_away() -> None:
    assert "pause_lists" in str(draw_pause_answer(CLOSED, RUNNING, PLACE).blocks)
    assert "pause_lists" not in str(draw_pause_answer(TOLD, RUNNING, PLACE).blocks)


def test_what_is_done_elsewhere_keeps_its_place() -> None:
    """[Done] pressed twice must not say that the next one is done."""
    things = BANNERS["running, twelve posts"].elsewhere
    before = render_message(draw_banner(replace(RUNNING, elsewhere=things), PLACE))
    done = (replace(things[0], by=TOM), *things[1:])
    after = render_message(draw_banner(replace(RUNNING, elsewhere=done), PLACE))
    assert before.count("[Mark as stopped]") == after.count("[Mark as stopped]") + 1
    assert after.count("[Not stopped after all asks") == before.count("[Not stopped after all asks") + 1
    assert "Show all 7" in before
    assert "and 4 more, 1 of them not done yet" in before


def test_the_buttons_other_programs_rely_on() -> None:
    assert {"Resume…", "Take down"} <= set(pressed(draw_banner(RUNNING, PLACE).blocks))
    assert "Take down" in pressed(
        draw_post_card(CARDS_TAKEN_DOWN["published, can be taken down"], PLACE).blocks
    )


def test_one_press_takes_a_post_down_from_all_its_accounts() -> None:
    blocks = draw_banner(RUNNING, PLACE).blocks
    down = [each for _, each, _ in walk(blocks) if str(each.get("action_id", "")).startswith("take_down")]
    assert [parse_several(each["value"]) for each in down] == [
        [OUT.delivery_id, THERE.delivery_id], [OUT.delivery_id], [THERE.delivery_id],
    ]  # fmt: skip
    assert all(each["confirm"] for each in down)


def test_a_card_has_one_button_that_asks_from_where() -> None:
    """Seen: three buttons in two rows, the biggest thing on a published card."""
    blocks = draw_post_card(CARDS_TAKEN_DOWN["published, can be taken down"], PLACE).blocks
    assert [text for text in pressed(blocks) if text.startswith("Take down")] == ["Take down"]
    view = draw_take_down_dialog(CARDS_TAKEN_DOWN["published, can be taken down"], PLACE)
    (field,) = [block["element"] for block in view["blocks"] if block["type"] == "input"]
    assert [each["text"]["text"] for each in field["initial_options"]] == ["Mastodon", "Bluesky"]
    assert view["submit"]["text"] == "Take down"


def test_what_is_out_is_not_said_to_be_planned() -> None:
    """Seen: "planned for today at 08:40", of a post that was out. Where it failed it is not out."""
    card = CARDS_TAKEN_DOWN["published, can be taken down"]
    first, second = card.deliveries
    failed = replace(card, deliveries=(first, replace(second, state=State.REFUSED, can_delete=False)))
    both, one = (str(draw_take_down_dialog(each, PLACE)["blocks"][0]) for each in (card, failed))
    assert "published " in both
    assert "published " in one
    assert "planned" not in both + one
    assert "Mastodon + Bluesky" in both
    assert "Mastodon" in one
    assert "Bluesky" not in one


def test_what_is_gone_is_not_offered_again() -> None:
    one_left = draw_banner(replace(RUNNING, went_out=(replace(OUT, take_down=GONE), THERE)), PLACE)
    assert [text for text in pressed(one_left.blocks) if text.startswith("Take down")] == [
        "Take down from Bluesky"
    ]
    none_left = draw_banner(replace(RUNNING, went_out=(replace(OUT, take_down=GONE),)), PLACE)
    assert "Take down" not in pressed(none_left.blocks)


def test_where_nothing_deletes_a_person_does_and_says_so() -> None:
    shown = draw_banner(replace(RUNNING, went_out=(NO_DELETE,)), PLACE)
    assert "I deleted it" in pressed(shown.blocks)
    assert "https://instagram.example/p/1" in str(shown.blocks)
    done = draw_banner(replace(RUNNING, went_out=(replace(NO_DELETE, deleted_by=TOM),)), PLACE)
    assert "I deleted it" not in pressed(done.blocks)
    assert "deleted by hand, says @U0TOM" in render_message(done)


def test_each_thing_elsewhere_names_itself_and_its_pause() -> None:
    values = [
        each["value"]
        for _, each, _ in walk(draw_banner(RUNNING, PLACE).blocks)
        if each.get("action_id") == "done_elsewhere"
    ]
    assert values == [f"{PAUSE_ID} @ Meta ads", f"{PAUSE_ID} @ Posts scheduled in the networks themselves"]


def test_many_posts_are_counted_not_cut_off_in_silence() -> None:
    shown = draw_banner(BANNERS["running, twelve posts"], PLACE)
    assert "Show all 12, take down…" in pressed(shown.blocks)
    assert "Show more, take down…" in pressed(
        draw_banner(BANNERS["running, more than is read"], PLACE).blocks
    )
    text = render_view(draw_lists_dialog(BANNERS["running, more than is read"], PLACE))
    assert len(re.findall(r"\(post \d+\): ", text)) == 25
    assert "… and 12 more sends: see each card" in text


def test_each_account_of_each_post_can_be_ticked() -> None:
    blocks = draw_lists_dialog(BANNERS["running, twelve posts"], PLACE)["blocks"]
    fields = [block for block in blocks if block["type"] == "input"]
    assert len(fields) == 12 + 5
    assert [option["value"] for option in fields[0]["element"]["options"]] == ["Mastodon41", "Bluesky41"]
    assert not [block for block in fields if "initial_options" in block["element"]]


def test_the_modal_after_home_leads_to_the_banner() -> None:
    shown = draw_paused_dialog(TOLD, RUNNING, PLACE)
    assert pressed(shown["blocks"]) == []
    assert "/archives/C0SOCIAL/p1796000000000100" in render_view(shown)


def test_keep_is_the_default() -> None:
    fates = [
        each
        for _, each, _ in walk(draw_resume_dialog(RESUME, PLACE)["blocks"])
        if each.get("type") == "radio_buttons"
    ]
    assert [each["initial_option"]["value"] for each in fates] == ["keep", "keep"]


def test_a_card_that_waits_whole_offers_to_go_without() -> None:
    blocks = draw_post_card(CARDS_TAKEN_DOWN["waits whole"], PLACE).blocks
    assert "Publish without Bluesky" in pressed(blocks)
    assert "Approve" not in pressed(blocks)


def test_every_state_of_a_send_and_of_its_take_down_has_words() -> None:
    for state in State:
        for asked in (None, *State):
            down = replace(GONE, state=asked) if asked else None
            for by in (None, TOM):
                one = replace(OUT, state=state, take_down=down, deleted_by=by)
                check_message(draw_banner(replace(RUNNING, went_out=(one,), under_way=(one,)), PLACE))


def test_the_headline_says_where_it_is_gone() -> None:
    shown = draw_post_card(CARDS_TAKEN_DOWN["published, taken down from one"], PLACE)
    assert render_blocks(shown.blocks[:1]).strip("*") == "Taken down from Mastodon, still on Bluesky"
    assert shown.text == "Taken down from Mastodon, still on Bluesky."


def test_a_banner_says_what_missed_its_time() -> None:
    shown = render_message(draw_banner(replace(RUNNING, missed=1), PLACE))
    assert "4 planned posts, next" in shown
    assert "; 1 has missed its time" in shown


def test_a_drills_banner_says_that_the_drill_moved_the_slot_of_what_missed_it() -> None:
    """Seen at 17:34: "1 has missed its time", of a post whose card said "Decide by 17:54"."""
    for missed, told in (
        (1, "1 has missed its slot, which the drill moved"),
        (2, "2 have missed their slots, one of"),
    ):
        shown = render_message(
            draw_banner(replace(RUNNING, account=DRILL, scope="DRILL", missed=missed), PLACE)
        )
        assert f"; {told}" in shown


def test_no_post_is_counted_twice_and_nothing_stopped_elsewhere_twice() -> None:
    """Seen: "Stopped: 4 planned posts" on the pause of everything, "Stopped: 3 planned posts" on that of Mastodon right
    after it, and the newsletter to be ticked on both."""
    drawn = render_message(draw_banner(BANNERS["running, one account while everything is paused"], PLACE))
    assert "the pause of everything had stopped them already" in drawn
    assert "Newsletter" not in drawn
    assert "What to stop yourself is on the message of the pause of everything." in drawn
    assert "*Resuming Bluesky is not enough:* everything stays paused" in drawn
    answered = replace(
        BANNERS["running, one account while everything is paused"], elsewhere=RUNNING.elsewhere
    )
    assert "Newsletter" in render_message(draw_banner(answered, PLACE)), "somebody answered here"
    wide = render_message(draw_banner(BANNERS["running, an account paused by itself"], PLACE))
    assert "; those on Mastodon were paused already" in wide
    assert "Newsletter" in wide


def test_a_resume_tells_what_happened_not_what_did_not() -> None:
    """It said "1 moved, 0 kept, 0 killed"."""
    over = replace(RUNNING, ended_at=NOW, ended_by=TOM, summary=(("moved", 1), ("kept", 0), ("killed", 0)))
    for drawn in (draw_resumed(over, None), draw_banner(over)):
        assert "1 moved" in drawn.text
        assert "0 kept" not in render_message(drawn)


@pytest.mark.parametrize(("approved", "told"), [(0, ""), (1, "1 post was"), (3, "3 posts were")])
def test_only_a_post_that_had_been_approved_needs_an_approver_again(approved: int, told: str) -> None:
    """Seen: the same sentence where nothing had been approved; and that it does not say who has to decide."""
    over = replace(BANNERS["over"], approved=approved)
    for drawn in (draw_resumed(over, None, PLACE), draw_banner(over, PLACE)):
        shown = render_message(drawn)
        assert ("an approver has to say yes to" in shown) is bool(approved)
        assert told in shown


def test_what_a_pause_did_stays_on_its_message() -> None:
    """Seen: after Resume it said only that it was over. What was ticked elsewhere, and what never was, was gone, and
    nobody was told to switch it on again."""
    over = BANNERS["over"]
    shown = render_message(draw_banner(over, PLACE))
    for told in (
        "*Stopped:* 4 planned posts",
        "Mastodon (taken down by @U0TOM",
        "deleted by hand, says @U0TOM",
    ):
        assert told in shown, shown
    assert "Newsletter: @U0TOM" in shown
    assert "**Not marked as stopped: **Meta ads, Posts scheduled in the networks themselves" in shown, shown
    on = "Please switch on again what you stopped elsewhere: Newsletter."
    assert on in shown
    assert on in render_message(draw_resumed(over, None, PLACE))
    assert "switch on" not in render_message(draw_resumed(replace(over, elsewhere=()), None, PLACE))


@pytest.mark.parametrize(
    ("name", "offered"), [("b{}", 30), ("account-{:02}-of-the-bakery", 30), ("x" * 75 + "{:02}", 0)]
)
def test_a_guess_of_many_accounts_offers_what_slack_takes(name: str, offered: int) -> None:
    """Seen: thirty accounts and a long reason made a value over 2,000 characters, and the answer to a pause was
    refused; five of the thirty were named."""
    scopes = tuple(name.format(number) for number in range(30))
    titles = tuple(f"Bakery {number}" for number in range(30))
    guess = Guessed("mastadon", scopes, titles, "all rye loaves are called back because of glass " * 40)
    shown = draw_pause_answer(replace(SAID, guess=guess), RUNNING, PLACE)
    check_message(shown)
    text = render_message(shown)
    assert "Bakery 8, Bakery 9 and 20 more?" in text
    values = [each["value"] for _, each, _ in walk(shown.blocks) if each.get("action_id") == "pause_now"]
    assert [parse_pause_now(value)[0] for value in values] == ([scopes] if offered else [])
    assert ("Pause these 30 alone" if offered else "They are 30 accounts") in text
