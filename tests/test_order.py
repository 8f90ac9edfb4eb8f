"""Files that parse the whole program share one parse of it, which takes seconds: one worker plays them all."""

from pathlib import Path

from tests.order import BETWEEN, LONGEST, READS_PROGRAM, find_group, place_groups

HERE = Path(__file__).parent


def test_who_parses_the_program_is_with_the_others() -> None:
    found = {
        path.relative_to(HERE.parent).as_posix()
        for path in HERE.rglob("test_*.py")
        if "parse_program" in path.read_text(encoding="utf-8") and path != Path(__file__)
    }
    assert found == READS_PROGRAM


def test_what_comes_first_is_there() -> None:
    groups = {find_group(path.relative_to(HERE.parent).as_posix()) for path in HERE.rglob("test_*.py")}
    assert [name for name in LONGEST if not any(name in group for group in groups)] == []


def test_the_longest_come_early_and_not_all_at_once() -> None:
    others = [f"tests/test_{number}.py" for number in range(200)]
    places = place_groups([*others, *LONGEST])
    assert sorted(places.values()) == list(range(len(others) + len(LONGEST)))
    assert [places[name] for name in LONGEST] == [at * (BETWEEN + 1) for at in range(len(LONGEST))]
    assert [name for name in sorted(places, key=places.__getitem__) if name in others] == others
