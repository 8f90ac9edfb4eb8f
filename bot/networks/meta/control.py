"""The control question: whose token is it, and does the network itself answer?"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from bot.domain.outcomes import Outcome
from bot.networks.http import Result
from bot.networks.meta import errors
from bot.networks.meta.graph import Graph

PATIENCE = 5.0  # seconds; it is asked within the lease of a send


@dataclass(frozen=True)
class Profile:
    """Our account, as the network names it."""

    id: str  # never changes; of Instagram never that of its Page
    name: str  # "@dockbakery"; a Page's is "Dock Bakery"
    url: str
    username: str = ""  # "": it has none


class Control(ABC):
    def __init__(self, graph: Graph) -> None:
        self._graph = graph.within(PATIENCE)

    @abstractmethod
    def who(self) -> Profile | Outcome:
        """Whose token it is, asked now."""

    def is_gone(self, result: Result) -> bool:
        """Is what was asked for by its own id not there? The same is said of what a token may not see, so it is
        believed only of a token that the network knows just now."""
        return self.says_gone(result) and isinstance(self.who(), Profile)

    def says_gone(self, result: Result) -> bool:
        return errors.says_gone(result)
