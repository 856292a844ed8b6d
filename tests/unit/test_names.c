/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "names.h"

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

#define UUID      "6b29fc40-ca47-1067-b31d-00dd010662da"
#define UUID_CAPS "6B29FC40-CA47-1067-B31D-00DD010662DA"

#define TEN(text)    text text text text text text text text text text
#define EIGHTY(text) TEN(text text text text text text text text)
#define LONG_SERVER  TEN(TEN("ab")) TEN("abcde") "abc" /* 253 bytes */

enum {
    FINE = NETDISC_NO_ERROR,
    LOCAL = NETDISC_ERROR_BAD_DEVICE,
    REMOTE = NETDISC_ERROR_BAD_NET_NAME,
    TOO_LONG = NETDISC_ERROR_FILENAME_EXCED_RANGE,
    INVALID = NETDISC_ERROR_INVALID_PARAMETER
};

typedef netdisc_status (*parse_fn)(const char *text, nd_name *out, const char **why);

typedef struct good_name {
    const char *text;
    nd_form form;
    const char *normal;
    const char *server;
    const char *share;
    uint16_t port;
} good_name;

typedef struct bad_name {
    const char *text;
    netdisc_status status;
} bad_name;

static const good_name good_shares[] = {
    {"Z:", ND_FORM_LETTER, "Z:", NULL, NULL, 0},
    {"z:", ND_FORM_LETTER, "Z:", NULL, NULL, 0},
    {"a:\\", ND_FORM_LETTER, "A:", NULL, NULL, 0},
#ifndef _WIN32
    {"/", ND_FORM_MOUNT, "/", NULL, NULL, 0},
    {"/mnt/x", ND_FORM_MOUNT, "/mnt/x", NULL, NULL, 0},
    {"/mnt//x///", ND_FORM_MOUNT, "/mnt/x", NULL, NULL, 0},
    {"/mnt/...", ND_FORM_MOUNT, "/mnt/...", NULL, NULL, 0},
    {"/mnt/.x", ND_FORM_MOUNT, "/mnt/.x", NULL, NULL, 0},
    {"/mnt/my share\\%20", ND_FORM_MOUNT, "/mnt/my share\\%20", NULL, NULL, 0},
    {"/mnt/Größe", ND_FORM_MOUNT, "/mnt/Größe", NULL, NULL, 0},
#endif
    {"\\\\server\\share", ND_FORM_REMOTE, "\\\\server\\share", "server", "share", 0},
    {"\\\\server\\share\\", ND_FORM_REMOTE, "\\\\server\\share", "server", "share", 0},
    {"\\\\SERVER\\Share$", ND_FORM_REMOTE, "\\\\server\\Share$", "server", "Share$", 0},
    {"\\\\server\\a b", ND_FORM_REMOTE, "\\\\server\\a b", "server", "a b", 0},
    {"\\\\server\\50%20#1", ND_FORM_REMOTE, "\\\\server\\50%20#1", "server", "50%20#1", 0},
    {"\\\\server\\a@b;c[d]", ND_FORM_REMOTE, "\\\\server\\a@b;c[d]", "server", "a@b;c[d]", 0},
    {"\\\\server\\...", ND_FORM_REMOTE, "\\\\server\\...", "server", "...", 0},
    {"\\\\10.0.0.1\\x", ND_FORM_REMOTE, "\\\\10.0.0.1\\x", "10.0.0.1", "x", 0},
    {"\\\\a.example.\\x", ND_FORM_REMOTE, "\\\\a.example.\\x", "a.example.", "x", 0},
    {"\\\\BÜRO\\Öl", ND_FORM_REMOTE, "\\\\büro\\Öl", "büro", "Öl", 0},
    {"\\\\server", ND_FORM_SERVER, "\\\\server", "server", NULL, 0},
    {"\\\\server\\", ND_FORM_SERVER, "\\\\server", "server", NULL, 0},
    {"//server/share", ND_FORM_REMOTE, "\\\\server\\share", "server", "share", 0},
    {"//Server/share/", ND_FORM_REMOTE, "\\\\server\\share", "server", "share", 0},
    {"//server/%41#", ND_FORM_REMOTE, "\\\\server\\%41#", "server", "%41#", 0},
    {"//server", ND_FORM_SERVER, "\\\\server", "server", NULL, 0},
    {"//server/", ND_FORM_SERVER, "\\\\server", "server", NULL, 0},
    {"smb://server/share", ND_FORM_REMOTE, "\\\\server\\share", "server", "share", 0},
    {"SMB://server/share/", ND_FORM_REMOTE, "\\\\server\\share", "server", "share", 0},
    {"smb://server/a%20b", ND_FORM_REMOTE, "\\\\server\\a b", "server", "a b", 0},
    {"smb://server/%25%23", ND_FORM_REMOTE, "\\\\server\\%#", "server", "%#", 0},
    {"smb://server/%c3%96l", ND_FORM_REMOTE, "\\\\server\\Öl", "server", "Öl", 0},
    {"smb://b%C3%9Cro/x", ND_FORM_REMOTE, "\\\\büro\\x", "büro", "x", 0},
    {"smb://server/a@b", ND_FORM_REMOTE, "\\\\server\\a@b", "server", "a@b", 0},
    {"smb://server:445/x", ND_FORM_REMOTE, "\\\\server\\x", "server", "x", 0},
    {"smb://server:0445/x", ND_FORM_REMOTE, "\\\\server\\x", "server", "x", 0},
    {"smb://server:1/x", ND_FORM_REMOTE, "smb://server:1/x", "server", "x", 1},
    {"smb://Server:65535/X", ND_FORM_REMOTE, "smb://server:65535/X", "server", "X", 65535},
    {"smb://server:8445/%25%231%20a", ND_FORM_REMOTE, "smb://server:8445/%25%231 a", "server", "%#1 a",
     8445},
    {"smb://server", ND_FORM_SERVER, "\\\\server", "server", NULL, 0},
    {"smb://server/", ND_FORM_SERVER, "\\\\server", "server", NULL, 0},
    {"smb://server:8445", ND_FORM_SERVER, "smb://server:8445", "server", NULL, 8445},
    {"\\\\[FE80:0:0::1]\\x", ND_FORM_REMOTE, "\\\\[fe80::1]\\x", "fe80::1", "x", 0},
    {"//[::1]/x", ND_FORM_REMOTE, "\\\\[::1]\\x", "::1", "x", 0},
    {"//[::ffff:192.0.2.1]/x", ND_FORM_REMOTE, "\\\\[::ffff:192.0.2.1]\\x", "::ffff:192.0.2.1", "x", 0},
    {"//[fe80::1%Eth0.7]/x", ND_FORM_REMOTE, "\\\\[fe80::1%Eth0.7]\\x", "fe80::1%Eth0.7", "x", 0},
    {"smb://[2001:DB8::1]/x", ND_FORM_REMOTE, "\\\\[2001:db8::1]\\x", "2001:db8::1", "x", 0},
    {"smb://[fe80::1%25eth0]/x", ND_FORM_REMOTE, "\\\\[fe80::1%eth0]\\x", "fe80::1%eth0", "x", 0},
    {"smb://[fe80::1%25eth0]:99/x", ND_FORM_REMOTE, "smb://[fe80::1%25eth0]:99/x", "fe80::1%eth0", "x",
     99},
    {"smb://[::1]:99", ND_FORM_SERVER, "smb://[::1]:99", "::1", NULL, 99},
    {"\\\\[::1]", ND_FORM_SERVER, "\\\\[::1]", "::1", NULL, 0},
    {"\\\\2001-DB8--1.ipv6-literal.net\\x", ND_FORM_REMOTE, "\\\\[2001:db8::1]\\x", "2001:db8::1", "x",
     0},
    {"//fe80--1s4.IPv6-Literal.NET/x", ND_FORM_REMOTE, "\\\\[fe80::1%4]\\x", "fe80::1%4", "x", 0},
    {"smb://fe80--1sbr-lan.ipv6-literal.net:99/x", ND_FORM_REMOTE, "smb://[fe80::1%25br-lan]:99/x",
     "fe80::1%br-lan", "x", 99},
    {"\\\\" LONG_SERVER "\\x", ND_FORM_REMOTE, "\\\\" LONG_SERVER "\\x", LONG_SERVER, "x", 0},
    {"//s/" EIGHTY("a"), ND_FORM_REMOTE, "\\\\s\\" EIGHTY("a"), "s", EIGHTY("a"), 0},
    {"//s/" EIGHTY("😀"), ND_FORM_REMOTE, "\\\\s\\" EIGHTY("😀"), "s", EIGHTY("😀"), 0},
    {"smb://s/" EIGHTY("%25"), ND_FORM_REMOTE, "\\\\s\\" EIGHTY("%"), "s", EIGHTY("%"), 0},
};

