"""Fuzzing of everything that reads what people typed or sent: `make fuzz`."""
