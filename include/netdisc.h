/* SPDX-License-Identifier: MIT */
/*
 * netdisc: end (and make) a machine's connections the same way on Windows and on Linux.
 *
 * Three kinds of connections, one API: share mappings, WLAN interfaces and named connections.
 * Each verb returns one Win32 error code, whichever operating system and whichever of its parts
 * did the work. Success from a verb that disconnects means *gone*: the down state was observed.
 *
 * Conventions
 *   Text        UTF-8, always; nothing depends on the locale.
 *   Out         An out-parameter is set to NULL first, and to a value only on success. The detail
 *               of a failure, `err`, is always last and may be NULL when it is not wanted; what it
 *               receives is freed with netdisc_error_free().
 *   Structs     A struct that you fill begins with `size`, set to sizeof the struct, and the rest
 *               is zero unless you want something; any other size is ERROR_INVALID_PARAMETER. A
 *               struct that netdisc gives you is reached by pointer only and grows at its end only.
 *   Flags       Each verb lists those it takes; any other bit is ERROR_INVALID_PARAMETER.
 *   Timeouts    Milliseconds for the whole verb: 0 is the context's default (30 s), -1 is none,
 *               less than -1 is ERROR_INVALID_PARAMETER. The core keeps the deadline, whatever a
 *               daemon, a server or the kernel does; at the deadline the verb is ERROR_TIMEOUT.
 *   Two forms   netdisc_x() waits. netdisc_x_start() gives a netdisc_op that completes exactly once.
 *   Threads     Every function may be called from any thread unless it says otherwise. Callbacks
 *               are never made with a lock held, and (the log aside) only from netdisc_dispatch(),
 *               netdisc_close(), or the synchronous verb that was given one.
 *   fork        In a child process every call on an inherited handle is ERROR_INVALID_HANDLE;
 *               releasing one does nothing.
 *
 * Errors that any verb can give, besides those it names:
 *   ERROR_INVALID_PARAMETER 87    a NULL where a value is needed, a wrong size, flag or timeout
 *   ERROR_INVALID_HANDLE 6        `nd` is foreign, inherited through fork, or closed (which can be told
 *                                 only while an operation or a watch still holds its memory)
 *   ERROR_NOT_ENOUGH_MEMORY 8     memory or threads ran out; nothing was begun, or it was given up
 *   ERROR_NOT_SUPPORTED 50        no provider for this here; the message says what is missing
 *   ERROR_SERVICE_NOT_ACTIVE 1062 the daemon or service behind it is not running
 *   ERROR_ACCESS_DENIED 5         not allowed; the message says which permission was missing
 *   ERROR_TIMEOUT 1460            the deadline came first; the message says who did not answer
 *   ERROR_CANCELLED 1223          netdisc_op_cancel() or netdisc_close() ended it
 *   ERROR_GEN_FAILURE 31, ERROR_EXTENDED_ERROR 1208   anything else; the native code and text
 *                                 are in the detail
 *
 * Everything here is since 0.1.0 unless it says otherwise.
 */
#ifndef NETDISC_H
#define NETDISC_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(_WIN32) && defined(NETDISC_BUILDING)
#define NETDISC_API __declspec(dllexport)
#elif defined(__GNUC__)
#define NETDISC_API __attribute__((visibility("default")))
#else
#define NETDISC_API
#endif

#define NETDISC_VERSION_MAJOR 0
#define NETDISC_VERSION_MINOR 1
#define NETDISC_VERSION_MICRO 0

/* ---- Status codes --------------------------------------------------------------------------- */

/* A Win32 error code. 0 is success; a code that is not in the list below is passed on as it came. */
typedef uint32_t netdisc_status;

/*
 * The one table of codes: XX(code, name, text). It makes the constants NETDISC_<name> below, and
 * what netdisc_status_name() and netdisc_status_text() answer. Numbers and names are winerror.h's.
 */
