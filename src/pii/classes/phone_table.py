#!/usr/bin/env python3
"""Writes phone_table.c from the metadata of Google's libphonenumber, as the npm package libphonenumber-js carries it.

    npm pack libphonenumber-js && tar xzf libphonenumber-js-*.tgz
    ./phone_table.py package/metadata.max.json VERSION >phone_table.c

Run it when numbering plans change. The metadata are data under the Apache License 2.0 (LICENSE.libphonenumber)."""
import json
import re
import sys

# What the plans of today no longer know and address books still hold: what stood before a number, what becomes of it,
# and numbers of the old plan.
OLD = {
    'MX': ('0(?:[12]|4[45])|1', '', ''),            # until 2019: 01 before area codes, 044 and 045 before mobiles, +52 1
    'BJ': ('([24-79]\\d{7})$', '01$1', '8\\d{7}'),  # until 2024: eight digits, now with 01 in front
    'BR': (None, None, '300\\d{6}'),
    'HR': (None, None, '6\\d{5}'),
    'NG': (None, None, '[124-7]\\d{6}|[1-9]\\d{7}'),  # until 2024: area codes without 20 in front
    'SA': (None, None, '8\\d{9}'),
    'UZ': ('8', '', ''),
    'ZW': (None, None, '1\\d{6}'),
}
KNOWN = re.compile(r'(?:\(\?:|\(|\)\??|\||\$|\\d(?:\?|\{\d+(?:,\d+)?\})?|\d(?:\?|\{\d+(?:,\d+)?\})?'
                   r'|\[(?:\d(?:-\d)?)+\](?:\?|\{\d+(?:,\d+)?\})?)*')


def pattern(text):
    if not KNOWN.fullmatch(text):
        sys.exit('digit_pattern.c does not know %s' % text)
    return text


def plan(country, data, main):
    strip = data[7] or data[5] or ''
    rewrite = data[8] or ''
    numbers = data[2]
    if country in OLD:
        before, after, others = OLD[country]
        if before and strip:
            sys.exit('%s has a prefix of its own now' % country)
        strip, rewrite = (before, after) if before else (strip, rewrite)
        numbers += '|' + others if others else ''
    return (int(data[0]), not main, country, pattern(data[1] or ''), pattern(numbers), data[5] or '',
            pattern(strip) if strip != data[5] else '', rewrite)


def quoted(text):
    return '"%s"' % text.replace('\\', '\\\\')


def row(p):
    head = '\t{"%s", %d, %s, ' % (p[2], p[0], ', '.join(quoted(t) for t in (p[3], p[5])))
    tail = ', '.join(quoted(t) for t in (p[4], p[6], p[7])) + '},'
    if len(head) + len(tail) <= 116:
        return head + tail
    lines, line = [head.rstrip()], '\t\t'
    for part in (quoted(p[4]) + ',', quoted(p[6]) + ',', quoted(p[7]) + '},'):
        if len(part) > 108:
            bits = re.findall(r'.{1,100}(?<!\\)', part[1:part.rindex('"')])
            part = '\n\t\t'.join('"%s"' % bit for bit in bits) + part[part.rindex('"') + 1:]
        if len(line) + len(part) > 114 and line.strip():
            lines.append(line.rstrip())
            line = '\t\t'
        line += part + ' '
    return '\n'.join(lines + [line.rstrip()])


def main():
    meta = json.load(open(sys.argv[1]))
    first = {codes[0] for codes in meta['country_calling_codes'].values()}
    plans = [plan(c, d, c in first) for c, d in meta['countries'].items()]
    plans += [plan('', d if d[0] else [code] + d[1:], True) for code, d in meta['nonGeographic'].items()]
    sys.stdout.write('''/*
 * phone_table.c
 *		The numbering plans of the world, in order of their calling code; of countries that share one, the main one
 *		first. Written by phone_table.py from libphonenumber-js %s: change that, not this.
 *
 *		The metadata are those of Google's libphonenumber: Copyright (C) The Libphonenumber Authors, licensed under the
 *		Apache License, Version 2.0 (LICENSE.libphonenumber); changed in form only.
 */
#include "pii/classes/phone_table.h"

/* clang-format off */
const GdprPhonePlan gdpr_phone_plans[] = {
%s
};
const int	gdpr_phone_plan_count = sizeof(gdpr_phone_plans) / sizeof(gdpr_phone_plans[0]);
/* clang-format on */
''' % (sys.argv[2], '\n'.join(row(p) for p in sorted(plans))))


main()
