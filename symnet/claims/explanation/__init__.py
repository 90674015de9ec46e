"""Why a claim is wrong: the slip whose undoing makes it right."""
