"""Which accounts typed words name: by key, title, handle and network, whatever stands around the name."""

from __future__ import annotations

from dataclasses import replace
from difflib import SequenceMatcher

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.gate import ALL
from bot.domain.policy import AccountPolicy
from bot.domain.refusals import NoSuchAccount
from bot.domain.shown.post_screens import Ahead
from bot.services.pause import scope_words
from bot.services.queries import upcoming
from tests.backend import team

DOCK, SKY, CAFE, SIGN = (
    AccountPolicy("dockbakery-mastodon", "mastodon", "Mastodon"),
    AccountPolicy("dockbakery-bluesky", "bluesky", "Bluesky", handle="dockbakery.bsky.social"),
    AccountPolicy("cafe-mastodon", "mastodon", "Café am Hafen", handle="@hafencafé@mastodon.example"),
    AccountPolicy("sign", "manual", "🥐 The sign at the door"),
)
ACCOUNTS = {each.name: each for each in (DOCK, SKY, CAFE, SIGN)}
POLICY = replace(team(), accounts=ACCOUNTS)
NAMES = scope_words.list_names(POLICY)
SPACES = " \t\n\r\u00a0\u1680\u2000\u2003\u2007\u2009\u2028\u2029\u202f\u205f\u3000"
UNSEEN = "\u200b\u200c\u2060\ufeff\u00ad"
SIGNS = "!?.:;,-–—…·•*_~`>|/#()[]{}\"'“”„«»‹›‘’‚「」『』¡¿@🚨"


@pytest.mark.parametrize(
    ("account", "title", "typed"),
    [
        (SKY, "Bluesky", "bluesky"),
        (CAFE, "Café am Hafen", "café am hafen"),
        (SIGN, "🥐 The sign at the door", SIGN.name),
        (DOCK, "Mastodon", DOCK.name),  # the network's name, which is the café's too
        (SKY, "Everything", SKY.name),
        (SKY, "Blue`sky", SKY.name),
    ],
)
def test_what_people_are_told_to_type(account: AccountPolicy, title: str, typed: str) -> None:
    """Seen: `/social resume dockbakery-mastodon` on every card, where the account is called Mastodon."""
    policy = replace(POLICY, accounts={**ACCOUNTS, account.name: replace(account, title=title)})
    names = scope_words.list_names(policy)
    told = scope_words.write_name(names, account.name, title)
    assert told == typed
    assert scope_words.find_accounts(told, names) == scope_words.Named((account.name,), "")


def read(words: str) -> tuple[tuple[str, ...], str]:
    return scope_words.read_pause(words, NAMES)


@pytest.mark.parametrize(
    "words",
    ["„bluesky“ — wrong logo", "*Bluesky*: wrong logo", '"bluesky" wrong logo', "BLUESKY\nwrong logo",
     "`bluesky`, wrong logo",
     "dockbakery-bluesky wrong logo", "dockbakery.bsky.social wrong logo", "@dockbakery.bsky.social: wrong logo",
     "@dockbakery wrong logo", "ｂｌｕｅｓｋｙ wrong logo", "_bluesky_ wrong logo",
     "~bluesky~ wrong logo", "(bluesky) wrong logo",
     '"bluesky wrong logo"', "*bluesky wrong logo*", "„Bluesky: wrong logo“", "bluesky\u200b wrong logo",
     "bluesky! wrong logo",
     "dockbakery‑bluesky wrong logo", "dockbakery–bluesky – wrong logo"],
)  # fmt: skip
def test_one_account_by_whatever_it_is_called(words: str) -> None:
    """Seen: `/social pause mastodon wrong logo` paused everything, though every card calls the account "Mastodon"."""
    assert read(words) == ((SKY.name,), "wrong logo")


