"""A pretended 企业微信 (客户联系), with the rules that its fact sheet tells: errors inside 200 with `errcode`, the token in
the address, one contact held by several members, names that differ between reading and writing, remarks that are
refused where they are too long, calls counted by corporation and endpoint.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sandbox.server import Call, Fake, Rate, Reply

CORP: Final = "ww-sandbox-corp"
SECRET: Final = "wecom-secret-for-the-sandbox"  # noqa: S105 - it opens nothing but a fake on this machine
LIFE: Final = 7200
_PAGE: Final = 100
_API: Final = "/cgi-bin/externalcontact"
_LONGEST: Final[Mapping[str, int]] = {"remark": 20, "remark_company": 20, "description": 150}
_STORED: Final[Mapping[str, str]] = {"remark_company": "remark_corp_name"}


def fine(**more: object) -> Reply:
    return Reply(200, {"errcode": 0, "errmsg": "ok", **more})


def told(code: int, message: str) -> Reply:
    hint = f"hint: [1700000000000000000], from ip: 203.0.113.7, more info at https://open.work.weixin.qq.com/devtool/query?e={code}"
    return Reply(200, {"errcode": code, "errmsg": f"{message}, {hint}"})


@dataclass
class Contact:
    """values: external_contact. holders: member → follow_info, in the order in which they added him."""

    values: dict[str, Any]
    holders: dict[str, dict[str, Any]] = field(default_factory=dict)


class WeComFake(Fake):
    """members: who uses 客户联系 and is seen. unreadable: those that the app may not read all the same. denied: the app may
    call nothing; tagless: it may not read tags. strange: this machine's address is not known. busy: answers of -1 that
    are still to come. fired: events that were sent to the corporation's servers; writes of the API send none."""

    rates: tuple[Rate, ...] = (
        Rate(10_000, 60.0, of=lambda call: call.path),
        Rate(150_000, 3600.0, of=lambda call: call.path),
    )

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        super().__init__(now)
        self.members: list[str] = []
        self.unreadable: set[str] = set()
        self.contacts: dict[str, Contact] = {}
        self.tags: dict[str, str] = {}
        self.denied = self.tagless = self.strange = False
        self.busy = 0
        self.fired = 0
        self.signed_in = 0
        self._token, self._until = "", now()
        self._ids = itertools.count(1)
        self.route("GET", "/cgi-bin/gettoken", self._sign_in)
        self.route("GET", f"{_API}/get_follow_user_list", lambda _: fine(follow_user=list(self.members)))
        self.route("GET", f"{_API}/list", self._ids_of)
        self.route("GET", f"{_API}/get", self._one)
        self.route("POST", f"{_API}/batch/get_by_user", self._listed)
        self.route("POST", f"{_API}/get_corp_tag_list", self._tag_list)
        self.route("POST", f"{_API}/remark", self._remarked)
        self.route("POST", f"{_API}/mark_tag", self._marked)

    def too_fast(self, wait: float | None) -> Reply:
        del wait  # it does not say for how long
        return told(45009, "reach max api daily quota limit")

    def failed(self) -> Reply:
        return Reply(502, b"<html>bad gateway</html>", {"Content-Type": "text/html"})

    def unknown(self, call: Call) -> Reply:
        return Reply(404, b"<html>not found</html>", {"Content-Type": "text/html"})

    def allow(self, call: Call) -> Reply | None:
        if self.strange:
            return told(60020, "not allow to access from your ip")
        if call.path.endswith("/gettoken"):
            return None
        if not (sent := call.arg("access_token")):
            return told(41001, "access_token missing")
        if sent != self._token:
            return told(40014, "invalid access_token")
        if self.now() >= self._until:
            return told(42001, "access_token expired")
        if self.denied or (self.tagless and call.path.endswith("tag_list")):
            return told(48002, "api forbidden")
        if self.busy:
            self.busy -= 1
            return told(-1, "system busy")
        return None

    # -------------------------------------------------------------------------- people

    def add(self, member: str, name: str, **follow: Any) -> str:
        """A member adds a contact -> external_userid. follow: remark, description, remark_corp_name, remark_mobiles,
        tag_id, and what else follow_info holds; `external` is what external_contact holds besides."""
        if member not in self.members:
            self.members.append(member)
        id_ = f"woAJ2GCAAAXtWyujaWJHDDGi0mACH{next(self._ids):06d}"
        values = {"external_userid": id_, "name": name, "type": 1, "gender": 0, **follow.pop("external", {})}
        self.contacts[id_] = Contact(values)
        self.hold(id_, member, **follow)
        return id_

    def hold(self, contact: str, member: str, **follow: Any) -> None:
        """Another member adds the same contact."""
        if member not in self.members:
            self.members.append(member)
        said = {"userid": member, "remark": "", "description": "", "createtime": int(self.now().timestamp())}
        self.contacts[contact].holders[member] = {**said, "oper_userid": member, "add_way": 1, **follow}

    def edit(self, contact: str, member: str, **values: Any) -> None:
        """In the app; the corporation's server is told, but for the phones."""
        self.contacts[contact].holders[member].update(values)
        self.fired += set(values) != {"remark_mobiles"}

    def drop(self, contact: str, member: str) -> None:
        """The member removes the contact, or the contact the member."""
        del self.contacts[contact].holders[member]
        self.fired += 1

    def expire(self) -> None:
        """The token ends before its time."""
        self._until = self.now()

    # -------------------------------------------------------------------------- the API

    def _sign_in(self, call: Call) -> Reply:
        """While a token holds, the same one comes again, with what is left of its life."""
        if call.arg("corpid") != CORP:
            return told(40013, "invalid corpid")
        if call.arg("corpsecret") != SECRET:
            return told(40001, "invalid credential")
        self.signed_in += 1
        if self.now() >= self._until:
            self._token = f"accesstoken{next(self._ids):06d}"
            self._until = self.now() + timedelta(seconds=LIFE)
        left = int((self._until - self.now()).total_seconds())
        return fine(access_token=self._token, expires_in=left)

    def _ids_of(self, call: Call) -> Reply:
        member = call.arg("userid")
        if refused := self._no_member(member):
            return refused
        held = [id_ for id_, one in self.contacts.items() if member in one.holders]
        return fine(external_userid=held) if held else told(84061, "not external contact")

    def _no_member(self, member: str) -> Reply | None:
        if member not in self.members:
            return told(60111, "userid not found")
        return told(60011, "no privilege to access/modify contact/party/agent") if member in self.unreadable else None

    def _listed(self, call: Call) -> Reply:
        body = call.json or {}
        asked, size = body.get("userid_list"), min(int(body.get("limit") or 50), _PAGE)
        if not isinstance(asked, list) or not 1 <= len(asked) <= 100:
            return told(40058, "userid_list: length should be 1~100")
        for member in asked:
            if refused := self._no_member(member):
                return refused
        held = [(one, one.holders[m]) for m in asked for one in self.contacts.values() if m in one.holders]
        if not held:
            return told(84061, "not external contact")
        start = int(str(body.get("cursor") or "c0")[1:])
        shown = [{"external_contact": one.values, "follow_info": follow} for one, follow in held[start : start + size]]
        return fine(
            external_contact_list=shown,
            next_cursor=f"c{start + size}" if start + size < len(held) else "",
            fail_info={},
        )

    def _one(self, call: Call) -> Reply:
        """Tags come as maps here, with those that a member made up, which have no id; five hundred holders on a page."""
        found = self.contacts.get(call.arg("external_userid"))
        if found is None:
            return told(40096, "invalid external userid")
        start = int((call.arg("cursor") or "c0")[1:])
        seen = [one for one in found.holders if one in self.members and one not in self.unreadable]
        if not seen:
            return told(84061, "not external contact")
        follows = [self._with_tags(found.holders[member]) for member in seen[start : start + 500]]
        more = {"next_cursor": f"c{start + 500}"} if start + 500 < len(seen) else {}
        return fine(external_contact=found.values, follow_user=follows, **more)

    def _with_tags(self, follow: Mapping[str, Any]) -> dict[str, Any]:
        named = [
            {"group_name": "等级", "tag_name": self.tags.get(one, ""), "tag_id": one, "type": 1}
            for one in follow.get("tag_id") or ()
        ]
        own = [{"group_name": "", "tag_name": one, "type": 2} for one in follow.get("own_tags") or ()]
        return {**{n: v for n, v in follow.items() if n not in ("tag_id", "own_tags")}, "tags": [*named, *own]}

    def _tag_list(self, call: Call) -> Reply:
        tags = [{"id": id_, "name": name, "order": 0} for id_, name in self.tags.items()]
        group = {"group_id": "etGroup", "group_name": "等级", "order": 0, "tag": tags}
        return fine(tag_group=[group] if tags else [])

    # -------------------------------------------------------------------------- writing

    def _held(self, body: Mapping[str, Any]) -> dict[str, Any] | Reply:
        member, contact = str(body.get("userid")), str(body.get("external_userid"))
        if refused := self._no_member(member):
            return refused
        if contact not in self.contacts:
            return told(40096, "invalid external userid")
        return self.contacts[contact].holders.get(member) or told(84061, "not external contact")

    def _remarked(self, call: Call) -> Reply:
        """A text that is empty counts as not given; the list of phones is written over as a whole."""
        body = call.json or {}
        held = self._held(body)
        if isinstance(held, Reply):
            return held
        texts = {name: body[name] for name in _LONGEST if body.get(name)}
        if not texts and "remark_mobiles" not in body:
            return told(40035, "remark, description, remark_company, remark_mobiles: missing")
        for name, text in texts.items():
            if not isinstance(text, str) or len(text) > _LONGEST[name]:
                return told(40058, f"{name}: exceed max length {_LONGEST[name]}")
        held.update({_STORED.get(name, name): text for name, text in texts.items()})
        if "remark_mobiles" in body:
            held["remark_mobiles"] = [one for one in body["remark_mobiles"] if one]
        return fine()

    def _marked(self, call: Call) -> Reply:
        body = call.json or {}
        held = self._held(body)
        if isinstance(held, Reply):
            return held
        on, off = body.get("add_tag") or [], body.get("remove_tag") or []
        if not on and not off:
            return told(40058, "add_tag, remove_tag: missing")
        if strange := set(on) - set(self.tags):
            return told(40068, f"invalid tagid {min(strange)}")
        held["tag_id"] = list(dict.fromkeys(one for one in [*(held.get("tag_id") or []), *on] if one not in off))
        return fine()
