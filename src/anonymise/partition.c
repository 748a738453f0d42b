/*
 * partition.c
 *		gdpr_internal.partition_rows(): the class of each row of a query, for gdpr.anonymise_to_k(), which builds
 *		the query. Its columns are the row's number, the code of its sensitive value, and one float8 per
 *		quasi-identifier, NULL where it is not known.
 *
 *		Memory is bounded by maintenance_work_mem. Rows that do not fit are cut in temporary files first, in the same
 *		way but with the middle estimated from a sample (only where to cut is estimated; what the halves keep is
 *		counted), until the pieces fit.
 */
#include "gdpr.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "storage/buffile.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/memutils.h"
#include "utils/tuplestore.h"

#include <math.h>

#include "anonymise/mondrian.h"
#include "anonymise/spill.h"
#include "arguments.h"

PG_FUNCTION_INFO_V1(gdpr_partition);

#define BATCH		  10000
#define FIXED_COLUMNS 2					  /* number, sensitive code */
#define ROOM_OF_VALUE (4 * sizeof(int64)) /* of all rows, of a part, of two halves */

typedef struct Partitioning
{
	ReturnSetInfo *result;
	MondrianDimension *dimension;
	int dimensions;
	MondrianPromise promise;
	int64 *counts;	/* promise.counts */
	int32 room;		/* rows that may be in memory */
	int32 classes;	/* found so far */
	int64 *numbers; /* of the rows in memory */
	Mondrian m;
} Partitioning;

/* ---- from SQL ---- */

/* leaves: of each dimension, 0 when measured, negative with a hierarchy, whose heights follow one another. */
static void
take_dimensions(Partitioning *p, FunctionCallInfo fcinfo)
{
	int known;
	int32 *leaf = gdpr_integers_argument(fcinfo, 6, &p->dimensions);
	int32 *height = gdpr_integers_argument(fcinfo, 7, &known);
	int used = 0;

	if (p->dimensions < 1 || p->dimensions > MONDRIAN_MAX_DIMENSIONS)
		gdpr_refuse_argument(fcinfo, 6, psprintf("a list of 1 to %d dimensions", MONDRIAN_MAX_DIMENSIONS));
	p->dimension = palloc0(p->dimensions * sizeof(MondrianDimension));
	for (int d = 0; d < p->dimensions; d++)
	{
		MondrianDimension *dimension = &p->dimension[d];

		dimension->low = get_float8_infinity();
		dimension->high = -get_float8_infinity();
		if (leaf[d] < used - known)
			gdpr_refuse_argument(fcinfo, 7, "the heights of every hierarchy");
		dimension->leaves = abs(leaf[d]);
		if (leaf[d] >= 0)
			continue;
		dimension->heights = height + used;
		used += dimension->leaves;
	}
}

static void
take_row(HeapTuple tuple, TupleDesc desc, SpilledRow *row, int dimensions)
{
	bool isnull;

	row->number = DatumGetInt64(SPI_getbinval(tuple, desc, 1, &isnull));
	row->sensitive = DatumGetInt32(SPI_getbinval(tuple, desc, 2, &isnull));
	if (isnull)
		row->sensitive = 0;
	for (int d = 0; d < dimensions; d++)
	{
		Datum datum = SPI_getbinval(tuple, desc, FIXED_COLUMNS + 1 + d, &isnull);

		row->points[d] = isnull ? get_float8_nan() : DatumGetFloat8(datum);
	}
}

static void
widen(MondrianDimension *dimension, double point)
{
	if (!isfinite(point))
		return;
	dimension->low = Min(dimension->low, point);
	dimension->high = Max(dimension->high, point);
}

static void
refuse_query(const char *why)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("the query cannot be cut into classes: %s", why),
			 errhint("It answers a bigint, an integer code and a double precision for each dimension.")));
}

static void
require_columns(TupleDesc desc, int dimensions)
{
	bool fits = desc->natts == dimensions + FIXED_COLUMNS && SPI_gettypeid(desc, 1) == INT8OID &&
				SPI_gettypeid(desc, 2) == INT4OID;

	for (int d = 1; fits && d <= dimensions; d++)
		fits = SPI_gettypeid(desc, FIXED_COLUMNS + d) == FLOAT8OID;
	if (!fits)
		refuse_query("its columns are not these");
}

