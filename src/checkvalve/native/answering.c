/* What a guard with a shared memory does with the answer to a call: it reads what the server wrote (RESP2), lays the
 * records of an attempt's places side by side, and looks what speaks there now that somebody asks.
 *
 * The twins in Python are the client's reader and guard/shared/judge.py; tests hold them equal to the last bit. Every
 * length that comes from outside is checked.
 * Limited API of Python 3.11: one build serves this and every later Python.
 */

#include "noticing.h"
#include "words.h"

#define MOST_DEPTH 3
#define MOST_ANSWERS 64
#define QUEUED 4 /* of a transaction: so many lines say that it has begun, and what is in it (asking.c: put_together) */

/* ---- the answer: as the server writes it (RESP2) ---- */

typedef struct {
    const char *at, *end;
} Rest;

/* A line's number behind its sign; 0 where the line is not whole yet, -1 with an error set where it is none. */
static int read_line(Rest *rest, char *sign, long long *value) {
    const char *at = rest->at, *over;
    if (at >= rest->end || (over = memchr(at, '\n', (size_t)(rest->end - at))) == NULL)
        return 0;
    *sign = *at++;
    rest->at = over + 1;
    *value = 0;
    if (*sign != '*' && *sign != '$' && *sign != ':')
        return 1; /* what an error or a state says is told elsewhere */
    int below = at < over && *at == '-', digits = 0;
    for (at += below; at < over && *at >= '0' && *at <= '9' && digits < 18; at++, digits++)
        *value = *value * 10 + (*at - '0');
    if (digits && at + 1 == over && *at == '\r') {
        *value = below ? -*value : *value;
        return 1;
    }
    PyErr_SetString(PyExc_ValueError, "the server's answer cannot be read");
    return -1;
}

static PyObject *unread(void) {
    if (!PyErr_Occurred())
        PyErr_SetString(PyExc_ValueError, "the server's answer cannot be read");
    return NULL;
}

/* ended(bytes, answers) -> how many of them the first answers have, so many; 0 where these are not whole yet. */
static PyObject *ended(PyObject *Py_UNUSED(module), PyObject *const *arguments, Py_ssize_t count) {
    Py_buffer view;
    uint64_t answers;
    if (!given(count, 2) || !whole(arguments[1], &answers))
        return NULL;
    if (answers > MOST_ANSWERS || PyObject_GetBuffer(arguments[0], &view, PyBUF_SIMPLE) < 0)
        return unread();
    const char *begin = view.buf;
    Rest rest = {.at = begin, .end = begin + view.len};
    long long left = (long long)answers, value;
    int state = 1;
    char sign;
    for (; left && (state = read_line(&rest, &sign, &value)) > 0; left--) {
        if (sign == '*' && value > 0) {
            left += value;
            if (left - 1 > rest.end - rest.at) { /* each takes a byte at least: not whole yet, however many are told of */
                state = 0;
                break;
            }
        } else if (sign == '$' && value >= 0) {
            if (value + 2 > rest.end - rest.at) {
                state = 0;
                break;
            }
            rest.at += value + 2;
        }
    }
    PyBuffer_Release(&view);
    return state < 0 ? NULL : PyLong_FromSsize_t(state > 0 ? rest.at - begin : 0);
}

static PyObject *read_one(Rest *rest, int depth) {
    const char *begin = rest->at;
    char sign;
    long long value;
    if (read_line(rest, &sign, &value) <= 0)
        return unread();
    if (sign == ':')
        return PyLong_FromLongLong(value);
    if (sign == '+' && rest->at - begin > 2)
        return PyBytes_FromStringAndSize(begin + 1, rest->at - begin - 3);
    if (sign == '$' && value >= 0 && value + 2 <= rest->end - rest->at) {
        rest->at += value + 2;
        return PyBytes_FromStringAndSize(rest->at - value - 2, (Py_ssize_t)value);
    }
    if ((sign == '$' || sign == '*') && value == -1)
        return Py_NewRef(Py_None);
    if (sign != '*' || value < 0 || value > rest->end - rest->at || depth >= MOST_DEPTH)
        return unread();
    PyObject *found = PyList_New((Py_ssize_t)value);
    for (Py_ssize_t nth = 0; found != NULL && nth < value; nth++) {
        PyObject *one = read_one(rest, depth + 1);
        if (one == NULL || PyList_SetItem(found, nth, one) < 0)
            Py_CLEAR(found);
    }
    return found;
}

