# make build   out/qschedd, one native file          make run     the daemon and an agent on jobs.example.yaml
# make test    everything; ends with "N passed, N failed"
# make deb     out/qschedd_VERSION_amd64.deb         make dist    out/qschedd-VERSION-linux-x64.tar.gz
# Also: test-net10, check-binary, crash-rounds (ROUNDS=20), fleet-rounds (CYCLES=12), reload-rounds (ROUNDS=1000), torture,
# format, format-check, clean.

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
INPUTS := $(shell find $(SOURCE_FOLDERS) -not -name '.*' 2>/dev/null) \
  $(wildcard *.cs qschedd.csproj Directory.Build.props packages.lock.json .editorconfig)

.PHONY: build deb dist run test test-net10 peers crash-rounds fleet-rounds reload-rounds torture check-binary format format-check restore requirements clean

build: out/qschedd

out/qschedd: $(INPUTS) | requirements
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
	@QSCHEDD_BINARY="$(CURDIR)/out/qschedd" QSCHEDD_TORTURE=1 QSCHEDD_CRASH_ROUNDS=$(or $(ROUNDS),100) .ci/torture

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
