"""Finding personal assistants: exact facet counts, words and distance, over a port with two engines that agree."""
