/*
 * mondrian.c
 *		See mondrian.h. Recursion goes into the smaller half and loops on the larger, so the stack stays shallow.
 */
#include "anonymise/mondrian.h"

#include <math.h>
#include <string.h>

typedef struct Box
{
	double low[MONDRIAN_MAX_DIMENSIONS];
	double high[MONDRIAN_MAX_DIMENSIONS];
} Box;

typedef struct Search
{
	Mondrian *m;
	Box whole;
	int64_t *counts; /* of each sensitive value in all rows */
	int64_t *part;	 /* in the half that is looked at */
	bool stopped;
} Search;

static double
value(const Mondrian *m, int64_t row, int dimension)
{
	return m->points[row * m->dimensions + dimension];
}

static void
bound(const Mondrian *m, const int64_t *rows, int64_t count, Box *box)
{
	for (int d = 0; d < m->dimensions; d++)
		box->low[d] = box->high[d] = value(m, rows[0], d);
	for (int64_t i = 1; i < count; i++)
		for (int d = 0; d < m->dimensions; d++)
		{
			double v = value(m, rows[i], d);

			if (v < box->low[d])
				box->low[d] = v;
			if (v > box->high[d])
				box->high[d] = v;
		}
}

static double
width(const Search *search, const Box *box, int d)
{
	double whole = search->whole.high[d] - search->whole.low[d];

	return whole > 0 ? (box->high[d] - box->low[d]) / whole : 0;
}

/* Enough rows, enough different sensitive values, near enough to the whole? */
static bool
acceptable(Search *search, const int64_t *rows, int64_t count)
{
	Mondrian *m = search->m;
	int32_t distinct = 0;
	double distance = 0;
	double running = 0;

	if (count < m->k)
		return false;
	if (m->sensitive == NULL || (m->l <= 1 && m->t >= 1))
		return true;
	memset(search->part, 0, (size_t) m->values * sizeof(int64_t));
	for (int64_t i = 0; i < count; i++)
		search->part[m->sensitive[rows[i]]]++;
	for (int32_t v = 0; v < m->values; v++)
	{
		double difference =
			(double) search->part[v] / (double) count - (double) search->counts[v] / (double) m->rows;

		distinct += search->part[v] > 0;
		running += difference;
		distance += m->ordered ? fabs(running) : fabs(difference) / 2;
	}
	if (m->ordered && m->values > 1)
		distance /= m->values - 1;
	return distinct >= m->l && distance <= m->t + 1e-9;
}

static void
swap(int64_t *rows, int64_t i, int64_t j)
{
	int64_t row = rows[i];

	rows[i] = rows[j];
	rows[j] = row;
}

/* The value that would stand in the middle of the sorted rows (quickselect; leaves rows partly sorted). */
static double
median(const Mondrian *m, int64_t *rows, int64_t count, int d)
{
	int64_t low = 0;
	int64_t high = count - 1;
	int64_t middle = count / 2;

	while (low < high)
	{
		double pivot = value(m, rows[low + (high - low) / 2], d);
		int64_t i = low;
		int64_t j = high;

		while (i <= j)
		{
			while (value(m, rows[i], d) < pivot)
				i++;
			while (value(m, rows[j], d) > pivot)
				j--;
			if (i <= j)
				swap(rows, i++, j--);
		}
		if (middle <= j)
			high = j;
		else if (middle >= i)
			low = i;
		else
			break;
	}
	return value(m, rows[middle], d);
}

/* Bring the rows below (or up to) the cut to the front; how many there are. */
static int64_t
divide(const Mondrian *m, int64_t *rows, int64_t count, int d, double cut, bool including)
{
	int64_t front = 0;

	for (int64_t i = 0; i < count; i++)
	{
		double v = value(m, rows[i], d);

		if (v < cut || (including && v == cut))
			swap(rows, i, front++);
	}
	return front;
}

/* Cut at the median of the widest dimension that can be cut; the size of the first half, 0 when none can. */
static int64_t
cut(Search *search, int64_t *rows, int64_t count, const Box *box)
{
	Mondrian *m = search->m;
	bool tried[MONDRIAN_MAX_DIMENSIONS] = {false};

	if (count < 2 * m->k)
		return 0;
	for (int tries = 0; tries < m->dimensions; tries++)
	{
		int widest = -1;
		double middle;

		for (int d = 0; d < m->dimensions; d++)
			if (!tried[d] && (widest < 0 || width(search, box, d) > width(search, box, widest)))
				widest = d;
		tried[widest] = true;
		if (box->low[widest] == box->high[widest])
			return 0;
		middle = median(m, rows, count, widest);
		for (int including = 0; including <= 1; including++)
		{
			int64_t front = divide(m, rows, count, widest, middle, including);

			if (acceptable(search, rows, front) && acceptable(search, rows + front, count - front))
				return front;
		}
	}
	return 0;
}

static void
settle(Search *search, const int64_t *rows, int64_t count, const Box *box)
{
	Mondrian *m = search->m;
	double loss = 0;

	for (int d = 0; d < m->dimensions; d++)
		loss += width(search, box, d) / m->dimensions;
	for (int64_t i = 0; i < count; i++)
	{
		m->class_of[rows[i]] = m->classes;
		m->loss_of[rows[i]] = (float) loss;
	}
	m->classes++;
}

static void
partition(Search *search, int64_t *rows, int64_t count)
{
	for (;;)
	{
		Box box;
		int64_t front;

		if (search->m->interrupted && search->m->interrupted())
			search->stopped = true;
		if (search->stopped)
			return;
		bound(search->m, rows, count, &box);
		front = cut(search, rows, count, &box);
		if (front == 0)
		{
			settle(search, rows, count, &box);
			return;
		}
		if (front <= count - front)
		{
			partition(search, rows, front);
			rows += front;
			count -= front;
		}
		else
		{
			partition(search, rows + front, count - front);
			count = front;
		}
	}
}

bool
gdpr_mondrian(Mondrian *m)
{
	Search search = {.m = m, .counts = m->histogram, .part = m->histogram + m->values};

	m->classes = 0;
	for (int64_t i = 0; i < m->rows; i++)
		m->order[i] = i;
	if (m->sensitive)
	{
		memset(search.counts, 0, (size_t) m->values * sizeof(int64_t));
		for (int64_t i = 0; i < m->rows; i++)
			search.counts[m->sensitive[i]]++;
	}
	if (m->rows == 0 || !acceptable(&search, m->order, m->rows))
		return false;
	bound(m, m->order, m->rows, &search.whole);
	partition(&search, m->order, m->rows);
	return !search.stopped;
}
