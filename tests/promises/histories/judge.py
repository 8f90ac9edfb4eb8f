"""The judge: what customers wrote and what people pressed, compared with the logs of the pretend servers. It asks no
bot.

What counts as relayed is what a person in the channel could read as new: a message that Slack accepted and that is
still there, on a conversation's card, as a line "The customer wrote", or as a line of a pile. Redrawn cards, lines
that tell of an edit, and a card that is put up again because somebody deleted it, are not.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bot.sandbox.networks.server import Published
from bot.sandbox.slack.transport.http import Call
from tests.promises.histories.team import PILE, quotes
from tests.promises.histories.world import INBOX, PRIVATE, World, Written

MARKER = re.compile(r"\b[crt]\d{5}v\d+\b")
LINE = re.compile(
    r"^(?:<@\w+>(?:,| and(?: \d+ more)?)? )*(The customer wrote again|The customer wrote|One more message)[:.]"
)
OWN, PILED = "own", "piled"


@dataclass(frozen=True)
class Relay:
    """One message of Slack that shows a customer's words as new."""

    marker: str
    how: str  # OWN or PILED
    channel: str
    ts: str
    thread: str  # ts of the card
    stayed: bool


class Judge:
    """`wrong` names everything that is."""

    def __init__(self, state: World) -> None:
        self.notes, self.workspace, self.calls = state.notes, state.slack.workspace, state.slack.log
        self.ledger = [
            (account, place, line)
            for account, server in state.stands.items()
            for place, line in enumerate(server.ledger)
        ]
        self.relays = list(self._relays())
        self.by_marker: defaultdict[str, list[Relay]] = defaultdict(list)
        for relay in self.relays:
            self.by_marker[relay.marker].append(relay)

    def wrong(self) -> list[str]:
        return [
            *self._once(), *self._together(), *self._private(), *self._replies(), *self._internal(),
        ]  # fmt: skip

    @property
    def replied(self) -> int:
        """Replies that came to be."""
        return sum(bool(_marker(line, "r")) for _, _, line in self.ledger)

    # --- what was relayed -----------------------------------------------------------------------------

    def _relays(self) -> Iterator[Relay]:
        for call in self.calls:
            if call.method == "chat.postMessage" and call.ok and call.args.get("channel") in (INBOX, PRIVATE):
                yield from self._of(call)

    def _of(self, call: Call) -> Iterator[Relay]:
        how = _how(call)
        ts, channel = str(call.body["ts"]), str(call.args["channel"])
        there = self.workspace.find(channel, ts)
        stayed = there is not None and not there.deleted
        for marker in {found for text in quotes(_blocks(call)) for found in MARKER.findall(text)}:
            if how and marker.startswith("c"):
                yield Relay(marker, how, channel, ts, str(call.args.get("thread_ts") or ts), stayed)

    def _shown(self, one: Written) -> list[Relay]:
        found = [relay for marker in one.markers for relay in self.by_marker[marker]]
        return sorted(found, key=lambda relay: float(relay.ts))

    # --- promises -------------------------------------------------------------------------------------

    def _once(self) -> Iterator[str]:
        """Each message once on its conversation, or its pile; none missing that its author let stand."""
        for one in self.notes.written:
            stayed = Counter(relay.how for relay in self._shown(one) if relay.stayed)
            if max(stayed.values(), default=0) > 1:
                yield f"relayed twice: {one} {self._shown(one)}"
            if not stayed and not one.deleted:
                yield f"never relayed: {one} {self._shown(one)}"

    def _together(self) -> Iterator[str]:
        """One conversation's messages below its cards alone, in its channel, in the order they were written."""
        owners: dict[tuple[str, str], tuple[str, str, str]] = {}
        for one in self.notes.written:
            for relay in self._shown(one):
                if relay.channel != (PRIVATE if one.private else INBOX):
                    yield f"in the wrong channel: {one} {relay}"
                owner = owners.setdefault((relay.channel, relay.thread), one.conversation)
                if relay.how == OWN and owner != one.conversation:
                    yield f"below the card of {owner}: {one} {relay}"
        for how in (OWN, PILED):
            yield from self._in_order(how)

    def _in_order(self, how: str) -> Iterator[str]:
        """What a feed hid is found later, and so is shown later."""
        last: dict[tuple[str, str, str], float] = {}
        for one in self.notes.written:
            first = next((float(each.ts) for each in self._shown(one) if each.how == how), None)
            if first is None or one.hidden or one.older:
                continue
            if first < last.get(one.conversation, 0.0):
                yield f"out of order: {one} {self._shown(one)}"
            last[one.conversation] = first

    def _private(self) -> Iterator[str]:
        """Private words and names in the private channel alone, and there in no notification."""
        markers = {marker: one.name for one in self.notes.written if one.private for marker in one.markers}
        for call in self.calls:
            if not call.method.startswith(("chat.", "response_url")):
                continue
            found = [each for each in MARKER.findall(_dump(call.args)) if each in markers]
            if found and call.args.get("channel", PRIVATE) != PRIVATE:
                yield f"private words in {call.args['channel']}: {found}"
            if call.args.get("channel") == PRIVATE and call.method != "chat.postEphemeral":
                told = _dump([call.args.get("text"), _blocks(call)[:1]])
                if any(each in markers for each in MARKER.findall(told)) or "Secret" in told:
                    yield f"a notification tells: {told[:300]}"

    def _replies(self) -> Iterator[str]:
        """On the networks: nothing without its Send before it, nothing twice, nothing but what was on the screen."""
        sent: Counter[str] = Counter()
        for account, place, line in self.ledger:
            if line.text in self.notes.posts:
                continue
            marker = _marker(line, "r")
            pressed = [
                each for each in self.notes.pressed if each.marker == marker and each.lines[account] <= place
            ]
            drafts = {each.draft for each in pressed if _same(line.text, each.text)}
            sent[str(marker)] += 1
            if not drafts:
                yield f"went out without its Send: {line}; pressed: {pressed}"
            elif sent[str(marker)] > len(drafts):
                yield f"went out twice: {line}; pressed: {pressed}"

    def _internal(self) -> Iterator[str]:
        for _, _, line in self.ledger:
            if _marker(line, "t"):
                yield f"internal words on the network: {line}"


def _how(call: Call) -> str | None:
    """As what a message shows the words in it; None: as nothing new."""
    if call.args.get("thread_ts"):
        line = LINE.match(str(call.args.get("text")))
        return None if line is None else PILED if line[1] == "One more message" else OWN
    return None if PILE.search(str(call.args.get("text"))) else OWN


def _blocks(call: Call) -> list[Any]:
    blocks = call.args.get("blocks") or []
    found = json.loads(blocks) if isinstance(blocks, str) else blocks
    return list(found)


def _dump(value: Any) -> str:
    return json.dumps(value, default=dict)


def _marker(line: Published, kind: str) -> str | None:
    return next((each for each in MARKER.findall(line.text) if each.startswith(kind)), None)


def _same(out: str, seen: str) -> bool:
    """Exactly what was on the screen; a dialog shows the words without the name the network puts before them."""
    return out == seen or re.sub(r"^@\S+ ", "", out) == seen
