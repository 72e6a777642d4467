"""Does each connector say, request by request, what it said when its tapes were recorded, and understand the same?

The tapes were recorded before what is pretended or run here, not before the vendors (tests/cassettes/README.md).
"""

from __future__ import annotations

import shutil
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from vcr.errors import CannotOverwriteExistingCassetteException
from vcr.request import Request

from connectors import registry
from tests.airtable_rig import TOKEN
from tests.dav_servers import PASSWORD
from tests.tape_scrub import NOWHERE, Scrubber
from tests.tape_stages import FOLDER, RIGS, SERVERS, kept, names, of_account, of_rig, record
from tests.tape_story import play, tape

LARGEST = 60_000
"""Bytes of a tape."""


@pytest.mark.parametrize("name", names())
def test_a_tape_plays(name: str) -> None:
    one = kept(name)
    with tape(one.place, Scrubber({})) as played:
        told = play(one.stage)
    assert told == one.told
    assert played.all_played, "the connector asked for less than is on the tape"


def test_every_connector_over_http_has_a_tape() -> None:
    local = {"csv", "memory", "sql", "vcard", "xlsx"}
    assert {name.partition("/")[0] for name in names()} == set(registry.KNOWN) - local
    assert {*RIGS, *SERVERS} <= set(names())


# ------------------------------------------------------------------------------ what a change does


def _altered(name: str, folder: Path, old: str, new: str) -> Path:
    """A copy of the tape in which something stands otherwise."""
    shutil.copytree(FOLDER / name.partition("/")[0], folder / name.partition("/")[0])
    place = folder / f"{name}.yaml"
    text = place.read_text("utf-8")
    assert old in text
    place.write_text(text.replace(old, new), "utf-8")
    return place


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("huoban/table", "/item/list", "/items/list"),
        ("wecom/contacts", '"description": "改过的备注"', '"description": "another"'),
        ("carddav/xandikos", "if-match:", "if-none-match:"),
        ("hubspot/contacts", "archived=false", "archived=true"),
    ],
    ids=["address", "body", "header", "query"],
)
def test_another_request_than_on_the_tape_is_an_error(name: str, old: str, new: str, tmp_path: Path) -> None:
    _altered(name, tmp_path, old, new)
    one = kept(name, tmp_path)
    with tape(one.place, Scrubber({})), pytest.raises(CannotOverwriteExistingCassetteException):
        play(one.stage)


def test_another_answer_is_told_otherwise(tmp_path: Path) -> None:
    _altered("fxiaoke/current", tmp_path, '"tel": "老客户"', '"tel": "新客户"')
    one = kept("fxiaoke/current", tmp_path)
    with tape(one.place, Scrubber({})):
        assert play(one.stage) != one.told


# ------------------------------------------------------------------------------ secrets


@pytest.mark.parametrize(
    "name", ["airtable/base", "fxiaoke/legacy", "huoban/table", "wecom/contacts", "zoho_crm/contacts"]
)
def test_no_secret_is_recorded(name: str, tmp_path: Path) -> None:
    """In a header, a body, a header of its own, a query and a form."""
    with closing(RIGS[name]()) as rig:
        stage = of_rig(rig)
        record(name, stage, tmp_path, "a test")
        spoken = b"".join(str((one.query, one.headers)).encode() + one.body for one in rig.fake.calls)
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*.*") if path.is_file())
    planted = [secret.encode() for secret in stage.planted]
    assert planted
    assert any(secret in spoken for secret in planted), "no secret was sent: this shows nothing"
    assert [secret for secret in planted if secret in written] == []
    one = kept(name, tmp_path)
    with tape(one.place, Scrubber({})):
        assert play(one.stage) == one.told


