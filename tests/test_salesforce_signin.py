"""How does one sign in to Salesforce, what stops at its limits, and what does check() find?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from connectors.contract import (
    AuthError,
    ConfigError,
    Connector,
    Op,
    Query,
    Record,
    RetryLater,
    SourceRefused,
    TableFacts,
)
from connectors.salesforce import SPEC
from connectors.shared.salesforce.account import judge
from connectors.shared.web.answers import Answer, Fate
from sandbox.salesforce_org import USERS
from sandbox.server import Trouble
from tests.salesforce_rig import SalesforceRig

NAMES = ("LastName", "FirstName")


@pytest.fixture
def rig() -> Iterator[SalesforceRig]:
    made = SalesforceRig(together=True)
    yield made
    made.close()


def listed(connector: Connector, fields: tuple[str, ...] = NAMES, since: str | None = None) -> list[Record]:
    return [record for page in connector.pull(Query("Contact", fields, since)) for record in page.records]


def test_a_session_that_ends_is_renewed_in_the_middle_of_a_pull_and_of_a_push(rig: SalesforceRig) -> None:
    rig.fill(410)
    connector = rig.open()
    pages = connector.pull(Query("Contact", NAMES))
    first = next(pages)
    rig.fake.signin.expire()
    assert sum(len(page.records) for page in (first, *pages)) == 410
    assert rig.fake.signin.grants == ["client_credentials"] * 2


def test_one_session_is_shared_by_all_and_by_the_next_run(rig: SalesforceRig) -> None:
    for _ in range(5):
        listed(rig.open())
    assert rig.fake.count("POST", "/oauth2/token") == 1


def test_a_refresh_token_that_is_replaced_is_kept(rig: SalesforceRig) -> None:
    rig.more["refresh_token"] = rig.fake.signin.refresh_token
    rig.fake.signin.rotates = True
    for _ in range(3):
        listed(rig.open())
        rig.fake.signin.expire()
    assert rig.fake.signin.grants == ["refresh_token"] * 3


def test_a_key_signs_in(rig: SalesforceRig) -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    rig.more |= {"private_key": pem.decode(), "username": rig.fake.signin.username}
    rig.fake.signin.certificate = public.decode()
    assert listed(rig.open()) == []
    assert [grant.rpartition(":")[2] for grant in rig.fake.signin.grants] == ["jwt-bearer"]
    rig.more["private_key"] = "no key"
    rig.fake.signin.expire()
    with pytest.raises(ConfigError, match="private_key"):
        rig.open().tables()


def test_a_secret_that_was_changed_is_told_without_it(rig: SalesforceRig) -> None:
    connector = rig.open()
    rig.fake.signin.client_secret = "another"
    with pytest.raises(AuthError, match="invalid_client") as told:
        connector.tables()
    assert not any(secret in str(told.value) for secret in rig.secrets)


@pytest.mark.parametrize(
    "more", [{"client_secret": None}, {"private_key": "k"}, {"base_url": "http://acme.my.salesforce.com"}]
)
def test_options_that_cannot_sign_in_are_refused(rig: SalesforceRig, more: dict[str, Any]) -> None:
    given = {name: value for name, value in {**rig.options(), **more}.items() if value is not None}
    with pytest.raises((ConfigError, ValueError)):
        SPEC.options.model_validate(given)


def test_a_day_that_is_used_up_stops_the_run(rig: SalesforceRig) -> None:
    rig.fill(410)
    pages = rig.open().pull(Query("Contact", NAMES))
    next(pages)
    rig.fake.a_day = 0
    with pytest.raises(RetryLater):
        list(pages)
    assert (rig.fake.refused, rig.gate.waits) == (1, [])
    assert [seconds for _, seconds in rig.gate.pauses] == [3600.0]


def test_html_instead_of_an_answer_is_no_empty_listing(rig: SalesforceRig) -> None:
    rig.fill(3)
    rig.fake.order(Trouble.HTML, "GET", "/query", times=2)
    assert len(listed(rig.open())) == 3


def test_check_reads_a_record_and_names_what_is_missing(rig: SalesforceRig) -> None:
    assert not rig.open().check()
    rig.hide("MobilePhone")
    token = rig.contacts.field("Offbook_ID__c")
    token |= {"unique": False, "length": 10}
    found = [(one.level, one.code) for one in rig.open().check()]
    assert found == [("error", "field"), ("warning", "token"), ("error", "token")]
    rig.forbid()
    (denied,) = rig.open().check()
    assert "Permission Sets" in denied.text


def test_check_knows_the_versions_and_the_budget_of_the_org(rig: SalesforceRig) -> None:
    rig.more["version"] = "58.0"
    assert not rig.open().check()
    for version in ("99.0", "20.0"):
        rig.more["version"] = version
        assert [one.code for one in rig.open().check()] == ["version"]
    rig.more["version"] = "66.0"
    rig.fake.a_day = 110
    rig.fake._day.extend([rig.now()] * 98)
    assert [one.code for one in rig.open().check()] == ["requests"]


def test_a_name_that_is_no_object_is_not_asked_for(rig: SalesforceRig) -> None:
    before = rig.fake.received
    for name in ("Contact/../User", "客户", "a b"):
        with pytest.raises(SourceRefused, match="no name"):
            rig.open().describe(name)
    assert rig.fake.received == before
    with pytest.raises(SourceRefused):
        rig.open().describe("Nothing__c")


def test_a_table_without_a_column_for_our_id_says_so(rig: SalesforceRig) -> None:
    rig.facts = TableFacts(NAMES)
    assert rig.open().describe("Contact").can.repeat == "nothing"
    rig.facts = TableFacts(NAMES, None, "Missing__c")
    with pytest.raises(SourceRefused, match="Missing__c"):
        list(rig.open().find("Contact", ["x"], NAMES))
    assert set(USERS) == set(rig.fake.objects["User"].rows)
    assert Op.MERGE not in rig.open().describe("Contact").can.ops


@pytest.mark.parametrize(
    ("status", "code", "text", "fate", "wait"),
    [
        (401, "INVALID_SESSION_ID", "Session expired or invalid", Fate.AUTH, None),
        (403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", Fate.LATER, 3600.0),
        (
            403,
            "REQUEST_LIMIT_EXCEEDED",
            "ConcurrentRequests (Concurrent API Requests) Limit exceeded.",
            Fate.LATER,
            20.0,
        ),
        (403, "API_DISABLED_FOR_ORG", "x", Fate.FORBIDDEN, None),
        (403, "INSUFFICIENT_ACCESS_OR_READONLY", "x", Fate.FORBIDDEN, None),
        (400, "INVALID_TYPE", "sObject type 'X' is not supported.", Fate.FORBIDDEN, None),
        (400, "INVALID_FIELD", "No such column", Fate.REJECTED, None),
        (400, "INVALID_QUERY_LOCATOR", "invalid query locator", Fate.EXPIRED, None),
        (404, "NOT_FOUND", "x", Fate.GONE, None),
        (404, "ENTITY_IS_DELETED", "x", Fate.GONE, None),
        (412, "PRECONDITION_FAILED", "x", Fate.CONFLICT, None),
        (503, "SERVER_UNAVAILABLE", "x", Fate.LATER, None),
        (500, "UNKNOWN_EXCEPTION", "x", Fate.BROKEN, None),
    ],
)
def test_what_answers_mean(status: int, code: str, text: str, fate: Fate, wait: float | None) -> None:
    body = f'[{{"message":"{text}","errorCode":"{code}"}}]'.encode()
    judged = judge(Answer(status, {"content-type": "application/json"}, body))
    assert (judged.fate, judged.wait) == (fate, wait)


def test_what_answers_without_a_code_mean() -> None:
    json = {"content-type": "application/json"}
    assert judge(Answer(300, json, b'["/a","/b"]')).fate is Fate.DUPLICATE
    assert judge(Answer(204, {}, b"")).fate is Fate.FINE
    assert judge(Answer(200, {"content-type": "text/html"}, b"<html>")).fate is Fate.BROKEN
    assert judge(Answer(200, json, b'{"cut')).fate is Fate.BROKEN
    assert judge(Answer(200, {"content-type": "text/csv"}, b'"Id"\n')).fate is Fate.FINE
