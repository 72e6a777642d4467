"""Which field is a column? One small rule for each attribute that a heading can name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from connectors.contract import say
from mappings.headings import contacts, keys
from mappings.headings.grammar import PHONES, PLACES
from mappings.headings.guess import BLOCKED, DOUBTED, LIKELY, MAYBE, MEANT, SAID, Guess, nothing, says
from mappings.headings.keys import STAFF
from mappings.headings.table import ORGANISATION, PERSON, Case, persons_are_customers

Rule = Callable[[Case], Guess]


def guess(case: Case) -> Guess:
    """The field that the heading means in this table, before the values have their say."""
    found = case.found
    if found.blocker:
        return nothing(BLOCKED[found.blocker])
    if "invoice" in found.qualifiers and found.attribute != "taxid":
        return nothing(BLOCKED["bank"])
    rule = _RULES.get(found.attribute, _no_rule)
    return rule(case)


def _no_rule(case: Case) -> Guess:
    return nothing() if case.found.known else nothing(say("the heading is not known"))


# ------------------------------------------------------------------------------ bare parties, owners, times


def _bare(case: Case) -> Guess:
    """No attribute: a party (`Company`, `业务员`), or qualifiers alone (`Last Contacted`, `Created`)."""
    found = case.found
    if found.party in _PARTIES:
        return _PARTIES[found.party](case)
    if found.party and not found.qualifiers & {"create", "update"}:
        return contacts.name(case)
    if found.qualifiers & {"create", "update", "next", "last"}:
        return _time(case)
    if found.qualifiers == {"follow"} and not found.unknown:
        return _notes(case)
    if found.qualifiers and found.qualifiers <= {"work", "home", "primary"} and _is_phone(case):
        return says("person.phones" if case.shape.person else "organisation.phones", LIKELY)
    return nothing()


def _is_phone(case: Case) -> bool:
    """`Work` beside `Mobile`; `Direct` only where the values are telephones."""
    if case.profile.filled or "primary" in case.found.qualifiers:
        return case.profile.share("phone") >= 0.6
    return any(c.meaning.attribute in PHONES and c.meaning.plain.isalpha() for c in case.columns)


_PARTIES: Final[Mapping[str, Rule]] = {
    "owner": keys.owner,
    "helper": keys.helper,
    "agent": keys.agent,
    "parent": keys.parent,
    "ours": _no_rule,
}


def _time(case: Case) -> Guess:
    found = case.found
    kinds = found.qualifiers
    touched = kinds & {"contact", "follow", "visit", "call", "activity"} or found.party == "contact"
    if found.party in STAFF or (kinds & {"complaint", "shipping", "invoice"} and not case.shape.interaction):
        return nothing()
    if kinds & {"create", "update"}:
        return _stamp(case)
    whose = case.shape.customer if found.party == "contact" else case.customer
    if "next" in kinds:
        return says(f"{whose}.next_follow_up_at", MEANT if touched else MAYBE)
    if "last" in kinds:
        return says(f"{whose}.last_contacted_at", MEANT) if touched else nothing()
    if case.shape.interaction and "first" not in kinds:
        return says("interaction.at", MEANT)
    if "marketing" in kinds:
        return says(f"{whose}.consent_at", LIKELY)
    if touched and "first" not in kinds and found.attribute == "time":
        if found.plain.isascii():
            ahead = "follow" in kinds
            return says(f"{whose}.{'next_follow_up_at' if ahead else 'last_contacted_at'}", MAYBE if ahead else DOUBTED)
        return says(f"{whose}.last_contacted_at", MAYBE)
    return nothing()


def _stamp(case: Case) -> Guess:
    found = case.found
    kind = "interaction" if case.shape.interaction else case.customer
    if "update" in found.qualifiers:
        bare = not found.attribute and case.profile.share("date") < 0.5
        return nothing() if bare and "last" in found.qualifiers else says(f"{kind}.updated_at", MEANT)
    if found.qualifiers & {"last", "next", "visit", "call"} and "contact" not in found.qualifiers:
        return nothing()
    return says(f"{kind}.created_at", MEANT)


def _by(case: Case) -> Guess:
    found = case.found
    if found.qualifiers & {"create", "update"}:
        return nothing(BLOCKED["creator"])
    if case.shape.interaction and found.qualifiers & {"visit", "call", "contact", "follow", "activity", "complaint"}:
        return says("interaction.by", LIKELY)
    return nothing()


# ------------------------------------------------------------------------------ what is said of persons, of companies


def _personal(field: str, sure: float = SAID) -> Rule:
    def rule(case: Case) -> Guess:
        found = case.found
        if found.party in (*STAFF, "parent") or found.qualifiers & {"other", "shipping"} or not case.shape.person:
            return nothing()
        second = found.party == "contact" and found.number >= 2
        if found.number >= 2 and not second:
            return nothing()
        return says(f"person.second.{field}" if second else f"person.{field}", sure)

    return rule


def _corporate(field: str, sure: float = SAID) -> Rule:
    def rule(case: Case) -> Guess:
        if case.found.party in (*STAFF, "parent") or case.found.qualifiers & {"other", "last", "next"}:
            return nothing()
        return says(f"organisation.{field}", sure if case.shape.organisation else DOUBTED)

    return rule


def _title(case: Case) -> Guess:
    """`Title` is Mr or Ms where a job title stands beside it."""
    if any(c.meaning.attribute == "jobtitle" for c in case.columns) or case.profile.share("salutation") > 0.3:
        return nothing(BLOCKED["name"])
    return _personal("title", MEANT)(case)


def _wechat(case: Case) -> Guess:
    if case.found.party in STAFF:
        return nothing()
    return says("person.wechat", SAID if case.shape.person else MAYBE)


def _url(case: Case) -> Guess:
    taken = any(c.meaning.attribute == "website" for c in case.columns)
    if taken or case.found.qualifiers or not case.shape.organisation or case.profile.share("social", "image") > 0.3:
        return nothing()
    return says("organisation.website", LIKELY if case.profile.share("url") > 0.5 else MAYBE)


def _short(case: Case) -> Guess:
    if case.found.party in (*STAFF, "parent", "contact", "person") or not case.shape.organisation:
        return nothing()
    if case.shape.contacts and not case.found.party:
        return nothing(BLOCKED["name"])
    return says("organisation.short_name", MEANT)


def _place(field: str) -> Rule:
    return lambda case: contacts.place(case, field)


# ------------------------------------------------------------------------------ what is said of customers


_ELSEWHEN: Final = frozenset({"other", "invoice", "next", "first", "create", "update"})


def _of_customer(field: str, sure: float = MEANT) -> Rule:
    def rule(case: Case) -> Guess:
        found = case.found
        if found.party in (*STAFF, "parent") or found.qualifiers & _ELSEWHEN:
            return nothing()
        return says(f"{case.customer}.{field}", SAID if found.party in ("customer", "lead") else sure)

    return rule


def _status(case: Case) -> Guess:
    found = case.found
    if "marketing" in found.qualifiers:
        if case.profile.share("subscribed") >= 0.6:
            return says(f"{PERSON if case.shape.person else ORGANISATION}.consent", LIKELY)
        return nothing()
    if case.shape.interaction or found.qualifiers - {"primary", "follow", "last", "contact"}:
        return nothing()
    return _of_customer("status")(case)


def _type(case: Case) -> Guess:
    """Of customers the values decide: `Type` is often what others call status."""
    found = case.found
    if case.shape.interaction:
        told = found.qualifiers & {"visit", "call", "follow", "contact", "complaint", "activity"}
        return says("interaction.type", MEANT if told else LIKELY) if found.party in ("", "agent") else nothing()
    if found.qualifiers - {"primary"}:
        return nothing()
    if found.plain == "类别" and case.shape.contacts:
        return says("person.tags", LIKELY)
    if case.profile.share("status") >= 0.5 and case.profile.distinct * case.profile.filled >= 2:
        return says(f"{case.customer}.status", LIKELY)
    return nothing()


def _registered(case: Case) -> Guess:
    """Of members the day they came; of companies the register's, which has no field."""
    if case.shape.organisation and not persons_are_customers(case.columns, case.shape.names):
        return nothing(BLOCKED["legal"])
    return says("person.created_at", LIKELY)


