"""What moves while somebody presses, reads further up, or opens a thread: nothing of theirs is lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.sandbox.page import canned
from tests.sandbox.page.browser import Browser
from tests.sandbox.page.conftest import Running
from tests.sandbox.page.page_stage import PageStage
from tests.sandbox.page.test_page_messages import AT_CARD, add, card

FRAMES = "new Promise(go => requestAnimationFrame(() => requestAnimationFrame(() => go(true))))"
MARK = "document.querySelector('#channel .news')"
LIST = "document.querySelector('#messages')"
PLACE = (
    f'document.querySelector("{AT_CARD}").getBoundingClientRect().top - {LIST}.getBoundingClientRect().top'
)


def save(state: dict[str, Any]) -> None:
    """Somebody saved the post meanwhile: its buttons now carry another version, and stand lower."""
    drawn = card(state)["blocks"]
    drawn.insert(1, canned.section("ended", "Tom changed the text, so approvals ended.\n" * 4))
    for element in next(block for block in drawn if block["block_id"] == "decide")["elements"]:
        element["value"] = "42:4"


def grow(state: dict[str, Any]) -> None:
    """News at the list's end, which scrolls it."""
    add(canned.published_card(), 9)(state)


@pytest.mark.parametrize("happens", [save, grow])
def test_a_press_counts_though_the_page_changed_before_its_release(
    page: Browser, stage: PageStage, happens: Callable[[dict[str, Any]], None]
) -> None:
    """Approve was pressed on a card that somebody's save redrew before the button was up: nothing, and no word."""
    page.press("Approve", AT_CARD)
    stage.change(happens)
    stage.wait_fetched()
    page.wait_for(FRAMES)
    page.release()
    (order,) = stage.ordered(1)
    assert (order["action"]["action_id"], order["action"]["value"]) == ("approve", "42:3")
    shown = "Tom changed the text" if happens is save else "The rye is out of the oven"
    count = 1 if happens is save else 2
    words = f"{LIST}.innerText.split({json.dumps(shown)}).length - 1"
    page.wait_for(f"{words} >= {count}")


def test_what_came_below_is_marked_and_one_press_away(page: Browser, stage: PageStage) -> None:
    """Answers to a press further up came below the fold, unseen."""
    page.eval(f"{LIST}.scrollTop = 0")
    page.wait_for(FRAMES)
    assert page.eval(f"{MARK}.hidden")
    private = canned.message(1, canned.BOT, "Tom was first.", ephemeral=True)
    stage.change(lambda state: state["messages"][canned.SOCIAL].append(private))
    page.wait_for(f"!{MARK}.hidden")
    assert page.eval(f"{MARK}.innerText") == "1 new message ↓"
    below = f"{MARK}.getBoundingClientRect().top >= {LIST}.getBoundingClientRect().bottom"
    assert page.eval(below), "it covers no message"
    assert page.eval(f"{LIST}.scrollTop") == 0
    page.click(text="1 new message ↓")
    page.wait_for(f"{MARK}.hidden")
    page.wait_for(f"{LIST}.scrollHeight - {LIST}.scrollTop - {LIST}.clientHeight < 2")


def test_who_writes_sees_what_comes_of_it(page: Browser, stage: PageStage) -> None:
    page.eval(f"{LIST}.scrollTop = 0")
    page.wait_for(FRAMES)
    page.click("#composer")
    page.type("/social upcoming")
    page.key("Enter")
    stage.ordered(1)
    private = canned.message(1, canned.BOT, "Next: 09:54", ephemeral=True)
    stage.change(lambda state: state["messages"][canned.SOCIAL].append(private))
    page.wait_for(f"{LIST}.innerText.includes('Next: 09:54')")
    page.wait_for(f"{LIST}.scrollHeight - {LIST}.scrollTop - {LIST}.clientHeight < 2")
    assert page.eval(f"{MARK}.hidden")


@pytest.mark.parametrize("size", [(1280, 800), (390, 780)])
def test_a_message_longer_than_the_list_shows_its_first_line(
    page: Browser, stage: PageStage, size: tuple[int, int]
) -> None:
    """The message of a pause was scrolled to its end, and "paused" was out of sight."""
    page.resize(*size)
    page.eval(f"{LIST}.scrollTop = {LIST}.scrollHeight")
    page.wait_for(FRAMES)
    private = canned.message(2, canned.BOT, "Paused. I told #social.", ephemeral=True)
    stage.change(lambda state: state["messages"][canned.SOCIAL].append(private))
    page.wait_for(f"{LIST}.innerText.includes('I told #social')")
    long = [canned.section(f"line{number}", f"Line {number} of the message") for number in range(60)]
    stage.change(add(long, 1))
    newest = f"document.querySelector(\"#messages [data-ts='{canned.NOW - 1}.000100']\")"
    page.wait_for(newest)
    page.wait_for(FRAMES)
    top = f"{newest}.getBoundingClientRect().top - {LIST}.getBoundingClientRect().top"
    assert 0 <= page.eval(top) < 40
    assert not page.eval(f"{MARK}.hidden"), "there is more below"
    stage.change(add(canned.published_card(), 0))
    page.wait_for(f"{MARK}.innerText === '2 new messages ↓'")
    assert 0 <= page.eval(top) < 40, "who reads is left where they are"


