/* Who the command runs as. /etc/passwd and /etc/group are files of a hostile image: opened inside the root, regular files of
   limited size only, read once, parsed strictly. A line that is not as passwd(5) and group(5) say is no entry. */
#define _GNU_SOURCE
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "helper.h"
#include "sys.h"

enum { MAX_FILE = 4 << 20, MAX_GROUPS = 65536, MAX_FIELDS = 7 };
enum { TAKE_MEMBERSHIPS = 1, KEEP_GROUPS = 2, SET_HOME = 4, OWN_STDIN = 8 };
enum { UNKNOWN_USER = 1, UNKNOWN_GROUP = 2 };

struct text {
  const char *at;
  size_t length;
};

struct table {
  char *at, *end;
  bool read;
};

struct account {
  bool found;
  uint32_t uid, gid;
  struct text name, home;
};

struct groups {
  uint32_t *ids;
  size_t count;
};

static struct table passwd, group;

/* O_NONBLOCK: a FIFO must not make us wait. A file that is absent is an empty one. */
static int load(struct table *table, const char *path) {
  if (table->read) return 0;
  table->read = true;
  int fd = open_in_root(path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
  if (fd == -ENOENT || fd == -ENOTDIR) return 0;
  if (fd < 0) return fail_at(fd, path);
  struct stat st;
  int error = fstat(fd, &st) < 0 ? -errno : !S_ISREG(st.st_mode) ? -EINVAL : st.st_size > MAX_FILE ? -EFBIG : 0;
  size_t size = error < 0 ? 0 : (size_t)st.st_size, got = 0;
  if (error == 0 && (table->at = scratch(size)) == NULL) error = -ENOMEM;
  while (error == 0 && got < size) {
    ssize_t n = read(fd, table->at + got, size - got);
    if (n < 0 && errno != EINTR) error = -errno;
    if (n == 0) break;
    if (n > 0) got += (size_t)n;
  }
  table->end = table->at + got;
  close(fd);
  return error < 0 ? fail_at(error, path) : 0;
}

/* The next line in its fields; true until the end. A line of another number of fields gives count 0. */
static bool next_line(const struct table *table, const char **cursor, struct text fields[], unsigned wanted, bool *fits) {
  const char *at = *cursor == NULL ? table->at : *cursor;
  if (at == NULL || at >= table->end) return false;
  const char *end = memchr(at, '\n', (size_t)(table->end - at));
  if (end == NULL) end = table->end;
  *cursor = end < table->end ? end + 1 : end;
  unsigned count = 0;
  for (const char *field = at; count <= wanted; count++) {
    const char *stop = memchr(field, ':', (size_t)(end - field));
    if (stop == NULL) stop = end;
    if (count < wanted) fields[count] = (struct text){field, (size_t)(stop - field)};
    if (stop == end) break;
    field = stop + 1;
  }
  *fits = count + 1 == wanted && fields[0].length > 0;
  return true;
}

static int find_account(struct account *account, int64_t uid, const char *name) {
  struct text f[MAX_FIELDS];
  bool fits;
  int error = load(&passwd, "/etc/passwd");
  if (error < 0) return error;
  for (const char *line = NULL; next_line(&passwd, &line, f, 7, &fits);) {
    uint32_t entry_uid, entry_gid;
    if (!fits || text_to_u32(f[2].at, f[2].length, &entry_uid) < 0 || text_to_u32(f[3].at, f[3].length, &entry_gid) < 0) continue;
    if (uid >= 0 ? entry_uid != uid : !same_text(f[0].at, f[0].length, name)) continue;
    *account = (struct account){true, entry_uid, entry_gid, f[0], f[5]};
    return 0;
  }
  return 0;
}

static int find_group(const char *name, uint32_t *gid) {
  struct text f[MAX_FIELDS];
  bool fits;
  int error = load(&group, "/etc/group");
  if (error < 0) return error;
  for (const char *line = NULL; next_line(&group, &line, f, 4, &fits);) {
    if (fits && same_text(f[0].at, f[0].length, name) && text_to_u32(f[2].at, f[2].length, gid) == 0) return 0;
  }
  return fail_with(-ENOENT, UNKNOWN_GROUP, name);
}

static int add_group(struct groups *groups, uint32_t gid) {
  for (size_t i = 0; i < groups->count && i < 256; i++) {
    if (groups->ids[i] == gid) return 0;
  }
  if (groups->count == MAX_GROUPS) return -E2BIG;
  groups->ids[groups->count++] = gid;
  return 0;
}

static bool is_member(struct text members, struct text name) {
  for (const char *at = members.at, *end = members.at + members.length;;) {
    const char *stop = memchr(at, ',', (size_t)(end - at));
    if (stop == NULL) stop = end;
    if ((size_t)(stop - at) == name.length && memcmp(at, name.at, name.length) == 0) return true;
    if (stop == end) return false;
    at = stop + 1;
  }
}

static int add_memberships(struct groups *groups, struct text name) {
  struct text f[MAX_FIELDS];
  bool fits;
  uint32_t gid;
  int error = load(&group, "/etc/group");
  for (const char *line = NULL; error >= 0 && next_line(&group, &line, f, 4, &fits);) {
    if (fits && text_to_u32(f[2].at, f[2].length, &gid) == 0 && is_member(f[3], name)) error = add_group(groups, gid);
  }
  return error;
}

static int collect_groups(const struct step *s, struct groups *groups, const struct account *account) {
  struct strings strings = step_strings(s);
  uint32_t gid;
  int error = 0;
  groups->ids = scratch(MAX_GROUPS * sizeof *groups->ids);
  if (groups->ids == NULL) return -ENOMEM;
  for (unsigned i = 4; i < s->nints && error >= 0; i++) error = add_group(groups, (uint32_t)step_int(s, i));
  next_string(&strings, NULL);
  next_string(&strings, NULL);
  for (const char *name; error >= 0 && (name = next_string(&strings, NULL)) != NULL;) {
    error = find_group(name, &gid);
    if (error >= 0) error = add_group(groups, gid);
  }
  if (error >= 0 && step_int(s, 3) & TAKE_MEMBERSHIPS && account->found) error = add_memberships(groups, account->name);
  return error;
}

static int set_home(const struct account *account) {
  static char *no_env[2];
  if (state.env == NULL) state.env = no_env;
  for (uint32_t i = 0; i < state.env_count; i++) {
    if (strncmp(state.env[i], "HOME=", 5) == 0) return 0;
  }
  struct text home = account->found && account->home.length > 0 ? account->home : (struct text){"/", 1};
  char *variable = scratch(home.length + 6);
  if (variable == NULL) return -ENOMEM;
  memcpy(variable, "HOME=", 5);
  memcpy(variable + 5, home.at, home.length);
  state.env[state.env_count++] = variable;
  return 0;
}

/* Only what was made for this container: a FIFO, a socket, its terminal (majors 136 to 143, devices.txt). Another device or
   a file of the host keeps its owner. */
static bool may_own(const struct stat *st) {
  return S_ISFIFO(st->st_mode) || S_ISSOCK(st->st_mode) ||
         (S_ISCHR(st->st_mode) && major(st->st_rdev) >= 136 && major(st->st_rdev) <= 143);
}

static int own_stdio(int64_t flags, uint32_t uid) {
  for (int fd = 0; fd <= 2; fd++) {
    struct stat st;
    if (!(flags & OWN_STDIN << fd) || fstat(fd, &st) < 0) continue;
    if (!may_own(&st)) continue;
    if (st.st_uid != uid && fchown(fd, uid, (gid_t)-1) < 0) return -errno;
  }
  return 0;
}

int step_user(const struct step *s) {
  struct account account = {0};
  struct groups groups = {0};
  int64_t uid = step_int(s, 0), gid = step_int(s, 1), flags = step_int(s, 3);
  const char *user = step_string(s, 0), *group_name = step_string(s, 1);
  uint32_t found_gid;
  /* Digits are a uid and never a name: the caller has told them apart, and a name is never looked up as a number. */
  int error = find_account(&account, uid, user);
  if (error < 0) return error;
  if (uid < 0 && !account.found) return fail_with(-ENOENT, UNKNOWN_USER, user);
  if (uid < 0) uid = account.uid;
  if (gid < 0 && group_name[0] != 0) {
    if ((error = find_group(group_name, &found_gid)) < 0) return error;
    gid = found_gid;
  }
  if (gid < 0) gid = account.found ? account.gid : step_int(s, 2);
  if (uid >= UINT32_MAX || gid < 0 || gid >= UINT32_MAX) return -EINVAL;
  if ((error = collect_groups(s, &groups, &account)) < 0) return error;
  /* With the primary group also among the others, a set-group-ID program cannot be used to lose it (CVE-2022-36109). */
  if ((error = add_group(&groups, (uint32_t)gid)) < 0) return error;
  if (flags & SET_HOME && (error = set_home(&account)) < 0) return error;
  if ((error = own_stdio(flags, (uint32_t)uid)) < 0) return error;
  if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0) return -errno;
  if (!(flags & KEEP_GROUPS)) {
    if (syscall(SYS_setgroups, groups.count, groups.ids) < 0) return -errno;
    if (syscall(SYS_getgroups, 0, NULL) != (long)groups.count) return -EPERM;
  }
  return set_ids((uint32_t)uid, (uint32_t)gid);
}
