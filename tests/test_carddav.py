"""What is special about address books: finding them, ETags, tokens, broken cards, lost answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import vobject
from pydantic import ValidationError

from connectors.carddav import CardDav, Options
from connectors.contract import (
    AuthError,
    Change,
    ConfigError,
    Context,
    CursorExpired,
    Op,
    Outcome,
    Pace,
    Query,
    RetryLater,
    SourceError,
    SourceRefused,
    State,
    Stopped,
    TableFacts,
    Value,
)
from connectors.http import Client
from connectors.shared.dav import xml
from connectors.shared.dav.books import Dav, found
from connectors.shared.dav.cards import Reader, judge, strong
from sandbox.server import Call, Fake, Reply, Trouble
from tests.carddav_rig import CardDavRig
from tests.contract_help import count, create, delete, one, pull, settle, update, write, write_one
from tests.dav_servers import PASSWORD, USER, Server, radicale, xandikos
from tests.rig import CountingGate

XML = {"Content-Type": "application/xml"}
SYNC = b"<sync-collection"


@pytest.fixture(params=[radicale, xandikos], ids=["radicale", "xandikos"])
def rig(request: pytest.FixtureRequest) -> Iterator[CardDavRig]:
    start: Callable[[], Server] = request.param
    rig = CardDavRig(start())
    yield rig
    rig.close()


def at(rig: CardDavRig, path: str, password: str = PASSWORD) -> CardDav:
    options = Options.model_validate({"url": rig.fake.base + path, "user": USER, "password": password})
    return CardDav(options, Context(rig.gate, rig.vault, {rig.table: rig.facts}))


# ------------------------------------------------------------------------------ finding address books


@pytest.mark.parametrize("path", ["", "/", f"/{USER}/"])
def test_books_are_found_from_the_server_or_the_person(rig: CardDavRig, path: str) -> None:
    assert at(rig, path).tables()[rig.table] == "客户"


def test_a_book_is_found_by_its_own_address_with_or_without_a_slash(rig: CardDavRig) -> None:
    assert dict(at(rig, rig.path).tables()) == dict(at(rig, rig.path.rstrip("/")).tables()) == {rig.table: "客户"}


def test_books_are_found_by_the_well_known_address(rig: CardDavRig) -> None:
    rig.fake.moved["/.well-known/carddav"] = f"/{USER}/"
    for answer in (Reply(404), Reply(405), Reply(200, b"<html><body>Welcome</body></html>")):
        rig.fake.instead["PROPFIND", "/"] = answer
        assert rig.table in at(rig, "/").tables()


def test_an_address_without_books_says_what_to_write(rig: CardDavRig) -> None:
    rig.fake.instead["PROPFIND", "/nothing/"] = rig.fake.instead["PROPFIND", "/.well-known/carddav"] = Reply(404)
    (finding,) = at(rig, "/nothing/").check()
    assert (finding.level, finding.code) == ("error", "source")
    assert "the address of the book itself" in finding.text


def test_books_on_another_host_are_named_and_not_followed(rig: CardDavRig) -> None:
    home = b"<C:addressbook-home-set><href>https://p42-contacts.example.com/1234/carddavhome/</href></C:addressbook-home-set>"
    rig.fake.instead["PROPFIND", "/"] = Reply(207, _found("/", home), XML)
    (finding,) = at(rig, "/").check()
    assert "https://p42-contacts.example.com/1234/carddavhome/" in finding.text


def test_a_redirect_to_another_host_is_refused(rig: CardDavRig) -> None:
    rig.fake.moved["/"] = "https://elsewhere.example.com/"
    with pytest.raises(SourceRefused):
        at(rig, "/").tables()


def test_a_wrong_password_is_told_with_the_remedy() -> None:
    rig = CardDavRig(radicale())
    try:
        (finding,) = at(rig, "/", "another password").check()
        assert finding.code == "auth"
        assert "made for this app" in finding.text
        assert "another password" not in finding.text
        with pytest.raises(AuthError):
            at(rig, "/", "another password").tables()
    finally:
        rig.close()


@pytest.mark.parametrize("url", ["http://dav.example.com/", "https://wang:secret@dav.example.com/", "dav.example.com"])
def test_an_unsafe_address_is_refused(url: str) -> None:
    with pytest.raises((ValidationError, ConfigError)):
        Options.model_validate({"url": url})


def _found(href: str, props: bytes) -> bytes:
    return (
        b'<?xml version="1.0"?><multistatus xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav"><response><href>'
        + href.encode()
        + b"</href><propstat><prop>"
        + props
        + b"</prop><status>HTTP/1.1 200 OK</status></propstat></response></multistatus>"
    )


# ------------------------------------------------------------------------------ what the server can and allows


def test_a_book_that_is_only_read_has_no_ops(rig: CardDavRig) -> None:
    rights = b"<current-user-privilege-set><privilege><read/></privilege></current-user-privilege-set>"
    rig.fake.instead["PROPFIND", rig.path] = Reply(207, _found(rig.path, _BOOK + rights), XML)
    rig.add({"FN": "x"})
    connector = rig.open()
    assert connector.describe(rig.table).can.ops == frozenset()
    assert [f.code for f in connector.check()] == ["read_only"]
    with pytest.raises(SourceRefused):
        write_one(rig, create(rig, "y"), connector)
    assert count(rig, "y") == 0


def test_without_sync_collection_everything_is_listed_each_time(rig: CardDavRig) -> None:
    rig.fake.rewrites.append((b"sync-collection", b"something-else"))
    for n in range(5):
        rig.add({"FN": f"x{n}"})
    connector = rig.open()
    can = connector.describe(rig.table).can
    assert (can.changes, can.deletions) == (False, False)
    assert "no_sync" in {finding.code for finding in connector.check()}
    pulled = pull(rig)
    assert sorted(map(str, pulled.texts("FN"))) == [f"x{n}" for n in range(5)]
    assert (pulled.end.complete, pulled.end.cursor, pulled.end.declared) == (True, None, 5)
    assert not [call for call in rig.fake.calls if SYNC in call.body]


def test_a_token_that_the_server_forgot_is_expired(rig: CardDavRig) -> None:
    rig.add({"FN": "x"})
    cursor = pull(rig).cursor
    with pytest.raises(CursorExpired):
        pull(rig, since=cursor[:-6] + "000000")


def test_a_card_without_a_strong_etag_is_never_written(rig: CardDavRig) -> None:
    key = rig.add({"FN": "x", "TITLE": "old"})
    etag = rig.server.ask("GET", rig._at(key))[1]["etag"]
    rig.fake.rewrites.append((etag.replace('"', "&quot;").encode(), b"W/&quot;1&quot;"))
    rig.fake.rewrites.append((etag.encode(), b'W/"1"'))
    record = one(rig, "x")
    assert (record.version, record.locked) == (None, frozenset({"*"}))
    assert "no_etag" in {finding.code for finding in rig.open().check()}
    assert write_one(rig, update(record, {"TITLE": "new"})).outcome is Outcome.CONFLICT
    assert write_one(rig, delete(record)).outcome is Outcome.CONFLICT
    assert rig.rows()[0]["TITLE"] == "old"


# ------------------------------------------------------------------------------ cards


def test_what_we_write_is_read_by_others(rig: CardDavRig) -> None:
    """vobject, a library of others, reads the card that we made."""
    after: dict[str, Value] = {
        "FN": "张三; Co, 北京",
        "TEL": ("+8613800138000", "010-1234"),
        "NOTE": "two\nlines",
        "ORG": "示例有限公司",
    }
    receipt = write_one(rig, create(rig, "", after))
    assert receipt.outcome is Outcome.DONE
    assert receipt.key is not None
    card: Any = vobject.readOne(rig.raw(receipt.key).decode())
    assert card.fn.value == "张三; Co, 北京"
    assert [tel.value for tel in card.contents["tel"]] == ["+8613800138000", "010-1234"]
    assert (card.note.value, card.org.value, card.n.value.family) == ("two\nlines", ["示例有限公司"], "张三; Co, 北京")
    assert card.uid.value.startswith("urn:uuid:")


def test_our_id_stands_in_a_card_only_where_the_mapping_says_so(rig: CardDavRig) -> None:
    first = create(rig, "x")
    assert str(first.token).encode() not in rig.raw(str(write_one(rig, first).key))
    rig.facts = TableFacts(rig.facts.fields, token="X-OFFBOOK-ID")
    second = create(rig, "y")
    assert f"X-OFFBOOK-ID:{second.token}".encode() in rig.raw(str(write_one(rig, second).key))


def test_nothing_else_in_a_card_changes() -> None:
    """Xandikos keeps bytes, so every other one must be what the phone wrote."""
    rig = CardDavRig(xandikos())
    try:
        lines = [
            *("BEGIN:VCARD", "VERSION:3.0", "UID:p1", "N:张;三;;;", "FN:张三", "item1.TEL;type=CELL:138 0013 8000"),
            *("item1.X-ABLabel:_$!<Mobile>!$_", "PHOTO;ENCODING=b;TYPE=JPEG:AAECAwQF", " BgcICQ==", "TITLE:old"),
            *('X-LATER;A="b;c":ü', "END:VCARD", ""),
        ]
        raw = "\r\n".join(lines).encode()
        rig.put("p1.vcf", raw)
        assert write_one(rig, update(one(rig, "张三"), {"TITLE": "neu"})).outcome is Outcome.DONE
        assert rig.raw("p1.vcf") == raw.replace(b"TITLE:old", b"TITLE:neu")
    finally:
        rig.close()


def test_groups_are_no_contacts(rig: CardDavRig) -> None:
    rig.add({"FN": "x"})
    group = ["BEGIN:VCARD", "VERSION:3.0", "UID:g1", "N:Friends;;;;", "FN:Friends", "X-ADDRESSBOOKSERVER-KIND:group"]
    rig.put("group.vcf", "\r\n".join([*group, "END:VCARD", ""]).encode())
    pulled = pull(rig)
    assert pulled.texts("FN") == ["x"]
    assert (pulled.end.complete, pulled.end.declared) == (True, 1)
    assert not list(rig.open().fetch(rig.table, ["group.vcf"], ("FN",)))


def test_a_card_that_spoils_the_answer_is_read_by_itself(rig: CardDavRig) -> None:
    """A character that XML has not: the 207 is no XML then, for every card in it."""
    rig.page = 10
    for n in range(5):
        rig.add({"FN": f"x{n}", "NOTE": "spoil" if n == 3 else "fine"})
    rig.fake.rewrites.append((b"spoil", b"spo\x08il"))
    pulled = pull(rig)
    assert {r.fields["FN"]: r.fields["NOTE"] for r in pulled.live} == {
        **{f"x{n}": "fine" for n in (0, 1, 2, 4)},
        "x3": "spo\x08il",
    }
    assert pulled.end.complete


def test_a_card_that_is_none_makes_the_pull_incomplete(rig: CardDavRig) -> None:
    rig.add({"FN": "x"})
    rig.add({"FN": "half"})
    rig.fake.rewrites.append((b"FN:half", b"BEGIN:VCARD"))
    pulled = pull(rig)
    assert pulled.texts("FN") == ["x"]
    assert (pulled.end.complete, pulled.end.cursor) == (False, None)
    assert pulled.end.why
    assert {f.code for f in rig.open().check()} == {"unread"}


def test_find_reads_all_cards(rig: CardDavRig) -> None:
    """Xandikos' own search misses numbers, so it is not asked."""
    for n in range(5):
        rig.add({"FN": f"x{n}", "NOTE": f"a,b;{n % 2}"})
    hits = list(rig.open().find(rig.table, ["a,b;1", "a"], ("FN",), "NOTE"))
    assert sorted((value, str(record.fields["FN"])) for value, record in hits) == [("a,b;1", "x1"), ("a,b;1", "x3")]


