"""What strict mypy, as it is set up here, says of files that are not ours."""

from __future__ import annotations

from pathlib import Path

from mypy import api

CONFIGURATION = Path(__file__).parents[1] / "pyproject.toml"


def find_type_errors(*files: Path) -> list[str]:
    """One line an error. Some seconds; what `make lint` has just checked is not checked again."""
    said, troubles, _ = api.run(["--config-file", str(CONFIGURATION), "--no-error-summary", *map(str, files)])
    assert not troubles
    return said.splitlines()
