/* SPDX-License-Identifier: MIT */
/* What the parsers of names share among themselves; everybody else wants names.h. */
#ifndef ND_NAME_PARTS_H
#define ND_NAME_PARTS_H

#include "names.h"

#ifdef _WIN32
#define ND_LOCAL_NAMES "a local name is a drive letter and a colon"
#else
#define ND_LOCAL_NAMES "a local name is a drive letter and a colon, or an absolute path"
#endif

/* What can be wrong with a name: XX(fault, status, why). */
/* clang-format off */
#define ND_FAULTS(XX)                                                                                 \
    XX(NONE, NO_ERROR, NULL)                                                                          \
    XX(MEMORY, ERROR_NOT_ENOUGH_MEMORY, "there is no memory for the name")                            \
    XX(NO_NAME, ERROR_INVALID_PARAMETER, "no name is given")                                          \
    XX(NAME_LONG, ERROR_FILENAME_EXCED_RANGE, "the name is longer than 4095 bytes")                   \
    XX(SERVER_LONG, ERROR_FILENAME_EXCED_RANGE, "the server name is longer than 253 bytes")           \
    XX(SHARE_LONG, ERROR_FILENAME_EXCED_RANGE, "the share name is longer than 80 characters")         \
    XX(DEVICE_LONG, ERROR_FILENAME_EXCED_RANGE, "the name is too long for an interface")              \
    XX(CONNECTION_LONG, ERROR_FILENAME_EXCED_RANGE, "the connection name is longer than 1023 bytes")  \
    XX(LOCAL_UNCLEAN, ERROR_BAD_DEVICE, "the local name has a control character or malformed UTF-8")  \
    XX(LOCAL_SHAPE, ERROR_BAD_DEVICE, ND_LOCAL_NAMES)                                                 \
    XX(MOUNT_DOTS, ERROR_BAD_DEVICE, "a mount point has no . or .. in its path")                      \
    XX(REMOTE_UNCLEAN, ERROR_BAD_NET_NAME, "the name has a control character or malformed UTF-8")     \
    XX(URL_SCHEME, ERROR_BAD_NET_NAME, "the URL of a share begins with smb://")                       \
    XX(URL_QUERY, ERROR_BAD_NET_NAME, "the URL of a share has no query and no fragment")              \
    XX(URL_USER, ERROR_BAD_NET_NAME, "credentials do not belong in the name")                         \
    XX(URL_PORT, ERROR_BAD_NET_NAME, "the port is not a number from 1 to 65535")                      \
    XX(URL_ESCAPE, ERROR_BAD_NET_NAME, "after a % there are not two hex digits of a character")       \
    XX(SERVER_SHAPE, ERROR_BAD_NET_NAME, "the server name is empty or only dots")                     \
    XX(SERVER_CHARACTER, ERROR_BAD_NET_NAME,                                                          \
       "the server name has a character that no server can have")                                     \
    XX(SERVER_ADDRESS, ERROR_BAD_NET_NAME, "the server is not a valid IPv6 address")                  \
    XX(SHARE_MISSING, ERROR_BAD_NET_NAME, "the name has a server, but no share")                      \
    XX(SHARE_PATH, ERROR_BAD_NET_NAME, "the name goes on after the share")                            \
    XX(SHARE_SHAPE, ERROR_BAD_NET_NAME, "the share name is empty, . or ..")                           \
    XX(SHARE_CHARACTER, ERROR_BAD_NET_NAME, "the share name has a character that no share can have")  \
    XX(DEVICE_GUID, ERROR_INVALID_PARAMETER, "the GUID is malformed")                                 \
    XX(DEVICE_SHAPE, ERROR_INVALID_PARAMETER, "the name cannot be an interface's")                    \
    XX(CONNECTION_SHAPE, ERROR_INVALID_PARAMETER,                                                     \
       "the connection name is empty, has a control character or malformed UTF-8")
/* clang-format on */

typedef enum nd_fault {
#define XX(fault, status, why) FAULT_##fault,
    ND_FAULTS(XX)
#undef XX
} nd_fault;

enum { ND_UTF8_MAX = 4 /* bytes of one character */ };

/* Begins as a remote name does, however it goes on. */
bool nd_is_remote(const char *text);
nd_fault nd_parse_remote(const char *text, size_t length, bool server_alone, nd_name *out);

/* Makes `text`, which may be NULL for want of memory, the storage and the text of a name. */
nd_fault nd_name_keep(nd_name *out, nd_form form, char *text);

/* Of ASCII only. */
char nd_ascii_lower(char byte);
/* Without case; the prefix is lower-case ASCII. */
bool nd_begins_with(const char *text, const char *prefix);
/* -1 where it is no hex digit. */
int nd_hex_value(char digit);
/* "." or "..". */
bool nd_is_dots(const char *text, size_t length);
/* Writes a character as UTF-8 and says how many bytes that took. */
size_t nd_utf8_put(uint32_t character, char to[ND_UTF8_MAX]);

#endif
