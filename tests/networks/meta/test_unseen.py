"""Of what a token may not see Meta says the same as of what is gone: nobody is dropped for it (promise P7)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import pytest

from bot.domain.outcomes import Refused, Sent
from bot.networks.receiving import NOTICES, Gone, Receiving, Trouble
from bot.store.engine.store import Store
from tests.backend import ManualClock
from tests.promises.meta import SERVERS, MetaInbox, open_meta_inbox

SCOPES = {
    "facebook": "pages_read_user_content",
    "instagram": "instagram_manage_comments",
    "threads": "threads_read_replies",
}
READS = {"facebook": "pages_read_engagement", "instagram": "instagram_basic", "threads": "threads_basic"}
ASKED = "Is it vegan, @bakery?"


@pytest.fixture(params=sorted(SERVERS))
def bot(request: pytest.FixtureRequest, sqlite_store: Store, clock: ManualClock) -> Iterator[MetaInbox]:
    with open_meta_inbox(request.param, sqlite_store, clock) as backend:
        yield backend


def find_account(bot: MetaInbox) -> Any:
    network: Any = bot.network
    return network.page("bakery") if bot.kind == "facebook" else network.account("bakery")


def half(bot: MetaInbox) -> Receiving:
    return cast(Receiving, bot.accounts["bakery"])


@pytest.mark.parametrize("how", ["right", "token"])
def test_without_the_right_to_see_it_nothing_is_gone(bot: MetaInbox, how: str) -> None:
    """Its words stay, and its author goes on waiting."""
    asked, account = bot.writes(ASKED), find_account(bot)
    bot.network.customer_deletes(asked)
    if how == "right":
        account.scopes.discard(SCOPES[bot.kind])
    else:
        account.lost = 490
    found = half(bot).look(NOTICES, [asked])
    assert isinstance(found, Trouble), found
    assert ("permission" if how == "right" else "refuses the token") in found.sentence
    account.scopes.add(SCOPES[bot.kind])
    account.lost = None
    assert half(bot).look(NOTICES, [asked]) == {asked: Gone()}


def test_a_post_that_is_not_shown_takes_nothing_with_it(bot: MetaInbox) -> None:
    asked, account = bot.writes(ASKED), find_account(bot)
    (message,) = [one for one in poll_all(bot) if one.remote_id == asked]
    root = str(message.thread)
    network: Any = bot.network
    posts = network.state.media if bot.kind == "instagram" else network.state.posts
    posts[root].deleted = True
    assert half(bot).thread(root) == Gone()
    account.scopes.discard(SCOPES[bot.kind])
    found = half(bot).thread(root)
    assert isinstance(found, Trouble), found
    assert "permission" in found.sentence


def test_a_post_that_is_not_shown_is_not_taken_down(bot: MetaInbox) -> None:
    """It may be up: whoever wants it down has to hear that. Once the right is back, what is gone is gone."""
    network, account = cast(Any, bot.network), find_account(bot)
    posts = network.state.media if bot.kind == "instagram" else network.state.posts
    (post,) = [one for one in posts.values() if one.past][:1]
    post.deleted = True
    account.scopes.discard(READS[bot.kind])
    refused = bot.accounts["bakery"].delete(post.id)
    assert isinstance(refused, Refused), refused
    assert " does not show it, so it may be up. The token lacks " in refused.reason
    account.scopes.add(READS[bot.kind])
    assert bot.accounts["bakery"].delete(post.id) == Sent(post.id)


def poll_all(bot: MetaInbox) -> list[Any]:
    page: Any = half(bot).poll(NOTICES, None, direct=True)
    return list(page.messages)
