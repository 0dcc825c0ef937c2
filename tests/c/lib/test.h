/* What every test program includes: cmocka with the headers it wants before it. */
#ifndef TIDE_TEST_TEST_H
#define TIDE_TEST_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "lib/failing_memory.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

#endif
