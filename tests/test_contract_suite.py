"""Can the contract suite fail? Each broken connector is caught by the promise that it breaks."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from _pytest.outcomes import Skipped

from connectors.contract import Capabilities, Connector
from tests import broken
from tests.broken import Proxy
from tests.contract import Contract
from tests.memory_rig import DRIFTING, KEYLESS, NATIVE, SHEET, MemoryRig
from tests.rig import Rig, RigLacks

BREAKAGES: list[tuple[str, type[Proxy], Capabilities]] = [
    ("c01", broken.CertifiesEveryPage, NATIVE),
    ("c01", broken.HidesTheFailure, NATIVE),
    ("c02", broken.AlwaysComplete, NATIVE),
    ("c02", broken.ForgetsWhatWasCut, NATIVE),
    ("c02", broken.SaysNotWhy, NATIVE),
    ("c03", broken.HidesTheFailure, NATIVE),
    ("c03", broken.SkipsEqualTimes, NATIVE),
    ("c04", broken.CursorFromTheEnd, NATIVE),
    ("c04", broken.SendsTheLastForEver, NATIVE),
    ("c05", broken.SaysComplete, DRIFTING),
    ("c06", broken.NothingChanged, NATIVE),
    ("c06", broken.AlwaysFull, NATIVE),
    ("c07", broken.SaysNotHowToGoOn, NATIVE),
    ("c07", broken.LosesAPageOnResuming, NATIVE),
    ("c07", broken.CursorFromTheEnd, NATIVE),
    ("c08", broken.EachKeyOnce, SHEET),
    ("c09", broken.LeavesEmptyOut, NATIVE),
    ("c09", broken.EmptyIsText, NATIVE),
    ("c09", broken.HiddenLooksEmpty, NATIVE),
    ("c09", broken.ShowsEverything, NATIVE),
    ("c10", broken.Numericises, NATIVE),
    ("c10", broken.ReadsFloats, NATIVE),
    ("c10", broken.EscapesFormulas, NATIVE),
    ("c10", broken.DamagedIsEmpty, NATIVE),
    ("c11", broken.BirthdayOneDayEarly, NATIVE),
    ("c12", broken.ForbiddenIsDeleted, NATIVE),
    ("c12", broken.NeverConfirmsAnEnd, NATIVE),
    ("c13", broken.MergedLooksAlive, NATIVE),
    ("c14", broken.NeverConfirmsAnEnd, NATIVE),
    ("c14", broken.ArchivedVanishes, NATIVE),
    ("c15", broken.OneVersion, NATIVE),
    ("c15", broken.VersionByTheHour, NATIVE),
    ("c16", broken.OneScope, NATIVE),
    ("c16", broken.DescribesTheHidden, NATIVE),
    ("c17", broken.ForgetsAReceipt, NATIVE),
    ("c17", broken.ReceiptsAtTheEnd, NATIVE),
    ("c18", broken.RetriesBlindly, NATIVE),
    ("c19", broken.DropsTheToken, NATIVE),
    ("c19", broken.DropsTheToken, DRIFTING),
    ("c19", broken.CallsADuplicateDone, NATIVE),
    ("c19", broken.FindsWhatBegins, NATIVE),
    ("c19", broken.ShowsAnotherKey, NATIVE),
    ("c20", broken.ChecksNothing, NATIVE),
    ("c20", broken.WritesInSpiteOfConflict, NATIVE),
    ("c21", broken.WritesTheWholeRecord, NATIVE),
    ("c21", broken.WritesTextForNone, NATIVE),
    ("c22", broken.OneBadStopsAll, NATIVE),
    ("c23", broken.NamesNoField, NATIVE),
    ("c23", broken.CallsHalfRejected, NATIVE),
    ("c24", broken.EchoesWhatWasSent, NATIVE),
    ("c24", broken.ShowsAnotherKey, NATIVE),
    ("c25", broken.HidesTheLaterRequest, NATIVE),
    ("c27", broken.WritesByPosition, KEYLESS),
    ("c27", broken.WritesTheFirstOfTwo, SHEET),
    ("c27", broken.KeepsTheOldKey, SHEET),
    ("c28", broken.MakesUpOptions, NATIVE),
    ("c28", broken.MakesUpRecords, NATIVE),
    ("c29", broken.WaitsForEver, NATIVE),
    ("c30", broken.FiresWorkflows, NATIVE),
    ("c31", broken.PassesTheGate, NATIVE),
    ("c31", broken.Sleeps, NATIVE),
    ("c31", broken.KeepsThePenalty, NATIVE),
    ("c32", broken.GoesOnAfterTheStop, NATIVE),
    ("c32", broken.WritesAfterTheStop, NATIVE),
    ("c33", broken.WritesWhileReading, NATIVE),
    ("c34", broken.TellsTheCustomer, NATIVE),
    ("c35", broken.FindsNothingWrong, NATIVE),
    ("c35", broken.AlwaysComplains, NATIVE),
    ("c36", broken.ClaimsMore, NATIVE),
    ("c36", broken.ClaimsToDelete, NATIVE),
    ("c36", broken.IgnoresOtherOps, SHEET),
]


class BrokenRig(MemoryRig):
    def __init__(self, breakage: type[Proxy], can: Capabilities) -> None:
        super().__init__(can)
        self.breakage = breakage

    def open(self, folder: str = ".") -> Connector:
        return self.breakage(super().open(folder), self)


def outcomes(promise: str, rig: Callable[[], Rig]) -> dict[str, str]:
    """Every test of a promise, run by hand: passed, failed or skipped, with what was said."""
    found = {}
    for name in dir(Contract):
        if name.startswith(f"test_{promise}_"):
            for values in _cases(getattr(Contract, name)):
                found[f"{name}{values or ''}"] = _outcome(getattr(Contract(), name), rig(), values)
    return found


def _cases(test: Callable[..., None]) -> Iterator[dict[str, Any]]:
    marks = [mark for mark in getattr(test, "pytestmark", []) if mark.name == "parametrize"]
    names = [mark.args[0] for mark in marks]
    for values in itertools.product(*(mark.args[1] for mark in marks)):
        yield dict(zip(names, values))


def _outcome(test: Callable[..., None], rig: Rig, values: dict[str, Any]) -> str:
    try:
        test(rig=rig, **values)
    except Skipped as skipped:
        return f"skipped: {skipped.msg}"
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001 - whatever a broken connector makes of it
        return f"failed: {type(error).__name__}: {error}"
    return "passed"


@pytest.mark.parametrize(
    ("promise", "breakage", "can"), BREAKAGES, ids=[f"{p}-{b.__name__}-{c.identity}" for p, b, c in BREAKAGES]
)
def test_a_broken_promise_is_caught_by_its_own_test(promise: str, breakage: type[Proxy], can: Capabilities) -> None:
    assert not _fails_unbroken(promise, BREAKAGES.index((promise, breakage, can)))
    found = outcomes(promise, lambda: BrokenRig(breakage, can))
    assert any(said.startswith("failed") for said in found.values()), found


def _fails_unbroken(promise: str, at: int) -> bool:
    """Whether the promise fails without any breakage: then it proves nothing. Asked once for each kind of table."""
    can = BREAKAGES[at][2]
    if all(not (p == promise and c is can) for p, _, c in BREAKAGES[:at]):
        whole = outcomes(promise, lambda: BrokenRig(Proxy, can))
        return any(said.startswith("failed") for said in whole.values())
    return False


def test_every_promise_has_a_test_and_a_breakage() -> None:
    tested = {name[5:8] for name in dir(Contract) if name.startswith("test_c")}
    assert tested == {f"c{number:02}" for number in range(1, 37)}
    assert tested - {promise for promise, _, _ in BREAKAGES} == {"c26"}, "c26 is broken by files: tests/test_csv.py"


def test_what_is_not_declared_is_reported_and_never_passed() -> None:
    found = outcomes("c25", lambda: MemoryRig(SHEET))
    assert found == {
        "test_c25_a_later_request_has_a_fate_of_its_own": "skipped: not applicable: a sheet is written at once"
    }


def test_a_rig_that_lacks_a_feature_is_an_error_not_a_skip() -> None:
    class Lazy(MemoryRig):
        lose_own_call = Rig.lose_own_call

    (said,) = outcomes("c25", Lazy).values()
    assert said.startswith(f"failed: {RigLacks.__name__}: Lazy has no `lose_own_call`")
