"""The seeded story: a bakery's plan of eight posts for seven accounts, the first due in twelve minutes; its customers.

To six of the accounts Byhand posts; what goes to the seventh, somebody of the team posts themselves.

The plan is written as a file and imported by the program's own `byhand import`, like anybody's. Some customers wrote
before anybody opened the page, others write under the first post as soon as it is out: nobody has to wait for them.
"""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from PIL import Image, ImageDraw

from bot.sandbox.customers import JONAS, LENA, NORA, PETRA, Customers
from bot.sandbox.slack.state import Channel, Seed, User

SOCIAL, CUSTOMERS, PRIVATE = "C0SOCIAL", "C0CUSTOMERS", "C0PRIVATE"
# The team's, and everybody's in the workspace: the page and the bot go by one clock.
ZONE = ZoneInfo("Europe/Berlin")
# A second approver: whoever changes a post's words is not the one to approve it.
INES = User("U0INES", "Ines", about="approver")
WORKSPACE = Seed(
    users=tuple(replace(user, zone=ZONE.key) for user in (*Seed().users, INES)),
    channels=(
        Channel(SOCIAL, "social"),
        Channel(CUSTOMERS, "customers"),
        Channel(PRIVATE, "customers-private", frozenset({"U0MAYA", "U0TOM", INES.id, "U0BOT"}), kind="group"),
    ),
)
MASTODON = "dockbakery-mastodon"
BLUESKY = "dockbakery-bluesky"
INSTAGRAM = "dockbakery-instagram"
FACEBOOK = "dockbakery-facebook"
LINKEDIN = "dockbakery-linkedin"
X = "dockbakery-x"
STORIES = "dockbakery-stories"  # people post there
BY_HAND = f"""\
[accounts.{STORIES}]
network = "manual"   # Byhand cannot post there: it shows one of you what to post, and asks how it went
title   = "Instagram stories"
address = "https://www.instagram.com/"
"""
FRIDAY = 4  # the plan goes on on the day after, and on the one after that
DUTY = """\
[duty]
rota = ["Mon-Sat 08:00-13:00 U0MAYA", "Mon-Sat 13:00-18:00 U0TOM"]
"""
IMPORTED_BY = ("maya", "dockbakery")  # the user of their server, and its name
HEADER = ("Time", "Accounts", "Text", "Image", "Alt text", "Label")


def find_morning(now: datetime) -> datetime:
    """When the stage's day begins: the next Monday to Thursday at five past eight, whatever the time is where it is
    played. Then the team is there, somebody is on shift, and the day's digest is due with the plan."""
    local = now.astimezone(ZONE)
    days = (local + timedelta(days=ahead) for ahead in range(8))
    mornings = (
        day.replace(hour=8, minute=5, second=0, microsecond=0) for day in days if day.weekday() < FRIDAY
    )
    return next(morning for morning in mornings if morning >= local)


def settings(mastodon: str, bluesky: str, instagram: str, facebook: str, linkedin: str, x: str) -> str:
    """The demo's byhand.toml, with the pretend servers' addresses."""
    return f"""\
# The demo's settings. Yours look the same, with your channels, people and accounts.
[slack]
review_channel = "{SOCIAL}"
inbox_channel  = "{CUSTOMERS}"

[team]
timezone  = "{ZONE.key}"
hours     = "Mon-Sat 08:00-18:00"
approvers = ["U0TOM", "{INES.id}"]
approvals = 1

[review]
lead = "30m"
remind = ["15m", "5m"]

[objections]
same_words = "off"   # this team writes the same for all its accounts

[inbox]
private_channel = "{PRIVATE}"
poll_every      = "1s"   # so that you need not wait; yours asks once a minute,
sweep_every     = "3s"   # and looks every ten minutes for what was changed or deleted

{DUTY}
[pause]
elsewhere = ["Meta ads", "Newsletter"]

{_account(MASTODON, server=mastodon, language="en")}
{_account(BLUESKY, server=bluesky, handle="dockbakery.test", language="en")}
{_account(INSTAGRAM, server=instagram, handle="dockbakery", poll_every="1s")}
{_account(FACEBOOK, server=facebook, handle="dockbakery", poll_every="1s")}
{_account(LINKEDIN, server=linkedin, handle="dockbakery", poll_every="1s")}
{_account(X, server=x, handle="dockbakery", poll_every="1s", monthly_limit="20 USD")}
{BY_HAND}"""


def _account(key: str, **more: str) -> str:
    """Its key ends with its network."""
    lines = {"network": key.rpartition("-")[2], **more}
    return f"[accounts.{key}]\n" + "".join(f'{name:<10} = "{value}"\n' for name, value in lines.items())


