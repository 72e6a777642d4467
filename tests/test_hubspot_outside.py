"""Is the pretended HubSpot like HubSpot, seen from outside: by the vendor's client, its types, and recorded answers?

The client (hubspot-api-client) asks the paths of v3; the derived OpenAPI is of v3 and holds for 2026-03, whose schemas
are the same. Null, which real answers hold for what is empty, is not in it, nor are errors as they were recorded.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml

from connectors.contract import Change, LookUp, Op, Outcome, Query, Value
from connectors.shared.hubspot.account import judge
from connectors.shared.hubspot.answered import faulty
from connectors.shared.hubspot.linking import _done
from connectors.shared.hubspot.records import Records, next_of, whole_of
from connectors.shared.hubspot.shape import Shape, shape_of
from connectors.shared.web.answers import Answer, Fate
from sandbox.hubspot import HubSpotFake
from sandbox.hubspot_example import fill_examples
from sandbox.server import Call, Reply
from tests.hubspot_rig import FIELDS, HubSpotRig

CONTRACTS = Path(__file__).resolve().parents[1].parent / "shared" / "contracts"
SPECIFICATION = CONTRACTS / "hubspot-derived" / "contacts_v3.derived-openapi.json"
RECORDED = CONTRACTS / "hubspot-api-ruby" / "spec" / "fixtures" / "vcr_cassettes"
needs_specification = pytest.mark.skipif(
    not SPECIFICATION.is_file(), reason="the derived OpenAPI is not beside the project"
)
needs_recordings = pytest.mark.skipif(not RECORDED.is_dir(), reason="the recordings are not beside the project")


# ------------------------------------------------------------------------------ the vendor's client


@pytest.fixture
def fake() -> Iterator[HubSpotFake]:
    made = HubSpotFake()
    fill_examples(made)
    with made:
        yield made


@pytest.fixture
def client(fake: HubSpotFake) -> Any:
    hubspot = pytest.importorskip("hubspot", reason="the vendor's client is not installed")
    return hubspot.HubSpot(access_token=fake.token, host=fake.base)


def test_the_client_reads_pages_properties_and_owners(fake: HubSpotFake, client: Any) -> None:
    page = client.crm.contacts.basic_api.get_page(limit=2, properties=["lastname", "associatedcompanyid"])
    assert [one.properties["lastname"] for one in page.results] == ["张", "李"]
    rest = client.crm.contacts.basic_api.get_page(limit=2, after=page.paging.next.after, properties=["lastname"])
    assert [one.properties["lastname"] for one in rest.results] == ["Smith"]
    assert len(client.crm.contacts.get_all(properties=["email"])) == 3
    described = {one.name: one for one in client.crm.properties.core_api.get_all("contacts").results}
    assert described["offbook_id"].has_unique_value
    assert described["associatedcompanyid"].referenced_object_type == "COMPANY"
    assert [one.first_name for one in client.crm.owners.owners_api.get_page().results] == ["Fang", "Lei"]


def test_the_client_searches_writes_and_hears_of_each_record(fake: HubSpotFake, client: Any) -> None:
    from hubspot.crm.contacts import (
        BatchInputSimplePublicObjectBatchInputUpsert,
        Filter,
        FilterGroup,
        PublicMergeInput,
        PublicObjectSearchRequest,
        SimplePublicObjectBatchInputUpsert,
        SimplePublicObjectInput,
        SimplePublicObjectInputForCreate,
    )
    from hubspot.crm.contacts.exceptions import ApiException

    group = FilterGroup(filters=[Filter(property_name="lastname", operator="EQ", value="smith")])
    found = client.crm.contacts.search_api.do_search(
        PublicObjectSearchRequest(filter_groups=[group], properties=["email"])
    )
    assert [one.properties["email"] for one in found.results] == ["anna@smithtools.example"]
    made = client.crm.contacts.basic_api.create(
        SimplePublicObjectInputForCreate(properties={"lastname": "王", "email": "wang@x.example"})
    )
    with pytest.raises(ApiException) as refused:
        client.crm.contacts.basic_api.create(SimplePublicObjectInputForCreate(properties={"email": "wang@x.example"}))
    assert refused.value.status == 409
    assert made.id in json.loads(refused.value.body)["message"]
    inputs = [
        SimplePublicObjectBatchInputUpsert(
            id=value,
            id_property="offbook_id",
            object_write_trace_id=value,
            properties={"lastname": "赵", "score": score},
        )
        for value, score in (("a" * 15, "1"), ("b" * 15, "many"))
    ]
    told = client.crm.contacts.batch_api.upsert(BatchInputSimplePublicObjectBatchInputUpsert(inputs=inputs[:1]))
    assert [one.new for one in told.results] == [True]
    # errors as recorded leave out what the client's types want, so it is asked not to check them
    partly = client.crm.contacts.batch_api.upsert_with_http_info(
        BatchInputSimplePublicObjectBatchInputUpsert(inputs=inputs), _preload_content=False
    )
    body = json.loads(partly.raw_data if hasattr(partly, "raw_data") else partly.data)
    assert ([one["new"] for one in body["results"]], body["numErrors"]) == ([False], 1)
    merged = client.crm.contacts.basic_api.merge(
        PublicMergeInput(primary_object_id=made.id, object_id_to_merge=told.results[0].id)
    )
    assert client.crm.contacts.basic_api.get_by_id(made.id).id == merged.id
    client.crm.contacts.basic_api.update(merged.id, SimplePublicObjectInput(properties={"jobtitle": "采购"}))
    client.crm.contacts.basic_api.archive(merged.id)
    gone = client.crm.contacts.basic_api.get_page(archived=True)
    assert [one.id for one in gone.results] == [merged.id]


# ------------------------------------------------------------------------------ its types


def without_null(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: without_null(one) for name, one in value.items() if one is not None}
    return [without_null(one) for one in value] if isinstance(value, list) else value


class Types:
    """The derived OpenAPI, asked by method and path of v3."""

    def __init__(self) -> None:
        self.whole = json.loads(SPECIFICATION.read_text("utf-8"))
        self.met: set[str] = set()

    def check(self, call: Call, reply: Reply) -> None:
        path = re.sub(r"^/crm/objects/2026-0\d", "/crm/v3/objects", call.path)
        place = self.whole["paths"].get(re.sub(r"/contacts/\d+$", "/contacts/{contactId}", path))
        if place is None or reply.status >= 400:
            return
        said = place[call.method.lower()]
        self.met.add(path)
        if call.body:
            # by its documentation a sort is an object, by the client's types a text
            sent = {name: one for name, one in json.loads(call.body).items() if name != "sorts"}
            self._fits(said["requestBody"]["content"]["application/json"]["schema"], sent)
        answers = said["responses"]
        assert str(reply.status) in answers, f"{call.method} {path} never answers {reply.status}"
        content = answers[str(reply.status)].get("content")
        if content:
            shown = without_null({name: one for name, one in reply.body.items() if name != "errors"})
            self._fits(content["application/json"]["schema"], json.loads(json.dumps(shown)))

    def _fits(self, schema: Mapping[str, Any], value: Any) -> None:
        jsonschema.validate(value, {**schema, "components": self.whole["components"]})


@needs_specification
def test_what_we_ask_and_what_is_answered_is_of_the_published_types() -> None:
    rig = HubSpotRig(batch=100)
    types, inner = Types(), rig.fake.handle

    def handle(call: Call) -> Any:
        answered = inner(call)
        types.check(call, answered[0])
        return answered

    rig.fake.handle = handle  # type: ignore[method-assign]
    try:
        _everything(rig)
    finally:
        rig.close()
    asked = {path.rpartition("/contacts")[2] for path in types.met}
    assert asked >= {
        "",
        "/batch/read",
        "/batch/upsert",
        "/batch/update",
        "/batch/archive",
        "/search",
        "/merge",
        "/gdpr-delete",
    }


def _everything(rig: HubSpotRig) -> None:
    connector = rig.open()
    after: dict[str, Value] = {"lastname": "x", "associatedcompanyid": LookUp("companies", rig.company)}
    creates = [Change(f"c{n}", Op.CREATE, after={**after, "score": n}, token=f"{n:015d}") for n in range(6)]
    creates[3] = Change("c3", Op.CREATE, after={"email": "no address"}, token="3" * 15)
    keys = [str(r.key) for r in connector.write("contacts", creates) if r.outcome is Outcome.DONE]
    assert len(keys) == 5
    updates = [Change(f"u{key}", Op.UPDATE, key, {"jobtitle": "new", "score": None}) for key in keys]
    list(connector.write("contacts", updates))
    *_, last = connector.pull(Query("contacts", FIELDS))
    assert last.end is not None
    list(connector.write("contacts", [Change("m", Op.MERGE, keys[0], losers=(keys[1],))]))
    list(connector.write("contacts", [Change("a", Op.ARCHIVE, keys[2])]))
    list(connector.write("contacts", [Change("d", Op.DELETE, keys[3])]))
    list(connector.pull(Query("contacts", FIELDS, last.end.cursor)))
    list(connector.fetch("contacts", keys, FIELDS))
    list(connector.find("contacts", ["x"], FIELDS, "lastname"))


# ------------------------------------------------------------------------------ recorded answers


def recorded(name: str) -> list[tuple[Mapping[str, Any], Answer]]:
    """Requests of a recording, and what HubSpot answered."""
    found = []
    for one in yaml.safe_load((RECORDED / f"{name}.yml").read_text("utf-8"))["http_interactions"]:
        headers = {key.lower(): values[0] for key, values in one["response"]["headers"].items()}
        body = one["response"]["body"]["string"]
        text = (body if isinstance(body, str) else body.decode()).replace("<PORTAL_ID>", "1")
        found.append((one["request"], Answer(one["response"]["status"]["code"], headers, text.encode())))
    return found


def reader(shape: Shape) -> Records:
    """It asks nobody: the answers are there."""
    nobody: Any = None
    return Records(nobody, shape)


@needs_recordings
def test_recorded_pages_are_read() -> None:
    ((_, answer),) = [
        one
        for one in recorded("Hubspot_Contact_all_without_options_returns_a_collection")
        if "v3/objects" in one[0]["uri"]
    ]
    assert judge(answer).fate is Fate.FINE
    rows = whole_of(answer)
    names = {name: {"name": name, "label": name, "type": "string"} for name in ("firstname", "lastname", "email")}
    records = reader(shape_of("contacts", list(names.values())))
    shown = [records.shown(raw, tuple(names)) for raw in rows]
    assert len(shown) == len(answer.at("results")) == 25
    assert shown[0].key == rows[0]["id"]
    assert shown[0].fields["lastname"] == rows[0]["properties"]["lastname"]
    assert all(record.modified is not None and record.version for record in shown)
    assert next_of(answer).isdigit()


@needs_recordings
def test_recorded_refusals_mean_what_they_say() -> None:
    ((_, bad),) = recorded("meeting_error")
    assert judge(bad).fate is Fate.REJECTED
    change = Change("c", Op.CREATE, after={"hs_meeting_title": "x", "hs_meeting_start_time": "invalid"})
    assert faulty(bad.json, change) == ["hs_meeting_start_time"]
    *_, (_, missing) = recorded("ticket_find")
    assert missing.status == 404
    assert judge(missing).fate is Fate.GONE
    *_, (_, taken) = recorded("Hubspot_Contact_create_with_an_existing_email_address_raises_an_error")
    assert (taken.status, judge(taken).fate) == (409, Fate.REJECTED)
    assert faulty(taken.json, Change("c", Op.CREATE, after={"email": "see.mann@example.com"})) == ["email"]


@needs_recordings
def test_recorded_associations_tell_which_were_made() -> None:
    answers = [
        answer
        for request, answer in recorded(
            "Hubspot_Association_batch_create_with_a_valid_request_associates_the_resources"
        )
        if request["uri"].endswith("/batch/create")
    ]
    assert [answer.status for answer in answers] == [201]
    assert _done(answers[0]) == {"9755286928"}
    spoiled = [
        answer
        for request, answer in recorded("Hubspot_Association_batch_create_with_an_invalid_ID_returns_false")
        if request["uri"].endswith("/batch/create")
    ]
    assert [(answer.status, judge(answer).fate) for answer in spoiled] == [(207, Fate.FINE)]
    assert _done(spoiled[0]) == set()


@needs_recordings
def test_recorded_empty_values_are_empty() -> None:
    (_, found), *_ = recorded("ticket_find")
    raw = found.json
    described = [{"name": name, "label": name, "type": "string"} for name in raw["properties"]]
    shape = shape_of("tickets", described)
    shown = reader(shape).shown(raw, tuple(raw["properties"]))
    assert shown.fields["content"] is None
    assert shown.fields["subject"] == "test ticket"
    meetings = whole_of(recorded("meeting_all_limit")[0][1])
    described = [
        {"name": "hubspot_owner_id", "type": "enumeration", "referencedObjectType": "OWNER", "fieldType": "select"}
    ]
    slots = shape_of("meetings", described).slots
    assert {raw["properties"]["hubspot_owner_id"] for raw in meetings} >= {""}
    assert slots["hubspot_owner_id"].decoded("") is None
