"""Turns steps, answers and contacts into screens in the person's language: HTML that Telegram accepts, and buttons."""
