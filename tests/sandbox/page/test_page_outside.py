"""Outside Slack: threads on the networks, writing as a customer; and what a message's menu offers inside."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.page import canned, canned_outside
from tests.sandbox.page.browser import Browser
from tests.sandbox.page.page_stage import PageStage

THREAD = "#timeline [data-id='1']"
MINE = f"{canned.NOW - 900}.000100"  # what Maya said in #social


def shown(page: Browser, selector: str) -> Any:
    return page.eval(f"document.querySelector({selector!r}).innerText")


def sent(stage: PageStage, count: int = 1) -> list[dict[str, Any]]:
    return [
        {name: value for name, value in order.items() if name != "user"} for order in stage.ordered(count)
    ]


def test_a_thread_shows_what_everybody_said(page: Browser) -> None:
    words = shown(page, THREAD)
    assert words.index("The rye is out") < words.index("Mine arrived broken <b>and</b>")
    assert words.index("nobody answers") < words.index("@dockbakery\nyour company")
    assert "edited" in shown(page, "#timeline [data-id='11']")
    assert "Deleted. Nobody sees this any more:" in shown(page, "#timeline [data-id='13']")
    assert page.eval("document.querySelectorAll('#timeline [data-id=\"13\"] button').length") == 0


def test_an_address_is_a_link_where_the_network_makes_it_one(page: Browser, stage: PageStage) -> None:
    links = f"document.querySelectorAll('{THREAD.replace(chr(39), chr(34))} .post-text a').length"
    assert page.eval(links) == 1

    def move(state: dict[str, Any]) -> None:
        state["timeline"][0]["network"] = "Instagram"

    stage.change(move)
    page.wait_for(f"{links} === 0")
    assert "https://dockbakery.example/rye" in shown(page, THREAD)


def test_private_messages_stand_apart_and_say_so(page: Browser) -> None:
    order = page.eval(
        "[...document.querySelector('#timeline').children].map(n => n.dataset.id ?? n.innerText)"
    )
    heading = next(at for at, words in enumerate(order) if "Private messages" in words)
    assert "The public does not see these." in order[heading]
    assert order[heading + 1 :] == ["21"]
    assert "Thank you, found it." in shown(page, "#timeline [data-id='21']")


def test_a_customer_mentions_the_company_and_writes_privately(page: Browser, stage: PageStage) -> None:
    page.click(text="Write as a customer")
    page.wait_for("document.activeElement.id === 'customer-text'")
    page.choose("#customer-who", "Nora Bakes (48,000 followers)")
    page.choose("#customer-where", "Mention on Bluesky")
    page.fill("#customer-text", "Do you ship?")
    page.key("Enter")
    page.wait_for("document.querySelector('#customer-text').value === ''")
    page.choose("#customer-who", "Somebody else…")
    page.fill("#customer-name", "Ivo")
    page.choose("#customer-where", "Private message on Mastodon")
    page.fill("#customer-text", "My address is …")
    page.click(text="Send as customer")
    words = {"type": "customer", "reply_to": None}
    assert sent(stage, 2) == [
        {**words, "network": "Bluesky", "private": False, "name": "Nora Bakes", "text": "Do you ship?"},
        {**words, "network": "Mastodon", "private": True, "name": "Ivo", "text": "My address is …"},
    ]


def test_only_what_comes_in_is_offered(page: Browser) -> None:
    """Byhand reads no private messages of Instagram, and no mentions on either of Meta's."""
    page.click(text="Write as a customer")
    offered = page.eval("[...document.querySelectorAll('#customer-where option')].map(({label}) => label)")
    begun = [label for label in offered if "“" not in label]
    assert begun == [
        "Mention on Mastodon",
        "Mention on Bluesky",
        "Private message on Mastodon",
        "Private message on Bluesky",
        "Private message on Facebook",
    ]


