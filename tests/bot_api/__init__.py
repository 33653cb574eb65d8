"""Every call that a bot makes in a test, held against Telegram's description of the Bot API."""
