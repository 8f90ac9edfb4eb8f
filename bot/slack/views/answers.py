"""Private answers: what only the person who asked or pressed sees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from bot.domain.posts import Status
from bot.domain.shown.post_screens import Ahead, GateShut, UpcomingRow
from bot.domain.shown.state_words import count_customers, count_held_back, count_missed
from bot.domain.shown.status_screen import StatusPage
from bot.domain.shown.tally import describe_published
from bot.slack.views.blocks import TEXT, Block, Message, Part, fit, lines, said, small, words
from bot.slack.views.posts.rows import gates, health, listed, row
from bot.slack.views.text import NOWHERE, Place, count, cut, list_and, one_line, sentence, spoken, when


@dataclass(frozen=True)
class Command:
    """One word after `/social`."""

    word: str
    usage: str
    sentence: str


COMMANDS = (
    Command(
        "pause", "/social pause [account] [reason]", "Stop publishing at once: everything, or one account."
    ),
    Command("resume", "/social resume [account]", "Open it again. Approvers only; that alone sends nothing."),
    Command(
        "upcoming",
        "/social upcoming [today|week|all|account|label]",
        "What goes out next, and what waits for a decision.",
    ),
    Command("inbox", "/social inbox [mine|waiting]", "Which customers wait for an answer, and who has them."),
    Command("hours", "/social hours", "When you answer, as a sentence for your profiles."),
    Command(
        "status",
        "/social status [account]",
        "How things stand: what waits, what is being sent, which network is well.",
    ),
    Command(
        "drill",
        "/social drill [pause|resume|stop]",
        "Rehearse a pause with pretend posts; your own are untouched.",
    ),
    Command("help", "/social help [command]", "This list, or one line of it."),
)
_AHEAD = {Ahead.TODAY: "today", Ahead.WEEK: "in the next seven days", Ahead.ALL: "from now on"}


def draw_sentence(words_of_ours: str) -> Message:
    """A sentence of ours; it may hold tokens of people and moments, all else in it is made harmless."""
    text = sentence(cut(words_of_ours, TEXT // 5))
    return Message(text, [said(text)])


def draw_status(page: StatusPage, place: Place = NOWHERE) -> Message:
    """`/social status`."""
    how, drawn = _how_publishing_is(page.gate, place)
    numbers, on = _numbers(page), list_and([spoken(title, 60) for title in page.titles])
    text = f"{how} {f'On {on}: ' if on else ''}{'; '.join(numbers)}."
    head = [f"*On {on}*"] if on else []
    blocks: list[Block] = [*drawn, said("\n".join([*head, *numbers]))]
    if page.next_row:
        title = "Next in the plan: " if page.next_row.gate else "Next: "
        blocks.append(lines([words(title, bold=True), *row(page.next_row, place)]))
    record = (
        f"{count(page.unsealed, 'entry', 'entries')} of the record not sealed yet" if page.unsealed else ""
    )
    tail = small(f"Byhand is working, as of {when(page.now, place)}", record)
    return Message(text, fit(lambda room: [*blocks, *health(page.accounts, room.rows), tail]), dated=True)


def _numbers(page: StatusPage) -> list[str]:
    """What somebody must do first, then what waits, then what is done."""
    looks = f"{count(page.unknown, 'send needs', 'sends need')} somebody to look whether it went out"
    refused = f"{count(page.failed, 'post was', 'posts were')} not published"
    return [
        *([looks] if page.unknown else []),
        f"{count(page.waiting, 'post waits', 'posts wait')} for a decision",
        *([count_missed(page.missed)] if page.missed else []),
        *([refused] if page.failed else []),
        *([f"{page.being_sent} being sent"] if page.being_sent else []),
        *([f"{count(page.held, 'post')} on hold"] if page.held else []),
        count_customers(page.customers, page.nobodys),
        *([f"{count_held_back(page.held_back)}, kept by a pause"] if page.held_back else []),
        describe_published(page.today.published, gone=page.today.gone, on=" today"),
    ]


def _how_publishing_is(shut: Sequence[GateShut], place: Place) -> tuple[str, list[Block]]:
    """In a sentence or two, and as blocks with who paused it and why."""
    if not shut:
        return "Publishing is open.", [said("*Publishing is open.*")]
    told, drawn = " ".join(f"{spoken(gate.sentence)}." for gate in shut[:5]), gates(shut, place)
    if any(gate.account is None for gate in shut):
        return told, drawn
    return f"{told} Everything else is open.", [*drawn, said("Everything else is open.")]


def draw_upcoming(
    rows: Sequence[UpcomingRow],
    ahead: Ahead,
    place: Place = NOWHERE,
    shut: Sequence[GateShut] = (),
    titles: Sequence[str] = (),
    label: str = "",
) -> Message:
    """`/social upcoming`. `shut`: what is paused. `titles`, `label`: which accounts, which posts were asked for."""
    on = f"on {list_and([spoken(title, 60) for title in titles])} " if titles else ""
    period = f"{on}{_AHEAD[ahead]}" + (f" with the label “{spoken(label, 60)}”" if label else "")
    waiting = sum(1 for post in rows if post.waiting_for_me)
    held = sum(1 for post in rows if post.status is Status.HELD)
    missed = sum(1 for post in rows if post.status is Status.MISSED)
    planned = len(rows) - held - missed
    text = f"{count(planned, 'post')} {period}" if planned else f"Nothing is planned {period}"
    text += f", {waiting} for you to decide" if waiting else ""
    text += f", {held} on hold." if held else "."
    text += f" {count_missed(missed)}." if missed else ""
    title = text
    if shut:
        text = f"{_how_publishing_is(shut, place)[0]} {text}"
    above = gates(shut, place)
    return Message(text, fit(lambda room: [*above, said(f"*{title}*"), *listed(rows, place, room.rows)]))


def is_command(word: str) -> bool:
    """Whether there is help on it; of no word there is all of it."""
    return not word or any(command.word == word for command in COMMANDS)


def draw_help(word: str = "") -> Message:
    """`/social help`; `word`: of which command alone."""
    if one := next((command for command in COMMANDS if command.word == word), None):
        return Message(f"{one.usage}: {one.sentence}", [lines(_usage(one))])
    text = "What you can ask Byhand, in any channel:"
    return Message(text, [said(f"*{text}*"), _usages()])


def draw_unknown_command(typed: str, meant: str = "") -> Message:
    """The closest command, and the help. `meant`: the command, where it is known better than by its letters."""
    word = typed.split()[0].lower() if typed.split() else ""
    close = (
        [meant] if meant else get_close_matches(word, [command.word for command in COMMANDS], n=1, cutoff=0.5)
    )
    hint = f" Did you mean /social {close[0]}?" if close else ""
    shown = cut(word, 40)
    text = f"There is no “/social {spoken(shown)}”.{hint}"
    return Message(text, [lines([words(f"There is no “/social {shown}”.{hint}")]), _usages()])


def draw_unknown_words(command: str, typed: str, takes: Sequence[str], also: str = "") -> Message:
    """Words that a command of ours does not know, the closest it knows, and all of them. `also`: what else it takes, in
    words of ours."""
    known = ", ".join([*(one_line(each, 60) for each in takes[:15]), *([also] if also else [])])
    by_letters = {each.lower(): each for each in takes}
    close = get_close_matches(typed.lower(), by_letters, n=1, cutoff=0.6)
    hint = f" Did you mean “{one_line(by_letters[close[0]], 60)}”?" if close else ""
    told = f"It takes: {known}." if known else "It takes no words."
    text = f"“/social {command}” does not know “{one_line(typed, 40)}”.{hint} {told}"
    return Message(spoken(text, TEXT), [lines([words(text)])])


def _usages() -> Block:
    return lines(*map(_usage, COMMANDS))


def _usage(command: Command) -> list[Part]:
    return [words(command.usage, bold=True), words(f"  {command.sentence}")]