static const bad_name bad_shares[] = {
    {NULL, INVALID},
    {"", LOCAL},
    {"Z", LOCAL},
    {":", LOCAL},
    {"Z:/", LOCAL},
    {"Z:x", LOCAL},
    {"Z:\\\\", LOCAL},
    {"Z:\\x", LOCAL},
    {" Z:", LOCAL},
    {"Z: ", LOCAL},
    {"ZZ:", LOCAL},
    {"1:", LOCAL},
    {"[:", LOCAL},
    {"ä:", LOCAL},
    {"\xE2\x84\xAA:", LOCAL}, /* the Kelvin sign */
    {"LPT1", LOCAL},
    {"\\server\\share", LOCAL},
    {"server/share", LOCAL},
    {"smb:/server/share", LOCAL},
    {"smb:\\\\server\\share", LOCAL},
    {"://server/share", LOCAL},
    {" //server/share", LOCAL},
    {"mnt/x", LOCAL},
    {"/mnt/./x", LOCAL},
    {"/mnt/../x", LOCAL},
    {"/..", LOCAL},
    {"/.", LOCAL},
    {"/mnt/a\nb", LOCAL},
    {"/mnt/\x7F", LOCAL},
    {"/mnt/\xC2\x80", LOCAL},
    {"/mnt/\xFF", LOCAL},
#ifdef _WIN32
    {"/", LOCAL},
    {"/mnt/x", LOCAL},
#endif
    {"\\\\", REMOTE},
    {"//", REMOTE},
    {"///", REMOTE},
    {"///x", REMOTE},
    {"//server//", REMOTE},
    {"//server//share", REMOTE},
    {"//server/share//", REMOTE},
    {"//server/share/deep", REMOTE},
    {"//server\\share", REMOTE},
    {"//server/share\\", REMOTE},
    {"\\\\server/share", REMOTE},
    {"\\\\server\\share/", REMOTE},
    {"\\\\server\\share\\deep\\", REMOTE},
    {"\\\\server\\.", REMOTE},
    {"\\\\server\\..", REMOTE},
    {"\\\\server\\a*", REMOTE},
    {"\\\\server\\a?", REMOTE},
    {"\\\\server\\a:b", REMOTE},
    {"\\\\server\\a\"b", REMOTE},
    {"\\\\server\\<a>", REMOTE},
    {"\\\\server\\a|b", REMOTE},
    {"\\\\server\\a\tb", REMOTE},
    {"\\\\server\\a\xC0\xAF", REMOTE},
    {"\\\\.\\x", REMOTE},
    {"\\\\..\\x", REMOTE},
    {"\\\\?\\C:\\x", REMOTE},
    {"\\\\a b\\x", REMOTE},
    {"\\\\a,b\\x", REMOTE},
    {"\\\\a%b\\x", REMOTE},
    {"\\\\a#b\\x", REMOTE},
    {"\\\\user@server\\x", REMOTE},
    {"\\\\server:445\\x", REMOTE},
    {"//server:445/x", REMOTE},
    {"//[::1/x", REMOTE},
    {"//::1]/x", REMOTE},
    {"//::1/x", REMOTE},
    {"//[]/x", REMOTE},
    {"//[", REMOTE},
    {"//[::1]x/x", REMOTE},
    {"//[::1]:445/x", REMOTE},
    {"//[::g]/x", REMOTE},
    {"//[1.2.3.4]/x", REMOTE},
    {"//[::1%]/x", REMOTE},
    {"//[::1%a b]/x", REMOTE},
    {"//[::1%a%b]/x", REMOTE},
    {"//.ipv6-literal.net/x", REMOTE},
    {"//x.ipv6-literal.net/x", REMOTE},
    {"//fe80--1s.ipv6-literal.net/x", REMOTE},
    {"//fe80--1%4.ipv6-literal.net/x", REMOTE},
    {"smb://", REMOTE},
    {"smb:///x", REMOTE},
    {"smb://:445/x", REMOTE},
    {"smb://server:/x", REMOTE},
    {"smb://server:0/x", REMOTE},
    {"smb://server:65536/x", REMOTE},
    {"smb://server:4294967741/x", REMOTE}, /* 445 in 32 bits */
    {"smb://server:+445/x", REMOTE},
    {"smb://server:-1/x", REMOTE},
    {"smb://server: 445/x", REMOTE},
    {"smb://server:1:2/x", REMOTE},
    {"smb://[::1]x:445/x", REMOTE},
    {"smb://[fe80::1%eth0]/x", REMOTE},
    {"smb://%5B::1%5D/x", REMOTE},
    {"smb://user@server/x", REMOTE},
    {"smb://domain;user:word@server/x", REMOTE},
    {"smb://server/x?y", REMOTE},
    {"smb://server/x#y", REMOTE},
    {"smb://server/%", REMOTE},
    {"smb://server/%2", REMOTE},
    {"smb://server/%zz", REMOTE},
    {"smb://server/%2z", REMOTE},
    {"smb://server/a%00", REMOTE},
    {"smb://server/a%0a", REMOTE},
    {"smb://server/a%2Fb", REMOTE},
    {"smb://server/a%5cb", REMOTE},
    {"smb://server/%2e%2E", REMOTE},
    {"smb://server/%c2%85", REMOTE},
    {"smb://server/%ff", REMOTE},
    {"smb://ser%20ver/x", REMOTE},
    {"smb://server\\x", REMOTE},
    {"smb://server/share/deep", REMOTE},
    {"smb://server//", REMOTE},
    {"cifs://server/x", REMOTE},
    {"smbx://server/x", REMOTE},
    {"http://server/x", REMOTE},
    {"\\\\" LONG_SERVER "x\\x", TOO_LONG},
    {"//" TEN(TEN("\xC8\xBA")) "/x", TOO_LONG}, /* 200 bytes that fold to 300 */
    {"//[::ffff:c0a8:101%" TEN(TEN("ab")) TEN("abc") "abcdefg]/x", TOO_LONG}, /* 253 bytes to 256 */
    {"//s/" EIGHTY("a") "a", TOO_LONG},
    {"//s/" EIGHTY("😀") "a", TOO_LONG},
    {"smb://s/" EIGHTY("%25") "a", TOO_LONG},
};