/* Counts, bounds; and the rows themselves, which wait in a file for the bounds to be known. */
static Spill *
read_rows(Partitioning *p, const char *query)
{
	Portal portal = SPI_cursor_open_with_args(NULL, query, 0, NULL, NULL, NULL, true, 0);
	Spill *rows = gdpr_spill_new(p->dimensions);
	SpilledRow *row = gdpr_spill_row(p->dimensions);

	for (;;)
	{
		SPI_cursor_fetch(portal, true, BATCH);
		if (SPI_processed == 0)
			break;
		require_columns(SPI_tuptable->tupdesc, p->dimensions);
		for (uint64 i = 0; i < SPI_processed; i++)
		{
			take_row(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, row, p->dimensions);
			if (row->sensitive < 0 || row->sensitive >= p->promise.values)
				refuse_query("a sensitive code is out of range");
			p->counts[row->sensitive]++;
			for (int d = 0; d < p->dimensions; d++)
				widen(&p->dimension[d], row->points[d]);
			gdpr_spill_write(rows, row);
		}
		SPI_freetuptable(SPI_tuptable);
	}
	SPI_cursor_close(portal);
	return rows;
}

/* What is not known lies below all others, as far as they are wide; infinite values at the ends. */
static void
set_bounds(MondrianDimension *dimension)
{
	double span = dimension->high - dimension->low;

	if (!(dimension->low <= dimension->high))
		dimension->low = dimension->high = span = 0;
	dimension->unknown = dimension->leaves > 0 ? 0 : dimension->low - Max(span, 1);
}

static void
place_point(const MondrianDimension *dimension, double *point)
{
	if (isnan(*point))
		*point = dimension->unknown;
	else if (dimension->leaves > 0 && (*point < 0 || *point > dimension->leaves))
		refuse_query("a category is out of range");
	else if (isinf(*point))
		*point = *point < 0 ? dimension->low : dimension->high;
}

/* ---- to SQL ---- */

static void
settle_row(Partitioning *p, int64 number, double loss)
{
	Datum values[3] = {Int64GetDatum(number), Int32GetDatum(p->classes), Float4GetDatum((float4) loss)};
	bool nulls[3] = {false};

	tuplestore_putvalues(p->result->setResult, p->result->setDesc, values, nulls);
}

static void
settle(void *context, const int32_t *rows, int32_t count, double loss)
{
	Partitioning *p = context;

	for (int32 i = 0; i < count; i++)
		settle_row(p, p->numbers[rows[i]], loss);
	p->classes++;
}

static void
breathe(void)
{
	CHECK_FOR_INTERRUPTS();
}

/* ---- pieces ---- */

static void
partition_in_memory(Partitioning *p, Spill *piece)
{
	SpilledRow *row = gdpr_spill_row(p->dimensions);
	double *points = (double *) p->m.points;
	int32 *sensitive = (int32 *) p->m.sensitive;

	p->m.rows = 0;
	while (gdpr_spill_read(piece, row))
	{
		memcpy(points + (Size) p->m.rows * p->dimensions, row->points, p->dimensions * sizeof(double));
		sensitive[p->m.rows] = row->sensitive;
		p->numbers[p->m.rows++] = row->number;
	}
	gdpr_spill_free(piece);
	gdpr_mondrian(&p->m);
}

static void
settle_whole(Partitioning *p, Spill *piece)
{
	SpilledRow *row = gdpr_spill_row(p->dimensions);
	double loss = gdpr_mondrian_loss(p->dimension, p->dimensions, &piece->box);

	while (gdpr_spill_read(piece, row))
		settle_row(p, row->number, loss);
	p->classes++;
	gdpr_spill_free(piece);
}

