"""Secrets: encrypted, readable with any of the keys, and nowhere in plain."""

from __future__ import annotations

import stat
import threading
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.store.engine import vault as vault_module
from bot.store.engine.store import Store
from bot.store.engine.vault import (
    BadKey,
    StoreVault,
    open_keys,
    open_keys_of,
    rotate_keys,
    rotate_secrets,
    save_secret,
    to_key_file,
)
from bot.store.tables.system import secrets
from tests.stores import NOW

OLD, NEW = (urlsafe_b64encode(32 * letter).decode() for letter in (b"o", b"n"))
NOWHERE = Path("not/used")


def vault(store: Store, keys: str, owner: str = "dockbakery-bluesky") -> StoreVault:
    return StoreVault(store, open_keys(keys, NOWHERE), owner)


def test_what_was_saved_is_loaded_and_newer_replaces_older(store: Store) -> None:
    mine = vault(store, OLD)
    assert mine.load("session") is None
    mine.save("session", "first")
    mine.save("session", "zweite — 🥐")
    assert mine.load("session") == "zweite — 🥐"
    assert vault(store, OLD, "another").load("session") is None
    assert store.read(lambda conn: conn.execute(select(secrets.c.at)).scalars().all()) == [NOW]


def test_nothing_plain_is_on_disk(sqlite_url: str, tmp_path: Path) -> None:
    with Store.open(sqlite_url, now=lambda: NOW) as store:
        vault(store, OLD).save("session", "very-secret-token")
        files = {path.name: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
        assert vault(store, OLD).load("session") == "very-secret-token"
    files["after closing"] = (tmp_path / "byhand.db").read_bytes()
    assert any(b"dockbakery-bluesky" in content for content in files.values())  # the search would find it
    assert not [name for name, content in files.items() if b"very-secret" in content]


def test_keys_are_rotated(store: Store) -> None:
    vault(store, OLD).save("session", "one")
    vault(store, OLD, "other").save("password", "two")
    with pytest.raises(BadKey, match=r"session of dockbakery-bluesky .* another key"):
        vault(store, NEW).load("session")
    both = open_keys(f"{NEW}, {OLD}", NOWHERE)
    assert StoreVault(store, both, "other").load("password") == "two"
    assert store.write(lambda conn: rotate_secrets(conn, both)) == 2
    assert vault(store, NEW).load("session") == "one"
    assert vault(store, NEW, "other").load("password") == "two"
    with pytest.raises(BadKey):
        vault(store, OLD).load("session")


def test_the_first_key_encrypts(store: Store) -> None:
    vault(store, f"{NEW},{OLD}").save("session", "one")
    assert vault(store, NEW).load("session") == "one"


def test_a_secret_can_join_a_write(store: Store) -> None:
    keys = open_keys(OLD, NOWHERE)
    later = NOW + timedelta(hours=1)
    store.write(lambda conn: save_secret(conn, keys, "a", "session", "one", later))
    assert StoreVault(store, keys, "a").load("session") == "one"


def test_a_key_file_is_made_once_and_private(tmp_path: Path) -> None:
    file = to_key_file(f"sqlite:///{tmp_path}/byhand.db")
    assert file == tmp_path / "byhand.key"
    token = open_keys(None, file).encrypt(b"x")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert open_keys(None, file).decrypt(token) == b"x"
    assert open_keys("", file).decrypt(token) == b"x"
    assert open_keys(file.read_text(), NOWHERE).decrypt(token) == b"x"


def test_a_key_file_beside_a_link_is_used_where_it_lies(tmp_path: Path) -> None:
    """The database is the file the link leads to; a key that lay beside the link before is not made anew."""
    (tmp_path / "disk").mkdir()
    (tmp_path / "byhand.db").symlink_to(tmp_path / "disk" / "byhand.db")
    url = f"sqlite:///{tmp_path}/byhand.db"
    assert to_key_file(url) == tmp_path / "disk" / "byhand.key"
    (tmp_path / "byhand.key").touch()
    assert to_key_file(url) == tmp_path / "byhand.key"
    (tmp_path / "disk" / "byhand.key").touch()
    assert to_key_file(url) == tmp_path / "disk" / "byhand.key"


def test_a_key_file_others_can_read_is_refused_with_the_mend(tmp_path: Path) -> None:
    file = tmp_path / "byhand.key"
    file.write_text(OLD)
    file.chmod(0o640)
    with pytest.raises(BadKey, match=f"Run: chmod 600 {file}"):
        open_keys(None, file)
    file.chmod(0o400)
    open_keys(None, file)


@pytest.mark.parametrize("content", ["", "\n", "hunter2", "ä" * 44])
def test_a_bad_key_file_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "byhand.key"
    file.write_text(content)
    file.chmod(0o600)
    with pytest.raises(BadKey, match=r"byhand\.key"):
        open_keys(None, file)
    assert file.read_text() == content


@pytest.mark.parametrize("value", ["hunter2", f"{OLD},hunter2", ",", "ä" * 44])
def test_a_bad_byhand_key_is_refused_without_repeating_it(value: str) -> None:
    with pytest.raises(BadKey) as refusal:
        open_keys(value, NOWHERE)
    assert "BYHAND_KEY" in str(refusal.value)
    assert "hunter2" not in str(refusal.value)


def test_a_lost_key_file_is_not_made_anew_beside_what_it_encrypted(store: Store, tmp_path: Path) -> None:
    """A new one was made, every account failed, and nobody was told."""
    file = tmp_path / "byhand.key"
    StoreVault(store, open_keys_of(store, None, file), "dockbakery-bluesky").save("session", "one")
    text = file.read_text()
    file.unlink()
    with pytest.raises(BadKey, match=r"byhand\.key is gone; .* for dockbakery-bluesky\. Put it back"):
        open_keys_of(store, None, file)
    assert not file.exists()
    assert open_keys_of(store, text, file).texts == [text.strip()]
    with pytest.raises(BadKey, match="is gone"):
        rotate_keys(store, None, file)
    assert rotate_keys(store, None, file, forget=True).forgotten == ["dockbakery-bluesky"]
    assert StoreVault(store, open_keys_of(store, None, file), "dockbakery-bluesky").load("session") is None


def test_rotating_beside_a_running_bot(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "byhand.key"
    running = StoreVault(store, open_keys_of(store, None, file), "a")
    running.save("session", "one")
    old = file.read_text()
    assert rotate_keys(store, None, file).count == 1
    assert file.read_text() != old
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert running.load("session") == "one"
    running.save("session", "two")
    assert StoreVault(store, open_keys(None, file), "a").load("session") == "two"
    with pytest.raises(BadKey):
        StoreVault(store, open_keys(old, NOWHERE), "a").load("session")


@pytest.mark.parametrize("step", ["before both", "both", "encrypted", "new"])
def test_rotation_that_stops_anywhere_loses_nothing(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    file = tmp_path / "byhand.key"
    StoreVault(store, open_keys_of(store, None, file), "a").save("session", "one")
    replace, rotate = vault_module._replace_key_file, vault_module.rotate_secrets
    steps = iter(["before both", "both", "encrypted", "new"])

    def dying(done: Callable[..., Any]) -> Callable[..., Any]:
        def die(*args: Any) -> Any:
            if next(steps) == step:
                raise KeyboardInterrupt
            return done(*args)

        return die

    with monkeypatch.context() as patch:
        patch.setattr(vault_module, "_replace_key_file", dying(replace))
        patch.setattr(vault_module, "rotate_secrets", dying(rotate))
        if step == "new":
            rotate_keys(store, None, file)
        else:
            with pytest.raises(KeyboardInterrupt):
                rotate_keys(store, None, file)
    assert StoreVault(store, open_keys_of(store, None, file), "a").load("session") == "one"
    rotate_keys(store, None, file)
    assert StoreVault(store, open_keys_of(store, None, file), "a").load("session") == "one"
    assert len(open_keys(None, file).texts) == 1


def test_what_another_key_encrypted_stops_a_rotation_before_it_begins(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "byhand.key"
    open_keys(None, file)
    vault(store, OLD).save("session", "one")
    before = file.read_text()
    with pytest.raises(BadKey, match="another key"):
        rotate_keys(store, None, file)
    assert file.read_text() == before


def test_rotating_what_the_environment_holds(store: Store, tmp_path: Path) -> None:
    vault(store, OLD).save("session", "one")
    with pytest.raises(BadKey, match="holds one key"):
        rotate_keys(store, OLD, tmp_path / "unused")
    assert rotate_keys(store, f"{NEW},{OLD}", tmp_path / "unused").count == 1
    assert vault(store, NEW).load("session") == "one"
    with pytest.raises(BadKey, match="session of dockbakery-bluesky"):
        rotate_keys(store, OLD + "," + OLD, tmp_path / "unused")


def test_no_place_for_a_key_file(tmp_path: Path) -> None:
    with pytest.raises(BadKey, match="set BYHAND_KEY"):
        open_keys(None, tmp_path / "nowhere" / "byhand.key")


def test_on_postgres_the_key_file_is_in_the_working_directory() -> None:
    assert to_key_file("postgresql://db/byhand") == Path.cwd() / "byhand.key"


def test_two_rotations_at_once_lose_nothing(sqlite_store: Store, tmp_path: Path) -> None:
    """Seen: each dropped the other's key, and every secret was lost for good."""
    file = tmp_path / "keys" / "byhand.key"
    file.parent.mkdir()
    StoreVault(sqlite_store, open_keys(None, file), "bakery").save("session", "one")
    for _ in range(40):
        gate = threading.Barrier(2)

        def rotate(gate: threading.Barrier = gate) -> None:
            gate.wait()
            rotate_keys(sqlite_store, None, file)

        both = [threading.Thread(target=rotate) for _ in range(2)]
        for each in both:
            each.start()
        for each in both:
            each.join()
        assert StoreVault(sqlite_store, open_keys(None, file), "bakery").load("session") == "one"
