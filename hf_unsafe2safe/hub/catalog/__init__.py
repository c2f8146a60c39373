"""Which published dataset is the safe variant of which: catalogs in files, and a search of the Hub."""
