/* The decoder against plans that are right and wrong in one way each, and the files of the corpus. Built with sanitizers. */
#define _GNU_SOURCE
#include <dirent.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plans.h"

struct plan plan;
int failures, checks;
struct builder b;

static void open_step(uint64_t slot, uint64_t dir, const char *path, size_t length) {
  begin_step(&b, OP_OPEN, CHILD, 4, 1);
  put(&b, slot, 8), put(&b, dir, 8), put(&b, 0, 8), put(&b, 0, 8);
  text(&b, path, length);
  end_step(&b);
}

static void plans(void) {
  begin(&b), clone_step(&b), exec_step(&b), end(&b);
  check("the smallest plan", true, b.bytes, b.size);
  for (size_t size = 0; size < b.size; size++) check("a plan cut short", false, b.bytes, size);
  check("a plan with a byte more", false, b.bytes, b.size + 1);
  for (size_t at = 0; at < PLAN_HEADER; at++) {
    b.bytes[at] ^= 0x80;
    check("a header with a bit turned", false, b.bytes, b.size);
    b.bytes[at] ^= 0x80;
  }
  begin(&b), clone_step(&b), end(&b);
  check("no EXEC", false, b.bytes, b.size);
  begin(&b), exec_step(&b), end(&b);
  check("no CLONE", false, b.bytes, b.size);
  begin(&b), clone_step(&b), clone_step(&b), exec_step(&b), end(&b);
  check("two CLONE", false, b.bytes, b.size);
  begin(&b), clone_step(&b), exec_step(&b), exec_step(&b), end(&b);
  check("two EXEC", false, b.bytes, b.size);
  begin(&b), clone_step(&b), exec_step(&b), simple_step(OP_PIVOT, CHILD, 0, 0), end(&b);
  check("a CHILD step after EXEC", false, b.bytes, b.size);
  begin(&b), clone_step(&b), simple_step(OP_UNSHARE, HOST, 1, 0), exec_step(&b), end(&b);
  check("a HOST step after CLONE", false, b.bytes, b.size);
  begin(&b), end(&b);
  check("no step", false, b.bytes, b.size);
}

static void steps(void) {
  WITH_STEP("OPEN", true, open_step(63, (uint64_t)-1, "/", 1));
  WITH_STEP("slot 64", false, open_step(64, 0, "/", 1));
  WITH_STEP("slot -1", false, open_step((uint64_t)-1, 0, "/", 1));
  WITH_STEP("slot 2^32", false, open_step(UINT64_C(1) << 32, 0, "/", 1));
  WITH_STEP("dir -2", false, open_step(0, (uint64_t)-2, "/", 1));
  WITH_STEP("dir 64", false, open_step(0, 64, "/", 1));
  WITH_STEP("a path with NUL", false, open_step(0, 0, "a\0b", 3));
  WITH_STEP("op 0", false, simple_step(0, CHILD, 0, 0));
  WITH_STEP("the reserved op", false, simple_step(OP_RESERVED, CHILD, 0, 0));
  WITH_STEP("an op too high", false, simple_step(OP_COUNT, CHILD, 0, 0));
  WITH_STEP("op 65535", false, simple_step(65535, CHILD, 0, 0));
  WITH_STEP("phase 5", false, simple_step(OP_PIVOT, 5, 0, 0));
  WITH_STEP("PIVOT in HOST", false, simple_step(OP_PIVOT, HOST, 0, 0));
  WITH_STEP("READ in CLEANUP", false, simple_step(OP_READ, CLEANUP, 1, 1));
  WITH_STEP("READ in REPORT", true, simple_step(OP_READ, REPORT, 1, 1));
  WITH_STEP("an int too many", false, simple_step(OP_UMASK, CHILD, 2, 0));
  WITH_STEP("an int too few", false, simple_step(OP_UMASK, CHILD, 0, 0));
  WITH_STEP("a string too many", false, simple_step(OP_CHDIR, CHILD, 0, 2));
  WITH_STEP("72 ints", true, simple_step(OP_USER, CHILD, 72, 2));
  WITH_STEP("73 ints", false, simple_step(OP_USER, CHILD, 73, 2));
  WITH_STEP("FSMOUNT with half a pair", false, simple_step(OP_FSMOUNT, CHILD, 2, 2));
  WITH_STEP("FSMOUNT with a pair", true, simple_step(OP_FSMOUNT, CHILD, 2, 3));
  WITH_STEP("a filter of 1 byte", false, simple_step(OP_SECCOMP, CHILD, 1, 1));
  WITH_STEP("two INIT", false, simple_step(OP_INIT, CHILD, 1, 0), simple_step(OP_INIT, CHILD, 1, 0));
  WITH_STEP("two PTY", false, simple_step(OP_PTY, CHILD, 5, 0), simple_step(OP_PTY, CHILD, 5, 0));
  WITH_STEP("uid 2^32", false, simple_step(OP_SETIDS, CHILD, 2, 0), b.bytes[b.step + STEP_HEADER + 4] = 1);
  WITH_STEP("uid 2^32 - 1", false, simple_step(OP_SETIDS, CHILD, 2, 0), memset(b.bytes + b.step + STEP_HEADER, 255, 4));
  WITH_STEP("a negative gid", false, simple_step(OP_SETIDS, CHILD, 2, 0), memset(b.bytes + b.step + STEP_HEADER + 8, 255, 8));
  WITH_STEP("group 2^32", false, simple_step(OP_USER, CHILD, 5, 2), b.bytes[b.step + STEP_HEADER + 36] = 1);
  WITH_STEP("a user of 2^40", false, simple_step(OP_USER, CHILD, 4, 2), b.bytes[b.step + STEP_HEADER + 5] = 1);
  WITH_STEP("a looked-up user", true, simple_step(OP_USER, CHILD, 4, 2), memset(b.bytes + b.step + STEP_HEADER, 255, 16));
  WITH_STEP("a time-out of 2^40", false, simple_step(OP_CGROUPKILL, CLEANUP, 3, 0), b.bytes[b.step + STEP_HEADER + 21] = 1);
  WITH_STEP("a device program of 1 byte", false, simple_step(OP_DEVICES, HOST, 1, 1));
  WITH_STEP("CGROUPKILL of version 1", true, simple_step(OP_CGROUPKILL, CLEANUP, 3, 0));
}

