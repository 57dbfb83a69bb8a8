/* One step of a child's share of its parent: the formulae of statistics/ragged.py, `share_walk`. */

#ifndef CHECKVALVE_SHARES_H
#define CHECKVALVE_SHARES_H

#include "module.h"
#include <math.h>
#include <stdint.h>

#define MOST_BETS 16

static int read_bets(PyObject *given, double *bets, int count) {
    if (count < 1 || count > MOST_BETS || PyTuple_Size(given) != count) {
        PyErr_SetString(PyExc_ValueError, "there are 1 to 16 bets, and as many of each of their figures");
        return 0;
    }
    for (int nth = 0; nth < count; nth++)
        bets[nth] = PyFloat_AsDouble(PyTuple_GetItem(given, nth));
    return !PyErr_Occurred();
}

/* What is known of all children: the bets, and the settings of the test. */
typedef struct {
    int bets;
    double f[MOST_BETS], log_miss[MOST_BETS], fresh[MOST_BETS];
    double prior, sd, dispersion, freeze, most_nats, most, frozen;
} Shares;

/* The bets of the settings that stand there already. */
static inline int read_shares(Shares *know, PyObject *f, PyObject *log_miss, PyObject *fresh) {
    know->bets = (int)PyTuple_Size(f);
    know->frozen = exp(know->freeze);
    return read_bets(f, know->f, know->bets) && read_bets(log_miss, know->log_miss, know->bets) &&
           read_bets(fresh, know->fresh, know->bets);
}

/* What is known of one child after its cells so far. */
typedef struct {
    double m[MOST_BETS], seen, hits, parent;
} Child;

/* fmin and fmax are calls, because of values that are none: here are none. */
static inline double lower(double one, double other) { return one < other ? one : other; }

static inline double higher(double one, double other) { return one > other ? one : other; }

static inline double as_share(double part) { return lower(higher(part, 1e-12), 0.999); }

static inline double plausible(double hits, double of, double sd) { return as_share((hits + sd * sqrt(hits)) / of); }

static inline double expected_hits(const Shares *know, const Child *child, double until, double children) {
    double hits = higher(child->hits, 0) + know->prior, of = higher(child->parent, 0) + know->prior * children;
    return as_share(hits / of) * (until - child->seen);
}

/* What is left of M after so many misses. Of a small one nothing that a double could hold, after very many. */
static inline double kept_after(double misses, double log_miss, double m) {
    double log_kept = misses * log_miss;
    if (log_kept < -60 && m < 1e8)
        return 0;
    return log_kept == 0 ? 1 : exp(log_kept);
}

/* The mean of M over the bets after one more cell. */
static inline double step(const Shares *know, Child *child, double y, double begins, double until, double children) {
    double prior_of = know->prior * children;
    double since = higher(child->seen, lower(begins, until - y)), misses = since - child->seen;
    double held_hits = higher(child->hits, 0) + know->prior, held_of = higher(child->parent, 0) + prior_of;
    double share = plausible(held_hits, held_of, know->sd);
    int lone = y == 1 && until - since == 1; /* most are: a hit with nothing around it */
    if (!lone) { /* a first crowded cell must not be judged by what was guessed before it: its last hit knows the others */
        double within_hits = higher(child->hits + y - 1, 0) + know->prior;
        double within_of = higher(child->parent + (until - since - 1), 0) + prior_of;
        share = higher(share, plausible(within_hits, within_of, know->sd));
    }
    double odds = 1 / share - 1, sum = 0;
    int simple = lone && know->dispersion == 1;
    for (int bet = 0; bet < know->bets; bet++) {
        double kept = kept_after(misses, know->log_miss[bet], child->m[bet]);
        double now = child->m[bet] * kept + know->fresh[bet] * (1 - kept), more = odds * know->f[bet], ratio = 1 + more;
        if (!simple) {
            double log_lr = y * (log1p(more) / know->dispersion) + (until - since - y) * know->log_miss[bet];
            ratio = exp(lower(log_lr, know->most_nats));
        }
        child->m[bet] = lower((now + 1) * ratio, know->most);
        sum += child->m[bet];
    }
    double mean = sum / know->bets;
    if (mean < know->frozen) {
        child->hits += y;
        child->parent += until - child->seen;
    }
    child->seen = until;
    return mean;
}

#endif
