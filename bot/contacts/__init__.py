"""People and organisations that can help: read from a spreadsheet, kept in the database, found by need and place."""

from bot.contacts.directory import Directory, Match, Wish
from bot.contacts.importer import import_contacts

__all__ = ["Directory", "Match", "Wish", "import_contacts"]
