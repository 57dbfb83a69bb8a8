/* The few loops that run once for every record, in C: cutting lines into forms, walking the number plan and the cells
 * of the tests on ranges.
 *
 * Nothing here decides what a record means: that stays with the readers, which are asked once for each form. The
 * functions see memory through the buffer protocol only, check every length, and let other threads run meanwhile.
 * Limited API of Python 3.11: one build serves this and every later Python.
 */

#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030B0000
#include <Python.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define MOST_HOLES 8
#define ID_LENGTH 36
#define MOST_DIGITS 18
#define LEAST_PHONE_DIGITS 6

/* ---- forms ---- */

typedef struct {
    unsigned char *key; /* with its quotes and the colon: "messageId": */
    size_t length;
    char kind; /* i an identifier, t a time, p a phone number, n a whole number */
    size_t skip[256]; /* Horspool: how far on, by the byte under the end of the key */
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

static const unsigned char *find_key(const Hole *hole, const unsigned char *at, const unsigned char *end) {
    size_t last = hole->length - 1;
    while ((size_t)(end - at) > last) {
        unsigned char under = at[last];
        if (under == hole->key[last] && memcmp(at, hole->key, last) == 0)
            return at + hole->length;
        at += hole->skip[under];
    }
    return NULL;
}

static int is_digit(unsigned char byte) { return byte >= '0' && byte <= '9'; }

static int two_digits(const unsigned char *at, int *value) {
    *value = (at[0] - '0') * 10 + at[1] - '0';
    return is_digit(at[0]) && is_digit(at[1]);
}

/* Days from 1970-01-01 (Howard Hinnant, days_from_civil). */
static int64_t days_since_epoch(int year, int month, int day) {
    year -= month <= 2;
    int era = year / 400, of_era = year - era * 400;
    int of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return (int64_t)era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/* YYYY-MM-DD HH:MM:SS with at most six decimals, as microseconds; where it ends, or NULL. */
static const unsigned char *read_time(const unsigned char *at, const unsigned char *end, int64_t *us) {
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int century, year, month, day, hour, minute, second;
    if (end - at < 20 || !two_digits(at, &century) || !two_digits(at + 2, &year) || !two_digits(at + 5, &month) ||
        !two_digits(at + 8, &day) || !two_digits(at + 11, &hour) || !two_digits(at + 14, &minute) ||
        !two_digits(at + 17, &second) || at[4] != '-' || at[7] != '-' || at[10] != ' ' || at[13] != ':' ||
        at[16] != ':')
        return NULL;
    year += 100 * century;
    int leap = month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if (year < 1 || month < 1 || month > 12 || day < 1 || day > days[month - 1] + leap || hour > 23 || minute > 59 ||
        second > 59)
        return NULL;
    *us = (((days_since_epoch(year, month, day) * 24 + hour) * 60 + minute) * 60 + second) * INT64_C(1000000);
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
    for (int nth = 0; nth < ID_LENGTH; nth++)
        if (!is_digit(at[nth]) && !(at[nth] >= 'a' && at[nth] <= 'f') && at[nth] != '-')
            return NULL;
    return at + ID_LENGTH;
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

static uint64_t hashed(uint64_t hash, const unsigned char *at, size_t length) {
    uint64_t word = 0;
    hash ^= length * UINT64_C(0x9E3779B97F4A7C15);
    for (; length >= 8; at += 8, length -= 8) {
        memcpy(&word, at, 8);
        hash = (hash ^ word) * UINT64_C(0xFF51AFD7ED558CCD);
        hash ^= hash >> 32;
    }
    word = 0;
    memcpy(&word, at, length);
    hash = (hash ^ word) * UINT64_C(0xC4CEB9FE1A85EC53);
    return hash ^ hash >> 29;
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

static int held(PyObject *object, Py_buffer *view, size_t least, int writable) {
    if (PyObject_GetBuffer(object, view, writable ? PyBUF_WRITABLE : PyBUF_SIMPLE) < 0)
        return 0;
    if ((size_t)view->len >= least)
        return 1;
    PyBuffer_Release(view);
    PyErr_SetString(PyExc_ValueError, "an array is too short for the lines");
    return 0;
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
    if (self->holes == MOST_HOLES || length < 1 || strlen(kind) != 1 || strchr("itpn", kind[0]) == NULL) {
        PyErr_SetString(PyExc_ValueError, "a hole has a key and one of the kinds i, t, p and n; there are at most 8");
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
        hole->skip[byte] = (size_t)length;
    for (Py_ssize_t nth = 0; nth < length - 1; nth++)
        hole->skip[hole->key[nth]] = (size_t)(length - 1 - nth);
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

/* ---- the number plan ---- */

/* walk(numbers, offsets, labels, out): the label of each number; see numbering/automaton.py. */
static PyObject *walk(PyObject *Py_UNUSED(module), PyObject *arguments) {
    Py_buffer numbers, offsets, labels, out;
    if (!PyArg_ParseTuple(arguments, "y*y*y*w*", &numbers, &offsets, &labels, &out))
        return NULL;
    const int64_t *number = numbers.buf;
    const int32_t *step = offsets.buf;
    const uint16_t *label = labels.buf;
    uint16_t *found = out.buf;
    Py_ssize_t count = numbers.len / 8, states = labels.len / 2, steps = offsets.len / 4;
    int fits = out.len >= 2 * count && states > 0 && steps == 10 * states;
    for (Py_ssize_t nth = 0; fits && nth < steps; nth++)
        fits = step[nth] >= 0 && step[nth] < steps && step[nth] % 10 == 0;
    if (fits) {
        Py_BEGIN_ALLOW_THREADS
        for (Py_ssize_t nth = 0; nth < count; nth++) {
            uint64_t rest = (uint64_t)number[nth];
            int32_t row = 0;
            if (number[nth] > 0 && rest < UINT64_C(1000000000000000000)) {
                unsigned char digits[MOST_DIGITS];
                int have = 0;
                for (; rest; rest /= 10)
                    digits[have++] = (unsigned char)(rest % 10);
                while (have)
                    row = step[row + digits[--have]];
            }
            found[nth] = label[row / 10];
        }
        Py_END_ALLOW_THREADS
    } else
        PyErr_SetString(PyExc_ValueError, "the arrays do not fit together");
    PyBuffer_Release(&numbers);
    PyBuffer_Release(&offsets);
    PyBuffer_Release(&labels);
    PyBuffer_Release(&out);
    return fits ? Py_NewRef(Py_None) : NULL;
}

/* ---- the walks over the cells of series; see statistics/ragged.py, whose formulae these are ---- */

#define MOST_BETS 16

/* Buffers of doubles, and of int64 for the first: all given, or none and an error set. */
static int held_all(PyObject *objects, Py_buffer *views, int count, int first_written) {
    for (int nth = 0; nth < count; nth++) {
        if (held(PyTuple_GetItem(objects, nth), &views[nth], 0, nth >= first_written))
            continue;
        while (nth)
            PyBuffer_Release(&views[--nth]);
        return 0;
    }
    return 1;
}

/* Do the starts rise from 0 to the number of cells, and have all arrays one value for each cell? */
static int cells_fit(const Py_buffer *views, int count, Py_ssize_t *series) {
    const int64_t *starts = views[0].buf;
    Py_ssize_t cells = views[1].len / 8;
    *series = views[0].len / 8 - 1;
    int fits = *series >= 0 && starts[0] == 0 && starts[*series] == cells;
    for (Py_ssize_t nth = 0; fits && nth < *series; nth++)
        fits = starts[nth] <= starts[nth + 1];
    for (int nth = 2; fits && nth < count; nth++)
        fits = views[nth].len / 8 == cells;
    if (!fits)
        PyErr_SetString(PyExc_ValueError, "the arrays do not fit together");
    return fits;
}

static int read_bets(PyObject *given, double *bets, int count) {
    if (count < 1 || count > MOST_BETS || PyTuple_Size(given) != count) {
        PyErr_SetString(PyExc_ValueError, "there are 1 to 16 bets, and as many of each of their figures");
        return 0;
    }
    for (int nth = 0; nth < count; nth++)
        bets[nth] = PyFloat_AsDouble(PyTuple_GetItem(given, nth));
    return !PyErr_Occurred();
}

static double between(double low, double value, double high) { return fmin(fmax(value, low), high); }

static double as_share(double part) { return between(1e-12, part, 0.999); }

static double plausible(double hits, double of, double sd) { return as_share((hits + sd * sqrt(hits)) / of); }

typedef struct {
    int bets;
    double f[MOST_BETS], log_miss[MOST_BETS], fresh[MOST_BETS];
    double prior, sd, dispersion, freeze, most_nats, most;
} Shares;

static void walk_shares(const Shares *know, Py_ssize_t cells, const double *hits, const double *begins,
                        const double *until, const double *children, double *log_e, double *expected) {
    double m[MOST_BETS] = {0}, seen = 0, hits_known = 0, parent_known = 0;
    for (Py_ssize_t cell = 0; cell < cells; cell++) {
        double y = hits[cell], end = until[cell], prior_of = know->prior * children[cell];
        double since = fmax(seen, fmin(begins[cell], end - y)), misses = since - seen;
        double held_hits = fmax(hits_known, 0) + know->prior, held_of = fmax(parent_known, 0) + prior_of;
        /* a first crowded cell must not be judged by what was guessed before it: its last hit knows the others */
        double within_hits = fmax(hits_known + y - 1, 0) + know->prior;
        double within_of = fmax(parent_known + (end - since - 1), 0) + prior_of;
        double share = fmax(plausible(held_hits, held_of, know->sd), plausible(within_hits, within_of, know->sd));
        double odds = 1 / share - 1, sum = 0;
        int lone = y == 1 && end - since == 1 && know->dispersion == 1; /* most are: a hit with nothing around it */
        for (int bet = 0; bet < know->bets; bet++) {
            double kept = misses == 0 ? 1 : exp(misses * know->log_miss[bet]);
            double now = m[bet] * kept + know->fresh[bet] * (1 - kept), more = odds * know->f[bet], ratio = 1 + more;
            if (!lone) {
                double log_lr = y * (log1p(more) / know->dispersion) + (end - since - y) * know->log_miss[bet];
                ratio = exp(fmin(log_lr, know->most_nats));
            }
            m[bet] = fmin((now + 1) * ratio, know->most);
            sum += m[bet];
        }
        log_e[cell] = log(sum / know->bets);
        expected[cell] = as_share(held_hits / held_of) * (end - seen);
        if (log_e[cell] < know->freeze) {
            hits_known += y;
            parent_known += end - seen;
        }
        seen = end;
    }
}

/* share_walk((starts, hits, begins, until, children, log_e, expected), (f, log_miss, fresh), settings). */
static PyObject *share_walk(PyObject *Py_UNUSED(module), PyObject *arguments) {
    PyObject *arrays, *f, *log_miss, *fresh;
    Shares know;
    if (!PyArg_ParseTuple(arguments, "O!(O!O!O!)(dddddd)", &PyTuple_Type, &arrays, &PyTuple_Type, &f, &PyTuple_Type,
                          &log_miss, &PyTuple_Type, &fresh, &know.prior, &know.sd, &know.dispersion, &know.freeze,
                          &know.most_nats, &know.most))
        return NULL;
    know.bets = (int)PyTuple_Size(f);
    if (!read_bets(f, know.f, know.bets) || !read_bets(log_miss, know.log_miss, know.bets) ||
        !read_bets(fresh, know.fresh, know.bets))
        return NULL;
    Py_buffer views[7];
    Py_ssize_t series;
    if (PyTuple_Size(arrays) != 7 || !held_all(arrays, views, 7, 5))
        return PyErr_Occurred() ? NULL : PyErr_Format(PyExc_ValueError, "there are seven arrays");
    int fits = cells_fit(views, 7, &series);
    if (fits) {
        const int64_t *starts = views[0].buf;
        double *column[7];
        for (int nth = 1; nth < 7; nth++)
            column[nth] = views[nth].buf;
        Py_BEGIN_ALLOW_THREADS
        for (Py_ssize_t nth = 0; nth < series; nth++) {
            int64_t at = starts[nth];
            walk_shares(&know, starts[nth + 1] - at, column[1] + at, column[2] + at, column[3] + at, column[4] + at,
                        column[5] + at, column[6] + at);
        }
        Py_END_ALLOW_THREADS
    }
    for (int nth = 0; nth < 7; nth++)
        PyBuffer_Release(&views[nth]);
    return fits ? Py_NewRef(Py_None) : NULL;
}

/* rate_walk((starts, good, bad, usual, log_e), (factors, log_factors), (most_nats, most)). */
static PyObject *rate_walk(PyObject *Py_UNUSED(module), PyObject *arguments) {
    PyObject *arrays, *factors, *log_factors;
    double k[MOST_BETS], log_k[MOST_BETS], most_nats, most;
    if (!PyArg_ParseTuple(arguments, "O!(O!O!)(dd)", &PyTuple_Type, &arrays, &PyTuple_Type, &factors, &PyTuple_Type,
                          &log_factors, &most_nats, &most))
        return NULL;
    int bets = (int)PyTuple_Size(factors);
    if (!read_bets(factors, k, bets) || !read_bets(log_factors, log_k, bets))
        return NULL;
    Py_buffer views[5];
    Py_ssize_t series;
    if (PyTuple_Size(arrays) != 5 || !held_all(arrays, views, 5, 4))
        return PyErr_Occurred() ? NULL : PyErr_Format(PyExc_ValueError, "there are five arrays");
    int fits = cells_fit(views, 5, &series);
    if (fits) {
        const int64_t *starts = views[0].buf;
        const double *good = views[1].buf, *bad = views[2].buf, *usual = views[3].buf;
        double *log_e = views[4].buf;
        Py_BEGIN_ALLOW_THREADS
        for (Py_ssize_t nth = 0; nth < series; nth++) {
            double m[MOST_BETS] = {0};
            for (int64_t cell = starts[nth]; cell < starts[nth + 1]; cell++) {
                double rest = log1p(-usual[cell]), sum = 0;
                for (int bet = 0; bet < bets; bet++) {
                    double log_lr = good[cell] * log_k[bet] + bad[cell] * (log1p(-usual[cell] * k[bet]) - rest);
                    m[bet] = fmin((m[bet] + 1) * exp(fmin(log_lr, most_nats)), most);
                    sum += m[bet];
                }
                log_e[cell] = log(sum / bets);
            }
        }
        Py_END_ALLOW_THREADS
    }
    for (int nth = 0; nth < 5; nth++)
        PyBuffer_Release(&views[nth]);
    return fits ? Py_NewRef(Py_None) : NULL;
}

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
    {"rate_walk", rate_walk, METH_VARARGS, "Walk over successes and failures."},
    {"share_walk", share_walk, METH_VARARGS, "Walk over a child's share of its parent."},
    {"walk", walk, METH_VARARGS, "Walk the digits of numbers through an automaton."},
    {NULL, NULL, 0, NULL},
};

static int add_types(PyObject *module) {
    PyObject *type = PyType_FromModuleAndSpec(module, &forms_spec, NULL);
    int failed = type == NULL || PyModule_AddObjectRef(module, "Forms", type) < 0;
    Py_XDECREF(type);
    return failed ? -1 : 0;
}

static PyModuleDef_Slot module_slots[] = {{Py_mod_exec, add_types}, {0, NULL}};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, .m_name = "kernels", .m_size = 0, .m_methods = functions, .m_slots = module_slots};

PyMODINIT_FUNC PyInit_kernels(void) { return PyModuleDef_Init(&definition); }
