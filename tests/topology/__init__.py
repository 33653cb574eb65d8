"""Musafir as deploy/ describes it for many, run for real: nginx, bots, Rasas, PostgreSQL and Redis on the loopback."""
