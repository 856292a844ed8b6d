/* SPDX-License-Identifier: MIT */
/*
 * The command, in the order of its work:
 *   main.c      from the arguments to the exit status
 *   parse.c     the tables of verbs and options, and what was given
 *   help.c      what they look like to a person
 *   complete.c  what a word could become, for the completion of shells
 *   verbs.c     what each verb asks of the library;  restore.c, watch.c, codes.c: those that are more
 *   run.c       waits for it, and lets the user end it
 *   fields.c    what there is to tell of a share, an interface ...: columns and keys
 *   report.c    tells it, to a person or as JSON
 *   text.c, system_*.c   text, and what systems do differently
 */
#ifndef TOOLS_COMMAND_H
#define TOOLS_COMMAND_H

#include <netdisc.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text.h"

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_CANCELLED = 3 };

/* ---- What was asked for --------------------------------------------------------------------- */

/* XX(name, word, value or NULL, netdisc's flag, help) */
/* clang-format off */
#define OPTION_MAP(XX)                                                                                   \
    XX(FORCE, "force", NULL, NETDISC_FORCE, "open files do not stop it")                                 \
    XX(FORGET, "forget", NULL, NETDISC_UPDATE_PROFILE, "also forget the remembered mapping")             \
    XX(REMEMBER, "remember", NULL, NETDISC_UPDATE_PROFILE, "remember the mapping")                       \
    XX(SAVE_PASSWORD, "save-password", NULL, NETDISC_SAVE_PASSWORD, "keep the password in your keyring") \
    XX(ALL, "all", NULL, NETDISC_ALL, "a remote name also takes what has a local name")                  \
    XX(IF_CONNECTED, "if-connected", NULL, NETDISC_IF_CONNECTED, "already down is success")              \
    XX(NO_WAIT, "no-wait", NULL, NETDISC_NO_WAIT, "do not wait until it is done")                        \
    XX(EXTERNAL, "external", NULL, NETDISC_EXTERNAL, "also what NetworkManager did not make")            \
    XX(ALLOW_RECONNECT, "allow-reconnect", NULL, NETDISC_ALLOW_RECONNECT, "do not keep it down")         \
    XX(PROFILE, "profile", NULL, 0, "the network is named by its profile, not its SSID")                 \
    XX(USER, "user", "NAME", 0, "as this user")                                                          \
    XX(DOMAIN, "domain", "NAME", 0, "of this domain or workgroup")                                       \
    XX(PASSWORD_STDIN, "password-stdin", NULL, 0, "read the password from standard input, one line")     \
    XX(GUEST, "guest", NULL, 0, "as a guest")                                                            \
    XX(KERBEROS, "kerberos", NULL, 0, "with your Kerberos ticket")                                       \
    XX(TIMEOUT, "timeout", "TIME", 0, "500ms, 5s, 2m, 1h or none; 30s unless you say")                   \
    XX(PROVIDERS, "providers", "LIST", 0, "use these only, in this order")                               \
    XX(MODULES, "modules", "DIRECTORY", 0, "where backend modules are")                                  \
    XX(JSON, "json", NULL, 0, "print JSON")                                                              \
    XX(VERBOSE, "verbose", NULL, 0, "print the library's log to standard error")                         \
    XX(HELP, "help", NULL, 0, "print this")                                                              \
    XX(VERSION, "version", NULL, 0, "print the version")
/* clang-format on */

typedef enum option_id {
#define XX(name, word, value, flag, help) OPTION_##name,
    OPTION_MAP(XX)
#undef XX
        OPTION_COUNT
} option_id;

#define BIT(name) (1u << OPTION_##name)
/* What every verb takes, and those that ask the library. */
#define OPTIONS_OF_ALL   (BIT(JSON) | BIT(HELP))
#define OPTIONS_OF_ASKED (OPTIONS_OF_ALL | BIT(TIMEOUT) | BIT(PROVIDERS) | BIT(MODULES) | BIT(VERBOSE))

typedef struct option {
    const char *word;
    const char *value; /* what it needs; NULL: nothing */
    uint32_t flag;
    const char *help;
} option;

extern const option options[OPTION_COUNT];

typedef struct verb verb;

enum { ARGUMENTS_MAX = 3 };

typedef struct request {
    const verb *verb;
    const char *arguments[ARGUMENTS_MAX + 1]; /* NULL past the last */
    size_t count;
    uint32_t given; /* BIT(...) */
    const char *values[OPTION_COUNT];
    uint32_t flags; /* netdisc's */
    int timeout_ms;
    char *secret; /* the password; wipe_free() ends it */
} request;

/* How a verb is told of. */
typedef enum told {
    TOLD_TABLE, /* a list */
    TOLD_MADE,  /* a line for each: it is connected */
    TOLD_ENDED, /* a line for each: it is gone */
    TOLD_PATH,  /* the path alone */
} told;