def test_what_comes_with_the_first_message_is_come_to_as_well(
    page: Browser, stage: PageStage, running: Running
) -> None:
    """The demo's channel begins with a long digest, and the card that is to be read stood below it, out of sight."""
    stage.change(lambda state: state["messages"].update({canned.SOCIAL: []}))
    page.open(running.url)
    page.wait_for("!document.querySelector('#nothing').hidden")
    long = [canned.section(f"line{number}", f"Line {number} of the message") for number in range(60)]
    stage.change(add(long, 2))
    page.wait_for(f"document.querySelector(\"#messages [data-ts='{canned.NOW - 2}.000100']\")")
    stage.change(add(canned.published_card(), 1))
    page.wait_for(f"document.querySelector(\"#messages [data-ts='{canned.NOW - 1}.000100']\")")
    page.wait_for(f"{LIST}.scrollHeight - {LIST}.scrollTop - {LIST}.clientHeight < 2")
    assert page.eval(f"{MARK}.hidden")


@pytest.mark.parametrize("width", [1280, 1000])
def test_opening_and_closing_a_thread_leaves_the_card_where_it_was(
    page: Browser, stage: PageStage, width: int
) -> None:
    """The channel was narrower beside the thread, and scrolled away from the card whose thread it was."""
    page.resize(width, 800)

    def lengthen(state: dict[str, Any]) -> None:
        for ago in range(9, 3, -1):
            add(canned.published_card(), ago)(state)

    stage.change(lengthen)
    page.wait_for(f"document.querySelector(\"[data-ts='{canned.NOW - 4}.000100']\")")
    page.eval(f'document.querySelector("{AT_CARD} .replies").scrollIntoView({{block: "center"}})')
    page.wait_for(FRAMES)
    before = page.eval(PLACE)
    page.click(text="2 replies", within=AT_CARD)
    page.wait_for("!document.querySelector('#thread').hidden")
    page.wait_for(FRAMES)
    if width > 1180:
        assert abs(page.eval(PLACE) - before) < 2
    page.key("Escape")
    page.wait_for("document.querySelector('#thread').hidden")
    page.wait_for(FRAMES)
    assert abs(page.eval(PLACE) - before) < 2
    assert page.eval("location.hash") == f"#/{canned.SOCIAL}"


def test_a_guest_is_taken_to_a_channel_they_are_in(page: Browser) -> None:
    """The page said "#undefined" to a guest who was not in the channel that was open."""
    page.click("[data-nav='C0PRIVATE']")
    page.wait_for("document.querySelector('#channel-title').innerText === '#customers-private'")
    page.choose("#who", "Gil (guest)")
    page.wait_for("document.querySelector('#channel-title').innerText === '#social'")
    assert "undefined" not in page.eval("document.body.innerText + document.title")
    assert "undefined" not in page.eval("document.querySelector('#composer').placeholder")
    assert page.eval("location.hash") == "#/C0SOCIAL"


def test_a_direct_message_is_no_channel(page: Browser, stage: PageStage) -> None:
    def write(state: dict[str, Any]) -> None:
        state["channels"].append({"id": "D0MAYA", "name": "Byhand", "private": False, "direct": True})
        state["messages"]["D0MAYA"] = [canned.message(2, canned.BOT, "The channel is closed.")]

    stage.change(write)
    page.click("[data-nav='D0MAYA']")
    page.wait_for("document.querySelector('#channel-title').innerText === 'Byhand'")
    assert page.eval("document.querySelector('#composer').placeholder") == "Message Byhand as Maya"


def test_on_a_phone_the_hint_leaves_the_post_to_be_read(page: Browser) -> None:
    page.resize(390, 800)
    page.open(page.eval("location.origin"))
    page.wait_for("document.querySelector('[data-ts]')")
    page.eval("localStorage.clear(), true")
    page.open(page.eval("location.origin"))
    page.wait_for("document.querySelector('[data-ts]')")
    assert page.eval("document.querySelector('#hint').getBoundingClientRect().height") < 60
    assert page.eval(f"{LIST}.clientHeight") > 350
    page.eval(f"{LIST}.scrollTop = 30")
    below = (
        f"{LIST}.getBoundingClientRect().top - document.querySelector('#hint').getBoundingClientRect().bottom"
    )
    assert page.eval(below) >= 6, "what scrolls away below it does not seem to lie under it"
    assert page.eval(f"getComputedStyle({LIST}).borderTopWidth") == "1px"
    page.click("#hint summary")
    page.wait_for("document.querySelector('#hint').innerText.includes('Switch to Tom')")
    assert page.eval("document.querySelector('#hint').getBoundingClientRect().height") <= 320


# A panel from which something sticks out lies over the next one.
STICKING_OUT = """
[...document.querySelectorAll('#side > .panel')]
  .filter(panel => panel.getClientRects().length && panel.open !== false)
  .flatMap(panel => [...panel.children].map(child => [panel, child]))
  .filter(([panel, child]) => child.getClientRects().length
    && child.getBoundingClientRect().bottom > panel.getBoundingClientRect().bottom + 1)
  .map(([panel, child]) => `${panel.id}: ${child.id || child.tagName}`)"""


@pytest.mark.parametrize("height", [900, 700])
def test_no_panel_lies_over_another(page: Browser, height: int) -> None:
    """The box in which one writes as a customer lay over "Break something"."""
    page.resize(1280, height)
    page.click("#customer-toggle")
    page.wait_for("!document.querySelector('#customer').hidden")
    assert page.eval(STICKING_OUT) == []
    page.click("#faults summary")
    page.wait_for("document.querySelector('#faults').open")
    assert page.eval(STICKING_OUT) == []
    assert page.eval("document.querySelector('#timeline').clientHeight") >= 100


def test_the_clock_says_whose_time_it_is(page: Browser) -> None:
    assert page.eval("document.querySelector('#clock-date').innerText") == "Tue 24 Nov, Berlin time"
