"""The report of a plan: does it tell everything, open without a network, and let no customer's value do anything?"""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from connectors.contract import ConfigError
from sync.report import facts, report
from sync.report.charts import Piece, Row, bars
from sync.report.markup import Html, join, tag
from tests.engine import Side, World
from tests.review_rig import waiting

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
EVIL = "<script>window.evil=1</script><img src=x onerror=evil()>\"'&amp;</style>"
VOID = frozenset({"meta", "br", "hr", "input", "link"})


class Reader(HTMLParser):
    """Elements and texts of a page; fails where an element is closed that was not opened last."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] not in ("script", "style"):
            self.texts.append(data)


def page_of(world: World, plan: int = 0, **options: Any) -> tuple[str, Reader]:
    path = world.folder / "report.html"
    with world.session() as session:
        assert report(session, plan, path=path, **options) == path
    text = path.read_text(encoding="utf-8")
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert not reader.open
    return text, reader


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Everything that waits, and a plan of several changes that was not applied."""
    world, keys = waiting(tmp_path_factory.mktemp("still"))
    world.edit("crm", keys.crm, a="crm moved")
    world.add("lee", "沈阳账外有限公司", a="new", p1="024-77770001")
    world.plan()
    return world


def test_it_tells_what_was_found_what_would_change_and_what_waits(still: World) -> None:
    _, reader = page_of(still, values=True)
    text = "\n".join(reader.texts)
    for told in (
        "not applied yet",
        "沈阳账外有限公司",
        "this plan creates it",
        "crm moved",
        "Is this the same customer?",
        "大方商贸(北京)",
        "‹请致电前台› (no telephone number)",
        "kept: differed when they met, so both stay as they are",
        "Gone, and not created again until somebody says so",
        "+862477770001",
    ):
        assert told in text, told
    assert re.search(r"offbook apply \d+", text)


def test_the_chinese_page_has_no_english_left(still: World) -> None:
    text, reader = page_of(still, lang="zh")
    assert '<html lang="zh-CN">' in text
    words = " ".join(reader.texts)
    known = {
        "offbook",
        "review",
        "explain",
        "export",
        "changes",
        "list",
        "apply",
        "decide",
        "plan",
        "crm",
        "wang",
        "lee",
    }
    known |= {"main", "organisation", "golden", "same", "different", "other", "new", "says", "too", "moved"}
    known |= {
        "accept",
        "mark",
        "create",
        "agree",
        "job",
        "SOURCE",
        "KEY",
        "UTC",
        "CRM",
        "Offbook",
        "values",
        "code",
        "one",
    }
    left = {word for word in re.findall(r"[A-Za-z]{3,}", words) if not re.fullmatch(r"[0-9a-f]+", word)} - known
    assert left <= {"Lee", "Morgan", "create_in", "create", "in"}, left


def test_nothing_is_loaded_and_only_its_own_script_runs(still: World) -> None:
    text, reader = page_of(still)
    for name, attributes in reader.elements:
        assert name not in ("link", "iframe", "img", "object", "embed", "base", "form")
        for key, value in attributes.items():
            assert not key.startswith("on"), key
            assert key != "src"
            assert key != "href" or str(value).startswith("#")
    assert "http://" not in text
    assert "https://" not in text
    assert "@import" not in text
    (policy,) = [a["content"] for name, a in reader.elements if name == "meta" and a.get("http-equiv")]
    script = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script[0].encode()).digest()).decode()
    assert len(script) == 1
    assert f"script-src 'sha256-{digest}'" in str(policy)
    assert "default-src 'none'" in str(policy)
    assert ("script", {}) in reader.elements


def test_no_value_becomes_markup(tmp_path: Path) -> None:
    world = World(tmp_path, {"crm": Side(formal=True, create=True), "book": Side()})
    world.add("crm", "one", a=f"crm {EVIL}")
    world.add("book", "one", a=f"book {EVIL}", b=EVIL)
    world.add("book", f"new {EVIL}", code="x1", a=EVIL)
    world.plan()
    text, reader = page_of(world, values=True)
    assert text.count("<script>") == 1
    assert "<img" not in text
    assert EVIL in "".join(reader.texts), "it is shown as it stands there"


def test_sensitive_values_are_masked_unless_asked_for(still: World) -> None:
    hidden, shown = page_of(still)[0], page_of(still, values=True)[0]
    for value in ("2477770001", "5550002", "请致电前台"):
        assert value not in hidden
        assert value in shown


def test_only_what_a_reader_may_see(tmp_path: Path) -> None:
    (tmp_path / "people.yaml").write_text("wang: {name: 王芳}\nlee: {name: Lee Morgan}\n", encoding="utf-8")
    sides = {"crm": Side(formal=True, fields=("a", "owner")), "book": Side(fields=("a",), extra={"belongs_to": "wang"})}
    world = World(tmp_path, sides, people="people.yaml")
    for owner in ("wang", "lee"):
        world.add("crm", f"customer of {owner}", a="x", owner=owner)
    world.add("crm", "of lee too", a="x", owner="lee")
    world.add("crm", "of lee too", a="y", owner="lee")
    world.add("book", "customer of wang", a="z")
    world.run()
    everybody, his = "".join(page_of(world)[1].texts), "".join(page_of(world, reader="wang")[1].texts)
    assert "of lee too" in everybody
    assert "customer of wang" in his
    assert "王芳" in his
    assert "of lee" not in his
    with pytest.raises(ConfigError):
        page_of(world, reader="nobody")


