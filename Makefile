# The names people type. Everything is done by scripts/, which need no make.
.PHONY: run test demo bench lock

run:
	./scripts/run $(if $(LAN),--lan)

test:
	./scripts/test

demo:
	./scripts/demo

bench:
	./scripts/bench $(ONLY)

lock:
	./scripts/lock
