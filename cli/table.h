/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A table of text. The first rows are kept to find the widths of the columns;
 * those that follow go straight out, so its size does not grow with them.
 */
#ifndef IOASIDCTL_TABLE_H
#define IOASIDCTL_TABLE_H

#include <stdbool.h>
#include <stdio.h>

#define TABLE_COLUMNS 32
#define TABLE_KEPT 256

struct table {
	FILE *out;
	const char *indent;
	bool bold;			/* the first row */
	size_t columns;
	size_t width[TABLE_COLUMNS];
	char **cell;			/* of the kept rows */
	size_t rows;
	bool streaming;
};

/* Both return -1 if there is no memory. */
int table_row(struct table *table, const char *const *cells);
int table_end(struct table *table);

/* Forget the rows that are kept still; nothing to do behind table_end(). */
void table_drop(struct table *table);

#endif
