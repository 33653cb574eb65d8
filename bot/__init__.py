"""Musafir: answers, guidance and real help for migrant workers, in Telegram and in their language."""
