/* SPDX-License-Identifier: MIT */
/*
 * The worker, driven over its protocol, against a real smbd, which is this program's own, on loopback:
 * as the user who runs it, or with the argument "user" as an ordinary one.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <pwd.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "message.h"
#include "netdisc.h"
#include "rundir.h"

extern char **environ;

enum {
    PATIENCE_MS = 20000,
    PROMPTLY_MS = 10000, /* libsmbclient itself takes 20 s or 40 s where this is asked for */
    NOBODY = 65534,
    TEXT = 512
};

#define ID "0123456789abcdef0123456789abcdef"

static const char *program; /* the program */
static const char
    *checker_log;      /* a directory: what a checker of programs says of each worker; NULL: there is
                                   none */
static char world[64]; /* everything is in this directory */
static int port;
static pid_t smbd;

/* ---- The world ------------------------------------------------------------------------------ */

static void check(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "# %s: %s\n", what, strerror(errno));
    exit(1);
}

/* A path in the world; good until the fourth call from now. */
__attribute__((format(printf, 1, 2))) static const char *in_world(const char *format, ...)
{
    static char paths[4][TEXT];
    static unsigned next;
    char *path = paths[next++ % 4];
    int used = snprintf(path, TEXT, "%s/", world);
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(path + used, TEXT - (size_t)used, format, arguments);
    va_end(arguments);
    return path;
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");

    check(file && fputs(text, file) >= 0 && fclose(file) == 0, path);
}

static char *read_file(const char *path)
{
    static char text[65536];
    FILE *file = fopen(path, "re");

    if (!file)
        return NULL;
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    return text;
}

static pid_t run(const char *const *argv, const char *input, const char *output)
{
    pid_t parent = getpid(), pid = fork();

    check(pid >= 0, "fork");
    if (pid > 0)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);

    int in = open(input, O_RDONLY), out = open(output, O_WRONLY | O_CREAT | O_APPEND, 0600);

    if (getppid() != parent || setpgid(0, 0) || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
        _exit(127);
    execvp(argv[0], (char *const *)argv);
    _exit(127);
}

static int wait_for(pid_t pid)
{
    int status = 0;

    while (waitpid(pid, &status, 0) < 0)
        check(errno == EINTR, "waitpid");
    return status;
}

static const char *const shares[] = {"pub", "priv", "denied", "ro", "a b 100%#\xc3\xa9"};

static void write_config(void)
{
    static const char *const places[] = {"private dir",     "lock directory", "state directory",
                                         "cache directory", "pid directory",  "ncalrpc dir"};
    const char *me = getpwuid(getuid())->pw_name;
    FILE *file = fopen(in_world("smb.conf"), "we");

    check(file, "smb.conf");
    fprintf(file, "[global]\n");
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        check(mkdir(in_world("%s", places[i]), 0755) == 0, places[i]);
        fprintf(file, "%s = %s/%s\n", places[i], world, places[i]);
    }
    fprintf(file,
            "log file = %s/log\nsmb ports = %d\ninterfaces = 127.0.0.1/8\nbind interfaces only = yes\n"
            "disable netbios = yes\nload printers = no\nusershare max shares = 0\nguest account = %s\n"
            /* To an ordinary user's smbd its guest is not the owner of its files. */
            "force create mode = 0777\nforce directory mode = 0777\n"
            "username map = %s/users\n",
            world, port, me, world);
    for (size_t i = 0; i < sizeof shares / sizeof shares[0]; i++) {
        check(mkdir(in_world("files %zu", i), 0777) == 0, shares[i]);
        fprintf(file, "[%s]\npath = %s/files %zu\nread only = %s\nguest ok = %s\n%s", shares[i], world,
                i, strcmp(shares[i], "ro") == 0 ? "yes" : "no",
                strstr("priv denied", shares[i]) ? "no" : "yes",
                strcmp(shares[i], "denied") == 0 ? "valid users = nosuchuser\n" : "");
    }
    check(fclose(file) == 0, "smb.conf");

    char users[TEXT];

    snprintf(users, sizeof users, "!%s = alice\n", me);
    write_file(in_world("users"), users);

    const char *const pdbedit[] = {"pdbedit", "-s", in_world("smb.conf"), "-a", "-t", "-u", me, NULL};

    write_file(in_world("password"), "wonder\nwonder\n");
    check(wait_for(run(pdbedit, in_world("password"), in_world("pdbedit.log"))) == 0, "pdbedit");
}

static int knock(int at)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)at)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd, (struct sockaddr *)&address, sizeof address)) {
        close(fd);
        return -1;
    }
    return fd;
}

/* A port that nobody has, or, listening, this program. */
static int free_port(int *listener)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    check(bind(fd, (struct sockaddr *)&address, size) == 0, "bind");
    check(getsockname(fd, (struct sockaddr *)&address, &size) == 0, "getsockname");
    if (listener)
        check(listen(*listener = fd, 5) == 0, "listen");
    else
        close(fd);
    return ntohs(address.sin_port);
}

static void nap(void)
{
    poll(NULL, 0, 10);
}

static void start_smbd(void)
{
    const char *const argv[] = {"smbd",           "-F", "--no-process-group", "-s", in_world("smb.conf"),
                                "--debug-stdout", NULL};
    int64_t deadline = nd_clock_ms() + PATIENCE_MS;
    int fd;

    smbd = run(argv, "/dev/null", in_world("smbd.log"));
    while ((fd = knock(port)) < 0 && nd_clock_ms() < deadline)
        nap();
    check(fd >= 0, "smbd");
    close(fd);
}

