"""A pause as Slack carries it: the order of things, who may, what a slow or silent Slack changes, and pins."""

from __future__ import annotations

import time
from threading import Event
from typing import Any

import pytest

from bot.domain.gate import ALL
from bot.domain.people import Role
from bot.domain.posts import Fate, Seen, Status
from bot.domain.urgency import Urgency
from bot.sandbox.slack.faults import Kind
from bot.sandbox.slack.find import the_control, words
from bot.services.pause import pause as pausing
from bot.services.pause import resume as resuming
from bot.slack import ids
from bot.slack.ids import Malformed
from bot.slack.outbox import pins as pins_module
from bot.slack.outbox.pins import Pins
from bot.slack.pause import handlers
from bot.slack.payloads import split_command, unescape_typed
from bot.slack.posts import forms
from bot.slack.views.blocks import Message
from bot.store.engine.errors import CommitUnknown, Unreachable
from bot.store.engine.store import Store
from bot.store.pause import gate
from tests.backend import MAYA, TOM, key
from tests.slack.bench import SOCIAL, Bench
from tests.slack.team import Team


def is_paused(team: Team, scope: str = ALL) -> bool:
    return team.services.store.read(lambda db: gate.read(db).rows[scope].paused)


def pause(team: Team, words_typed: str = "", user: str = "U0MAYA") -> str:
    act = team.people.command(user, SOCIAL, "/social", f"pause {words_typed}".strip())
    assert act.ok, act.error
    return str(act.response)


def test_the_answer_comes_after_the_commit_and_without_a_call(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handlers, "BANNER_SECONDS", 20.0)  # a busy machine is no slow Slack
    team.backend.approved("400 loaves")
    team.knows("U0MAYA")
    calls = len(team.server.calls("users.info"))
    answer = pause(team, "recall news")
    assert is_paused(team)
    assert "Paused. I told" in answer
    assert len(team.server.calls("users.info")) == calls


def test_names_of_emoji_in_a_reason_are_emoji(team: Team) -> None:
    team.knows("U0MAYA")
    pause(team, "recall :bread: at 10:30:45, :dock-loaf:")
    team.until(lambda: team.server.find(SOCIAL, "recall 🍞 at 10:30:45, :dock-loaf:"))


