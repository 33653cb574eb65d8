"""A local stand-in for Telegram: a small Bot API server and a page that looks and behaves like a chat.

It exists so that the unmodified bot can be tried, shown and tested with no account, no token and no network.
Where Telegram would refuse a call, the sandbox refuses it too, in Telegram's words: a message that gets
through here gets through there.

Start it with `bot.sandbox.server.serve`, or, in a test, with `bot.sandbox.server.running`; talk to the bot as
a person would with `bot.sandbox.client.Sandbox`.
"""
