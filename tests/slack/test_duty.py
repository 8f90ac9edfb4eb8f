"""`/social duty`, its dialogs, and [I'll be there]."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.domain.duty import Turn, parse_rota
from bot.sandbox.networks.mastodon.server import MastodonServer
from bot.sandbox.slack.find import words
from bot.sandbox.slack.server import SlackServer
from bot.services import duty
from bot.slack.answers import Answers
from bot.slack.transport.calls import Heard, SaidNo
from bot.slack.views.blocks import Message
from bot.store.engine.store import Store
from bot.store.slack import people
from tests.backend import MAYA, TOM
from tests.slack.bench import SOCIAL, PushedClock
from tests.slack.team import Team

UNTIL = "Until when (in your own time zone)"


@pytest.fixture
def team(
    sqlite_store: Store, network: MastodonServer, clock: PushedClock, server: SlackServer
) -> Iterator[Team]:
    with Team(
        sqlite_store, network, clock, server, rota=parse_rota(["Mon-Fri 08:00-13:00 U0MAYA"])
    ) as running:
        yield running


def ask(team: Team, user: str, typed: str) -> str:
    return str(team.people.command(user, SOCIAL, "/social", typed).response)


def turns(team: Team) -> tuple[Turn, ...]:
    return team.backend.services.look(duty.list_on_shift)


def test_who_is_on_the_rota_is_known_by_name(team: Team) -> None:
    """Seen: "On shift: U0MAYA" in the digest, of somebody who had not done anything yet."""
    team.until(lambda: team.backend.store.read(lambda db: people.load_names(db, [MAYA.id])))


def test_who_is_on_and_who_takes_over(team: Team) -> None:
    told = ask(team, MAYA.id, "duty")
    assert "On shift: <@U0MAYA> until " in told
    assert "Hand over to" in told
    assert "Hand over to" not in ask(team, TOM.id, "duty"), "there is nothing of hers to hand over"
    assert "does not know" in ask(team, MAYA.id, "duty tomorrow")


def test_somebody_is_away(team: Team) -> None:
    ask(team, MAYA.id, "away")
    until = int((team.clock.now() + timedelta(days=2)).timestamp())
    done = team.people.fill(MAYA.id, {"Away until (in your own time zone)": until})
    assert (done.ok, done.errors) == (True, {})
    assert turns(team) == ()


def test_somebody_is_away_in_typed_words(team: Team) -> None:
    told = ask(team, MAYA.id, "away until 3 Dec")
    assert "You are off every shift until " in told
    assert turns(team) == ()
    assert "cannot read “until some day” as a time" in ask(team, MAYA.id, "away until some day")
    assert "That time has passed." in ask(team, MAYA.id, "away today 01:00")
    assert "more than 400 days ahead" in ask(team, MAYA.id, "away 3 Dec 2030")


def test_dialogs_begin_with_the_end_of_the_day(team: Team) -> None:
    ask(team, MAYA.id, "away")
    (field,) = [block for block in team.server.modal(MAYA.id).blocks if block["type"] == "input"]
    begins = team.backend.services.look(duty.suggest_until)
    assert field["element"]["initial_date_time"] == int(begins.timestamp())
    assert begins == team.services.policy.hours.next_edge(team.clock.now())


def hand_over(team: Team) -> None:
    ask(team, MAYA.id, "duty")
    there = [each for each in team.messages() if each.seen_by == MAYA.id]
    assert team.people.click(MAYA.id, SOCIAL, there[-1].ts, text="Hand over to…").ok
    assert team.people.fill(MAYA.id, {"Who takes over?": TOM.id}).ok
    assert "is told so by direct message" in str(team.server.modal(MAYA.id).blocks)


def direct(team: Team, user: str) -> str:
    return str([words(each) for each in team.server.workspace.messages(f"D{user[1:]}")])


def test_whoever_gets_a_shift_is_told(team: Team) -> None:
    team.knows(TOM.id)
    hand_over(team)
    assert [turn.person for turn in turns(team)] == [TOM.id]
    team.until(lambda: "handed their shift over to you: you are on shift until" in direct(team, TOM.id))


def test_whoever_hands_it_over_hears_that_they_were_not_told(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    team.knows(TOM.id)
    send = Answers.send_directly

    def refuse(answers: Answers, user: str, message: Message) -> Heard:
        return SaidNo("cannot_dm_bot") if user == TOM.id else send(answers, user, message)

    monkeypatch.setattr(Answers, "send_directly", refuse)
    hand_over(team)
    team.until(lambda: "Please tell them yourself" in direct(team, MAYA.id))


def test_a_time_that_has_passed_is_said_under_its_field(team: Team) -> None:
    ask(team, MAYA.id, "away")
    past = int((team.clock.now() - timedelta(hours=1)).timestamp())
    done = team.people.fill(MAYA.id, {"Away until (in your own time zone)": past})
    assert list(done.errors.values()) == ["That time has passed."]


def test_ill_be_there(team: Team) -> None:
    team.clock.push(timedelta(hours=8))  # the evening: nobody is on shift
    seen = team.backend.plan("Rolls", minutes=20)
    card = team.card(seen)
    assert "Nobody is on shift in the hour after it goes out" in str(card.blocks)
    team.press(TOM.id, card, "I'll be there")
    team.until(lambda: "Nobody is on shift" not in str(team.card(seen).blocks))
    team.until(lambda: "I'll be there" not in str(team.card(seen).blocks))
