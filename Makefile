# What a developer or the CI types. `make` alone lists the targets.

# What the tests need beside Go: a C compiler for the race detector, strace to
# make writes fail, a browser and its fonts to look at pages, a PostgreSQL server.
DEBIAN := gcc libc6-dev curl strace chromium fonts-dejavu-core poppler-utils zbar-tools postgresql

# The S3 server that the published log is tested against; tlog/tlogtest names the
# same version, and tests skip where it isn't.
VERSITYGW := v1.8.0
# What pages are held to: rules of accessibility, and a checker of HTML, from the
# npm registry by npm itself; internal/browsertest names the same versions. Tests
# tell of it where they aren't there.
NPM := axe-core@4.14.0 vnu-jar@26.9.27
CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/chancery

# The pure rooms are tested first: they take seconds, and most mistakes are theirs.
PURE := $(patsubst %,./%/...,$(wildcard day money fault docket roll treaty rulebook claim evidence linkage commission fund press))

# A package that runs longer than this hangs; the whole takes a quarter of an hour.
# No -p elsewhere: as many at once as there are cores measured best; the whole ones wait more than they work.
GOTEST := go test -timeout 15m

# These work whole installations, mostly in programs of their own (the browser, too),
# which the race detector doesn't see, and through SQLite, which is many times slower
# under it, or read long lists, at once with nothing.
# The longest stand first. What acts at once in them is run with it too. -tags small takes the sizes that
# the race detector has: go test ./office takes larger ones.
WHOLE := ./cmd/... ./office ./web ./store/... ./installation ./internal/faulttest/... ./upload ./console ./vault ./signin ./simulate/... ./intake ./tlog/... ./ask ./backup ./dossier ./screening ./sheet
ATONCE := AtOnce|ManyRepeats|Together|Parallel|Panicked|InParallel|Several|BesideAReader|Served|Tend|Chores|Turn|ComeIn|TwoPublishers|BesideAWriter|SameProcess|Overtaken|GivenOnce

.DEFAULT_GOAL := help
.NOTPARALLEL:

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 10

.PHONY: setup
setup: ## install what the tests need: Debian packages that are missing, Go modules, an S3 server
	@command -v dpkg-query >/dev/null || { echo "not a Debian: see to these yourself: $(DEBIAN)"; exit 0; }; \
	missing=$$(for p in $(DEBIAN); do \
		dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || echo $$p; \
	done); \
	[ -z "$$missing" ] && exit 0; \
	root=$$([ "$$(id -u)" = 0 ] || echo sudo); \
	install="$$root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $$missing"; \
	echo "installing:" $$missing; \
	$$install </dev/null || { $$root apt-get update -q </dev/null && $$install </dev/null; }
	@go mod download
	@[ -x "$(CACHE)/versitygw-$(VERSITYGW)/versitygw" ] || \
		GOBIN="$(CACHE)/versitygw-$(VERSITYGW)" go install github.com/versity/versitygw/cmd/versitygw@$(VERSITYGW)
	@command -v npm >/dev/null || { echo "no npm: pages are not held to axe-core and the HTML standard"; exit 0; }; \
	mkdir -p "$(CACHE)" && cd "$(CACHE)" && for p in $(NPM); do \
		to=$$(echo $$p | tr @ -); [ -d $$to ] && continue; \
		file=$$(npm pack --silent $$p </dev/null) && mkdir -p $$to.new && tar xzf $$file -C $$to.new && mv $$to.new $$to && rm $$file || echo "npm doesn't bring $$p"; \
	done

.PHONY: build
build: ## build bin/chancery and bin/chancery-verify, each one static binary
	CGO_ENABLED=0 go build -trimpath -o bin/chancery ./cmd/chancery
	CGO_ENABLED=0 go build -trimpath -o bin/chancery-verify ./cmd/chancery-verify