def test_no_tape_holds_what_tests_keep_secret_nor_a_port() -> None:
    """Tokens of signed-in sessions are drawn anew each time: those are covered by their names."""
    for path in (path for path in FOLDER.rglob("*.*") if path.suffix in (".yaml", ".json")):
        raw = path.read_bytes()
        for secret in (TOKEN, PASSWORD, "PRIVATE KEY", "Basic ", "Bearer ey"):
            assert secret.encode() not in raw, path
        assert raw.count(b"http://127.0.0.1") == raw.count(NOWHERE.encode()), path
        assert len(raw) <= LARGEST, path


def test_what_is_scrubbed() -> None:
    scrubber = Scrubber({"s3cr/et": "scrubbed-key"})
    asked = Request(
        "POST", "https://acme.example:8443/a/s3cr%2Fet?access_token=t&page_token=p&q=s3cr%2Fet",
        b'{"n": 1.50, "who": {"clientSecret": "x", "name": "s3cr/et"}, "next": "https://acme.example:8443/b"}',
        {"Authorization": "Basic x", "X-Api-Key": "k", "If-Match": "1", "User-Agent": "u", "Content-Type": "application/json"},
    )  # fmt: skip
    made = scrubber.request(asked)
    assert made.uri == f"{NOWHERE}/a/scrubbed-key?access_token=scrubbed&page_token=p&q=scrubbed-key"
    assert dict(made.headers) == {
        "authorization": "scrubbed", "content-type": "application/json", "if-match": "1", "x-api-key": "scrubbed",
    }  # fmt: skip
    assert made.body == (
        b'{"n": 1.50, "who": {"clientSecret": "scrubbed", "name": "scrubbed-key"}, "next": "%s/b"}' % NOWHERE.encode()
    )
    assert asked.uri.endswith("s3cr%2Fet")
    form = Request(
        "POST",
        "https://acme.example/t",
        b"client_secret=x&page=1",
        {"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert scrubber.request(form).body == b"client_secret=scrubbed&page=1"
    answer = {
        "status": {"code": 302, "message": "Found"},
        "headers": {"Set-Cookie": ["a"], "Location": ["https://acme.example:8443/c"], "Content-Length": ["9"]},
        "body": {"string": b'{"refresh_token":"x"}'},
    }
    told = scrubber.response(answer)
    assert told["headers"] == {"location": [f"{NOWHERE}/c"]}
    assert told["body"]["string"] == b'{"refresh_token": "scrubbed"}'


# ------------------------------------------------------------------------------ real accounts


def test_a_real_account_is_named_in_the_environment() -> None:
    said = {
        "TABLE": "tblA", "TEXT": "fld1,fld2", "TOKEN_FIELD": "fld3", "BAD": "fld4=no number", "OPTION_BASE": "appA",
        "OPTION_TOKEN": "pat.secret", "OPTION_BATCH": "5",
    }  # fmt: skip
    stage = of_account("airtable", {f"OFFBOOK_RECORD_AIRTABLE_{name}": value for name, value in said.items()})
    assert stage is not None
    assert stage.options == {"base": "appA", "token": "pat.secret", "batch": "5"}
    assert (stage.table, stage.text, stage.bad) == ("tblA", ("fld1", "fld2"), ("fld4", "no number"))
    assert stage.planted["pat.secret"] == "scrubbed-token"
    assert of_account("airtable", {"OFFBOOK_RECORD_HUBSPOT_TABLE": "contacts"}) is None


def test_a_table_with_customers_is_not_recorded(tmp_path: Path) -> None:
    with closing(RIGS["wecom/contacts"]()) as rig:
        rig.fill(30)
        said = {"TABLE": rig.table, "TEXT": "name,description"}
        said |= {f"OPTION_{name.upper()}": str(value) for name, value in rig.options().items()}
        stage = of_account("wecom", {f"OFFBOOK_RECORD_WECOM_{name}": value for name, value in said.items()})
        assert stage is not None
        with pytest.raises(AssertionError, match="more than 20 records"):
            record("wecom/account", replace(stage, gate=rig.gate), tmp_path, "a test")
    assert list(tmp_path.rglob("*.yaml")) == []
