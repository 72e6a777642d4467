"""Does `offbook sandbox` start a pretended system that its printed settings fit?"""

from __future__ import annotations

import importlib.util
import tempfile
import threading
from pathlib import Path

import pytest

from connectors.contract import ConfigError
from sandbox.command import VENDORS, kept_up, started, told
from tests.command_line import call


@pytest.mark.parametrize("vendor", sorted(VENDORS))
def test_the_settings_that_are_printed_work(vendor: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    example = started(vendor, 0)
    try:
        book = tmp_path / "book.csv"
        book.write_text("公司名称,联系人,手机,id\n上海宇润科技有限公司,赵敏,13911112222,\n", "utf-8")
        jobs = f"  book: book.csv\njobs:\n  agree: {{push: [book, {vendor}]}}\n"
        (tmp_path / "offbook.yaml").write_text(f"{example.source}\n{jobs}", "utf-8")
        (tmp_path / "mappings").mkdir()
        for name, text in {**example.mappings, "book.yaml": _BOOK}.items():
            (tmp_path / "mappings" / name).write_text(text + "\n", "utf-8")
        for name, value in example.secrets.items():
            monkeypatch.setenv(name, value)
        checked = call("check", folder=tmp_path)
        assert checked.code == 0, checked.out + checked.err
        planned = call("plan", folder=tmp_path)
        assert planned.code == 0, planned.out + planned.err
    finally:
        example.fake.stop()


_BOOK = """table: book
offbook_id: id
record:
  organisation: {name: 公司名称}
  person: {name: 联系人, phones: 手机, works_at: organisation}"""


def test_it_says_what_to_write_where_and_ends_when_told() -> None:
    example = started("airtable", 0)
    said: list[str] = []
    told(example, lambda line: said.append(str(line)))
    text = "\n".join(said)
    assert example.fake.base in text
    assert "AIRTABLE_TOKEN=patSandbox" in text
    stop = threading.Event()
    stop.set()
    kept_up(example, stop)
    with pytest.raises(AssertionError):
        _ = example.fake.base


def test_a_vendor_that_nobody_pretends_to_be_and_a_port_that_is_taken() -> None:
    with pytest.raises(ConfigError, match=r"there is: .*airtable"):
        started("saleforce", 0)
    example = started("airtable", 0)
    port = int(example.fake.base.rpartition(":")[2])
    with pytest.raises(ConfigError, match="is taken"):
        started("airtable", port)
    example.fake.stop()


def test_an_address_book_needs_a_server_and_leaves_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    started("carddav", 0).fake.stop()
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(ConfigError, match="pip install radicale"):
        started("carddav", 0)
