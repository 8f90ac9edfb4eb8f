"""Which accounts `/social pause` stops, what its answer offers, and words that were only meant to pause."""

from __future__ import annotations

import re

import pytest

from bot.domain.gate import ALL
from bot.sandbox.slack.find import words
from bot.sandbox.slack.state import Message
from bot.services.pause import pause as pausing
from bot.services.pause import resume as resuming
from bot.services.posts import edit
from bot.services.posts.edit import Changes
from bot.slack.ids import Act, Malformed
from bot.slack.pause.near_miss import means_resume, names_post, read_near_miss
from bot.slack.payloads import split_command
from bot.slack.values.banner import format_pause_now, parse_pause_now
from bot.store.pause import gate
from tests.backend import MAYA, TOM, key
from tests.slack.bench import SOCIAL
from tests.slack.pause.typed_pause import is_paused, pause
from tests.slack.team import Team


def paused(team: Team) -> set[str]:
    rows = team.services.store.read(gate.read).rows
    return {scope for scope, row in rows.items() if row.paused}


def answer(team: Team, user: str, containing: str) -> Message:
    """The private message that says this."""

    def found() -> list[Message]:
        return [each for each in team.messages() if each.seen_by == user and containing in words(each)]

    team.until(found)
    return found()[-1]


def type_in(team: Team, typed: str, user: str = "U0MAYA") -> str:
    act = team.people.command(user, SOCIAL, "/social", typed)
    assert act.ok, act.error
    return str(act.response)


@pytest.mark.parametrize(
    "typed", ["pause „Bakery“ — wrong logo", "*pause*\u00a0*Bakery*: wrong logo", "Pause!\nBAKERY wrong logo"]
)
def test_an_account_by_its_title(team: Team, typed: str) -> None:
    """Seen: the cards call it so, and everything was paused."""
    team.knows("U0MAYA")
    said = type_in(team, typed)
    assert "paused (<!date^" in said
    assert "Publishing on Bakery is paused (" in said
    assert "Still open: Cafe." in said
    assert "wrong logo" in said
    assert paused(team) == {"bakery"}


def test_a_word_that_names_several_pauses_all_of_them(team: Team) -> None:
    team.knows("U0MAYA")
    type_in(team, "pause mastodon wrong logo")
    told = answer(team, "U0MAYA", "Publishing on Bakery and Cafe is paused (")
    assert "Your words match 2 accounts." in words(told)
    assert paused(team) == {"bakery", "cafe"}
    for title in ("Bakery", "Cafe"):
        banner = team.server.wait_for(SOCIAL, f"Publishing on {title} is paused.")
        assert "wrong logo" in words(banner)


def test_wider_at_one_press(team: Team) -> None:
    team.knows("U0MAYA")
    type_in(team, "pause bakery wrong logo")
    told = answer(team, "U0MAYA", "Publishing on Bakery is paused (")
    assert team.press("U0MAYA", told, "Pause everything").ok
    assert paused(team) == {ALL, "bakery"}
    banner = team.server.wait_for(SOCIAL, "Publishing is paused.")
    assert "wrong logo" in words(banner), "the reason goes along"
    team.private("U0MAYA", "is paused (")


def test_narrower_is_for_approvers(team: Team) -> None:
    for user in ("U0MAYA", "U0TOM"):
        team.knows(user)
        type_in(team, "pause mastodon wrong logo", user)
    mine, toms = (answer(team, user, "Bakery") for user in ("U0MAYA", "U0TOM"))
    assert "Too much? An approver can resume one of them." in words(mine)
    assert "was already paused by <@U0MAYA>" in words(toms)
    assert "Your reason was added." in words(toms)
    team.press("U0MAYA", mine, "Resume Cafe…")
    team.private("U0MAYA", "Only approvers can resume publishing: <@U0TOM>")
    assert team.people.command("U0TOM", SOCIAL, "/social", "resume „Cafe“").ok
    assert team.people.fill("U0TOM", {}).ok
    assert paused(team) == {"bakery"}


def test_the_dialog_of_home_offers_wider_too(team: Team) -> None:
    team.knows("U0MAYA")
    team.people.open_home("U0MAYA")
    team.until(lambda: "U0MAYA" in team.server.workspace.homes)
    team.people.click_home("U0MAYA", action_id=Act.HOME_PAUSE.value)
    team.people.fill("U0MAYA", {"What": "Bakery"})
    view = team.people.modal("U0MAYA")
    assert team.people.click_view("U0MAYA", view.id, text="Pause everything").ok
    assert paused(team) == {ALL, "bakery"}
    team.until(lambda: len(team.server.workspace.modals["U0MAYA"]) == 2)


def test_resume_by_title_says_what_is_paused(team: Team) -> None:
    team.services.do_first(pausing.pause_each, MAYA, ("bakery", "cafe"), "", key())
    team.knows("U0TOM")
    assert "/social resume bakery, /social resume cafe" in type_in(team, "resume Mastodon", "U0TOM")
    assert "There is no account called shop. There are: Bakery, Cafe." in type_in(
        team, "resume shop", "U0TOM"
    )
    assert "There is no account called caffe. Did you mean Cafe? There are: Bakery, Cafe." in type_in(
        team, "resume caffe", "U0TOM"
    )
    assert not team.server.workspace.modals.get("U0TOM")
    assert team.people.command("U0TOM", SOCIAL, "/social", "resume *bakery*").ok
    assert "Resume Bakery." in str(team.server.modal("U0TOM").blocks)


