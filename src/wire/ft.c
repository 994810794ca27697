/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/ft.h"

enum { NONCE_LEN = 32, SUBELEMENT_R1KH = 1, SUBELEMENT_GTK = 2, SUBELEMENT_R0KH = 3 };

bool ft_parse(struct ft_element *ft, struct span whole)
{
	struct element element;

	*ft = (struct ft_element){0};
	if (!element_next(&whole, &element) || element.id != EID_FT || !span_take(&element.body, 2 + FT_MIC_LEN))
		return false;
	ft->anonce = span_take(&element.body, NONCE_LEN);
	ft->snonce = span_take(&element.body, NONCE_LEN);
	whole = element.body;
	while (element_next(&whole, &element)) {
		struct span *subelement = element.id == SUBELEMENT_R1KH   ? &ft->r1kh
					  : element.id == SUBELEMENT_GTK  ? &ft->gtk
					  : element.id == SUBELEMENT_R0KH ? &ft->r0kh
									  : NULL;

		if (subelement && !subelement->bytes)
			*subelement = element.body;
	}
	return ft->snonce && !whole.len;
}
