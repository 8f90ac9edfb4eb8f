"""Byhand's wheel, and environments that hold it with nothing but what it asks for.

No index is asked: what the wheel requires is linked from the environment that runs the tests. So a library that it
uses and does not name is missing here, as it would be anywhere else.
"""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, distribution
from pathlib import Path
from zipfile import ZipFile

from hatchling.builders.wheel import WheelBuilder
from packaging.requirements import Requirement

# Imports every module of Byhand whose name does not begin with one of its arguments, and prints from where. Most of
# them are there whatever is left out; fewer are a folder without its `__init__.py`.
IMPORT_ALL = """\
import importlib, pkgutil, sys
import bot
done = 0
for module in pkgutil.walk_packages(bot.__path__, "bot.", onerror=print):
    if not module.name.startswith(("bot.__main__", "bot.store.migrations", *sys.argv[1:])):
        importlib.import_module(module.name)
        done += 1
assert done > 200, f"{done} modules are not all of Byhand"
print(bot.__file__)
"""


@dataclass(frozen=True)
class Environment:
    folder: Path

    @property
    def packages(self) -> Path:
        return self.folder / "lib" / f"python3.{sys.version_info.minor}" / "site-packages"

    def python(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run its interpreter in an empty folder."""
        nowhere = self.folder / "nowhere"
        nowhere.mkdir(exist_ok=True)
        ours = ("PYTHON", "BYHAND_", "SLACK_", "COVERAGE_")
        environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        return subprocess.run(
            [self.folder / "bin" / "python", *words],
            cwd=nowhere, env=environment, capture_output=True, text=True, timeout=280, check=False,
        )  # fmt: skip

    def byhand(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self.python("-m", "bot", *words)


def build_wheel(source: Path, folder: Path) -> Path:
    """Build it as pip does; gives the file."""
    return Path(next(iter(WheelBuilder(str(source)).build(directory=str(folder), versions=["standard"]))))


def install(wheel: Path, folder: Path, extras: Iterable[str] = ()) -> Environment:
    """A fresh environment with the wheel unpacked in it, and its requirements with these extras."""
    environment = Environment(folder)
    venv.create(folder, symlinks=True)
    with ZipFile(wheel) as archive:
        archive.extractall(environment.packages)
    (info,) = environment.packages.glob("*.dist-info")
    for each in _required(Distribution.at(info), extras, set()):
        for name in {file.parts[0] for file in each.files or ()} - {"..", "__pycache__"}:
            target = environment.packages / name
            if not target.exists():
                target.symlink_to(Path(str(each.locate_file(name))))
    return environment


def _required(of: Distribution, extras: Iterable[str], seen: set[str]) -> Iterator[Distribution]:
    for line in of.requires or ():
        requirement = Requirement(line)
        wanted = [{"extra": extra} for extra in ("", *extras)]
        if requirement.marker and not any(requirement.marker.evaluate(each) for each in wanted):
            continue
        if (key := f"{requirement.name.lower()}{sorted(requirement.extras)}") not in seen:
            seen.add(key)
            found = distribution(requirement.name)
            yield found
            yield from _required(found, requirement.extras, seen)
