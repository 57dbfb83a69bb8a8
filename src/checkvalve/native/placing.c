/* Where an attempt belongs in the memory of a guard: the keys of its places, where their records begin (those that are
 * new are made at once), and what stands there now that somebody asks.
 *
 * The twins in Python are guard/places.py, guard/index.py, guard/table.py and guard/learning.py; tests hold them equal to the last bit.
 * Limited API of Python 3.11: one build serves this and every later Python.
 */

#include "keys.h"
#include "noticing.h"
#include "shards.h"

/* keyed(secret) -> what digests with a secret begin with. */
static PyObject *keyed(PyObject *Py_UNUSED(module), PyObject *secret) { return begun(secret); }

/* placed(keyed, number, network, address, (account, asn, ja4, agent, domain), endpoint, forms) -> (keys, digest). */
static PyObject *placed(PyObject *Py_UNUSED(module), PyObject *const *arguments, Py_ssize_t count) {
    return keys_of(arguments, count, 0);
}

/* ---- where records begin: guard/index.py ---- */

typedef struct {
    PyObject *shards, *counts, *values, *made;
    Py_buffer memory;
    uint64_t next, step, until; /* where the next new record begins, how long one is, and where there is no more room */
    double full;
    long filled; /* the shard that must be laid out anew before more is made, or -1 */
} Taking;

/* Let a key that is nowhere begin where the next record does. It leaves the shard's last bucket empty. */
static int make(Taking *taking, Look *one, unsigned shard) {
    uint64_t *at = (uint64_t *)one->words.buf + (one->at - (const uint64_t *)one->words.buf);
    if (taking->filled >= 0 || taking->next + taking->step > taking->until || one->at + 2 >= one->end)
        return 1;
    uint64_t held;
    PyObject *key = PyLong_FromUnsignedLongLong(one->key);
    int fits = key != NULL && PyList_Append(taking->made, key) == 0 && whole(PyList_GetItem(taking->counts, shard), &held);
    Py_XDECREF(key);
    PyObject *count = fits ? PyLong_FromUnsignedLongLong(held + 1) : NULL;
    if (count == NULL || PyList_SetItem(taking->counts, shard, count) < 0)
        return 0;
    at[0] = one->key;
    at[1] = taking->next + 1;
    taking->next += taking->step;
    if ((double)(held + 1) > (double)one->divisor * taking->full || at + 4 >= one->end)
        taking->filled = shard;
    return 1;
}

static int take(Taking *taking, Look *one, Py_ssize_t nth) {
    unsigned shard = shard_of_key(one->key);
    uint64_t begins = taking->next;
    int64_t value = stands(one);
    int fits = value >= 0 || make(taking, one, shard);
    PyBuffer_Release(&one->words);
    if (value < 0 && taking->next != begins)
        value = (int64_t)begins;
    soon(&taking->memory, value, taking->step);
    PyObject *item = fits ? PyLong_FromLongLong(value) : NULL;
    return item != NULL && PyList_SetItem(taking->values, nth, item) == 0;
}

static int take_some(Taking *taking, PyObject *keys, Py_ssize_t from, Py_ssize_t until) {
    Look looks[TOGETHER];
    Py_ssize_t looked = look_for(looks, taking->shards, keys, from, until, PyBUF_WRITABLE);
    int fits = looked == until;
    for (Py_ssize_t nth = from; nth < looked; nth++) {
        if (fits)
            fits = take(taking, &looks[nth - from], nth);
        else
            PyBuffer_Release(&looks[nth - from].words);
    }
    return fits;
}

/* taken(shards, counts, keys, memory, next, step, until, full) -> ([value, or -1], [key made], shard filled, or -1).
 *
 * Keys that are nowhere get the values from ``next`` on, each ``step`` more, below ``until``; none any more once a
 * shard has so many that it must be laid out anew. */
static PyObject *taken(PyObject *Py_UNUSED(module), PyObject *const *arguments, Py_ssize_t count) {
    Taking taking = {.filled = -1};
    if (!given(count, 8) || !are_shards(arguments[0]) || !whole(arguments[4], &taking.next) ||
        !whole(arguments[5], &taking.step) || !whole(arguments[6], &taking.until) || !number(arguments[7], &taking.full))
        return NULL;
    taking.shards = arguments[0];
    taking.counts = arguments[1];
    if (!PyList_Check(taking.counts) || PyList_Size(taking.counts) != SHARDS) {
        PyErr_SetString(PyExc_TypeError, "there is a list of 64 counts");
        return NULL;
    }
    if (PyObject_GetBuffer(arguments[3], &taking.memory, PyBUF_SIMPLE) < 0)
        return NULL;
    PyObject *keys = PySequence_Tuple(arguments[2]);
    Py_ssize_t length = keys == NULL ? 0 : PyTuple_Size(keys);
    taking.made = keys == NULL ? NULL : PyList_New(0);
    taking.values = taking.made == NULL ? NULL : PyList_New(length);
    int fits = taking.values != NULL;
    for (Py_ssize_t from = 0; fits && from < length; from += TOGETHER)
        fits = take_some(&taking, keys, from, length - from > TOGETHER ? from + TOGETHER : length);
    Py_XDECREF(keys);
    PyBuffer_Release(&taking.memory);
    if (fits)
        return Py_BuildValue("(NNl)", taking.values, taking.made, taking.filled);
    Py_XDECREF(taking.values);
    Py_XDECREF(taking.made);
    return NULL;
}

