"""What a screen says beside its buttons: a button that a sentence names is there and is called so, and nothing is said
twice on one card of a customer's.

Seen: "To answer, press Reply" on cards whose button is called "Reply again"; "nobody has it" on each of ten lines below
"Nobody has taken them"; "Public reply" as title and as first words.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

from bot.domain import inbox_refusals, refusals
from bot.domain.refusals import Refusal
from bot.slack.views.pause.banner import draw_banner
from bot.slack.views.pause.lists import draw_lists_dialog
from bot.slack.views.posts.card import draw_post_card
from bot.slack.views.posts.lines import draw_thread_line
from tests.slack.limits import walk
from tests.slack.views import (
    pause_samples,
    samples,
    test_drill,
    test_inbox,
    test_pause,
    test_quotes,
    test_screens,
)
from tests.slack.views.samples import PLACE

Json = dict[str, Any]
INBOX = {f"inbox: {name}" for name in (*test_inbox.MESSAGES, *test_inbox.VIEWS)}
ELSEWHERE = {  # the sentence says where, or when: it comes with what is pressed here
    "Send": "what asks before anything goes out",
    "Resume": "the message of the pause",
    "Go": "the card in whose thread somebody took theirs back",
    "Done": "the cards that these lines lead to",
}
_QUOTED = re.compile(r"“[^”]*”|<[^>]*>")
_VERBS = r" (?:leaves|and|offers|asks|sends|opens|puts|can) "
_TWICE = 2  # words: shorter than that is no sentence
ON_ROWS = {
    "a private message",
    "waiting since",
    "look here first",
    "open the card",
    "the customer wrote again",
    "image  of",
}  # of each
MIXED, WHOSE = (
    ("inbox: late, ", "inbox: inbox, all", "inbox: pile list"),
    {"has it", "nobody has taken it", "not taken yet"},
)  # there, too


@cache
def screens() -> dict[str, Json]:
    """Everything the samples draw, as views."""
    drawn = {
        f"post {number}": _view(draw_post_card(card, PLACE)) for number, card in enumerate(test_quotes.POSTS)
    }
    drawn |= {f"line: {name}": _view(draw_thread_line(line, PLACE)) for name, line in samples.LINES.items()}
    for name, banner in pause_samples.BANNERS.items():
        drawn[f"banner: {name}"] = _view(draw_banner(banner, PLACE))
        drawn[f"lists: {name}"] = draw_lists_dialog(banner, PLACE)
    drawn |= {f"inbox: {name}": _view(draw()) for name, draw in test_inbox.MESSAGES.items()}
    drawn |= {f"inbox: {name}": draw() for name, draw in (test_inbox.VIEWS | test_inbox.HOMES).items()}
    for kind in (test_screens.ANSWERS, test_pause.ANSWERS, test_drill.ANSWERS):
        drawn |= {f"answer: {name}": _view(draw()) for name, draw in kind.items()}
    return drawn | {
        f"dialog: {name}": draw() for name, draw in (test_screens.MODALS | test_pause.VIEWS).items()
    }


def _view(message: Any) -> Json:
    return {"blocks": message.blocks}


def list_labels(view: Json) -> set[str]:
    """What can be pressed, choices of a menu too; not what can be ticked. In a sentence "Done…" is "Done"."""
    found = {view[end]["text"] for end in ("submit", "close") if end in view}
    for kind, each, _ in walk(view["blocks"]):
        found |= {each["text"]["text"]} if kind == "button" else set()
        found |= {one["text"]["text"] for one in each["options"]} if kind == "overflow" else set()
        if "action_id" in each and "confirm" in each:
            found |= {each["confirm"]["confirm"]["text"], each["confirm"]["deny"]["text"]}
    return {label.rstrip("…") for label in found}


def list_said(view: Json) -> Iterator[str]:
    """What stands there, one block after the other; no quotes, which hold others' words."""
    for block in view["blocks"]:
        match block["type"]:
            case "section":
                yield block["text"]["text"]
            case "context":
                yield from (part["text"] for part in block["elements"] if "text" in part)
            case "input":
                yield block.get("hint", {}).get("text", "")
            case "rich_text":
                for part in block["elements"]:
                    if part["type"] == "rich_text_section":
                        yield "".join(each.get("text", "“”") for each in part["elements"])