/* All of its processes. */
static void signal_smbd(int number)
{
    kill(-smbd, number);
}

static void be_nobody(void)
{
    check(setgroups(0, NULL) == 0 && setgid(NOBODY) == 0 && setuid(NOBODY) == 0, "setuid");
    prctl(PR_SET_DUMPABLE, 1);
}

static void enter_namespaces(void)
{
    struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    int fd;

    check(unshare(CLONE_NEWNET | CLONE_NEWNS) == 0, "unshare");
    check(mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) == 0, "private mounts");
    fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    check(ioctl(fd, SIOCSIFFLAGS, &lo) == 0, "lo");
    close(fd);
}

static int make_world(void **state)
{
    (void)state;
    snprintf(world, sizeof world, "/tmp/netdisc-worker-XXXXXX");
    check(mkdtemp(world), world);
    check(mkdir(in_world("run"), 0700) == 0, "run");
    setenv("XDG_RUNTIME_DIR", in_world("run"), 1);
    setenv("HOME", world, 1);
    unsetenv("DBUS_SESSION_BUS_ADDRESS");
    port = free_port(NULL);
    write_config();
    start_smbd();
    return 0;
}

static int remove_one(const char *path, const struct stat *unused, int type, struct FTW *where)
{
    (void)unused, (void)type, (void)where;
    return remove(path);
}

