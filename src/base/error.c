/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/error.h"

#include "base/printable.h"

#include <stdarg.h>
#include <stdio.h>

int error_set(struct error *error, int code, const char *format, ...)
{
	char text[sizeof(error->text)];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	printable_copy(error->text, sizeof(error->text), text, true);
	return code;
}
