"""`byhand demo --selftest`: plays the story without a browser, through the same sockets, and says what it saw.

A week's posts are here; how they are planned is in `selftest_planning.py`, the customers' half in
`selftest_inbox.py`. Exit 0 only if every step came true.
"""

from __future__ import annotations

import io
import time
import urllib.request
from collections.abc import Callable
from datetime import timedelta
from urllib.error import HTTPError

from PIL import Image

from bot.sandbox import story
from bot.sandbox.driver import GIL, MAYA, PAUSED, TOM, Driver, Failed
from bot.sandbox.networks.server import Fault
from bot.sandbox.selftest_inbox import Inbox
from bot.sandbox.selftest_planning import Planning
from bot.sandbox.slack.find import labels, words
from bot.sandbox.slack.state import Message
from bot.sandbox.stage import NO_CREDITS, Stage

NOT_FOUND = 404
TRY_NOW = "Try now"
ADDRESS = "https://www.instagram.com/stories/dockbakery/1"


def main() -> int:
    began = time.monotonic()
    with Stage() as stage:
        try:
            for step in _list_steps(Play(stage), Planning(stage), Inbox(stage)):
                step()
        except Failed as failed:
            print(f"FAILED  {failed}\n\nThe bot's last words:\n{stage.bot.last_words() if stage.bot else ''}")
            return 1
    print(f"\nAll of it came true, in {time.monotonic() - began:.0f} s.")
    return 0


def _list_steps(play: Play, planning: Planning, inbox: Inbox) -> tuple[Callable[[], None], ...]:
    return (
        play.approve,
        play.fetched,
        inbox.waiting,
        play.refuse,
        play.edit,
        inbox.writes,
        inbox.answered,
        inbox.collision,
        inbox.deleted,
        inbox.private,
        inbox.below,
        inbox.within_a_day,
        inbox.crash,
        play.miss,
        play.by_hand,
        play.kill,
        play.job,
        inbox.told,
        play.ask_us,
        inbox.named,
        play.credits,
        play.pause,
        play.take_down,
        play.statement,
        play.resume,
        play.crash,
        planning.write,
        planning.drop,
        planning.two_questions,
        planning.silence,
    )


