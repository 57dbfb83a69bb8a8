/* What the guard does for each attempt with the records of its dozen places: it finds them, reads what speaks there,
 * and counts what is sent and who is new.
 *
 * The twins in Python are guard/index.py and guard/nodes.py; they hold every figure that is a matter of judgement, and
 * hand it over. Same sums in the same order, so that both decide alike to the last bit (build without contracting a
 * product and a sum into one instruction). Every place is checked to lie within its memory.
 * Limited API of Python 3.11: one build serves this and every later Python.
 */

#include "record.h"
#include "shards.h"

typedef struct { /* guard/nodes.py: _PACING */
    double fades_s, forgotten_s, free_a_day, grown_a_day, day_s;
} Pacing;

enum { STILL, CAPPED, FREE };

/* ---- where records begin: guard/index.py ---- */

/* find(shards, key) -> value, or -1. */
static PyObject *find(PyObject *Py_UNUSED(module), PyObject *const *arguments, Py_ssize_t count) {
    uint64_t key;
    Look one;
    if (!given(count, 2) || !are_shards(arguments[0]) || !whole(arguments[1], &key) ||
        !look(&one, arguments[0], key, PyBUF_SIMPLE))
        return NULL;
    int64_t value = stands(&one);
    PyBuffer_Release(&one.words);
    return PyLong_FromLongLong(value);
}

/* Look for a few keys, and ask for the records that begin where they lead. */
static int find_some(PyObject *shards, PyObject *keys, Py_ssize_t from, Py_ssize_t until, const Py_buffer *memory,
                     PyObject *values) {
    Look looks[TOGETHER];
    Py_ssize_t looked = look_for(looks, shards, keys, from, until, PyBUF_SIMPLE);
    int fits = looked == until;
    for (Py_ssize_t nth = from; nth < looked; nth++) {
        int64_t value = stands(&looks[nth - from]);
        PyBuffer_Release(&looks[nth - from].words);
        soon(memory, value, sizeof(Record));
        PyObject *item = fits ? PyLong_FromLongLong(value) : NULL;
        fits = item != NULL && PyList_SetItem(values, nth, item) == 0;
    }
    return fits;
}

/* find_all(shards, keys, memory) -> [value, or -1]. */
static PyObject *find_all(PyObject *Py_UNUSED(module), PyObject *const *arguments, Py_ssize_t count) {
    Py_buffer memory;
    if (!given(count, 3) || !are_shards(arguments[0]) || PyObject_GetBuffer(arguments[2], &memory, PyBUF_SIMPLE) < 0)
        return NULL;
    PyObject *keys = PySequence_Tuple(arguments[1]);
    Py_ssize_t length = keys == NULL ? 0 : PyTuple_Size(keys);
    PyObject *values = keys == NULL ? NULL : PyList_New(length);
    for (Py_ssize_t from = 0; values != NULL && from < length; from += TOGETHER) {
        Py_ssize_t until = length - from > TOGETHER ? from + TOGETHER : length;
        if (!find_some(arguments[0], keys, from, until, &memory, values))
            Py_CLEAR(values);
    }
    Py_XDECREF(keys);
    PyBuffer_Release(&memory);
    return values;
}

/* lay_out(words, empty, divisor): every key of a shard into empty words; how many, or -1 where one finds no room. */
static PyObject *lay_out(PyObject *Py_UNUSED(module), PyObject *const *arguments, Py_ssize_t count) {
    Py_buffer from, into;
    uint64_t divisor;
    if (!given(count, 3) || !whole(arguments[2], &divisor) || PyObject_GetBuffer(arguments[0], &from, PyBUF_SIMPLE) < 0)
        return NULL;
    if (PyObject_GetBuffer(arguments[1], &into, PyBUF_WRITABLE) < 0) {
        PyBuffer_Release(&from);
        return NULL;
    }
    const uint64_t *key = from.buf, *end = key + from.len / 16 * 2;
    uint64_t *words = into.buf, buckets = (uint64_t)into.len / 16;
    int64_t laid = divisor && divisor <= buckets ? 0 : -1;
    for (; laid >= 0 && key < end; key += 2) {
        if (!key[1])
            continue;
        uint64_t at = key[0] % divisor;
        while (at < buckets && words[2 * at + 1])
            at++;
        if (at + 2 >= buckets) { /* the last stays empty, so that every search ends */
            laid = -1;
            break;
        }
        words[2 * at] = key[0];
        words[2 * at + 1] = key[1];
        laid++;
    }
    PyBuffer_Release(&from);
    PyBuffer_Release(&into);
    return PyLong_FromLongLong(laid);
}

