/*
 * mondrian.c
 *		See mondrian.h. Recursion goes into the smaller half and loops on the larger, so the stack stays shallow.
 */
#include "anonymise/mondrian.h"

#include <math.h>
#include <string.h>

#define NEAR 1e-9

/* ---- dimensions ---- */

/* How high the branches of all codes from low to high meet; 0 for one code. */
static int32_t
meeting(const MondrianDimension *dimension, int32_t low, int32_t high)
{
	int32_t highest = 0;

	for (int32_t i = low; i < high; i++)
		if (dimension->heights[i] > highest)
			highest = dimension->heights[i];
	return highest;
}

/* The share of all leaves that lie below the point where low and high meet. */
static double
share_of_leaves(const MondrianDimension *dimension, int32_t low, int32_t high)
{
	int32_t height = meeting(dimension, low, high);

	while (low > 1 && dimension->heights[low - 1] <= height)
		low--;
	while (high < dimension->leaves && dimension->heights[high] <= height)
		high++;
	return (double) (high - low + 1) / dimension->leaves;
}

double
gdpr_mondrian_width(const MondrianDimension *dimension, double low, double high)
{
	if (low == high)
		return 0;
	if (low == dimension->unknown)
		return 1;
	if (dimension->heights)
		return share_of_leaves(dimension, (int32_t) low, (int32_t) high);
	return (high - low) / (dimension->high - dimension->low);
}

double
gdpr_mondrian_loss(const MondrianDimension *dimension, int dimensions, const MondrianBox *box)
{
	double loss = 0;

	for (int d = 0; d < dimensions; d++)
		loss += gdpr_mondrian_width(&dimension[d], box->low[d], box->high[d]) / dimensions;
	return loss;
}

/* The attempt-th nearest place to the middle at which branches part. */
static double
parting(const MondrianDimension *dimension, int32_t low, int32_t high, double middle, int attempt)
{
	int32_t height = meeting(dimension, low, high);
	double nearer_than = -1;
	int32_t best = -1;

	for (int round = 0; round <= attempt; round++)
	{
		int32_t last = best;

		best = -1;
		for (int32_t i = low; i < high; i++)
		{
			double distance = fabs(i + 0.5 - middle);

			if (dimension->heights[i] == height &&
				(distance > nearer_than || (distance == nearer_than && i > last)) &&
				(best < 0 || distance < fabs(best + 0.5 - middle)))
				best = i;
		}
		if (best < 0)
			return MONDRIAN_NOWHERE;
		nearer_than = fabs(best + 0.5 - middle);
	}
	return best;
}

double
gdpr_mondrian_place(const MondrianDimension *dimension, double low, double high, double middle, int attempt,
					bool *below)
{
	*below = false;
	if (low == high)
		return MONDRIAN_NOWHERE;
	if (dimension->heights)
		return parting(dimension, (int32_t) low, (int32_t) high, middle, attempt);
	*below = attempt == 0;
	return attempt < 2 ? middle : MONDRIAN_NOWHERE;
}

/* ---- the promise ---- */

/* The distance of ordered values: of the running sums, over all values. */
static double
ordered_distance(const MondrianPromise *promise, int64_t rows, const int64_t *counts)
{
	double distance = 0;
	double running = 0;

	for (int32_t v = 0; v < promise->values; v++)
	{
		running += (double) counts[v] / (double) rows - (double) promise->counts[v] / (double) promise->rows;
		distance += fabs(running);
	}
	return promise->values > 1 ? distance / (promise->values - 1) : 0;
}

/* What a value adds to the equal distance: half of all differences is the sum of the positive ones. */
static double
excess(const MondrianPromise *promise, int64_t rows, int32_t value, int64_t count)
{
	double difference =
		(double) count / (double) rows - (double) promise->counts[value] / (double) promise->rows;

	return difference > 0 ? difference : 0;
}

bool
gdpr_mondrian_keeps(const MondrianPromise *promise, int64_t rows, const int64_t *counts)
{
	int32_t distinct = 0;
	double distance = 0;

	if (rows < promise->k)
		return false;
	if (promise->l <= 1 && promise->t >= 1)
		return true;
	for (int32_t v = 0; v < promise->values; v++)
	{
		distinct += counts[v] > 0;
		distance += excess(promise, rows, v, counts[v]);
	}
	if (promise->ordered && promise->t < 1)
		distance = ordered_distance(promise, rows, counts);
	return distinct >= promise->l && distance <= promise->t + NEAR;
}

