/*
 * partition.c
 *		Reads points from a query and answers the class of each row: gdpr.mondrian(). The query is built by
 *		gdpr.anonymise_to_k() from quoted names; its columns are the row's ctid, the sensitive code (NULL for
 *		none) and one float8 per quasi-identifier.
 */
#include "gdpr.h"

#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "storage/itemptr.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/tuplestore.h"

#include "anonymise/mondrian.h"

PG_FUNCTION_INFO_V1(gdpr_partition);

#define BATCH		  10000
#define FIXED_COLUMNS 2 /* ctid, sensitive code */

typedef struct Points
{
	int64 rows;
	int64 room;
	int dimensions;
	ItemPointerData *tids;
	int32 *sensitive;
	double *points;
	int32 values;
} Points;

static void *
grow(void *old, int64 room, size_t size)
{
	return old ? repalloc_huge(old, room * size) : MemoryContextAllocHuge(CurrentMemoryContext, room * size);
}

static void
make_room(Points *points)
{
	if (points->rows + BATCH <= points->room)
		return;
	points->room = points->room == 0 ? 4 * BATCH : 2 * points->room;
	points->tids = grow(points->tids, points->room, sizeof(ItemPointerData));
	points->sensitive = grow(points->sensitive, points->room, sizeof(int32));
	points->points = grow(points->points, points->room, points->dimensions * sizeof(double));
}

static void
take_row(Points *points, HeapTuple tuple, TupleDesc desc)
{
	bool isnull;
	Datum datum = SPI_getbinval(tuple, desc, 1, &isnull);

	points->tids[points->rows] = *(ItemPointer) DatumGetPointer(datum);
	datum = SPI_getbinval(tuple, desc, 2, &isnull);
	points->sensitive[points->rows] = isnull ? 0 : DatumGetInt32(datum);
	points->values = Max(points->values, points->sensitive[points->rows] + 1);
	for (int d = 0; d < points->dimensions; d++)
	{
		datum = SPI_getbinval(tuple, desc, FIXED_COLUMNS + 1 + d, &isnull);
		points->points[points->rows * points->dimensions + d] = isnull ? 0 : DatumGetFloat8(datum);
	}
	points->rows++;
}

static void
read_points(const char *query, Points *points, MemoryContext context)
{
	Portal portal = SPI_cursor_open_with_args(NULL, query, 0, NULL, NULL, NULL, true, 0);

	for (;;)
	{
		MemoryContext before;

		SPI_cursor_fetch(portal, true, BATCH);
		if (SPI_processed == 0)
			break;
		points->dimensions = SPI_tuptable->tupdesc->natts - FIXED_COLUMNS;
		before = MemoryContextSwitchTo(context);
		make_room(points);
		MemoryContextSwitchTo(before);
		for (uint64 i = 0; i < SPI_processed; i++)
			take_row(points, SPI_tuptable->vals[i], SPI_tuptable->tupdesc);
		SPI_freetuptable(SPI_tuptable);
	}
	SPI_cursor_close(portal);
}

static bool
interrupted(void)
{
	CHECK_FOR_INTERRUPTS();
	return false;
}

static void
put_classes(ReturnSetInfo *result, const Points *points, const Mondrian *m)
{
	for (int64 i = 0; i < points->rows; i++)
	{
		Datum values[3];
		bool nulls[3] = {false};

		values[0] = PointerGetDatum(&points->tids[i]);
		values[1] = Int32GetDatum(m->class_of[i]);
		values[2] = Float4GetDatum(m->loss_of[i]);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
}

Datum
gdpr_partition(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Points points = {0};
	Mondrian m = {0};

	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	read_points(text_to_cstring(PG_GETARG_TEXT_PP(0)), &points, CurrentMemoryContext);

	m.rows = points.rows;
	m.dimensions = points.dimensions;
	m.points = points.points;
	m.k = PG_GETARG_INT32(1);
	m.l = PG_GETARG_INT32(2);
	m.t = PG_GETARG_FLOAT8(3);
	m.ordered = PG_GETARG_BOOL(4);
	m.sensitive = points.sensitive;
	m.values = points.values;
	m.interrupted = interrupted;
	m.order = grow(NULL, points.rows + 1, sizeof(int64));
	m.histogram = grow(NULL, 2 * (int64) points.values + 1, sizeof(int64));
	m.class_of = grow(NULL, points.rows + 1, sizeof(int32));
	m.loss_of = grow(NULL, points.rows + 1, sizeof(float));
	if (!gdpr_mondrian(&m))
		ereport(ERROR, (errcode(ERRCODE_GDPR_NOT_ANONYMOUS),
						errmsg("the whole table does not reach the anonymity asked for"),
						errdetail("It has " INT64_FORMAT " rows and %d sensitive values.", points.rows,
								  points.values),
						errhint("Ask for a smaller k or l, or a larger t.")));
	put_classes(result, &points, &m);
	SPI_finish();
	return (Datum) 0;
}