static int end_world(void **state)
{
    const char *said = read_file(in_world("worker.log"));

    (void)state;
    /* libsmbclient and fusermount3 may have had something to say, but not a checker. */
    if (strstr(said, "AddressSanitizer") || strstr(said, "data race") ||
        strstr(said, "runtime error:")) {
        fprintf(stderr, "%s", said);
        return -1;
    }
    signal_smbd(SIGKILL);
    wait_for(smbd);
    return nftw(world, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

/* ---- A worker ------------------------------------------------------------------------------- */

typedef struct wanted {
    const char *share; /* NULL: pub */
    const char *server, *local, *user, *password, *name;
    int at; /* port */
    int64_t timeout;
    bool save;
} wanted;

static int start_worker(void)
{
    static const char *const argv[] = {"netdisc-smb", NULL};
    posix_spawn_file_actions_t actions;
    int pair[2];
    pid_t pid;

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, pair[1], 0);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    /* In place of /dev/null, so that a checker can be heard. */
    posix_spawn_file_actions_addopen(&actions, 2, in_world("worker.log"), O_WRONLY | O_CREAT | O_APPEND,
                                     0600);
    assert_int_equal(posix_spawn(&pid, program, &actions, NULL, (char *const *)argv, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    close(pair[1]);
    assert_int_equal(wait_for(pid), 0);
    return pair[0];
}

static int ask(const wanted *it)
{
    nd_message request;
    int fd = start_worker();

    nd_message_init(&request, ND_MESSAGE_CONNECT);
    nd_message_put(&request, ND_FIELD_NAME, it->name ? it->name : "Z");
    nd_message_put(&request, ND_FIELD_ID, ID);
    nd_message_put(&request, ND_FIELD_REMOTE, "\\\\server\\share");
    nd_message_put(&request, ND_FIELD_SERVER, it->server ? it->server : "127.0.0.1");
    nd_message_put(&request, ND_FIELD_SHARE, it->share ? it->share : "pub");
    nd_message_put_number(&request, ND_FIELD_PORT, it->at ? it->at : port);
    nd_message_put(&request, ND_FIELD_LOCAL, it->local);
    nd_message_put(&request, ND_FIELD_USER, it->user);
    nd_message_put(&request, ND_FIELD_PASSWORD, it->password);
    nd_message_put_number(&request, ND_FIELD_AUTH,
                          it->user ? NETDISC_AUTH_PASSWORD : NETDISC_AUTH_GUEST);
    if (it->timeout)
        nd_message_put_number(&request, ND_FIELD_TIMEOUT, it->timeout);
    if (it->save)
        nd_message_put_number(&request, ND_FIELD_SAVE_PASSWORD, 1);
    assert_int_equal(nd_message_send(fd, &request, PATIENCE_MS, -1), 0);
    nd_message_clear(&request);
    return fd;
}

/* The answer: CONNECTED, after which the mapping is kept, or FAILED. */
static void make(const wanted *it, nd_message *answer)
{
    nd_message keep;
    int fd = ask(it);

    assert_int_equal(nd_message_receive(fd, answer, PATIENCE_MS, -1), 0);
    if (answer->type == ND_MESSAGE_CONNECTED) {
        nd_message_init(&keep, ND_MESSAGE_KEEP);
        assert_int_equal(nd_message_send(fd, &keep, PATIENCE_MS, -1), 0);
    }
    close(fd);
}

/* Gives where the files are. */
static const char *make_good(const wanted *it)
{
    static char path[TEXT];
    nd_message answer;

    make(it, &answer);
    if (answer.fields[ND_FIELD_TEXT])
        print_message("%s\n", answer.fields[ND_FIELD_TEXT]);
    assert_int_equal(answer.type, ND_MESSAGE_CONNECTED);
    assert_int_equal(nd_message_number(&answer, ND_FIELD_STATE, 0), NETDISC_STATE_CONNECTED);
    assert_non_null(answer.fields[ND_FIELD_PATH]);
    snprintf(path, sizeof path, "%s", answer.fields[ND_FIELD_PATH]);
    nd_message_clear(&answer);
    return path;
}

static int call(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(address.sun_path, sizeof address.sun_path, "%s/run/netdisc/Z/socket", world);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static void say_cancel(int fd, const char *id, bool by_force)
{
    nd_message request;

    nd_message_init(&request, ND_MESSAGE_CANCEL);
    nd_message_put(&request, ND_FIELD_ID, id);
    if (by_force)
        nd_message_put_number(&request, ND_FIELD_FORCE, 1);
    nd_message_put_number(&request, ND_FIELD_TIMEOUT, 3000);
    assert_int_equal(nd_message_send(fd, &request, PATIENCE_MS, -1), 0);
    nd_message_clear(&request);
}

/* NETDISC_NO_ERROR: cancelled, and the worker has ended. */
static netdisc_status cancel_id(const char *id, bool by_force)
{
    nd_message answer;
    int fd = call();
    netdisc_status status = NETDISC_NO_ERROR;

    say_cancel(fd, id, by_force);
    assert_int_equal(nd_message_receive(fd, &answer, PATIENCE_MS, -1), 0);
    if (answer.type == ND_MESSAGE_CANCELLED) {
        nd_message end;

        assert_int_equal(nd_message_receive(fd, &end, PATIENCE_MS, -1), ECONNRESET);
    } else {
        assert_int_equal(answer.type, ND_MESSAGE_FAILED);
        assert_non_null(answer.fields[ND_FIELD_TEXT]);
        status = (netdisc_status)nd_message_number(&answer, ND_FIELD_STATUS, -1);
    }
    nd_message_clear(&answer);
    close(fd);
    return status;
}

static netdisc_status cancel(bool by_force)
{
    return cancel_id(ID, by_force);
}

static bool is_mounted(const char *path)
{
    char words[2 * TEXT];

    snprintf(words, sizeof words, " %s ", path);
    return strstr(read_file("/proc/self/mountinfo"), words);
}

static bool is_gone(void)
{
    return access(in_world("run/netdisc/Z"), F_OK) != 0 && !is_mounted(in_world("run/netdisc/Z/files"));
}

static void await_gone(void)
{
    int64_t deadline = nd_clock_ms() + PATIENCE_MS;

    while (!is_gone() && nd_clock_ms() < deadline)
        nap();
    assert_true(is_gone());
}

static int64_t written_state(void)
{
    nd_rundir dir;
    nd_message info;
    int64_t state;

    assert_int_equal(nd_rundir_open(&dir, false, NULL), 0);
    assert_int_equal(nd_mapping_read(&dir, "Z", &info), 0);
    state = nd_message_number(&info, ND_FIELD_STATE, 0);
    nd_message_clear(&info);
    nd_rundir_close(&dir);
    return state;
}

static void await_state(netdisc_state state)
{
    int64_t deadline = nd_clock_ms() + PATIENCE_MS;

    while (written_state() != state && nd_clock_ms() < deadline)
        nap();
    assert_int_equal(written_state(), state);
}

static pid_t worker(void)
{
    nd_rundir dir;
    pid_t pid;

    assert_int_equal(nd_rundir_open(&dir, false, NULL), 0);
    pid = nd_mapping_worker(&dir, "Z");
    nd_rundir_close(&dir);
    assert_true(pid > 1);
    return pid;
}

/* What the server says that there is; only root can ask it. NULL: not root. */
static const char *server_status(void)
{
    const char *const argv[] = {"smbstatus", "-s", in_world("smb.conf"), NULL};

    if (geteuid() != 0)
        return NULL;
    unlink(in_world("status"));
    assert_int_equal(wait_for(run(argv, "/dev/null", in_world("status"))), 0);
    return read_file(in_world("status"));
}

static void assert_server_knows(const char *word, bool knows)
{
    const char *status = server_status();
    int64_t deadline = nd_clock_ms() + PATIENCE_MS;

    while (status && (strstr(status, word) != NULL) != knows && nd_clock_ms() < deadline)
        status = server_status();
    if (status)
        assert_int_equal(strstr(status, word) != NULL, knows);
}

/* ---- Connecting ----------------------------------------------------------------------------- */

static const wanted guest = {0};

static void files_are_there(void **state)
{
    char path[TEXT];

    (void)state;
    write_file(in_world("files 0/from-server"), "server");
    snprintf(path, sizeof path, "%s/from-server", make_good(&guest));
    assert_string_equal(read_file(path), "server");
    *strrchr(path, '/') = '\0';
    strcat(path, "/from-client");
    write_file(path, "client");
    assert_string_equal(read_file(in_world("files 0/from-client")), "client");
    assert_server_knows("\npub ", true);
    assert_int_equal(cancel(false), NETDISC_NO_ERROR);
    assert_true(is_gone());
    assert_server_knows("\npub ", false);
}

static void password_is_nowhere_written(void **state)
{
    const wanted private = {.share = "priv", .user = "alice", .password = "wonder", .save = true};
    nd_message answer;

    (void)state;
    make(&private, &answer);
    assert_int_equal(answer.type, ND_MESSAGE_CONNECTED);
    assert_string_equal(answer.fields[ND_FIELD_USER], "alice");
    assert_null(answer.fields[ND_FIELD_PASSWORD]);
    /* There is no keyring. */
    assert_non_null(answer.fields[ND_FIELD_TEXT]);
    assert_non_null(strstr(answer.fields[ND_FIELD_TEXT], "could not be kept"));
    nd_message_clear(&answer);
    assert_null(memmem(read_file(in_world("run/netdisc/Z/info")), 200, "wonder", 6));
    assert_int_equal(cancel(false), NETDISC_NO_ERROR);
}

static void refusals_are_told_apart(void **state)
{
    static const struct {
        wanted what;
        int64_t status, native;
    } cases[] = {
        {{.share = "priv", .user = "alice", .password = "wrong"}, 0, 0xc000006d},
        {{.share = "priv", .user = "alice"}, 0, 0xc000006d},
        {{.share = "denied", .user = "alice", .password = "wonder"}, 0, 0xc0000022},
        {{.share = "priv"}, 0, 0xc0000022},
        {{.share = "nosuch"}, NETDISC_ERROR_BAD_NET_NAME, 0xc00000cc},
        {{.at = 1}, NETDISC_ERROR_BAD_NETPATH, 0xc0000236},
        {{.server = "no-such-host.invalid"}, NETDISC_ERROR_BAD_NETPATH, 0xc0000001},
        {{.server = "fe80::1"}, NETDISC_ERROR_NOT_SUPPORTED, 0},
        {{.local = "/proc/self"}, 0, ENOTEMPTY},
        {{.local = "/no-such-place"}, 0, ENOENT},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        nd_message answer;

        make(&cases[i].what, &answer);
        assert_int_equal(answer.type, ND_MESSAGE_FAILED);
        assert_int_equal(nd_message_number(&answer, ND_FIELD_STATUS, -1), cases[i].status);
        assert_int_equal(nd_message_number(&answer, ND_FIELD_NATIVE_CODE, 0), cases[i].native);
        assert_non_null(answer.fields[ND_FIELD_TEXT]);
        nd_message_clear(&answer);
        await_gone();
    }
}

static void directory_of_others_is_refused(void **state)
{
    nd_message answer;

    (void)state;
    assert_int_equal(chmod(in_world("run"), 0777), 0);
    make(&guest, &answer);
    assert_int_equal(chmod(in_world("run"), 0700), 0);
    assert_int_equal(answer.type, ND_MESSAGE_FAILED);
    assert_int_equal(nd_message_number(&answer, ND_FIELD_STATUS, 0), NETDISC_ERROR_ACCESS_DENIED);
    assert_non_null(answer.fields[ND_FIELD_TEXT]);
    nd_message_clear(&answer);
}

static void name_is_taken_once(void **state)
{
    nd_message answer;

    (void)state;
    make_good(&guest);
    make(&guest, &answer);
    assert_int_equal(answer.type, ND_MESSAGE_FAILED);
    assert_int_equal(nd_message_number(&answer, ND_FIELD_STATUS, 0), NETDISC_ERROR_ALREADY_ASSIGNED);
    nd_message_clear(&answer);
    assert_int_equal(cancel(false), NETDISC_NO_ERROR);
}

static void nothing_stays_that_is_not_kept(void **state)
{
    nd_message answer;
    int fd = ask(&guest);

    (void)state;
    assert_int_equal(nd_message_receive(fd, &answer, PATIENCE_MS, -1), 0);
    assert_int_equal(answer.type, ND_MESSAGE_CONNECTED);
    nd_message_clear(&answer);
    assert_false(is_gone());
    close(fd);
    await_gone();
    assert_server_knows("\npub ", false);
}

/* While libsmbclient waits for a server that says nothing. */
static void connecting_can_be_ended(void **state)
{
    int listener, fd;
    const wanted silent = {.at = free_port(&listener)};
    int64_t before = nd_clock_ms();
    nd_message answer;

    (void)state;
    fd = ask(&silent);
    assert_true(accept4(listener, NULL, NULL, SOCK_CLOEXEC) >= 0);
    close(fd);
    await_gone();
    fd = ask(&silent);
    assert_true(accept4(listener, NULL, NULL, SOCK_CLOEXEC) >= 0);
    assert_int_equal(written_state(), NETDISC_STATE_CONNECTING);
    assert_int_equal(cancel(false), NETDISC_NO_ERROR);
    assert_true(is_gone());
    assert_int_equal(nd_message_receive(fd, &answer, PATIENCE_MS, -1), ECONNRESET);
    assert_true(nd_clock_ms() - before < PROMPTLY_MS);
    close(fd);
    close(listener);
}

static void silent_server_takes_no_longer_than_asked(void **state)
{
    int listener;
    const wanted silent = {.at = free_port(&listener), .timeout = 1500};
    int64_t before = nd_clock_ms();
    nd_message answer;

    (void)state;
    make(&silent, &answer);
    assert_int_equal(answer.type, ND_MESSAGE_FAILED);
    assert_int_equal(nd_message_number(&answer, ND_FIELD_STATUS, 0), NETDISC_ERROR_BAD_NETPATH);
    assert_in_range(nd_clock_ms() - before, 1000, 8000);
    nd_message_clear(&answer);
    close(listener);
    await_gone();
}

/* What a caller gives for connecting is not what files are given. */
static void files_take_longer_than_connecting(void **state)
{
    const wanted it = {.timeout = 1000};
    char path[2 * TEXT];
    const char *const cat[] = {"cat", path, NULL};
    pid_t reader;

    (void)state;
    write_file(in_world("files 0/slow"), "slow");
    snprintf(path, sizeof path, "%s/slow", make_good(&it));
    signal_smbd(SIGSTOP);
    reader = run(cat, "/dev/null", "/dev/null");
    poll(NULL, 0, 1500);
    signal_smbd(SIGCONT);
    assert_int_equal(wait_for(reader), 0);
    assert_int_equal(cancel(false), NETDISC_NO_ERROR);
}

static void mount_point_of_the_users(void **state)
{
    char place[TEXT];
    const wanted it = {.local = place};

    (void)state;
    snprintf(place, sizeof place, "%s", in_world("a \\ place"));
    assert_int_equal(mkdir(place, 0700), 0);
    assert_string_equal(make_good(&it), place);
    write_file(in_world("a \\ place/here"), "here");
    assert_string_equal(read_file(in_world("files 0/here")), "here");
    assert_int_equal(cancel(false), NETDISC_NO_ERROR);
    assert_true(access(in_world("a \\ place/here"), F_OK) != 0);
    assert_true(is_gone());
}

static void without_fuse_there_are_no_files(void **state)
{
    nd_message answer;

    (void)state;
    write_file(in_world("no-fuse"), "");
    assert_int_equal(mount(in_world("no-fuse"), "/dev/fuse", "none", MS_BIND, NULL), 0);
    make(&guest, &answer);
    assert_int_equal(umount2("/dev/fuse", 0), 0);
    assert_int_equal(answer.type, ND_MESSAGE_CONNECTED);
    assert_null(answer.fields[ND_FIELD_PATH]);
    assert_non_null(answer.fields[ND_FIELD_TEXT]);
    nd_message_clear(&answer);
    assert_server_knows("\npub ", true);
    assert_int_equal(cancel(false), NETDISC_NO_ERROR);
    assert_server_knows("\npub ", false);
}

/* A bus that takes the call and never answers, as one does that waits for the user's word. */
static void silent_keyring_is_not_waited_for(void **state)
{
    const wanted private = {.share = "priv", .user = "alice", .password = "wonder", .save = true};
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    char bus[TEXT];
    int64_t before = nd_clock_ms();
    nd_message answer;

    (void)state;
    snprintf(address.sun_path, sizeof address.sun_path, "%s/bus", world);
    snprintf(bus, sizeof bus, "unix:path=%s", address.sun_path);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(listener, 5), 0);
    setenv("DBUS_SESSION_BUS_ADDRESS", bus, 1);
    make(&private, &answer);
    unsetenv("DBUS_SESSION_BUS_ADDRESS");
    close(listener);
    assert_int_equal(answer.type, ND_MESSAGE_CONNECTED);
    assert_non_null(strstr(answer.fields[ND_FIELD_TEXT], "could not be kept"));
    nd_message_clear(&answer);
    assert_in_range(nd_clock_ms() - before, 0, PROMPTLY_MS);
    assert_int_equal(cancel(false), NETDISC_NO_ERROR);
}

/* ---- Files ---------------------------------------------------------------------------------- */

static void names_are_as_they_are(void **state)
{
    static const char *const names[] = {"a b",  "100%",  "%41", "x#y", "\xc3\xbcn\xc3\xaf",
                                        "a;b",  "a&b=c", "q+p", "[x]", "~t",
                                        " led", "d@e",   "it's"};
    const wanted odd = {.share = shares[4]};
    const char *root = make_good(&odd);
    char path[2 * TEXT], other[2 * TEXT];

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(path, sizeof path, "%s/d%s", root, names[i]);
        assert_int_equal(mkdir(path, 0700), 0);
        snprintf(path, sizeof path, "%s/%s", root, names[i]);
        write_file(path, names[i]);
        snprintf(other, sizeof other, "%s/d%s/%s", root, names[i], names[i]);
        assert_int_equal(rename(path, other), 0);
        assert_string_equal(read_file(in_world("files 4/d%s/%s", names[i], names[i])), names[i]);
        assert_int_equal(unlink(other), 0);
        *strrchr(other, '/') = '\0';
        assert_int_equal(rmdir(other), 0);
    }
    /* To SMB these would be a stream, a pattern, another directory. */
    snprintf(path, sizeof path, "%s/a:b", root);
    assert_int_equal(open(path, O_CREAT | O_WRONLY, 0600), -1);
    snprintf(path, sizeof path, "%s/a*", root);
    assert_int_equal(unlink(path), -1);
    snprintf(path, sizeof path, "%s/a\\b", root);
    assert_int_equal(mkdir(path, 0700), -1);
    assert_int_equal(cancel(false), NETDISC_NO_ERROR);
}

enum { BIG = 3 << 20 };

static void bytes_are_what_was_written(void **state)
{
    unsigned char *bytes = malloc(BIG), *back = malloc(BIG);
    char path[2 * TEXT];
    int one, other;

    (void)state;
    for (size_t i = 0; i < BIG; i++)
        bytes[i] = (unsigned char)(i * 31 + i / 4099);
    snprintf(path, sizeof path, "%s/big", make_good(&guest));
    one = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    assert_int_equal(pwrite(one, bytes, BIG, 0), BIG);
    other = open(path, O_RDONLY | O_DIRECT | O_CLOEXEC);
    assert_true(one >= 0 && other >= 0);

    /* Past the page cache, so that what has been read ahead is what is seen. */
    for (off_t at = 0; at < 1 << 20; at += 65536)
        assert_int_equal(pread(other, back + at, 65536, at), 65536);
    assert_memory_equal(back, bytes, 1 << 20);
    bytes[(1 << 20) + 70000] = 'X';
    assert_int_equal(pwrite(one, bytes + (1 << 20) + 70000, 1, (1 << 20) + 70000), 1);
    for (off_t at = 1 << 20; at < BIG; at += 65536)
        assert_int_equal(pread(other, back + at, 65536, at), 65536);
    assert_memory_equal(back, bytes, BIG);

    assert_int_equal(ftruncate(one, 70001), 0);
    assert_int_equal(pread(other, back, 65536, 65536), 70001 - 65536);
    assert_int_equal(fsync(one), 0);
    close(one);
    close(other);

    struct stat is;
    const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = 1000000000}};

    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
    assert_int_equal(stat(in_world("files 0/big"), &is), 0);
    assert_int_equal(is.st_size, 70001);
    assert_int_equal(is.st_mtim.tv_sec, 1000000000);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(cancel(false), NETDISC_NO_ERROR);
    free(bytes);
    free(back);
}