/* clang-format off */
#define NETDISC_STATUS_MAP(XX)                                                                        \
    XX(0, NO_ERROR, "done")                                                                           \
    XX(1, ERROR_INVALID_FUNCTION, "the other side does not know this request")                        \
    XX(2, ERROR_FILE_NOT_FOUND, "no such file")                                                       \
    XX(3, ERROR_PATH_NOT_FOUND, "no such path")                                                       \
    XX(4, ERROR_TOO_MANY_OPEN_FILES, "too many open files")                                           \
    XX(5, ERROR_ACCESS_DENIED, "access is denied")                                                    \
    XX(6, ERROR_INVALID_HANDLE, "the handle is closed, foreign or inherited")                         \
    XX(8, ERROR_NOT_ENOUGH_MEMORY, "not enough memory")                                               \
    XX(12, ERROR_INVALID_ACCESS, "invalid access")                                                    \
    XX(13, ERROR_INVALID_DATA, "the data is invalid")                                                 \
    XX(17, ERROR_NOT_SAME_DEVICE, "not on the same device")                                           \
    XX(19, ERROR_WRITE_PROTECT, "it is read-only")                                                    \
    XX(21, ERROR_NOT_READY, "the device is not ready")                                                \
    XX(27, ERROR_SECTOR_NOT_FOUND, "that position does not exist")                                    \
    XX(31, ERROR_GEN_FAILURE, "a general failure")                                                    \
    XX(32, ERROR_SHARING_VIOLATION, "another process is using the file")                              \
    XX(38, ERROR_HANDLE_EOF, "end of file")                                                           \
    XX(50, ERROR_NOT_SUPPORTED, "not supported here")                                                 \
    XX(51, ERROR_REM_NOT_LIST, "the remote computer is not listening")                                \
    XX(52, ERROR_DUP_NAME, "more than one thing has this name")                                       \
    XX(53, ERROR_BAD_NETPATH, "the server was not found")                                             \
    XX(54, ERROR_NETWORK_BUSY, "the network is busy")                                                 \
    XX(55, ERROR_DEV_NOT_EXIST, "the network resource or device is no longer there")                  \
    XX(64, ERROR_NETNAME_DELETED, "the server ended the connection")                                  \
    XX(65, ERROR_NETWORK_ACCESS_DENIED, "network access is denied")                                   \
    XX(67, ERROR_BAD_NET_NAME, "the network name is malformed or unknown")                            \
    XX(85, ERROR_ALREADY_ASSIGNED, "the local name is in use already")                                \
    XX(86, ERROR_INVALID_PASSWORD, "the password is wrong")                                           \
    XX(87, ERROR_INVALID_PARAMETER, "a parameter is invalid")                                         \
    XX(88, ERROR_NET_WRITE_FAULT, "a write to the network failed")                                    \
    XX(109, ERROR_BROKEN_PIPE, "the pipe has been ended")                                             \
    XX(112, ERROR_DISK_FULL, "the disk is full")                                                      \
    XX(120, ERROR_CALL_NOT_IMPLEMENTED, "the function is not implemented")                            \
    XX(121, ERROR_SEM_TIMEOUT, "the server or daemon did not answer in its time")                     \
    XX(122, ERROR_INSUFFICIENT_BUFFER, "the buffer is too small")                                     \
    XX(123, ERROR_INVALID_NAME, "the name is malformed")                                              \
    XX(126, ERROR_MOD_NOT_FOUND, "a module or plugin was not found")                                  \
    XX(127, ERROR_PROC_NOT_FOUND, "a function of a module was not found")                             \
    XX(145, ERROR_DIR_NOT_EMPTY, "the directory is not empty")                                        \
    XX(161, ERROR_BAD_PATHNAME, "the path is malformed")                                              \
    XX(170, ERROR_BUSY, "it is busy, or still there")                                                 \
    XX(183, ERROR_ALREADY_EXISTS, "it exists already")                                                \
    XX(206, ERROR_FILENAME_EXCED_RANGE, "the name is too long")                                       \
    XX(230, ERROR_BAD_PIPE, "the state of the pipe is invalid")                                       \
    XX(231, ERROR_PIPE_BUSY, "every instance of the pipe is busy")                                    \
    XX(233, ERROR_PIPE_NOT_CONNECTED, "nobody is at the other end of the pipe")                       \
    XX(234, ERROR_MORE_DATA, "there is more data than fits")                                          \
    XX(258, WAIT_TIMEOUT, "not yet")                                                                  \
    XX(259, ERROR_NO_MORE_ITEMS, "there are no more items")                                           \
    XX(267, ERROR_DIRECTORY, "it is not a directory")                                                 \
    XX(487, ERROR_INVALID_ADDRESS, "an invalid address")                                              \
    XX(534, ERROR_ARITHMETIC_OVERFLOW, "an arithmetic overflow")                                      \
    XX(535, ERROR_PIPE_CONNECTED, "the pipe is connected already")                                    \
    XX(611, ERROR_IP_ADDRESS_CONFLICT1, "another machine has this address")                           \
    XX(612, ERROR_IP_ADDRESS_CONFLICT2, "another machine has this address")                           \
    XX(613, ERROR_REGISTRY_QUOTA_LIMIT, "the registry is full")                                       \
    XX(632, ERROR_NOINTERFACE, "the interface is not supported")                                      \
    XX(995, ERROR_OPERATION_ABORTED, "the operation was aborted")                                     \
    XX(997, ERROR_IO_PENDING, "the operation is under way")                                           \
    XX(998, ERROR_NOACCESS, "an invalid access to memory")                                            \
    XX(999, ERROR_SWAPERROR, "a page could not be read")                                              \
    XX(1056, ERROR_SERVICE_ALREADY_RUNNING, "the service is running already")                         \
    XX(1060, ERROR_SERVICE_DOES_NOT_EXIST, "the service is not installed")                            \
    XX(1062, ERROR_SERVICE_NOT_ACTIVE, "the service is not running")                                  \
    XX(1112, ERROR_NO_MEDIA_IN_DRIVE, "no medium in the drive")                                       \
    XX(1117, ERROR_IO_DEVICE, "an input or output error")                                             \
    XX(1142, ERROR_TOO_MANY_LINKS, "too many links")                                                  \
    XX(1168, ERROR_NOT_FOUND, "not found")                                                            \
    XX(1200, ERROR_BAD_DEVICE, "the local name is malformed")                                         \
    XX(1201, ERROR_CONNECTION_UNAVAIL, "it is remembered, but not connected now")                     \
    XX(1202, ERROR_DEVICE_ALREADY_REMEMBERED, "the local name is remembered for another share")       \
    XX(1203, ERROR_NO_NET_OR_BAD_PATH, "no provider knows this network path")                         \
    XX(1204, ERROR_BAD_PROVIDER, "the provider named is unknown")                                     \
    XX(1205, ERROR_CANNOT_OPEN_PROFILE, "the profile of remembered mappings cannot be opened")        \
    XX(1206, ERROR_BAD_PROFILE, "the profile of remembered mappings is damaged")                      \
    XX(1208, ERROR_EXTENDED_ERROR, "the provider reported an error of its own")                       \
    XX(1219, ERROR_SESSION_CREDENTIAL_CONFLICT, "the server is connected under other credentials")    \
    XX(1222, ERROR_NO_NETWORK, "no network is there")                                                 \
    XX(1223, ERROR_CANCELLED, "cancelled")                                                            \
    XX(1225, ERROR_CONNECTION_REFUSED, "the server refused the connection")                           \
    XX(1227, ERROR_ADDRESS_ALREADY_ASSOCIATED, "the address is in use")                               \
    XX(1229, ERROR_CONNECTION_INVALID, "the connection does not exist")                               \
    XX(1231, ERROR_NETWORK_UNREACHABLE, "the network cannot be reached")                              \
    XX(1232, ERROR_HOST_UNREACHABLE, "the host cannot be reached")                                    \
    XX(1233, ERROR_PROTOCOL_UNREACHABLE, "the host does not know the protocol")                       \
    XX(1234, ERROR_PORT_UNREACHABLE, "no service at that port")                                       \
    XX(1235, ERROR_REQUEST_ABORTED, "the request was aborted")                                        \
    XX(1236, ERROR_CONNECTION_ABORTED, "the connection was aborted")                                  \
    XX(1237, ERROR_RETRY, "it could not be completed now; try again")                                 \
    XX(1306, ERROR_REVISION_MISMATCH, "the versions do not match")                                    \
    XX(1311, ERROR_NO_LOGON_SERVERS, "no server could check the credentials")                         \
    XX(1312, ERROR_NO_SUCH_LOGON_SESSION, "the logon session has ended")                              \
    XX(1314, ERROR_PRIVILEGE_NOT_HELD, "a privilege is missing")                                      \
    XX(1317, ERROR_NO_SUCH_USER, "no such user")                                                      \
    XX(1323, ERROR_WRONG_PASSWORD, "the current password is wrong")                                   \
    XX(1324, ERROR_ILL_FORMED_PASSWORD, "the password has invalid characters")                        \
    XX(1325, ERROR_PASSWORD_RESTRICTION, "the password breaks a rule of the domain")                  \
    XX(1326, ERROR_LOGON_FAILURE, "the user name or password is wrong")                               \
    XX(1327, ERROR_ACCOUNT_RESTRICTION, "a restriction on the account prevents it")                   \
    XX(1328, ERROR_INVALID_LOGON_HOURS, "the account may not log on at this hour")                    \
    XX(1329, ERROR_INVALID_WORKSTATION, "the account may not log on from here")                       \
    XX(1330, ERROR_PASSWORD_EXPIRED, "the password has expired")                                      \
    XX(1331, ERROR_ACCOUNT_DISABLED, "the account is disabled")                                       \
    XX(1359, ERROR_INTERNAL_ERROR, "an internal error")                                               \
    XX(1395, ERROR_LICENSE_QUOTA_EXCEEDED, "the server has no licence left")                          \
    XX(1396, ERROR_WRONG_TARGET_NAME, "the target account name is wrong")                             \
    XX(1454, ERROR_PAGEFILE_QUOTA, "a memory quota is used up")                                       \
    XX(1460, ERROR_TIMEOUT, "the deadline passed")                                                    \
    XX(1702, RPC_S_INVALID_BINDING, "the RPC binding is invalid")                                     \
    XX(1722, RPC_S_SERVER_UNAVAILABLE, "the RPC server is unavailable")                               \
    XX(1723, RPC_S_SERVER_TOO_BUSY, "the RPC server is too busy")                                     \
    XX(1726, RPC_S_CALL_FAILED, "the remote procedure call failed")                                   \
    XX(1727, RPC_S_CALL_FAILED_DNE, "the remote procedure call failed and did not run")               \
    XX(1792, ERROR_NETLOGON_NOT_STARTED, "the logon service is not started")                          \
    XX(1793, ERROR_ACCOUNT_EXPIRED, "the account has expired")                                        \
    XX(1816, ERROR_NOT_ENOUGH_QUOTA, "a quota is used up")                                            \
    XX(1818, RPC_S_CALL_CANCELLED, "the remote procedure call was cancelled")                         \
    XX(1907, ERROR_PASSWORD_MUST_CHANGE, "the password must be changed first")                        \
    XX(1909, ERROR_ACCOUNT_LOCKED_OUT, "the account is locked")                                       \
    XX(1921, ERROR_CANT_RESOLVE_FILENAME, "too many links on the way to the file")                    \
    XX(2202, ERROR_BAD_USERNAME, "the user name is malformed")                                        \
    XX(2250, ERROR_NOT_CONNECTED, "it is not connected")                                              \
    XX(2401, ERROR_OPEN_FILES, "files are open on it")                                                \
    XX(2402, ERROR_ACTIVE_CONNECTIONS, "connections on it are active")                                \
    XX(2404, ERROR_DEVICE_IN_USE, "a process is using it")                                            \
    XX(4390, ERROR_NOT_A_REPARSE_POINT, "it is not a link")                                           \
    XX(5002, ERROR_DEPENDENCY_NOT_FOUND, "something that it depends on is missing")                   \
    XX(5023, ERROR_INVALID_STATE, "it is not in the state for that")
