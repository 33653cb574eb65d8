"""What the bot can learn from without knowing from whom: kept questions, scrubbed, and weekly figures."""
