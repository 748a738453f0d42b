#!/usr/bin/env python3
"""Writes unicode_table.c from Python's Unicode data. Run it when Unicode adds cases or digits."""
import sys
import unicodedata as u

SPECIAL = {'ß': 'ss', 'æ': 'ae', 'œ': 'oe', 'ø': 'o', 'ł': 'l', 'đ': 'd', 'ð': 'd', 'þ': 'th', 'ı': 'i',
           'ħ': 'h', 'ŧ': 't', 'ŋ': 'n', 'ĸ': 'k', 'ſ': 's', 'ƶ': 'z', 'ɖ': 'd', 'ɓ': 'b', 'ɗ': 'd', 'ƒ': 'f',
           'ɨ': 'i', 'ʉ': 'u', 'ȷ': 'j', 'ɉ': 'j', 'ə': 'e', 'ẚ': 'a', 'ŉ': "'n", 'ĳ': 'ij', 'ŀ': 'l', 'ǆ': 'dz',
           'ǉ': 'lj', 'ǌ': 'nj', 'ǳ': 'dz', 'ﬀ': 'ff', 'ﬁ': 'fi', 'ﬂ': 'fl', 'ﬃ': 'ffi', 'ﬄ': 'ffl', 'ﬅ': 'st',
           'ﬆ': 'st', 'ς': 'σ', 'ё': 'е', 'ƀ': 'b', 'ƙ': 'k', 'ƚ': 'l', 'ɍ': 'r', 'ɏ': 'y', 'ǥ': 'g', 'ⱥ': 'a', 'ⱦ': 't'}


def lower(c):
    low = chr(c).lower()
    return ord(low) if len(low) == 1 else (0x69 if c == 0x130 else c)


def ranges():
    pairs = [(c, lower(c) - c) for c in range(0x80, 0x110000)
             if not 0xD800 <= c <= 0xDFFF and lower(c) != c]
    out = []
    for c, delta in pairs:
        if out and out[-1][3] == delta:
            first, last, step, _ = out[-1]
            gap = c - last
            if gap in (1, 2) and (step == gap or first == last):
                out[-1] = (first, c, gap, delta)
                continue
        out.append((c, c, 1, delta))
    return out


def folds():
    out = []
    for c in [*range(0xC0, 0x250), *range(0x250, 0x2B0), *range(0x370, 0x400), 0x451, *range(0x1E00, 0x2000),
              *range(0x2C60, 0x2C80), *range(0xFB00, 0xFB07)]:
        ch = chr(c)
        if lower(c) != c or not u.category(ch).startswith('L'):
            continue
        base = ''.join(x for x in u.normalize('NFD', ch) if u.category(x) != 'Mn')
        base = ''.join(SPECIAL.get(x, x) for x in base)
        if base != ch and base and len(base.encode()) <= 3:
            out.append((c, base))
    return sorted(out)


def rows(items, form, width=100):
    lines, line = [], '\t'
    for item in items:
        text = form(item) + ','
        if len(line) + len(text) > width - 6:
            lines.append(line.rstrip())
            line = '\t'
        line += text + ' '
    return '\n'.join(lines + [line.rstrip().rstrip(',')])


def text(s):
    if all(' ' <= ch < '\x7f' for ch in s):
        return '"%s"' % s
    return '"%s"' % ''.join('\\x%02X' % b for b in s.encode())


zeros = [c for c in range(0x110000) if u.category(chr(c)) == 'Nd' and u.digit(chr(c)) == 0]
sys.stdout.write('''/*
 * unicode_table.c
 *		Lower case, letters without their accents, and the digits of all scripts; Unicode %s.
 *		Written by unicode_table.py: change that, not this.
 */
#include "pii/classes/unicode_table.h"

/* clang-format off */
const GdprLowerRange gdpr_lower_range[] = {
%s
};
const int	gdpr_lower_range_count = sizeof(gdpr_lower_range) / sizeof(gdpr_lower_range[0]);

const GdprFold gdpr_fold[] = {
%s
};
const int	gdpr_fold_count = sizeof(gdpr_fold) / sizeof(gdpr_fold[0]);

const uint32_t gdpr_digit_zero[] = {
%s
};
const int	gdpr_digit_zero_count = sizeof(gdpr_digit_zero) / sizeof(gdpr_digit_zero[0]);
/* clang-format on */
''' % (u.unidata_version,
       rows(ranges(), lambda r: '{0x%X, 0x%X, %d, %d}' % r),
       rows(folds(), lambda f: '{0x%04X, %s}' % (f[0], text(f[1]))),
       rows(zeros, lambda z: '0x%X' % z)))
