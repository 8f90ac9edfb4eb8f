"""Cards in the channel: what is drawn, what a press sends, what stays while the state changes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.page import canned
from tests.sandbox.page.browser import Browser, BrowserError
from tests.sandbox.page.page_stage import PageStage

CARD = f"{canned.NOW - 300}.000100"
AT_CARD = f"#messages [data-ts='{CARD}']"
WHERE = {"channel": canned.SOCIAL, "ts": CARD}


def card(state: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = next(item for item in state["messages"][canned.SOCIAL] if item["ts"] == CARD)
    return found


def approve(state: dict[str, Any]) -> None:
    done = canned.section("ask", "*Approved: goes out today at 09:54*")
    card(state)["blocks"] = [done, *card(state)["blocks"][1:3]]


def add(blocks: list[dict[str, Any]], ago: int = 10) -> Any:
    return lambda state: state["messages"][canned.SOCIAL].append(
        canned.message(ago, canned.BOT, "new", blocks)
    )


def text_of(page: Browser, selector: str) -> str:
    return str(page.eval(f"document.querySelector({json.dumps(selector)}).innerText"))


def test_a_review_card_reads_as_the_team_wrote_it(page: Browser) -> None:
    words = text_of(page, AT_CARD)
    assert "Decide by today at 09:54: dockbakery-mastodon + dockbakery-bluesky" in words
    assert "written by @Maya" in words
    assert "(edited)" not in words, "the bot redraws its cards; nobody has edited this one"
    assert "2 replies" in words
    assert (
        page.eval(f'document.querySelector("{AT_CARD} img").alt') == "Forty loaves of bread on a wooden table"
    )
    assert page.eval(f'document.querySelector("{AT_CARD} img").src').endswith("/files/F0LOAVES")
    assert page.eval(f'document.querySelector("{AT_CARD} .primary").ariaLabel') == "Approve post 42"


def test_a_press_says_where_what_and_as_whom(page: Browser, stage: PageStage) -> None:
    page.click(text="Approve", within=AT_CARD)
    action = {"type": "button", "block_id": "decide", "action_id": "approve", "value": "42:3"}
    order = {"user": canned.MAYA, "type": "click", "where": WHERE, "values": {}}
    assert stage.ordered(1) == [order | {"action": action | {"text": canned.plain("Approve")}}]


def test_buttons_go_at_once_and_the_answer_brings_the_next_state(page: Browser, stage: PageStage) -> None:
    stage.hold_acts()
    page.click(text="Approve", within=AT_CARD)
    page.wait_for(f"document.querySelector(\"{AT_CARD} [data-focus='decide/approve']\").disabled")
    assert page.eval(f'[...document.querySelectorAll("{AT_CARD} .block button")].every(b => b.disabled)')
    pressed = f"document.querySelector(\"{AT_CARD} [data-focus='decide/approve']\")"
    assert page.eval(f"getComputedStyle({pressed}, '::after').content") == '"…"'
    assert page.eval(f"{pressed}.textContent") == "Approve"
    with pytest.raises(BrowserError):
        page.click(text="Approve", within=AT_CARD, timeout=0.1)
    stage.free_acts()
    stage.change(approve)
    page.wait_for(f"document.querySelector(\"{AT_CARD}\").innerText.includes('goes out')")
    assert not page.eval(f'document.querySelector("{AT_CARD}").ariaBusy')
    assert page.eval("document.activeElement.dataset.ts") == CARD
    assert len(stage.acts) == 1


def test_an_error_is_said_and_the_buttons_come_back_with_the_focus(page: Browser, stage: PageStage) -> None:
    stage.answer = lambda _: {"ok": False, "error": "Byhand did not answer in time."}
    page.click(text="Approve", within=AT_CARD)
    page.wait_for(
        "document.querySelector('.toast[role=alert]')?.innerText.includes('did not answer in time')"
    )
    page.wait_for("document.activeElement.dataset.focus === 'decide/approve'")


def test_a_private_answer_frees_the_card(page: Browser, stage: PageStage) -> None:
    stage.hold_acts()
    page.click(text="Approve", within=AT_CARD)
    page.wait_for(f'document.querySelector("{AT_CARD} .primary").disabled')
    note = canned.message(1, canned.BOT, "Tom was first.", ephemeral=True)
    stage.change(lambda state: state["messages"][canned.SOCIAL].append(note))
    page.wait_for(f'!document.querySelector("{AT_CARD} .primary").disabled', 1)
    stage.free_acts()
    assert "Only visible to you" in text_of(page, f"[data-ts='{note['ts']}']")
    assert "Only visible to you. Byhand: Tom was first." in text_of(page, "#live")


def test_kill_asks_first_and_no_is_the_easy_answer(page: Browser, stage: PageStage) -> None:
    page.click(text="Kill", within=AT_CARD)
    page.wait_for("document.querySelector('#confirm').open")
    assert "Kill this post?" in text_of(page, "#confirm")
    page.key("Enter")
    page.wait_for("!document.querySelector('#confirm').open")
    page.click(text="Kill", within=AT_CARD)
    page.key("Escape")
    page.wait_for("!document.querySelector('#confirm').open")
    assert page.eval("document.activeElement.dataset.focus") == "decide/kill"
    assert stage.acts == []
    page.click(text="Kill", within=AT_CARD)
    page.click(text="Kill it")
    assert [order["action"]["action_id"] for order in stage.ordered(1)] == ["kill"]


def test_the_overflow_menu_by_keyboard(page: Browser, stage: PageStage) -> None:
    page.click("[aria-label='More actions']")
    page.key("ArrowDown")
    assert page.eval("document.activeElement.innerText") == "Move"
    page.key("Escape")
    assert page.eval("document.activeElement.ariaLabel") == "More actions"
    assert page.eval("document.activeElement.ariaExpanded") == "false"
    page.key("ArrowUp")
    page.key("Enter")
    chosen = {
        "type": "overflow",
        "block_id": "decide",
        "action_id": "more",
        "selected_option": canned.option("now", "Post now"),
    }
    assert [order["action"] for order in stage.ordered(1)] == [chosen]


def test_a_select_in_a_message_answers_at_once_with_the_state_of_its_card(
    page: Browser, stage: PageStage
) -> None:
    page.click("[data-nav='C0CUSTOMERS']")
    page.choose("#messages select", "Wed 11:00")
    chosen = {"type": "static_select", "selected_option": canned.option("1100", "Wed 11:00")}
    [order] = stage.ordered(1)
    assert order["action"] == chosen | {"block_id": "pick", "action_id": "slot"}
    assert order["values"] == {"pick": {"slot": chosen}}


def test_every_form_is_drawn(page: Browser) -> None:
    page.click("[data-nav='C0CUSTOMERS']")
    page.wait_for("document.querySelector('.block-header')")
    for selector in (
        "strong",
        "em",
        "s",
        "code",
        "pre",
        "ol li",
        "hr",
        ".fields .words",
        "img.thumb",
        "a[href^='https:']",
    ):
        assert page.eval(f"!!document.querySelector({json.dumps('#messages .blocks ' + selector)})"), selector
    assert "#customers" in text_of(page, "#messages")


def test_hostile_words_stay_words(page: Browser, stage: PageStage) -> None:
    stage.change(add(canned.evil()))
    page.wait_for("document.querySelector('[data-block=e5]')")
    at = f"[data-ts='{canned.NOW - 10}.000100']"
    assert '<img src=x onerror="window.pwned=1"> <script>window.pwned=1</script>' in text_of(
        page, f"{at} [data-block=e1]"
    )
    assert "<b>" in text_of(page, f"{at} [data-block=e1]")
    assert page.eval(f'document.querySelectorAll("{at} script, {at} [onerror], {at} a").length') == 0
    assert "cannot draw a “hologram” block" in text_of(page, f"{at} [data-block=e5]")
    assert "cannot draw this “rich_text” block" in text_of(page, f"{at} [data-block=e6]")
    assert "Image: <img" in text_of(page, f"{at} [data-block=e3]")
    assert page.eval("window.pwned") is None
    refused = [
        problem
        for problem in page.problems
        if "rich_text" not in problem and "could not be drawn" not in problem
    ]
    assert all("javascript:" in problem or "Content Security Policy" in problem for problem in refused)
    page.problems.clear()


def test_a_card_is_redrawn_in_place_and_its_neighbours_are_not(page: Browser, stage: PageStage) -> None:
    page.eval(
        f'window.kept = document.querySelector("{AT_CARD}"), window.near = kept.previousElementSibling, true'
    )
    page.eval("window.words = kept.querySelector('[data-block=words]'), true")
    stage.change(approve)
    page.wait_for("window.kept.innerText.includes('goes out')")
    assert page.eval("kept.isConnected && near.isConnected && words.isConnected")
    assert page.eval(f'document.querySelector("{AT_CARD}") === kept && kept.previousElementSibling === near')
    assert page.eval("kept.querySelector('[data-block=decide]')") is None


def test_no_id_twice_even_with_the_thread_open(page: Browser, stage: PageStage) -> None:
    page.click(text="2 replies")
    page.wait_for("document.querySelectorAll('#thread .message').length === 3")
    stage.change(lambda state: state["modals"].append(canned.edit_view()))
    page.wait_for("document.querySelector('#modal').open")
    ids = page.eval("[...document.querySelectorAll('[id]')].map(node => node.id)")
    assert len(ids) == len(set(ids))


def test_at_the_end_it_stays_at_the_end_and_elsewhere_it_stays_there(page: Browser, stage: PageStage) -> None:
    gap = "(box => box.scrollHeight - box.scrollTop - box.clientHeight)(document.querySelector('#messages'))"
    page.wait_for(f"{gap} < 2")
    stage.change(add(canned.published_card(), 9))
    page.wait_for(f"document.querySelector(\"[data-ts='{canned.NOW - 9}.000100']\")")
    page.wait_for(f"{gap} < 2")
    page.eval("document.querySelector('#messages').scrollTop = 40")
    page.wait_for(
        f"new Promise(go => requestAnimationFrame(() => requestAnimationFrame(() => go({gap} > 100))))"
    )
    stage.change(add(canned.published_card(), 8))
    page.wait_for(f"document.querySelector(\"[data-ts='{canned.NOW - 8}.000100']\")")
    assert page.eval("document.querySelector('#messages').scrollTop") == 40


TOP_OF_CARD = (
    f'document.querySelector("{AT_CARD}")?.getBoundingClientRect().top'
    " - document.querySelector('#messages')?.getBoundingClientRect().top"
)
ON_TOP = f"{TOP_OF_CARD} >= 0 && {TOP_OF_CARD} < 60"
DIGEST = canned.message(9, canned.BOT, "\n".join(f"Post {number} waits" for number in range(60)))
HAS_DIGEST = "document.querySelector('#messages')?.innerText.includes('Post 59 waits')"


def test_what_waits_to_be_approved_is_what_a_newcomer_sees(page: Browser, stage: PageStage) -> None:
    """Seen: the day's digest came below the card, and the card stood above what was to be seen."""
    stage.change(lambda state: state["messages"][canned.SOCIAL].append(DIGEST))
    page.wait_for(HAS_DIGEST)
    for width, height in ((1280, 900), (390, 844)):
        page.resize(width, height)
        page.reload(as_newcomer=True)
        page.wait_for(f"{HAS_DIGEST} && {ON_TOP}")
    page.reload()
    page.wait_for(f"{HAS_DIGEST} && {TOP_OF_CARD} < -200")  # what was seen before is not begun at again


