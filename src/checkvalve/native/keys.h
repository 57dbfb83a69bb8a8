/* The keys of the places that an attempt belongs to, and the digest of its number.
 *
 * The twins in Python are guard/places.py and guard/shared/places.py.
 */

#ifndef CHECKVALVE_KEYS_H
#define CHECKVALVE_KEYS_H

#include "digest.h"
#include "record.h"

#define MASK58 ((UINT64_C(1) << 58) - 1)

/* What digests with a secret begin with. */
static inline PyObject *begun(PyObject *secret) {
    Py_buffer view;
    Keyed made = {.taken = 0};
    unsigned char block[BLOCK] = {0};
    uint64_t nothing[8];
    if (PyObject_GetBuffer(secret, &view, PyBUF_SIMPLE) < 0)
        return NULL;
    if (view.len > 64) {
        PyBuffer_Release(&view);
        PyErr_SetString(PyExc_ValueError, "a secret has 64 bytes at most");
        return NULL;
    }
    memcpy(made.state, INITIAL, sizeof made.state);
    made.state[0] ^= UINT64_C(0x01010000) ^ (uint64_t)view.len << 8 ^ 8;
    memcpy(block, view.buf, (size_t)view.len);
    memcpy(nothing, made.state, sizeof nothing);
    if (view.len) {
        made.taken = BLOCK;
        compress(made.state, block, BLOCK, 0);
    }
    compress(nothing, block, made.taken, 1);
    made.of_nothing = first_word(nothing);
    PyBuffer_Release(&view);
    return PyBytes_FromStringAndSize((const char *)&made, sizeof made);
}

enum { BLOCK100 = 1, COUNTRY = 5, FORM = 6, ADDRESS = 8, ADDRESSES = 9, ACCOUNT = 10, ASN = 11, JA4 = 12 };

typedef struct {
    const Keyed *keyed;
    int veiled; /* blocks and addresses are known by digests as well */
    uint64_t keys[MOST_PLACES];
    int count;
} Found;

static inline void add_key(Found *found, uint64_t value, unsigned kind) {
    if (found->count < MOST_PLACES)
        found->keys[found->count++] = (value & MASK58) << 6 | kind;
}

static inline void add_plain(Found *found, uint64_t value, unsigned kind) {
    unsigned char plain[8];
    if (!found->veiled) {
        add_key(found, value, kind);
        return;
    }
    put_big(plain, value << 6 | kind);
    add_key(found, digested(found->keyed, plain, sizeof plain), kind);
}

/* The digest of a text; lone surrogates are replaced, as Python's codec does. */
static inline int digest_text(const Keyed *keyed, PyObject *text, uint64_t *value) {
    Py_ssize_t length;
    const char *bytes = PyUnicode_AsUTF8AndSize(text, &length);
    if (bytes != NULL) {
        *value = digested(keyed, (const unsigned char *)bytes, (size_t)length);
        return 1;
    }
    if (!PyErr_ExceptionMatches(PyExc_UnicodeEncodeError))
        return 0;
    PyErr_Clear();
    PyObject *encoded = PyUnicode_AsEncodedString(text, "utf-8", "replace");
    char *held_bytes;
    int fits = encoded != NULL && PyBytes_AsStringAndSize(encoded, &held_bytes, &length) == 0;
    if (fits)
        *value = digested(keyed, (const unsigned char *)held_bytes, (size_t)length);
    Py_XDECREF(encoded);
    return fits;
}

static inline int add_text(Found *found, PyObject *text, unsigned kind) {
    uint64_t value;
    if (text == Py_None || (PyUnicode_Check(text) && !PyUnicode_GetLength(text)))
        return 1;
    if (!digest_text(found->keyed, text, &value))
        return 0;
    add_key(found, value, kind);
    return 1;
}

static inline int add_network(Found *found, PyObject *network, uint64_t *first) {
    for (Py_ssize_t nth = 0; nth < PyTuple_Size(network); nth++) {
        uint64_t value;
        if (!whole(PyTuple_GetItem(network, nth), &value))
            return 0;
        add_key(found, value >> 6, (unsigned)(value & (KINDS - 1)));
        *first = nth ? *first : value;
    }
    return 1;
}

