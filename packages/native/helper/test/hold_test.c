/* Plans that are held in place of their EXEC, and what follows on them. */
#include "plans.h"

static void hold_step(uint64_t init) {
  begin_step(&b, OP_HOLD, CHILD, 1, 0);
  put(&b, init, 8);
  end_step(&b);
}

void holds(void) {
  begin(&b), clone_step(&b), hold_step(0), end(&b);
  check("HOLD in place of EXEC", true, b.bytes, b.size);
  begin(&b), clone_step(&b), simple_step(OP_BARRIER, CHILD, 0, 0), simple_step(OP_PIVOT, CHILD, 0, 0), hold_step(1), end(&b);
  check("HOLD of what has an INIT", true, b.bytes, b.size);
  WITH_STEP("HOLD before EXEC", false, hold_step(0));
  WITH_STEP("HOLD in HOST", false, simple_step(OP_HOLD, HOST, 1, 0));
  begin(&b), clone_step(&b), hold_step(2), end(&b);
  check("HOLD of something else", false, b.bytes, b.size);
  begin(&b), clone_step(&b), hold_step(0), hold_step(0), end(&b);
  check("two HOLD", false, b.bytes, b.size);
  begin(&b), clone_step(&b), hold_step(0), simple_step(OP_UMASK, CHILD, 1, 0), end(&b);
  check("a step after HOLD", false, b.bytes, b.size);
  begin(&b), clone_step(&b), simple_step(OP_INIT, CHILD, 1, 0), hold_step(1), end(&b);
  check("INIT before HOLD", false, b.bytes, b.size);
  for (uint64_t option = OPTION_SYNC; option <= OPTION_DETACHED; option++) {
    begin(&b), begin_step(&b, OP_CLONE, HOST, 3, 0), put(&b, 0, 8), put(&b, option, 8), put(&b, (uint64_t)-1, 8), end_step(&b);
    hold_step(0), end(&b);
    check("HOLD of what waits, or goes on, by itself", false, b.bytes, b.size);
  }
}

static bool rest_decodes(uint64_t init, uint32_t first) {
  struct plan whole;
  struct builder rest = b;
  begin(&b), clone_step(&b), hold_step(init), end(&b);
  if (plan_decode(&whole, b.bytes, b.size) < 0) abort();
  uint8_t *copy = malloc(rest.size);
  memcpy(copy, rest.bytes, rest.size);
  bool result = rest_decode(&plan, copy, rest.size, &whole.steps[1], first) == 0;
  if (result && plan.count > 0 && plan.steps[plan.count - 1].index != first + plan.count - 1) result = false;
  free(copy);
  return result;
}

static void check_rest(const char *what, bool expected, uint64_t init, uint32_t first) {
  checks++;
  if (rest_decodes(init, first) == expected) return;
  failures++;
  printf("not ok: %s should %sdecode\n", what, expected ? "" : "not ");
}

void rests(void) {
  begin(&b), exec_step(&b), end(&b), check_rest("the smallest rest", true, 0, 2);
  begin(&b), simple_step(OP_UMASK, CHILD, 1, 0), exec_step(&b), end(&b), check_rest("a rest of two", true, 0, 7);
  begin(&b), exec_step(&b), end(&b), check_rest("a rest of an INIT without it", false, 1, 2);
  begin(&b), end(&b), check_rest("nothing", false, 0, 2);
  begin(&b), simple_step(OP_UMASK, CHILD, 1, 0), end(&b), check_rest("a rest without EXEC", false, 0, 2);
  begin(&b), exec_step(&b), simple_step(OP_UMASK, CHILD, 1, 0), end(&b), check_rest("a step after EXEC", false, 0, 2);
  begin(&b), exec_step(&b), exec_step(&b), end(&b), check_rest("two EXEC", false, 0, 2);
  begin(&b), clone_step(&b), exec_step(&b), end(&b), check_rest("a rest with a CLONE", false, 0, 2);
  begin(&b), hold_step(0), exec_step(&b), end(&b), check_rest("a rest with a HOLD", false, 0, 2);
  begin(&b), simple_step(OP_BARRIER, CHILD, 0, 0), exec_step(&b), end(&b), check_rest("a rest with a BARRIER", false, 0, 2);
  begin(&b), begin_step(&b, OP_INIT, CHILD, 1, 0), put(&b, INIT_FIRST, 8), end_step(&b), exec_step(&b), end(&b);
  check_rest("a rest with its INIT", true, 1, 2);
  begin(&b), begin_step(&b, OP_INIT, CHILD, 1, 0), put(&b, INIT_FIRST, 8), end_step(&b), exec_step(&b), end(&b);
  check_rest("a rest with an INIT that was not told of", false, 0, 2);
  begin(&b), simple_step(OP_INIT, CHILD, 1, 0), exec_step(&b), end(&b), check_rest("a rest with an INIT of a tree", false, 1, 2);
  begin(&b), exec_step(&b), end(&b), check_rest("too many steps in all", false, 0, PLAN_MAX_STEPS);
}
