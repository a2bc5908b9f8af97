"""Every storage contract in dictionaries: no file, no server, gone when the process ends."""
