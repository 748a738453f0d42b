/*
 * keyring_source.c
 *		Read master keys from a file or from the output of a command.
 *
 *		A key file is refused when someone else could have read or written it, or when a base backup would
 *		carry it. A command runs in a process group of its own, so that it goes with all it started when its time
 *		is up; what it says on stderr goes to the server log, what it prints on stdout goes nowhere but here.
 */
#include "crypto/keyring_source.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/syscall.h>
#endif

#include "miscadmin.h"
#include "postmaster/interrupt.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "utils/timestamp.h"
#include "utils/wait_event.h"

#define KILL_GRACE_MS 1000 /* between SIGTERM and SIGKILL */
#define REAP_POLL_MS  10

char *gdpr_key_file = NULL;
char *gdpr_key_command = NULL;
int gdpr_key_command_timeout = 10;

static bool read_file(const char *path, GdprKeyText *out, GdprKeyReason *why);
static bool run_command(const char *command, GdprKeyText *out, GdprKeyReason *why);

static const GdprKeySource sources[] = {
	{.setting = "gdpr.key_file", .value = &gdpr_key_file, .read = read_file},
	{.setting = "gdpr.key_command", .value = &gdpr_key_command, .read = run_command},
};

static bool
is_configured(const GdprKeySource *source)
{
	return *source->value != NULL && (*source->value)[0] != '\0';
}

bool
gdpr_key_source_none(void)
{
	for (int i = 0; i < lengthof(sources); i++)
	{
		if (is_configured(&sources[i]))
			return false;
	}
	return true;
}

const GdprKeySource *
gdpr_key_source(GdprKeyReason *why)
{
	const GdprKeySource *found = NULL;

	for (int i = 0; i < lengthof(sources); i++)
	{
		if (!is_configured(&sources[i]))
			continue;
		if (found != NULL)
		{
			gdpr_key_refuse(why, "Reset one of the two and run SELECT pg_reload_conf().",
							"Both %s and %s are set.", found->setting, sources[i].setting);
			return NULL;
		}
		found = &sources[i];
	}
	if (found == NULL)
		gdpr_key_refuse(
			why, "Set gdpr.key_file or gdpr.key_command in postgresql.conf and run SELECT pg_reload_conf().",
			"Neither gdpr.key_file nor gdpr.key_command is set.");
	return found;
}

/*
 * A base backup, and anyone who gets one, would hold the key beside what it opens.
 */
static bool
is_in_data_directory(const char *path)
{
	char file[PATH_MAX];
	char data[PATH_MAX];
	size_t len;

	if (realpath(path, file) == NULL || realpath(DataDir, data) == NULL)
		return true; /* unknown is refused */
	len = strlen(data);
	return strncmp(file, data, len) == 0 && (file[len] == '/' || file[len] == '\0');
}

static bool
is_private(const char *path, const struct stat *st, GdprKeyReason *why)
{
	if (!S_ISREG(st->st_mode))
		return gdpr_key_refuse(why, "Name a file in gdpr.key_file and run SELECT pg_reload_conf().",
							   "The key file is not a regular file.");
	if (st->st_uid != geteuid() && st->st_uid != 0)
		return gdpr_key_refuse(why,
							   "Run chown on the file named by gdpr.key_file, then SELECT pg_reload_conf().",
							   "The key file belongs to another user than the server's.");
	if (st->st_mode & (S_IRWXG | S_IRWXO))
		return gdpr_key_refuse(
			why, "Run chmod 600 on the file named by gdpr.key_file, then SELECT pg_reload_conf().",
			"The key file is accessible to group or others (mode %04o).",
			(unsigned int) (st->st_mode & 07777));
	if (is_in_data_directory(path))
		return gdpr_key_refuse(
			why, "Move it, as backups would carry it; set gdpr.key_file, then SELECT pg_reload_conf().",
			"The key file is inside the data directory.");
	return true;
}