@pytest.mark.parametrize(
    ("words", "accounts", "reason"),
    [
        ("mastodon wrong logo", (DOCK.name, CAFE.name), "wrong logo"),
        ("dockbakery-mastodon: wrong logo", (DOCK.name,), "wrong logo"),
        ("bluesky, mastodon: wrong logo", (DOCK.name, SKY.name, CAFE.name), "wrong logo"),
        ("bluesky and „Café am Hafen“ wrong logo", (SKY.name, CAFE.name), "wrong logo"),
        ("bluesky & sign", (SKY.name, SIGN.name), ""),
        ("bluesky mastodon is meant", (SKY.name,), "mastodon is meant"),
        ("Cafe\u0301 am Hafen: burnt", (CAFE.name,), "burnt"),
        ("cafe\u0301\u00a0am\u2003hafen burnt", (CAFE.name,), "burnt"),
        ("hafencafé@mastodon.example burnt", (CAFE.name,), "burnt"),
        ("the sign at the door is down", (SIGN.name,), "is down"),
        ("cafe-mastodon “burnt” loaf", (CAFE.name,), "“burnt” loaf"),
        ("cafe mastodon burnt loaf", (CAFE.name,), "burnt loaf"),
        ("cafe-mastodon don't eat", (CAFE.name,), "don't eat"),
        ("bluesky (see #social)", (SKY.name,), "(see #social)"),
    ],
)
def test_words_that_name_accounts(words: str, accounts: tuple[str, ...], reason: str) -> None:
    assert read(words) == (accounts, reason)


@pytest.mark.parametrize(
    "words",
    ["recall news", "the bluesky account", "blueskyish weather", "dockbakery is on fire", "“wrong logo”", "masto don",
     "sig", "hafen burnt", "café burnt", "!!", "🥐", "dock bakery", "all the loaves", "everything burns"],
)  # fmt: skip
def test_words_that_name_no_account_are_the_reason(words: str) -> None:
    assert read(words) == ((ALL,), words)


@pytest.mark.parametrize("words", ["", "  ", "all", "Everything!", "„ALL“"])
def test_everything(words: str) -> None:
    assert read(words) == ((ALL,), "")


def test_a_handle_that_is_anothers_name_names_both() -> None:
    """Else "dockbakery" would stop one of the two that people know by it."""
    both = {**ACCOUNTS, DOCK.name: replace(DOCK, handle="dockbakery")}
    names = scope_words.list_names(replace(POLICY, accounts=both))
    assert scope_words.read_pause("dockbakery logo", names) == ((DOCK.name, SKY.name), "logo")


def test_of_two_names_the_longer_one_and_its_own_signs_count() -> None:
    accounts = {name: AccountPolicy(name, "mastodon", name) for name in ("dock", "dock-bakery")}
    names = scope_words.list_names(replace(POLICY, accounts=accounts))
    assert scope_words.read_pause("dock-bakery closed", names) == (("dock-bakery",), "closed")
    assert scope_words.read_pause("dock bakery closed", names) == (("dock",), "bakery closed")


@given(
    st.sampled_from([*ACCOUNTS.values()]), st.data(), st.text(SPACES + UNSEEN + SIGNS, max_size=4),
    st.text(SIGNS, max_size=3), st.text(SPACES, min_size=1, max_size=3), st.sampled_from(["recall", "wrong logo", ""]),
)  # fmt: skip
def test_any_white_space_and_sign_around_a_name_falls_away(
    account: AccountPolicy, data: st.DataObject, before: str, after: str, space: str, reason: str
) -> None:
    called = data.draw(st.sampled_from([account.name, account.title, account.handle or account.name]))
    typed = data.draw(st.sampled_from([called, called.upper(), called.title(), called.replace(" ", space)]))
    accounts, rest = read(f"{before}{typed}{after}{space}{reason}")
    if called == "Mastodon":  # the network of both
        assert accounts == (DOCK.name, CAFE.name)
    else:
        assert accounts == (account.name,)
    assert rest == reason


