"""News by direct message: each approver once, and each of them, whatever Slack says first."""

from __future__ import annotations

import pytest
from slack_sdk import WebClient

from bot.sandbox.slack.faults import Kind
from bot.sandbox.slack.server import SlackServer
from bot.slack.direct import News, send
from bot.slack.transport.calls import Answered

MAYA, TOM = "U0MAYA", "U0TOM"


class Telling:
    def __init__(self, server: SlackServer, client: WebClient) -> None:
        self.server = server
        self.seconds = 0.0
        self.news = News(client, lambda: self.seconds, fresh_after=60.0)

    def tell(
        self, *users: str, after: float = 5.0, matter: str = "the database", text: str = "Full."
    ) -> bool:
        self.seconds += after
        return self.news.tell_each(matter, users, text)

    def told(self, user: str) -> int:
        return len(self.server.workspace.messages(f"D{user[1:]}"))


@pytest.fixture
def telling(server: SlackServer, client: WebClient) -> Telling:
    return Telling(server, client)


@pytest.mark.parametrize("kind", [Kind.TOO_MANY, Kind.SERVER_ERROR, Kind.CUT, Kind.LOST_ANSWER])
@pytest.mark.parametrize("method", ["conversations.open", "chat.postMessage"])
def test_it_is_done_once_everybody_has_heard(telling: Telling, method: str, kind: Kind) -> None:
    """Seen: one who was told stood for all."""
    telling.server.faults.order(method, kind, seconds=7.0)
    rounds = [telling.tell(MAYA, TOM)]
    while not rounds[-1] and len(rounds) < 5:
        rounds.append(telling.tell(MAYA, TOM))
    unknown = method == "chat.postMessage" and kind is not Kind.TOO_MANY
    assert rounds[-1], rounds
    assert telling.told(TOM) == 1
    assert telling.told(MAYA) == (1 if not unknown or kind is Kind.LOST_ANSWER else 0), "never twice"
    assert rounds[0] is unknown


def test_slack_is_given_the_time_it_asks_for(telling: Telling) -> None:
    telling.server.faults.order("conversations.open", Kind.TOO_MANY, seconds=30.0)
    assert [telling.tell(MAYA) for _ in range(7)] == [False] * 6 + [True]
    assert len(telling.server.calls("conversations.open")) == 2


def test_somebody_who_cannot_be_told_is_not_waited_for(telling: Telling) -> None:
    assert telling.tell("U0NOBODY", TOM)
    assert telling.told(TOM) == 1


def test_somebody_is_waited_for_as_long_as_slack_does_not_let_us_in(server: SlackServer) -> None:
    away = WebClient("xoxb-revoked", base_url=server.api_url, retry_handlers=[])
    telling = Telling(server, away)
    assert not telling.tell(MAYA)
    away.token = server.bot_token
    assert telling.tell(MAYA)


def test_as_long_as_nobody_is_known_nobody_was_told(telling: Telling) -> None:
    assert not telling.tell()


def test_a_group_that_slack_has_not_named_yet_is_waited_for(telling: Telling) -> None:
    """Seen: at the start those named one by one were told, and the group's members never."""
    assert not telling.news.tell_each("keys", [MAYA], "Lost.", everybody=False)
    assert telling.news.tell_each("keys", [MAYA, TOM], "Lost.")
    assert (telling.told(MAYA), telling.told(TOM)) == (1, 1)


def test_another_time_it_is_told_anew(telling: Telling) -> None:
    telling.server.faults.order("conversations.open", Kind.TOO_MANY, seconds=600.0)
    assert not telling.tell(MAYA, TOM)
    assert telling.tell(TOM, after=61.0)
    assert telling.tell(TOM)
    assert telling.told(TOM) == 3


def test_words_given_back_are_sent_again_where_slack_is_busy(telling: Telling, client: WebClient) -> None:
    telling.server.faults.order("chat.postMessage", Kind.TOO_MANY, seconds=1.0)
    telling.server.faults.order("conversations.open", Kind.SERVER_ERROR)
    rests = list[float]()
    assert isinstance(send(client, TOM, {"text": "yours"}, rests.append), Answered)
    assert rests == [0.5, 1.0]
    assert telling.told(TOM) == 1