static const good_name good_devices[] = {
    {NULL, ND_FORM_ONLY, NULL, NULL, NULL, 0},
    {UUID, ND_FORM_UUID, UUID, NULL, NULL, 0},
    {"{" UUID_CAPS "}", ND_FORM_UUID, UUID, NULL, NULL, 0},
    {"wlan0", ND_FORM_NAME, "wlan0", NULL, NULL, 0},
    {"Wi-Fi", ND_FORM_NAME, "Wi-Fi", NULL, NULL, 0},
    {"...", ND_FORM_NAME, "...", NULL, NULL, 0},
    {"wlan56789012345", ND_FORM_NAME, "wlan56789012345", NULL, NULL, 0},
#ifdef _WIN32
    {"Wireless LAN/2: a", ND_FORM_NAME, "Wireless LAN/2: a", NULL, NULL, 0},
#endif
};

static const bad_name bad_devices[] = {
    {"", INVALID},        {".", INVALID},      {"..", INVALID},          {"{", INVALID},
    {"{}", INVALID},      {"{" UUID, INVALID}, {"{" UUID "}}", INVALID}, {"wlan0\n", INVALID},
    {"\xFF", INVALID},
#ifndef _WIN32
    {"wlan/0", INVALID},  {"wlan 0", INVALID}, {"wlan0:1", INVALID},     {"wlan567890123456", TOO_LONG},
    {UUID "0", TOO_LONG},
#endif
};