def test_after_the_apply_it_tells_what_became_of_each_change(tmp_path: Path) -> None:
    world = World(tmp_path, {"crm": Side(formal=True, create=True), "book": Side()})
    world.add("book", "one", a="x")
    outcome = world.run()
    text, reader = page_of(world, outcome.plan)
    assert "not applied yet" not in text
    assert "created by Offbook" in "".join(reader.texts)
    assert any(attributes.get("class") == "chip good" for _, attributes in reader.elements)
    nothing = world.plan()
    assert "Everything agrees" in "".join(page_of(world, nothing.plan)[1].texts)


def test_a_large_plan_is_cut_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(tmp_path, {"crm": Side(formal=True, create=True), "book": Side()})
    for n in range(60):
        world.add("book", f"customer {n:03}", code=f"c{n:03}", a=f"value {n:03}")
    world.plan()
    text, reader = page_of(world)
    assert len([one for one in reader.elements if one[1].get("class") == "change"]) == 60
    assert 'data-page="40"' in text
    monkeypatch.setattr(facts, "MOST", 25)
    text, reader = page_of(world)
    assert len([one for one in reader.elements if one[1].get("class") == "change"]) == 25
    assert "… and 35 more" in "".join(reader.texts)


def test_records_that_change_alike_share_a_line(tmp_path: Path) -> None:
    world = World(tmp_path, {"crm": Side(formal=True), "book": Side()})
    key = world.add("crm", "one", a="x")
    rows = [world.add("book", "one", a="x") for _ in range(15)]
    world.run()
    world.edit("crm", key, a="moved")
    world.plan()
    _, reader = page_of(world)
    assert len([one for one in reader.elements if one[1].get("class") == "change"]) == 1
    text = "".join(reader.texts)
    assert f"book {rows[0]}" in text
    assert "and 3 more" in text


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_workbook_has_the_same_parts(still: World, lang: str) -> None:
    path = still.folder / f"{lang}.xlsx"
    with still.session() as session:
        report(session, path=path, lang=lang, values=True)
    book = openpyxl.load_workbook(path)
    first = {"en": ["Overview", "Changes", "Off the books"], "zh": ["概览", "变更", "账外"]}[lang]
    assert book.sheetnames[:3] == first
    assert len(book.sheetnames) == 6
    cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]
    assert all(cell.data_type != "f" for cell in cells)
    text = "\n".join(str(cell.value) for cell in cells)
    assert all(value in text for value in ("沈阳账外有限公司", "crm moved", "大方商贸(北京)", "请致电前台"))


@pytest.mark.parametrize(("plan", "name"), [(99, "report.html"), (0, "report.pdf"), (0, "no/report.html")])
def test_what_cannot_be_written_is_told(still: World, plan: int, name: str) -> None:
    with still.session() as session, pytest.raises(ConfigError):
        report(session, plan, path=still.folder / name)
    assert not list(still.folder.glob(".*.part"))


def test_it_writes_nothing_to_the_ledger(still: World) -> None:
    before = still.rows("SELECT COUNT(*) FROM run"), still.rows("SELECT name, value FROM meta ORDER BY name")
    page_of(still)
    assert (still.rows("SELECT COUNT(*) FROM run"), still.rows("SELECT name, value FROM meta ORDER BY name")) == before


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed, so nobody tried to open the page")
def test_chromium_opens_it_and_the_script_runs(still: World, tmp_path: Path) -> None:
    page_of(still)
    address = (still.folder / "report.html").as_uri()
    flags = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}"]
    command = [str(CHROMIUM), *flags, "--dump-dom", address]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert 'class="js"' in done.stdout, done.stderr[-2000:]


# ------------------------------------------------------------------------------ pieces


def test_texts_are_escaped_and_markup_is_not() -> None:
    assert tag("b", "a<b>&\"'") == "<b>a&lt;b&gt;&amp;\"'</b>"
    assert tag("b", tag("i", "<")) == "<b><i>&lt;</i></b>"
    assert tag("a", "x", title='"><script>', class_="k", data_s="1", hidden=None) == (
        '<a title="&quot;&gt;&lt;script&gt;" class="k" data-s="1">x</a>'
    )
    assert tag("b", "x\x00\x08\u202ey") == "<b>xy</b>", "nothing that no page may hold, or that turns a line round"
    assert join([None, "<", Html("<br>"), ["a", "&"]]) == "&lt;<br>a&amp;"


def test_bars_share_a_scale_and_one_of_ten_thousand_is_seen() -> None:
    drawn = bars(
        [Row("a", [Piece("create", "new", 1), Piece("update", "old", 9999)]), Row("b", [Piece("create", "new", 5000)])]
    )
    widths = [float(text) for text in re.findall(r'width="([\d.]+)%"', drawn)]
    assert widths[0] == 0.4
    assert widths[2] == 50.0
    assert drawn.count("<svg") == 2
    assert bars([]).count("<svg") == 0
