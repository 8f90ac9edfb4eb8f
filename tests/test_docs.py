"""The documents name only what is there: paths, make targets, pages; and the hooks before a commit are CI's checks."""

from __future__ import annotations

import re
import tomllib
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
PLACE = re.compile(r"`((?:bot|tests|docs|\.ci|\.github)/[\w/.-]*)`")


def named(pattern: re.Pattern[str]) -> set[tuple[str, str]]:
    """(page, what it names), wherever the pattern is found."""
    return {
        (str(page.relative_to(ROOT)), found)
        for page in PAGES
        for found in pattern.findall(page.read_text(encoding="utf-8"))
    }


def test_every_place_exists() -> None:
    places = named(PLACE)
    assert len(places) > 50
    assert {(page, path) for page, path in places if not (ROOT / path).exists()} == set()


def test_every_link_leads_somewhere() -> None:
    def leads(page: str, link: str) -> bool:
        file, _, heading = link.partition("#")
        target = (ROOT / page).parent / file if file else ROOT / page
        return target.exists() and (not heading or heading in headings(target))

    links = named(re.compile(r"\]\((?!https?:)([^)]+)\)"))
    assert links
    assert {(page, link) for page, link in links if not leads(page, link)} == set()


def headings(page: Path) -> set[str]:
    """As GitHub makes addresses of them."""
    found = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w -]", "", line.lower()).replace(" ", "-") for line in found}


def test_every_make_target_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", MAKEFILE, flags=re.MULTILINE))
    wanted = named(re.compile(r"(?:`|^)make ([a-z-]+)", flags=re.MULTILINE))
    assert {"setup", "test", "demo"} <= {target for _page, target in wanted}
    assert {(page, target) for page, target in wanted if target not in targets} == set()


def test_the_drawing_of_the_layers_is_the_contract() -> None:
    """To mend it: put what is missing into the drawing in docs/architecture.md."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    (contract,) = (one for one in contracts if one["type"] == "layers" and one["containers"] == ["bot"])
    layers = [" & ".join(re.findall(r"\w+", layer)) for layer in contract["layers"]]
    drawing = re.search(r"```mermaid\nflowchart TD\n(.+?)```", page("docs/architecture.md"), flags=re.DOTALL)
    assert drawing is not None
    drawn = [line.strip() for line in drawing[1].splitlines()]
    assert drawn == [f"{above} --> {below}" for above, below in pairwise(layers)]


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_every_page_is_linked_from_another() -> None:
    linked = {(ROOT / one).parent / link for one, link in named(re.compile(r"\]\(([^)#:]+)[)#]"))}
    assert {one for one in PAGES[1:] if one.resolve() not in {each.resolve() for each in linked}} == set()


def test_ci_asks_every_checker() -> None:
    assert re.findall(r"^make .+$", page(".ci/run"), flags=re.MULTILINE) == ["make bench-quick", "make test"]
    lint = re.search(r"^lint:.*\n((?:\t.+\n)+)", MAKEFILE, flags=re.MULTILINE)
    assert lint is not None
    asked = re.findall(r"^\t\$\(BIN\)/(.+)", lint[1], flags=re.MULTILINE)
    assert asked == ["ruff check .", "ruff format --check .", "mypy", "lint-imports"]


def test_the_hooks_before_a_commit_are_what_lint_runs() -> None:
    lint = re.search(r"^lint:.*\n((?:\t.+\n)+)", MAKEFILE, flags=re.MULTILINE)
    assert lint is not None
    commands = [line.strip().replace("$(BIN)/", ".venv/bin/") for line in lint[1].splitlines()]
    settings = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    hooks = settings["repos"][0]["hooks"]
    assert [hook["entry"] for hook in hooks if "stages" not in hook] == commands
    assert [hook["entry"] for hook in hooks if hook.get("stages") == ["pre-push"]] == ["make test"]
    assert {(hook["language"], hook["pass_filenames"]) for hook in hooks} == {("system", False)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_begins_with_its_title(page: Path) -> None:
    assert re.match(r"# \S.*\n\n\S", page.read_text(encoding="utf-8"))


def test_make_demo_says_in_plain_words_what_it_does() -> None:
    """Its first minute showed the raw commands of an installation."""
    for target in ("demo:", "$(STAMP):", "$(DEMO):"):
        recipe = MAKEFILE.partition(f"\n{target}")[2].partition("\n\n")[0].splitlines()[1:]
        assert recipe, target
        assert [line for line in recipe if line.startswith("\t") and not line.startswith("\t@")] == []
