"""The key of an account's secrets, while the bot runs."""

from __future__ import annotations

from bot.sandbox.slack.find import words
from bot.store.engine.vault import open_keys, save_secret, to_key_file
from tests.stories.bakery import TOM, Bakery

BREAD = "Fresh bread at nine"


def test_keys_are_rotated_by_the_running_bot(bakery: Bakery) -> None:
    bot = bakery.bot
    assert bot is not None
    file = to_key_file(bot.settings.database_url)
    before = file.read_text()
    keys = open_keys(None, file)
    bot.store.write(lambda db: save_secret(db, keys, "bakery", "session", "one", bakery.clock.now()))
    assert bot.command("keys rotate", {"forget": False})["count"] >= 1
    assert file.read_text() != before


def test_an_account_that_cannot_be_opened_is_red_and_people_hear_of_it(bakery: Bakery) -> None:
    """Home and status said "Signed in", and its posts failed at their slot."""
    bot = bakery.bot
    assert bot is not None
    elsewhere = open_keys(None, bakery.folder / "another.key")
    bot.store.write(lambda db: save_secret(db, elsewhere, "bakery", "session", "one", bakery.clock.now()))
    bakery.stop_bot()
    bakery.start_bot()
    bakery.until(lambda: len(bakery.slack.calls("conversations.open")) == 2, "both approvers are told")
    bakery.plan((20, "bakery", BREAD))
    assert (
        "Nothing goes out on Mastodon (bakery). The session of bakery was encrypted with another key"
        in words(bakery.card(BREAD))
    )
    assert "another key" in bakery.type(TOM, "status")
