"""A printer without a printer: a pty that reads ESC/POS strictly, has faults, and draws its tickets.

`printer.VirtualPrinter` is the whole and `page` its face, with `actions` for buttons. `pty` and `speed` are the line;
`device` is the machine, of one of the `models`; `reception`, `language` and `parser` are what it understands; `press`
prints with `letters` and `picture`, from `memory` too, on `paper`.
"""