@given(st.text(max_size=40))
def test_whatever_is_typed_is_read(words: str) -> None:
    scopes, _ = read(words)
    assert scopes
    assert set(scopes) <= {ALL, *ACCOUNTS}
    upcoming.read_words(words, NAMES)


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("", upcoming.Wanted()),
        ("today", upcoming.Wanted(Ahead.TODAY)),
        ("„Today“!", upcoming.Wanted(Ahead.TODAY)),
        ("today\u00a0bluesky", upcoming.Wanted(Ahead.TODAY, (SKY.name,))),
        ("*Bluesky*: all", upcoming.Wanted(Ahead.ALL, (SKY.name,))),
        ("mastodon", upcoming.Wanted(None, (DOCK.name, CAFE.name))),
        ("month", upcoming.Wanted(other="month")),
        ("week Winter drive", upcoming.Wanted(Ahead.WEEK, other="Winter drive")),
        ("!?", upcoming.Wanted()),
    ],
)
def test_what_upcoming_is_asked_for(words: str, wanted: upcoming.Wanted) -> None:
    assert upcoming.read_words(words, NAMES) == wanted


def test_words_that_are_to_be_a_name() -> None:
    assert scope_words.list_named(POLICY, {}, "„Bluesky“") == (SKY.name,)
    assert scope_words.list_named(POLICY, {}, " ") == ()
    assert scope_words.list_named(POLICY, {}, "everything, please") == ()
    with pytest.raises(NoSuchAccount, match="There are: Mastodon, Bluesky, Café am Hafen, 🥐 The sign"):
        scope_words.list_named(POLICY, {}, "shop")


@pytest.mark.parametrize(
    ("words", "typed", "accounts", "rest"),
    [
        ("mastadon", "mastadon", (DOCK.name, CAFE.name), ""),
        ("Blusky: wrong logo", "Blusky", (SKY.name,), "wrong logo"),
        ("„bluski“ wrong logo", "bluski", (SKY.name,), "wrong logo"),
        ("dockbakery-bleusky", "dockbakery-bleusky", (SKY.name,), ""),
        ("café an hafen, recall", "café an hafen", (CAFE.name,), "recall"),
    ],
)
def test_a_word_that_is_nearly_a_name(words: str, typed: str, accounts: tuple[str, ...], rest: str) -> None:
    """Seen: `/social pause mastadon` paused everything with the reason "mastadon", and asked nothing."""
    assert read(words) == ((ALL,), words)
    assert scope_words.guess_accounts(words, NAMES) == scope_words.Guess(typed, accounts, rest)


@pytest.mark.parametrize(
    "words",
    ["", "!!", "oven burns", "recall news", "all", "everything", "master recipe", "mastodon recall", "blue"],
)
def test_an_ordinary_reason_is_no_name(words: str) -> None:
    assert scope_words.guess_accounts(words, NAMES) is None


def test_a_guess_is_an_account_whatever_its_title_is_written_with() -> None:
    """Seen: "Did you mean ?", because a title with ½ was read once more."""
    names = {"shop": _named("shop", "Atelier 3½"), "cafe": _named("cafe", "Café")}
    assert scope_words.find_accounts("Atelier 3½ recall", names).accounts == ("shop",)
    guess = scope_words.guess_accounts("Ateljer 3½ recall", names)
    assert guess == scope_words.Guess("Ateljer 3½", ("shop",), "recall")


def test_a_guess_keeps_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seen: one very long word, sixty accounts, and the answer to a pause took seconds."""
    compared: list[int] = []
    real = SequenceMatcher

    def counting(junk: None, one: str, other: str, autojunk: bool) -> SequenceMatcher[str]:
        compared.append(max(len(one), len(other)))
        return real(junk, one, other, autojunk)

    monkeypatch.setattr(scope_words, "SequenceMatcher", counting)
    names = {
        f"bakery-{n}": _named(f"bakery-{n}", f"The Bakery {n} of Berlin " + "x" * 900) for n in range(60)
    }
    for words in ("mastodonbaker" * 10_000, "a " * 50_000, "The Bakery 1 of Berlim"):
        scope_words.guess_accounts(words, names)
    assert compared
    assert max(compared) <= scope_words.WORDS * (scope_words.LETTERS + 1)


def _named(key: str, title: str) -> tuple[scope_words.Name, ...]:
    policy = replace(POLICY, accounts={key: AccountPolicy(key, "pixelfed", title, "public")})
    return scope_words.list_names(policy)[key]
