"""Stances: hat, sentiment and polarity of every used fragment, with evidence and the right to abstain."""
