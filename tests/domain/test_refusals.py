"""Every refusal is a sentence a person can read, says what it was given, and is raised with just that."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from dataclasses import fields
from functools import cache

import pytest

from bot.domain import inbox_refusals, refusals
from bot.domain.refusals import FieldErrors, Refusal
from bot.domain.sign_ins import refusals as sign_in_refusals
from tests.program import parse_program

FILES = ("domain/refusals.py", "domain/inbox_refusals.py", "domain/sign_ins/refusals.py")
MODULES = [f"bot.{file.removesuffix('.py').replace('/', '.')}" for file in FILES]
CLASSES: dict[str, type[Refusal]] = {
    name: one
    for name, one in (vars(refusals) | vars(inbox_refusals) | vars(sign_in_refusals)).items()
    if isinstance(one, type) and issubclass(one, Refusal) and one is not Refusal
}
SENTENCES = [one for one in CLASSES.values() if one is not FieldErrors]


def named_in(words: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(words) if name}


def fields_of(refusal: type[Refusal]) -> set[str]:
    return {field.name for field in fields(refusal)}  # type: ignore[arg-type]  # each subclass is a dataclass


@pytest.mark.parametrize("refusal", SENTENCES, ids=lambda one: one.__name__)
def test_each_is_a_sentence(refusal: type[Refusal]) -> None:
    assert fields_of(refusal) == named_in(refusal.words), "its fields are what its sentence names"
    made = refusal(**{name: f"<{name}>" for name in fields_of(refusal)})
    assert made.sentence == str(made)
    assert all(f"<{name}>" in made.sentence for name in fields_of(refusal))
    assert "{" not in made.sentence
    assert made.sentence[0].isupper() or made.sentence.startswith(("<", '"'))
    assert made.sentence.rstrip().endswith((".", ">", "?"))
    assert "\n" not in made.sentence.strip()


def test_a_missing_word_is_noticed_at_once() -> None:
    with pytest.raises(TypeError, match="approvers"):
        refusals.OnlyApprovers(verb="approve")  # type: ignore[call-arg]  # and the type checker notices it, too


def test_field_errors_keep_their_fields() -> None:
    assert FieldErrors({"slot": "That time has passed."}).fields == {"slot": "That time has passed."}


# --- where they are raised -----------------------------------------------------------------------------


def made_in(tree: ast.Module) -> Iterator[tuple[str, int, set[str]]]:
    """(refusal, line, the fields it is given) wherever one is made, or raised as a bare class."""
    ours = {
        alias.asname or alias.name: alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module in MODULES
        for alias in node.names
    }
    known = {here: name for here, name in ours.items() if name in CLASSES}
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=here), args=args, keywords=keywords) if here in known:
                given = {str(keyword.arg) for keyword in keywords}
                yield known[here], node.lineno, given | ({"fields"} if len(args) == 1 else set())
            case ast.Raise(exc=ast.Name(id=here)) if here in known:
                yield known[here], node.lineno, set()


@cache
def made_anywhere() -> list[tuple[str, str, set[str]]]:
    return [
        (name, f"{file}:{line}", given)
        for file, tree in parse_program().items()
        for name, line, given in made_in(tree)
    ]


def test_each_is_given_exactly_what_its_sentence_names() -> None:
    wrong = [
        f"{where}: {name} is given {sorted(given)}, not {sorted(fields_of(CLASSES[name]))}"
        for name, where, given in made_anywhere()
        if given != fields_of(CLASSES[name])
    ]
    assert not wrong, "\n".join(wrong)


def test_each_is_raised_somewhere() -> None:
    assert set(CLASSES) == {name for name, _, _ in made_anywhere()}


def test_all_are_in_these_files() -> None:
    """Elsewhere nothing here would look at them."""
    elsewhere = [
        f"{file}: {node.name}"
        for file, tree in parse_program().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and file not in FILES
        and {ast.unparse(base).rpartition(".")[2] for base in node.bases} & {"Refusal", *CLASSES}
    ]  # fmt: skip
    assert not elsewhere


def test_what_makes_them_is_seen() -> None:
    """Else the two tests above say nothing."""
    source = """
from bot.domain.refusals import NotPaused, Outdated as Old, OnlyApprovers
class Paused: ...
def act():
    Paused(1, 2)
    if True:
        raise NotPaused
    refused.append(Old(state="x", more=1))
    raise OnlyApprovers
"""
    assert sorted(made_in(ast.parse(source))) == [
        ("NotPaused", 7, set()), ("OnlyApprovers", 9, set()), ("Outdated", 8, {"state", "more"}),
    ]  # fmt: skip
