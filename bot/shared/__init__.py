"""What several replicas of the bot share through Redis: turns, a rate budget, who leads, who is alive.

Redis holds nothing about a person: chats stand there under keyed names, updates as bare numbers, and everything
expires. While it is away each replica goes on by itself, and what must not be lost or doubled is in the database.
"""

from bot.shared.fleet import Fleet
from bot.shared.replicas import Alone, Leader, when_leading

__all__ = ["Alone", "Fleet", "Leader", "when_leading"]
