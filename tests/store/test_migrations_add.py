"""Migrations only add. What was released is on teams' disks and never changes; what takes something away says why.

A column or table that is not needed any more stays, unused. It may go where keeping it would do harm (a secret, a
customer's words); then the migration has a constant `TAKES_AWAY = "what, why, and what becomes of the values"`.
"""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.store.engine.migrate import make_alembic_config

VERSIONS = Path(make_alembic_config().get_main_option("script_location") or "") / "versions"
# SHA-256 of what teams have run. A release adds its newest migration here; nothing here is ever changed.
RELEASED = {
    "0001_first.py": "f9337336d0b15570047def0176f65158fa60dfe1eb4d0987d1ff27b27dfe1f36",
    "0002_generation.py": "f04461a27d42e83459da1180ca6fedc04007cc6c90e73e341924f23e7c70928b",
    "0003_memberships.py": "3ba059016ffa67cf144a3f620d07aef04403638d0d2047db20e02d89484617a2",
    "0004_history.py": "09e0c2b73132a465d02d64eb44431cb4c59cced9e578a15c60e18bb88d1f40a9",
    "0005_doubts.py": "5a93cc16847e6f90d3ca1b14d70c2371b8f28a2c36854d8251d5500f6461c038",
    "0006_frames.py": "fd89705096f22cf4403b66dfecb828e498fb4407c0f638e90d64f1b4a1698a3a",
    "0007_begun.py": "8d106a660e410351f8e8e8f9d0b562759f05c27d2681901d426eb111b3d5910a",
    "0008_ended_in_a_copy.py": "d018eabc5aadd5e6bf53d196e31cdf69ec988fec3f586aedf1260868e938cd46",
    "0009_held_back.py": "9197e24ccf9ab14c159aae0427f2fe80f4904c0924462417e41b46179159dda0",
    "0010_lost.py": "21aed6d14893f2855d42121453159f0d3c8fb398b9a45f35471dded7fe95960a",
    "0011_warning.py": "56c6d7a7c66edddeaae48d3924bc1a7f586493430ca59e096646817c9090676a",
    "0012_duty.py": "6d7f703308c12d9c8cfe45e754f8f60919b2612a787c63b5db447a5287cd0e96",
    "0013_words.py": "aa98a65f58eed20201d47c8566b9703ff20e7cbf3f4211bdb49f7cb2d2602009",
    "0014_releases.py": "39915e24b2d0fd0cff70ab1a42e6a51bb53f720db30bb1601e3a9136045ba49c",
    "0015_looks.py": "7674e420b69bc5a3f5062be97cc6a288068b66cd6de1910a4a5ef303d47d8a87",
    "0016_go_requests.py": "05c866ca7fb8a8001470a9b44d0f3035cc65417084f526b2773fead5e4c2b81b",
    "0017_sign_ins.py": "bfd19bd6d543aa610988b75ba32b0cf8d98d58f4dc4b188ff1daaba526e069ce",
    "0018_replaced.py": "739997af7c7b7e6688442ec3729418893290b300fc1b6c4a62bea2ec3fd01766",
    "0019_renewal.py": "59bb90e1eebc45fb375e8e171c51b57f2587eacca66f0b7e05d8ed346ac06171",
    "0020_public_images.py": "425337aef354d4a7d396e044522a4d11921dc21f7267d65c963a4ae7f10805bf",
    "0021_conversions.py": "dc501fb19e3ceeffe65a843a73bf658941fb3a4b1d379f0a584dfa80adba2a65",
}
TAKING = frozenset({"drop_table", "drop_column", "rename_table"})
SQL = re.compile(r"\b(DROP\s+(TABLE|COLUMN)|RENAME\s+(TO|COLUMN)|DELETE\s+FROM|TRUNCATE)\b", re.IGNORECASE)


def migrations() -> list[Path]:
    return sorted(VERSIONS.glob("[0-9]*.py"))


def test_what_was_released_never_changes() -> None:
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in migrations()}
    assert {name: found.get(name) for name in RELEASED} == RELEASED


def test_all_but_the_newest_were_released() -> None:
    """What has a successor has been run somewhere: its digest belongs above."""
    assert [path.name for path in migrations()[:-1] if path.name not in RELEASED] == []


def taken_away(source: str) -> list[str]:
    """The operations of `upgrade` that take something away; none if the migration says why."""
    tree = ast.parse(source)
    if any(_name(node) == "TAKES_AWAY" for node in tree.body):
        return []
    (upgrade,) = (node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "upgrade")
    return [found for node in ast.walk(upgrade) for found in _takes(node)]


def _name(node: ast.stmt) -> str:
    target = node.targets[0] if isinstance(node, ast.Assign) else None
    return target.id if isinstance(target, ast.Name) else ""


def _takes(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.search(node.value):
        yield node.value
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return
    renames = node.func.attr == "alter_column" and any(one.arg == "new_column_name" for one in node.keywords)
    if node.func.attr in TAKING or renames:
        yield node.func.attr


@pytest.mark.parametrize("path", migrations(), ids=lambda path: path.name)
def test_nothing_is_taken_away_without_a_word(path: Path) -> None:
    assert taken_away(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("step", "found"),
    [
        ('op.drop_table("piles")', ["drop_table"]),
        ('with op.batch_alter_table("posts") as table: table.drop_column("reason")', ["drop_column"]),
        ('op.rename_table("piles", "heaps")', ["rename_table"]),
        ('op.alter_column("posts", "reason", new_column_name="why")', ["alter_column"]),
        ('op.execute("DELETE FROM words")', ["DELETE FROM words"]),
        ('op.execute("ALTER TABLE posts RENAME COLUMN a TO b")', ["ALTER TABLE posts RENAME COLUMN a TO b"]),
        ('op.add_column("posts", sa.Column("go", sa.Boolean()))', []),
        ('op.drop_index("ix_posts_status", "posts")', []),
        ('op.execute("UPDATE posts SET status = status")', []),
    ],
)
def test_what_counts_as_taking_away(step: str, found: list[str]) -> None:
    source = f"def upgrade() -> None:\n    {step}\n"
    assert taken_away(source) == found
    assert taken_away(f'TAKES_AWAY = "it held passwords; they are gone"\n{source}') == []
