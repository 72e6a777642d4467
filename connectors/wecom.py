"""How are the WeChat contacts that colleagues hold in 企业微信 (客户联系) read, and remarks and tags written back?

Not tried against a live account. One record is one contact as one colleague holds it: remarks differ by colleague.
Contacts can be neither created nor removed; a listing shows those of the members that the app sees, so what is missing
from it says nothing. There are no edit times: all is read each time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Any, Final

import orjson
from pydantic import Field as Option

from connectors.contract import (
    Capabilities,
    Certificate,
    Change,
    Context,
    CursorExpired,
    Field,
    Finding,
    Listing,
    Op,
    Outcome,
    Pace,
    Page,
    Query,
    Receipt,
    Record,
    SourceError,
    SourceRefused,
    Spec,
    Stopped,
    Table,
    say,
)
from connectors.http import Lost, NotSent, Reply
from connectors.settings import SecretText, Strict
from connectors.shared.sheets import one_op
from connectors.shared.values import as_text
from connectors.shared.web.answers import Fate
from connectors.shared.wecom.account import NO_CONTACTS, NO_MEMBER, Account, code_of
from connectors.shared.wecom.fields import (
    COMPANY,
    NAMES,
    TAGS,
    WECOM_USER,
    fault,
    fields,
    read,
    sent,
    several,
)

TABLE: Final = "contacts"
PAGE: Final = 100
_PLACE: Final = "cgi-bin/externalcontact"


class Options(Strict):
    """Options of a wecom source."""

    corp_id: str = Option(description="Id of the corporation (企业ID, 我的企业 → 企业信息)")
    secret: SecretText = Option(
        description="Secret of an app of your own that stands in 客户联系 → API → 可调用接口的应用"
    )
    users: tuple[str, ...] = Option(
        (), description="Only the contacts of these members, by their userid; none: of all that the app sees"
    )
    rate: int = Option(
        10_000,
        ge=10,
        le=10_000,
        description="Calls a minute to each kind of request; less where other programs ask too",
    )
    base_url: str = Option("https://qyapi.weixin.qq.com", description="Where the API is")


SPEC: Final = Spec(
    title="企业微信客户联系 (WeCom)",
    options=Options,
    connect=lambda options, context: WeCom(options, context),
    best=Capabilities(
        ops=frozenset({Op.UPDATE}),
        listing=Listing.PARTIAL,
        quiet=True,
        page=PAGE,
        reread=1,
        batch={Op.UPDATE: 1},
        writers=5,  # more calls of one kind at a time are refused with 45033
        paces=(Pace("wecom", 10_000, 60.0), Pace("wecom:hour", 150_000, 3600.0)),
    ),
)


@dataclass(slots=True)
class _Place:
    """Where a pull is: at which member, behind which page; skipped: members that could not be read."""

    member: str = ""
    cursor: str = ""
    skipped: tuple[str, ...] = ()

    def resume(self, scope: str) -> str:
        return orjson.dumps([scope, self.member, self.cursor, self.skipped]).decode()


class WeCom:
    """connectors.contract.Connector on one corporation; the only table is `contacts`, a key `contact/member`."""

    def __init__(self, options: Options, context: Context) -> None:
        self._options = options
        secret = options.secret.get_secret_value()
        self._account = Account(options.corp_id, secret, options.base_url, options.rate, context)
        self._known: dict[str, Field] | None = None

    def __repr__(self) -> str:
        return f"WeCom({self._options.corp_id})"

    def close(self) -> None:
        self._account.close()

    # -------------------------------------------------------------------------- what is there

    def check(self) -> Sequence[Finding]:
        found: list[Finding] = []
        try:
            members = self._members()
            if members:
                self._listed(members[0], "", 1)
        except SourceError as error:
            if isinstance(error, Stopped):
                raise
            return [Finding("error", "open", error.said)]
        for user in sorted({*self._options.users} - {*members}):
            text = say(
                "the app does not see the member {user}: widen its 可见范围, and let the member use 客户联系", user=user
            )
            found.append(Finding("warning", "member", text, TABLE))
        if not members:
            text = say(
                "the app sees no member who uses 客户联系: widen its 可见范围, and 客户联系 → 权限配置 → 使用范围"
            )
            found.append(Finding("error", "member", text, TABLE))
        if self._tags() is None:
            text = say("the app may not read the tags of the corporation, so none is written; grant it 企业客户标签")
            found.append(Finding("warning", "tags", text, TABLE))
        return found

    def tables(self) -> Mapping[str, str]:
        return {TABLE: "客户联系"}

    def describe(self, table: str) -> Table:
        _demand(table)
        self._known = None
        can = replace(SPEC.best, paces=self._account.paces(f"{_PLACE}/remark"))
        return Table(TABLE, "客户联系", tuple(self._fields().values()), can)

    def _fields(self) -> dict[str, Field]:
        if self._known is None:
            self._known = {one.id: one for one in fields(self._tags())}
        return self._known

    def _tags(self) -> tuple[tuple[str, str], ...] | None:
        """Of the corporation, with the name of their group before them; None where they may not be read."""
        reply = self._account.post(f"{_PLACE}/get_corp_tag_list", {}, safe=True)
        if reply.fate is Fate.FORBIDDEN:
            return None
        groups = self._account.fine(reply).at("tag_group") or ()
        tags = [(group, tag) for group in groups if not group.get("deleted") for tag in group.get("tag") or ()]
        names = [str(tag.get("name", "")) for _, tag in tags]
        often = Counter(names)
        return tuple(
            (str(tag["id"]), name if often[name] == 1 else f"{group.get('group_name', '')}/{name}")
            for (group, tag), name in zip(tags, names)
            if not tag.get("deleted")
        )

    def _members(self) -> list[str]:
        """Who uses 客户联系, the app sees and the options ask for; in an order that does not move."""
        answer = self._account.fine(self._account.get(f"{_PLACE}/get_follow_user_list"))
        there = {str(one) for one in answer.at("follow_user") or ()}
        return sorted(there & {*self._options.users} if self._options.users else there)

    # -------------------------------------------------------------------------- reading

    def pull(self, query: Query) -> Iterator[Page]:
        """Member by member: one that may not be read is left out, and the certificate says so."""
        _demand(query.table)
        if query.since is not None:
            raise CursorExpired("企业微信 tells no changes; the contacts are read in full")
        scope = self._scope()
        place = _resumed(query.resume, scope)
        first, members = place.member, self._members()
        records: list[Record] | None = None
        ahead = ""
        for member in [one for one in members if one >= first]:
            place.member, place.cursor = member, place.cursor if member == first else ""
            for shown in self._pages(place):
                if records is not None:
                    yield Page(tuple(records), ahead, None)
                records, ahead = [self._record(one, query.fields) for one in shown], place.resume(scope)
        yield Page(tuple(records or ()), None, self._end(query, members, place, scope))

    def _pages(self, place: _Place) -> Iterator[list[Mapping[str, Any]]]:
        """The rest of a member's pages; `place` stands behind the page that was given."""
        seen = {place.cursor}
        while True:
            reply = self._listing(place.member, place.cursor, PAGE)
            if code_of(reply.answer) in NO_MEMBER:
                place.skipped = (*place.skipped, place.member)
                return
            shown, place.cursor = self._contacts(reply)
            if place.cursor in seen and place.cursor:
                raise SourceRefused("企业微信 gives the same page again and again; the contacts cannot be read in full")
            seen.add(place.cursor)
            if not place.cursor:
                place.member += "\0"  # behind this member, before any other
            if shown:
                yield shown
            if not place.cursor:
                return

    def _listing(self, member: str, cursor: str, size: int) -> Reply:
        body = {"userid_list": [member], "cursor": cursor, "limit": size}
        return self._account.post(f"{_PLACE}/batch/get_by_user", body, safe=True)

    def _listed(self, member: str, cursor: str, size: int) -> tuple[list[Mapping[str, Any]], str]:
        return self._contacts(self._listing(member, cursor, size))

    def _contacts(self, reply: Reply) -> tuple[list[Mapping[str, Any]], str]:
        """Of one page, and how to go on. No contacts at all is an error there."""
        if code_of(reply.answer) == NO_CONTACTS:
            return [], ""
        answer = self._account.fine(reply)
        shown = answer.at("external_contact_list")
        if not isinstance(shown, list):
            raise SourceRefused("企业微信 answers without a list of contacts")
        return shown, str(answer.at("next_cursor") or "")

    def _end(self, query: Query, members: Sequence[str], place: _Place, scope: str) -> Certificate:
        skipped = sorted({*place.skipped, *({*self._options.users} - {*members})})
        why = say("the app may not read the contacts of {members}", members=", ".join(skipped)) if skipped else ""
        if not members:
            why = why or say("the app sees no member who uses 客户联系")
        visible = frozenset(name for name in query.fields if name in NAMES)
        return Certificate(full=True, complete=not why, scope=scope, visible=visible, why=why)

    def _record(self, shown: Mapping[str, Any], asked: Sequence[str]) -> Record:
        contact, follow = shown.get("external_contact") or {}, shown.get("follow_info") or {}
        values = {name: read(name, contact, follow) for name in asked if name in NAMES}
        key = f"{contact.get('external_userid')}/{follow.get('userid')}"
        theirs = contact.get("type") == WECOM_USER
        return Record(TABLE, key, values, locked=frozenset({COMPANY}) if theirs else frozenset())

    def fetch(self, table: str, keys: Sequence[str], fields: Sequence[str]) -> Iterator[Record]:
        """One request for a contact, however many colleagues hold it. Who does not hold it any more cannot be told from
        who may not be seen, so nothing is said of him."""
        _demand(table)
        wanted: dict[str, list[str]] = {}
        for key in keys:
            contact, _, member = key.partition("/")
            wanted.setdefault(contact, []).append(member)
        for contact, members in wanted.items():
            for shown in self._holders(contact):
                member = shown["follow_info"].get("userid")
                if member in members and (not self._options.users or member in self._options.users):
                    yield self._record(shown, fields)

    def _holders(self, contact: str) -> Iterator[Mapping[str, Any]]:
        """The contact as each colleague holds it; five hundred of them stand on a page."""
        cursor, seen = "", {""}
        while True:
            query = [("external_userid", contact), *([("cursor", cursor)] if cursor else [])]
            reply = self._account.get(f"{_PLACE}/get", query)
            if reply.fate in (Fate.GONE, Fate.REJECTED):
                return
            answer = self._account.fine(reply)
            for follow in answer.at("follow_user") or ():
                yield {"external_contact": answer.at("external_contact") or {}, "follow_info": follow}
            cursor = str(answer.at("next_cursor") or "")
            if cursor in seen:
                return
            seen.add(cursor)

    def find(
        self, table: str, values: Sequence[str], fields: Sequence[str], by: str | None = None
    ) -> Iterator[tuple[str, Record]]:
        _demand(table)
        raise SourceRefused("企业微信 cannot search its contacts by `{column}`", column=by or "offbook_id")

    def _scope(self) -> str:
        said = [self._options.base_url, self._account.name, sorted(self._options.users)]
        return blake2b(orjson.dumps(said), digest_size=8).hexdigest()

    # -------------------------------------------------------------------------- writing

    def write(self, table: str, changes: Sequence[Change]) -> Iterator[Receipt]:
        if one_op(changes, SPEC.best, "企业微信") is None:
            return
        _demand(table)
        known = self._fields()
        for change in changes:
            found = {name: fault(known.get(name), value) for name, value in change.after.items()}
            apart = {name: (Outcome.REJECTED, why) for name, why in found.items() if why is not None}
            contact, _, member = (change.key or "").partition("/")
            if apart:
                yield Receipt(change.id, Outcome.REJECTED, change.key, apart=apart)
            else:
                yield self._written(change, {"userid": member, "external_userid": contact})

    def _written(self, change: Change, whose: Mapping[str, str]) -> Receipt:
        """Remarks by one request, tags by another, after it: the fate of the later is told apart (C25)."""
        remarks = {name: sent(name, value) for name, value in change.after.items() if name != TAGS}
        receipt = Receipt(change.id, Outcome.DONE, change.key)
        if remarks:
            receipt = self._sent(change, f"{_PLACE}/remark", {**whose, **remarks})
        if TAGS not in change.after or receipt.outcome is not Outcome.DONE:
            return receipt
        try:
            tagged = self._tagged(change, whose)
        except (NotSent, Stopped) as trouble:
            if not remarks:
                raise
            return replace(receipt, apart={TAGS: (Outcome.DEFERRED, trouble.said)})
        if remarks:
            apart = {} if tagged.outcome is Outcome.DONE else {TAGS: (tagged.outcome, tagged.detail)}
            return replace(receipt, apart=apart)
        if tagged.outcome is Outcome.REJECTED:
            return replace(tagged, apart={TAGS: (Outcome.REJECTED, tagged.detail)})
        return tagged

    def _tagged(self, change: Change, whose: Mapping[str, str]) -> Receipt:
        """Tags are put on and taken off, so what is there now must be known; it was read just before."""
        before = change.before[TAGS] if TAGS in change.before else self._tags_of(change)
        old, new = ({as_text(one) for one in several(value)} for value in (before, change.after[TAGS]))
        body = {"add_tag": sorted(new - old), "remove_tag": sorted(old - new)}
        if old == new:
            return Receipt(change.id, Outcome.DONE, change.key)
        return self._sent(change, f"{_PLACE}/mark_tag", {**whose, **body})

    def _tags_of(self, change: Change) -> Any:
        shown = next(self.fetch(TABLE, [change.key or ""], (TAGS,)), None)
        return shown.fields[TAGS] if shown is not None else None

    def _sent(self, change: Change, path: str, body: Mapping[str, Any]) -> Receipt:
        try:
            reply = self._account.post(path, body, safe=False)
        except Lost as trouble:
            return Receipt(change.id, Outcome.UNKNOWN, change.key, detail=str(trouble.said))
        if reply.fate is Fate.FINE:
            return Receipt(change.id, Outcome.DONE, change.key)
        if reply.fate is Fate.GONE:
            return Receipt(change.id, Outcome.CONFLICT, change.key, detail=reply.told)
        if reply.fate in (Fate.FORBIDDEN, Fate.CONFIG) and code_of(reply.answer) not in NO_MEMBER:
            raise self._account.error(reply)
        return Receipt(change.id, Outcome.REJECTED, change.key, detail=reply.told)


def _demand(table: str) -> None:
    if table != TABLE:
        raise SourceRefused("企业微信 has one table, `{table}`", table=TABLE)


def _resumed(resume: str | None, scope: str) -> _Place:
    if resume is None:
        return _Place()
    try:
        known, member, cursor, skipped = orjson.loads(resume)
    except ValueError:
        known, member, cursor, skipped = "", "", "", ()
    if known != scope:
        raise CursorExpired("this place in a listing is not one of this table; it is read anew")
    return _Place(member, cursor, tuple(skipped))


__all__ = ["SPEC", "Options", "WeCom"]