/* ---- what stands in the records: guard/nodes.py ---- */

typedef struct { /* the records of one attempt */
    Py_buffer memory;
    PyObject *keys, *slots;
    Py_ssize_t count;
} Walk;

static void end_walk(Walk *walk) {
    Py_XDECREF(walk->keys);
    Py_XDECREF(walk->slots);
    PyBuffer_Release(&walk->memory);
}

static int begin_walk(Walk *walk, PyObject *memory, PyObject *keys, PyObject *slots) {
    if (PyObject_GetBuffer(memory, &walk->memory, PyBUF_WRITABLE) < 0)
        return 0;
    walk->keys = PySequence_Tuple(keys);
    walk->slots = walk->keys == NULL ? NULL : PySequence_Tuple(slots);
    walk->count = walk->slots == NULL ? -1 : PyTuple_Size(walk->slots);
    if (walk->count >= 0 && walk->count == PyTuple_Size(walk->keys))
        return 1;
    if (!PyErr_Occurred())
        PyErr_SetString(PyExc_ValueError, "there is a record for each key");
    end_walk(walk);
    return 0;
}

/* The record of the nth key, and the key's kind. */
static Record *step(const Walk *walk, Py_ssize_t nth, unsigned *kind) {
    uint64_t key;
    if (!whole(PyTuple_GetItem(walk->keys, nth), &key))
        return NULL;
    *kind = (unsigned)(key & (KINDS - 1));
    return record(&walk->memory, PyTuple_GetItem(walk->slots, nth));
}

/* standing(memory, keys, slots, now, forget_s, least, suspected) -> [(key, nats, share, crowd, open, entered, lost,
 * solved, unsolved)] of those where something speaks for or against anything. */
static PyObject *standing(PyObject *Py_UNUSED(module), PyObject *const *arguments, Py_ssize_t count) {
    double now, forget_s, suspected, least[KINDS];
    Walk walk;
    if (!given(count, 7) || !number(arguments[3], &now) || !number(arguments[4], &forget_s) ||
        !figures(arguments[5], least, sizeof least) || !number(arguments[6], &suspected) ||
        !begin_walk(&walk, arguments[0], arguments[1], arguments[2]))
        return NULL;
    PyObject *told = PyList_New(0);
    for (Py_ssize_t nth = 0; told != NULL && nth < walk.count; nth++) {
        unsigned kind;
        const Record *one = step(&walk, nth, &kind);
        double nats = 0;
        if (one != NULL && !speaks(one, kind, now, forget_s, least, suspected, &nats))
            continue;
        PyObject *item = one == NULL ? NULL
                                     : Py_BuildValue("(Odddddddd)", PyTuple_GetItem(walk.keys, nth), nats,
                                                     (double)one->share, (double)one->crowd_nats, (double)one->open,
                                                     (double)one->entered, (double)one->lost, (double)one->solved,
                                                     (double)one->unsolved);
        if (item == NULL || PyList_Append(told, item) < 0)
            Py_CLEAR(told);
        Py_XDECREF(item);
    }
    end_walk(&walk);
    return told;
}

