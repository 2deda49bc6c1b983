# shellcheck shell=bash
# A PostgreSQL server of this run's own: found or installed, started in a new folder on a free loopback port,
# stopped and removed when the run ends. Never touches a server or data that is already on the machine.
# Sourced after step.sh and tools.sh, never run.

readonly POSTGRES_OLDEST=15

# Sets `postgres_bin` to the programs of a PostgreSQL that is new enough; installs one where that is allowed.
need_postgres() { # install | never-install
  find_postgres && return
  local wanted="PostgreSQL $POSTGRES_OLDEST or later with its server and pgbench"
  local advice="install it (Debian, Ubuntu: apt-get install postgresql), or put the folder of its programs on PATH"
  if [[ $1 == never-install || $(id -u) != 0 ]] || ! command -v apt-get >/dev/null; then
    die "$wanted is missing: $advice"
  fi
  step "installing PostgreSQL from the system's packages"
  install_package postgresql || die "$wanted could not be installed: $advice"
  find_postgres || die "$wanted is not among this system's packages: $advice"
}

find_postgres() {
  local major program
  while IFS= read -r postgres_bin; do
    for program in initdb postgres pgbench; do
      [[ -x $postgres_bin/$program ]] || continue 2
    done
    major=$("$postgres_bin/postgres" --version | sed -E 's/^[^0-9]*([0-9]+).*/\1/')
    [[ $major -lt $POSTGRES_OLDEST ]] || return 0
  done < <(postgres_folders)
  return 1
}

# Where the programs may be: what the user put on PATH, then what the system's packages have, newest first.
postgres_folders() {
  local initdb
  ! initdb=$(command -v initdb) || dirname "$initdb"
  pg_config --bindir || true
  printf '%s\n' /usr/lib/postgresql/*/bin /usr/pgsql-*/bin | sort -rV
} 2>/dev/null

# Starts the server and exports its URL and the path of its log.
# fsync stays on: the benchmark compares with it, and the tests spend their time elsewhere.
start_postgres() {
  local tries
  cluster=$(mktemp -d "${TMPDIR:-/tmp}/partner-connect-postgres.XXXXXX")
  at_exit remove_cluster
  become_unprivileged
  (in_cluster test -w "$cluster") || die "TMPDIR is a folder that the user nobody cannot enter: set another"
  make_cluster >"$cluster/log" 2>&1 || die_with_log
  for ((tries = 0; tries < 20; tries++)); do
    postgres_port=$((20000 + RANDOM % 10000)) # below the ports that systems hand out to clients
    if try_to_start; then
      export PARTNER_CONNECT_TEST_POSTGRES="postgres://test@127.0.0.1:$postgres_port/test"
      export PARTNER_CONNECT_TEST_POSTGRES_LOG=$cluster/log
      return
    fi
    grep -q 'could not create any TCP/IP sockets' "$cluster/log" || die_with_log
  done
  die_with_log
}

# Makes a new cluster with the one role and database that the URL names. No password is asked, so whoever is on
# this machine may enter: therefore the role is no superuser, who could run programs as the server's user. It may
# make databases, cut connections, force a checkpoint and have its own statements logged (for the benchmark).
# Sorting text by a language, as production databases do, shows code that takes byte order for granted.
make_cluster() {
  (in_cluster initdb -D data -U postgres --auth=reject --no-sync \
    --encoding=UTF8 --locale=C --locale-provider=icu --icu-locale=en-US) &&
    printf 'host all test 127.0.0.1/32 trust\n' >"$cluster/data/pg_hba.conf" &&
    (in_cluster postgres --single -D data postgres) <<<'
create role test login createdb in role pg_monitor, pg_signal_backend, pg_checkpoint
grant set on parameter log_statement to test
create database test owner test' &&
    ! grep -qE 'ERROR|FATAL' "$cluster/log" # which leave the exit status as it is
}

# initdb and postgres refuse to run as root, and what tests do in the database must not be done as root.
# The death signal stops the server also when this script is killed outright; not every system has it.
become_unprivileged() {
  unprivileged=()
  with_parent=()
  if [[ $(id -u) == 0 ]]; then
    command -v setpriv >/dev/null || die "setpriv (util-linux) is needed to start PostgreSQL as root: install it, or run as another user"
    unprivileged=(setpriv --reuid=nobody --regid="$(id -g nobody)" --clear-groups)
    chown nobody "$cluster"
  fi
  ! command -v setpriv >/dev/null || with_parent=(setpriv --pdeathsig INT)
}

# Becomes a program that runs in the cluster's folder as the server's user. For subshells only.
in_cluster() {
  cd "$cluster" || exit
  export LC_ALL=C PATH=$postgres_bin:$PATH
  exec "${unprivileged[@]}" "$@"
}

# True when the server accepts connections, false when it ended before that.
try_to_start() {
  local deadline=$((SECONDS + 60))
  in_cluster "${with_parent[@]}" postgres -D data -p "$postgres_port" \
    -c listen_addresses=127.0.0.1 -c unix_socket_directories= \
    -c max_connections=300 -c shared_buffers=256MB >"$cluster/log" 2>&1 &
  postgres_pid=$!
  # The eighth line of this file is the server's own word on its state (pg_ctl reads it too). Asking the port
  # instead might be answered by somebody else's server.
  until [[ $(sed -n 8p "$cluster/data/postmaster.pid" 2>/dev/null) == ready* ]]; do
    if ! kill -0 "$postgres_pid" 2>/dev/null; then
      postgres_pid=
      return 1
    fi
    [[ $SECONDS -lt $deadline ]] || die_with_log
    sleep 0.1
  done
}

die_with_log() {
  tail -n 20 "$cluster/log" >&2
  die "cannot start PostgreSQL: see above"
}

remove_cluster() {
  local tries
  if [[ -n ${postgres_pid-} ]]; then
    kill -INT "$postgres_pid" 2>/dev/null || true # fast shutdown: open connections are cut
    for ((tries = 0; tries < 100; tries++)); do
      kill -0 "$postgres_pid" 2>/dev/null || break
      sleep 0.1
    done
    kill -QUIT "$postgres_pid" 2>/dev/null || true # still there after 10 s: without writing anything more
    wait "$postgres_pid" 2>/dev/null || true
  fi
  rm -rf "$cluster"
}