/* clang-format on */

enum {
#define NETDISC_XX(code, name, text) NETDISC_##name = code,
    NETDISC_STATUS_MAP(NETDISC_XX)
#undef NETDISC_XX
        NETDISC_STATUS_LAST_ /* not a status: ends the list */
};

/* netdisc_share_disconnect(): the question was dismissed without an answer (-1 on Windows). */
#define NETDISC_DISMISSED 0xFFFFFFFFu

/* The code's name, "ERROR_OPEN_FILES", or its text, a few words that begin in lower case. Never NULL:
 * a code not in the table is "UNLISTED_STATUS", NETDISC_DISMISSED is "NETDISC_DISMISSED". The strings
 * live as long as the library. */
NETDISC_API const char *netdisc_status_name(netdisc_status status);
NETDISC_API const char *netdisc_status_text(netdisc_status status);

/* The code of a name, exactly as netdisc_status_name() writes it.
 * ERROR_NOT_FOUND: no such name; ERROR_INVALID_PARAMETER: a NULL. */
NETDISC_API netdisc_status netdisc_status_from_name(const char *name, netdisc_status *out);

/* Every code of the table in rising order: `index` from 0 to count - 1. Past the end, both are 0. */
NETDISC_API size_t netdisc_status_count(void);
NETDISC_API netdisc_status netdisc_status_at(size_t index);

/* HRESULTs, both ways, for what INetConnection documents: E_FAIL and ERROR_GEN_FAILURE,
 * E_ABORT and ERROR_OPERATION_ABORTED and so on; any other goes through HRESULT_FROM_WIN32 and
 * back. A failure HRESULT of another facility becomes ERROR_EXTENDED_ERROR; success is NO_ERROR. */
NETDISC_API int32_t netdisc_hresult_from_status(netdisc_status status);
NETDISC_API netdisc_status netdisc_status_from_hresult(int32_t hresult);

/* The library's version, "0.1.0". */
NETDISC_API const char *netdisc_version(void);

/* ---- Flags ---------------------------------------------------------------------------------- */

/* The first and NO_FORCE have the values of CONNECT_/DISC_UPDATE_PROFILE and DISC_NO_FORCE. */
enum {
    NETDISC_UPDATE_PROFILE = 0x01,  /* add: remember the mapping; end: forget the remembered one */
    NETDISC_FORCE = 0x02,           /* open files do not stop it */
    NETDISC_IF_CONNECTED = 0x04,    /* already down is success */
    NETDISC_NO_WAIT = 0x08,         /* success means accepted, not yet gone (or there) */
    NETDISC_ALL = 0x10,             /* a remote name also takes the mappings that have a local name */
    NETDISC_ALLOW_RECONNECT = 0x20, /* do not keep it down: another profile may take the device */
    NETDISC_NO_FORCE = 0x40,        /* accepted; netdisc never forces without having asked */
    NETDISC_EXTERNAL = 0x80,        /* also what NetworkManager did not make */
    NETDISC_SAVE_PASSWORD = 0x100   /* keep the password for the next time, in the user's keyring */
};

/* ---- What lists hold ------------------------------------------------------------------------ */

/* Bits, for netdisc_watch_start() and netdisc_backend. */
enum { NETDISC_SHARE = 0x1, NETDISC_WLAN = 0x2, NETDISC_CONNECTION = 0x4, NETDISC_ALL_KINDS = 0x7 };

typedef enum netdisc_state {
    NETDISC_STATE_UNKNOWN = 0,
    NETDISC_STATE_DISCONNECTED = 1,
    NETDISC_STATE_REMEMBERED = 2, /* a share that is not connected, but would be restored */
    NETDISC_STATE_CONNECTING = 3,
    NETDISC_STATE_CONNECTED = 4,
    NETDISC_STATE_DISCONNECTING = 5,
    NETDISC_STATE_LOST = 6 /* still there, but its server does not answer */
} netdisc_state;

/* Yes, no, or not known. */
typedef enum netdisc_tristate { NETDISC_UNKNOWN = -1, NETDISC_NO = 0, NETDISC_YES = 1 } netdisc_tristate;

/* The state's name in lower case, "connected"; "unknown" for any other value. */
NETDISC_API const char *netdisc_state_name(netdisc_state state);

/* In the structs below a string is NULL where there is none, unless it says "always". */

