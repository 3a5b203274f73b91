"""Set-up of the pages' styles and scripts."""
