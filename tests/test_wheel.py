"""Does the wheel work where it is installed, beside others that call their modules as we do? (DESIGN §3)"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
RIVALS = ("connectors", "sync", "matching", "mappings", "cli")
BIN = "Scripts" if os.name == "nt" else "bin"


def run(*words: object, at: Path) -> str:
    """What it prints; fails with what it said where it fails."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(list(map(str, words)), cwd=at, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "--quiet")
    run(*pip, "--no-deps", "--no-build-isolation", "--wheel-dir", folder, ROOT, at=folder)
    return next(folder.glob("offbook-*.whl"))


@pytest.fixture(scope="module")
def place(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with the wheel, the packages of this one, and a rival's modules of our names."""
    folder = tmp_path_factory.mktemp("place")
    venv.create(folder / "venv", with_pip=False)
    python = folder / "venv" / BIN / Path(sys.executable).name
    packages = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", at=folder).strip())
    for rival in RIVALS:
        (packages / f"{rival}.py").write_text(
            f"raise ImportError('the {rival} of another package')\n", encoding="utf-8"
        )
    shared = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    lines = [
        f"import sys; sys.path.append({path!r})" for path in sorted(shared)
    ]  # not site.addsitedir: no .pth of ours
    (packages / "shared.pth").write_text("\n".join(lines) + "\n", encoding="utf-8")
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", python, "install", "--quiet")
    run(*pip, "--no-deps", "--no-index", "--ignore-installed", wheel, at=folder)
    return folder


def test_the_program_runs_beside_a_rival(place: Path) -> None:
    program = place / "venv" / BIN / "offbook"
    assert run(program, "--version", at=place).startswith("offbook ")
    names = {one["name"] for one in json.loads(run(program, "connectors", "--json", at=place))["connectors"]}
    assert {"csv", "xlsx", "vcard", "sql", "memory"} <= names


def test_the_wheel_puts_nothing_at_the_top(wheel: Path, place: Path) -> None:
    code = "import zipfile, sys; print(*sorted({n.split('/')[0] for n in zipfile.ZipFile(sys.argv[1]).namelist()}))"
    tops = run(sys.executable, "-c", code, wheel, at=place).split()
    assert [top for top in tops if not top.endswith(".dist-info")] == ["offbook"]


def test_a_workspace_is_begun_and_checked_with_what_is_installed(place: Path) -> None:
    folder = place / "workspace"
    folder.mkdir()
    (folder / "a.csv").write_text("姓名,手机\n王芳,13800138000\n", encoding="utf-8")
    program = place / "venv" / BIN / "offbook"
    told = json.loads(run(program, "map", "suggest", "a.csv", "--json", at=folder))
    assert [column["field"] for column in told["columns"]] == ["person.name", "person.phones"]
