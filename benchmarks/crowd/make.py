"""How does a crowd of customers look when five people keep it in their own ways? A seeded generator, and its truth.

    python -m benchmarks.crowd.make FOLDER [--people 4300] [--seed 11]

Writes records.csv, truth.csv and task.json, the columns as in the labelled set zh_20k. The noise is of other kinds: signs
that sound alike from an input method, signs that look alike from handwriting and scans, merged cells of a sheet (empty
below the first row, or carried down too far), titles and companies glued to names, a phone or a date in the name's
cell, abbreviated companies, people who moved, front desks, families, English names of Chinese people, names as written
in Hong Kong, full width. Rates were chosen so that the set is about as hard for a peer as zh_20k is.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Final, TypeAlias

from benchmarks.crowd.people import ALIKE, Firm, Person, firms, mobile, people
from benchmarks.crowd.words import CALLED, ENGLISH_OWN, JOBS, LOOKALIKE, TRADITIONAL

COLUMNS: Final = (
    "source",
    "key",
    "name",
    "company",
    "title",
    "mobile",
    "landline",
    "email",
    "wechat",
    "city",
    "address",
)
SOURCES: Final = ("crm", "notebook", "fair_scans", "phone", "branch_sheet")
_COUNTS: Final = (1, 1, 1, 1, 1, 2, 2, 2, 3, 3, 4, 5)
"""Records of one person."""
_WIDE: Final = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
Row: TypeAlias = dict[str, str]


def crowd(number: int = 4300, seed: int = 11) -> tuple[list[Row], list[int]]:
    """Rows in the order of their sources, and the person whom each is."""
    dice = Random(seed)
    some = people(dice, firms(dice, number // 4), number)
    told: list[tuple[str, Person, Row]] = []
    for one in some:
        for _ in range(dice.choice(_COUNTS)):
            source = dice.choice(SOURCES)
            told.append((source, one, _row(dice, source, one)))
    told.sort(key=lambda t: (SOURCES.index(t[0]), t[1].firm.name if t[0] == "branch_sheet" else t[1].number))
    _merged(dice, [row for source, _, row in told if source == "branch_sheet"])
    rows = [{"source": source, "key": str(at), **row} for at, (source, _, row) in enumerate(told)]
    return rows, [one.number for _, one, _ in told]


# ------------------------------------------------------------------------------ one record


def _row(dice: Random, source: str, one: Person) -> Row:
    firm = one.before if one.before is not None and dice.random() < 0.5 else one.firm
    phone = one.second if one.second and dice.random() < 0.5 else one.mobile
    shows = {
        "crm": (0.97, 0.75, 0.90, 0.40, 0.65, 0.10, 0.90, 0.70),
        "notebook": (0.85, 0.35, 0.90, 0.15, 0.15, 0.35, 0.50, 0.25),
        "fair_scans": (0.95, 0.80, 0.90, 0.55, 0.75, 0.20, 0.70, 0.75),
        "phone": (0.70, 0.15, 0.98, 0.15, 0.15, 0.45, 0.25, 0.10),
        "branch_sheet": (0.95, 0.50, 0.85, 0.45, 0.30, 0.20, 0.70, 0.60),
    }[source]
    values = (firm.name, one.job, phone, firm.desk, one.mail, one.wechat, firm.city, firm.address)
    row = dict(zip(COLUMNS[3:], (value if dice.random() < share else "" for value, share in zip(values, shows))))
    row = {"name": _name(dice, source, one, firm), **row}
    row["company"] = _company(dice, row["company"], firm)
    _habits(dice, source, firm, row)
    return row


def _name(dice: Random, source: str, one: Person, firm: Firm) -> str:
    chance = dice.random()
    if firm.abroad:
        first, last = one.given, one.family
        styles = (f"{last}, {first}", f"{first[0]}. {last}", f"{first} {last}".upper(), f"Mr. {first} {last}")
        return one.name if chance < 0.7 else dice.choice(styles)
    if source == "fair_scans":  # business cards, many in two languages
        if chance < 0.05:
            return f"{one.hong_kong[0]} {one.hong_kong[1]}"
        if chance < 0.15:
            return dice.choice((f"{one.roman[1]} {one.roman[0]}", f"{one.roman[0]} {one.roman[1]}"))
        if chance < 0.18:
            return f"{dice.choice(ENGLISH_OWN)} {one.roman[0]}"
        return _changed(dice, one.name, 0.10, LOOKALIKE)
    if source in ("notebook", "phone"):
        if chance < 0.08:
            return one.family + dice.choice(CALLED)
        if chance < 0.12:
            return f"{firm.brand}{one.name}"
        if chance < 0.17:
            return one.name + dice.choice(CALLED)
        return _heard(dice, one.name, 0.10)
    if source == "branch_sheet" and chance < 0.12:
        return "".join(TRADITIONAL.get(sign, sign) for sign in one.name)
    return f"{one.name}（{one.job}）" if chance > 0.97 else _heard(dice, one.name, 0.03)


def _heard(dice: Random, name: str, rate: float) -> str:
    """A sign that sounds alike, of the given name."""
    at = len(name) - 1
    return name[:at] + dice.choice(ALIKE[name[at]]) if ALIKE.get(name[at]) and dice.random() < rate else name


def _changed(dice: Random, text: str, rate: float, table: dict[str, str]) -> str:
    at = [k for k, sign in enumerate(text) if k and sign in table]
    if not at or dice.random() >= rate:
        return text
    k = dice.choice(at)
    return text[:k] + table[text[k]] + text[k + 1 :]


def _company(dice: Random, name: str, firm: Firm) -> str:
    if not name or dice.random() < 0.55:
        return name
    if firm.abroad:
        return dice.choice((firm.brand, f"{firm.brand} {firm.trade}", name.upper()))
    chance = dice.random()
    if chance < 0.30:
        return firm.brand + firm.trade
    if chance < 0.55:
        return firm.brand
    if chance < 0.70:
        return name.replace(firm.city, f"{firm.city}市", 1)
    if chance < 0.85:
        return "".join(TRADITIONAL.get(sign, sign) for sign in name)
    return _changed(
        dice, name, 1.0, {**LOOKALIKE, **{sign: "".join(ALIKE.get(sign, [sign])[:1]) for sign in firm.brand}}
    )


# ------------------------------------------------------------------------------ what people do to a sheet


def _habits(dice: Random, source: str, firm: Firm, row: Row) -> None:
    phone = row["mobile"]
    if phone and dice.random() < 0.02:
        row["mobile"] = _slip(dice, phone)
    elif phone and dice.random() < 0.02:
        row["mobile"] = mobile(dice)  # a number that he has no more
    if row["mobile"] and not firm.abroad:
        row["mobile"] = _written(dice, row["mobile"])
        if source == "notebook" and dice.random() < 0.04:  # everything in one cell
            row["name"], row["mobile"] = f"{row['name']}{row['mobile']}", ""
    if row["landline"] and dice.random() < 0.05 and not row["mobile"]:
        row["mobile"], row["landline"] = row["landline"], ""  # the front desk for a mobile
    if source == "branch_sheet" and dice.random() < 0.01:
        row["name"] = dice.choice(("2024-03-15", "3月5日", "2023/11/2"))
    if row["email"] and dice.random() < 0.04:
        row["email"] = f"{dice.choice(('info', 'office', 'sales'))}@{firm.domain}"
    if row["email"] and source == "fair_scans" and dice.random() < 0.06:
        row["email"] = row["email"].replace("m", "rn", 1) if dice.random() < 0.5 else row["email"].replace("l", "1", 1)
    if row["title"] in JOBS and dice.random() < 0.10:
        row["title"] = JOBS[row["title"]]
    if source == "branch_sheet" and dice.random() < 0.15:
        for name in ("mobile", "email", "address"):
            row[name] = row[name].translate(_WIDE)


def _slip(dice: Random, phone: str) -> str:
    at = dice.randrange(len(phone) - 8, len(phone))
    return phone[:at] + str((int(phone[at]) + dice.randrange(1, 9)) % 10) + phone[at + 1 :]


def _written(dice: Random, phone: str) -> str:
    number = phone.removeprefix("+86")
    styles = (
        number,
        number,
        number,
        phone,
        f"{number[:3]} {number[3:7]} {number[7:]}",
        f"{number[:3]}-{number[3:7]}-{number[7:]}",
        f"86{number}",
    )
    return dice.choice(styles)


def _merged(dice: Random, rows: Sequence[Row]) -> None:
    """Cells that were merged: empty below the first row of a company; now and then carried down to the next company."""
    before: Row | None = None
    for row in rows:
        if before is not None and row["company"] and row["company"] == before["company"]:
            before = dict(row)
            if dice.random() < 0.5:
                row["company"] = row["address"] = row["landline"] = ""
        else:
            taken, before = before, dict(row)
            if taken is not None and dice.random() < 0.02:
                row["company"], row["address"] = taken["company"], taken["address"]


# ------------------------------------------------------------------------------ files


def write(folder: Path, number: int, seed: int) -> None:
    rows, truth = crowd(number, seed)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "records.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    with (folder / "truth.csv").open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(("source", "key", "entity"))
        lines.writerows((row["source"], row["key"], f"p{entity}") for row, entity in zip(rows, truth))
    (folder / "task.json").write_text(json.dumps({"name": folder.name, "link": "anywhere"}), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--people", type=int, default=4300)
    parser.add_argument("--seed", type=int, default=11)
    asked = parser.parse_args()
    write(asked.folder, asked.people, asked.seed)


if __name__ == "__main__":
    main()