@cache
def find_named(labels: frozenset[str]) -> re.Pattern[str]:
    """One of these buttons, named inside a sentence ("press Reply"), or at its beginning ("Reply offers them")."""
    names = "|".join(sorted(map(re.escape, labels), key=len, reverse=True))
    begins = rf"(?:^|\. )({names})(?={_VERBS})"
    return re.compile(rf"(?<=[a-z,] )({names})(?![\w:])|{begins}")


def test_a_button_that_a_sentence_names_is_there_and_called_so() -> None:
    drawn = screens()
    every = frozenset().union(*map(list_labels, drawn.values()), ELSEWHERE)
    named = find_named(frozenset(each for each in every if each[:1].isupper()))
    wrong = set()
    for name, view in drawn.items():
        asked = [each["confirm"]["text"]["text"] for _, each, _ in walk(view["blocks"]) if _asks(each)]
        there = list_labels(view) | ELSEWHERE.keys()
        for said in (*list_said(view), *asked):
            found = {one[1] or one[2] for one in named.finditer(_QUOTED.sub("“”", said))}
            wrong |= {(name, each, said) for each in found - there}
    assert sorted(wrong) == []


def _asks(each: Json) -> bool:
    return "action_id" in each and "confirm" in each


def test_what_a_refusal_says_to_press_is_a_button() -> None:
    every = set[str]().union(*map(list_labels, screens().values()), ELSEWHERE)
    kinds = [
        each
        for each in (vars(refusals) | vars(inbox_refusals)).values()
        if isinstance(each, type) and issubclass(each, Refusal)
    ]
    said = [each.words for each in kinds if each is not Refusal]
    pressed = [one for one in said if re.search(r"\b[Pp]ress(?:es)? [A-Z]", one)]
    assert pressed
    for one in pressed:
        assert re.search(rf"\b[Pp]ress(?:es)? (?:{'|'.join(map(re.escape, every))})(?!\w)", one), one


def test_nothing_is_said_twice_on_a_card_of_a_customers() -> None:
    twice = set()
    for name in INBOX:
        view = screens()[name]
        said, also = Counter(_parts(view)), ON_ROWS | (WHOSE if name.startswith(MIXED) else set())
        twice |= {(name, part) for part, times in said.items() if times > 1 and part not in also}
    assert sorted(twice) == []


def _parts(view: Json) -> Iterator[str]:
    """Its sentences and their parts, each only by its letters."""
    for said in (view.get("title", {}).get("text", ""), *list_said(view)):
        for part in re.split(r"[.·:;,?!*\n]| from | on ", _QUOTED.sub("“”", said)):
            told = re.sub(r"[^A-Za-z' ]", "", part).strip().lower()
            if len(told.split()) >= _TWICE:
                yield told


def _labels(view: Json) -> Iterator[str]:
    """What a person presses to go somewhere: links, in rich text and in mrkdwn, and buttons that lead away."""
    for _, part, _ in walk(view):
        if part.get("type") == "link":
            yield str(part.get("text"))
        elif part.get("type") == "button" and "url" in part:
            yield str(part["text"]["text"])
        elif part.get("type") == "mrkdwn":
            yield from re.findall(r"<https?:[^|>]*\|([^>]*)>", str(part["text"]))


def test_a_link_says_what_it_opens() -> None:
    """Seen: "Publishing is paused · open", "Mastodon: open", "nobody has it · open"."""
    bare = re.compile(r"open(?: it| \d+)?|here|link", re.IGNORECASE)
    found = [(name, label) for name, view in screens().items() for label in _labels(view)]
    assert len(found) > 50, "the samples have links"
    assert [(name, label) for name, label in found if bare.fullmatch(label.strip())] == []