def test_a_comment_goes_under_the_post_and_a_reply_is_meant_by_who_spoke(
    page: Browser, stage: PageStage
) -> None:
    page.click("[aria-label='Comment: as a customer, to @dockbakery']", within=THREAD)
    page.fill("#customer-text", "Is it vegan?")
    page.key("Enter")
    page.wait_for("document.querySelector('#customer-text').value === ''")
    page.click("[aria-label='Reply: as a customer, to @dockbakery']", within="#timeline [data-id='22']")
    page.fill("#customer-text", "Thanks!")
    page.key("Enter")
    comment, reply = sent(stage, 2)
    assert (comment["reply_to"], comment["private"], comment["network"]) == ("1", False, "Mastodon")
    assert (reply["reply_to"], reply["private"], reply["name"]) == ("22", True, "Lena K.")


def test_what_is_half_written_survives_a_refresh_and_a_refusal(page: Browser, stage: PageStage) -> None:
    stage.answer = lambda order: {"ok": order["type"] != "customer", "error": "Not now."}
    page.click(text="Write as a customer")
    page.choose("#customer-where", "Mention on Bluesky")
    page.fill("#customer-text", "Do you")
    fresh = canned_outside.timeline()[0] | {"id": "2", "thread": []}
    stage.change(lambda state: state["timeline"].insert(0, fresh))
    page.wait_for("document.querySelector('#timeline [data-id=\"2\"]')")
    page.key("Enter")
    page.wait_for("document.querySelector('#toasts').innerText.includes('Not now.')")
    assert page.eval("document.querySelector('#customer-text').value") == "Do you"
    assert sent(stage)[0]["network"] == "Bluesky"
    page.key("Escape")
    page.wait_for("document.activeElement.id === 'customer-toggle'")


def test_customers_change_and_delete_where_the_network_can(page: Browser, stage: PageStage) -> None:
    page.click("[aria-label='Edit: what Lena K. wrote']", within="#timeline [data-id='11']")
    page.fill("#editor-text", "Solved!")
    page.click(text="Save", within="#editor")
    page.click("[aria-label='Delete: what Lena K. wrote']", within="#timeline [data-id='11']")
    assert sent(stage, 2) == [
        {"type": "customer_edit", "network": "Mastodon", "id": "11", "text": "Solved!"},
        {"type": "customer_delete", "network": "Mastodon", "id": "11"},
    ]
    assert page.eval("document.querySelectorAll('[data-id=\"21\"] [aria-label^=Edit]').length") == 0


def test_a_message_offers_the_apps_shortcut(page: Browser, stage: PageStage) -> None:
    page.click(f"[data-ts='{canned.NOW - 300}.000100'] .tools .menu-button", within="#messages")
    assert page.eval("document.activeElement.innerText") == "Send to the customer\nByhand"
    page.key("Enter")
    where = {"channel": canned.SOCIAL, "ts": f"{canned.NOW - 300}.000100"}
    assert sent(stage) == [{"type": "shortcut", "callback_id": "send_to_customer", **where}]


def test_ones_own_message_can_be_changed_and_deleted(page: Browser, stage: PageStage) -> None:
    more = f"[data-ts='{MINE}'] .tools .menu-button"
    page.click(more, within="#messages")
    page.click(text="Edit message")
    page.wait_for("document.querySelector('#editor-text')?.value.includes('@Tom')")  # not <@U0TOM>
    page.fill("#editor-text", "Never mind.")
    page.click(text="Save", within="#editor")
    assert len(sent(stage)) == 1  # the menu is not opened into the answer, which draws the message anew
    page.click(more, within="#messages")
    page.click(text="Delete message")
    where = {"channel": canned.SOCIAL, "ts": MINE}
    assert sent(stage, 2) == [
        {"type": "edit", **where, "text": "Never mind."},
        {"type": "delete", **where},
    ]


