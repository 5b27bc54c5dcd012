"""What supervisors and administrators see and change, under /admin: one module a page, joined in `router`."""