@pytest.mark.parametrize("key", ["", ".", ".."])
def test_a_key_that_leads_elsewhere_is_never_sent(rig: CardDavRig, key: str) -> None:
    rig.add({"FN": "x"})
    assert not list(rig.open().fetch(rig.table, [key], ("FN",)))
    with pytest.raises(SourceRefused):
        write_one(rig, Change("d", Op.DELETE, key, expect="1"))
    assert count(rig, "x") == 1


# ------------------------------------------------------------------------------ answers that do not come


def test_a_lost_create_makes_exactly_one_card(rig: CardDavRig) -> None:
    rig.lose_answer(Op.CREATE)
    receipt = write_one(rig, create(rig, "x"))
    assert receipt.outcome is Outcome.DUPLICATE
    assert receipt.key == one(rig, "x").key
    assert count(rig, "x") == 1


def test_a_lost_update_is_done_and_known(rig: CardDavRig) -> None:
    rig.add({"FN": "x", "TITLE": "old"})
    change = update(one(rig, "x"), {"TITLE": "new"})
    rig.lose_answer(Op.UPDATE)
    receipt = write_one(rig, change)
    assert receipt.outcome is Outcome.DONE
    assert receipt.record is not None
    assert receipt.record.version == one(rig, "x").version


def test_a_lost_update_that_may_have_been_written_over_is_in_doubt(rig: CardDavRig) -> None:
    """The first try fails in the server, the second finds another card, and that does not show what we sent."""
    key = rig.add({"FN": "x", "TITLE": "old"})
    change = update(one(rig, "x"), {"TITLE": "ours"})
    rig.fake.order(Trouble.BROKEN, "PUT")
    rig.fake.instead["PUT", rig._at(key)] = Reply(412)
    assert write_one(rig, change).outcome is Outcome.UNKNOWN
    assert rig.rows()[0]["TITLE"] == "old"


