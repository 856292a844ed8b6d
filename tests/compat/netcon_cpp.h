/* SPDX-License-Identifier: MIT */
#ifndef NETCON_CPP_H
#define NETCON_CPP_H

#include "unknwn.h"

#ifdef __cplusplus
extern "C" {
#endif

/* In C++. The line that went wrong; 0: none. */
int cpp_every_method(void);
int cpp_enumerator(void);
int cpp_identity(void);
int cpp_object(int (*use)(IUnknown *));

#ifdef __cplusplus
}
#endif

#endif
