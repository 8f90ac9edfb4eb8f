from __future__ import annotations

import pytest

from bot.networks.link_words import name_link


@pytest.mark.parametrize(
    ("label", "address", "shown"),
    [
        ("our hours", "https://bakery.example", "our hours (https://bakery.example)"),
        ("https://bakery.example/a", "https://bakery.example/a", "https://bakery.example/a"),
        ("bakery.example", "https://bakery.example/", "bakery.example"),
        ("sorry.So", "http://sorry.So", "sorry.So"),
        (
            "bakery.example/orders/12345/mo...",
            "https://bakery.example/orders/12345/more",
            "https://bakery.example/orders/12345/more",
        ),
        (
            "bakery.example/orders/12…",
            "https://www.bakery.example/orders/123",
            "https://www.bakery.example/orders/123",
        ),
        (
            "https://bakery.example/AAAA[...]AAA",
            "https://bakery.example/" + "A" * 90,
            "https://bakery.example/" + "A" * 90,
        ),
        (
            "bakery.example/stra%C3%9F...",
            "https://bakery.example/straße/1",
            "https://bakery.example/straße/1",
        ),
        ("xn--bcher-kva.example/r...", "https://bücher.example/rye", "https://bücher.example/rye"),
        ("", "https://bakery.example", "https://bakery.example"),
        ("https://bank.example", "https://evil.example", "https://bank.example (https://evil.example)"),
        ("bank.example/...", "https://evil.example/bank", "bank.example/... (https://evil.example/bank)"),
        ("bakery.example/A", "https://bakery.example/a", "https://bakery.example/a"),
        ("...", "https://bakery.example", "... (https://bakery.example)"),
        ("Why... and how", "https://why.example", "Why... and how (https://why.example)"),
    ],
)
def test_a_link_in_plain_words(label: str, address: str, shown: str) -> None:
    assert name_link(label, address) == shown


def test_whatever_is_shown_says_all_of_an_address_that_was_hidden() -> None:
    """A shortened one that names another host must not pass for the one it begins like."""
    assert (
        name_link("bank.example…", "https://bank.example.evil.example/")
        == "https://bank.example.evil.example/"
    )
