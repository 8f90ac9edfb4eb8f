"""A story on a network without an API: planned and approved like any other post, posted by a person."""

from __future__ import annotations

from bot.domain.deliveries import BY_HAND_LIMIT
from bot.sandbox.slack.find import words
from tests.stories.bakery import ANNA, GIL, MAYA, TOM, Bakery

TEXT = "Look into our oven"
STORY = """\
[accounts.story]
network = "manual"
title = "Instagram stories"
address = "https://www.instagram.com/"
"""


def open_with_story(bakery: Bakery) -> None:
    """The running bot's settings get an account that people post to."""
    bakery.stop_bot()
    file = bakery.folder / "byhand.toml"
    file.write_text(file.read_text(encoding="utf-8") + STORY, encoding="utf-8")
    bakery.start_bot()
    for user in (MAYA, TOM, ANNA):
        bakery.knows(user)


def approve(bakery: Bakery, accounts: str, minutes: float = 20) -> None:
    bakery.plan((minutes, accounts, TEXT))
    bakery.click(TOM, bakery.card(TEXT, "Decide"), "Approve")
    bakery.card(TEXT, "Approved")
    bakery.push(minutes)


def test_a_story_is_posted_by_a_person(bakery: Bakery) -> None:
    open_with_story(bakery)
    approve(bakery, "bakery story")
    card = bakery.card(TEXT, "Post it yourselves")
    assert bakery.published() == [TEXT], "Byhand's own part goes out at the slot"
    bakery.said_below(card, "Please post this yourself on Instagram stories")
    bakery.click(GIL, card, "I'm posting it")
    bakery.told(GIL, "Only full members")
    bakery.click(MAYA, card, "I'm posting it")
    taken = bakery.card(TEXT, "Maya took it")
    assert "I'm posting it" not in bakery.buttons(taken)
    bakery.click(MAYA, taken, "It is up…")
    assert "not an address" in str(bakery.fill(MAYA, {"Link": "nowhere"}).errors)
    assert bakery.fill(MAYA, {"Link": "https://www.instagram.com/stories/bakery/1"}).ok
    done = bakery.card(TEXT, "Published")
    assert "https://www.instagram.com/stories/bakery/1" in str(done.blocks)


def test_what_a_person_posted_is_taken_down_by_a_person(bakery: Bakery) -> None:
    """Byhand deletes its own part; the other is asked for with its address, and is up until somebody says otherwise."""
    open_with_story(bakery)
    approve(bakery, "bakery story")
    bakery.click(MAYA, bakery.card(TEXT, "Post it yourselves"), "I'm posting it")
    bakery.click(MAYA, bakery.card(TEXT, "Maya took it"), "It is up…")
    assert bakery.fill(MAYA, {"Link": "https://www.instagram.com/stories/bakery/1"}).ok
    bakery.click(MAYA, bakery.card(TEXT, "Published"), "Take down")
    bakery.told(MAYA, "Only approvers")
    bakery.click(TOM, bakery.card(TEXT, "Published"), "Take down")
    assert "https://www.instagram.com/stories/bakery/1" in str(bakery.slack.modal(TOM).blocks)
    assert bakery.fill(TOM, {}).ok
    half = bakery.card(TEXT, "Taken down from Mastodon (bakery), still on Instagram stories")
    assert [line["deleted"] for line in bakery.bakery.timeline()] == [True]
    bakery.click(TOM, half, "Take down from Instagram stories")
    assert bakery.fill(TOM, {}).ok
    bakery.card(TEXT, "Taken down from Mastodon (bakery) and Instagram stories")


def test_home_says_who_looked_last(bakery: Bakery) -> None:
    open_with_story(bakery)

    def home(user: str, says: str) -> None:
        bakery.until(lambda: says in str(bakery.slack.workspace.homes.get(user)), f"Home says {says}")

    for user in (GIL, MAYA):
        bakery.people.open_home(user)
        home(user, "*Not watched:* Instagram stories. Nobody has said yet")
    assert "I've looked" not in str(bakery.slack.workspace.homes[GIL])
    assert bakery.people.click_home(MAYA, text="I've looked").ok
    for user in (GIL, MAYA):
        home(user, "*Not watched:* Instagram stories. Last looked: <@U0MAYA>")


def test_a_pause_takes_it_off_the_card_and_names_what_is_in_hand(bakery: Bakery) -> None:
    open_with_story(bakery)
    approve(bakery, "bakery story")
    assert "to copy" in words(bakery.card(TEXT, "I'm posting it"))
    bakery.type(MAYA, "pause recall in the news")
    stopped = bakery.card("Instagram stories", "Please do not post it")
    assert "to copy" not in words(stopped)
    assert "I'm posting it" not in bakery.buttons(stopped)
    bakery.type(TOM, "resume")
    assert bakery.fill(TOM, {}).ok
    card = bakery.card(TEXT, "I'm posting it")
    bakery.click(MAYA, card, "I'm posting it")
    bakery.told(MAYA, "Only approvers")
    bakery.click(TOM, card, "I'm posting it")
    bakery.card(TEXT, "Tom took it")
    bakery.type(MAYA, "pause recall in the news")
    banner = bakery.banner("1 post was being posted by hand")
    assert "Instagram stories" in words(banner)


def test_silence_asks_whoever_has_it(bakery: Bakery) -> None:
    open_with_story(bakery)
    approve(bakery, "story")
    bakery.click(MAYA, bakery.card(TEXT, "Post it yourselves"), "I'm posting it")
    bakery.card(TEXT, "Maya took it")
    bakery.push(BY_HAND_LIMIT.total_seconds() / 60 + 1)
    card = bakery.card(TEXT, "Is it up on Instagram stories?")
    bakery.said_below(card, "<@U0MAYA> Is it up on Instagram stories?")
    bakery.click(ANNA, card, "It is not up")
    assert "it is not up" in words(bakery.card(TEXT, "Missed its"))


def test_whoever_has_it_is_told_to_stop(bakery: Bakery) -> None:
    """Once, by direct message, which then says that it is over."""
    open_with_story(bakery)
    approve(bakery, "story")
    bakery.click(MAYA, bakery.card(TEXT, "Post it yourselves"), "I'm posting it")
    bakery.card(TEXT, "Maya took it")
    bakery.type(TOM, "pause recall in the news")
    told = bakery.slack.wait_for("D0MAYA", "Please stop: do not post on Instagram stories")
    assert "recall in the news" in words(told)
    bakery.click(MAYA, bakery.card(TEXT, "please stop"), "I didn't")
    bakery.slack.wait_for("D0MAYA", "Nothing is left to do here")
    assert len(bakery.slack.workspace.messages("D0MAYA")) == 1
