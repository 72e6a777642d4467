"""How do thousands of changes go to Salesforce as one Bulk job, also where it is lost, refused or too slow?"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.contract import Change, Op, Outcome, Receipt, SourceRefused, Stopped
from connectors.shared.salesforce.fates import of_csv
from sandbox.salesforce_bulk import Job
from sandbox.salesforce_org import errors
from sandbox.server import Trouble
from tests.salesforce_help import collect, held, listed, loosen, outcomes, updating, written
from tests.salesforce_rig import PERSON, SalesforceRig


@pytest.fixture
def rig() -> Iterator[SalesforceRig]:
    made = SalesforceRig(together=True)
    yield made
    made.close()


def many(count: int) -> list[Change]:
    return [
        Change(f"c{n}", Op.CREATE, after={"LastName": f"n{n}", "Description": 'a "b", c\n'}, token=f"{n:015d}")
        for n in range(count)
    ]


def test_above_two_thousand_a_job_writes_and_a_second_attempt_meets_the_first(rig: SalesforceRig) -> None:
    changes = many(2_100)
    changes[7] = Change("bad", Op.CREATE, after={"LastName": "x", "Email": "no address"}, token="b" * 15)
    changes[8] = Change("odd", Op.CREATE, after={"LastName": "x", "Description": "#N/A"}, token="c" * 15)
    receipts = {one.change: one for one in written(rig, changes)}
    assert [name for name, one in receipts.items() if one.outcome is not Outcome.DONE] == ["bad"]
    assert list(receipts["bad"].apart) == ["Email"]
    assert "no address" not in receipts["bad"].detail
    assert receipts["c5"].key == next(k for k, r in rig.contacts.rows.items() if r["LastName"] == "n5")
    texts = held(rig, "Description")
    assert (texts.count('a "b", c'), texts.count("#N/A")) == (2_098, 1)
    again = {one.change: one for one in written(rig, changes)}
    assert (again["c5"].outcome, again["c5"].key) == (Outcome.DUPLICATE, receipts["c5"].key)
    assert (len(held(rig)), len(rig.fake.jobs.jobs)) == (2_099, 2)


def test_a_job_upserts_where_the_external_id_is_not_unique(rig: SalesforceRig) -> None:
    loosen(rig)
    changes = many(2_010)
    assert set(outcomes(written(rig, changes))) == {Outcome.DONE}
    assert set(outcomes(written(rig, changes))) == {Outcome.DUPLICATE}
    assert len(held(rig)) == 2_010


def test_a_job_clears_changes_and_leaves_what_it_was_not_told(rig: SalesforceRig) -> None:
    rig.more |= {"checked": 0, "batch": 10_000}
    assert rig.open().describe("Contact").can.batch[Op.UPDATE] == 10_000
    for n in range(2_005):
        values = {"LastName": f"n{n}", "FirstName": "old", "Department": "stays", "HasOptedOutOfEmail": True}
        rig.contacts.insert(values, PERSON, rig.fake.objects)
    keys = list(rig.contacts.rows)
    changes = [Change(key, Op.UPDATE, key, {"FirstName": "new"}) for key in keys]
    changes[3] = Change(keys[3], Op.UPDATE, keys[3], {"FirstName": None})
    changes[4] = Change(keys[4], Op.UPDATE, keys[4], {"HasOptedOutOfEmail": False})
    assert set(outcomes(written(rig, changes))) == {Outcome.DONE}
    assert held(rig, "FirstName") == ["new", "new", "new", None, "old", *["new"] * 2_000]
    assert held(rig, "HasOptedOutOfEmail").count(False) == 1
    assert set(held(rig, "Department")) == {"stays"}
    ends = [Change(key, Op.DELETE, key) for key in keys]
    assert set(outcomes(written(rig, ends))) == {Outcome.DONE}
    assert (held(rig), len(rig.fake.jobs.jobs)) == ([], 2)


def test_checked_updates_never_go_as_a_job(rig: SalesforceRig) -> None:
    rig.fill(2_001)
    rig.more["bulk"] = 2_000
    changes = updating(listed(rig))
    assert set(outcomes(written(rig, changes))) == {Outcome.DONE}
    assert not [one for one in rig.fake.jobs.jobs.values() if one.about.get("object")]


def test_an_upload_that_is_lost_did_nothing(rig: SalesforceRig) -> None:
    rig.fake.order(Trouble.LOST, "PUT", "/batches$")
    assert set(outcomes(written(rig, many(2_001)))) == {Outcome.DEFERRED}
    assert (held(rig), [job.state for job in rig.fake.jobs.jobs.values()]) == ([], ["Aborted"])


def test_a_job_whose_start_is_lost_is_found_again(rig: SalesforceRig) -> None:
    rig.fake.order(Trouble.LOST, "PATCH", "/jobs/ingest/")
    assert set(outcomes(written(rig, many(2_001)))) == {Outcome.DONE}
    assert len(held(rig)) == 2_001


def test_a_job_that_outlasts_the_run_is_in_doubt(rig: SalesforceRig) -> None:
    rig.fake.jobs.takes = 600.0
    connector = rig.open()
    connector.describe("Contact")
    rig.gate.limit(60.0)
    assert set(outcomes(list(connector.write("Contact", many(2_001))))) == {Outcome.UNKNOWN}
    assert sum(rig.gate.waits) <= 60.0


def test_a_stop_while_a_job_runs_is_told_after_its_receipts(rig: SalesforceRig) -> None:
    rig.fake.jobs.takes = 600.0
    connector = rig.open()
    connector.describe("Contact")
    rig.gate.stop_after = rig.gate.entered + 5
    receipts: list[Receipt] = []
    with pytest.raises(Stopped):
        collect(connector, many(2_001), receipts)
    assert outcomes(receipts) == [Outcome.UNKNOWN] * 2_001


def test_jobs_that_are_refused_write_nothing(rig: SalesforceRig) -> None:
    rig.fake.jobs.refuses = True
    with pytest.raises(SourceRefused, match="Bulk API is not enabled"):
        written(rig, many(2_001))
    assert held(rig) == []
    rig.more["bulk"] = 0
    assert set(outcomes(written(rig, many(2_001)))) == {Outcome.DONE}


def test_what_a_jobs_error_says() -> None:
    said = of_csv("REQUIRED_FIELD_MISSING:Required fields are missing: [LastName]:LastName --")
    assert (said.code, said.text, said.fields) == (
        "REQUIRED_FIELD_MISSING",
        "Required fields are missing: [LastName]",
        ("LastName",),
    )
    assert of_csv("UNABLE_TO_LOCK_ROW:unable to obtain exclusive access:--").fields == ()
    assert of_csv("").code == "REFUSED"


def test_a_job_that_failed_halfway_leaves_the_rest_for_another_time(
    rig: SalesforceRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What Salesforce did not come to is in neither of its two lists."""
    inner = rig.fake.jobs._ingested

    def broken_off(job: Job) -> None:
        head, *lines = job.upload.splitlines(keepends=True)
        job.upload = b"".join([head, *lines[:5]])
        inner(job)
        job.error = "InternalServerError"

    monkeypatch.setattr(rig.fake.jobs, "_ingested", broken_off)
    changes = [Change(f"c{n}", Op.CREATE, after={"LastName": f"n{n}"}, token=f"{n:015d}") for n in range(2_001)]
    found = outcomes(written(rig, changes))
    assert found == [Outcome.DONE] * 5 + [Outcome.DEFERRED] * 1_996
    assert len(held(rig)) == 5


def test_a_row_of_which_a_finished_job_says_nothing_is_a_doubt(
    rig: SalesforceRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = rig.fake.jobs._ingested

    def forgetful(job: Job) -> None:
        inner(job)
        job.results["successfulResults"].pop(3)

    monkeypatch.setattr(rig.fake.jobs, "_ingested", forgetful)
    found = outcomes(written(rig, many(2_001)))
    assert (found[2], found.count(Outcome.DONE)) == (Outcome.UNKNOWN, 2_000)


def test_a_start_that_is_refused_did_nothing(rig: SalesforceRig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rig.fake, "too_fast", lambda wait: errors(400, "INVALIDJOBSTATE", "not now"))
    rig.fake.order(Trouble.TOO_FAST, "PATCH", "/jobs/ingest/")
    assert set(outcomes(written(rig, many(2_001)))) == {Outcome.DEFERRED}
    assert held(rig) == []