/* The same of some rows, in time in proportion to them wherever the distance allows it. */
static bool
acceptable(const Mondrian *m, const int32_t *rows, int32_t count)
{
	const MondrianPromise *promise = m->promise;
	int32_t distinct = 0;
	double distance = 0;

	if (count < promise->k)
		return false;
	if (promise->l <= 1 && promise->t >= 1)
		return true;
	for (int32_t i = 0; i < count; i++)
		m->part[m->sensitive[rows[i]]]++;
	if (promise->ordered && promise->t < 1)
		distance = ordered_distance(promise, count, m->part);
	for (int32_t i = 0; i < count; i++)
	{
		int32_t v = m->sensitive[rows[i]];

		if (m->part[v] == 0)
			continue;
		distinct++;
		if (!promise->ordered)
			distance += excess(promise, count, v, m->part[v]);
		m->part[v] = 0;
	}
	return distinct >= promise->l && (promise->t >= 1 || distance <= promise->t + NEAR);
}

/* ---- rows ---- */

static double
value(const Mondrian *m, int32_t row, int dimension)
{
	return m->points[(int64_t) row * m->dimensions + dimension];
}

static void
bound(const Mondrian *m, const int32_t *rows, int32_t count, MondrianBox *box)
{
	for (int d = 0; d < m->dimensions; d++)
		box->low[d] = box->high[d] = value(m, rows[0], d);
	for (int32_t i = 1; i < count; i++)
		for (int d = 0; d < m->dimensions; d++)
		{
			double v = value(m, rows[i], d);

			if (v < box->low[d])
				box->low[d] = v;
			if (v > box->high[d])
				box->high[d] = v;
		}
}

static void
swap(int32_t *rows, int32_t i, int32_t j)
{
	int32_t row = rows[i];

	rows[i] = rows[j];
	rows[j] = row;
}

/* Somewhere between, different each time: no order of rows is a bad one. */
static int32_t
somewhere(int32_t low, int32_t high)
{
	static uint32_t state = 2463534242;

	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return low + (int32_t) (state % (uint32_t) (high - low + 1));
}

/* The value that would stand in the middle of the sorted rows (quickselect; leaves rows partly sorted). */
static double
median(const Mondrian *m, int32_t *rows, int32_t count, int d)
{
	int32_t low = 0;
	int32_t high = count - 1;
	int32_t middle = count / 2;

	while (low < high)
	{
		double pivot = value(m, rows[somewhere(low, high)], d);
		int32_t i = low;
		int32_t j = high;

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
static int32_t
divide(const Mondrian *m, int32_t *rows, int32_t count, int d, double cut, bool below)
{
	int32_t front = 0;

	for (int32_t i = 0; i < count; i++)
	{
		double v = value(m, rows[i], d);

		if (v < cut || (!below && v == cut))
			swap(rows, i, front++);
	}
	return front;
}

static int32_t
cut_dimension(const Mondrian *m, int32_t *rows, int32_t count, const MondrianBox *box, int d)
{
	double middle = median(m, rows, count, d);

	for (int attempt = 0; attempt < MONDRIAN_ATTEMPTS; attempt++)
	{
		bool below;
		double place =
			gdpr_mondrian_place(&m->dimension[d], box->low[d], box->high[d], middle, attempt, &below);
		int32_t front;

		if (place == MONDRIAN_NOWHERE)
			break;
		front = divide(m, rows, count, d, place, below);
		if (acceptable(m, rows, front) && acceptable(m, rows + front, count - front))
			return front;
	}
	return 0;
}

/* Cut the widest dimension that can be cut; the size of the first half, 0 when none can. */
static int32_t
cut(const Mondrian *m, int32_t *rows, int32_t count, const MondrianBox *box)
{
	double widths[MONDRIAN_MAX_DIMENSIONS];

	if (count < 2 * m->promise->k)
		return 0;
	for (int d = 0; d < m->dimensions; d++)
		widths[d] = gdpr_mondrian_width(&m->dimension[d], box->low[d], box->high[d]);
	for (;;)
	{
		int widest = 0;
		int32_t front;

		for (int d = 1; d < m->dimensions; d++)
			if (widths[d] > widths[widest])
				widest = d;
		if (widths[widest] <= 0)
			return 0;
		front = cut_dimension(m, rows, count, box, widest);
		if (front > 0)
			return front;
		widths[widest] = 0;
	}
}

static void
partition(Mondrian *m, int32_t *rows, int32_t count)
{
	for (;;)
	{
		MondrianBox box;
		int32_t front;

		m->breathe();
		bound(m, rows, count, &box);
		front = cut(m, rows, count, &box);
		if (front == 0)
		{
			m->settle(m->context, rows, count, gdpr_mondrian_loss(m->dimension, m->dimensions, &box));
			return;
		}
		if (front <= count - front)
		{
			partition(m, rows, front);
			rows += front;
			count -= front;
		}
		else
		{
			partition(m, rows + front, count - front);
			count = front;
		}
	}
}

void
gdpr_mondrian(Mondrian *m)
{
	for (int32_t i = 0; i < m->rows; i++)
		m->order[i] = i;
	if (m->rows > 0)
		partition(m, m->order, m->rows);
}
