"""A USB scanner as a serial line (USB CDC): its own decoder reads, it sends what the code says."""
