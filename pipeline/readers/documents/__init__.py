"""Word, OpenDocument, rich text, HTML and PDF become text with places."""
