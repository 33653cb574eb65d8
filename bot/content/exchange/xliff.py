"""XLIFF 1.2, which programs for translators agree on: OmegaT, Trados, memoQ, Weblate, Poedit."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from typing import Final
from xml.etree import ElementTree

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from bot.content.exchange.seal import Entry, Received, Seal
from bot.content.exchange.units import Unit
from bot.content.model import State
from bot.languages import DEFAULT, Language

_NAMESPACE: Final = "urn:oasis:names:tc:xliff:document:1.2"
_NAMES: Final = {"": _NAMESPACE}
_US: Final = "musafir"
"""Who wrote a note: the seal is one, and a translator may add others."""
_STATES: Final = {
    State.MISSING: "needs-translation",
    State.OUTDATED: "needs-adaptation",
    State.DRAFT: "needs-review-translation",
    State.REVIEWED: "signed-off",
}


def write(units: Iterable[Unit], language: Language) -> bytes:
    """The document."""
    root = ElementTree.Element("xliff", {"xmlns": _NAMESPACE, "version": "1.2"})
    attributes = {"original": "content", "datatype": "plaintext"}
    languages = {"source-language": DEFAULT, "target-language": language}
    body = ElementTree.SubElement(ElementTree.SubElement(root, "file", attributes | languages), "body")
    for unit in units:
        element = ElementTree.SubElement(body, "trans-unit", {"id": unit.id, "xml:space": "preserve"})
        ElementTree.SubElement(element, "source").text = unit.source
        ElementTree.SubElement(element, "target", {"state": _STATES[unit.state]}).text = unit.target
        ElementTree.SubElement(element, "note", {"from": _US}).text = Seal.of(unit).write(unit.id, language)
    ElementTree.indent(body, level=2)
    file = BytesIO()
    ElementTree.ElementTree(root).write(file, encoding="UTF-8", xml_declaration=True)
    return file.getvalue()


def read(data: bytes) -> Received:
    """What a translator sent back. Inline elements that a program added count as their text."""
    try:
        root = fromstring(data)
    except (ElementTree.ParseError, DefusedXmlException, ValueError, LookupError) as error:
        return Received("", problems=[f"this is no XLIFF file ({error})"])
    file = root.find("file", _NAMES)
    if file is None:
        return Received("", problems=["this is no XLIFF 1.2 file: save it in this version"])
    entries = []
    for number, element in enumerate(file.iterfind(".//trans-unit", _NAMES), start=1):
        target = element.find("target", _NAMES)
        notes = element.findall("note", _NAMES)
        entries.append(
            Entry(
                f"trans-unit {number}",
                element.get("id", ""),
                "" if target is None else "".join(target.itertext()),
                "".join(note.text or "" for note in notes if note.get("from") == _US),
                "\n".join(note.text or "" for note in notes if note.get("from") != _US),
            )
        )
    return Received(file.get("target-language", "").split("-")[0], entries)
