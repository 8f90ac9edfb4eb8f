"""Write the next migration from the difference between `core.py` and the migrations there are.

    python -m bot.store.migrations "what it does"

Read what it wrote: Alembic sees columns, keys and indexes, but no changed check and no changed data. Migrations only
add, and one that was released never changes: tests/store/test_migrations_add.py says how.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import cast

from alembic import command
from alembic.script import Script

from bot.store.engine.migrate import list_known_revisions, make_alembic_config, upgrade
from bot.store.engine.sqlite import make_writer_engine

USAGE = 'Usage: python -m bot.store.migrations "what it does"'


def write_next(message: str) -> None:
    revisions = list_known_revisions()
    with tempfile.TemporaryDirectory() as folder:
        engine = make_writer_engine(Path(folder) / "empty.db", foreign_keys=False)
        with engine.begin() as conn:
            if revisions:
                upgrade(conn)
            number = f"{len(revisions) + 1:04}"
            script = command.revision(make_alembic_config(conn), message, autogenerate=True, rev_id=number)
        engine.dispose()
    file = Path(cast(Script, script).path)
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if "# ###" not in line]
    text = "\n".join(lines).rstrip() + "\n"
    file.write_text(text.replace("\n\n\n\n", "\n\n\n"), encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 2:  # the message
        sys.exit(USAGE)
    write_next(sys.argv[1])
