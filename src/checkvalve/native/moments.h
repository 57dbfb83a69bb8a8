/* Digits and civil times, as logs write them. */

#ifndef CHECKVALVE_MOMENTS_H
#define CHECKVALVE_MOMENTS_H

#include <stdint.h>

static inline int is_digit(unsigned char byte) { return byte >= '0' && byte <= '9'; }

static inline int is_hex(unsigned char byte) {
    return is_digit(byte) || ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'f');
}

static inline int two_digits(const unsigned char *at, int *value) {
    *value = (at[0] - '0') * 10 + at[1] - '0';
    return is_digit(at[0]) && is_digit(at[1]);
}

/* Days from 1970-01-01 (Howard Hinnant, days_from_civil). */
static inline int64_t days_since_epoch(int year, int month, int day) {
    year -= month <= 2;
    int era = year / 400, of_era = year - era * 400;
    int of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return (int64_t)era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/* Microseconds since 1970-01-01 UTC: 1, or 0 where there is no such day or time. */
static inline int moment(int year, int month, int day, int hour, int minute, int second, int64_t *us) {
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int leap = month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if (year < 1 || month < 1 || month > 12 || day < 1 || day > days[month - 1] + leap || hour > 23 || minute > 59 ||
        second > 59)
        return 0;
    *us = (((days_since_epoch(year, month, day) * 24 + hour) * 60 + minute) * 60 + second) * INT64_C(1000000);
    return 1;
}

#endif
