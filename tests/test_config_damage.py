"""Is a person who breaks one line of a good workspace always told so in words, and never shown a secret?"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors import registry
from connectors.contract import ConfigError
from sync.config.sources import Registry
from sync.workspace import FILE, load
from tests.standins import StandIns

ROOT = Path(__file__).resolve().parents[1]
DESIGN = ROOT.parent / "shared" / "design" / "workspaces"
FOLDERS = [*(sorted(DESIGN.iterdir()) if DESIGN.is_dir() else ()), ROOT / "examples" / "demo"]
GARBAGE = ("@@", "{", "}", "]", "- x", "? x", "*x", "&x", "\t", "   x: y", "'", '"', ": ", "#", "!x y", "<<: 3", "\x07")
PLANTED = "Pl4ntedInFull"
STAND_INS: Registry = StandIns()
SHIPPED = ("0_minimal", "a_workbook_sqlite", "demo")
"""Workspaces whose connectors are all there, so that the real ones judge their own options."""


def damaged(lines: list[str], at: int) -> Iterator[list[str]]:
    """The file with one line deleted, twice, swapped, cut, indented wrongly, or with something put in."""
    line, before, after = lines[at], lines[:at], lines[at + 1 :]
    yield [*before, *after]
    yield [*before, line, line, *after]
    if after:
        yield [*before, after[0], line, *after[1:]]
    for cut in (len(line) // 2, len(line) - 1):
        yield [*before, line[:cut], *after]
    for indent in ("  ", "   "):
        yield [*before, indent + line, *after]
    yield [*before, line.lstrip(), *after]
    garbage = GARBAGE[at % len(GARBAGE)]
    yield [*before, garbage, line, *after]
    yield [*before, line + garbage, *after]


def thoroughly_damaged(lines: list[str], at: int) -> Iterator[list[str]]:
    """Every cut, every character left out, every piece of garbage before, behind and instead."""
    line, before, after = lines[at], lines[:at], lines[at + 1 :]
    yield from damaged(lines, at)
    for place in range(len(line)):
        yield [*before, line[:place], *after]
        yield [*before, line[:place] + line[place + 1 :], *after]
    for garbage in GARBAGE:
        for text in (garbage, garbage + line, line + garbage):
            yield [*before, text, *after]


def copied(folder: Path, to: Path) -> Path:
    """A copy that may be written: the design's own is read-only."""
    for path in folder.rglob("*"):
        if path.suffix in (".yaml", ".csv") and not path.name.endswith(".rest.yaml"):
            copy = to / path.relative_to(folder)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    return to


def told(folder: Path, known: Registry = STAND_INS) -> str:
    """What is said of the workspace; "" where it is sound. Any other error than ConfigError is a failure."""
    try:
        load(folder, known)
    except ConfigError as error:
        return str(error)
    return ""


def break_every_line(folder: Path, to: Path, how: object = damaged) -> None:
    """Only ConfigError may leave load(), and nothing in it may be a planted secret."""
    workspace = copied(folder, to)
    known: Registry = registry if folder.name in SHIPPED else STAND_INS
    for path in sorted(workspace.rglob("*.*")):
        text = path.read_text(encoding="utf-8")
        lines = text.split("\n")
        for at in (at for at, line in enumerate(lines) if line.strip()):
            for broken in (thoroughly_damaged if how is thoroughly_damaged else damaged)(lines, at):
                path.write_text("\n".join(broken), encoding="utf-8")
                assert PLANTED not in told(workspace, known), (path.name, at)
        path.write_text(text, encoding="utf-8")


@pytest.mark.parametrize("folder", FOLDERS, ids=[folder.name for folder in FOLDERS])
def test_a_broken_line_never_gives_a_traceback(folder: Path, tmp_path: Path) -> None:
    break_every_line(folder, tmp_path / "w")


