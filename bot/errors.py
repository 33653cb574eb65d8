"""What can go wrong for the person who runs Musafir.

MusafirError            one clear line; the command ends with exit code 1
├── SetupError          something is missing or wrong on this machine: token, port, Python, model
├── ImportRefusedError  a spreadsheet with mistakes; nothing of it was taken over
└── RasaUnavailableError  Rasa did not answer; the bot goes on without it
"""


class MusafirError(Exception):
    """An error with a remedy: `what` is wrong, and what to do about it."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what}: {remedy}")
        self.what = what
        self.remedy = remedy


class SetupError(MusafirError):
    """This machine or its settings are not ready."""


class ImportRefusedError(MusafirError):
    """An import found mistakes and changed nothing. `problems` lists them."""

    def __init__(self, what: str, remedy: str, problems: list[str]) -> None:
        super().__init__(what, remedy)
        self.problems = problems


class RasaUnavailableError(MusafirError):
    """Rasa is down, slow, or answered nonsense."""
