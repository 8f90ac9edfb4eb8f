"""What the shell says of a resume: in the words of Slack's dialog, because they are made in one place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from bot.control import commands, pause_lines
from bot.domain.gate import ALL
from bot.domain.shown.pause_screens import ResumeForm
from bot.domain.shown.post_screens import GateShut
from bot.domain.shown.state_words import STILL_UP, describe_approved_before, describe_later, describe_missed
from bot.services.unit_of_work import UnitOfWork
from bot.slack.views.pause.resume import draw_resume_dialog
from tests.backend import MORNING, Backend
from tests.slack.views.pause_samples import NO_DELETE, OUT, RESUME

FORMS = {
    "some missed": RESUME,
    "some decided since": replace(RESUME, decided=2, again=1),
    "all decided since": replace(RESUME, rows=(), decided=1, later=0, again=0),
    "nothing missed": replace(RESUME, rows=()),
    "left undone": replace(RESUME, not_stopped=("Meta ads", "Newsletter"), still_up=(OUT, NO_DELETE)),
}
DECIDED = "been moved or decided since."


@pytest.mark.parametrize("describe", [pause_lines.describe_preview, pause_lines.describe_resume])
def test_the_shell_says_what_the_dialog_says(
    sqlite_backend: Backend, describe: Callable[[UnitOfWork, ResumeForm], list[str]]
) -> None:
    """Seen: the dialog counted the posts that had been moved or decided since, and `byhand resume` did not."""
    for name, form in FORMS.items():
        told = " ".join(sqlite_backend.services.look(describe, form))
        dialog = str(draw_resume_dialog(form))
        for sentence in _sentences(form):
            assert sentence in told, name
            assert sentence in dialog, name
        assert (DECIDED in told) is bool(form.decided), name


def test_one_account_while_everything_stays_paused(sqlite_backend: Backend) -> None:
    """Seen: "Resumed: Bakery." while nothing was sent there all the same."""
    everything = GateShut(ALL, "U0TOM", MORNING, "")
    form = replace(RESUME, scope="bakery", title="Bakery", stays=(everything,))
    told = " ".join(sqlite_backend.services.look(pause_lines.describe_resume, form))
    assert told.startswith("Pause of Bakery alone ended. Resuming published nothing by itself.")
    assert "Everything stays paused" in told


@pytest.mark.parametrize(("words", "asked"), [("bakry recall", True), ("oven burns", False)])
def test_a_word_that_is_nearly_an_account(sqlite_backend: Backend, words: str, asked: bool) -> None:
    """Everything is paused first; then it is asked."""
    done = commands.run(sqlite_backend.services, "pause", {"words": words, "who": "cli:maya@desk"})
    assert done["lines"][0] == "Publishing is paused."
    question = "no account is called “bakry”. Did you mean Bakery?"
    assert any(question in line for line in done["lines"]) is asked
    assert any("byhand pause bakery." in line for line in done["lines"]) is asked


def _sentences(form: ResumeForm) -> list[str]:
    missed = describe_missed(len(form.rows) + form.more, form.decided)
    what = (
        [describe_later(0, 0)]
        if not form.later
        else [describe_approved_before(form.again).partition(": ")[2]]
    )
    left = [*form.not_stopped, *(one.text for one in form.still_up), *([STILL_UP] if form.still_up else [])]
    return [missed, *filter(None, what), *left]


def test_no_post_is_counted_twice_and_nothing_to_be_stopped_elsewhere_twice(sqlite_backend: Backend) -> None:
    sqlite_backend.plan("Fresh bread at nine", minutes=300)
    pause = partial(commands.run, sqlite_backend.services, "pause")
    whole = " ".join(pause({"words": "", "who": "cli:maya@desk"})["lines"])
    assert "Byhand cannot stop" in whole
    assert "already" not in whole
    sqlite_backend.clock.push(timedelta(minutes=1))
    narrow = " ".join(pause({"words": "bakery typo", "who": "cli:maya@desk"})["lines"])
    assert "; the pause of everything had stopped it already." in narrow
    assert "Byhand cannot stop" not in narrow
