"""Content packs: scenarios, personas and drills read from YAML."""
