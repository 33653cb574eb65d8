"""Where the parts of the project lie. Everything Musafir writes at run time goes to `var/`."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
CONTENT: Final = ROOT / "content"
LOCALES: Final = ROOT / "locales"
NLU: Final = ROOT / "nlu"
NLU_BUILD: Final = NLU / "build"
VAR: Final = ROOT / "var"
