"""Projects of other programs for qualitative analysis become sources and codings."""
