"""The pause of an account that has left the settings: it can still be resumed, wherever that is asked for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.control import commands
from bot.domain.gate import ALL
from bot.domain.refusals import NoSuchAccount, WhichPause
from bot.services.pause import pause, resume
from bot.services.queries import pause as pause_queries
from bot.services.unit_of_work import Services
from bot.slack.values.resume import parse_resume_press
from bot.slack.views.pause.banner import draw_banner
from bot.store.pause import gate
from tests.backend import MAYA, TOM, Backend, key


def paused_and_left(backend: Backend, beside: str | None = None) -> tuple[Services, str]:
    """(the services without the café, the id of its pause)."""
    done = backend.services.do_first(pause.pause, MAYA, "cafe", "", key())
    if beside:
        backend.services.do_first(pause.pause, MAYA, beside, "", key())
    left = {name: each for name, each in backend.policy.accounts.items() if name != "cafe"}
    clients = {name: each for name, each in backend.services.accounts.items() if name != "cafe"}
    policy = replace(backend.policy, accounts=left)
    return replace(backend.services, policy=policy, accounts=clients), done.pause_id


def is_paused(services: Services, scope: str) -> bool:
    return services.look(lambda work: gate.read(work.db).rows[scope].paused)


@pytest.mark.parametrize("beside", [None, "bakery", ALL])
def test_its_button_resumes_it(backend: Backend, beside: str | None) -> None:
    """Seen: its banner went on, reminded and offered [Resume…], which was refused with "There is no account called
    cafe", for ever."""
    services, pause_id = paused_and_left(backend, beside)
    view = services.look(pause_queries.load_banner, pause_id)
    assert view is not None
    buttons = next(block["elements"] for block in draw_banner(view).blocks if block["type"] == "actions")
    value = next(each["value"] for each in buttons if each["text"]["text"] == "Resume…")
    scope = services.look(resume.choose_scope, parse_resume_press(value)[0])
    assert scope == "cafe"
    form = services.look(pause_queries.load_resume_form, scope)
    assert form is not None
    services.do(resume.resume, TOM, scope, form.epoch, {}, key())
    assert not is_paused(services, "cafe")
    assert beside is None or is_paused(services, beside)


@pytest.mark.parametrize("beside", [None, "bakery", ALL])
@pytest.mark.parametrize("words", ["cafe", "“Cafe”"])
def test_the_command_and_the_shell_resume_it_by_its_key(
    sqlite_backend: Backend, beside: str | None, words: str
) -> None:
    services, _ = paused_and_left(sqlite_backend, beside)
    assert services.look(resume.choose_scope, words) == "cafe"
    lines = commands.run(services, "resume", {"words": words, "who": "cli:op@host"})["lines"]
    assert lines[0].startswith("Pause of cafe alone ended" if beside == ALL else "Resumed: cafe")
    assert not is_paused(services, "cafe")


def test_without_a_name_it_counts_as_one_of_those_paused(sqlite_backend: Backend) -> None:
    services, _ = paused_and_left(sqlite_backend)
    assert services.look(resume.choose_scope, "") == "cafe"
    services.do_first(pause.pause, MAYA, "bakery", "", key())
    with pytest.raises(WhichPause, match=r"which: /social resume bakery, /social resume cafe\."):
        services.look(resume.choose_scope, "")


def test_a_title_that_the_one_that_left_was_called_by_is_told_by_its_key(sqlite_backend: Backend) -> None:
    services, _ = paused_and_left(sqlite_backend)
    renamed = replace(services.policy.accounts["bakery"], title="Cafe")
    services = replace(services, policy=replace(services.policy, accounts={"bakery": renamed}))
    assert services.look(resume.write_scope, "bakery") == "bakery"
    assert services.look(resume.choose_scope, "bakery") == "bakery"


def test_once_resumed_there_is_no_such_account(sqlite_backend: Backend) -> None:
    services, _ = paused_and_left(sqlite_backend)
    commands.run(services, "resume", {"words": "cafe", "who": "cli:op@host"})
    with pytest.raises(NoSuchAccount):
        services.look(resume.choose_scope, "cafe")