/* RMDIR: directory, recursive, time-out, guard. */
static void rmdir_step(uint64_t dir, uint64_t timeout, uint64_t guard) {
  begin_step(&b, OP_RMDIR, CLEANUP, 4, 1);
  put(&b, dir, 8), put(&b, 1, 8), put(&b, timeout, 8), put(&b, guard, 8);
  text(&b, "x", 1);
  end_step(&b);
}

static void removals(void) {
  uint64_t none = (uint64_t)-1;
  WITH_STEP("RMDIR with a guard", true, rmdir_step(1, 1000, 63));
  WITH_STEP("RMDIR without a guard", true, rmdir_step(1, 1000, none));
  WITH_STEP("RMDIR of an absolute path", true, rmdir_step(none, 0, none));
  WITH_STEP("RMDIR with guard 64", false, rmdir_step(1, 1000, 64));
  WITH_STEP("RMDIR with guard -2", false, rmdir_step(1, 1000, (uint64_t)-2));
  WITH_STEP("RMDIR with guard 2^32", false, rmdir_step(1, 1000, UINT64_C(1) << 32));
  WITH_STEP("RMDIR with dir 64", false, rmdir_step(64, 1000, 1));
  WITH_STEP("RMDIR with dir -2", false, rmdir_step((uint64_t)-2, 1000, 1));
  WITH_STEP("RMDIR that waits for an hour", true, rmdir_step(1, 3600 * 1000, 1));
  WITH_STEP("RMDIR that waits for longer", false, rmdir_step(1, 3600 * 1000 + 1, 1));
  WITH_STEP("RMDIR that waits for less than no time", false, rmdir_step(1, none, 1));
  WITH_STEP("RMDIR of three ints", false, simple_step(OP_RMDIR, CLEANUP, 3, 1));
  WITH_STEP("RMDIR of five ints", false, simple_step(OP_RMDIR, CLEANUP, 5, 1));
  WITH_STEP("RMDIR without a name", false, simple_step(OP_RMDIR, CLEANUP, 4, 0));
  WITH_STEP("RMDIR in CHILD", false, simple_step(OP_RMDIR, CHILD, 4, 1));
}

static void init_step(uint64_t mode) {
  begin_step(&b, OP_INIT, CHILD, 1, 0);
  put(&b, mode, 8);
  end_step(&b);
}

static void check_tree(const char *what, int expected) {
  checks++;
  if (plan.tree == expected) return;
  failures++;
  printf("not ok: %s gives tree %d, not %d\n", what, plan.tree, expected);
}

