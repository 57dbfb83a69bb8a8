/* Digests of eight bytes with a key: BLAKE2b (RFC 7693), as hashlib.blake2b(digest_size=8, key=...) has them. */

#ifndef CHECKVALVE_DIGEST_H
#define CHECKVALVE_DIGEST_H

#include "words.h"

#define BLOCK 128

typedef struct {
    uint64_t state[8]; /* once the key was taken in */
    uint64_t taken;    /* bytes so far: a block for the key, or none */
    uint64_t of_nothing;
} Keyed;

static const uint64_t INITIAL[8] = {
    UINT64_C(0x6A09E667F3BCC908), UINT64_C(0xBB67AE8584CAA73B), UINT64_C(0x3C6EF372FE94F82B),
    UINT64_C(0xA54FF53A5F1D36F1), UINT64_C(0x510E527FADE682D1), UINT64_C(0x9B05688C2B3E6C1F),
    UINT64_C(0x1F83D9ABFB41BD6B), UINT64_C(0x5BE0CD19137E2179)};

static const uint8_t ORDER[12][16] = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
    {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4}, {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
    {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13}, {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
    {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11}, {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
    {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5}, {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0},
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3}};

static inline void put_big(unsigned char *at, uint64_t value) {
    for (int nth = 7; nth >= 0; nth--, value >>= 8)
        at[nth] = (unsigned char)value;
}

static inline uint64_t turned(uint64_t word, int by) { return word >> by | word << (64 - by); }

static inline void mix(uint64_t *v, int a, int b, int c, int d, uint64_t x, uint64_t y) {
    v[a] += v[b] + x;
    v[d] = turned(v[d] ^ v[a], 32);
    v[c] += v[d];
    v[b] = turned(v[b] ^ v[c], 24);
    v[a] += v[b] + y;
    v[d] = turned(v[d] ^ v[a], 16);
    v[c] += v[d];
    v[b] = turned(v[b] ^ v[c], 63);
}

static inline void compress(uint64_t *state, const unsigned char *block, uint64_t taken, int last) {
    uint64_t v[16], words[16];
    for (int nth = 0; nth < 16; nth++) {
        words[nth] = little(block + 8 * nth);
        v[nth] = nth < 8 ? state[nth] : INITIAL[nth - 8];
    }
    v[12] ^= taken;
    v[14] = last ? ~v[14] : v[14];
    for (int round = 0; round < 12; round++) {
        const uint8_t *at = ORDER[round];
        mix(v, 0, 4, 8, 12, words[at[0]], words[at[1]]);
        mix(v, 1, 5, 9, 13, words[at[2]], words[at[3]]);
        mix(v, 2, 6, 10, 14, words[at[4]], words[at[5]]);
        mix(v, 3, 7, 11, 15, words[at[6]], words[at[7]]);
        mix(v, 0, 5, 10, 15, words[at[8]], words[at[9]]);
        mix(v, 1, 6, 11, 12, words[at[10]], words[at[11]]);
        mix(v, 2, 7, 8, 13, words[at[12]], words[at[13]]);
        mix(v, 3, 4, 9, 14, words[at[14]], words[at[15]]);
    }
    for (int nth = 0; nth < 8; nth++)
        state[nth] ^= v[nth] ^ v[nth + 8];
}

/* The first eight bytes of a digest as a whole number, the first byte the highest. */
static inline uint64_t first_word(const uint64_t *state) {
    unsigned char bytes[8];
    put_big(bytes, state[0]);
    return little(bytes);
}

static inline uint64_t digested(const Keyed *keyed, const unsigned char *text, size_t length) {
    uint64_t state[8], taken = keyed->taken;
    unsigned char block[BLOCK];
    if (!length)
        return keyed->of_nothing;
    memcpy(state, keyed->state, sizeof state);
    for (; length > BLOCK; text += BLOCK, length -= BLOCK)
        compress(state, text, taken += BLOCK, 0);
    memset(block, 0, sizeof block);
    memcpy(block, text, length);
    compress(state, block, taken + length, 1);
    return first_word(state);
}

#endif