static const good_name good_connections[] = {
    {UUID_CAPS, ND_FORM_UUID, UUID, NULL, NULL, 0},
    {"{" UUID "}", ND_FORM_UUID, UUID, NULL, NULL, 0},
    {"{" UUID, ND_FORM_NAME, "{" UUID, NULL, NULL, 0},
    {"Home Wi-Fi / 2: \"a\"", ND_FORM_NAME, "Home Wi-Fi / 2: \"a\"", NULL, NULL, 0},
    {"Ünï", ND_FORM_NAME, "Ünï", NULL, NULL, 0},
    {".", ND_FORM_NAME, ".", NULL, NULL, 0},
};

static const bad_name bad_connections[] = {
    {NULL, INVALID}, {"", INVALID}, {"a\nb", INVALID}, {"\xC2\x9F", INVALID}, {"a\xED\xA0\x80", INVALID},
};

static void assert_same_string(const char *actual, const char *expected)
{
    if (!expected)
        assert_null(actual);
    else
        assert_string_equal(actual, expected);
}

static void assert_cleared(const nd_name *name)
{
    assert_int_equal(name->form, ND_FORM_NONE);
    assert_int_equal(name->port, 0);
    assert_null(name->text);
    assert_null(name->server);
    assert_null(name->share);
    assert_null(name->storage);
}

