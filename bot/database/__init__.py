"""What Musafir remembers: contacts, a few choices of each person under a pseudonym, and counts of helpful answers."""

from bot.database.session import Database

__all__ = ["Database"]
