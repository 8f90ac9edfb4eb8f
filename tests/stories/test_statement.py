"""A statement as the people of a small team release it: one during a pause, by two of them, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.networks.mastodon.client import MastodonClient
from bot.networks.mastodon.limits import DOCUMENTED
from bot.sandbox.slack.find import words
from tests.stories.bakery import ANNA, MAYA, TOM, Bakery

BREAD = "Fresh bread at nine"
RECALL = "We recall the rye bread of today. Please bring it back."


def pause(bakery: Bakery) -> None:
    bakery.plan((20, "bakery", BREAD))
    bakery.click(TOM, bakery.card(BREAD, "Decide by"), "Approve")
    bakery.card(BREAD, "Approved: goes out")
    bakery.knows(MAYA)
    bakery.type(MAYA, "pause recall news")


def write(bakery: Bakery) -> None:
    """Maya writes it and releases it."""
    bakery.click(MAYA, bakery.banner(), "Release a statement…")
    assert "Nothing else goes out" in str(bakery.slack.modal(MAYA).blocks)
    assert bakery.fill(MAYA, {"Text": RECALL}).ok
    shown = str(bakery.slack.modal(MAYA).blocks)
    assert RECALL in shown
    assert "It does not go out yet: an approver (" in shown
    assert "If nobody releases it by " in shown
    assert bakery.fill(MAYA, {}).ok
    assert "It waits for an approver" in str(bakery.slack.modal(MAYA).blocks)


def test_two_people_release_it_and_nothing_else_goes_out(bakery: Bakery) -> None:
    pause(bakery)
    write(bakery)
    banner = bakery.banner("Statement waits for an approver")
    bakery.said_below(banner, "<@U0TOM> and <@U0ANNA>: Maya released “We recall")
    assert bakery.published() == []
    bakery.click(TOM, banner, "Read and release…")
    shown = str(bakery.slack.modal(TOM).blocks)
    assert RECALL in shown
    assert "It goes out as soon as you release it." in shown
    assert bakery.fill(TOM, {}).ok
    bakery.push(0)
    banner = bakery.banner("Statement published")
    bakery.said_below(banner, "<@U0MAYA>: Tom released “We recall")
    assert "Released by" in words(banner)
    card = bakery.card(RECALL, "Published")
    assert "Released as a statement by" in words(card)
    assert "Take down" in bakery.buttons(card)
    bakery.push(60)
    assert set(bakery.published()) == {RECALL}
    assert bakery.banner().text.startswith("Publishing is paused. <@U0MAYA> paused it")


def test_words_alone_are_offered_to_no_account_that_needs_an_image(
    bakery: Bakery, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such an account was ticked at first: the statement was written, and could not be released as it stood."""
    needing = replace(DOCUMENTED.capabilities, min_pictures=1)
    monkeypatch.setattr(MastodonClient, "capabilities", needing)
    pause(bakery)
    bakery.click(MAYA, bakery.banner(), "Release a statement…")
    modal = bakery.slack.modal(MAYA)
    assert "unticked: no post goes there without an image." in str(modal.blocks)
    (ticks,) = [
        block["element"]
        for block in modal.blocks
        if block["type"] == "input" and "options" in block["element"]
    ]
    assert "initial_options" not in ticks
    refused = bakery.fill(MAYA, {"Text": RECALL, "Accounts": [ticks["options"][0]["text"]["text"]]})
    assert "without an image: untick it here." in str(refused.errors)


def test_nobody_else_releases_it_and_it_lapses(bakery: Bakery) -> None:
    pause(bakery)
    write(bakery)
    bakery.banner("Statement waits for an approver")
    bakery.push(31)
    banner = bakery.banner("nobody else released it within 30 minutes")
    bakery.said_below(banner, "is not published: nobody else released it within 30 minutes")
    assert bakery.published() == []
    bakery.click(ANNA, banner, "Release it again…")
    assert bakery.fill(ANNA, {}).ok
    bakery.click(MAYA, bakery.banner("Statement waits for a second person"), "Read and release…")
    assert bakery.fill(MAYA, {}).ok
    bakery.push(0)
    bakery.banner("Statement published")
    assert set(bakery.published()) == {RECALL}


def test_anybody_withdraws_it(bakery: Bakery) -> None:
    pause(bakery)
    write(bakery)
    bakery.click(ANNA, bakery.banner("Statement waits for an approver"), "Withdraw")
    banner = bakery.banner("withdrew it")
    bakery.said_below(banner, "<@U0MAYA> The statement")
    bakery.push(5)
    assert bakery.published() == []
