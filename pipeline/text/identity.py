"""The name of a fragment: what it says and where it was said, so that it keeps its name when a file is moved."""

import hashlib

ID_LENGTH = 12
_SEPARATOR = "\x1f"


def name_fragment(session: str, text: str, occurrence: int) -> str:
    """Name a fragment.

    Args:
        session: the session in which it stands.
        text: normalised text.
        occurrence: the number of times that the text has occurred in the session so far, this one included.

    Returns:
        The id: ``f-`` and twelve hexadecimal digits of a hash.

    >>> name_fragment("tafel-03", "zes adressen", 1)
    'f-f6cbef163462'
    """
    name = _SEPARATOR.join((session, text, str(occurrence)))
    return f"f-{hashlib.sha256(name.encode()).hexdigest()[:ID_LENGTH]}"
