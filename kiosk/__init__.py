"""The touchscreen in the waiting room: its screens, its store, its sync."""
