"""Contacts: choosing country and need, lists, and cards."""

from __future__ import annotations

from datetime import date, datetime

from babel import Locale
from babel.dates import format_datetime

from bot.contacts.directory import Match, Reason, is_overdue
from bot.contacts.opening import opening
from bot.contacts.spreadsheet import ANYWHERE
from bot.content import Content
from bot.database.models import Contact
from bot.hours import Opening
from bot.languages import DEFAULT, OWN_NAMES, Language, catalogue, city_name, country_name
from bot.render import callbacks as to
from bot.render.answers import menu_button
from bot.render.screen import Button, Screen, bold, escape, in_rows, italic

LISTED = 4
KOSOVO_NOTE = "This designation is without prejudice to positions on status, and is in line with UNSCR 1244."


def countries(codes: list[str], language: Language, first: list[str], answer: str | None = None) -> Screen:
    """Choose a country, for any help or for what one answer needs. `first` are the person's own, shown on top."""
    _ = catalogue(language).gettext
    own = [code for code in dict.fromkeys(first) if code in codes]
    others = sorted(set(codes) - set(own), key=lambda code: country_name(code, language))
    target = (to.HELPERS, answer) if answer else (to.CONTACTS,)
    buttons = [Button(country_name(code, language), to.data(*target, code)) for code in [*own, *others]]
    return Screen(escape(_("In which country do you need help?")), [*in_rows(buttons, 3), [menu_button(language)]])


def needs(country: str, codes: list[str], content: Content, language: Language) -> Screen:
    """Choose what kind of help, in one country."""
    _ = catalogue(language).gettext
    buttons = [Button(content.need_name(code, language), to.data(to.CONTACTS, country, code)) for code in codes]
    text = _("{country}: what do you need?").format(country=country_name(country, language))
    return Screen(
        escape(text) + _footnote([country]),
        [
            *in_rows(buttons, 2),
            [Button("‹ " + _("Another country"), to.data(to.CONTACTS)), menu_button(language)],
        ],
    )


def heading(content: Content, language: Language, country: str, need: str | None, city: str | None) -> str:
    """What a list of contacts is about, such as "Free legal aid · Moscow, Russia"."""
    place = ", ".join([*([city_name(city, language)] if city else []), country_name(country, language)])
    return f"{content.need_name(need, language)} · {place}" if need else place


def listing(found: list[Match], title: str, language: Language, country: str | None) -> Screen:
    """Up to four contacts with their numbers, and why the first is first; each has a button for its card."""
    _ = catalogue(language).gettext
    another = Button("‹ " + _("Another country"), to.data(to.CONTACTS))
    rows = [
        [Button("🆘 SOS", to.data(to.SOS, *([country] if country else []))), another],
        [menu_button(language)],
    ]
    if not found:
        text = _("We have no checked contact for this yet. Try another kind of help, or SOS if you are in danger.")
        return Screen(f"<b>{escape(title)}</b>\n\n{escape(text)}", rows)
    shown = [match.contact for match in found[:LISTED]]
    blocks = [bold(title), *(_listed(match, language) for match in found[:LISTED])]
    if reasons := _reasons(found[0], language):
        blocks[1] += "\n" + italic("☝️ " + reasons)
    cards = [[Button("📇 " + contact.organisation, to.data(to.CONTACT, contact.id))] for contact in shown]
    return Screen("\n\n".join(blocks) + _footnote([c.country for c in shown]), [*cards, *rows])


def nowhere(language: Language) -> Screen:
    """A location that is near no place we know of."""
    _ = catalogue(language).gettext
    text = _("I know of nobody near that place. Choose a country, or call the local emergency number.")
    rows = [[Button("👥 " + _("Contacts"), to.data(to.CONTACTS)), Button("🆘 SOS", to.data(to.SOS))]]
    return Screen(escape(text), [*rows, [menu_button(language)]])


def _listed(match: Match, language: Language) -> str:
    lines = [brief(match.contact, language), *_opening(match.opening, language)]
    if match.kilometres is not None:
        kilometres = (
            catalogue(language).gettext("about {number} km away").format(number=max(1, round(match.kilometres)))
        )
        lines.append(f"📏 {escape(kilometres)}")
    return "\n".join(lines)


def _reasons(match: Match, language: Language) -> str:
    """Why a contact is the first, such as "in your city, open now"."""
    _ = catalogue(language).gettext
    words = {
        Reason.CITY: _("in your city"),
        Reason.NEAR: _("near you"),
        Reason.OWN_CITIZENS: _("for your citizens"),
        Reason.LANGUAGE: _("speaks your language"),
        Reason.OPEN: _("open now"),
        Reason.CONFIRMED: _("we called them"),
    }
    return ", ".join(text for reason, text in words.items() if reason in match.reasons)


def _opening(state: Opening | None, language: Language) -> list[str]:
    _ = catalogue(language).gettext
    if state is None:
        return []
    if state.is_open and state.changes_at is None:
        return ["🟢 " + escape(_("open day and night"))]
    if state.changes_at is None:
        return ["⚪️ " + escape(_("closed"))]
    when = format_datetime(state.changes_at, "EEE HH:mm", locale=language)
    text = _("open now, until {time}") if state.is_open else _("closed, opens {time}")
    return [("🟢 " if state.is_open else "⚪️ ") + escape(text.format(time=when))]


