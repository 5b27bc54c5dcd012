"""The scanner's twin: sample documents, drawn and held up to a camera that is not there."""
