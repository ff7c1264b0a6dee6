/* Messages to and from Node: frames of a length, a type and a payload. */
#ifndef EXECD_PROTO_H
#define EXECD_PROTO_H

#include <stddef.h>
#include <stdint.h>

#include "helper.h"

enum { MSG_CREATED = 1, MSG_STARTED, MSG_FAILED, MSG_EXITED, MSG_REPLY, MSG_OOM, MSG_HELD };
enum { CMD_GO = 1, CMD_KILL, CMD_ABORT, CMD_KILLALL, CMD_RESIZE };

/* A frame being written; the first four bytes are its length. `bytes` is large enough for what the caller puts. */
struct frame {
  uint8_t *bytes;
  size_t size;
};
void frame_start(struct frame *frame, uint8_t *bytes, uint8_t type);
void frame_i32(struct frame *frame, int32_t value);
void frame_u64(struct frame *frame, uint64_t value);
void frame_bytes(struct frame *frame, const void *data, size_t size);
void frame_end(struct frame *frame);
int frame_send(struct frame *frame);

/* A command of Node. 1 when there is one, 0 when there is none yet, negative at the end of the stream or of our patience. */
struct command {
  int type;
  uint32_t request;
  int32_t signal;
  int32_t rows, columns;
};
int read_command(struct command *command, bool wait);

/* What was read of a command that is not whole yet was another owner's. */
void forget_command(void);

/* Reads the plan whole. 0 or -errno. */
int read_plan(uint8_t **bytes, size_t *size);

#endif
