"""The bench writes its rows past the program, so the schema may leave it behind unnoticed: here that is noticed."""

from __future__ import annotations

from tests.bench import claims


def test_what_it_writes_can_be_claimed(store_url: str) -> None:
    with claims._filled(store_url, 5) as store:
        assert claims._one_claim(store) > 0
