"""Which rights the token needs; what `check` says of them: `meta/rights.py`."""

from __future__ import annotations

from bot.networks.receiving import NOTICES, OWN

TAKE_DOWN = "instagram_manage_contents"
COMMENTS = "instagram_manage_comments"
# scope -> what does not work without it; those that a post needs come first
NEEDED = {
    "instagram_content_publish": "nothing can be published",
    "instagram_basic": "Byhand cannot look whether a post is there",
    "pages_read_engagement": "Byhand cannot ask whose account it is",
}
WANTED = {
    COMMENTS: "comments do not come in and cannot be answered",
    TAKE_DOWN: "somebody has to delete posts on Instagram by hand",
}
SHOWN_BY = {NOTICES: COMMENTS, OWN: COMMENTS}  # {stream: scope}
