/* Cutting lines into forms: what varies in a line, and what is the same in very many.
 *
 * Nothing here decides what a record means: that stays with the readers, which are asked once for each form. The
 * functions see memory through the buffer protocol only, check every length, and let other threads run meanwhile.
 * Limited API of Python 3.11: one build serves this and every later Python.
 */

#include "module.h"
#include "moments.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define MOST_HOLES 8
#define ID_LENGTH 36
#define MOST_DIGITS 18
#define LEAST_PHONE_DIGITS 6

typedef struct {
    unsigned char *key; /* with its quotes and the colon: "messageId": */
    size_t length;
    char kind; /* i an identifier, t a time, p a phone number, n a whole number */
    size_t skip[256]; /* how far on, by `pair` of the two bytes under the end of the key; 0: it may stand here */
    size_t again; /* how far on, where it did not */
} Hole;

typedef struct {
    uint64_t hash;
    unsigned char *text; /* the pieces between the holes, one behind the other */
    size_t length;
    int32_t lengths[MOST_HOLES + 1]; /* of each piece; -1 behind a hole that the form lacks */
} Form;

typedef struct {
    PyObject_HEAD
    int holes;
    Hole hole[MOST_HOLES];
    Form *forms;
    int32_t count, most;
    int32_t *slots; /* 1 + the form's number, 0 for none; a power of two, at most half full */
    size_t mask;
} Forms;

typedef struct {
    const unsigned char *at, *end;
} Span;

static inline unsigned char pair(const unsigned char *last) { return (unsigned char)(last[0] + 8 * last[-1]); }

/* Horspool's search by pairs of bytes, which jumps nearly the length of the key. */
static const unsigned char *find_key(const Hole *hole, const unsigned char *at, const unsigned char *end) {
    size_t last = hole->length - 1;
    while ((size_t)(end - at) > last) {
        size_t step = hole->skip[pair(at + last)];
        if (step == 0 && memcmp(at, hole->key, hole->length) == 0)
            return at + hole->length;
        at += step ? step : hole->again;
    }
    return NULL;
}

/* YYYY-MM-DD HH:MM:SS with at most six decimals, as microseconds; where it ends, or NULL. */
static const unsigned char *read_time(const unsigned char *at, const unsigned char *end, int64_t *us) {
    int century, year, month, day, hour, minute, second;
    if (end - at < 20 || !two_digits(at, &century) || !two_digits(at + 2, &year) || !two_digits(at + 5, &month) ||
        !two_digits(at + 8, &day) || !two_digits(at + 11, &hour) || !two_digits(at + 14, &minute) ||
        !two_digits(at + 17, &second) || at[4] != '-' || at[7] != '-' || at[10] != ' ' || at[13] != ':' ||
        at[16] != ':')
        return NULL;
    if (!moment(100 * century + year, month, day, hour, minute, second, us))
        return NULL;
    at += 19;
    if (*at != '.')
        return at;
    int64_t unit = 100000;
    for (at++; at < end && is_digit(*at); at++, unit /= 10) {
        if (!unit)
            return NULL;
        *us += (*at - '0') * unit;
    }
    return unit == 100000 ? NULL : at;
}

static const unsigned char *read_number(const unsigned char *at, const unsigned char *end, int least, int64_t *value) {
    const unsigned char *first = at;
    uint64_t found = 0; /* one digit more than may be is read, which an int64 would not hold */
    while (at < end && is_digit(*at) && at - first <= MOST_DIGITS)
        found = found * 10 + (uint64_t)(*at++ - '0');
    if (at - first < least || at - first > MOST_DIGITS || (*first == '0' && at - first > 1))
        return NULL;
    *value = (int64_t)found;
    return at;
}

static const unsigned char *read_id(const unsigned char *at, const unsigned char *end) {
    if (end - at <= ID_LENGTH)
        return NULL;
    unsigned char other = 0; /* all are looked at: this form needs no branch, and is done sixteen at a time */
    for (int nth = 0; nth < ID_LENGTH; nth++)
        other |= ((unsigned char)(at[nth] - '0') > 9) & ((unsigned char)(at[nth] - 'a') > 5) & (at[nth] != '-');
    return other ? NULL : at + ID_LENGTH;
}

/* What stands in a hole of that kind, with `at` behind its key: where the value begins, and where it ends. */
static int read_value(char kind, const unsigned char *at, const unsigned char *end, Span *value, int64_t *number) {
    if (at < end && *at == ' ')
        at++;
    if (kind == 'n') {
        value->at = at;
        value->end = read_number(at, end, 1, number);
        return value->end != NULL && value->end < end;
    }
    if (at >= end || *at++ != '"')
        return 0;
    if (kind == 'p' && (at >= end || *at++ != '+'))
        return 0;
    value->at = at;
    if (kind == 'i')
        value->end = read_id(at, end);
    else if (kind == 't')
        value->end = read_time(at, end, number);
    else
        value->end = read_number(at, end, LEAST_PHONE_DIGITS, number);
    return value->end != NULL && value->end < end && *value->end == '"' && (kind != 'p' || *number > 0);
}

