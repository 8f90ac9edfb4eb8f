"""Kinds and urgencies are named, not spelt: a misspelt string is a kind nobody handles, and no checker sees it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

import pytest

from bot.domain.kinds import CardType, LineType
from tests.program import parse_program

ELSEWHERE = {"sandbox", "migrations"}  # the sandbox speaks Slack's words; migrations stay as they were
NAMES = {"kind", "card_kind", "urgency"}


def bare(tree: ast.Module) -> list[int]:
    """The lines on which a kind or an urgency is given as, or compared with, a bare string or number."""
    return sorted(
        value.lineno
        for node in ast.walk(tree)
        for name, values in _given(node)
        for value in values
        if name in NAMES and _is_bare(value)
    )


def _given(node: ast.AST) -> Iterator[tuple[str, Sequence[ast.expr]]]:
    """What the node binds to a name, or compares with it."""
    match node:
        case ast.keyword(arg=str(name), value=value):
            yield name, [value]
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            yield _name(target), [value]
        case ast.Assign(targets=targets, value=value):
            yield from ((_name(target), [value]) for target in targets)
        case ast.FunctionDef(args=args):
            yield from _defaults(args)
        case ast.Compare(left=left, comparators=others):
            sides = [left, *others]
            yield from ((_name(side), sides) for side in sides)
        case ast.Call(func=ast.Attribute(value=column, attr="in_" | "not_in"), args=given):
            yield _name(column), given


def _defaults(args: ast.arguments) -> Iterator[tuple[str, Sequence[ast.expr]]]:
    with_default = args.args[len(args.args) - len(args.defaults) :]
    yield from ((arg.arg, [value]) for arg, value in zip(with_default, args.defaults, strict=True))
    for arg, default in zip(args.kwonlyargs, args.kw_defaults, strict=True):
        yield arg.arg, [default] if default else []


def _name(node: ast.expr) -> str:
    """ "kind" of `kind`, `card.kind` and `cards.c.kind`."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _is_bare(node: ast.expr) -> bool:
    match node:
        case ast.Constant(value=str() | int()):
            return True
        case ast.IfExp(body=one, orelse=other):
            return _is_bare(one) or _is_bare(other)
        case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
            return any(_is_bare(part) for part in parts)
    return False


def test_kinds_and_urgencies_are_named() -> None:
    found = [
        f"bot/{file}:{line}"
        for file, tree in parse_program().items()
        if not ELSEWHERE & set(file.split("/"))
        for line in bare(tree)
    ]
    assert not found, "a bare kind or urgency; name it (bot/domain/kinds.py, urgency.py)"


@pytest.mark.parametrize(
    "source",
    [
        'Delivery(kind="post")',
        'Delivery(kind="correct" if row.corrects else "reply")',
        "save(post, urgency=1)",
        'card.kind == "talk"',
        '"talk" != kind',
        'card.kind in ("talk", "pile")',
        'select(cards).where(cards.c.kind == "talk")',
        'cards.c.kind.in_(["talk", "pile"])',
        "item.urgency <= 1",
        "def save(post, *, urgency: int = 5): ...",
        'def card(subject, kind="post"): ...',
        'kind = "message" if ours else "app_answer"',
        'class Claim:\n    kind: str = "post"',
    ],
)
def test_what_the_guard_finds(source: str) -> None:
    assert bare(ast.parse(source))


@pytest.mark.parametrize(
    "source",
    [
        "Delivery(kind=DeliveryType.POST)",
        "save(post, urgency=Urgency.DECISION)",
        "card.kind is CardType.BANNER",
        "cards.c.kind.in_(THREADS)",
        "kind = CardType.of('talk')",
        "def save(post, *, urgency: Urgency = Urgency.NOT_URGENT): ...",
    ],
)
def test_what_it_lets_pass(source: str) -> None:
    assert not bare(ast.parse(source))


def test_kinds_of_a_newer_version() -> None:
    assert (CardType.of("talk"), CardType.of("stage")) == (CardType.CONVERSATION, CardType.OF_NEWER_VERSION)
    assert (LineType.of("late"), LineType.of("sung")) == (LineType.LATE, LineType.OF_NEWER_VERSION)
