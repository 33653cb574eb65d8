"""Compiles `content/` into Rasa's training data and trains a model when something that matters has changed."""