typedef struct netdisc_share {
    const char *provider; /* always: "cifs", "session", "gvfs", "mpr" ... */
    const char *local;    /* "Z:" or a mount point */
    const char *remote;   /* always: \\server\share */
    const char *path;     /* where a program finds the files now */
    const char *user;     /* as whom */
    netdisc_state state;
    netdisc_tristate remembered; /* restored at the next logon; not known where that cannot be read */
    uint16_t port;               /* 0: the usual one */
} netdisc_share;

typedef struct netdisc_wlan {
    const char *provider; /* always */
    const char *uuid;     /* always: the interface's GUID; Linux has none, there it is a version-5 UUID
                             of the permanent hardware address */
    const char *name;     /* always: interface name, or Windows' description */
    const char *ssid;     /* as text, for people; bytes that are not UTF-8 become U+FFFD */
    const uint8_t *ssid_bytes;
    size_t ssid_length;
    const char *bssid;   /* "aa:bb:cc:dd:ee:ff" */
    const char *profile; /* the named connection in use */
    const char *driver;
    netdisc_state state;
    int32_t signal; /* 0 to 100, -1 where not known */
} netdisc_wlan;

typedef struct netdisc_connection {
    const char *provider; /* always */
    const char *uuid;     /* always */
    const char *name;     /* always; not unique */
    const char *type;     /* always: NetworkManager's, "802-3-ethernet", "vpn" ...; on Windows "lan",
                             "bridge", "shared-access", "vpn", "ras", "none", "other" */
    const char *device;   /* the interface it is active on */
    netdisc_state state;
    netdisc_tristate autoconnect;
    netdisc_tristate external; /* active, but not of the provider's making */
    netdisc_tristate vpn;
} netdisc_connection;

/* Who keeps a share from being cancelled. */
typedef struct netdisc_holder {
    const char *provider; /* always */
    uint64_t pid;         /* 0: not known */
    const char *program;
    const char *what; /* always: "file", "directory", "program", "mapping", "mount" ... */
    const char *path;
} netdisc_holder;

/* One provider, and whether it can be used here. */
typedef struct netdisc_backend {
    const char *provider;  /* always: its name, as in netdisc_options.providers */
    const char *module;    /* the module's file name; NULL when built in */
    uint32_t kinds;        /* NETDISC_SHARE | ...; 0 for a module that could not be loaded to ask */
    netdisc_status status; /* NO_ERROR: usable; else why not */
    const char *reason;    /* what is missing, in words */
} netdisc_backend;

/* An immutable snapshot of items of one sort. Safe to read from many threads at once. */
typedef struct netdisc_list netdisc_list;

/* Why an operation failed. Immutable; strings are NULL where there is none, `message` never is. */
typedef struct netdisc_error {
    netdisc_status status;
    const char *message;  /* one sentence for a person: what, and why */
    const char *provider; /* who said it; NULL: the core */
    /* "dbus", "errno", "ntstatus", "hresult", "gio", "win32", "libnm"; "wnet": of the network provider named
     * in native_name; "wlan": a reason of Windows' WLAN service; "ras": of its remote access */
    const char *native_domain;
    int64_t native_code;
    const char *native_name;     /* "org.freedesktop.NetworkManager.Device.NotActive", "EBUSY"; where
                                    NetworkManager gave a reason: "NM_DEVICE_STATE_REASON_NO_SECRETS" */
    const netdisc_list *holders; /* who is in the way, where known: netdisc_list_holder() */
} netdisc_error;

/* Frees a detail; NULL is allowed. */
NETDISC_API void netdisc_error_free(netdisc_error *err);

/* Items in a list; 0 for NULL. */
NETDISC_API size_t netdisc_list_count(const netdisc_list *list);

/* Item `index`, valid as long as the list. NULL past the end, or when the list is of another sort. */
NETDISC_API const netdisc_share *netdisc_list_share(const netdisc_list *list, size_t index);
NETDISC_API const netdisc_wlan *netdisc_list_wlan(const netdisc_list *list, size_t index);
NETDISC_API const netdisc_connection *netdisc_list_connection(const netdisc_list *list, size_t index);
NETDISC_API const netdisc_holder *netdisc_list_holder(const netdisc_list *list, size_t index);
NETDISC_API const netdisc_backend *netdisc_list_backend(const netdisc_list *list, size_t index);

/* A list is partial when a provider that should have answered did not, or could not see all that it
 * should: then there is a failure that says so, for each, in the order of precedence. 0 and NULL for a
 * whole list. A failure is valid as long as the list. */
NETDISC_API size_t netdisc_list_failure_count(const netdisc_list *list);
NETDISC_API const netdisc_error *netdisc_list_failure(const netdisc_list *list, size_t index);

/* Frees a list; NULL is allowed. Not for lists reached through an error or an event. */
NETDISC_API void netdisc_list_free(netdisc_list *list);

/* ---- Contexts ------------------------------------------------------------------------------- */

/* Owns everything that is made through it: threads, sessions with daemons, operations, watches. */
typedef struct netdisc netdisc;
typedef struct netdisc_op netdisc_op;
typedef struct netdisc_watch netdisc_watch;

typedef enum netdisc_log_level {
    NETDISC_LOG_DEBUG = 0,
    NETDISC_LOG_INFO = 1,
    NETDISC_LOG_WARNING = 2
} netdisc_log_level;

/* Called from any thread, several at once, never with a lock held; must not call netdisc_close(). */
typedef void (*netdisc_log_fn)(void *data, netdisc_log_level level, const char *message);

typedef struct netdisc_options {
    size_t size;
    netdisc_log_fn log; /* NULL: nothing is logged */
    void *log_data;
    /* The providers to use, and their precedence: names divided by commas, "session,cifs". A name
     * that is not netdisc's own stands for the module libnetdisc-NAME.so (netdisc-NAME.dll). "": all,
     * whatever the environment says. NULL: the environment
     * variable NETDISC_PROVIDERS (not in setuid programs); where that is unset or empty, all. */
    const char *providers;
    const char
        *module_directory;  /* where modules are looked for, absolute; NULL: as configured, on Windows
                                     nowhere unless an absolute directory with its drive was */
    int default_timeout_ms; /* 0: 30 s; -1: none */
    uint32_t watch_queue;   /* events kept for a watch before they overrun; 0: 1024 */
} netdisc_options;

/*
 * Makes a context. `opt` may be NULL. Starts no thread, opens no module and talks to no daemon.
 *
 * ERROR_INVALID_PARAMETER: `out` is NULL, a wrong size or timeout, a malformed module directory.
 * ERROR_BAD_PROVIDER: a malformed name in the list of providers.
 * ERROR_NOT_ENOUGH_MEMORY.
 */
NETDISC_API netdisc_status netdisc_open(netdisc **out, const netdisc_options *opt, netdisc_error **err);

