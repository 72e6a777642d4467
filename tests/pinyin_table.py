"""Writes mappings/headings/pinyin.py anew: how the characters of the heading lexicon are read, by pypinyin."""

from __future__ import annotations

import re
from pathlib import Path

from mappings.headings import chinese, lexicon

TABLE = Path(__file__).resolve().parents[1] / "mappings" / "headings" / "pinyin.py"
WIDTH = 114


def readings() -> dict[str, set[str]]:
    """Character → its toneless readings in the words of the lexicon."""
    from pypinyin import Style, pinyin

    found: dict[str, set[str]] = {}
    for word, _ in lexicon.entries(chinese.LINES):
        if re.fullmatch(r"[\u3400-\u9fff]+", word):
            for character, syllables in zip(word, pinyin(word, style=Style.NORMAL)):
                found.setdefault(character, set()).add(syllables[0])
    return found


def table() -> str:
    """The text between the quotes of READINGS: `syllable characters`, commas between."""
    by_syllable: dict[str, list[str]] = {}
    for character, syllables in readings().items():
        for syllable in syllables:
            by_syllable.setdefault(syllable, []).append(character)
    lines, line = [], ""
    for syllable in sorted(by_syllable):
        item = f"{syllable} {''.join(sorted(by_syllable[syllable]))}, "
        if sum(1 + (c > "\u2fff") for c in line + item) > WIDTH:
            lines.append(line.rstrip())
            line = ""
        line += item
    return "\n".join([*lines, line.rstrip(", ")])


if __name__ == "__main__":
    text = TABLE.read_text("utf-8")
    head, _, rest = text.partition('READINGS: Final = """\n')
    TABLE.write_text(f'{head}READINGS: Final = """\n{table()}\n"""{rest.partition(chr(34) * 3)[2]}', "utf-8")
