"""Reading what people write to an account of X: posts that name it, below its own posts or elsewhere.

Each post and each author that X tells of is billed, once in a UTC day. So the newest page is a short one, whose thread
a post belongs to is asked only where that is not known, and whom the account has muted or blocked only where a thread
holds what the mentions did not bring. X lists the newest first: all that came since the mark is read at once. What was
seen is read again only where something may still appear behind it (`marks.py`): ten minutes before the last answer, by
X's own clock.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.domain.outcomes import Later, NeedsLogin, Outcome, Refused, Unknown
from bot.networks import http_outcomes, marks, sanitize
from bot.networks.http import Answer, Result
from bot.networks.marks import OVERLAP, Mark, Seen
from bot.networks.protocol import PrepareFailed
from bot.networks.receiving import OWN, TARGET_GONE, Gone, Inbound, Older, Page, Rate, Trouble
from bot.networks.x import errors, messages, shown
from bot.networks.x.api import Api, read_data, read_list, read_next
from bot.networks.x.control import Control, Profile

NEWEST = "5"  # posts of the page that a sweep reads again and again: the fewest that X takes
BEFORE = "20"  # of a page before another
AT_ONCE = "100"
PAGES = 8  # X lists no more than 800 mentions
THREAD_PAGES = 5
MAX_KNOWN = 20_000  # posts whose root is remembered, or that were handed over
MUTED_PAGES = 5


class _Stopped(Exception):
    """A question on the way was not answered."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.sentence)
        self.trouble = trouble


