# gdpr: GDPR controls inside PostgreSQL. `make help` lists what there is to make.

EXTENSION = gdpr gdpr_ext
MODULE_big = gdpr
DATA = gdpr_ext--1.0.sql
DATA_built = gdpr--1.0.sql
SCRIPTS = scripts/gdpr-keygen

# word lists that are made into C at build time
TABLES = src/discovery/word_table.c src/discovery/dictionary_table.c
OBJS = $(patsubst %.c,%.o,$(sort $(wildcard src/*.c src/*/*.c src/*/*/*.c) $(TABLES)))

PG_CPPFLAGS = -I$(srcdir)/src
SHLIB_LINK = -lcrypto -lsodium

# The install script is these files in this order: a file uses only files above it; all rights come last.
SEARCHABLE = email phone name national_id id_card ip device_id iban
UNSEARCHABLE = address birth_date health text json bytes
SQL_PARTS = \
	src/gdpr.sql \
	src/reference.sql \
	src/catalog.sql \
	src/kept.sql \
	src/acting_role.sql \
	src/finding.sql \
	src/append_only.sql \
	src/words/word.sql \
	src/words/rows.sql \
	src/page/page.sql \
	src/settings/setting.sql \
	src/settings/calendar.sql \
	src/settings/consent_age.sql \
	src/ledger/ledger.sql \
	src/ledger/settings.sql \
	src/ledger/verify.sql \
	src/ledger/cut.sql \
	src/crypto/keyring.sql \
	src/subject/subject.sql \
	src/subject/rotate.sql \
	src/subject/findings.sql \
	src/pii/class.sql \
	src/pii/types.sql \
	src/pii/casts.sql \
	src/pii/search_tokens.sql \
	src/purpose/purpose_set.sql \
	src/purpose/purpose.sql \
	src/purpose/domain.sql \
	src/purpose/builtin.sql \
	src/graph/column.sql \
	src/graph/pair.sql \
	src/graph/owner.sql \
	src/graph/link.sql \
	src/graph/binding.sql \
	src/graph/index.sql \
	src/graph/graph.sql \
	src/graph/label.sql \
	src/register/notice.sql \
	src/register/suppression.sql \
	src/register/recipient.sql \
	src/register/contract.sql \
	src/register/transfer_law.sql \
	src/register/rows.sql \
	src/register/country.sql \
	src/register/safeguard.sql \
	src/register/transfer.sql \
	src/register/optout.sql \
	src/register/location.sql \
	src/register/residency.sql \
	src/register/acquisition.sql \
	src/consent/child.sql \
	src/consent/consent.sql \
	src/consent/evidence.sql \
	src/consent/identifier.sql \
	src/consent/give.sql \
	src/consent/age.sql \
	src/consent/receipt.sql \
	src/consent/findings.sql \
	src/policy/objection.sql \
	src/policy/quarantine.sql \
	src/policy/suppressed.sql \
	src/policy/policy.sql \
	src/policy/hold.sql \
	src/policy/source.sql \
	src/policy/contact.sql \
	src/policy/mailable.sql \
	src/policy/explain.sql \
	src/policy/transfer.sql \
	src/policy/findings.sql \
	src/audit/reads.sql \
	src/audit/proof.sql \
	src/audit/findings.sql \
	src/audit/limit.sql \
	src/access/reveal.sql \
	src/access/plain.sql \
	src/access/derive.sql \
	src/access/filter.sql \
	src/access/evidence.sql \
	src/access/ended.sql \
	src/access/search_by.sql \
	src/access/widen.sql \
	src/access/protect.sql \
	src/access/unprotect.sql \
	src/access/guard.sql \
	src/access/reattach.sql \
	src/access/unreadable.sql \
	src/access/findings.sql \
	src/anonymise/measure.sql \
	src/anonymise/hierarchy.sql \
	src/anonymise/strategy.sql \
	src/anonymise/copy.sql \
	src/anonymise/to_k.sql \
	src/anonymise/reidentify.sql \
	src/anonymise/assert.sql \
	src/anonymise/findings.sql \
	src/rights/disclosure.sql \
	src/rights/erasure_plan.sql \
	src/rights/erase.sql \
	src/rights/journal.sql \
	src/rights/deadline.sql \
	src/rights/request.sql \
	src/rights/identity.sql \
	src/rights/restrict.sql \
	src/rights/object.sql \
	src/rights/automated.sql \
	src/rights/export.sql \
	src/rights/html.sql \
	src/rights/rectify.sql \
	src/rights/portable.sql \
	src/rights/find.sql \
	src/rights/token.sql \
	src/rights/replay.sql \
	src/rights/findings.sql \
	src/breach/clock.sql \
	src/breach/field.sql \
	src/breach/breach.sql \
	src/breach/scope.sql \
	src/breach/inform.sql \
	src/breach/form.sql \
	src/breach/step.sql \
	src/breach/findings.sql \
	src/lists/acquire.sql \
	src/lists/import.sql \
	src/retention/rule.sql \
	src/retention/activity.sql \
	src/retention/strict.sql \
	src/retention/due.sql \
	src/retention/change.sql \
	src/retention/depersonalise.sql \
	src/retention/set.sql \
	src/retention/partition.sql \
	src/retention/foreign_archive.sql \
	src/retention/archive.sql \
	src/retention/list.sql \
	src/retention/run.sql \
	src/retention/by_hand.sql \
	src/retention/findings.sql \
	src/discovery/found.sql \
	src/discovery/drift.sql \
	src/discovery/scan.sql \
	src/discovery/classify.sql \
	src/discovery/anonymous.sql \
	src/schedule/job.sql \
	src/report/lint.sql \
	src/report/status.sql \
	src/privileges.sql \
	src/former_names.sql