def test_what_comes_later_does_not_take_it_away(page: Browser, stage: PageStage) -> None:
    def only_card(state: dict[str, Any]) -> None:
        messages = state["messages"]
        messages[canned.SOCIAL] = [one for one in messages[canned.SOCIAL] if one["ts"] == CARD]

    stage.change(only_card)
    page.wait_for("document.querySelectorAll('#messages [data-ts]').length === 1")
    page.resize(1280, 1000)
    page.reload(as_newcomer=True)
    page.wait_for(ON_TOP)
    page.wait_for("new Promise(go => setTimeout(() => go(true), 3500))")  # no longer what came with it
    stage.change(lambda state: state["messages"][canned.SOCIAL].append(DIGEST))
    page.wait_for("document.querySelector('.news-mark')?.textContent === '1 new message ↓'")
    assert page.eval(ON_TOP)


def test_today_turns_into_yesterday_when_the_clock_is_pushed(page: Browser, stage: PageStage) -> None:
    stage.change(lambda state: state.update(now="2026-11-25T08:00:00Z"))
    page.wait_for(f"document.querySelector(\"{AT_CARD}\").innerText.includes('Decide by yesterday at 09:54')")


def test_a_link_to_a_message_stays_on_the_page(page: Browser, stage: PageStage) -> None:
    link = f"<http://127.0.0.1:1/archives/C0SOCIAL/p{CARD.replace('.', '')}|newer card>"
    stage.change(
        lambda state: state["messages"][canned.CUSTOMERS].append(
            canned.message(5, canned.BOT, f"See the {link}.")
        )
    )
    page.click("[data-nav='C0CUSTOMERS']")
    page.click(text="newer card")
    page.wait_for(f"document.activeElement.dataset.ts === '{CARD}'")