class XInbox:
    """`whose` says whose sign-in it is; `judge` what an answer comes to."""

    def __init__(
        self,
        api: Api,
        control: Control,
        whose: Callable[[], Profile | Outcome],
        judge: Callable[[Result], Outcome],
        renew: str,
    ) -> None:
        self._api = api
        self._control = control
        self._whose = whose
        self._judge = judge
        self._renew = renew
        self._roots: OrderedDict[str, bool] = OrderedDict()  # {a thread's first post: is it ours?}
        self._told: OrderedDict[str, bool] = OrderedDict()  # posts that the mentions brought
        self._read_at: dict[str, tuple[str, datetime]] = {}  # stream -> the cursor that stood then, and when
        self._lock = threading.Lock()

    def poll(self, stream: str, cursor: str | None) -> Page | Trouble:
        us = self._whose()
        if not isinstance(us, Profile):
            return self.to_trouble(us)
        try:
            if cursor is None or cursor.startswith(marks.BACK):
                return self._back(stream, us, cursor)
            return self._on(stream, us, cursor)
        except _Stopped as stopped:
            return stopped.trouble

    def _back(self, stream: str, us: Profile, cursor: str | None) -> Page:
        asked = {"until_id": cursor.removeprefix(marks.BACK)} if cursor else {}
        result, posts = self._ask(stream, us, {"max_results": BEFORE if cursor else NEWEST, **asked})
        posts.sort(key=_age)
        seen = [_see(post) for post in posts]
        mark = Mark(str(posts[0].get("id")) if posts else "").add(seen, now=_date(result))
        older = Older(f"{marks.BACK}{posts[0]['id']}", seen[0].at) if posts else None
        told, own = self._hand_over(stream, us, posts, messages.read_included(result))
        return Page(told, None if cursor else mark.write(), rate=read_rate(result), posts=own, older=older)

    def _on(self, stream: str, us: Profile, cursor: str) -> Page:
        mark, included = Mark.read(cursor) or Mark(cursor), messages.Included({}, {})
        since = _find_since(mark, self._find_floor(stream, cursor, mark))
        result: Result | None = None

        def ask(_after: str) -> marks.Slice[dict[str, Any]]:
            nonlocal result, included
            posts, asked = [], {"max_results": AT_ONCE, **({"since_id": since} if since else {})}
            for _ in range(PAGES):
                result, page = self._ask(stream, us, asked)
                posts += page
                beside = messages.read_included(result)
                included = messages.Included(
                    {**included.people, **beside.people}, {**included.media, **beside.media}
                )
                following = read_next(result)
                if following is None or following == asked.get("pagination_token"):
                    break
                asked["pagination_token"] = following
            unique = {str(post.get("id")): post for post in posts}
            items = [(_see(post), post) for post in sorted(unique.values(), key=_age)]
            return marks.Slice(items, full=False, now=_date(result))

        walked = marks.walk(mark, ask)
        told, own = self._hand_over(stream, us, walked.new, included)
        after = walked.mark.write() if walked.mark else None
        if (now := _date(result)) is not None:
            with self._lock:
                self._read_at[stream] = (after or cursor, now)
        return Page(told, after, walked.more, read_rate(result) if result else None, posts=own)

    def _find_floor(self, stream: str, cursor: str, mark: Mark) -> datetime:
        """What is older was shown to us when we asked last. What was not stored, or was read by another process, leaves
        another cursor: then the newest that was seen is all we know."""
        newest = max((one.at for one in mark.seen), default=marks.BEGINNING)
        with self._lock:
            stood, read_at = self._read_at.get(stream, ("", newest))
        return max(newest, read_at if stood == cursor else newest, marks.BEGINNING + OVERLAP) - OVERLAP

    def _ask(self, stream: str, us: Profile, asked: Mapping[str, str]) -> tuple[Result, list[dict[str, Any]]]:
        """A page, the newest first."""
        if stream == OWN:
            result = self._api.get("users", us.id, "tweets", exclude="retweets", **messages.ASKED, **asked)
        else:
            result = self._api.get("users", us.id, "mentions", **messages.ASKED, **asked)
        posts = read_list(result)
        if posts is None:
            raise _Stopped(self.to_trouble(self._judge(result)))
        return result, [post for post in posts if messages.is_whole(post)]

    def _hand_over(
        self, stream: str, us: Profile, posts: Sequence[Mapping[str, Any]], included: messages.Included
    ) -> tuple[tuple[Inbound, ...], tuple[Inbound, ...]]:
        """(messages, our posts)."""
        ours = stream == OWN
        wanted = [one for one in posts if (messages.read_author_id(one) == us.id) is ours]
        roots = self._find_roots(us, wanted)
        found = [
            messages.read(
                one, included, us, root_is_ours=roots[str(messages.read_root_id(one))], told=not ours
            )
            for one in wanted
        ]
        if not ours:
            self._remember(self._told, {one.remote_id: True for one in found})
            return tuple(found), ()
        answers = tuple(one for one in found if one.parent_id is not None)
        return answers, tuple(one for one in found if one.parent_id is None)

    def _find_roots(self, us: Profile, posts: Iterable[Mapping[str, Any]]) -> dict[str, bool]:
        """Whose the threads are that these posts belong to; one that cannot be seen is ours if it answers us."""
        found: dict[str, bool] = {}
        strange: dict[str, bool] = {}
        for post in posts:
            root = str(messages.read_root_id(post))
            if root in (messages.read_first_id(post), shown.read_target(post)):
                top = root == messages.read_first_id(post)
                found[root] = messages.read_author_id(post) == us.id if top else messages.answers_us(post, us)
            elif root in self._roots:
                found[root] = self._roots[root]
            else:
                strange[root] = strange.get(root, False) or messages.answers_us(post, us)
        for root in found:
            strange.pop(root, None)
        ids = list(strange)
        for place in range(0, len(ids), int(AT_ONCE)):
            told, result = self._look(ids[place : place + int(AT_ONCE)])
            if told is None:
                raise _Stopped(self.to_trouble(self._judge(result)))
            strange |= {str(one.get("id")): messages.read_author_id(one) == us.id for one in told}
        found |= strange
        self._remember(self._roots, found)
        return found

    def thread(self, remote_id: str) -> tuple[Inbound, ...] | Gone | Trouble:
        """X searches the last seven days only."""
        us = self._whose()
        if not isinstance(us, Profile):
            return self.to_trouble(us)
        try:
            top = self._api.get("tweets", remote_id)
            if self._control.is_gone(top):
                return Gone()
            if not read_data(top):
                return self._fail_alone(top)
            found = self._search(us, remote_id)
            return tuple(
                sorted(
                    self._leave_out(us, found), key=lambda one: (one.at, len(one.remote_id), one.remote_id)
                )
            )
        except _Stopped as stopped:
            return stopped.trouble

    def _search(self, us: Profile, root: str) -> list[Inbound]:
        asked = {"query": f"conversation_id:{root}", "max_results": AT_ONCE, **messages.ASKED}
        found: dict[str, Inbound] = {}
        for _ in range(THREAD_PAGES):
            result = self._api.get("tweets", "search", "recent", **asked)
            posts = read_list(result)
            if posts is None:
                raise _Stopped(self._fail_alone(result))
            included = messages.read_included(result)
            for post in filter(messages.is_whole, posts):
                if messages.read_first_id(post) != root:
                    one = messages.read(post, included, us, root_is_ours=True, told=self._is_told(post))
                    found[one.remote_id] = one
            following = read_next(result)
            if following is None or following == asked.get("next_token"):
                break
            asked["next_token"] = following
        return list(found.values())

    def _leave_out(self, us: Profile, found: Sequence[Inbound]) -> list[Inbound]:
        """Without those whom the account has muted or blocked, as the mentions are."""
        strange = {one.author.remote_id for one in found if not one.own and one.remote_id not in self._told}
        kept_out = (
            set().union(*(self._list_people(us, how) for how in ("muting", "blocking"))) if strange else set()
        )
        return [one for one in found if one.remote_id in self._told or one.author.remote_id not in kept_out]

    def _list_people(self, us: Profile, how: str) -> set[str]:
        asked, found = {"max_results": "1000"}, set[str]()
        for _ in range(MUTED_PAGES):
            result = self._api.get("users", us.id, how, **asked)
            people = read_list(result)
            if people is None:
                raise _Stopped(self._fail_alone(result))
            found |= {str(sanitize.identity(one.get("id"))) for one in people}
            following = read_next(result)
            if following is None or following == asked.get("pagination_token"):
                break
            asked["pagination_token"] = following
        return found

    def look(self, remote_ids: Sequence[str]) -> Mapping[str, Inbound | Gone] | Trouble:
        us = self._whose()
        if not isinstance(us, Profile):
            return self.to_trouble(us)
        wanted = list(remote_ids[: int(AT_ONCE)])
        posts, result = self._look(wanted)
        if posts is None:
            return self._fail_alone(result)
        gone = errors.list_gone(result)
        included = messages.read_included(result)
        newer = {
            last for one in posts if (last := messages.read_last_id(one)) not in (None, str(one.get("id")))
        }
        if newer:
            later, result = self._look(sorted(newer))
            if later is None:
                return self._fail_alone(result)
            known = {messages.read_first_id(one): one for one in later}
            posts = [known.get(messages.read_first_id(one), one) for one in posts]
        found: dict[str, Inbound | Gone] = {one: Gone() for one in wanted if one in gone}
        for post in filter(messages.is_whole, posts):
            ours = self._roots.get(str(messages.read_root_id(post)), messages.answers_us(post, us))
            one = messages.read(post, included, us, root_is_ours=ours, told=self._is_told(post))
            found[one.remote_id] = one
        return {one: found[one] for one in wanted if one in found}

    def must_be_there(self, remote_id: str) -> None:
        """Is a message still there to be answered? Raises `PrepareFailed` if not, and if nobody says."""
        result = self._api.get("tweets", remote_id)
        if self._control.is_gone(result):
            raise PrepareFailed(TARGET_GONE)
        if not read_data(result):
            raise http_outcomes.to_unasked(self._judge(result))

    def _look(self, ids: Sequence[str]) -> tuple[list[dict[str, Any]] | None, Result]:
        """Posts by their ids. Of those that are gone X tells in the same answer."""
        result = self._api.get("tweets", ids=",".join(ids), **messages.ASKED)
        posts = read_list(result)
        if posts is None and errors.list_gone(result):
            posts = []  # nothing of it is there
        return posts, result

    def _is_told(self, post: Mapping[str, Any]) -> bool:
        return str(messages.read_first_id(post)) in self._told

    def _remember(self, known: OrderedDict[str, bool], more: Mapping[str, bool]) -> None:
        with self._lock:
            known.update(more)
            while len(known) > MAX_KNOWN:
                known.popitem(last=False)

    def _fail_alone(self, result: Result) -> Trouble:
        """X fails to show one thing, and is well otherwise: no reason not to look whether others are still there."""
        outcome = self._judge(result)
        answered = isinstance(result, Answer) and isinstance(outcome, Refused | Unknown)
        alone = answered and isinstance(self._control.who(), Profile)
        return replace(self.to_trouble(outcome), alone=alone)

    def to_trouble(self, outcome: Outcome) -> Trouble:
        """A question that was not answered, in words."""
        said = sanitize.end_sentence(http_outcomes.describe(outcome))
        match outcome:
            case NeedsLogin(mend=mend):
                return Trouble(f"X tells nothing: {said} {mend or self._renew}", needs_login=True)
            case Later(_, at):
                return Trouble(f"X asks us to wait: {said}", at)
            case _:
                return Trouble(f"X did not answer as expected: {said}")


def read_rate(result: Result) -> Rate | None:
    if not isinstance(result, Answer):
        return None
    resets_at = http_outcomes.parse_epoch_moment(result.headers.get("x-rate-limit-reset"))
    try:
        remaining, limit = (int(result.headers[f"x-rate-limit-{one}"]) for one in ("remaining", "limit"))
    except (KeyError, ValueError):
        return None
    return Rate(remaining, limit, resets_at) if resets_at and remaining >= 0 and limit > 0 else None


def _see(post: Mapping[str, Any]) -> Seen:
    return Seen(str(post.get("id")), sanitize.moment(post.get("created_at")))


def _find_since(mark: Mark, floor: datetime) -> str:
    """The newest that was seen before the overlap begins; "": none was."""
    before = [one for one in mark.seen if one.at < floor]
    return max(before, key=lambda one: (one.at, len(one.id), one.id)).id if before else mark.after


def _age(post: Mapping[str, Any]) -> tuple[datetime, int, str]:
    """Ids are opaque: they only part what is of one moment."""
    remote_id = str(post.get("id"))
    return sanitize.moment(post.get("created_at")), len(remote_id), remote_id


def _date(result: Result | None) -> datetime | None:
    return result.date() if isinstance(result, Answer) else None
