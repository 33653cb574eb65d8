"""The way to Rasa and back: its process, its HTTP client, and the steps that come out of it."""

from bot.rasa.client import RasaClient
from bot.rasa.process import RasaProcess
from bot.rasa.steps import Candidate, Step

__all__ = ["Candidate", "RasaClient", "RasaProcess", "Step"]
