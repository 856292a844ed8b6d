/* SPDX-License-Identifier: MIT */
/* netcon.h in C++: see netcon.cpp. */
#define COBJMACROS
#include "compat_world.h"

#include "compat_netcon.h"
#include "netcon_cpp.h"

static void begin(void)
{
    world("connection uuid=00112233-4455-6677-8899-aabbccddeeff name=Other state=connected external=no\n"
          "connection uuid=11111111-2222-3333-4444-555555555555 name=Plain state=disconnected\n");
    assert_result(CoInitialize(NULL), S_OK);
}

static void test_every_method(void **state)
{
    (void)state;
    begin();
    assert_int_equal(cpp_every_method(), 0);
}

static void test_enumerator(void **state)
{
    (void)state;
    begin();
    assert_int_equal(cpp_enumerator(), 0);
}

static void test_identity(void **state)
{
    (void)state;
    begin();
    assert_int_equal(cpp_identity(), 0);
}

static int use(IUnknown *object)
{
    void *out = NULL;

    assert_int_equal(IUnknown_AddRef(object), 2);
    assert_int_equal(IUnknown_Release(object), 1);
    assert_result(IUnknown_QueryInterface(object, &IID_INetConnection, &out), E_NOINTERFACE);
    assert_result(IUnknown_QueryInterface(object, &IID_IUnknown, &out), S_OK);
    assert_ptr_equal(out, object);
    return (int)IUnknown_Release(object) - 1;
}

static void test_an_object_made_in_cpp(void **state)
{
    (void)state;
    begin();
    assert_int_equal(cpp_object(use), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        apart(test_every_method),
        apart(test_enumerator),
        apart(test_identity),
        apart(test_an_object_made_in_cpp),
    };

    return cmocka_run_group_tests_name("netcon in C++", tests, NULL, NULL);
}
