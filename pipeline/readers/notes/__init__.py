"""Notes of a session become utterances with speaker and hat."""
