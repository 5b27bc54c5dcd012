"""The reception of documents: numbered, dated by law, and followed to the end."""
