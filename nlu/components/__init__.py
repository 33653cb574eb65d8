"""Our own parts of the Rasa pipeline. They share the spelling rules of `bot.folding` and nothing else with the bot."""