static void inits(void) {
  WITH_STEP("INIT of mode 0", true, init_step(0));
  check_tree("INIT of mode 0", -1);
  WITH_STEP("INIT of mode 1", true, simple_step(OP_PIVOT, CHILD, 0, 0), init_step(1));
  check_tree("INIT of mode 1", 2);
  WITH_STEP("a plan without INIT", true, simple_step(OP_PIVOT, CHILD, 0, 0));
  check_tree("a plan without INIT", -1);
  WITH_STEP("INIT of mode 2", false, init_step(2));
  WITH_STEP("INIT of mode -1", false, init_step((uint64_t)-1));
  WITH_STEP("INIT of mode 2^32", false, init_step(UINT64_C(1) << 32));
  WITH_STEP("INIT of mode 2^32 + 1", false, init_step((UINT64_C(1) << 32) + 1));
  WITH_STEP("INIT without a mode", false, simple_step(OP_INIT, CHILD, 0, 0));
  WITH_STEP("INIT with an int too many", false, simple_step(OP_INIT, CHILD, 2, 0));
  WITH_STEP("INIT with a string", false, simple_step(OP_INIT, CHILD, 1, 1));
  WITH_STEP("INIT in HOST", false, simple_step(OP_INIT, HOST, 1, 0));
}

static void barrier_step(void) {
  simple_step(OP_BARRIER, CHILD, 0, 0);
}

static void barriers(void) {
  WITH_STEP("BARRIER", true, barrier_step());
  WITH_STEP("BARRIER between others", true, simple_step(OP_PIVOT, CHILD, 0, 0), barrier_step(), simple_step(OP_UMASK, CHILD, 1, 0));
  WITH_STEP("two BARRIER", false, barrier_step(), barrier_step());
  WITH_STEP("two BARRIER apart", false, barrier_step(), simple_step(OP_PIVOT, CHILD, 0, 0), barrier_step());
  WITH_STEP("BARRIER in HOST", false, simple_step(OP_BARRIER, HOST, 0, 0));
  WITH_STEP("BARRIER in PARENT", false, simple_step(OP_BARRIER, PARENT, 0, 0));
  WITH_STEP("BARRIER with an int", false, simple_step(OP_BARRIER, CHILD, 1, 0));
  WITH_STEP("BARRIER with a string", false, simple_step(OP_BARRIER, CHILD, 0, 1));
  begin(&b), clone_step(&b), exec_step(&b), barrier_step(), end(&b);
  check("BARRIER after EXEC", false, b.bytes, b.size);
  begin(&b), clone_with(&b, CLONE_NEWUSER | CLONE_NEWNS), barrier_step(), exec_step(&b), end(&b);
  check("BARRIER with a new user namespace", false, b.bytes, b.size);
  begin(&b), clone_with(&b, CLONE_NEWUSER | CLONE_NEWNS), exec_step(&b), end(&b);
  check("a new user namespace without BARRIER", true, b.bytes, b.size);
  begin(&b), clone_with(&b, CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET), barrier_step(), exec_step(&b), end(&b);
  check("BARRIER with other namespaces", true, b.bytes, b.size);
}

/* NETLINK: where the index goes, where the pid goes; an interface, a message that says of itself how long it is. */
static void netlink_step(uint64_t phase, uint64_t index, uint64_t child, uint32_t says, uint16_t flags, uint32_t size) {
  static uint8_t message[NETLINK_MAX + 4];
  memset(message, 0, sizeof message);
  memcpy(message, &says, 4);
  memcpy(message + 6, &flags, 2);
  begin_step(&b, OP_NETLINK, (uint8_t)phase, 2, 2);
  put(&b, index, 8), put(&b, child, 8);
  text(&b, "eth0", 4), text(&b, (const char *)message, size);
  end_step(&b);
}

