/* Cutting lines of an access log in its plain shape: what nginx and Apache write when nothing is unusual.
 *
 * Which lines are plain says the twin in SQL, sources/scan_combined.py; here a line of other bytes than printable ASCII
 * is not plain either. Each text of a plain line is a view into the bytes that were given. The functions see memory
 * through the buffer protocol only, check every length, and let other threads run meanwhile.
 * Limited API of Python 3.11: one build serves this and every later Python.
 */

#include "module.h"
#include "moments.h"
#include <stdint.h>
#include <string.h>

#define MOST_METHOD 40
#define MOST_SIZE_DIGITS 18
#define INLINE 12
#define GROUPS 8

enum { METHOD, PATH, QUERY, IP, FORWARDED, AGENT, REFERRER, TEXTS };
enum { OCCURRED, STATUS, SIZE, NUMBERS };

typedef struct {
    const unsigned char *at, *end;
} Span;

typedef struct {
    Span texts[TEXTS];
    int64_t numbers[NUMBERS];
} Line;

typedef struct { /* Arrow's string view: apache.org, Columnar Format, variable-size binary view */
    int32_t length;
    unsigned char begin[4]; /* of a short text all of it, to the end of the view */
    int32_t buffer, offset;
} View;

_Static_assert(sizeof(View) == 16, "a view is 16 bytes");

/* Printable ASCII without a backslash. */
static int all_plain(const unsigned char *at, const unsigned char *end) {
    unsigned char other = 0; /* no way out of the loop: many bytes are looked at in one step */
    for (; at < end; at++)
        other |= (unsigned char)((unsigned char)(*at - ' ') > '~' - ' ') | (unsigned char)(*at == '\\');
    return !other;
}

/* Behind the text where it stands here, else NULL. */
static const unsigned char *past(const unsigned char *at, const unsigned char *end, const char *text) {
    size_t length = strlen(text);
    return at != NULL && (size_t)(end - at) >= length && memcmp(at, text, length) == 0 ? at + length : NULL;
}

static const unsigned char *past_ipv4(const unsigned char *at, const unsigned char *end) {
    for (int nth = 0; nth < 4; nth++) {
        const unsigned char *first = at;
        int value = 0;
        while (at < end && is_digit(*at) && at - first < 3)
            value = value * 10 + *at++ - '0';
        if (at == first || value > 255 || (*first == '0' && at - first > 1))
            return NULL;
        if (nth < 3 && (at >= end || *at++ != '.'))
            return NULL;
    }
    return at;
}

