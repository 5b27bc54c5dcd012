"""Everything that is kept: tables, the engines, the one writer, and the statements of each subject."""
