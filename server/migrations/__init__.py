"""The database's history. Append only: what is released is never edited."""
