"""Copies of the whole database: made while the server runs, tried out by themselves, and put back into a new life."""
