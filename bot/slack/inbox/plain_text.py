"""What a colleague wrote in Slack, as the words a customer will get.

Nothing is dropped silently: whatever has no plain text outside Slack (a group, a custom emoji, somebody whose name we
cannot see) becomes a problem with a sentence, and a text with a problem is not sent. What loses only its looks is sent,
but where those meant something (struck out), that is said before Send.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from bot.domain.emoji import find_by_code, find_by_name, find_unknown_names, replace_names
from bot.networks.link_words import name_typed

Json = Mapping[str, Any]
Names = Callable[[str], str | None]  # the id of a person or a channel → what people call them

GROUP = "It mentions a group or everybody here. Customers cannot see whom you mean: leave that out."
NOBODY = "It mentions somebody whose name Byhand cannot see. Write the name instead."
CHANNEL = "It mentions a channel whose name Byhand cannot see. Write its name, or leave it out."
US = "It mentions Byhand. Begin your message with that, or leave it out."
CUSTOM = "The emoji :{name}: exists only in this workspace. Use another one."
HIDDEN = "It has a link into Slack behind other words. Customers cannot open it: leave it out."
ODD_LINK = "It has a link that only works in Slack. Leave it out."
ODD = "It holds something that cannot be sent as plain words. Leave it out."
STRUCK = "“{words}” is struck out here; networks do not show strikethrough, so it reads like the rest."

_WEB = ("http", "https")
_SPEAK = ("mailto", "tel")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True)
class PlainText:
    """The words a customer would get, and why they cannot be sent as they are."""

    text: str
    problems: tuple[str, ...]
    addressed: bool  # it began with @Byhand, which is not part of the words
    lost: tuple[str, ...] = ()  # sentences: what means something here, and cannot be seen outside


def to_plain_text(
    message: Json, names: Names, *, bot_user: str, channels: Names = lambda _id: None
) -> PlainText:
    """A Slack message (or its event) as plain words. `blocks` of rich_text are preferred to `text`, which loses who
    typed what; no payload can crash it."""
    page = _Page(names, channels, bot_user)
    rich = [block for block in _objects(message.get("blocks")) if block.get("type") == "rich_text"]
    if rich:
        for block in rich:
            _rich_text(page, block)
        if len(rich) < len(list(_objects(message.get("blocks")))):
            page.problems.append(ODD)  # a table, say
    else:
        text = message.get("text")
        _mrkdwn(page, text if isinstance(text, str) else "")
    return page.done()


def read_typed_text(text: str) -> str:
    """What was typed into a dialog: plain already."""
    return _sound(text).strip()


# --- collecting --------------------------------------------------------------------------------------


class _Us:
    """@Byhand, standing in the text."""


@dataclass
class _Page:
    """The words so far."""

    names: Names
    channels: Names
    bot_user: str
    parts: list[str | _Us] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    struck: list[str] = field(default_factory=list)
    struck_to: int = -1  # in `parts`

    def say(self, text: str) -> None:
        self.parts.append(text)

    def new_line(self) -> None:
        if self.parts and not (isinstance(self.parts[-1], str) and self.parts[-1].endswith("\n")):
            self.parts.append("\n")

    def person(self, user_id: str) -> None:
        if user_id == self.bot_user:
            self.parts.append(_Us())
        else:
            self._named(self.names(user_id), "", NOBODY)

    def channel(self, channel_id: str, label: str = "") -> None:
        self._named(label or self.channels(channel_id), "#", CHANNEL)

    def _named(self, name: str | None, mark: str, otherwise: str) -> None:
        """A name as plain words: no mark of its own, so that it mentions nobody on the network."""
        known = " ".join(re.sub(r"[<>@#]", " ", name or "").split())
        if known:
            self.say(f"{mark}{known}")
        else:
            self.problems.append(otherwise)

    def link(self, url: str, label: str) -> None:
        """What was typed; "label (address)" where somebody put other words over an address."""
        if url.partition(":")[0].lower() not in (*_WEB, *_SPEAK):
            self.problems.append(ODD_LINK)
            return
        shown = name_typed(label, url)
        if shown not in (label.strip(), url) and _into_slack(url):
            self.problems.append(HIDDEN)
        else:
            self.say(shown)

    def custom(self, name: str) -> None:
        """An emoji that only this workspace has."""
        self.problems.append(CUSTOM.format(name=re.sub(r"[^\w+'-]", "", name)[:40]))

    def strike(self, start: int) -> None:
        """What was said since `start` is struck out."""
        words = "".join(part for part in self.parts[start:] if isinstance(part, str))
        if self.struck_to == start:
            self.struck[-1] += words
        else:
            self.struck.append(words)
        self.struck_to = len(self.parts)

    def done(self) -> PlainText:
        addressed, rest = _addressed(self.parts)
        problems = [*self.problems, *([US] if any(isinstance(part, _Us) for part in rest) else [])]
        text = "".join(part for part in rest if isinstance(part, str))
        if addressed:
            text = re.sub(r"^\s*[:,](?=\s)", "", text)
        lost = tuple(
            STRUCK.format(words=" ".join(words.split())[:80]) for words in self.struck if words.strip()
        )
        return PlainText(_sound(text).strip(), tuple(dict.fromkeys(problems)), addressed, lost)


def _addressed(parts: list[str | _Us]) -> tuple[bool, list[str | _Us]]:
    """Whether @Byhand comes first, and what follows it."""
    for number, part in enumerate(parts):
        if isinstance(part, _Us):
            return True, _addressed(parts[number + 1 :])[1]
        if part.strip():
            break
    return False, parts


def _into_slack(url: str) -> bool:
    try:
        host = (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return True  # no address at all: nobody can open it
    return host == "slack.com" or host.endswith(".slack.com")


def _sound(text: str) -> str:
    """Without control characters and halves of characters, which no network takes."""
    whole = text.replace("\r\n", "\n").replace("\r", "\n")
    whole = whole.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return _CONTROL.sub("", whole)


# --- rich_text ---------------------------------------------------------------------------------------


def _rich_text(page: _Page, block: Json) -> None:
    for part in _objects(block.get("elements")):
        page.new_line()
        match part.get("type"):
            case "rich_text_section" | "rich_text_preformatted":
                _leaves(page, part)
            case "rich_text_quote":
                _quote(page, part)
            case "rich_text_list":
                _list(page, part)
            case _:
                page.problems.append(ODD)


def _leaves(page: _Page, part: Json) -> None:
    for leaf in _objects(part.get("elements")):
        start, style = len(page.parts), leaf.get("style")
        _leaf(page, leaf)
        if isinstance(style, Mapping) and style.get("strike") is True:
            page.strike(start)


def _leaf(page: _Page, leaf: Json) -> None:
    match leaf.get("type"):
        case "text":
            page.say(_text(leaf, "text"))
        case "link":
            page.link(_text(leaf, "url"), _text(leaf, "text"))
        case "emoji":
            _emoji(page, leaf)
        case "user":
            page.person(_text(leaf, "user_id"))
        case "channel":
            page.channel(_text(leaf, "channel_id"))
        case "date" if _text(leaf, "fallback"):
            page.say(_text(leaf, "fallback"))
        case "color":
            page.say(_text(leaf, "value"))
        case "usergroup" | "broadcast" | "team":
            page.problems.append(GROUP)
        case _:
            page.problems.append(ODD)


def _emoji(page: _Page, leaf: Json) -> None:
    """Slack says the code points of its own emoji; one without them is the workspace's, unless we know its name."""
    name = _text(leaf, "name")
    tone = leaf.get("skin_tone")
    shown = find_by_code(_text(leaf, "unicode")) or find_by_name(
        name, tone if isinstance(tone, int) else None
    )
    if shown:
        page.say(shown)
    else:
        page.custom(name)


