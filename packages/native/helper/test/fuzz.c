/* Any bytes are decoded without a fault, and a plan that decodes can be read to its end. */
#include <stdlib.h>
#include <string.h>

#include "plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static struct plan plan;
static volatile uint64_t sink;

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  uint8_t *copy = malloc(size == 0 ? 1 : size);
  memcpy(copy, bytes, size);
  if (plan_decode(&plan, copy, size) == 0) {
    for (const struct step *s = plan.steps; s < plan.steps + plan.count; s++) {
      for (unsigned i = 0; i < s->nints; i++) sink += (uint64_t)step_int(s, i);
      struct strings strings = step_strings(s);
      uint32_t length;
      for (const char *text; (text = next_string(&strings, &length)) != NULL;) sink += strlen(text) + (uint8_t)text[length];
    }
  }
  free(copy);
  return 0;
}
