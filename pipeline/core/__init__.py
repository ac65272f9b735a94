"""What every room uses: words of the field, errors, settings, tables and their schemas, receipts, the study folder."""
