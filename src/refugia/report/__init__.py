"""What a reader sees: tables, files, provenance and the terminal."""
