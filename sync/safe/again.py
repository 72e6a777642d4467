"""Who was erased since the backup was made, and stands in it still? (RULES R22: an erasure outlives a restore)"""

from __future__ import annotations

from sqlalchemy import Connection

from sync.erase.key import standing
from sync.erase.target import parts_of, takings
from sync.ledger import codec, erasing
from sync.picture.opening import Picture, look
from sync.rules.erased import DROP, Tombstones, is_erased
from sync.run import Session


def erase_again(session: Session, c: Connection, run: int) -> int:
    """Takes out every customer of whom a record speaks that a tombstone keeps away -> how many."""
    stones = standing(session.ledger, c, session.clock().isoformat(timespec="seconds"))
    if not stones:
        return 0
    picture = look(session, c, 0)
    found = _found(picture, stones)
    links = erasing.links_of(session.ledger, c, {record for record, _ in found})
    gone = {links[record][part] for record, part in found if part in links.get(record, {})}
    families = [erasing.family(session.ledger, c, entity) for entity in sorted(gone)]
    for ids in {tuple(one) for one in families if one}:
        erasing.overwrite_freed(session.ledger, c)
        erasing.wipe(session.ledger, c, takings(picture, ids).gone, run)
    return len({one[0] for one in families if one})


def _found(picture: Picture, stones: Tombstones) -> list[tuple[int, str]]:
    """(record, part) that would not be staged today; what only may be his is asked when it is read."""
    out: list[tuple[int, str]] = []
    for number, table_id, canon in erasing.all_canons(picture.ledger, picture.c):
        table = picture.run.by_id.get(table_id)
        if table is None:
            continue
        for part, values in parts_of(table, codec.load_parts(canon)):
            if is_erased(table.part(part).map.kind, values, stones) == DROP:
                out.append((number, part))
    return out


__all__ = ["erase_again"]
