# shellcheck shell=bash
# The programs made by others that the checks use, and the only place where their versions stand.
# Each `need_X` exports the path of X in the variable X: found on this machine, or else built once from its
# language's package registry into a cache folder outside the checkout; libfiu and Chromium are packages of the
# system.
# Sourced after step.sh, never run.

readonly AXE_VERSION=4.14.1
readonly BUF_VERSION=1.75.0
readonly GRPCURL_VERSION=1.9.4
readonly KEYCLOAK_VERSION=26.5.6
readonly KUSTOMIZE_VERSION=5.8.1
readonly OIDC_PROVIDER_VERSION=9.13.3
readonly OPENID_CLIENT_VERSION=6.9.0
# The collector numbers its stable modules apart from the others; these two are one release.
readonly COLLECTOR_VERSION=0.155.0
readonly COLLECTOR_STABLE_VERSION=1.61.0

readonly tool_cache=${XDG_CACHE_HOME:-${HOME:?the cache of tools needs HOME or XDG_CACHE_HOME}/.cache}/partner-connect-tools

# gRPC by hand: what the README shows is run with it as it stands there.
need_grpcurl() {
  GRPCURL=$(command -v grpcurl) || {
    keep "grpcurl-$GRPCURL_VERSION" go build_grpcurl
    GRPCURL=$kept/grpcurl
  }
  export GRPCURL
}

# Renders the kustomize base. Where kubectl is missing, kustomize itself answers `kubectl kustomize FOLDER`.
need_kubectl() {
  KUBECTL=$(command -v kubectl) || {
    keep "kustomize-$KUSTOMIZE_VERSION" go build_kustomize
    KUBECTL=$kept/kubectl
  }
  export KUBECTL
}

# The OpenTelemetry collector, always built here, so that the tests know what it can do: it receives OTLP and
# writes JSON lines to files (`file`) or what it got to its own log (`debug`).
need_otelcol() {
  keep "otelcol-$COLLECTOR_VERSION" go build_otelcol
  OTELCOL=$kept/otelcol
  export OTELCOL
}

# Lints protobuf, always in this version: another one may know other rules.
need_buf() {
  keep "buf-$BUF_VERSION" npm install_buf
  BUF=$kept/node_modules/.bin/buf
  export BUF
}

# An OpenID provider to sign in at, and a client that does: the folder that both are installed in.
need_oidc_provider() {
  command -v node >/dev/null || die "node is missing, which the OpenID provider of the tests runs on: install Node.js 20+"
  keep "oidc-provider-$OIDC_PROVIDER_VERSION-$OPENID_CLIENT_VERSION" npm install_oidc_provider
  OIDC_PROVIDER=$kept
  export OIDC_PROVIDER
}

# What finds the faults of a page that keep people from reading it: one script, run inside the page.
need_axe() {
  keep "axe-core-$AXE_VERSION" npm install_axe
  AXE_CORE=$kept/node_modules/axe-core/axe.min.js
  export AXE_CORE
}

# Keycloak as its makers hand it out, which runs on Java: its folder. Whoever starts it copies that, for it
# writes into it.
need_keycloak() {
  command -v java >/dev/null || die "java is missing, which Keycloak runs on: install Java 17+"
  keep "keycloak-$KEYCLOAK_VERSION" mvn install_keycloak
  KEYCLOAK=$kept/keycloak-$KEYCLOAK_VERSION
  export KEYCLOAK
}

# libfiu, which makes system calls fail below the program: fiu-run and fiu-ctrl, on PATH. From the system's packages.
need_fiu() { # install | never-install
  ! command -v fiu-ctrl >/dev/null || return 0
  local advice="install it (Debian, Ubuntu: apt-get install fiu-utils)"
  if [[ $1 == never-install || $(id -u) != 0 ]] || ! command -v apt-get >/dev/null; then
    die "fiu-run is missing: $advice"
  fi
  step "installing libfiu from the system's packages"
  install_package fiu-utils || die "fiu-run could not be installed: $advice"
}

# A browser, and the program that drives it, which have to be of one version: both from the system's packages.
need_chromium() { # install | never-install
  find_chromium && return
  local wanted="Chromium with its chromedriver"
  local advice="install it (Debian: apt-get install chromium chromium-driver)"
  if [[ $1 == never-install || $(id -u) != 0 ]] || ! command -v apt-get >/dev/null; then
    die "$wanted is missing: $advice"
  fi
  step "installing Chromium from the system's packages"
  install_package chromium chromium-driver || die "$wanted could not be installed: $advice"
  find_chromium || die "$wanted is not among this system's packages: $advice"
}

find_chromium() {
  CHROMIUM=$(command -v chromium) && CHROMEDRIVER=$(command -v chromedriver) || return 1
  export CHROMIUM CHROMEDRIVER
}

