"""The formats in which reads of several samples come, each checked row by row."""
