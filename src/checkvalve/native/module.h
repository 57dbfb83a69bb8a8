/* What the compiled modules have in common: each says which layout it was built for, and borrows memory. */

#ifndef CHECKVALVE_MODULE_H
#define CHECKVALVE_MODULE_H

#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030B0000
#include <Python.h>

#define LAYOUT 3 /* raise it with what is called and how records lie, here and in native/__init__.py */

/* A function that is called with its arguments as they lie (METH_FASTCALL). */
#define FAST(function) ((PyCFunction)(void (*)(void))(function))

/* Borrow memory of so many bytes at least: 1, or 0 and an error set. */
static inline int held(PyObject *object, Py_buffer *view, size_t least, int writable) {
    if (PyObject_GetBuffer(object, view, writable ? PyBUF_WRITABLE : PyBUF_SIMPLE) < 0)
        return 0;
    if ((size_t)view->len >= least)
        return 1;
    PyBuffer_Release(view);
    PyErr_SetString(PyExc_ValueError, "an array is too short");
    return 0;
}

static int tell_layout(PyObject *module) { return PyModule_AddIntConstant(module, "LAYOUT", LAYOUT); }

#endif
