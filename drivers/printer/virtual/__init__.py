"""A printer without a printer: a pty that reads ESC/POS strictly, has faults, and draws its tickets.

`printer.VirtualPrinter` is the whole; `pty` the line, `parser` the language, `device` the machine, `paper` the picture.
"""
