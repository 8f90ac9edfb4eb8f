"""`byhand pause` and `byhand resume`: by the running bot, or here if none runs."""

from __future__ import annotations

from collections.abc import Sequence

from bot.control import pause_lines
from bot.domain.refusals import NotPaused
from bot.services.pause import pause as pausing
from bot.services.queries import pause as pause_queries
from bot.services.unit_of_work import Work
from bot.shell.office import have_done_at_once, look, settings_to_look, who

PATIENCE = 30.0  # seconds for the bot's answer; a pause goes before everything else it has to write


def pause(words: Sequence[str]) -> list[str]:
    """The first word may name an account; all else is the reason."""
    return _done("pause", " ".join(words))


def resume(account: str) -> list[str]:
    return _done("resume", account)


def would_resume(account: str) -> list[str]:
    """What resuming would do; nothing is done. Raises NotPaused."""

    def question(work: Work) -> list[str]:
        form = pause_queries.resume_form(work, pausing.which(work, account))
        if form is None:
            raise NotPaused
        return pause_lines.would_resume(form, work.policy.zone)

    return look(settings_to_look(), question)


def _done(command: str, words: str) -> list[str]:
    done = have_done_at_once(command, {"words": words, "who": who()}, patience=PATIENCE)
    return [str(line) for line in done["lines"]]
