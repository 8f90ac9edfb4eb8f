"""The decisions on posts that `/metrics` counts: one table, by the verb itself, so that a renamed one still counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.observability import Metrics
from bot.services.deliveries import by_hand, overrides
from bot.services.go import for_all
from bot.services.posts import edit, review

# Verb → label. People's dashboards ask for the labels: they stay, whatever the verbs are called.
DECISIONS: Mapping[Callable[..., object], str] = {
    review.approve: "approve",
    review.approve_words: "approve",
    review.go: "go",
    for_all.say_go_to_each: "go",
    review.undo: "undo",
    edit.save_edit: "edit",
    edit.save_converted: "edit",
    review.hold: "hold",
    review.kill: "kill",
    review.bring_back: "bring_back",
    review.move: "move",
    review.post_now: "post_now",
    overrides.stop_rest: "stop_rest",
    overrides.try_again: "try_again",
    overrides.confirm_sent: "it_is_there",
    by_hand.begin: "post_by_hand",
    by_hand.say_up: "it_is_up",
    by_hand.say_not_up: "it_is_not_up",
}
SEVERAL = frozenset({for_all.say_go_to_each})  # returns about how many posts it decided


def note_decision(metrics: Metrics, verb: Callable[..., object], answer: object) -> None:
    """A verb was done, and returned this."""
    label = DECISIONS.get(verb)
    if label is not None:
        posts = answer if verb in SEVERAL and isinstance(answer, int) else 1
        metrics.decisions.labels(label).inc(posts)
