"""`musafir doctor`: looks at everything that an installation needs, and says what to do. Changes nothing.

Secrets are never in what it says: no token, key, password or address that holds one.
"""

from bot.operating.doctor.examination import examine
from bot.operating.doctor.findings import Finding, State, as_json, as_text

__all__ = ["Finding", "State", "as_json", "as_text", "examine"]
