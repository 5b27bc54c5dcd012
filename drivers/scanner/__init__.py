"""The document scanner: a camera whose frames are decoded in a process of their own, and its virtual twin."""