EXTRA_CLEAN = gdpr--1.0.sql src/words/rows.sql src/register/rows.sql src/pii/types.sql src/access/reveal.sql $(TABLES)

# `make installcheck` runs against your own running cluster: sql/ and test/isolation. The TAP tests make clusters
# of their own, which takes longer and cannot be done as root: `make installcheck TAP_TESTS=1` adds them.
REGRESS = $(patsubst sql/%.sql,%,$(sort $(wildcard sql/*.sql)))
ISOLATION = $(patsubst test/isolation/specs/%.spec,%,$(sort $(wildcard test/isolation/specs/*.spec)))
REGRESS_OPTS = --load-extension=gdpr
ISOLATION_OPTS = --inputdir=$(srcdir)/test/isolation --load-extension=gdpr
PROVE_TESTS = test/t/*.pl

PG_CONFIG ?= pg_config

# These stand apart from PGXS, which has a `check` of its own that refuses, and work before PostgreSQL is there.
HOUSE = help packages check demo bench fuzz format format-check check-versions check-asan
.PHONY: $(HOUSE)

ifneq ($(filter $(HOUSE),$(MAKECMDGOALS)),)

help:
	@echo 'Needs only git and make; packages that are missing are installed with apt-get (sudo when not root):'
	@echo '  make demo             the customer file end to end on a throwaway cluster (CUSTOMERS=my.csv)'
	@echo '  make check            every test on a throwaway cluster (KIND=regress, TESTS=name, KEEP=1, SANITIZE=undefined)'
	@echo '  make bench            the benchmarks, each against its peer, on a throwaway cluster (BENCH_ROWS=n, SUITE=gdprbench, audit, rights, discovery or transparency)'
	@echo '  make fuzz             the fuzzers of test/fuzz, each for FUZZ_SECONDS (5)'
	@echo '  make packages         only install what the above need'
	@echo '  make check-versions   make check in Debian chroots with PostgreSQL 17, 18 and 19 (root, mmdebstrap)'
	@echo '  make check-asan       the same with PostgreSQL 17 alone, under AddressSanitizer and UBSan'
	@echo '  make format           lay out the C code with clang-format 14'
	@echo '  make format-check     complain where make format would change something'
	@echo 'Needs PostgreSQL and its server headers (PG_CONFIG=...):'
	@echo '  make all              compile'
	@echo '  make install          install into the server of PG_CONFIG'
	@echo '  make installcheck     the tests in sql/ and test/isolation against your running cluster'

demo:
	@scripts/demo

check:
	@scripts/check

bench:
	@scripts/bench

packages fuzz check-versions:
	@scripts/$@

check-asan:
	@SANITIZE=address,undefined scripts/check-versions 17

format:
	@scripts/format

format-check:
	@scripts/format --check

else

PGXS := $(wildcard $(shell $(PG_CONFIG) --pgxs 2>/dev/null))
ifeq ($(PGXS),)
$(error $(PG_CONFIG) knows no server headers: set PG_CONFIG, or `make packages` to install PostgreSQL's)
endif
include $(PGXS)

gdpr--1.0.sql: $(SQL_PARTS) Makefile
	(printf '%s\n' '\echo Use "CREATE EXTENSION gdpr" to load this file. \quit'; cat $(SQL_PARTS)) > $@

# One template, once per class. Text-like classes behave as citext does, a birth date as a date: that is how the
# parser finds what an application means. Classes without a token are compared by opening them.
src/pii/types.sql: src/pii/type.sql.in src/pii/type_search.sql.in src/pii/type_bytes.sql.in Makefile
	(for c in $(SEARCHABLE) $(UNSEARCHABLE); do \
		case $$c in birth_date) category=D collatable=false;; json|bytes) category=U collatable=false;; \
			*) category=S collatable=true;; esac; \
		case " $(SEARCHABLE) " in *" $$c "*) equality=search;; *) equality=bytes;; esac; \
		sed "s/@class@/$$c/g; s/@category@/$$category/; s/@collatable@/$$collatable/" \
			src/pii/type.sql.in src/pii/type_$$equality.sql.in; \
	 done) > $@

# What people read, a file a language: each line, domain, key and text, becomes a row.
src/words/rows.sql: $(wildcard src/words/*.tsv) src/words/rows.awk Makefile
	awk -f src/words/rows.awk $(sort $(wildcard src/words/*.tsv)) > $@

# What the law says of countries, a file a table.
src/register/rows.sql: src/register/adequacy.tsv src/register/eea.tsv src/register/rows.awk Makefile
	awk -f src/register/rows.awk src/register/adequacy.tsv src/register/eea.tsv > $@

# The word lists of discovery, sorted: a line a word, with what it means or the list that it is in.
src/discovery/word_table.c: src/discovery/words.txt src/discovery/word_table.awk
	awk '/^[a-z]+:/ { for (i = 2; i <= NF; i++) print $$i, substr($$1, 1, length($$1) - 1) }' $< | \
		LC_ALL=C sort | awk -f src/discovery/word_table.awk > $@

src/discovery/dictionary_table.c: src/discovery/first_names.txt src/discovery/last_names.txt src/discovery/places.txt \
		src/discovery/vocabulary.txt src/discovery/dictionary_table.awk
	(for list in first_names:first last_names:last places:place; do \
		awk -v "list=$${list#*:}" '!/^#/ { for (i = 1; i <= NF; i++) print $$i, list }' "src/discovery/$${list%:*}.txt"; \
	done; awk '/^[a-z]+:/ { for (i = 2; i <= NF; i++) print $$i, substr($$1, 1, length($$1) - 1) }' \
		src/discovery/vocabulary.txt) | LC_ALL=C sort -u | awk -f src/discovery/dictionary_table.awk > $@

# The plaintext of a class is text, but for two.
src/access/reveal.sql: src/access/reveal.sql.in src/access/as_text.sql.in src/access/open.sql.in Makefile
	(for c in $(SEARCHABLE) $(UNSEARCHABLE); do \
		case $$c in json) plain=jsonb;; bytes) plain=bytea;; *) plain=text;; esac; \
		case $$c in birth_date|json|bytes) to_text=ASSIGNMENT order=gdpr.~;; \
			*) to_text=IMPLICIT order=pg_catalog.;; esac; \
		case $$c in birth_date|json|bytes|text|national_id|health) as_text=;; *) as_text=src/access/as_text.sql.in;; esac; \
		case " $(SEARCHABLE) " in *" $$c "*) default=;; *) default=DEFAULT;; esac; \
		sed "s/@class@/$$c/g; s/@plain@/$$plain/g; s/@to_text@/$$to_text/; s/@default@/$$default/; s/@order@/$$order/g" \
			src/access/reveal.sql.in $$as_text src/access/open.sql.in; \
	 done) > $@

endif
