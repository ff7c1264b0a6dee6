/* What this process waits for: its owner, later owners, the end of children, news of the memory group, and what is to be copied. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "keeper.h"

enum { GUESTS = 4, GUEST_SECONDS = 2, REST_MS = 50 };

struct events events = {.owner = CONTROL, .listener = -1, .terminal = -1};
static const struct plan *plan;
static int signals = -1;
static int guests[GUESTS] = {-1, -1, -1, -1};

void events_begin(const struct plan *given) {
  plan = given;
  sigset_t child;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  sigprocmask(SIG_BLOCK, &child, NULL);
  signals = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
  fcntl(CONTROL, F_SETFD, FD_CLOEXEC);
  fcntl(CONTROL, F_SETFL, fcntl(CONTROL, F_GETFL) & ~O_NONBLOCK);
}

static void owner_lost(void) {
  close_fd(&events.owner);
  if (plan->listen == NULL || !events.started) events.ending = true;
}

static int64_t argument(const struct message *message, size_t index) {
  return index < message->count ? strtoll(message->fields[index], NULL, 10) : 0;
}

/* Until it is reaped here, the pid is that of no other process. */
static int send_signal(int number) {
  if (kept.pid <= 0 || kept.gone) return ESRCH;
  return kill(kept.pid, number) < 0 ? errno : 0;
}

static void obey(const struct message *message) {
  const char *verb = message->fields[0];
  if (strcmp(verb, "opened") == 0) events.opened = true;
  else if (strcmp(verb, "go") == 0) events.go = true;
  else if (strcmp(verb, "end") == 0) events.ending = true;
  else if (strcmp(verb, "kill") == 0) SEND(events.owner, "done", NUM(argument(message, 1)), NUM(send_signal((int)argument(message, 2))));
  else if (strcmp(verb, "resize") == 0) {
    int result = stdio_resize((int)argument(message, 2), (int)argument(message, 3));
    SEND(events.owner, "done", NUM(argument(message, 1)), NUM(-result));
  }
}

static void hear_owner(void) {
  struct message message;
  if (message_receive(events.owner, &message) != 1) {
    owner_lost();
    return;
  }
  obey(&message);
  message_free(&message);
}

/* A guest may ask who owns this ("look"), or to own it ("own"), which it does when nobody else does. */
static void hear_guest(int *guest) {
  struct message message;
  if (message_receive(*guest, &message) == 1) {
    int64_t owner = events.owner >= 0 ? peer_pid(events.owner) : 0;
    if (strcmp(message.fields[0], "own") == 0 && events.owner < 0 && !events.finished) {
      events.owner = *guest;
      *guest = -1;
      SEND(events.owner, "owned", NUM(kept.pid));
    } else SEND(*guest, "state", NUM(kept.pid), NUM(owner));
    message_free(&message);
  }
  close_fd(guest);
}

static void welcome(void) {
  int fd = accept4(events.listener, NULL, NULL, SOCK_CLOEXEC);
  if (fd < 0) return;
  struct timeval patience = {.tv_sec = GUEST_SECONDS};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  int *place = &guests[0];
  for (size_t index = 0; index < GUESTS; index++) {
    if (guests[index] < 0) place = &guests[index];
  }
  close_fd(place);
  *place = fd;
}

/* As soon as it comes: its size is to be set before the program looks at it. Gives what came of it, also when it was there before. */
int events_take_terminal(void) {
  static int result = -EBADMSG;
  if (events.terminal < 0) return result;
  int terminal = socket_take_terminal(events.terminal);
  close_fd(&events.terminal);
  unlink("console");
  result = terminal < 0 ? terminal : stdio_connect(terminal, plan);
  return result;
}

static void drain_signals(void) {
  struct signalfd_siginfo info;
  while (read(signals, &info, sizeof info) > 0) continue;
}

static int shorter(int one, int other) {
  if (one < 0) return other;
  return other >= 0 && other < one ? other : one;
}

/* Waits for something to happen, at most so long (-1: for ever), and does what it asks for. */
void events_pump(int timeout) {
  struct pollfd polls[MAX_POLL];
  size_t copies = copy_poll(polls), count = copies;
  size_t at = count;
  polls[count++] = (struct pollfd){.fd = signals, .events = POLLIN};
  polls[count++] = (struct pollfd){.fd = events.owner, .events = POLLIN};
  polls[count++] = (struct pollfd){.fd = events.listener, .events = POLLIN};
  polls[count++] = oom_poll();
  for (size_t index = 0; index < GUESTS; index++) polls[count++] = (struct pollfd){.fd = guests[index], .events = POLLIN};
  size_t terminal = count;
  polls[count++] = (struct pollfd){.fd = events.terminal, .events = POLLIN};
  timeout = shorter(shorter(timeout, oom_wait_ms()), copy_resting() ? REST_MS : -1);
  if (poll(polls, count, timeout) < 0) return;
  if (polls[terminal].revents != 0) events_take_terminal();
  copy_work(polls, copies);
  if (polls[at].revents != 0) drain_signals();
  reap();
  for (size_t index = 0; index < GUESTS; index++) {
    if (polls[at + 4 + index].revents != 0) hear_guest(&guests[index]);
  }
  if (polls[at + 2].revents != 0) welcome();
  if (oom_killed(polls[at + 3].revents != 0) && events.owner >= 0) SEND(events.owner, "oom");
  if (polls[at + 1].revents != 0 && events.owner >= 0) hear_owner();
}