def test_resume_of_one_where_everything_is_paused(team: Team) -> None:
    """Seen: "Nothing is paused here any more", while everything was."""
    team.services.do_first(pausing.pause, MAYA, ALL, "", key())
    team.knows("U0TOM")
    assert "Bakery is not paused separately: everything is paused, and /social resume resumes it." in type_in(
        team, "resume bakery", "U0TOM"
    )


# --- words that were meant to pause ------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed",
    ["puase", "pasue everything", "paus", "pauze!!", "Puase!", "pauseall", "stop", "STOP!!", "stop everything now",
     "halt", "please pause", "emergency pause everything", "don't pause", "puase\u00a0recall", "freeze", "stop\nall",
     "paused", "pausing"],
)  # fmt: skip
def test_a_near_miss_says_not_paused_first(team: Team, typed: str) -> None:
    """Seen: "Did you mean /social pause?" and the whole help, never that nothing is paused."""
    act = team.people.command("U0MAYA", SOCIAL, "/social", typed)
    told = re.fullmatch(r"NOT paused \(<!date[^>]*>\)\. (.*)", act.response["text"])
    assert told, "of when it is, and in the same breath what they need"
    assert told[1].startswith("Did you mean /social pause? There is no “/social ")
    assert "Pause everything" in str(act.response["blocks"])
    assert not paused(team)


@pytest.mark.parametrize(
    "typed", ["statsu", "upcomming", "unpause", "inbox", "resumee", "post", "help me", "drill", "posts"]
)
def test_what_is_no_near_miss(typed: str) -> None:
    assert read_near_miss(*split_command(typed)) is None


@pytest.mark.parametrize("typed", ["unpause", "unpuase", "continue"])
def test_meant_to_resume(team: Team, typed: str) -> None:
    assert means_resume(typed)
    assert "Did you mean /social resume?" in type_in(team, typed)


def test_its_button_pauses_with_the_words_as_the_reason(team: Team) -> None:
    team.knows("U0MAYA")
    type_in(team, "puase bakery burnt loaf")
    told = answer(team, "U0MAYA", "NOT paused (")
    assert team.press("U0MAYA", told, "Pause Bakery").ok
    assert paused(team) == {"bakery"}
    assert "burnt loaf" in words(team.server.wait_for(SOCIAL, "Publishing on Bakery is paused."))
    assert team.press(
        "U0MAYA", answer(team, "U0MAYA", "Publishing on Bakery is paused ("), "Pause everything"
    ).ok
    assert is_paused(team)


def test_where_it_is_paused_already_the_answer_does_not_say_that_it_is_not(team: Team) -> None:
    pause(team, "recall")
    said = type_in(team, "puase", "U0TOM")
    assert "NOT paused" not in said
    assert "Publishing is paused already, by <@U0MAYA>" in said


def test_a_button_of_a_note_that_is_out_of_date_says_who_paused(team: Team) -> None:
    """Seen: "NOT paused" stayed above a pinned pause, and its button told nothing of it."""
    team.knows("U0MAYA")
    type_in(team, "puase")
    told = answer(team, "U0MAYA", "NOT paused (")
    pause(team, "recall", "U0TOM")
    assert team.press("U0MAYA", told, "Pause everything").ok
    said = team.private("U0MAYA", "Already paused by <@U0TOM>")
    assert said.split("\n")[0].endswith("Nothing changed.")


def test_whoever_resumes_what_is_open_is_told_who_resumed_it(team: Team) -> None:
    pause(team)
    team.services.do(resuming.resume, TOM, ALL, 1, {}, key())
    team.knows("U0TOM")
    assert "Publishing is not paused any more: Tom resumed it at " in type_in(team, "resume", "U0TOM")


def test_a_guest_is_refused_at_the_button(team: Team) -> None:
    team.knows("U0GUEST")
    type_in(team, "puase", "U0GUEST")
    team.press("U0GUEST", answer(team, "U0GUEST", "NOT paused ("), "Pause everything")
    team.private("U0GUEST", "Only full members")
    assert not paused(team)


@pytest.mark.parametrize("value", ["gone-account why", "Not a scope", "", "all; x"])
def test_a_button_nobody_knows_says_not_paused(team: Team, value: str) -> None:
    team.knows("U0MAYA")
    type_in(team, "puase")
    told = answer(team, "U0MAYA", "NOT paused (")
    old = {"type": "button", "action_id": "pause_now", "block_id": "x", "value": value}
    assert team.people.press("U0MAYA", SOCIAL, told.ts, old).ok
    team.private("U0MAYA", "no longer knows which account")
    assert not paused(team)


