"""Which accounts typed words name, and what else they say.

One place, used by pause, resume, status, upcoming and the command line, because people call an account what they see it
called: by its key, its title, its handle, its network. Case, kinds of white space, quotes and formatting fall away.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise
from urllib.parse import urlsplit

from bot.domain.gate import ALL
from bot.domain.policy import AccountPolicy, Policy
from bot.domain.preflight.words import is_visible
from bot.domain.refusals import NoSuchAccount
from bot.domain.shown.state_words import ask_if_meant
from bot.networks.protocol import AccountClient

EVERYTHING = frozenset({"all", "everything"})
CLOSE = 0.76  # of SequenceMatcher: "bluski" is 0.77 like "bluesky"; "cake" is 0.75 like "cafe", and may be a reason
LOOKED_AT, WORDS, LETTERS = (
    1000,
    6,
    60,
)  # characters of a text, words of a name, letters of a word: for a guess
_AND = frozenset({"and", "und", "et", "y", "e", "plus"})  # between two names
_JOINS = frozenset(",+&/;|")
# Signs that end a word belong to it; a lone dash or colon after it is left out as well.
_AFTER = re.compile(r"(?:[^\w\s]|_)*\s*(?:[-‐-―:;.,|/=>→~]+\s+)?", re.DOTALL)
_QUOTES = {"“": "”", "„": "“”", "«": "»", "»": "«", "‹": "›", "‘": "’", "‚": "‘’", '"': '"', "'": "'", "`": "`",
           "*": "*", "_": "_", "~": "~", "(": ")", "[": "]", "「": "」", "『": "』", "《": "》"}  # fmt: skip


@dataclass(frozen=True)
class Named:
    """`accounts`: their keys; none: the words begin with no name. `rest`: what follows the names."""

    accounts: tuple[str, ...]
    rest: str


@dataclass(frozen=True)
class Guess:
    """`typed` is no name and nearly one: of these accounts. `rest`: what follows it."""

    typed: str
    accounts: tuple[str, ...]
    rest: str


@dataclass(frozen=True)
class Token:
    """One word of a text: where it stands, and as it is compared."""

    start: int
    end: int
    folded: str


@dataclass(frozen=True)
class Name:
    """What an account can be called. `spaced`: where the name has white space between its words."""

    words: tuple[str, ...]
    spaced: tuple[bool, ...]
    short: bool = (
        False  # "dockbakery" of dockbakery.bsky.social: counts behind an @, or where it is another's name
    )


Names = Mapping[str, tuple[Name, ...]]  # by the account's key


def list_names(policy: Policy, clients: Mapping[str, AccountClient] | None = None) -> Names:
    """What each account can be called. `clients` know handles that the settings do not."""
    known = clients or {}
    return {key: tuple(_names(each, known.get(key))) for key, each in policy.accounts.items()}


def find_accounts(words: str, names: Names) -> Named:
    """ "Bluesky, Mastodon: wrong logo" → both of them, and "wrong logo". Without a name all is the rest."""
    text = unicodedata.normalize("NFC", words).strip()
    tokens = _tokens(text)
    found, end = _match(text, tokens, 0, names)
    if not found:
        return Named((), words.strip())
    while (start := _after_joint(text, tokens, end)) is not None:
        more, stop = _match(text, tokens, start, names)
        if not more:
            break
        found, end = found | more, stop
    rest = _AFTER.sub("", text[tokens[end - 1].end :], count=1).strip()
    rest = unwrap(text[: tokens[0].start], rest)
    return Named(tuple(key for key in names if key in found), rest)


def read_pause(words: str, names: Names) -> tuple[tuple[str, ...], str]:
    """What is to be paused, and why: → (scopes, reason). Words that name no account are the reason of a pause of
    everything."""
    named = find_accounts(words, names)
    if named.accounts:
        return named.accounts, named.rest
    return (ALL,), "" if names_everything(words, whole=True) else named.rest


def guess_accounts(words: str, names: Names) -> Guess | None:
    """Of words that name no account, and pause everything: "mastadon recall" → Mastodon. None: an ordinary reason.
    Whoever paused waits for it, so only the beginning is looked at."""
    text = unicodedata.normalize("NFC", words).strip()
    tokens = _tokens(text[:LOOKED_AT])
    best: tuple[float, tuple[str, ...]] = (CLOSE, ())
    for called in {each.words for known in names.values() for each in known if not each.short}:
        likeness = _compare([each.folded for each in tokens[: len(called)]], called)
        best = max(best, (likeness, called))
    called = best[1]
    if not called or find_accounts(words, names).accounts:
        return None
    last = tokens[: len(called)][-1]
    rest = unwrap(text[: tokens[0].start], _AFTER.sub("", text[last.end :], count=1).strip())
    accounts = (key for key, known in names.items() if any(each.words == called for each in known))
    return Guess(text[tokens[0].start : last.end], tuple(accounts), rest)


def _compare(typed: Sequence[str], called: Sequence[str]) -> float:
    """How alike they are; 0 for whatever is not `CLOSE`. The quick looks first: they leave hardly anything."""
    one, other = (" ".join(each[:LETTERS] for each in words[:WORDS]) for words in (typed, called))
    found = SequenceMatcher(None, one, other, autojunk=False)
    if found.real_quick_ratio() < CLOSE or found.quick_ratio() < CLOSE:
        return 0
    return found.ratio()


def names_everything(words: str, *, whole: bool = False) -> bool:
    """Whether they say "everything" or "all": as the first word, or as the only one."""
    tokens = _tokens(unicodedata.normalize("NFC", words))
    return bool(tokens) and tokens[0].folded in EVERYTHING and not (whole and len(tokens) > 1)


def split_word(words: str) -> tuple[str, str]:
    """ "Today, please" → ("today", "please"): the first word as it is compared, and what follows."""
    text = unicodedata.normalize("NFC", words).strip()
    tokens = _tokens(text)
    if not tokens:
        return "", text
    rest = _AFTER.sub("", text[tokens[0].end :], count=1).strip()
    return tokens[0].folded, unwrap(text[: tokens[0].start], rest)


def list_named(policy: Policy, clients: Mapping[str, AccountClient], words: str) -> tuple[str, ...]:
    """The accounts that are named; none where there are no words, or "everything". Raises NoSuchAccount, which asks
    whether one of nearly that name is meant."""
    names = list_names(policy, clients)
    named = find_accounts(words, names).accounts
    if named or not is_visible(words) or names_everything(words):
        return named
    titles = (each.title for each in policy.accounts.values())
    guess = guess_accounts(words, names)
    like = list(dict.fromkeys(map(policy.title_of, guess.accounts))) if guess else []
    meant = f" {ask_if_meant(like)}" if like else ""
    raise NoSuchAccount(account=words, accounts=", ".join(titles), meant=meant)


def write_name(names: Names, account: str, title: str) -> str:
    """What people are told to type for this account alone: its title, in lower case; its key where the title names
    others too, or holds more than words."""
    typed = " ".join(title.lower().split())
    fits = fold(typed) == typed and not names_everything(typed)
    return typed if fits and find_accounts(typed, names) == Named((account,), "") else account


def fold(words: str) -> str:
    """For comparing: only words, in one case."""
    return " ".join(each.folded for each in _tokens(unicodedata.normalize("NFC", words)))


# --- what an account is called -----------------------------------------------------------------------


def _names(account: AccountPolicy, client: AccountClient | None) -> Iterator[Name]:
    full = [account.name, account.title, account.network]
    for handle in _handles(account, client):
        full.append(handle)
        bare = handle.removeprefix("@")
        short = bare.split("@")[0] if "@" in bare else bare.split(".")[0]
        if short != bare and (made := _make(short, short=True)) is not None:
            yield made
    for each in dict.fromkeys(full):
        if (made := _make(each)) is not None:
            yield made


def _handles(account: AccountPolicy, client: AccountClient | None) -> Iterator[str]:
    """As the settings have it, and as the profile's address ends."""
    if account.handle:
        yield account.handle
    path = urlsplit(client.profile_url()).path.strip("/") if client else ""
    if path:
        yield path.rsplit("/", 1)[-1]


