"""Whether typed words that are no command of ours were meant to stop things: then they are answered "NOT paused" first.

Generous, because whoever is told so needlessly has lost a second, and whoever is not believes that it holds.
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher

from bot.services.pause.scope_words import split_word

LIKE = 0.75  # of SequenceMatcher: "puase" and "pasue" are 0.8
FIRST_WORDS = 4  # of what was typed: "please pause everything"
STOPS = frozenset({
    "stop", "stopp", "halt", "freeze", "hold", "suspend", "cease", "abort", "cancel", "panic", "emergency", "kill",
    "block", "shut", "shutdown", "mute", "silence", "pausa", "pausar", "pausieren", "anhalten", "stoppen", "detener",
    "arrêt", "arrêter", "stopper",
})  # fmt: skip
_OF_A_POST = frozenset({"kill", "hold", "cancel", "approve", "edit", "move", "publish", "delete"})
_POST = re.compile(r"\W*(?:(?:the )?post\W*)?\d+\W*", re.IGNORECASE)
STARTS = frozenset(["unpause", "unstop", "unfreeze", "continue", "restart"])


def read_near_miss(word: str, rest: str) -> str | None:
    """What follows the word that was meant to pause: an account, a reason. `word`: what stands where a command would.
    None: nothing was meant so."""
    if means_resume(word):
        return None
    if _is_like_pause(word):
        return rest
    more = rest
    for _ in range(FIRST_WORDS):
        one, more = split_word(more)
        if one and _is_like_pause(one):
            return more
    return None


def names_post(word: str, rest: str) -> bool:
    """ "kill 3", "hold post 3": what is done to one post, by its card's buttons, and stops nothing else."""
    return word in _OF_A_POST and _POST.fullmatch(rest) is not None


def means_resume(word: str) -> bool:
    return word in STARTS or (word.startswith("un") and _is_like_pause(word[2:]))


def _is_like_pause(word: str) -> bool:
    if word in STOPS or word.startswith(("paus", "stop")):
        return True
    return SequenceMatcher(None, word, "pause").ratio() >= LIKE
