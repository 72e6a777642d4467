"""Where does a tape's story play: before a pretended system, before a real account, before the tape alone?"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import yaml
from pydantic import SecretStr

from connectors.contract import Pace, TableFacts, Value
from connectors.registry import spec as spec_of
from connectors.shared.web.redact import is_secret_name
from connectors.vault import MemoryVault
from tests.airtable_rig import AirtableRig
from tests.feishu_rig import FeishuRig
from tests.fxiaoke_rig import FxiaokeRig, LegacyRig
from tests.google_sheets_rig import GoogleSheetsRig, service
from tests.hubspot_rig import HubSpotRig
from tests.huoban_rig import HuobanRig
from tests.rig import CountingGate
from tests.salesforce_rig import SalesforceRig
from tests.tape_scrub import COVER, NOWHERE, Scrubber
from tests.tape_story import Stage, play, tape
from tests.web_rig import WebRig
from tests.wecom_rig import WeComRig
from tests.zoho_rig import ZohoRig

FOLDER: Final = Path(__file__).parent / "cassettes"
RIGS: Final[Mapping[str, Callable[[], WebRig]]] = {
    "airtable/base": AirtableRig,
    "feishu_bitable/base": FeishuRig,
    "fxiaoke/current": FxiaokeRig,
    "fxiaoke/legacy": LegacyRig,
    "google_sheets/sheet": GoogleSheetsRig,
    "hubspot/contacts": lambda: HubSpotRig(batch=100),
    "huoban/table": HuobanRig,
    "salesforce/contacts": lambda: SalesforceRig(together=True),
    "wecom/contacts": WeComRig,
    "zoho_crm/contacts": lambda: ZohoRig(batch=100),
}
"""Connector and story → a pretended system. carddav and rest are recorded before real servers (tests/record_tapes.py)."""
SERVERS: Final = ("carddav/radicale", "carddav/xandikos", "rest/kinto", "rest/pocketbase")
_ADDRESSES: Final = ("base_url", "accounts_url", "login_url", "url")
_MOST: Final = 20
"""Records that a real table may hold: all of them go on the tape."""


class StoryGate(CountingGate):
    """Its time moves by waiting only, from `start`; `real`: the waiting is done, and requests are a moment apart."""

    def __init__(self, start: datetime, *, real: bool = False) -> None:
        super().__init__()
        self._start, self._real = start, real

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._passed)

    def enter(self, *paces: Pace, units: int = 1) -> None:
        super().enter(*paces, units=units)
        if self._real:
            time.sleep(0.3)

    def wait(self, seconds: float) -> None:
        super().wait(seconds)
        if self._real:
            time.sleep(seconds)


# ------------------------------------------------------------------------------ what is recorded


def of_rig(rig: WebRig) -> Stage:
    """Two customers are there already; the connector signs in anew."""
    for name, note in (("王芳", "老客户"), ("Li Lei", "wants a call")):
        rig.add({**rig.base, rig.text[0]: name, rig.text[1]: note})
    options = dict(rig.options())
    made = rig.spec.options.model_validate(options)
    planted = dict.fromkeys(rig.secrets, COVER)
    for name, value in options.items():
        text = value.get_secret_value() if isinstance(value, SecretStr) else value
        if isinstance(text, str) and (text in rig.secrets or isinstance(getattr(made, name, None), SecretStr)):
            planted[text] = f"{COVER}-{name}"
    return Stage(
        rig.spec, options, rig.table, rig.text[:2], rig.facts, rig.bad(), rig.base, planted, rig.gate, MemoryVault()
    )  # fmt: skip


def of_account(name: str, environment: Mapping[str, str]) -> Stage | None:
    """A real account, as tests/cassettes/README.md says how to name it; None where nothing names one."""
    start = f"OFFBOOK_RECORD_{name.upper()}_"
    said = {key.removeprefix(start): value for key, value in environment.items() if key.startswith(start)}
    if "TABLE" not in said:
        return None
    spec, given = (
        spec_of(name),
        {k.removeprefix("OPTION_").lower(): v for k, v in said.items() if k.startswith("OPTION_")},
    )
    options: dict[str, object] = {}
    planted: dict[str, str] = {}
    for key, text in given.items():
        described = spec.options.model_fields.get(key)
        secret = is_secret_name(key) or (described is not None and "Secret" in str(described.annotation))
        options[key] = yaml.safe_load(text) if text[:1] == "[" and not secret else text
        if secret:
            planted |= dict.fromkeys(_parts(text), COVER) | {text: f"{COVER}-{key}"}
    first, second = said["TEXT"].split(",")
    field, _, value = said.get("BAD", "").partition("=")
    facts = TableFacts(
        (first, second),
        said.get("KEY_FIELD"),
        said.get("TOKEN_FIELD"),
        tuple(filter(None, [said.get("MODIFIED_FIELD")])),
    )
    gate = StoryGate(datetime.now(UTC).replace(microsecond=0), real=True)
    bad = (field, value) if field else None
    return Stage(spec, options, said["TABLE"], (first, second), facts, bad, {}, planted, gate, MemoryVault(), _MOST)


def _parts(secret: str) -> Iterator[str]:
    """The secrets within a key file."""
    try:
        told = json.loads(secret)
    except ValueError:
        return
    for name, value in told.items() if isinstance(told, dict) else ():
        if isinstance(value, str) and (is_secret_name(name) or name.startswith("private_key")):
            yield from (line for line in value.splitlines() if len(line) > 8 and not line.startswith("-----"))


def record(name: str, stage: Stage, folder: Path, against: str) -> None:
    """Plays the story before a system; leaves its tape, and beside it the stage and what the connector made of it.
    name: connector and story."""
    place = folder / f"{name}.yaml"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.unlink(missing_ok=True)
    start = stage.gate.now()
    scrubber = Scrubber(stage.planted, list(_origins(stage)))
    with tape(place, scrubber, mode="once"):
        told = play(stage)
    kept = {"against": against, "start": start.isoformat(), **_kept(stage), "told": told}
    text = json.dumps(kept, ensure_ascii=False, indent=1)
    place.with_suffix(".json").write_text(scrubber.text(text) + "\n", "utf-8")


def _origins(stage: Stage) -> Iterator[str]:
    for name in _ADDRESSES:
        found = urlsplit(str(stage.options.get(name) or ""))
        if found.netloc:
            yield f"{found.scheme}://{found.netloc}"


def _kept(stage: Stage) -> dict[str, Any]:
    """The stage as a tape needs it: addresses lead nowhere, secrets are their names."""
    made = stage.spec.options.model_validate(dict(stage.options))
    options: dict[str, Any] = {}
    for name, value in stage.options.items():
        text = value.get_secret_value() if isinstance(value, SecretStr) else value
        options[name] = stage.planted.get(text, text) if isinstance(text, str) else text
    for name in _ADDRESSES:
        value = getattr(made, name, None) or stage.options.get(name)
        if name in options or (name == "base_url" and name in type(made).model_fields):
            options[name] = NOWHERE + urlsplit(str(value or "")).path
    facts = stage.facts
    bad = stage.bad and (stage.bad[0], *_folded(stage.bad[1]))
    return {
        "options": options, "table": stage.table, "text": stage.text, "bad": bad,
        "facts": {"fields": facts.fields, "key": facts.key, "token": facts.token, "modified": facts.modified},
    }  # fmt: skip


def _folded(value: Value) -> tuple[Value, int]:
    """A text of one character over and over is written once."""
    repeats = isinstance(value, str) and len(value) > 100 and len(set(value)) == 1
    return (value[0], len(value)) if repeats and isinstance(value, str) else (value, 1)


# ------------------------------------------------------------------------------ what is played


@dataclass(frozen=True)
class Kept:
    """A tape. told: what the connector made of it when it was recorded."""

    name: str
    stage: Stage
    told: Mapping[str, Any]
    against: str
    place: Path


def kept(name: str, folder: Path = FOLDER) -> Kept:
    place = folder / f"{name}.yaml"
    said = json.loads(place.with_suffix(".json").read_text("utf-8"))
    options = dict(said["options"])
    if options.get("credentials") == f"{COVER}-credentials":
        options["credentials"] = service(NOWHERE)
    known = said["facts"]
    facts = TableFacts(tuple(known["fields"]), known["key"], known["token"], tuple(known["modified"]))
    bad = said["bad"] and (said["bad"][0], _unfolded(*said["bad"][1:]))
    gate = StoryGate(datetime.fromisoformat(said["start"]))
    spec = spec_of(name.partition("/")[0])
    stage = Stage(spec, options, said["table"], tuple(said["text"]), facts, bad, {}, {}, gate, MemoryVault())
    return Kept(name, stage, said["told"], said["against"], place)


def _unfolded(value: Any, times: int) -> Value:
    found: Value = value * times if times > 1 else value
    return found


def names(folder: Path = FOLDER) -> list[str]:
    return sorted(f"{one.parent.name}/{one.stem}" for one in folder.glob("*/*.yaml"))


__all__ = ["FOLDER", "RIGS", "SERVERS", "Kept", "StoryGate", "kept", "names", "of_account", "of_rig", "record"]