def write_plan(folder: Path, now: datetime) -> Path:
    """plan.csv and its picture. `now` is the stage's; slots are whole minutes after it."""
    _draw_loaf(folder / "loaf.jpg")
    minute = now.replace(second=0, microsecond=0)
    both = f"{MASTODON} {BLUESKY}"
    tomorrow = (now.astimezone(ZONE) + timedelta(days=1)).replace(minute=0, second=0, microsecond=0)
    rows = (
        (_first_slot(now), f"{both} {INSTAGRAM}", BREAD, "loaf.jpg", LOAF, "Winter drive"),
        (minute + timedelta(minutes=44), f"{MASTODON} {FACEBOOK}", STOLLEN, "loaf.jpg", "", "Christmas"),
        (minute + timedelta(minutes=65), STORIES, OVEN, "loaf.jpg", LOAF, ""),
        (minute + timedelta(minutes=85), f"{BLUESKY} {FACEBOOK}", CLASS, "", "", ""),
        (minute + timedelta(minutes=110), LINKEDIN, JOB, "", "", ""),
        (minute + timedelta(minutes=130), X, ASK_US, "", "", ""),
        (tomorrow.replace(hour=8, minute=30), f"{both} {FACEBOOK}", MORNING, "", "", ""),
        (tomorrow.replace(hour=15), MASTODON, THANKS, "", "", "Winter drive"),
    )
    path = folder / "plan.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(HEADER)
        for slot, *rest in rows:
            table.writerow((slot.astimezone(ZONE).isoformat(), *rest))
    return path


def buffer_plan(now: datetime) -> str:
    """A file as Buffer has them, of two posts on the day after tomorrow."""
    day = (now.astimezone(ZONE) + timedelta(days=2)).date()
    rows = [("Text", "Image URL", "Tags", "Posting Time")]
    rows += [(text, "", "", f"{day} {time}") for text, time in ((WREATHS, "10:00"), (SOUP, "16:30"))]
    file = StringIO()
    csv.writer(file).writerows(rows)
    return file.getvalue()


def _first_slot(now: datetime) -> datetime:
    """Twelve minutes ahead, to the second: long enough to read everything first; [Next slot] need not wait for it."""
    return (now + timedelta(minutes=12)).replace(microsecond=0)


LOAF = "A round sourdough loaf, dusted with flour"
BREAD = (
    "We baked 400 loaves for the food bank this week. 🍞\n"
    "Come and meet the team on Saturday, 10 to 14, at Dock Street.\n"
    "https://dockbakery.example/winter-drive"
)
STOLLEN = "The first stollen of the year comes out of the oven tomorrow at seven. We will keep one for you."
OVEN = "Straight from the oven, and still crackling. Who comes by before they are gone?"
CLASS = "Two places are left in our sourdough class on Saturday. Bring a jar for your starter."
JOB = (
    "We are looking for a baker for the early shift: you begin at four, and are home for lunch.\n"
    "https://dockbakery.example/jobs"
)
ASK_US = (  # with what X counts as two, and a link, for which it takes more
    "Ask us anything about sourdough! 🥖 From twelve to one, while the ovens cool, our bakers answer you here: "
    "how long a dough rests, why rye sticks to your hands, what to do with a starter that was forgotten at the "
    "back of the fridge. 🍞\nhttps://dockbakery.example/sourdough"
)
MORNING = "Good morning! Rye, spelt and poppy-seed rolls are warm from eight today."
RYE = "Our bakers were up at three for this: #rye is back, and still warm."
STATEMENT = "We are closed today and with our neighbours. Bread and tea for everybody at Dock Street."
WREATHS = "Wreaths of bread are back: order by Friday, fetch them on Saturday."
SOUP = "Cold outside? From Monday there is soup at noon, with the crusts of yesterday's loaves."
THANKS = "Thank you, Dock Street: 1,120 loaves given in November, every one of them eaten."


