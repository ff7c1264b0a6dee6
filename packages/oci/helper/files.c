/* Files, folders and mounts. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "keeper.h"

static int host_mounts = -1;

int file_write(const char *path, const char *data) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return -errno;
  int result = write(fd, data, strlen(data)) < 0 ? -errno : 0;
  close(fd);
  return result;
}

ssize_t file_read(const char *path, char *data, size_t size) {
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) return -errno;
  size_t length = 0;
  while (length < size) {
    ssize_t got = read(fd, data + length, size - length);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    length += (size_t)got;
  }
  close(fd);
  return (ssize_t)length;
}

/* Never through a symbolic link, and never into another file system. */
static int remove_below(int dir, const char *name, dev_t device) {
  struct stat info;
  if (fstatat(dir, name, &info, AT_SYMLINK_NOFOLLOW) < 0) return errno == ENOENT ? 0 : -errno;
  if (info.st_dev != device) return -EXDEV;
  if (!S_ISDIR(info.st_mode)) return unlinkat(dir, name, 0) < 0 ? -errno : 0;
  int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  DIR *list = fd < 0 ? NULL : fdopendir(fd);
  if (list == NULL) return -errno;
  int result = 0;
  for (struct dirent *entry; (entry = readdir(list)) != NULL;) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    int one = remove_below(dirfd(list), entry->d_name, device);
    if (one < 0) result = one;
  }
  closedir(list);
  if (unlinkat(dir, name, AT_REMOVEDIR) < 0 && result == 0) result = -errno;
  return result;
}

void remove_tree(const char *path, void (*problem)(const char *path, int error)) {
  struct stat info;
  if (lstat(path, &info) < 0) return;
  int result = remove_below(AT_FDCWD, path, info.st_dev);
  if (result < 0) problem(path, -result);
}

/* A mount namespace of the runtime's own, which the kernel removes with its last process: nothing of it has to be unmounted. */
int prepare_mounts(const struct plan *plan, size_t *failed) {
  *failed = 0;
  if (!plan->own_mounts) return 0;
  host_mounts = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
  if (host_mounts < 0 || unshare(CLONE_NEWNS) < 0) return -errno;
  if (mount(NULL, "/", NULL, MS_SLAVE | MS_REC, NULL) < 0) return -errno;
  for (size_t index = 0; index < plan->unmount.count; index++) {
    if (umount2(plan->unmount.path[index], MNT_DETACH) < 0 && errno != EINVAL && errno != ENOENT) return -errno;
  }
  for (size_t index = 0; index < plan->mount_count; index++) {
    const struct mount_plan *each = &plan->mounts[index];
    *failed = index;
    if (mkdir(each->target, 0755) < 0 && errno != EEXIST) return -errno;
    if (strcmp(each->type, "folder") == 0) continue;
    if (mount(each->source, each->target, each->type, each->flags, each->data) < 0) return -errno;
  }
  return 0;
}

/* Back to where folders that were mounted on are empty again. */
void leave_mounts(void) {
  if (host_mounts >= 0 && setns(host_mounts, CLONE_NEWNS) < 0) _exit(1); /* what is mounted is not to be removed */
  close_fd(&host_mounts);
}
