"""From utterances to fragments, over versions of a session, with the codings that people gave."""
