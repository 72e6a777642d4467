"""Which arguments and options do the commands take? Their types, names and help; cli.py says which command takes which.

Help texts are templates like all others: the Chinese ones stand in sync/messages/zh.
"""

from __future__ import annotations

from typing import Annotated, Any

from typer import Argument, Option

Texts = list[str] | None


def _argument(metavar: str, help_: str) -> Any:
    return Argument(metavar=metavar, help=help_, show_default=False)


def _option(name: str, metavar: str, help_: str, **more: Any) -> Any:
    return Option(name, metavar=metavar, help=help_, show_default=False, **more)


def _flag(name: str, help_: str) -> Any:
    return Option(name, help=help_, show_default=False)


JobName = Annotated[str | None, _argument("JOB", "A job of offbook.yaml; may be left out where there is one.")]
Allow = Annotated[
    Texts,
    _option(
        "--allow",
        "GUARD=N|SOURCE:GUARD",
        "Lets one guard through once: creates=300, or wang:emptied. May stand several times.",
    ),
]
Values = Annotated[bool, _flag("--values", "Shows sensitive values in full; else they are masked.")]
PlanNumber = Annotated[int, _argument("PLAN", "The plan's number; `offbook runs` lists them.")]
Limit = Annotated[int | None, _option("--limit", "N", "At most so many changes, with the parents they need.", min=1)]
Only = Annotated[
    Texts, _option("--only", "WHAT", "A source, a table, an operation (create, update …), or TABLE:OPERATION.")
]
Except = Annotated[Texts, _option("--except", "WHAT", "The same, left out.")]
Yes = Annotated[bool, _flag("--yes", "Your answer to the question whether to apply the plan.")]
Files = Annotated[
    Texts, _argument("FILE", "Workbooks, CSV or .vcf files, or databases; else all that are found in the folder.")
]
Template = Annotated[
    str,
    _option(
        "--template",
        "NAME",
        "Begins with a ready mapping instead of the headings: rows, companies, contacts, phone, crm or visits.",
    ),
]
Formal = Annotated[Texts, _option("--formal", "SOURCE", "The formal system: its word counts.")]
Sources = Annotated[Texts, _argument("SOURCE", "Only these sources.")]
Config = Annotated[bool, _flag("--config", "Only the files: no source is opened, no secret is needed.")]
Vendor = Annotated[str, _argument("VENDOR", "The connector whose system is pretended, like airtable.")]
Port = Annotated[int, _option("--port", "N", "The port it listens on; 0 takes any that is free.", min=0, max=65535)]
Target = Annotated[str, _argument("SOURCE|FILE", "A source of the workspace, or any file.")]
TableName = Annotated[str, _option("--table", "TABLE", "Which of several: a sheet, a table.")]
AsMapping = Annotated[bool, _flag("--mapping", "Prints a mapping made of the suggestions.")]
Write = Annotated[bool, _flag("--write", "Keeps it as mappings/SOURCE.yaml; never overwrites.")]
Tables = Annotated[Texts, _argument("SOURCE|TABLE", "Only these.")]
Records = Annotated[int, _option("--sample", "N", "So many records of each table.", min=1)]
Old = Annotated[str, _argument("OLD", "The source's name now.")]
New = Annotated[str, _argument("NEW", "What it is to be called.")]
Last = Annotated[int, _option("--limit", "N", "So many, the newest first.", min=1)]
Thing = Annotated[
    list[str],
    _argument(
        "PLAN|ENTITY|SOURCE KEY|question N",
        "The number of a plan; the id of a customer, or its beginning; a source and a record's key or row;"
        " the number of a question.",
    ),
]
Every = Annotated[bool, _flag("--all", "All changes of a plan.")]
OfTable = Annotated[str, _option("--table", "TABLE", "Of a plan: only this table or source.")]
Reader = Annotated[
    str, _option("--for", "WHO", "As this one of `people` may see it: what plans would not send him is left out.")
]
Names = Annotated[
    list[str],
    _argument("NAME", "What is answered: the number of a question, or the name of a class, as `review list` shows it."),
]
OneName = Annotated[
    str, _argument("NAME", "The number of a question, or the name of a class or of something noted, as listed.")
]
Answer = Annotated[
    str,
    _argument(
        "ANSWER",
        "same, different, other, new, golden, theirs, keep, create, remove, a letter, a source, value:TEXT, add:TEXT,"
        " remove:TEXT, primary:TEXT, or same:, different:, leading: with a record; `review show NAME` lists what fits.",
    ),
]
OneField = Annotated[str, _option("--field", "FIELD", "Which field, where the answer is about a customer or a record.")]
Replace = Annotated[bool, _flag("--replace", "Also where somebody decided the opposite of two records before.")]
Lift = Annotated[int | None, _option("--lift", "NUMBER", "Ends a pin, or another decision that holds.")]
Pinned = Annotated[Texts, _argument("CUSTOMER FIELD [VALUE]", "Whose value is pinned, which field, and to what.")]
Sheet = Annotated[str, _argument("FILE", "A workbook (.xlsx), or .txt for the decisions that hold, one a line.")]
Customers = Annotated[
    list[str],
    _argument("CUSTOMER|SOURCE KEY", "A customer's id or its beginning; or a source and a record's key or row."),
]
Remembered = Annotated[
    Texts,
    _argument(
        "WORDS",
        "What is remembered: a name, pinyin, some digits, a mail address, a code; several words narrow it down.",
    ),
]
Most = Annotated[int, _option("--limit", "N", "At most so many customers.", min=1)]
Kind = Annotated[str, _option("--kind", "KIND", "Of this kind instead: person, organisation …")]
What = Annotated[str, _argument("WHAT", "customers, links, changes or duplicates; or report: a plan as a page, .html.")]
OutFile = Annotated[str | None, _argument("FILE", "Where to; else the screen.")]
Format = Annotated[str, _option("--format", "csv|json|xlsx", "Else what the file's ending says, else csv.")]
OfPlan = Annotated[int, _option("--plan", "N", "Changes of this plan; else of the newest.")]
OfRun = Annotated[int, _option("--run", "N", "Changes that this run wrote.")]
RunNumber = Annotated[int | None, _argument("RUN", "The run to take back; else the last one that wrote.")]
Sure = Annotated[bool, _flag("--yes", "Your answer to the question.")]
Erasing = Annotated[
    Texts, _argument("CUSTOMER|SOURCE KEY", "A customer's id or its beginning; or a source and a record's key or row.")
]
Away = Annotated[int, _option("--keep", "DAYS", "How long the customer is kept away; three years otherwise.", min=1)]
OlderThan = Annotated[
    int | None, _option("--older-than", "DAYS", "Instead: customers whose last record ended before, and former values.")
]
Backup = Annotated[str, _argument("FILE", "Where to; it must not be there yet.")]
Restored = Annotated[str | None, _argument("FILE", "A backup that `offbook backup` made.")]
Here = Annotated[bool, _flag("--here", "The ledger itself is an older copy already: goes on with it.")]
Once = Annotated[str | None, _option("--once", "JOB", "Runs this job now, as at its time, and ends.")]
Outside = Annotated[
    str, _option("--print", "cron|systemd|windows", "Prints what this scheduler needs to start the jobs.")
]
ToFolder = Annotated[str | None, _option("--to", "DIR", "With --print: writes the files there instead.")]
AtMost = Annotated[
    int | None, _option("--sample", "N", "At most so many customers, chosen evenly, with those they belong to.", min=1)
]
AnyFiles = Annotated[
    list[str], _argument("FILE", "Spreadsheets, CSV or .vcf files; records of all of them are compared.")
]
SourceColumn = Annotated[
    str, _option("--source-column", "COLUMN", "The column that says where a record is from; else the file's name does.")
]
KeyColumn = Annotated[
    str,
    _option("--key-column", "COLUMN", "The column that numbers the records; else one that does, or the row's number."),
]
Across = Annotated[bool, _flag("--across", "No two records of one source are the same: only links between sources.")]
Sought = Annotated[
    str,
    _option(
        "--kind", "person|organisation", "What is sought where a row names both; else the person, where one is named."
    ),
]
LinksFile = Annotated[
    str | None, _option("--out", "FILE", "Writes source, key, entity and probability of every record as CSV.")
]
ReportFile = Annotated[
    str | None, _option("--report", "FILE", "Writes the groups and the questions as a workbook in which you decide.")
]
DecisionsFile = Annotated[
    str | None, _option("--decisions", "FILE", "Such a workbook in which you decided: what it says holds.")
]
