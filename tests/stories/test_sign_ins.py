"""A network refuses a token: the channel and the approvers hear of it, nobody approves into a void, and it ends by
itself once the network takes the token again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.networks.protocol import Health
from bot.sandbox.slack.find import the_control, words
from bot.services.accounts import endings, health, unpaid
from bot.store import sign_ins
from tests.stories.bakery import ANNA, GIL, MAYA, SOCIAL, TOM, Bakery
from tests.stories.test_a_post import BREAD


def look(bakery: Bakery) -> None:
    """The chores that come every few minutes."""
    bot = bakery.bot
    assert bot is not None
    bot.housekeeping._watch_accounts()
    bot.services.do(endings.tell)


def messages(bakery: Bakery) -> dict[str, str]:
    """{channel: what its newest message about a sign-in says}."""
    there = {SOCIAL: bakery.slack.workspace.messages(SOCIAL)}
    direct = {f"D0{user[2:]}": bakery.slack.workspace.messages(f"D0{user[2:]}") for user in (TOM, ANNA)}
    found = {}
    for channel, said in {**there, **direct}.items():
        about = [words(each) for each in said if "sign-in to" in each.text]
        if about:
            found[channel] = about[-1]
    return found


def home_says(bakery: Bakery, says: str) -> None:
    """Wait for it in App Home, as Tom sees it."""

    def there() -> bool:
        assert bakery.people.open_home(TOM).ok
        view = bakery.slack.workspace.homes.get(TOM)
        return view is not None and says in str(view.blocks)

    bakery.until(there, f'Home says "{says}"')


def test_a_token_that_was_revoked(bakery: Bakery) -> None:
    bakery.plan((20, "bakery", BREAD))
    card = bakery.card(BREAD)
    assert "Approve" in bakery.buttons(card)
    token = bakery.bakery.tokens["bakery"]
    account = bakery.bakery.state.ours[token]
    look(bakery)
    assert messages(bakery) == {}
    bakery.bakery.revoke("bakery")
    look(bakery)
    look(bakery)
    bakery.until(lambda: len(messages(bakery)) == 3, "the channel and both approvers hear of it")
    for said in messages(bakery).values():
        assert "Byhand's sign-in to Mastodon (bakery) ended" in said
        assert "puts a new token into BYHAND_BAKERY_TOKEN and restarts Byhand" in said
        assert "Set a new" not in said, "it says once what to do"
        assert "Until then nothing can be approved or published there" in said
    bakery.until(lambda: "Approve" not in bakery.buttons(bakery.card(BREAD)), "nobody can approve it")
    assert "Nothing goes out on Mastodon (bakery). The server refuses the token" in words(bakery.card(BREAD))
    home_says(bakery, "1 account with a problem")

    bakery.bakery.state.ours[token] = account
    look(bakery)
    bakery.until(
        lambda: all("It works again" in said for said in messages(bakery).values()), "all messages say so"
    )
    bakery.until(lambda: "Approve" in bakery.buttons(bakery.card(BREAD)), "it can be approved again")
    bakery.click(TOM, bakery.card(BREAD), "Approve")
    bakery.push(21)
    assert bakery.published() == [BREAD]


def test_an_end_that_comes_is_on_home_and_in_status(bakery: Bakery) -> None:
    bot = bakery.bot
    assert bot is not None
    look(bakery)
    until = bot.clock.now() + 6 * endings.AGAIN
    before = bot.store.read(lambda db: sign_ins.load(db, "bakery"))
    assert before is not None
    bot.services.do(lambda work: sign_ins.save(work.db, replace(before, until=until)))
    bot.services.do(endings.tell)
    bakery.until(lambda: len(messages(bakery)) == 3, "the channel and both approvers hear of it")
    home_says(bakery, "1 sign-in to renew")
    assert "Byhand's sign-in to Mastodon (bakery) ends" in bakery.type(TOM, "status")
    assert until - bot.clock.now() > health.GRACE


def test_an_account_that_is_out_of_credits_is_tried_from_slack(
    bakery: Bakery, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By an approver, on the message or in App Home; a guest, somebody else, a second press and one on a message that
    Slack still shows with its button are answered privately."""
    bot = bakery.bot
    assert bot is not None
    look(bakery)
    monkeypatch.setattr(bot.housekeeping, "_ask", lambda *_: None)  # nobody asks meanwhile
    monkeypatch.setattr(unpaid, "list_to_ask", lambda _: ())
    out = Health(False, "Mastodon (bakery) has no credits (depleted). Buy credits there.", unpaid=True)
    bot.services.do(health.note_health, "bakery", out)
    bot.services.do(endings.tell)
    message = bakery.card("ran out of credits", "Try now")
    assert "Buy credits there." in words(message)
    bakery.until(lambda: bakery.slack.workspace.messages("D0TOM"), "Tom is told by direct message")
    (direct,) = bakery.slack.workspace.messages("D0TOM")
    assert "Try now" in bakery.buttons(direct)
    press = the_control(message.blocks, text="Try now").action()
    for user, says in (
        (GIL, "Only approvers who are full members"),
        (MAYA, "Only approvers can have an account tried again"),
    ):
        bakery.click(user, message, "Try now")
        bakery.told(user, says)
    home_says(bakery, "Try Mastodon (bakery) now")
    assert bakery.people.click_home(TOM, text="Try Mastodon (bakery) now").ok
    assert bakery.people.press(ANNA, SOCIAL, message.ts, press).ok
    bakery.told(ANNA, "pressed Try now at")
    bot.services.do(health.note_health, "bakery", Health(True, "Signed in as @bakery."))
    bakery.until(lambda: "It works again" in words(bakery.card("ran out of credits")), "the message says so")
    assert bakery.people.press(TOM, SOCIAL, message.ts, press).ok
    bakery.told(TOM, "Mastodon (bakery) works again, so there is nothing to try.")