typedef struct item_sort item_sort;

struct verb {
    const char *group;
    const char *name; /* NULL: the group is the verb */
    const char *arguments;
    size_t least, most;    /* of arguments */
    uint32_t options;      /* BIT(...) */
    const item_sort *sort; /* of the items */
    told told;
    /* Starts the operation; or, for a verb that is more than one, NULL and `run`, which gives the exit
     * status. */
    netdisc_status (*start)(const request *it, netdisc *nd, netdisc_op **op, netdisc_error **err);
    int (*run)(const request *it);
    const char *help;
};

/* Ends with a verb without a group. */
extern const verb verbs[];

/* Fills `it`; false, when it told of a mistake. */
bool parse(request *it, int argc, char **argv);
/* Of the whole program, or of a verb. */
void help_add(text *out, const verb *one);
bool is_given(const request *it, uint32_t bits);
/* The option of that name, without its dashes; OPTION_COUNT: there is none. */
option_id find_option(const char *word, size_t length);
/* For the completion of shells: prints what the last of these words could become, a line each, some with a tab
 * and a description. Never a message. */
int complete(size_t count, char **given);

int restore_shares(const request *it);
/* \\server\share as it is, or as smb://server:port/share where the port is not the usual one. */
void add_remote(text *out, const netdisc_share *share);
int watch_changes(const request *it);
int tell_codes(const request *it);

/* ---- Running -------------------------------------------------------------------------------- */

/* What came of a verb. */
typedef struct outcome {
    netdisc_status status;
    const netdisc_error *error; /* NULL on success */
    const char *note;
    netdisc_list *items; /* NULL: none */
    netdisc_op *op;
    netdisc_error *refusal; /* where no operation began */
} outcome;

/* How often what waits looks for Ctrl-C. */
enum { TICK_MS = 100 };

/* A context for this request; NULL, when it told why not. */
netdisc *run_open(const request *it);

/* `status`, `op` and `err` are what a _start function gave. Waits for it; Ctrl-C cancels it. */
outcome run_wait(netdisc *nd, netdisc_status status, netdisc_op *op, netdisc_error *err);
void outcome_free(outcome *self);

/* What a status makes of the exit. */
int run_exit(netdisc_status status);

/* For netdisc_share_disconnect(): asks at the terminal, if there is one. */
bool can_ask(void);
netdisc_answer ask_at_terminal(void *data, netdisc_op *op, const netdisc_question *question);

/* The password from standard input; NULL: there is none. wipe_free() ends it. */
char *read_password(void);
void wipe_free(char *secret);

/* ---- Telling -------------------------------------------------------------------------------- */

typedef struct field {
    const char *key;   /* in JSON */
    const char *title; /* of the column; NULL: not in a table */
    const struct kind *kind;
    size_t offset; /* in the item */
} field;

struct item_sort {
    const field *fields;
    size_t count;
    const void *(*at)(const netdisc_list *list, size_t index);
    const char *none; /* what there is none of, "shares" */
    const char *word; /* "share"; NULL: it is no kind of connection, */
    uint32_t kind;    /* NETDISC_SHARE ... */
    /* "\\server\share on Z:" */
    void (*describe)(text *out, const void *item);
    const char *(*path)(const void *item); /* NULL: it has none */
    const char *made;                      /* "is connected" */
    const char *ended;                     /* "is gone" */
};

extern const item_sort sort_share, sort_wlan, sort_connection, sort_holder, sort_backend;

/* Those of connections, which can be watched; NULL past the last. */
extern const item_sort *const connection_sorts[];

void field_show(text *out, const field *field, const void *item); /* for a table */
void item_json(text *out, const char *key, const item_sort *sort, const void *item);
void kinds_json(text *out, const char *key, uint32_t kinds);
void kinds_show(text *out, uint32_t kinds);

/* All of it, to stdout and stderr; gives the exit status. */
int report(const request *it, const outcome *result);
/* A failure to a person, on stderr. */
void report_failure(const netdisc_error *error);
/* What is missing in a list, on stderr. */
void report_gaps(const netdisc_list *list);
void report_table(text *out, FILE *stream, const item_sort *sort, const netdisc_list *list);
/* A line for a person: it is connected. */
void report_made(text *out, const item_sort *sort, const void *item);
/* The object for a result, up to its items; these follow; then the rest, with the failures that
 * report_json_failure() wrote. Writes it all, and gives the exit status. */
void report_json_open(text *out, const outcome *result);
void report_json_failure(text *out, netdisc_status status, const netdisc_error *error);
int report_json_close(text *out, const text *failures, netdisc_status status);
/* Writes to stdout; gives `status`, or EXIT_FAILED where it could not be written. */
int report_write(text *out, int status);
/* One sentence to stderr, "netdisc: ...". */
TEXT_PRINTF(1, 2) void complain(const char *format, ...);

#endif