/* The two halves of a piece; false, and nothing done, when one would not keep the promise. */
static bool
halve(Partitioning *p, Spill *piece, int d, double place, bool below, Spill *halves[2])
{
	SpilledRow *row = gdpr_spill_row(p->dimensions);
	int64 *counts[2];
	bool kept = true;

	for (int half = 0; half < 2; half++)
	{
		halves[half] = gdpr_spill_new(p->dimensions);
		counts[half] = MemoryContextAllocExtended(CurrentMemoryContext, p->promise.values * sizeof(int64),
												  MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	}
	while (gdpr_spill_read(piece, row))
	{
		int half = row->points[d] < place || (!below && row->points[d] == place) ? 0 : 1;

		counts[half][row->sensitive]++;
		gdpr_spill_write(halves[half], row);
		CHECK_FOR_INTERRUPTS();
	}
	for (int half = 0; half < 2; half++)
	{
		kept = kept && gdpr_mondrian_keeps(&p->promise, halves[half]->rows, counts[half]);
		pfree(counts[half]);
	}
	for (int half = 0; half < 2 && !kept; half++)
		gdpr_spill_free(halves[half]);
	return kept;
}

static bool
halve_dimension(Partitioning *p, Spill *piece, int d, Spill *halves[2])
{
	double middle = gdpr_spill_middle(piece, d);

	for (int attempt = 0; attempt < MONDRIAN_ATTEMPTS; attempt++)
	{
		bool below;
		double place = gdpr_mondrian_place(&p->dimension[d], piece->box.low[d], piece->box.high[d], middle,
										   attempt, &below);

		if (place == MONDRIAN_NOWHERE)
			break;
		if (halve(p, piece, d, place, below, halves))
			return true;
	}
	return false;
}

static bool
halve_widest(Partitioning *p, Spill *piece, Spill *halves[2])
{
	double widths[MONDRIAN_MAX_DIMENSIONS];

	for (int d = 0; d < p->dimensions; d++)
		widths[d] = gdpr_mondrian_width(&p->dimension[d], piece->box.low[d], piece->box.high[d]);
	for (;;)
	{
		int widest = 0;

		for (int d = 1; d < p->dimensions; d++)
			if (widths[d] > widths[widest])
				widest = d;
		if (widths[widest] <= 0)
			return false;
		if (halve_dimension(p, piece, widest, halves))
			return true;
		widths[widest] = 0;
	}
}

/* Frees the piece. The halves are halves of a sample at least, so the stack stays shallow. */
static void
partition_piece(Partitioning *p, Spill *piece)
{
	Spill *halves[2];

	check_stack_depth();
	if (piece->rows <= p->room)
		partition_in_memory(p, piece);
	else if (halve_widest(p, piece, halves))
	{
		gdpr_spill_free(piece);
		partition_piece(p, halves[0]);
		partition_piece(p, halves[1]);
	}
	else
		settle_whole(p, piece);
}

static Spill *
with_bounds(Partitioning *p, Spill *rows)
{
	SpilledRow *row = gdpr_spill_row(p->dimensions);
	Spill *placed = gdpr_spill_new(p->dimensions);

	for (int d = 0; d < p->dimensions; d++)
		set_bounds(&p->dimension[d]);
	while (gdpr_spill_read(rows, row))
	{
		for (int d = 0; d < p->dimensions; d++)
			place_point(&p->dimension[d], &row->points[d]);
		gdpr_spill_write(placed, row);
	}
	gdpr_spill_free(rows);
	return placed;
}

static void *
huge(int64 count, Size size)
{
	return MemoryContextAllocHuge(CurrentMemoryContext, Max(count, 1) * size);
}

static void
make_room(Partitioning *p, int64 rows)
{
	Size row = p->dimensions * sizeof(double) + 2 * sizeof(int32) + sizeof(int64);

	p->room = (int32) Min(rows, Min(maintenance_work_mem * INT64CONST(1024) / row, PG_INT32_MAX));
	p->numbers = huge(p->room, sizeof(int64));
	p->m.points = huge(p->room, p->dimensions * sizeof(double));
	p->m.sensitive = huge(p->room, sizeof(int32));
	p->m.order = huge(p->room, sizeof(int32));
	p->m.part = MemoryContextAllocExtended(CurrentMemoryContext, p->promise.values * sizeof(int64),
										   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	p->m.dimensions = p->dimensions;
	p->m.dimension = p->dimension;
	p->m.promise = &p->promise;
	p->m.settle = settle;
	p->m.breathe = breathe;
	p->m.context = p;
}

/* partition_rows(query, k, l, t, ordered, sensitive values, leaves, heights) */
Datum
gdpr_partition(PG_FUNCTION_ARGS)
{
	Partitioning p = {.result = (ReturnSetInfo *) fcinfo->resultinfo};
	Spill *rows;

	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	if (PG_GETARG_INT32(5) > maintenance_work_mem * INT64CONST(1024) / ROOM_OF_VALUE)
		gdpr_refuse_argument(fcinfo, 5,
							 "so few sensitive values that counting them fits maintenance_work_mem");
	p.promise.k = PG_GETARG_INT32(1);
	p.promise.l = PG_GETARG_INT32(2);
	p.promise.t = PG_GETARG_FLOAT8(3);
	p.promise.ordered = PG_GETARG_BOOL(4);
	p.promise.values = Max(PG_GETARG_INT32(5), 1);
	p.counts = MemoryContextAllocExtended(CurrentMemoryContext, p.promise.values * sizeof(int64),
										  MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	p.promise.counts = p.counts;
	take_dimensions(&p, fcinfo);

	rows = with_bounds(&p, read_rows(&p, text_to_cstring(PG_GETARG_TEXT_PP(0))));
	p.promise.rows = rows->rows;
	/* the last code is for rows without a value; where there are none, it is no value to keep a distance to */
	while (p.promise.values > 1 && p.counts[p.promise.values - 1] == 0)
		p.promise.values--;
	if (rows->rows == 0 || !gdpr_mondrian_keeps(&p.promise, rows->rows, p.counts))
		ereport(ERROR, (errcode(ERRCODE_ZG017_NOT_ANONYMOUS),
						errmsg("the whole table does not reach the anonymity asked for"),
						errdetail("It has " INT64_FORMAT " rows and %d sensitive values.", rows->rows,
								  p.promise.values),
						errhint("Ask for a smaller k or l, or a larger t.")));
	make_room(&p, rows->rows);
	partition_piece(&p, rows);
	SPI_finish();
	return (Datum) 0;
}
