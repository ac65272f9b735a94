"""What a file is by its first bytes, whatever its suffix says."""

SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "a PDF"),
    (b"PK\x03\x04", "a ZIP archive or an Office document (docx, xlsx, odt)"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"\xd0\xcf\x11\xe0", "an old Office document (doc, xls), or one that is locked with a password"),
    (b"{\\rtf", "rich text (rtf)"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!\x1a", "a RAR archive"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"PAR1", "a Parquet table"),
    (b"SQLite format 3", "a database"),
    (b"ID3", "a sound recording"),
    (b"OggS", "a sound recording"),
    (b"RIFF", "a sound or video recording"),
    (b"\x7fELF", "a program"),
)


def name_kind(data: bytes) -> str | None:
    """Name the kind of file that some bytes begin, in words for a message; None where they show no known mark.

    >>> name_kind(b"%PDF-1.7"), name_kind(b"D3: dag")
    ('a PDF', None)
    """
    return next((kind for signature, kind in SIGNATURES if data.startswith(signature)), None)
