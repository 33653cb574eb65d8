"""The knowledge of Musafir, read from the files that staff edit.

`Library` reads a folder; `Content` is what it holds; `ContentStore` keeps the running bot up to date with it.
"""

from bot.content.guides import Guide
from bot.content.library import Library
from bot.content.model import Answer, Content, State
from bot.content.problems import Problem, Severity
from bot.content.store import ContentStore

__all__ = ["Answer", "Content", "ContentStore", "Guide", "Library", "Problem", "Severity", "State"]
