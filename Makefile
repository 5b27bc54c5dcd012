# The names people type. Everything is done by scripts/, which need no make.
.PHONY: run test demo bench long lock

run:
	./scripts/run $(if $(LAN),--lan)

test:
	./scripts/test

demo:
	./scripts/demo

bench:
	./scripts/bench $(ONLY)

long:
	./scripts/long

lock:
	./scripts/lock