def test_a_lost_delete_is_done(rig: CardDavRig) -> None:
    rig.add({"FN": "x"})
    change = delete(one(rig, "x"))
    rig.lose_answer(Op.DELETE)
    assert write_one(rig, change).outcome is Outcome.DONE
    assert count(rig, "x") == 0


def test_a_stop_after_a_lost_try_leaves_a_receipt(rig: CardDavRig) -> None:
    rig.add({"FN": "x", "TITLE": "old"})
    change = update(one(rig, "x"), {"TITLE": "new"})
    rig.lose_answer(Op.UPDATE)
    connector = rig.open()
    connector.tables()
    rig.gate.stop_after = rig.gate.entered + 2  # to read, and to write
    written = iter(connector.write(rig.table, [change]))
    assert next(written).outcome is Outcome.UNKNOWN
    with pytest.raises(Stopped):
        next(written)


def test_one_card_that_breaks_the_server_stops_no_other(rig: CardDavRig) -> None:
    for text in "xyz":
        rig.add({"FN": text, "TITLE": "old"})
    pulled = pull(rig)
    changes = [update(one(rig, text, pulled), {"TITLE": "new"}) for text in "xyz"]
    rig.fake.order(Trouble.BROKEN, "PUT", changes[1].key[:5] if changes[1].key else "", times=5)
    assert [r.outcome for r in write(rig, *changes)] == [Outcome.DONE, Outcome.UNKNOWN, Outcome.DONE]


