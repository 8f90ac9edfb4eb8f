"""The selftest's planning: a post written in Slack, a plan dropped into the channel, and the two questions."""

from __future__ import annotations

from datetime import timedelta

from bot.sandbox import story
from bot.sandbox.driver import MAYA, TOM, Driver, Failed
from bot.sandbox.slack.find import words
from bot.sandbox.slack.state import Message


class Planning(Driver):
    """Posts before their day, step by step."""

    def write(self) -> None:
        """A post in Slack: two screens, Schedule."""
        self.type(MAYA, f"new {story.RYE}")
        at = int((self.stage.clock.now() + timedelta(hours=2)).timestamp())
        self.fill(MAYA, {"Accounts": ["Mastodon"], "When": at, "Content warning": "Bread"})
        look = self.people.modal(MAYA)
        self.check(look.spec["submit"]["text"] == "Schedule", "the second screen shows how it will look")
        self.check(self.out(story.RYE) == 0, "nothing is out before Schedule and an approval")
        self.fill(MAYA, {})
        self.people.close(MAYA, self.people.modal(MAYA).id)
        self.say("written in Slack, and scheduled")

    def drop(self) -> None:
        """A file of another tool, dropped into the channel: what it leaves open is asked."""
        plan = story.buffer_plan(self.stage.clock.now())
        act = self.people.say(MAYA, story.SOCIAL, "", files=[("buffer.csv", plan.encode())])
        self.check(act.ok, f"a file is dropped: {act.error}")
        self.click(MAYA, self.direct(MAYA, "Which accounts are these posts for?"), "Answer…")
        self.fill(MAYA, {"Which accounts are these posts for?": ["Bluesky"]})
        shown = self.direct(MAYA, "2 good")
        self.check("Buffer" in words(shown), "whose format it is, is said")
        self.click(MAYA, shown, "Import 2 posts")
        self.direct(MAYA, "2 posts imported")
        self.say("a plan of Buffer's was dropped into the channel: two posts planned, none approved")

    def two_questions(self) -> None:
        """An approver reads what is planned; when a slot comes near, somebody says that the moment is right."""
        self.check(
            "asked to read 4 posts" in self.type(MAYA, "ask"), "approvers are asked for what is planned"
        )
        self.click(TOM, self.card(story.RYE, "Please read 4 posts"), "Read through")
        for number in (1, 2, 3, 4):
            self.until(lambda number=number: self._reads(number), f"post {number} of 4 is read")  # type: ignore[misc]
            self.fill(TOM, {})
        slot = self.stage.next_slot_at()
        if slot is None:
            raise Failed("there is a post ahead")
        self.stage.move_to(slot - timedelta(minutes=20))
        card = self.card(story.RYE, "Still right for")
        self.check("Content warning" in words(card), "the card shows the content warning")
        self.check(self.out(story.RYE) == 0, "approved words alone publish nothing")
        self.click(MAYA, card, "Go")
        self.card(story.RYE, "Approved: goes out")
        self.stage.next_slot()
        self.card(story.RYE, "Published")
        self.check(self.out(story.RYE) == 1, "it is out once")
        self.say("its words were approved ahead, and somebody said Go: published")

    def _reads(self, number: int) -> bool:
        return f"*{number} of 4*" in str(self.people.modal(TOM).blocks)

    def silence(self) -> None:
        self.stage.next_slot()
        self.stage.push(11)
        missed = self.card(story.THANKS, "Missed its")
        self.check("nobody said Go" in words(missed), "its words were approved, and nobody said Go")
        total = len(self.posts())
        self.check(total == 14, f"fourteen posts are out in all, not {total}")
        self.say("what nobody decided stayed at home")

    def direct(self, user: str, says: str) -> Message:
        """The newest direct message to this person that says so."""

        def found() -> Message | None:
            shown = self.stage.slack.workspace.messages(f"D{user[1:]}")
            return next((message for message in reversed(shown) if says in words(message)), None)

        return self.seek(found, f'a direct message says "{says}"')
