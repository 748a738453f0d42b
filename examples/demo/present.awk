# present.awk
#	Makes psql's output fit a terminal of 100 columns: wraps messages, shortens long sealed values, keeps
#	one blank line of several, and colours headings,
#	statements and messages when colour is set.

function paint(code, text) { return colour ? "\033[" code "m" text "\033[0m" : text }

function wrap(text, indent,		line, words, n, i)
{
	n = split(text, words, " ")
	line = words[1]
	for (i = 2; i <= n; i++)
		if (length(line) + length(words[i]) + 1 > 98)
		{
			print paint(code, line)
			line = indent words[i]
		}
		else
			line = line " " words[i]
	print paint(code, line)
}

{
	sub(/^psql:[^ ]*:[0-9]+: /, "")
	while (match($0, /gdpr1:[A-Za-z0-9_-][A-Za-z0-9_-][A-Za-z0-9_-][A-Za-z0-9_-]*/) && RLENGTH > 40)
		$0 = substr($0, 1, RSTART + 23) "…" substr($0, RSTART + RLENGTH)
}
/^ *$/ && blank++						{ next }
!/^ *$/									{ blank = 0 }
/^== /									{ print paint("1;34", $0); fflush(); next }
/^crm_[a-z]*[-=]> |^postgres[-=]# /		{ print paint("36", $0); next }
/^(ERROR|SQLSTATE)/						{ code = "31"; wrap($0, "        "); next }
/^(NOTICE|WARNING|DETAIL|HINT|LINE)/	{ code = "33"; wrap($0, "        "); next }
{ print; fflush() }
