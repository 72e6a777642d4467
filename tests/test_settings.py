"""Are settings files read strictly, each mistake told where it stands, and no secret told at all?"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field

from connectors import tree as tree_module
from connectors.contract import ConfigError
from connectors.settings import (
    Faults,
    OneOrMany,
    Rules,
    Secret,
    SecretText,
    Strict,
    Tree,
    WrongFiles,
    YesNo,
    fit,
    fit_resolved,
    nearest,
    parse,
    plain,
    read,
)


class Inner(Strict):
    size: int = Field(default=1, ge=1, le=9)
    word: Literal["one", "two"] = "one"


class Example(Strict):
    name: str
    tags: OneOrMany[str] = ()
    on: YesNo = False
    inner: Inner = Inner()
    many: dict[str, Inner] = Field(default_factory=dict)
    share: float = 0.5


class Options(BaseModel):
    model_config = ConfigDict(extra="forbid")
    token: SecretText
    port: int = 1
    url: str = ""


def told(text: str, model: type[BaseModel] | None = None, rules: Rules | None = None, **context: object) -> list[str]:
    faults = Faults()
    tree = parse(text, "x.yaml", faults, rules)
    if tree is not None and model is not None:
        fit(model, tree, faults, context=context)
    try:
        faults.stop()
    except WrongFiles as error:
        return str(error).splitlines()
    return []


def tree_of(text: str) -> Tree:
    faults = Faults()
    tree = parse(text, "x.yaml", faults)
    faults.stop()
    assert tree is not None
    return tree


@pytest.fixture(params=["C", "Python"])
def _either_parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "Python":
        monkeypatch.setattr(tree_module, "_LOADER", yaml.SafeLoader)


@pytest.mark.usefixtures("_either_parser")
class TestReading:
    def test_every_scalar_is_the_text_that_was_typed(self) -> None:
        text = "{a: Yes, b: 01, c: 1e5, d: 2026-01-02, e: 320102199001011234, f: ~, g: null, h: 0x1F, i: '01', j: =}"
        assert list(plain(tree_of(text).root).values()) == [
            *("Yes", "01", "1e5", "2026-01-02", "320102199001011234", "~", "null", "0x1F", "01", "="),
        ]

    def test_lines_are_those_of_the_file(self) -> None:
        tree = tree_of("a: 1\nb:\n  c:\n    - x\n    - y: 2\n")
        assert tree.spot(("b", "c", 1, "y")) == (5, "b.c[2].y")
        assert tree.spot(("b", "c")) == (3, "b.c")
        assert tree.spot(("b", "zzz")) == (2, "b")

    def test_a_shared_block_counts_at_each_use(self) -> None:
        text = "x: &s\n  port: many\n  url: 1\ny: {<<: *s, url: 2}\nz: *s"
        tree = tree_of(text)
        assert plain(tree.root)["y"] == {"url": "2", "port": "many"}
        assert tree.spot(("y", "port")) == (2, "y.port")
        assert [line.split(":")[2] for line in told("x: &s\n  p:\ny: {<<: *s}\n")] == [
            " nothing is written here; write a value, or take the line out"
        ] * 2

    @pytest.mark.parametrize(
        ("text", "line", "words"),
        [
            ("a: @b", 1, "nothing can begin with `@`"),
            ("a: b: c", 1, "a second `: `"),
            ("a:\n\tb: c", 2, "a tab stands where blanks are meant"),
            ("a: [1", 1, "a bracket is not closed"),
            ("a: [\n", 1, "a bracket is not closed"),
            ("a: {b: c,\n\n", 1, "a bracket is not closed"),
            ("x: 1\na: 'x", 2, "a quote is not closed"),
            ("- a\nb: c", 2, "not indented like"),
            ("a: b\n c: d", 2, "indented too far"),
            ("a: \x07", 1, "a character that no text file holds"),
            ("a: }", 1, "bracket"),
            ("a: b\nc： d\ne: f", 2, "a full-width colon ： stands where `: ` is meant"),
            ("c： d\ne: f", 1, "a full-width colon"),
            ("c： d", 1, "a full-width colon"),
            ("just words", 1, "keys and values are meant here"),
            ("key\nfoo: bar", 2, "indented too far"),
            ("foo: bar\nkey", 2, "a key without `: ` behind it"),
            ("a: *x", 1, "an alias (*) needs an anchor"),
            ("a: &x [*x]", 1, "cannot hold an alias"),
            ("a: !!python/object:os.system x", 1, "words that begin with ! mean nothing here"),
            ("? [a]\n: b", 1, "a key is one word"),
            ("a: b\n---\nc: d", 2, "`---` begins a second file"),
            ("", 1, "nothing is written in this file"),
            ("a: 1\na: 2", 2, "`a` is written twice; the first one would be lost, keep one"),
            ("a: ''", 1, "an empty text means nothing here"),
            ("a:", 1, "nothing is written here; write a value, or take the line out"),
            ("a:\n  <<: 3", 2, "`<<` takes a block of keys"),
            ("a: " + "[" * 60 + "]" * 60, 1, "nested deeper than 40"),
        ],
    )
    def test_what_is_wrong_with_the_file_is_told_in_words(self, text: str, line: int, words: str) -> None:
        lines = told(text)
        assert len(lines) == 1, lines
        assert lines[0].startswith(f"x.yaml:{line}")
        assert words in lines[0]

    def test_broken_yaml_has_the_form_of_the_page(self) -> None:
        (line,) = told("a: @b")
        assert line == (
            "x.yaml:1: not readable as YAML: nothing can begin with `@`;"
            " a value that starts with @ or contains `: ` or ` #` needs quotes"
        )

    def test_an_alias_bomb_is_refused_at_once(self) -> None:
        lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
        lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 12)]
        assert "more than 100000 values" in told("\n".join(lines))[0]

    @given(st.text(alphabet=st.sampled_from("ab:-[]{}#&*!|>'\"%@` \n\t,?~<=密"), max_size=40))
    def test_no_text_gives_a_traceback(self, text: str) -> None:
        told(text, Example)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("a: 1".encode("utf-16"), "UTF-16"),
        ("a: 客户".encode("gb18030"), "looks like GBK"),
        (b"a: \xff\xff\xff", "not written in UTF-8"),
        (b"a: " + b"x" * 2_000_001, "larger than 2 MB"),
    ],
)
def test_bytes_that_are_no_settings_are_told_in_words(tmp_path: Path, data: bytes, words: str) -> None:
    (tmp_path / "x.yaml").write_bytes(data)
    faults = Faults()
    assert read(tmp_path / "x.yaml", "x.yaml", faults) is None
    with pytest.raises(ConfigError, match=words):
        faults.stop()


def test_a_byte_order_mark_is_no_trouble(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_bytes("a: 客户".encode("utf-8-sig"))
    faults = Faults()
    tree = read(tmp_path / "x.yaml", "x.yaml", faults)
    assert tree is not None
    assert plain(tree.root) == {"a": "客户"}


def test_a_missing_file_or_a_folder_is_told(tmp_path: Path) -> None:
    faults = Faults()
    assert read(tmp_path / "none.yaml", "none.yaml", faults) is None
    assert read(tmp_path, "folder", faults) is None
    assert len(faults) == 2


# ------------------------------------------------------------------------------ models


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nam: x", "x.yaml:1 nam: no such key here; did you mean `name`?"),
        (
            "name: x\nqqq: 1",
            "x.yaml:2 qqq: no such key here; there is: name, tags, on, inner, many, share",
        ),
        ("on: yes", "x.yaml:1: `name` is missing and has no default"),
        ("name: x\non: maybe", "x.yaml:2 on: `maybe` cannot stand here; write true or false"),
        ("name: x\ninner: {size: many}", "x.yaml:2 inner.size: `many` cannot stand here; write a whole number"),
        ("name: x\ninner: {size: 12}", "x.yaml:2 inner.size: `12` cannot stand here; it must be at most 9"),
        ("name: x\ninner: {word: three}", "x.yaml:2 inner.word: `three` cannot stand here; write one or two"),
        ("name: x\nmany:\n  k: {sise: 1}", "x.yaml:3 many.k.sise: no such key here; did you mean `size`?"),
        ("name: x\ninner: 3", "x.yaml:2 inner: keys and values are meant here: {…}"),
        ("name: [x]", "x.yaml:1 name: one value is meant here, no list and no keys"),
        ("name: x\nshare: half", "x.yaml:2 share: `half` cannot stand here; write a number"),
        ("name: x\ntags: [a, [b]]", "x.yaml:2 tags[2]: one value is meant here, no list and no keys"),
        (
            "name: x\ninner: {size: }",
            "x.yaml:2 inner.size: nothing is written here; write a value, or take the line out",
        ),
    ],
)
def test_a_mistake_is_told_once_and_where_it_stands(text: str, message: str) -> None:
    assert message in told(text, Example)
    assert len(told(text, Example)) == 1 + text.startswith("nam: ")


def test_all_mistakes_of_a_file_come_at_once() -> None:
    assert len(told("on: maybe\ninner: {size: 99, word: x}\nqqq: 1", Example)) == 5


def test_a_single_value_may_stand_for_a_list() -> None:
    faults = Faults()
    made = fit(Example, tree_of("{name: x, tags: a, on: No}"), faults)
    assert made is not None
    assert (made.tags, made.on) == (("a",), False)


def test_did_you_mean_is_about_likeness_not_case() -> None:
    assert nearest("Authorty", ["sources", "authority"]) == "authority"
    assert nearest("客户", ["authority"]) == ""


# ------------------------------------------------------------------------------ secrets


@pytest.mark.parametrize("reference", ["${TOKEN}", "keyring:offbook/zoho", "file:/run/secrets/x"])
def test_a_secret_option_takes_a_reference(reference: str) -> None:
    assert told(f"token: {reference}", Options, unresolved=True) == []


@pytest.mark.parametrize("text", ["hunter2hunter2", "${TOKEN", "x${TOKEN}", "keyring:zoho", "file:relative", "$TOKEN"])
def test_a_secret_option_takes_nothing_else_and_it_is_not_repeated(text: str) -> None:
    (line,) = told(f"token: {text}", Options, unresolved=True)
    assert (
        line == "x.yaml:1 token: a secret never stands here in full; write ${NAME}, keyring:service/name or file:/path"
    )


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://offbook:hunter2@db/crm",
        "https://x.cn/?access_token=abc",
        "pat" + "AbCdEfGhIjKlM1." + "0123456789abcdef" * 4,
        "Bearer abcdefghij",
        "eyJ" + "hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.x",
        "aB3dE5fG7hJ9kL1mN2pQ4rS6tU8vW0xYz",
    ],
)
def test_what_looks_like_a_token_is_refused_anywhere(text: str) -> None:
    assert told(f"name: {text}")[0].endswith("file:/path")
    assert text not in "".join(told(f"name: {text}\ninner: {text}", Example))


@pytest.mark.parametrize(
    "text",
    [
        "tblLx7Qm2Vd8RtYwP",
        "1Zr8kq0bXyPmZ3uFhQd5TtYw7LJ",
        "64f1c0ffee0000000000aa01",
        "postgresql://offbook:${CRM_PASSWORD}@db/crm",
        "https://dav.example.cn/wang/contacts/",
        "Opportunity_2024_Customer_Name_And_Address__c",
        "统一社会信用代码",
    ],
)
def test_ids_and_names_are_no_tokens(text: str) -> None:
    assert told(f"name: {text}") == []


def test_where_a_connector_takes_ids_long_ones_pass() -> None:
    sheet = "1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms"
    assert told(f"sources: {{s: {{spreadsheet: {sheet}}}}}", rules=Rules(ids=lambda way: way[:1] == ("sources",))) == []
    assert told(f"at: {sheet}") != []


def test_no_message_repeats_what_stands_under_a_secret_name() -> None:
    text = "password: planted-words\nname: planted-words\ninner: {word: planted-words, size: planted-words}"
    assert "planted" not in "".join(told(text, Example))


def test_references_are_judged_when_they_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    assert told("{token: '${T}', port: '${P}', url: 'postgresql://u:${W}@h'}", Options, unresolved=True) == []
    monkeypatch.setenv("T", "tok")
    monkeypatch.setenv("P", "8080")
    monkeypatch.setenv("W", "p@ss/word")
    given = {"token": "${T}", "port": "${P}", "url": "postgresql://u:${W}@h/${P}"}
    made = fit_resolved(Options, given, "offbook.yaml sources.crm", {})
    assert made.token.get_secret_value() == "tok"
    assert (made.port, made.url) == (8080, "postgresql://u:p%40ss%2Fword@h/8080")
    assert "tok" not in repr(made.token)
    monkeypatch.setenv("P", "planted")
    with pytest.raises(ConfigError, match="port") as caught:
        fit_resolved(Options, given, "offbook.yaml sources.crm", {})
    assert "planted" not in str(caught.value)


def test_a_secret_that_is_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_SUCH", raising=False)
    with pytest.raises(ConfigError, match="NO_SUCH is not set"):
        Secret("${NO_SUCH}").resolve()
    with pytest.raises(ConfigError, match="cannot be read"):
        Secret(f"file:{tmp_path.as_posix()}/none").resolve()
    (tmp_path / "s").write_text("", encoding="utf-8")
    with pytest.raises(ConfigError, match="is empty"):
        Secret(f"file:{tmp_path.as_posix()}/s").resolve()
    (tmp_path / "s").write_text("value\r\n", encoding="utf-8")
    assert Secret(f"file:{tmp_path.as_posix()}/s").resolve() == "value"
    with pytest.raises(ConfigError, match="keyring"):
        Secret("keyring:offbook-tests/none").resolve()
