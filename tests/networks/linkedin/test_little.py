"""Nothing of a post is cut: what is sent as little text is read, to the last sign, as what was written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.networks.linkedin import little
from bot.sandbox.networks.linkedin.little import read_little

SIGNS = "\\|{}@[]()<>#*_~"
words = st.text(st.one_of(st.sampled_from(SIGNS + " \nn"), st.characters(codec="utf-8")))


@given(words)
def test_all_of_it_is_read(written: str) -> None:
    """By a parser that knows nothing of ours, and by our own."""
    sent = little.escape(written)
    assert read_little(sent) == written
    assert little.read(sent) == written


@given(words)
def test_both_parsers_cut_alike(anything: str) -> None:
    assert little.read(anything) == read_little(anything)


@pytest.mark.parametrize("sign", SIGNS)
def test_each_sign_would_cut(sign: str) -> None:
    """But a backslash, which would take itself away and nothing else."""
    assert read_little(f"Rye {sign}today") == ("Rye today" if sign == "\\" else "Rye ")
    assert little.escape(f"Rye {sign}today") == f"Rye \\{sign}today"


def test_nothing_else_is_escaped() -> None:
    plain = "Ein „Laib“ für 4,50 €: 50 % + 1 = gut! & 'so' \"weiter\" / 👩‍🍳 → ✅ שלום"
    assert little.escape(plain) == plain


def test_what_ends_in_a_backslash_is_read() -> None:
    """No post of ours does; one by hand might."""
    assert little.read("Rye\\") == read_little("Rye\\") == "Rye"
