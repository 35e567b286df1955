// SPDX-License-Identifier: GPL-2.0-only
/*
 * ioasid_selftest: tests of ioasid_core from inside the kernel. Loading the
 * module runs them and succeeds if all pass. The core must be idle: no IDs and
 * no allocators but the tests' own.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/moduleparam.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "selftest.h"

static char *filter = "";
module_param(filter, charp, 0444);
MODULE_PARM_DESC(filter, "run only tests with this in \"RULE name\"");

unsigned int st_race_seconds = 10;
module_param_named(race_seconds, st_race_seconds, uint, 0444);
MODULE_PARM_DESC(race_seconds, "time for all races together, in seconds");

/* The smallest capacity that the tests can work with, in bits. */
#define ST_MIN_BITS	13

ioasid_t st_id_max;

static const struct st_test * const st_tables[] = {
	st_register_tests,
	st_unregister_tests,
	st_alloc_tests,
	st_fault_tests,
	st_table_tests,
	st_switch_tests,
	st_context_tests,
	st_sleep_tests,
	st_race_tests,
};

/* The first CHECK() that failed in the running test. */
static const char *st_failed_expr;
static const char *st_failed_file;
static int st_failed_line;

bool st_check(bool ok, const char *file, int line, const char *expr)
{
	if (!ok && !cmpxchg(&st_failed_expr, NULL, expr)) {
		st_failed_file = kbasename(file);
		st_failed_line = line;
	}
	return ok;
}

/* Has the running test failed? Long ones need not go on then. */
bool st_failed(void)
{
	return READ_ONCE(st_failed_expr);
}

/* Return: true if it passed. Nothing of it is left, either way. */
static bool st_run(const struct st_test *t)
{
	unsigned int ids, allocators;

	st_failed_expr = NULL;
	st_backends_reset();

	t->fn();

	st_backends_calm();
	ids = st_sweep();
	allocators = st_backends_unregister();
	CHECK(!ids);
	CHECK(!allocators);
	st_backends_check();

	if (!st_failed_expr) {
		pr_info("ok %s %s\n", t->rule, t->name);
		return true;
	}
	pr_info("not ok %s %s: %s:%d %s\n", t->rule, t->name, st_failed_file,
		st_failed_line, st_failed_expr);
	return false;
}

static bool st_wanted(const struct st_test *t)
{
	char name[80];

	snprintf(name, sizeof(name), "%s %s", t->rule, t->name);
	return strstr(name, filter);
}

static int __init st_init(void)
{
	unsigned int i, passed = 0, failed = 0;
	const struct st_test *t;

	if (!st_idle()) {
		pr_err("ioasid_core is in use: it has IDs or allocators\n");
		return -EBUSY;
	}
	st_id_max = st_find_id_max();
	if (st_id_max < (1U << ST_MIN_BITS) - 1 ||
	    st_id_max == INVALID_IOASID) {
		pr_err("the largest ID is %u: need id_bits from %u to 31\n",
		       st_id_max, ST_MIN_BITS);
		return -EOPNOTSUPP;
	}

	for (i = 0; i < ARRAY_SIZE(st_tables); i++) {
		for (t = st_tables[i]; t->fn; t++) {
			if (!st_wanted(t))
				continue;
			if (st_run(t))
				passed++;
			else
				failed++;
			cond_resched();
		}
	}
	pr_info("%u passed, %u failed\n", passed, failed);

	/* Nothing run is no success. */
	return passed && !failed ? 0 : -EINVAL;
}

static void __exit st_exit(void)
{
}

module_init(st_init);
module_exit(st_exit);

MODULE_DESCRIPTION("Tests of ioasid_core");
MODULE_LICENSE("GPL");