static int hex_digit(unsigned char byte) { /* lower case only */
    return is_digit(byte) ? byte - '0' : byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

/* Are zeros written as RFC 5952 asks: the longest run of them, the first of equals, as "::", and no single one? */
static int zeros_are_short(const int *groups, int count, int gap) {
    int left_out = GROUPS - count, run = 0;
    for (int nth = 0; nth < count; nth++) {
        if (nth == gap)
            run = 0;
        run = groups[nth] ? 0 : run + 1;
        if (gap < 0 ? run > 1 : run && (nth == gap - 1 || nth == gap || run > left_out - (nth < gap)))
            return 0;
    }
    return gap < 0 ? count == GROUPS : left_out > 1;
}

/* An address of IPv6 in its short form; of those that begin with zeros only "::1". */
static const unsigned char *past_ipv6(const unsigned char *at, const unsigned char *end) {
    int groups[GROUPS], count = 0, gap = -1;
    if (at < end && *at == ':')
        return past(at, end, "::1");
    for (;;) {
        const unsigned char *first = at;
        int value = 0;
        while (at < end && at - first < 4 && hex_digit(*at) >= 0)
            value = value * 16 + hex_digit(*at++);
        if (at == first || (*first == '0' && at - first > 1) || (count == 0 && value == 0))
            return NULL;
        groups[count++] = value;
        if (at >= end || *at != ':' || count == GROUPS)
            break;
        at++;
        if (at < end && *at == ':') {
            if (gap >= 0)
                return NULL;
            gap = count;
            at++;
            if (at >= end || hex_digit(*at) < 0)
                break;
        }
    }
    return zeros_are_short(groups, count, gap) ? at : NULL;
}

static const unsigned char *past_address(const unsigned char *at, const unsigned char *end) {
    const unsigned char *behind = past_ipv4(at, end);
    return behind != NULL ? behind : past_ipv6(at, end);
}

/* "10/Oct/2026:13:55:36 -0700" as microseconds; where it ends, or NULL. */
static const unsigned char *past_time(const unsigned char *at, const unsigned char *end, int64_t *us) {
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    int day, month, century, year, hour, minute, second, ahead_h, ahead_min;
    if (end - at < 26 || !two_digits(at, &day) || !two_digits(at + 7, &century) || !two_digits(at + 9, &year) ||
        !two_digits(at + 12, &hour) || !two_digits(at + 15, &minute) || !two_digits(at + 18, &second) ||
        !two_digits(at + 22, &ahead_h) || !two_digits(at + 24, &ahead_min) || at[2] != '/' || at[6] != '/' ||
        at[11] != ':' || at[14] != ':' || at[17] != ':' || at[20] != ' ' || (at[21] != '+' && at[21] != '-'))
        return NULL;
    for (month = 0; month < 12 && memcmp(at + 3, months + 3 * month, 3) != 0; month++)
        ;
    if (ahead_h > 14 || ahead_min > 59 ||
        !moment(100 * century + year, month + 1, day, hour, minute, second, us))
        return NULL;
    int64_t ahead_us = (ahead_h * 60 + ahead_min) * INT64_C(60000000);
    *us += at[21] == '-' ? ahead_us : -ahead_us;
    return at + 26;
}

static int trails(const unsigned char *at, const unsigned char *end, int count) {
    for (; count > 0; count--, at += 3)
        if (end - at < 3 || at[0] != '%' || strchr("89ABab", at[1]) == NULL || !is_hex(at[2]))
            return 0;
    return 1;
}

/* How many bytes the escapes of one letter are: UTF-8 without control characters; 0 for what is none. */
static int escape(const unsigned char *at, const unsigned char *end) {
    if (end - at < 3 || !is_hex(at[2]))
        return 0;
    unsigned char high = at[1] | 0x20, low = at[2] | 0x20;
    if (at[1] >= '2' && at[1] <= '7')
        return 3;
    if (high == 'd' || (high == 'c' && low != '0' && low != '1'))
        return trails(at + 3, end, 1) ? 6 : 0;
    if (high == 'e' && low != '0' && low != 'd')
        return trails(at + 3, end, 2) ? 9 : 0;
    return high == 'f' && at[2] >= '1' && at[2] <= '3' && trails(at + 3, end, 3) ? 12 : 0;
}

/* `METHOD /path?query HTTP/1.1`, all of it. */
static int cut_request(const unsigned char *at, const unsigned char *end, Span *texts) {
    Span *method = &texts[METHOD], *path = &texts[PATH], *query = &texts[QUERY];
    for (method->at = at; at < end && *at >= 'A' && *at <= 'Z'; at++)
        ;
    method->end = at;
    if (at == method->at || at - method->at > MOST_METHOD || end - at < 2 || at[0] != ' ' || at[1] != '/')
        return 0;
    path->at = ++at;
    while (at < end && *at != ' ' && *at != '?') {
        int length = *at == '%' ? escape(at, end) : 1;
        if (!length)
            return 0;
        at += length;
    }
    path->end = query->at = query->end = at;
    if (at < end && *at == '?') {
        query->at = ++at;
        at = memchr(at, ' ', (size_t)(end - at));
        if (at == NULL)
            return 0;
        query->end = at;
    }
    at = past(at, end, " HTTP/");
    if (at == NULL || at >= end || !is_digit(*at++))
        return 0;
    return at == end || (end - at == 2 && at[0] == '.' && is_digit(at[1]));
}

/* A text in quotes, which stand nowhere else: what is between them, with "-" as nothing; behind it, or NULL. */
static const unsigned char *past_quoted(const unsigned char *at, const unsigned char *end, Span *text) {
    at = past(at, end, " \"");
    const unsigned char *quote = at == NULL ? NULL : memchr(at, '"', (size_t)(end - at));
    if (quote == NULL)
        return NULL;
    text->at = at;
    text->end = quote - at == 1 && *at == '-' ? at : quote;
    return quote + 1;
}

static int are_addresses(Span text) {
    const unsigned char *at = text.at;
    while (at < text.end) {
        at = past_address(at, text.end);
        if (at == NULL || at == text.end)
            return at != NULL;
        if (*at++ != ',')
            return 0;
        if (at < text.end && *at == ' ')
            at++;
        if (at == text.end)
            return 0;
    }
    return 1;
}

/* Status and size, as they stand behind the request; where they end, or NULL. */
static const unsigned char *past_answer(const unsigned char *at, const unsigned char *end, int64_t *numbers) {
    if (end - at < 6 || at[0] != ' ' || !is_digit(at[1]) || !is_digit(at[2]) || !is_digit(at[3]) || at[4] != ' ')
        return NULL;
    numbers[STATUS] = (at[1] - '0') * 100 + (at[2] - '0') * 10 + at[3] - '0';
    numbers[SIZE] = 0;
    at += 5;
    if (*at == '-')
        return at + 1;
    const unsigned char *first = at;
    for (; at < end && is_digit(*at) && at - first < MOST_SIZE_DIGITS; at++)
        numbers[SIZE] = numbers[SIZE] * 10 + *at - '0';
    return at == first ? NULL : at;
}

static int cut_line(const unsigned char *at, const unsigned char *end, Line *line) {
    Span *texts = line->texts;
    if (!all_plain(at, end))
        return 0;
    texts[IP].at = at;
    at = texts[IP].end = past_address(at, end);
    at = past(at, end, " - ");
    const unsigned char *user = at;
    for (; at != NULL && at < end && *at > ' ' && *at != '"'; at++)
        ;
    if (at == NULL || at == user || (at = past(at, end, " [")) == NULL)
        return 0;
    at = past(past_time(at, end, &line->numbers[OCCURRED]), end, "] \"");
    const unsigned char *quote = at == NULL ? NULL : memchr(at, '"', (size_t)(end - at));
    if (quote == NULL || !cut_request(at, quote, texts))
        return 0;
    at = past_answer(quote + 1, end, line->numbers);
    texts[REFERRER] = texts[AGENT] = texts[FORWARDED] = (Span){end, end};
    if (at == NULL || at == end)
        return at != NULL;
    at = past_quoted(past_quoted(at, end, &texts[REFERRER]), end, &texts[AGENT]);
    if (at != NULL && at < end)
        at = past_quoted(at, end, &texts[FORWARDED]);
    return at == end && are_addresses(texts[FORWARDED]);
}

static void view(View *into, Span text, const unsigned char *data, int32_t buffer) {
    size_t length = (size_t)(text.end - text.at);
    if (length <= INLINE) {
        *into = (View){.length = (int32_t)length};
        memcpy((unsigned char *)into + sizeof into->length, text.at, length);
        return;
    }
    *into = (View){.length = (int32_t)length, .buffer = buffer, .offset = (int32_t)(text.at - data)};
    memcpy(into->begin, text.at, sizeof into->begin);
}

/* All lines of the data, as far as there is room: how many they are; where they end goes to `behind`. */
static Py_ssize_t cut_lines(const Py_buffer *data, Py_ssize_t room, int32_t buffer, const Py_buffer *out,
                            Py_ssize_t *behind) {
    const unsigned char *begin = data->buf, *at = begin, *end = begin + data->len;
    Py_ssize_t nth = 0;
    for (; at < end && nth < room; nth++) {
        Line line;
        const unsigned char *over = memchr(at, '\n', (size_t)(end - at));
        if (over == NULL)
            over = end;
        int plain = cut_line(at, over, &line);
        ((unsigned char *)out[0].buf)[nth] = (unsigned char)!plain;
        ((int64_t *)out[1].buf)[nth] = at - begin;
        for (int which = 0; plain && which < NUMBERS; which++)
            ((int64_t *)out[2 + which].buf)[nth] = line.numbers[which];
        for (int which = 0; plain && which < TEXTS; which++)
            view((View *)out[2 + NUMBERS + which].buf + nth, line.texts[which], begin, buffer);
        at = over < end ? over + 1 : end;
    }
    *behind = at - begin;
    return nth;
}

/* cut(data, room, buffer, odd, start, numbers, texts) -> (lines, bytes). */
static PyObject *cut(PyObject *Py_UNUSED(module), PyObject *arguments) {
    Py_buffer data, out[2 + NUMBERS + TEXTS];
    PyObject *odd, *start, *numbers, *texts, *result = NULL;
    Py_ssize_t room, behind;
    int buffer, taken = 0;
    if (!PyArg_ParseTuple(arguments, "y*niOOO!O!", &data, &room, &buffer, &odd, &start, &PyTuple_Type, &numbers,
                          &PyTuple_Type, &texts))
        return NULL;
    if (room < 0 || data.len > INT32_MAX || PyTuple_Size(numbers) != NUMBERS || PyTuple_Size(texts) != TEXTS) {
        PyErr_SetString(PyExc_ValueError, "at most two gigabytes, and an array for each number and each text");
        goto done;
    }
    for (; taken < 2 + NUMBERS + TEXTS; taken++) {
        int number = taken - 2, text = number - NUMBERS;
        PyObject *one = taken == 0    ? odd
                        : taken == 1  ? start
                        : text < 0    ? PyTuple_GetItem(numbers, number)
                                      : PyTuple_GetItem(texts, text);
        size_t each = taken == 0 ? 1 : text < 0 ? sizeof(int64_t) : sizeof(View);
        if (!held(one, &out[taken], (size_t)room * each, 1))
            goto done;
    }
    Py_ssize_t count;
    Py_BEGIN_ALLOW_THREADS
    count = cut_lines(&data, room, (int32_t)buffer, out, &behind);
    Py_END_ALLOW_THREADS
    result = Py_BuildValue("nn", count, behind);
done:
    while (taken)
        PyBuffer_Release(&out[--taken]);
    PyBuffer_Release(&data);
    return result;
}

static PyMethodDef functions[] = {
    {"cut", cut, METH_VARARGS, "Cut lines; how many, and how many bytes they were?"},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot module_slots[] = {{Py_mod_exec, tell_layout}, {0, NULL}};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, .m_name = "access", .m_size = 0, .m_methods = functions, .m_slots = module_slots};

PyMODINIT_FUNC PyInit_access(void) { return PyModuleDef_Init(&definition); }
