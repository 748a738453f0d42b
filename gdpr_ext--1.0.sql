/* gdpr_ext--1.0.sql: an alias that owns nothing; CREATE EXTENSION gdpr_ext CASCADE installs gdpr. */
\echo Use "CREATE EXTENSION gdpr_ext" to load this file. \quit
