"""Work for people: a kit for a second coder, adjudication, which fragments to code next."""
