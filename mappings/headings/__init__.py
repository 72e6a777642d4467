"""Reading column headings: a lexicon of words (data), a small grammar over them, and what values look like."""