QUESTION = "Do you bake anything without wheat? Asking for a friend."
SPAM = "Congratulations, you won our prize! Claim it today: https://prizes.example/claim"
AYLA = "Ayla bakes"
LOST = "I left my blue umbrella with you yesterday. Did somebody find it?"  # privately
BEFORE = (  # (network, who, words, minutes ago)
    ("Bluesky", "Lucky Day", SPAM, 41),
    ("Bluesky", "Prize Desk", SPAM, 36),
    ("Bluesky", "Winner Hub", SPAM, 27),
    ("Bluesky", "Free Loaf", SPAM, 19),
    ("Bluesky", "Your Gift", SPAM, 12),
    ("Mastodon", JONAS.name, QUESTION, 6),
)
PRIVATE_AGO = 15  # minutes
WHO = {
    "Mastodon": NORA.name,
    "Bluesky": LENA.name,
    "Instagram": AYLA,
    "Facebook": PETRA.name,
    "LinkedIn": "Dana Kurz",
    "X": "Sami",
}
FITTING = (  # (a word of the post, what each of them says below it)
    (
        "food bank",
        "So many loaves! Who delivers them? I would love to help.",
        "Well done. Will there be rye on Saturday?",
        "What a beauty! Is that the one with spelt?",
        "Bravo! My mother is glad of every one of them.",
        "Impressive. Is there a way for companies to join in?",
        "Respect! Until when may I bring back the bags?",
    ),
    (
        "stollen",
        "I have waited for it since January! How much is one?",
        "Is there one without raisins, too?",
        "It smells as far as my window. When do you open?",
        "Please keep two for me! I come at eight.",
        "Do you deliver forty to an office?",
        "Seven is early. Will there be any left at nine?",
    ),
    (
        "class",
        "Is it for beginners? My starter died twice.",
        "What a nice present. Can I give a place to my sister?",
        "I want to learn that! Is there another one in January?",
        "Is there room for a child of ten?",
        "Could our team book an evening of its own?",
        "What is the jar for? Asking before I come with a bucket.",
    ),
    (
        "rolls",
        "Poppy seed, please! Until when are they warm?",
        "Are the spelt rolls without wheat?",
        "On my way! Do you take cards?",
        "Can I order twenty for Friday?",
        "Do you bring them to the harbour office, too?",
        "Four rye, please! Do I have to queue?",
    ),
    (
        "early shift",
        "Do you take people who never baked for a living?",
        "My brother looks for exactly that. Where does he write to?",
        "From four! Is there coffee at least?",
        "Is half a week possible as well?",
        "Would you train somebody who changes trades at forty?",
        "Home for lunch sounds good. Is it every day?",
    ),
    (
        "sourdough!",
        "How much salt do you take for a kilo of flour?",
        "Which flour is best to begin with?",
        "Why do mine never get such a crust?",
        "How do you get the big holes?",
        "Do you hold talks about this for companies, too?",
        "Mine smells of nail polish. Is it dead?",
    ),
    (
        "loaves given",
        "You are wonderful. Do you go on in December?",
        "Well done, all of you. Can I help?",
        "So good to see this! Where can one give something?",
        "Thank you from all of us at the harbour school.",
        "Well organised! Who may I ask how you plan the rounds?",
        "Lovely. Who counted them all?",
    ),
)
OF_ANY_POST = (
    "Good to hear from you! Are you open on Sunday?",
    "Nice. Until when are you open today?",
    "Lovely! Do you have a table outside?",
    "Thank you for telling us. Is there parking?",
    "Good news. Whom do I write to about orders?",
    "Nice! Do you have a shop in the north, too?",
)
UNNAMED = ("Bo", "Good question! I was about to ask the same.")  # to whoever asked, and to nobody else


def answer_to(network: str, text: str) -> str:
    """What is said under a post of the company with these words."""
    said = next((told for word, *told in FITTING if word in text), OF_ANY_POST)
    return said[list(WHO).index(network)]


def write_before(customers: Customers, now: datetime) -> None:
    """What customers wrote before the bot was there for the first time."""
    for network, name, text, minutes in BEFORE:
        customers.write(network, name, text, at=now - timedelta(minutes=minutes))
    customers.write("Facebook", PETRA.name, LOST, private=True, at=now - timedelta(minutes=PRIVATE_AGO))


class Audience:
    """The people who answer the company's first post, on each network once; on X somebody then answers them, and leaves
    the company out."""

    def __init__(self, customers: Customers) -> None:
        self._customers = customers
        self._silent = dict(WHO)

    def look(self) -> None:
        """Something was published, perhaps."""
        for thread in self._customers.threads() if self._silent else ():
            if thread["ours"] and (name := self._silent.pop(thread["network"], None)):
                network, words = thread["network"], answer_to(thread["network"], thread["text"])
                said = self._customers.write(network, name, words, reply_to=thread["id"])
                if network == "X":
                    self._customers.write_unnamed(network, *UNNAMED, reply_to=said)


def _draw_loaf(path: Path) -> None:
    """A loaf, drawn here so that nothing is shipped or fetched."""
    picture = Image.new("RGB", (960, 540), "#e9dcc9")  # the widest that Instagram takes is 1.91 to 1
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 390, 960, 540), fill="#8a5a3b")
    pen.ellipse((215, 90, 745, 450), fill="#b9763f", outline="#7d4a22", width=8)
    pen.ellipse((258, 108, 702, 378), fill="#cf8f52")
    for x in (352, 460, 568):  # the baker's cuts
        pen.arc((x - 42, 132, x + 84, 370), 200, 300, fill="#f4e6cf", width=13)
    chance = Random(7)  # flour, the same on every picture
    for _ in range(160):
        at, size = (chance.gauss(480, 100), chance.gauss(235, 48)), chance.choice((2, 3, 4))
        pen.ellipse((*at, at[0] + size, at[1] + size), fill="#fbf5ea")
    picture.save(path, quality=88, optimize=True)
