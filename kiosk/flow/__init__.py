"""A visit as data: one pure function decides every change of the screen."""
