/* Prints a plan, from standard input, as the decoder reads it: one line a step, strings in hexadecimal. */
#include <stdio.h>
#include <stdlib.h>

#include "plan.h"

static struct plan plan;
static uint8_t bytes[PLAN_MAX_SIZE];

int main(void) {
  size_t size = fread(bytes, 1, sizeof bytes, stdin);
  int error = plan_decode(&plan, bytes, size);
  if (error < 0) {
    printf("error %d\n", -error);
    return 1;
  }
  for (const struct step *s = plan.steps; s < plan.steps + plan.count; s++) {
    printf("%u %u", s->op, s->phase);
    for (unsigned i = 0; i < s->nints; i++) printf(" %lld", (long long)step_int(s, i));
    struct strings strings = step_strings(s);
    uint32_t length;
    for (const char *text; (text = next_string(&strings, &length)) != NULL;) {
      printf(" \"");
      for (uint32_t i = 0; i < length; i++) printf("%02x", (unsigned char)text[i]);
      printf("\"");
    }
    printf("\n");
  }
  return 0;
}