static inline uint64_t mixed(uint64_t hash, const unsigned char *at) {
    uint64_t word;
    memcpy(&word, at, sizeof word);
    hash = (hash ^ word) * UINT64_C(0xFF51AFD7ED558CCD);
    return hash ^ hash >> 32;
}

static uint64_t hashed(uint64_t hash, const unsigned char *at, size_t length) {
    const unsigned char *end = at + length;
    hash ^= length * UINT64_C(0x9E3779B97F4A7C15);
    if (length < 8) {
        uint64_t word = 0;
        while (at < end)
            word = word << 8 | *at++;
        hash = (hash ^ word) * UINT64_C(0xC4CEB9FE1A85EC53);
        return hash ^ hash >> 29;
    }
    if (length >= 32) { /* four at a time: none waits for the product of the one before it */
        uint64_t a = hash, b = hash + 1, c = hash + 2, d = hash + 3;
        for (; end - at >= 32; at += 32)
            a = mixed(a, at), b = mixed(b, at + 8), c = mixed(c, at + 16), d = mixed(d, at + 24);
        hash = (a ^ b * 31) + (c ^ d * 31) * 29;
    }
    for (; end - at >= 8; at += 8)
        hash = mixed(hash, at);
    return mixed(hash, end - 8); /* the last ones, of which some may have been there */
}

static int same_form(const Form *form, const Span *pieces, int count) {
    const unsigned char *text = form->text;
    for (int nth = 0; nth < count; nth++) {
        int32_t length = pieces[nth].at == NULL ? -1 : (int32_t)(pieces[nth].end - pieces[nth].at);
        if (length != form->lengths[nth] || (length > 0 && memcmp(text, pieces[nth].at, (size_t)length) != 0))
            return 0;
        text += length > 0 ? length : 0;
    }
    return 1;
}

static int32_t add_form(Forms *self, uint64_t hash, const Span *pieces, int count) {
    size_t length = 0;
    for (int nth = 0; nth < count; nth++)
        length += pieces[nth].at == NULL ? 0 : (size_t)(pieces[nth].end - pieces[nth].at);
    unsigned char *text = malloc(length ? length : 1);
    if (text == NULL)
        return -1;
    Form *form = &self->forms[self->count];
    *form = (Form){.hash = hash, .text = text, .length = length};
    for (int nth = 0; nth < count; nth++) {
        form->lengths[nth] = pieces[nth].at == NULL ? -1 : (int32_t)(pieces[nth].end - pieces[nth].at);
        if (form->lengths[nth] > 0) {
            memcpy(text, pieces[nth].at, (size_t)form->lengths[nth]);
            text += form->lengths[nth];
        }
    }
    return self->count++;
}

/* The number of the form with these pieces; -1 where there is no room for another. */
static int32_t form_of(Forms *self, const Span *pieces, int count) {
    uint64_t hash = 0;
    for (int nth = 0; nth < count; nth++)
        hash = pieces[nth].at == NULL ? hash * 31 + 7
                                      : hashed(hash, pieces[nth].at, (size_t)(pieces[nth].end - pieces[nth].at));
    size_t slot = (size_t)hash & self->mask;
    for (; self->slots[slot]; slot = (slot + 1) & self->mask) {
        Form *form = &self->forms[self->slots[slot] - 1];
        if (form->hash == hash && same_form(form, pieces, count))
            return self->slots[slot] - 1;
    }
    if (self->count == self->most)
        return -1;
    int32_t found = add_form(self, hash, pieces, count);
    if (found >= 0)
        self->slots[slot] = found + 1;
    return found;
}

/* One line: what stands in its holes, and the number of its form, or -1 where it is none. */
static int32_t cut_line(Forms *self, const unsigned char *at, const unsigned char *end, Span *values, int64_t *numbers) {
    Span pieces[MOST_HOLES + 1];
    int last = 0;
    pieces[0].at = at;
    for (int nth = 0; nth < self->holes; nth++) {
        Hole *hole = &self->hole[nth];
        const unsigned char *behind = find_key(hole, at, end);
        pieces[nth + 1].at = NULL;
        values[nth].at = NULL;
        numbers[nth] = -1;
        if (behind == NULL && hole->kind == 'n')
            continue; /* a whole number may be left out */
        if (behind == NULL || !read_value(hole->kind, behind, end, &values[nth], &numbers[nth]))
            return -1;
        pieces[last].end = values[nth].at;
        last = nth + 1;
        pieces[last].at = at = values[nth].end;
    }
    pieces[last].end = end;
    return form_of(self, pieces, self->holes + 1);
}

