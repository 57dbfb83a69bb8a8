/* The record of a range or origin, what stands in it, and how it changes: for all that is compiled of it.
 *
 * The twin in Python is guard/nodes.py, which holds every figure that is a matter of judgement, and hands it over. Same
 * sums in the same order, so that both decide alike to the last bit (build without contracting a product and a sum into
 * one instruction).
 */

#ifndef CHECKVALVE_RECORD_H
#define CHECKVALVE_RECORD_H

#include "module.h"
#include <math.h>
#include <stdint.h>
#include <string.h>

#define KINDS 64
#define BETS 5
#define MOST_PLACES 64 /* of one attempt; there are a dozen */

typedef struct { /* as guard/nodes.py has it */
    double touched;
    float open, crowd_nats;
    double explored, fading_since;
    float nats, share, credit[BETS], entered, lost, excused;
    double paced;
    float messages, day;
    double seen, hits, of;
    float numbers, crowd[BETS];
    uint64_t asked_for, entered_for;
    float solved, unsolved;
} Record;

_Static_assert(sizeof(Record) == 160, "the record of guard/nodes.py");

typedef struct { /* guard/crowding.py: figures */
    double part[BETS], log_miss[BETS], fresh[BETS];
    double dispersion, root, prior, sd, freeze, highest, free, growth, day_s, least_numbers;
} Crowding;

static inline int given(Py_ssize_t count, Py_ssize_t wanted) {
    if (count == wanted)
        return 1;
    PyErr_Format(PyExc_TypeError, "there are %zd arguments", wanted);
    return 0;
}

static inline int number(PyObject *object, double *value) {
    *value = PyFloat_AsDouble(object);
    return *value != -1.0 || !PyErr_Occurred();
}

static inline int whole(PyObject *object, uint64_t *value) {
    *value = PyLong_AsUnsignedLongLong(object);
    return *value != UINT64_MAX || !PyErr_Occurred();
}

/* Copy figures that Python has packed. */
static inline int figures(PyObject *packed, void *into, size_t size) {
    Py_buffer view;
    if (PyObject_GetBuffer(packed, &view, PyBUF_SIMPLE) < 0)
        return 0;
    int fits = (size_t)view.len == size;
    if (fits)
        memcpy(into, view.buf, size);
    else
        PyErr_SetString(PyExc_ValueError, "the figures do not fit");
    PyBuffer_Release(&view);
    return fits;
}

/* The record that begins there; NULL, with an error set, where none does. */
static inline Record *record(const Py_buffer *memory, PyObject *slot) {
    Py_ssize_t at = PyLong_AsSsize_t(slot);
    if (at == -1 && PyErr_Occurred())
        return NULL;
    if (at >= 0 && at % 8 == 0 && at <= memory->len - (Py_ssize_t)sizeof(Record))
        return (Record *)((char *)memory->buf + at);
    PyErr_SetString(PyExc_ValueError, "no record begins there");
    return NULL;
}

/* Does anything speak for or against a place of this kind? Its nats as they are by now. */
static inline int speaks(const Record *one, unsigned kind, double now, double forget_s, const double *least,
                         double suspected, double *nats) {
    *nats = one->nats;
    if (*nats > 0) {
        *nats -= (now - one->fading_since) / forget_s; /* evidence has faded since it came */
        *nats = *nats < 0 ? 0 : *nats;
        return 1;
    }
    return !(one->crowd_nats <= suspected && one->open < least[kind]);
}

/* A code for a country was asked for there: from how many countries, this one too, did no code come back today? */
static inline long asked_there(Record *one, uint64_t country, double today, double now) {
    long left = 0;
    if (one->day != today) {
        one->day = (float)today;
        one->asked_for = one->entered_for = 0;
    }
    one->asked_for |= UINT64_C(1) << (country & 63);
    one->touched = now;
    for (uint64_t bits = one->asked_for & ~one->entered_for; bits; bits &= bits - 1)
        left++;
    return left;
}

/* One more new number of the range's own, the parent-th of its country; guard/crowding.py explains it. */
static inline void crowded_there(Record *one, double parent, double children, double now, const Crowding *know) {
    double learned = 1, misses = parent - 1 - one->seen, hits = one->hits + know->prior;
    if (know->dispersion == 1) { /* in its first day a range teaches freely, later little a day */
        double since = one->touched != 0 ? now - one->touched : know->day_s;
        learned = (know->free + know->growth * one->hits) * (since > 1 ? since : 1) / know->day_s;
        learned = learned > 1 ? 1 : learned;
    }
    misses = misses < 0 ? 0 : misses;
    double share = (hits + know->sd * sqrt(hits)) / (one->of + know->prior * children);
    share = share > 0.999 ? 0.999 : share > 1e-12 ? share : 1e-12;
    double odds = 1 / share - 1, m[BETS], total = 0;
    for (int bet = 0; bet < BETS; bet++) {
        double kept = exp(misses * know->log_miss[bet]), factor = 1 + odds * know->part[bet];
        m[bet] = one->crowd[bet] * kept + know->fresh[bet] * (1 - kept) + 1;
        m[bet] *= know->dispersion == 1 ? factor : pow(factor, know->root);
        total += m[bet];
    }
    if (total > know->highest) {
        total = 0;
        for (int bet = 0; bet < BETS; bet++) {
            m[bet] = m[bet] < know->highest ? m[bet] : know->highest;
            total += m[bet];
        }
    }
    double nats = log(total / BETS);
    if (nats < know->freeze) {
        one->hits += learned;
        one->of = one->of + parent - one->seen;
    }
    one->seen = parent;
    one->numbers = (float)(one->numbers + 1.0);
    for (int bet = 0; bet < BETS; bet++)
        one->crowd[bet] = (float)m[bet];
    one->touched = now;
    one->crowd_nats = one->numbers >= know->least_numbers ? (float)nats : 0;
}

#endif
