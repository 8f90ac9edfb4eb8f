"""Recognises a post of ours among those that the Page has published.

It never proves that one is absent: Facebook's list leaves posts out. So what is not found stays unknown, and a person
is asked. Wrongly found would lose a post, so whatever only resembles ours is left to a person, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.domain.outcomes import CannotTell, Found, Look
from bot.networks import http_outcomes, sanitize, text
from bot.networks.facebook import messages
from bot.networks.http import Answer, Result
from bot.networks.meta import errors
from bot.networks.meta.control import Profile
from bot.networks.meta.graph import read_list, read_part
from bot.networks.meta.payloads import Payload
from bot.networks.protocol import Attempt

FIELDS = "id,message,created_time,permalink_url,attachments{target,subattachments}"
SKEW = timedelta(seconds=60)  # older than the attempt by this much: still ours
DOUBT = timedelta(minutes=15)  # older by this much, with the same words: a person looks
RESEMBLES = 0.6  # likeness from which a post may be ours
AT_ONCE = "50"
PAGES = 4
NO_CONVERSATION = (
    "It is not among the newest private messages that Facebook shows there, which proves nothing. Open the "
    "conversation and look before it is sent again."
)
NO_PROOF_OF_ANSWER = (
    "It is not among the newest answers that Facebook shows there, which proves nothing. Open the comment and look "
    "before it is sent again."
)
NO_PROOF = (
    "It is not in Facebook's list of the Page's posts, but that list leaves some out. Open the Page and look before it "
    "is sent again."
)


def find_post(pages: Iterable[Result], wanted: Mapping[str, Any], attempt: Attempt) -> Look:
    """Walks back through the Page's posts until one is older than the attempt."""
    doubt: CannotTell | None = None
    for result in pages:
        posts = read_list(result)
        if posts is None or not isinstance(result, Answer):
            return CannotTell(http_outcomes.describe(errors.judge(result)))
        begun = http_outcomes.find_begin(result, attempt)
        for post in posts:
            look = _compare(wanted, post, begun, attempt.fast)
            if isinstance(look, Found):
                return look
            doubt = doubt or look
        if posts and all(_is_before(post, begun - attempt.fast - DOUBT) for post in posts):
            break
    return doubt or CannotTell(NO_PROOF)


def find_answer(result: Result, sent: Payload, us: Profile, attempt: Attempt) -> Look:
    """Among the newest comments below the one it answers: ours, with its words or its image."""
    comments = read_list(result)
    if comments is None or not isinstance(result, Answer):
        return CannotTell(http_outcomes.describe(errors.judge(result)))
    since = http_outcomes.find_begin(result, attempt) - SKEW
    words, photo = str(sent.body.get("message") or ""), sent.body.get("attachment_id")
    for comment in comments:
        if not messages.is_own(comment, us) or not sanitize.identity(comment.get("id")):
            continue
        inbound = messages.read_comment(comment, us, "")
        target = (
            comment.get("attachment", {}).get("target")
            if isinstance(comment.get("attachment"), dict)
            else None
        )
        if photo and isinstance(target, dict) and sanitize.identity(target.get("id")) == photo:
            return Found(inbound.remote_id, inbound.url)
        if inbound.at >= since and words and text.has_same_words(words, inbound.text):
            return Found(inbound.remote_id, inbound.url)
    return CannotTell(NO_PROOF_OF_ANSWER)


def find_private(result: Result, sent: Payload, us: Profile, attempt: Attempt) -> Look:
    found = read_list(result)
    if found is None or not isinstance(result, Answer):
        return CannotTell(http_outcomes.describe(errors.judge(result)))
    since = http_outcomes.find_begin(result, attempt) - SKEW
    message = sent.body.get("message")
    words = str(message.get("text") or "") if isinstance(message, dict) else ""
    for one in found:
        at = messages.read_moment(one)
        same = text.has_same_words(words, sanitize.words(one.get("message")))
        if (
            messages.is_own(one, us)
            and same
            and at is not None
            and at >= since
            and sanitize.identity(one.get("id"))
        ):
            return Found(str(one["id"]))
    return CannotTell(NO_CONVERSATION)


def make_link(remote_id: str) -> str:
    return f"https://www.facebook.com/{remote_id}"


def _compare(
    wanted: Mapping[str, Any], post: Mapping[str, Any], begun: datetime, fast: timedelta
) -> Found | CannotTell | None:
    remote_id = sanitize.identity(post.get("id"))
    if remote_id is None:
        return None
    found = Found(remote_id, sanitize.address(post.get("permalink_url")) or make_link(remote_id))
    ours = {str(media.get("media_fbid")) for media in wanted.get("attached_media") or []}
    if ours and ours <= _list_photos(post):
        return found
    if _is_before(post, begun - fast - DOUBT):
        return None
    written, shown = str(wanted.get("message") or ""), sanitize.words(post.get("message"))
    recent = not _is_before(post, begun - SKEW)
    if written and text.has_same_words(written, shown):
        if recent and not ours:
            return found
        what = "without its images" if recent else "but from another moment"
        return CannotTell(f"A post with the same words is there, {what}: {found.url}")
    if recent and text.measure_likeness(written, shown) >= RESEMBLES:
        return CannotTell(f"A post that resembles it is there: {found.url}")
    return None


def _is_before(post: Mapping[str, Any], moment: datetime) -> bool:
    """One that does not say when it was made is not."""
    made = http_outcomes.parse_iso_moment(sanitize.words(post.get("created_time"), 40))
    return made is not None and made < moment


def _list_photos(post: Mapping[str, Any]) -> set[str]:
    """The ids of what is attached to a post, one by one or as an album."""
    found: set[str] = set()
    for part in read_part(post.get("attachments")):
        for item in (part, *read_part(part.get("subattachments"))):
            target = item.get("target")
            if isinstance(target, dict) and (photo_id := sanitize.identity(target.get("id"))):
                found.add(photo_id)
    return found
