"""Is every vendor's rate used, and never exceeded? The table of paces under a virtual clock: no request is made.

What is published stands here by itself, as the vendors' pages have it, and what goes out is counted by it: the connectors'
own paces are only asked when a request may go.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

import connectors.registry
from connectors.contract import Pace
from connectors.gate import RunGate, VirtualClock

DAY: Final = 86_400.0
PUBLISHED: Final = {
    "airtable": ((5, 1.0), (50, 1.0)),
    "feishu_bitable": ((20, 1.0), (50, 1.0)),
    "fxiaoke": ((100, 20.0), (100_000, DAY)),
    "google_sheets": ((60, 60.0), (60, 60.0)),
    "hubspot": ((100, 10.0), (5, 1.0), (250_000, DAY)),
    "huoban": ((5, 1.0),),
    "salesforce": ((15_000, DAY),),
    "wecom": ((10_000, 60.0), (150_000, 3600.0)),
    "zoho_crm": ((50_000, DAY),),
    "rest: dingtalk": ((2, 1.0),),
    "rest: jiandaoyun": ((30, 1.0),),
    "rest: pipedrive": ((10, 2.0),),
    "rest: vika": ((2, 1.0),),
}
"""(units, seconds) as published. 伙伴云 publishes none: callers report 10 a second, and half of it is taken (`rate`)."""
_TEMPLATES: Final = Path(connectors.registry.__file__).parent / "shared" / "rest" / "templates"
_WINDOWS: Final = 6
_DAYS: Final = 2
"""Windows that are looked at; of quotas over hours fewer, for the gate waits in short pieces."""
_STEPS: Final = 500
"""A large quota is spent in so many steps for a window."""


@dataclass(frozen=True, slots=True)
class Row:
    """used: share of the published rate that is reached; most: units that went out in any one window of it."""

    vendor: str
    units: int
    seconds: float
    used: float
    most: int

    @property
    def holds(self) -> bool:
        return self.used >= 0.95 and self.most <= self.units

    def __str__(self) -> str:
        published = f"{self.units:,} in {self.seconds:,.0f} s"
        return f"| {self.vendor} | {published} | {self.used:.1%} | {self.most:,} | {'yes' if self.holds else 'NO'} |"


HEAD: Final = "| vendor | published | used | most in any window | holds |\n|---|---|---:|---:|---|"


def paces_of(vendor: str) -> tuple[Pace, ...]:
    """As the connector declares them."""
    kind, _, name = vendor.partition(": ")
    if not name:
        return connectors.registry.spec(kind).best.paces
    limits = yaml.safe_load((_TEMPLATES / f"{name}.yaml").read_text("utf-8"))["paces"]["limits"]
    return tuple(Pace(one["key"], one["units"], one["seconds"]) for one in limits)


def measured(pace: Pace, units: int, seconds: float) -> tuple[float, int]:
    """(share of `units` in `seconds` that goes out, most in any such window) where somebody always wants to enter."""
    clock = VirtualClock()
    gate, each = RunGate(clock=clock), max(1, units // _STEPS)
    went: list[float] = []
    windows = _WINDOWS if seconds < 3600 else _DAYS
    while clock.monotonic() < windows * pace.seconds + 1e-6:
        gate.enter(pace, units=each)
        went.append(clock.monotonic())
        clock.sleep(seconds / units * each / 7)  # nobody asks in no time at all
    # whole windows of the pace's own: what goes out at once at the beginning would count twice
    begun, last = went[0] + pace.seconds, went[0] + windows * pace.seconds
    count = sum(begun - 1e-6 <= at < last - 1e-6 for at in went) * each
    return count / (last - begun) / (units / seconds), most(went, seconds) * each


def most(went: Sequence[float], seconds: float) -> int:
    """The most moments in any window of so many seconds, its end not counted; `went` in order."""
    first = found = 0
    for last, at in enumerate(went):
        while at - went[first] >= seconds - 1e-6:
            first += 1
        found = max(found, last - first + 1)
    return found


def table() -> Iterator[Row]:
    for vendor, published in PUBLISHED.items():
        paces = paces_of(vendor)
        if len(paces) != len(published):
            raise ValueError(f"{vendor} has {len(paces)} paces, {len(published)} are known")
        for pace, (units, seconds) in zip(paces, published):
            yield Row(vendor, units, seconds, *measured(pace, units, seconds))


__all__ = ["HEAD", "PUBLISHED", "Row", "measured", "most", "paces_of", "table"]
