"""A pause as Slack carries it: the order of things, who may, what a slow or silent Slack changes."""

from __future__ import annotations

import time
from threading import Event
from typing import Any

import pytest

from bot.domain.gate import ALL
from bot.domain.people import Role
from bot.domain.posts import Status
from bot.sandbox.slack.faults import Kind
from bot.sandbox.slack.find import the_control, words
from bot.services.pause import pause as pausing
from bot.slack.outbox.backoff import Backoff
from bot.slack.pause import effects
from bot.store.engine.errors import CommitUnknown, Unreachable
from bot.store.engine.store import Store
from bot.store.pause import gate
from tests.backend import MAYA, key
from tests.slack.bench import SOCIAL, Bench
from tests.slack.pause.typed_pause import is_paused, pause
from tests.slack.team import Team


def test_the_answer_comes_after_the_commit_and_without_a_call(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(effects, "BANNER_SECONDS", 20.0)  # a busy machine is no slow Slack
    team.backend.approved("400 loaves")
    team.knows("U0MAYA")
    calls = len(team.server.calls("users.info"))
    answer = pause(team, "recall news")
    assert is_paused(team)
    assert "paused (<!date^" in answer
    assert "I told" in answer
    banner = team.server.wait_for(SOCIAL, "Publishing is paused.")
    assert f"/archives/{SOCIAL}/p{banner.ts.replace('.', '')}" in answer, "it leads to the message"
    assert len(team.server.calls("users.info")) == calls


def test_names_of_emoji_in_a_reason_are_emoji(team: Team) -> None:
    team.knows("U0MAYA")
    pause(team, "recall :bread: at 10:30:45, :dock-loaf:")
    team.until(lambda: team.server.find(SOCIAL, "recall 🍞 at 10:30:45, :dock-loaf:"))


def test_a_closed_channel_is_said_and_every_approver_told(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen: "Paused. I told #social", which was archived: nobody was told."""
    monkeypatch.setattr(effects, "BANNER_SECONDS", 20.0)
    team.knows("U0MAYA")
    team.server.workspace.leave(SOCIAL, "U0BOT")
    answer = pause(team, "recall news")
    assert is_paused(team)
    assert f". Nobody else has been told: Byhand cannot write in <#{SOCIAL}>: it is" in answer
    assert "Tell <@U0TOM>" in answer
    assert "I told" not in answer
    assert "What went out, and what to stop elsewhere" in answer, "what the message would have offered"
    team.until(lambda: team.server.find("D0TOM", "Publishing is paused. <@U0MAYA> paused it: recall news"))
    (told,) = [each for each in team.server.workspace.messages("D0TOM") if "paused" in each.text]
    assert f"<#{SOCIAL}> could not be told: please tell your team." in told.text


@pytest.mark.parametrize("method", ["conversations.open", "chat.postMessage"])
def test_an_approver_slack_was_too_busy_for_is_told_a_little_later(
    team: Team, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    team.knows("U0MAYA")
    team.server.workspace.leave(SOCIAL, "U0BOT")
    really = Backoff.tell_all

    def tell_all(backoff: Backoff, item: str, text: str) -> None:
        """The banner's own call has been refused by now: the next ones write to an approver."""
        monkeypatch.undo()
        team.server.faults.order(method, Kind.TOO_MANY, seconds=1.0)
        really(backoff, item, text)

    monkeypatch.setattr(Backoff, "tell_all", tell_all)
    pause(team, "recall news")
    team.until(lambda: team.server.find("D0TOM", "Publishing is paused. <@U0MAYA> paused it: recall news"))


class Away:
    """A store that cannot be written, `times` times; `after`: the answer to the commit is lost instead."""

    def __init__(self, patch: pytest.MonkeyPatch, times: int, *, after: bool = False) -> None:
        self.tries = 0
        really = Store.write

        def write(store: Store, fn: Any, *, urgent: bool = False, timeout: float | None = None) -> Any:
            self.tries += urgent
            if not urgent or self.tries > times:
                return really(store, fn, urgent=urgent, timeout=timeout)
            if not after:
                raise Unreachable
            really(store, fn, urgent=urgent, timeout=timeout)
            raise CommitUnknown

        patch.setattr(Store, "write", write)


def test_a_pause_that_cannot_be_written_says_so_first(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seen: "Something went wrong … look at the post", while approved posts went out."""
    team.knows("U0MAYA")
    away = Away(monkeypatch, 2)
    answer = pause(team, "recall news")
    assert "'text': 'NOT paused (<!date^" in answer
    assert ">): Byhand cannot reach its database." in answer
    assert away.tries == 2, "once more, quickly"
    assert not is_paused(team)


def test_a_pause_is_tried_once_more(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    team.knows("U0MAYA")
    Away(monkeypatch, 1)
    assert "NOT" not in pause(team, "recall news")
    assert is_paused(team)


def test_a_pause_whose_commit_got_no_answer_is_found_shut(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    team.knows("U0MAYA")
    Away(monkeypatch, 1, after=True)
    assert "Already paused by <@U0MAYA>" in pause(team, "recall news")
    assert is_paused(team)


def test_a_database_that_does_not_answer_holds_no_pause_up(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who it is and what was stopped are read; the gate does not wait for either."""

    def read(_store: Store, _fn: Any, *, urgent: bool = False) -> Any:
        if not urgent:
            time.sleep(5)
        raise Unreachable

    really = Store.read
    monkeypatch.setattr(Store, "read", read)
    began = time.monotonic()
    answer = pause(team, "recall news, ask <@U0GUEST>")
    took = time.monotonic() - began
    monkeypatch.setattr(Store, "read", really)
    assert is_paused(team)
    assert "paused (<!date^" in answer
    assert took < 4


def test_a_silent_slack_is_said(team: Team) -> None:
    """Nothing is said to have been told that was not."""
    team.knows("U0MAYA")
    team.server.faults.order("chat.postMessage", Kind.SLOW, seconds=5, times=None)
    answer = pause(team, "recall news")
    assert (
        f". I am telling <#{SOCIAL}> now. If no message is there within a minute, please tell <@U0TOM>"
        in answer
    )


def test_somebody_never_seen_is_not_waited_for(team: Team) -> None:
    """Slack hangs: a kill would wait two seconds for it, a pause a quarter of one. The faster of two counts,
    for a busy machine is no slow Slack."""
    team.server.faults.order("users.info", Kind.SLOW, seconds=5, times=None)
    took = []
    for user in ("U0MAYA", "U0GUEST"):  # Tom is an approver, and asked about beforehand
        began = time.monotonic()
        assert "aused" in pause(team, user=user)
        took.append(time.monotonic() - began)
    assert min(took) < 1.5
    assert is_paused(team)


def test_a_guest_is_refused_also_when_slack_hangs_later(team: Team) -> None:
    team.knows("U0GUEST")
    assert "Only full members" in pause(team, user="U0GUEST")
    team.server.faults.order("users.info", Kind.SLOW, seconds=1.8, times=None)
    team.clock.push(700)
    assert "Only full members" in pause(team, user="U0GUEST")
    assert not is_paused(team)


def test_it_goes_before_what_waits_for_the_writer(team: Team) -> None:
    """A hundred writes stand in the queue, each of 50 ms; the pause is not the hundred-and-first."""
    if team.services.store.dialect != "sqlite":
        pytest.skip("PostgreSQL has no queue")
    team.knows("U0MAYA")
    free = Event()
    waiting = [team.services.store.submit(lambda db: free.wait(0.05)) for _ in range(100)]
    assert "paused (<!date^" in pause(team)
    assert not waiting[-1].done()
    free.set()


def test_decisions_wait_while_paused(team: Team) -> None:
    seen = team.backend.in_review("400 loaves")
    card = team.card(seen)
    team.knows("U0MAYA")
    pause(team, "recall")
    team.people.press("U0TOM", SOCIAL, card.ts, the_control(card.blocks, text="Approve"))
    team.private("U0TOM", "Publishing is paused: nobody can approve")
    assert team.backend.status(seen) is Status.REVIEW


def test_a_double_click_on_done_counts_once(team: Team) -> None:
    pause(team)
    banner = team.server.wait_for(SOCIAL, "Publishing is paused")
    control = the_control(
        banner.blocks, text="Mark as stopped"
    )  # the banner may be redrawn before the second
    for _ in range(2):
        assert team.people.press("U0MAYA", SOCIAL, banner.ts, control).ok

    def done() -> bool:
        found = team.server.find(SOCIAL, "Publishing is paused")
        return found is not None and "stopped by <@U0MAYA>" in words(found)

    team.until(done)


def test_the_banner_goes_before_the_cards(bench: Bench) -> None:
    bench.services.store.write(lambda db: gate.make_rows(db, ()))
    for number in range(5):
        bench.new_card(f"p{number}")
    done = bench.services.do_first(pausing.pause, MAYA, ALL, "", key())
    bench.reconciler()
    bench.until(lambda: len(bench.texts()) == 6)
    assert bench.texts()[0] == f"card of {done.pause_id}"


def test_a_person_unknown_may_stop(team: Team) -> None:
    team.server.faults.order("users.info", Kind.SERVER_ERROR, times=None)
    assert team.slack_app._directory.at_once("U0MAYA").role is Role.UNKNOWN
    assert team.slack_app._directory.at_once("U0MAYA", "T0ELSEWHERE").role is Role.OUTSIDER
