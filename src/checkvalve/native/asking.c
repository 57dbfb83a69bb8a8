/* What a guard with a shared memory does before a call to it: keys that tell nobody what they stand for, and the command
 * as it goes over the wire, in a transaction or for a script.
 *
 * The twins in Python are guard/shared/places.py and guard/shared/request.py; tests hold them equal.
 * Limited API of Python 3.11: one build serves this and every later Python.
 */

#include "keys.h"

#define GOLDEN UINT64_C(0x9E3779B97F4A7C15)

/* keyed(secret) -> what digests with a secret begin with. */
static PyObject *keyed(PyObject *Py_UNUSED(module), PyObject *secret) { return begun(secret); }

/* veiled(keyed, number, network, address, (account, asn, ja4, agent, domain), endpoint, forms) -> (keys, digest). */
static PyObject *veiled(PyObject *Py_UNUSED(module), PyObject *const *arguments, Py_ssize_t count) {
    return keys_of(arguments, count, 1);
}

/* ident(keyed, text) -> the digest of a text, as eight bytes. */
static PyObject *ident(PyObject *Py_UNUSED(module), PyObject *const *arguments, Py_ssize_t count) {
    Keyed begun_with;
    uint64_t value;
    unsigned char big[8];
    if (!given(count, 2) || !figures(arguments[0], &begun_with, sizeof begun_with) ||
        !digest_text(&begun_with, arguments[1], &value))
        return NULL;
    put_big(big, value & MASK58);
    return PyBytes_FromStringAndSize((const char *)big, sizeof big);
}

/* ---- the command: guard/shared/request.py ---- */

typedef struct {
    char *at, *begin;
    size_t room;
} Out;

static void put(Out *out, const void *bytes, size_t length) {
    memcpy(out->at, bytes, length);
    out->at += length;
}

static void put_count(Out *out, char sign, unsigned long long value) {
    out->at += PyOS_snprintf(out->at, 24, "%c%llu\r\n", sign, value);
}

static void put_word(Out *out, const void *bytes, size_t length) {
    put_count(out, '$', length);
    put(out, bytes, length);
    put(out, "\r\n", 2);
}

static void put_number(Out *out, const char *before, unsigned long long value) {
    char text[32];
    put_word(out, text, (size_t)PyOS_snprintf(text, sizeof text, "%s%llu", before, value));
}

/* A key: the prefix of the tenant, a letter, and so many bytes of a whole number. */
static void put_key(Out *out, const Py_buffer *prefix, char letter, uint64_t value, size_t bytes) {
    unsigned char big[8];
    put_big(big, value);
    put_count(out, '$', (size_t)prefix->len + 1 + bytes);
    put(out, prefix->buf, (size_t)prefix->len);
    put(out, &letter, 1);
    put(out, big + 8 - bytes, bytes);
    put(out, "\r\n", 2);
}

static void put_text(Out *out, const char *text) { put(out, text, strlen(text)); }

typedef struct {
    Py_buffer head, prefix, packed, entry, counted;
    PyObject *more;
    uint64_t country, digest, budgets, millionths, kept_s;
} Asking;

static uint64_t flight(uint64_t key) { return key * GOLDEN >> 48; }

/* One message more is in flight to a place. */
static void put_flight(Out *out, uint64_t key) {
    put_text(out, "$6\r\nINCRBY\r\n$3\r\nu16\r\n");
    put_number(out, "#", flight(key));
    put_text(out, "$1\r\n1\r\n");
}

static int put_more(Out *out, PyObject *more, Py_ssize_t from, Py_ssize_t until) {
    for (Py_ssize_t nth = from; nth < until; nth++) {
        char *bytes;
        Py_ssize_t length;
        if (PyBytes_AsStringAndSize(PyTuple_GetItem(more, nth), &bytes, &length) < 0)
            return 0;
        put_word(out, bytes, (size_t)length);
    }
    return 1;
}

static int put_asking(Out *out, const Asking *asked) {
    const unsigned char *counts = asked->counted.buf;
    Py_ssize_t places = asked->packed.len / 8, more = PyTuple_Size(asked->more), flights = 1;
    for (Py_ssize_t nth = 0; nth < places; nth++)
        flights += counts[nth_key(asked->packed.buf, (size_t)nth) & (KINDS - 1)] != 0;
    put_count(out, '*', (unsigned long long)(3 + 5 + places + more + 4 + flights));
    put(out, asked->head.buf, (size_t)asked->head.len);
    put_number(out, "", (unsigned long long)(5 + places + more));
    put_key(out, &asked->prefix, 'j', 0, 0);
    put_key(out, &asked->prefix, 'f', 0, 0);
    if (!put_more(out, asked->more, 0, (Py_ssize_t)asked->budgets))
        return 0;
    put_key(out, &asked->prefix, 'w', 0, 0);
    put_key(out, &asked->prefix, 'n', asked->country, 2);
    put_key(out, &asked->prefix, 'k', asked->digest << 6, 8);
    for (Py_ssize_t nth = 0; nth < places; nth++)
        put_key(out, &asked->prefix, 'k', nth_key(asked->packed.buf, (size_t)nth), 8);
    if (!put_more(out, asked->more, (Py_ssize_t)asked->budgets, more))
        return 0;
    put_word(out, asked->entry.buf, (size_t)asked->entry.len);
    put_number(out, "", asked->budgets);
    put_number(out, "", asked->millionths);
    put_number(out, "", asked->kept_s);
    put_number(out, "#", flight(asked->digest << 6));
    for (Py_ssize_t nth = 0; nth < places; nth++) {
        uint64_t key = nth_key(asked->packed.buf, (size_t)nth);
        if (counts[key & (KINDS - 1)])
            put_number(out, "#", flight(key));
    }
    return 1;
}

