/* SPDX-License-Identifier: MIT */
/* Any bytes as a message: refused, or one that is the same when it is written and read again. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool property)
{
    if (!property)
        abort();
}

static void check_empty(const nd_message *message)
{
    check(message->type == ND_MESSAGE_NONE && !message->storage);
    for (size_t i = 0; i < ND_FIELDS; i++)
        check(!message->fields[i]);
}

static void check_same(const nd_message *a, const nd_message *b)
{
    check(a->type == b->type);
    for (size_t i = 0; i < ND_FIELDS; i++) {
        check(!a->fields[i] == !b->fields[i]);
        check(!a->fields[i] || strcmp(a->fields[i], b->fields[i]) == 0);
    }
}

/* What is not known has been passed over, so it can only be shorter. */
static void check_again(const nd_message *message, size_t longest)
{
    nd_message again;
    unsigned char *bytes;
    size_t size;

    check(nd_message_encode(message, &bytes, &size) == 0);
    check(size <= longest);
    check(nd_message_decode(bytes, size, &again) == 0);
    check_same(message, &again);
    nd_message_clear(&again);
    free(bytes);
}

static void check_numbers(const nd_message *message)
{
    nd_message again;

    nd_message_init(&again, message->type);
    for (size_t i = 1; i < ND_FIELDS; i++) {
        int64_t number = nd_message_number(message, (nd_field)i, -12345);

        nd_message_put_number(&again, (nd_field)i, number);
        check(number == -12345 || strcmp(again.fields[i], message->fields[i]) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    nd_message message;
    int error = nd_message_decode(data, size, &message);

    if (error) {
        check(error == EPROTO || error == EPROTONOSUPPORT);
        check_empty(&message);
    } else {
        check(size <= ND_MESSAGE_MAX);
        check_again(&message, size);
        check_numbers(&message);
    }
    nd_message_clear(&message);
    return 0;
}
