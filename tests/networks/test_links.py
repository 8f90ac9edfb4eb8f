"""Where a link begins is each network's own rule; no closing sign belongs to one."""

from __future__ import annotations

import pytest

from bot.networks import links, text

RYE = "https://bakery.example/rye"
LONG = "https://bakery.example/" + "a" * 480


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("see https://dock.example/rye.", ["https://dock.example/rye"]),
        ("(https://dock.example/x_(y))", ["https://dock.example/x_(y)"]),
        ("HTTP://DOCK.EXAMPLE/A?b=c&d=e#f!", ["HTTP://DOCK.EXAMPLE/A?b=c&d=e#f"]),
        ("https://a.example https://b.example", ["https://a.example", "https://b.example"]),
        ("dock.example and x@https://no.example", []),
        ("https:// nothing, https://-", []),
        ("https://bücher.example/straße", ["https://bücher.example/straße"]),
        (
            "https://dock.example/a/ https://dock.example/#b",
            ["https://dock.example/a/", "https://dock.example/#b"],
        ),
        ("https://dock.example/l’été", ["https://dock.example/l’été"]),
        ("https://dock.example/けいおん・1", ["https://dock.example/けいおん・1"]),
        ("https://dock.example/a)b", ["https://dock.example/a"]),
    ],
)
def test_links(words: str, found: list[str]) -> None:
    for rule in (links.find_links, links.find_mastodon_links):
        assert [span.value for span in rule(words)] == found
        assert [words[span.start : span.end] for span in rule(words)] == found


@pytest.mark.parametrize(
    "words",
    [
        f"„{RYE}“", f"“{RYE}”", f"»{RYE}«", f"«{RYE}»", f"‘{RYE}’", f"‹{RYE}›", f"‚{RYE}‘", f'"{RYE}"',
        f"„{RYE}“.", f"「{RYE}」", f"「{RYE}」をどうぞ", f"『{RYE}』", f"（{RYE}）", f"【{RYE}】", f"《{RYE}》",
        f"({RYE})", f"[{RYE}]", f"⟨{RYE}⟩", f"〔{RYE}〕", f"{RYE}。", f"{RYE}。次", f"{RYE}、次", f"{RYE}！",
        f"{RYE}？",
        f"{RYE}…", f"{RYE}...", f"{RYE}؟", f"{RYE}،", f"{RYE}।", f"{RYE}։", f"{RYE}።", f"{RYE}!?", f"{RYE}’s",
        f"({RYE}).", f"—{RYE}—", f"❝{RYE}❞", f"{RYE}–",
    ],
)  # fmt: skip
def test_no_closing_sign_of_any_script_belongs_to_a_link(words: str) -> None:
    """„https://…/brot“ linked with its closing quote. (’s is part of no address either, but nobody can know.)"""
    for rule in (links.find_links, links.find_mastodon_links):
        (span,) = rule(words)
        assert span.value.removesuffix("’s") == RYE


@pytest.mark.parametrize(
    ("words", "mastodon", "ours"),
    [
        (f"詳細は{RYE}", [RYE], []),
        (f"é{RYE}", [RYE], []),
        (f"_{RYE} -{RYE} .{RYE}", [RYE] * 3, []),
        (f"a{RYE} 1{RYE} @{RYE} #{RYE} ${RYE}", [], []),
        (f"＃{RYE}", [], [RYE]),
        ("https://localhost:3000/a https://no", [], ["https://localhost:3000/a", "https://no"]),
        ("https://dock.example#b", ["https://dock.example"], ["https://dock.example#b"]),
        ("https://dock.comは", ["https://dock.com"], ["https://dock.comは"]),
        ("https://dock.example/a)b", ["https://dock.example/a"], ["https://dock.example/a"]),
        ("https://xn--bcher-kva.example/?q=ä", ["https://xn--bcher-kva.example/?q=ä"], ["https://xn--bcher-kva.example/?q=ä"]),
    ],
)  # fmt: skip
def test_each_network_has_its_own_rule(words: str, mastodon: list[str], ours: list[str]) -> None:
    assert [span.value for span in links.find_mastodon_links(words)] == mastodon
    assert [span.value for span in links.find_links(words)] == ours


def test_a_long_address_counts_the_same_after_words_without_spaces() -> None:
    """It counted 506 on Mastodon, which counts 26."""
    assert text.count_for_mastodon(f"詳細は{LONG}", 23) == 26
    assert text.count_for_mastodon(f"„{LONG}“", 23) == 25


def test_who_is_not_known_counts_a_link_that_either_rule_finds() -> None:
    assert text.count_strictly("詳細はhttps://a.jp", 23) == 26
    assert text.count_strictly("https://no", 23) == 23


@pytest.mark.parametrize(
    "odd", ["https://" + "a." * 20_000, "https://a.example/" + "(" * 20_000, "https://" * 5_000]
)
def test_hostile_addresses_take_no_time(odd: str) -> None:
    links.find_links(odd)
    links.find_mastodon_links(odd)