.PHONY: test
test: setup lint ## everything: setup, lint, all tests, with the race detector where things happen at once
	$(GOTEST) -race $(PURE)
	$(GOTEST) -p 3 -tags small $(WHOLE)
	$(GOTEST) -race $$(go list ./... | grep -vxF "$$(go list $(WHOLE))")
	$(MAKE) systems
	$(MAKE) drill
	$(GOTEST) -race -run '$(ATONCE)' ./installation ./office ./signin ./store/sqlite ./tlog ./vault ./web
	$(MAKE) lives

.PHONY: pictures
pictures: setup ## look at all pages, and keep their pictures in bin/screenshots
	mkdir -p bin/screenshots
	CHANCERY_SCREENSHOTS=$(CURDIR)/bin/screenshots $(GOTEST) -count=1 ./blank ./cmd/chancery-verify ./console ./letter ./portal ./screen ./signin ./upload ./web

# Without the race detector: SQLite is many times slower under it, and a life is
# played in one thread.
.PHONY: lives
lives: ## play 200 new years of simulation, with crashes and faults, and check what is left
	go test -count=1 ./simulate/life -run TestNewLives -v -args -years 200

# By itself and -v, or go test says nothing of a test that passed.
.PHONY: drill
drill: ## back an installation up while others act, restore it, and print how long a GB takes
	go test -count=1 ./simulate -run TestDrillRestore -v

.PHONY: flaws
flaws: ## show that the simulation finds deliberate mistakes, and after how many acts
	go test -count=1 -tags flaws ./simulate/life -run "Flaws|Shrinks" -v

.PHONY: lint
lint: ## gofumpt, vet and staticcheck
	@unformatted=$$(go tool gofumpt -l .) || exit 1; \
	[ -z "$$unformatted" ] || { echo "not formatted (make fmt does it):"; echo "$$unformatted"; exit 1; }
	go vet ./...
	go tool staticcheck ./...

# The race detector leaves these out: they take minutes under it.
.PHONY: systems
systems: ## look whether the programs fit macOS, FreeBSD and (the verifier) Windows, in some twenty seconds
	$(GOTEST) ./internal/arch -run 'FitOtherSystems|OnOneSystemAlone'

.PHONY: fmt
fmt: ## format all Go files
	go tool gofumpt -w .

.PHONY: bench
bench: ## run the benchmarks (PKG=./money for those of one room)
	go test -run '^$$' -bench . -benchmem $(or $(PKG),./...)

.PHONY: prove
prove: ## run the tests of each promise, and print the table with their figures (ARGS="-only 1,2 -json -write")
	@go run ./internal/prove $(ARGS)

# The tests that do every fault in every place when they are asked for all; else
# they do a seeded part of it.
FAULTS := '^Test(Killed|ThePower|EveryCallFails|ADiskIsFull|BytesGoBad|AClockThatJumps|ADamagedBlob|ADemoThatIsKilled|ACrash|ALossOfPower|EveryOperationFailsOnce|EveryFlippedBit|TheBinaryAsItShips|AFlippedBitOfARow|ARowAndItsIndex|AJobDoneTwice|WhatLeavesTheHouse|TheDatabaseIsKilled|TheStandbyTakes|TheWayToTheDatabase|ABucketOutOfReach)'
# Of the shipped binary those that are killed and those that meet a full disk.
SHIPPED := '/^(is_killed|is_refused_by|meets)'

.PHONY: faults
faults: ## every fault in every place, for an hour or two: make faults | grep ^faults: gives what was tried and survived
	CHANCERY_FAULTS=all go test -count=1 -p 1 -timeout 6h -v -run $(FAULTS) ./internal/faulttest/... ./office ./simulate ./store/postgres ./tlog
	CHANCERY_FAULTS=all go test -count=1 -timeout 6h -v -run $(FAULTS)$(SHIPPED) ./cmd/chancery

.PHONY: slow
slow: ## what takes its time on purpose: 8 MB over a line of 50 kbit/s on which connections break
	go test -count=1 -timeout 2h -v ./upload -run TestABadLine -args -slow

.PHONY: clean
clean: ## remove what build made
	rm -rf bin