def _group(case: Case) -> Guess:
    if case.shape.customer == PERSON and not case.found.party and case.profile.share("number") < 0.5:
        return says("person.tags", LIKELY)
    return nothing()


def _notes(case: Case) -> Guess:
    found = case.found
    if found.party in STAFF or found.qualifiers & {"invoice", "shipping"}:
        return nothing()
    if found.qualifiers & {"last", "next"} and found.qualifiers & {"contact", "activity"} and found.plain.isascii():
        return _time(case)
    if case.shape.interaction:
        told = any(c.meaning.attribute == "summary" for c in case.columns)
        return nothing() if told else says("interaction.summary", LIKELY)
    follow = bool(found.qualifiers & {"follow", "contact", "visit"}) or "跟" in found.plain
    if not found.party and not follow and case.shape.person and not case.shape.company_first and not case.shape.lead:
        return says("person.notes", MEANT)
    return says(f"{case.customer}.notes", MEANT)


def _told(field: str) -> Rule:
    def rule(case: Case) -> Guess:
        return says(f"interaction.{field}", MEANT) if case.shape.interaction else nothing()

    return rule


def _needs(case: Case) -> Guess:
    if not case.shape.person or case.shape.interaction or case.found.qualifiers:
        return nothing()
    return says("person.needs", MEANT)


