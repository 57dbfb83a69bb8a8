/* Somebody asks for a code: what is counted at the places of an attempt, and what stands there then.
 *
 * The twins in Python are guard/learning.py: Learner.asked, and guard/quiet.py.
 */

#ifndef CHECKVALVE_NOTICING_H
#define CHECKVALVE_NOTICING_H

#include "record.h"
#include <stddef.h>

#define RANGES 5 /* so many of the first keys may be those of ranges; address and account are from the fifth to the eighth */
#define CROWDED 3

typedef struct { /* guard/learning.py: noticing; counted_by and counts are of guard/shared/judge.py alone */
    double suspected, crowds_least[KINDS];
    unsigned char counted_by[KINDS], counts[KINDS], crowds[KINDS], spreads[KINDS];
} Noticing;

typedef struct { /* guard/quiet.py: Quiet.figures; then the odds that an attack begins, and since when the guard learns */
    double of_usual, pace_s, day_s, hours, most_countries, most_crowd_nats, crowded_share, unassigned_nats, chance_nats,
        probed_nats, least[KINDS], cap_nats[KINDS];
    unsigned char assigned[KINDS], probed[KINDS];
    double prior_log_odds, began;
} Quieting;

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

/* Of address and account: [(kind, countries that were asked for)]; ``most`` becomes the highest of these. */
static inline PyObject *spread_there(const Looked *looked, const Noticing *know, uint64_t country, long *most) {
    PyObject *told = PyList_New(0);
    for (Py_ssize_t nth = RANGES - 1; told != NULL && nth < looked->places && nth < RANGES + 3; nth++) {
        unsigned kind = kind_of(looked, nth);
        if (!know->spreads[kind])
            continue;
        long there = asked_there(looked->records[nth], country, looked->today, looked->now);
        PyObject *item = Py_BuildValue("(Il)", kind, there);
        *most = there > *most ? there : *most;
        if (item == NULL || PyList_Append(told, item) < 0)
            Py_CLEAR(told);
        Py_XDECREF(item);
    }
    return told;
}

/* What is quiet: figures, the prior, since when; is the number unassigned? */
static inline int quieted(PyObject *const *arguments, Quieting *know, int *unassigned) {
    *unassigned = PyObject_IsTrue(arguments[3]);
    return *unassigned >= 0 && figures(arguments[0], know, offsetof(Quieting, prior_log_odds)) &&
           number(arguments[1], &know->prior_log_odds) && number(arguments[2], &know->began);
}

/* So many messages an hour usually go there: Nodes.pace_per_hour. */
static inline double pace_there(const Record *one, double now, const Quieting *know) {
    double since = now - know->began;
    double watched = -expm1(-(since > know->day_s ? since : know->day_s) / know->pace_s);
    return one->messages * exp((one->paced - now) / know->pace_s) / watched / know->hours;
}

/* How probable is fraud by one place where no challenge was answered: guard/loss.py. */
static inline double fraud_there(const Record *one, unsigned kind, double nats, int unassigned, double suspected,
                                 const Quieting *know) {
    double crowd = one->crowd_nats, prior = know->prior_log_odds, share = nats > 0 ? one->share : know->crowded_share;
    if (!(nats > 0) && !(crowd > suspected))
        return 0;
    if (crowd > suspected)
        nats += crowd < know->cap_nats[kind] ? crowd : know->cap_nats[kind];
    if (unassigned && know->assigned[kind])
        prior += know->unassigned_nats;
    double p = share / (1 + exp(-(nats + prior)));
    if (crowd > know->chance_nats && know->probed[kind]) {
        double more = crowd - know->chance_nats;
        double of_machines = know->crowded_share / (1 + exp(-((more < know->probed_nats ? more : know->probed_nats) + prior)));
        p = p > of_machines ? p : of_machines;
    }
    return p;
}

/* How probable is fraud where no rule would say a word about the places? Below zero where one may: then the rules are
 * asked (guard/loss.py: suspicions; guard/rules.py: outstanding). */
static inline double quiet_there(const Looked *looked, double suspected, long countries, int unassigned,
                                 const Quieting *know) {
    double highest = 0;
    if (countries > know->most_countries)
        return -1;
    for (Py_ssize_t nth = 0; nth < looked->places; nth++) {
        const Record *one = looked->records[nth];
        unsigned kind = kind_of(looked, nth);
        double nats;
        if (!speaks(one, kind, looked->now, looked->forget_s, looked->least, suspected, &nats))
            continue;
        if (one->crowd_nats >= know->most_crowd_nats || one->solved != 0 || one->unsolved != 0)
            return -1;
        if (one->open >= 1 && one->open >= know->least[kind]) {
            double more = know->of_usual * pace_there(one, looked->now, know);
            if (!(one->open < know->least[kind] + trunc(more)))
                return -1;
        }
        double p = fraud_there(one, kind, nats, unassigned, suspected, know);
        highest = p > highest ? p : highest;
    }
    return highest;
}

/* ([(kind, countries)], [what stands], how probable fraud is, below zero where a rule may have something to say);
 * ``known`` of the country, or nothing where the number is not new. */
static inline PyObject *noticed_at(const Looked *looked, const Noticing *know, double *known, const Crowding *crowding,
                                   uint64_t country, const Quieting *quieting, int unassigned) {
    long most = 0;
    if (known != NULL)
        crowd_in(looked, know, known, crowding);
    PyObject *counts = spread_there(looked, know, country, &most);
    PyObject *told = counts == NULL ? NULL : standing_there(looked, know->suspected);
    if (told != NULL)
        return Py_BuildValue("(NNd)", counts, told, quiet_there(looked, know->suspected, most, unassigned, quieting));
    Py_XDECREF(counts);
    return NULL;
}

#endif