static void opened_there(Record *one, double now, int pace, const Pacing *pacing) {
    one->touched = now;
    one->open = (float)(one->open + 1.0);
    if (pace == STILL)
        return;
    double waited = now - one->paced, messages = one->messages;
    one->paced = now;
    if (messages != 0)
        messages *= waited > 0 && waited < pacing->forgotten_s ? exp(-waited / pacing->fades_s) : waited <= 0;
    else if (waited > pacing->forgotten_s) {
        one->messages = 1;
        return;
    }
    double grown = 1;
    if (pace != FREE) {
        grown = (pacing->free_a_day + pacing->grown_a_day * messages) * waited / pacing->day_s;
        grown = grown > 1 ? 1 : grown > 0 ? grown : 0;
    }
    one->messages = (float)(messages + grown);
}

/* opened(memory, keys, slots, now, paces, pacing). */
static PyObject *opened(PyObject *Py_UNUSED(module), PyObject *const *arguments, Py_ssize_t count) {
    double now;
    unsigned char paces[KINDS];
    Pacing pacing;
    Walk walk;
    if (!given(count, 6) || !number(arguments[3], &now) || !figures(arguments[4], paces, sizeof paces) ||
        !figures(arguments[5], &pacing, sizeof pacing) || !begin_walk(&walk, arguments[0], arguments[1], arguments[2]))
        return NULL;
    int fits = 1;
    for (Py_ssize_t nth = 0; fits && nth < walk.count; nth++) {
        unsigned kind;
        Record *one = step(&walk, nth, &kind);
        fits = one != NULL;
        if (fits)
            opened_there(one, now, paces[kind], &pacing);
    }
    end_walk(&walk);
    return fits ? Py_NewRef(Py_None) : NULL;
}

/* crowded(memory, slot, parent, children, now, figures) -> is it the first number there? */
static PyObject *crowded(PyObject *Py_UNUSED(module), PyObject *const *arguments, Py_ssize_t count) {
    double parent, children, now;
    Crowding know;
    Py_buffer memory;
    if (!given(count, 6) || !number(arguments[2], &parent) || !number(arguments[3], &children) ||
        !number(arguments[4], &now) || !figures(arguments[5], &know, sizeof know) ||
        PyObject_GetBuffer(arguments[0], &memory, PyBUF_WRITABLE) < 0)
        return NULL;
    Record *one = record(&memory, arguments[1]);
    int first = one != NULL && one->numbers + 1.0 == 1.0;
    if (one != NULL)
        crowded_there(one, parent, children, now, &know);
    PyBuffer_Release(&memory);
    return one == NULL ? NULL : PyBool_FromLong(first);
}

/* asked(memory, slot, country, today, now) -> from how many countries, this one too, did no code come back today? */
static PyObject *asked(PyObject *Py_UNUSED(module), PyObject *const *arguments, Py_ssize_t count) {
    double today, now;
    uint64_t country;
    Py_buffer memory;
    if (!given(count, 5) || !whole(arguments[2], &country) || !number(arguments[3], &today) ||
        !number(arguments[4], &now) || PyObject_GetBuffer(arguments[0], &memory, PyBUF_WRITABLE) < 0)
        return NULL;
    Record *one = record(&memory, arguments[1]);
    long left = 0;
    if (one != NULL)
        left = asked_there(one, country, today, now);
    PyBuffer_Release(&memory);
    return one == NULL ? NULL : PyLong_FromLong(left);
}

static PyMethodDef functions[] = {
    {"asked", FAST(asked), METH_FASTCALL, "A code for a country was asked for."},
    {"crowded", FAST(crowded), METH_FASTCALL, "A number new to its country asked for a code."},
    {"find", FAST(find), METH_FASTCALL, "Where does a record begin?"},
    {"find_all", FAST(find_all), METH_FASTCALL, "Where do records begin?"},
    {"lay_out", FAST(lay_out), METH_FASTCALL, "Lay a shard out anew."},
    {"opened", FAST(opened), METH_FASTCALL, "A code is open at these places."},
    {"standing", FAST(standing), METH_FASTCALL, "What speaks at these places?"},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot module_slots[] = {{Py_mod_exec, tell_layout}, {0, NULL}};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, .m_name = "records", .m_size = 0, .m_methods = functions, .m_slots = module_slots};

PyMODINIT_FUNC PyInit_records(void) { return PyModuleDef_Init(&definition); }