def test_a_closed_channel_is_said_and_every_approver_told(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen: "Paused. I told #social", which was archived: nobody was told."""
    monkeypatch.setattr(handlers, "BANNER_SECONDS", 20.0)
    team.knows("U0MAYA")
    team.server.workspace.leave(SOCIAL, "U0BOT")
    answer = pause(team, "recall news")
    assert is_paused(team)
    assert f"Paused. Nobody else has been told: Byhand cannot write in <#{SOCIAL}>: it is" in answer
    assert "Tell <@U0TOM>" in answer
    assert "I told" not in answer
    team.until(lambda: team.server.find("D0TOM", "Publishing is paused by <@U0MAYA>: recall news"))
    (told,) = [each for each in team.server.workspace.messages("D0TOM") if "paused" in each.text]
    assert f"<#{SOCIAL}> could not be told: please tell your team." in told.text


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
    assert "NOT paused: Byhand cannot reach its database." in answer
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
    assert "Paused. " in answer
    assert took < 4


def test_a_silent_slack_is_said(team: Team) -> None:
    """Nothing is said to have been told that was not."""
    team.knows("U0MAYA")
    team.server.faults.order("chat.postMessage", Kind.SLOW, seconds=5, times=None)
    answer = pause(team, "recall news")
    assert (
        f"Paused. The message for <#{SOCIAL}> is on its way. If it does not appear: Tell <@U0TOM>" in answer
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
    assert "Paused." in pause(team)
    assert not waiting[-1].done()
    free.set()


def test_resume_opens_for_approvers_only(team: Team) -> None:
    pause(team)
    team.server.wait_for(SOCIAL, "Publishing is paused")
    assert "Only approvers can resume publishing: Tom" in str(
        team.people.command("U0MAYA", SOCIAL, "/social", "resume").response
    )
    assert not team.server.workspace.modals.get("U0MAYA")
    assert team.people.command("U0TOM", SOCIAL, "/social", "resume").ok
    assert team.people.fill("U0TOM", {}).ok
    assert not is_paused(team)


def test_a_forged_resume_is_refused(team: Team) -> None:
    """Whoever can send a dialog can forge what is in it: the rules decide."""
    pause(team)
    assert team.people.command("U0TOM", SOCIAL, "/social", "resume").ok
    view = team.people.modal("U0TOM")
    assert view.spec["private_metadata"] == "all:1"
    with pytest.raises(Malformed):
        ids.parse_resume("all:1; drop table gate")


def test_decisions_wait_while_paused(team: Team) -> None:
    seen = team.backend.in_review("400 loaves")
    card = team.card(seen)
    team.knows("U0MAYA")
    pause(team, "recall")
    team.people.press("U0TOM", SOCIAL, card.ts, the_control(card.blocks, text="Approve"))
    team.private("U0TOM", "Publishing is paused by Maya")
    assert team.backend.status(seen) is Status.REVIEW


def test_a_double_click_on_done_counts_once(team: Team) -> None:
    pause(team)
    banner = team.server.wait_for(SOCIAL, "Publishing is paused")
    control = the_control(banner.blocks, text="Done")  # the banner may be redrawn before the second
    for _ in range(2):
        assert team.people.press("U0MAYA", SOCIAL, banner.ts, control).ok

    def done() -> bool:
        found = team.server.find(SOCIAL, "Publishing is paused")
        return found is not None and "done by <@U0MAYA>" in words(found)

    team.until(done)


def test_a_banner_of_another_pause_is_answered(team: Team) -> None:
    pause(team)
    banner = team.server.wait_for(SOCIAL, "Publishing is paused")
    control = the_control(banner.blocks, text="Stop replies too")
    team.services.do(resuming.resume, TOM, ALL, 1, {}, key())
    assert team.people.press("U0MAYA", SOCIAL, banner.ts, control).ok
    team.private("U0MAYA", "Nothing is paused here any more")


def test_the_banner_goes_before_the_cards(bench: Bench) -> None:
    bench.services.store.write(lambda db: gate.make_rows(db, ()))
    for number in range(5):
        bench.new_card(f"p{number}")
    done = bench.services.do_first(pausing.pause, MAYA, ALL, "", key())
    bench.reconciler()
    bench.until(lambda: len(bench.texts()) == 6)
    assert bench.texts()[0] == f"card of {done.pause_id}"


# --- pins --------------------------------------------------------------------------------------------


def pinned(bench: Bench) -> list[str]:
    return list(bench.server.workspace.pins.get(SOCIAL, ()))


def show(bench: Bench, pin: bool | None) -> str:
    """A card whose message is to be pinned, up in Slack."""
    text = f"pinned {pin}"
    bench.sketches.whole = Message(text, _BLOCKS, pin)
    return text


_BLOCKS = [{"type": "section", "text": {"type": "plain_text", "text": "x"}}]


def test_a_banner_is_pinned_once_it_is_up_and_unpinned_when_over(bench: Bench) -> None:
    bench.reconciler()
    show(bench, True)
    bench.new_card()
    bench.until(lambda: len(pinned(bench)) == 1)
    bench.touch("p1", "again", urgency=Urgency.AT_ONCE)
    bench.until(lambda: len(bench.server.calls("chat.update")) == 1)
    assert len(bench.server.calls("pins.add")) == 1, "it is known"
    show(bench, False)
    bench.touch("p1", "over", urgency=Urgency.AT_ONCE)
    bench.until(lambda: pinned(bench) == [])


def test_a_pin_that_is_refused_keeps_nothing_from_being_drawn(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pins_module, "BACK_OFF", (0,))
    bench.server.faults.order("pins.add", Kind.SERVER_ERROR, times=2)
    bench.reconciler()
    show(bench, True)
    bench.new_card("p1")
    bench.new_card("p2")
    bench.until(lambda: len(bench.texts()) == 2)
    assert pinned(bench) == []
    bench.touch("p1", "again", urgency=Urgency.AT_ONCE)
    bench.until(lambda: len(pinned(bench)) == 1)


def test_pinned_already_is_as_good_as_a_yes(bench: Bench) -> None:
    ts = str(bench.client.chat_postMessage(channel=SOCIAL, text="hello")["ts"])
    bench.client.pins_add(channel=SOCIAL, timestamp=ts)
    pins = Pins(bench.client, bench.health, bench.services.clock.elapsed, lambda _sentence: None)
    for _ in range(2):
        pins.keep(SOCIAL, ts, True)
    assert len(bench.server.calls("pins.add")) == 2, "the second time it is known"
    pins.keep(SOCIAL, ts, False)
    pins.keep(SOCIAL, ts, False)
    Pins(bench.client, bench.health, bench.services.clock.elapsed, lambda _sentence: None).keep(
        SOCIAL, ts, False
    )
    assert pinned(bench) == []
    assert bench.health.sentences() == ()


def test_a_missing_permission_is_said(bench: Bench) -> None:
    bench.server.workspace.leave(SOCIAL, "U0BOT")
    Pins(bench.client, bench.health, bench.services.clock.elapsed, lambda _sentence: None).keep(
        SOCIAL, "1.1", True
    )
    assert "Byhand cannot pin the message of a pause: " in bench.health.sentences()[0]


def test_a_refused_pin_is_tried_again_after_a_while_and_told_once(bench: Bench) -> None:
    bench.server.workspace.leave(SOCIAL, "U0BOT")
    passed, told = [0.0], list[str]()
    pins = Pins(bench.client, bench.health, lambda: passed[-1], told.append)
    for _ in range(20):
        pins.keep(SOCIAL, "1.1", True)
    assert len(bench.server.calls("pins.add")) == 1
    for seconds in range(0, 3600, 5):
        passed.append(float(seconds))
        pins.keep(SOCIAL, "1.1", True)
    assert len(bench.server.calls("pins.add")) == 4
    assert len(told) == 1
    assert "Please do it by hand" in told[0]


# --- values ------------------------------------------------------------------------------------------


def test_a_person_unknown_may_stop(team: Team) -> None:
    team.server.faults.order("users.info", Kind.SERVER_ERROR, times=None)
    assert team.slack_app._directory.at_once("U0MAYA").role is Role.UNKNOWN
    assert team.slack_app._directory.at_once("U0MAYA", "T0ELSEWHERE").role is Role.OUTSIDER


@pytest.mark.parametrize(
    ("typed", "seen"),
    [
        ("bread &amp; butter &lt;3", "bread & butter <3"),
        ("ask <@U0TOM|Tom> in <#C0SOCIAL|social>", "ask @Tom in #social"),
        ("ask <@U0TOM>", "ask @Tom"),
        ("ask <@W0TOM|>", "ask @somebody"),
        ("see <#C0SOCIAL>, <#C0SOCIAL|>", "see a private channel, a private channel"),
        ("<!here> and <!subteam^S0SHIFT|@shift>, <!subteam^S0SHIFT>", "@here and @shift, a group"),
        ("since <!date^1764460800^{date}^https://a.example|30 Nov>", "since 30 Nov"),
        ("<https://news.example/a?b=1&amp;c=2>", "https://news.example/a?b=1&c=2"),
        ("<http://news.example|news.example>", "news.example"),
        ("<https://news.example|the news>", "the news (https://news.example)"),
        ("<mailto:tom@bakery.example|tom@bakery.example>", "tom@bakery.example"),
        ("<tel:+49301234567|030 1234567>", "030 1234567"),
        ("<http://sorry.So|sorry.So>", "sorry.So"),
        ("<https://bakery.example/aaaaaaa|https://bakery.example/a[...]a>", "https://bakery.example/aaaaaaa"),
        ("&lt;https://a.example&gt; < 3 > 2 <>", "<https://a.example> < 3 > 2 <>"),
    ],
)
def test_a_reason_is_kept_as_it_was_typed(typed: str, seen: str) -> None:
    assert unescape_typed(typed, {"U0TOM": "Tom"}.get) == seen


@pytest.mark.parametrize(
    "typed",
    ["pause recall", "pause\nrecall", "pause\u00a0recall", "pause! recall", "Pause:recall", "pause\u200brecall",
     "*pause* recall", "\u201epause\u201c recall", " pause \u2014 recall", "pause,\trecall", "`pause` recall\n"],
)  # fmt: skip
def test_a_commands_word_ends_at_any_space_or_sign(typed: str) -> None:
    assert split_command(typed) == ("pause", "recall")


@pytest.mark.parametrize(("typed", "word"), [("", ""), ("  ", ""), ("pauseall", "pauseall"), ("!?", "")])
def test_what_is_no_command(typed: str, word: str) -> None:
    assert split_command(typed)[0] == word


@pytest.mark.parametrize("value", ["", "ALL", "a b", "x" * 90, None, "all\n"])
def test_no_scope_but_ours(value: str | None) -> None:
    with pytest.raises(Malformed):
        ids.parse_scope(value)


def test_what_was_put_into_a_value_comes_back() -> None:
    for seen in (Seen("p1", 3), Seen("p1", 3, "0badcafe")):
        assert ids.parse_without(ids.format_without(seen, "dock-bluesky")) == (seen, "dock-bluesky")
    assert ids.parse_resume(ids.format_resume("dock", 7)) == ("dock", 7)
    assert ids.parse_pause(ids.format_pause("p1", "Meta ads")) == ("p1", "Meta ads")
    assert ids.parse_several(ids.format_several(["a", "b"])) == ["a", "b"]
    assert ids.parse_act("take_down:3") is ids.Act.TAKE_DOWN
    for broken in ("", " ", "a b;c"):
        with pytest.raises(Malformed):
            ids.parse_several(broken)
    with pytest.raises(Malformed):
        ids.parse_pause("; x")


def test_a_resume_dialog_that_was_tampered_with() -> None:
    with pytest.raises(Malformed):
        forms.read_fates({"fate:nonsense": {"value": {}}})
    assert forms.read_fates({"fate:p1:3": {"value": {"selected_option": {"value": "boost"}}}}) == {
        ids.parse_seen("p1:3"): (Fate.KEEP, None)
    }
    with pytest.raises(Malformed):
        forms.read_scope({"scope": {"value": {"selected_option": {"value": "'; drop"}}}})
    assert forms.read_scope({}) == ALL