/* cut(data, first, room, form, start, values) -> (lines, bytes). */
static PyObject *forms_cut(PyObject *object, PyObject *arguments) {
    Forms *self = (Forms *)object;
    Py_buffer data, form, start, out[MOST_HOLES];
    Py_ssize_t first, room;
    PyObject *form_object, *start_object, *values_object, *result = NULL;
    if (!PyArg_ParseTuple(arguments, "y*nnOOO!", &data, &first, &room, &form_object, &start_object, &PyTuple_Type,
                          &values_object))
        return NULL;
    int filled = -2;
    if (first < 0 || room < first || room > PY_SSIZE_T_MAX / ID_LENGTH ||
        PyTuple_Size(values_object) != self->holes) {
        PyErr_SetString(PyExc_ValueError, "one array for each hole, and room behind the first line");
        goto done;
    }
    if (!held(form_object, &form, (size_t)room * 4, 1))
        goto done;
    filled = -1;
    if (!held(start_object, &start, (size_t)room * 8, 1))
        goto done;
    for (filled = 0; filled < self->holes; filled++) {
        size_t each = self->hole[filled].kind == 'i' ? ID_LENGTH : 8;
        if (!held(PyTuple_GetItem(values_object, filled), &out[filled], (size_t)room * each, 1))
            goto done;
    }
    const unsigned char *begin = data.buf, *at = begin, *end = begin + data.len;
    Py_ssize_t line = first;
    Py_BEGIN_ALLOW_THREADS
    for (; at < end && line < room; line++) {
        Span values[MOST_HOLES];
        int64_t numbers[MOST_HOLES];
        const unsigned char *over = memchr(at, '\n', (size_t)(end - at));
        if (over == NULL)
            over = end;
        int32_t number = cut_line(self, at, over, values, numbers);
        ((int32_t *)form.buf)[line] = number;
        ((int64_t *)start.buf)[line] = at - begin;
        for (int nth = 0; number >= 0 && nth < self->holes; nth++) {
            if (self->hole[nth].kind == 'i')
                memcpy((unsigned char *)out[nth].buf + (size_t)line * ID_LENGTH, values[nth].at, ID_LENGTH);
            else
                ((int64_t *)out[nth].buf)[line] = numbers[nth];
        }
        at = over < end ? over + 1 : end;
    }
    Py_END_ALLOW_THREADS
    result = Py_BuildValue("nn", line - first, (Py_ssize_t)(at - begin));
done:
    for (int nth = 0; nth < filled; nth++)
        PyBuffer_Release(&out[nth]);
    if (filled >= 0)
        PyBuffer_Release(&start);
    if (filled >= -1)
        PyBuffer_Release(&form);
    PyBuffer_Release(&data);
    return result;
}

/* pieces(number) -> tuple of bytes, None behind a hole that the form lacks. */
static PyObject *forms_pieces(PyObject *object, PyObject *argument) {
    Forms *self = (Forms *)object;
    long number = PyLong_AsLong(argument);
    if (number == -1 && PyErr_Occurred())
        return NULL;
    if (number < 0 || number >= self->count) {
        PyErr_SetString(PyExc_IndexError, "no such form");
        return NULL;
    }
    const Form *form = &self->forms[number];
    const char *text = (const char *)form->text;
    PyObject *found = PyTuple_New(self->holes + 1);
    for (int nth = 0; found != NULL && nth <= self->holes; nth++) {
        int32_t length = form->lengths[nth];
        PyObject *piece = length < 0 ? Py_NewRef(Py_None) : PyBytes_FromStringAndSize(text, length);
        if (piece == NULL || PyTuple_SetItem(found, nth, piece) < 0) {
            Py_DECREF(found);
            return NULL;
        }
        text += length > 0 ? length : 0;
    }
    return found;
}

static Py_ssize_t forms_length(PyObject *object) { return ((Forms *)object)->count; }

static void forms_free(PyObject *object) {
    Forms *self = (Forms *)object;
    PyTypeObject *type = Py_TYPE(object);
    for (int nth = 0; nth < self->holes; nth++)
        free(self->hole[nth].key);
    for (int32_t nth = 0; nth < self->count; nth++)
        free(self->forms[nth].text);
    free(self->forms);
    free(self->slots);
    ((freefunc)PyType_GetSlot(type, Py_tp_free))(object);
    Py_DECREF(type);
}

