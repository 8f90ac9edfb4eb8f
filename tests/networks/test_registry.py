"""How networks are found, ours and those of other packages."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from bot.networks import registry
from bot.networks.protocol import AccountSettings

MODULE = """
from bot.networks.bluesky.client import DOCUMENTED
class Network:
    name = "pigeon"
    title = "Pigeon"
    secrets = ()
    documented = DOCUMENTED
    visibilities = ()
    def open(self, account, vault):
        return f"a pigeon for {account.name}"
NETWORK = Network()
NAMELESS = object()
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package installed beside Byhand, as pip would leave it."""
    (tmp_path / "pigeon_network.py").write_text(MODULE)
    info = tmp_path / "pigeon_network-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: pigeon-network\nVersion: 1.0\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    registry._entries.cache_clear()
    yield info / "entry_points.txt"
    sys.modules.pop("pigeon_network", None)
    registry._entries.cache_clear()


def offer(package: Path, *lines: str) -> None:
    package.write_text("\n".join(["[byhand.networks]", *lines, ""]))


class NoVault:
    def load(self, name: str) -> str | None:
        return None

    def save(self, name: str, value: str) -> None: ...


def test_the_built_in_ones_come_through_the_door() -> None:
    assert {"bluesky", "mastodon"} <= set(registry.list_names())
    assert registry.load_network("mastodon").title == "Mastodon"


def test_every_network_of_ours_is_named_in_the_metadata() -> None:
    """Of the source: what is installed may be of an earlier day."""
    root = Path(registry.__file__).parents[2]
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    named = project["project"]["entry-points"][registry.GROUP]
    clients = (root / "bot" / "networks").glob("*/client.py")
    folders = {path.parent.name for path in clients if "\nNETWORK = " in path.read_text(encoding="utf-8")}
    assert set(named) == folders - {"manual"}
    for name, where in named.items():
        assert EntryPoint(name, where, registry.GROUP).load().name == name


def test_another_packages_network_is_found(package: Path) -> None:
    offer(package, "pigeon = pigeon_network:NETWORK")
    assert "pigeon" in registry.list_names()
    account = AccountSettings("loft", "pigeon", "https://loft.example")
    assert str(registry.connect(account, NoVault())) == "a pigeon for loft"


def test_an_unknown_one_names_those_that_are_there() -> None:
    with pytest.raises(
        registry.UnknownNetwork, match=r"no network 'myspace'; installed are bluesky,.* manual, mastodon"
    ):
        registry.load_network("myspace")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("pigeon = pigeon_network:MISSING", "cannot be loaded"),
        ("pigeon = no_such_module:NETWORK", "No module named 'no_such_module'"),
        ("pigeon = pigeon_network:NAMELESS", "lacks name, title"),
        ("dove = pigeon_network:NETWORK", "calls itself 'pigeon'"),
        ("mastodon = pigeon_network:NETWORK", "offered twice"),
    ],
)
def test_a_broken_one_says_what_is_wrong(package: Path, line: str, words: str) -> None:
    offer(package, line)
    with pytest.raises(registry.BrokenNetwork, match=words):
        registry.load_network(line.split(" ")[0])


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (AccountSettings("a", "mastodon", "https://dock.example"), "token of a is empty"),
        (AccountSettings("a", "mastodon", "dock.example", secrets={"TOKEN": "t"}), "write https://host"),
        (
            AccountSettings("a", "mastodon", "https://d.example", visibility="all", secrets={"TOKEN": "t"}),
            "use one of public",
        ),
        (AccountSettings("a", "bluesky", "https://d.example", secrets={"PASSWORD": "p"}), "needs its handle"),
        (AccountSettings("a", "bluesky", "https://d.example", "x.test"), "app password of a is empty"),
        (
            AccountSettings("a", "bluesky", "https://d.e", "x.test", "public", secrets={"PASSWORD": "p"}),
            "no visibility",
        ),
    ],
)
def test_settings_that_cannot_be_used_are_refused_in_words(settings: AccountSettings, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        registry.connect(settings, NoVault())
