"""Texts on their way to a translator and back: as a spreadsheet, or as PO or XLIFF for a translator's own program.

`units` says what there is to translate, `xlsx`, `po` and `xliff` write and read it, `checks` looks at a text that came
back, `importer` takes all of them over or none. Training questions and risk words do not travel: people write them in
their language, they are not translated.
"""

from bot.content.exchange.files import FORMATS, export_texts, export_units, read_units
from bot.content.exchange.importer import Plan, plan_import
from bot.content.exchange.units import Unit, units_in

__all__ = ["FORMATS", "Plan", "Unit", "export_texts", "export_units", "plan_import", "read_units", "units_in"]
