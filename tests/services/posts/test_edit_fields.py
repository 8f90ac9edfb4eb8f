"""Under which field of the Edit dialog an error stands: under the one where it is mended."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.refusals import FieldErrors, Refusal, SlotPassed
from bot.services.posts import edit
from bot.services.posts.edit import Changes
from tests.backend import MAYA, Backend, key

SHA = "a" * 64


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        ({"alts": {SHA: ""}}, f"alt:{SHA}", "what the picture shows"),
        ({"alts": {SHA: "\u200b"}}, f"alt:{SHA}", "what the picture shows"),
        ({"alts": {SHA: "x" * 1501}}, f"alt:{SHA}", "1,501 of 1,500 characters"),
        ({"alts": {SHA: "Caf\ufffd"}}, f"alt:{SHA}", "A letter was lost"),
        ({"text": "x" * 501}, "text", "501 of 500 characters"),
        ({"variants": {"bakery": "x" * 501}}, "variant:bakery", "501 of 500 characters"),
    ],
)
def test_an_error_stands_where_it_is_mended(
    sqlite_backend: Backend, changes: dict[str, Any], field: str, says: str
) -> None:
    """Seen: what was wrong with an alt text stood under the text."""
    seen = sqlite_backend.with_image()
    typed: dict[str, Any] = {
        "text": "Good words",
        "slot": sqlite_backend.post(seen).slot,
        "alts": {SHA: "A loaf"},
    }
    with pytest.raises(FieldErrors) as refused:
        sqlite_backend.services.do(edit.save_edit, MAYA, seen, Changes(**typed | changes), key())
    assert list(refused.value.fields) == [field]
    assert says in refused.value.fields[field]


def test_a_refusal_names_its_field() -> None:
    assert SlotPassed.under == "slot"
    assert Refusal.under == ""
