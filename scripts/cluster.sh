# shellcheck shell=bash
# cluster.sh
#	What check, demo, bench and fuzz share: a private copy of the installed server, the extension built into it, and a
#	throwaway cluster. To be sourced.
#
#	PostgreSQL finds share/ and lib/ relative to its own binary, so a copy of the installed server is a server of
#	its own: nothing is installed into the system, no cluster of the system is touched, and nobody needs to be
#	root. The tree is copied too; what a build or a test writes never lands in the checkout.
#
#	A script that sources this calls `enter "$@"` first. The script then runs twice: outside, where it installs
#	packages, makes the work directory, starts itself again inside it as an ordinary user (PostgreSQL refuses
#	root), and finally stops and removes whatever is left; and inside, where `enter` returns.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
min_version=15
max_socket_dir=80			# of the 107 bytes of a socket's path; TAP tests put a directory of their own below it
work='' sockets='' child=''
more_packages=()			# what a script needs beyond the others, set before `enter`

say() { printf '%s\n' "$*"; }
die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

# The pg_config of the newest installed server that has what it takes to build an extension; PG_CONFIG overrides.
find_pg_config() {
	local candidate
	if [ -n "${PG_CONFIG:-}" ]; then
		command -v "$PG_CONFIG" || die "PG_CONFIG=$PG_CONFIG is not there"
		return
	fi
	for candidate in $(printf '%s\n' /usr/lib/postgresql/*/bin/pg_config | sort -t/ -k5,5nr); do
		[ "$(cut -d/ -f5 <<<"$candidate")" -ge "$min_version" ] 2>/dev/null || break
		if [ -x "${candidate%pg_config}postgres" ] && [ -f "$("$candidate" --pgxs)" ]; then
			say "$candidate"
			return
		fi
	done
	command -v pg_config || return 1
}

#-- Outside --------------------------------------------------------------------------------------------------------

enter() {
	if [ -n "${GDPR_WORK:-}" ]; then
		work=$GDPR_WORK sockets=$GDPR_SOCKETS
		cd "$work/src" || exit
		return
	fi
	[ -n "${SKIP_PACKAGES:-}" ] || "$top/scripts/packages" "${more_packages[@]}"
	PG_CONFIG=$(find_pg_config) || die "no PostgreSQL $min_version or newer with server headers was found"
	choose_user
	trap clean_up EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	make_work_dir
	copy_tree
	run_inside "$@"
}

# Who PostgreSQL runs as: the caller, or postgres when the caller is root.
choose_user() {
	drop=()
	[ "$(id -u)" = 0 ] || return 0
	local user=postgres
	id "$user" >/dev/null 2>&1 || user=nobody
	drop=(setpriv "--reuid=$user" "--regid=$(id -g "$user")" --init-groups)
}

# Where that user can write: TMPDIR of root may be closed to others. Sockets need a short path.
make_work_dir() {
	local base
	for base in "${TMPDIR:-}" /var/tmp /tmp; do
		[ -n "$base" ] || continue
		[ -n "$work" ] || work=$("${drop[@]}" mktemp -d "$base/gdpr.XXXXXX" 2>/dev/null) || work=''
		if [ -z "$sockets" ] && [ "${#base}" -le $((max_socket_dir - 12)) ]; then
			sockets=$("${drop[@]}" mktemp -d "$base/gdpr.XXXXXX" 2>/dev/null) || sockets=''
		fi
	done
	[ -n "$sockets" ] || die "found no directory to work in: set TMPDIR"
}

# Through a pipe, because only the caller may be able to read the checkout and only the other user to write the copy.
copy_tree() {
	tar -C "$top" -cf - --exclude=./.git --exclude='*.o' --exclude='*.so' --exclude='*.bc' \
		--exclude=./gdpr--1.0.sql --exclude=./src/pii/types.sql --exclude=./src/access/reveal.sql --exclude=./results --exclude=./output_iso \
		--exclude=./tmp_check --exclude=./test/unit/build --exclude=./test/fuzz/build . |
		"${drop[@]}" sh -c "mkdir '$work/src' && tar -C '$work/src' -xf - --no-same-owner"
}

# In a process group of its own, so that everything that belongs to the run can be ended together.
run_inside() {
	setsid "${drop[@]}" env -i PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin HOME="$work" LANG=C.UTF-8 \
		TMPDIR="$sockets" GDPR_WORK="$work" GDPR_SOCKETS="$sockets" PG_CONFIG="$PG_CONFIG" \
		KIND="${KIND:-}" TESTS="${TESTS:-}" GDPR_OLD_BINDIR="${GDPR_OLD_BINDIR:-}" CUSTOMERS="${CUSTOMERS:-}" FUZZ_SECONDS="${FUZZ_SECONDS:-}" SANITIZE="${SANITIZE:-}" SUITE="${SUITE:-}" \
		BENCH_ROWS="${BENCH_ROWS:-}" BENCH_ROUNDS="${BENCH_ROUNDS:-}" BENCH_SECONDS="${BENCH_SECONDS:-}" \
		BENCH_OPERATIONS="${BENCH_OPERATIONS:-}" BENCH_ENTRIES="${BENCH_ENTRIES:-}" \
		"$work/src/scripts/${0##*/}" "$@" </dev/null &
	child=$!
	local status=0
	wait "$child" || status=$?
	child=
	exit "$status"
}

