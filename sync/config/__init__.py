"""The parts of a workspace's configuration; sync.workspace puts them together."""
