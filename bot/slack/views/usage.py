"""`/social help`, and the private answer to words that no command knows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from bot.slack.views.blocks import TEXT, Block, Message, Part, lines, said, words
from bot.slack.views.text import cut, one_line, spoken


@dataclass(frozen=True)
class Command:
    """One word after `/social`. `more`: what `/social help WORD` says besides, a line each."""

    word: str
    usage: str
    sentence: str
    more: tuple[str, ...]


COMMANDS = (
    Command(
        "pause",
        "/social pause Mastodon wrong logo",
        "Stop publishing at once: one account, or everything if you name none.",
        (
            "Any full member may. It asks nothing first.",
            "If the first word names an account, only that account is paused. Otherwise everything is, and all your "
            "words are the reason.",
            "Customers’ messages still come in, and you can still answer them.",
        ),
    ),
    Command(
        "resume",
        "/social resume",
        "Resume publishing. Approvers only; resuming sends nothing by itself.",
        (
            "A dialog first lists the posts that missed their slot, and asks what is to become of each.",
            "Only one account: /social resume Mastodon",
            "An account that was paused separately stays paused until it is resumed by its name.",
        ),
    ),
    Command(
        "new",
        "/social new Fresh bread at eight!",
        "Write a post, and save it as a draft or schedule it.",
        (
            "Two screens: what goes out, where and when; then how it will look.",
            "Nothing is published without an approval.",
        ),
    ),
    Command(
        "ask",
        "/social ask week",
        "Ask the approvers for the words of planned posts, in one message.",
        (
            "You can name today, the week, an account or a label. With no word: everything that is planned.",
            "Before its slot each post still asks whether the moment is right.",
        ),
    ),
    Command(
        "upcoming",
        "/social upcoming week",
        "What goes out next, and what waits for a decision.",
        (
            "You can ask for today, the week, all, an account or a label. With no word: the next seven days.",
            "Words can be combined: /social upcoming today Mastodon",
        ),
    ),
    Command(
        "inbox",
        "/social inbox",
        "Which customers wait for an answer, and who has taken them.",
        ("/social inbox mine: those you have taken.", "/social inbox waiting: those nobody has taken."),
    ),
    Command(
        "hours",
        "/social hours",
        "Your answering hours, as a sentence for your profiles.",
        ("Copy it into your profiles yourself: Byhand posts it nowhere.",),
    ),
    Command(
        "duty",
        "/social duty",
        "Who is on shift, and who comes next; say that you are, or hand over.",
        ("/social away: say until when you are away.",),
    ),
    Command(
        "away",
        "/social away until 3 Dec",
        "Say until when you are away.",
        ("Nobody takes your shifts over by this. To hand over the one you have now: /social duty",),
    ),
    Command(
        "status",
        "/social status",
        "What waits, what is being sent, and whether every account works.",
        ("Only one account: /social status Mastodon",),
    ),
    Command(
        "drill",
        "/social drill",
        "Rehearse a pause with pretend posts. Your real posts are untouched.",
        (
            "/social drill explains the drill and asks before it starts.",
            "/social drill pause and /social drill resume are the two commands to practise; /social drill stop ends it "
            "early.",
            "Without the word drill, /social pause pauses for real, and ends the drill.",
        ),
    ),
    Command(
        "help",
        "/social help pause",
        "All commands, or more about one.",
        ("/social help alone lists all commands.",),
    ),
)

WHERE_POSTS_COME_FROM = (
    "*Posts* are written with /social new, or imported from a plan file. Before its slot each has a card in the "
    "channel, where your team decides about it."
)
_WORDS_OF = {"today": "upcoming", "week": "upcoming", "mine": "inbox", "waiting": "inbox"}


def is_command(word: str) -> bool:
    """Whether there is help on it; of no word there is all of it."""
    return not word or any(command.word == word for command in COMMANDS)


def draw_help(word: str = "") -> Message:
    """`/social help`; `word`: of which command alone."""
    if one := next((command for command in COMMANDS if command.word == word), None):
        text = " ".join([f"{one.usage}: {one.sentence}", *one.more])
        return Message(text, [lines(_usage(one), *([words(each)] for each in one.more))])
    text = "What you can ask Byhand, in any channel:"
    return Message(text, [said(f"*{text}*"), _usages(), said(WHERE_POSTS_COME_FROM)])


def draw_unknown_command(typed: str, meant: str = "", *, of_a_post: bool = False) -> Message:
    """The closest command, and where all are listed. `meant`: the command, where it is known better than by its
    letters. `of_a_post`: it is what the buttons of a post's card do."""
    word = typed.split()[0].lower() if typed.split() else ""
    close = meant or _find_close(word)
    told = f"Did you mean /social {close}? " if close else ""
    told += "/social help lists all commands."
    if of_a_post:
        told = (
            "Nothing was changed: what is to become of one post is decided with the buttons on its card. /social "
            "upcoming links to the cards."
        )
    text = f"There is no “/social {cut(word, 40)}”. {told}"
    return Message(spoken(text, TEXT), [lines([words(text)])])


def _find_close(word: str) -> str:
    """ "week" → "upcoming week"; "" where nothing is like it."""
    known = {command.word: command.word for command in COMMANDS}
    known = {each: f"{command} {each}" for each, command in _WORDS_OF.items()} | known
    close = get_close_matches(word, known, n=1, cutoff=0.5) if len(word) > 2 else []
    return known[close[0]] if close else ""


def draw_unknown_words(
    command: str, typed: str, takes: Sequence[str], also: str = "", meant: Sequence[str] = ()
) -> Message:
    """Words that a command of ours does not know, the closest it knows, and all of them. `also`: what else it takes, in
    words of ours. `meant`: those of `takes` it nearly named, where that is known better than by its letters."""
    known = [*(one_line(each, 60) for each in takes[:15]), *([also] if also else [])]
    by_letters = {each.lower(): each for each in takes}
    close = [by_letters[each] for each in get_close_matches(typed.lower(), by_letters, n=1, cutoff=0.6)]
    guessed = [f"/social {command} {one_line(each, 60)}" for each in (list(meant[:3]) or close)]
    hint = f" Did you mean {_list_or(guessed)}?" if guessed else ""
    told = f"It can be followed by {_list_or(known)}." if known else "It takes no further words."
    text = f"“/social {command}” does not know “{one_line(typed, 40)}”.{hint} {told}"
    return Message(spoken(text, TEXT), [lines([words(text)])])


def _list_or(names: Sequence[str]) -> str:
    return " or ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _usages() -> Block:
    return lines(*map(_usage, COMMANDS))


def _usage(command: Command) -> list[Part]:
    return [words(command.usage, bold=True), words(f"  {command.sentence}")]
