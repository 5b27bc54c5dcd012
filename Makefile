# The names people type. Everything is done by scripts/, which need no make.
.PHONY: run test demo gallery bench long lock

run:
	./scripts/run $(if $(LAN),--lan)

test:
	./scripts/test

demo:
	./scripts/demo

gallery:
	./scripts/gallery $(ONLY)

bench:
	./scripts/bench $(ONLY)

long:
	./scripts/long

lock:
	./scripts/lock