def test_what_a_button_carries_comes_back() -> None:
    for scopes, reason in ((("all",), ""), (("bakery", "cafe"), "wrong logo, 2 posts")):
        assert parse_pause_now(format_pause_now(scopes, reason)) == (scopes, reason)
    with pytest.raises(Malformed):
        parse_pause_now("bakery,, x")


# --- other commands' words ---------------------------------------------------------------------------


def test_a_known_commands_words_are_judged_as_its_own(team: Team) -> None:
    """Seen: "There is no “/social upcoming”. Did you mean /social upcoming?" after `/social upcoming month`."""
    team.backend.in_review("400 loaves")
    team.backend.plan("At the cafe", accounts=("cafe",))
    said = type_in(team, "upcoming month")
    assert (
        "“/social upcoming” does not know “month”. It can be followed by today, week, all, Bakery, Cafe or the label "
        "of a post." in said
    )
    assert "“/social inbox” does not know “theirs”. It can be followed by all, mine or waiting." in type_in(
        team, "inbox theirs"
    )
    assert "“/social drill” does not know “loudly”. It can be followed by pause, resume or stop." in type_in(
        team, "drill loudly"
    )
    for typed in ("upcoming\u00a0today", "upcoming „today“", "upcoming:\ntoday!", "upcoming today\u200b"):
        assert "2 posts today" in type_in(team, typed), typed
    only = type_in(team, "upcoming *Cafe*")
    assert "1 post on Cafe in the next seven days" in only
    assert "400 loaves" not in only
    assert "does not know" not in type_in(team, "inbox\u00a0mine!")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (
            "upcoming Christmas",
            "“/social upcoming” does not know “Christmas”. It can be followed by today, week, all, Bakery",
        ),
        ("upcoming today Christmas", "does not know “Christmas”. It can be followed by "),
        ("upcoming tody", "does not know “tody”. Did you mean /social upcoming today? It can be "),
        (
            "status cafe tomorrow",
            "“/social status” does not know “tomorrow”. It can be followed by Bakery or Cafe.",
        ),
        (
            "inbox mine Bakery",
            "“/social inbox” does not know “Bakery”. It can be followed by all, mine or waiting.",
        ),
        ("upcoming bakrey", "does not know “bakrey”. Did you mean /social upcoming Bakery?"),
        ("hours tomorrow", "“/social hours” does not know “tomorrow”. It takes no further words."),
        ("drill resume now", "“/social drill” does not know “now”."),
        ("help Christmas", "There is no “/social christmas”."),
        ("help statsu", "Did you mean /social status?"),
        ("resume Christmas", "There is no account called Christmas. There are: Bakery, Cafe."),
    ],
)
def test_a_word_nobody_knows_is_named_beside_those_that_are_known(team: Team, typed: str, said: str) -> None:
    """Seen: the word was passed over, or stood between words that are known."""
    team.knows("U0TOM")
    assert said in type_in(team, typed, "U0TOM")


def test_status_of_one_account(team: Team) -> None:
    """Its next post; what is paused is said of all, so that nothing else seems to be open."""
    team.backend.in_review("400 loaves")
    team.backend.plan("At the cafe", accounts=("cafe",))
    team.services.do_first(pausing.pause_each, TOM, ("cafe", "bakery"), "", key())
    said = type_in(team, "status „Cafe“!")
    assert "At the cafe" in said
    assert "400 loaves" not in said
    assert "Publishing on Bakery is paused. Publishing on Cafe is paused." in said
    assert "There is no account called shop." in type_in(team, "status shop")


@pytest.mark.parametrize(
    ("typed", "about"),
    [("kill 3", True), ("hold post 3!", True), ("Cancel #12", True), ("kill everything", False), ("hold", False),
     ("stop 3", False), ("kill 3 posts at once", False), ("pause 3", False)],
)  # fmt: skip
def test_what_is_done_to_one_post_is_no_near_miss(typed: str, *, about: bool) -> None:
    """Seen: `/social kill 3` offered only to pause everything."""
    assert names_post(*split_command(typed)) is about


def test_upcoming_of_a_label(team: Team) -> None:
    """Seen: "does not know" a label of posts ahead, because none was due just then, or it had another word too."""
    seen = team.backend.in_review("400 loaves")
    slot = team.backend.post(seen).slot
    team.services.do(edit.save_edit, MAYA, seen, Changes("400 loaves", slot, label="Bakery specials"), key())
    team.backend.plan("Something else")
    for typed in ("upcoming „bakery specials“", "upcoming Bakery\u00a0specials"):
        said = type_in(team, typed)
        assert "400 loaves" in said, typed
        assert "Something else" not in said
    assert "400 loaves" in type_in(team, "upcoming specials")
    assert "Nothing is planned on Cafe" in type_in(team, "upcoming cafe specials")
    assert "does not know" in type_in(team, "upcoming special")


def test_that_everything_is_paused_is_said_before_the_words_that_named_no_account(team: Team) -> None:
    """Seen: the misspelt account stood first, as the reason."""
    team.knows("U0MAYA")
    said = type_in(team, "pause baekry wrong logo")
    assert "Everything is paused (<!date^" in said
    assert said.index("because no account is called “baekry”") < said.index("Reason:")