/*
 * Ends a context; NULL is allowed. Every running operation completes with ERROR_CANCELLED, watches
 * stop, threads are joined. Completion callbacks not yet dispatched are called on this thread, so
 * that each is called once. Blocks at most 1 s, apart from your own callbacks; a thread stuck in the
 * kernel or in a daemon's library is left to end by itself. Operations and watches that you still hold are
 * yours to free afterwards, and operations can be read; a thread in netdisc_dispatch() is woken and
 * gets ERROR_INVALID_HANDLE. May be called from a callback other than the log's. No other call on `nd`
 * may begin from here on.
 */
NETDISC_API void netdisc_close(netdisc *nd);

/*
 * One handle to wait on for all completions and events of a context: a file descriptor (poll for
 * reading) or, on Windows, an event HANDLE. Ready means: call netdisc_dispatch(). The handle is the
 * context's: do not read, reset or close it. Works under poll, epoll, a GLib main loop and
 * WaitForMultipleObjects.
 *
 * ERROR_TOO_MANY_OPEN_FILES or ERROR_NOT_ENOUGH_MEMORY: the system gave no handle; `*out` is -1.
 * ERROR_INVALID_PARAMETER: a NULL. ERROR_INVALID_HANDLE: as for a verb.
 */
NETDISC_API netdisc_status netdisc_pollable(netdisc *nd, intptr_t *out);

/*
 * Delivers completions, questions and events on the calling thread until none is left, waiting for
 * the first for `timeout_ms` (0: not at all; -1: for as long as it takes). Threads may dispatch at
 * the same time; the events of one watch keep their order and never overlap. May be called from a
 * callback.
 *
 * NO_ERROR: something was delivered. WAIT_TIMEOUT: nothing came. ERROR_INVALID_PARAMETER: NULL, or a timeout
 * below -1. ERROR_INVALID_HANDLE: as for a verb, and when the context is closed meanwhile.
 */
NETDISC_API netdisc_status netdisc_dispatch(netdisc *nd, int timeout_ms);

/* ---- Operations ----------------------------------------------------------------------------- */

/*
 * A running verb. It completes exactly once: done, failed, cancelled or timed out. What the system
 * does later is dropped. An operation is yours until netdisc_op_free().
 *
 * A _start function fails at once, with `*out` NULL, for bad input and want of memory; every other
 * failure is the operation's.
 */

/*
 * Waits until it has completed (0: only looks; -1: for as long as it takes), and gives its status.
 * WAIT_TIMEOUT: it is still running. ERROR_INVALID_PARAMETER: NULL, or a timeout below -1.
 * ERROR_INVALID_HANDLE, here and below: foreign, or inherited through fork.
 * Any number of threads may wait, while others dispatch.
 */
NETDISC_API netdisc_status netdisc_op_wait(netdisc_op *op, int timeout_ms);

/* Asks that it end now: unless it has completed already, it completes with ERROR_CANCELLED, before
 * this returns. What a daemon was told to do may still happen; the message says what is known. */
NETDISC_API void netdisc_op_cancel(netdisc_op *op);

/* The detail of a failure, valid as long as the operation. NULL while it runs, and on success. */
NETDISC_API const netdisc_error *netdisc_op_error(const netdisc_op *op);

/* What there is to say of a success: "detached; programs that hold files keep them". NULL where
 * there is nothing, and while it runs. Valid as long as the operation. */
NETDISC_API const char *netdisc_op_note(const netdisc_op *op);

/*
 * The list that it made: the items listed; for an add or a connect, what was made; for an end, what
 * was ended. Yours to free; may be asked for more than once. NO_ERROR and an empty list where the
 * verb succeeded and makes none.
 * WAIT_TIMEOUT: still running. ERROR_INVALID_PARAMETER: a NULL. Otherwise the operation's own status.
 */
NETDISC_API netdisc_status netdisc_op_list(netdisc_op *op, netdisc_list **out);

typedef void (*netdisc_op_fn)(void *data, netdisc_op *op);

/*
 * Has `fn` called once, from netdisc_dispatch(), when it has completed; or the next time, if it has
 * completed already. `op` is valid for the length of the call.
 * ERROR_INVALID_PARAMETER: a NULL. ERROR_ALREADY_ASSIGNED: it has a callback. ERROR_INVALID_STATE: it is a
 * synchronous verb's, seen in its prompt. ERROR_INVALID_HANDLE: also when its context is closed.
 */
NETDISC_API netdisc_status netdisc_op_on_complete(netdisc_op *op, netdisc_op_fn fn, void *data);

/* Gives the operation back; NULL is allowed. If it runs, it runs on, and its callback is still
 * called: to end it, cancel it first. */
NETDISC_API void netdisc_op_free(netdisc_op *op);

/* ---- Shares --------------------------------------------------------------------------------- */

/*
 * Names. Local: a drive letter "Z:" (either case, one backslash may follow), on Linux also an
 * absolute mount point. Remote: \\server\share, //server/share, smb://server[:port]/share (with
 * percent-encoding); an IPv6 server in brackets or as x.ipv6-literal.net. Server and share are
 * compared without case. For every function below that takes a name:
 *   ERROR_INVALID_PARAMETER 87      NULL
 *   ERROR_BAD_DEVICE 1200           not a local name, the empty one included
 *   ERROR_BAD_NET_NAME 67           begins as a remote name does, but is malformed
 *   ERROR_FILENAME_EXCED_RANGE 206  too long: 4095 bytes, 253 for a server, 80 characters a share
 * Malformed UTF-8 and control characters make a name malformed. None of these reaches a provider.
 */

/*
 * All mappings that the user has, connected and remembered, whoever made them. No flags.
 * When some provider does not answer in its share of the timeout, the list comes without its items
 * and is partial (netdisc_list_failure_count()).
 * ERROR_NO_NETWORK 1222, here and below: Windows has no network provider that could be asked.
 */
NETDISC_API netdisc_status netdisc_share_list(netdisc *nd, uint32_t flags, int timeout_ms,
                                              netdisc_list **out, netdisc_error **err);
NETDISC_API netdisc_status netdisc_share_list_start(netdisc *nd, uint32_t flags, int timeout_ms,
                                                    netdisc_op **out, netdisc_error **err);

typedef enum netdisc_auth {
    NETDISC_AUTH_DEFAULT = 0, /* by user and password if given; else Kerberos or as the system does */
    NETDISC_AUTH_PASSWORD = 1,
    NETDISC_AUTH_KERBEROS = 2,
    NETDISC_AUTH_GUEST = 3
} netdisc_auth;

typedef struct netdisc_share_spec {
    size_t size;
    const char *local;  /* a drive letter or mount point; NULL: without one */
    const char *remote; /* needed */
    const char *user;   /* NULL: the user's own */
    const char *domain;
    const char *password; /* netdisc's copies are wiped after use */
    const char *provider; /* the only one to use; NULL: the first that can */
    netdisc_auth auth;
} netdisc_share_spec;