/* A refusal says why, and leaves nothing behind. */
static void assert_refused(parse_fn parse, const char *text, netdisc_status expected)
{
    nd_name name;
    const char *why = NULL;

    memset(&name, 0xA5, sizeof name);

    netdisc_status status = parse(text, &name, &why);

    if (status != expected)
        print_error("%s\n", text ? text : "NULL");
    assert_int_equal(status, expected);
    assert_non_null(why);
    assert_cleared(&name);
    assert_int_equal(parse(text, &name, NULL), expected);
}

static void assert_parsed(parse_fn parse, const good_name *good)
{
    nd_name name;
    netdisc_status status = parse(good->text, &name, NULL);

    if (status != FINE)
        print_error("%s\n", good->text);
    assert_int_equal(status, FINE);
    assert_int_equal(name.form, good->form);
    assert_same_string(name.text, good->normal);
    assert_same_string(name.server, good->server);
    assert_same_string(name.share, good->share);
    assert_int_equal(name.port, good->port);
    nd_name_clear(&name);
    assert_cleared(&name);
}

static void assert_table(parse_fn parse, const good_name *good, size_t good_count, const bad_name *bad,
                         size_t bad_count)
{
    for (size_t i = 0; i < good_count; i++) {
        good_name again = good[i];

        assert_parsed(parse, &good[i]);
        again.text = good[i].normal;
        assert_parsed(parse, &again);
    }
    for (size_t i = 0; i < bad_count; i++)
        assert_refused(parse, bad[i].text, bad[i].status);
}

static void test_shares(void **state)
{
    (void)state;
    assert_table(nd_parse_share_or_server, good_shares, COUNT(good_shares), bad_shares,
                 COUNT(bad_shares));
}

static void test_server_is_no_share(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(good_shares); i++) {
        if (good_shares[i].form == ND_FORM_SERVER)
            assert_refused(nd_parse_share, good_shares[i].text, REMOTE);
        else
            assert_parsed(nd_parse_share, &good_shares[i]);
    }
    for (size_t i = 0; i < COUNT(bad_shares); i++)
        assert_refused(nd_parse_share, bad_shares[i].text, bad_shares[i].status);
}

static void test_devices(void **state)
{
    (void)state;
    assert_table(nd_parse_device, good_devices, COUNT(good_devices), bad_devices, COUNT(bad_devices));
}

