"""What kinds and fields does a workspace have, and by which rules is each field decided? (CONFIG "kinds.NAME")"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from connectors.contract import Said, say
from connectors.settings import Faults, Tree, Way, listed, shown
from mappings.draft import no_kind
from mappings.kinds import SURVIVE, TYPES, FieldDef, Group, Kind, built_in
from mappings.places import no_field
from sync.config.file import FieldFile, KindFile
from sync.config.words import check_name, no_source

_SENSITIVE = ("phone", "email", "identifier", "money")
"""Types whose values are masked unless the field says otherwise."""


def kinds_of(written: Mapping[str, KindFile], sources: Collection[str], tree: Tree, faults: Faults) -> dict[str, Kind]:
    """The built-in kinds and the workspace's own, with every rule filled in."""
    kinds = built_in()
    for name, file in written.items():
        check_name(name, tree, ("kinds", name), faults)
        kinds.setdefault(name, Kind(name, {}, built_in=False))
        kinds[name] = _KindReader(kinds[name], list(sources), tree, faults).read(file)
    for name, file in written.items():
        for relation, goes_to in file.relations.items():
            if goes_to not in kinds:
                tree.fault(faults, ("kinds", name, "relations", relation), no_kind(goes_to, kinds))
    return kinds


class _KindReader:
    def __init__(self, kind: Kind, sources: list[str], tree: Tree, faults: Faults) -> None:
        self.kind, self.sources, self.tree, self.faults = kind, sources, tree, faults
        self.way: Way = ("kinds", kind.name)

    def read(self, file: KindFile) -> Kind:
        fields = dict(self.kind.fields)
        for name, rules in file.fields.items():
            fields[name] = self._field(name, rules)
        for name, goes_to in file.relations.items():
            self._relation(name, file)
            fields[name] = FieldDef(name, "relation", relation=goes_to, built_in=False)
        if not fields:
            self._say(self.way, say("a kind of your own needs fields"))
        made = replace(self.kind, fields=fields, groups=self._groups(fields, file))
        return self._identified(made, file)

    def _say(self, way: Way, text: Said) -> None:
        self.tree.fault(self.faults, way, text)

    def _field(self, name: str, rules: FieldFile) -> FieldDef:
        way = (*self.way, "fields", name)
        known = self.kind.fields.get(name)
        if known is None:
            check_name(name, self.tree, way, self.faults)
            if rules.type is None:
                self._say(
                    way,
                    say(
                        "`{field}` is not built in, so it needs a `type`; there is: {every}",
                        field=shown(name),
                        every=listed(TYPES),
                    ),
                )
            type_ = rules.type or "text"
            survive = () if type_ == "identifier" else ("authority",)
            sensitive = type_ in _SENSITIVE
            known = FieldDef(name, type_, many=bool(rules.many), survive=survive, sensitive=sensitive, built_in=False)
        else:
            self._built_in(known, rules, way)
        return self._ruled(known, rules, way)

    def _built_in(self, known: FieldDef, rules: FieldFile, way: Way) -> None:
        if rules.type is not None:
            self._say(
                (*way, "type"),
                say(
                    "`{field}` is built in as {type}; leave `type` out, or choose another name",
                    field=known.name,
                    type=known.type,
                ),
            )
        if rules.many is not None and rules.many != known.many:
            how = say("a set") if known.many else say("one value")
            self._say(
                (*way, "many"),
                say(
                    "`{field}` is built in as {how}; leave `many` out, or choose another name",
                    field=known.name,
                    how=how,
                ),
            )

    def _ruled(self, known: FieldDef, rules: FieldFile, way: Way) -> FieldDef:
        for source in rules.authority or ():
            if source not in self.sources:
                self._say((*way, "authority"), no_source(source, self.sources))
        if rules.options is not None and known.type not in ("choice", "tags"):
            self._say((*way, "options"), say("only a choice has options, and `{field}` is none", field=known.name))
        survive = known.survive if rules.survive is None else self._survive(rules.survive, (*way, "survive"))
        return replace(
            known,
            group=rules.group or known.group,
            survive=survive,
            first_link=rules.first_link,
            clear=rules.clear,
            authority=rules.authority,
            options=rules.options if rules.options is not None else known.options,
            sensitive=known.sensitive if rules.sensitive is None else rules.sensitive,
        )

    def _survive(self, words: tuple[str, ...], way: Way) -> tuple[str, ...]:
        for word in words:
            if word not in SURVIVE:
                self._say(
                    way, say("no rule is called `{word}`; for a source's name use `authority:`", word=shown(word))
                )
        if "ask" in words[:-1]:
            self._say(way, say("nothing can follow `ask`; put it last"))
        elif len(set(words)) < len(words):
            self._say(way, say("a rule stands twice; once is enough"))
        return tuple(word for word in words if word != "ask")

    def _relation(self, name: str, file: KindFile) -> None:
        way = (*self.way, "relations", name)
        check_name(name, self.tree, way, self.faults)
        if self.kind.built_in:
            self._say(
                way,
                say(
                    "relations are declared for kinds of your own; {kind} has: {every}",
                    kind=self.kind.name,
                    every=listed(list(self.kind.relations())),
                ),
            )
        elif name in file.fields:
            self._say(way, say("`{field}` is a field already; call one of them by another name", field=shown(name)))

    def _groups(self, fields: Mapping[str, FieldDef], file: KindFile) -> dict[str, Group]:
        """Own groups, led by the member that is declared first; built-in ones can be joined, not left."""
        groups = dict(self.kind.groups)
        for name, rules in file.fields.items():
            before = self.kind.fields[name].group if name in self.kind.fields else ""
            if rules.group and before and rules.group != before:
                self._say(
                    (*self.way, "fields", name, "group"),
                    say("`{field}` goes with the group {group} and cannot leave it", field=name, group=before),
                )
            elif rules.group and name in fields and not before:
                group = groups.get(rules.group, Group(rules.group, (), name))
                groups[rules.group] = replace(group, members=(*group.members, name))
        return groups

    def _identified(self, kind: Kind, file: KindFile) -> Kind:
        if not file.identify:
            return kind
        way = (*self.way, "identify")
        if kind.customer:
            self._say(
                way,
                say(
                    "{kind} is told apart by matching; `identify` is for interaction and kinds of your own",
                    kind=kind.name,
                ),
            )
        for name in file.identify:
            if name not in kind.fields:
                self._say(way, no_field(kind, name))
        if kind.built_in:
            return replace(kind, identify=file.identify)
        return replace(kind, identify=file.identify, exists=file.identify, names=file.identify)
