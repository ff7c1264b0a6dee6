/* A plain driver for the fuzz target where there is no libFuzzer: changes seeds at random for some seconds.
   fuzz SECONDS SEED-FILE... */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { MAX = 65536 };
static uint8_t input[MAX + 64];
static uint64_t random_state = 88172645463325252u;

/* xorshift: the same sequence each time, so that a fault can be had again. */
static uint32_t random_below(uint32_t limit) {
  random_state ^= random_state << 13;
  random_state ^= random_state >> 7;
  random_state ^= random_state << 17;
  return (uint32_t)(random_state % limit);
}

static size_t mutate(size_t size) {
  static const uint32_t odd[] = {0, 1, 7, 12, 63, 64, 72, 255, 65535, 0x7fffffff, 0x80000000, 0xffffffff};
  for (uint32_t n = 1 + random_below(4); n > 0 && size > 4; n--) {
    uint32_t at = random_below((uint32_t)size - 3), length = 1 + random_below(16);
    switch (random_below(5)) {
      case 0: input[at] ^= (uint8_t)(1u << random_below(8)); break;
      case 1: memcpy(input + at, &odd[random_below(sizeof odd / sizeof *odd)], 1u << random_below(3)); break;
      case 2: size = at; break;
      case 3: memmove(input + at + length, input + at, size - at), size += length; break;
      default:
        if (at + length >= size) break;
        memmove(input + at, input + at + length, size - at - length);
        size -= length;
    }
    if (size > MAX) size = MAX;
  }
  /* Mostly the size in the header is made to fit, or nothing beyond it would ever be reached. */
  if (size >= 12 && random_below(8) != 0) memcpy(input + 8, &(uint32_t){(uint32_t)size}, 4);
  return size;
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  time_t end = time(NULL) + atoi(argv[1]);
  unsigned long runs = 0;
  while (time(NULL) < end) {
    for (int i = 2; i < argc; i++) {
      FILE *file = fopen(argv[i], "rb");
      if (file == NULL) return 2;
      static uint8_t seed[MAX];
      size_t size = fread(seed, 1, sizeof seed, file);
      fclose(file);
      for (int n = 0; n < 2000; n++, runs++) {
        memcpy(input, seed, size);
        LLVMFuzzerTestOneInput(input, mutate(size));
      }
    }
  }
  printf("%lu runs, no fault\n", runs);
  return runs == 0;
}
