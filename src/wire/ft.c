/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/ft.h"

enum { NONCE_LEN = 32, SUB_R1KH = 1, SUB_GTK = 2, SUB_R0KH = 3 };

bool ft_parse(struct ft_element *f, struct span whole)
{
	struct element e;

	*f = (struct ft_element){0};
	if (!element_next(&whole, &e) || e.id != EID_FT || !span_take(&e.body, 2 + FT_MIC_LEN))
		return false;
	f->anonce = span_take(&e.body, NONCE_LEN);
	f->snonce = span_take(&e.body, NONCE_LEN);
	whole = e.body;
	while (element_next(&whole, &e)) {
		struct span *s = e.id == SUB_R1KH   ? &f->r1kh
				 : e.id == SUB_GTK  ? &f->gtk
				 : e.id == SUB_R0KH ? &f->r0kh
						    : NULL;

		if (s && !s->bytes)
			*s = e.body;
	}
	return f->snonce && !whole.len;
}
