"""Text: normalisation, sentences, languages, compounds, and the identity of a fragment."""