static void netlinks(void) {
  uint64_t none = (uint64_t)-1;
  WITH_STEP("NETLINK", true, netlink_step(CHILD, none, none, 16, 5, 16));
  WITH_STEP("NETLINK with more flags", true, netlink_step(CHILD, none, none, 16, 0x605, 16));
  WITH_STEP("NETLINK in PARENT", true, netlink_step(PARENT, 16, 20, 24, 5, 24));
  WITH_STEP("NETLINK in CLEANUP", true, netlink_step(CLEANUP, none, none, 16, 5, 16));
  WITH_STEP("NETLINK in HOST", false, netlink_step(HOST, none, none, 16, 5, 16));
  WITH_STEP("NETLINK in REPORT", false, netlink_step(REPORT, none, none, 16, 5, 16));
  WITH_STEP("NETLINK of 1 KiB", true, netlink_step(CHILD, NETLINK_MAX - 4, none, NETLINK_MAX, 5, NETLINK_MAX));
  WITH_STEP("NETLINK of more", false, netlink_step(CHILD, none, none, NETLINK_MAX + 4, 5, NETLINK_MAX + 4));
  WITH_STEP("NETLINK that says it is shorter", false, netlink_step(CHILD, none, none, 16, 5, 20));
  WITH_STEP("NETLINK that says it is longer", false, netlink_step(CHILD, none, none, 20, 5, 16));
  WITH_STEP("NETLINK without a header", false, netlink_step(CHILD, none, none, 12, 5, 12));
  WITH_STEP("NETLINK that asks for no answer", false, netlink_step(CHILD, none, none, 16, 1, 16));
  WITH_STEP("NETLINK that is no request", false, netlink_step(CHILD, none, none, 16, 4, 16));
  WITH_STEP("NETLINK with an index in the header", false, netlink_step(CHILD, 12, none, 24, 5, 24));
  WITH_STEP("NETLINK with an index beyond the end", false, netlink_step(CHILD, 21, none, 24, 5, 24));
  WITH_STEP("NETLINK with an index of 2^32 + 16", false, netlink_step(CHILD, (UINT64_C(1) << 32) + 16, none, 24, 5, 24));
  WITH_STEP("NETLINK with an index of -2", false, netlink_step(CHILD, (uint64_t)-2, none, 24, 5, 24));
  WITH_STEP("NETLINK with a pid beyond the end", false, netlink_step(PARENT, none, 21, 24, 5, 24));
  WITH_STEP("NETLINK with a pid in CHILD", false, netlink_step(CHILD, none, 16, 24, 5, 24));
  WITH_STEP("NETLINK with a pid in CLEANUP", false, netlink_step(CLEANUP, none, 16, 24, 5, 24));
}

/* WATCHOOM: the group, the version of its hierarchy. */
static void watch_step(uint8_t phase, uint64_t slot, uint64_t version) {
  begin_step(&b, OP_WATCHOOM, phase, 2, 0);
  put(&b, slot, 8), put(&b, version, 8);
  end_step(&b);
}

static void watches(void) {
  WITH_STEP("WATCHOOM of v1", true, watch_step(PARENT, 63, 1));
  WITH_STEP("WATCHOOM of v2", true, watch_step(PARENT, 0, 2));
  WITH_STEP("WATCHOOM of v3", false, watch_step(PARENT, 0, 3));
  WITH_STEP("WATCHOOM of v0", false, watch_step(PARENT, 0, 0));
  WITH_STEP("WATCHOOM of slot 64", false, watch_step(PARENT, 64, 1));
  WITH_STEP("WATCHOOM of slot -1", false, watch_step(PARENT, (uint64_t)-1, 1));
  WITH_STEP("WATCHOOM in CHILD", false, watch_step(CHILD, 0, 1));
  WITH_STEP("WATCHOOM in CLEANUP", false, watch_step(CLEANUP, 0, 1));
  WITH_STEP("two WATCHOOM", false, watch_step(PARENT, 0, 1), watch_step(PARENT, 0, 1));
}

#define WITH_HOST(what, expected, ...) \
  do begin(&b), __VA_ARGS__, clone_step(&b), exec_step(&b), end(&b), check(what, expected, b.bytes, b.size); \
  while (0)

/* LOG: descriptors, folder, size, files, append, owner. */
static void log_step(uint64_t streams, uint64_t size, uint64_t files, uint64_t append, uint64_t uid) {
  begin_step(&b, OP_LOG, HOST, 7, 1);
  put(&b, streams, 8), put(&b, 1, 8), put(&b, size, 8), put(&b, files, 8), put(&b, append, 8), put(&b, uid, 8), put(&b, uid, 8);
  text(&b, "x", 1);
  end_step(&b);
}

static void userns_step(uint8_t phase, uint64_t slot) {
  begin_step(&b, OP_USERNS, phase, 1, 2), put(&b, slot, 8), text(&b, "0 1 1\n", 6), text(&b, "0 1 1\n", 6);
  end_step(&b);
}

