/* Before the tests on ranges: what had come to the parent of each event, and which of very many children may be due.
 *
 * The twins in Python are in statistics/screening.py. The functions see memory through the buffer protocol only, check
 * every length, and let other threads run meanwhile.
 * Limited API of Python 3.11: one build serves this and every later Python.
 */

#include "shares.h"

/* What will be read soon is fetched meanwhile: the events of a child lie far apart, and waiting for them takes most. */
#if defined(__GNUC__)
#define FETCH(address) __builtin_prefetch(address)
#else
#define FETCH(address)
#endif
#define AHEAD 16

/* Memory of so many views, of which those from `written` on are written to; none and an error set where one is short. */
static int hold(PyObject *const *objects, Py_buffer *views, const size_t *least, int count, int written) {
    for (int nth = 0; nth < count; nth++) {
        if (held(objects[nth], &views[nth], least[nth], nth >= written))
            continue;
        while (nth)
            PyBuffer_Release(&views[--nth]);
        return 0;
    }
    return 1;
}

static PyObject *let_go(Py_buffer *views, int count, int fits) {
    for (int nth = 0; nth < count; nth++)
        PyBuffer_Release(&views[nth]);
    if (!fits && !PyErr_Occurred())
        PyErr_SetString(PyExc_ValueError, "the arrays do not fit together");
    return fits ? Py_NewRef(Py_None) : NULL;
}

/* tally(parent, fresh, events, after, children): counts of each parent, one of so many, until each of its events. */
static PyObject *tally(PyObject *Py_UNUSED(module), PyObject *arguments) {
    PyObject *arrays[4];
    Py_ssize_t parents;
    if (!PyArg_ParseTuple(arguments, "OOnOO", &arrays[0], &arrays[1], &parents, &arrays[2], &arrays[3]))
        return NULL;
    Py_buffer views[4];
    if (!hold(arrays, views, (size_t[4]){0, 0, 0, 0}, 4, 2))
        return NULL;
    Py_ssize_t count = views[0].len / 4;
    const int32_t *parent = views[0].buf;
    const uint8_t *fresh = views[1].buf;
    int32_t *after = views[2].buf, *children = views[3].buf;
    int fits = parents >= 0 && views[1].len == count && views[2].len / 4 == count && views[3].len / 4 == count;
    int32_t *counts = fits ? PyMem_Calloc((size_t)parents + 1, 2 * sizeof *counts) : NULL;
    if (fits && !counts) {
        PyErr_NoMemory();
        fits = 0;
    }
    if (fits) {
        Py_BEGIN_ALLOW_THREADS
        for (Py_ssize_t nth = 0; nth < count; nth++) {
            if (parent[nth] < 0 || parent[nth] >= parents) {
                fits = 0;
                break;
            }
            int32_t *of = counts + 2 * (Py_ssize_t)parent[nth];
            after[nth] = ++of[0];
            children[nth] = of[1] += fresh[nth] != 0;
        }
        Py_END_ALLOW_THREADS
    }
    PyMem_Free(counts);
    return let_go(views, 4, fits);
}

typedef struct {
    const int64_t *order;
    const int32_t *after, *children;
    const uint8_t *opens;
    Py_ssize_t ordered, events, ordinals;
    double threshold, least_children;
    Py_ssize_t least;
} Events;

/* May the child be due whose events stand from `start` on in the order? */
static int may_be_due(const Shares *know, const Events *given, Py_ssize_t start, Py_ssize_t size) {
    Child child = {{0}, 0, 0, 0};
    for (Py_ssize_t first = 0, last; first < size; first = last + 1) {
        for (last = first; last + 1 < size && !given->opens[last + 2]; last++)
            ;
        if (start + last + AHEAD < given->ordered) {
            int64_t soon = given->order[start + last + AHEAD];
            FETCH(given->after + soon);
            FETCH(given->children + soon);
        }
        int64_t begin = given->order[start + first], end = given->order[start + last];
        double children = higher(given->children[end], given->least_children);
        double mean =
            step(know, &child, (double)(last - first + 1), given->after[begin] - 1.0, given->after[end], children);
        if (mean >= given->threshold && last + 1 >= given->least)
            return 1;
    }
    return 0;
}

/* Do the starts rise over the whole order, the order name events, and the sizes have ordinals? */
static int events_fit(const Events *given, const int64_t *starts, Py_ssize_t series) {
    int fits = starts[0] == 0 && starts[series] == given->ordered;
    for (Py_ssize_t nth = 0; fits && nth < series; nth++)
        fits = starts[nth] <= starts[nth + 1] && starts[nth + 1] - starts[nth] < given->ordinals;
    for (Py_ssize_t nth = 0; fits && nth < given->ordered; nth++)
        fits = given->order[nth] >= 0 && given->order[nth] < given->events;
    return fits;
}

/* screen((starts, order, after, children, opens, due), (f, log_miss, fresh), settings, (threshold, least_children,
 * least)): which children may be due; see statistics/screening.py. */
static PyObject *screen(PyObject *Py_UNUSED(module), PyObject *arguments) {
    PyObject *arrays[6], *f, *log_miss, *fresh;
    Shares know;
    Events given;
    if (!PyArg_ParseTuple(arguments, "(OOOOOO)(O!O!O!)(dddddd)(ddn)", &arrays[0], &arrays[1], &arrays[2], &arrays[3],
                          &arrays[4], &arrays[5], &PyTuple_Type, &f, &PyTuple_Type, &log_miss, &PyTuple_Type, &fresh,
                          &know.prior, &know.sd, &know.dispersion, &know.freeze, &know.most_nats, &know.most,
                          &given.threshold, &given.least_children, &given.least))
        return NULL;
    if (!read_shares(&know, f, log_miss, fresh))
        return NULL;
    Py_buffer views[6];
    if (!hold(arrays, views, (size_t[6]){8, 0, 0, 0, 0, 0}, 6, 5))
        return NULL;
    const int64_t *starts = views[0].buf;
    Py_ssize_t series = views[0].len / 8 - 1;
    given.order = views[1].buf;
    given.after = views[2].buf;
    given.children = views[3].buf;
    given.opens = views[4].buf;
    given.ordered = views[1].len / 8;
    given.events = views[2].len / 4;
    given.ordinals = views[4].len;
    uint8_t *due = views[5].buf;
    int fits = views[3].len / 4 == given.events && views[5].len == series && events_fit(&given, starts, series);
    if (fits) {
        Py_BEGIN_ALLOW_THREADS
        for (Py_ssize_t nth = 0; nth < series; nth++) {
            Py_ssize_t size = starts[nth + 1] - starts[nth];
            due[nth] = size >= given.least && may_be_due(&know, &given, starts[nth], size);
        }
        Py_END_ALLOW_THREADS
    }
    return let_go(views, 6, fits);
}

static PyMethodDef functions[] = {
    {"screen", screen, METH_VARARGS, "Tell which children may be due."},
    {"tally", tally, METH_VARARGS, "Count the events and the children of parents."},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot module_slots[] = {{Py_mod_exec, tell_layout}, {0, NULL}};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, .m_name = "series", .m_size = 0, .m_methods = functions, .m_slots = module_slots};

PyMODINIT_FUNC PyInit_series(void) { return PyModuleDef_Init(&definition); }
