"""What the bot does when a person writes, presses a button, or sends a command. One module for each concern."""
