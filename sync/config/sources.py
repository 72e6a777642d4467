"""Where are customers kept, whose is it, and what may it receive? (CONFIG "sources.NAME")"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from connectors.contract import Capabilities, ConfigError, Listing, Op, Said, Spec, say
from connectors.secrets import in_full, is_reference, names_secret
from connectors.settings import Faults, Keyed, Leaf, Tree, fit, meant, plain, shown
from mappings.filters import ME, Condition, Filter, Wanted
from mappings.places import Names, nobody
from sync.config.conditions import Ask
from sync.config.file import OWN_KEYS, SourceFile
from sync.config.words import check_name


class Registry(Protocol):
    """What is asked of connectors.registry."""

    def spec(self, name: str) -> Spec: ...

    def named_for(self, text: str) -> str | None: ...

    def endings(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class Source:
    """One source as the workspace declares it.

    options: as they are written, references unresolved; `open_options` makes the connector's own. belongs_to: a person,
    or "" where column `holder` says who holds each record. only: which customers it may receive (no condition: all),
    with mappings.filters.ME for the holder. on_leave: keep, remove or mark (in column `mark`). formal: named in
    `authority`, at `rank` (0 is trusted most; off-book sources stand behind all formal ones). place: in offbook.yaml.
    """

    name: str
    connector: str
    options: Mapping[str, object]
    place: int
    belongs_to: str = ""
    holder: str = ""
    only: Filter = field(default_factory=Filter)
    on_leave: str = "keep"
    mark: str = ""
    may_delete: bool = False
    no_duplicates: bool = False
    region: str = "CN"
    timezone: str = "Asia/Shanghai"
    formal: bool = False
    rank: int = 0
    best: Capabilities = field(default_factory=Capabilities)


@dataclass(frozen=True, slots=True)
class SourceDraft:
    """A source whose own keys are read; its connector is not asked yet."""

    name: str
    written: SourceFile
    options: Mapping[str, object]
    short: str = ""


def source_drafts(tree: Tree, faults: Faults) -> list[SourceDraft]:
    """Every source of offbook.yaml, its own eight keys checked."""
    node = tree.node(("sources",))
    made = []
    for name, entry in node.entries.items() if isinstance(node, Keyed) else ():
        way = ("sources", name)
        check_name(name, tree, way, faults)
        if isinstance(entry.value, Leaf):
            made.append(SourceDraft(name, SourceFile(), {}, entry.value.text or ""))
        elif isinstance(entry.value, Keyed):
            given = plain(entry.value)
            own = {key: value for key, value in given.items() if key in OWN_KEYS}
            written = fit(SourceFile, tree, faults, way=way, value=own)
            if written is not None:
                options = {key: value for key, value in given.items() if key not in OWN_KEYS}
                made.append(SourceDraft(name, written, options))
        else:
            tree.fault(faults, way, say("keys and values are meant here: {…}"))
    return made


@dataclass(frozen=True, slots=True)
class SourceReader:
    """Makes drafts into sources; everything that can be said without opening one is said."""

    tree: Tree
    faults: Faults
    registry: Registry
    folder: Path

    def connected(self, draft: SourceDraft) -> tuple[str, Spec, Mapping[str, object]] | None:
        """Connector, spec and options; None (and a fault) where they are not known."""
        options = dict(draft.options)
        if draft.short:
            options = {"url" if "://" in draft.short else "path": draft.short}
        name = draft.written.connector or self._by_path(draft, options)
        if not name:
            return None
        try:
            spec = self.registry.spec(name)
        except ConfigError as error:
            self._say(draft, error.said, "connector")
            return None
        except Exception as error:  # noqa: BLE001 - a private connector's module may fail in any way
            kind = type(error).__name__
            told = say("the connector `{name}` cannot be loaded ({kind})", name=shown(name), kind=kind)
            self._say(draft, told, "connector")
            return None
        self._check_options(draft, name, spec, options)
        return name, spec, options

    def _by_path(self, draft: SourceDraft, options: Mapping[str, object]) -> str:
        """7: a path's ending or a database URL names the connector."""
        text = options.get("path") or options.get("url")
        if not isinstance(text, str):
            if not draft.short:
                self._say(draft, say("`{key}` is missing and has no default", key="connector"))
            return ""
        found = self.registry.named_for(text)
        if found is None:
            told = say(
                "`{text}` does not say what it is; a bare path must end in {endings};"
                " for anything else write {{connector: …}}",
                text=shown(text),
                endings=", ".join(self.registry.endings()),
            )
            self._say(draft, told)
        return found or ""

    def _check_options(self, draft: SourceDraft, name: str, spec: Spec, options: Mapping[str, object]) -> None:
        def stranger(key: str, known: Sequence[str]) -> Said:
            if key in draft.options:
                return _unknown_option(name, key, (*OWN_KEYS, *known))
            return _unknown_option(name, key, known)

        context = {"unresolved": True, "folder": str(self.folder)}
        way = ("sources", draft.name)
        fit(spec.options, self.tree, self.faults, way=way, value=options, context=context, stranger=stranger)
        if spec.options.model_config.get("extra") == "allow" and spec.options.model_fields:
            self._named_secrets(way, options, spec)

    def _named_secrets(self, way: tuple[str, str], options: Mapping[str, object], spec: Spec) -> None:
        """9: a connector whose options a specification file names cannot mark its secrets; their names do."""
        for key, value in options.items():
            secret = key not in spec.options.model_fields and (names_secret(key) or key == "key")
            if secret and isinstance(value, str) and value and not is_reference(value):
                self.tree.fault(self.faults, (*way, key), in_full())

    def _say(self, draft: SourceDraft, text: Said, *keys: str) -> None:
        self.tree.fault(self.faults, ("sources", draft.name, *keys), text)

    def held(self, draft: SourceDraft, names: Names, customer: str) -> tuple[str, str, Filter]:
        """The person or column it belongs to, and what it may receive (`only`, RULES R8)."""
        written = draft.written
        person = written.belongs_to.person if written.belongs_to else ""
        column = written.belongs_to.column if written.belongs_to else ""
        if person and person not in names.staff:
            self._say(draft, nobody(person, names.staff), "belongs_to")
        me = person or (ME if column else "")
        if written.only is None:
            owner = Condition(customer, "owner", Wanted("any", (me,)))
            return person, column, Filter((owner,) if me else ())
        ask = Ask(names, names.kinds[customer], me, self.tree, self.faults)
        return person, column, ask.filter(written.only, ("sources", draft.name, "only"))

    def check_powers(self, draft: SourceDraft, name: str, best: Capabilities) -> None:
        """20, and `may_delete` where the end of a record can never be noticed (CONTRACT, "deletions")."""
        removes = {Op.DELETE, Op.ARCHIVE} & best.ops
        if draft.written.on_leave.word == "remove" and not removes:
            self._say(
                draft,
                say(
                    "the {connector} connector cannot remove records; write `keep` or {{mark: column}}", connector=name
                ),
                "on_leave",
            )
        if draft.written.on_leave.word == "mark" and Op.UPDATE not in best.ops:
            self._say(
                draft,
                say(
                    "the {connector} connector cannot change records, so it cannot mark them; write `keep`",
                    connector=name,
                ),
                "on_leave",
            )
        if draft.written.may_delete and best.listing is Listing.PARTIAL and not best.deletions:
            self._say(
                draft,
                say(
                    "the {connector} connector never shows that a record is gone; leave `may_delete` out",
                    connector=name,
                ),
                "may_delete",
            )


def _unknown_option(connector: str, key: str, known: Sequence[str]) -> Said:
    """2."""
    return meant(
        lambda near: say(
            "neither Offbook nor the {connector} connector has this key; did you mean `{near}`?",
            connector=connector,
            near=near,
        ),
        lambda every: say(
            "neither Offbook nor the {connector} connector has this key; there is: {every}",
            connector=connector,
            every=every,
        ),
        key,
        known,
    )