def test_a_storm_of_refusals_loses_nothing(rig: CardDavRig) -> None:
    connector = rig.open()
    for number in range(6):
        rig.fake.order(Trouble.TOO_FAST, "PUT" if number % 2 else "GET", seconds=1)
    receipts = write(rig, *[create(rig, f"x{n}") for n in range(5)], connector=connector)
    assert {r.outcome for r in receipts} == {Outcome.DONE}
    assert sorted(str(row["FN"]) for row in rig.rows()) == [f"x{n}" for n in range(5)]
    assert rig.gate.pauses


def test_a_card_of_ours_under_another_name_is_a_duplicate() -> None:
    """Radicale keeps one UID for one card, and ours is made from the token."""
    rig = CardDavRig(radicale())
    try:
        change = create(rig, "x")
        key = str(write_one(rig, change).key)
        raw = rig.raw(key)
        rig.remove(key)
        rig.put("moved.vcf", raw)
        assert write_one(rig, change).outcome is Outcome.DUPLICATE
        assert rig.keys() == ["moved.vcf"]
    finally:
        rig.close()


def test_changes_come_as_they_are_and_ends_as_states(rig: CardDavRig) -> None:
    keys = [rig.add({"FN": f"x{n}"}) for n in range(5)]
    cursor = settle(rig).cursor
    rig.remove(keys[0])
    rig.edit(keys[1], {"TITLE": "new"})
    rig.add({"FN": "late"})
    pulled = pull(rig, since=cursor)
    assert not pulled.end.full
    assert {(r.key, r.state) for r in pulled.records if r.state is State.DELETED} == {(keys[0], State.DELETED)}
    assert sorted(map(str, pulled.texts("FN"))) == ["late", "x1"]


