"""Statement files as banks write them."""
