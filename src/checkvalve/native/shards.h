/* Where the record of each key begins: the shards of guard/index.py. */

#ifndef CHECKVALVE_SHARDS_H
#define CHECKVALVE_SHARDS_H

#include "record.h"

#define SHARDS 64
#define TOGETHER 16

#if defined(__GNUC__)
#define SOON(place) __builtin_prefetch(place)
#else
#define SOON(place) ((void)(place))
#endif

/* The words of a shard, and its divisor. */
static inline int shard_of(PyObject *shard, Py_buffer *words, uint64_t *divisor, int access) {
    if (!PyTuple_Check(shard) || PyTuple_Size(shard) != 2) {
        PyErr_SetString(PyExc_TypeError, "a shard is its words and its divisor");
        return 0;
    }
    if (!whole(PyTuple_GetItem(shard, 1), divisor) ||
        PyObject_GetBuffer(PyTuple_GetItem(shard, 0), words, access) < 0)
        return 0;
    if (*divisor && *divisor <= (uint64_t)words->len / 16)
        return 1;
    PyBuffer_Release(words);
    PyErr_SetString(PyExc_ValueError, "the divisor does not fit the words");
    return 0;
}

typedef struct { /* a key that is looked for: memory is slow, so it is asked for all keys before one is needed */
    Py_buffer words;
    const uint64_t *at, *end;
    uint64_t key, divisor;
} Look;

static inline unsigned shard_of_key(uint64_t key) { return (unsigned)(key >> 6 & (SHARDS - 1)); }

/* Begin to look for a key; ``access`` to the words as `PyObject_GetBuffer` has it. */
static inline int look(Look *one, PyObject *shards, uint64_t key, int access) {
    if (!shard_of(PyList_GetItem(shards, (Py_ssize_t)shard_of_key(key)), &one->words, &one->divisor, access))
        return 0;
    const uint64_t *words = one->words.buf;
    one->at = words + key % one->divisor * 2;
    one->end = words + one->words.len / 16 * 2;
    one->key = key;
    SOON(one->at);
    return 1;
}

/* The value of the key, or -1; then the look is at the bucket where it would stand. */
static inline int64_t stands(Look *one) {
    for (; one->at < one->end && one->at[1]; one->at += 2)
        if (one->at[0] == one->key)
            return (int64_t)(one->at[1] - 1);
    return -1;
}

static inline int are_shards(PyObject *shards) {
    if (PyList_Check(shards) && PyList_Size(shards) == SHARDS)
        return 1;
    PyErr_SetString(PyExc_TypeError, "there is a list of 64 shards");
    return 0;
}

/* Begin to look for a few of the keys; how many it is: fewer, with an error set, where one is none. */
static inline Py_ssize_t look_for(Look *looks, PyObject *shards, PyObject *keys, Py_ssize_t from, Py_ssize_t until,
                                  int access) {
    Py_ssize_t nth = from;
    uint64_t key;
    while (nth < until && whole(PyTuple_GetItem(keys, nth), &key) && look(&looks[nth - from], shards, key, access))
        nth++;
    return nth;
}

/* A record will be needed that begins there, if one does. */
static inline void soon(const Py_buffer *memory, int64_t at, uint64_t length) {
    if (at >= 0 && length <= (uint64_t)memory->len && (uint64_t)at <= (uint64_t)memory->len - length)
        for (uint64_t line = 0; line < length; line += 64)
            SOON((const char *)memory->buf + at + line);
}

#endif
