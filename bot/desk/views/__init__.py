"""The parts of the desk, one module each: functions from a request to a page."""
