"""The ticket printer: an ESC/POS printer on a serial line, and its virtual twin."""
