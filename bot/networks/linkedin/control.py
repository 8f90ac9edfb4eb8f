"""The control question: which Page is it, and what role has the person whose token it is?"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from bot.domain.outcomes import Outcome, Refused
from bot.networks import sanitize
from bot.networks.http import Answer, Result
from bot.networks.linkedin import errors
from bot.networks.linkedin.api import Api, read_elements

PATIENCE = 5.0  # seconds; it is asked within the lease of a send
URN = "urn:li:organization:"


@dataclass(frozen=True)
class Page:
    """An organisation."""

    id: str  # "urn:li:organization:2414183"
    name: str
    url: str


class Control:
    """`handle`: the Page's number, or its name as it stands in its address."""

    def __init__(self, api: Api, handle: str) -> None:
        self._api = api.within(PATIENCE)
        self._handle = handle.removeprefix(URN)

    def who(self) -> Page | Outcome:
        """The Page, asked now with the token."""
        if self._handle.isdecimal():
            result = self._api.get("organizations", self._handle)
            found = result.fields() if isinstance(result, Answer) and result.status == 200 else None
        else:
            result = self._api.get("organizations", q="vanityName", vanityName=self._handle)
            listed = read_elements(result)
            if listed == []:
                return Refused(f"LinkedIn has no Page linkedin.com/company/{self._handle}.")
            found = listed[0] if listed else None
        page = _read_page(found) if found else None
        return page or errors.judge(result)

    def ask_roles(self, page: Page) -> frozenset[str] | Outcome:
        """Those that whoever made the token has on the Page."""
        result = self._api.get("organizationAcls", q="roleAssignee", state="APPROVED", count="100")
        listed = read_elements(result)
        if listed is None:
            return errors.judge(result)
        return frozenset(
            sanitize.words(one.get("role"), 100)
            for one in listed
            if one.get("organization") == page.id and one.get("state", "APPROVED") == "APPROVED"
        )

    def is_gone(self, result: Result) -> bool:
        """Is what was asked for by its own name not there? The same may be said of what a token may not see, so it is
        believed only of a token that LinkedIn knows just now."""
        return errors.says_gone(result) and isinstance(self.who(), Page)


def make_profile_url(name: str) -> str:
    return f"https://www.linkedin.com/company/{quote(name, safe='')}/" if name else "https://www.linkedin.com"


def make_post_url(urn: str) -> str:
    return f"https://www.linkedin.com/feed/update/{quote(urn, safe=':')}/"


def _read_page(raw: dict[str, object]) -> Page | None:
    number = sanitize.identity(raw.get("id"))
    if number is None or not (number.isascii() and number.isdecimal()):
        return None
    name = sanitize.name(raw.get("localizedName"), number)
    vanity = sanitize.words(raw.get("vanityName"), 100).strip()
    return Page(f"{URN}{number}", name, make_profile_url(vanity or number))
