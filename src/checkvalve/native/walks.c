/* Walks over long arrays: numbers through the number plan, and the cells of the tests on ranges.
 *
 * The twins in Python are numbering/automaton.py and statistics/ragged.py. The functions see memory through the buffer
 * protocol only, check every length, and let other threads run meanwhile.
 * Limited API of Python 3.11: one build serves this and every later Python.
 */

#include "shares.h"

#define MOST_DIGITS 18

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

/* ---- the walks over the cells of series; see statistics/ragged.py ---- */

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

static void walk_shares(const Shares *know, Py_ssize_t cells, const double *hits, const double *begins,
                        const double *until, const double *children, double *log_e, double *expected) {
    Child child = {{0}, 0, 0, 0};
    for (Py_ssize_t cell = 0; cell < cells; cell++) {
        expected[cell] = expected_hits(know, &child, until[cell], children[cell]);
        log_e[cell] = log(step(know, &child, hits[cell], begins[cell], until[cell], children[cell]));
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
    if (!read_shares(&know, f, log_miss, fresh))
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
static PyMethodDef functions[] = {
    {"rate_walk", rate_walk, METH_VARARGS, "Walk over successes and failures."},
    {"share_walk", share_walk, METH_VARARGS, "Walk over a child's share of its parent."},
    {"walk", walk, METH_VARARGS, "Walk the digits of numbers through an automaton."},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot module_slots[] = {{Py_mod_exec, tell_layout}, {0, NULL}};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, .m_name = "walks", .m_size = 0, .m_methods = functions, .m_slots = module_slots};

PyMODINIT_FUNC PyInit_walks(void) { return PyModuleDef_Init(&definition); }
