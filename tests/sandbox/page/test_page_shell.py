"""The workspace around the messages: people, places, composer, clock, timeline; sizes and colours."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest

from tests.sandbox.page import canned, canned_outside
from tests.sandbox.page.browser import Browser
from tests.sandbox.page.page_stage import PageStage

CARD = f"{canned.NOW - 300}.000100"
PLACES = ("#/C0SOCIAL", f"#/C0SOCIAL/thread/{CARD}", "#/C0CUSTOMERS", "#/home")

# Text whose contrast with the ground under it is below AA; grounds are followed up to the first opaque one.
PALE = """
(() => {
  const rgb = (text) => (text.match(/[\\d.]+/g) ?? []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(c => c / 255)
    .map(c => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, at) => sum + c * [0.2126, 0.7152, 0.0722][at], 0);
  const ground = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const style = getComputedStyle(at).backgroundColor;
      if (style.startsWith('rgb(')) return rgb(style);
    }
    return rgb(getComputedStyle(document.body).backgroundColor);
  };
  const found = [];
  for (const node of document.querySelectorAll('body *')) {
    const words = [...node.childNodes].filter(n => n.nodeType === 3 && n.textContent.trim());
    if (!words.length || !node.getClientRects().length) continue;
    if (node.disabled || node.closest('.unseen, .skip')) continue;
    const style = getComputedStyle(node);
    const [a, b] = [light(rgb(style.color)), light(ground(node))].sort((x, y) => y - x);
    const large = parseFloat(style.fontSize) >= (style.fontWeight >= 700 ? 18.66 : 24);
    const ratio = (a + 0.05) / (b + 0.05);
    const name = `${node.tagName}.${node.className} "${words[0].textContent.trim()}"`;
    if (ratio < (large ? 3 : 4.5)) found.push(`${name} ${ratio.toFixed(2)}`);
  }
  return found;
})()"""

# What is wider than the place it has.
WIDE = """
[...document.querySelectorAll('html, body, main, aside, .scroller, .blocks, #top, .panel')]
  .filter(n => n.getClientRects().length && n.scrollWidth > n.clientWidth + 1)
  .map(n => `${n.tagName}#${n.id}.${n.className} ${n.scrollWidth} > ${n.clientWidth}`)"""

# Messages, and so their buttons, that reach beyond what is written in below them.
OVERHANGING = """
[...document.querySelectorAll('#channel, #thread')].filter(n => n.getClientRects().length).flatMap(pane => {
  const most = pane.querySelector('.composer-row').getBoundingClientRect().right;
  return [...pane.querySelectorAll('.message .body')].map(n => n.getBoundingClientRect().right - most);
}).filter(over => over > 1)"""

NAMELESS = """
[...document.querySelectorAll('button, a, input, select, textarea')]
  .filter(n => n.getClientRects().length)
  .filter(n => !(n.textContent.trim() || n.ariaLabel || n.labels?.length))
  .map(n => n.outerHTML)"""


def visit(page: Browser, place: str) -> None:
    page.eval(f"location.hash = {json.dumps(place)}")
    page.wait_for("new Promise(go => requestAnimationFrame(() => requestAnimationFrame(() => go(true))))")


def with_modal(state: dict[str, Any]) -> None:
    state["modals"].append(canned.edit_view(canned.ERRORS))


def test_it_says_what_it_is(page: Browser) -> None:
    top = page.eval("document.querySelector('#top').innerText")
    assert "Dock Bakery" in top
    assert "Not Slack. Nothing leaves this computer." in top
    people = page.eval("[...document.querySelector('#who').options].map(o => o.text)")
    assert people == ["Maya (writes the posts)", "Tom (approver)", "Gil (guest)"]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_readable_and_never_wider_than_the_window(
    page: Browser, stage: PageStage, width: int, dark: bool
) -> None:
    page.resize(width, 800, dark=dark)
    for place in PLACES:
        visit(page, place)
        assert page.eval(PALE) == [], place
        assert page.eval(WIDE) == [], place
        assert page.eval(OVERHANGING) == [], place
        assert page.eval(NAMELESS) == [], place
    if width < 600:
        for pane in ("Public", "Behind the scenes"):
            page.click(text=pane)
            assert page.eval(WIDE) == [], pane
            assert page.eval(PALE) == [], pane
            assert page.eval("document.querySelector('#clock').getClientRects().length") == 1
    stage.change(with_modal)
    page.wait_for("document.querySelector('#modal [aria-invalid]')")
    assert page.eval(PALE) == []
    assert page.eval(WIDE) == []


def test_another_person_sees_their_own_page(page: Browser, stage: PageStage) -> None:
    assert "Only visible to you" in page.eval("document.querySelector('#messages').innerText")
    page.choose("#who", "Tom (approver)")
    page.wait_for("!document.querySelector('#messages').innerText.includes('Only visible to you')")
    page.click(text="Approve", within="#messages")
    assert stage.ordered(1)[0]["user"] == canned.TOM


def test_unread_marks_come_and_go(page: Browser, stage: PageStage) -> None:
    news = canned.message(1, canned.BOT, "New message")
    stage.change(lambda state: state["messages"][canned.CUSTOMERS].append(news))
    page.wait_for("document.querySelector('[data-nav=C0CUSTOMERS]').innerText.includes('2')")
    page.click("[data-nav='C0CUSTOMERS']")
    page.wait_for("!document.querySelector('[data-nav=C0CUSTOMERS] .count')")
    page.reload()
    page.wait_for("document.querySelector('[data-nav=C0CUSTOMERS]')?.ariaCurrent === 'page'")
    page.click("[data-nav='C0SOCIAL']")
    page.wait_for("document.querySelector('[data-nav=C0SOCIAL]').ariaCurrent === 'page'")
    assert page.eval("document.querySelector('[data-nav=C0CUSTOMERS] .count')") is None


def test_home_is_asked_for_and_its_buttons_say_so(page: Browser, stage: PageStage) -> None:
    page.click("[data-nav='home']")
    page.click(text="New post")
    opened, pressed = stage.ordered(2)
    assert opened == {"user": canned.MAYA, "type": "open_home"}
    assert pressed["where"] == {"home": True}


def test_words_become_a_message_and_a_slash_a_command(page: Browser, stage: PageStage) -> None:
    page.click("#composer")
    page.type("Hello <b>")
    page.key("Enter", shift=True)
    page.type("team")
    page.key("Enter")
    page.wait_for("document.querySelector('#composer').value === ''")
    page.type("/social pause recall")
    page.key("Enter", shift=True)
    page.type("news  from Kiel")
    assert page.eval("document.querySelector('#say [type=submit]').innerText") == "Run"
    page.key("Enter")
    page.wait_for("document.querySelector('#composer').value === ''")
    asked = {"user": canned.MAYA, "channel": canned.SOCIAL}
    assert stage.acts == [
        asked | {"type": "say", "text": "Hello <b>\nteam"},
        asked | {"type": "command", "command": "/social", "text": "pause recall\nnews  from Kiel"},
    ]


def test_a_narrow_page_cuts_nothing_and_runs_nothing_together(page: Browser, stage: PageStage) -> None:
    """At 390 px the select read "Maya (writes the post"; the lines of a list in Home stood like one paragraph."""
    page.resize(390, 844)
    cut = """(() => { const box = document.querySelector('#who'), free = box.cloneNode(true);
      free.style.maxWidth = 'none'; box.after(free);
      const lost = free.offsetWidth - box.offsetWidth; free.remove(); return lost; })()"""
    assert page.eval(cut) <= 0
    gap = """(() => { const box = document.createElement('div'); box.className = 'rich';
      box.append(...[1, 2].map(() => document.createElement('p'))); document.body.append(box);
      const gap = getComputedStyle(box.lastChild).marginTop; box.remove(); return gap; })()"""
    assert page.eval(gap) == "6px"
    page.resize(1280, 800)


def test_an_empty_channel_says_what_is_under_way(page: Browser, stage: PageStage) -> None:
    """Somebody who had just come saw an empty #social for half a minute, and thought it was broken."""
    shown = "document.querySelector('#nothing').innerText"
    assert page.eval(shown) == ""
    stage.change(lambda state: state["messages"][canned.SOCIAL].clear())
    page.wait_for(f"{shown} === 'Nothing is here yet.'")
    stage.change(lambda state: state.update(busy="The plan comes in…"))
    page.wait_for(f"{shown} === 'Nothing is here yet. The plan comes in…'")


