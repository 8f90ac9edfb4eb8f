"""Every refusal of the Web API, as Slack words it: one exception, because Slack itself has one shape for all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class Refused(Exception):
    """Slack says no; `error` is its code, the rest goes beside it in the answer."""

    def __init__(
        self,
        error: str,
        *,
        errors: Sequence[str] = (),
        messages: Sequence[str] = (),
        retry_after: int | None = None,
        **beside: Any,
    ) -> None:
        super().__init__(error)
        self.error = error
        self.retry_after = retry_after  # seconds; makes it an HTTP 429
        self._errors = list(errors)
        self._messages = list(messages)
        self._beside = beside

    @property
    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = {"ok": False, "error": self.error, **self._beside}
        if self._errors:
            body["errors"] = self._errors
        messages = self._messages or [f"[ERROR] {words}" for words in self._errors]
        if messages:
            body["response_metadata"] = {"messages": messages}
        return body
