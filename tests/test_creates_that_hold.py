"""Is nothing created that could not be known again, and would be made anew each time?"""

from __future__ import annotations

from pathlib import Path

from tests.command_line import call

FILES = {
    "offbook.yaml": """\
authority: [crm]
kinds: {interaction: {identify: [at, summary]}}
sources: {visits: visits.csv, crm: crm.csv}
jobs: {agree: {push: [crm], create_in: [crm]}}
""",
    "mappings/visits.yaml": "table: visits\nrecord:\n  interaction: {at: 日期, summary: 内容}\n",
    "mappings/crm.yaml": "table: crm\noffbook_id: id\nrecord:\n  interaction: {at: day, summary: text}\n",
    "visits.csv": "日期,内容\n2026-02-26,看了样品\n上周四,送样品\n",
    "crm.csv": "id,day,text\n",
}


def test_a_visit_without_a_readable_day_waits_and_is_made_once_when_it_can_be_read(tmp_path: Path) -> None:
    """A visit is one by its day: without it the record made for it would be no visit when it is read again."""
    (tmp_path / "mappings").mkdir()
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, "utf-8")
    for _ in range(3):
        said = call("sync", "--yes", folder=tmp_path)
        assert said.code == 0, said.err
        assert [line.partition(",")[2] for line in _rows(tmp_path)] == ["2026-02-26,看了样品"]
    book = tmp_path / "visits.csv"
    book.write_text(book.read_text("utf-8").replace("上周四", "2026-02-19"), "utf-8")
    for _ in range(2):
        call("sync", "--yes", folder=tmp_path)
        assert sorted(line.partition(",")[2] for line in _rows(tmp_path)) == [
            "2026-02-19,送样品",
            "2026-02-26,看了样品",
        ]


def _rows(folder: Path) -> list[str]:
    return (folder / "crm.csv").read_text("utf-8-sig").splitlines()[1:]
