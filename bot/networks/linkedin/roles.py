"""What somebody's role on a Page lets Byhand do, and what `check` says of it.

LinkedIn tells nobody what a token may do, but for the app's own secret; so a right that is missing shows as a refusal.
"""

from __future__ import annotations

from collections.abc import Mapping

ADMINISTRATOR = "ADMINISTRATOR"
READERS = frozenset(
    {ADMINISTRATOR, "CONTENT_ADMIN", "CONTENT_ADMINISTRATOR", "DIRECT_SPONSORED_CONTENT_POSTER"}
)
POSTERS = READERS | {"RECRUITING_POSTER"}
_CALLED: Mapping[str, str] = {
    ADMINISTRATOR: "super admin",
    "CONTENT_ADMINISTRATOR": "content admin",
    "DIRECT_SPONSORED_CONTENT_POSTER": "sponsored content poster",
}
_MEND = "A super admin of the Page gives them another one (Settings, Manage admins)."


def find_unusable(roles: frozenset[str], page: str) -> str | None:
    """Why nothing can be done with it: a sentence, and the mend."""
    if roles & POSTERS:
        return None
    if not roles:
        return f"Whoever made the token has no role on {page}. {_MEND}"
    return f"Whoever made the token may not post on {page}: their role is {_list(roles)}. {_MEND}"


def list_lacking(roles: frozenset[str], page: str) -> tuple[str, ...]:
    """What does not work, though posts go out."""
    if ADMINISTRATOR in roles:
        return ()
    if roles & READERS:
        told = (
            f"LinkedIn tells only super admins of {page} that somebody commented: nothing comes in. {_MEND}"
        )
        return (told,)
    return (
        f"Whoever made the token may post on {page}, but not read there: their role is {_list(roles)}. A post whose "
        f"answer is lost is not found, no post is read back, and nobody hears of comments. {_MEND}",
    )


def _list(roles: frozenset[str]) -> str:
    return " and ".join(sorted(_CALLED.get(role, role.replace("_", " ").lower()) for role in roles))