# ------------------------------------------------------------------------------ servers as others have written them


class Scripted(Fake):
    """Answers every REPORT with the next of these bodies, and PROPFIND with an address book."""

    def __init__(self, *bodies: bytes) -> None:
        super().__init__()
        self.bodies = list(bodies)

    def _routed(self, call: Call) -> Reply:
        return Reply(207, self.bodies.pop(0), XML)


def listed(*bodies: bytes) -> Any:
    with Scripted(_found("/b/", _BOOK), *bodies) as fake:
        client = Client("there", fake.base, CountingGate(), judge=judge)
        server = Dav(client, Pace("p", 10, 1.0))
        try:
            (book,) = found(server, f"{fake.base}/b/")
            return Reader(server).listing(book, "t0")
        finally:
            client.close()


_BOOK = (
    b"<resourcetype><C:addressbook/></resourcetype><supported-report-set><supported-report><report><sync-collection/>"
    b"</report></supported-report></supported-report-set>"
)


def _part(token: str, *entries: tuple[str, int]) -> bytes:
    each = "".join(
        f"<response><href>{href}</href><status>HTTP/1.1 {status} X</status></response>" for href, status in entries
    )
    return f'<multistatus xmlns="DAV:">{each}<sync-token>{token}</sync-token></multistatus>'.encode()


def test_changes_in_parts_are_put_together() -> None:
    first = _part("t1", ("/b/a.vcf", 200), ("/b/b%20b.vcf", 200), ("/b/", 507))
    shelf = listed(first, _part("t2", ("/b/a.vcf", 404), ("http://127.0.0.1/b/c.vcf", 200)))
    assert (shelf.names, shelf.gone, shelf.token) == ({"b b.vcf", "c.vcf"}, {"a.vcf"}, "t2")


def test_a_part_that_comes_again_and_again_ends() -> None:
    part = _part("t1", ("/b/", 507))
    with pytest.raises(RetryLater):
        listed(part, part, part)


@pytest.mark.parametrize(
    "body",
    [
        b'<!DOCTYPE x [<!ENTITY a "t1">]><multistatus xmlns="DAV:"><sync-token>&a;</sync-token></multistatus>',
        b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><multistatus xmlns="DAV:"/>',
        b"<html><body>Sign in</body></html>",
        b'{"not": "xml"}',
        b"",
        _part("t1")[:-10],
    ],
)
def test_what_is_no_answer_of_dav_is_refused(body: bytes) -> None:
    with pytest.raises(SourceError):
        listed(body)


def test_statuses_and_properties_that_are_missing() -> None:
    raw = (
        b'<d:multistatus xmlns:d="DAV:"><d:response><d:href>/a</d:href><d:propstat><d:prop><d:getetag>"1"</d:getetag></d:prop>'
        b"<d:status>HTTP/1.1 200 OK</d:status></d:propstat><d:propstat><d:prop><d:displayname/></d:prop>"
        b"<d:status>HTTP/1.1 404 Not Found</d:status></d:propstat></d:response>"
        b"<d:response><d:href>/b</d:href><d:href>/c</d:href><d:status>HTTP/1.1 404 Not Found</d:status></d:response>"
        b"</d:multistatus>"
    )
    shown = xml.multistatus(raw)
    assert [(one.href, one.status) for one in shown.responses] == [("/a", 200), ("/b", 404), ("/c", 404)]
    assert shown.responses[0].text("{DAV:}getetag") == '"1"'
    assert shown.responses[0].refused == {"{DAV:}displayname": 404}


@pytest.mark.parametrize(
    ("etag", "wanted"), [('"a"', "a"), ("a", "a"), ('W/"a"', None), ("", None), (None, None), ('""', None)]
)
def test_only_strong_etags_guard_a_write(etag: str | None, wanted: str | None) -> None:
    assert strong(etag) == wanted


def test_the_page_to_go_on_from_must_be_of_the_same_book_and_fields(rig: CardDavRig) -> None:
    for n in range(5):
        rig.add({"FN": f"x{n}"})
    first = next(iter(rig.open().pull(Query(rig.table, ("FN",)))))
    for resume in ("[]", "no json", "{}", "null", first.resume or ""):
        with pytest.raises(CursorExpired):
            pull(rig, fields=("FN", "TITLE"), resume=resume)
