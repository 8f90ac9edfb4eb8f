"""Which kind of delivery there is decides one table, and the type checker reads it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from bot.domain.kinds import DeliveryType
from bot.services.deliveries import posts
from bot.services.deliveries.kinds import KINDS
from bot.workers import worker
from tests.type_checker import find_type_errors

WORKER = Path(worker.__file__)
KINDS_FILE = Path(posts.__file__).with_name("kinds.py")


def copy(folder: Path, source: Path, before: str, after: str) -> Path:
    """A copy of a file of ours, in which this was changed."""
    text = source.read_text(encoding="utf-8")
    assert text.count(before) == 1, f"{before} is not there once: this proves nothing"
    made = folder / f"copy_{len(list(folder.iterdir()))}.py"
    made.write_text(text.replace(before, after), encoding="utf-8")
    return made


def test_the_publishing_path_is_type_checked(tmp_path: Path) -> None:
    """The worker chose between modules of a dictionary, which mypy reads as Any: `kind.begin_nonsense` passed.

    And a kind that lacks a step is no kind. All in one run of mypy: each begins with seconds of reading libraries.
    """
    as_it_is = [
        copy(tmp_path, WORKER, "KINDS[begun.kind].deletes", "KINDS[begun.kind].deletes"),
        copy(
            tmp_path, KINDS_FILE, "DeliveryType.TAKE_DOWN: TakeDowns()", "DeliveryType.TAKE_DOWN: TakeDowns()"
        ),
    ]
    wrong = [
        copy(tmp_path, WORKER, "KINDS[begun.kind].deletes", "KINDS[begun.kind].begin_nonsense"),
        copy(tmp_path, WORKER, "machine.begin,", "machine.begin_nonsense,"),
        copy(tmp_path, WORKER, "machine.record_outcome, begun, outcome", "machine.record_outcome, begun, 7"),
        copy(tmp_path, KINDS_FILE, "DeliveryType.TAKE_DOWN: TakeDowns()", "DeliveryType.TAKE_DOWN: object()"),
    ]
    errors = find_type_errors(*as_it_is, *wrong)
    of_each = Counter(Path(line.partition(":")[0]).name for line in errors if ": error: " in line)
    assert of_each == {file.name: 1 for file in wrong}, errors


def test_every_kind_has_one_object() -> None:
    assert set(KINDS) == set(DeliveryType)
    assert [kind for kind, it in KINDS.items() if it.deletes] == [DeliveryType.TAKE_DOWN]