static int add_hole(Forms *self, const char *key, Py_ssize_t length, const char *kind) {
    if (self->holes == MOST_HOLES || length < 2 || strlen(kind) != 1 || strchr("itpn", kind[0]) == NULL) {
        PyErr_SetString(PyExc_ValueError,
                        "a hole has a key of two bytes or more, and one of the kinds i, t, p and n; there are at most 8");
        return 0;
    }
    Hole *hole = &self->hole[self->holes];
    hole->key = malloc((size_t)length);
    if (hole->key == NULL) {
        PyErr_NoMemory();
        return 0;
    }
    self->holes++;
    memcpy(hole->key, key, (size_t)length);
    hole->length = (size_t)length;
    hole->kind = kind[0];
    for (int byte = 0; byte < 256; byte++)
        hole->skip[byte] = (size_t)length - 1;
    for (Py_ssize_t nth = 1; nth < length - 1; nth++)
        hole->skip[pair(&hole->key[nth])] = (size_t)(length - 1 - nth);
    unsigned char at_end = pair(&hole->key[length - 1]);
    hole->again = hole->skip[at_end];
    hole->skip[at_end] = 0;
    return 1;
}

/* Forms(((key, kind), ...), most). */
static PyObject *forms_new(PyTypeObject *type, PyObject *arguments, PyObject *Py_UNUSED(named)) {
    PyObject *holes;
    int most;
    if (!PyArg_ParseTuple(arguments, "O!i", &PyTuple_Type, &holes, &most))
        return NULL;
    if (most < 1 || most > 1 << 20) {
        PyErr_SetString(PyExc_ValueError, "there may be 1 to 1048576 forms");
        return NULL;
    }
    Forms *self = (Forms *)((allocfunc)PyType_GetSlot(type, Py_tp_alloc))(type, 0);
    if (self == NULL)
        return NULL;
    for (Py_ssize_t nth = 0; nth < PyTuple_Size(holes); nth++) {
        const char *key, *kind;
        Py_ssize_t length;
        if (!PyArg_ParseTuple(PyTuple_GetItem(holes, nth), "y#s", &key, &length, &kind) ||
            !add_hole(self, key, length, kind)) {
            Py_DECREF((PyObject *)self);
            return NULL;
        }
    }
    size_t slots = 4;
    while (slots < 2 * (size_t)most)
        slots *= 2;
    self->most = most;
    self->mask = slots - 1;
    self->forms = calloc((size_t)most, sizeof(Form));
    self->slots = calloc(slots, sizeof(int32_t));
    if (self->forms == NULL || self->slots == NULL) {
        Py_DECREF((PyObject *)self);
        return PyErr_NoMemory();
    }
    return (PyObject *)self;
}

static PyMethodDef forms_methods[] = {
    {"cut", forms_cut, METH_VARARGS, "Cut lines; how many, and how many bytes they were?"},
    {"pieces", forms_pieces, METH_O, "What stands between the holes of a form?"},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot forms_slots[] = {
    {Py_tp_new, forms_new},
    {Py_tp_dealloc, forms_free},
    {Py_tp_methods, forms_methods},
    {Py_sq_length, forms_length},
    {0, NULL},
};

static PyType_Spec forms_spec = {
    "checkvalve.native.kernels.Forms", sizeof(Forms), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE, forms_slots};
/* ---- lines ---- */

/* lines(data) -> how many line ends there are. */
static PyObject *lines(PyObject *Py_UNUSED(module), PyObject *object) {
    Py_buffer data;
    if (PyObject_GetBuffer(object, &data, PyBUF_SIMPLE) < 0)
        return NULL;
    const unsigned char *at = data.buf, *end = at + data.len;
    Py_ssize_t found = 0;
    Py_BEGIN_ALLOW_THREADS
    while (at < end) {
        unsigned char some = 0; /* of so few bytes that it cannot overflow: this form is counted 16 or 32 at a time */
        const unsigned char *stop = end - at > 255 ? at + 255 : end;
        for (; at < stop; at++)
            some = (unsigned char)(some + (*at == '\n'));
        found += some;
    }
    Py_END_ALLOW_THREADS
    PyBuffer_Release(&data);
    return PyLong_FromSsize_t(found);
}
static PyMethodDef functions[] = {
    {"lines", lines, METH_O, "How many line ends are there?"},
    {NULL, NULL, 0, NULL},
};

static int add_types(PyObject *module) {
    PyObject *type = PyType_FromModuleAndSpec(module, &forms_spec, NULL);
    int failed = type == NULL || PyModule_AddObjectRef(module, "Forms", type) < 0;
    Py_XDECREF(type);
    return failed ? -1 : tell_layout(module);
}

static PyModuleDef_Slot module_slots[] = {{Py_mod_exec, add_types}, {0, NULL}};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, .m_name = "forms", .m_size = 0, .m_methods = functions, .m_slots = module_slots};

PyMODINIT_FUNC PyInit_forms(void) { return PyModuleDef_Init(&definition); }
