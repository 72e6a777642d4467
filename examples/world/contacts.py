"""Who works at the made-up companies?"""

from __future__ import annotations

from datetime import date

from examples.dice import Dice
from examples.words import words
from examples.world import codes
from examples.world.companies import Names, fresh
from examples.world.model import Organisation, Person

FREE_MAIL = {"zh": ("163.com", "126.com", "qq.com", "foxmail.com"), "en": ("gmail.com", "outlook.com", "yahoo.com")}
_CONTACTS = ((1, 0.52), (2, 0.28), (3, 0.13), (4, 0.07))
_RARE = 0.02
_MINORITY = 0.012


def contacts(seed: int, organisations: list[Organisation], names: Names) -> list[Person]:
    """One to four a company."""
    made = []
    for organisation in organisations:
        dice = Dice(seed, "contacts", organisation.id)
        numbers = range(1, dice.weighted(_CONTACTS) + 1)
        made += [contact(dice, f"P{organisation.id[1:]}{number}", organisation, names) for number in numbers]
    return made


def contact(dice: Dice, id_: str, organisation: Organisation, names: Names) -> Person:
    """One more contact of a company."""
    chinese = organisation.language == "zh"
    family, given, name, latin, nick, woman = _chinese_name(dice) if chinese else _english_name(dice)
    title, call = _title(dice, chinese=chinese, woman=woman)
    draw = (codes.mobile, dice) if chinese else (codes.abroad_mobile, dice, organisation.switchboard[:8])
    mobile, old_mobile = fresh(names, *draw), fresh(names, *draw)
    email, shared = email_of(dice, latin, organisation, names)
    return Person(
        id=id_,
        language=organisation.language,
        name=name,
        mobile=mobile,
        employer=organisation.id,
        family=family,
        given=given,
        latin=latin,
        nick=nick,
        call=call,
        title=title,
        old_title=_title(dice, chinese=chinese, woman=woman)[0],
        old_mobile=old_mobile,
        direct=_direct(dice, organisation, names),
        email=email,
        shared_email=shared,
        wechat=_wechat(dice, latin, mobile) if chinese else "",
        birthday=dice.day(date(1958, 1, 1), date(2000, 12, 31)) if dice.chance(0.5) else None,
        opted_out=dice.chance(0.03),
    )


def _chinese_name(dice: Dice) -> tuple[str, str, str, str, str, bool]:
    lists = words("people")
    if dice.chance(_MINORITY):
        name, sound = dice.pick(lists["minority"])
        return name, "", name, sound.capitalize(), "", False
    family, sound = dice.weighted([((s, p), weight) for s, p, weight in lists["surnames"]])
    woman = dice.chance(0.42)
    pool = lists["female" if woman else "male"]
    letters = [dice.pick(pool) for _ in range(1 if dice.chance(0.3) else 2)]
    if dice.chance(_RARE):
        letters[-1] = dice.pick(lists["rare"])
    given, reading = "".join(letter for letter, _ in letters), "".join(r for _, r in letters)
    return family, given, family + given, f"{reading.capitalize()} {sound.capitalize()}", "", woman


def _english_name(dice: Dice) -> tuple[str, str, str, str, str, bool]:
    lists = words("english")
    given, sex, nick = dice.pick(lists["first"])
    family = dice.pick(lists["last"])
    return family, given, f"{given} {family}", f"{given} {family}", nick, sex == "f"


def _title(dice: Dice, *, chinese: bool, woman: bool) -> tuple[str, str]:
    """A job title and how one is called by it."""
    if not chinese:
        return dice.weighted([(title, weight) for title, weight in words("english")["titles"]]), ""
    title, call = dice.weighted([((title, call), weight) for title, call, weight in words("people")["titles"]])
    return title, call or dice.pick(("女士", "姐", "老师") if woman else ("先生", "哥", "老师"))


def _direct(dice: Dice, organisation: Organisation, names: Names) -> str:
    """An extension of the switchboard, a line of one's own, or nothing."""
    kind = dice.weighted((("", 0.55), ("extension", 0.35), ("line", 0.1)))
    if kind == "extension":
        return f"{organisation.switchboard};ext={dice.between(1, 8)}{dice.digits(dice.between(2, 3))}"
    if kind == "line":
        while not names.free(number := organisation.switchboard[:-4] + dice.digits(4)):
            pass
        return number
    return ""


def email_of(dice: Dice, latin: str, organisation: Organisation, names: Names) -> tuple[str, bool]:
    """His own address, the company's shared one (True), or none."""
    kind = dice.weighted((("own", 0.5), ("free", 0.18), ("shared", 0.1), ("none", 0.22)))
    letters = "".join(c for c in latin.lower() if c.isascii() and (c.isalpha() or c == " "))
    if kind == "none" or (kind != "free" and not organisation.domain):
        return "", False
    if kind == "shared":
        return f"{Dice(organisation.id).pick(('info', 'sales', 'office'))}@{organisation.domain}", True
    if kind == "free":
        host = dice.pick(FREE_MAIL[organisation.language])
        address = f"{letters.replace(' ', '')}{dice.between(60, 2025)}@{host}"
    else:
        address = f"{letters.replace(' ', '.')}@{organisation.domain}"
    while not names.free(address):
        address = f"{address.partition('@')[0]}{dice.digits(2)}@{address.partition('@')[2]}"
    return address, False


def _wechat(dice: Dice, latin: str, mobile: str) -> str:
    kind = dice.weighted((("", 0.4), ("mobile", 0.25), ("word", 0.25), ("id", 0.1)))
    letters = "".join(c for c in latin.lower() if c.isascii() and c.isalpha())
    made = {"mobile": mobile[3:], "word": f"{letters}{dice.digits(4)}", "id": f"wxid_{dice.digits(12)}"}
    return made.get(kind, "")


def private_contacts(seed: int, names: Names) -> list[Person]:
    """Who else stands in a salesperson's phone and is nobody's customer."""
    made = []
    for number, name in enumerate(words("people")["private"], 1):
        mobile = fresh(names, codes.mobile, Dice(seed, "private", number))
        made.append(Person(f"X{number:02}", "zh", name, mobile, private=True, sources=frozenset({"phone"})))
    return made
