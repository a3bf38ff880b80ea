"""Builds the site of the pages in `docs`: runs their snippets, and writes from the code what can be written from it."""