static int64_t time_at_server(const char *name)
{
    struct stat is;

    assert_int_equal(stat(in_world("files 0/%s", name), &is), 0);
    return is.st_mtim.tv_sec;
}

/* The server has its own idea of when a file was last written, as soon as that is closed. */
static void times_outlive_closing(void **state)
{
    const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = 1000000000}};
    char path[2 * TEXT];
    int fd;

    (void)state;
    snprintf(path, sizeof path, "%s/timed", make_good(&guest));
    fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(write(fd, "timed", 5), 5);
    assert_int_equal(futimens(fd, times), 0);
    close(fd);
    assert_int_equal(cancel(false), NETDISC_NO_ERROR);
    assert_int_equal(time_at_server("timed"), 1000000000);

    make_good(&guest);
    fd = open(path, O_WRONLY | O_CLOEXEC);
    assert_int_equal(futimens(fd, times), 0);
    assert_int_equal(write(fd, "later", 5), 5);
    close(fd);
    assert_int_equal(cancel(false), NETDISC_NO_ERROR);
    assert_true(time_at_server("timed") > 1000000000);
}

/* Of a file's mode SMB has that it is not to be written. */
static void mode_is_what_smb_has_of_it(void **state)
{
    char path[2 * TEXT];

    (void)state;
    snprintf(path, sizeof path, "%s/mode", make_good(&guest));
    write_file(path, "mode");
    assert_int_equal(chmod(path, 0500), 0);
    assert_int_equal(open(path, O_WRONLY), -1);
    assert_int_equal(chmod(path, 0644), -1);
    assert_int_equal(errno, ENOSYS);
    assert_int_equal(chmod(path, 0700), 0);
    write_file(path, "again");
    assert_string_equal(read_file(in_world("files 0/mode")), "again");
    assert_int_equal(cancel(false), NETDISC_NO_ERROR);
}