/* oldest(memory, size, from, capacity, passed) -> which of the records from that one on was not touched for the longest
 * time; see guard/table.py. */
static PyObject *oldest(PyObject *Py_UNUSED(module), PyObject *const *arguments, Py_ssize_t count) {
    uint64_t size, from, capacity, passed;
    Py_buffer memory;
    if (!given(count, 5) || !whole(arguments[1], &size) || !whole(arguments[2], &from) ||
        !whole(arguments[3], &capacity) || !whole(arguments[4], &passed) || !held(arguments[0], &memory, 0, 0))
        return NULL;
    int fits = size >= sizeof(double) && from < capacity && capacity <= (uint64_t)memory.len / size;
    uint64_t best = from;
    double least = INFINITY;
    for (uint64_t step = 0; fits && step < passed && step < capacity; step++) {
        uint64_t slot = (from + step) % capacity;
        double touched;
        memcpy(&touched, (const char *)memory.buf + slot * size, sizeof touched);
        if (touched < least) {
            best = slot;
            least = touched;
        }
    }
    PyBuffer_Release(&memory);
    if (fits)
        return PyLong_FromUnsignedLongLong(best);
    PyErr_SetString(PyExc_ValueError, "so many records are not in that memory");
    return NULL;
}

/* ---- somebody asks: guard/learning.py ---- */

/* The keys of the places, and their records. */
static int look_at(Looked *looked, const Py_buffer *memory, PyObject *keys, PyObject *slots) {
    if (!PyTuple_Check(keys) || !PyList_Check(slots) || PyTuple_Size(keys) != PyList_Size(slots) ||
        PyTuple_Size(keys) > MOST_PLACES) {
        PyErr_SetString(PyExc_ValueError, "there is a record for each key");
        return 0;
    }
    looked->places = PyTuple_Size(keys);
    for (Py_ssize_t nth = 0; nth < looked->places; nth++) {
        looked->records[nth] = record(memory, PyList_GetItem(slots, nth));
        if (looked->records[nth] == NULL || !whole(PyTuple_GetItem(keys, nth), &looked->keys[nth]))
            return 0;
    }
    return 1;
}

static int read_known(PyObject *given_known, double *known) {
    if (!PyTuple_Check(given_known) || PyTuple_Size(given_known) != 1 + CROWDED) {
        PyErr_SetString(PyExc_TypeError, "what is known of a country is a tuple of four");
        return 0;
    }
    for (Py_ssize_t nth = 0; nth < 1 + CROWDED; nth++)
        if (!number(PyTuple_GetItem(given_known, nth), &known[nth]))
            return 0;
    return 1;
}

/* noticed(memory, keys, slots, known, country, now, today, forget_s, least, know, crowding, quieting, prior, began, unassigned)
 * -> (([(kind, countries)], [standing, as records.standing], p of fraud where all is quiet, or -1), known). Known of the country is its numbers, and how many
 * children of each sort asked for any; nothing where the number is not new. */
static PyObject *noticed(PyObject *Py_UNUSED(module), PyObject *const *arguments, Py_ssize_t count) {
    Looked looked;
    Noticing know;
    Crowding crowding[CROWDED];
    Quieting quieting;
    Py_buffer memory;
    uint64_t country;
    double known[1 + CROWDED];
    int unassigned;
    if (!given(count, 15) || !whole(arguments[4], &country) || !number(arguments[5], &looked.now) ||
        !number(arguments[6], &looked.today) || !number(arguments[7], &looked.forget_s) ||
        !figures(arguments[8], looked.least, sizeof looked.least) || !figures(arguments[9], &know, sizeof know) ||
        !figures(arguments[10], crowding, sizeof crowding) || !quieted(&arguments[11], &quieting, &unassigned))
        return NULL;
    int is_new = arguments[3] != Py_None;
    if ((is_new && !read_known(arguments[3], known)) || !held(arguments[0], &memory, 0, 1))
        return NULL;
    PyObject *found = NULL;
    if (look_at(&looked, &memory, arguments[1], arguments[2]))
        found = noticed_at(&looked, &know, is_new ? known : NULL, crowding, country, &quieting, unassigned);
    PyBuffer_Release(&memory);
    if (found == NULL || !is_new)
        return found == NULL ? NULL : Py_BuildValue("(NO)", found, Py_None);
    return Py_BuildValue("(N(dddd))", found, known[0], known[1], known[2], known[3]);
}

static PyMethodDef functions[] = {
    {"keyed", keyed, METH_O, "What digests with a secret begin with."},
    {"noticed", FAST(noticed), METH_FASTCALL, "Somebody asks: what is known of the places?"},
    {"oldest", FAST(oldest), METH_FASTCALL, "Which record was not touched for the longest time?"},
    {"placed", FAST(placed), METH_FASTCALL, "The keys of an attempt's places, and the digest of its number."},
    {"taken", FAST(taken), METH_FASTCALL, "Where do records begin? Those that are new are made."},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot module_slots[] = {{Py_mod_exec, tell_layout}, {0, NULL}};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, .m_name = "placing", .m_size = 0, .m_methods = functions, .m_slots = module_slots};

PyMODINIT_FUNC PyInit_placing(void) { return PyModuleDef_Init(&definition); }
