"""Papers as files: facts in, A4 PDF bytes out. Nothing here asks the store, the clock or the network."""
