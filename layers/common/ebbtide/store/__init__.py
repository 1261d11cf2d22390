"""The bucket: its keys and formats, reading and writing it, and a copy of it in a folder."""
