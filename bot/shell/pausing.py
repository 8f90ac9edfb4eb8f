"""`byhand pause` and `byhand resume`: by the running bot, or here if none runs."""

from __future__ import annotations

from collections.abc import Sequence

from bot.control import pause_lines
from bot.control.client import WAIT
from bot.control.socket import FAILED, NoAnswer
from bot.domain.refusals import MaybePaused
from bot.services.pause import resume as resuming
from bot.services.queries import pause as pause_queries
from bot.services.unit_of_work import UnitOfWork
from bot.services.wording import refuse_not_paused
from bot.shell.database_access import have_done_at_once, load_settings_to_look, look, name_shell_user
from bot.shell.refusing import Refused, find_sentence

PATIENCE = 30.0  # seconds for the bot's answer to a resume
AT_ONCE = 2.5  # to a pause: the bot gives it within two
STARTING = 1.5  # seconds a pause waits for a bot that starts or stops and does not listen
MAYBE = (
    "NOT paused as far as Byhand knows: it was not confirmed in time, so it may be paused. Please look with byhand "
    "status, and pause again if it says that publishing is open."
)


def pause(words: Sequence[str]) -> list[str]:
    """The first words may name accounts; all else is the reason. Whoever is refused reads first that it does not hold,
    or that nobody knows."""
    try:
        return _done("pause", words, patience=AT_ONCE, wait=STARTING)
    except Exception as error:
        sentence = find_sentence(error)
        if sentence is None:
            raise
        raise Refused(_say_first(error, sentence)) from error


def _say_first(error: Exception, sentence: str) -> str:
    """`sentence`: also the running bot's own."""
    if isinstance(error, NoAnswer) or sentence in (FAILED, MaybePaused().sentence):
        return MAYBE
    return sentence if sentence.startswith("NOT paused") else f"NOT paused: {sentence}"


def resume(account: Sequence[str]) -> list[str]:
    return _done("resume", account, patience=PATIENCE, wait=WAIT)


def preview_resume(account: Sequence[str]) -> list[str]:
    """What resuming would do; nothing is done. Raises NotPaused."""

    def question(work: UnitOfWork) -> list[str]:
        scope = resuming.choose_scope(work, " ".join(account))
        form = pause_queries.load_resume_form(work, scope)
        if form is None:
            raise refuse_not_paused(work, scope)
        return pause_lines.describe_preview(work, form)

    return look(load_settings_to_look(), question)


def _done(command: str, words: Sequence[str], *, patience: float, wait: float) -> list[str]:
    asked = {"words": " ".join(words), "who": name_shell_user()}
    done = have_done_at_once(command, asked, patience=patience, wait=wait)
    return [str(line) for line in done["lines"]]
