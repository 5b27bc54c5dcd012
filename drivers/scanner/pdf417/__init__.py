"""Reads what zxing-cpp cannot of a DNI's PDF417: the symbol is drawn anew from a picture of 1.2 pixels a module."""
