"""The words that put a customer's message first, unless the settings name others."""

from __future__ import annotations

LOOK_FIRST: dict[str, tuple[str, ...]] = {
    "en": (
        "broken", "refund", "complaint", "scam", "fraud", "disgusting", "disappointed", "unacceptable", "ill", "sick",
        "allergic", "injured", "lawyer", "boycott", "shame", "never again",
    ),
    "de": (
        "kaputt", "erstattung", "beschwerde", "betrug", "ekelhaft", "enttäuscht", "unverschämt", "krank", "allergie",
        "verletzt", "anwalt", "boykott", "schande", "nie wieder",
    ),
}  # fmt: skip
