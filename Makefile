# make build   out/qschedd, one native file          make run     the daemon and an agent on jobs.example.yaml
# make test    everything; ends with "N passed, N failed"
# make deb     out/qschedd_VERSION_amd64.deb         make dist    out/qschedd-VERSION-linux-x64.tar.gz
# make bench   qschedd beside its peers: bench/RESULTS.md (QUICK=1: tiny sizes, to see that it runs; ROWS=cron,noop: some of it)
# Also: simulate (SEEDS=1000, or one SEED), test-net10, check-binary, crash-rounds (ROUNDS=20), fleet-rounds (CYCLES=12),
# reload-rounds (ROUNDS=1000), fuzz (INPUTS=5000000 SEED=1), abuse (CONNECTIONS=2000 SECONDS=30), torture (ROUNDS=500), format,
# format-check, clean.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

export DOTNET_CLI_TELEMETRY_OPTOUT := 1
export DOTNET_NOLOGO := 1

RID := linux-x64
PUBLISHED := obj/publish
QUIET := -v q -nologo -clp:NoSummary

# Folders count too: a file that is gone changes its folder.
SOURCE_FOLDERS := $(wildcard Alerts Cli Config Engine Http Storage Workers)
SOURCES := $(shell find $(SOURCE_FOLDERS) -not -name '.*' 2>/dev/null) \
  $(wildcard *.cs qschedd.csproj Directory.Build.props packages.lock.json .editorconfig)

BENCH := bench/bin/Release/net10.0/qschedd.bench

.PHONY: build deb dist run test test-net10 bench bench-build peers crash-rounds fleet-rounds reload-rounds simulate fuzz abuse torture check-binary format format-check restore requirements clean

build: out/qschedd

out/qschedd: $(SOURCES) | requirements
	rm -rf $(PUBLISHED)
	dotnet publish qschedd.csproj -c Release -r $(RID) $(QUIET) -p:RestoreLockedMode=true \
	  -p:SqliteArchive="$$(packaging/require.sh sqlite-archive)" -o $(PUBLISHED)
	mkdir -p out
	cp $(PUBLISHED)/qschedd $@.new
	mv -f $@.new $@

deb dist: build
	@packaging/package.sh $@

requirements:
	@packaging/require.sh

run: build
	@packaging/run-example.sh

check-binary: build
	@.ci/check-binary out/qschedd $(PUBLISHED)

# Programs of others that the end-to-end tests start.
peers:
	@tests/peers/install.sh out/peers

test: check-binary peers
	@QSCHEDD_BINARY="$(CURDIR)/out/qschedd" .ci/test

# The same tests on .NET 10. The published binary stays as it is.
test-net10: build peers
	@QSCHEDD_BINARY="$(CURDIR)/out/qschedd" .ci/test -p:QscheddFramework=net10.0

# The long form of a test in make test: kill -9 while 200 jobs fire each second, again and again.
crash-rounds: build restore
	@QSCHEDD_BINARY="$(CURDIR)/out/qschedd" QSCHEDD_CRASH_ROUNDS=$(or $(ROUNDS),20) \
	  dotnet test tests/qschedd.tests.csproj --no-restore -nologo --filter FullyQualifiedName~CrashTests

# The engine in a simulated world, one run for each seed: SEEDS=1000 runs from FIRST=1 on, or SEED=17 again, TRACE=file tells what happened.
SEEDS ?= 1000
FIRST ?= 1
SEED ?=
TRACE ?=
simulate: restore
	@QSCHEDD_SIMULATE_SEEDS=$(SEEDS) QSCHEDD_SIMULATE_FIRST=$(FIRST) \
	  $(if $(SEED),QSCHEDD_SIMULATE_SEED=$(SEED)) $(if $(TRACE),QSCHEDD_SIMULATE_TRACE=$(abspath $(TRACE))) \
	  dotnet test tests/qschedd.tests.csproj -c Release --no-restore -nologo -v q --logger 'console;verbosity=detailed' \
	  --filter FullyQualifiedName~Engine_KeepsItsPromises

