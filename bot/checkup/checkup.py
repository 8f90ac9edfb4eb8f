"""`byhand check`: everything that can be known before the bot has to be relied on.

Each part looks for itself and says what it finds; none stops another, but where the bot token is not taken nothing
else can be asked of Slack. Nothing is changed anywhere, and every call has an end.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

from bot.checkup import approvers, machine, slack
from bot.checkup.accounts import check_accounts
from bot.checkup.finding import Finding, failure, fine, warning
from bot.checkup.public_url import check_public_url
from bot.networks import registry
from bot.services.unit_of_work import Clock
from bot.settings.load import Settings, SettingsError, load_settings


def check_up(clock: Clock, environ: Mapping[str, str] = os.environ) -> Iterator[Finding]:
    """Findings as they come. Raises ValueError with a sentence for a broken network package."""
    try:
        settings = load_settings(None, environ, networks=registry.load_all())
    except SettingsError as error:
        for problem in error.problems:
            name = f"{problem.file}: {problem.key}" if problem.key else problem.file
            yield failure(name, problem.sentence, problem.mend)
        yield from _without_the_rest(clock, environ)
        return
    yield fine("settings", f"{settings.path} can be used.")
    yield from (warning("settings", sentence) for sentence in settings.warnings)
    yield from machine.check_machine(settings, clock)
    yield from _slack(settings, clock)
    yield from check_public_url(settings)
    yield from check_accounts(settings, clock)


def _without_the_rest(clock: Clock, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Where only tokens or accounts are wrong, the machine can be looked at all the same."""
    try:
        settings = load_settings(None, environ, need_slack=False)
    except SettingsError:
        return
    yield from machine.check_machine(settings, clock)


def _slack(settings: Settings, clock: Clock) -> Iterator[Finding]:
    meeting = slack.meet(settings, clock)
    yield from meeting.findings
    yield from slack.check_way_in(settings)
    if meeting.home is None:
        yield warning("channels and approvers", "They could not be checked.", "Fix what is above first.")
        return
    yield from slack.check_channels(settings)
    yield from approvers.check_approvers(settings, meeting.home, clock.now())
