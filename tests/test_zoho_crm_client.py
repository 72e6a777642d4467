"""Does the vendor's own Python SDK (zohocrmsdk8-0) work against the pretended Zoho? Then that is like Zoho in shape."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from sandbox.zoho_crm import ZohoFake
from sandbox.zoho_modules import fill_examples

pytest.importorskip("zohocrmsdk", reason="the vendor's SDK is not installed")
_API = "zohocrmsdk.src.com.zoho.crm.api"


@pytest.fixture
def fake() -> Iterator[ZohoFake]:
    with ZohoFake() as made:
        fill_examples(made.modules)
        yield made


@pytest.fixture
def sdk(fake: ZohoFake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """It keeps its settings in one place for the whole process, and its own log is not of interest."""
    monkeypatch.setattr(logging, "raiseExceptions", False)
    api, dc = import_module(_API), import_module(f"{_API}.dc")
    signing = import_module("zohocrmsdk.src.com.zoho.api.authenticator.oauth_token").OAuthToken
    store = import_module("zohocrmsdk.src.com.zoho.api.authenticator.store").FileStore
    logger = import_module("zohocrmsdk.src.com.zoho.api.logger").Logger
    config = import_module(f"{_API}.sdk_config").SDKConfig
    api.Initializer.initialize(
        dc.DataCenter.Environment(fake.base, f"{fake.base}/oauth/v2/token", fake.base),
        signing(client_id=fake.client_id, client_secret=fake.client_secret, refresh_token=fake.refresh_token),
        store=store(str(tmp_path / "tokens.txt")),
        sdk_config=config(auto_refresh_fields=False, pick_list_validation=False),
        resource_path=str(tmp_path),
        logger=logger.get_instance(logger.Levels.CRITICAL, str(tmp_path / "log")),
    )
    parts = {name: import_module(f"{_API}.{name}") for name in ("record", "coql", "users", "find_and_merge")}
    return SimpleNamespace(headers=api.HeaderMap, query=api.ParameterMap, **parts)


def _asked(sdk: SimpleNamespace, *pairs: tuple[Any, Any]) -> Any:
    query = sdk.query()
    for name, value in pairs:
        query.add(name, value)
    return query


def _codes(answer: Any) -> tuple[int, list[str]]:
    return answer.get_status_code(), [one.get_code().get_value() for one in answer.get_object().get_data()]


def _body(sdk: SimpleNamespace, *records: Any) -> Any:
    body = sdk.record.BodyWrapper()
    body.set_data(list(records))
    body.set_trigger([])
    return body


def _record(sdk: SimpleNamespace, key: str | None = None, **values: object) -> Any:
    made = sdk.record.Record()
    if key is not None:
        made.set_id(int(key))
    for name, value in values.items():
        made.add_key_value(name, value)
    return made


def test_the_sdk_reads_pages_users_and_queries(fake: ZohoFake, sdk: SimpleNamespace) -> None:
    names = sdk.record.GetRecordsParam
    query = _asked(sdk, (names.fields, "Last_Name,Mobile,Account_Name,Modified_Time"), (names.per_page, 2))
    found = sdk.record.RecordOperations("Contacts").get_records(query, sdk.headers()).get_object()
    assert [one.get_key_value("Last_Name") for one in found.get_data()] == ["张", "李"]
    assert found.get_info().get_more_records() is True
    assert found.get_info().get_next_page_token()
    body = sdk.coql.BodyWrapper()
    body.set_select_query("select id from Contacts where Last_Name in ('Smith') limit 0, 10")
    (smith,) = sdk.coql.CoqlOperations().get_records(body).get_object().get_data()
    assert fake.modules["Contacts"].rows[str(smith.get_id())]["Last_Name"] == "Smith"
    (me,) = (
        sdk.users.UsersOperations()
        .get_users(_asked(sdk, (sdk.users.GetUsersParam.type, "CurrentUser")), sdk.headers())
        .get_object()
        .get_users()
    )
    assert str(me.get_id()) == fake.acting


def test_the_sdk_writes_and_hears_of_each_record(fake: ZohoFake, sdk: SimpleNamespace) -> None:
    contacts = sdk.record.RecordOperations("Contacts")
    answer = contacts.create_records(_body(sdk, _record(sdk, Last_Name="王", Offbook_ID="a" * 15)), sdk.headers())
    assert _codes(answer) == (201, ["SUCCESS"])
    key = str(answer.get_object().get_data()[0].get_details()["id"])
    again = contacts.create_records(
        _body(sdk, _record(sdk, Last_Name="王", Offbook_ID="a" * 15), _record(sdk, Last_Name="赵")), sdk.headers()
    )
    assert _codes(again) == (207, ["DUPLICATE_DATA", "SUCCESS"])
    changed = contacts.update_records(_body(sdk, _record(sdk, key, First_Name="芳")), sdk.headers())
    assert _codes(changed) == (200, ["SUCCESS"])
    ended = contacts.delete_records(_asked(sdk, (sdk.record.DeleteRecordsParam.ids, key)), sdk.headers())
    assert _codes(ended) == (200, ["SUCCESS"])
    gone = contacts.get_deleted_records(_asked(sdk), sdk.headers()).get_object().get_data()
    assert [(str(one.get_id()), one.get_type()) for one in gone] == [(key, "recycle")]


def test_the_sdk_merges(fake: ZohoFake, sdk: SimpleNamespace) -> None:
    master, child, *_ = fake.modules["Contacts"].rows
    data, merge, body = sdk.find_and_merge.MergeData(), sdk.find_and_merge.Merge(), sdk.find_and_merge.BodyWrapper()
    data.set_id(int(child))
    merge.set_data([data])
    body.set_merge([merge])
    (said,) = (
        sdk.find_and_merge.FindAndMergeOperations("Contacts", int(master)).merge_records(body).get_object().get_merge()
    )
    assert said.get_code().get_value() == "SCHEDULED"
    assert child not in fake.modules["Contacts"].rows