static void errors_are_the_servers(void **state)
{
    const wanted readonly = {.share = "ro"};
    char path[2 * TEXT];
    const char *root;

    (void)state;
    write_file(in_world("files 3/file"), "x");
    root = make_good(&readonly);
    snprintf(path, sizeof path, "%s/file", root);
    assert_string_equal(read_file(path), "x");
    assert_int_equal(open(path, O_WRONLY), -1);
    assert_int_equal(errno, EACCES);
    assert_int_equal(unlink(path), -1);
    assert_int_equal(rmdir(path), -1);
    assert_int_equal(errno, ENOTDIR);
    snprintf(path, sizeof path, "%s/none", root);
    assert_int_equal(open(path, O_RDONLY), -1);
    assert_int_equal(errno, ENOENT);
    assert_int_equal(cancel(false), NETDISC_NO_ERROR);
}

/* ---- Ending --------------------------------------------------------------------------------- */

static void only_its_own_id_ends_it(void **state)
{
    (void)state;
    make_good(&guest);
    assert_int_equal(cancel_id("ffffffffffffffffffffffffffffffff", true), NETDISC_ERROR_NOT_CONNECTED);
    assert_int_equal(cancel(false), NETDISC_NO_ERROR);
}

static void open_file_is_respected(void **state)
{
    char path[2 * TEXT], byte;
    int fd;

    (void)state;
    write_file(in_world("files 0/held"), "held");
    snprintf(path, sizeof path, "%s/held", make_good(&guest));
    fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_server_knows(" held ", true);
    assert_int_equal(cancel(false), NETDISC_ERROR_OPEN_FILES);
    assert_int_equal(read(fd, &byte, 1), 1);
    close(fd);
    /* At once, though the file system may not yet have heard of it. */
    assert_int_equal(cancel(false), NETDISC_NO_ERROR);
}

