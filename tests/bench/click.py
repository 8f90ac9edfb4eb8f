"""One click every two seconds, Slack's limits on: from the press to the redrawn card on the page, as a person sees it.

The whole stage, the bot in its process, headless Chromium. Approve and Undo in turn on one card, Undo from the press
that answers its question; the page itself notes when it was pressed and when the other button was painted, so that no
polling of ours is in the figure.
"""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Iterator
from datetime import timedelta
from statistics import median

from bot.sandbox import story
from bot.sandbox.slack.state import Message
from bot.sandbox.stage import Stage
from bot.slack.views.posts.card_buttons import UNDO
from tests.bench.byhand import APPROVER
from tests.bench.figures import Figure, cannot_run, percentile, under
from tests.sandbox.page.browser import Browser, missing

NAME = "click to redrawn card on the page"
EVERY = 2.0  # seconds
TEXT = "The oven is warm and the bench begins."
PRESSES = ("Approve", "Undo")

WATCH = """
new Promise((done) => {
  const card = () => document.querySelector('[data-ts="%s"]');
  const there = () => [...card().querySelectorAll('button')].some((b) => b.textContent === %s && !b.disabled);
  let pressed = 0;
  document.addEventListener('click', () => { pressed = performance.now(); }, {capture: true, once: true});
  const look = new MutationObserver(() => {
    if (!pressed || !there()) return;
    look.disconnect();
    requestAnimationFrame(() => { window.redrawn = performance.now() - pressed; });
  });
  window.redrawn = 0;
  look.observe(document.body, {subtree: true, childList: true, attributes: true, characterData: true});
  done(true);
})"""


def measure(*, quick: bool) -> Iterator[Figure]:
    if reason := missing():
        yield cannot_run(NAME, reason)
        return
    with Stage() as stage, Browser.start() as browser:
        card = _card(stage)
        browser.open(stage.page.address)
        browser.choose("#who", APPROVER)
        took = [_press(browser, card, number) for number in range(5 if quick else 20)][1:]
    yield under(f"{NAME}, median", median(took), 300, "ms")
    yield Figure(f"{NAME}, p90", f"{percentile(took, 90):,.0f} ms")


def _card(stage: Stage) -> Message:
    """The card of a post of our own, twenty minutes before its slot."""
    plan = stage.folder / "bench.csv"
    slot = (stage.clock.now() + timedelta(minutes=22)).astimezone(story.ZONE)
    with plan.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(story.HEADER)
        table.writerow((slot.isoformat(timespec="seconds"), story.MASTODON, TEXT, "", "", ""))
    stage.command("import", str(plan))
    return stage.slack.wait_for("C0SOCIAL", TEXT, timeout=30)


def _press(browser: Browser, card: Message, number: int) -> float:
    """Milliseconds from a press to the card with the other button."""
    began = time.monotonic()
    press, then = PRESSES[number % 2], PRESSES[(number + 1) % 2]
    at = f'[data-ts="{card.ts}"]'
    if press == "Undo":
        browser.click(text=press, within=at)
        browser.wait_for("document.querySelector('#confirm').open")
        press, at = UNDO.yes, "#confirm"
    browser.eval(WATCH % (card.ts, json.dumps(then)))
    browser.click(text=press, within=at)
    took = float(browser.wait_for("window.redrawn", 20))
    time.sleep(max(0.0, EVERY - (time.monotonic() - began)))
    return took
