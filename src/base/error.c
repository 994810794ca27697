/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>

int why_set(struct why *w, int code, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	vsnprintf(w->text, sizeof(w->text), format, list);
	va_end(list);
	return code;
}
