"""The catalogue: numbers and who printed them, cases, and studies with their checks; data, and code only to read and check it."""
