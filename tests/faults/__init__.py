"""Faults, each injected into the running bot."""