# The long form of another: ten agents deployed one after the other, CYCLES times over, while 300 tasks a second run.
fleet-rounds: build restore
	@QSCHEDD_BINARY="$(CURDIR)/out/qschedd" QSCHEDD_FLEET_CYCLES=$(or $(CYCLES),12) \
	  dotnet test tests/qschedd.tests.csproj --no-restore -nologo --logger "console;verbosity=detailed" \
	  --filter FullyQualifiedName~FleetTests

# Another: the file is edited in every way, good and bad, under 500 fires a second.
reload-rounds: build restore
	@QSCHEDD_BINARY="$(CURDIR)/out/qschedd" QSCHEDD_RELOAD_ROUNDS=$(or $(ROUNDS),1000) \
	  dotnet test tests/qschedd.tests.csproj --no-restore -nologo --filter FullyQualifiedName~ReloadLoopTests \
	  --logger 'console;verbosity=detailed'

# The long forms of the fault tests: crashes, power cuts, damaged files, full disks, bad workers, overload. docs/reliability.md.
torture: build restore
	@QSCHEDD_BINARY="$(CURDIR)/out/qschedd" QSCHEDD_TORTURE=1 QSCHEDD_CRASH_ROUNDS=$(or $(ROUNDS),500) .ci/torture

# Its peer Quartz 4 is net10.0 only, so the benchmarks are too. Nothing here fails because of a figure.
bench: build bench-build
	@packaging/require.sh bench
	@$(BENCH) all --binary out/qschedd --sources bench/Peers --out $(if $(QUICK)$(ROWS),out/bench,bench) \
	  $(if $(QUICK),--quick) $(if $(ROWS),--rows $(ROWS))

bench-build: | requirements
	@dotnet build bench/qschedd.bench.csproj -c Release $(QUIET) -p:QscheddFramework=net10.0 -p:RestoreLockedMode=true

# What anyone may send: generated inputs for every parser, none of which may take over 10 ms; then random bytes to the built binary.
# Compiled fully at once, as the binary is: code that the runtime has not warmed to yet is several times slower.
fuzz: build restore
	@QSCHEDD_BINARY="$(CURDIR)/out/qschedd" QSCHEDD_FUZZ_INPUTS=$(or $(INPUTS),5000000) QSCHEDD_FUZZ_SEED=$(or $(SEED),1) \
	  QSCHEDD_FUZZ_SLOWEST_MS=10 QSCHEDD_FUZZ_REQUESTS=20000 DOTNET_TieredCompilation=0 \
	  dotnet test tests/qschedd.tests.csproj -c Release --no-restore -nologo --filter 'FullyQualifiedName~Tests.Fuzz|FullyQualifiedName~WireAbuseTests' \
	  --logger 'console;verbosity=detailed'

# Each attack for SECONDS, on up to CONNECTIONS, while a legal caller is timed.
abuse: build restore
	@QSCHEDD_BINARY="$(CURDIR)/out/qschedd" QSCHEDD_ABUSE_CONNECTIONS=$(or $(CONNECTIONS),2000) QSCHEDD_ABUSE_SECONDS=$(or $(SECONDS),30) \
	  dotnet test tests/qschedd.tests.csproj --no-restore -nologo --filter FullyQualifiedName~EndToEnd.AbuseTests \
	  --logger 'console;verbosity=detailed'

restore: | requirements
	@dotnet restore tests/qschedd.tests.csproj --locked-mode -v q -nologo

format: restore
	dotnet format qschedd.csproj --no-restore
	dotnet format tests/qschedd.tests.csproj --no-restore

format-check: restore
	dotnet format qschedd.csproj --no-restore --verify-no-changes
	dotnet format tests/qschedd.tests.csproj --no-restore --verify-no-changes

clean:
	rm -rf bin obj out tests/bin tests/obj bench/bin bench/obj
