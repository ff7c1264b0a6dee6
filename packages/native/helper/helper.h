/* What the parts of the helper share. Functions return 0 (or a descriptor) or -errno unless they say otherwise. */
#ifndef EXECD_HELPER_H
#define EXECD_HELPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "plan.h"

enum { CONTROL_FD = 3, TERMINAL_FD = 4 };

/* What the monitor tells an INIT_SUBREAPER by kill(2), which works also where no more signals can be queued: end the tree, and
   stop the command (SIGSTOP itself would stop the init). The same numbers meant for the command come by rt_sigqueueinfo(2). */
enum { SIGNAL_STOP = 63, SIGNAL_END = 64 };
enum { END_TREE_MS = 10000 }; /* how long the init tries */

/* State of this process: the monitor has one, and the child starts with a copy. -1 is "none" for descriptors. */
struct state {
  pid_t child;            /* in the monitor */
  int proc;               /* the host's /proc as it was at the start, in the monitor */
  int procfs;             /* a private procfs, in the child */
  int root;               /* where IN-ROOT steps begin */
  bool root_is_slash;     /* root is "/" and goes out of date with the next change of mount namespace */
  int roots;              /* how many ROOT steps there were: each attached a mount at a path of the host */
  int null_device;        /* what MASK clones for files */
  int empty_dir;          /* what MASK clones for directories */
  int console;            /* the terminal's node in its devpts */
  int sync_in, sync_out;  /* monitor releases the child; its hang-up tells the child that the monitor is gone */
  int error_in, error_out;
  int status_in, status_out; /* INIT to monitor, only with an INIT step; then the fork to INIT */
  bool stay_dumpable;
  bool released;          /* slots are closed, and nothing was opened since */
  char **env;
  uint32_t env_count;
  uint32_t steps;         /* how many the plan has: what follows on a HOLD counts on from there */
  int detail;             /* goes with the errno of the step that fails */
  const char *context;
};
extern struct state state;

/* What the child writes to the error pipe when a step fails; shorter than PIPE_BUF, so it arrives whole or not at all. */
struct failure {
  int32_t step, op, error, detail;
  uint32_t length;
  char context[256];
};

/* util.c */
int open2(int dir, const char *path, uint64_t flags, uint64_t resolve);
int open_below(int64_t dir, const char *path, int flags);
int slot_put(int64_t slot, int fd);
int slot_fd(int64_t slot);
void close_fd(int *fd);
int write_all(int fd, const void *data, size_t size);
int write_once(int fd, const void *data, size_t size);
void *scratch(size_t size);
int fail_with(int error, int detail, const char *context);
int fail_at(int error, const char *context);
void undumpable(void);
int process_stat(int proc, pid_t pid, uint64_t *flags, uint64_t *start);
int64_t now_ms(void);
void sleep_us(long us);
int text_to_u32(const char *text, size_t length, uint32_t *value);
bool same_text(const char *text, size_t length, const char *other);

/* child.c, init.c, hold.c */
_Noreturn void child_main(const struct plan *plan);
_Noreturn void carry_out(const struct plan *plan);
_Noreturn void child_fail(const struct step *step, int error);
void release_slots(void);
int step_barrier(void);
int step_exec(const struct step *step);
int step_init(const struct step *step);
int step_hold(const struct step *step);

/* tree.c */
int end_children(pid_t command, int *status);

/* steps.c: any step of phases HOST, PARENT and CHILD */
int run_step(const struct step *step);

/* steps_file.c */
int step_open(const struct step *step);
int step_mkdir(const struct step *step);
int step_write(const struct step *step);
int step_writefd(const struct step *step);
int step_writechild(const struct step *step);
int step_pidfd(const struct step *step);
int step_setns(const struct step *step);
int step_read(const struct step *step, void *data, size_t size); /* bytes read */
int step_save(const struct step *step, const void *data, size_t size);

/* steps_mount.c */
int step_opentree(const struct step *step);
int step_fsmount(const struct step *step);
int step_setattr(const struct step *step);
int step_root(const struct step *step);
int step_pivot(const struct step *step);
int step_mount(const struct step *step);
int new_mount(const char *type, unsigned attrs);
int private_procfs(void);

/* steps_root.c */
int root_dir(void);
int open_in_root(const char *path, uint64_t flags, uint64_t resolve);
int step_dir(const struct step *step);
int step_node(const struct step *step);
int step_symlink(const struct step *step);
int step_nulldev(const struct step *step);
int step_mask(const struct step *step);
int step_readonly(const struct step *step);

/* steps_system.c */
int step_sysctl(const struct step *step);
int step_loopback(void);
int step_pty(const struct step *step);
int step_console(const struct step *step);
int step_session(const struct step *step);

/* steps_process.c */
int step_setids(const struct step *step);
int step_keyring(void);
int step_rlimit(const struct step *step);
int step_bound(const struct step *step);
int step_capset(const struct step *step);
int step_chdir(const struct step *step);
int step_execattr(const struct step *step);
int step_pdeathsig(const struct step *step);
int step_seccomp(const struct step *step);
int step_env(const struct step *step);
int set_ids(uint32_t uid, uint32_t gid);

/* steps_user.c */
int step_user(const struct step *step);

/* steps_cgroup.c */
int step_cgroupkill(const struct step *step);
int step_rmdir(const struct step *step);
void cgroup_kill_pass(int dir, int version);
int step_devices(const struct step *step);

/* steps_userns.c */
int step_userns(const struct step *step);

/* steps_net.c */
int step_netlink(const struct step *step);

/* owner.c, in the monitor */
int step_listen(const struct step *step);
int step_record(const struct step *step);
int step_tag(const struct step *step);

/* log.c, in the monitor */
int step_log(const struct step *step);

/* oom.c, in the monitor */
struct pollfd;
int step_watchoom(const struct step *step);
struct pollfd oom_poll(void);
int oom_wait_ms(void);
uint32_t oom_kills(bool woken);

#endif