def _quote(page: _Page, part: Json) -> None:
    inside = _Page(page.names, page.channels, page.bot_user, problems=page.problems, struck=page.struck)
    _leaves(inside, part)
    page.say("> ")
    page.parts += [each.replace("\n", "\n> ") if isinstance(each, str) else each for each in inside.parts]


def _list(page: _Page, part: Json) -> None:
    ordered, indent = part.get("style") == "ordered", "  " * min(_number(part, "indent"), 8)
    for number, item in enumerate(_objects(part.get("elements")), _number(part, "offset") + 1):
        page.new_line()
        page.say(f"{indent}{number}. " if ordered else f"{indent}• ")
        _leaves(page, item)


def _number(part: Json, name: str) -> int:
    value = part.get(name)
    return value if isinstance(value, int) and 0 <= value <= 10_000 else 0


def _text(leaf: Json, name: str) -> str:
    value = leaf.get(name)
    return value if isinstance(value, str) else ""


def _objects(value: object) -> Iterable[Json]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list | tuple) else []


# --- mrkdwn ------------------------------------------------------------------------------------------

_TOKEN = re.compile(r"<([^<>]*)(>?)")  # Slack escapes every < a person types


def _mrkdwn(page: _Page, text: str) -> None:
    """`text` of a message: tokens, names of emoji, and three escaped characters."""
    end = 0
    for found in _TOKEN.finditer(text):
        _plain(page, text[end : found.start()])
        end = found.end()
        if found[2]:
            _token(page, *(_unescaped(each) for each in found[1].partition("|")[::2]))
        else:
            page.problems.append(ODD)  # a token that was cut off
    _plain(page, text[end:])


def _token(page: _Page, what: str, label: str) -> None:
    match what[:1]:
        case "@":
            page.person(what[1:])
        case "#":
            page.channel(what[1:], label)
        case "!" if what.startswith("!date^") and label:
            page.say(label)
        case "!" if what.startswith("!date^"):
            page.problems.append(ODD)
        case "!":
            page.problems.append(GROUP)
        case _:
            page.link(what, label)


def _plain(page: _Page, text: str) -> None:
    shown = replace_names(text)
    for name in find_unknown_names(shown):
        page.custom(name)
    page.say(_unescaped(shown))


def _unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