static void test_connections(void **state)
{
    (void)state;
    assert_table(nd_parse_connection, good_connections, COUNT(good_connections), bad_connections,
                 COUNT(bad_connections));
}

static void test_credentials_are_named(void **state)
{
    nd_name name;
    const char *why = NULL;

    (void)state;
    assert_int_equal(nd_parse_share("smb://user:word@server/x", &name, &why), REMOTE);
    assert_non_null(strstr(why, "credentials"));
}

static void test_guids(void **state)
{
    static const char *const good[] = {UUID, UUID_CAPS, "{" UUID "}", "{" UUID_CAPS "}"};
    static const char *const bad[] = {
        NULL,
        "",
        "{",
        "{}",
        UUID "}",
        "{" UUID,
        "{" UUID "} ",
        " " UUID,
        UUID "0",
        "{{" UUID "}}",
        "(" UUID ")",
        "6b29fc40ca471067b31d00dd010662da",
        "6b29fc40-ca47-1067-b31d-00dd010662d",
        "6b29fc40-ca47-1067-b31d-00dd010662dg",
        "6b29fc4-0ca47-1067-b31d-00dd010662da",
        "6b29fc40_ca47_1067_b31d_00dd010662da",
    };
    char guid[37];

    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        memset(guid, 'x', sizeof guid);
        assert_true(nd_parse_guid(good[i], guid));
        assert_string_equal(guid, UUID);
    }
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(nd_parse_guid(bad[i], guid));
}

static bool is_refusal(netdisc_status status)
{
    return status == LOCAL || status == REMOTE || status == TOO_LONG || status == INVALID;
}

/* In a block of its own, so that reading too far does not go unseen. */
static void try_prefix(parse_fn parse, const char *text, size_t length)
{
    char *prefix = malloc(length + 1);
    nd_name name;
    const char *why = NULL;

    assert_non_null(prefix);
    memcpy(prefix, text, length);
    prefix[length] = '\0';

    netdisc_status status = parse(prefix, &name, &why);

    if (status == FINE) {
        assert_true(nd_text_clean(name.text, strlen(name.text)));
    } else {
        assert_true(is_refusal(status));
        assert_non_null(why);
        assert_cleared(&name);
    }
    nd_name_clear(&name);
    free(prefix);
}

static void try_prefixes(parse_fn parse, const good_name *good, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t length = good[i].text ? strlen(good[i].text) : 0;

        for (size_t part = 0; part < length; part++)
            try_prefix(parse, good[i].text, part);
    }
}

static void test_prefixes(void **state)
{
    (void)state;
    try_prefixes(nd_parse_share, good_shares, COUNT(good_shares));
    try_prefixes(nd_parse_share_or_server, good_shares, COUNT(good_shares));
    try_prefixes(nd_parse_device, good_devices, COUNT(good_devices));
    try_prefixes(nd_parse_connection, good_connections, COUNT(good_connections));
}

/* A name of `length` bytes that begins with `start`, without a NUL at its end. */
static char *unending(const char *start, size_t length)
{
    char *text = malloc(length);

    assert_non_null(text);
    memset(text, 'x', length);
    memcpy(text, start, strlen(start));
    return text;
}

/* As many bytes as are too many are as many as may be read. */
static void test_too_long(void **state)
{
    static const struct {
        parse_fn parse;
        const char *start;
        size_t length;
    } names[] = {
        {nd_parse_share, "", ND_NAME_MAX + 1},
        {nd_parse_share, "/", ND_NAME_MAX + 1},
        {nd_parse_share, "//", ND_NAME_MAX + 1},
        {nd_parse_share, "\\\\server\\", ND_NAME_MAX + 1},
        {nd_parse_share, "smb://server/", ND_NAME_MAX + 1},
        {nd_parse_share, "//server/", 1024 * 1024},
        {nd_parse_connection, "", ND_CONNECTION_MAX + 1},
        {nd_parse_connection, "", 1024 * 1024},
        {nd_parse_device, "", 256},
        {nd_parse_device, "", 1024 * 1024},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        char *text = unending(names[i].start, names[i].length);

        assert_refused(names[i].parse, text, TOO_LONG);
        free(text);
    }
}

