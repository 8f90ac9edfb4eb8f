"""Every refusal is a sentence a person can read, and says what it was given."""

from __future__ import annotations

import string

import pytest

from bot.domain import refusals
from bot.domain.refusals import FieldErrors, Refusal

CLASSES = [
    one
    for one in vars(refusals).values()
    if isinstance(one, type) and issubclass(one, Refusal) and one is not FieldErrors
]


@pytest.mark.parametrize("refusal", CLASSES, ids=lambda one: one.__name__)
def test_each_is_a_sentence(refusal: type[Refusal]) -> None:
    names = [name for _, name, _, _ in string.Formatter().parse(refusal.__doc__ or "") if name]
    sentence = refusal(**{name: f"<{name}>" for name in names}).sentence
    assert sentence == str(refusal(**{name: f"<{name}>" for name in names}))
    assert all(f"<{name}>" in sentence for name in names)
    assert "{" not in sentence
    assert sentence[0].isupper() or sentence.startswith(("<", '"'))
    assert sentence.rstrip().endswith((".", ">", "?"))
    assert "\n" not in sentence.strip()


def test_a_missing_word_is_noticed_at_once() -> None:
    with pytest.raises(KeyError):
        refusals.OnlyApprovers(verb="approve")


def test_field_errors_keep_their_fields() -> None:
    assert FieldErrors({"slot": "That time has passed."}).fields == {"slot": "That time has passed."}