/* read(answer) -> what a whole answer says: None, bytes, whole numbers, lists of them. */
static PyObject *read_whole(PyObject *Py_UNUSED(module), PyObject *answer) {
    Py_buffer view;
    if (PyObject_GetBuffer(answer, &view, PyBUF_SIMPLE) < 0)
        return NULL;
    Rest rest = {.at = view.buf, .end = (const char *)view.buf + view.len};
    PyObject *found = read_one(&rest, 0);
    PyBuffer_Release(&view);
    return found;
}

/* The records of places, one behind the other; one that is not there is all zeros. */
static int lay(Rest *rest, Py_ssize_t places, const Py_buffer *memory) {
    char *into = memory->buf, sign;
    long long value;
    for (; places; places--, into += sizeof(Record)) {
        if (read_line(rest, &sign, &value) <= 0 || sign != '$')
            return 0;
        if (value == -1)
            memset(into, 0, sizeof(Record));
        else if (value == sizeof(Record) && value + 2 <= rest->end - rest->at) {
            memcpy(into, rest->at, sizeof(Record));
            rest->at += value + 2;
        } else
            return 0;
    }
    return 1;
}

/* How many items stand there beside those of the places, or 0: those of a script's answer, or of a transaction's, whose
 * first list is its read records alone, with what is in flight and the length of the journal behind it. */
static long long items_there(Rest *rest, long long before, long long places) {
    char sign;
    long long value;
    if (rest->at < rest->end && *rest->at == '+') {
        for (int nth = 0; nth < QUEUED; nth++)
            if (read_line(rest, &sign, &value) <= 0 || sign != '+')
                return 0;
        if (read_line(rest, &sign, &value) <= 0 || sign != '*' || value != QUEUED - 1 ||
            read_line(rest, &sign, &value) <= 0 || sign != '*' || value != before + places)
            return 0;
        return before + QUEUED - 2;
    }
    if (read_line(rest, &sign, &value) <= 0 || sign != '*' || value <= before + places || value > rest->end - rest->at)
        return 0;
    return value - places;
}

/* laid(answer, before, places, memory) -> [all that is no place]; the records of places are laid into memory. Something
 * stands behind them. */
static PyObject *laid(PyObject *Py_UNUSED(module), PyObject *const *arguments, Py_ssize_t count) {
    Py_buffer answer, memory;
    uint64_t before, places;
    PyObject *found = NULL;
    if (!given(count, 4) || !whole(arguments[1], &before) || !whole(arguments[2], &places))
        return NULL;
    if (before > MOST_PLACES || places > MOST_PLACES || PyObject_GetBuffer(arguments[0], &answer, PyBUF_SIMPLE) < 0)
        return unread();
    if (!held(arguments[3], &memory, (size_t)places * sizeof(Record), 1)) {
        PyBuffer_Release(&answer);
        return NULL;
    }
    Rest rest = {.at = answer.buf, .end = (const char *)answer.buf + answer.len};
    Py_ssize_t items = (Py_ssize_t)items_there(&rest, (long long)before, (long long)places);
    found = items ? PyList_New(items) : NULL;
    for (Py_ssize_t nth = 0; found != NULL && nth < items; nth++) {
        PyObject *one = nth == (Py_ssize_t)before && !lay(&rest, (Py_ssize_t)places, &memory) ? unread()
                                                                                                : read_one(&rest, 0);
        if (one == NULL || PyList_SetItem(found, nth, one) < 0)
            Py_CLEAR(found);
    }
    PyBuffer_Release(&memory);
    PyBuffer_Release(&answer);
    return found == NULL ? unread() : found;
}

/* ---- what the records say: Judge._noticed ---- */

/* Messages in flight count as open codes; the first counter is that of the number. */
static int fly(const Looked *looked, const Noticing *know, PyObject *flying) {
    double more[KINDS] = {0};
    Py_ssize_t next = 1, counters = PyList_Check(flying) ? PyList_Size(flying) : -1;
    for (Py_ssize_t nth = 0; nth < looked->places; nth++) {
        unsigned kind = kind_of(looked, nth);
        if (!know->counts[kind])
            continue;
        if (next >= counters) {
            next = counters + 1;
            break;
        }
        double number_there;
        if (!number(PyList_GetItem(flying, next++), &number_there))
            return 0;
        more[kind] = number_there - 1;
    }
    if (next != counters) {
        PyErr_SetString(PyExc_ValueError, "there is a counter for each place that is counted");
        return 0;
    }
    for (Py_ssize_t nth = 0; nth < looked->places; nth++) {
        unsigned by = know->counted_by[kind_of(looked, nth)];
        if (by && more[by & (KINDS - 1)] > 0)
            looked->records[nth]->open = (float)(looked->records[nth]->open + more[by & (KINDS - 1)]);
    }
    return 1;
}

