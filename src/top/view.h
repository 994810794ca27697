/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The text of `vifi top`. */
#ifndef VIFI_TOP_VIEW_H
#define VIFI_TOP_VIEW_H

#include "bridge/policy/screen.h"
#include "top/model.h"

/* Writes the head line, the tables of guests, stations and drops, and a sentence for each part that has not answered. */
void top_view(struct screen *screen, const struct top_model *model, const struct top_snapshot *now,
	      enum top_order order);

#endif
