"""Seeing the bot run: figures for Prometheus, and whether it is alive and ready. See `deploy/monitoring.md`."""