static void late_steps(void) {
  WITH_HOST("USERNS", true, userns_step(HOST, 63));
  WITH_HOST("USERNS of slot 64", false, userns_step(HOST, 64));
  WITH_STEP("USERNS in CHILD", false, userns_step(CHILD, 1));
  uint64_t none = (uint64_t)-1;
  WITH_HOST("LISTEN", true, simple_step(OP_LISTEN, HOST, 1, 1));
  WITH_HOST("two LISTEN", false, simple_step(OP_LISTEN, HOST, 1, 1), simple_step(OP_LISTEN, HOST, 1, 1));
  WITH_STEP("LISTEN in PARENT", false, simple_step(OP_LISTEN, PARENT, 1, 1));
  WITH_STEP("RECORD", true, simple_step(OP_RECORD, PARENT, 1, 1));
  WITH_HOST("RECORD in HOST", false, simple_step(OP_RECORD, HOST, 1, 1));
  WITH_HOST("TAG", true, simple_step(OP_TAG, HOST, 1, 2));
  WITH_STEP("TAG in PARENT", true, simple_step(OP_TAG, PARENT, 1, 2));
  WITH_STEP("TAG in CHILD", false, simple_step(OP_TAG, CHILD, 1, 2));
  WITH_HOST("LOG of both outputs", true, log_step(6, 4096, 1000, 0, none));
  WITH_HOST("a LOG for each output", true, log_step(2, 4096, 2, 1, 0), log_step(4, 4096, 2, 0, 7));
  WITH_HOST("two LOG of one output", false, log_step(2, 4096, 2, 0, none), log_step(6, 4096, 2, 0, none));
  WITH_HOST("LOG of the input", false, log_step(3, 4096, 2, 0, none));
  WITH_HOST("LOG of nothing", false, log_step(0, 4096, 2, 0, none));
  WITH_HOST("LOG of a negative size", false, log_step(2, none, 2, 0, none));
  WITH_HOST("LOG of small files", false, log_step(2, 4095, 2, 0, none));
  WITH_HOST("LOG of one file", false, log_step(2, 4096, 1, 0, none));
  WITH_HOST("LOG of 1001 files", false, log_step(2, 4096, 1001, 0, none));
  WITH_HOST("LOG that appends twice", false, log_step(2, 4096, 2, 2, none));
  WITH_HOST("LOG for the user 2^32", false, log_step(2, 4096, 2, 0, UINT64_C(1) << 32));
}

/* Lengths that lie: the step says more or less than there is. */
static void lengths(void) {
  WITH_STEP("ints beyond the step", false, simple_step(OP_UMASK, CHILD, 1, 0), b.bytes[b.step + 3] = 72);
  WITH_STEP("strings beyond the step", false, simple_step(OP_MASK, CHILD, 0, 1), b.bytes[b.step + 4] = 255, b.bytes[b.step + 5] = 255);
  WITH_STEP("fewer strings than bytes", false, simple_step(OP_MASK, CHILD, 0, 2), b.bytes[b.step + 4] = 1);
  WITH_STEP("a string of 4 GiB", false, simple_step(OP_MASK, CHILD, 0, 1), memset(b.bytes + b.step + 12, 255, 4));
  WITH_STEP("a string one too long", false, simple_step(OP_MASK, CHILD, 0, 1), b.bytes[b.step + 12]++);
  WITH_STEP("no NUL after a string", false, simple_step(OP_MASK, CHILD, 0, 1), b.bytes[b.size - 1] = 1);
  WITH_STEP("a step of 4 GiB", false, simple_step(OP_PIVOT, CHILD, 0, 0), memset(b.bytes + b.step + 8, 255, 4));
  WITH_STEP("a step of 0", false, simple_step(OP_PIVOT, CHILD, 0, 0), memset(b.bytes + b.step + 8, 0, 4));
  WITH_STEP("a byte of the reserved field", false, simple_step(OP_PIVOT, CHILD, 0, 0), b.bytes[b.step + 6] = 1);
}

static void corpus(const char *folder) {
  char path[4096];
  static uint8_t bytes[65536];
  DIR *dir = opendir(folder);
  int files = 0;
  for (struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;) {
    if (e->d_name[0] == '.') continue;
    snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
    FILE *file = fopen(path, "rb");
    if (file == NULL) continue;
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    check(path, strncmp(e->d_name, "good", 4) == 0, bytes, size);
    files++;
  }
  if (dir != NULL) closedir(dir);
  if (files == 0) failures++, printf("not ok: no corpus in %s\n", folder);
}

int main(int argc, char **argv) {
  plans();
  steps();
  removals();
  inits();
  barriers();
  holds();
  rests();
  netlinks();
  watches();
  late_steps();
  lengths();
  if (argc > 1) corpus(argv[1]);
  printf("%d checks, %d failures\n", checks, failures);
  return failures == 0 ? 0 : 1;
}
