"""Which rights the token needs, and what `check` says of it."""

from __future__ import annotations

from bot.networks.meta import rights
from bot.networks.meta.tokens import USER, TokenFacts
from bot.networks.receiving import NOTICES, OWN

TAKE_DOWN = "threads_delete"
REPLIES = "threads_read_replies"
# scope -> what does not work without it
NEEDED = {
    "threads_basic": "Byhand cannot ask whose account it is",
    "threads_content_publish": "nothing can be published",
}
WANTED = {
    REPLIES: "replies do not come in",
    "threads_manage_replies": "replies cannot be answered",
    "threads_manage_mentions": "mentions do not come in and cannot be answered",
    TAKE_DOWN: "somebody has to delete posts on Threads by hand",
}
SHOWN_BY = {NOTICES: REPLIES, OWN: REPLIES}  # {stream: scope}
TAKE_LONG = (
    "In the app's dashboard, at the use case Threads API, open the User Token Generator and take a token for the "
    "account: it lasts 60 days. The account must have accepted the app's invitation as a tester."
)


def find_unusable(facts: TokenFacts) -> str | None:
    """Why nothing can be done with it: a sentence, and the mend."""
    if not facts.valid:
        return rights.say_invalid(facts, "Threads")
    if facts.kind != USER:
        return f"This is not a Threads account's token. {TAKE_LONG}"
    return rights.find_missing(facts, NEEDED)