def test_words_that_did_not_go_out_stay_in_the_box(page: Browser, stage: PageStage) -> None:
    stage.answer = lambda _: {"ok": False, "error": "There is no command /sozial."}
    page.click("#composer")
    page.type("/sozial help")
    page.key("Enter")
    page.wait_for("document.querySelector('.toast')?.innerText.includes('no command')")
    assert page.eval("document.querySelector('#composer').value") == "/sozial help"


def test_a_thread_by_keyboard(page: Browser, stage: PageStage) -> None:
    page.click(text="2 replies")
    page.wait_for("document.activeElement.id === 'thread-composer'")
    page.type("/social help")
    page.key("Enter")
    page.wait_for("document.querySelector('.toast')?.innerText.includes('do not work in threads')")
    page.eval("document.activeElement.select(), true")
    page.type("Looks right")
    page.key("Enter")
    page.wait_for("document.querySelector('#thread-composer').value === ''")
    said = {
        "user": canned.MAYA,
        "type": "say",
        "channel": canned.SOCIAL,
        "thread_ts": CARD,
        "text": "Looks right",
    }
    assert stage.acts == [said]
    page.key("Escape")
    page.wait_for("document.querySelector('#thread').hidden")
    page.wait_for(f"document.activeElement.dataset.focus === 'replies-{CARD}'")


