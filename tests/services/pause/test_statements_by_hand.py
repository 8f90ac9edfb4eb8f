"""A statement is Byhand's to send: none goes where people post themselves, and that is said before anybody releases it.

Before, two people released it, and it was dropped at its begin.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.gate import ALL
from bot.domain.people import Person
from bot.domain.posts import Seen
from bot.domain.refusals import NoStatementByHand
from bot.domain.shown.statement_screens import StatementForm
from bot.networks.mastodon.client import MastodonClient
from bot.networks.mastodon.limits import DOCUMENTED
from bot.services.pause import pause, statements
from bot.services.queries import statements as queries
from bot.services.queries.pause import load_banner
from tests.backend import MAYA, TOM, Backend, key
from tests.services.deliveries.test_by_hand import BOTH, STORY, backend, here

__all__ = ["backend", "here"]


def shut(backend: Backend, scope: str = ALL) -> str:
    return backend.services.do_first(pause.pause, MAYA, scope, "recall", key()).pause_id


def form(backend: Backend, pause_id: str) -> StatementForm:
    return backend.services.look(queries.load_form, TOM, pause_id)


def release(backend: Backend, pause_id: str, seen: Seen, person: Person = TOM) -> None:
    backend.services.do(statements.release, person, pause_id, seen, key())


@pytest.mark.parametrize("accounts", [STORY, BOTH])
def test_it_is_refused_when_somebody_releases_it(backend: Backend, accounts: tuple[str, ...]) -> None:
    seen = backend.in_review(accounts=accounts)
    pause_id = shut(backend)
    with pytest.raises(NoStatementByHand, match="You post on Story yourselves"):
        release(backend, pause_id, seen)
    page = backend.services.look(queries.load_page, TOM, pause_id, seen.post_id)
    assert "You post on Story yourselves" in page.why_not


def test_it_is_not_among_what_can_be_picked(here: Backend) -> None:
    here.in_review("Look into our oven", accounts=BOTH)
    fits = here.in_review("We recall the rye bread", accounts=("bakery",))
    pause_id = shut(here)
    shown, pick = form(here, pause_id), here.services.look(queries.load_pick, TOM, pause_id)
    assert [post_id for post_id, _ in pick.posts] == [fits.post_id]
    assert shown.picks
    assert [name for name, _ in shown.accounts] == ["bakery"]
    assert shown.chosen == ("bakery",)
    assert shown.by_hand == ("Story", "Sign")


@pytest.mark.parametrize("scope", [ALL, "bakery"])
def test_what_takes_no_words_alone_is_not_ticked(
    here: Backend, monkeypatch: pytest.MonkeyPatch, scope: str
) -> None:
    before = form(here, shut(here, scope))
    assert (before.chosen, before.need_image) == (("bakery",), ())
    needing = replace(DOCUMENTED.capabilities, min_pictures=1)
    monkeypatch.setattr(MastodonClient, "capabilities", needing)
    shown = form(here, shut(here, scope))
    assert [name for name, _ in shown.accounts] == ["bakery"]
    assert shown.chosen == ()
    assert shown.need_image == (here.policy.title_of("bakery"),)


def test_a_pause_of_such_an_account_has_no_statement(here: Backend) -> None:
    pause_id = shut(here, "story")
    with pytest.raises(NoStatementByHand):
        form(here, pause_id)
    shut(here, "bakery")
    with pytest.raises(NoStatementByHand):
        form(here, pause_id)
    banner = here.services.look(load_banner, pause_id)
    assert banner is not None
    assert banner.by_hand


def test_elsewhere_it_goes_out_as_before(here: Backend) -> None:
    seen = here.in_review("We recall the rye bread", accounts=("bakery",))
    pause_id = shut(here)
    release(here, pause_id, seen, MAYA)
    release(here, pause_id, seen, TOM)
    here.run()
    assert here.published == ["We recall the rye bread"]