/* Read to the end; text that fills all of `out` may have been cut, and is refused. */
static bool
read_all(int fd, GdprKeyText *out, GdprKeyReason *why)
{
	for (;;)
	{
		ssize_t got = read(fd, out->text + out->len, sizeof(out->text) - out->len);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return gdpr_key_refuse(why,
								   "Check the file named by gdpr.key_file, then SELECT pg_reload_conf().",
								   "The key file could not be read: %s.", strerror(errno));
		out->len += got;
		if (out->len == sizeof(out->text))
			return gdpr_key_refuse(why,
								   "Name the right file in gdpr.key_file and run SELECT pg_reload_conf().",
								   "The key file is larger than %d kB.", GDPR_KEY_TEXT_MAX / 1024);
		if (got == 0)
			return true;
	}
}

static bool
read_file(const char *path, GdprKeyText *out, GdprKeyReason *why)
{
	/* O_NONBLOCK: opening a FIFO must not hang */
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;
	bool ok;

	if (fd < 0 && errno == ENOENT)
		return gdpr_key_refuse(why,
							   "Restore it from its copy, or correct gdpr.key_file; only where nothing was "
							   "ever sealed create it "
							   "with gdpr-keygen; then SELECT pg_reload_conf().",
							   "The key file does not exist.");
	if (fd < 0)
		return gdpr_key_refuse(
			why, "Give the server's user access to the file of gdpr.key_file, then SELECT pg_reload_conf().",
			"The key file could not be opened: %s.", strerror(errno));
	if (fstat(fd, &st) != 0)
		ok = gdpr_key_refuse(why, "Check the file named by gdpr.key_file, then SELECT pg_reload_conf().",
							 "The key file could not be examined: %s.", strerror(errno));
	else
		ok = is_private(path, &st, why) && read_all(fd, out, why);
	close(fd);
	return ok;
}

/* A command on its way */
typedef struct Running
{
	pid_t pid;	   /* also its process group */
	int output;	   /* reading end of its stdout */
	siginfo_t end; /* how it ended, once it has */
	TimestampTz deadline;
} Running;

/* Descriptors of the server are no business of the command's. */
static void
close_others(void)
{
	long limit = sysconf(_SC_OPEN_MAX);

#ifdef SYS_close_range
	if (syscall(SYS_close_range, 3, ~0U, 0) == 0)
		return;
#endif
	for (int fd = 3; fd < limit; fd++)
		close(fd);
}

/* In the child: become /bin/sh -c command, writing to `output`. */
static void
become_command(const char *command, int output)
{
	int null = open("/dev/null", O_RDONLY);
	sigset_t none;

	setpgid(0, 0);
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0)
		_exit(126);
	close_others();
	signal(SIGPIPE, SIG_DFL); /* ignored signals stay ignored over exec, blocked ones blocked */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execl("/bin/sh", "sh", "-c", command, (char *) NULL);
	_exit(127);
}

static bool
start_command(const char *command, Running *run, GdprKeyReason *why)
{
	int channel[2];

	if (pipe(channel) != 0)
		return gdpr_key_refuse(why, "Free resources of the host, then SELECT pg_reload_conf().",
							   "No pipe to gdpr.key_command could be made: %s.", strerror(errno));
	fflush(NULL);
	run->pid = fork();
	if (run->pid == 0)
		become_command(command, channel[1]);

	close(channel[1]);
	if (run->pid < 0)
	{
		close(channel[0]);
		return gdpr_key_refuse(why, "Free resources of the host, then SELECT pg_reload_conf().",
							   "gdpr.key_command could not be started: %s.", strerror(errno));
	}
	setpgid(run->pid, run->pid); /* the first of us two */
	fcntl(channel[0], F_SETFD, FD_CLOEXEC);
	run->output = channel[0];
	memset(&run->end, 0, sizeof(run->end));
	run->deadline = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), gdpr_key_command_timeout * 1000L);
	return true;
}

static long
milliseconds_left(const Running *run)
{
	return TimestampDifferenceMilliseconds(GetCurrentTimestamp(), run->deadline);
}

/*
 * Not reaped yet: as long as it is a zombie no one else can have its number, and its group can be killed safely.
 */
static bool
has_ended(Running *run)
{
	if (run->end.si_pid == 0 && waitid(P_PID, run->pid, &run->end, WEXITED | WNOHANG | WNOWAIT) != 0)
		run->end.si_pid = 0;
	return run->end.si_pid != 0;
}

