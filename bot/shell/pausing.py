"""`byhand pause` and `byhand resume`: by the running bot, or here if none runs."""

from __future__ import annotations

from collections.abc import Sequence

from bot.control import pause_lines
from bot.control.socket import CommandRefused, NoAnswer
from bot.domain.refusals import NotPaused
from bot.services.pause import resume as resuming
from bot.services.queries import pause as pause_queries
from bot.services.unit_of_work import UnitOfWork
from bot.shell.database_access import have_done_at_once, load_settings_to_look, look, name_shell_user
from bot.shell.refusing import Refused
from bot.store.engine.errors import StoreError

PATIENCE = 30.0  # seconds for the bot's answer; a pause goes before everything else it has to write


def pause(words: Sequence[str]) -> list[str]:
    """The first words may name accounts; all else is the reason. Whoever is refused reads that first."""
    try:
        return _done("pause", " ".join(words))
    except (CommandRefused, NoAnswer):  # the bot's own sentence, or nobody knows
        raise
    except StoreError as error:
        raise Refused(f"NOT paused: {error}") from error


def resume(account: Sequence[str]) -> list[str]:
    return _done("resume", " ".join(account))


def preview_resume(account: Sequence[str]) -> list[str]:
    """What resuming would do; nothing is done. Raises NotPaused."""

    def question(work: UnitOfWork) -> list[str]:
        form = pause_queries.load_resume_form(work, resuming.choose_scope(work, " ".join(account)))
        if form is None:
            raise NotPaused
        return pause_lines.describe_preview(form, work.policy.zone)

    return look(load_settings_to_look(), question)


def _done(command: str, words: str) -> list[str]:
    done = have_done_at_once(command, {"words": words, "who": name_shell_user()}, patience=PATIENCE)
    return [str(line) for line in done["lines"]]
