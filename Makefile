# gdpr: GDPR controls inside PostgreSQL. `make help` lists what there is to make.

EXTENSION = gdpr gdpr_ext
MODULE_big = gdpr
DATA = gdpr_ext--1.0.sql
DATA_built = gdpr--1.0.sql

OBJS = $(patsubst %.c,%.o,$(sort $(wildcard src/*.c src/*/*.c src/*/*/*.c)))

PG_CPPFLAGS = -I$(srcdir)/src
SHLIB_LINK = -lcrypto

# The install script is these files in this order: a room uses only rooms above it; all rights come last.
SEARCHABLE = email phone name national_id id_card ip device_id iban
UNSEARCHABLE = address birth_date health text json bytes
SQL_PARTS = src/gdpr.sql \
	src/subject/subject.sql \
	src/audit/ledger.sql \
	src/pii/class.sql src/pii/types.sql \
	src/purpose/purpose_set.sql src/purpose/purpose.sql src/purpose/builtin.sql \
	src/consent/notice.sql src/consent/consent.sql src/consent/evidence.sql src/consent/child.sql src/consent/receipt.sql \
	src/policy/limits.sql src/policy/policy.sql src/policy/mailable.sql \
	src/access/reveal.sql src/access/filter.sql src/access/protect.sql src/access/status.sql \
	src/privileges.sql

EXTRA_CLEAN = gdpr--1.0.sql src/pii/types.sql
TAP_TESTS = 1
REGRESS = $(patsubst sql/%.sql,%,$(sort $(wildcard sql/*.sql)))

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

gdpr--1.0.sql: $(wildcard $(SQL_PARTS)) src/pii/types.sql
	(echo '\echo Use "CREATE EXTENSION gdpr" to load this file. \quit'; cat $(wildcard $(SQL_PARTS))) > $@

# One template, once per class: the types differ in name and in whether they can be searched.
src/pii/types.sql: src/pii/type.sql.in src/pii/type_search.sql.in Makefile
	(for c in $(SEARCHABLE); do sed "s/@class@/$$c/g" src/pii/type.sql.in src/pii/type_search.sql.in; done; \
	 for c in $(UNSEARCHABLE); do sed "s/@class@/$$c/g" src/pii/type.sql.in; done) > $@
