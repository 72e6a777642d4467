"""Why is a text not readable as YAML, in words that quote nothing of it?

The parser's own words may repeat what stands in the file, and so a secret; only their kind is looked at.
"""

from __future__ import annotations

from typing import Final

import yaml

from connectors.contract import Said, say


def why_broken(error: yaml.YAMLError, text: str) -> tuple[int, Said]:
    """The line where a person should look, and what is wrong there."""
    problem = str(getattr(error, "problem", "") or "")
    mark, begun = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    if mark is None:
        position = getattr(error, "position", 0)
        return text.count("\n", 0, position) + 1, say("a character that no text file holds")
    if mark.index >= len(text.rstrip()) and "flow" in str(getattr(error, "context", "")):
        return _opened(text, mark.line + 1), _BRACKET
    line = (begun if begun is not None and any(part in problem for part in _BEGUN) else mark).line + 1
    if "expected ':'" in problem or "mapping values" in problem:
        near = text.split("\n")[max(0, line - 2) : line]
        if wide := [number for number, one in enumerate(near, line - len(near) + 1) if "：" in one]:
            return wide[-1], say("a full-width colon ： stands where `: ` is meant")
    if "cannot start any token" in problem:
        return line, _no_start(text[mark.index : mark.index + 1])
    for part, words in _PROBLEMS:
        if part in problem:
            return line, words
    return line, say("something is wrong in this line or just above it")


def _no_start(character: str) -> Said:
    if character == "\t":
        return say("a tab stands where blanks are meant")
    return say("nothing can begin with `{character}`", character=character)


def _opened(text: str, end: int) -> int:
    """The line of the last bracket that nothing closes; as good as a guess can be where quotes hold brackets."""
    open_lines = []
    for number, line in enumerate(text.split("\n"), 1):
        for character in line.partition(" #")[0]:
            if character in "[{":
                open_lines.append(number)
            elif character in "]}" and open_lines:
                open_lines.pop()
    return open_lines[-1] if open_lines else end


_BEGUN: Final = ("end of stream", "expected ',' or", "expected ':'")
"""Problems that are met later than they were made."""
_BRACKET: Final = say("a bracket is not closed, or a comma is missing")
_INDENT: Final = say("a line is not indented like the lines it belongs to")
_PROBLEMS: Final[tuple[tuple[str, Said], ...]] = (
    ("mapping values are not allowed", say("a second `: ` in one value, or a line that is indented too far")),
    ("expected ',' or", _BRACKET),
    ("end of stream", say("a quote is not closed")),
    ("block end", _INDENT),
    ("'-' indicator", _INDENT),
    ("expected key", _INDENT),
    ("could not find expected ':'", say("a key without `: ` behind it")),
    ("expected the node content", say("a bracket or comma too many")),
    ("expected node content", say("a bracket or comma too many")),
    ("tab character", say("a tab stands where blanks are meant")),
)