@pytest.mark.long
@pytest.mark.parametrize("folder", FOLDERS, ids=[folder.name for folder in FOLDERS])
def test_whatever_is_done_to_a_line_there_is_no_traceback(folder: Path, tmp_path: Path) -> None:
    break_every_line(folder, tmp_path / "w", thoroughly_damaged)


@pytest.mark.parametrize("name", [folder.name for folder in FOLDERS if folder.name[1:2] == "_"])
def test_secrets_that_were_typed_are_shown_by_no_message(name: str, tmp_path: Path) -> None:
    """With every reference replaced by the secret itself, and one line broken besides."""
    folder = copied(DESIGN / name, tmp_path / "planted")
    text = (folder / FILE).read_text(encoding="utf-8")
    planted = re.sub(r"\$\{\w+\}|keyring:[\w/-]+|file:/[\w/.]+", PLANTED, text)
    (folder / FILE).write_text(planted, encoding="utf-8")
    if planted != text:
        assert "a secret never stands here in full" in told(folder)
        shutil.rmtree(folder / "mappings")  # the other files hold no secret
        break_every_line(folder, tmp_path / "w")


# ------------------------------------------------------------------------------ files that nobody would write

WORDS = st.sampled_from(
    [
        *(
            "book",
            "crm",
            "me",
            "{empty: true}",
            "wang",
            "organisation",
            "person.second",
            "name",
            "works_at",
            "5%",
            "7d",
        ),
        *("a.xlsx", "${X}", "x:y", "@B", "''", "yes", "1e999", "9" * 5000, "客户", "{}", "[]", "*", "daily 02:30"),
    ]
)
TREES = st.recursive(
    WORDS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
        st.lists(st.tuples(st.text("ab客_.*", min_size=1, max_size=4), inner), max_size=3).map(
            lambda items: "{" + ", ".join(f"'{key}': {value}" for key, value in items) + "}"
        ),
    ),
    max_leaves=6,
)
KEYS = [
    *("ledger", "customer", "region", "timezone", "people", "authority", "first_link", "match", "guards", "kinds"),
    *(
        "sources.book.url",
        "sources.book.queries",
        "sources.book.archived",
        "sources.book.encoding",
        "sources.book.wait",
    ),
    *("jobs", "sources.book.only", "sources.book.belongs_to", "sources.book.on_leave", "sources.book.path"),
    *("sources.book.connector", "sources.book", "sources", "kinds.person.fields.tier", "kinds.x.relations"),
    *("kinds.organisation.fields.own", "jobs.j.create_in", "jobs.j.push", "jobs.j.schedule", "jobs.j.sample"),
    *("guards.creates", "guards.hold", "match.ask", "people.wang.in", "people.wang.also", "people.wang"),
]
PLACES = [
    *("table", "at", "key", "where", "where.c", "on_create", "record", "record.organisation", "record.person.name"),
    *("record.person.works_at", "record.organisation.identifiers", "record.person.phones.values"),
    *("record.organisation.name.from", "record.organisation.name.template", "record.person.works_at.phones"),
]


def nested(key: str, value: str) -> str:
    for part in reversed(key.split(".")):
        value = f"{{{part}: {value}}}"
    return value[1:-1]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(st.sampled_from(KEYS), TREES, st.sampled_from(PLACES), TREES)
def test_no_value_at_any_key_gives_a_traceback(tmp_path: Path, key: str, value: str, place: str, mapped: str) -> None:
    (tmp_path / "mappings").mkdir(exist_ok=True)
    head = "" if key.startswith("sources") else "sources: {book: a.xlsx}\n"
    (tmp_path / FILE).write_text(f"{head}{nested(key, value)}\n", encoding="utf-8")
    table = "" if place == "table" else "table: book\n"
    record = "" if place.startswith("record") else "record: {organisation: {name: n}}\n"
    (tmp_path / "mappings" / "book.yaml").write_text(f"{table}{record}{nested(place, mapped)}\n", encoding="utf-8")
    told(tmp_path, registry)