/* End the command and everything it started. */
static void
stop_command(Running *run)
{
	close(run->output);
	if (!has_ended(run))
	{
		kill(-run->pid, SIGTERM);
		for (int waited = 0; waited < KILL_GRACE_MS && !has_ended(run); waited += REAP_POLL_MS)
			pg_usleep(REAP_POLL_MS * 1000L);
	}
	kill(-run->pid, SIGKILL);
	while (waitpid(run->pid, NULL, 0) < 0 && errno == EINTR)
		;
}

static bool
timed_out(GdprKeyReason *why)
{
	return gdpr_key_refuse(
		why, "Fix gdpr.key_command or raise gdpr.key_command_timeout, then SELECT pg_reload_conf().",
		"gdpr.key_command timed out after %d s.", gdpr_key_command_timeout);
}

/* Wait until there is something to do, or for `pipe` = PGINVALID_SOCKET a moment. False when the server stops. */
static bool
wait_for(Running *run, pgsocket pipe, long timeout, GdprKeyReason *why)
{
	int events = WL_LATCH_SET | WL_TIMEOUT | WL_POSTMASTER_DEATH;
	int rc;

	if (pipe != PGINVALID_SOCKET)
		events |= WL_SOCKET_READABLE;
	rc = WaitLatchOrSocket(MyLatch, events, pipe, timeout, PG_WAIT_EXTENSION);
	if (rc & WL_LATCH_SET)
		ResetLatch(MyLatch);
	if (rc & WL_POSTMASTER_DEATH)
	{
		stop_command(run);
		proc_exit(1);
	}
	if (ShutdownRequestPending)
		return gdpr_key_refuse(why, "Start the server.", "The server is stopping.");
	return true;
}

/* Collect stdout until the command closes it. */
static bool
collect_output(Running *run, GdprKeyText *out, GdprKeyReason *why)
{
	for (;;)
	{
		long left = milliseconds_left(run);
		ssize_t got;

		if (left <= 0)
			return timed_out(why);
		if (!wait_for(run, run->output, left, why))
			return false;
		got = read(run->output, out->text + out->len, sizeof(out->text) - out->len);
		if (got < 0 && (errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK))
			continue;
		if (got < 0)
			return gdpr_key_refuse(why, "Fix gdpr.key_command, then SELECT pg_reload_conf().",
								   "The output of gdpr.key_command could not be read: %s.", strerror(errno));
		out->len += got;
		if (out->len == sizeof(out->text))
			return gdpr_key_refuse(
				why, "Fix gdpr.key_command so that it prints key lines only, then SELECT pg_reload_conf().",
				"gdpr.key_command printed more than %d kB.", GDPR_KEY_TEXT_MAX / 1024);
		if (got == 0)
			return true;
	}
}

static bool
await_end(Running *run, GdprKeyReason *why)
{
	while (!has_ended(run))
	{
		if (milliseconds_left(run) <= 0)
			return timed_out(why);
		if (!wait_for(run, PGINVALID_SOCKET, REAP_POLL_MS, why))
			return false;
	}
	if (run->end.si_code != CLD_EXITED)
		return gdpr_key_refuse(
			why, "See the server log for what it wrote to stderr; then SELECT pg_reload_conf().",
			"gdpr.key_command was ended by signal %d.", run->end.si_status);
	if (run->end.si_status != 0)
		return gdpr_key_refuse(
			why, "See the server log for what it wrote to stderr; then SELECT pg_reload_conf().",
			"gdpr.key_command failed with exit status %d.", run->end.si_status);
	return true;
}

static bool
run_command(const char *command, GdprKeyText *out, GdprKeyReason *why)
{
	Running run;
	bool ok;

	if (!start_command(command, &run, why))
		return false;
	if (fcntl(run.output, F_SETFL, O_NONBLOCK) != 0)
		ok = gdpr_key_refuse(why, "Free resources of the host, then SELECT pg_reload_conf().",
							 "The output of gdpr.key_command could not be read: %s.", strerror(errno));
	else
		ok = collect_output(&run, out, why) && await_end(&run, why);
	stop_command(&run);

	if (ok && out->len == 0)
		ok = gdpr_key_refuse(
			why,
			"Fix gdpr.key_command so that it prints the key lines on stdout, then SELECT pg_reload_conf().",
			"gdpr.key_command printed nothing.");
	return ok;
}