/*
 * Connects a share, and gives it a local name if the spec has one. Flags: NETDISC_UPDATE_PROFILE (counts
 * with a local name only; never keeps the password), NETDISC_SAVE_PASSWORD.
 *
 * On Linux a mount point is an empty directory of the user's. What is made outlives this program, until it is
 * cancelled or the user's session ends. The path to use is in netdisc_op_list() or netdisc_share_resolve(). A
 * share that is connected already, without a local name and as the same user, or for an add that names none,
 * is left alone; the password is not tried then. If it cannot be kept (NETDISC_SAVE_PASSWORD), that is a note;
 * on Windows it is kept for the server, and for a named user only.
 *
 * ERROR_ALREADY_ASSIGNED 85             the local name is in use; the message says for what
 * ERROR_SESSION_CREDENTIAL_CONFLICT 1219  the share (Windows: the server) is connected under other
 *                                       credentials; the message says as what
 * ERROR_LOGON_FAILURE 1326, ERROR_INVALID_PASSWORD 86, ERROR_ACCESS_DENIED 5  the credentials
 * ERROR_BAD_NETPATH 53                  the server is unknown or does not answer
 * ERROR_BAD_NET_NAME 67                 the server has no such share
 * ERROR_DEVICE_ALREADY_REMEMBERED 1202  to be remembered, but the local name is, for another share
 * ERROR_BAD_PROVIDER 1204               `provider` names none
 * ERROR_BAD_PROFILE 1206, ERROR_CANNOT_OPEN_PROFILE 1205  it could not be remembered; nothing is connected
 * ERROR_DISK_FULL 112                   there is no room to remember it; nothing is connected
 * ERROR_NOT_SUPPORTED 50                no provider can make it; the message says why, for each
 * ERROR_REQUEST_ABORTED 1235            it was cancelled by another program before it was connected
 * ERROR_NOT_CONNECTED 2250              Windows reported success, but the local name stands for nothing
 * ERROR_INVALID_PARAMETER 87            also: a user, domain or password that is not UTF-8 or has control
 *                                       characters, an `auth` that does not exist
 * ERROR_FILENAME_EXCED_RANGE 206        also: a user, domain or password of more than 1023 bytes
 * ERROR_BAD_DEVICE 1200, ERROR_BAD_NET_NAME 67   also: `local` is a remote name, `remote` a local one
 */
NETDISC_API netdisc_status netdisc_share_add(netdisc *nd, const netdisc_share_spec *spec, uint32_t flags,
                                             int timeout_ms, netdisc_error **err);
NETDISC_API netdisc_status netdisc_share_add_start(netdisc *nd, const netdisc_share_spec *spec,
                                                   uint32_t flags, int timeout_ms, netdisc_op **out,
                                                   netdisc_error **err);

/*
 * Ends a mapping, as WNetCancelConnection2 does. A local name ends that redirection only; a remote
 * name ends only mappings without a local name, unless NETDISC_ALL. \\server alone, with NETDISC_ALL,
 * ends every mapping to that server.
 * Flags: NETDISC_FORCE, NETDISC_UPDATE_PROFILE (counts with a local name only), NETDISC_IF_CONNECTED,
 * NETDISC_NO_WAIT, NETDISC_ALL.
 *
 * ERROR_NOT_CONNECTED 2250   nothing of that name is connected, and every provider could tell
 * ERROR_OPEN_FILES 2401      files are open on it; err->holders says who, where known
 * ERROR_DEVICE_IN_USE 2404   a process uses it otherwise, as its working directory
 * ERROR_ACCESS_DENIED 5      a mount of the kernel, which only root may unmount
 * ERROR_BUSY 170             the provider reported success, but it is still there
 * ERROR_INVALID_NAME 123     Windows' name of it is malformed UTF-16: nobody can name it in UTF-8
 * ERROR_BAD_PROFILE 1206, ERROR_CANNOT_OPEN_PROFILE 1205, ERROR_DISK_FULL 112   it could not be forgotten;
 *                            what was connected is disconnected all the same; on Windows the message says
 * ERROR_EXTENDED_ERROR 1208  the provider's own error; its number and text are in the detail
 */
NETDISC_API netdisc_status netdisc_share_cancel(netdisc *nd, const char *name, uint32_t flags,
                                                int timeout_ms, netdisc_error **err);
NETDISC_API netdisc_status netdisc_share_cancel_start(netdisc *nd, const char *name, uint32_t flags,
                                                      int timeout_ms, netdisc_op **out,
                                                      netdisc_error **err);

typedef enum netdisc_answer {
    NETDISC_ANSWER_NO = 0,
    NETDISC_ANSWER_YES = 1,
    NETDISC_ANSWER_DISMISSED = 2,
    NETDISC_ANSWER_LATER = 3 /* netdisc_op_answer() will bring it */
} netdisc_answer;

typedef enum netdisc_question_kind {
    NETDISC_QUESTION_FORCE = 0, /* it is in use: disconnect all the same? */
    NETDISC_QUESTION_TOLD = 1   /* it failed: for the user's information, the answer is not looked at */
} netdisc_question_kind;

typedef struct netdisc_question {
    netdisc_question_kind kind;
    const char *name;           /* the share, as you named it */
    const netdisc_error *error; /* why, and who holds it */
} netdisc_question;

/* Called without a lock, on the thread that is in netdisc_share_disconnect() or netdisc_dispatch(). `op` is
 * there to be cancelled or answered: valid until the synchronous form returns, or, in the started form, as
 * long as you hold it. It is not given to you: do not free it. */
typedef netdisc_answer (*netdisc_prompt_fn)(void *data, netdisc_op *op,
                                            const netdisc_question *question);

typedef struct netdisc_disconnect {
    size_t size;
    const char *local;        /* the mapping by its local name; or, when this is NULL, */
    const char *remote;       /* the one without a local name */
    netdisc_prompt_fn prompt; /* NULL: nobody can be asked */
    void *prompt_data;
    intptr_t
        window; /* Windows: the owner of the system's own dialog, which then does the asking. While it
                        is open the synchronous form lets this thread's windows have their messages; in
                        the started form the program must do so. */
} netdisc_disconnect;

/*
 * Ends a mapping and asks before it forces, as WNetDisconnectDialog1 does: when it is in use, `prompt`
 * is asked, with the holders in question->error; any other failure is told to `prompt` before it is
 * returned. While the question is open the timeout stands still.
 * Flags: NETDISC_UPDATE_PROFILE (counts with a local name only), NETDISC_NO_FORCE, NETDISC_IF_CONNECTED.
 *
 * ERROR_CANCELLED 1223          the answer was no
 * NETDISC_DISMISSED 0xFFFFFFFF  the question was dismissed
 * ERROR_OPEN_FILES 2401, ERROR_ACTIVE_CONNECTIONS 2402, ERROR_DEVICE_IN_USE 2404   in use, and nobody
 *                               to ask
 * ERROR_INVALID_PARAMETER 87    also: `window` does not exist
 * and those of netdisc_share_cancel().
 */
