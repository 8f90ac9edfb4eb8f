"""The colleagues: what they press, write, change and take back in Slack, each from what is on their screen.

`pressed` is noted before the click, with the words of the preview as that person read them. That is all the judge knows
about a Send; whether it took effect, the network's ledger shows.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable
from dataclasses import replace
from itertools import islice
from typing import Any

from bot.sandbox.slack.find import CannotDo, form_values, labels, the_control
from bot.sandbox.slack.state import Message, View
from tests.backend import ANNA, MAYA, TOM
from tests.promises.histories.world import INBOX, PRIVATE, Pressed, World

PEOPLE = (MAYA.id, TOM.id, ANNA.id)
IN_SPITE = ("Send mine as well", "Send anyway")
KEEPS = ("Do not send mine", "Do not send")
PILE = re.compile(r"\d+ (?:person|people) wrote (?:under|much the same on) ")  # so begin the cards of piles
REPLY = re.compile(r"\br\d{5}v1\b")
YOUNG = 14  # cards and messages people look at


class Colleagues:
    def __init__(self, state: World, chance: random.Random) -> None:
        self.state, self.chance = state, chance
        self.people = state.slack.people
        self.said: list[tuple[str, str, str]] = []  # (user, channel, ts) of what they wrote in threads
        self._read: dict[
            str, tuple[Any, list[str]]
        ] = {}  # {message: (its blocks, the words on their controls)}

    # --- what is on the screen ------------------------------------------------------------------------

    def _messages(self) -> list[Message]:
        workspace = self.state.slack.workspace
        there = [each for channel in (INBOX, PRIVATE) for each in workspace.messages(channel)]
        return [each for each in there if not each.deleted]

    def _with(self, *any_of: str, seen_by: str | None = None, young: int = YOUNG) -> list[Message]:
        """The youngest messages of the bot that have one of these buttons; private ones of their one reader."""
        ours = (each for each in reversed(self._messages()) if each.by_app and each.seen_by == seen_by)
        found = (each for each in ours if not set(any_of).isdisjoint(self._labels(each)))
        return list(islice(found, young))[::-1]

    def _find_label(self, message: Message, any_of: Iterable[str]) -> str:
        return next(each for each in self._labels(message) if each in any_of)

    def _labels(self, message: Message) -> list[str]:
        """Read once: most of what is on the screen stays as it was."""
        known = self._read.get(message.channel + message.ts)
        if known is None or known[0] is not message.blocks:
            known = self._read[message.channel + message.ts] = message.blocks, labels(message)
        return known[1]

    def _some(self, found: Iterable[Message]) -> Message:
        there = list(found)
        if not there:
            raise CannotDo("Nobody sees such a thing.")
        return self.chance.choice(there)

    def _press(self, user: str, message: Message, label: str) -> str:
        act = self.people.click(user, message.channel, message.ts, text=label)
        return f"{user} {label} {message.ts} {'' if act.ok else act.error}"

    def _one(self) -> str:
        return self.chance.choice(PEOPLE)

    # --- who has it -----------------------------------------------------------------------------------

    def take(self) -> str:
        return self._press(self._one(), self._some(self._with("I'll take it")), "I'll take it")

    def next_for_me(self) -> str:
        return self._press(self._one(), self._some(self._with("Next for me", young=99)), "Next for me")

    def bring_in(self) -> str:
        return self._press(self._one(), self._some(self._with("Bring them in", young=99)), "Bring them in")

    def bring_in_all(self) -> None:
        for message in self._with("Bring them in", young=99):
            self._press(TOM.id, message, "Bring them in")

    def done(self) -> str:
        user, message = self._one(), self._some(self._with("Done…"))
        return self._dialog(user, message, "Done…", {"Why?": "It needs no answer"})

    def hand_over(self) -> str:
        user, message = self._one(), self._some(self._with("Hand over…"))
        return self._dialog(user, message, "Hand over…", {"Who has it from now on?": self._one()})

    def _dialog(self, user: str, message: Message, label: str, filled: dict[str, Any]) -> str:
        pressed = self._press(user, message, label)
        try:
            self.people.fill(user, filled)
        finally:
            self.state.slack.workspace.set_stack(user)
        return pressed

    # --- what they write in threads -------------------------------------------------------------------

    def _card(self) -> Message:
        """A conversation's; sometimes the thread of one that is no card any more."""
        ours = [each for each in self._messages() if each.by_app and not each.is_reply and not each.seen_by]
        return self._some([each for each in ours[-YOUNG:] if not PILE.search(each.text)])

    def _say(self, text: str) -> str:
        user, card = self._one(), self._card()
        act = self.people.say(user, card.channel, text, card.ts)
        self.said.append((user, card.channel, act.ts or ""))
        return f"{user} {text[:24]}"

    def chat(self) -> str:
        return self._say(self.state.words(self.state.marker("t")))

    def ask(self) -> str:
        return self._say(f"@Byhand {self._answer()}")

    def _answer(self) -> str:
        return f"{self.state.marker('r')} {self.chance.choice(('Sorry', 'Thank you', 'Of course'))}! We look into it"

    def change(self) -> str:
        """Other words for the network, or internal ones."""
        user, channel, ts = self._mine()
        text = f"@Byhand {self._answer()}" if self.chance.random() < 0.8 else self.state.marker("t")
        self.people.edit(user, channel, ts, text)
        return f"{user} {text[:24]}"

    def unsay(self) -> str:
        user, channel, ts = self._mine()
        self.people.delete(user, channel, ts)
        return f"{user} {ts}"

    def _mine(self) -> tuple[str, str, str]:
        if not self.said:
            raise CannotDo("Nobody said anything.")
        return self.chance.choice(self.said[-8:])

    # --- Send -----------------------------------------------------------------------------------------

    def send(self) -> str:
        """Once or twice, one's own preview or, with a forged press, a colleague's."""
        user = self._one()
        any_of = self.chance.choice((("Send",), IN_SPITE))
        message = self._some(self._with(*any_of, seen_by=user, young=4))
        label = self._find_label(message, any_of)
        presses = [user, *self.chance.choice(((), (), (user,), (self._one(),)))]
        return "; ".join(self._send(each, message, label) for each in presses)

    def _send(self, user: str, message: Message, label: str) -> str:
        fresh = self.state.slack.workspace.find(message.channel, message.ts)
        if fresh is None or label not in labels(fresh):
            return f"{user}: it is gone"
        value = str(the_control(fresh.blocks, text=label).element["value"])
        self._note(quotes(fresh.blocks), value.partition(":")[0])
        if user == fresh.seen_by:
            return self._press(user, fresh, label)
        workspace = self.state.slack.workspace
        workspace.put(_for(fresh, user))  # a screen somebody should not have
        try:
            return self._press(user, fresh, label)
        finally:
            if workspace.find(fresh.channel, fresh.ts) == _for(fresh, user):
                workspace.put(fresh)

    def _note(self, words: Iterable[str], draft: str) -> None:
        for text in words:
            for marker in REPLY.findall(text):
                lines = {account: len(server.ledger) for account, server in self.state.stands.items()}
                self.state.notes.pressed.append(Pressed(marker, text, lines, draft))

    def keep(self) -> str:
        user, any_of = self._one(), self.chance.choice((("Keep internal",), KEEPS))
        message = self._some(self._with(*any_of, seen_by=user, young=4))
        return self._press(user, message, self._find_label(message, any_of))

    def reply(self) -> str:
        """The Reply dialog, sometimes left open while others act; and sent in spite of what happened."""
        user, label = self._one(), self.chance.choice(("Reply", "Reply", "Reply again"))
        pressed = self._press(user, self._some(self._with(label)), label)
        text = self._answer()
        try:
            opened = self.people.modal(user)
            self._note([text], opened.root)
            self.people.fill(user, {"Your reply": text})
            view = self.people.modal(user)
            if view.spec.get("callback_id") == "collision" and view.spec.get("submit"):
                self._look(user, view)
            elif view.spec.get("callback_id") == "not_sent":
                self._anyway(user, view)
        finally:
            self.state.slack.workspace.set_stack(user)
        return f"{pressed} {text[:6]}"

    def _look(self, user: str, view: View) -> None:
        if self.chance.random() < 0.5:
            self._note(quotes(view.blocks), view.root)
            self.people.submit(user, view.id)

    def _anyway(self, user: str, view: View) -> None:
        """Somebody was faster: other words or the same, sent as well or not."""
        sends = next((each for each in labels(view) if each in IN_SPITE), None)
        if sends is None or self.chance.random() < 0.3:
            self.people.submit(user, view.id)
            return
        block = next((each for each in view.blocks if each.get("block_id") == "text"), None)
        text = self._answer() if self.chance.random() < 0.5 else None
        held = text or (block["element"].get("initial_value", "") if block else "")
        self._note([held] if block else quotes(view.blocks), view.root)
        label = block["label"]["text"] if block else ""
        values = form_values(view, {label: text}) if text and block else None
        self.people.click_view(user, view.id, text=sends, values=values)

    # --- afterwards -----------------------------------------------------------------------------------

    def say_what_they_see(self) -> str | None:
        """Who is asked whether a reply went out looks at the network first. What was refused is tried again."""
        pressed = []
        for message in self._with("It is there", young=99):
            marker = next((found for text in quotes(message.blocks) for found in REPLY.findall(text)), None)
            if marker is None:
                continue
            there = any(
                marker in line.text for server in self.state.stands.values() for line in server.ledger
            )
            pressed.append(
                self._press(self._one(), message, "It is there" if there else "It is not: send again")
            )
        if self.chance.random() < 0.3:
            for message in self._with("Try again")[-1:]:
                pressed.append(self._press(self._one(), message, "Try again"))
        return "; ".join(pressed) or None

    def delete_card(self) -> str:
        """Somebody cleans up the channel."""
        card = self._card()
        self.people.delete(TOM.id, card.channel, card.ts)
        return f"{card.ts}"


def _for(message: Message, user: str) -> Message:
    return replace(message, seen_by=user)


def quotes(blocks: Iterable[Any]) -> list[str]:
    """The words that stand behind a bar: a customer's, and what goes out."""
    return [
        "".join(str(piece.get("text", piece.get("url", ""))) for piece in part["elements"])
        for block in blocks
        if block["type"] == "rich_text"
        for part in block["elements"]
        if part["type"] == "rich_text_quote"
    ]
