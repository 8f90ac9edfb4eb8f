"""Which rights a Page's token needs; what `check` says of them: `meta/rights.py`."""

from __future__ import annotations

from bot.networks.receiving import CHAT, NOTICES, OWN

COMMENTS = "pages_read_user_content"
PRIVATE = "pages_messaging"
# scope -> what does not work without it; those that a post needs come first
NEEDED = {
    "pages_manage_posts": "nothing can be published or taken down",
    "pages_read_engagement": "Byhand cannot look whether a post is there",
}
WANTED = {
    COMMENTS: "what customers write does not come in",
    "pages_manage_engagement": "comments cannot be answered",
    PRIVATE: "private messages do not come in and cannot be answered",
}
SHOWN_BY = {NOTICES: COMMENTS, OWN: COMMENTS, CHAT: PRIVATE}  # {stream: scope}
