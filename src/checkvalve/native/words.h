/* Whole numbers of eight bytes, whatever the machine's order is. */

#ifndef CHECKVALVE_WORDS_H
#define CHECKVALVE_WORDS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint64_t little(const unsigned char *at) {
    uint64_t value = 0;
    for (int nth = 7; nth >= 0; nth--)
        value = value << 8 | at[nth];
    return value;
}

/* The nth of the keys of a place, which lie one behind the other (guard/pending.py). */
static inline uint64_t nth_key(const void *packed, size_t nth) {
    return little((const unsigned char *)packed + 8 * nth);
}

#endif