static void test_longest(void **state)
{
    char *text = unending("", ND_CONNECTION_MAX + 1);
    nd_name name;

    (void)state;
    text[ND_CONNECTION_MAX] = '\0';
    assert_int_equal(nd_parse_connection(text, &name, NULL), FINE);
    assert_string_equal(name.text, text);
    nd_name_clear(&name);
    free(text);
}

static void test_same_remote(void **state)
{
    static const struct {
        const char *a;
        const char *b;
        bool same;
    } pairs[] = {
        {"\\\\server\\share", "//server/share", true},
        {"\\\\server\\share", "smb://SERVER:445/SHARE/", true},
        {"\\\\büro\\Öl", "smb://B%C3%9Cro/%C3%B6L", true},
        {"//[fe80::1%eth0]/x", "smb://[FE80:0::1%25Eth0]/x", true},
        {"//[fe80::1%eth0]/x", "\\\\fe80--1seth0.ipv6-literal.net\\x", true},
        {"//server/a%20b", "smb://server/a%2520b", true},
        {"//server", "//server/share", true},
        {"//server/share", "//Server", true},
        {"//server", "//SERVER", true},
        {"//server/a", "//server/b", false},
        {"//server/a", "//server/ab", false},
        {"//server/a", "//server2/a", false},
        {"//server/a", "//server.example/a", false},
        {"smb://server:99/a", "//server/a", false},
        {"smb://server:99", "smb://server:98/a", false},
        {"//[fe80::1%eth0]/x", "//[fe80::1]/x", false},
        {"//server/ı", "//server/i", false},
        {"//server/İ", "//server/i", false},
        {"//server/ß", "//server/SS", false},
        {"Z:", "Z:", false},
        {"Z:", "//server/share", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(pairs); i++) {
        nd_name a;
        nd_name b;

        assert_int_equal(nd_parse_share_or_server(pairs[i].a, &a, NULL), FINE);
        assert_int_equal(nd_parse_share_or_server(pairs[i].b, &b, NULL), FINE);
        assert_int_equal(nd_same_remote(&a, &b), pairs[i].same);
        assert_int_equal(nd_same_remote(&b, &a), pairs[i].same);
        nd_name_clear(&a);
        nd_name_clear(&b);
    }
}

static void test_utf8(void **state)
{
    static const struct {
        const char *text;
        bool valid;
        bool clean;
    } vectors[] = {
        {"", true, true},
        {"plain ~", true, true},
        {"\x01", true, false},
        {"a\x1F", true, false},
        {"\x7F", true, false},
        {"\xC2\x80", true, false}, /* the first and the last of C1 */
        {"\xC2\x9F", true, false},
        {"\xC2\xA0", true, true},
        {"\xDF\xBF", true, true},
        {"\xE0\xA0\x80", true, true},
        {"\xED\x9F\xBF", true, true},
        {"\xEE\x80\x80", true, true},
        {"\xEF\xBF\xBF", true, true},
        {"\xF0\x90\x80\x80", true, true},
        {"\xF4\x8F\xBF\xBF", true, true},
        {"\x80", false, false}, /* continuations without a beginning */
        {"\xBF", false, false},
        {"\xC0\x80", false, false}, /* overlong */
        {"\xC1\xBF", false, false},
        {"\xE0\x80\xAF", false, false},
        {"\xE0\x9F\xBF", false, false},
        {"\xF0\x80\x80\xAF", false, false},
        {"\xF0\x8F\xBF\xBF", false, false},
        {"\xED\xA0\x80", false, false}, /* surrogates */
        {"\xED\xBF\xBF", false, false},
        {"\xF4\x90\x80\x80", false, false}, /* past U+10FFFF */
        {"\xF7\xBF\xBF\xBF", false, false},
        {"\xF8\x88\x80\x80\x80", false, false},
        {"\xFE", false, false},
        {"\xFF", false, false},
        {"\xC3", false, false}, /* cut off */
        {"\xE2\x82", false, false},
        {"\xF0\x9F\x98", false, false},
        {"\xC3(", false, false},
        {"\xE2\x82(", false, false},
        {"ok\xC3", false, false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(vectors); i++) {
        size_t length = strlen(vectors[i].text);

        assert_int_equal(nd_utf8_valid(vectors[i].text, length), vectors[i].valid);
        assert_int_equal(nd_text_clean(vectors[i].text, length), vectors[i].clean);
    }
    assert_true(nd_utf8_valid("a\0b", 3));
    assert_false(nd_text_clean("a\0b", 3));
    assert_false(nd_utf8_valid("\xC3\xB6", 1)); /* the length counts, not what follows */
}

static void test_utf8_next(void **state)
{
    static const uint32_t expected[] = {'a', 0xF6, 0x20AC, 0x1F600, 0, 0};
    const char *text = "aö€😀";

    (void)state;
    for (size_t i = 0; i < COUNT(expected); i++)
        assert_int_equal(nd_utf8_next(&text), expected[i]);
    assert_int_equal(*text, '\0');
}

static void test_fold(void **state)
{
    static const struct {
        uint32_t from;
        uint32_t to;
    } vectors[] = {
        {0, 0},
        {'@', '@'},
        {'A', 'a'},
        {'Z', 'z'},
        {'[', '['},
        {'a', 'a'},
        {0xC4, 0xE4}, /* German */
        {0xD7, 0xD7}, /* the multiplication sign, amid letters */
        {0xDF, 0xDF},
        {0x1E9E, 0xDF}, /* capital sharp s */
        {0x100, 0x101}, /* every second one */
        {0x101, 0x101},
        {0x130, 0x130}, /* Turkish */
        {0x131, 0x131},
        {0x178, 0xFF},
        {0x23A, 0x2C65},
        {0x391, 0x3B1}, /* Greek */
        {0x3A9, 0x3C9},
        {0x3C2, 0x3C2},
        {0x3A2, 0x3A2}, /* unassigned, amid letters */
        {0x401, 0x451}, /* Cyrillic */
        {0x416, 0x436},
        {0x42F, 0x44F},
        {0x10A0, 0x2D00},   /* Georgian */
        {0x212A, 'k'},      /* the Kelvin sign */
        {0x4E2D, 0x4E2D},   /* no case */
        {0xFF21, 0xFF41},   /* fullwidth */
        {0x10400, 0x10428}, /* Deseret */
        {0x1E921, 0x1E943}, /* Adlam, the last */
        {0x10FFFF, 0x10FFFF},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(vectors); i++)
        assert_int_equal(nd_fold(vectors[i].from), vectors[i].to);
    for (uint32_t character = 0; character <= 0x10FFFF; character++)
        assert_int_equal(nd_fold(nd_fold(character)), nd_fold(character));
}

static void test_same_text(void **state)
{
    static const struct {
        const char *a;
        const char *b;
        bool same;
    } pairs[] = {
        {"", "", true},
        {"", "a", false},
        {"abc", "ABC", true},
        {"abc", "ab", false},
        {"GRÖẞE", "größe", true},
        {"ΑΘΗΝΑ", "αθηνα", true},
        {"ЖУРНАЛ", "журнал", true},
        {"ISPARTA", "isparta", true},
        {"ısparta", "isparta", false},
        {"İ", "i", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(pairs); i++) {
        assert_int_equal(nd_same_text(pairs[i].a, pairs[i].b), pairs[i].same);
        assert_int_equal(nd_same_text(pairs[i].b, pairs[i].a), pairs[i].same);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shares),
        cmocka_unit_test(test_server_is_no_share),
        cmocka_unit_test(test_devices),
        cmocka_unit_test(test_connections),
        cmocka_unit_test(test_credentials_are_named),
        cmocka_unit_test(test_guids),
        cmocka_unit_test(test_prefixes),
        cmocka_unit_test(test_too_long),
        cmocka_unit_test(test_longest),
        cmocka_unit_test(test_same_remote),
        cmocka_unit_test(test_utf8),
        cmocka_unit_test(test_utf8_next),
        cmocka_unit_test(test_fold),
        cmocka_unit_test(test_same_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