def card(contact: Contact, content: Content, language: Language, now: datetime) -> Screen:
    """Everything known about one contact, with where it was published and when it was checked."""
    _ = catalogue(language).gettext
    needs_ = ", ".join(content.need_name(need, language) for need in contact.needs)
    lines = [
        brief(contact, language),
        *_opening(opening(contact, now), language),
        *_about(contact, language),
        f"🤝 {escape(needs_)}",
        *_line("🏠", contact.address),
        *_line("🕘", contact.hours),
        *_line("🎟", _terms(contact, language)),
        *_line("🗣", _languages(contact.languages, language)),
        *_line("✉️", contact.email),
        *_line("🌐", contact.website),
        *_line("💬", contact.messenger),
        "",
        escape(_("Source")) + f": {_source(contact)}, {escape(contact.source_date)}.",
        italic(" ".join(_checks(contact, language, now.date()))),
    ]
    back = Button(
        "‹ " + _("Contacts"),
        to.data(to.CONTACTS, *([contact.country] if contact.country != ANYWHERE else [])),
    )
    broken = Button("✖️ " + _("This did not work"), to.data(to.BROKEN, contact.id))
    return Screen("\n".join(lines) + _footnote([contact.country]), [[broken], [back, menu_button(language)]])


def _about(contact: Contact, language: Language) -> list[str]:
    """What the organisation does, in the person's language, or in English, and then it says so."""
    text = contact.about.get(language) or contact.about.get(DEFAULT)
    if text is None:
        return []
    other = "" if language in contact.about else f" ({OWN_NAMES[DEFAULT]})"
    return [f"ℹ️ {escape(text)}{other}"]


def _terms(contact: Contact, language: Language) -> str | None:
    """What it costs, whether it stays secret, and whom it is for."""
    _ = catalogue(language).gettext
    words = {
        "free": _("free of charge"),
        "paid": _("costs money"),
        "women": _("for women"),
        "men": _("for men"),
        "children": _("for children"),
        "victims": _("for victims of crime"),
        "without-papers": _("for people without papers"),
        "refugees": _("for refugees"),
    }
    terms = [words[key] for key in (contact.cost, *contact.people) if key]
    return ", ".join([*terms, *([_("confidential")] if contact.confidential else [])]) or None


def _checks(contact: Contact, language: Language, today: date) -> list[str]:
    """How far the entry can be trusted."""
    _ = catalogue(language).gettext
    notes = [_("Compared with the source on {date}.").format(date=contact.checked_on.isoformat())]
    if contact.status != "confirmed":
        notes.append(_("We have not called it ourselves."))
    if is_overdue(contact, today):
        notes.append(_("This entry is due for a check and may be out of date."))
    return notes


def brief(contact: Contact, language: Language) -> str:
    """Name, place, numbers and warnings of a contact, as HTML."""
    _ = catalogue(language).gettext
    place = ", ".join(
        [
            *(city_name(city, language) for city in contact.cities[:3]),
            *([] if contact.country == ANYWHERE else [country_name(contact.country, language)]),
        ]
    )
    lines = [bold(contact.organisation), *_line("📍", place)]
    for phone in contact.phones:
        label = f" ({escape(phone['label'])})" if phone["label"] else ""
        lines.append(f"📞 {escape(phone['number'])}{label}")
    if not contact.phones:
        lines += _line("🌐", contact.website or contact.messenger)
    if contact.serves:
        nations = ", ".join(country_name(code, language) for code in contact.serves)
        lines.append("👤 " + escape(_("for citizens of: {countries}").format(countries=nations)))
    if contact.enforcement:
        lines.append("👮 " + escape(_("A police or migration body. Without papers, talk to an NGO or a lawyer first.")))
    if contact.caution:
        lines.append("⚠️ " + escape(_cautions(language)[contact.caution]))
    return "\n".join(lines)


def _cautions(language: Language) -> dict[str, str]:
    _ = catalogue(language).gettext
    return {
        "unanswered": _("Nobody answered when journalists tested this number."),
        "may-be-closed": _("This project may have ended. Check before you travel there."),
        "foreign-agent": _("Russia lists this organisation as a foreign agent. Contact may carry a risk."),
    }


def _languages(names: str | None, language: Language) -> str | None:
    """English names of languages in the person's language, where CLDR knows them."""
    if not names:
        return None
    english = {name: code for code, name in Locale.parse("en").languages.items()}
    local = Locale.parse(language).languages
    return ", ".join(
        local.get(english.get(name.strip(), ""), name.strip()) for name in names.split(";") if name.strip()
    )


def _line(mark: str, text: str | None) -> list[str]:
    return [f"{mark} {escape(text)}"] if text else []


def _source(contact: Contact) -> str:
    name = escape(contact.source_title)
    return f'<a href="{escape(contact.source_url)}">{name}</a>' if contact.source_url else name


def _footnote(codes: list[str]) -> str:
    return f"\n\n<i>* {KOSOVO_NOTE}</i>" if "XK" in codes else ""
