"""A workspace in which everything waits that a person can decide, each sort once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sync.review.listing import listing
from sync.review.model import Asking, Listing
from tests.engine import Side, World

PEOPLE = "wang: {name: 王芳}\nlee: {name: Lee Morgan}\n"


@dataclass(frozen=True)
class Keys:
    """Records that tests name: of 上海宇润 in each source, and of a customer who was renamed."""

    crm: str
    wang: str
    lee: str
    renamed: str
    gone: str


def waiting(folder: Path, *, wang: str = "") -> tuple[World, Keys]:
    """Identity, subject and field questions, kept, damaged and no-place cells, and a gone mark.

    wang: whose the workbook `wang` is.
    """
    (folder / "people.yaml").write_text(PEOPLE, encoding="utf-8")
    extra = {"belongs_to": wang} if wang else {}
    sides = {
        "crm": Side(formal=True, phones=1, create=True),
        "wang": Side(phones=2, extra=extra),
        "lee": Side(phones=1),
    }
    kinds = {"organisation": {"fields": {"b": {"type": "text", "survive": ["ask"]}}}}
    world = World(folder, sides, kinds=kinds, people="people.yaml")
    crm = world.add("crm", "上海宇润科技有限公司", a="crm says", b="one", p1="021-55550001")
    own = world.add("wang", "上海宇润科技有限公司", a="wang says", b="one", p1="021-55550001", p2="021-55550002")
    lee = world.add("lee", "上海宇润科技有限公司", a="lee says", b="one", p1="请致电前台")
    world.add("crm", "成都第二有限公司", a="crm too")
    world.add("wang", "成都第二有限公司", a="wang too")
    world.add("crm", "北京大方商贸有限公司", code="", a="x", p1="010-66660001")
    world.add("wang", "大方商贸(北京)", code="", a="x")
    renamed = world.add("wang", "广州新客户有限公司", code="", a="n")
    gone = world.add("crm", "杭州走了有限公司", a="q")
    world.add("lee", "杭州走了有限公司", a="q")
    world.run()
    world.edit("wang", own, b="w")
    world.edit("lee", lee, b="l")
    world.edit("wang", renamed, name="深圳蓝天贸易有限公司")
    world.table("crm").remove(gone)
    world.run()
    world.run()
    return world, Keys(crm, own, lee, renamed, gone)


def listed(world: World, **options: str) -> Listing:
    with world.session() as session:
        return listing(session, details=True, reader=options.get("reader", ""), lang=options.get("lang", "en"))


def one(world: World, sort: str) -> Asking:
    """The only question of this sort."""
    (found,) = [question for question in listed(world).questions if question.sort == sort]
    return found


__all__ = ["Keys", "listed", "one", "waiting"]
