/*
 * execd-keeper: stands between Node and one process that an OCI runtime starts.
 *
 * It decides nothing: a plan says which tools to run, which descriptors the process gets, and what is to be removed in the end. It exists for
 * what Node cannot do: be the parent that an orphan is given to (PR_SET_CHILD_SUBREAPER), so that its true end is known and its pid stays its
 * own; make pipes; receive the terminal that a runtime sends over a Unix socket; and live on when Node dies, to clean up or to go on.
 */
#ifndef EXECD_KEEPER_H
#define EXECD_KEEPER_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
  CONTROL = 3, /* the socket to Node */
  MAX_MESSAGE = 4 << 20,
  MAX_FIELDS = 65536,
  MAX_TOOLS = 8,
  MAX_PATHS = 64,
  MAX_MOUNTS = 32,
  MAX_POLL = 24,
};

/* A message: strings, of which the first says what it is. */
struct message {
  char *data;
  char **fields;
  size_t count;
};

/* STDIO_TERMINAL: by a terminal, from and to Node. STDIO_UNSEEN: by a terminal too, and Node sees nothing of it. */
enum stdio_kind { STDIO_PIPE, STDIO_IGNORE, STDIO_FD, STDIO_TERMINAL, STDIO_UNSEEN, STDIO_ROTATE };

struct stdio_plan {
  enum stdio_kind kind;
  int fd;           /* STDIO_FD */
  const char *path; /* STDIO_ROTATE */
  int64_t max_size;
  int max_files;
  bool append;
};

struct mount_plan {
  const char *type, *source, *target, *data;
  unsigned long flags;
};

struct tool {
  const char *name;
  char **argv;
};

struct write_plan {
  const char *path, *data;
};

struct paths {
  const char *path[MAX_PATHS];
  size_t count;
};

/* What is to be done. Strings are those of the message it came in. */
struct plan {
  const char *dir;
  const char *listen; /* a socket in dir by which later owners come; NULL: ends with its owner */
  bool hold;          /* wait for "go" before "start" */
  bool own_mounts;
  int rows, columns;
  int64_t owner; /* the user that pipes are given to; -1: nobody */
  struct stdio_plan stdio[3];
  struct paths unmount, groups, counters, remove, prune;
  struct mount_plan mounts[MAX_MOUNTS];
  size_t mount_count;
  struct tool tools[MAX_TOOLS];
  size_t tool_count;
  struct write_plan writes[MAX_PATHS]; /* after "create" */
  size_t write_count;
  const char *oom; /* folder of the memory group; NULL: not watched */
  bool oom_v1;
  char **environment;
};

/* plan.c: 0, or -errno with the directive that is wrong in `field`. */
int plan_read(struct plan *plan, const struct message *message, size_t *field);

/* message.c */
int message_receive(int fd, struct message *message); /* blocks; 0 at the end, 1, or -errno */
void message_free(struct message *message);
int message_send(int fd, size_t count, const char *const fields[]);
#define SEND(fd, ...) \
  message_send((fd), sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *), (const char *const[]){__VA_ARGS__})
struct number {
  char text[24];
};
struct number number_of(int64_t value);
#define NUM(value) (number_of((int64_t)(value)).text)

/* child.c: tools, the process that is kept, and whoever else becomes a child of ours. */
struct ended {
  int status;  /* of wait(2) */
  bool ran;    /* has executed a program since it was forked */
  int64_t user_us, system_us;
};
struct kept {
  pid_t pid;
  bool gone;
  struct ended end;
};
extern struct kept kept;
pid_t tool_spawn(const struct plan *plan, const struct tool *tool, const int stdio[3]);
bool tool_ended(pid_t pid, int *status); /* reaped already? */
void reap(void);
void keep(pid_t pid);
int64_t start_time(pid_t pid);
bool has_executed(pid_t pid); /* false also when it is gone */
bool is_ours(pid_t pid);      /* a child, or one that was */
int kill_children(void);      /* 0 when none is left, else how many were found */

/* group.c */
bool groups_kill(const struct paths *groups); /* true when they were empty */
void groups_remove(const struct paths *groups, void (*problem)(const char *path, int error));
bool oom_watch(const char *dir, bool v1);
struct pollfd oom_poll(void);
int oom_wait_ms(void);
bool oom_killed(bool woken);

/* copy.c: what passes through this process: a terminal's two ways, output that nobody wants, output into files that are rotated. */
enum { COPIES = 4 };
int copy_to_nothing(int from, bool terminal);
int copy_to_fd(int from, int to, bool terminal); /* terminal: reads one */
int copy_to_file(int from, const struct stdio_plan *file);
size_t copy_poll(struct pollfd *polls);
void copy_work(const struct pollfd *polls, size_t count);
bool copy_busy(void);        /* something still comes or waits to be written */
bool copy_files_busy(void);  /* the same of what goes into files */
bool copy_resting(void);     /* a terminal is to be looked at again in a moment */
void copy_input_over(void);  /* nobody reads any more what goes to the terminal */
void copy_last_words(void);

/* stdio.c */
int stdio_prepare(const struct plan *plan);
int *stdio_for_tool(void);
int stdio_for_node(int number); /* -1: none */
void stdio_node_has_them(void);
void stdio_tool_has_them(void);
bool stdio_has_terminal(const struct plan *plan);
int stdio_connect(int terminal, const struct plan *plan);
int stdio_resize(int rows, int columns);
void stdio_hang_up(void);

/* socket.c */
int socket_listen(const char *name);
int socket_take_terminal(int listener);
int64_t peer_pid(int fd);

/* files.c */
int file_write(const char *path, const char *data);
ssize_t file_read(const char *path, char *data, size_t size);
void remove_tree(const char *path, void (*problem)(const char *path, int error));
int prepare_mounts(const struct plan *plan, size_t *failed);
void leave_mounts(void);

/* events.c */
struct events {
  int owner;    /* the socket to Node; -1: nobody */
  int listener; /* where later owners come; -1: nowhere */
  int terminal; /* where the runtime sends the terminal */
  bool opened, go, ending; /* what the owner said */
  bool started, finished;  /* how far this is */
};
extern struct events events;
void events_begin(const struct plan *plan);
void events_pump(int timeout_ms);
int events_take_terminal(void);

/* main.c */
int64_t now_ms(void);
void close_fd(int *fd);

#endif
