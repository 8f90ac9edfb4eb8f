"""The environment as it is meant: without what pasting and files of variables add to a value."""

from __future__ import annotations

from collections.abc import Mapping

from bot.domain.preflight.words import strip_unseen

_QUOTES = {'"': '"', "'": "'", "`": "`", "“": "”", "„": "“”", "‘": "’", "«": "»"}


def read_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Every variable that is not empty. Docker takes the quotes of an `--env-file` for a part of the value."""
    return {name: value for name, typed in environ.items() if (value := read_value(typed))}


def read_value(typed: str) -> str:
    """One value as it is meant."""
    value = strip_unseen(typed)
    if len(value) > 1 and value[-1] in _QUOTES.get(value[0], ""):
        return strip_unseen(value[1:-1])
    return value