NETDISC_API netdisc_status netdisc_share_disconnect(netdisc *nd, const netdisc_disconnect *what,
                                                    uint32_t flags, int timeout_ms, netdisc_error **err);
NETDISC_API netdisc_status netdisc_share_disconnect_start(netdisc *nd, const netdisc_disconnect *what,
                                                          uint32_t flags, int timeout_ms,
                                                          netdisc_op **out, netdisc_error **err);

/*
 * Answers a question that the prompt left for later. ERROR_INVALID_STATE: no question is open.
 * ERROR_INVALID_PARAMETER: NULL, or not yes, no or dismissed.
 */
NETDISC_API netdisc_status netdisc_op_answer(netdisc_op *op, netdisc_answer answer);

/*
 * Who keeps a mapping from being cancelled: netdisc_list_holder(). An empty list: nobody that can be
 * seen; netdisc_list_failure() says what cannot be. No flags.
 * ERROR_NOT_CONNECTED 2250: no such mapping.
 */
NETDISC_API netdisc_status netdisc_share_holders(netdisc *nd, const char *name, uint32_t flags,
                                                 int timeout_ms, netdisc_list **out,
                                                 netdisc_error **err);
NETDISC_API netdisc_status netdisc_share_holders_start(netdisc *nd, const char *name, uint32_t flags,
                                                       int timeout_ms, netdisc_op **out,
                                                       netdisc_error **err);

/*
 * What a local name stands for, as WNetGetConnection, and the path to use: one netdisc_share. No flags.
 * ERROR_NOT_CONNECTED 2250: it stands for nothing. ERROR_CONNECTION_UNAVAIL 1201: it is remembered, but
 * not connected now; the message has the remote name. ERROR_BAD_DEVICE 1200: not a local name.
 */
NETDISC_API netdisc_status netdisc_share_resolve(netdisc *nd, const char *local, uint32_t flags,
                                                 int timeout_ms, netdisc_list **out,
                                                 netdisc_error **err);
NETDISC_API netdisc_status netdisc_share_resolve_start(netdisc *nd, const char *local, uint32_t flags,
                                                       int timeout_ms, netdisc_op **out,
                                                       netdisc_error **err);

/* ---- WLAN interfaces ------------------------------------------------------------------------ */

/*
 * A device is named by its GUID (any case, with or without braces) or its interface name, or is NULL:
 * the only one there is. For the functions below:
 *   ERROR_INVALID_PARAMETER 87      empty, malformed UTF-8, control characters, a malformed GUID; on Linux
 *                                   also what no interface is named: with '/', ':' or white space
 *   ERROR_FILENAME_EXCED_RANGE 206  too long for an interface name
 *   ERROR_NOT_FOUND 1168            no such WLAN interface; the message says what it is instead
 *   ERROR_DUP_NAME 52               NULL, and there are several; the message names them
 */

/* Every WLAN interface, connected or not. No flags. */
NETDISC_API netdisc_status netdisc_wlan_list(netdisc *nd, uint32_t flags, int timeout_ms,
                                             netdisc_list **out, netdisc_error **err);
NETDISC_API netdisc_status netdisc_wlan_list_start(netdisc *nd, uint32_t flags, int timeout_ms,
                                                   netdisc_op **out, netdisc_error **err);

/*
 * Drops the interface's association. It stays down until it is connected again, unless
 * NETDISC_ALLOW_RECONNECT; on Windows that is for the system to decide, and netdisc_op_note() says if it
 * was seen to connect again. Flags: NETDISC_IF_CONNECTED, NETDISC_NO_WAIT, NETDISC_ALLOW_RECONNECT.
 *
 * ERROR_NOT_CONNECTED 2250  it is idle
 * ERROR_BUSY 170            the provider reported success, but it is still associated
 * RPC statuses (17xx)       from Windows' WLAN service, by number
 */
NETDISC_API netdisc_status netdisc_wlan_disconnect(netdisc *nd, const char *device, uint32_t flags,
                                                   int timeout_ms, netdisc_error **err);
NETDISC_API netdisc_status netdisc_wlan_disconnect_start(netdisc *nd, const char *device, uint32_t flags,
                                                         int timeout_ms, netdisc_op **out,
                                                         netdisc_error **err);

typedef struct netdisc_wlan_spec {
    size_t size;
    const char *device;        /* GUID, interface name, or NULL: the only one */
    const char *profile;       /* a known profile by name or UUID; or, when this is NULL, */
    const char *ssid;          /* the network's name as text; or, when this is NULL, */
    const uint8_t *ssid_bytes; /* as 1 to 32 bytes */
    size_t ssid_length;
    const char *passphrase; /* NULL: as the profile has it, or an open network */
} netdisc_wlan_spec;

/*
 * Connects an interface and waits until it is. What is connected so already is left alone. Flags:
 * NETDISC_NO_WAIT.
 *
 * A network that is named by its SSID is connected with the profile that knows it, the last used of several
 * (Windows: the one that it prefers);
 * where none does, a new profile is made, which stays if it could be connected (with NETDISC_NO_WAIT: in any
 * case). A passphrase replaces that of a known profile, unless it turns out to be wrong. Where a stored key
 * is wrong, and a desktop asks its user for another, that is waited for.
 *
 * ERROR_INVALID_PARAMETER 87  neither profile nor SSID, an SSID of 0 or more than 32 bytes, a passphrase
 *                             that is not UTF-8 or has control characters
 * ERROR_FILENAME_EXCED_RANGE 206   a profile or passphrase of more than 1023 bytes (Windows: a profile of more
 *                             than 255 UTF-16 units)
 * ERROR_INVALID_PASSWORD 86   the key is wrong or missing, or cannot be one
 * ERROR_NOT_FOUND 1168        no such profile, or no such network in reach
 * ERROR_DUP_NAME 52           also: several profiles have this name
 * ERROR_NOT_SUPPORTED 50      also: the network asks for more than a key (802.1X), and no profile knows it
 * ERROR_MOD_NOT_FOUND 126     a profile is to be made or changed, and libnm is missing
 * ERROR_SEM_TIMEOUT 121       the network did not answer in its time
 * ERROR_NOT_READY 21          the radio is switched off
 * ERROR_BAD_PROFILE 1206      Windows takes the profile for damaged
 * ERROR_DEV_NOT_EXIST 55      the interface was removed meanwhile
 * ERROR_REQUEST_ABORTED 1235, ERROR_CONNECTION_ABORTED 1236   the daemon or the bus ended meanwhile
 * ERROR_OPERATION_ABORTED 995   somebody else ended it, or took its place
 * Where the connecting failed, the detail has the system's own reason.
 */
NETDISC_API netdisc_status netdisc_wlan_connect(netdisc *nd, const netdisc_wlan_spec *spec,
                                                uint32_t flags, int timeout_ms, netdisc_error **err);
