"""Commands of their own beside the study: thin, each over one function of the library."""