def _consent(case: Case) -> Guess:
    return says(f"{PERSON if case.shape.person else ORGANISATION}.consent", MEANT)


def _consent_time(case: Case) -> Guess:
    return says(f"{PERSON if case.shape.person else ORGANISATION}.consent_at", LIKELY)


def _revenue(case: Case) -> Guess:
    return says("organisation.annual_value", MEANT if case.shape.organisation else DOUBTED)


_RULES: Final[Mapping[str, Rule]] = {
    "": _bare,
    "name": lambda case: _PARTIES.get(case.found.party, contacts.name)(case),
    "person": lambda case: _PARTIES.get(case.found.party, contacts.name)(case),
    "given": _personal("given_name"),
    "family": _personal("family_name"),
    "short": _short,
    **dict.fromkeys(PHONES, contacts.phones),
    "email": contacts.emails,
    "wechat": _wechat,
    "website": _corporate("website"),
    "url": _url,
    "address": _place("address"),
    **{
        attribute: _place("postal_code" if attribute == "postcode" else attribute)
        for attribute in PLACES
        if attribute != "line2"
    },
    "industry": _corporate("industry"),
    "size": _corporate("size", MEANT),
    "revenue": _revenue,
    "taxid": keys.tax,
    "idcard": keys.id_card,
    "code": keys.code,
    "id": keys.id_,
    "title": _title,
    "jobtitle": _personal("title"),
    "department": _personal("department"),
    "birthday": _personal("birthday"),
    "gender": _personal("gender"),
    "prefs": _personal("preferences", MEANT),
    "needs": _needs,
    "optout": _personal("do_not_contact", MEANT),
    "consent": _consent,
    "consent_time": _consent_time,
    "tier": _of_customer("tier"),
    "status": _status,
    "type": _type,
    "tags": _of_customer("tags"),
    "group": _group,
    "origin": _of_customer("origin"),
    "currency": _of_customer("currency"),
    "notes": _notes,
    "time": _time,
    "registered": _registered,
    "by": _by,
    "summary": _told("summary"),
    "result": _told("result"),
    "nextstep": _told("next_step"),
    "score": _told("score"),
    "amount": _told("amount"),
}
