/*
 * acting_role.sql: who acts, for every record of who did what.
 */
CREATE FUNCTION gdpr_internal.acting_role() RETURNS name
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	RETURN coalesce(nullif(current_setting('role'), 'none'), session_user);
END $$;
COMMENT ON FUNCTION gdpr_internal.acting_role() IS
'internal: who acts, also inside a function of the owner''s: the role set with SET ROLE, else who logged in';
