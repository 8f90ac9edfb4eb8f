"""Which kind of delivery there is decides one table, and the type checker reads it."""

from __future__ import annotations

from pathlib import Path

from bot.domain.kinds import DeliveryType
from bot.services.deliveries import posts
from bot.services.deliveries.kinds import KINDS
from bot.workers import worker
from tests.type_checker import find_type_errors


def refused(folder: Path, source: str, *changes: tuple[str, str]) -> list[str]:
    """What strict mypy, as it is set up here, says of a copy of a file of ours, in which this was changed."""
    text = Path(source).read_text()
    for before, after in changes:
        assert text.count(before) == 1, f"{before} is not there once: this proves nothing"
        text = text.replace(before, after)
    copy = folder / "copy_of_ours.py"
    copy.write_text(text)
    return find_type_errors(copy)


def test_the_publishing_path_is_type_checked(tmp_path: Path) -> None:
    """The worker chose between modules of a dictionary, which mypy reads as Any: `kind.begin_nonsense` passed."""
    assert refused(tmp_path, worker.__file__) == []
    for change in (
        ("KINDS[begun.kind].deletes", "KINDS[begun.kind].begin_nonsense"),
        ("machine.begin,", "machine.begin_nonsense,"),
        ("machine.record_outcome, begun, outcome", "machine.record_outcome, begun, 7"),
    ):
        assert len(refused(tmp_path, worker.__file__, change)) == 1, change


def test_a_kind_that_lacks_a_step_is_no_kind(tmp_path: Path) -> None:
    kinds = str(Path(posts.__file__).with_name("kinds.py"))
    change = ("DeliveryType.TAKE_DOWN: TakeDowns()", "DeliveryType.TAKE_DOWN: object()")
    assert len(refused(tmp_path, kinds, change)) == 1


def test_every_kind_has_one_object() -> None:
    assert set(KINDS) == set(DeliveryType)
    assert [kind for kind, it in KINDS.items() if it.deletes] == [DeliveryType.TAKE_DOWN]
