/*
 * Builds a filter with libseccomp and writes its program to standard output. Standard input holds lines:
 *   default <action>                     first; actions are libseccomp's numbers
 *   arch <name>                          x86_64, x86, x32, aarch64, arm
 *   rule <action> <call> [<arg> <op> <a> <b>]...
 * Names that libseccomp does not know go to standard error, one a line, and are left out, as runc does.
 */
#include <errno.h>
#include <seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void die(const char *what, int rc)
{
	fprintf(stdout, "%s: %s\n", what, strerror(-rc));
	exit(1);
}

static void add_arch(scmp_filter_ctx filter, const char *name)
{
	uint32_t arch = seccomp_arch_resolve_name(name);
	int rc;

	if (arch == 0)
		die(name, -EINVAL);
	rc = seccomp_arch_add(filter, arch);
	if (rc < 0 && rc != -EEXIST)
		die(name, rc);
}

static void add_rule(scmp_filter_ctx filter, char *line)
{
	struct scmp_arg_cmp conditions[6];
	unsigned int count = 0;
	char *rest = NULL;
	uint32_t action = (uint32_t)strtoul(strtok_r(line, " ", &rest), NULL, 0);
	const char *name = strtok_r(NULL, " ", &rest);
	int number = seccomp_syscall_resolve_name(name);
	const char *field;
	int rc;

	if (number == __NR_SCMP_ERROR) {
		fprintf(stderr, "%s\n", name);
		return;
	}
	while ((field = strtok_r(NULL, " ", &rest)) != NULL && count < 6) {
		conditions[count].arg = (unsigned int)strtoul(field, NULL, 0);
		conditions[count].op = (enum scmp_compare)strtoul(strtok_r(NULL, " ", &rest), NULL, 0);
		conditions[count].datum_a = strtoull(strtok_r(NULL, " ", &rest), NULL, 0);
		conditions[count].datum_b = strtoull(strtok_r(NULL, " ", &rest), NULL, 0);
		count++;
	}
	rc = seccomp_rule_add_array(filter, action, number, count, conditions);
	if (rc < 0)
		die(name, rc);
}

int main(void)
{
	char line[1024];
	scmp_filter_ctx filter = NULL;
	uint32_t native = seccomp_arch_native();
	int has_native = 0;
	int rc;

	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "default ", 8) == 0) {
			filter = seccomp_init((uint32_t)strtoul(line + 8, NULL, 0));
			if (!filter)
				die("seccomp_init", -ENOMEM);
			seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
		} else if (strncmp(line, "arch ", 5) == 0) {
			add_arch(filter, line + 5);
			has_native |= seccomp_arch_resolve_name(line + 5) == native;
		} else if (strncmp(line, "rules", 5) == 0) {
			if (!has_native)
				seccomp_arch_remove(filter, native);
		} else if (strncmp(line, "rule ", 5) == 0) {
			add_rule(filter, line + 5);
		}
	}
	rc = seccomp_export_bpf(filter, 1);
	if (rc < 0)
		die("seccomp_export_bpf", rc);
	return 0;
}
