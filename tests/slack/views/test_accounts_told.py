"""How accounts stand, as Home and `/social status` list them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.preflight import costs
from bot.domain.shown.post_screens import AccountHealth
from bot.slack.views.home.home import draw_home_page
from bot.slack.views.posts.rows import health
from tests.slack.views.samples import HOME

NOTE = "Facebook does not say whether “Dock tools” is open to the public (“Live”). If it is not, few see it."


def test_what_holds_of_two_accounts_is_said_once() -> None:
    told = str(
        health(
            [
                AccountHealth("Facebook", True, f"Signed in as Dock Bakery. {NOTE}"),
                AccountHealth("Instagram", True, f"Signed in as @dockbakery. {NOTE}"),
            ]
        )
    )
    assert told.count(NOTE) == 1
    assert "Instagram: Signed in as @dockbakery. The same as for Facebook." in told


def test_two_faults_with_the_same_words_are_both_told() -> None:
    told = str(health([AccountHealth(title, False, f"Signed out. {NOTE}") for title in ("A", "B")]))
    assert told.count(NOTE) == 2


def test_a_line_of_several_sentences_ends_as_one_does() -> None:
    cost = "Sending has cost about $1.20 this month"
    told = str(health([AccountHealth("X", True, "Signed in as @dockbakery.", cost=cost)]))
    assert f"X: Signed in as @dockbakery. {cost}.'" in told


UNPAID = AccountHealth(
    "X", False, "X has no credits.", cost="Sending has cost about $1.20 this month", unpaid="x"
)
BROKEN = AccountHealth("Bluesky", False, "Signed out")


def test_home_says_what_an_account_without_credits_has_cost() -> None:
    told = str(draw_home_page(replace(HOME, accounts=(UNPAID,))))
    assert f"X: X has no credits. {UNPAID.cost}." in told


@pytest.mark.parametrize(("accounts", "hinted"), [((UNPAID,), False), ((UNPAID, BROKEN), True)])
def test_home_names_the_command_only_where_credits_are_not_all_that_lacks(
    accounts: tuple[AccountHealth, ...], hinted: bool
) -> None:
    told = str(draw_home_page(replace(HOME, accounts=accounts)))
    assert "Nothing goes out there until that is fixed." in told
    assert ("byhand check" in told) is hinted


def test_a_post_that_alone_costs_more_than_the_limit_is_told_so() -> None:
    assert (
        costs.explain_over("X", 200, 0, 100) == "it would cost about $0.20, more than X's $0.10 for the month"
    )
    assert costs.explain_over("X", 200, 0, 200) is None