clean_up() {
	trap '' INT TERM HUP
	if [ -n "$child" ]; then
		kill -TERM -- "$child" "-$child" 2>/dev/null || true
		wait "$child" 2>/dev/null || true
	fi
	stop_servers "$work"
	stop_servers "$sockets"
	if [ -n "${KEEP:-}" ]; then
		say "kept: $work $sockets"
	else
		rm -rf -- "${work:-/nonexistent}" "${sockets:-/nonexistent}"
	fi
}

# End the servers whose data directory lies below $1, no matter who started them. A pid file may be stale and its number
# in use by someone else: only a process that works in that very directory is one of ours.
stop_servers() {
	[ -n "$1" ] || return 0
	local file pid signal
	{ find "$1" -xdev -name postmaster.pid 2>/dev/null || true; } | while read -r file; do
		pid=$(head -n 1 "$file" 2>/dev/null) || continue
		for signal in INT QUIT KILL; do
			[ "/proc/$pid/cwd" -ef "$(dirname "$file")" ] || break
			kill "-$signal" "$pid" 2>/dev/null || break
			for _ in $(seq 50); do
				[ -d "/proc/$pid" ] || break 2
				sleep 0.1
			done
		done
	done
}

#-- Inside ---------------------------------------------------------------------------------------------------------

# Copy the installed server; sets PG_CONFIG, PATH, pkglibdir and pgxs to the copy's.
private_server() {
	local bin share include
	bin=$("$PG_CONFIG" --bindir) share=$("$PG_CONFIG" --sharedir) include=$("$PG_CONFIG" --includedir-server)
	mkdir "$work/pg"
	(cd / && cp -a --parents "${bin%/bin}" "$share" "$include" "$work/pg/")
	PG_CONFIG=$work/pg$bin/pg_config
	[ "$("$PG_CONFIG" --sharedir)" = "$work/pg$share" ] ||
		die "the server of $bin looks for its files in fixed places and cannot be copied"
	PATH=$work/pg$bin:$PATH
	pkglibdir=$("$PG_CONFIG" --pkglibdir)
	# shellcheck disable=SC2034
	pgxs=$(dirname "$(dirname "$(dirname "$("$PG_CONFIG" --pgxs)")")")
	export PATH PG_CONFIG
}

# Build the tree and install it into the copy. Bitcode is left out: it needs the server's own version of clang.
# shellcheck disable=SC2120
build() {
	make -s -k -j"$(nproc)" -C "$work/src" PG_CONFIG="$PG_CONFIG" with_llvm=no PG_CFLAGS="${1:-}" \
		PG_LDFLAGS="${SANITIZE:+-fsanitize=$SANITIZE}" all install
}

# A cluster of our own with a master key, the extension preloaded and pg_cron where the server has it; settings in
# addition on stdin. $1 is the database of pg_cron and becomes PGDATABASE.
start_cluster() {
	local preload=gdpr
	[ ! -e "$pkglibdir/pg_cron.so" ] || preload=pg_cron,gdpr
	export PGDATA=$work/data PGHOST=$sockets PGPORT=6015 PGUSER=postgres PGDATABASE=$1
	export GDPR_KEY_FILE=$work/master.key
	(umask 077 && printf 'one:%s\n' "$(openssl rand -hex 32)" >"$GDPR_KEY_FILE")
	initdb -D "$PGDATA" -A trust -U "$PGUSER" -E UTF8 --no-locale -N >"$work/initdb.log"
	{
		cat <<-CONF
			shared_preload_libraries = '$preload'
			$([ "$preload" = gdpr ] || say "cron.database_name = '$1'")
			gdpr.key_file = '$GDPR_KEY_FILE'
			unix_socket_directories = '$PGHOST'
			listen_addresses = ''
			port = $PGPORT
			fsync = off
		CONF
		cat
	} >>"$PGDATA/postgresql.conf"
	trap 'pg_ctl -s -m fast stop >/dev/null 2>&1 || true' EXIT
	pg_ctl -s -w -l "$work/log" start || { tail -n 20 "$work/log"; return 1; }
	[ "$1" = postgres ] || createdb "$1"
}
