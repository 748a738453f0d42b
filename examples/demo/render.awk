# render.awk
#	Makes of demo.sql the script that psql runs: each statement is printed before it runs, whole, with the role as prompt.
#
#	"-- == text" is a heading, "-- text" is said, a line "\..." is run and not shown; what follows "--void" has no result
#	worth showing; what follows "--fails CODE" must fail with that SQLSTATE; lines between "--hide" and "--show" are run
#	and not shown.

function quoted(text)
{
	gsub(/\\/, "\\\\\\\\", text)
	gsub(/'/, "''", text)
	return "'" text "'"
}

# Printed through a variable, so that values of the story's variables stand in it.
function say(text,		line)
{
	line = ""
	while (match(text, /:'?(person_email|person|caller_email|caller|people|file|recording_id|crowd|many)'?/))
	{
		line = line " " quoted(substr(text, 1, RSTART - 1)) " " substr(text, RSTART, RLENGTH)
		text = substr(text, RSTART + RLENGTH)
	}
	print "\\set line" line " " quoted(text)
	print "\\echo :line"
}

function finish_failure()
{
	print "\\set got :SQLSTATE"
	print "\\set ON_ERROR_STOP on"
	print "\\echo SQLSTATE :got"
	print "SELECT :'got' = '" fails "' AS as_expected \\gset"
	print "\\if :as_expected"
	print "\\else"
	print "DO $$ BEGIN RAISE 'the statement above should fail with " fails "'; END $$;"
	print "\\endif"
	fails = ""
}

BEGIN { role = "postgres"; mark = "=" }

/^--hide$/	{ hidden = 1; next }
/^--show$/	{ hidden = 0; next }
hidden		{ print; next }
/^--void$/	{ void = 1; next }
/^--fails /	{ fails = $2; print "\\set ON_ERROR_STOP off"; next }
/^-- == /	{ say(""); say(substr($0, 4)); next }
/^-- /		{ say(substr($0, 4)); next }
/^\\c - /	{ role = $3; print; next }
/^\\/		{ print; next }
/^$/		{ say(""); next }
{
	say(role mark (role == "postgres" ? "# " : "> ") $0)
	statement = statement $0 "\n"
	mark = "-"
	if ($0 !~ /(;|\\gset.*)$/)
		next
	if (void)
		sub(/;\n$/, " \\g /dev/null\n", statement)
	printf "%s", statement
	statement = ""
	mark = "="
	void = 0
	if (fails != "")
		finish_failure()
}