/* counters(packed, counts) -> in how many counters a message to these places is in flight: guard/shared/request.py. */
static PyObject *counters(PyObject *Py_UNUSED(module), PyObject *const *arguments, Py_ssize_t count) {
    Py_buffer packed;
    unsigned char counts[KINDS];
    long found = 1;
    if (!given(count, 2) || !figures(arguments[1], counts, sizeof counts) ||
        PyObject_GetBuffer(arguments[0], &packed, PyBUF_SIMPLE) < 0)
        return NULL;
    for (Py_ssize_t nth = 0; nth < packed.len / 8; nth++)
        found += counts[nth_key(packed.buf, (size_t)nth) & (KINDS - 1)] != 0;
    PyBuffer_Release(&packed);
    return PyLong_FromLong(found);
}

static PyObject *noticed_there(const Looked *looked, const Noticing *know, PyObject *flying, int is_new,
                               PyObject *country, uint64_t index, const Crowding *crowding,
                               const Quieting *quieting, int unassigned) {
    double known[1 + CROWDED] = {0};
    if (flying != Py_None && !fly(looked, know, flying))
        return NULL;
    if (is_new && country != Py_None) {
        Py_buffer view;
        if (!held(country, &view, sizeof known, 0))
            return NULL;
        memcpy(known, view.buf, sizeof known);
        PyBuffer_Release(&view);
    }
    return noticed_at(looked, know, is_new ? known : NULL, crowding, index, quieting, unassigned);
}

/* noticed(memory, packed, flying, is_new, country, index, now, today, forget_s, least, know, crowding, quieting, prior,
 * began, unassigned) -> ([(kind, countries)], [standing, as records.standing], p of fraud where all is quiet, or -1). */
static PyObject *noticed(PyObject *Py_UNUSED(module), PyObject *const *arguments, Py_ssize_t count) {
    Looked looked;
    Noticing know;
    Crowding crowding[CROWDED];
    Quieting quieting;
    Py_buffer memory, packed;
    uint64_t index;
    int unassigned;
    if (!given(count, 16) || !whole(arguments[5], &index) || !number(arguments[6], &looked.now) ||
        !number(arguments[7], &looked.today) || !number(arguments[8], &looked.forget_s) ||
        !figures(arguments[9], looked.least, sizeof looked.least) || !figures(arguments[10], &know, sizeof know) ||
        !figures(arguments[11], crowding, sizeof crowding) || !quieted(&arguments[12], &quieting, &unassigned))
        return NULL;
    int is_new = PyObject_IsTrue(arguments[3]);
    if (is_new < 0 || PyObject_GetBuffer(arguments[1], &packed, PyBUF_SIMPLE) < 0)
        return NULL;
    looked.places = packed.len / 8 < MOST_PLACES ? packed.len / 8 : MOST_PLACES;
    for (Py_ssize_t nth = 0; nth < looked.places; nth++)
        looked.keys[nth] = nth_key(packed.buf, (size_t)nth);
    PyBuffer_Release(&packed);
    if (!held(arguments[0], &memory, (size_t)looked.places * sizeof(Record), 1))
        return NULL;
    for (Py_ssize_t nth = 0; nth < looked.places; nth++)
        looked.records[nth] = (Record *)memory.buf + nth;
    PyObject *found = noticed_there(&looked, &know, arguments[2], is_new, arguments[4], index, crowding, &quieting,
                                    unassigned);
    PyBuffer_Release(&memory);
    return found;
}

static PyMethodDef functions[] = {
    {"counters", FAST(counters), METH_FASTCALL, "In how many counters is a message in flight?"},
    {"ended", FAST(ended), METH_FASTCALL, "Where do the first answers end?"},
    {"laid", FAST(laid), METH_FASTCALL, "An answer; the records of places are laid into memory."},
    {"noticed", FAST(noticed), METH_FASTCALL, "Somebody asks: what is known of the places?"},
    {"read", read_whole, METH_O, "What does an answer say?"},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot module_slots[] = {{Py_mod_exec, tell_layout}, {0, NULL}};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, .m_name = "answering", .m_size = 0, .m_methods = functions, .m_slots = module_slots};

PyMODINIT_FUNC PyInit_answering(void) { return PyModuleDef_Init(&definition); }
