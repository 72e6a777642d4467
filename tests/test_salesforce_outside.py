"""Is the pretended Salesforce like Salesforce? simple-salesforce works against it, and published answers have its shapes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from connectors.contract import Change, Context, LookUp, Op, Outcome
from connectors.gate import RunGate
from connectors.http import Reply
from connectors.salesforce import SPEC
from connectors.shared.salesforce.account import judge
from connectors.shared.salesforce.fates import receipt, told_of
from connectors.shared.salesforce.shape import shape_of
from connectors.shared.web.answers import Answer, Fate
from connectors.shared.web.redact import Secrets
from connectors.vault import MemoryVault
from sandbox.salesforce import SalesforceFake
from sandbox.salesforce_org import fill_examples

_PUBLISHED = Path(__file__).resolve().parents[1].parent / "shared" / "contracts" / "restforce" / "spec" / "fixtures"


@pytest.fixture
def fake() -> Iterator[SalesforceFake]:
    with SalesforceFake() as made:
        fill_examples(made.objects)
        yield made


# ------------------------------------------------------------------------------ simple-salesforce


@pytest.fixture
def client(fake: SalesforceFake) -> Any:
    """It knows https only, so the session goes to the local server behind its back."""
    simple = pytest.importorskip("simple_salesforce", reason="simple-salesforce is not installed")

    class Local(requests.Session):
        def request(self, method: str | bytes, url: str | bytes, *args: Any, **more: Any) -> requests.Response:
            plain = str(url).replace("https://127.0.0.1", "http://127.0.0.1")
            return super().request(method, plain, *args, **more)

    token = fake.signin.token(
        {
            "grant_type": "client_credentials",
            "client_id": fake.signin.client_id,
            "client_secret": fake.signin.client_secret,
        },
        fake.base,
        fake.acting,
    ).body["access_token"]
    with Local() as session:
        yield simple.Salesforce(session_id=token, instance_url=fake.base, session=session, version="62.0")


def test_the_library_reads_page_by_page_and_what_was_deleted(fake: SalesforceFake, client: Any) -> None:
    fake.part = 2
    found = list(client.query_all_iter("SELECT Id, LastName, SystemModstamp FROM Contact ORDER BY Id"))
    assert [one["LastName"] for one in found] == ["赵", "李", "Smith"]
    assert fake.count("GET", "/query/0r8") == 1
    fake.delete("Contact", found[0]["Id"])
    ended = client.query_all("SELECT Id FROM Contact WHERE IsDeleted = true", include_deleted=True)
    assert [one["Id"] for one in ended["records"]] == [found[0]["Id"]]
    now = datetime.now(UTC)
    gone = client.Contact.deleted(now - timedelta(days=1), now)
    assert [one["id"] for one in gone["deletedRecords"]] == [found[0]["Id"]]
    assert client.api_usage["api-usage"].total == 15_000


def test_the_library_writes_and_hears_why_not(fake: SalesforceFake, client: Any) -> None:
    from simple_salesforce.exceptions import (
        SalesforceExpiredSession,
        SalesforceMalformedRequest,
        SalesforceMoreThanOneRecord,
        SalesforceResourceNotFound,
    )

    made = client.Contact.create({"LastName": "王", "Offbook_ID__c": "a" * 15})
    assert made["success"] is True
    assert client.Contact.get(made["id"])["Name"] == "王"
    with pytest.raises(SalesforceMalformedRequest, match="DUPLICATE_VALUE"):
        client.Contact.create({"LastName": "王", "Offbook_ID__c": "a" * 15})
    assert client.Contact.upsert(f"Offbook_ID__c/{'a' * 15}", {"FirstName": "芳"}) == 200
    assert client.Contact.upsert(f"Offbook_ID__c/{'b' * 15}", {"LastName": "new"}) == 201
    before = {"If-Unmodified-Since": "Sun, 01 Mar 2020 00:00:00 GMT"}
    with pytest.raises(Exception, match="PRECONDITION_FAILED"):
        client.Contact.update(made["id"], {"FirstName": "x"}, headers=before)
    fake.objects["Contact"].field("Offbook_ID__c").update(unique=False)  # type: ignore[union-attr]
    client.Contact.create({"LastName": "twin", "Offbook_ID__c": "a" * 15})
    with pytest.raises(SalesforceMoreThanOneRecord):
        client.Contact.upsert(f"Offbook_ID__c/{'a' * 15}", {"FirstName": "x"})
    assert client.Contact.delete(made["id"]) == 204
    with pytest.raises(SalesforceResourceNotFound):
        client.Contact.get(made["id"])
    fake.signin.expire()
    with pytest.raises(SalesforceExpiredSession):
        client.Contact.describe()


def test_the_library_sends_collections_and_composites(fake: SalesforceFake, client: Any) -> None:
    records = [
        {"attributes": {"type": "Contact"}, "LastName": "a"},
        {"attributes": {"type": "Contact"}, "FirstName": "nameless"},
    ]
    good, bad = client.restful("composite/sobjects", method="POST", json={"allOrNone": False, "records": records})
    assert (good["success"], bad["errors"][0]["statusCode"]) == (True, "REQUIRED_FIELD_MISSING")
    part = {"method": "PATCH", "url": f"/services/data/v62.0/sobjects/Contact/{good['id']}", "referenceId": "r0"}
    late = {**part, "referenceId": "r1", "httpHeaders": {"If-Unmodified-Since": "Sun, 01 Mar 2020 00:00:00 GMT"}}
    parts = [{**one, "body": {"FirstName": "x"}} for one in (part, late)]
    said = client.restful("composite", method="POST", json={"compositeRequest": parts})
    assert [one["httpStatusCode"] for one in said["compositeResponse"]] == [204, 412]


def test_the_library_runs_bulk_jobs(fake: SalesforceFake, client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simple_salesforce.bulk2.sleep", lambda seconds: None)
    fake.jobs.takes = 0.0
    rows = [{"LastName": f"n{n}", "Description": 'a "b"\nc', "Offbook_ID__c": f"{n:015d}"} for n in range(3)]
    (said,) = client.bulk2.Contact.insert(records=rows)
    assert (said["numberRecordsProcessed"], said["numberRecordsFailed"]) == (3, 0)
    texts = "".join(client.bulk2.Contact.query("SELECT LastName, Description FROM Contact WHERE LastName LIKE 'n%'"))
    assert texts.count('a ""b""\nc') == 3
    assert len(client.bulk2.Contact.get_successful_records(said["job_id"]).splitlines()) > 3


# ------------------------------------------------------------------------------ published answers


def published(name: str) -> Any:
    path = _PUBLISHED / f"{name}.json"
    if not path.exists():
        pytest.skip("the published answers (shared/contracts/restforce) are not here")
    return json.loads(path.read_text("utf-8") or "null")


def answered(name: str, status: int) -> Answer:
    path = _PUBLISHED / f"{name}.json"
    if not path.exists():
        pytest.skip("the published answers (shared/contracts/restforce) are not here")
    return Answer(status, {"content-type": "application/json"}, path.read_bytes())


@pytest.mark.parametrize(
    ("name", "status", "fate"),
    [
        ("expired_session_response", 401, Fate.AUTH),
        ("sobject/write_error_response", 400, Fate.REJECTED),
        ("sobject/query_error_response", 400, Fate.REJECTED),
        ("sobject/delete_error_response", 404, Fate.GONE),
        ("sobject/upsert_error_response", 404, Fate.GONE),
        ("sobject/sobject_describe_error_response", 404, Fate.GONE),
        ("sobject/upsert_multiple_error_response", 300, Fate.DUPLICATE),
        ("sobject/upsert_created_success_response", 201, Fate.FINE),
        ("sobject/query_success_response", 200, Fate.FINE),
    ],
)
def test_published_answers_are_understood(name: str, status: int, fate: Fate) -> None:
    assert judge(answered(name, status)).fate is fate


def test_a_published_upsert_is_a_create_an_update_or_several() -> None:
    change = Change("c", Op.CREATE, token="a" * 15)
    token = shape_of(SalesforceFake()._told_of(SalesforceFake().objects["Contact"]) | {"fields": _TOKEN}).slots[
        "Ext__c"
    ]
    found = []
    for name, status in (("created_success", 201), ("updated_success", 204), ("multiple_error", 300)):
        answer = answered(f"sobject/upsert_{name}_response", status)
        (said,) = told_of("upsert", 1, Reply(answer, judge(answer))) or []
        found.append(receipt(change, {"Ext__c": "a" * 15}, said, token, Secrets()).outcome)
    assert found == [Outcome.DONE, Outcome.DUPLICATE, Outcome.DUPLICATE]


_TOKEN = [{"name": "Ext__c", "type": "string", "externalId": True, "createable": True}]


def test_a_published_description_is_read() -> None:
    shape = shape_of(published("sobject/sobject_describe_success_response"))
    fields = {name: slot.field for name, slot in shape.slots.items()}
    assert (shape.id, shape.name) == ("Whizbang", "Whizbangs")
    assert {name: fields[name].kind for name in ("OwnerId", "ParentWhizbang__c", "Picklist_Multiselect_Field")} == {
        "OwnerId": "staff",
        "ParentWhizbang__c": "lookup",
        "Picklist_Multiselect_Field": "choice",
    }
    assert fields["Picklist_Field"].options[0] == ("one", "one")
    assert [
        fields[name].on_create for name in ("CreateableButNotUpdateableField", "UpdateableButNotCreateableField")
    ] == [
        True,
        False,
    ]
    assert [
        fields[name].on_update for name in ("CreateableButNotUpdateableField", "UpdateableButNotCreateableField")
    ] == [
        False,
        True,
    ]
    assert not fields["TextAreaLong_Field"].findable
    shown = published("sobject/query_success_response")["records"][0]
    assert shape.slots["DateTime_Field"].decoded(shown["DateTime_Label"]) == datetime(2011, 7, 7, 0, 37, tzinfo=UTC)
    assert shape.slots["Picklist_Multiselect_Field"].decoded(shown["Picklist_Multiselect_Label"]) == ("four", "six")
    assert shape.slots["OwnerId"].decoded("005E0000001") == LookUp("@staff", "005E0000001")


def _shape(value: Any) -> object:
    """The kinds of what stands under each key; one entry stands for a list."""
    if isinstance(value, Mapping):
        return {name: _shape(one) for name, one in value.items()}
    return [_shape(value[0])] if isinstance(value, list) and value else type(value).__name__


def _holds(ours: object, theirs: object) -> bool:
    """Whether ours has what theirs has, of the same kind."""
    if isinstance(theirs, dict) and isinstance(ours, dict):
        return all(name in ours and _holds(ours[name], one) for name, one in theirs.items())
    if isinstance(theirs, list) and isinstance(ours, list):
        return not theirs or not ours or _holds(ours[0], theirs[0])
    return ours == theirs


def test_the_pretended_answers_have_the_published_shapes(fake: SalesforceFake) -> None:
    vault = MemoryVault()
    options = {
        "base_url": fake.base,
        "client_id": fake.signin.client_id,
        "client_secret": fake.signin.client_secret,
    }
    connector: Any = SPEC.connect(SPEC.options.model_validate(options), Context(RunGate(), vault, {}))
    account = connector._account
    fake.part = 1
    query = {"q": "SELECT Id FROM Contact"}
    first = account.get("query", query)
    for path, asked, name in (
        ("query", query, "query_paginated_first_page"),
        (first.at("nextRecordsUrl"), {}, "query_paginated_first_page"),
        ("query", {"q": "SELECT Id FROM Contact WHERE LastName = 'nobody'"}, "query_empty"),
        ("sobjects/Contact/updated/", {}, "get_updated_success"),
    ):
        ours, theirs = account.get(path, asked).json, published(f"sobject/{name}_response")
        for one in (ours, theirs):
            for record in one.get("records") or ():
                record.pop("Id", None), record.pop("Text_Label", None)
        assert _holds(_shape(ours), _shape(theirs)), name
    fake.delete("Contact", next(iter(fake.objects["Contact"].rows)))
    gone = account.get("sobjects/Contact/deleted/").json
    assert _holds(_shape(gone), _shape(published("sobject/get_deleted_success_response")))
    refused = account.client.send(account.request("GET", "query", {"q": "SELECT Nothing FROM Contact"}))
    assert _holds(_shape(refused.answer.json), _shape(published("sobject/query_error_response")))
    listed = account.get("sobjects").json["sobjects"][1]
    theirs = published("sobject/list_sobjects_success_response")["sobjects"][0]
    common = (
        "name",
        "label",
        "labelPlural",
        "keyPrefix",
        "createable",
        "updateable",
        "deletable",
        "queryable",
        "mergeable",
    )
    assert {name: type(listed[name]) for name in common} == {name: type(theirs[name]) for name in common}
    fields = account.get("sobjects/Contact/describe").json["fields"][0]
    known = published("sobject/sobject_describe_success_response")["fields"][0]
    used = [name for name in fields if name in known and known[name] is not None and fields[name] is not None]
    assert len(used) > 15
    assert {name: type(fields[name]) for name in used} == {name: type(known[name]) for name in used}
    token = fake.signin.token({"grant_type": "x"}, fake.base, fake.acting).body
    assert _holds(_shape(token), _shape(published("auth_error_response")))
    connector.close()
