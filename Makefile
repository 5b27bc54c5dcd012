# The names people type. Everything is done by scripts/, which need no make.
.PHONY: run test demo gallery bench long simulate lock

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

simulate:
	@./scripts/simulate $(if $(SEEDS),--seeds $(SEEDS)) $(if $(FIRST),--first $(FIRST))

lock:
	./scripts/lock
