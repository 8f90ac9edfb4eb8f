"""The HTML of a status as plain words that mean the same: blocks on lines of their own, lists with their marks, quotes
and what was struck out marked as people mark them when they type, and beside a link's words where it leads.

`text.read_html` only takes the tags away; it is for comparing what we sent with what is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import regex

from bot.networks.link_words import name_link
from bot.networks.tags import read_tags

_APART = frozenset(
    {"p", "blockquote", "pre", "ul", "ol", "dl", "table", "hr", *(f"h{n}" for n in range(1, 7))}
)
_LINES = frozenset(
    {
        "div",
        "li",
        "tr",
        "dt",
        "dd",
        "section",
        "article",
        "header",
        "footer",
        "figure",
        "figcaption",
        "summary",
        "address",
        "aside",
        "button",
        "caption",
        "center",
        "fieldset",
        "form",
        "legend",
        "main",
        "nav",
        "option",
    }
)
_MARKS = {"del": "~", "s": "~", "strike": "~"}
_NAMES = regex.compile(r"(?:^|\s)(?:mention|hashtag|tag)(?:\s|$)", regex.IGNORECASE)
_WEB = regex.compile(r"https?://[^\s<>\"]+", regex.IGNORECASE)
_REACHED = regex.compile(r"(?:mailto|tel):([^\s?;]+)", regex.IGNORECASE)
_BRACKETS = frozenset("()（）[]")  # which a reading's own marks stand in for
DEEPEST = 20  # lists and quotes within each other; what is deeper stands as deep


def to_plain(html: str) -> str:
    """The words of a status. What is no whole tag is words; nothing takes long, whatever it is."""
    page = _Page()
    read_tags(html, page)
    return page.finish()


@dataclass(eq=False)
class _Around:
    """What a line stands in: a quote, a list, or an item of it with its mark."""

    name: str
    number: int | None = None  # of an ordered list's next item
    mark: str = ""
    marked: bool = False


@dataclass
class _Link:
    address: str
    is_name: bool  # of a person or a hashtag: its address is no news
    begins: int  # in `line`
    row: int  # of `rows`


@dataclass
class _Page:
    rows: list[str] = field(default_factory=list)
    line: list[str] = field(default_factory=list)
    around: list[_Around] = field(default_factory=list)
    before: list[_Around] = field(default_factory=list)  # around the last row
    link: _Link | None = None
    apart: bool = False  # an empty line comes first
    broken: bool = False  # a <br> was last: a line break of the source behind it is no second one
    kept: int = 0  # <pre> that are open
    unsaid: int = 0  # <rp> that are open: their brackets are ours

    def say(self, words: str) -> None:
        words = words.removeprefix("\n") if self.broken else words
        words = "" if self.unsaid and words.strip() in _BRACKETS else words
        if not self.kept and not self.line:  # between blocks, white space is the program's
            words = "" if words.isspace() else words.lstrip("\n")
        if not words:
            return
        self.broken = False
        first, *rest = words.split("\n")
        self.line.append(first)
        for each in rest:
            self._end_line(always=True)
            self.line.append(each)

    def open(self, name: str, attributes: Mapping[str, str]) -> None:
        match name:
            case "br":
                self._end_line(always=True)
                self.broken = True
            case "a":
                self._open_link(attributes)
            case "img":
                self.say(attributes.get("alt", ""))
            case "td" | "th":
                self.line += [" | "] if self.line else []
            case "sup":
                self.say("^")
            case "rp":
                self.unsaid += 1
            case "rt":
                self.say("(")
            case "q":
                self.say("“")
            case _ if name in _MARKS:
                self.say(_MARKS[name])
            case _ if name in _APART or name in _LINES:
                self._begin_block(name, attributes)

    def close(self, name: str) -> None:
        match name:
            case "a":
                self._close_link()
            case "rp":
                self.unsaid = max(0, self.unsaid - 1)
            case "rt":
                self.say(")")
            case "q":
                self.say("”")
            case _ if name in _MARKS:
                self.say(_MARKS[name])
            case _ if name in _APART or name in _LINES:
                self._end_block(name)

    def finish(self) -> str:
        self._close_link()
        self._end_line()
        return "\n".join(self.rows).strip("\n")

    # --- blocks --------------------------------------------------------------------------------------

    def _begin_block(self, name: str, attributes: Mapping[str, str]) -> None:
        self._end_line()
        if name == "li":
            self._leave("li", until=("ul", "ol"))
        self.apart |= name in _APART and not self._in_item()
        if name == "pre":
            self.kept, self.broken = self.kept + 1, True
        match name:
            case "blockquote":
                self._enter(_Around(name, mark="> "))
            case "ul" | "ol":
                first = _number(attributes.get("start", ""), 1)
                self._enter(_Around(name, number=first if name == "ol" else None))
            case "li":
                self._enter(_Around(name, mark=self._next_mark(attributes)))

    def _end_block(self, name: str) -> None:
        self._end_line()
        self.kept = max(0, self.kept - (name == "pre"))
        if name in ("blockquote", "ul", "ol", "li"):
            self._leave(name)
        self.apart = (name in _APART and not self._in_item()) or (self.apart and name != "li")

    def _enter(self, what: _Around) -> None:
        if len(self.around) < DEEPEST:
            self.around.append(what)

    def _leave(self, name: str, until: tuple[str, ...] = ()) -> None:
        """The innermost of that name, and all that was left open in it."""
        for place in range(len(self.around) - 1, -1, -1):
            if self.around[place].name in until:
                return
            if self.around[place].name == name:
                del self.around[place:]
                return

    def _in_item(self) -> bool:
        return any(each.name == "li" for each in self.around)

    def _next_mark(self, attributes: Mapping[str, str]) -> str:
        inside = next((each for each in reversed(self.around) if each.name in ("ul", "ol")), None)
        if inside is None or inside.number is None:
            return "• "
        number = _number(attributes.get("value", ""), inside.number)
        inside.number = number + 1
        return f"{number}. "

    def _end_line(self, *, always: bool = False) -> None:
        """A row of what was said since the last; an empty one only where a writer broke the line."""
        self.broken = False
        words = "".join(self.line) if self.kept else "".join(self.line).rstrip()
        self.line = []
        if not words and not always:
            return
        if self.apart and self.rows:
            self.rows.append(_quote_marks([each for each in self.around if each in self.before]))
        self.apart = False
        self.rows.append(self._marks() + words if words else _quote_marks(self.around))
        self.before = list(self.around)

    def _marks(self) -> str:
        marks = []
        for each in self.around:
            if each.name == "li":
                marks.append("  " if each.marked else each.mark)
                each.marked = True
            else:
                marks.append(each.mark)
        return "".join(marks)

    # --- links ---------------------------------------------------------------------------------------

    def _open_link(self, attributes: Mapping[str, str]) -> None:
        self._close_link()
        is_name = bool(_NAMES.search(f"{attributes.get('class', '')} {attributes.get('rel', '')}"))
        self.link = _Link(attributes.get("href", ""), is_name, len(self.line), len(self.rows))

    def _close_link(self) -> None:
        link, self.link = self.link, None
        if link is None:
            return
        in_one_row = link.row == len(self.rows)
        label = "".join(self.line[link.begins :] if in_one_row else self.line)
        if link.is_name or regex.fullmatch(r"\s*[@#]\S+\s*", label):
            return
        address = _address(link.address)
        if address is None:
            return
        if in_one_row:
            begin, end = label[: len(label) - len(label.lstrip())], label[len(label.rstrip()) :]
            self.line[link.begins :] = [begin, name_link(label, address), end if label.strip() else ""]
        else:
            self.line.append(f" ({address})" if self.line else f"({address})")


def _address(href: str) -> str | None:
    """What a person could open or write to; of others nothing is said."""
    if reached := _REACHED.match(href):
        return str(reached.group(1))
    return href if _WEB.fullmatch(href) else None


def _quote_marks(around: list[_Around]) -> str:
    return "".join(each.mark for each in around if each.name == "blockquote").rstrip()


def _number(written: str, otherwise: int) -> int:
    return int(written) if regex.fullmatch(r"-?[0-9]{1,6}", written) else otherwise
