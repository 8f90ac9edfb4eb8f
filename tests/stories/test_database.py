"""The database's file is deleted under the running bot, an hour before anybody notices."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from bot.app import build
from bot.networks import registry
from bot.settings.load import load_settings
from bot.store.engine.errors import BadDatabase
from tests.stories.bakery import ANNA, TOM, Bakery

BREAD = "Fresh bread at nine"


def told(bakery: Bakery) -> list[tuple[str, ...]]:
    """Whom a direct message was opened to, once each."""
    return [tuple(call.args["users"].split(",")) for call in bakery.slack.calls("conversations.open")]


def test_a_deleted_database_sends_nothing_and_people_hear_of_it(bakery: Bakery) -> None:
    """It worked on into nothing: the post went out, no restart knew of it, and an empty database was made, in which
    publishing was open."""
    bakery.plan((20, "bakery", BREAD))
    bakery.click(TOM, bakery.card(BREAD, "Decide by"), "Approve")
    bakery.card(BREAD, "Approved: goes out")
    bot = bakery.bot
    assert bot is not None
    assert bot.can_keep()
    (bakery.folder / "byhand.db").unlink()
    bakery.until(lambda: len(told(bakery)) == 2, "both approvers are told")
    assert told(bakery) == [(ANNA,), (TOM,)]
    assert not bot.can_keep()
    assert "is gone" in json.loads(bakery.get("/healthz"))["checks"][0]["sentence"]
    bakery._set(bakery.clock.now() + timedelta(minutes=21))
    bakery.slack.wait_until(bakery.published, 3.0)
    bot.watch.look()
    assert len(told(bakery)) == 2
    bakery.stop_bot()
    assert bakery.published() == []
    settings = load_settings(None, bakery.environment, networks=registry.load_all())
    with pytest.raises(BadDatabase, match="is gone, and Byhand does not make a new one"):
        build(settings, bakery.clock)
