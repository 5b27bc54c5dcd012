"""The pages of what is received: at the desk, in the units, and for citizens."""
