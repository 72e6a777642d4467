"""Connectors as the design's table has them, so that configuration can be tried before and without the real ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, create_model

from connectors import registry
from connectors.contract import Capabilities, ConfigError, Connector, Context, Identity, Listing, Op, Spec
from connectors.settings import SecretText, nearest

_OPS = {"C": Op.CREATE, "U": Op.UPDATE, "A": Op.ARCHIVE, "r": Op.RESTORE, "D": Op.DELETE, "M": Op.MERGE}


def _no_connection(options: Any, context: Context) -> Connector:
    raise AssertionError("configuration opens nothing")


def _spec(title: str, ops: str, listing: str, identity: str, flags: str, **options: object) -> Spec:
    """options: name → its default, `str` where it has none, "secret"."""
    fields: dict[str, Any] = {
        name: (SecretText, ...) if kind == "secret" else (kind, ...) if isinstance(kind, type) else (type(kind), kind)
        for name, kind in options.items()
    }
    config = ConfigDict(extra="allow") if title == "rest" else ConfigDict(extra="forbid")
    model: type[BaseModel] = create_model(f"{title.title()}Options", __config__=config, **fields)
    best = Capabilities(
        ops=frozenset(_OPS[letter] for letter in ops),
        changes="changes" in flags,
        deletions="deletions" in flags,
        listing=Listing(listing),
        identity=Identity(identity),
        absence="absence" in flags,
        clock="clock" in flags,
        quiet="quiet" in flags,
    )
    return Spec(title, model, _no_connection, best)


_FILE = ("CUD", "complete", "cell", "changes absence quiet")

SPECS: Mapping[str, Spec] = {
    one.title: one
    for one in (
        _spec("csv", *_FILE, path=str, encoding="", headings=True, delimiter=""),
        _spec("xlsx", *_FILE, path=str),
        _spec("vcard", *_FILE, path=str),
        _spec("sql", "CUArD", "complete", "native", "changes absence clock", path="", url="", port=5432),
        _spec("memory", "CUArDM", "complete", "native", "changes deletions absence clock quiet", store=""),
        _spec("airtable", "CUD", "drifting", "native", "changes", base=str, token="secret"),
        _spec("google_sheets", *_FILE, spreadsheet=str, credentials="secret"),
        _spec(
            *("zoho_crm", "CUDM", "drifting", "native", "changes deletions absence clock quiet"),
            dc="com",
            client_id=str,
            client_secret="secret",
            refresh_token="secret",
        ),
        _spec(
            *("fxiaoke", "CUArD", "complete", "native", "changes quiet"),
            app_id=str,
            app_secret="secret",
            permanent_code="secret",
            acting_user="",
            high_seas="",
        ),
        _spec("huoban", "CUD", "drifting", "native", "", api_key="secret", space=""),
        _spec("hubspot", "CUADM", "drifting", "native", "changes deletions absence", token="secret"),
        _spec("wecom", "U", "partial", "native", "quiet", corp_id=str, secret="secret"),
        _spec(
            *("carddav", "CUD", "complete", "native", "changes deletions absence quiet"),
            url=str,
            user="",
            password="secret",
        ),
        _spec("rest", "CUArDM", "complete", "native", "changes deletions absence", spec=str),
        _spec("reader", "", "complete", "native", "", path=str),
    )
}


class StandIns:
    """A registry that knows the connectors of the design, by the real one's rules for paths and URLs."""

    def spec(self, name: str) -> Spec:
        if name in SPECS:
            return SPECS[name]
        near = nearest(name, list(SPECS))
        raise ConfigError("no connector is called `{name}`; did you mean `{near}`?", name=name, near=near)

    def named_for(self, text: str) -> str | None:
        return registry.named_for(text)

    def endings(self) -> tuple[str, ...]:
        return registry.endings()
