"""Objections: their levels, which may be waived, and that blocks come first."""

from __future__ import annotations

import pytest

from bot.domain.posts import Body, Image
from bot.domain.preflight import Level, Measured, Similar, list_blocking, list_objections

FINE = Measured({})
SIMILAR = Similar(7, "Bakery")


@pytest.mark.parametrize(
    ("body", "measured", "kinds"),
    [
        (Body(("a",), "words"), FINE, []),
        (Body(("a",), " "), FINE, ["empty"]),
        (Body(("a", "b"), "words", variants={"b": " "}), FINE, ["empty"]),
        (Body(("a", "b"), "", variants={"a": "one", "b": "two"}), FINE, []),
        (Body((), ""), FINE, ["empty"]),
        (Body(("a",), "", images=(Image("s", "alt"),)), FINE, []),
        (Body(("a",), "words", images=(Image("s", " "),)), FINE, ["alt"]),
        (Body(("a",), "words"), Measured({"a": "Too long."}), ["misfit"]),
        (Body(("a",), "words"), Measured({}, gone=("a",)), ["account"]),
        (
            Body(("a",), " "),
            Measured({"a": "x"}, ("a",), (SIMILAR,)),
            ["empty", "misfit", "account", "similar"],
        ),
    ],
)
def test_what_preflight_has_against_a_post(body: Body, measured: Measured, kinds: list[str]) -> None:
    assert [one.kind for one in list_objections(body, measured)] == kinds


def test_only_a_missing_alt_text_can_be_waived() -> None:
    body = Body(("a",), " ", images=(Image("s"),))
    found = list_blocking(list_objections(body, Measured({"a": "x"}, ("a",), (SIMILAR,))))
    assert {one.kind: one.waivable for one in found} == {"misfit": False, "account": False, "alt": True}
    assert all(one.level is Level.BLOCK for one in found)


def test_how_many_images_lack_their_alt_text() -> None:
    two = list_objections(Body(("a",), "x", images=(Image("s"), Image("t"), Image("u", "alt"))), FINE)
    assert [one.sentence for one in two] == ["2 images have no alt text"]
