"""The customers' half of the selftest: they write, change their minds and go; people answer, and only people."""

from __future__ import annotations

from bot.sandbox import story
from bot.sandbox.customers import LENA
from bot.sandbox.driver import MAYA, TOM, Driver
from bot.sandbox.networks.server import Fault
from bot.sandbox.slack.find import labels, words
from bot.sandbox.slack.slack import Json
from bot.sandbox.slack.state import Message

HERE = "Mastodon"
BROKEN = "My order arrived broken and nobody answers."
STILL = "Hello? Is anybody there?"
ASIDE = "is this the batch from Monday?"
SORRY = "Sorry, Lena! We send a new one today."
FOUND = "Wait, I found the second parcel."
COURIER = "The courier comes at four."
ADDRESS = "My address is Dock Street 9."
THANKS = "Thank you, noted."
SPELT = "That one is rye and wheat, Ayla. The spelt loaf comes on Thursday."
ALIVE = "It is alive, Sami! Feed it twice a day."
UMBRELLA = "Yes, it is here behind the counter."
ALONE = 2  # so many with the same words get cards of their own: nobody knows yet that more will come


class Inbox(Driver):
    """A customer with a broken order, from her first word to the crash in the middle of an answer."""

    # --- the steps -----------------------------------------------------------------------------------

    def waiting(self) -> None:
        card = self.card(story.QUESTION)
        self.check({"I'll take it", "Reply"} <= set(labels(card)), f"a card can be answered: {labels(card)}")
        self.card("wrote much the same")
        cards = self.shown(story.SPAM)
        self.check(cards == ALONE + 1, f"from the third on, the same words share one card; there are {cards}")
        self.say("who wrote before the team came has a card; copied words share one from the third on")

    def writes(self) -> None:
        post = self.post()
        self.comment = self.stage.customers.write(HERE, LENA.name, BROKEN, reply_to=post["id"])
        card = self.card(BROKEN)
        self.check("look here first" in words(card).lower(), "the card says why to look here first")
        self.more = self.stage.customers.write(HERE, LENA.name, STILL, reply_to=self.comment)
        self.line(card, STILL)
        self.check(self.shown(BROKEN) == 1 and self.shown(STILL) <= 1, "one conversation, one card")
        self.say("a customer complained under the post: one card; what she added is on it, and in its thread")

    def answered(self) -> None:
        card = self.card(BROKEN)
        self.people.say(TOM, card.channel, ASIDE, card.ts)
        self.people.say(TOM, card.channel, f"@Byhand {SORRY}", card.ts)
        preview = self.preview(TOM, SORRY)
        self.check(self.out(SORRY) == 0, "a preview sends nothing")
        self.click(TOM, preview, "Send")
        self.until(lambda: self.out(SORRY) == 1, "the answer is on the network")
        self.line(card, SORRY)
        self.check(self.out(ASIDE) == 0, "what people say among themselves stays in the thread")
        self.say("answered from the thread: it is out once, and only what was sent")

    def collision(self) -> None:
        card = self.card(BROKEN)
        self.people.say(MAYA, card.channel, f"@Byhand {COURIER}", card.ts)
        preview = self.preview(MAYA, COURIER)
        self.stage.customers.write(HERE, LENA.name, FOUND, reply_to=self.comment)
        self.line(card, FOUND)
        self.click(MAYA, preview, "Send")
        refused = self.private_note(MAYA, "Send anyway")
        self.check(FOUND in words(refused) and COURIER in words(refused), "both texts are shown")
        self.check(self.out(COURIER) == 0, "it was not sent")
        self.click(MAYA, refused, "Send anyway")
        self.until(lambda: self.out(COURIER) == 1, "it is out after the second yes")
        self.say("a customer wrote meanwhile: not sent, shown, and sent only in spite of it")

    def deleted(self) -> None:
        card = self.card(BROKEN)
        self.stage.customers.delete(HERE, self.more)
        self.line(card, "The customer deleted a message")
        self.say("a customer took a message back, and the thread says so")

    def private(self) -> None:
        self.stage.customers.write(HERE, LENA.name, ADDRESS, private=True)
        card = self.card(ADDRESS, story.PRIVATE)
        self.check(LENA.name not in card.text and ADDRESS not in card.text, "a phone shows no name, no words")
        elsewhere = [story.SOCIAL, story.CUSTOMERS]
        messages = [m for channel in elsewhere for m in self.stage.slack.workspace.messages(channel)]
        self.check(not any(ADDRESS in words(m) for m in messages), "it is in no other channel")
        self.say("a private message came into the private channel only")

    def below(self) -> None:
        """What somebody said below the post on Instagram is answered there."""
        asked = story.answer_to("Instagram", story.BREAD)
        card = self.card(asked, button="Reply")
        self.people.say(TOM, card.channel, f"@Byhand {SPELT}", card.ts)
        self.click(TOM, self.preview(TOM, SPELT), "Send")
        self.line(card, SPELT)
        (line,) = [each for each in self.stage.instagram.ledger if SPELT in each.text]
        comment = self.stage.instagram.state.comments[line.reply_to or ""]
        self.check(comment.text == asked, "the answer stands below the comment")
        self.say("a comment on Instagram was answered from Slack, and the answer stands below it")

    def within_a_day(self) -> None:
        """Facebook takes a private answer only within 24 hours of the customer's last message."""
        card = self.card(story.LOST, story.PRIVATE)
        self.check("can be answered until" in words(card), "the card says how long it can be answered")
        self.click(MAYA, card, "Reply")
        act = self.people.fill(MAYA, {"Your reply": UMBRELLA})
        self.check(act.ok, f"Reply is sent: {act.error} {act.response}")
        self.line(card, UMBRELLA)
        self.check(self.out(UMBRELLA) == 1, "it is out once")
        self.say("a private message on Facebook says until when it can be answered, and was")

    def told(self) -> None:
        """LinkedIn lets nobody pass on what is said there, nor by whom: a card says that somebody commented."""
        card = self.card("Read and answer it on LinkedIn")
        self.check("Reply" not in labels(card), f"there is nothing to answer with: {labels(card)}")
        (post,) = self.stage.linkedin.timeline()
        opens = "Open in LinkedIn" in labels(card) and post["url"] in str(card.blocks)
        self.check(opens, "the card opens the post")
        said = story.answer_to("LinkedIn", story.JOB)
        there = [each["text"] for each in self.stage.linkedin.conversation(post["id"])]
        self.check(said in there, f"somebody commented there: {there}")
        workspace = self.stage.slack.workspace
        shown = [
            m.text + words(m) for channel in list(workspace.channels) for m in workspace.messages(channel)
        ]
        kept = [text for text in shown if said in text or story.WHO["LinkedIn"] in text]
        self.check(not kept, f"neither the words nor the name are in Slack: {kept}")
        self.click(MAYA, card, "Done…")
        self.fill(MAYA, {})
        self.card("Read and answer it on LinkedIn", button="Reopen")
        self.say("a comment on LinkedIn is told without words and name, and closed by hand")

    def named(self) -> None:
        """X lets an app answer people who mentioned the account, and nobody else."""
        asked = story.answer_to("X", story.ASK_US)
        card = self.card(asked, button="Reply")
        self.people.say(TOM, card.channel, f"@Byhand {ALIVE}", card.ts)
        self.click(TOM, self.preview(TOM, ALIVE), "Send")
        self.line(card, ALIVE)
        (line,) = [each for each in self.stage.x.ledger if ALIVE in each.text]
        self.check(self.stage.x.state.posts[line.reply_to or ""].text == asked, "the answer stands below it")
        _, unnamed = story.UNNAMED
        card = self.card(unnamed)
        self.check("Reply" not in labels(card), f"what X lets no app answer offers no Reply: {labels(card)}")
        self.check("X lets an app answer only people who mentioned" in words(card), "its card says why")
        self.check(
            "Open in X" in labels(card) and self.stage.x.latest("Bo") in str(card.blocks), "and opens it"
        )
        self.click(MAYA, card, "Done…")
        self.fill(MAYA, {})
        self.card(unnamed, button="Reopen")
        self.say("answered on X; what X lets no app answer says so on its card, and was closed by hand")

    def crash(self) -> None:
        """The bot is killed while the network has the answer and its own answer is on the way."""
        card = self.card(ADDRESS, story.PRIVATE)
        self.click(TOM, card, "Reply")
        self.stage.mastodon.faults.order(Fault.TIME_OUT_AFTER)
        act = self.people.fill(TOM, {"Your reply": THANKS})
        self.check(act.ok, f"Reply is sent: {act.error} {act.response}")
        self.until(lambda: self.out(THANKS) == 1, "the network has the answer")
        self.stage.kill_bot()
        self.stage.restart_bot()
        self.stage.push(2)
        self.line(card, THANKS)
        self.check(self.out(THANKS) == 1, "after the restart it was looked up, not sent again")
        (line,) = [each for each in self.stage.mastodon.ledger if THANKS in each.text]
        self.check(line.visibility == "direct", "a private message is answered privately")
        self.say("the bot was killed in the middle of an answer; the customer has it once, privately")

    # --- pressing and looking: conversations ------------------------------------------------------------

    def post(self) -> Json:
        """Our newest post on the network."""
        threads = self.stage.customers.threads()
        return next(each for each in threads if each["ours"] and each["network"] == HERE)

    def card(self, text: str, channel: str = story.CUSTOMERS, button: str = "") -> Message:
        """The newest card with these words of a customer, and this button."""

        def found() -> Message | None:
            shown = [m for m in self.posted(channel) if text in words(m) and button in ["", *labels(m)]]
            return shown[-1] if shown else None

        return self.seek(found, f'there is a card that says "{text}"')

    def shown(self, text: str) -> int:
        """How many cards say it."""
        return sum(text in words(message) for message in self.posted(story.CUSTOMERS))

    def line(self, card: Message, text: str) -> Message:
        """What the bot says about it to everybody, in the card's thread."""

        def found() -> Message | None:
            replies = self.stage.slack.workspace.replies(card.channel, card.ts)
            return next((m for m in reversed(replies) if m.by_app and text in words(m)), None)

        return self.seek(found, f'the thread says "{text}"')

    def preview(self, user: str, text: str) -> Message:
        return self.private_note(user, "Send", text)

    def private_note(self, user: str, button: str, text: str = "") -> Message:
        """The newest thing only this person sees, once it has the button."""

        def found() -> Message | None:
            notes = [
                m
                for channel in (story.CUSTOMERS, story.PRIVATE)
                for m in self.stage.slack.workspace.messages(channel)
                if m.seen_by == user and button in labels(m) and text in words(m)
            ]
            return notes[-1] if notes else None

        return self.seek(found, f'{user} alone sees "{button}"')
