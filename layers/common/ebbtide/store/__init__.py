"""The bucket: keys, formats, reads and writes, and copies of it in a folder."""
