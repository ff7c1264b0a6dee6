/* Plans written byte by byte, and whether they decode. Each plan is in a heap block of exactly its size, so that a read past its end
   is seen by the sanitizers. */
#ifndef EXECD_PLANS_H
#define EXECD_PLANS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan.h"

extern struct plan plan;
extern int failures, checks;

struct builder {
  uint8_t bytes[65536];
  size_t size, step;
  uint32_t steps;
};

static inline void put(struct builder *b, uint64_t value, size_t size) {
  memcpy(b->bytes + b->size, &value, size);
  b->size += size;
}

static inline void begin(struct builder *b) {
  memset(b, 0, sizeof *b);
  b->size = PLAN_HEADER;
}

static inline void begin_step(struct builder *b, unsigned op, unsigned phase, unsigned nints, unsigned nstrs) {
  b->step = b->size;
  b->steps++;
  put(b, op, 2), put(b, phase, 1), put(b, nints, 1), put(b, nstrs, 2), put(b, 0, 2), put(b, 0, 4);
}

static inline void text(struct builder *b, const char *value, size_t size) {
  put(b, size, 4);
  memcpy(b->bytes + b->size, value, size);
  b->size += size;
  put(b, 0, 1);
}

static inline void end_step(struct builder *b) {
  uint32_t size = (uint32_t)(b->size - b->step);
  memcpy(b->bytes + b->step + 8, &size, 4);
}

static inline void end(struct builder *b) {
  uint32_t header[4] = {PLAN_MAGIC, PLAN_VERSION, (uint32_t)b->size, b->steps};
  memcpy(b->bytes, header, sizeof header);
}

static inline void clone_with(struct builder *b, uint64_t flags) {
  begin_step(b, OP_CLONE, HOST, 3, 0);
  put(b, flags, 8), put(b, 0, 8), put(b, (uint64_t)-1, 8);
  end_step(b);
}

static inline void clone_step(struct builder *b) {
  clone_with(b, 0);
}

static inline void exec_step(struct builder *b) {
  begin_step(b, OP_EXEC, CHILD, 0, 1);
  text(b, "/bin/true", 9);
  end_step(b);
}

static inline bool decodes(const uint8_t *bytes, size_t size) {
  uint8_t *copy = malloc(size == 0 ? 1 : size);
  memcpy(copy, bytes, size);
  bool good = plan_decode(&plan, copy, size) == 0;
  free(copy);
  return good;
}

static inline void check(const char *what, bool expected, const uint8_t *bytes, size_t size) {
  checks++;
  if (decodes(bytes, size) == expected) return;
  failures++;
  printf("not ok: %s should %sdecode\n", what, expected ? "" : "not ");
}

/* A plan of CLONE, one step that the caller has written, and EXEC. */
#define WITH_STEP(what, expected, ...)                                                                                     \
  do {                                                                                                                     \
    begin(&b);                                                                                                             \
    clone_step(&b);                                                                                                        \
    __VA_ARGS__;                                                                                                           \
    exec_step(&b);                                                                                                         \
    end(&b);                                                                                                               \
    check(what, expected, b.bytes, b.size);                                                                                \
  } while (0)

extern struct builder b;

static inline void simple_step(unsigned op, unsigned phase, unsigned nints, unsigned nstrs) {
  begin_step(&b, op, phase, nints, nstrs);
  for (unsigned i = 0; i < nints; i++) put(&b, 1, 8);
  for (unsigned i = 0; i < nstrs; i++) text(&b, "x", 1);
  end_step(&b);
}

/* hold_test.c */
void holds(void);
void rests(void);

#endif