def _make(name: str, *, short: bool = False) -> Name | None:
    """None: there is no word in it."""
    text = unicodedata.normalize("NFC", name)
    tokens = _tokens(text)
    gaps = pairwise(tokens)
    spaced = tuple(_has_space(text[one.end : other.start]) for one, other in gaps)
    return Name(tuple(each.folded for each in tokens), spaced, short) if tokens else None


# --- reading -----------------------------------------------------------------------------------------


def _match(text: str, tokens: list[Token], at: int, names: Names) -> tuple[frozenset[str], int]:
    """The accounts that the words from `at` name, and behind which word: the longest name, one with its signs as the
    account has them before one without."""
    best: tuple[bool, int] = (False, 0)
    found: set[str] = set()
    behind_at = at < len(tokens) and text[: tokens[at].start].endswith("@")
    for key, known in names.items():
        for name in known:
            if name.short and not behind_at:
                continue
            fit = _fit(text, tokens, at, name)
            if fit is None or (fit, len(name.words)) < best:
                continue
            if (fit, len(name.words)) > best:
                best, found = (fit, len(name.words)), set()
            found.add(key)
    end = at + best[1]
    called = tuple(each.folded for each in tokens[at:end])
    also = {key for key, known in names.items() if found and any(each.words == called for each in known)}
    return frozenset(found | also), end


def _fit(text: str, tokens: list[Token], at: int, name: Name) -> bool | None:
    """Whether the name stands there: True with white space where it has some, False with other gaps, None: not."""
    here = tokens[at : at + len(name.words)]
    if tuple(each.folded for each in here) != name.words:
        return None
    gaps = pairwise(here)
    return tuple(_has_space(text[one.end : other.start]) for one, other in gaps) == name.spaced


def _after_joint(text: str, tokens: list[Token], end: int) -> int | None:
    """Where a further name may begin: after a comma, an ampersand, an "and"."""
    if end >= len(tokens):
        return None
    gap = text[tokens[end - 1].end : tokens[end].start]
    if tokens[end].folded in _AND and end + 1 < len(tokens):
        return end + 1
    return end if _JOINS.intersection(gap) else None


def unwrap(before: str, rest: str) -> str:
    """Without the closing quote or mark of what was opened before the name: "bakery recall" typed with quotes."""
    for opened in reversed(before):
        closing = _QUOTES.get(opened, "")
        if rest[-1:] and rest[-1] in closing and sum(map(rest.count, {opened, *closing})) == 1:
            rest = rest[:-1].rstrip()
    return rest


def _tokens(text: str) -> list[Token]:
    """Words begin with a letter or digit; marks that combine with it belong to it. All else ends a word."""
    found: list[Token] = []
    start = None
    for place, char in enumerate(text + " "):
        category = unicodedata.category(char)[0]
        if category in "LN" or (category == "M" and start is not None):
            start = place if start is None else start
        elif start is not None:
            found.append(Token(start, place, _fold_word(text[start:place])))
            start = None
    return found


def _fold_word(word: str) -> str:
    bare = re.sub("[\ufe00-\ufe0f]", "", word)  # how an emoji or letter is to be drawn
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", bare).casefold())


def _has_space(gap: str) -> bool:
    return any(char.isspace() for char in gap)
