// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "table.h"
#include "text.h"

static void print_blanks(size_t n, FILE *out)
{
	static const char blanks[] = "                                ";
	size_t part;

	for (; n; n -= part) {
		part = n < sizeof(blanks) - 1 ? n : sizeof(blanks) - 1;
		fwrite_unlocked(blanks, 1, part, out);
	}
}

static void print_row(const struct table *t, const char *const *cells,
		      bool bold)
{
	size_t i, width;

	fputs_unlocked(t->indent, t->out);
	if (bold)
		fputs_unlocked("\033[1m", t->out);
	for (i = 0; i < t->columns; i++) {
		fputs_unlocked(cells[i], t->out);
		if (i + 1 == t->columns)
			break;
		width = text_width(cells[i]);
		print_blanks(width < t->width[i] ? t->width[i] - width + 2 : 2,
			     t->out);
	}
	fputs_unlocked(bold ? "\033[0m\n" : "\n", t->out);
}

void table_drop(struct table *t)
{
	size_t i;

	for (i = 0; i < t->rows * t->columns; i++)
		free(t->cell[i]);
	free(t->cell);
	t->cell = NULL;
	t->rows = 0;
}

static void print_kept(struct table *t)
{
	size_t i;

	for (i = 0; i < t->rows; i++)
		print_row(t, (const char *const *)t->cell + i * t->columns,
			  t->bold && !i);
	table_drop(t);
	t->streaming = true;
}

int table_row(struct table *t, const char *const *cells)
{
	char **row;
	size_t i, width;

	if (t->streaming) {
		print_row(t, cells, false);
		return 0;
	}
	if (!t->cell) {
		t->cell = calloc(TABLE_KEPT * t->columns, sizeof(*t->cell));
		if (!t->cell)
			return -1;
	}
	row = t->cell + t->rows * t->columns;
	t->rows++;
	for (i = 0; i < t->columns; i++) {
		row[i] = strdup(cells[i]);
		if (!row[i]) {
			while (i > 0)
				free(row[--i]);
			t->rows--;
			return -1;
		}
		width = text_width(cells[i]);
		if (width > t->width[i])
			t->width[i] = width;
	}
	if (t->rows == TABLE_KEPT)
		print_kept(t);
	return 0;
}

int table_end(struct table *t)
{
	if (!t->streaming)
		print_kept(t);
	return 0;
}