NETDISC_API netdisc_status netdisc_wlan_connect_start(netdisc *nd, const netdisc_wlan_spec *spec,
                                                      uint32_t flags, int timeout_ms, netdisc_op **out,
                                                      netdisc_error **err);

/* ---- Named connections ---------------------------------------------------------------------- */

/*
 * A connection is named by its UUID (any case, with or without braces) or its name. For the functions
 * below:
 *   ERROR_INVALID_PARAMETER 87      NULL, empty, malformed UTF-8, control characters
 *   ERROR_FILENAME_EXCED_RANGE 206  more than 1023 bytes
 *   ERROR_NOT_FOUND 1168            no such connection
 *   ERROR_DUP_NAME 52               several have this name; to end one it is enough that exactly one of
 *                                   them is active. The message lists them
 */

/* Every profile, the active ones first. No flags. */
NETDISC_API netdisc_status netdisc_connection_list(netdisc *nd, uint32_t flags, int timeout_ms,
                                                   netdisc_list **out, netdisc_error **err);
NETDISC_API netdisc_status netdisc_connection_list_start(netdisc *nd, uint32_t flags, int timeout_ms,
                                                         netdisc_op **out, netdisc_error **err);

/*
 * Ends the connection wherever it is active, and waits until it is gone.
 * Flags: NETDISC_IF_CONNECTED, NETDISC_NO_WAIT, NETDISC_EXTERNAL.
 *
 * ERROR_NOT_CONNECTED 2250  it is not active
 * ERROR_ACCESS_DENIED 5     not allowed; or not of the provider's making, without NETDISC_EXTERNAL; or the
 *                           loopback interface, always
 * ERROR_BUSY 170            the provider reported success, but it is still active
 */
NETDISC_API netdisc_status netdisc_connection_disconnect(netdisc *nd, const char *name, uint32_t flags,
                                                         int timeout_ms, netdisc_error **err);
NETDISC_API netdisc_status netdisc_connection_disconnect_start(netdisc *nd, const char *name,
                                                               uint32_t flags, int timeout_ms,
                                                               netdisc_op **out, netdisc_error **err);

/*
 * Connects it, and waits until it is. What is connected already is left alone. Flags: NETDISC_NO_WAIT.
 *
 * ERROR_INVALID_PASSWORD 86, ERROR_LOGON_FAILURE 1326   its secrets are wrong or missing
 * ERROR_NO_NETWORK 1222        what it needs is not there: a device, a link, for a VPN another connection
 * ERROR_SEM_TIMEOUT 121        the server did not answer in its time
 * ERROR_BAD_NETPATH 53, ERROR_CONNECTION_REFUSED 1225   Windows: the server is unknown, or refused
 * ERROR_BUSY 170               Windows: its port or line is in use
 * ERROR_CANNOT_OPEN_PROFILE 1205, ERROR_BAD_PROFILE 1206   Windows: the phone book
 * ERROR_ACCOUNT_RESTRICTION 1327 and what follows it, ERROR_ACCOUNT_EXPIRED 1793   Windows: the account
 * ERROR_REQUEST_ABORTED 1235, ERROR_CONNECTION_ABORTED 1236   the daemon or the bus ended meanwhile
 * ERROR_OPERATION_ABORTED 995  somebody else ended it, or took its place
 * Where the connecting failed, the detail has the system's own reason.
 */
NETDISC_API netdisc_status netdisc_connection_connect(netdisc *nd, const char *name, uint32_t flags,
                                                      int timeout_ms, netdisc_error **err);
NETDISC_API netdisc_status netdisc_connection_connect_start(netdisc *nd, const char *name,
                                                            uint32_t flags, int timeout_ms,
                                                            netdisc_op **out, netdisc_error **err);

/* ---- Providers ------------------------------------------------------------------------------ */

/*
 * Every provider in the order of precedence, whether it is usable, and what is missing where it is not:
 * netdisc_list_backend(). Loads modules and asks for daemons. No flags. Succeeds even when none is
 * usable.
 */
NETDISC_API netdisc_status netdisc_backends(netdisc *nd, uint32_t flags, int timeout_ms,
                                            netdisc_list **out, netdisc_error **err);
NETDISC_API netdisc_status netdisc_backends_start(netdisc *nd, uint32_t flags, int timeout_ms,
                                                  netdisc_op **out, netdisc_error **err);

/* ---- Watching ------------------------------------------------------------------------------- */

typedef enum netdisc_event_type {
    /* A provider reports from here on: list now. What follows is in order, and nothing is missing.
     * Comes for each provider, and again whenever what it reports begins anew. */
    NETDISC_EVENT_READY = 0,
    /* A share or an interface; of connections a profile, or a further activation of one that is active. */
    NETDISC_EVENT_ADDED = 1,
    NETDISC_EVENT_REMOVED = 2,
    NETDISC_EVENT_CHANGED = 3, /* old_state and state say how, reason says why */
    /* Events were lost, because they were not dispatched in time or the provider lost them: list. */
    NETDISC_EVENT_OVERRUN = 4,
    /* The provider cannot report now; status and reason say why. READY comes when it can again: by its own
     * doing, or, if it could not even be opened, once a verb or another watch has opened it. */
    NETDISC_EVENT_LOST = 5
} netdisc_event_type;

typedef struct netdisc_event {
    netdisc_event_type type;
    uint32_t kind;              /* NETDISC_SHARE ...; for READY, OVERRUN and LOST all that it is about */
    const char *provider;       /* NULL: OVERRUN by the queue */
    const netdisc_share *share; /* for events of that kind; else NULL */
    const netdisc_wlan *wlan;   /* likewise */
    const netdisc_connection *connection; /* likewise */
    netdisc_state old_state;
    netdisc_state state;
    netdisc_status status; /* LOST, and CHANGED where there is an error behind it */
    const char *reason;    /* in words; NULL where none is known */
} netdisc_event;

/* The event is valid for the length of the call. Called from netdisc_dispatch() only. */
typedef void (*netdisc_event_fn)(void *data, const netdisc_event *event);

/*
 * Reports changes of the kinds given (NETDISC_SHARE | ...). Returns at once; the first event of each
 * provider is READY (list then, and no change is missed) or LOST. Events are in order; a full queue
 * gives one OVERRUN.
 *
 * ERROR_INVALID_PARAMETER: a NULL, no kind or one that does not exist.
 * ERROR_NOT_SUPPORTED: no provider for any of the kinds.
 */
NETDISC_API netdisc_status netdisc_watch_start(netdisc *nd, uint32_t kinds, netdisc_event_fn fn,
                                               void *data, netdisc_watch **out, netdisc_error **err);

/* Ends and frees a watch; NULL is allowed. After this returns its callback is not called any more, and not
 * running, except where this is called from within a callback: then a call that another thread is in may
 * still be on its way. After netdisc_close() it only frees. */
NETDISC_API void netdisc_watch_stop(netdisc_watch *watch);

#ifdef __cplusplus
}
#endif

#endif
