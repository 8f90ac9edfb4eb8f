"""What is looked at first, and what is nearly the same."""

from __future__ import annotations

import pytest

from bot.domain.ranking import find_words, is_only_emoji, join_reasons, list_reasons, make_likeness_key

WORDS = ("broken", "refund", "kaputt", "never again", "24/7", "unverschämt")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("My order arrived BROKEN.", ("broken",)),
        ("Arrived broken? I want a refund!", ("broken", "refund")),
        ("I am heartbroken", ()),  # not a whole word
        ("unbroken, brokenly", ()),
        ("Never\nagain!", ("never again",)),
        ("open 24/7", ("24/7",)),
        ("open 124/7", ()),
        ("Das ist UNVERSCHA\u0308MT", ("unverschämt",)),  # the a and its dots apart
        ("“broken”", ("broken",)),
        ("#broken", ("broken",)),
        ("", ()),
    ],
)
def test_words_are_whole_and_in_any_case(text: str, found: tuple[str, ...]) -> None:
    assert find_words(text, WORDS) == found


def test_reasons_are_said_in_words() -> None:
    said = list_reasons(["broken"], count=3, followers=12_400, private=True, many_followers=10_000)
    assert said == ("“broken”", "third message", "12,400 followers", "direct message")
    assert list_reasons([], count=2, followers=None, private=False, many_followers=10_000) == ()
    assert list_reasons([], count=5, followers=50_000, private=False, many_followers=0) == ("5 messages",)


def test_words_of_earlier_messages_stay_and_counts_do_not() -> None:
    assert join_reasons(("“broken”", "third message"), ("4 messages",)) == ("“broken”", "4 messages")


def test_near_identical_texts_have_one_key() -> None:
    spam = make_likeness_key("Earn $500 a day working from home! https://spam.example/abc")
    assert spam
    assert (
        make_likeness_key("EARN $900 a day  working from home!!! 🤑 https://spam.example/xyz @bakery") == spam
    )
    assert make_likeness_key("Èarn $1 a day worrking from home") == spam
    assert make_likeness_key("Earn $500 a week working from home!") != spam


@pytest.mark.parametrize("text", ["Thank you!", "🎉🎉🎉", "", "1234567890123456789"])
def test_short_texts_are_not_alike(text: str) -> None:
    assert make_likeness_key(text) == ""


@pytest.mark.parametrize(
    ("text", "only"),
    [
        ("🎉", True), ("❤️ ❤️", True), ("👍🏽!", True), ("👩‍👩‍👧", True), ("🇩🇪", True), ("1️⃣", True),
        ("", False), ("!", False), ("ok 👍", False), ("👍 10", False), ("🤔?", False),
    ],
)  # fmt: skip
def test_only_emoji(text: str, only: bool) -> None:
    assert is_only_emoji(text) is only
