"""The gate: which rows shut which accounts, and epochs that make approvals end by arithmetic."""

from __future__ import annotations

import json

import pytest

from bot.domain.gate import Gate, GateRow


def gate(*shut: str, **epochs: int) -> Gate:
    return Gate.of(
        GateRow(scope, scope in shut, epochs.get(scope, 0)) for scope in ("all", "bakery", "cafe", "drill")
    )


@pytest.mark.parametrize(
    ("shut", "accounts", "by"),
    [
        ((), ("bakery",), None),
        (("all",), ("bakery",), "all"),
        (("all", "bakery"), ("bakery",), "all"),
        (("cafe",), ("bakery",), None),
        (("cafe",), ("bakery", "cafe"), "cafe"),
        (("drill",), ("bakery", "cafe"), None),
        (("all",), (), "all"),
    ],
)
def test_what_keeps_accounts_shut(shut: tuple[str, ...], accounts: tuple[str, ...], by: str | None) -> None:
    row = gate(*shut).closed_for(accounts)
    assert (row.scope if row else None) == by


def test_epochs_are_of_all_and_of_these_accounts() -> None:
    assert json.loads(gate(all=2, bakery=1, cafe=7, drill=9).epochs_for(("bakery",))) == {
        "all": 2,
        "bakery": 1,
    }


def test_epochs_do_not_depend_on_order_and_unknown_scopes_are_zero() -> None:
    assert gate().epochs_for(("cafe", "bakery")) == gate().epochs_for(("bakery", "cafe"))
    assert gate().epochs_for(("new",)) == '{"all":0,"new":0}'


def test_a_pause_elsewhere_changes_no_epochs_here() -> None:
    assert gate(cafe=1).epochs_for(("bakery",)) == gate().epochs_for(("bakery",))
    assert gate(drill=1).epochs_for(("bakery",)) == gate().epochs_for(("bakery",))
