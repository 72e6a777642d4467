"""Does the vendor's own Python library work against the pretended 飞书多维表格?"""

from __future__ import annotations

import uuid
import warnings
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.feishu_bitable import APP, BASE, SECRET
from tests.feishu_rig import TABLE, FeishuRig

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the library's own
    lark = pytest.importorskip("lark_oapi")
    from lark_oapi.api.bitable import v1


@pytest.fixture(scope="module")
def shared() -> Iterator[FeishuRig]:
    """One system for all: the library keeps its token for as long as the process lives."""
    rig = FeishuRig()
    yield rig
    rig.close()


@pytest.fixture
def rig(shared: FeishuRig) -> FeishuRig:
    shared.sheet.rows.clear()
    return shared


@pytest.fixture
def client(rig: FeishuRig) -> Any:
    level = lark.LogLevel.ERROR
    return lark.Client.builder().app_id(APP).app_secret(SECRET).domain(rig.fake.base).log_level(level).build()


def good(answer: Any) -> Any:
    assert answer.success(), f"{answer.code} {answer.msg}"
    return answer.data


def test_what_is_there(rig: FeishuRig, client: Any) -> None:
    app = good(client.bitable.v1.app.get(v1.GetAppRequest.builder().app_token(BASE).build())).app
    assert (app.app_token, app.is_advanced, app.time_zone) == (BASE, False, "Asia/Shanghai")
    tables = good(client.bitable.v1.app_table.list(v1.ListAppTableRequest.builder().app_token(BASE).build()))
    assert (TABLE, "客户") in [(one.table_id, one.name) for one in tables.items]
    asked = v1.ListAppTableFieldRequest.builder().app_token(BASE).table_id(TABLE).page_size(100).build()
    fields = good(client.bitable.v1.app_table_field.list(asked)).items
    level = next(one for one in fields if one.field_id == "fldLevel")
    assert (level.field_name, level.type, [o.name for o in level.property.options]) == ("等级", 3, ["VIP", "普通"])


def test_records_from_their_birth_to_their_end(rig: FeishuRig, client: Any) -> None:
    records = client.bitable.v1.app_table_record
    fields = {
        "客户名称": "宇润", "等级": "VIP", "标签": ["展会"], "成立日期": 1772294400000, "人数": 12.5, "活跃": True,
        "电话": "+8613800138000", "网站": {"text": "官网", "link": "https://yurun.example"},
        "负责人": [{"id": "ou_1"}], "公司": [rig.firm],
    }  # fmt: skip
    key, many = str(uuid.uuid4()), [v1.AppTableRecord.builder().fields(fields).build()] * 3
    body = v1.BatchCreateAppTableRecordRequestBody.builder().records(many).build()
    asking = v1.BatchCreateAppTableRecordRequest.builder().app_token(BASE).table_id(TABLE).client_token(key)
    made = good(records.batch_create(asking.request_body(body).build())).records
    assert [one.record_id for one in made] == list(rig.sheet.rows)
    again = good(records.batch_create(asking.request_body(body).build())).records
    assert [one.record_id for one in again] == [one.record_id for one in made]
    assert len(rig.sheet.rows) == 3

    told = v1.AppTableRecord.builder().record_id(made[0].record_id).fields({"客户名称": "宇润科技", "标签": []}).build()
    change = v1.BatchUpdateAppTableRecordRequestBody.builder().records([told]).build()
    request = v1.BatchUpdateAppTableRecordRequest.builder().app_token(BASE).table_id(TABLE).request_body(change).build()
    good(records.batch_update(request))

    wanted = v1.Condition.builder().field_name("客户名称").operator("is").value(["宇润科技"]).build()
    filter_ = v1.FilterInfo.builder().conjunction("and").conditions([wanted]).build()
    search = v1.SearchAppTableRecordRequestBody.builder().filter(filter_).automatic_fields(True).build()
    page = v1.SearchAppTableRecordRequest.builder().app_token(BASE).table_id(TABLE).page_size(500).request_body(search)
    (found,) = good(records.search(page.build())).items
    assert found.fields["客户名称"] == [{"type": "text", "text": "宇润科技"}]
    assert not {"标签", "备注"} & set(found.fields), "an empty cell is left out"
    assert found.fields["公司"] == {"link_record_ids": [rig.firm]}
    assert found.last_modified_by.id == APP
    assert found.last_modified_time >= found.created_time

    asked = v1.BatchGetAppTableRecordRequestBody.builder().record_ids([made[1].record_id, "recNobody"]).build()
    got = v1.BatchGetAppTableRecordRequest.builder().app_token(BASE).table_id(TABLE).request_body(asked).build()
    data = good(records.batch_get(got))
    assert ([one.record_id for one in data.records], data.absent_record_ids) == ([made[1].record_id], ["recNobody"])

    end = v1.BatchDeleteAppTableRecordRequestBody.builder().records([one.record_id for one in made]).build()
    gone = v1.BatchDeleteAppTableRecordRequest.builder().app_token(BASE).table_id(TABLE).request_body(end).build()
    assert all(one.deleted for one in good(records.batch_delete(gone)).records)
    assert not rig.sheet.rows


def test_pages_and_refusals(rig: FeishuRig, client: Any) -> None:
    rig.fill(45)
    records, met, token = client.bitable.v1.app_table_record, list[str](), ""
    body = v1.SearchAppTableRecordRequestBody.builder().field_names(["客户名称"]).build()
    while True:
        page = v1.SearchAppTableRecordRequest.builder().app_token(BASE).table_id(TABLE).page_size(20).request_body(body)
        data = good(records.search((page.page_token(token) if token else page).build()))
        met += [one.record_id for one in data.items]
        token = data.page_token
        if not data.has_more:
            break
    assert (met, data.total) == (list(rig.sheet.rows), 45)
    body = v1.SearchAppTableRecordRequestBody.builder().field_names(["没有"]).build()
    wrong = v1.SearchAppTableRecordRequest.builder().app_token(BASE).table_id(TABLE).request_body(body).build()
    answer = records.search(wrong)
    assert (answer.success(), answer.code, answer.msg) == (False, 1254045, "FieldNameNotFound")
