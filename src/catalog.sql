/*
 * catalog.sql: which library this database's extension is for. A newer library on an older catalog, or the reverse,
 * is refused with ZG027 before anything works by halves (src/catalog.h has the library's number).
 */
CREATE TABLE gdpr.catalog
(
	number	integer PRIMARY KEY
);
/* not dumped: the install script fills it */
INSERT INTO gdpr.catalog VALUES (1);
COMMENT ON TABLE gdpr.catalog IS
'one row: the number of this catalog, which the library compares with its own; only scripts of the extension set it';

CREATE FUNCTION gdpr_internal.library_catalog() RETURNS integer
LANGUAGE c STABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'gdpr_catalog_number';
COMMENT ON FUNCTION gdpr_internal.library_catalog() IS 'internal: the number of the catalog of the library';
