"""Names and numbers by which a participant could be known: found, listed for review, and replaced by pseudonyms.

It helps a person who checks; it does not replace that check.
"""