# Installs packages of a Debian system, as root. What they depend on comes with them, nothing else.
install_package() { # NAME…
  export DEBIAN_FRONTEND=noninteractive
  apt-get -qq update || true # the list that is there may do; if not, the next line says so
  apt-get -qq -o DPkg::Lock::Timeout=300 install --no-install-recommends "$@" >/dev/null
}

# Runs BUILD with an empty folder unless this was done before; `kept` is then the folder.
# A folder appears in the cache only when it is complete, whatever interrupts the build.
keep() { # NAME-VERSION NEEDED-PROGRAM BUILD
  local work
  kept=$tool_cache/$1
  [[ ! -d $kept ]] || return 0
  command -v "$2" >/dev/null || die "$1 is missing, and so is $2 to build it: install one of them"
  step "building $1, once for this machine"
  mkdir -p "$tool_cache"
  work=$(mktemp -d "$tool_cache/.$1.XXXXXX")
  at_exit rm -rf "$work"
  "$3" "$work" >"$work/build.log" 2>&1 || {
    tail -n 20 "$work/build.log" >&2
    die "cannot build $1: see above"
  }
  mv "$work" "$kept"
}

# The builds run in a condition, where `set -e` is off: each command is chained to the next.

# Settings that a user's environment may hold for other work must not bend these builds.
go_clean() {
  env -u GOOS -u GOARCH -u GO111MODULE CGO_ENABLED=0 GOWORK=off "$@"
}

build_grpcurl() {
  go_clean GOBIN="$1" go install "github.com/fullstorydev/grpcurl/cmd/grpcurl@v$GRPCURL_VERSION"
}

build_kustomize() {
  go_clean GOBIN="$1" go install "sigs.k8s.io/kustomize/kustomize/v5@v$KUSTOMIZE_VERSION" &&
    cat >"$1/kubectl" <<'EOF' && chmod +x "$1/kubectl"
#!/bin/sh
# Answers `kubectl kustomize …` alone, by the kustomize beside it.
[ "$1" = kustomize ] || { echo "only 'kubectl kustomize' is here" >&2; exit 64; }
shift
exec "$(dirname "$0")/kustomize" build "$@"
EOF
}

# The collector's own builder generates and compiles it. It runs `go mod tidy`, which also wants every module
# that the tests of the components import, and some of those are in no registry: `-e` lets it go on, and what
# the program itself needs is still missed by the compiler.
build_otelcol() {
  collector_manifest "$1/source" >"$1/manifest.yaml" &&
    go_clean GOBIN="$1" go install "go.opentelemetry.io/collector/cmd/builder@v$COLLECTOR_VERSION" &&
    go_clean GOFLAGS="${GOFLAGS-} -e" "$1/builder" --config "$1/manifest.yaml" --ldflags '-s -w' &&
    mv "$1/source/otelcol" "$1/otelcol" &&
    rm -rf "$1/source" "$1/builder"
}

collector_manifest() {
  local core=go.opentelemetry.io/collector contrib=github.com/open-telemetry/opentelemetry-collector-contrib
  cat <<EOF
dist:
  name: otelcol
  module: otelcol
  version: $COLLECTOR_VERSION
  output_path: $1
receivers:
  - gomod: $core/receiver/otlpreceiver v$COLLECTOR_VERSION
exporters:
  - gomod: $core/exporter/debugexporter v$COLLECTOR_VERSION
  - gomod: $contrib/exporter/fileexporter v$COLLECTOR_VERSION
providers:
  - gomod: $core/confmap/provider/envprovider v$COLLECTOR_STABLE_VERSION
  - gomod: $core/confmap/provider/fileprovider v$COLLECTOR_STABLE_VERSION
EOF
}

# The program comes inside the package, so its install script has nothing to do.
install_buf() {
  npm_install "$1" "@bufbuild/buf@$BUF_VERSION" && "$1/node_modules/.bin/buf" --version
}

install_oidc_provider() {
  npm_install "$1" "oidc-provider@$OIDC_PROVIDER_VERSION" "openid-client@$OPENID_CLIENT_VERSION"
}

install_axe() {
  npm_install "$1" "axe-core@$AXE_VERSION"
}

npm_install() { # FOLDER PACKAGE…
  npm install --prefix "$1" --no-save --no-package-lock --no-audit --no-fund --ignore-scripts "${@:2}"
}

install_keycloak() {
  mvn --quiet --batch-mode org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy \
    -Dartifact="org.keycloak:keycloak-quarkus-dist:$KEYCLOAK_VERSION:zip" -DoutputDirectory="$1" &&
    unzip -q "$1/keycloak-quarkus-dist-$KEYCLOAK_VERSION.zip" -d "$1" &&
    rm "$1/keycloak-quarkus-dist-$KEYCLOAK_VERSION.zip"
}