def test_a_thread_where_customers_are_answered_says_how(page: Browser) -> None:
    hint = "document.querySelector('#say-thread .composer-hint').innerText"
    page.eval(f"location.hash = '#/{canned.CUSTOMERS}/thread/{canned.NOW - 4000}.000100'")
    page.wait_for(f"{hint}.includes('to answer the customer')")
    page.click(text="@Byhand", within="#say-thread")
    assert page.eval("document.querySelector('#thread-composer').value") == "@Byhand "
    page.eval(f"location.hash = '#/{canned.CUSTOMERS}/thread/{canned.NOW - 3000}.000100'")
    page.wait_for(f"{hint}.includes('stands for many customers')")
    page.eval(f"location.hash = '#/{canned.SOCIAL}/thread/{canned.NOW - 300}.000100'")
    page.wait_for(f"{hint} === 'Only your team sees this thread.'")


def test_a_second_tab_is_a_second_person(page: Browser) -> None:
    link = page.eval(
        "(({innerText, href, rel}) => [innerText, href, rel])(document.querySelector('#second'))"
    )
    assert link[0] == "Be Tom in a second tab"
    assert "noopener" in link[2]  # else the new tab would begin as a copy of this one's person
    page.open(link[1])
    page.wait_for("document.querySelector('#who').value === 'U0TOM'")
    assert page.eval("location.search") == ""


@pytest.mark.parametrize("width", [1280, 390])
def test_the_customers_box_fits(page: Browser, width: int) -> None:
    page.resize(width, 800)
    if width < 600:
        page.click(text="Public")
    page.click("[aria-label='Comment: as a customer, to @dockbakery']", within=THREAD)
    page.choose("#customer-who", "Somebody else…")
    outside = "[...document.querySelectorAll('#customer *')].filter(n => n.getBoundingClientRect().right > innerWidth)"
    assert page.eval(f"{outside}.length") == 0
    assert page.eval("document.querySelector('#timeline').getBoundingClientRect().height") > 120


DROP = """
(() => {
  const given = new DataTransfer();
  given.items.add(new File([new Uint8Array([137, 80, 78, 71])], 'loaf.png', {type: 'image/png'}));
  document.querySelector('#say').dispatchEvent(new DragEvent('drop', {dataTransfer: given, cancelable: true}));
  return true;
})()"""


def test_a_picture_dropped_in_goes_along_with_the_words_or_alone(page: Browser, stage: PageStage) -> None:
    chip = "document.querySelector('#say .chip')"
    page.eval(DROP)
    page.wait_for(f"{chip}.innerText.includes('loaf.png')")
    page.click(text="Remove", within="#say")
    assert page.eval(f"{chip}.hidden")
    page.eval(DROP)
    page.wait_for(f"!{chip}.hidden")
    page.click(text="Send", within="#say")
    page.wait_for(f"{chip}.hidden")
    where = {"type": "say", "channel": canned.SOCIAL, "text": ""}
    assert sent(stage) == [{**where, "files": [{"name": "loaf.png", "data": "iVBORw=="}]}]


def test_a_picture_in_a_message_is_shown(page: Browser, stage: PageStage) -> None:
    said = canned.message(1, canned.TOM, "look", files=["F0LOAVES"])
    stage.change(lambda state: state["messages"][canned.SOCIAL].append(said))
    shown = f"[data-ts='{said['ts']}'] img"
    page.wait_for(f"document.querySelector({shown!r})?.complete")
    assert "look" in page.eval(f"document.querySelector(\"[data-ts='{said['ts']}']\").innerText")


@pytest.mark.parametrize("width", [1280, 390])
def test_a_link_to_the_network_leads_to_the_timeline(page: Browser, width: int) -> None:
    page.resize(width, 800)
    page.click("#messages a[href$='/@dockbakery/1']")
    page.wait_for("document.activeElement.dataset.id === '1'")
    assert page.eval("location.pathname") == "/"
    assert page.eval("document.querySelector('#toasts').innerText") == ""
    assert page.eval("document.querySelector('#timeline').getClientRects().length") == 1


def test_nobody_is_sent_to_the_outside(page: Browser) -> None:
    page.click(text="https://dockbakery.example/loaves", within="#messages")
    page.wait_for("document.querySelector('#toasts').innerText.includes('nothing leaves this computer')")
    assert page.eval("location.pathname") == "/"
