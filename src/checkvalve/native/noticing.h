/* Somebody asks for a code: what is counted at the places of an attempt, and what stands there then.
 *
 * The twin in Python is guard/learning.py: Learner.asked.
 */

#ifndef CHECKVALVE_NOTICING_H
#define CHECKVALVE_NOTICING_H

#include "record.h"

#define RANGES 5 /* so many of the first keys may be those of ranges; address and account are from the fifth to the eighth */
#define CROWDED 3

typedef struct { /* guard/learning.py: noticing; counted_by and counts are of guard/shared/judge.py alone */
    double suspected, crowds_least[KINDS];
    unsigned char counted_by[KINDS], counts[KINDS], crowds[KINDS], spreads[KINDS];
} Noticing;

typedef struct { /* the places of an attempt */
    Py_ssize_t places;
    Record *records[MOST_PLACES];
    uint64_t keys[MOST_PLACES];
    double now, today, forget_s, least[KINDS];
} Looked;

static inline unsigned kind_of(const Looked *looked, Py_ssize_t nth) {
    return (unsigned)(looked->keys[nth] & (KINDS - 1));
}

/* A number that is new to its country crowds its ranges. Known of the country: its numbers, and how many children of each
 * sort have any; there is one more of those where it is the first one. */
static inline void crowd_in(const Looked *looked, const Noticing *know, double *country, const Crowding *crowding) {
    double numbers = country[0] += 1;
    for (Py_ssize_t nth = 0; nth < looked->places && nth < RANGES; nth++) {
        unsigned kind = kind_of(looked, nth), which = know->crowds[kind];
        if (!which || which > CROWDED)
            continue;
        Record *one = looked->records[nth];
        double children = country[which], least = know->crowds_least[kind];
        country[which] += one->numbers + 1.0 == 1.0;
        crowded_there(one, numbers, children > least ? children : least, looked->now, &crowding[which - 1]);
    }
}

/* [(key, nats, share, crowd, open, entered, lost, solved, unsolved)] of those where something stands. */
static inline PyObject *standing_there(const Looked *looked, double suspected) {
    PyObject *told = PyList_New(0);
    for (Py_ssize_t nth = 0; told != NULL && nth < looked->places; nth++) {
        const Record *one = looked->records[nth];
        double nats;
        if (!speaks(one, kind_of(looked, nth), looked->now, looked->forget_s, looked->least, suspected, &nats))
            continue;
        PyObject *item = Py_BuildValue("(Kdddddddd)", (unsigned long long)looked->keys[nth], nats, (double)one->share,
                                       (double)one->crowd_nats, (double)one->open, (double)one->entered,
                                       (double)one->lost, (double)one->solved, (double)one->unsolved);
        if (item == NULL || PyList_Append(told, item) < 0)
            Py_CLEAR(told);
        Py_XDECREF(item);
    }
    return told;
}

/* Of address and account: [(kind, countries that were asked for)]. */
static inline PyObject *spread_there(const Looked *looked, const Noticing *know, uint64_t country) {
    PyObject *told = PyList_New(0);
    for (Py_ssize_t nth = RANGES - 1; told != NULL && nth < looked->places && nth < RANGES + 3; nth++) {
        unsigned kind = kind_of(looked, nth);
        if (!know->spreads[kind])
            continue;
        PyObject *item = Py_BuildValue("(Il)", kind, asked_there(looked->records[nth], country, looked->today, looked->now));
        if (item == NULL || PyList_Append(told, item) < 0)
            Py_CLEAR(told);
        Py_XDECREF(item);
    }
    return told;
}

/* ([(kind, countries)], [what stands]); ``known`` of the country, or nothing where the number is not new. */
static inline PyObject *noticed_at(const Looked *looked, const Noticing *know, double *known, const Crowding *crowding,
                                   uint64_t country) {
    if (known != NULL)
        crowd_in(looked, know, known, crowding);
    PyObject *counts = spread_there(looked, know, country);
    PyObject *told = counts == NULL ? NULL : standing_there(looked, know->suspected);
    if (told != NULL)
        return Py_BuildValue("(NN)", counts, told);
    Py_XDECREF(counts);
    return NULL;
}

#endif
