"""What the kiosk may never lose, in one encrypted SQLite file."""
