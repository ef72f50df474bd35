"""The file layouts this package reads: one file each, one line in READERS, tried in this order."""