/* The same in one transaction, where no budget is asked and nothing was solved: the server begins no script for it. */
static int put_together(Out *out, const Asking *asked) {
    const unsigned char *counts = asked->counted.buf;
    Py_ssize_t places = asked->packed.len / 8, flights = 1;
    for (Py_ssize_t nth = 0; nth < places; nth++)
        flights += counts[nth_key(asked->packed.buf, (size_t)nth) & (KINDS - 1)] != 0;
    put_text(out, "*1\r\n$5\r\nMULTI\r\n");
    put_count(out, '*', (unsigned long long)(4 + places));
    put_text(out, "$4\r\nMGET\r\n");
    put_key(out, &asked->prefix, 'w', 0, 0);
    put_key(out, &asked->prefix, 'n', asked->country, 2);
    put_key(out, &asked->prefix, 'k', asked->digest << 6, 8);
    for (Py_ssize_t nth = 0; nth < places; nth++)
        put_key(out, &asked->prefix, 'k', nth_key(asked->packed.buf, (size_t)nth), 8);
    put_count(out, '*', (unsigned long long)(2 + 4 * flights));
    put_text(out, "$8\r\nBITFIELD\r\n");
    put_key(out, &asked->prefix, 'f', 0, 0);
    put_flight(out, asked->digest << 6);
    for (Py_ssize_t nth = 0; nth < places; nth++) {
        uint64_t key = nth_key(asked->packed.buf, (size_t)nth);
        if (counts[key & (KINDS - 1)])
            put_flight(out, key);
    }
    put_text(out, "*3\r\n$5\r\nRPUSH\r\n");
    put_key(out, &asked->prefix, 'j', 0, 0);
    put_word(out, asked->entry.buf, (size_t)asked->entry.len);
    put_text(out, "*1\r\n$4\r\nEXEC\r\n");
    return 1;
}

/* So many bytes are enough. */
static size_t room_for(const Asking *asked) {
    size_t more = 0, places = (size_t)asked->packed.len / 8, head = (size_t)asked->head.len;
    for (Py_ssize_t nth = 0; nth < PyTuple_Size(asked->more); nth++)
        more += (size_t)PyBytes_Size(PyTuple_GetItem(asked->more, nth)) + 40;
    return head + more + (size_t)asked->entry.len + (places + 5) * ((size_t)asked->prefix.len + 40) +
           (places + 12) * 80;
}

static PyObject *asking_packed(const Asking *asked) {
    if (asked->packed.len % 8 || asked->packed.len / 8 > MOST_PLACES || asked->counted.len != KINDS ||
        !PyTuple_Check(asked->more) || (!asked->head.len && PyTuple_Size(asked->more)) || asked->budgets > (uint64_t)PyTuple_Size(asked->more)) {
        PyErr_SetString(PyExc_ValueError, "the parts of a call do not fit");
        return NULL;
    }
    for (Py_ssize_t nth = 0; nth < PyTuple_Size(asked->more); nth++)
        if (!PyBytes_Check(PyTuple_GetItem(asked->more, nth))) {
            PyErr_SetString(PyExc_TypeError, "a key is bytes");
            return NULL;
        }
    char few[4096];
    size_t room = room_for(asked);
    Out out = {.begin = room <= sizeof few ? few : PyMem_Malloc(room)};
    if (out.begin == NULL)
        return PyErr_NoMemory();
    out.at = out.begin;
    int fits = asked->head.len ? put_asking(&out, asked) : put_together(&out, asked);
    PyObject *found = fits ? PyBytes_FromStringAndSize(out.begin, out.at - out.begin) : NULL;
    if (out.begin != few)
        PyMem_Free(out.begin);
    return found;
}

/* asking(head, prefix, country, digest, packed, more, budgets, counted, entry, millionths, kept_s) -> the command.
 * More: the keys of budgets, so many, then others. Without a head a transaction, in which there is nothing more. */
static PyObject *asking(PyObject *Py_UNUSED(module), PyObject *const *arguments, Py_ssize_t count) {
    Asking asked;
    Py_buffer *views[] = {&asked.head, &asked.prefix, &asked.packed, &asked.counted, &asked.entry};
    static const int at[] = {0, 1, 4, 7, 8};
    int had = 0;
    PyObject *found = NULL;
    if (!given(count, 11) || !whole(arguments[2], &asked.country) || !whole(arguments[3], &asked.digest) ||
        !whole(arguments[6], &asked.budgets) || !whole(arguments[9], &asked.millionths) ||
        !whole(arguments[10], &asked.kept_s))
        return NULL;
    asked.more = arguments[5];
    while (had < 5 && PyObject_GetBuffer(arguments[at[had]], views[had], PyBUF_SIMPLE) == 0)
        had++;
    if (had == 5)
        found = asking_packed(&asked);
    while (had)
        PyBuffer_Release(views[--had]);
    return found;
}

static PyMethodDef functions[] = {
    {"asking", FAST(asking), METH_FASTCALL, "The command that asks for a decision's records."},
    {"ident", FAST(ident), METH_FASTCALL, "The digest of a text, as bytes."},
    {"keyed", keyed, METH_O, "What digests with a secret begin with."},
    {"veiled", FAST(veiled), METH_FASTCALL, "The keys of an attempt's places, which tell nobody what they stand for."},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot module_slots[] = {{Py_mod_exec, tell_layout}, {0, NULL}};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, .m_name = "asking", .m_size = 0, .m_methods = functions, .m_slots = module_slots};

PyMODINIT_FUNC PyInit_asking(void) { return PyModuleDef_Init(&definition); }