static inline int add_address(Found *found, PyObject *address) {
    uint64_t narrow, wide;
    if (address == Py_None)
        return 1;
    if (!PyTuple_Check(address) || PyTuple_Size(address) != 2)
        return given(0, 2);
    if (!whole(PyTuple_GetItem(address, 0), &narrow) || !whole(PyTuple_GetItem(address, 1), &wide))
        return 0;
    add_plain(found, narrow & MASK58, ADDRESS);
    add_plain(found, wide & MASK58, ADDRESSES);
    return 1;
}

static inline int add_asn(Found *found, PyObject *asn) {
    int said = asn == Py_None ? 0 : PyObject_IsTrue(asn);
    if (said <= 0)
        return said == 0;
    uint64_t value = PyLong_AsUnsignedLongLongMask(asn);
    if (value == UINT64_MAX && PyErr_Occurred())
        return 0;
    add_key(found, value, ASN);
    return 1;
}

/* A form whose codes are known to come back. */
static inline int add_form(Found *found, PyObject *endpoint, PyObject *forms, uint64_t where) {
    uint64_t value;
    if (!PyDict_Check(forms) || !PyDict_Size(forms))
        return 1;
    if (!digest_text(found->keyed, endpoint, &value))
        return 0;
    value = value & MASK58 & 0xFFFF;
    PyObject *mark = PyLong_FromUnsignedLongLong(value);
    int known = mark == NULL ? -1 : PyDict_Contains(forms, mark);
    Py_XDECREF(mark);
    if (known > 0 && found->count < MOST_PLACES)
        found->keys[found->count++] =
            value << 48 | (where >> 6) << 7 | (uint64_t)((where & (KINDS - 1)) == COUNTRY) << 6 | FORM;
    return known >= 0;
}

/* (keyed, number, network, address, (account, asn, ja4, agent, domain), endpoint, forms) -> (keys, digest). */
static inline PyObject *keys_of(PyObject *const *arguments, Py_ssize_t count, int veiled) {
    Keyed keyed;
    uint64_t phone, first = 0;
    if (!given(count, 7) || !figures(arguments[0], &keyed, sizeof keyed) || !whole(arguments[1], &phone))
        return NULL;
    PyObject *network = arguments[2], *origin = arguments[4];
    if (!PyTuple_Check(network) || !PyTuple_Check(origin) || PyTuple_Size(origin) != 5) {
        PyErr_SetString(PyExc_TypeError, "a network and an origin are tuples, the second one of five");
        return NULL;
    }
    Found found = {.keyed = &keyed, .veiled = veiled};
    char digits[24];
    uint64_t size = 100;
    for (unsigned kind = BLOCK100; kind < BLOCK100 + 3; kind++, size *= 10)
        add_plain(&found, phone / size, kind);
    int fits = add_network(&found, network, &first) && add_address(&found, arguments[3]) &&
               add_text(&found, PyTuple_GetItem(origin, 0), ACCOUNT) && add_asn(&found, PyTuple_GetItem(origin, 1));
    for (int nth = 2; fits && nth < 5; nth++)
        fits = add_text(&found, PyTuple_GetItem(origin, nth), JA4 + (unsigned)nth - 2);
    if (!fits || !add_form(&found, arguments[5], arguments[6], first))
        return NULL;
    int length = PyOS_snprintf(digits, sizeof digits, "%llu", (unsigned long long)phone);
    uint64_t digest = digested(&keyed, (unsigned char *)digits, (size_t)length) & MASK58;
    PyObject *keys = PyTuple_New(found.count);
    for (int nth = 0; keys != NULL && nth < found.count; nth++) {
        PyObject *key = PyLong_FromUnsignedLongLong(found.keys[nth]);
        if (key == NULL || PyTuple_SetItem(keys, nth, key) < 0)
            Py_CLEAR(keys);
    }
    return keys == NULL ? NULL : Py_BuildValue("(NK)", keys, (unsigned long long)digest);
}

#endif
