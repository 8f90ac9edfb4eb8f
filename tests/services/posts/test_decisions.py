"""Decisions are counted for `/metrics`, whatever their verbs are called."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterator
from dataclasses import replace
from operator import attrgetter
from types import ModuleType

import pytest

from bot.domain.refusals import NotFrom
from bot.services import approval_requests
from bot.services.deliveries import by_hand, overrides, take_down
from bot.services.go import for_all
from bot.services.posts import edit, review
from bot.services.posts.decisions import DECISIONS
from bot.slack.posts import buttons, converting, dialogs, editing, go_requests, read_through
from bot.slack.posts import by_hand as hands
from tests.backend import TOM, Backend, key

Verb = Callable[..., object]
LABELS = {
    "approve", "go", "undo", "edit", "hold", "kill", "bring_back", "move", "post_now", "stop_rest", "try_again",
    "it_is_there", "post_by_hand", "it_is_up", "it_is_not_up",
}  # fmt: skip
REQUESTS: set[Verb] = {approval_requests.ask, approval_requests.ask_for_change}  # they decide nothing
UNCOUNTED: set[Verb] = {edit.publish_without}  # a button on the banner of a pause
TAKE_DOWNS: set[Verb] = {take_down.say_deleted}  # of what is out; they decide about no post ahead


def test_dashboards_find_every_label_they_know() -> None:
    assert set(DECISIONS.values()) == LABELS


def is_decision(verb: Verb) -> bool:
    """A person's verb takes its transaction, the person and the key of their click."""
    parameters = inspect.signature(verb).parameters
    return list(parameters)[:2] == ["work", "person"] and "key" in parameters


def test_whatever_a_person_decides_about_a_post_is_counted() -> None:
    decided: set[Verb] = {
        verb
        for module in (edit, review, overrides, by_hand, for_all)
        for name, verb in inspect.getmembers(module, inspect.isfunction)
        if verb.__module__ == module.__name__ and not name.startswith("_") and is_decision(verb)
    }
    assert decided - UNCOUNTED == set(DECISIONS)


def handed_over(module: ModuleType) -> Iterator[Verb]:
    """The first argument of every `context.services.do(…)` in a module of handlers."""
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        match node:
            case ast.Call(func=ast.Attribute(attr="do" | "do_first"), args=[ast.Attribute() as verb, *_]):
                yield attrgetter(ast.unparse(verb))(module)
            case ast.Call(func=ast.Attribute(attr="do" | "do_first")):
                raise AssertionError(f"{module.__name__}:{node.lineno} hands over no verb by its name")


def test_the_buttons_and_dialogs_of_a_post_hand_over_what_is_counted() -> None:
    """Wrapped in another function a verb would be done, and not be counted."""
    of_posts = {*handed_over(buttons), *handed_over(dialogs), *handed_over(editing), *handed_over(hands)}
    of_posts |= {*handed_over(go_requests), *handed_over(converting)}
    assert (of_posts - TAKE_DOWNS) | (set(handed_over(read_through)) - REQUESTS) == set(DECISIONS)


def test_what_was_done_is_told_and_what_was_refused_is_not(sqlite_backend: Backend) -> None:
    told: list[Verb] = []
    services = replace(sqlite_backend.services, done=lambda verb, _answer: told.append(verb))
    seen = sqlite_backend.in_review()
    services.do(review.approve, TOM, seen, key())
    services.do_first(review.kill, TOM, seen, key())
    with pytest.raises(NotFrom):
        services.do(review.approve, TOM, sqlite_backend.approved(), key())
    expected: list[Verb] = [review.approve, review.kill]
    assert told == expected
