/* Which function carries a step out. The decoder has let only known steps in allowed phases through. */
#define _GNU_SOURCE
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "helper.h"
#include "sys.h"

static int step_name(long number, const struct step *step) {
  uint32_t length = 0;
  struct strings strings = step_strings(step);
  const char *name = next_string(&strings, &length);
  return rc(syscall(number, name, (size_t)length));
}

/* A new user namespace changes credentials, and a new mount namespace the mount that "/" is on. */
static int step_unshare(const struct step *s) {
  int result = rc(unshare((int)step_int(s, 0)));
  if (result < 0) return result;
  if (state.root_is_slash) close_fd(&state.root);
  undumpable();
  return 0;
}

int run_step(const struct step *s) {
  switch (s->op) {
    case OP_OPEN: return step_open(s);
    case OP_MKDIR: return step_mkdir(s);
    case OP_WRITE: return step_write(s);
    case OP_WRITEFD: return step_writefd(s);
    case OP_WRITECHILD: return step_writechild(s);
    case OP_SETNS: return step_setns(s);
    case OP_PIDFD: return step_pidfd(s);
    case OP_UNSHARE: return step_unshare(s);
    case OP_SETIDS: return step_setids(s);
    case OP_PROPAGATE: return rc(mount(NULL, "/", NULL, (unsigned long)step_int(s, 0), NULL));
    case OP_OPENTREE: return step_opentree(s);
    case OP_FSMOUNT: return step_fsmount(s);
    case OP_SETATTR: return step_setattr(s);
    case OP_ROOT: return step_root(s);
    case OP_MOUNT: return step_mount(s);
    case OP_DIR: return step_dir(s);
    case OP_NODE: return step_node(s);
    case OP_SYMLINK: return step_symlink(s);
    case OP_NULLDEV: return step_nulldev(s);
    case OP_MASK: return step_mask(s);
    case OP_READONLY: return step_readonly(s);
    case OP_PIVOT: return step_pivot(s);
    case OP_HOSTNAME: return step_name(SYS_sethostname, s);
    case OP_DOMAINNAME: return step_name(SYS_setdomainname, s);
    case OP_SYSCTL: return step_sysctl(s);
    case OP_LOOPBACK: return step_loopback();
    case OP_PTY: return step_pty(s);
    case OP_CONSOLE: return step_console(s);
    case OP_SESSION: return step_session(s);
    case OP_KEYRING: return step_keyring();
    case OP_RLIMIT: return step_rlimit(s);
    case OP_NNP: return rc(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    case OP_BOUND: return step_bound(s);
    case OP_USER: return step_user(s);
    case OP_CAPSET: return step_capset(s);
    case OP_UMASK: umask((mode_t)step_int(s, 0)); return 0;
    case OP_CHDIR: return step_chdir(s);
    case OP_EXECATTR: return step_execattr(s);
    case OP_PDEATHSIG: return step_pdeathsig(s);
    case OP_SECCOMP: return step_seccomp(s);
    case OP_ENV: return step_env(s);
    case OP_INIT: return step_init(s);
    case OP_EXEC: return step_exec(s);
    case OP_DEVICES: return step_devices(s);
    case OP_BARRIER: return step_barrier();
    case OP_NETLINK: return step_netlink(s);
    case OP_WATCHOOM: return step_watchoom(s);
    case OP_TAG: return step_tag(s);
    case OP_LISTEN: return step_listen(s);
    case OP_RECORD: return step_record(s);
    case OP_LOG: return step_log(s);
    case OP_USERNS: return step_userns(s);
    case OP_HOLD: return step_hold(s);
    default: return -EBADMSG;
  }
}
