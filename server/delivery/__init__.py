"""What goes out of the office by itself: notices to citizens, and words to the entity's own systems."""
