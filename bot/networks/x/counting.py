"""How long X takes a text to be: 280 by weight.

Latin, Greek, Cyrillic, Hebrew, Arabic and most other letters weigh 1, Chinese, Japanese and Korean ones 2, an emoji 2
(`emoji.py`), a link 23 whatever its length; all after composing (NFC). These are twitter-text's rules
(configuration v3), written anew: its port to Python reads its data through pkg_resources, which newer Pythons do not
have. An address whose domain X may not know (`domains.txt`) weighs what its letters do, and no less than a link.
"""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Iterable, Iterator
from importlib.resources import files

import regex

from bot.networks.links import Span, find_links
from bot.networks.x.emoji import EMOJI

MAX_LENGTH = 280
LINK = 23
HEAVY = 2
FARTHEST = 600  # letters
LONG_TEXT = 4_000  # letters: in a longer one links count in full; nobody can be shown it whole, or approve it
_LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))  # code points that weigh 1
_REFUSED = regex.compile("[\ufffe\uffff\ufeff]")  # X takes no text with one of them; nobody sees it

_LATIN = (
    r"\xC0-\xD6\xD8-\xF6\xF8-\xFF\u0100-\u024F\u0253\u0254\u0256\u0257\u0259\u025B\u0263\u0268\u026F\u0272\u0289\u028B"
    r"\u02BB\u0300-\u036F\u1E00-\u1EFF"
)
_SIGN = (
    r"[^!'#%&()*+,\\\-./:;<=>?@\[\]\^_{|}~$\x09-\x0D\x20\x85\xA0\u1680\u180E\u2000-\u200A\u2028\u2029\u202F\u205F\u3000"
    r"\uFFFE\uFEFF\uFFFF\u202A-\u202E\u061C\u200E\u200F\u2066-\u2069]"
)
_BEFORE = r"([^a-z0-9@＠$#＃\uFFFE\uFEFF\uFFFF]|^)"
_LEADS_ON = ("-", "_", ".", "/")  # before an address without a scheme: then it is a part of something else
_LONG = "{1,250}"  # a label; and no more of them than anybody writes, so that a search takes no longer than the text is
_SUB = rf"(?>{_SIGN}{_LONG}(?:[_\-]+{_SIGN}{_LONG}){{0,30}})"
_NAME = rf"(?>{_SIGN}{_LONG}(?:-+{_SIGN}{_LONG}){{0,30}})"
_TOP = r"(?:\L<tops>(?![0-9a-z@+\-])|xn--[\-0-9a-z]+)"
_PATH_SIGN = rf"[a-z\u0400-\u04FF0-9!*';:=+,.$/%#\[\]\-\u2013_~@|&{_LATIN}]"
_PAIR = rf"\((?:{_PATH_SIGN}|\({_PATH_SIGN}+\))+\)"
_PATH = regex.compile(rf"(?::[0-9]+)?(/(?:{_PATH_SIGN}|{_PAIR})*+)?", regex.IGNORECASE)
_PATH_ENDS = regex.compile(r"[!*';:,.$%\[\]\u2013~@|&]+\Z")  # what no path ends with
_QUERY = regex.compile(r"\?([a-z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]*+)", regex.IGNORECASE)
_OWN = regex.compile(
    r"https?://t\.co/[a-z0-9]{1,40}(?![a-z0-9])", regex.IGNORECASE
)  # X's own short links end there
_QUERY_ENDS = regex.compile(r"[^a-z0-9\-_&=#/]+\Z", regex.IGNORECASE)


def strip_refused(words: str) -> str:
    """Without the invisible signs for which X refuses a text."""
    return str(_REFUSED.sub("", words))


def count(words: str) -> int:
    words = unicodedata.normalize("NFC", words)
    if len(words) > LONG_TEXT:
        return _count_letters(words)
    known = find_shortened(words)
    total = _weigh_part(words, known, 0, len(words))
    for link in find_links(words):  # one that X may not know, or make shorter: no less than a link
        total += max(0, LINK - _weigh_part(words, known, link.start, link.end))
    return total


def find_shortened(words: str) -> list[Span]:
    """What X turns into a link of its own, also without a scheme; `value` as it is written."""
    return list(_find_addresses(words)) if "." in words else []


def _weigh_part(words: str, links: Iterable[Span], start: int, end: int) -> int:
    """Of `words[start:end]`; a link counts where it begins."""
    total, done = 0, start
    for link in links:
        if done <= link.start < end:
            total, done = total + _count_letters(words[done : link.start]) + LINK, link.end
    return total + _count_letters(words[done:end])


def _find_addresses(words: str) -> Iterator[Span]:
    place = 0
    address, bare = _load_rules()
    while (dot := words.find(".", place)) >= 0:  # no address begins so far before its first one
        match = address.search(words, max(place, dot - FARTHEST))
        if match is None:
            return
        before, scheme, host = match.groups()
        start, (place, has_path) = match.end(1), _find_end(words, match.end())
        if not _is_a_name(host):
            continue
        if scheme:
            own = _OWN.match(words, start)
            end = _find_query_end(words, own.end()) if own else place
            yield Span(start, end, words[start:end])
        else:
            ends = [(start + one.start(), start + one.end()) for one in bare.finditer(host)]
            if (
                has_path and ends and ends[-1][1] == match.end()
            ):  # it belongs to the last one, and what is behind it
                ends[-1] = ends[-1][0], place
            if before not in _LEADS_ON:
                yield from (Span(begin, end, words[begin:end]) for begin, end in ends)


def _find_end(words: str, host_end: int) -> tuple[int, bool]:
    """Of the port, the path and the query behind a host; and whether there is a path."""
    match = _PATH.match(words, host_end)
    end = int(match.end()) if match else host_end
    if path := match.group(1) if match else "":
        end -= len(path) - max(1, len(_PATH_ENDS.sub("", path)))
    return _find_query_end(words, end), bool(path)


def _find_query_end(words: str, end: int) -> int:
    query = _QUERY.match(words, end)
    kept = _QUERY_ENDS.sub("", query.group(1)) if query is not None else ""
    return end + 1 + len(kept) if kept else end


def _is_a_name(host: str) -> bool:
    try:
        return bool(host.encode("idna"))
    except UnicodeError:
        return False


def _count_letters(words: str) -> int:
    """Of what has no links."""
    if words.isascii():
        return len(words)
    bare, emoji = EMOJI.subn("", words)
    return HEAVY * int(emoji) + sum(map(_weigh, bare))


def _weigh(sign: str) -> int:
    point = ord(sign)
    return 1 if any(first <= point <= last for first, last in _LIGHT) else HEAVY


@functools.cache
def _load_rules() -> tuple[regex.Pattern[str], regex.Pattern[str]]:
    """An address, with or without a scheme; and an address in plain letters, for those without."""
    lines = files(__package__).joinpath("domains.txt").read_text(encoding="utf-8").splitlines()
    tops = [name for line in lines if not line.startswith("#") for name in line.split()]
    address = rf"{_BEFORE}(https?://)?((?:{_SUB}\.){{0,8}}{_NAME}\.{_TOP})"
    bare = rf"(?:[\-a-z0-9{_LATIN}]{_LONG}\.){{1,9}}{_TOP}"
    return (
        regex.compile(address, regex.IGNORECASE, tops=tops),
        regex.compile(bare, regex.IGNORECASE, tops=tops),
    )
