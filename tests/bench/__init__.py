"""What is measured: `make bench` prints one JSON line a figure; the budgets are in docs/figures.md."""
