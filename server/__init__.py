"""What the kiosks sync to: queue desk, board and tracking; the same code in an office and in the centre."""
