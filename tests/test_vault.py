"""Are secrets that change while we run kept, private, and refreshed by one at a time?"""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from connectors.contract import ConfigError, Stopped
from connectors.shared.locks import held
from connectors.vault import FileVault, MemoryVault


@pytest.mark.parametrize("kind", ["memory", "file"])
def test_what_is_set_is_found_again(tmp_path: Path, kind: str) -> None:
    vault = MemoryVault() if kind == "memory" else FileVault(tmp_path / "new" / "secrets.json")
    assert vault.get("zoho") is None
    vault.set("zoho", "t0ken")
    vault.set("其他", "x")
    assert (vault.get("zoho"), vault.get("其他")) == ("t0ken", "x")
    with vault.lock("zoho"):
        vault.set("zoho", "newer")
    assert vault.get("zoho") == "newer"
    assert "newer" not in repr(vault)


def test_the_file_is_private_and_whole(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    FileVault(path).set("zoho", "t0ken")
    assert FileVault(path).get("zoho") == "t0ken"
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not [p for p in tmp_path.iterdir() if p.suffix == ".tmp"]


@pytest.mark.skipif(os.name != "posix", reason="modes are those of POSIX")
def test_a_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    FileVault(path).set("zoho", "t0ken")
    path.chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        FileVault(path).get("zoho")


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"a": 1}', b"\xff"])
def test_a_broken_file_is_told_without_its_content(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "secrets.json"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(ConfigError, match="sign in again"):
        FileVault(path).get("zoho")


def test_a_lock_waits_for_another_thread(tmp_path: Path) -> None:
    vault, order, inside = FileVault(tmp_path / "s.json"), list[str](), threading.Event()

    def other() -> None:
        with FileVault(tmp_path / "s.json").lock("zoho"):
            order.append("other")

    with vault.lock("zoho"):
        thread = threading.Thread(target=other)
        thread.start()
        inside.wait(0.1)
        order.append("first")
    thread.join(10.0)
    assert order == ["first", "other"]


def test_locks_of_other_names_do_not_wait(tmp_path: Path) -> None:
    vault = FileVault(tmp_path / "s.json")
    with vault.lock("a"), vault.lock("b"), vault.lock("a/b"):
        pass


def test_waiting_for_a_lock_can_be_stopped(tmp_path: Path) -> None:
    def stop(_: float) -> None:
        raise Stopped("the run was told to stop")

    with held(tmp_path / "x.lock"), pytest.raises(Stopped), held(tmp_path / "x.lock", stop):
        pass


def test_a_killed_process_gives_its_lock_up(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib; from connectors.shared.locks import held\n"
        f"with held(pathlib.Path({str(tmp_path / 'x.lock')!r})):\n"
        "    print('held', flush=True); sys.stdin.read()\n"
    )
    root = Path(__file__).resolve().parents[1]
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        tried: list[float] = []

        def wait(seconds: float) -> None:
            tried.append(seconds)
            process.kill()
            process.wait()

        with held(tmp_path / "x.lock", wait):
            assert tried, "the lock was free while another process held it"
