/* SPDX-License-Identifier: MIT */
#include "wine.h"
int main(void) { return 0; }
