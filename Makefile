# The names people type. Everything is done by scripts/, which need no make.
.PHONY: run test demo lock

run:
	./scripts/run $(if $(LAN),--lan)

test:
	./scripts/test

demo:
	./scripts/demo

lock:
	./scripts/lock