static void force_closes_files(void **state)
{
    char path[2 * TEXT], byte;
    int fd;

    (void)state;
    snprintf(path, sizeof path, "%s/held", make_good(&guest));
    fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_server_knows(" held ", true);
    assert_int_equal(cancel(true), NETDISC_NO_ERROR);
    assert_true(is_gone());
    assert_server_knows(" held ", false);
    assert_int_equal(read(fd, &byte, 1), -1);
    close(fd);
}

static void working_directory_is_busy(void **state)
{
    int fd;

    (void)state;
    /* Like a working directory: nothing that the file system hears of. */
    fd = open(make_good(&guest), O_PATH | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(cancel(false), NETDISC_ERROR_BUSY);
    assert_false(is_gone());
    assert_int_equal(written_state(), NETDISC_STATE_CONNECTED);
    close(fd);
    assert_int_equal(cancel(false), NETDISC_NO_ERROR);
    assert_true(is_gone());
}

static void frozen_server_holds_nobody_idle(void **state)
{
    int64_t before;

    (void)state;
    make_good(&guest);
    signal_smbd(SIGSTOP);
    before = nd_clock_ms();
    assert_int_equal(cancel(false), NETDISC_NO_ERROR);
    assert_true(nd_clock_ms() - before < PROMPTLY_MS);
    signal_smbd(SIGCONT);
    assert_true(is_gone());
}

static void frozen_server_holds_nobody_by_force(void **state)
{
    char path[2 * TEXT];
    const char *const cat[] = {"cat", path, NULL};
    int64_t before;
    pid_t reader;

    (void)state;
    snprintf(path, sizeof path, "%s/held", make_good(&guest));

    int fd = open(path, O_RDONLY | O_CLOEXEC);

    assert_true(fd >= 0);
    signal_smbd(SIGSTOP);
    reader = run(cat, "/dev/null", "/dev/null");
    assert_int_equal(cancel(false), NETDISC_ERROR_OPEN_FILES);
    before = nd_clock_ms();
    assert_int_equal(cancel(true), NETDISC_NO_ERROR);
    assert_true(nd_clock_ms() - before < PROMPTLY_MS);
    assert_int_not_equal(wait_for(reader), 0);
    signal_smbd(SIGCONT);
    assert_true(is_gone());
    close(fd);
}

static void dead_worker_is_cleaned_up_after(void **state)
{
    nd_message message;
    int fd;

    (void)state;
    make_good(&guest);
    assert_int_equal(kill(worker(), SIGKILL), 0);

    char path[TEXT];

    snprintf(path, sizeof path, "%s", in_world("run/netdisc/Z/files"));
    assert_true(is_mounted(path));
    fd = start_worker();
    nd_message_init(&message, ND_MESSAGE_CLEAN);
    int64_t deadline = nd_clock_ms() + PATIENCE_MS;

    /* The kernel may be at burying it still. */
    while (access(path, F_OK) == 0 && nd_clock_ms() < deadline)
        nap();
    assert_int_equal(nd_message_send(fd, &message, PATIENCE_MS, -1), 0);
    assert_int_equal(nd_message_receive(fd, &message, PATIENCE_MS, -1), 0);
    assert_int_equal(message.type, ND_MESSAGE_CLEANED);
    nd_message_clear(&message);
    close(fd);
    assert_true(is_gone());
}

static void live_worker_is_not_cleaned_up(void **state)
{
    nd_message message;
    int fd;

    (void)state;
    make_good(&guest);
    fd = start_worker();
    nd_message_init(&message, ND_MESSAGE_CLEAN);
    assert_int_equal(nd_message_send(fd, &message, PATIENCE_MS, -1), 0);
    assert_int_equal(nd_message_receive(fd, &message, PATIENCE_MS, -1), 0);
    nd_message_clear(&message);
    close(fd);
    assert_false(is_gone());
    assert_int_equal(cancel(false), NETDISC_NO_ERROR);
}

static void signal_ends_it(void **state)
{
    (void)state;
    make_good(&guest);
    assert_int_equal(kill(worker(), SIGTERM), 0);
    await_gone();
    assert_server_knows("\npub ", false);
}

static void unmounted_by_others_it_ends(void **state)
{
    const char *const argv[] = {"fusermount3", "-u", make_good(&guest), NULL};

    (void)state;
    assert_int_equal(wait_for(run(argv, "/dev/null", in_world("fusermount.log"))), 0);
    await_gone();
    assert_server_knows("\npub ", false);
}

/* smbd ends while the mapping stays, and comes back. */
static void server_is_lost_and_found(void **state)
{
    char path[2 * TEXT], byte;
    int fd;

    (void)state;
    snprintf(path, sizeof path, "%s/held", make_good(&guest));
    fd = open(path, O_RDONLY | O_DIRECT | O_CLOEXEC);
    assert_true(fd >= 0);
    signal_smbd(SIGKILL);
    wait_for(smbd);
    await_state(NETDISC_STATE_LOST);
    start_smbd();
    assert_int_equal(read(fd, &byte, 1), -1);
    assert_int_equal(errno, EIO);
    close(fd);
    assert_string_equal(read_file(path), "held");
    await_state(NETDISC_STATE_CONNECTED);
    assert_int_equal(cancel(false), NETDISC_NO_ERROR);
    assert_true(is_gone());
}

static void others_do_not_stop_it(void **state)
{
    static const char garbage[] = "GET / HTTP/1.0\r\n\r\n";
    int silent, half, wrong;
    char byte;

    (void)state;
    make_good(&guest);
    silent = call();
    half = call();
    assert_int_equal(send(half, "ndsm", 4, MSG_NOSIGNAL), 4);
    wrong = call();
    assert_int_equal(send(wrong, garbage, sizeof garbage, MSG_NOSIGNAL), sizeof garbage);
    assert_true(recv(wrong, &byte, 1, 0) <= 0);
    assert_int_equal(cancel(false), NETDISC_NO_ERROR);
    close(silent);
    close(half);
    close(wrong);
}

/* In a stranger's process; 0: it was hung up on without an answer. */
static int ask_as_a_stranger(void)
{
    nd_message order, answer;
    int fd, code;

    if (setgroups(0, NULL) || setgid(NOBODY) || setuid(NOBODY))
        return 2;
    fd = call();
    nd_message_init(&order, ND_MESSAGE_CANCEL);
    nd_message_put(&order, ND_FIELD_ID, ID);
    nd_message_put_number(&order, ND_FIELD_FORCE, 1);
    code = nd_message_send(fd, &order, PATIENCE_MS, -1);
    if (code == 0)
        code = nd_message_receive(fd, &answer, PATIENCE_MS, -1);
    return code != ECONNRESET && code != EPIPE;
}

/* Even if they can reach its socket. */
static void strangers_are_not_heard(void **state)
{
    static const char *const places[] = {".", "run", "run/netdisc", "run/netdisc/Z"};
    pid_t stranger;
    int status = -1;

    (void)state;
    make_good(&guest);
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        assert_int_equal(chmod(in_world("%s", places[i]), 0755), 0);
    assert_int_equal(chmod(in_world("run/netdisc/Z/socket"), 0777), 0);
    stranger = fork();
    if (stranger == 0)
        _exit(ask_as_a_stranger());
    assert_int_equal(waitpid(stranger, &status, 0), stranger);
    assert_int_equal(status, 0);
    for (size_t i = 1; i < sizeof places / sizeof places[0]; i++)
        assert_int_equal(chmod(in_world("%s", places[i]), 0700), 0);
    assert_int_equal(written_state(), NETDISC_STATE_CONNECTED);
    assert_int_equal(cancel(false), NETDISC_NO_ERROR);
}

/* ---- What a checker of programs has found ---------------------------------------------------- */

typedef bool (*log_fn)(const char *path);

static bool each_log(log_fn act)
{
    char path[2 * TEXT];
    DIR *all = opendir(checker_log);
    bool good = all != NULL;

    for (const struct dirent *one; all && (one = readdir(all));) {
        snprintf(path, sizeof path, "%s/%s", checker_log, one->d_name);
        if (one->d_name[0] != '.')
            good = act(path) && good;
    }
    if (all)
        closedir(all);
    return good;
}

static bool forget_log(const char *path)
{
    return unlink(path) == 0;
}

static bool log_is_empty(const char *path)
{
    FILE *log = fopen(path, "re");
    char line[TEXT];
    bool empty = log != NULL;

    while (log && fgets(line, sizeof line, log)) {
        print_message("# %s", line);
        empty = false;
    }
    if (log)
        fclose(log);
    return empty;
}

static void checker_has_found_nothing(void **state)
{
    (void)state;
    assert_true(each_log(log_is_empty));
}

static void prepare_logs(void)
{
    check(mkdir(checker_log, 0700) == 0 || errno == EEXIST, checker_log);
    check(each_log(forget_log), checker_log);
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_there),
        cmocka_unit_test(password_is_nowhere_written),
        cmocka_unit_test(silent_keyring_is_not_waited_for),
        cmocka_unit_test(refusals_are_told_apart),
        cmocka_unit_test(directory_of_others_is_refused),
        cmocka_unit_test(name_is_taken_once),
        cmocka_unit_test(nothing_stays_that_is_not_kept),
        cmocka_unit_test(connecting_can_be_ended),
        cmocka_unit_test(silent_server_takes_no_longer_than_asked),
        cmocka_unit_test(files_take_longer_than_connecting),
        cmocka_unit_test(mount_point_of_the_users),
        cmocka_unit_test(names_are_as_they_are),
        cmocka_unit_test(bytes_are_what_was_written),
        cmocka_unit_test(times_outlive_closing),
        cmocka_unit_test(mode_is_what_smb_has_of_it),
        cmocka_unit_test(errors_are_the_servers),
        cmocka_unit_test(only_its_own_id_ends_it),
        cmocka_unit_test(open_file_is_respected),
        cmocka_unit_test(force_closes_files),
        cmocka_unit_test(working_directory_is_busy),
        cmocka_unit_test(frozen_server_holds_nobody_idle),
        cmocka_unit_test(frozen_server_holds_nobody_by_force),
        cmocka_unit_test(dead_worker_is_cleaned_up_after),
        cmocka_unit_test(live_worker_is_not_cleaned_up),
        cmocka_unit_test(signal_ends_it),
        cmocka_unit_test(unmounted_by_others_it_ends),
        cmocka_unit_test(server_is_lost_and_found),
        cmocka_unit_test(others_do_not_stop_it),
        /* Root's only: */
        cmocka_unit_test(strangers_are_not_heard),
        cmocka_unit_test(without_fuse_there_are_no_files),
        /* A checker's only: */
        cmocka_unit_test(checker_has_found_nothing),
    };
    size_t number = sizeof tests / sizeof tests[0];

    program = getenv("NETDISC_SMB_WORKER");
    checker_log = getenv("NETDISC_TEST_WORKER_LOGS");
    check(program != NULL, "NETDISC_SMB_WORKER names no worker");
    if (checker_log)
        prepare_logs();
    else
        number--;
    if (geteuid() != 0 || (count > 1 && strcmp(arguments[1], "user") == 0))
        number -= 2;

    signal(SIGPIPE, SIG_IGN);
    umask(0);
    if (geteuid() == 0) {
        enter_namespaces();
        if (count > 1 && strcmp(arguments[1], "user") == 0)
            be_nobody();
    }
    return _cmocka_run_group_tests("worker", tests, number, make_world, end_world);
}