class Play(Driver):
    """A week of posts, step by step."""

    def approve(self) -> None:
        card = self.card(story.BREAD, "Decide by")
        self.click(TOM, card, "Approve")
        self.card(story.BREAD, "Approved: goes out")
        self.stage.next_slot()
        published = self.card(story.BREAD, "Published")
        self.check(
            "http://" in published.text or "http://" in str(published.blocks), "the card links what is out"
        )
        self.check(
            self.out(story.BREAD) == 3,
            f"it is out once on each of three networks, not {self.out(story.BREAD)} times",
        )
        self.say("approved, and published on three networks, with links")

    def fetched(self) -> None:
        """Instagram takes no uploads: it has fetched the image from Byhand, and shows it with its alt text."""
        (url,) = self.stage.instagram.containers.fetched
        self.check(url.startswith(f"{self.stage.proxy.address}/media/"), "it was fetched from Byhand")
        (post,) = self.stage.instagram.timeline()
        self.check([each["alt"] for each in post["media"]] == [story.LOAF], "the alt text went along")
        with (
            Image.open(self.stage.folder / "loaf.jpg") as ours,
            Image.open(_get(post["media"][0]["url"])) as out,
        ):
            self.check(ours.tobytes() == out.tobytes(), "it is the image of the plan")
        try:
            _get(url)
        except HTTPError as gone:
            self.check(gone.code == NOT_FOUND, "its address is shut")
        else:
            raise Failed("its address is shut")
        self.say("Instagram fetched the image from Byhand, whose address for it is shut again")

    def refuse(self) -> None:
        self.stage.push(4)  # its review opens
        card = self.card(story.STOLLEN, "Please fix first")
        self.check("Approve" not in labels(card), "a post with a blocking objection offers no Approve")
        act = self.people.click(GIL, story.SOCIAL, card.ts, text="Kill")
        self.check(act.ok, "a guest's click is answered")
        self.card(story.STOLLEN, "Please fix first")
        self.say("a guest can press, but changes nothing")

    def edit(self) -> None:
        card = self.card(story.STOLLEN, "Please fix first")
        self.fill_in(MAYA, card, alt="A stollen on a wooden board")
        card = self.card(story.STOLLEN, "Decide by")
        self.click(TOM, card, "Approve")
        card = self.card(story.STOLLEN, "Approved: goes out")
        self.fill_in(MAYA, card, text=story.STOLLEN + " Promise.")
        self.card(story.STOLLEN, "again")
        self.say("an edit ends the approval")

    def miss(self) -> None:
        self.stage.push(30)
        self.card(story.STOLLEN, "Missed its")
        self.check(self.out(story.STOLLEN) == 0, "nobody approved the new words, so nothing went out")
        self.say("undecided, and so missed")

    def by_hand(self) -> None:
        """Where Byhand cannot post: somebody takes it from its slot on, and says where it is."""
        self.click(TOM, self.card(story.OVEN, "Decide by"), "Approve")
        self.card(story.OVEN, "Approved")
        self.stage.next_slot()
        card = self.card(story.OVEN, "Post it yourselves")
        self.check("to copy" in words(card), "its words are there to copy")
        self.click(MAYA, card, "I'm posting it")
        card = self.card(story.OVEN, "Maya took it")
        self.check("I'm posting it" not in labels(card), "nobody else is offered it")
        self.click(MAYA, card, "It is up…")
        self.fill(MAYA, {"Link": ADDRESS})
        card = self.card(story.OVEN, "Published")
        self.check(ADDRESS in str(card.blocks), "the card links what somebody posted")
        self.check(self.out(story.OVEN) == 0, "Byhand itself sent nothing")
        self.say("a story was posted by hand: taken on its card, and its address is on record")

    def kill(self) -> None:
        card = self.card(story.CLASS, "Decide by")
        self.click(TOM, card, "Kill")
        self.card(story.CLASS, "Killed")
        self.stage.push(25)
        self.check(self.out(story.CLASS) == 0, "a killed post is not published")
        self.say("killed, and not published")

    def job(self) -> None:
        """LinkedIn keeps words in a format of its own: they are there as people wrote them."""
        self.click(TOM, self.card(story.JOB, "Decide by"), "Approve")
        self.card(story.JOB, "Approved: goes out")
        self.stage.next_slot()
        card = self.card(story.JOB, "Published")
        (post,) = self.stage.linkedin.timeline()
        self.check(post["text"] == story.JOB, f"LinkedIn shows the words whole: {post['text']}")
        self.check(post["url"] in str(card.blocks), "the card links it")
        self.say("published on the LinkedIn page, and the card links it")

    def ask_us(self) -> None:
        """X takes money for each post, and counts in its own way."""
        card = self.card(story.ASK_US, "Decide by")
        self.check("Costs about $0.20 on X" in words(card), "the card says what it costs")
        self.check("271/280" in words(card), "and how long it is as X counts")
        self.click(TOM, card, "Approve")
        self.card(story.ASK_US, "Approved: goes out")
        self.stage.next_slot()
        card = self.card(story.ASK_US, "Published")
        (post,) = self.stage.x.timeline()
        self.check(post["text"] == story.ASK_US, f"X shows the words whole: {post['text']}")
        self.check(post["url"] in str(card.blocks), "the card links it")
        self.check(
            "about $0.20 of $20 this month" in self.type(MAYA, "status"), "status says what X has cost"
        )
        self.say("published on X; its card said what that costs, and /social status what the month has cost")

    def credits(self) -> None:
        """Without credits X answers nothing: an approver says when there are some."""
        self.stage.set_network_fault(NO_CREDITS, on=True)
        self.stage.push(10)  # X is asked every few minutes

        def told() -> Message | None:
            return next((m for m in reversed(self.posted()) if TRY_NOW in labels(m)), None)

        def told_in_time() -> Message | None:
            if told() is None:  # what was asked last may wait for the minute in which it is told
                self.stage.push(1)
            return told()

        message = self.seek(told_in_time, "the channel is told that X is out of credits")
        self.stage.push(1)  # what was asked already has its answer
        asked = len(self.stage.x.requests)
        self.stage.push(10)
        self.check(len(self.stage.x.requests) == asked, "nothing more is asked of X")
        self.stage.set_network_fault(NO_CREDITS, on=False)
        self.click(TOM, message, TRY_NOW)
        self.until(lambda: told() is None, "the button is gone once X answers")
        self.until(lambda: len(self.stage.x.requests) > asked, "X is asked again")
        self.say("X was out of credits: nothing was asked of it until an approver pressed Try now")

    def pause(self) -> None:
        """Tomorrow's first post is approved, and then something terrible is in the news."""
        slot = self.stage.next_slot_at()
        if slot is None:
            raise Failed("there is a post tomorrow")
        self.stage.move_to(slot - timedelta(minutes=20))
        self.click(TOM, self.card(story.MORNING, "Decide by"), "Approve")
        self.card(story.MORNING, "Approved: goes out")
        self.check("Only full members" in self.type(GIL, "pause"), "a guest cannot pause")
        self.check("paused (<!date^" in self.type(MAYA, "pause recall news"), "a pause is answered")
        card = self.card(story.MORNING, "Publishing is paused")
        self.check("Approve" not in labels(card), "nobody approves while paused")
        banner = self.banner("Publishing is paused")
        self.until(
            lambda: banner.ts in self.stage.slack.workspace.pins.get(story.SOCIAL, ()), "the banner is pinned"
        )
        self.say("paused: everything stops, and the channel knows")

    def take_down(self) -> None:
        """What went out yesterday can be taken down by anybody of the team while publishing is paused."""
        self.click(MAYA, self.banner(story.BREAD.splitlines()[0][:40]), "Take down…")
        fields = [block for block in self.people.modal(MAYA).blocks if block["type"] == "input"]
        offered = {
            str(field["label"]["text"]): [option["text"]["text"] for option in field["element"]["options"]]
            for field in fields
        }
        number = sum(map(len, offered.values()))
        self.check(number == 5, f"all five are offered, and what somebody posted by hand is not: {offered}")
        self.fill(MAYA, {**offered})
        self.until(
            lambda: words(self.banner(PAUSED)).count("(taken down by ") == 5, "the message says so of each"
        )
        self.check(all(post["deleted"] for post in self.posts()), "it is gone from all five networks")
        self.say("taken down from five networks, by somebody who may not approve")

    def statement(self) -> None:
        """During the pause two people release one post, and nothing else."""
        self.click(MAYA, self.banner("Release a statement…"), "Release a statement…")
        self.fill(MAYA, {"Text": story.STATEMENT})
        self.check(
            "If nobody releases it" in str(self.people.modal(MAYA).blocks),
            "it says what happens if nobody acts",
        )
        self.fill(MAYA, {})
        self.people.close(MAYA, self.people.modal(MAYA).id)
        banner = self.banner("Statement waits for an approver")
        self.check(self.out(story.STATEMENT) == 0, "one person alone publishes nothing")
        self.click(TOM, banner, "Read and release…")
        self.fill(TOM, {})
        self.banner("Statement published")
        self.check(
            self.out(story.STATEMENT) == 5, "it is out once on each network that takes words without an image"
        )
        self.check(self.out(story.MORNING) == 0, "nothing else is")
        self.say("two people released a statement during the pause, and only that went out")

    def resume(self) -> None:
        self.click(TOM, self.banner("Resume…"), "Resume…")
        self.check(self.people.fill(TOM, {}).ok, "an approver resumes")
        self.banner("Publishing resumed")
        card = self.card(story.MORNING, "Decide again by")
        self.check("approval has ended" in words(card), "the card says that its approval has ended")
        self.say("resumed: nothing was sent by that, and the approved post needs a new approval")

    def crash(self) -> None:
        """The bot is killed while the networks have the post and their answers are on the way."""
        slot = self.stage.next_slot_at()
        if slot is None:
            raise Failed("there is a post ahead")
        self.click(TOM, self.card(story.MORNING, "Decide again by"), "Approve")
        self.card(story.MORNING, "Approved: goes out")
        for network in self.stage.networks:
            network.faults.order(Fault.TIME_OUT_AFTER)
        self.stage.clock_only_to(slot)
        self.until(lambda: self.out(story.MORNING) == 3, "all three networks have it")
        self.stage.kill_bot()
        self.stage.restart_bot()
        self.stage.push(5)
        self.card(story.MORNING, "Published")
        self.check(self.out(story.MORNING) == 3, "after the restart it was looked up, not sent again")
        self.say("the bot was killed in the middle of sending; it looked, and published nothing twice")

    # --- pressing -------------------------------------------------------------------------------------

    def fill_in(self, user: str, card: Message, *, text: str | None = None, alt: str | None = None) -> None:
        """Open Edit and save it with these words."""
        button = next(label for label in labels(card) if label.startswith("Edit"))
        self.click(user, card, button)
        view = self.people.modal(user)
        filled = {}
        for block in view.blocks:
            label = str(block.get("label", {}).get("text", ""))
            if text is not None and label == "Text":
                filled[label] = text
            if alt is not None and "alt text" in label.lower():
                filled[label] = alt
        act = self.people.fill(user, filled, view.id)
        self.check(act.ok, f"Edit is saved: {act.error} {act.response}")


def _get(url: str) -> io.BytesIO:
    """Not through this computer's own proxy."""
    straight = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with straight.open(url, timeout=5) as answer:
        return io.BytesIO(answer.read())
