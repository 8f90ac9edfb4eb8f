"""Words are approved on Monday, and on Wednesday somebody says that the moment is right."""

from __future__ import annotations

from bot.sandbox.slack.find import words
from tests.stories.bakery import ANNA, GIL, MAYA, SOCIAL, TOM, Bakery

DAY = 24 * 60
RYE, SPELT = "Rye is back", "Spelt rolls from eight"


def read_through(bakery: Bakery, user: str, *answers: str) -> None:
    """Press Read through, and in the dialog one button after the other; "" sends it off."""
    message = bakery.card("Please read", "Read through")
    bakery.click(user, message, "Read through")
    for answer in answers:
        view = bakery.slack.modal(user)
        done = bakery.people.click_view(user, view.id, text=answer) if answer else bakery.fill(user, {})
        assert done.ok, done
        bakery.until(lambda view=view: bakery.slack.modal(user) != view, "the next post")  # type: ignore[misc]


def asked(bakery: Bakery) -> None:
    bakery.plan((DAY, "bakery", RYE), (DAY + 60, "bakery cafe", SPELT))
    for user in (MAYA, TOM, ANNA):
        bakery.knows(user)
    assert "asked to read 2 posts" in bakery.type(MAYA, "ask")


def test_words_ahead_and_the_moment_on_the_day(bakery: Bakery) -> None:
    asked(bakery)
    read_through(bakery, TOM, "", "")
    bakery.card("are approved")
    bakery.push(DAY - 30)
    card = bakery.card(RYE, "Still right for")
    assert "<@U0TOM>" in card.text, "nobody is on shift: the approvers are asked"
    assert bakery.published() == [], "nobody has said that the moment is right"
    bakery.click(GIL, card, "Go")
    bakery.told(GIL, "Only full members")
    bakery.click(MAYA, card, "Go")
    bakery.card(RYE, "Approved: goes out")
    bakery.push(31)
    bakery.card(RYE, "Published")
    assert bakery.published() == [RYE]
    bakery.push(60)
    assert "nobody said Go" in words(bakery.card(SPELT, "Missed its"))
    assert bakery.published() == [RYE]


def test_a_pause_in_between_asks_an_approver(bakery: Bakery) -> None:
    asked(bakery)
    read_through(bakery, TOM, "", "")
    bakery.push(DAY - 20)
    card = bakery.card(RYE, "Still right for")
    bakery.click(MAYA, card, "Go")
    bakery.type(MAYA, "pause recall in the news")
    bakery.card(RYE, "is paused everywhere")
    bakery.type(TOM, "resume")
    assert bakery.fill(TOM, {}).ok
    card = bakery.card(RYE, "only an approver can say Go")
    bakery.click(MAYA, card, "Go")
    bakery.told(MAYA, "Only approvers can say Go")
    bakery.click(ANNA, card, "Go")
    bakery.card(RYE, "Approved: goes out")
    bakery.push(21)
    bakery.card(RYE, "Published")


def test_a_change_is_asked_for_and_made(bakery: Bakery) -> None:
    asked(bakery)
    read_through(bakery, TOM, "Ask for a change…")
    assert bakery.fill(TOM, {"What should be changed?": "Rye is sold out"}).ok
    bakery.said_below(bakery.card("Please read"), "asks for a change to")
    there = bakery.slack.workspace.messages(SOCIAL)
    assert any("Rye is sold out" in str(each.blocks) for each in there)


CAKE, HOUR = "A cake for your birthday", "posts between"


def push_to_the_hour(bakery: Bakery, *minutes: float) -> None:
    """Posts on two accounts, their slots so many minutes after the same time tomorrow; their words approved today."""
    texts = (RYE, SPELT, CAKE)
    bakery.plan(
        *((DAY + at, ("bakery", "cafe")[place % 2], texts[place]) for place, at in enumerate(minutes))
    )
    for user in (MAYA, TOM, ANNA):
        bakery.knows(user)
    bakery.type(MAYA, "ask")
    read_through(bakery, TOM, *[""] * len(minutes))
    bakery.push(DAY - 30)


def turn(bakery: Bakery, user: str, label: str, says: str) -> None:
    view = bakery.slack.modal(user)
    done = bakery.people.click_view(user, view.id, text=label)
    assert done.ok, done
    bakery.until(lambda: says in str(bakery.slack.modal(user).blocks), f"a page says {says}")


def test_three_of_the_same_hour_are_asked_in_one_message(bakery: Bakery) -> None:
    """The first rings by its card, since it opens alone; with the second there is one message, and the third joins."""
    push_to_the_hour(bakery, 0, 5, 20)
    bakery.card(RYE, "Still right for")
    assert not [each for each in bakery.slack.workspace.messages(SOCIAL) if HOUR in words(each)]
    bakery.push(5)
    assert "<@U0TOM>" in bakery.card("2 posts between").text, "nobody is on shift: the approvers are asked"
    bakery.push(14)
    bakery.click(MAYA, bakery.card("2 posts between"), "Read through")
    bakery.push(1)
    bakery.card("3 posts between")
    turn(bakery, MAYA, "Next", SPELT)
    turn(bakery, MAYA, "Next", CAKE)
    turn(bakery, MAYA, "Go for all…", "You have seen all 3")
    assert bakery.fill(MAYA, {}).ok
    bakery.until(lambda: "needs a Go any more" in str(bakery.slack.modal(MAYA).blocks), "each has its Go")
    bakery.card("3 posts between", ": approved")
    bakery.push(31)
    bakery.until(
        lambda: sorted(bakery.published() + bakery.published(bakery.cafe)) == sorted((CAKE, RYE, SPELT)),
        "out",
    )


def test_of_two_in_an_hour_one_is_killed_and_one_is_missed(bakery: Bakery) -> None:
    """Nobody says Go for the second: being asked with others says nothing for it."""
    push_to_the_hour(bakery, 0, 0.5)
    bakery.card("2 posts")
    card = bakery.card(RYE, "Still right for")
    assert "<@U0TOM>" not in card.text + str(card.blocks), "the message has mentioned them"
    bakery.push(1)
    bakery.click(MAYA, bakery.card(RYE, "Still right for"), "Kill")
    bakery.card("1 of 2 still needs a Go")
    bakery.push(31)
    assert "nobody said Go" in words(bakery.card(SPELT, "Missed its"))
    bakery.card("1 killed and 1 missed")
    assert bakery.published() + bakery.published(bakery.cafe) == []