def test_half_written_words_caret_and_place_survive_a_refresh_and_a_visit(
    page: Browser, stage: PageStage
) -> None:
    page.click("#composer")
    page.type("half written")
    page.eval("document.querySelector('#composer').setSelectionRange(4, 4), true")
    stage.change(lambda state: state["traffic"].clear())
    page.wait_for("!document.querySelector('.wire-row')")
    page.type("-")
    assert page.eval("document.activeElement.id") == "composer"
    page.click("[data-nav='C0CUSTOMERS']")
    page.wait_for("document.querySelector('#composer').value === ''")
    page.click("[data-nav='C0SOCIAL']")
    page.wait_for("document.querySelector('#composer').value === 'half- written'")


def test_the_clock_runs_between_refreshes_and_can_be_pushed(page: Browser, stage: PageStage) -> None:
    context = "document.querySelector('#clock-time').innerText"
    first = page.eval(context)
    assert first.startswith("09:08:1")
    page.wait_for(f"{context} !== {json.dumps(first)}")
    page.click("[data-act='push']")
    page.click("[data-act='next_slot']")
    orders = stage.ordered(2)
    stage.change(lambda state: state.update(busy="Moving the clock…"))
    page.wait_for("document.querySelector('#clock-note').innerText === 'Moving the clock…'")
    assert page.eval("document.querySelector('[data-act=push]').disabled")
    assert [{**order, "user": None} for order in orders] == [
        {"user": None, "type": "push", "minutes": 5},
        {"user": None, "type": "next_slot"},
    ]


def test_the_public_timeline_shows_what_went_out_and_what_was_taken_down(
    page: Browser, stage: PageStage
) -> None:
    words = page.eval("document.querySelector(\"#timeline [data-id='1']\").innerText")
    assert "@dockbakery" in words
    assert page.eval("document.querySelector(\"#timeline [data-id='1'] img\").alt") == "Rye loaves on a rack"
    assert "Taken down" in page.eval("document.querySelector(\"#timeline [data-id='0']\").innerText")
    page.resize(390, 844)
    fresh = canned_outside.timeline()[0] | {"id": "2", "text": "400 loaves", "thread": []}
    stage.change(lambda state: state["timeline"].insert(0, fresh))
    page.wait_for("document.querySelector('[data-pane-to=public]').dataset.badge === '1 new'")
    assert page.eval("document.querySelector('#live').innerText") == "Published by @dockbakery: 400 loaves"
    stage.change(lambda state: state["timeline"].clear())
    page.wait_for("document.querySelector('#timeline').textContent.includes('Nothing is published yet')")


def test_faults_and_traffic(page: Browser, stage: PageStage) -> None:
    assert not page.eval("document.querySelector('#traffic').checkVisibility()"), "folded until somebody asks"
    page.click("#wire summary")
    page.wait_for("document.querySelector('#traffic').checkVisibility()")
    slow = page.eval("document.querySelector('#traffic .slow').innerText")
    assert "too slow: 4.2 s" in slow
    page.click("#faults summary")
    page.click(text="X is out of credits")
    page.click(text="Slack is down")
    stage.change(lambda state: state["faults"].update(slack_down=True))
    page.wait_for("document.querySelector('#faults-count').innerText === '1 on'")
    page.click(text="Kill and restart the bot")
    orders = [{name: value for name, value in order.items() if name != "user"} for order in stage.ordered(3)]
    assert orders == [
        {"type": "fault", "name": "x_no_credits", "on": True},
        {"type": "fault", "name": "slack_down", "on": True},
        {"type": "restart_bot"},
    ]


def test_between_tests_the_browser_is_silent(page: Browser, stage: PageStage) -> None:
    """Its line once pinged on a thread of its own, with the process's dice, while another test's were thrown."""
    address = page.eval("location.origin")
    assert stage.watched_by == 1
    page.leave()
    stage.wait_alone()
    assert [thread.name for thread in threading.enumerate() if "keepalive" in thread.name] == []
    page.open(address)


def test_the_hint_once_read_stays_away(page: Browser) -> None:
    page.click(text="Got it")
    page.wait_for("document.querySelector('#hint').hidden")
    page.open(page.eval("location.origin"))
    page.wait_for("document.querySelector('[data-ts]')")
    assert page.eval("document.querySelector('#hint').hidden")


def test_whoever_is_not_here_is_told_who_is(running: Any, page: Browser) -> None:
    """The page stayed empty."""
    page.open(f"{running.url}?as=U0NOBODY")
    page.wait_for("document.querySelectorAll('#stranger a').length > 2")
    assert "Nobody here is called “U0NOBODY”" in page.eval("document.querySelector('#stranger').textContent")
    page.click("#stranger a[href='/?as=U0TOM']")
    page.wait_for("document.querySelector('#who')?.value === 'U0TOM' && document.querySelector('[data-ts]')")
    page.problems.clear()  # the browser says that the state was not found
