"""A post is named by its first words in sentences about another: short, harmless, and never by its number alone."""

from __future__ import annotations

import pytest

from bot.domain.quoting.cutting import length
from bot.domain.quoting.first_words import NAMED, name_post_by_words
from bot.slack.views.answers import draw_sentence
from bot.slack.views.text import sentence

LONG = "Rye today, and tomorrow the bread with seeds that everybody asked for"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Rye today", "“Rye today”"),
        (LONG, "“Rye today, and tomorrow the bread…”"),
        ("A" * 500, f"“{'A' * 39}…”"),
        ("Rye\n\ntoday,\u2028fresh\tbread", "“Rye today, fresh bread”"),
        ("<@U0MAYA> and <!channel>, come", "“‹@U0MAYA› and ‹!channel›, come”"),
        ("<!date^0^{date}|now> <!subteam^S1>", "“‹!date^0^{date}|now› ‹!subteam^S1›”"),
        ("<https://evil.example|your bank>", "“‹https://evil.example|your bank›”"),
        ("*Free* ~paid~ `bread` _today_", "“Free paid bread today”"),
        ("author_may_approve", "“author_may_approve”"),
        ('Free “bread”, «rye» and "rolls"', "“Free 'bread', 'rye' and 'rolls'”"),
        ("Bread\u202e daerb\u2066 \u200bnow", "“Bread daerb now”"),
        ("לחם טרי", "“\u2068לחם טרי\u2069”"),
        ("{why} {0} %s", "“{why} {0} %s”"),
        ("👩‍👩‍👧‍👦" * 30, f"“{'👩‍👩‍👧‍👦' * 3}…”"),
        ("", "a post without text (post 4)"),
        (" \n\u200b\u2800", "a post without text (post 4)"),
        ("***", "a post without text (post 4)"),
    ],
)
def test_a_post_by_its_first_words(text: str, name: str) -> None:
    assert name_post_by_words(text, 4) == name
    assert length(name) <= NAMED + 4


def test_no_word_of_a_post_rings_or_links_in_a_sentence_of_ours() -> None:
    """Seen: a refusal is drawn with the tokens of people in it, and a mention that stood in a post was one of them."""
    hostile = "<@U0MAYA> <!subteam^S0ALL> <!date^0^{date}|x> `*_~ <https://evil.example|x> &amp;"
    for start in range(len(hostile)):
        told = f"{name_post_by_words(hostile[start:], 4)} has changed."
        assert "<" not in sentence(told)
        assert not set("`*~") & set(sentence(told))
        (block,) = draw_sentence(told).blocks
        assert block["text"]["verbatim"], "Slack links no address in it"
